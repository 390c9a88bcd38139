//! `DatagramChannelImpl` and `DatagramDispatcher`: sending and receiving messages.

use super::file_dispatcher::{dup0, status};
use super::memory::{buffer, gather, scatter};
use super::net_errors::{check, thrown};
use crate::host::Errno;
use crate::java_io::descriptor::{number, once, with};
use crate::java_io::errors;
use std::mem::offset_of;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use vm::{Handle, NativeMethod, Result, Thread, Thrown, exceptions};

/// Longest message that UDP can carry, and more.
const MAX_MESSAGE_BYTES: i32 = 65_536;

/// The other end of a connected socket has answered that nobody is there.
#[cold]
fn unreachable(t: &Thread) -> Thrown {
    exceptions::throw_bare(t, "java/net/PortUnreachableException")
}

/// Writes an address as `struct sockaddr_in` or `sockaddr_in6`.
fn encode(t: &Thread, at: i64, address: &SocketAddr) -> Result<()> {
    let (bytes, family, ip_at, port_at) = match address {
        SocketAddr::V4(_) => (
            buffer(t, at, size_of::<libc::sockaddr_in>() as i64)?,
            libc::AF_INET,
            offset_of!(libc::sockaddr_in, sin_addr),
            offset_of!(libc::sockaddr_in, sin_port),
        ),
        SocketAddr::V6(_) => (
            buffer(t, at, size_of::<libc::sockaddr_in6>() as i64)?,
            libc::AF_INET6,
            offset_of!(libc::sockaddr_in6, sin6_addr),
            offset_of!(libc::sockaddr_in6, sin6_port),
        ),
    };
    bytes.fill(0);
    bytes[..2].copy_from_slice(&(family as libc::sa_family_t).to_ne_bytes());
    bytes[port_at..port_at + 2].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(it) => bytes[ip_at..ip_at + 4].copy_from_slice(&it.ip().octets()),
        SocketAddr::V6(it) => {
            bytes[ip_at..ip_at + 16].copy_from_slice(&it.ip().octets());
            let scope_at = offset_of!(libc::sockaddr_in6, sin6_scope_id);
            bytes[scope_at..scope_at + 4].copy_from_slice(&it.scope_id().to_ne_bytes());
        }
    }
    Ok(())
}

/// Reads what Java has written in the same form.
fn decode(t: &Thread, at: i64, length: i32) -> Result<Result<SocketAddr, Errno>> {
    let bytes = buffer(t, at, length.into())?;
    let array = |at: usize| bytes.get(at..at + 4).and_then(|it| <[u8; 4]>::try_from(it).ok());
    let family = bytes.get(..2).map_or(0, |it| i32::from(u16::from_ne_bytes([it[0], it[1]])));
    let port = bytes.get(2..4).map_or(0, |it| u16::from_be_bytes([it[0], it[1]]));
    let address = match family {
        libc::AF_INET => array(offset_of!(libc::sockaddr_in, sin_addr))
            .map(|ip| SocketAddr::from((Ipv4Addr::from(ip), port))),
        libc::AF_INET6 => {
            let ip_at = offset_of!(libc::sockaddr_in6, sin6_addr);
            let ip = bytes.get(ip_at..ip_at + 16).and_then(|it| <[u8; 16]>::try_from(it).ok());
            let scope = array(offset_of!(libc::sockaddr_in6, sin6_scope_id));
            ip.zip(scope).map(|(ip, scope)| {
                SocketAddrV6::new(Ipv6Addr::from(ip), port, 0, u32::from_ne_bytes(scope)).into()
            })
        }
        _ => None,
    };
    Ok(address.ok_or(Errno::INVAL))
}

/// `receive0`: the length; the sender's address is written to memory.
fn receive0(
    t: &Thread,
    fd: Handle,
    address: i64,
    length: i32,
    sender: i64,
    connected: bool,
) -> Result<i32> {
    let n = number(t, fd)?;
    let to = buffer(t, address, length.min(MAX_MESSAGE_BYTES).into())?;
    loop {
        return match once(t, n, |host, fd| host.receive_from(fd, to, false)) {
            Ok((count, from)) => {
                if let Some(from) = from {
                    encode(t, sender, &from)?;
                }
                Ok(count as i32)
            }
            Err(Errno::AGAIN) => Ok(status::UNAVAILABLE as i32),
            Err(Errno::INTR) => Ok(status::INTERRUPTED as i32),
            // An answer to an earlier message to somebody.
            Err(Errno(libc::ECONNREFUSED)) if !connected => continue,
            Err(Errno(libc::ECONNREFUSED)) => Err(unreachable(t)),
            Err(error) => Err(thrown(t, error)),
        };
    }
}

fn send0(
    t: &Thread,
    fd: Handle,
    address: i64,
    length: i32,
    target: i64,
    target_length: i32,
) -> Result<i32> {
    let n = number(t, fd)?;
    let from = buffer(t, address, length.min(MAX_MESSAGE_BYTES).into())?;
    let target = decode(t, target, target_length)?;
    match once(t, n, |host, fd| host.send_to(fd, from, &target?)) {
        Ok(count) => Ok(count as i32),
        Err(Errno::AGAIN) => Ok(status::UNAVAILABLE as i32),
        Err(Errno::INTR) => Ok(status::INTERRUPTED as i32),
        Err(Errno(libc::ECONNREFUSED)) => Err(unreachable(t)),
        Err(error) => Err(thrown(t, error)),
    }
}

fn disconnect0(t: &Thread, fd: Handle, _is_v6: bool) -> Result<()> {
    let n = number(t, fd)?;
    check(t, with(t, n, |host, fd| host.disconnect(fd)))
}

/// What a transfer with the other end has done. An empty message is not an end.
fn transferred(t: &Thread, result: Result<usize, Errno>, reading: bool) -> Result<i64> {
    match result {
        Ok(0) if reading => Ok(status::EOF),
        Ok(count) => Ok(count as i64),
        Err(Errno::AGAIN) => Ok(status::UNAVAILABLE),
        Err(Errno::INTR) => Ok(status::INTERRUPTED),
        Err(Errno(libc::ECONNREFUSED)) => Err(unreachable(t)),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn read0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let to = buffer(t, address, length.into())?;
    let result = once(t, n, |host, fd| host.receive(fd, to));
    transferred(t, result, true).map(|count| count as i32)
}

fn write0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let from = buffer(t, address, length.into())?;
    let result = once(t, n, |host, fd| host.send(fd, from, false));
    transferred(t, result, false).map(|count| count as i32)
}

fn readv0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let mut to = scatter(t, address, count)?;
    transferred(t, once(t, n, |host, fd| host.readv(fd, &mut to)), true)
}

fn writev0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let from = gather(t, address, count)?;
    transferred(t, once(t, n, |host, fd| host.writev(fd, &from)), false)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/DatagramChannelImpl" {
            "receive0" "(Ljava/io/FileDescriptor;JIJZ)I" => full receive0;
            "send0" "(Ljava/io/FileDescriptor;JIJI)I" => full send0;
            "disconnect0" "(Ljava/io/FileDescriptor;Z)V" => full disconnect0;
        }
        "sun/nio/ch/DatagramDispatcher" {
            "read0" "(Ljava/io/FileDescriptor;JI)I" => full read0;
            "readv0" "(Ljava/io/FileDescriptor;JI)J" => full readv0;
            "write0" "(Ljava/io/FileDescriptor;JI)I" => full write0;
            "writev0" "(Ljava/io/FileDescriptor;JI)J" => full writev0;
            "dup0" "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;)V" => full dup0;
        }
    }
}
