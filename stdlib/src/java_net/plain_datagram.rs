//! `PlainDatagramSocketImpl`: JDK 17's old implementation of UDP (`-Djdk.net.usePlainDatagramSocketImpl`).

use super::plain_socket::{
    bind_to, closed, descriptor, failed, int_field, integer, is_number, local_address, new_socket,
    open_descriptor, set_int_field, system_option, wait_for,
};
use super::{addresses, uses_ipv6};
use crate::host::{Errno, SocketAddress, SocketKind};
use crate::java_io::descriptor::{close, number, once, set_number, with};
use crate::java_io::errors;
use crate::java_lang::support::{field_offset, get_ref_field, set_ref_field};
use crate::state;
use crate::sun_nio::{int_option, set_int_option};
use gc::ARRAY_DATA_OFFSET;
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr};
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions};

const SOCKET_EXCEPTION: &str = "java/net/SocketException";
const IO_EXCEPTION: &str = "java/io/IOException";
/// Longest message that UDP can carry, and more.
const MAX_MESSAGE_BYTES: usize = 65_536;

/// Values of `java.net.SocketOptions`.
const SO_BINDADDR: i32 = 15;
const IP_MULTICAST_IF: i32 = 16;
const IP_MULTICAST_LOOP: i32 = 18;
const IP_MULTICAST_IF2: i32 = 31;
const SO_TIMEOUT: i32 = 4102;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/net/PlainDatagramSocketImpl" {
            "datagramSocketCreate" "()V" => full create;
            "datagramSocketClose" "()V" => full close_socket;
            "bind0" "(ILjava/net/InetAddress;)V" => full bind;
            "connect0" "(Ljava/net/InetAddress;I)V" => full connect;
            "disconnect0" "(I)V" => full disconnect;
            "send0" "(Ljava/net/DatagramPacket;)V" => full send;
            "receive0" "(Ljava/net/DatagramPacket;)V" => full receive;
            "peek" "(Ljava/net/InetAddress;)I" => full peek;
            "peekData" "(Ljava/net/DatagramPacket;)I" => full peek_data;
            "dataAvailable" "()I" => full available;
            "setTimeToLive" "(I)V" => full set_hops;
            "getTimeToLive" "()I" => full hops;
            "setTTL" "(B)V" => full set_hops_byte;
            "getTTL" "()B" => full hops_byte;
            "join" "(Ljava/net/InetAddress;Ljava/net/NetworkInterface;)V" => full join;
            "leave" "(Ljava/net/InetAddress;Ljava/net/NetworkInterface;)V" => full leave;
            "socketSetOption0" "(ILjava/lang/Object;)V" => full set_option;
            "socketGetOption" "(I)Ljava/lang/Object;" => full option;
        }
    }
}

fn create(t: &Thread, this: Handle) -> Result<()> {
    let fd = descriptor(t, this)?;
    if t.get(fd).is_null() {
        return Err(closed(t));
    }
    let with_v6 = uses_ipv6(state(t));
    let made = new_socket(t, SocketKind::Datagram).and_then(|n| {
        with(t, n, |host, fd| {
            let set = |level, name, value: i32| {
                host.set_socket_option(fd, level, name, &value.to_ne_bytes())
            };
            set(libc::SOL_SOCKET, libc::SO_BROADCAST, 1)?;
            // Only what this socket has joined; old kernels do not know it.
            let _ = set(libc::IPPROTO_IP, libc::IP_MULTICAST_ALL, 0);
            if with_v6 {
                let _ = set(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_ALL, 0);
                set(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS, 1)?;
            }
            Ok(())
        })?;
        Ok(n)
    });
    match made {
        Ok(n) => set_number(t, fd, n),
        Err(error) => Err(failed(t, SOCKET_EXCEPTION, error, "Error creating socket")),
    }
}

/// Who is blocked in the socket is woken and finds it closed.
fn close_socket(t: &Thread, this: Handle) -> Result<()> {
    let Ok((fd, n)) = open_descriptor(t, this) else {
        exceptions::take(t);
        return Ok(());
    };
    set_number(t, fd, -1)?;
    // Fails on a socket that is not connected, and wakes all the same.
    let _ = with(t, n, |host, fd| host.shutdown(fd, Shutdown::Both));
    let _ = close(t, n);
    Ok(())
}

