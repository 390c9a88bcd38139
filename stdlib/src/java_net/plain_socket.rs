//! `PlainSocketImpl` and its streams: JDK 17's old implementation of TCP (`-Djdk.net.usePlainSocketImpl`).
//!
//! Its messages have the system's text first and the operation in brackets. A socket that is closed under a thread
//! that is blocked in it is shut down, which wakes the thread; it then finds the close pending.

use super::{addresses, uses_ipv6};
use crate::host::{
    Errno, PollEntry, Resource, ResourceKind, SocketAddress, SocketFamily, SocketKind,
};
use crate::java_io::descriptor::{
    close, deadline, number, on_host, once, set_number, wait_once, with,
};
use crate::java_io::errors;
use crate::java_lang::support::{field_offset, get_ref_field, non_null, set_ref_field};
use crate::state;
use crate::sun_nio::{int_option, listen_on, set_int_option};
use gc::ARRAY_DATA_OFFSET;
use std::net::{Shutdown, SocketAddr};
use vm::{Handle, NativeMethod, Result, Thread, Thrown, exceptions};

const SOCKET_EXCEPTION: &str = "java/net/SocketException";
const TIMED_OUT: &str = "java/net/SocketTimeoutException";
/// Most bytes that are moved at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Values of `java.net.SocketOptions` that are no numbers of the system.
const SO_BINDADDR: i32 = 15;
const SO_LINGER: i32 = 128;
const SO_SNDBUF: i32 = 4097;
const SO_RCVBUF: i32 = 4098;
const IP_TOS: i32 = 3;
const SO_TIMEOUT: i32 = 4102;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/net/PlainSocketImpl" {
            "socketCreate" "(ZZ)V" => full create;
            "socketConnect" "(Ljava/net/InetAddress;II)V" => full connect;
            "socketBind" "(Ljava/net/InetAddress;I)V" => full bind;
            "socketListen" "(I)V" => full listen;
            "socketAccept" "(Ljava/net/SocketImpl;)V" => full accept;
            "socketAvailable" "()I" => full available;
            "socketClose0" "(Z)V" => full close_socket;
            "socketShutdown" "(I)V" => full shutdown;
            "socketSetOption0" "(IZLjava/lang/Object;)V" => full set_option;
            "socketGetOption" "(ILjava/lang/Object;)I" => full option;
            "socketSendUrgentData" "(I)V" => full send_urgent;
        }
        "java/net/SocketInputStream" {
            "socketRead0" "(Ljava/io/FileDescriptor;[BIII)I" => full read;
        }
        "java/net/SocketOutputStream" {
            "socketWrite0" "(Ljava/io/FileDescriptor;[BII)V" => full write;
        }
        "java/net/SocketCleanable" {
            "cleanupClose0" "(I)V" => full clean_up;
        }
    }
}

/// An exception with the system's text and what was tried.
#[cold]
pub(super) fn failed(t: &Thread, class: &str, error: Errno, what: &str) -> Thrown {
    exceptions::throw(t, class, &format!("{} ({what})", error.message()))
}

#[cold]
pub(super) fn closed(t: &Thread) -> Thrown {
    exceptions::throw(t, SOCKET_EXCEPTION, "Socket closed")
}

/// The `FileDescriptor` of a `SocketImpl` or `DatagramSocketImpl`.
pub(super) fn descriptor(t: &Thread, this: Handle) -> Result<Handle> {
    Ok(t.handle(get_ref_field(t, this, "fd", "Ljava/io/FileDescriptor;")?))
}

/// The same with its number, if it is open.
pub(super) fn open_descriptor(t: &Thread, this: Handle) -> Result<(Handle, i32)> {
    let fd = descriptor(t, this)?;
    let n = if t.get(fd).is_null() { -1 } else { number(t, fd)? };
    if n < 0 { Err(closed(t)) } else { Ok((fd, n)) }
}

pub(super) fn int_field(t: &Thread, object: Handle, name: &str) -> Result<i32> {
    let object = non_null(t, object)?;
    let at = field_offset(t, t.vm().class_of(object), name, "I")?;
    Ok(t.vm().get_u32(object, at) as i32)
}

pub(super) fn set_int_field(t: &Thread, object: Handle, name: &str, value: i32) -> Result<()> {
    let object = non_null(t, object)?;
    let at = field_offset(t, t.vm().class_of(object), name, "I")?;
    t.vm().set_u32(object, at, value as u32);
    Ok(())
}

