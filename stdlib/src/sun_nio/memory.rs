//! Off-heap buffers as slices for the host.

use crate::java_io::errors;
use crate::unsafe_natives::memory;
use std::ffi::OsString;
use std::io::{IoSlice, IoSliceMut};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use vm::{Result, Thread};

/// Most buffers that one call can take (`IOV_MAX`).
pub(super) const MAX_BUFFERS: i32 = 1024;

/// A buffer to read into.
///
/// # Errors
/// `InternalError` if it is not the guest's.
#[allow(clippy::mut_from_ref, reason = "off-heap memory is shared by design; see SAFETY below")]
pub(super) fn buffer(t: &Thread, address: i64, length: i64) -> Result<&mut [u8]> {
    let Ok(length) = usize::try_from(length) else {
        return Err(errors::out_of_bounds(t));
    };
    if length == 0 {
        return Ok(&mut []);
    }
    let start = memory::native(t, address, length)?;
    // SAFETY: the bytes are the guest's off-heap memory, mapped as long as the VM lives, and
    // initialised. Only system calls look at them through the slice; if another thread of the guest
    // writes them meanwhile, it is as in C the content that suffers.
    Ok(unsafe { std::slice::from_raw_parts_mut(start, length) })
}

/// Address and length of the buffers in an array of `struct iovec`.
fn vector(t: &Thread, address: i64, count: i32) -> Result<Vec<(i64, i64)>> {
    let count = count.clamp(0, MAX_BUFFERS);
    let table = buffer(t, address, i64::from(count) * 16)?;
    let word = |bytes: &[u8]| i64::from_ne_bytes(bytes.try_into().unwrap_or_default());
    Ok(table.chunks_exact(16).map(|entry| (word(&entry[..8]), word(&entry[8..]))).collect())
}

/// The buffers of a scattering read.
pub(super) fn scatter(t: &Thread, address: i64, count: i32) -> Result<Vec<IoSliceMut<'_>>> {
    let buffers = vector(t, address, count)?;
    buffers.into_iter().map(|(at, n)| Ok(IoSliceMut::new(buffer(t, at, n)?))).collect()
}

/// The buffers of a gathering write.
pub(super) fn gather(t: &Thread, address: i64, count: i32) -> Result<Vec<IoSlice<'_>>> {
    let buffers = vector(t, address, count)?;
    buffers.into_iter().map(|(at, n)| Ok(IoSlice::new(buffer(t, at, n)?))).collect()
}

/// A zero-terminated path.
///
/// # Errors
/// `InternalError` if it is not in the guest's memory.
pub(super) fn path(t: &Thread, address: i64) -> Result<PathBuf> {
    Ok(OsString::from_vec(memory::text(t, address)?).into())
}