fn bind(t: &Thread, this: Handle, port: i32, address: Handle) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    if t.get(address).is_null() {
        return Err(exceptions::throw(t, "java/lang/NullPointerException", "iaObj is null."));
    }
    let port = bind_to(t, n, address, port)?;
    set_int_field(t, this, "localPort", port)
}

fn connect(t: &Thread, this: Handle, address: Handle, port: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    let to = SocketAddress::Ip(addresses::to_socket(t, address, port, uses_ipv6(state(t)))?);
    with(t, n, |host, fd| host.connect(fd, &to))
        .map_err(|error| failed(t, "java/net/ConnectException", error, "Connect failed"))
}

fn disconnect(t: &Thread, this: Handle, _family: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    let _ = with(t, n, |host, fd| host.disconnect(fd));
    Ok(())
}

#[cold]
fn unreachable(t: &Thread) -> vm::Thrown {
    exceptions::throw(t, "java/net/PortUnreachableException", "ICMP Port Unreachable")
}

fn is_connected(t: &Thread, this: Handle) -> Result<bool> {
    let at = field_offset(t, t.vm().class_of(t.get(this)), "connected", "Z")?;
    Ok(t.vm().get_u8(t.get(this), at) != 0)
}

/// The array of a `DatagramPacket`, and the part of it that the packet has for data.
struct Packet {
    bytes: Handle,
    offset: usize,
    length: usize,
}

impl Packet {
    /// `length` names the field with the length that counts.
    fn of(t: &Thread, packet: Handle, length: &str) -> Result<Packet> {
        let bytes = t.handle(get_ref_field(t, packet, "buf", "[B")?);
        let offset = int_field(t, packet, "offset")?;
        let length = int_field(t, packet, length)?;
        let size = if t.get(bytes).is_null() { 0 } else { t.vm().array_len(t.get(bytes)) };
        match usize::try_from(offset).ok().zip(usize::try_from(length).ok()) {
            Some((offset, length)) if offset + length <= size => {
                Ok(Packet { bytes, offset, length })
            }
            _ => Err(errors::out_of_bounds(t)),
        }
    }
}

fn send(t: &Thread, this: Handle, packet: Handle) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    let data = Packet::of(t, packet, "length")?;
    let to = match is_connected(t, this)? {
        true => None,
        false => {
            let address = t.handle(get_ref_field(t, packet, "address", "Ljava/net/InetAddress;")?);
            let port = int_field(t, packet, "port")?;
            Some(addresses::to_socket(t, address, port, uses_ipv6(state(t)))?)
        }
    };
    let mut bytes = vec![0; data.length];
    t.vm().read_bytes(t.get(data.bytes), ARRAY_DATA_OFFSET + data.offset, &mut bytes);
    let sent = with(t, n, |host, fd| match &to {
        Some(to) => host.send_to(fd, &bytes, to),
        None => host.send(fd, &bytes, false),
    });
    match sent {
        Ok(_) => Ok(()),
        Err(Errno(libc::ECONNREFUSED)) => Err(unreachable(t)),
        Err(error) => Err(failed(t, IO_EXCEPTION, error, "sendto failed")),
    }
}

