//! Compression streams for `java.util.zip`: a safe face of classic zlib.
//!
//! The compressed bytes that a program sees must be those that HotSpot gives it, so this is zlib itself (linked
//! statically through `libz-sys`), not a Rust deflate with other match heuristics. Streams take and give plain
//! slices and never hold on to them; how much was consumed and produced comes back as a value.

mod deflater;
mod inflater;
mod saved;
mod stream;
#[cfg(test)]
mod tests;

use std::ffi::{c_uint, c_ulong};

pub use deflater::{DeflateStep, Deflater, Flush, Strategy};
pub use inflater::{InflateStep, Inflater};
pub use saved::{SavedDeflater, SavedInflater};

/// What zlib refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// The compressed data are damaged: zlib's own words, the message of Java's `DataFormatException`.
    #[error("{message}")]
    Data {
        /// zlib's text, for example `invalid stored block lengths`.
        message: &'static str,
        /// Bytes of input that were consumed before the damage.
        consumed: usize,
        /// Bytes of output that were written before the damage.
        produced: usize,
    },
    /// zlib could not allocate its state.
    #[error("out of memory")]
    OutOfMemory,
    /// A parameter out of range, or an operation that the stream's state does not allow (Java's
    /// `IllegalArgumentException`).
    #[error("invalid parameter or stream state")]
    Invalid,
    /// Any other code of zlib, which Java reports as an internal error.
    #[error("zlib error {0}")]
    Internal(i32),
}

/// Continues a CRC-32 (`java.util.zip.CRC32`; start with 0).
#[must_use]
pub fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    checksum(crc, bytes, libz_sys::crc32)
}

/// Continues an Adler-32 (`java.util.zip.Adler32`; start with 1).
#[must_use]
pub fn adler32(adler: u32, bytes: &[u8]) -> u32 {
    checksum(adler, bytes, libz_sys::adler32)
}

/// As [`crc32`], of memory that other threads may be changing.
///
/// # Safety
/// The bytes must be readable.
#[must_use]
pub unsafe fn crc32_raw(crc: u32, bytes: *const u8, length: usize) -> u32 {
    // SAFETY: by the contract of this function.
    unsafe { checksum_raw(crc, bytes, length, libz_sys::crc32) }
}

/// As [`adler32`], of memory that other threads may be changing.
///
/// # Safety
/// The bytes must be readable.
#[must_use]
pub unsafe fn adler32_raw(adler: u32, bytes: *const u8, length: usize) -> u32 {
    // SAFETY: by the contract of this function.
    unsafe { checksum_raw(adler, bytes, length, libz_sys::adler32) }
}

type Checksum = unsafe extern "C" fn(c_ulong, *const u8, c_uint) -> c_ulong;

fn checksum(start: u32, bytes: &[u8], function: Checksum) -> u32 {
    // SAFETY: the slice is readable.
    unsafe { checksum_raw(start, bytes.as_ptr(), bytes.len(), function) }
}

/// # Safety
/// The bytes must be readable.
unsafe fn checksum_raw(start: u32, bytes: *const u8, length: usize, function: Checksum) -> u32 {
    // zlib counts in 32 bits.
    const MAX_STEP: usize = 1 << 30;
    (0..length).step_by(MAX_STEP).fold(start, |sum, at| {
        let step = (length - at).min(MAX_STEP);
        // SAFETY: both functions read `step` bytes, which the caller vouches for, and keep nothing.
        unsafe { function(sum.into(), bytes.add(at), step as c_uint) as u32 }
    })
}
