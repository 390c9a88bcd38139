//! `NetworkInterface`.
//!
//! As in HotSpot, only interfaces with addresses exist, and both they and their addresses come in
//! the reverse of the system's order. A logical interface (`eth0:1`) is a child of its physical
//! one, which has its addresses too.

use super::{addresses, uses_ipv6};
use crate::host::{Errno, Interface, InterfaceAddress};
use crate::java_io::descriptor::look;
use crate::java_io::nop;
use crate::java_io::offsets::field_offset;
use crate::state;
use std::net::IpAddr;
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, exceptions, link, object, strings};

const SOCKET_EXCEPTION: &str = "java/net/SocketException";

/// An interface with those on top of it.
struct Physical {
    own: Interface,
    children: Vec<Interface>,
}

/// The interfaces in Java's order.
fn list(t: &Thread) -> Result<Vec<Physical>> {
    let host = &*state(t).host;
    let with_v6 = uses_ipv6(state(t));
    match look(t, || host.interfaces()) {
        Ok(found) => Ok(arrange(found, with_v6)),
        Err(error) => {
            let message = format!("{} (Socket creation failed)", error.message());
            Err(exceptions::throw(t, SOCKET_EXCEPTION, &message))
        }
    }
}

fn arrange(found: Vec<Interface>, with_v6: bool) -> Vec<Physical> {
    let mut out: Vec<Physical> = Vec::new();
    for mut interface in found {
        interface.addresses.retain(|it| with_v6 || it.address.is_ipv4());
        if interface.addresses.is_empty() {
            continue;
        }
        interface.addresses.reverse();
        let name = interface.name.split(':').next().unwrap_or_default().to_string();
        let logical = name.len() != interface.name.len();
        match out.iter_mut().find(|it| it.own.name == name) {
            Some(physical) => {
                physical.own.addresses.splice(0..0, interface.addresses.iter().cloned());
                if logical {
                    physical.children.insert(0, interface);
                }
            }
            None if logical => {
                let own = Interface { name, ..interface.clone() };
                out.insert(0, Physical { own, children: vec![interface] });
            }
            None => out.insert(0, Physical { own: interface, children: Vec::new() }),
        }
    }
    out
}

/// Makes objects of interfaces.
struct Maker<'t> {
    t: &'t Thread,
    class: ClassId,
    address_class: ClassId,
    binding_class: ClassId,
}