/// The next message and its sender; with `peek` it stays.
fn next(t: &Thread, this: Handle, length: usize, peek: bool) -> Result<(Vec<u8>, SocketAddr)> {
    let (fd, n) = open_descriptor(t, this)?;
    let millis = int_field(t, this, "timeout")?;
    let mut bytes = vec![0; length.min(MAX_MESSAGE_BYTES)];
    loop {
        let ready = wait_for(t, n, libc::POLLIN, (millis > 0).then_some(millis));
        if number(t, fd)? < 0 {
            return Err(closed(t));
        }
        let got = match ready {
            Ok(None) => {
                let class = "java/net/SocketTimeoutException";
                let text = if peek { "Peek timed out" } else { "Receive timed out" };
                return Err(exceptions::throw(t, class, text));
            }
            Ok(Some(_)) => once(t, n, |host, fd| host.receive_from(fd, &mut bytes, peek)),
            Err(error) => Err(error),
        };
        match got {
            Ok((count, from)) => {
                bytes.truncate(count);
                let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                return Ok((bytes, from.unwrap_or(nobody)));
            }
            Err(Errno::AGAIN | Errno::INTR) if !t.is_ending() => {}
            Err(Errno(libc::ECONNREFUSED)) if is_connected(t, this)? => return Err(unreachable(t)),
            // An answer to an earlier message to somebody.
            Err(Errno(libc::ECONNREFUSED)) => {}
            Err(Errno::BADF) => return Err(closed(t)),
            Err(error) => return Err(failed(t, SOCKET_EXCEPTION, error, "Receive failed")),
        }
    }
}

/// Puts the next message into a packet; answers the sender's port.
fn receive_into(t: &Thread, this: Handle, packet: Handle, peek: bool) -> Result<i32> {
    let room = Packet::of(t, packet, "bufLength")?;
    let (bytes, from) = next(t, this, room.length, peek)?;
    t.vm().write_bytes(t.get(room.bytes), ARRAY_DATA_OFFSET + room.offset, &bytes);
    set_int_field(t, packet, "length", bytes.len() as i32)?;
    // A sender that is known already keeps its object, with the name in it.
    let known = t.handle(get_ref_field(t, packet, "address", "Ljava/net/InetAddress;")?);
    let same = !t.get(known).is_null() && addresses::read(t, known)? == from.ip().to_canonical();
    if !same {
        let address = addresses::of_socket(t, &from)?;
        set_ref_field(t, packet, "address", "Ljava/net/InetAddress;", address)?;
    }
    set_int_field(t, packet, "port", from.port().into())?;
    Ok(from.port().into())
}

fn receive(t: &Thread, this: Handle, packet: Handle) -> Result<()> {
    receive_into(t, this, packet, false).map(drop)
}

fn peek_data(t: &Thread, this: Handle, packet: Handle) -> Result<i32> {
    receive_into(t, this, packet, true)
}

/// The sender of the next message: its address becomes that of an object, its port is the answer.
fn peek(t: &Thread, this: Handle, address: Handle) -> Result<i32> {
    let (_, from) = next(t, this, 1, true)?;
    if let IpAddr::V4(ip) = from.ip().to_canonical() {
        let offsets = &state(t).io.offsets;
        let (holder_at, at) = (offsets.inet_holder(t)?, offsets.holder_address(t)?);
        let holder = t.vm().get_ref(t.get(address), holder_at);
        t.vm().set_u32(holder, at, ip.into());
    }
    Ok(from.port().into())
}

/// -1 if it is not known.
fn available(t: &Thread, this: Handle) -> Result<i32> {
    let (_, n) = open_descriptor(t, this)?;
    let count = with(t, n, |host, fd| host.available_bytes(fd));
    Ok(count.ok().and_then(|count| i32::try_from(count).ok()).unwrap_or(-1))
}

/// How many routers a message to a group passes.
fn set_hops(t: &Thread, this: Handle, hops: i32) -> Result<()> {
    let (fd, _) = open_descriptor(t, this)?;
    let v6 = uses_ipv6(state(t));
    set_int_option(t, fd, true, libc::IPPROTO_IP, libc::IP_MULTICAST_TTL, hops, v6)?;
    if v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS);
        set_int_option(t, fd, true, level, name, hops, v6)?;
    }
    Ok(())
}

fn hops(t: &Thread, this: Handle) -> Result<i32> {
    let (fd, _) = open_descriptor(t, this)?;
    match uses_ipv6(state(t)) {
        true => int_option(t, fd, true, libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS),
        false => int_option(t, fd, true, libc::IPPROTO_IP, libc::IP_MULTICAST_TTL),
    }
}

fn set_hops_byte(t: &Thread, this: Handle, hops: i8) -> Result<()> {
    set_hops(t, this, i32::from(hops as u8))
}

