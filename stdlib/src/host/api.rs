//! Host operations on files, descriptors and mappings.
//!
//! Errors are those of the system call of the same name unless said otherwise.

use std::ffi::OsStr;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{
    AccessMode, DirEntry, DirStream, Errno, Fd, FileSystemInfo, Links, LockKind, LockRange,
    MapAccess, OpenFlags, PollEntry, SetTime, Stat,
};

/// Operations on paths. A policy sees what the method does to which path as an [`super::Operation`].
pub trait FileSystem {
    /// Opens a file; new ones get `mode` less the process's mask. Never passed on to child processes.
    /// Policy: as [`super::Operation::open`].
    fn open(&self, path: &Path, flags: OpenFlags, mode: u32) -> Result<Fd, Errno>;
    /// Attributes. Policy: reads `path`.
    fn stat(&self, path: &Path, links: Links) -> Result<Stat, Errno>;
    /// Whether this process may do all of `mode`. Policy: reads `path`.
    fn access(&self, path: &Path, mode: AccessMode) -> Result<(), Errno>;
    /// Sets the permission bits. Policy: writes `path`.
    fn chmod(&self, path: &Path, mode: u32) -> Result<(), Errno>;
    /// Sets owner and group where given. Policy: writes `path`.
    fn chown(
        &self,
        path: &Path,
        uid: Option<u32>,
        gid: Option<u32>,
        links: Links,
    ) -> Result<(), Errno>;
    /// Sets the times of last read and last change. Policy: writes `path`.
    fn set_times(
        &self,
        path: &Path,
        accessed: SetTime,
        modified: SetTime,
        links: Links,
    ) -> Result<(), Errno>;
    /// Makes a directory. Policy: writes `path`.
    fn make_dir(&self, path: &Path, mode: u32) -> Result<(), Errno>;
    /// Removes an empty directory. Policy: writes `path`.
    fn remove_dir(&self, path: &Path) -> Result<(), Errno>;
    /// Removes a file or a link. Policy: writes `path`.
    fn unlink(&self, path: &Path) -> Result<(), Errno>;
    /// Moves a file, replacing `to`. Policy: writes both.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno>;
    /// Gives the file `existing` (if a link, the link itself) another name. Policy: reads and writes `existing`
    /// (the new name gives all its rights), writes `new`.
    fn link(&self, existing: &Path, new: &Path) -> Result<(), Errno>;
    /// Makes the symbolic link `new` with the text `target`. Policy: writes `new`; `target` is checked when used.
    fn symlink(&self, target: &Path, new: &Path) -> Result<(), Errno>;
    /// The text of a symbolic link. Policy: reads `path`.
    fn read_link(&self, path: &Path) -> Result<PathBuf, Errno>;
    /// The path without symbolic links, `.` and `..`, as `java.io.File.getCanonicalPath` gives it for an absolute
    /// path: the longest existing prefix is resolved, the rest only normalised. Policy: reads `path`.
    fn canonicalize(&self, path: &Path) -> Result<PathBuf, Errno>;
    /// The path without symbolic links, `.` and `..`; all of it must exist. Policy: reads `path`.
    fn real_path(&self, path: &Path) -> Result<PathBuf, Errno>;
    /// Makes a special file. Policy: writes `path`.
    fn make_node(&self, path: &Path, mode: u32, device: u64) -> Result<(), Errno>;
    /// Opens `name` as seen from the open directory `dir`. Names may be absolute or lead out of the directory: a policy
    /// must either resolve them itself or refuse.
    fn open_at(&self, dir: &Fd, name: &Path, flags: OpenFlags, mode: u32) -> Result<Fd, Errno>;
    /// Attributes of `name` as seen from `dir`. Policy: as [`Self::open_at`].
    fn stat_at(&self, dir: &Fd, name: &Path, links: Links) -> Result<Stat, Errno>;
    /// Removes a file, or with `directory` an empty directory. Policy: as [`Self::open_at`].
    fn unlink_at(&self, dir: &Fd, name: &Path, directory: bool) -> Result<(), Errno>;
    /// Moves a file between open directories. Policy: as [`Self::open_at`].
    fn rename_at(&self, from_dir: &Fd, from: &Path, to_dir: &Fd, to: &Path) -> Result<(), Errno>;
    /// Reports changes of files to the watch `watch` (see [`Descriptors::watch`]) for the `IN_*` events in `mask`; the
    /// number that its events bear. Policy: reads `path`.
    fn add_watch(&self, watch: &Fd, path: &Path, mask: u32) -> Result<i32, Errno>;
    /// Opens a directory for reading its names. Policy: reads `path`.
    fn open_dir(&self, path: &Path) -> Result<DirStream, Errno>;
    /// Space and limits of the file system that holds `path`. Policy: reads `path`.
    fn file_system_info(&self, path: &Path) -> Result<FileSystemInfo, Errno>;
}