impl Maker<'_> {
    fn new(t: &Thread) -> Result<Maker<'_>> {
        Ok(Maker {
            t,
            class: link::class_by_name(t, "java/net/NetworkInterface")?,
            address_class: link::class_by_name(t, "java/net/InetAddress")?,
            binding_class: link::class_by_name(t, "java/net/InterfaceAddress")?,
        })
    }

    fn set(&self, object: Handle, field: &str, descriptor: &str, value: Handle) -> Result<()> {
        let at = field_offset(self.t, self.class, field, descriptor)?;
        self.t.vm().set_ref(self.t.get(object), at, self.t.get(value));
        Ok(())
    }

    fn physical(&self, it: &Physical) -> Result<Handle> {
        let object = self.interface(&it.own, None)?;
        let children = object::alloc_ref_array(self.t, self.class, it.children.len())?;
        let children = self.t.handle(children);
        for (i, child) in it.children.iter().enumerate() {
            let child = self.interface(child, Some(object))?;
            let none = self.t.handle(object::alloc_ref_array(self.t, self.class, 0)?);
            self.set(child, "childs", "[Ljava/net/NetworkInterface;", none)?;
            self.t.vm().set_element(self.t.get(children), i, self.t.get(child));
        }
        self.set(object, "childs", "[Ljava/net/NetworkInterface;", children)?;
        Ok(object)
    }

    fn interface(&self, it: &Interface, parent: Option<Handle>) -> Result<Handle> {
        let t = self.t;
        let object = t.handle(object::new_object(t, self.class, "()V", &[])?);
        let name = t.handle(strings::new_from_utf8(t, &it.name)?);
        self.set(object, "name", "Ljava/lang/String;", name)?;
        self.set(object, "displayName", "Ljava/lang/String;", name)?;
        let index_at = field_offset(t, self.class, "index", "I")?;
        let virtual_at = field_offset(t, self.class, "virtual", "Z")?;
        t.vm().set_u32(t.get(object), index_at, it.index);
        t.vm().set_u8(t.get(object), virtual_at, parent.is_some() as u8);
        if let Some(parent) = parent {
            self.set(object, "parent", "Ljava/net/NetworkInterface;", parent)?;
        }
        let count = it.addresses.len();
        let found = t.handle(object::alloc_ref_array(t, self.address_class, count)?);
        let bindings = t.handle(object::alloc_ref_array(t, self.binding_class, count)?);
        for (i, address) in it.addresses.iter().enumerate() {
            let (address, binding) = self.address(address, it.index, object)?;
            t.vm().set_element(t.get(found), i, t.get(address));
            t.vm().set_element(t.get(bindings), i, t.get(binding));
        }
        self.set(object, "addrs", "[Ljava/net/InetAddress;", found)?;
        self.set(object, "bindings", "[Ljava/net/InterfaceAddress;", bindings)?;
        Ok(object)
    }

    /// The `InetAddress` and the `InterfaceAddress` of an address.
    fn address(
        &self,
        it: &InterfaceAddress,
        index: u32,
        interface: Handle,
    ) -> Result<(Handle, Handle)> {
        let t = self.t;
        let scope = if it.address.is_ipv6() { index } else { 0 };
        let address = t.handle(addresses::new(t, None, it.address, scope)?);
        if it.address.is_ipv6() {
            addresses::set_interface(t, address, interface)?;
        }
        let binding = t.handle(object::new_object(t, self.binding_class, "()V", &[])?);
        let at = |field, descriptor| field_offset(t, self.binding_class, field, descriptor);
        let address_at = at("address", "Ljava/net/InetAddress;")?;
        let broadcast_at = at("broadcast", "Ljava/net/Inet4Address;")?;
        let prefix_at = at("maskLength", "S")?;
        t.vm().set_ref(t.get(binding), address_at, t.get(address));
        t.vm().set_u16(t.get(binding), prefix_at, it.prefix_bits.into());
        if let Some(broadcast) = it.broadcast {
            let broadcast = addresses::new(t, None, broadcast.into(), 0)?;
            t.vm().set_ref(t.get(binding), broadcast_at, broadcast);
        }
        Ok((address, binding))
    }
}

/// `getAll`: null if there are none.
fn all(t: &Thread) -> Result<Handle> {
    let found = list(t)?;
    if found.is_empty() {
        return Ok(t.handle(Ref::NULL));
    }
    let maker = Maker::new(t)?;
    let array = t.handle(object::alloc_ref_array(t, maker.class, found.len())?);
    for (i, interface) in found.iter().enumerate() {
        let made = t.scope(|| maker.physical(interface).map(|made| t.get(made)))?;
        t.vm().set_element(t.get(array), i, made);
    }
    Ok(array)
}

/// The first interface, physical or logical, for which `wanted` holds, with its parent; or null.
fn first(t: &Thread, wanted: impl Fn(&Interface) -> bool) -> Result<Handle> {
    let found = list(t)?;
    let hit = |it: &&Physical| wanted(&it.own) || it.children.iter().any(&wanted);
    let Some(physical) = found.iter().find(hit) else { return Ok(t.handle(Ref::NULL)) };
    let maker = Maker::new(t)?;
    let object = maker.physical(physical)?;
    if wanted(&physical.own) {
        return Ok(object);
    }
    let index = physical.children.iter().position(wanted).unwrap_or(0);
    let at = field_offset(t, maker.class, "childs", "[Ljava/net/NetworkInterface;")?;
    let children = t.vm().get_ref(t.get(object), at);
    Ok(t.handle(t.vm().element(children, index)))
}

