//! `sun.nio.fs.UnixNativeDispatcher`: operations on open files, users and groups; `UnixCopyFile`.

use super::attributes::fill_file;
use super::memory::buffer;
use super::paths::{bytes, checked};
use crate::host::{Errno, SetTime, Timestamp};
use crate::java_io::descriptor::{self, on_host, with};
use crate::java_io::nop;
use crate::state;
use crate::unsafe_natives::memory;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Result, Thread};

/// Bits that `init` answers.
mod supports {
    pub(super) const OPENAT: i32 = 1 << 1;
    pub(super) const FUTIMES: i32 = 1 << 2;
    pub(super) const FUTIMENS: i32 = 1 << 3;
    pub(super) const LUTIMES: i32 = 1 << 4;
    pub(super) const XATTR: i32 = 1 << 5;
    pub(super) const BIRTHTIME: i32 = 1 << 16;
}

/// Microseconds of a second.
pub(super) const MICROS: i64 = 1_000_000;
/// Bytes that a copy moves at once.
const COPY_BYTES: usize = 64 << 10;

fn init(_: &Thread) -> Result<i32, Retry> {
    use supports::{BIRTHTIME, FUTIMENS, FUTIMES, LUTIMES, OPENAT, XATTR};
    Ok(OPENAT | FUTIMES | FUTIMENS | LUTIMES | XATTR | BIRTHTIME)
}

fn dup(t: &Thread, fd: i32) -> Result<i32> {
    let copy = with(t, fd, |host, fd| host.duplicate(fd)).and_then(|copy| {
        let table = &state(t).resources;
        let original = table.get(fd)?;
        table.insert(original.again(copy))
    });
    checked(t, copy)
}

fn close(t: &Thread, fd: i32) -> Result<()> {
    checked(t, descriptor::close(t, fd))
}

fn read(t: &Thread, fd: i32, address: i64, length: i32) -> Result<i32> {
    let to = buffer(t, address, length.into())?;
    checked(t, with(t, fd, |host, fd| host.read(fd, to))).map(|n| n as i32)
}

fn write(t: &Thread, fd: i32, address: i64, length: i32) -> Result<i32> {
    let from = buffer(t, address, length.into())?;
    checked(t, with(t, fd, |host, fd| host.write(fd, from))).map(|n| n as i32)
}

fn fstat(t: &Thread, fd: i32, attributes: Handle) -> Result<()> {
    let stat = checked(t, with(t, fd, |host, fd| host.fstat(fd)))?;
    fill_file(t, attributes, &stat)
}

fn fchown(t: &Thread, fd: i32, uid: i32, gid: i32) -> Result<()> {
    let (uid, gid) = (u32::try_from(uid).ok(), u32::try_from(gid).ok());
    checked(t, with(t, fd, |host, fd| host.fchown(fd, uid, gid)))
}

fn fchmod(t: &Thread, fd: i32, mode: i32) -> Result<()> {
    checked(t, with(t, fd, |host, fd| host.fchmod(fd, mode as u32)))
}

/// A time in units of which `per_second` are a second. As HotSpot hands it to the system, a time
/// before 1970 that is no whole second is refused (for which Java then takes 1970).
pub(super) fn moment(time: i64, per_second: i64) -> Result<SetTime, Errno> {
    let (seconds, part) = (time / per_second, time % per_second);
    let nanos = u32::try_from(part * (1_000_000_000 / per_second)).map_err(|_| Errno::INVAL)?;
    Ok(SetTime::At(Timestamp { seconds, nanos }))
}

/// Sets the times of an open file, in units of which `per_second` are a second.
fn set_times(t: &Thread, fd: i32, times: [i64; 2], per_second: i64) -> Result<()> {
    let [accessed, modified] = times.map(|time| moment(time, per_second));
    checked(t, with(t, fd, |host, fd| host.fset_times(fd, accessed?, modified?)))
}

fn futimes(t: &Thread, fd: i32, accessed: i64, modified: i64) -> Result<()> {
    set_times(t, fd, [accessed, modified], MICROS)
}

fn futimens(t: &Thread, fd: i32, accessed: i64, modified: i64) -> Result<()> {
    set_times(t, fd, [accessed, modified], 1_000_000_000)
}

/// A name, which must be there and not be empty.
fn name_bytes(t: &Thread, found: Result<Option<OsString>, Errno>) -> Result<Handle> {
    let name = found.and_then(|name| name.filter(|it| !it.is_empty()).ok_or(Errno::NOENT));
    let name = checked(t, name)?;
    bytes(t, name.as_bytes())
}