/// Whether another thread has begun to close the socket.
fn is_closing(t: &Thread, this: Handle) -> Result<bool> {
    let object = t.get(this);
    let at = field_offset(t, t.vm().class_of(object), "closePending", "Z")?;
    Ok(t.vm().get_u8(object, at) != 0)
}

/// A new socket with a number, for IPv4 and, where it is used, IPv6.
pub(super) fn new_socket(t: &Thread, kind: SocketKind) -> Result<i32, Errno> {
    let with_v6 = uses_ipv6(state(t));
    let family = if with_v6 { SocketFamily::V6 } else { SocketFamily::V4 };
    let fd = on_host(t, |host| {
        let fd = host.socket(family, kind)?;
        if with_v6 {
            let no = 0i32.to_ne_bytes();
            host.set_socket_option(&fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &no)?;
        }
        Ok(fd)
    })?;
    state(t).resources.insert(Resource::new(ResourceKind::Socket, fd))
}

/// The address at this end.
pub(super) fn local_address(t: &Thread, n: i32) -> Result<SocketAddr, Errno> {
    match with(t, n, |host, fd| host.local_address(fd))? {
        SocketAddress::Ip(address) => Ok(address),
        SocketAddress::Unix(_) => Err(Errno::INVAL),
    }
}

fn create(t: &Thread, this: Handle, stream: bool, is_server: bool) -> Result<()> {
    let fd = descriptor(t, this)?;
    if t.get(fd).is_null() {
        return Err(exceptions::throw(t, SOCKET_EXCEPTION, "null fd object"));
    }
    let kind = if stream { SocketKind::Stream } else { SocketKind::Datagram };
    let made = new_socket(t, kind).and_then(|n| {
        if is_server {
            // A caller that has hung up since it was seen must not block the thread.
            with(t, n, |host, fd| {
                host.set_non_blocking(fd, true)?;
                let on = 1i32.to_ne_bytes();
                host.set_socket_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, &on)
            })?;
        }
        Ok(n)
    });
    match made {
        Ok(n) => set_number(t, fd, n),
        Err(error) => Err(exceptions::throw(t, SOCKET_EXCEPTION, &error.message())),
    }
}

/// Waits for one of `events`; nothing if the time is over.
pub(super) fn wait_for(
    t: &Thread,
    n: i32,
    events: i16,
    millis: Option<i32>,
) -> Result<Option<i16>, Errno> {
    let until = deadline(t, millis.map_or(-1, i64::from));
    let resource = state(t).resources.get(n)?;
    let fd = resource.fd()?;
    loop {
        let seen = wait_once(t, until, |host, left| {
            let mut entry = [PollEntry { fd, events, ready: 0 }];
            host.poll(&mut entry, left)?;
            Ok(entry[0].ready)
        });
        match seen {
            Ok(0) if until.has_passed() => return Ok(None),
            Ok(0) => {}
            Err(Errno::INTR) if !t.is_ending() => {}
            other => return other.map(Some),
        }
    }
}

fn connect(t: &Thread, this: Handle, address: Handle, port: i32, millis: i32) -> Result<()> {
    let (fd, n) = open_descriptor(t, this)?;
    if t.get(address).is_null() {
        return Err(exceptions::throw(
            t,
            "java/lang/NullPointerException",
            "inet address argument is null.",
        ));
    }
    let to = addresses::to_socket(t, address, port, uses_ipv6(state(t)))?;
    let to = SocketAddress::Ip(to);
    let connected = (|| {
        with(t, n, |host, fd| host.set_non_blocking(fd, true))?;
        let begun = once(t, n, |host, fd| host.connect(fd, &to));
        let result = match begun {
            Err(Errno(libc::EINPROGRESS) | Errno::INTR) => {
                let limit = (millis > 0).then_some(millis);
                match wait_for(t, n, libc::POLLOUT, limit)? {
                    None => {
                        // What comes of it later is not wanted.
                        let _ = with(t, n, |host, fd| host.shutdown(fd, Shutdown::Both));
                        Ok(false)
                    }
                    Some(_) => socket_error(t, n).map(|()| true),
                }
            }
            result => result.map(|()| true),
        };
        with(t, n, |host, fd| host.set_non_blocking(fd, false))?;
        result
    })();
    if is_closing(t, this)? || number(t, fd)? < 0 {
        return Err(closed(t));
    }
    match connected {
        Ok(true) => {}
        Ok(false) => return Err(exceptions::throw(t, TIMED_OUT, "Connect timed out")),
        Err(error) => return Err(not_connected(t, error)),
    }
    set_ref_field(t, this, "address", "Ljava/net/InetAddress;", t.get(address))?;
    set_int_field(t, this, "port", port)?;
    if int_field(t, this, "localport")? == 0 {
        let local = local_address(t, n)
            .map_err(|e| failed(t, SOCKET_EXCEPTION, e, "Error getting socket name"))?;
        set_int_field(t, this, "localport", local.port().into())?;
    }
    Ok(())
}

