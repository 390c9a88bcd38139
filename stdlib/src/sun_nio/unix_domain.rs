//! `sun.nio.ch.UnixDomainSockets`: sockets that are named by files.

use super::net::{accept_to, connect, insert};
use super::net_errors::check;
use crate::host::{SocketAddress, SocketFamily, SocketKind};
use crate::java_io::descriptor::{number, on_host, with};
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, object};

/// Longest path in bytes, without the zero at its end.
const MAX_PATH_BYTES: usize =
    size_of::<libc::sockaddr_un>() - std::mem::offset_of!(libc::sockaddr_un, sun_path) - 1;

/// The address of a path in a `byte[]`.
fn address(t: &Thread, path: Handle) -> Result<SocketAddress> {
    let path = t.get(path);
    if path.is_null() {
        return Err(exceptions::npe(t));
    }
    let path = t.vm().byte_array(path);
    if path.len() > MAX_PATH_BYTES {
        return Err(exceptions::throw(t, "java/net/SocketException", "Unix domain path too long"));
    }
    Ok(SocketAddress::Unix(path))
}

fn path(t: &Thread, address: &SocketAddress) -> Result<Ref> {
    match address {
        SocketAddress::Unix(path) => object::new_byte_array(t, path),
        SocketAddress::Ip(_) => object::new_byte_array(t, &[]),
    }
}

fn supported(_: &Thread) -> Result<bool, Retry> {
    Ok(true)
}

fn socket0(t: &Thread) -> Result<i32> {
    let made = on_host(t, |host| host.socket(SocketFamily::Unix, SocketKind::Stream));
    check(t, made.and_then(|fd| insert(t, fd)))
}

fn bind0(t: &Thread, fd: Handle, path: Handle) -> Result<()> {
    let to = address(t, path)?;
    let n = number(t, fd)?;
    check(t, with(t, n, |host, fd| host.bind(fd, &to)))
}

fn connect0(t: &Thread, fd: Handle, path: Handle) -> Result<i32> {
    let to = address(t, path)?;
    connect(t, fd, &to)
}

/// `accept0`: puts the path of the other end into the array.
fn accept0(t: &Thread, fd: Handle, new_fd: Handle, from: Handle) -> Result<i32> {
    match accept_to(t, fd, new_fd)? {
        Ok(address) => {
            let path = path(t, &address)?;
            t.vm().set_element(t.get(from), 0, path);
            Ok(1)
        }
        Err(status) => Ok(status),
    }
}

fn local_address0(t: &Thread, fd: Handle) -> Result<Handle> {
    let n = number(t, fd)?;
    let address = check(t, with(t, n, |host, fd| host.local_address(fd)))?;
    Ok(t.handle(path(t, &address)?))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/UnixDomainSockets" {
            "init" "()Z" => leaf supported;
            "socket0" "()I" => full socket0;
            "bind0" "(Ljava/io/FileDescriptor;[B)V" => full bind0;
            "connect0" "(Ljava/io/FileDescriptor;[B)I" => full connect0;
            "accept0" "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/lang/Object;)I" => full accept0;
            "localAddress0" "(Ljava/io/FileDescriptor;)[B" => full local_address0;
        }
    }
}
