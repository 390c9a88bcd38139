//! `FileInputStream` and `FileOutputStream`, and what they share with `RandomAccessFile`.

use super::descriptor::{self, with};
use super::{errors, text};
use crate::host::{Descriptors, Errno, Fd, Handle as HostHandle, Host, OpenFlags};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::ffi::OsString;
use std::io::SeekFrom;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use vm::{Handle, Result, Thread, exceptions};

/// Bytes that are transferred through the Rust stack.
const SMALL_BYTES: usize = 8 << 10;

fn input(t: &Thread, this: Handle) -> Result<i32> {
    let field = state(t).io.offsets.input_fd(t)?;
    descriptor::number_in(t, this, field)
}

fn output(t: &Thread, this: Handle) -> Result<i32> {
    let field = state(t).io.offsets.output_fd(t)?;
    descriptor::number_in(t, this, field)
}

/// Refuses a stream that was closed.
pub(super) fn check_open(t: &Thread, number: i32) -> Result<()> {
    if number == -1 { Err(errors::io_text(t, "Stream Closed")) } else { Ok(()) }
}

/// Opens the file for the descriptor in the stream's field.
pub(super) fn open_for(
    t: &Thread,
    stream: Handle,
    field: u32,
    path: Handle,
    flags: OpenFlags,
) -> Result<()> {
    let offsets = &state(t).io.offsets;
    let (fd_at, append_at) = (offsets.descriptor_fd(t)?, offsets.descriptor_append(t)?);
    let number = descriptor::open_file(t, without_slashes(text::path(t, path)?), flags)
        .map_err(|error| errors::file_not_found(t, path, error))?;
    let vm = t.vm();
    let descriptor = vm.get_ref(t.get(stream), field);
    if !descriptor.is_null() {
        vm.set_u32(descriptor, fd_at, number as u32);
        vm.set_u8(descriptor, append_at, flags.contains(OpenFlags::APPEND) as u8);
    }
    Ok(())
}

/// Without slashes at the end, so that opening `file/` is like opening `file`.
fn without_slashes(path: PathBuf) -> PathBuf {
    let mut bytes = path.into_os_string().into_vec();
    while bytes.len() > 1 && bytes.last() == Some(&b'/') {
        bytes.pop();
    }
    OsString::from_vec(bytes).into()
}

/// Checks a piece of a `byte[]`; its length is the result.
fn check_piece(t: &Thread, array: Handle, offset: i32, length: i32) -> Result<usize> {
    let array = t.get(array);
    if array.is_null() {
        return Err(exceptions::npe(t));
    }
    let (at, count) = (offset as u32 as usize, length as u32 as usize);
    if offset < 0 || length < 0 || at + count > t.vm().array_len(array) {
        return Err(errors::out_of_bounds(t));
    }
    Ok(count)
}

fn with_buffer<R>(bytes: usize, f: impl FnOnce(&mut [u8]) -> R) -> R {
    if bytes <= SMALL_BYTES { f(&mut [0; SMALL_BYTES][..bytes]) } else { f(&mut vec![0; bytes]) }
}

/// Reads into a piece of a `byte[]`: the number of bytes, -1 at the end.
pub(super) fn read_into(
    t: &Thread,
    number: i32,
    array: Handle,
    offset: i32,
    length: i32,
) -> Result<i32> {
    let count = check_piece(t, array, offset, length)?;
    if count == 0 {
        return Ok(0);
    }
    check_open(t, number)?;
    with_buffer(count, |buffer| {
        let read = with(t, number, |host, fd| host.read(fd, buffer));
        match read.map_err(|error| errors::io(t, error))? {
            0 => Ok(-1),
            n => {
                let at = ARRAY_DATA_OFFSET + offset as usize;
                t.vm().write_bytes(t.get(array), at, &buffer[..n]);
                Ok(n as i32)
            }
        }
    })
}

/// Writes a whole piece of a `byte[]`.
pub(super) fn write_from(
    t: &Thread,
    number: i32,
    array: Handle,
    offset: i32,
    length: i32,
) -> Result<()> {
    let count = check_piece(t, array, offset, length)?;
    if count == 0 {
        return Ok(());
    }
    check_open(t, number)?;
    with_buffer(count, |buffer| {
        t.vm().read_bytes(t.get(array), ARRAY_DATA_OFFSET + offset as usize, buffer);
        write_all(t, number, buffer)
    })
}

fn write_all(t: &Thread, number: i32, mut bytes: &[u8]) -> Result<()> {
    if let Ok(resource) = state(t).resources.get(number)
        && let HostHandle::Sink(sink) = &resource.handle
    {
        let written = t.blocked(|| sink.write_all(bytes));
        return written.map_err(|error| errors::io_text(t, &error.to_string()));
    }
    while !bytes.is_empty() {
        let written = with(t, number, |host, fd| host.write(fd, bytes));
        bytes = &bytes[written.map_err(|error| errors::io(t, error))?..];
    }
    Ok(())
}