/// What has become of a connection under way.
fn socket_error(t: &Thread, n: i32) -> Result<(), Errno> {
    let mut code = [0; 4];
    with(t, n, |host, fd| host.socket_option(fd, libc::SOL_SOCKET, libc::SO_ERROR, &mut code))?;
    match i32::from_ne_bytes(code) {
        0 => Ok(()),
        code => Err(Errno(code)),
    }
}

#[cold]
fn not_connected(t: &Thread, error: Errno) -> Thrown {
    let (class, what) = match error.0 {
        libc::EPROTO => ("java/net/ProtocolException", "Protocol error"),
        libc::ECONNREFUSED => ("java/net/ConnectException", "Connection refused"),
        libc::ETIMEDOUT => ("java/net/ConnectException", "Connection timed out"),
        libc::EHOSTUNREACH => ("java/net/NoRouteToHostException", "Host unreachable"),
        libc::EADDRNOTAVAIL => ("java/net/NoRouteToHostException", "Address not available"),
        libc::EISCONN | libc::EBADF => (SOCKET_EXCEPTION, "Socket closed"),
        libc::EINVAL => {
            let text = "Invalid argument or cannot assign requested address";
            return exceptions::throw(t, SOCKET_EXCEPTION, text);
        }
        _ => (SOCKET_EXCEPTION, "connect failed"),
    };
    failed(t, class, error, what)
}

/// Binds a socket and answers its port.
pub(super) fn bind_to(t: &Thread, n: i32, address: Handle, port: i32) -> Result<i32> {
    let to = addresses::to_socket(t, address, port, uses_ipv6(state(t)))?;
    if let Err(error) = with(t, n, |host, fd| host.bind(fd, &SocketAddress::Ip(to))) {
        let class = match error.0 {
            libc::EADDRINUSE | libc::EADDRNOTAVAIL | libc::EPERM | libc::EACCES => {
                "java/net/BindException"
            }
            _ => SOCKET_EXCEPTION,
        };
        return Err(failed(t, class, error, "Bind failed"));
    }
    if port != 0 {
        return Ok(port);
    }
    match local_address(t, n) {
        Ok(local) => Ok(local.port().into()),
        Err(error) => Err(failed(t, SOCKET_EXCEPTION, error, "Error getting socket name")),
    }
}

fn bind(t: &Thread, this: Handle, address: Handle, port: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    if t.get(address).is_null() {
        return Err(exceptions::throw(t, "java/lang/NullPointerException", "iaObj is null."));
    }
    let port = bind_to(t, n, address, port)?;
    set_ref_field(t, this, "address", "Ljava/net/InetAddress;", t.get(address))?;
    set_int_field(t, this, "localport", port)
}

fn listen(t: &Thread, this: Handle, backlog: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    listen_on(t, n, backlog).map_err(|error| failed(t, SOCKET_EXCEPTION, error, "Listen failed"))
}

