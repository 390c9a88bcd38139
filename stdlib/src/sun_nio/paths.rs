//! `sun.nio.fs.UnixNativeDispatcher`: operations on paths.

use super::attributes::{fill_file, fill_store};
use super::memory::path;
use super::open_flags;
use super::unix_dispatcher::{MICROS, moment};
use crate::host::{AccessMode, DirStream, Errno, Host, Links, OpenFlags, Resource};
use crate::java_io::descriptor::{self, on_host, with};
use crate::java_io::errors;
use crate::state;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread, object};

/// `UnixException` for an error.
pub(super) fn checked<R>(t: &Thread, result: Result<R, Errno>) -> Result<R> {
    result.map_err(|error| errors::unix(t, error))
}

/// Does something with the path at an address.
fn on_path<R>(
    t: &Thread,
    address: i64,
    operation: impl Fn(&dyn Host, &Path) -> Result<R, Errno>,
) -> Result<R> {
    let path = path(t, address)?;
    checked(t, on_host(t, |host| operation(host, &path)))
}

/// Does something with two paths.
fn on_paths(
    t: &Thread,
    (first, second): (i64, i64),
    operation: impl Fn(&dyn Host, &Path, &Path) -> Result<(), Errno>,
) -> Result<()> {
    let (first, second) = (path(t, first)?, path(t, second)?);
    checked(t, on_host(t, |host| operation(host, &first, &second)))
}

/// A new `byte[]`.
pub(super) fn bytes(t: &Thread, bytes: &[u8]) -> Result<Handle> {
    Ok(t.handle(object::new_byte_array(t, bytes)?))
}

fn path_bytes(t: &Thread, path: PathBuf) -> Result<Handle> {
    bytes(t, path.as_os_str().as_bytes())
}

fn getcwd(t: &Thread) -> Result<Handle> {
    let path = checked(t, on_host(t, |host| host.current_dir()))?;
    path_bytes(t, path)
}

fn open(t: &Thread, address: i64, flags: i32, mode: i32) -> Result<i32> {
    let (path, flags) = (path(t, address)?, open_flags::from_java(t, flags)?);
    checked(t, descriptor::open(t, path, flags, mode as u32))
}

fn open_at(t: &Thread, dir: i32, address: i64, flags: i32, mode: i32) -> Result<i32> {
    let (name, flags) = (path(t, address)?, open_flags::from_java(t, flags)?);
    let opened = with(t, dir, |host, dir| host.open_at(dir, &name, flags, mode as u32));
    let table = &state(t).resources;
    let inserted = opened.and_then(|fd| {
        let origin = table.get(dir)?.origin.as_ref().map(|(dir, _)| dir.join(&name));
        table.insert(Resource::file(fd, origin.unwrap_or(name), flags))
    });
    checked(t, inserted)
}

fn link(t: &Thread, existing: i64, new: i64) -> Result<()> {
    on_paths(t, (existing, new), |host, existing, new| host.link(existing, new))
}

fn symlink(t: &Thread, target: i64, new: i64) -> Result<()> {
    on_paths(t, (target, new), |host, target, new| host.symlink(target, new))
}

fn rename(t: &Thread, from: i64, to: i64) -> Result<()> {
    on_paths(t, (from, to), |host, from, to| host.rename(from, to))
}

fn rename_at(t: &Thread, from_dir: i32, from: i64, to_dir: i32, to: i64) -> Result<()> {
    let (from, to) = (path(t, from)?, path(t, to)?);
    let target = checked(t, state(t).resources.get(to_dir))?;
    let done =
        with(t, from_dir, |host, from_dir| host.rename_at(from_dir, &from, target.fd()?, &to));
    checked(t, done)
}

fn unlink(t: &Thread, address: i64) -> Result<()> {
    on_path(t, address, |host, path| host.unlink(path))
}

fn unlink_at(t: &Thread, dir: i32, address: i64, flags: i32) -> Result<()> {
    let name = path(t, address)?;
    let directory = flags & libc::AT_REMOVEDIR != 0;
    checked(t, with(t, dir, |host, dir| host.unlink_at(dir, &name, directory)))
}

fn mknod(t: &Thread, address: i64, mode: i32, device: i64) -> Result<()> {
    on_path(t, address, |host, path| host.make_node(path, mode as u32, device as u64))
}

fn mkdir(t: &Thread, address: i64, mode: i32) -> Result<()> {
    on_path(t, address, |host, path| host.make_dir(path, mode as u32))
}

fn rmdir(t: &Thread, address: i64) -> Result<()> {
    on_path(t, address, |host, path| host.remove_dir(path))
}

fn readlink(t: &Thread, address: i64) -> Result<Handle> {
    let target = on_path(t, address, |host, path| host.read_link(path))?;
    path_bytes(t, target)
}

fn realpath(t: &Thread, address: i64) -> Result<Handle> {
    let found = on_path(t, address, |host, path| host.real_path(path))?;
    path_bytes(t, found)
}