fn hops_byte(t: &Thread, this: Handle) -> Result<i8> {
    Ok(hops(t, this)? as i8)
}

/// The number of a `NetworkInterface`; 0, which leaves the choice to the system, for null.
fn index_of(t: &Thread, interface: Handle) -> Result<i32> {
    if t.get(interface).is_null() { Ok(0) } else { int_field(t, interface, "index") }
}

fn change_membership(
    t: &Thread,
    this: Handle,
    group: Handle,
    interface: Handle,
    joining: bool,
) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    let index = index_of(t, interface)?.to_ne_bytes();
    let (level, name, value) = match addresses::read(t, group)? {
        IpAddr::V4(ip) => {
            // `struct ip_mreqn`: the group, an address that is not used, the interface.
            let value = [ip.octets(), [0; 4], index].concat();
            let name = if joining { libc::IP_ADD_MEMBERSHIP } else { libc::IP_DROP_MEMBERSHIP };
            (libc::IPPROTO_IP, name, value)
        }
        IpAddr::V6(ip) => {
            let value = [ip.octets().as_slice(), &index].concat();
            let name = if joining { libc::IPV6_ADD_MEMBERSHIP } else { libc::IPV6_DROP_MEMBERSHIP };
            (libc::IPPROTO_IPV6, name, value)
        }
    };
    let set = with(t, n, |host, fd| host.set_socket_option(fd, level, name, &value));
    if let (Ok(()), Ok(resource)) = (set, state(t).resources.get(n)) {
        resource.notes.option_set(level, name, &value);
    }
    set.map_err(|error| match error.0 {
        libc::ENOENT if !joining => {
            exceptions::throw(t, SOCKET_EXCEPTION, "Not a member of the multicast group")
        }
        _ => exceptions::throw(t, SOCKET_EXCEPTION, &error.message()),
    })
}

fn join(t: &Thread, this: Handle, group: Handle, interface: Handle) -> Result<()> {
    change_membership(t, this, group, interface, true)
}

fn leave(t: &Thread, this: Handle, group: Handle, interface: Handle) -> Result<()> {
    change_membership(t, this, group, interface, false)
}

/// `NetworkInterface.NAME(argument)`; null if there is none.
fn interface(t: &Thread, name: &str, descriptor: &str, argument: Value) -> Result<Handle> {
    let class = "java/net/NetworkInterface";
    let found = call::call_static(t, class, name, descriptor, &[argument])?;
    Ok(t.handle(Ref::from_bits(found as u32)))
}

fn set_interface(t: &Thread, fd: Handle, interface: Handle) -> Result<()> {
    let n = number(t, fd)?;
    let index = index_of(t, interface)?.to_ne_bytes();
    // `struct ip_mreqn` again.
    let value = [[0; 4], [0; 4], index].concat();
    let v6 = uses_ipv6(state(t));
    with(t, n, |host, fd| {
        host.set_socket_option(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &value)?;
        match v6 {
            true => {
                let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF);
                host.set_socket_option(fd, level, name, &index)
            }
            false => Ok(()),
        }
    })
    .map_err(|error| failed(t, SOCKET_EXCEPTION, error, "Error setting socket option"))
}

/// The truth in a `Boolean`.
fn boolean(t: &Thread, value: Handle) -> Result<bool> {
    let object = crate::java_lang::support::non_null(t, value)?;
    let at = field_offset(t, t.vm().class_of(object), "value", "Z")?;
    Ok(t.vm().get_u8(t.get(value), at) != 0)
}

