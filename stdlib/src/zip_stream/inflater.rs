//! Decompressing: the engine of `java.util.zip.Inflater`.

use std::ffi::c_int;

use libz_sys as z;

use super::ZipError;
use super::deflater::WINDOW_BITS;
use super::stream::{Stream, check};

/// What one call of [`Inflater::inflate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InflateStep {
    /// Bytes of input used up.
    pub consumed: usize,
    /// Bytes of output written.
    pub produced: usize,
    /// The end of the compressed stream was reached.
    pub finished: bool,
    /// A dictionary, whose Adler-32 is [`Inflater::adler`], is needed before going on.
    pub needs_dict: bool,
}

/// A decompression stream.
pub struct Inflater(pub(super) Stream);

impl Inflater {
    /// Host memory in bytes that one stream may hold, to be charged to the guest (window and tables).
    pub const MEMORY_BYTES: usize = (1 << WINDOW_BITS) + 8 * 1024;

    /// A new stream; `nowrap` for data without zlib's header and checksum.
    ///
    /// # Errors
    /// [`ZipError::OutOfMemory`].
    pub fn new(nowrap: bool) -> Result<Inflater, ZipError> {
        let window_bits = if nowrap { -WINDOW_BITS } else { WINDOW_BITS };
        // SAFETY: the stream that `Stream::new` passes is zeroed and has allocation functions; version and size are
        // those of the linked library.
        let init = |stream| unsafe {
            z::inflateInit2_(
                stream,
                window_bits,
                z::zlibVersion(),
                size_of::<z::z_stream>() as c_int,
            )
        };
        Stream::new(z::inflateEnd, init).map(Inflater)
    }

    /// Decompresses from `input` to `output`. Neither consuming nor producing anything means that more input or
    /// more room is needed.
    ///
    /// # Errors
    /// [`ZipError::Data`] with zlib's message for damaged data, [`ZipError::OutOfMemory`].
    pub fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<InflateStep, ZipError> {
        let input = (input.as_ptr(), input.len());
        let output = (output.as_mut_ptr(), output.len());
        // SAFETY: the slices are readable and writable.
        unsafe { self.inflate_raw(input, output) }
    }

    /// As [`Inflater::inflate`], on memory that other threads may be changing: they may spoil the result, no more.
    ///
    /// # Errors
    /// As [`Inflater::inflate`].
    ///
    /// # Safety
    /// Address and length of `input` must be readable, those of `output` writable.
    pub unsafe fn inflate_raw(
        &mut self,
        input: (*const u8, usize),
        output: (*mut u8, usize),
    ) -> Result<InflateStep, ZipError> {
        // SAFETY: `inflate` works on an initialised stream, within the spans, and keeps neither.
        let moved =
            unsafe { self.0.run(input, output, |stream| z::inflate(stream, z::Z_SYNC_FLUSH)) };
        let (consumed, produced) = (moved.consumed, moved.produced);
        let step = InflateStep { consumed, produced, finished: false, needs_dict: false };
        match moved.code {
            z::Z_OK | z::Z_BUF_ERROR => Ok(step),
            z::Z_STREAM_END => Ok(InflateStep { finished: true, ..step }),
            z::Z_NEED_DICT => Ok(InflateStep { needs_dict: true, ..step }),
            z::Z_DATA_ERROR => Err(ZipError::Data {
                message: self.0.message().unwrap_or_default(),
                consumed,
                produced,
            }),
            z::Z_MEM_ERROR => Err(ZipError::OutOfMemory),
            code => Err(ZipError::Internal(code)),
        }
    }

    /// Gives the dictionary that [`InflateStep::needs_dict`] asked for.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] when it is not the wanted one or none is wanted.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), ZipError> {
        let length = u32::try_from(dictionary.len()).map_err(|_| ZipError::Invalid)?;
        // SAFETY: the stream is initialised; zlib copies `length` bytes of the dictionary.
        check(unsafe { z::inflateSetDictionary(self.0.as_ptr(), dictionary.as_ptr(), length) })
    }

    /// Begins a new stream.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] when the state is damaged.
    pub fn reset(&mut self) -> Result<(), ZipError> {
        // SAFETY: the stream is initialised.
        check(unsafe { z::inflateReset(self.0.as_ptr()) })
    }

    /// Adler-32 of the decompressed data so far, or of the wanted dictionary.
    #[must_use]
    pub fn adler(&self) -> u32 {
        self.0.adler()
    }
}
