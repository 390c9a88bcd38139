//! Thread-local allocation buffers.

/// A thread's private piece of eden, bumped inline by the interpreter and by compiled code.
///
/// The memory between `top` and `end` is zero. To allocate `n` bytes (a multiple of 8): if
/// `end - top >= n`, the object is at `top`, and `top += n`; its header must be written before
/// the next safepoint, and then [`crate::publish`] called. Otherwise call [`crate::Heap::alloc`].
#[repr(C)]
#[derive(Debug)]
pub struct Tlab {
    /// Where the next object goes.
    pub top: *mut u8,
    /// One past the last usable byte.
    pub end: *mut u8,
    /// Size of the next buffer; doubles with every refill between two collections.
    pub(crate) desired_bytes: usize,
    /// Bytes that the owner has got so far, the rest of this buffer included.
    pub(crate) taken_bytes: u64,
    /// Set after stress mode asked for a collection: the retry must go through.
    pub(crate) skip_stress: bool,
}

impl Tlab {
    /// Byte offset of `top` in the struct.
    pub const TOP_OFFSET: usize = std::mem::offset_of!(Tlab, top);
    /// Byte offset of `end` in the struct.
    pub const END_OFFSET: usize = std::mem::offset_of!(Tlab, end);
    /// Size of a thread's first buffer.
    pub(crate) const FIRST_BYTES: usize = 8 << 10;

    /// A buffer without memory: the first allocation fills it.
    pub const fn empty() -> Tlab {
        Tlab {
            top: std::ptr::null_mut(),
            end: std::ptr::null_mut(),
            desired_bytes: Tlab::FIRST_BYTES,
            taken_bytes: 0,
            skip_stress: false,
        }
    }

    /// Bytes that the owner has allocated so far. Of another thread, which runs, it is about right.
    pub fn allocated_bytes(&self) -> u64 {
        self.taken_bytes.saturating_sub(self.remaining_bytes() as u64)
    }

    /// Bytes left.
    #[inline(always)]
    pub fn remaining_bytes(&self) -> usize {
        self.end as usize - self.top as usize
    }
}

impl Default for Tlab {
    fn default() -> Self {
        Tlab::empty()
    }
}

// SAFETY: the pointers name heap memory that belongs to whoever holds the buffer.
unsafe impl Send for Tlab {}