fn user_name(t: &Thread, uid: i32) -> Result<Handle> {
    name_bytes(t, on_host(t, |host| host.user_name(uid as u32)))
}

fn group_name(t: &Thread, gid: i32) -> Result<Handle> {
    name_bytes(t, on_host(t, |host| host.group_name(gid as u32)))
}

/// `getpwnam0`: -1 if there is no such user.
fn user_id(t: &Thread, address: i64) -> Result<i32> {
    let name = String::from_utf8_lossy(&memory::text(t, address)?).into_owned();
    checked(t, on_host(t, |host| host.user_id(&name))).map(|id| id.map_or(-1, |id| id as i32))
}

/// `getgrnam0`: -1 if there is no such group.
fn group_id(t: &Thread, address: i64) -> Result<i32> {
    let name = String::from_utf8_lossy(&memory::text(t, address)?).into_owned();
    checked(t, on_host(t, |host| host.group_id(&name))).map(|id| id.map_or(-1, |id| id as i32))
}

fn strerror(t: &Thread, error: i32) -> Result<Handle> {
    bytes(t, Errno(error).message().as_bytes())
}

/// `UnixCopyFile.transfer`: copies to the end. A number other than 0 at `cancel` breaks it off.
fn transfer(t: &Thread, to: i32, from: i32, cancel: i64) -> Result<()> {
    if cancel != 0 {
        memory::native(t, cancel, 4)?;
    }
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let count = checked(t, with(t, from, |host, fd| host.read(fd, &mut buffer)))?;
        if count == 0 {
            return Ok(());
        }
        if cancel != 0 && t.vm().heap.read_u32(cancel as usize & !3) != 0 {
            return checked(t, Err(Errno(libc::ECANCELED)));
        }
        let mut left = &buffer[..count];
        while !left.is_empty() {
            let written = checked(t, with(t, to, |host, fd| host.write(fd, left)))?;
            left = &left[written..];
        }
    }
}

/// `bufferedCopy0`: as [`transfer`], through a buffer of its own.
fn buffered_copy(
    t: &Thread,
    to: i32,
    from: i32,
    _address: i64,
    _length: i32,
    cancel: i64,
) -> Result<()> {
    transfer(t, to, from, cancel)
}

/// `directCopy0`: Java copies through a buffer instead.
fn direct_copy(_: &Thread, _to: i32, _from: i32, _cancel: i64) -> Result<i32, Retry> {
    Ok(super::file_dispatcher::status::UNSUPPORTED_CASE as i32)
}

/// `posix_fadvise`: advice that is not needed.
fn advise(_: &Thread, _fd: i32, _offset: i64, _length: i64, _advice: i32) -> Result<i32, Retry> {
    Ok(0)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/fs/UnixNativeDispatcher" {
            "init" "()I" => leaf init;
            "dup" "(I)I" => full dup;
            "close0" "(I)V" => full close;
            "read" "(IJI)I" => full read;
            "read0" "(IJI)I" => full read;
            "write" "(IJI)I" => full write;
            "write0" "(IJI)I" => full write;
            "fstat" "(ILsun/nio/fs/UnixFileAttributes;)V" => full fstat;
            "fstat0" "(ILsun/nio/fs/UnixFileAttributes;)V" => full fstat;
            "fchown" "(III)V" => full fchown;
            "fchown0" "(III)V" => full fchown;
            "fchmod" "(II)V" => full fchmod;
            "fchmod0" "(II)V" => full fchmod;
            "futimens0" "(IJJ)V" => full futimens;
            "futimes" "(IJJ)V" => full futimes;
            "futimens" "(IJJ)V" => full futimens;
            "getpwuid" "(I)[B" => full user_name;
            "getgrgid" "(I)[B" => full group_name;
            "getpwnam0" "(J)I" => full user_id;
            "getgrnam0" "(J)I" => full group_id;
            "strerror" "(I)[B" => full strerror;
        }
        "sun/nio/fs/LinuxNativeDispatcher" {
            "init" "()V" => leaf nop;
            "directCopy0" "(IIJ)I" => leaf direct_copy;
            "posix_fadvise" "(IJJI)I" => leaf advise;
        }
        "sun/nio/fs/UnixCopyFile" {
            "transfer" "(IIJ)V" => full transfer;
        }
        "sun/nio/fs/UnixFileSystem" {
            "bufferedCopy0" "(IIJIJ)V" => full buffered_copy;
        }
    }
}
