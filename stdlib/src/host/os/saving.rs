//! What the system tells of open descriptors: `/proc/self/fd`, `/proc/self/fdinfo` (proc_pid_fdinfo(5)), and calls that
//! look without taking.

use std::ffi::c_int;
use std::io::{Read, Seek, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};
use rustix::pipe::{PipeFlags, SpliceFlags};

use super::OsHost;
use crate::host::{
    Descriptors, DirEntry, DirStream, EpollWatch, Errno, Fd, LockKind, LockRange, Saving,
    SocketAddress, SocketFamily, SocketKind, Sockets, StreamState,
};

/// States of `tcp_info` (RFC 793, numbered as Linux does).
const TCP_SYN_SENT: u8 = 2;
const TCP_SYN_RECEIVED: u8 = 3;

impl Saving for OsHost {
    fn system_number(&self, fd: &Fd) -> i32 {
        fd.as_fd().as_raw_fd()
    }

    fn path_of(&self, fd: &Fd) -> Result<PathBuf, Errno> {
        let path = std::fs::read_link(link(fd))?;
        // One that was removed is shown with a remark behind its former name: the name is another file's, or nobody's.
        let here = rustix::fs::fstat(fd)?;
        let there = rustix::fs::stat(&path).map_err(|_| Errno::NOENT)?;
        let same = (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino);
        if same { Ok(path) } else { Err(Errno::NOENT) }
    }

    fn content(&self, fd: &Fd) -> Result<Vec<u8>, Errno> {
        let mut content = Vec::new();
        std::fs::File::open(link(fd))?.read_to_end(&mut content)?;
        Ok(content)
    }

