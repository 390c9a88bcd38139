//! `sun.nio.ch.InheritedChannel`: whether the standard input is a socket, and which (`System.inheritedChannel`).

use super::file_dispatcher::{close_number, duplicate_to};
use super::net_errors::check;
use crate::host::{OpenFlags, SocketAddress};
use crate::java_io::descriptor::{self, with};
use crate::java_io::{errors, nop};
use crate::java_net::addresses;
use crate::state;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, object, strings};

/// Answers of `soType0` and `addressFamily`.
mod kind {
    pub(super) const UNKNOWN: i32 = -1;
    pub(super) const STREAM: i32 = 1;
    pub(super) const DATAGRAM: i32 = 2;
    pub(super) const INET: i32 = 1;
    pub(super) const INET6: i32 = 2;
    pub(super) const UNIX: i32 = 3;
}

fn option(t: &Thread, n: i32, name: i32) -> Option<i32> {
    let mut value = [0; 4];
    with(t, n, |host, fd| host.socket_option(fd, libc::SOL_SOCKET, name, &mut value)).ok()?;
    Some(i32::from_ne_bytes(value))
}

fn socket_type(t: &Thread, n: i32) -> Result<i32> {
    Ok(match option(t, n, libc::SO_TYPE) {
        Some(libc::SOCK_STREAM) => kind::STREAM,
        Some(libc::SOCK_DGRAM) => kind::DATAGRAM,
        _ => kind::UNKNOWN,
    })
}

fn address_family(t: &Thread, n: i32) -> Result<i32> {
    Ok(match option(t, n, libc::SO_DOMAIN) {
        Some(libc::AF_INET) => kind::INET,
        Some(libc::AF_INET6) => kind::INET6,
        Some(libc::AF_UNIX) => kind::UNIX,
        _ => kind::UNKNOWN,
    })
}

fn peer(t: &Thread, n: i32) -> Option<SocketAddress> {
    with(t, n, |host, fd| host.peer_address(fd)).ok()
}

fn is_connected(t: &Thread, n: i32) -> Result<bool> {
    Ok(peer(t, n).is_some())
}

fn peer_address(t: &Thread, n: i32) -> Result<Handle> {
    let found = match peer(t, n) {
        Some(SocketAddress::Ip(address)) => addresses::of_socket(t, &address)?,
        _ => Ref::NULL,
    };
    Ok(t.handle(found))
}

fn peer_port(t: &Thread, n: i32) -> Result<i32> {
    Ok(match peer(t, n) {
        Some(SocketAddress::Ip(address)) => address.port().into(),
        _ => -1,
    })
}

fn unix_peer_address(t: &Thread, n: i32) -> Result<Handle> {
    let found = match peer(t, n) {
        Some(SocketAddress::Unix(path)) => object::new_byte_array(t, &path)?,
        _ => Ref::NULL,
    };
    Ok(t.handle(found))
}

fn open0(t: &Thread, path: Handle, flags: i32) -> Result<i32> {
    if t.get(path).is_null() {
        return Err(exceptions::npe(t));
    }
    let path = strings::to_rust(t.vm(), t.get(path));
    descriptor::open(t, path.into(), OpenFlags(flags), 0).map_err(|error| errors::io(t, error))
}

fn dup(t: &Thread, n: i32) -> Result<i32> {
    let table = &state(t).resources;
    let copied = table.get(n).and_then(|resource| {
        let fd = with(t, n, |host, fd| host.duplicate(fd))?;
        table.insert(resource.again(fd))
    });
    check(t, copied)
}

fn dup2(t: &Thread, from: i32, to: i32) -> Result<()> {
    duplicate_to(t, from, to).map_err(|error| errors::io(t, error))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/InheritedChannel" {
            "initIDs" "()V" => leaf nop;
            "soType0" "(I)I" => full socket_type;
            "addressFamily" "(I)I" => full address_family;
            "isConnected" "(I)Z" => full is_connected;
            "inetPeerAddress0" "(I)Ljava/net/InetAddress;" => full peer_address;
            "peerPort0" "(I)I" => full peer_port;
            "unixPeerAddress0" "(I)[B" => full unix_peer_address;
            "open0" "(Ljava/lang/String;I)I" => full open0;
            "dup" "(I)I" => full dup;
            "dup2" "(II)V" => full dup2;
            "close0" "(I)V" => full close_number;
        }
    }
}
