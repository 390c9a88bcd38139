//! `CRC32` and `Adler32`.

use super::buffers::Piece;
use crate::unsafe_natives::guarded::{self, Fault};
use crate::unsafe_natives::memory;
use crate::zip_stream;
use gc::ARRAY_DATA_OFFSET;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread, sync};

/// Bytes that a leaf native goes through; more are done by the full native, with polls between.
const LEAF_BYTES: usize = 1 << 20;

type Sum = unsafe fn(u32, *const u8, usize) -> u32;

fn of_byte(sum: Sum, before: i32, byte: i32) -> i32 {
    let byte = byte as u8;
    // SAFETY: one byte of our own.
    unsafe { sum(before as u32, &byte, 1) as i32 }
}

fn of_array_leaf(t: &Thread, sum: Sum, before: i32, a: Ref, at: i32, n: i32) -> Result<i32, Retry> {
    let (at, n) = (usize::try_from(at).map_err(|_| Retry)?, usize::try_from(n).map_err(|_| Retry)?);
    if a.is_null() || n > LEAF_BYTES || at + n > t.vm().array_len(a) {
        return Err(Retry);
    }
    let from = memory::pointer(t, a.offset() + ARRAY_DATA_OFFSET + at);
    // SAFETY: within the array, which does not move while a leaf native runs.
    Ok(unsafe { sum(before as u32, from, n) as i32 })
}

fn of_array(t: &Thread, sum: Sum, before: i32, a: Handle, at: i32, n: i32) -> Result<i32> {
    let length = Piece::array(t, a, at, n)?.len();
    let mut result = before as u32;
    for done in (0..length).step_by(LEAF_BYTES) {
        let step = (length - done).min(LEAF_BYTES);
        let place = t.get(a).offset() + ARRAY_DATA_OFFSET + at as usize + done;
        // SAFETY: within the array, which does not move before the poll.
        result = unsafe { sum(result, memory::pointer(t, place), step) };
        if t.should_poll() {
            sync::poll(t)?;
        }
    }
    Ok(result as i32)
}

/// Of off-heap memory from `address + at` on.
fn of_native_leaf(
    t: &Thread,
    sum: Sum,
    before: i32,
    address: i64,
    at: i32,
    n: i32,
) -> Result<i32, Retry> {
    let n = usize::try_from(n).map_err(|_| Retry)?;
    if n > LEAF_BYTES {
        return Err(Retry);
    }
    if n == 0 {
        return Ok(before);
    }
    let from = memory::native_leaf(t, address.wrapping_add(at.into()), n)?;
    of_pieces(sum, before, from as usize, n).map_err(|_| Retry)
}

fn of_native(t: &Thread, sum: Sum, before: i32, address: i64, at: i32, n: i32) -> Result<i32> {
    if n <= 0 {
        return Ok(before);
    }
    let n = n as usize;
    // A number, as what runs as blocked may not refer to the thread's things.
    let from = memory::native(t, address.wrapping_add(at.into()), n)? as usize;
    t.blocked(|| of_pieces(sum, before, from, n)).map_err(|_| memory::fault(t))
}

/// Of checked off-heap memory, whose pages may be missing.
fn of_pieces(sum: Sum, before: i32, from: usize, n: usize) -> Result<i32, Fault> {
    let mut result = before as u32;
    // SAFETY: off-heap memory, to which there are no references; the pieces are initialised.
    unsafe {
        guarded::pieces(from as *const u8, n, |piece| {
            result = sum(result, piece.as_ptr(), piece.len());
        })?;
    }
    Ok(result as i32)
}

macro_rules! sums {
    ($($module:ident: $sum:path;)*) => {$(
        mod $module {
            use super::*;
            pub(super) fn byte(_: &Thread, before: i32, byte: i32) -> Result<i32, Retry> {
                Ok(of_byte($sum, before, byte))
            }
            pub(super) fn array_leaf(t: &Thread, before: i32, a: Ref, at: i32, n: i32) -> Result<i32, Retry> {
                of_array_leaf(t, $sum, before, a, at, n)
            }
            pub(super) fn array(t: &Thread, before: i32, a: Handle, at: i32, n: i32) -> Result<i32> {
                of_array(t, $sum, before, a, at, n)
            }
            pub(super) fn native_leaf(t: &Thread, before: i32, address: i64, at: i32, n: i32) -> Result<i32, Retry> {
                of_native_leaf(t, $sum, before, address, at, n)
            }
            pub(super) fn native(t: &Thread, before: i32, address: i64, at: i32, n: i32) -> Result<i32> {
                of_native(t, $sum, before, address, at, n)
            }
        }
    )*};
}
sums! {
    crc32: zip_stream::crc32_raw;
    adler32: zip_stream::adler32_raw;
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/util/zip/CRC32" {
            "update" "(II)I" => leaf crc32::byte;
            "updateBytes0" "(I[BII)I" => full crc32::array, leaf crc32::array_leaf;
            "updateByteBuffer0" "(IJII)I" => full crc32::native, leaf crc32::native_leaf;
        }
        "java/util/zip/Adler32" {
            "update" "(II)I" => leaf adler32::byte;
            "updateBytes" "(I[BII)I" => full adler32::array, leaf adler32::array_leaf;
            "updateByteBuffer" "(IJII)I" => full adler32::native, leaf adler32::native_leaf;
        }
    }
}
