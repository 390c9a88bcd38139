//! `sun.nio.ch.Net`: making, binding and connecting sockets.

use super::file_dispatcher::{status, written};
use super::net_errors::{check, thrown};
use super::net_options::{int_option, set_int_option};
use crate::host::{
    Errno, PollEntry, Resource, ResourceKind, SocketAddress, SocketFamily, SocketKind,
};
use crate::java_io::descriptor::{deadline, number, on_host, once, set_number, wait_once, with};
use crate::java_net::{addresses, uses_ipv6};
use crate::state;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::atomic::Ordering;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Result, Thread, Value, exceptions, link, object};

/// A connection that was made, or one that was taken.
const DONE: i32 = 1;

fn socket0(
    t: &Thread,
    prefer_v6: bool,
    stream: bool,
    reuse_address: bool,
    _fast_loopback: bool,
) -> Result<i32> {
    let with_v6 = prefer_v6 && uses_ipv6(state(t));
    let family = if with_v6 { SocketFamily::V6 } else { SocketFamily::V4 };
    let kind = if stream { SocketKind::Stream } else { SocketKind::Datagram };
    let made = on_host(t, |host| {
        let fd = host.socket(family, kind)?;
        let set = |level, name, value: i32| {
            host.set_socket_option(&fd, level, name, &value.to_ne_bytes())
        };
        if with_v6 {
            set(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0)?;
        }
        if reuse_address {
            set(libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
        }
        if !stream {
            // Only what this socket has joined; old kernels do not know it.
            let _ = set(libc::IPPROTO_IP, libc::IP_MULTICAST_ALL, 0);
            if with_v6 {
                let _ = set(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_ALL, 0);
                set(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS, 1)?;
            }
        }
        Ok(fd)
    });
    check(t, made.and_then(|fd| insert(t, fd)))
}

/// A number for a new socket.
pub(super) fn insert(t: &Thread, fd: crate::host::Fd) -> Result<i32, Errno> {
    state(t).resources.insert(Resource::new(ResourceKind::Socket, fd))
}

/// Whether a socket that was made with this preference takes IPv6 addresses.
fn takes_v6(t: &Thread, prefer_v6: bool) -> bool {
    prefer_v6 && uses_ipv6(state(t))
}

fn bind0(
    t: &Thread,
    fd: Handle,
    prefer_v6: bool,
    _exclusive: bool,
    address: Handle,
    port: i32,
) -> Result<()> {
    let to = addresses::to_socket(t, address, port, takes_v6(t, prefer_v6))?;
    let n = number(t, fd)?;
    check(t, with(t, n, |host, fd| host.bind(fd, &SocketAddress::Ip(to))))
}

fn listen(t: &Thread, fd: Handle, backlog: i32) -> Result<()> {
    let n = number(t, fd)?;
    check(t, listen_on(t, n, backlog))
}

/// Begins to take connections.
pub(crate) fn listen_on(t: &Thread, n: i32, backlog: i32) -> Result<(), Errno> {
    with(t, n, |host, fd| host.listen(fd, backlog))?;
    state(t).resources.get(n)?.notes.backlog.store(backlog, Ordering::Relaxed);
    Ok(())
}

fn connect0(t: &Thread, prefer_v6: bool, fd: Handle, address: Handle, port: i32) -> Result<i32> {
    let to = addresses::to_socket(t, address, port, takes_v6(t, prefer_v6))?;
    connect(t, fd, &SocketAddress::Ip(to))
}

/// Connects a socket, as Java wants the result.
pub(super) fn connect(t: &Thread, fd: Handle, to: &SocketAddress) -> Result<i32> {
    let n = number(t, fd)?;
    match once(t, n, |host, fd| host.connect(fd, to)) {
        Ok(()) => Ok(DONE),
        Err(Errno::AGAIN | Errno(libc::EINPROGRESS)) => Ok(status::UNAVAILABLE as i32),
        Err(Errno::INTR) => Ok(status::INTERRUPTED as i32),
        Err(error) => Err(thrown(t, error)),
    }
}

/// Takes a connection and gives its number to `new_fd`; the other end, or a status.
pub(super) fn accept_to(
    t: &Thread,
    fd: Handle,
    new_fd: Handle,
) -> Result<Result<SocketAddress, i32>> {
    let n = number(t, fd)?;
    loop {
        let accepted = once(t, n, |host, fd| host.accept(fd));
        let inserted = accepted.and_then(|(fd, from)| Ok((insert(t, fd)?, from)));
        return match inserted {
            Ok((accepted, from)) => {
                set_number(t, new_fd, accepted)?;
                Ok(Ok(from))
            }
            // Whoever had called has hung up.
            Err(Errno(libc::ECONNABORTED)) => continue,
            Err(Errno::AGAIN) => Ok(Err(status::UNAVAILABLE as i32)),
            Err(Errno::INTR) => Ok(Err(status::INTERRUPTED as i32)),
            Err(error) => Err(thrown(t, error)),
        };
    }
}

fn accept(t: &Thread, fd: Handle, new_fd: Handle, from: Handle) -> Result<i32> {
    let address = match accept_to(t, fd, new_fd)? {
        Ok(SocketAddress::Ip(address)) => address,
        Ok(SocketAddress::Unix(_)) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        Err(status) => return Ok(status),
    };
    let class = link::class_by_name(t, "java/net/InetSocketAddress")?;
    let inet = Value::Object(t.handle(addresses::of_socket(t, &address)?));
    let args = [inet, Value::Int(address.port().into())];
    let made = object::new_object(t, class, "(Ljava/net/InetAddress;I)V", &args)?;
    t.vm().set_element(t.get(from), 0, made);
    Ok(DONE)
}

/// The IP address of this end, or the other.
fn end(t: &Thread, fd: Handle, remote: bool) -> Result<SocketAddr> {
    let n = number(t, fd)?;
    let found = with(t, n, |host, fd| match remote {
        true => host.peer_address(fd),
        false => host.local_address(fd),
    });
    match check(t, found)? {
        SocketAddress::Ip(address) => Ok(address),
        // Behind a descriptor that is being closed.
        SocketAddress::Unix(_) => Ok((Ipv4Addr::UNSPECIFIED, 0).into()),
    }
}

fn local_port(t: &Thread, fd: Handle) -> Result<i32> {
    Ok(end(t, fd, false)?.port().into())
}

fn local_address(t: &Thread, fd: Handle) -> Result<Handle> {
    let address = end(t, fd, false)?;
    Ok(t.handle(addresses::of_socket(t, &address)?))
}

fn remote_port(t: &Thread, fd: Handle) -> Result<i32> {
    Ok(end(t, fd, true)?.port().into())
}

fn remote_address(t: &Thread, fd: Handle) -> Result<Handle> {
    let address = end(t, fd, true)?;
    Ok(t.handle(addresses::of_socket(t, &address)?))
}

/// A connection that the other end has closed is as good as shut down.
fn shutdown(t: &Thread, fd: Handle, how: i32) -> Result<()> {
    let n = number(t, fd)?;
    let how = match how {
        libc::SHUT_RD => Shutdown::Read,
        libc::SHUT_WR => Shutdown::Write,
        _ => Shutdown::Both,
    };
    match with(t, n, |host, fd| host.shutdown(fd, how)) {
        Err(Errno(libc::ENOTCONN)) => Ok(()),
        result => check(t, result),
    }
}

fn available(t: &Thread, fd: Handle) -> Result<i32> {
    let n = number(t, fd)?;
    let count = check(t, with(t, n, |host, fd| host.available_bytes(fd)))?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

fn ready(t: &Thread, fd: Handle, events: i16, millis: i64) -> Result<Result<i16, Errno>> {
    let n = number(t, fd)?;
    let until = deadline(t, millis);
    let resource = match state(t).resources.get(n) {
        Ok(resource) => resource,
        Err(error) => return Ok(Err(error)),
    };
    Ok(wait_once(t, until, |host, left| {
        let mut entry = [PollEntry { fd: resource.fd()?, events, ready: 0 }];
        host.poll(&mut entry, left)?;
        Ok(entry[0].ready)
    }))
}

/// `poll`: the events that hold; none after a signal.
fn poll(t: &Thread, fd: Handle, events: i32, millis: i64) -> Result<i32> {
    match ready(t, fd, events as i16, millis)? {
        Err(Errno::INTR) => Ok(0),
        result => check(t, result).map(i32::from),
    }
}

/// `pollConnect`: whether a connection under way is there by now.
fn poll_connect(t: &Thread, fd: Handle, millis: i64) -> Result<bool> {
    match ready(t, fd, libc::POLLOUT, millis)? {
        Ok(0) | Err(Errno::INTR) => Ok(false),
        Ok(events) => {
            let n = number(t, fd)?;
            connection_error(t, n)?;
            if events & libc::POLLHUP != 0 {
                return Err(thrown(t, Errno(libc::ENOTCONN)));
            }
            Ok(true)
        }
        Err(error) => Err(crate::java_io::errors::io(t, error)),
    }
}

/// Throws what has become of a connection under way, if it has failed.
pub(super) fn connection_error(t: &Thread, n: i32) -> Result<()> {
    let mut code = [0; 4];
    let got =
        with(t, n, |host, fd| host.socket_option(fd, libc::SOL_SOCKET, libc::SO_ERROR, &mut code));
    check(t, got)?;
    match i32::from_ne_bytes(code) {
        0 => Ok(()),
        code => Err(thrown(t, Errno(code))),
    }
}

fn send_urgent(t: &Thread, fd: Handle, byte: i8) -> Result<i32> {
    let n = number(t, fd)?;
    written(t, once(t, n, |host, fd| host.send(fd, &[byte as u8], true))).map(|n| n as i32)
}

/// `discardOOB`: of other systems, where urgent data shows as readable.
fn discard_urgent(_: &Thread, _fd: vm::Ref) -> Result<bool, Retry> {
    Ok(false)
}

/// `UnixAsynchronousSocketChannelImpl.checkConnect`
fn check_connect(t: &Thread, n: i32) -> Result<()> {
    connection_error(t, n)
}

/// `SdpSupport`: of other systems.
fn no_sdp(t: &Thread) -> Result<i32> {
    Err(exceptions::throw_bare(t, "java/lang/UnsupportedOperationException"))
}

fn no_sdp_conversion(t: &Thread, _fd: i32) -> Result<()> {
    no_sdp(t).map(drop)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/Net" {
            "socket0" "(ZZZZ)I" => full socket0;
            "bind0" "(Ljava/io/FileDescriptor;ZZLjava/net/InetAddress;I)V" => full bind0;
            "listen" "(Ljava/io/FileDescriptor;I)V" => full listen;
            "connect0" "(ZLjava/io/FileDescriptor;Ljava/net/InetAddress;I)I" => full connect0;
            "accept" "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/net/InetSocketAddress;)I" => full accept;
            "localPort" "(Ljava/io/FileDescriptor;)I" => full local_port;
            "localInetAddress" "(Ljava/io/FileDescriptor;)Ljava/net/InetAddress;" => full local_address;
            "remotePort" "(Ljava/io/FileDescriptor;)I" => full remote_port;
            "remoteInetAddress" "(Ljava/io/FileDescriptor;)Ljava/net/InetAddress;" => full remote_address;
            "shutdown" "(Ljava/io/FileDescriptor;I)V" => full shutdown;
            "available" "(Ljava/io/FileDescriptor;)I" => full available;
            "poll" "(Ljava/io/FileDescriptor;IJ)I" => full poll;
            "pollConnect" "(Ljava/io/FileDescriptor;J)Z" => full poll_connect;
            "sendOOB" "(Ljava/io/FileDescriptor;B)I" => full send_urgent;
            "discardOOB" "(Ljava/io/FileDescriptor;)Z" => leaf discard_urgent;
            "getIntOption0" "(Ljava/io/FileDescriptor;ZII)I" => full int_option;
            "setIntOption0" "(Ljava/io/FileDescriptor;ZIIIZ)V" => full set_int_option;
        }
        "sun/nio/ch/UnixAsynchronousSocketChannelImpl" {
            "checkConnect" "(I)V" => full check_connect;
        }
        "sun/net/sdp/SdpSupport" {
            "create0" "()I" => full no_sdp;
            "convert0" "(I)V" => full no_sdp_conversion;
        }
    }
}
