//! Operations on open descriptors.

use std::ffi::{OsStr, OsString, c_int, c_short};
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{self, AtFlags, Dir, Mode, OFlags, inotify};
use rustix::io;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::pipe::PipeFlags;
use rustix::termios::{self, LocalModes, OptionalActions};

use super::files::{group, stat_at, timestamps, user};
use super::{OsHost, xattr};
use crate::host::{
    Descriptors, DirEntry, DirStream, Errno, Fd, LockKind, LockRange, OpenFlags, PollEntry,
    SetTime, Stat,
};

impl Descriptors for OsHost {
    fn close(&self, fd: Fd) -> Result<(), Errno> {
        let Some(fd) = fd.into_owned() else { return Ok(()) };
        // SAFETY: the descriptor was owned and has just been given up; on Linux it is gone even after an error.
        match unsafe { libc::close(fd.into_raw_fd()) } {
            0 => Ok(()),
            _ => Err(last_error()),
        }
    }

    fn read(&self, fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        Ok(io::read(fd, buffer)?)
    }

    fn write(&self, fd: &Fd, bytes: &[u8]) -> Result<usize, Errno> {
        Ok(io::write(fd, bytes)?)
    }

    fn pread(&self, fd: &Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        Ok(io::pread(fd, buffer, offset)?)
    }

    fn pwrite(&self, fd: &Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        Ok(io::pwrite(fd, bytes, offset)?)
    }

    fn readv(&self, fd: &Fd, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        Ok(io::readv(fd, buffers)?)
    }

    fn writev(&self, fd: &Fd, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Ok(io::writev(fd, buffers)?)
    }

    fn seek(&self, fd: &Fd, position: SeekFrom) -> Result<u64, Errno> {
        let position = match position {
            SeekFrom::Start(offset) => fs::SeekFrom::Start(offset),
            SeekFrom::Current(offset) => fs::SeekFrom::Current(offset),
            SeekFrom::End(offset) => fs::SeekFrom::End(offset),
        };
        Ok(fs::seek(fd, position)?)
    }

    fn size_bytes(&self, fd: &Fd) -> Result<u64, Errno> {
        Ok(u64::try_from(fs::fstat(fd)?.st_size).unwrap_or_default())
    }

    fn truncate(&self, fd: &Fd, size_bytes: u64) -> Result<(), Errno> {
        Ok(fs::ftruncate(fd, size_bytes)?)
    }

    fn sync(&self, fd: &Fd, data_only: bool) -> Result<(), Errno> {
        Ok(if data_only { fs::fdatasync(fd) } else { fs::fsync(fd) }?)
    }

    fn duplicate(&self, fd: &Fd) -> Result<Fd, Errno> {
        let copy = io::fcntl_dupfd_cloexec(fd, 3)?;
        Ok(fd.same_over(copy))
    }

    fn fstat(&self, fd: &Fd) -> Result<Stat, Errno> {
        match fd.packed_stat() {
            Some(stat) => Ok(stat),
            None => stat_at(fd, Path::new(""), AtFlags::EMPTY_PATH),
        }
    }

    fn fchmod(&self, fd: &Fd, mode: u32) -> Result<(), Errno> {
        Ok(fs::fchmod(fd, Mode::from_bits_truncate(mode))?)
    }

