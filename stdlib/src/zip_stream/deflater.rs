//! Compressing: the engine of `java.util.zip.Deflater`.

use std::ffi::c_int;

use libz_sys as z;

use super::ZipError;
use super::stream::{Stream, check};

/// Window of 32 KiB, the only one that Java uses; negative means raw deflate without zlib's header.
pub(super) const WINDOW_BITS: c_int = 15;
/// zlib's default for the size of the internal state.
const MEMORY_LEVEL: c_int = 8;

/// How matches are searched (the constants of `java.util.zip.Deflater`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// `DEFAULT_STRATEGY`.
    #[default]
    Default = 0,
    /// `FILTERED`.
    Filtered = 1,
    /// `HUFFMAN_ONLY`.
    HuffmanOnly = 2,
}

impl Strategy {
    /// The strategy with Java's number, if there is one.
    #[must_use]
    pub fn from_java(number: i32) -> Option<Strategy> {
        [Strategy::Default, Strategy::Filtered, Strategy::HuffmanOnly]
            .into_iter()
            .find(|it| *it as i32 == number)
    }
}

/// What happens to data that are still held back at the end of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// `NO_FLUSH`: kept until more comes.
    None = 0,
    /// `SYNC_FLUSH`: written out, up to a byte boundary.
    Sync = 2,
    /// `FULL_FLUSH`: written out, and later data do not refer to earlier ones.
    Full = 3,
    /// `FINISH`: written out with the end of the stream.
    Finish = 4,
}

impl Flush {
    /// The mode with Java's number, if there is one.
    #[must_use]
    pub fn from_java(number: i32) -> Option<Flush> {
        [Flush::None, Flush::Sync, Flush::Full, Flush::Finish]
            .into_iter()
            .find(|it| *it as i32 == number)
    }
}

/// What one call of [`Deflater::deflate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateStep {
    /// Bytes of input used up.
    pub consumed: usize,
    /// Bytes of output written.
    pub produced: usize,
    /// The end of the stream has been written.
    pub finished: bool,
    /// A change of parameters was asked for but needs more output room: ask again.
    pub params_pending: bool,
}

/// A compression stream.
pub struct Deflater(pub(super) Stream);

impl Deflater {
    /// Host memory in bytes that one stream holds, to be charged to the guest (zlib: window, hash chains, symbols).
    pub const MEMORY_BYTES: usize = (1 << (WINDOW_BITS + 2)) + (1 << (MEMORY_LEVEL + 9)) + 6 * 1024;

    /// A new stream. `level` is 0 to 9 or -1 for the default; `nowrap` leaves out zlib's header and checksum.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] for a level out of range, [`ZipError::OutOfMemory`].
    pub fn new(level: i32, strategy: Strategy, nowrap: bool) -> Result<Deflater, ZipError> {
        let window_bits = if nowrap { -WINDOW_BITS } else { WINDOW_BITS };
        // SAFETY: the stream that `Stream::new` passes is zeroed and has allocation functions; version and size are
        // those of the linked library.
        let init = |stream| unsafe {
            z::deflateInit2_(
                stream,
                level,
                z::Z_DEFLATED,
                window_bits,
                MEMORY_LEVEL,
                strategy as c_int,
                z::zlibVersion(),
                size_of::<z::z_stream>() as c_int,
            )
        };
        Stream::new(z::deflateEnd, init).map(Deflater)
    }

    /// Compresses from `input` to `output`. With `params_change` it changes level and strategy instead, for which
    /// zlib compresses what it has with the old ones; `flush` then has no effect.
    ///
    /// # Errors
    /// [`ZipError::Internal`] when zlib finds the stream unusable.
    pub fn deflate(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: Flush,
        params_change: Option<(i32, Strategy)>,
    ) -> Result<DeflateStep, ZipError> {
        let input = (input.as_ptr(), input.len());
        let output = (output.as_mut_ptr(), output.len());
        // SAFETY: the slices are readable and writable.
        unsafe { self.deflate_raw(input, output, flush, params_change) }
    }

    /// As [`Deflater::deflate`], on memory that other threads may be changing: they may spoil the result, no more.
    ///
    /// # Errors
    /// As [`Deflater::deflate`].
    ///
    /// # Safety
    /// Address and length of `input` must be readable, those of `output` writable.
    pub unsafe fn deflate_raw(
        &mut self,
        input: (*const u8, usize),
        output: (*mut u8, usize),
        flush: Flush,
        params_change: Option<(i32, Strategy)>,
    ) -> Result<DeflateStep, ZipError> {
        // SAFETY: both functions work on an initialised stream, within the spans, and keep neither.
        let moved = unsafe {
            self.0.run(input, output, |stream| match params_change {
                Some((level, strategy)) => z::deflateParams(stream, level, strategy as c_int),
                None => z::deflate(stream, flush as c_int),
            })
        };
        let (finished, starved) = match moved.code {
            z::Z_OK => (false, false),
            z::Z_STREAM_END => (true, false),
            z::Z_BUF_ERROR => (false, true),
            code => return Err(ZipError::Internal(code)),
        };
        Ok(DeflateStep {
            consumed: moved.consumed,
            produced: moved.produced,
            finished,
            params_pending: starved && params_change.is_some(),
        })
    }

    /// Sets the data that matches may refer to before the first byte.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] once compression has begun.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), ZipError> {
        let length = u32::try_from(dictionary.len()).map_err(|_| ZipError::Invalid)?;
        // SAFETY: the stream is initialised; zlib copies `length` bytes of the dictionary.
        check(unsafe { z::deflateSetDictionary(self.0.as_ptr(), dictionary.as_ptr(), length) })
    }

    /// Begins a new stream with the same parameters.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] when the state is damaged.
    pub fn reset(&mut self) -> Result<(), ZipError> {
        // SAFETY: the stream is initialised.
        check(unsafe { z::deflateReset(self.0.as_ptr()) })
    }

    /// Adler-32 of the uncompressed data so far.
    #[must_use]
    pub fn adler(&self) -> u32 {
        self.0.adler()
    }
}
