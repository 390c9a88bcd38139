//! Sockets, `epoll` and `eventfd`.

use std::ffi::c_int;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec};
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix, SocketFlags,
    SocketType,
};

use super::OsHost;
use crate::host::{
    EpollChange, EpollEvent, Errno, Fd, SocketAddress, SocketFamily, SocketKind, Sockets,
};

impl Sockets for OsHost {
    fn socket(&self, family: SocketFamily, kind: SocketKind) -> Result<Fd, Errno> {
        let family = match family {
            SocketFamily::V4 => AddressFamily::INET,
            SocketFamily::V6 => AddressFamily::INET6,
            SocketFamily::Unix => AddressFamily::UNIX,
        };
        let kind = match kind {
            SocketKind::Stream => SocketType::STREAM,
            SocketKind::Datagram => SocketType::DGRAM,
        };
        Ok(net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?.into())
    }

    fn bind(&self, socket: &Fd, to: &SocketAddress) -> Result<(), Errno> {
        Ok(match to {
            SocketAddress::Ip(to) => net::bind(socket, to),
            SocketAddress::Unix(path) => net::bind(socket, &unix(path)?),
        }?)
    }

    fn listen(&self, socket: &Fd, backlog: i32) -> Result<(), Errno> {
        Ok(net::listen(socket, backlog)?)
    }

    fn accept(&self, socket: &Fd) -> Result<(Fd, SocketAddress), Errno> {
        let (accepted, from) = net::acceptfrom_with(socket, SocketFlags::CLOEXEC)?;
        let from = match from {
            Some(from) => address(from)?,
            None => SocketAddress::Unix(Vec::new()),
        };
        Ok((accepted.into(), from))
    }

    fn connect(&self, socket: &Fd, to: &SocketAddress) -> Result<(), Errno> {
        Ok(match to {
            SocketAddress::Ip(to) => net::connect(socket, to),
            SocketAddress::Unix(path) => net::connect(socket, &unix(path)?),
        }?)
    }

    fn disconnect(&self, socket: &Fd) -> Result<(), Errno> {
        Ok(net::connect_unspec(socket)?)
    }

    fn local_address(&self, socket: &Fd) -> Result<SocketAddress, Errno> {
        address(net::getsockname(socket)?)
    }

    fn peer_address(&self, socket: &Fd) -> Result<SocketAddress, Errno> {
        match net::getpeername(socket)? {
            Some(peer) => address(peer),
            None => Ok(SocketAddress::Unix(Vec::new())),
        }
    }

    fn shutdown(&self, socket: &Fd, how: Shutdown) -> Result<(), Errno> {
        let how = match how {
            Shutdown::Read => net::Shutdown::Read,
            Shutdown::Write => net::Shutdown::Write,
            Shutdown::Both => net::Shutdown::Both,
        };
        Ok(net::shutdown(socket, how)?)
    }

    fn receive(&self, socket: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let (count, _) = net::recv(socket, buffer, RecvFlags::empty())?;
        Ok(count)
    }

    fn receive_from(
        &self,
        socket: &Fd,
        buffer: &mut [u8],
        peek: bool,
    ) -> Result<(usize, Option<SocketAddr>), Errno> {
        let flags = if peek { RecvFlags::PEEK } else { RecvFlags::empty() };
        let (count, _, from) = net::recvfrom(socket, buffer, flags)?;
        Ok((count, from.and_then(|from| SocketAddr::try_from(from).ok())))
    }

    fn send(&self, socket: &Fd, bytes: &[u8], urgent: bool) -> Result<usize, Errno> {
        let flags = if urgent { SendFlags::OOB } else { SendFlags::empty() };
        Ok(net::send(socket, bytes, flags | SendFlags::NOSIGNAL)?)
    }

    fn send_to(&self, socket: &Fd, bytes: &[u8], to: &SocketAddr) -> Result<usize, Errno> {
        Ok(net::sendto(socket, bytes, SendFlags::NOSIGNAL, to)?)
    }