    fn fchown(&self, fd: &Fd, uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno> {
        Ok(fs::fchown(fd, user(uid), group(gid))?)
    }

    fn fset_times(&self, fd: &Fd, accessed: SetTime, modified: SetTime) -> Result<(), Errno> {
        Ok(fs::futimens(fd, &timestamps(accessed, modified))?)
    }

    fn available_bytes(&self, fd: &Fd) -> Result<u64, Errno> {
        Ok(io::ioctl_fionread(fd)?)
    }

    fn set_non_blocking(&self, fd: &Fd, non_blocking: bool) -> Result<(), Errno> {
        let flags = fs::fcntl_getfl(fd)?;
        Ok(fs::fcntl_setfl(
            fd,
            if non_blocking { flags | OFlags::NONBLOCK } else { flags - OFlags::NONBLOCK },
        )?)
    }

    fn status_flags(&self, fd: &Fd) -> Result<OpenFlags, Errno> {
        Ok(OpenFlags::from_native(fs::fcntl_getfl(fd)?.bits()))
    }

    fn set_direct(&self, fd: &Fd) -> Result<u64, Errno> {
        fs::fcntl_setfl(fd, fs::fcntl_getfl(fd)? | OFlags::DIRECT)?;
        Ok(fs::fstatvfs(fd)?.f_frsize)
    }

    fn set_echo(&self, fd: &Fd, on: bool) -> Result<bool, Errno> {
        let mut settings = termios::tcgetattr(fd)?;
        let before = settings.local_modes.contains(LocalModes::ECHO);
        settings.local_modes.set(LocalModes::ECHO, on);
        termios::tcsetattr(fd, OptionalActions::Now, &settings)?;
        Ok(before)
    }

    fn send_file(&self, from: &Fd, offset: u64, to: &Fd, count: usize) -> Result<usize, Errno> {
        let mut offset = offset;
        Ok(fs::sendfile(to, from, Some(&mut offset), count)?)
    }

    fn dir_stream(&self, fd: &Fd) -> Result<DirStream, Errno> {
        if !self.fstat(fd)?.is_directory() {
            return Err(Errno::NOTDIR);
        }
        if let Some(folder) = fd.packed_folder() {
            return Ok(folder.list()?.into());
        }
        // Not opened again by the name `.`: that takes the right to search the directory, not only to read it.
        let copy = rustix::io::fcntl_dupfd_cloexec(fd, 0)?;
        Ok(fs::Dir::new(copy)?.into())
    }

    fn xattr(&self, fd: &Fd, name: &OsStr, value: &mut [u8]) -> Result<usize, Errno> {
        xattr::get(fd, name, value)
    }

    fn set_xattr(&self, fd: &Fd, name: &OsStr, value: &[u8]) -> Result<(), Errno> {
        xattr::set(fd, name, value)
    }

    fn remove_xattr(&self, fd: &Fd, name: &OsStr) -> Result<(), Errno> {
        xattr::remove(fd, name)
    }

    fn list_xattrs(&self, fd: &Fd, names: &mut [u8]) -> Result<usize, Errno> {
        xattr::list(fd, names)
    }

    fn is_terminal(&self, fd: &Fd) -> bool {
        std::io::IsTerminal::is_terminal(&fd.as_fd())
    }

    fn next_dir_entry(&self, dir: &DirStream) -> Result<Option<DirEntry>, Errno> {
        let mut state = dir.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = state.ahead.pop_front() {
            return Ok(Some(entry));
        }
        while let Some(entry) = state.dir.as_mut().and_then(Dir::read) {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                return Ok(Some(DirEntry {
                    name: OsString::from_vec(name.to_vec()),
                    inode: entry.ino(),
                }));
            }
        }
        Ok(None)
    }

    fn pipe(&self) -> Result<(Fd, Fd), Errno> {
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        Ok((read.into(), write.into()))
    }

    fn watch(&self) -> Result<Fd, Errno> {
        Ok(inotify::init(inotify::CreateFlags::CLOEXEC)?.into())
    }

    fn remove_watch(&self, watch: &Fd, number: i32) -> Result<(), Errno> {
        Ok(inotify::remove_watch(watch, number)?)
    }

    fn socket_pair(&self) -> Result<(Fd, Fd), Errno> {
        let (a, b) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((a.into(), b.into()))
    }