/// Operations on open descriptors, which need no right of their own.
pub trait Descriptors {
    /// Closes, reporting what dropping would not: an error of a delayed write. Inherited descriptors stay open.
    fn close(&self, fd: Fd) -> Result<(), Errno>;
    /// Reads at the current position; 0 at the end.
    fn read(&self, fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno>;
    /// Writes at the current position.
    fn write(&self, fd: &Fd, bytes: &[u8]) -> Result<usize, Errno>;
    /// Reads at `offset`, leaving the position alone.
    fn pread(&self, fd: &Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno>;
    /// Writes at `offset`, leaving the position alone.
    fn pwrite(&self, fd: &Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno>;
    /// Reads into several buffers in turn.
    fn readv(&self, fd: &Fd, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno>;
    /// Writes several buffers in turn.
    fn writev(&self, fd: &Fd, buffers: &[IoSlice<'_>]) -> Result<usize, Errno>;
    /// Moves the position and returns it, in bytes from the start.
    fn seek(&self, fd: &Fd, position: SeekFrom) -> Result<u64, Errno>;
    /// Length in bytes of the file.
    fn size_bytes(&self, fd: &Fd) -> Result<u64, Errno>;
    /// Cuts or extends the file.
    fn truncate(&self, fd: &Fd, size_bytes: u64) -> Result<(), Errno>;
    /// Waits until the content (and, unless `data_only`, all attributes) is stored.
    fn sync(&self, fd: &Fd, data_only: bool) -> Result<(), Errno>;
    /// Another descriptor for the same open file.
    fn duplicate(&self, fd: &Fd) -> Result<Fd, Errno>;
    /// Attributes of the open file.
    fn fstat(&self, fd: &Fd) -> Result<Stat, Errno>;
    /// Sets the permission bits.
    fn fchmod(&self, fd: &Fd, mode: u32) -> Result<(), Errno>;
    /// Sets owner and group where given.
    fn fchown(&self, fd: &Fd, uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno>;
    /// Sets the times of last read and last change.
    fn fset_times(&self, fd: &Fd, accessed: SetTime, modified: SetTime) -> Result<(), Errno>;
    /// Bytes that can be read from a stream without waiting (`FIONREAD`).
    fn available_bytes(&self, fd: &Fd) -> Result<u64, Errno>;
    /// Whether reads and writes that would wait fail with [`Errno::AGAIN`] instead.
    fn set_non_blocking(&self, fd: &Fd, non_blocking: bool) -> Result<(), Errno>;
    /// The flags that it was opened with, as far as they have a lasting effect (`F_GETFL`).
    fn status_flags(&self, fd: &Fd) -> Result<OpenFlags, Errno>;
    /// Makes reads and writes go past the page cache; the alignment in bytes that they then need.
    fn set_direct(&self, fd: &Fd) -> Result<u64, Errno>;
    /// Whether a terminal shows what is typed; the former setting.
    fn set_echo(&self, fd: &Fd, on: bool) -> Result<bool, Errno>;
    /// Copies up to `count` bytes from `offset` of a file to the position of another descriptor, inside the system
    /// (`sendfile`).
    fn send_file(&self, from: &Fd, offset: u64, to: &Fd, count: usize) -> Result<usize, Errno>;
    /// A stream over an open directory's names, from the descriptor's position on, which it shares.
    fn dir_stream(&self, fd: &Fd) -> Result<DirStream, Errno>;
    /// The value of an extended attribute into `value`, or with an empty `value` only its length in bytes.
    fn xattr(&self, fd: &Fd, name: &OsStr, value: &mut [u8]) -> Result<usize, Errno>;
    /// Sets an extended attribute.
    fn set_xattr(&self, fd: &Fd, name: &OsStr, value: &[u8]) -> Result<(), Errno>;
    /// Removes an extended attribute.
    fn remove_xattr(&self, fd: &Fd, name: &OsStr) -> Result<(), Errno>;
    /// The names of the extended attributes, each zero-terminated, as [`Self::xattr`] gives values.
    fn list_xattrs(&self, fd: &Fd, names: &mut [u8]) -> Result<usize, Errno>;
    /// Whether it is a terminal.
    fn is_terminal(&self, fd: &Fd) -> bool;
    /// The next name of a directory, `.` and `..` left out; nothing at the end.
    fn next_dir_entry(&self, dir: &DirStream) -> Result<Option<DirEntry>, Errno>;
    /// A pipe: the end to read from, the end to write to.
    fn pipe(&self) -> Result<(Fd, Fd), Errno>;
    /// An instance of `inotify`, from which events of files are read.
    fn watch(&self) -> Result<Fd, Errno>;
    /// Ends what [`FileSystem::add_watch`] began.
    fn remove_watch(&self, watch: &Fd, number: i32) -> Result<(), Errno>;
    /// Two connected stream sockets.
    fn socket_pair(&self) -> Result<(Fd, Fd), Errno>;
    /// Waits until one of `entries` is ready or the time is over; the number of those that are. No timeout waits
    /// for ever.
    fn poll(
        &self,
        entries: &mut [PollEntry<'_>],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno>;
    /// Locks a region, against other open files of this and other processes. With `wait` it blocks; otherwise false
    /// means that someone else holds a lock.
    fn lock(&self, fd: &Fd, range: LockRange, kind: LockKind, wait: bool) -> Result<bool, Errno>;
    /// Unlocks a region.
    fn unlock(&self, fd: &Fd, range: LockRange) -> Result<(), Errno>;
}

/// Mapping files into memory that the guest owns.
pub trait Memory {
    /// Size in bytes to which addresses and offsets of mappings are rounded.
    fn page_size_bytes(&self) -> usize;
    /// Replaces `length` bytes of address space at `address` by a mapping of the file from `offset`.
    ///
    /// # Safety
    /// The range must be reserved by the caller and nothing may hold a reference into it. What is read from a shared
    /// mapping may change at any time, and reading beyond the file's end raises SIGBUS.
    unsafe fn map_file(
        &self,
        fd: &Fd,
        address: usize,
        length: usize,
        offset: u64,
        access: MapAccess,
    ) -> Result<(), Errno>;
    /// Replaces `length` bytes of address space at `address` by memory that can not be accessed: undoes
    /// [`Self::map_file`] without giving up the reservation.
    ///
    /// # Safety
    /// The range must be reserved by the caller and nothing may hold a reference into it.
    unsafe fn unmap_file(&self, address: usize, length: usize) -> Result<(), Errno>;
    /// Which of the pages of a mapping are in memory; `pages` has one entry per page.
    ///
    /// # Safety
    /// The range must be one that [`Self::map_file`] has mapped.
    unsafe fn resident_pages(&self, address: usize, pages: &mut [bool]) -> Result<(), Errno>;
    /// Tells that the pages of a mapping will be used soon, or not.
    ///
    /// # Safety
    /// The range must be one that [`Self::map_file`] has mapped.
    unsafe fn advise(&self, address: usize, length: usize, will_need: bool) -> Result<(), Errno>;
    /// Waits until changes in a shared mapping have reached the file.
    ///
    /// # Safety
    /// The range must be one that [`Self::map_file`] has mapped.
    unsafe fn sync_mapping(&self, address: usize, length: usize) -> Result<(), Errno>;
}
