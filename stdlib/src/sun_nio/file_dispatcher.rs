//! `sun.nio.ch.FileDispatcherImpl`: reading and writing open files.

use super::memory::{buffer, gather, scatter};
use crate::host::{Errno, Fd, Host, LockKind, LockRange};
use crate::java_io::descriptor::{self, number, once, with};
use crate::java_io::{errors, nop};
use crate::state;
use std::io::SeekFrom;
use std::sync::atomic::Ordering;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Result, Thread};

/// Negative results of transfers (`sun.nio.ch.IOStatus`).
pub(super) mod status {
    pub(crate) const EOF: i64 = -1;
    pub(crate) const UNAVAILABLE: i64 = -2;
    pub(crate) const INTERRUPTED: i64 = -3;
    pub(crate) const UNSUPPORTED: i64 = -4;
    pub(crate) const UNSUPPORTED_CASE: i64 = -6;
}

/// Results of `lock0` (`sun.nio.ch.FileDispatcher`).
mod lock_result {
    pub(super) const NO_LOCK: i32 = -1;
    pub(super) const LOCKED: i32 = 0;
    pub(super) const INTERRUPTED: i32 = 2;
}

/// What a write has done, as Java wants it.
pub(super) fn written(t: &Thread, result: Result<usize, Errno>) -> Result<i64> {
    match result {
        Ok(n) => Ok(n as i64),
        Err(Errno::AGAIN) => Ok(status::UNAVAILABLE),
        Err(Errno::INTR) => Ok(status::INTERRUPTED),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// What a read has done, as Java wants it.
pub(super) fn was_read(t: &Thread, result: Result<usize, Errno>) -> Result<i64> {
    if result == Ok(0) { Ok(status::EOF) } else { written(t, result) }
}

fn read0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let to = buffer(t, address, length.into())?;
    was_read(t, once(t, n, |host, fd| host.read(fd, to))).map(|n| n as i32)
}

fn write0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let from = buffer(t, address, length.into())?;
    written(t, once(t, n, |host, fd| host.write(fd, from))).map(|n| n as i32)
}

fn pread0(t: &Thread, fd: Handle, address: i64, length: i32, position: i64) -> Result<i32> {
    let n = number(t, fd)?;
    let to = buffer(t, address, length.into())?;
    was_read(t, once(t, n, |host, fd| host.pread(fd, to, at(position)?))).map(|n| n as i32)
}

fn pwrite0(t: &Thread, fd: Handle, address: i64, length: i32, position: i64) -> Result<i32> {
    let n = number(t, fd)?;
    let from = buffer(t, address, length.into())?;
    written(t, once(t, n, |host, fd| host.pwrite(fd, from, at(position)?))).map(|n| n as i32)
}

fn at(position: i64) -> Result<u64, Errno> {
    u64::try_from(position).map_err(|_| Errno::INVAL)
}

fn readv0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let mut to = scatter(t, address, count)?;
    was_read(t, once(t, n, |host, fd| host.readv(fd, &mut to)))
}

fn writev0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let from = gather(t, address, count)?;
    written(t, once(t, n, |host, fd| host.writev(fd, &from)))
}