    fn poll(
        &self,
        entries: &mut [PollEntry<'_>],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno> {
        let watch = |entry: &PollEntry<'_>| PollFlags::from_bits_retain(entry.events as u16);
        let fds = entries.iter().map(|entry| (entry.fd, watch(entry)));
        let mut fds: Vec<PollFd<'_>> =
            fds.map(|(fd, events)| PollFd::from_borrowed_fd(fd.as_fd(), events)).collect();
        let timeout = timeout.map(|time| Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        });
        let count = rustix::event::poll(&mut fds, timeout.as_ref())?;
        let ready: Vec<i16> = fds.iter().map(|fd| fd.revents().bits() as i16).collect();
        for (entry, ready) in entries.iter_mut().zip(ready) {
            entry.ready = ready;
        }
        Ok(count)
    }

    fn lock(&self, fd: &Fd, range: LockRange, kind: LockKind, wait: bool) -> Result<bool, Errno> {
        let kind = match kind {
            LockKind::Shared => libc::F_RDLCK,
            LockKind::Exclusive => libc::F_WRLCK,
        };
        match set_lock(fd, range, kind, wait) {
            Ok(()) => Ok(true),
            Err(Errno::AGAIN | Errno::ACCES) if !wait => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn unlock(&self, fd: &Fd, range: LockRange) -> Result<(), Errno> {
        set_lock(fd, range, libc::F_UNLCK, false)
    }
}

/// Sets a lock of the open file, not of the process: those of two guests in one process must not count as one
/// owner's, and closing one descriptor must not release the locks of another. They conflict with POSIX locks of other
/// processes as those do among themselves.
fn set_lock(fd: &Fd, range: LockRange, kind: c_int, wait: bool) -> Result<(), Errno> {
    // SAFETY: `flock` is a plain structure of integers, for which zero is a value.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as c_short;
    lock.l_whence = libc::SEEK_SET as c_short;
    lock.l_start = i64::try_from(range.start).map_err(|_| Errno::INVAL)?;
    // A length beyond the largest file means the same as 0: up to the end.
    lock.l_len =
        i64::try_from(range.length).ok().filter(|len| *len < i64::MAX - lock.l_start).unwrap_or(0);
    let command = if wait { libc::F_OFD_SETLKW } else { libc::F_OFD_SETLK };
    // SAFETY: the descriptor is open and the command takes a pointer to a `flock`.
    match unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), command, &raw const lock) } {
        -1 => Err(last_error()),
        _ => Ok(()),
    }
}