fn name_of(t: &Thread, name: Handle) -> Result<String> {
    let name = t.get(name);
    if name.is_null() {
        let class = "java/lang/NullPointerException";
        return Err(exceptions::throw(t, class, "network interface name is NULL"));
    }
    Ok(strings::to_rust(t.vm(), name))
}

fn by_name(t: &Thread, name: Handle) -> Result<Handle> {
    let name = name_of(t, name)?;
    first(t, |it| it.name == name)
}

fn by_index(t: &Thread, index: i32) -> Result<Handle> {
    first(t, |it| i64::from(it.index) == i64::from(index))
}

fn has_address(address: IpAddr) -> impl Fn(&Interface) -> bool {
    move |it| it.addresses.iter().any(|it| it.address == address)
}

fn by_address(t: &Thread, address: Handle) -> Result<Handle> {
    let address = addresses::read(t, address)?;
    first(t, has_address(address))
}

fn is_bound(t: &Thread, address: Handle) -> Result<bool> {
    let address = addresses::read(t, address)?;
    Ok(list(t)?.iter().any(|it| has_address(address)(&it.own)))
}

/// The interface of a name, or what the system says about one that is not there.
fn named(t: &Thread, name: Handle) -> Result<Interface> {
    let name = name_of(t, name)?;
    let all = list(t)?.into_iter().flat_map(|it| std::iter::once(it.own).chain(it.children));
    match { all }.find(|it| it.name == name) {
        Some(found) => Ok(found),
        None => {
            let error = Errno(libc::ENODEV);
            Err(exceptions::throw(t, SOCKET_EXCEPTION, &error.message()))
        }
    }
}

fn has_flags(t: &Thread, name: Handle, flags: i32) -> Result<bool> {
    Ok(named(t, name)?.flags & flags as u32 == flags as u32)
}

fn is_up(t: &Thread, name: Handle, _index: i32) -> Result<bool> {
    has_flags(t, name, libc::IFF_UP | libc::IFF_RUNNING)
}

fn is_loopback(t: &Thread, name: Handle, _index: i32) -> Result<bool> {
    has_flags(t, name, libc::IFF_LOOPBACK)
}

fn is_point_to_point(t: &Thread, name: Handle, _index: i32) -> Result<bool> {
    has_flags(t, name, libc::IFF_POINTOPOINT)
}

fn has_multicast(t: &Thread, name: Handle, _index: i32) -> Result<bool> {
    has_flags(t, name, libc::IFF_MULTICAST)
}

fn hardware_address(t: &Thread, _address: Handle, name: Handle, _index: i32) -> Result<Handle> {
    let array = match named(t, name)?.mac {
        Some(mac) => object::new_byte_array(t, &mac)?,
        None => Ref::NULL,
    };
    Ok(t.handle(array))
}

fn mtu(t: &Thread, name: Handle, _index: i32) -> Result<i32> {
    Ok(named(t, name)?.mtu_bytes.map_or(0, |bytes| bytes as i32))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/net/NetworkInterface" {
            "init" "()V" => leaf nop;
            "getAll" "()[Ljava/net/NetworkInterface;" => full all;
            "getByName0" "(Ljava/lang/String;)Ljava/net/NetworkInterface;" => full by_name;
            "getByIndex0" "(I)Ljava/net/NetworkInterface;" => full by_index;
            "getByInetAddress0" "(Ljava/net/InetAddress;)Ljava/net/NetworkInterface;" => full by_address;
            "boundInetAddress0" "(Ljava/net/InetAddress;)Z" => full is_bound;
            "isUp0" "(Ljava/lang/String;I)Z" => full is_up;
            "isLoopback0" "(Ljava/lang/String;I)Z" => full is_loopback;
            "isP2P0" "(Ljava/lang/String;I)Z" => full is_point_to_point;
            "supportsMulticast0" "(Ljava/lang/String;I)Z" => full has_multicast;
            "getMacAddr0" "([BLjava/lang/String;I)[B" => full hardware_address;
            "getMTU0" "(Ljava/lang/String;I)I" => full mtu;
        }
    }
}