    fn unnamed_file(&self, content: &[u8]) -> Result<Fd, Errno> {
        let folder = std::env::temp_dir();
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let made = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR);
        // Some file systems have no files without a name.
        let fd = made.or_else(|_| rustix::fs::memfd_create("rvm", MemfdFlags::CLOEXEC))?;
        let mut file = std::fs::File::from(fd);
        file.write_all(content)?;
        file.rewind()?;
        Ok(OwnedFd::from(file).into())
    }

    fn locks(&self, fd: &Fd) -> Result<Vec<(LockRange, LockKind)>, Errno> {
        Ok(details(fd)?.lines().filter_map(lock).collect())
    }

    fn peek_pipe(&self, read_end: &Fd) -> Result<Vec<u8>, Errno> {
        let bytes = rustix::io::ioctl_fionread(read_end)? as usize;
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        rustix::pipe::fcntl_setpipe_size(&write, rustix::pipe::fcntl_getpipe_size(read_end)?)?;
        let copied = rustix::pipe::tee(read_end, &write, bytes, SpliceFlags::NONBLOCK)?;
        let mut content = vec![0; copied];
        std::fs::File::from(read).read_exact(&mut content)?;
        if copied == bytes { Ok(content) } else { Err(Errno::AGAIN) }
    }

    fn pipe_capacity(&self, pipe: &Fd) -> Result<usize, Errno> {
        Ok(rustix::pipe::fcntl_getpipe_size(pipe)?)
    }

    fn set_pipe_capacity(&self, pipe: &Fd, bytes: usize) -> Result<(), Errno> {
        rustix::pipe::fcntl_setpipe_size(pipe, bytes)?;
        Ok(())
    }

    fn is_other_end_closed(&self, fd: &Fd) -> Result<bool, Errno> {
        let events = poll(fd, PollFlags::RDHUP)?;
        Ok(events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::RDHUP))
    }

    fn is_ready(&self, fd: &Fd) -> Result<bool, Errno> {
        Ok(poll(fd, PollFlags::IN)?.contains(PollFlags::IN))
    }

    fn peek_stream(&self, socket: &Fd) -> Result<Vec<u8>, Errno> {
        let bytes = rustix::io::ioctl_fionread(socket)? as usize;
        let mut content = vec![0; bytes];
        if bytes > 0 {
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            let (_, count) = rustix::net::recv(socket, &mut content[..], flags)?;
            if count != bytes {
                return Err(Errno::AGAIN);
            }
        }
        Ok(content)
    }

    fn event_count(&self, counter: &Fd) -> Result<u64, Errno> {
        let details = details(counter)?;
        let count = details.lines().find_map(|line| line.strip_prefix("eventfd-count:"));
        count.and_then(|count| u64::from_str_radix(count.trim(), 16).ok()).ok_or(Errno::NOSYS)
    }

    fn epoll_watches(&self, epoll: &Fd) -> Result<Vec<EpollWatch>, Errno> {
        let details = details(epoll)?;
        let lines = details.lines().filter(|line| line.starts_with("tfd:"));
        lines.map(|line| epoll_watch(line).ok_or(Errno::NOSYS)).collect()
    }

    fn socket_type(&self, socket: &Fd) -> Result<(SocketFamily, SocketKind), Errno> {
        let family = match int_option(self, socket, libc::SO_DOMAIN)? {
            libc::AF_INET => SocketFamily::V4,
            libc::AF_INET6 => SocketFamily::V6,
            libc::AF_UNIX => SocketFamily::Unix,
            _ => return Err(Errno::NOSYS),
        };
        let kind = match int_option(self, socket, libc::SO_TYPE)? {
            libc::SOCK_STREAM => SocketKind::Stream,
            libc::SOCK_DGRAM => SocketKind::Datagram,
            _ => return Err(Errno::NOSYS),
        };
        Ok((family, kind))
    }

    fn stream_state(&self, socket: &Fd) -> Result<StreamState, Errno> {
        if int_option(self, socket, libc::SO_ACCEPTCONN)? != 0 {
            return Ok(StreamState::Listens);
        }
        if self.peer_address(socket).is_ok() {
            return Ok(StreamState::Connected);
        }
        let mut info = [0; 1];
        let told = self.socket_option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info);
        if told.is_ok() && matches!(info[0], TCP_SYN_SENT | TCP_SYN_RECEIVED) {
            return Ok(StreamState::Connects);
        }
        // One that is new has not been shut down by anybody.
        let ended = poll(socket, PollFlags::RDHUP)?.contains(PollFlags::RDHUP);
        Ok(if ended { StreamState::Connected } else { StreamState::Idle })
    }

    fn broken_connection(&self, family: SocketFamily) -> Result<Fd, Errno> {
        let local = match family {
            SocketFamily::V4 => SocketAddress::Ip((Ipv4Addr::LOCALHOST, 0).into()),
            SocketFamily::V6 => SocketAddress::Ip((Ipv6Addr::LOCALHOST, 0).into()),
            SocketFamily::Unix => return broken_pair(),
        };
        let listener = self.socket(family, SocketKind::Stream)?;
        if self.bind(&listener, &local).is_err() {
            // A machine without IPv6 has no such address, but its sockets can have mapped ones.
            let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
            self.bind(&listener, &SocketAddress::Ip((mapped, 0).into()))?;
        }
        self.listen(&listener, 1)?;
        let socket = self.socket(family, SocketKind::Stream)?;
        self.connect(&socket, &self.local_address(&listener)?)?;
        let (peer, _) = self.accept(&listener)?;
        // Closing without lingering breaks off.
        let linger = [1_i32.to_ne_bytes(), 0_i32.to_ne_bytes()].concat();
        self.set_socket_option(&peer, libc::SOL_SOCKET, libc::SO_LINGER, &linger)?;
        drop(peer);
        Ok(socket)
    }

    fn rest_of_dir(&self, dir: &DirStream) -> Result<Vec<DirEntry>, Errno> {
        let mut rest = Vec::new();
        let mut read = Ok(());
        loop {
            match self.next_dir_entry(dir) {
                Ok(Some(entry)) => rest.push(entry),
                Ok(None) => break,
                Err(error) => {
                    read = Err(error);
                    break;
                }
            }
        }
        let mut state = dir.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.ahead = rest.clone().into();
        read.map(|()| rest)
    }

    fn copy_memory(&self, address: usize, to: &mut [u8]) -> usize {
        let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
        let remote = libc::iovec { iov_base: address as *mut _, iov_len: to.len() };
        // SAFETY: the kernel writes to the slice only, and checks the addresses that it reads.
        let count = unsafe {
            let me = libc::getpid();
            libc::process_vm_readv(me, &raw const local, 1, &raw const remote, 1, 0)
        };
        usize::try_from(count).unwrap_or(0)
    }
}

