//! `sun.nio.ch.FileChannelImpl`: mapping and transferring; `FileKey`.
//!
//! A mapping is made over pages of the off-heap area, so that its address is one of the guest's.

use super::file_dispatcher::status;
use crate::host::{Errno, MapAccess};
use crate::java_io::descriptor::{number, number_in, once, with};
use crate::java_io::{errors, nop};
use crate::unsafe_natives::{guarded, memory};
use crate::{State, state};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions};

/// Values of `prot` in `map0`.
mod protection {
    pub(super) const READ_ONLY: i32 = 0;
    pub(super) const READ_WRITE: i32 = 1;
}

/// A part of a file that is mapped.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    /// The path that the file had; the guest may have closed it.
    pub(crate) path: Option<PathBuf>,
    /// The file's number on its device.
    pub(crate) inode: u64,
    /// Where the part begins.
    pub(crate) offset: u64,
    /// Its length.
    pub(crate) bytes: usize,
    /// What it allows.
    pub(crate) access: MapAccess,
}

/// The mapped files of a guest.
pub(crate) fn mappings(state: &State) -> MutexGuard<'_, BTreeMap<u64, Mapping>> {
    state.nio.mappings.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Most bytes that one `sendfile` takes: the kernel's limit, whole pages below 2 GiB.
const MAX_TRANSFER: i32 = 0x7fff_f000;

/// `initIDs`: the unit of a mapping's position and address.
fn allocation_granularity(t: &Thread) -> Result<i64> {
    Ok(state(t).host.page_size_bytes() as i64)
}

fn map0(
    t: &Thread,
    this: Handle,
    protection: i32,
    position: i64,
    length: i64,
    _sync: bool,
) -> Result<i64> {
    let field = state(t).io.offsets.channel_fd(t)?;
    let n = number_in(t, this, field)?;
    map(t, n, protection, position, length)
}

/// `UnixFileDispatcherImpl.map0`
fn map_descriptor(
    t: &Thread,
    fd: Handle,
    protection: i32,
    position: i64,
    length: i64,
    _sync: bool,
) -> Result<i64> {
    let n = number(t, fd)?;
    map(t, n, protection, position, length)
}

fn map(t: &Thread, n: i32, protection: i32, position: i64, length: i64) -> Result<i64> {
    let access = match protection {
        protection::READ_ONLY => MapAccess::ReadOnly,
        protection::READ_WRITE => MapAccess::ReadWrite,
        _ => MapAccess::Private,
    };
    let (Ok(offset), Ok(bytes)) = (u64::try_from(position), usize::try_from(length)) else {
        return Err(errors::io(t, Errno::INVAL));
    };
    guarded::install();
    let area = t.vm().heap.native();
    let Some(pages) = area.reserve_pages(bytes) else {
        return Err(exceptions::throw(t, "java/lang/OutOfMemoryError", "Map failed"));
    };
    let address = memory::pointer(t, pages as usize) as usize;
    // SAFETY: the pages have just been reserved, nobody else knows them.
    match with(t, n, |host, fd| unsafe { host.map_file(fd, address, bytes, offset, access) }) {
        Ok(()) => {
            let path = with(t, n, |host, fd| host.path_of(fd)).ok();
            let inode = with(t, n, |host, fd| host.fstat(fd)).map_or(0, |stat| stat.inode);
            let mapping = Mapping { path, inode, offset, bytes, access };
            mappings(state(t)).insert(pages, mapping);
            Ok(pages as i64)
        }
        Err(error) => {
            area.release_pages(pages);
            Err(match error {
                Errno(libc::ENOMEM) => {
                    exceptions::throw(t, "java/lang/OutOfMemoryError", "Map failed")
                }
                error => errors::io(t, error),
            })
        }
    }
}

fn unmap0(t: &Thread, address: i64, _length: i64) -> Result<i32> {
    let area = t.vm().heap.native();
    mappings(state(t)).remove(&(address as u64));
    // Writing back what has changed may take time.
    t.blocked(|| area.release_pages(address as u64));
    Ok(0)
}

fn transfer_to0(
    t: &Thread,
    _this: Handle,
    from: Handle,
    position: i64,
    count: i64,
    to: Handle,
) -> Result<i64> {
    transfer(t, from, position, count, to)
}