fn accept(t: &Thread, this: Handle, socket: Handle) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    if t.get(socket).is_null() {
        return Err(exceptions::throw(t, "java/lang/NullPointerException", "socket is null"));
    }
    let millis = int_field(t, this, "timeout")?;
    let limit = (millis > 0).then_some(millis);
    let accepted = loop {
        let ready = wait_for(t, n, libc::POLLIN, limit);
        if is_closing(t, this)? {
            return Err(closed(t));
        }
        match ready {
            Ok(None) => return Err(exceptions::throw(t, TIMED_OUT, "Accept timed out")),
            Ok(Some(_)) => {}
            Err(error) => break Err(error),
        }
        match once(t, n, |host, fd| host.accept(fd)) {
            Err(Errno::AGAIN | Errno::INTR | Errno(libc::ECONNABORTED)) => {}
            result => break result,
        }
    };
    let inserted = accepted.and_then(|(fd, from)| {
        state(t).host.set_non_blocking(&fd, false)?;
        Ok((state(t).resources.insert(Resource::new(ResourceKind::Socket, fd))?, from))
    });
    let (accepted, from) = match inserted {
        Ok((accepted, SocketAddress::Ip(from))) => (accepted, from),
        Ok((_, SocketAddress::Unix(_))) | Err(Errno::BADF) => return Err(closed(t)),
        Err(error) => return Err(failed(t, SOCKET_EXCEPTION, error, "Accept failed")),
    };
    set_number(t, descriptor(t, socket)?, accepted)?;
    let address = addresses::of_socket(t, &from)?;
    set_ref_field(t, socket, "address", "Ljava/net/InetAddress;", address)?;
    set_int_field(t, socket, "port", from.port().into())?;
    set_int_field(t, socket, "localport", int_field(t, this, "localport")?)
}

fn available(t: &Thread, this: Handle) -> Result<i32> {
    let (_, n) = open_descriptor(t, this)?;
    match with(t, n, |host, fd| host.available_bytes(fd)) {
        Ok(count) => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        Err(Errno(libc::ECONNRESET)) => {
            Err(exceptions::throw(t, "sun/net/ConnectionResetException", ""))
        }
        Err(error) => Err(failed(t, SOCKET_EXCEPTION, error, "ioctl FIONREAD failed")),
    }
}

/// With `deferred` other threads still use the number: they are woken, and the last one closes it.
fn close_socket(t: &Thread, this: Handle, deferred: bool) -> Result<()> {
    let Ok((fd, n)) = open_descriptor(t, this) else {
        exceptions::take(t);
        return Err(exceptions::throw(t, SOCKET_EXCEPTION, "socket already closed"));
    };
    if deferred {
        // One that is not connected has nobody blocked in it for long.
        let _ = with(t, n, |host, fd| host.shutdown(fd, Shutdown::Both));
        return Ok(());
    }
    set_number(t, fd, -1)?;
    close(t, n).map_err(|error| failed(t, "java/io/IOException", error, "close failed"))
}

fn shutdown(t: &Thread, this: Handle, how: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    let how = if how == libc::SHUT_RD { Shutdown::Read } else { Shutdown::Write };
    // The other end may have gone first.
    let _ = with(t, n, |host, fd| host.shutdown(fd, how));
    Ok(())
}