fn stat(t: &Thread, address: i64, attributes: Handle) -> Result<()> {
    let stat = on_path(t, address, |host, path| host.stat(path, Links::Follow))?;
    fill_file(t, attributes, &stat)
}

/// `stat0` of releases where it answers the error's number.
fn stat_or_error(t: &Thread, address: i64, attributes: Handle) -> Result<i32> {
    let path = path(t, address)?;
    match on_host(t, |host| host.stat(&path, Links::Follow)) {
        Ok(stat) => fill_file(t, attributes, &stat).map(|()| 0),
        Err(error) => Ok(error.0),
    }
}

/// `access0` of releases where it answers the error's number.
fn access_or_error(t: &Thread, address: i64, mode: i32) -> Result<i32> {
    let path = path(t, address)?;
    let result = on_host(t, |host| host.access(&path, AccessMode(mode as u32 & 7)));
    Ok(result.map_or_else(|error| error.0, |()| 0))
}

/// `utimensat0`: times in nanoseconds.
fn utimens_at(
    t: &Thread,
    directory: i32,
    address: i64,
    accessed: i64,
    modified: i64,
    flags: i32,
) -> Result<()> {
    const NANOS: i64 = 1_000_000_000;
    let path = path(t, address)?;
    let follow = flags & libc::AT_SYMLINK_NOFOLLOW == 0;
    if directory == libc::AT_FDCWD || path.is_absolute() {
        let links = if follow { Links::Follow } else { Links::NoFollow };
        let done = on_host(t, |host| {
            host.set_times(&path, moment(accessed, NANOS)?, moment(modified, NANOS)?, links)
        });
        return checked(t, done);
    }
    let flags = if follow { OpenFlags::READ } else { OpenFlags::READ | OpenFlags::NO_FOLLOW };
    let done = with(t, directory, |host, dir| {
        let fd = host.open_at(dir, &path, flags, 0)?;
        host.fset_times(&fd, moment(accessed, NANOS)?, moment(modified, NANOS)?)
    });
    checked(t, done)
}

/// `fchmodat0`; links have no permissions of their own.
fn chmod_at(t: &Thread, directory: i32, address: i64, mode: i32, _flags: i32) -> Result<()> {
    let path = path(t, address)?;
    if directory == libc::AT_FDCWD || path.is_absolute() {
        return checked(t, on_host(t, |host| host.chmod(&path, mode as u32)));
    }
    let done = with(t, directory, |host, dir| {
        let fd = host.open_at(dir, &path, OpenFlags::READ, 0)?;
        host.fchmod(&fd, mode as u32)
    });
    checked(t, done)
}

fn not_supported(_: &Thread) -> Result<bool, Retry> {
    Ok(false)
}

/// `stat1`: type and permissions; 0 for what is not there.
fn stat_mode(t: &Thread, address: i64) -> Result<i32> {
    let path = path(t, address)?;
    let stat = on_host(t, |host| host.stat(&path, Links::Follow));
    Ok(stat.map_or(0, |stat| stat.mode as i32))
}

fn lstat(t: &Thread, address: i64, attributes: Handle) -> Result<()> {
    let stat = on_path(t, address, |host, path| host.stat(path, Links::NoFollow))?;
    fill_file(t, attributes, &stat)
}

fn fstat_at(t: &Thread, dir: i32, address: i64, flags: i32, attributes: Handle) -> Result<()> {
    let name = path(t, address)?;
    let no_follow = flags & libc::AT_SYMLINK_NOFOLLOW != 0;
    let links = if no_follow { Links::NoFollow } else { Links::Follow };
    let stat = checked(t, with(t, dir, |host, dir| host.stat_at(dir, &name, links)))?;
    fill_file(t, attributes, &stat)
}

fn change_owner(t: &Thread, address: i64, uid: i32, gid: i32, links: Links) -> Result<()> {
    let (uid, gid) = (u32::try_from(uid).ok(), u32::try_from(gid).ok());
    on_path(t, address, |host, path| host.chown(path, uid, gid, links))
}

fn chown(t: &Thread, address: i64, uid: i32, gid: i32) -> Result<()> {
    change_owner(t, address, uid, gid, Links::Follow)
}

fn lchown(t: &Thread, address: i64, uid: i32, gid: i32) -> Result<()> {
    change_owner(t, address, uid, gid, Links::NoFollow)
}

fn chmod(t: &Thread, address: i64, mode: i32) -> Result<()> {
    on_path(t, address, |host, path| host.chmod(path, mode as u32))
}

fn set_times(t: &Thread, address: i64, accessed: i64, modified: i64, links: Links) -> Result<()> {
    let (accessed, modified) = (moment(accessed, MICROS), moment(modified, MICROS));
    on_path(t, address, |host, path| host.set_times(path, accessed?, modified?, links))
}

