//! `RandomAccessFile`.

use super::streams::{self, check_open};
use super::{descriptor, errors};
use crate::host::OpenFlags;
use crate::state;
use std::io::SeekFrom;
use vm::{Handle, Result, Thread};

/// Bits of `RandomAccessFile`'s own mode.
mod mode {
    pub(super) const READ_WRITE: i32 = 2;
    pub(super) const SYNC: i32 = 4;
    pub(super) const DATA_SYNC: i32 = 8;
}

fn number(t: &Thread, this: Handle) -> Result<i32> {
    let field = state(t).io.offsets.random_fd(t)?;
    descriptor::number_in(t, this, field)
}

/// `open0`
pub(super) fn open0(t: &Thread, this: Handle, path: Handle, asked: i32) -> Result<()> {
    let field = state(t).io.offsets.random_fd(t)?;
    let mut flags = OpenFlags::READ;
    if asked & mode::READ_WRITE != 0 {
        flags = OpenFlags::READ_WRITE | OpenFlags::CREATE;
        if asked & mode::SYNC != 0 {
            flags = flags | OpenFlags::SYNC;
        } else if asked & mode::DATA_SYNC != 0 {
            flags = flags | OpenFlags::DATA_SYNC;
        }
    }
    streams::open_for(t, this, field, path, flags)
}

/// `read0`
pub(super) fn read0(t: &Thread, this: Handle) -> Result<i32> {
    streams::read_one(t, number(t, this)?)
}

/// `readBytes`
pub(super) fn read_bytes(
    t: &Thread,
    this: Handle,
    array: Handle,
    offset: i32,
    length: i32,
) -> Result<i32> {
    streams::read_into(t, number(t, this)?, array, offset, length)
}

/// `write0`
pub(super) fn write0(t: &Thread, this: Handle, byte: i32) -> Result<()> {
    streams::write_one(t, number(t, this)?, byte)
}

/// `writeBytes`
pub(super) fn write_bytes(
    t: &Thread,
    this: Handle,
    array: Handle,
    offset: i32,
    length: i32,
) -> Result<()> {
    streams::write_from(t, number(t, this)?, array, offset, length)
}

/// `getFilePointer`
pub(super) fn get_file_pointer(t: &Thread, this: Handle) -> Result<i64> {
    streams::seek(t, number(t, this)?, SeekFrom::Current(0))
}

/// `seek0`
pub(super) fn seek0(t: &Thread, this: Handle, position: i64) -> Result<()> {
    let number = number(t, this)?;
    check_open(t, number)?;
    let Ok(position) = u64::try_from(position) else {
        return Err(errors::io_text(t, "Negative seek offset"));
    };
    streams::seek(t, number, SeekFrom::Start(position)).map(|_| ())
}

/// `length`
pub(super) fn length(t: &Thread, this: Handle) -> Result<i64> {
    streams::size(t, number(t, this)?)
}

/// `setLength`: a position beyond the new end moves to the end.
pub(super) fn set_length(t: &Thread, this: Handle, length: i64) -> Result<()> {
    let number = number(t, this)?;
    check_open(t, number)?;
    let Ok(length) = u64::try_from(length) else {
        return Err(errors::io(t, crate::host::Errno::INVAL));
    };
    let done = descriptor::with(t, number, |host, fd| {
        let position = host.seek(fd, SeekFrom::Current(0))?;
        host.truncate(fd, length)?;
        let to = if position > length { SeekFrom::End(0) } else { SeekFrom::Start(position) };
        host.seek(fd, to)
    });
    done.map(|_| ()).map_err(|error| errors::io(t, error))
}
