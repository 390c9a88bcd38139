//! The owned `z_stream` under both directions.

use std::ffi::{CStr, c_int, c_uint};
use std::ptr::{self, NonNull};

use libz_sys as z;

use super::ZipError;

/// Function that frees the state behind a stream.
type End = unsafe extern "C" fn(z::z_streamp) -> c_int;

/// A `z_stream` whose state lives as long as it does.
///
/// zlib keeps a pointer from the state back to the stream, so the stream has its own allocation, which is only
/// reached through this one pointer. It is initialised by zlib for as long as this value exists.
pub(super) struct Stream {
    raw: NonNull<z::z_stream>,
    end: End,
}

// SAFETY: the allocation is owned, and zlib keeps no thread-local or shared state. A stream may be used from any
// thread, by one at a time, which `&mut self` ensures.
unsafe impl Send for Stream {}

/// What a call that moves data did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) code: c_int,
    pub(super) consumed: usize,
    pub(super) produced: usize,
}

impl Stream {
    /// Creates a stream that `init` initialises and `end` frees.
    pub(super) fn new(
        end: End,
        init: impl FnOnce(z::z_streamp) -> c_int,
    ) -> Result<Stream, ZipError> {
        let raw = Box::new(z::z_stream {
            next_in: ptr::null_mut(),
            avail_in: 0,
            total_in: 0,
            next_out: ptr::null_mut(),
            avail_out: 0,
            total_out: 0,
            msg: ptr::null_mut(),
            state: ptr::null_mut(),
            zalloc: allocate,
            zfree: free,
            opaque: ptr::null_mut(),
            data_type: 0,
            adler: 0,
            reserved: 0,
        });
        let raw = NonNull::from(Box::leak(raw));
        if let Err(error) = check(init(raw.as_ptr())) {
            // SAFETY: the box was leaked above; zlib keeps nothing of a stream that it failed to initialise.
            drop(unsafe { Box::from_raw(raw.as_ptr()) });
            return Err(error);
        }
        Ok(Stream { raw, end })
    }

    /// Runs `step` on the given memory. A span above 4 GiB is used up to there.
    ///
    /// # Safety
    /// The spans must be readable and writable. `step` must be a zlib function on an initialised stream that reads
    /// only the input, writes only the output and keeps neither.
    pub(super) unsafe fn run(
        &mut self,
        (input, input_len): (*const u8, usize),
        (output, output_len): (*mut u8, usize),
        step: impl FnOnce(z::z_streamp) -> c_int,
    ) -> Moved {
        let limit = |length: usize| c_uint::try_from(length).unwrap_or(c_uint::MAX);
        let (avail_in, avail_out) = (limit(input_len), limit(output_len));
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is valid and ours alone (`&mut self`). The lengths set are not above those of the spans;
        // the caller vouches for them and for `step`.
        let (code, left_in, left_out) = unsafe {
            (*raw).next_in = input.cast_mut();
            (*raw).avail_in = avail_in;
            (*raw).next_out = output;
            (*raw).avail_out = avail_out;
            let code = step(raw);
            let left = ((*raw).avail_in, (*raw).avail_out);
            ((*raw).next_in, (*raw).avail_in) = (ptr::null_mut(), 0);
            ((*raw).next_out, (*raw).avail_out) = (ptr::null_mut(), 0);
            (code, left.0, left.1)
        };
        let (consumed, produced) = ((avail_in - left_in) as usize, (avail_out - left_out) as usize);
        Moved { code, consumed, produced }
    }

    /// The stream, for zlib functions that move no data.
    pub(super) fn as_ptr(&mut self) -> z::z_streamp {
        self.raw.as_ptr()
    }

    /// Running checksum: Adler-32 of the data, or the identifier of the wanted dictionary.
    pub(super) fn adler(&self) -> u32 {
        // SAFETY: `raw` is valid, and nothing writes to it while `&self` is held.
        unsafe { (*self.raw.as_ptr()).adler as u32 }
    }

    /// zlib's last message, which is a string constant of the library.
    pub(super) fn message(&self) -> Option<&'static str> {
        // SAFETY: as in `adler`.
        let message = unsafe { (*self.raw.as_ptr()).msg };
        if message.is_null() {
            return None;
        }
        // SAFETY: zlib only ever stores its own string literals here.
        unsafe { CStr::from_ptr(message) }.to_str().ok()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: `new` succeeded, so the stream is initialised; state and box are freed exactly once.
        unsafe {
            (self.end)(self.raw.as_ptr());
            drop(Box::from_raw(self.raw.as_ptr()));
        }
    }
}

/// The meaning of a code from a function that moves no data.
pub(super) fn check(code: c_int) -> Result<(), ZipError> {
    match code {
        z::Z_OK => Ok(()),
        z::Z_MEM_ERROR => Err(ZipError::OutOfMemory),
        z::Z_STREAM_ERROR | z::Z_DATA_ERROR => Err(ZipError::Invalid),
        code => Err(ZipError::Internal(code)),
    }
}

/// `zalloc` over the C allocator.
///
/// # Safety
/// Called by zlib only; the result is zeroed memory or null.
pub(super) unsafe extern "C" fn allocate(_: z::voidpf, items: c_uint, size: c_uint) -> z::voidpf {
    // SAFETY: calloc has no preconditions and checks the product.
    unsafe { libc::calloc(items as usize, size as usize) }
}

/// `zfree` over the C allocator.
///
/// # Safety
/// Called by zlib with what [`allocate`] returned.
unsafe extern "C" fn free(_: z::voidpf, address: z::voidpf) {
    // SAFETY: the address came from `allocate`.
    unsafe { libc::free(address) }
}