/// Reads a byte; -1 at the end.
pub(super) fn read_one(t: &Thread, number: i32) -> Result<i32> {
    check_open(t, number)?;
    let mut byte = [0];
    match with(t, number, |host, fd| host.read(fd, &mut byte)) {
        Ok(0) => Ok(-1),
        Ok(_) => Ok(byte[0].into()),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// Writes a byte.
pub(super) fn write_one(t: &Thread, number: i32, byte: i32) -> Result<()> {
    check_open(t, number)?;
    write_all(t, number, &[byte as u8])
}

/// Moves the position, or asks for it.
pub(super) fn seek(t: &Thread, number: i32, to: SeekFrom) -> Result<i64> {
    check_open(t, number)?;
    match with(t, number, |host, fd| host.seek(fd, to)) {
        Ok(position) => Ok(position as i64),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// Length of the file.
pub(super) fn size(t: &Thread, number: i32) -> Result<i64> {
    check_open(t, number)?;
    match with(t, number, |host, fd| host.size_bytes(fd)) {
        Ok(size) => Ok(size as i64),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// `FileInputStream.open0`
pub(super) fn open_input(t: &Thread, this: Handle, path: Handle) -> Result<()> {
    let field = state(t).io.offsets.input_fd(t)?;
    open_for(t, this, field, path, OpenFlags::READ)
}

/// `FileInputStream.read0`
pub(super) fn read0(t: &Thread, this: Handle) -> Result<i32> {
    read_one(t, input(t, this)?)
}

/// `FileInputStream.readBytes`
pub(super) fn read_bytes(
    t: &Thread,
    this: Handle,
    array: Handle,
    offset: i32,
    length: i32,
) -> Result<i32> {
    read_into(t, input(t, this)?, array, offset, length)
}

/// `FileInputStream.length0`
pub(super) fn length0(t: &Thread, this: Handle) -> Result<i64> {
    size(t, input(t, this)?)
}

/// `FileInputStream.position0`
pub(super) fn position0(t: &Thread, this: Handle) -> Result<i64> {
    seek(t, input(t, this)?, SeekFrom::Current(0))
}

/// `FileInputStream.skip0`: may go beyond the end.
pub(super) fn skip0(t: &Thread, this: Handle, count: i64) -> Result<i64> {
    let number = input(t, this)?;
    let before = seek(t, number, SeekFrom::Current(0))?;
    Ok(seek(t, number, SeekFrom::Current(count))? - before)
}

/// `FileInputStream.available0`
pub(super) fn available0(t: &Thread, this: Handle) -> Result<i32> {
    let number = input(t, this)?;
    check_open(t, number)?;
    match with(t, number, available) {
        Ok(count) => Ok(count.clamp(0, i32::MAX.into()) as i32),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// What a stream holds ready, or what a file has after the position.
fn available(host: &dyn Host, fd: &Fd) -> Result<i64, Errno> {
    let stat = host.fstat(fd)?;
    if stat.is_stream()
        && let Ok(count) = host.available_bytes(fd)
    {
        return Ok(count as i64);
    }
    let position = host.seek(fd, SeekFrom::Current(0))?;
    let mut size = if stat.is_file() { stat.size_bytes } else { 0 };
    if size < position {
        size = Descriptors::seek(host, fd, SeekFrom::End(0))?;
        host.seek(fd, SeekFrom::Start(position))?;
    }
    Ok(size as i64 - position as i64)
}

/// `FileOutputStream.open0`
pub(super) fn open_output(t: &Thread, this: Handle, path: Handle, append: bool) -> Result<()> {
    let field = state(t).io.offsets.output_fd(t)?;
    let how = if append { OpenFlags::APPEND } else { OpenFlags::TRUNCATE };
    open_for(t, this, field, path, OpenFlags::WRITE | OpenFlags::CREATE | how)
}

/// `FileOutputStream.write`
pub(super) fn write_byte(t: &Thread, this: Handle, byte: i32, _append: bool) -> Result<()> {
    write_one(t, output(t, this)?, byte)
}

/// `FileOutputStream.writeBytes`
pub(super) fn write_bytes(
    t: &Thread,
    this: Handle,
    array: Handle,
    offset: i32,
    length: i32,
    _append: bool,
) -> Result<()> {
    write_from(t, output(t, this)?, array, offset, length)
}

/// `FileInputStream.isRegularFile0`
pub(super) fn is_regular_file(t: &Thread, _this: Handle, descriptor: Handle) -> Result<bool> {
    let number = descriptor::number(t, descriptor)?;
    let stat = with(t, number, |host, fd| host.fstat(fd));
    Ok(stat.map_err(|error| errors::io(t, error))?.is_file())
}
