//! Names of hosts, users and groups, from the C library, which alone knows the system's configured sources.

use std::ffi::{CStr, CString, OsString, c_char, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::ptr;
use std::time::Duration;

use super::{OsHost, interfaces};
use crate::host::{AddressFamily, Errno, Interface, Names, ResolveError, ResolvedAddress};

impl Names for OsHost {
    fn resolve(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> Result<Vec<ResolvedAddress>, ResolveError> {
        let host = CString::new(host).map_err(|_| resolve_error(libc::EAI_NONAME))?;
        // SAFETY: `addrinfo` is a plain structure, for which zero and null mean "any".
        let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
        hints.ai_flags = libc::AI_CANONNAME;
        // One kind of socket, or each address would come once per kind.
        hints.ai_socktype = libc::SOCK_STREAM;
        hints.ai_family = match family {
            AddressFamily::Any => libc::AF_UNSPEC,
            AddressFamily::V4 => libc::AF_INET,
            AddressFamily::V6 => libc::AF_INET6,
        };
        let mut list: *mut libc::addrinfo = ptr::null_mut();
        // SAFETY: the host is zero-terminated, the hints are valid, and `list` is written on success.
        let code = unsafe { libc::getaddrinfo(host.as_ptr(), ptr::null(), &hints, &mut list) };
        if code != 0 {
            return Err(resolve_error(code));
        }
        let mut found = Vec::new();
        let mut next = list;
        while !next.is_null() {
            // SAFETY: the entries are valid until the list is freed below.
            let (entry, address) = unsafe { (&*next, address_of((*next).ai_addr)) };
            // The names of a hosts file may give an address twice.
            found.extend(address.filter(|address| !found.contains(address)));
            next = entry.ai_next;
        }
        // SAFETY: the list came from `getaddrinfo` and nothing refers to it any more.
        unsafe { libc::freeaddrinfo(list) };
        Ok(found)
    }

    fn reverse_lookup(&self, address: IpAddr) -> Result<String, ResolveError> {
        let mut name = [0_u8; libc::NI_MAXHOST as usize];
        // SAFETY: the structure that belongs to the family is passed with its length; the name is written to the
        // buffer, whose length is given, and zero-terminated.
        let code = unsafe {
            let mut look_up = |socket: *const libc::sockaddr, length: usize| {
                let buffer = name.as_mut_ptr().cast::<c_char>();
                let (size, none) = (libc::NI_MAXHOST, ptr::null_mut());
                libc::getnameinfo(
                    socket,
                    length as libc::socklen_t,
                    buffer,
                    size,
                    none,
                    0,
                    libc::NI_NAMEREQD,
                )
            };
            match address {
                IpAddr::V4(ip) => {
                    let mut socket: libc::sockaddr_in = std::mem::zeroed();
                    socket.sin_family = libc::AF_INET as libc::sa_family_t;
                    socket.sin_addr.s_addr = u32::from_ne_bytes(ip.octets());
                    look_up((&raw const socket).cast(), size_of_val(&socket))
                }
                IpAddr::V6(ip) => {
                    let mut socket: libc::sockaddr_in6 = std::mem::zeroed();
                    socket.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                    socket.sin6_addr.s6_addr = ip.octets();
                    look_up((&raw const socket).cast(), size_of_val(&socket))
                }
            }
        };
        match CStr::from_bytes_until_nul(&name) {
            Ok(name) if code == 0 => Ok(name.to_string_lossy().into_owned()),
            _ => Err(resolve_error(if code == 0 { libc::EAI_FAIL } else { code })),
        }
    }

    fn is_reachable(&self, address: IpAddr, scope_id: u32, timeout: Duration) -> bool {
        interfaces::is_reachable(address, scope_id, timeout)
    }

    fn has_ipv6(&self) -> bool {
        interfaces::has_ipv6()
    }

    fn interfaces(&self) -> Result<Vec<Interface>, Errno> {
        interfaces::list()
    }

    fn local_ports(&self) -> Option<(u16, u16)> {
        interfaces::local_ports()
    }

    fn host_name(&self) -> Result<String, Errno> {
        Ok(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }

    fn user_name(&self, uid: u32) -> Result<Option<OsString>, Errno> {
        user_entry(uid, |name, _| name)
    }

    fn group_name(&self, gid: u32) -> Result<Option<OsString>, Errno> {
        // SAFETY: `getgrgid_r` is such a function, and the entry's name is such a text.
        unsafe {
            look_up(
                |entry: *mut libc::group, buffer, size, found| {
                    libc::getgrgid_r(gid, entry, buffer, size, found)
                },
                |entry| text(entry.gr_name),
            )
        }
    }

    fn user_id(&self, name: &str) -> Result<Option<u32>, Errno> {
        let Ok(name) = CString::new(name) else { return Ok(None) };
        let name = name.as_ptr();
        // SAFETY: `getpwnam_r` is such a function; the name is zero-terminated and lives until the end.
        unsafe {
            look_up(
                |entry: *mut libc::passwd, buffer, size, found| {
                    libc::getpwnam_r(name, entry, buffer, size, found)
                },
                |entry| entry.pw_uid,
            )
        }
    }

    fn group_id(&self, name: &str) -> Result<Option<u32>, Errno> {
        let Ok(name) = CString::new(name) else { return Ok(None) };
        let name = name.as_ptr();
        // SAFETY: `getgrnam_r` is such a function; the name is zero-terminated and lives until the end.
        unsafe {
            look_up(
                |entry: *mut libc::group, buffer, size, found| {
                    libc::getgrnam_r(name, entry, buffer, size, found)
                },
                |entry| entry.gr_gid,
            )
        }
    }
}

/// Login name and home directory of the user that runs this process.
pub(super) fn current_user() -> Result<Option<(OsString, PathBuf)>, Errno> {
    user_entry(rustix::process::getuid().as_raw(), |name, home| (name, home.into()))
}

/// Reads login name and home directory of a user.
fn user_entry<T>(uid: u32, read: impl FnOnce(OsString, OsString) -> T) -> Result<Option<T>, Errno> {
    // SAFETY: `getpwuid_r` is such a function, and the entry's fields are such texts.
    unsafe {
        look_up(
            |entry: *mut libc::passwd, buffer, size, found| {
                libc::getpwuid_r(uid, entry, buffer, size, found)
            },
            |entry| read(text(entry.pw_name), text(entry.pw_dir)),
        )
    }
}

/// Calls a `get..._r` function with a buffer that grows until it is large enough.
///
/// # Safety
/// `call` must be a function of the C library that fills in an entry with texts in the buffer of the given length,
/// and sets the last pointer to the entry, or to null if there is none.
unsafe fn look_up<E, T>(
    mut call: impl FnMut(*mut E, *mut c_char, usize, *mut *mut E) -> c_int,
    read: impl FnOnce(&E) -> T,
) -> Result<Option<T>, Errno> {
    let mut buffer: Vec<u8> = vec![0; 1024];
    loop {
        let mut entry = std::mem::MaybeUninit::<E>::uninit();
        let mut found: *mut E = ptr::null_mut();
        let code = call(entry.as_mut_ptr(), buffer.as_mut_ptr().cast(), buffer.len(), &mut found);
        match code {
            libc::ERANGE if buffer.len() < 1 << 20 => buffer.resize(buffer.len() * 2, 0),
            libc::EINTR => {}
            // SAFETY: a non-null result points to the entry, filled in and with its texts in the buffer.
            0 if !found.is_null() => return Ok(Some(read(unsafe { &*found }))),
            // "Not found" in the words of various name services.
            0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => return Ok(None),
            code => return Err(Errno(code)),
        }
    }
}

/// Copies a text of an entry.
///
/// # Safety
/// `pointer` must be null or point to a zero-terminated text.
unsafe fn text(pointer: *const c_char) -> OsString {
    if pointer.is_null() {
        return OsString::new();
    }
    // SAFETY: the caller vouches for the text.
    OsString::from_vec(unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec())
}

/// The IP address in a socket address.
///
/// # Safety
/// `socket` must be null or valid for the structure that its family names.
unsafe fn address_of(socket: *const libc::sockaddr) -> Option<ResolvedAddress> {
    if socket.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the structure; reads need no alignment.
    unsafe {
        match c_int::from((*socket).sa_family) {
            libc::AF_INET => {
                let socket = socket.cast::<libc::sockaddr_in>().read_unaligned();
                let ip = Ipv4Addr::from(socket.sin_addr.s_addr.to_ne_bytes());
                Some(ResolvedAddress { address: ip.into(), scope_id: 0 })
            }
            libc::AF_INET6 => {
                let socket = socket.cast::<libc::sockaddr_in6>().read_unaligned();
                let ip = Ipv6Addr::from(socket.sin6_addr.s6_addr);
                Some(ResolvedAddress { address: ip.into(), scope_id: socket.sin6_scope_id })
            }
            _ => None,
        }
    }
}

#[cold]
fn resolve_error(code: c_int) -> ResolveError {
    let message = match code {
        libc::EAI_SYSTEM => Errno::from(std::io::Error::last_os_error()).message(),
        // SAFETY: the result is a constant text of the C library for any code.
        _ => unsafe { CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned(),
    };
    ResolveError { code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let addresses = |host, family| {
            let found = OsHost.resolve(host, family).expect("resolves");
            found.iter().map(|it| it.address.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(addresses("127.0.0.1", AddressFamily::Any), ["127.0.0.1"]);
        assert_eq!(addresses("::1", AddressFamily::Any), ["::1"]);
        assert_eq!(addresses("localhost", AddressFamily::V4), ["127.0.0.1"]);
        let error = OsHost.resolve("no\0name", AddressFamily::Any).expect_err("no such name");
        assert_eq!(error.to_string(), "Name or service not known");
        let error = OsHost.resolve("1.2.3.4.5.6", AddressFamily::V6).expect_err("no such name");
        assert!(!error.message.is_empty());
        assert!(!OsHost.host_name().expect("name").is_empty());
    }

    #[test]
    fn users_and_groups() {
        assert_eq!(OsHost.user_name(0), Ok(Some("root".into())));
        assert_eq!(OsHost.group_name(0), Ok(Some("root".into())));
        assert_eq!(OsHost.user_id("root"), Ok(Some(0)));
        assert_eq!(OsHost.group_id("root"), Ok(Some(0)));
        assert_eq!(OsHost.user_name(4_123_456_789), Ok(None));
        assert_eq!(OsHost.user_id("no such user"), Ok(None));
        assert_eq!(OsHost.group_id("no\0group"), Ok(None));
    }
}