    fn socket_option(
        &self,
        socket: &Fd,
        level: i32,
        name: i32,
        value: &mut [u8],
    ) -> Result<usize, Errno> {
        let mut length = value.len() as libc::socklen_t;
        let (fd, to) = (socket.as_fd().as_raw_fd(), value.as_mut_ptr().cast());
        // SAFETY: the kernel writes at most `length` bytes to the buffer.
        done(unsafe { libc::getsockopt(fd, level, name, to, &mut length) })?;
        Ok(length as usize)
    }

    fn set_socket_option(
        &self,
        socket: &Fd,
        level: i32,
        name: i32,
        value: &[u8],
    ) -> Result<(), Errno> {
        let (fd, length) = (socket.as_fd().as_raw_fd(), value.len() as libc::socklen_t);
        // SAFETY: the kernel reads that many bytes of the buffer.
        done(unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), length) })
    }

    fn event_counter(&self) -> Result<Fd, Errno> {
        Ok(rustix::event::eventfd(0, EventfdFlags::CLOEXEC)?.into())
    }

    fn epoll(&self) -> Result<Fd, Errno> {
        Ok(epoll::create(epoll::CreateFlags::CLOEXEC)?.into())
    }

    fn epoll_change(&self, epoll: &Fd, fd: &Fd, change: EpollChange) -> Result<(), Errno> {
        let flags = EventFlags::from_bits_retain;
        let data = EventData::new_u64;
        Ok(match change {
            EpollChange::Add { events, data: it } => epoll::add(epoll, fd, data(it), flags(events)),
            EpollChange::Modify { events, data: it } => {
                epoll::modify(epoll, fd, data(it), flags(events))
            }
            EpollChange::Remove => epoll::delete(epoll, fd),
        }?)
    }

    fn epoll_wait(
        &self,
        epoll: &Fd,
        most: usize,
        events: &mut Vec<EpollEvent>,
        timeout: Option<Duration>,
    ) -> Result<(), Errno> {
        let timeout = timeout.map(|time| Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        });
        let mut found: Vec<epoll::Event> = Vec::with_capacity(most);
        epoll::wait(epoll, rustix::buffer::spare_capacity(&mut found), timeout.as_ref())?;
        events.extend(found.iter().map(|event| {
            let (flags, data) = (event.flags, event.data);
            EpollEvent { events: flags.bits(), data: data.u64() }
        }));
        Ok(())
    }

    fn redirect(&self, fd: &Fd, by: &Fd) -> Result<(), Errno> {
        let (by, fd) = (by.as_fd().as_raw_fd(), fd.as_fd().as_raw_fd());
        // SAFETY: both are open. The number stays its owner's, only the open file behind it changes, and the owner
        // closes that as it would have closed the former one.
        match unsafe { libc::dup3(by, fd, libc::O_CLOEXEC) } {
            -1 => Err(std::io::Error::last_os_error().into()),
            _ => Ok(()),
        }
    }
}

fn unix(path: &[u8]) -> Result<SocketAddrUnix, Errno> {
    Ok(if path.is_empty() { SocketAddrUnix::new_unnamed() } else { SocketAddrUnix::new(path)? })
}

fn address(any: SocketAddrAny) -> Result<SocketAddress, Errno> {
    if any.address_family() == AddressFamily::UNIX {
        let unix = SocketAddrUnix::try_from(any)?;
        return Ok(SocketAddress::Unix(unix.path_bytes().unwrap_or_default().to_vec()));
    }
    Ok(SocketAddress::Ip(SocketAddr::try_from(any)?))
}

