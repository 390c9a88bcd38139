//! Compression streams for `java.util.zip`: a safe face of classic zlib.
//!
//! The compressed bytes that a program sees must be those that HotSpot gives it, so this is zlib itself (linked
//! statically through `libz-sys`), not a Rust deflate with other match heuristics. Streams take and give plain
//! slices and never hold on to them; how much was consumed and produced comes back as a value.

mod deflater;
mod inflater;
mod stream;
#[cfg(test)]
mod tests;

use std::ffi::{c_uint, c_ulong};

pub use deflater::{DeflateStep, Deflater, Flush, Strategy};
pub use inflater::{InflateStep, Inflater};

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

type Checksum = unsafe extern "C" fn(c_ulong, *const u8, c_uint) -> c_ulong;

fn checksum(start: u32, bytes: &[u8], function: Checksum) -> u32 {
    // zlib counts in 32 bits.
    bytes.chunks(1 << 30).fold(start, |sum, chunk| {
        // SAFETY: both functions read `chunk.len()` bytes from a valid pointer and keep nothing.
        unsafe { function(sum.into(), chunk.as_ptr(), chunk.len() as c_uint) as u32 }
    })
}