fn set_option(t: &Thread, this: Handle, option: i32, value: Handle) -> Result<()> {
    let (fd, _) = open_descriptor(t, this)?;
    let v6 = uses_ipv6(state(t));
    match option {
        SO_TIMEOUT => Ok(()),
        IP_MULTICAST_IF2 => set_interface(t, fd, value),
        IP_MULTICAST_IF => {
            let descriptor = "(Ljava/net/InetAddress;)Ljava/net/NetworkInterface;";
            let found = interface(t, "getByInetAddress", descriptor, Value::Object(value))?;
            if t.get(found).is_null() {
                let text = "bad argument for IP_MULTICAST_IF: address not bound to any interface";
                return Err(exceptions::throw(t, SOCKET_EXCEPTION, text));
            }
            set_interface(t, fd, found)
        }
        IP_MULTICAST_LOOP => {
            // Java says whether it is off.
            let on = i32::from(!boolean(t, value)?);
            set_int_option(t, fd, true, libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP, on, v6)?;
            if v6 {
                let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP);
                set_int_option(t, fd, true, level, name, on, v6)?;
            }
            Ok(())
        }
        _ => {
            let (level, name) = system_option(t, option)?;
            let value = match is_number(option) {
                true => integer(t, value)?,
                false => i32::from(boolean(t, value)?),
            };
            set_int_option(t, fd, true, level, name, value, v6)
        }
    }
}

fn boxed_boolean(t: &Thread, value: bool) -> Result<Ref> {
    let args = [Value::Int(value.into())];
    let boxed =
        call::call_static(t, "java/lang/Boolean", "valueOf", "(Z)Ljava/lang/Boolean;", &args)?;
    Ok(Ref::from_bits(boxed as u32))
}

/// The interface for messages to groups; null if the system chooses.
fn current_interface(t: &Thread, fd: Handle) -> Result<Handle> {
    if uses_ipv6(state(t)) {
        let index = int_option(t, fd, true, libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF)?;
        if index == 0 {
            return Ok(t.handle(Ref::NULL));
        }
        let descriptor = "(I)Ljava/net/NetworkInterface;";
        return interface(t, "getByIndex", descriptor, Value::Int(index));
    }
    let n = number(t, fd)?;
    let mut octets = [0; 4];
    with(t, n, |host, fd| {
        host.socket_option(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &mut octets)
    })
    .map_err(|error| failed(t, SOCKET_EXCEPTION, error, "Error getting socket option"))?;
    let ip = Ipv4Addr::from(octets);
    if ip.is_unspecified() {
        return Ok(t.handle(Ref::NULL));
    }
    let address = t.handle(addresses::new(t, None, ip.into(), 0)?);
    let descriptor = "(Ljava/net/InetAddress;)Ljava/net/NetworkInterface;";
    interface(t, "getByInetAddress", descriptor, Value::Object(address))
}

/// The first address of an interface, or "any" for none.
fn first_address(t: &Thread, interface: Handle) -> Result<Ref> {
    if !t.get(interface).is_null() {
        let all = get_ref_field(t, interface, "addrs", "[Ljava/net/InetAddress;")?;
        if !all.is_null() && t.vm().array_len(all) > 0 {
            return Ok(t.vm().element(all, 0));
        }
    }
    addresses::new(t, None, Ipv4Addr::UNSPECIFIED.into(), 0)
}

fn option(t: &Thread, this: Handle, option: i32) -> Result<Ref> {
    let (fd, n) = open_descriptor(t, this)?;
    match option {
        SO_BINDADDR => match local_address(t, n) {
            Ok(local) => addresses::of_socket(t, &local),
            Err(error) => Err(failed(t, SOCKET_EXCEPTION, error, "Error getting socket name")),
        },
        IP_MULTICAST_IF2 => Ok(t.get(current_interface(t, fd)?)),
        IP_MULTICAST_IF => {
            let interface = current_interface(t, fd)?;
            first_address(t, interface)
        }
        IP_MULTICAST_LOOP => {
            let on = match uses_ipv6(state(t)) {
                true => int_option(t, fd, true, libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP),
                false => int_option(t, fd, true, libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP),
            }?;
            boxed_boolean(t, on == 0)
        }
        _ => {
            let (level, name) = system_option(t, option)?;
            let value = int_option(t, fd, true, level, name)?;
            if !is_number(option) {
                return boxed_boolean(t, value != 0);
            }
            let args = [Value::Int(value)];
            let class = "java/lang/Integer";
            let boxed = call::call_static(t, class, "valueOf", "(I)Ljava/lang/Integer;", &args)?;
            Ok(Ref::from_bits(boxed as u32))
        }
    }
}