fn done(code: c_int) -> Result<(), Errno> {
    if code == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Descriptors;
    use crate::host::scratch::ScratchDir;
    use std::net::Ipv4Addr;

    fn loopback() -> SocketAddress {
        SocketAddress::Ip((Ipv4Addr::LOCALHOST, 0).into())
    }

    #[test]
    fn connections_and_epoll() {
        let server = OsHost.socket(SocketFamily::V4, SocketKind::Stream).expect("socket");
        OsHost.bind(&server, &loopback()).expect("bind");
        OsHost.listen(&server, 5).expect("listen");
        let at = OsHost.local_address(&server).expect("name");
        let client = OsHost.socket(SocketFamily::V4, SocketKind::Stream).expect("socket");
        OsHost.connect(&client, &at).expect("connect");
        let (accepted, from) = OsHost.accept(&server).expect("accept");
        assert_eq!(Ok(from), OsHost.local_address(&client));
        assert_eq!(OsHost.peer_address(&client), Ok(at));

        let epoll = OsHost.epoll().expect("epoll");
        let add = EpollChange::Add { events: libc::EPOLLIN as u32, data: 7 };
        OsHost.epoll_change(&epoll, &accepted, add).expect("add");
        let mut events = Vec::new();
        OsHost.epoll_wait(&epoll, 4, &mut events, Some(Duration::ZERO)).expect("wait");
        assert_eq!(events, []);
        assert_eq!(OsHost.send(&client, b"abc", false), Ok(3));
        OsHost.epoll_wait(&epoll, 4, &mut events, None).expect("wait");
        assert_eq!(events, [EpollEvent { events: libc::EPOLLIN as u32, data: 7 }]);
        let mut buffer = [0; 8];
        assert_eq!(OsHost.receive(&accepted, &mut buffer), Ok(3));
        OsHost.epoll_change(&epoll, &accepted, EpollChange::Remove).expect("remove");
        OsHost.shutdown(&client, Shutdown::Write).expect("shutdown");
        assert_eq!(OsHost.receive(&accepted, &mut buffer), Ok(0));
        let mut value = [0; 4];
        assert_eq!(
            OsHost.socket_option(&server, libc::SOL_SOCKET, libc::SO_TYPE, &mut value),
            Ok(4)
        );
        assert_eq!(i32::from_ne_bytes(value), libc::SOCK_STREAM);
    }

    #[test]
    fn messages() {
        let a = OsHost.socket(SocketFamily::V4, SocketKind::Datagram).expect("socket");
        let b = OsHost.socket(SocketFamily::V4, SocketKind::Datagram).expect("socket");
        OsHost.bind(&a, &loopback()).expect("bind");
        OsHost.bind(&b, &loopback()).expect("bind");
        let ip = |fd| match OsHost.local_address(fd) {
            Ok(SocketAddress::Ip(ip)) => ip,
            other => panic!("{other:?}"),
        };
        assert_eq!(OsHost.send_to(&a, b"hello", &ip(&b)), Ok(5));
        let mut buffer = [0; 3];
        assert_eq!(OsHost.receive_from(&b, &mut buffer, true), Ok((3, Some(ip(&a)))));
        assert_eq!(OsHost.receive_from(&b, &mut buffer, false), Ok((3, Some(ip(&a)))));
        assert_eq!(&buffer, b"hel");
        OsHost.connect(&a, &SocketAddress::Ip(ip(&b))).expect("connect");
        OsHost.disconnect(&a).expect("disconnect");
        assert_eq!(OsHost.peer_address(&a), Err(Errno(libc::ENOTCONN)));
    }

    #[test]
    fn files_as_sockets() {
        let scratch = ScratchDir::new();
        let path = scratch.join("socket").into_os_string().into_encoded_bytes();
        let server = OsHost.socket(SocketFamily::Unix, SocketKind::Stream).expect("socket");
        let at = SocketAddress::Unix(path);
        OsHost.bind(&server, &at).expect("bind");
        assert_eq!(OsHost.local_address(&server), Ok(at.clone()));
        OsHost.listen(&server, 1).expect("listen");
        let client = OsHost.socket(SocketFamily::Unix, SocketKind::Stream).expect("socket");
        OsHost.connect(&client, &at).expect("connect");
        let (_, from) = OsHost.accept(&server).expect("accept");
        assert_eq!(from, SocketAddress::Unix(Vec::new()));
        assert_eq!(OsHost.peer_address(&client), Ok(at));
    }

    #[test]
    fn redirecting() {
        let (read, _write) = OsHost.pipe().expect("pipe");
        let (dead, _) = OsHost.socket_pair().expect("socketpair");
        OsHost.redirect(&read, &dead).expect("dup");
        assert_eq!(OsHost.read(&read, &mut [0]), Ok(0));
        let counter = OsHost.event_counter().expect("eventfd");
        assert_eq!(OsHost.write(&counter, &1_u64.to_ne_bytes()), Ok(8));
    }
}