fn utimes(t: &Thread, address: i64, accessed: i64, modified: i64) -> Result<()> {
    set_times(t, address, accessed, modified, Links::Follow)
}

fn lutimes(t: &Thread, address: i64, accessed: i64, modified: i64) -> Result<()> {
    set_times(t, address, accessed, modified, Links::NoFollow)
}

fn access(t: &Thread, address: i64, mode: i32) -> Result<()> {
    on_path(t, address, |host, path| host.access(path, AccessMode(mode as u32 & 7)))
}

fn exists(t: &Thread, address: i64) -> Result<bool> {
    let path = path(t, address)?;
    Ok(on_host(t, |host| host.access(&path, AccessMode::EXISTS)).is_ok())
}

fn statvfs(t: &Thread, address: i64, attributes: Handle) -> Result<()> {
    let info = on_path(t, address, |host, path| host.file_system_info(path))?;
    fill_store(t, attributes, &info)
}

/// A directory stream as Java holds it: its number in the table plus one, as 0 means none.
fn dir_number(stream: i64) -> i32 {
    i32::try_from(stream - 1).unwrap_or(-1)
}

fn opendir(t: &Thread, address: i64) -> Result<i64> {
    let path = path(t, address)?;
    let opened = on_host(t, |host| host.open_dir(&path));
    let number = opened.and_then(|dir| state(t).resources.insert(Resource::directory(dir, path)));
    checked(t, number).map(|number| i64::from(number) + 1)
}

/// `fdopendir`: the stream takes the descriptor's place.
fn fdopendir(t: &Thread, fd: i32) -> Result<i64> {
    let replaced = with(t, fd, |host, fd| host.dir_stream(fd)).and_then(|dir: DirStream| {
        let table = &state(t).resources;
        let path = table.get(fd)?.origin.as_ref().map(|(path, _)| path.clone());
        table.replace(fd, Resource::directory(dir, path.unwrap_or_default()))
    });
    checked(t, replaced).map(|_| i64::from(fd) + 1)
}

fn closedir(t: &Thread, stream: i64) -> Result<()> {
    checked(t, descriptor::close(t, dir_number(stream)))
}

/// `readdir`: the next name, null at the end.
fn readdir(t: &Thread, stream: i64) -> Result<Handle> {
    let resource = checked(t, state(t).resources.get(dir_number(stream)))?;
    let next = on_host(t, |host| host.next_dir_entry(resource.dir()?));
    match checked(t, next)? {
        Some(entry) => bytes(t, entry.name.as_bytes()),
        None => Ok(t.handle(Ref::NULL)),
    }
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/fs/UnixNativeDispatcher" {
            "getcwd" "()[B" => full getcwd;
            "open0" "(JII)I" => full open;
            "openat0" "(IJII)I" => full open_at;
            "link0" "(JJ)V" => full link;
            "symlink0" "(JJ)V" => full symlink;
            "rename0" "(JJ)V" => full rename;
            "renameat0" "(IJIJ)V" => full rename_at;
            "unlink0" "(J)V" => full unlink;
            "unlinkat0" "(IJI)V" => full unlink_at;
            "mknod0" "(JIJ)V" => full mknod;
            "mkdir0" "(JI)V" => full mkdir;
            "rmdir0" "(J)V" => full rmdir;
            "readlink0" "(J)[B" => full readlink;
            "realpath0" "(J)[B" => full realpath;
            "stat0" "(JLsun/nio/fs/UnixFileAttributes;)V" => full stat;
            "stat0" "(JLsun/nio/fs/UnixFileAttributes;)I" => full stat_or_error;
            "access0" "(JI)I" => full access_or_error;
            "utimensat0" "(IJJJI)V" => full utimens_at;
            "fchmodat0" "(IJII)V" => full chmod_at;
            "fchmodatNoFollowSupported0" "()Z" => leaf not_supported;
            "stat1" "(J)I" => full stat_mode;
            "lstat0" "(JLsun/nio/fs/UnixFileAttributes;)V" => full lstat;
            "fstatat0" "(IJILsun/nio/fs/UnixFileAttributes;)V" => full fstat_at;
            "chown0" "(JII)V" => full chown;
            "lchown0" "(JII)V" => full lchown;
            "chmod0" "(JI)V" => full chmod;
            "utimes0" "(JJJ)V" => full utimes;
            "lutimes0" "(JJJ)V" => full lutimes;
            "access0" "(JI)V" => full access;
            "exists0" "(J)Z" => full exists;
            "statvfs0" "(JLsun/nio/fs/UnixFileStoreAttributes;)V" => full statvfs;
            "opendir0" "(J)J" => full opendir;
            "fdopendir" "(I)J" => full fdopendir;
            "closedir" "(J)V" => full closedir;
            "readdir" "(J)[B" => full readdir;
            "readdir0" "(J)[B" => full readdir;
        }
    }
}
