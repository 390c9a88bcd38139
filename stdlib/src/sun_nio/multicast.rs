//! Groups of receivers (`sun.nio.ch.Net`). IPv4 addresses come as numbers, IPv6 ones as bytes.

use super::file_dispatcher::status;
use super::net_errors::{check, socket};
use crate::host::Errno;
use crate::java_io::descriptor::{number, with};
use crate::state;
use std::mem::offset_of;
use std::net::{Ipv4Addr, Ipv6Addr};
use vm::{Handle, NativeMethod, Result, Thread};

fn set(t: &Thread, fd: Handle, level: i32, name: i32, value: &[u8]) -> Result<Result<(), Errno>> {
    let n = number(t, fd)?;
    let set = with(t, n, |host, fd| host.set_socket_option(fd, level, name, value));
    if let (Ok(()), Ok(resource)) = (set, state(t).resources.get(n)) {
        resource.notes.option_set(level, name, value);
    }
    Ok(set)
}

/// The result of joining (or the contrary): unavailable where the kernel can not filter by sender.
fn joined(t: &Thread, result: Result<(), Errno>, joining: bool) -> Result<i32> {
    match result {
        Err(Errno(libc::ENOPROTOOPT | libc::EOPNOTSUPP)) if joining => {
            Ok(status::UNAVAILABLE as i32)
        }
        result => check(t, result).map(|()| 0),
    }
}

fn octets(address: i32) -> [u8; 4] {
    Ipv4Addr::from(address as u32).octets()
}

/// `struct ip_mreq_source`
fn source_request4(group: i32, interface: i32, source: i32) -> Vec<u8> {
    [octets(group), octets(interface), octets(source)].concat()
}

fn join_or_drop4(
    t: &Thread,
    join: bool,
    fd: Handle,
    group: i32,
    interface: i32,
    source: i32,
) -> Result<i32> {
    let (name, value) = match (source, join) {
        // `struct ip_mreq`
        (0, true) => (libc::IP_ADD_MEMBERSHIP, [octets(group), octets(interface)].concat()),
        (0, false) => (libc::IP_DROP_MEMBERSHIP, [octets(group), octets(interface)].concat()),
        (_, true) => (libc::IP_ADD_SOURCE_MEMBERSHIP, source_request4(group, interface, source)),
        (_, false) => (libc::IP_DROP_SOURCE_MEMBERSHIP, source_request4(group, interface, source)),
    };
    let result = set(t, fd, libc::IPPROTO_IP, name, &value)?;
    joined(t, result, join)
}

fn block_or_unblock4(
    t: &Thread,
    block: bool,
    fd: Handle,
    group: i32,
    interface: i32,
    source: i32,
) -> Result<i32> {
    let name = if block { libc::IP_BLOCK_SOURCE } else { libc::IP_UNBLOCK_SOURCE };
    let value = source_request4(group, interface, source);
    let result = set(t, fd, libc::IPPROTO_IP, name, &value)?;
    joined(t, result, block)
}

fn address6(t: &Thread, bytes: Handle) -> Result<[u8; 16]> {
    match crate::java_net::addresses::from_array(t, bytes)? {
        std::net::IpAddr::V6(ip) => Ok(ip.octets()),
        std::net::IpAddr::V4(ip) => Ok(Ipv6Addr::octets(&ip.to_ipv6_mapped())),
    }
}

/// `struct group_source_req`
fn source_request6(group: [u8; 16], index: i32, source: [u8; 16]) -> Vec<u8> {
    let mut value = vec![0; size_of::<libc::group_source_req>()];
    value[..4].copy_from_slice(&index.to_ne_bytes());
    let places = [
        (offset_of!(libc::group_source_req, gsr_group), group),
        (offset_of!(libc::group_source_req, gsr_source), source),
    ];
    for (at, address) in places {
        let family = (libc::AF_INET6 as libc::sa_family_t).to_ne_bytes();
        value[at..at + family.len()].copy_from_slice(&family);
        let at = at + offset_of!(libc::sockaddr_in6, sin6_addr);
        value[at..at + 16].copy_from_slice(&address);
    }
    value
}

fn join_or_drop6(
    t: &Thread,
    join: bool,
    fd: Handle,
    group: Handle,
    index: i32,
    source: Handle,
) -> Result<i32> {
    let group = address6(t, group)?;
    let (name, value) = if t.get(source).is_null() {
        // `struct ipv6_mreq`
        let mut value = group.to_vec();
        value.extend(index.to_ne_bytes());
        (if join { libc::IPV6_ADD_MEMBERSHIP } else { libc::IPV6_DROP_MEMBERSHIP }, value)
    } else {
        let value = source_request6(group, index, address6(t, source)?);
        (if join { libc::MCAST_JOIN_SOURCE_GROUP } else { libc::MCAST_LEAVE_SOURCE_GROUP }, value)
    };
    let result = set(t, fd, libc::IPPROTO_IPV6, name, &value)?;
    joined(t, result, join)
}

fn block_or_unblock6(
    t: &Thread,
    block: bool,
    fd: Handle,
    group: Handle,
    index: i32,
    source: Handle,
) -> Result<i32> {
    let value = source_request6(address6(t, group)?, index, address6(t, source)?);
    let name = if block { libc::MCAST_BLOCK_SOURCE } else { libc::MCAST_UNBLOCK_SOURCE };
    let result = set(t, fd, libc::IPPROTO_IPV6, name, &value)?;
    joined(t, result, block)
}

fn get(t: &Thread, fd: Handle, level: i32, name: i32) -> Result<[u8; 4]> {
    let n = number(t, fd)?;
    let mut value = [0; 4];
    let got = with(t, n, |host, fd| host.socket_option(fd, level, name, &mut value));
    got.map_err(|error| socket(t, error))?;
    Ok(value)
}

fn set_interface4(t: &Thread, fd: Handle, interface: i32) -> Result<()> {
    let result = set(t, fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &octets(interface))?;
    result.map_err(|error| socket(t, error))
}

fn interface4(t: &Thread, fd: Handle) -> Result<i32> {
    Ok(i32::from_be_bytes(get(t, fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF)?))
}

fn set_interface6(t: &Thread, fd: Handle, index: i32) -> Result<()> {
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF);
    set(t, fd, level, name, &index.to_ne_bytes())?.map_err(|error| socket(t, error))
}

fn interface6(t: &Thread, fd: Handle) -> Result<i32> {
    Ok(i32::from_ne_bytes(get(t, fd, libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF)?))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/Net" {
            "joinOrDrop4" "(ZLjava/io/FileDescriptor;III)I" => full join_or_drop4;
            "blockOrUnblock4" "(ZLjava/io/FileDescriptor;III)I" => full block_or_unblock4;
            "joinOrDrop6" "(ZLjava/io/FileDescriptor;[BI[B)I" => full join_or_drop6;
            "blockOrUnblock6" "(ZLjava/io/FileDescriptor;[BI[B)I" => full block_or_unblock6;
            "setInterface4" "(Ljava/io/FileDescriptor;I)V" => full set_interface4;
            "getInterface4" "(Ljava/io/FileDescriptor;)I" => full interface4;
            "setInterface6" "(Ljava/io/FileDescriptor;I)V" => full set_interface6;
            "getInterface6" "(Ljava/io/FileDescriptor;)I" => full interface6;
        }
    }
}