/// As of TCP: with unread data at its other end, a socket of a pair that is closed shows as reset.
fn broken_pair() -> Result<Fd, Errno> {
    let flags = SocketFlags::CLOEXEC;
    let (socket, peer) =
        rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::io::write(&socket, &[0])?;
    drop(peer);
    Ok(socket.into())
}

fn link(fd: &Fd) -> PathBuf {
    format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd()).into()
}

fn details(fd: &Fd) -> Result<String, Errno> {
    let path = format!("/proc/self/fdinfo/{}", fd.as_fd().as_raw_fd());
    Ok(std::fs::read_to_string(Path::new(&path))?)
}

fn poll(fd: &Fd, events: PollFlags) -> Result<PollFlags, Errno> {
    let mut entry = [PollFd::new(fd, events)];
    rustix::event::poll(&mut entry, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    Ok(entry[0].revents())
}

fn int_option(host: &OsHost, socket: &Fd, name: c_int) -> Result<c_int, Errno> {
    let mut value = [0; 4];
    host.socket_option(socket, libc::SOL_SOCKET, name, &mut value)?;
    Ok(i32::from_ne_bytes(value))
}

/// `lock: 1: OFDLCK ADVISORY WRITE -1 00:2f:17 0 EOF`
fn lock(line: &str) -> Option<(LockRange, LockKind)> {
    let words: Vec<&str> = line.strip_prefix("lock:")?.split_whitespace().collect();
    let [_, "OFDLCK", _, kind, _, _, start, end] = words[..] else { return None };
    let kind = if kind == "READ" { LockKind::Shared } else { LockKind::Exclusive };
    let start: u64 = start.parse().ok()?;
    let length = end.parse::<u64>().map_or(0, |end| end - start + 1);
    Some((LockRange { start, length }, kind))
}

/// `tfd:        5 events:       1d data:                5  pos:0 ino:61af sdev:7`
fn epoll_watch(line: &str) -> Option<EpollWatch> {
    let mut words = line.split([':', ' ', '\t']).filter(|word| !word.is_empty());
    let mut after = |name| words.find(|word| *word == name).and_then(|_| words.next());
    let descriptor = after("tfd")?.parse().ok()?;
    let events = u32::from_str_radix(after("events")?, 16).ok()?;
    let data = u64::from_str_radix(after("data")?, 16).ok()?;
    Some(EpollWatch { descriptor, events, data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;
    use crate::host::{EpollChange, FileSystem, OpenFlags};

    #[test]
    fn files_tell_their_path_content_and_locks() {
        let scratch = ScratchDir::new();
        let flags = OpenFlags::WRITE | OpenFlags::CREATE;
        let fd = OsHost.open(&scratch.join("a b"), flags, 0o600).expect("open");
        OsHost.write(&fd, b"content").expect("write");
        assert_eq!(OsHost.path_of(&fd), Ok(scratch.join("a b")));
        OsHost.rename(&scratch.join("a b"), &scratch.join("c")).expect("rename");
        assert_eq!(OsHost.path_of(&fd), Ok(scratch.join("c")));
        assert_eq!(OsHost.locks(&fd), Ok(Vec::new()));
        let ranges = [LockRange { start: 3, length: 4 }, LockRange { start: 10, length: 0 }];
        for range in ranges {
            assert_eq!(OsHost.lock(&fd, range, LockKind::Exclusive, false), Ok(true));
        }
        let held = ranges.map(|range| (range, LockKind::Exclusive));
        assert_eq!(OsHost.locks(&fd), Ok(held.to_vec()));
        OsHost.unlink(&scratch.join("c")).expect("unlink");
        assert_eq!(OsHost.path_of(&fd), Err(Errno::NOENT));
        assert_eq!(OsHost.content(&fd), Ok(b"content".to_vec()));
        let copy = OsHost.unnamed_file(b"content").expect("a file");
        let mut buffer = [0; 9];
        assert_eq!(OsHost.read(&copy, &mut buffer), Ok(7));
    }

    #[test]
    fn pipes_are_looked_into() {
        let (read, write) = OsHost.pipe().expect("pipe");
        OsHost.set_pipe_capacity(&write, 1 << 17).expect("a larger pipe");
        assert_eq!(OsHost.pipe_capacity(&read), Ok(1 << 17));
        assert_eq!(OsHost.peek_pipe(&read), Ok(Vec::new()));
        let mut all = Vec::new();
        for n in 0..30_u8 {
            let bytes = vec![n; 7 + 100 * usize::from(n)];
            OsHost.write(&write, &bytes).expect("write");
            all.extend(bytes);
        }
        assert_eq!(OsHost.peek_pipe(&read).as_ref(), Ok(&all));
        let mut buffer = vec![0; all.len()];
        assert_eq!(OsHost.read(&read, &mut buffer), Ok(all.len()));
        assert_eq!(buffer, all);
        assert_eq!(OsHost.is_other_end_closed(&read), Ok(false));
        drop(write);
        assert_eq!(OsHost.is_other_end_closed(&read), Ok(true));
    }

    #[test]
    fn counters_and_epoll_tell_their_state() {
        let counter = OsHost.event_counter().expect("eventfd");
        OsHost.write(&counter, &300_u64.to_ne_bytes()).expect("write");
        assert_eq!(OsHost.event_count(&counter), Ok(300));
        let epoll = OsHost.epoll().expect("epoll");
        let (events, data) = (libc::EPOLLIN as u32, 0x1234);
        OsHost.epoll_change(&epoll, &counter, EpollChange::Add { events, data }).expect("add");
        let descriptor = OsHost.system_number(&counter);
        let [watch] = OsHost.epoll_watches(&epoll).expect("watches")[..] else { panic!("one") };
        assert_eq!((watch.descriptor, watch.data), (descriptor, data));
        assert_eq!(watch.events & events, events);
    }

    #[test]
    fn sockets_tell_their_state() {
        let server = OsHost.socket(SocketFamily::V4, SocketKind::Stream).expect("socket");
        assert_eq!(OsHost.socket_type(&server), Ok((SocketFamily::V4, SocketKind::Stream)));
        assert_eq!(OsHost.stream_state(&server), Ok(StreamState::Idle));
        let at = SocketAddress::Ip((Ipv4Addr::LOCALHOST, 0).into());
        OsHost.bind(&server, &at).expect("bind");
        assert_eq!(OsHost.stream_state(&server), Ok(StreamState::Idle));
        OsHost.listen(&server, 1).expect("listen");
        assert_eq!(OsHost.stream_state(&server), Ok(StreamState::Listens));
        assert_eq!(OsHost.is_ready(&server), Ok(false));
        let client = OsHost.socket(SocketFamily::V4, SocketKind::Stream).expect("socket");
        let at = OsHost.local_address(&server).expect("an address");
        OsHost.connect(&client, &at).expect("connect");
        assert_eq!(OsHost.is_ready(&server), Ok(true));
        assert_eq!(OsHost.stream_state(&client), Ok(StreamState::Connected));
        let (peer, _) = OsHost.accept(&server).expect("accept");
        drop(peer);
        assert_eq!(OsHost.receive(&client, &mut [0; 1]), Ok(0));
        assert_eq!(OsHost.stream_state(&client), Ok(StreamState::Connected));
    }

    #[test]
    fn broken_connections() {
        for family in [SocketFamily::V4, SocketFamily::V6, SocketFamily::Unix] {
            let socket = OsHost.broken_connection(family).expect("a socket");
            let reset = Err(Errno(libc::ECONNRESET));
            assert_eq!(OsHost.receive(&socket, &mut [0; 1]), reset, "{family:?}");
            assert!(OsHost.send(&socket, b"x", false).is_err());
        }
    }
}