/// Level and name of an option of `java.net.SocketOptions` that is a number or a switch.
pub(super) fn system_option(t: &Thread, option: i32) -> Result<(i32, i32)> {
    Ok(match option {
        1 => (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        IP_TOS if uses_ipv6(state(t)) => (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
        IP_TOS => (libc::IPPROTO_IP, libc::IP_TOS),
        4 => (libc::SOL_SOCKET, libc::SO_REUSEADDR),
        8 => (libc::SOL_SOCKET, libc::SO_KEEPALIVE),
        14 => (libc::SOL_SOCKET, libc::SO_REUSEPORT),
        32 => (libc::SOL_SOCKET, libc::SO_BROADCAST),
        SO_LINGER => (libc::SOL_SOCKET, libc::SO_LINGER),
        SO_SNDBUF => (libc::SOL_SOCKET, libc::SO_SNDBUF),
        SO_RCVBUF => (libc::SOL_SOCKET, libc::SO_RCVBUF),
        4099 => (libc::SOL_SOCKET, libc::SO_OOBINLINE),
        _ => return Err(exceptions::throw(t, SOCKET_EXCEPTION, "Invalid option")),
    })
}

/// Whether an option has a number as its value.
pub(super) fn is_number(option: i32) -> bool {
    matches!(option, SO_LINGER | SO_SNDBUF | SO_RCVBUF | IP_TOS)
}

/// The number in an `Integer`.
pub(super) fn integer(t: &Thread, value: Handle) -> Result<i32> {
    int_field(t, value, "value")
}

fn set_option(t: &Thread, this: Handle, option: i32, on: bool, value: Handle) -> Result<()> {
    let (fd, _) = open_descriptor(t, this)?;
    if option == SO_TIMEOUT {
        return Ok(());
    }
    let (level, name) = system_option(t, option)?;
    let value = match option {
        // Less than nothing is off.
        SO_LINGER if !on => -1,
        _ if is_number(option) => integer(t, value)?,
        _ => i32::from(on),
    };
    set_int_option(t, fd, true, level, name, value, uses_ipv6(state(t)))
}

fn option(t: &Thread, this: Handle, option: i32, container: Handle) -> Result<i32> {
    let (fd, n) = open_descriptor(t, this)?;
    if option == SO_BINDADDR {
        let local = local_address(t, n)
            .map_err(|error| failed(t, SOCKET_EXCEPTION, error, "Error getting socket name"))?;
        let address = addresses::of_socket(t, &local)?;
        set_ref_field(t, container, "addr", "Ljava/net/InetAddress;", address)?;
        return Ok(0);
    }
    let (level, name) = system_option(t, option)?;
    let value = int_option(t, fd, true, level, name)?;
    Ok(match value {
        value if is_number(option) => value,
        0 => -1,
        _ => 1,
    })
}

fn send_urgent(t: &Thread, this: Handle, byte: i32) -> Result<()> {
    let (_, n) = open_descriptor(t, this)?;
    match with(t, n, |host, fd| host.send(fd, &[byte as u8], true)) {
        Ok(_) => Ok(()),
        Err(error) => Err(failed(t, "java/io/IOException", error, "Write failed")),
    }
}

/// The part of a `byte[]` that a call names, after checking that it is one.
fn part(t: &Thread, bytes: Handle, offset: i32, length: i32) -> Result<(usize, usize)> {
    let size = t.vm().array_len(non_null(t, bytes)?);
    let part = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
    match part.filter(|(offset, length)| offset + length <= size) {
        Some(part) => Ok(part),
        None => Err(errors::out_of_bounds(t)),
    }
}

/// 0 at the end.
fn read(
    t: &Thread,
    _this: Handle,
    fd: Handle,
    bytes: Handle,
    offset: i32,
    length: i32,
    millis: i32,
) -> Result<i32> {
    let n = if t.get(fd).is_null() { -1 } else { number(t, fd)? };
    if n < 0 {
        return Err(closed(t));
    }
    let (offset, length) = part(t, bytes, offset, length)?;
    let mut buffer = vec![0; length.min(CHUNK_BYTES)];
    let ready = match millis {
        1.. => wait_for(t, n, libc::POLLIN, Some(millis)),
        _ => Ok(Some(0)),
    };
    let got = match ready {
        Ok(None) => return Err(exceptions::throw(t, TIMED_OUT, "Read timed out")),
        Ok(Some(_)) => with(t, n, |host, fd| host.receive(fd, &mut buffer)),
        Err(error) => Err(error),
    };
    match got {
        Ok(count) => {
            t.vm().write_bytes(t.get(bytes), ARRAY_DATA_OFFSET + offset, &buffer[..count]);
            Ok(count as i32)
        }
        Err(Errno(libc::ECONNRESET | libc::EPIPE)) => {
            Err(exceptions::throw(t, "sun/net/ConnectionResetException", "Connection reset"))
        }
        Err(Errno::BADF) => Err(closed(t)),
        Err(error) => Err(failed(t, SOCKET_EXCEPTION, error, "Read failed")),
    }
}

fn write(
    t: &Thread,
    _this: Handle,
    fd: Handle,
    bytes: Handle,
    offset: i32,
    length: i32,
) -> Result<()> {
    let n = if t.get(fd).is_null() { -1 } else { number(t, fd)? };
    if n < 0 {
        return Err(closed(t));
    }
    let (mut offset, mut length) = part(t, bytes, offset, length)?;
    let mut buffer = vec![0; length.min(CHUNK_BYTES)];
    while length > 0 {
        let chunk = &mut buffer[..length.min(CHUNK_BYTES)];
        t.vm().read_bytes(t.get(bytes), ARRAY_DATA_OFFSET + offset, chunk);
        match with(t, n, |host, fd| host.send(fd, chunk, false)) {
            Ok(count) => {
                offset += count;
                length -= count;
            }
            Err(Errno(libc::ECONNRESET)) => {
                let class = "sun/net/ConnectionResetException";
                return Err(exceptions::throw(t, class, "Connection reset"));
            }
            Err(error) => return Err(failed(t, SOCKET_EXCEPTION, error, "Write failed")),
        }
    }
    Ok(())
}

/// Of a socket that nobody has closed.
fn clean_up(t: &Thread, n: i32) -> Result<()> {
    close(t, n).map_err(|error| failed(t, "java/io/IOException", error, "close failed"))
}