fn last_error() -> Errno {
    std::io::Error::last_os_error().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;
    use crate::host::{FileSystem, OpenFlags, Timestamp};

    fn open(scratch: &ScratchDir) -> Fd {
        OsHost
            .open(&scratch.join("file"), OpenFlags::READ_WRITE | OpenFlags::CREATE, 0o600)
            .expect("open")
    }

    #[test]
    fn reading_and_writing() {
        let scratch = ScratchDir::new();
        let fd = open(&scratch);
        assert_eq!(OsHost.write(&fd, b"hello world"), Ok(11));
        assert_eq!(OsHost.pwrite(&fd, b"W", 6), Ok(1));
        let mut buffer = [0; 5];
        assert_eq!(OsHost.pread(&fd, &mut buffer, 6), Ok(5));
        assert_eq!(&buffer, b"World");
        assert_eq!(OsHost.read(&fd, &mut buffer), Ok(0));
        assert_eq!(OsHost.seek(&fd, SeekFrom::End(-5)), Ok(6));
        assert_eq!(OsHost.seek(&fd, SeekFrom::Current(-2)), Ok(4));
        assert_eq!(OsHost.seek(&fd, SeekFrom::End(-50)), Err(Errno::INVAL));
        let (mut first, mut second) = ([0; 2], [0; 20]);
        let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(OsHost.readv(&fd, &mut buffers), Ok(7));
        assert_eq!((&first, &second[..5]), (b"o ", b"World".as_slice()));
        assert_eq!(OsHost.writev(&fd, &[IoSlice::new(b"!"), IoSlice::new(b"!!")]), Ok(3));
        assert_eq!(OsHost.size_bytes(&fd), Ok(14));
        OsHost.truncate(&fd, 3).expect("truncate");
        OsHost.sync(&fd, true).expect("fdatasync");
        OsHost.sync(&fd, false).expect("fsync");
        let time = Timestamp { seconds: 5, nanos: 6 };
        OsHost.fset_times(&fd, SetTime::Keep, SetTime::At(time)).expect("times");
        OsHost.fchmod(&fd, 0o400).expect("fchmod");
        OsHost.fchown(&fd, None, None).expect("fchown");
        let stat = OsHost.fstat(&fd).expect("fstat");
        assert_eq!((stat.size_bytes, stat.mode & 0o777, stat.modified), (3, 0o400, time));
        let copy = OsHost.duplicate(&fd).expect("dup");
        OsHost.close(fd).expect("close");
        assert_eq!(OsHost.seek(&copy, SeekFrom::Current(0)), Ok(14));
        assert!(!OsHost.is_terminal(&copy));
    }

    #[test]
    fn pipes_sockets_and_polling() {
        let (read, write) = OsHost.pipe().expect("pipe");
        let mut entry = [PollEntry { fd: &read, events: libc::POLLIN, ready: 0 }];
        assert_eq!(OsHost.poll(&mut entry, Some(Duration::ZERO)), Ok(0));
        OsHost.set_non_blocking(&read, true).expect("fcntl");
        assert_eq!(OsHost.read(&read, &mut [0]), Err(Errno::AGAIN));
        OsHost.set_non_blocking(&read, false).expect("fcntl");
        OsHost.write(&write, b"abc").expect("write");
        let mut entry = [PollEntry { fd: &read, events: libc::POLLIN, ready: 0 }];
        assert_eq!(OsHost.poll(&mut entry, None), Ok(1));
        assert_eq!(entry[0].ready, libc::POLLIN);
        assert_eq!(OsHost.available_bytes(&read), Ok(3));
        assert_eq!(OsHost.seek(&read, SeekFrom::Start(0)), Err(Errno::SPIPE));
        OsHost.close(read).expect("close");
        assert_eq!(OsHost.write(&write, b"x"), Err(Errno::PIPE));
        let (a, b) = OsHost.socket_pair().expect("socketpair");
        OsHost.write(&a, b"x").expect("write");
        assert_eq!(OsHost.read(&b, &mut [0]), Ok(1));
    }

    #[test]
    fn locks_belong_to_the_open_file() {
        let scratch = ScratchDir::new();
        let (first, second) = (open(&scratch), open(&scratch));
        let range = LockRange { start: 10, length: 5 };
        assert_eq!(OsHost.lock(&first, range, LockKind::Exclusive, false), Ok(true));
        assert_eq!(OsHost.lock(&second, range, LockKind::Shared, false), Ok(false));
        let rest = LockRange { start: 15, length: u64::MAX };
        assert_eq!(OsHost.lock(&second, rest, LockKind::Exclusive, true), Ok(true));
        OsHost.unlock(&first, range).expect("unlock");
        assert_eq!(OsHost.lock(&second, range, LockKind::Shared, false), Ok(true));
        drop(second);
        assert_eq!(
            OsHost.lock(&first, LockRange { start: 0, length: 0 }, LockKind::Exclusive, false),
            Ok(true)
        );
        let reader = OsHost.open(&scratch.join("file"), OpenFlags::READ, 0).expect("open");
        assert_eq!(OsHost.lock(&reader, range, LockKind::Exclusive, false), Err(Errno::BADF));
    }

    #[test]
    fn inherited_descriptors_stay_open() {
        let [_, _, stderr] = Fd::standard_streams();
        OsHost.close(stderr).expect("no-op");
        let [_, _, stderr] = Fd::standard_streams();
        OsHost.fstat(&stderr).expect("still open");
    }
}
