//! `InetAddress` objects: making them and reading them.

use crate::java_io::errors;
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use vm::{Handle, Ref, Result, Thread, Value, exceptions, link, object};

/// Values of `InetAddressHolder.family`.
const FAMILY_V4: u32 = 1;

/// A new `Inet4Address` or `Inet6Address`; a scope of 0 is none.
pub(crate) fn new(t: &Thread, host: Option<Handle>, address: IpAddr, scope: u32) -> Result<Ref> {
    let host = host.map_or(Value::Null, Value::Object);
    match address {
        IpAddr::V4(ip) => {
            let class = link::class_by_name(t, "java/net/Inet4Address")?;
            let args = [host, Value::Int(u32::from(ip) as i32)];
            object::new_object(t, class, "(Ljava/lang/String;I)V", &args)
        }
        IpAddr::V6(ip) => {
            let class = link::class_by_name(t, "java/net/Inet6Address")?;
            let bytes = Value::Object(t.handle(object::new_byte_array(t, &ip.octets())?));
            match scope {
                0 => object::new_object(t, class, "(Ljava/lang/String;[B)V", &[host, bytes]),
                scope => {
                    let args = [host, bytes, Value::Int(scope as i32)];
                    object::new_object(t, class, "(Ljava/lang/String;[BI)V", &args)
                }
            }
        }
    }
}

/// Ties an `Inet6Address` to the `NetworkInterface` that it was found at.
pub(super) fn set_interface(t: &Thread, address: Handle, interface: Handle) -> Result<()> {
    let offsets = &state(t).io.offsets;
    let holder_at = offsets.inet6_holder(t)?;
    let (at, set_at) = (offsets.holder6_interface(t)?, offsets.holder6_interface_set(t)?);
    let holder = t.vm().get_ref(t.get(address), holder_at);
    t.vm().set_ref(holder, at, t.get(interface));
    t.vm().set_u8(holder, set_at, 1);
    Ok(())
}

/// The address in an `InetAddress`.
///
/// # Errors
/// `NullPointerException`.
pub(super) fn read(t: &Thread, address: Handle) -> Result<IpAddr> {
    let offsets = &state(t).io.offsets;
    let (holder_at, family_at) = (offsets.inet_holder(t)?, offsets.holder_family(t)?);
    let address_at = offsets.holder_address(t)?;
    let (holder6_at, bytes_at) = (offsets.inet6_holder(t)?, offsets.holder6_bytes(t)?);
    let vm = t.vm();
    let address = t.get(address);
    if address.is_null() {
        return Err(exceptions::npe(t));
    }
    let holder = vm.get_ref(address, holder_at);
    if vm.get_u32(holder, family_at) == FAMILY_V4 {
        return Ok(Ipv4Addr::from(vm.get_u32(holder, address_at)).into());
    }
    let bytes = vm.get_ref(vm.get_ref(address, holder6_at), bytes_at);
    octets(t, bytes)
}

/// The `InetAddress` of a socket's address. IPv4 addresses mapped into IPv6 become IPv4 again.
pub(crate) fn of_socket(t: &Thread, address: &SocketAddr) -> Result<Ref> {
    let scope = match address {
        SocketAddr::V6(address) => address.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    new(t, None, address.ip().to_canonical(), scope)
}

/// The socket address of an `InetAddress` and a port; of a socket that takes IPv6 addresses, those of IPv4 as mapped
/// ones and "any" as that of IPv6.
///
/// # Errors
/// `NullPointerException`.
pub(crate) fn to_socket(t: &Thread, address: Handle, port: i32, as_v6: bool) -> Result<SocketAddr> {
    let scope_at = state(t).io.offsets.holder6_scope(t)?;
    let holder_at = state(t).io.offsets.inet6_holder(t)?;
    let port = port as u16;
    Ok(match read(t, address)? {
        IpAddr::V4(ip) if as_v6 && ip.is_unspecified() => (Ipv6Addr::UNSPECIFIED, port).into(),
        IpAddr::V4(ip) if as_v6 => (ip.to_ipv6_mapped(), port).into(),
        IpAddr::V4(ip) => (ip, port).into(),
        IpAddr::V6(ip) => {
            let holder = t.vm().get_ref(t.get(address), holder_at);
            let scope = t.vm().get_u32(holder, scope_at);
            SocketAddrV6::new(ip, port, 0, scope).into()
        }
    })
}

/// The address in a `byte[]` of 4 or 16.
///
/// # Errors
/// `NullPointerException`, `IndexOutOfBoundsException`.
pub(crate) fn from_array(t: &Thread, bytes: Handle) -> Result<IpAddr> {
    octets(t, t.get(bytes))
}

fn octets(t: &Thread, bytes: Ref) -> Result<IpAddr> {
    if bytes.is_null() {
        return Err(exceptions::npe(t));
    }
    let mut octets = [0; 16];
    match t.vm().array_len(bytes) {
        4 => {
            t.vm().read_bytes(bytes, ARRAY_DATA_OFFSET, &mut octets[..4]);
            Ok(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]).into())
        }
        16 => {
            t.vm().read_bytes(bytes, ARRAY_DATA_OFFSET, &mut octets);
            Ok(Ipv6Addr::from(octets).into())
        }
        _ => Err(errors::out_of_bounds(t)),
    }
}