/// `FileDispatcherImpl.transferTo0`; to a file that is appended to the system does not send.
fn transfer_to_unless_appending(
    t: &Thread,
    from: Handle,
    position: i64,
    count: i64,
    to: Handle,
    append: bool,
) -> Result<i64> {
    if append { Ok(status::UNSUPPORTED_CASE) } else { transfer(t, from, position, count, to) }
}

/// `FileDispatcherImpl.transferFrom0`: Java copies by itself.
fn transfer_from(
    _: &Thread,
    _from: Ref,
    _to: Ref,
    _position: i64,
    _count: i64,
    _append: bool,
) -> Result<i64, Retry> {
    Ok(status::UNSUPPORTED)
}

fn transfer(t: &Thread, from: Handle, position: i64, count: i64, to: Handle) -> Result<i64> {
    let (from, to) = (number(t, from)?, number(t, to)?);
    let (Ok(offset), Ok(bytes)) = (u64::try_from(position), usize::try_from(count)) else {
        return Ok(status::UNSUPPORTED_CASE);
    };
    let target = state(t).resources.get(to);
    let sent = once(t, from, |host, fd| host.send_file(fd, offset, target?.fd()?, bytes));
    match sent {
        Ok(n) => Ok(n as i64),
        Err(Errno::AGAIN) => Ok(status::UNAVAILABLE),
        Err(Errno::INVAL) => Ok(status::UNSUPPORTED_CASE),
        Err(Errno::NOSYS) => Ok(status::UNSUPPORTED),
        Err(Errno::INTR) => Ok(status::INTERRUPTED),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn max_direct_transfer_size(_: &Thread) -> Result<i32, Retry> {
    Ok(MAX_TRANSFER)
}

/// `FileKey.init`
fn key_init(t: &Thread, this: Handle, fd: Handle) -> Result<()> {
    let offsets = &state(t).io.offsets;
    let (device_at, inode_at) = (offsets.key_device(t)?, offsets.key_inode(t)?);
    let n = number(t, fd)?;
    let stat = with(t, n, |host, fd| host.fstat(fd)).map_err(|error| errors::io(t, error))?;
    let this = t.get(this);
    t.vm().set_u64(this, device_at, stat.device);
    t.vm().set_u64(this, inode_at, stat.inode);
    Ok(())
}

/// `FileKey.init` of releases that keep device and inode in an array.
fn key_init_array(t: &Thread, fd: Handle, info: Handle) -> Result<()> {
    let n = number(t, fd)?;
    let stat = with(t, n, |host, fd| host.fstat(fd)).map_err(|error| errors::io(t, error))?;
    let info = t.get(info);
    if info.is_null() {
        return Err(exceptions::npe(t));
    }
    for (i, value) in [stat.device, stat.inode].into_iter().enumerate() {
        t.vm().set_u64(info, (gc::ARRAY_DATA_OFFSET + 8 * i) as u32, value);
    }
    Ok(())
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/FileChannelImpl" {
            "initIDs" "()J" => full allocation_granularity;
            "map0" "(IJJZ)J" => full map0;
            "unmap0" "(JJ)I" => full unmap0;
            "transferTo0" "(Ljava/io/FileDescriptor;JJLjava/io/FileDescriptor;)J" => full transfer_to0;
            "maxDirectTransferSize0" "()I" => leaf max_direct_transfer_size;
        }
        "sun/nio/ch/FileKey" {
            "initIDs" "()V" => leaf nop;
            "init" "(Ljava/io/FileDescriptor;)V" => full key_init;
            "init" "(Ljava/io/FileDescriptor;[J)V" => full key_init_array;
        }
        "sun/nio/ch/UnixFileDispatcherImpl" {
            "allocationGranularity0" "()J" => full allocation_granularity;
            "map0" "(Ljava/io/FileDescriptor;IJJZ)J" => full map_descriptor;
            "unmap0" "(JJ)I" => full unmap0;
        }
        "sun/nio/ch/FileDispatcherImpl" {
            "transferTo0" "(Ljava/io/FileDescriptor;JJLjava/io/FileDescriptor;Z)J" =>
                full transfer_to_unless_appending;
            "transferFrom0" "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;JJZ)J" =>
                leaf transfer_from;
        }
    }
}
