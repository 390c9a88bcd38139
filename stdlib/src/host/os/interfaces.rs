//! Network interfaces, and what else the network layer of Java asks before it opens any socket.

use std::ffi::{CStr, c_int};
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, TcpStream};
use std::ptr;
use std::time::Duration;

use crate::host::{Errno, Interface, InterfaceAddress};

/// The port of the echo service (RFC 862): a host that refuses the connection is there as well.
const ECHO_PORT: u16 = 7;

pub(super) fn is_reachable(address: IpAddr, scope_id: u32, timeout: Duration) -> bool {
    let target = match address {
        IpAddr::V4(ip) => SocketAddr::V4(SocketAddrV4::new(ip, ECHO_PORT)),
        IpAddr::V6(ip) => SocketAddr::V6(SocketAddrV6::new(ip, ECHO_PORT, 0, scope_id)),
    };
    match TcpStream::connect_timeout(&target, timeout.max(Duration::from_millis(1))) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionRefused,
    }
}

pub(super) fn has_ipv6() -> bool {
    // A kernel with IPv6 compiled in but not configured has no address to show.
    fs::read("/proc/net/if_inet6").is_ok_and(|table| !table.is_empty())
}

pub(super) fn local_ports() -> Option<(u16, u16)> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

pub(super) fn list() -> Result<Vec<Interface>, Errno> {
    let mut head: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: `head` is written on success.
    if unsafe { libc::getifaddrs(&mut head) } != 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    let mut found: Vec<Interface> = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let mut next = head;
        while !next.is_null() {
            // SAFETY: the entries are valid until the list is freed below.
            unsafe {
                let entry = &*next;
                next = entry.ifa_next;
                if let Some(address) = address_of(entry, family) {
                    let name = CStr::from_ptr(entry.ifa_name).to_string_lossy().into_owned();
                    add(
                        &mut found,
                        name,
                        entry.ifa_flags,
                        libc::if_nametoindex(entry.ifa_name),
                        address,
                    );
                }
            }
        }
    }
    // SAFETY: the list came from `getifaddrs`, and nothing refers to it any more.
    unsafe { libc::freeifaddrs(head) };
    order_ipv6(&mut found);
    Ok(found)
}

fn add(
    found: &mut Vec<Interface>,
    name: String,
    flags: u32,
    index: u32,
    address: InterfaceAddress,
) {
    let at = found.iter().position(|it| it.name == name).unwrap_or_else(|| {
        let parent = name.split(':').next().unwrap_or(&name);
        let fact = |file: &str| fs::read_to_string(format!("/sys/class/net/{parent}/{file}")).ok();
        let mtu_bytes = fact("mtu").and_then(|text| text.trim().parse().ok());
        let mac = fact("address").and_then(|text| parse_mac(text.trim()));
        let addresses = Vec::new();
        found.push(Interface { name, index, flags, mtu_bytes, mac, addresses });
        found.len() - 1
    });
    found[at].addresses.push(address);
}

/// Six bytes in hexadecimal with colons; all zero means that there is none.
fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    (parts.next().is_none() && mac != [0; 6]).then_some(mac)
}

/// Puts the IPv6 addresses into the order of the kernel's table.
fn order_ipv6(found: &mut [Interface]) {
    let Ok(table) = fs::read_to_string("/proc/net/if_inet6") else { return };
    let address = |line: &str| {
        let digits = line.split_whitespace().next()?;
        u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from)
    };
    let order: Vec<Ipv6Addr> = table.lines().filter_map(address).collect();
    for interface in found {
        interface.addresses.sort_by_key(|it| match it.address {
            IpAddr::V4(_) => 0,
            IpAddr::V6(ip) => {
                1 + order.iter().position(|other| *other == ip).unwrap_or(usize::MAX - 1)
            }
        });
    }
}

/// The address of an entry, if it is of the family.
///
/// # Safety
/// The pointers in `entry` are null or valid for what its family says.
unsafe fn address_of(entry: &libc::ifaddrs, family: c_int) -> Option<InterfaceAddress> {
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let address =
            ip_of(entry.ifa_addr).filter(|_| c_int::from((*entry.ifa_addr).sa_family) == family)?;
        let prefix_bits = match ip_of(entry.ifa_netmask) {
            Some(IpAddr::V4(mask)) => u32::from(mask).leading_ones() as u8,
            Some(IpAddr::V6(mask)) => u128::from(mask).leading_ones() as u8,
            None => 0,
        };
        let has_broadcast = entry.ifa_flags & libc::IFF_BROADCAST as u32 != 0;
        let broadcast = match ip_of(entry.ifa_ifu).filter(|_| has_broadcast) {
            Some(IpAddr::V4(ip)) => Some(ip),
            _ => None,
        };
        Some(InterfaceAddress { address, broadcast, prefix_bits })
    }
}

/// # Safety
/// `socket` is null or valid for the structure that its family names.
unsafe fn ip_of(socket: *const libc::sockaddr) -> Option<IpAddr> {
    if socket.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the structure; reads need no alignment.
    unsafe {
        match c_int::from((*socket).sa_family) {
            libc::AF_INET => {
                let socket = socket.cast::<libc::sockaddr_in>().read_unaligned();
                Some(Ipv4Addr::from(socket.sin_addr.s_addr.to_ne_bytes()).into())
            }
            libc::AF_INET6 => {
                let socket = socket.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(Ipv6Addr::from(socket.sin6_addr.s6_addr).into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface() {
        let found = list().expect("interfaces");
        let lo = found.iter().find(|it| it.name == "lo").expect("loopback");
        assert_eq!((lo.index > 0, lo.mac), (true, None));
        let first = &lo.addresses[0];
        assert_eq!((first.address, first.prefix_bits), (Ipv4Addr::LOCALHOST.into(), 8));
        assert_eq!(first.broadcast, None);
        assert!(is_reachable(Ipv4Addr::LOCALHOST.into(), 0, Duration::from_secs(1)));
        assert_eq!(parse_mac("02:fc:00:00:00:01"), Some([2, 0xfc, 0, 0, 0, 1]));
        assert_eq!(parse_mac("00:00:00:00:00:00"), None);
    }
}