/// Does something with a file; a signal shows as a status.
fn done<R>(
    t: &Thread,
    fd: Handle,
    operation: impl FnOnce(&dyn Host, &Fd) -> Result<R, Errno>,
    value: impl FnOnce(R) -> i64,
) -> Result<i64> {
    let n = number(t, fd)?;
    match once(t, n, operation) {
        Ok(result) => Ok(value(result)),
        Err(Errno::INTR) => Ok(status::INTERRUPTED),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn force0(t: &Thread, fd: Handle, metadata: bool) -> Result<i32> {
    done(t, fd, |host, fd| host.sync(fd, !metadata), |()| 0).map(|n| n as i32)
}

/// Negative positions ask for the present one.
fn seek0(t: &Thread, fd: Handle, position: i64) -> Result<i64> {
    let to = match u64::try_from(position) {
        Ok(position) => SeekFrom::Start(position),
        Err(_) => SeekFrom::Current(0),
    };
    done(t, fd, |host, fd| host.seek(fd, to), |position| position as i64)
}

fn truncate0(t: &Thread, fd: Handle, size: i64) -> Result<i32> {
    done(t, fd, |host, fd| host.truncate(fd, at(size)?), |()| 0).map(|n| n as i32)
}

fn size0(t: &Thread, fd: Handle) -> Result<i64> {
    done(t, fd, |host, fd| host.size_bytes(fd), |size| size as i64)
}

/// `Long.MAX_VALUE` means up to the end, wherever that will be.
fn range(position: i64, size: i64) -> Result<LockRange, Errno> {
    let length = if size == i64::MAX { 0 } else { at(size)? };
    Ok(LockRange { start: at(position)?, length })
}

fn lock0(
    t: &Thread,
    fd: Handle,
    block: bool,
    position: i64,
    size: i64,
    shared: bool,
) -> Result<i32> {
    let n = number(t, fd)?;
    let kind = if shared { LockKind::Shared } else { LockKind::Exclusive };
    match once(t, n, |host, fd| host.lock(fd, range(position, size)?, kind, block)) {
        Ok(true) => Ok(lock_result::LOCKED),
        Ok(false) => Ok(lock_result::NO_LOCK),
        Err(Errno::INTR) => Ok(lock_result::INTERRUPTED),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn release0(t: &Thread, fd: Handle, position: i64, size: i64) -> Result<()> {
    let n = number(t, fd)?;
    with(t, n, |host, fd| host.unlock(fd, range(position, size)?))
        .map_err(|error| errors::io(t, error))
}

pub(super) fn close0(t: &Thread, fd: Handle) -> Result<()> {
    let n = number(t, fd)?;
    close_number(t, n)
}

pub(super) fn close_number(t: &Thread, n: i32) -> Result<()> {
    if n < 0 {
        return Ok(());
    }
    descriptor::close(t, n).map_err(|error| errors::io(t, error))
}

/// `preClose0`: keeps the number taken, but puts something behind it that has come to its end, while other threads
/// may still be using it. Whoever is blocked in the old file stays so until signalled.
pub(super) fn pre_close0(t: &Thread, fd: Handle) -> Result<()> {
    let n = number(t, fd)?;
    if n < 0 {
        return Ok(());
    }
    let redirected = dead_socket(t).and_then(|dead| with(t, n, |host, fd| host.redirect(fd, dead)));
    if let Ok(resource) = state(t).resources.get(n) {
        resource.notes.is_dead.store(redirected.is_ok(), Ordering::Relaxed);
    }
    redirected.map_err(|error| errors::io(t, error))
}

/// A socket whose other end is closed; made once.
fn dead_socket(t: &Thread) -> Result<&Fd, Errno> {
    let cell = &state(t).nio.dead_socket;
    match cell.get() {
        Some(dead) => Ok(dead),
        None => {
            let (dead, _) = descriptor::on_host(t, |host| host.socket_pair())?;
            Ok(cell.get_or_init(|| dead))
        }
    }
}

/// `dup0`: the second descriptor becomes another for the first one's file.
pub(super) fn dup0(t: &Thread, from: Handle, to: Handle) -> Result<()> {
    let (from, to) = (number(t, from)?, number(t, to)?);
    duplicate_to(t, from, to).map_err(|error| errors::io(t, error))
}

pub(super) fn duplicate_to(t: &Thread, from: i32, to: i32) -> Result<(), Errno> {
    let table = &state(t).resources;
    let resource = table.get(from)?;
    let fd = with(t, from, |host, fd| host.duplicate(fd))?;
    let copy = resource.again(fd);
    if table.get(to).is_ok() {
        drop(table.replace(to, copy)?);
        Ok(())
    } else {
        table.insert_at(to, copy)
    }
}

/// `setDirect0`: the alignment that reads and writes need from now on.
fn set_direct0(t: &Thread, fd: Handle) -> Result<i32> {
    done(t, fd, |host, fd| host.set_direct(fd), |alignment| alignment as i64).map(|n| n as i32)
}

fn can_transfer_to_overlapped_map(_: &Thread) -> Result<bool, Retry> {
    Ok(true)
}

fn available0(t: &Thread, fd: Handle) -> Result<i32> {
    let n = number(t, fd)?;
    let available = with(t, n, |host, fd| {
        let stat = host.fstat(fd)?;
        if stat.is_stream() {
            return host.available_bytes(fd);
        }
        let position = host.seek(fd, std::io::SeekFrom::Current(0))?;
        Ok(host.size_bytes(fd)?.saturating_sub(position))
    });
    let available = available.map_err(|error| errors::io(t, error))?;
    Ok(i32::try_from(available).unwrap_or(i32::MAX))
}

/// Whether it is neither a regular file nor a directory nor a link.
fn is_other0(t: &Thread, fd: Handle) -> Result<bool> {
    let n = number(t, fd)?;
    let stat = with(t, n, |host, fd| host.fstat(fd)).map_err(|error| errors::io(t, error))?;
    Ok(!stat.is_file() && !stat.is_directory() && !stat.is_link())
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/FileDispatcherImpl" {
            "init" "()V" => leaf nop;
            "init0" "()V" => leaf nop;
            "read0" "(Ljava/io/FileDescriptor;JI)I" => full read0;
            "pread0" "(Ljava/io/FileDescriptor;JIJ)I" => full pread0;
            "readv0" "(Ljava/io/FileDescriptor;JI)J" => full readv0;
            "write0" "(Ljava/io/FileDescriptor;JI)I" => full write0;
            "pwrite0" "(Ljava/io/FileDescriptor;JIJ)I" => full pwrite0;
            "writev0" "(Ljava/io/FileDescriptor;JI)J" => full writev0;
            "seek0" "(Ljava/io/FileDescriptor;J)J" => full seek0;
            "force0" "(Ljava/io/FileDescriptor;Z)I" => full force0;
            "truncate0" "(Ljava/io/FileDescriptor;J)I" => full truncate0;
            "size0" "(Ljava/io/FileDescriptor;)J" => full size0;
            "lock0" "(Ljava/io/FileDescriptor;ZJJZ)I" => full lock0;
            "release0" "(Ljava/io/FileDescriptor;JJ)V" => full release0;
            "close0" "(Ljava/io/FileDescriptor;)V" => full close0;
            "closeIntFD" "(I)V" => full close_number;
            "preClose0" "(Ljava/io/FileDescriptor;)V" => full pre_close0;
            "dup0" "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;)V" => full dup0;
            "setDirect0" "(Ljava/io/FileDescriptor;)I" => full set_direct0;
            "canTransferToFromOverlappedMap0" "()Z" => leaf can_transfer_to_overlapped_map;
        }
        // Since JDK 21.
        "sun/nio/ch/UnixFileDispatcherImpl" {
            "read0" "(Ljava/io/FileDescriptor;JI)I" => full read0;
            "pread0" "(Ljava/io/FileDescriptor;JIJ)I" => full pread0;
            "readv0" "(Ljava/io/FileDescriptor;JI)J" => full readv0;
            "write0" "(Ljava/io/FileDescriptor;JI)I" => full write0;
            "pwrite0" "(Ljava/io/FileDescriptor;JIJ)I" => full pwrite0;
            "writev0" "(Ljava/io/FileDescriptor;JI)J" => full writev0;
            "seek0" "(Ljava/io/FileDescriptor;J)J" => full seek0;
            "force0" "(Ljava/io/FileDescriptor;Z)I" => full force0;
            "truncate0" "(Ljava/io/FileDescriptor;J)I" => full truncate0;
            "size0" "(Ljava/io/FileDescriptor;)J" => full size0;
            "lock0" "(Ljava/io/FileDescriptor;ZJJZ)I" => full lock0;
            "release0" "(Ljava/io/FileDescriptor;JJ)V" => full release0;
            "closeIntFD" "(I)V" => full close_number;
            "setDirect0" "(Ljava/io/FileDescriptor;)I" => full set_direct0;
            "available0" "(Ljava/io/FileDescriptor;)I" => full available0;
            "isOther0" "(Ljava/io/FileDescriptor;)Z" => full is_other0;
        }
    }
}
