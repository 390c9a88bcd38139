//! The one address reservation that holds a guest, and where its areas lie.
//!
//! Every area starts at a distance from the base that follows from the [`RangeConfig`] alone, so
//! that the same image fits any process. References reach the first 32 GiB; the collector's side
//! tables (cards, bitmaps) lie behind them in the same mapping.

use crate::layout::CARD_SHIFT;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

/// Granularity of area boundaries, in bytes.
pub const AREA_ALIGN: usize = 64 << 10;
/// Bytes that fault at the bottom of a range, so that a field access through null is caught.
pub const GUARD_BYTES: usize = 64 << 10;
/// How far a [`crate::Ref`] reaches.
pub const REACH_BYTES: usize = 32 << 30;
/// Page size that spaces are managed in.
pub const PAGE_BYTES: usize = 4096;

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// Sizes from which the distances of a range follow.
#[derive(Clone, Debug)]
pub struct RangeConfig {
    /// Bytes for records that are addressed by method id.
    pub method_bytes: usize,
    /// Bytes for linked classes.
    pub metadata_bytes: usize,
    /// Bytes for off-heap memory; `None`: the larger of 1 GiB and the heap, if that fits.
    pub native_bytes: Option<usize>,
    /// Hard limit of the heap.
    pub max_heap_bytes: usize,
    /// Upper bound of eden and both survivor spaces; `None`: a third of the heap, at most 2 GiB.
    pub young_bytes: Option<usize>,
    /// Reserve room for a second old generation, which lets every full collection move everything.
    pub double_old: bool,
    /// Bytes for the objects of the image that the guest begins with; 0: it begins with nothing.
    ///
    /// They are where the heap of the guest was that the image was made from, whose areas have these
    /// same distances if this is the length of its [`Areas::heap`].
    pub image_bytes: usize,
}

impl Default for RangeConfig {
    fn default() -> Self {
        RangeConfig {
            method_bytes: 256 * MIB,
            metadata_bytes: GIB,
            native_bytes: None,
            max_heap_bytes: 256 * MIB,
            young_bytes: None,
            double_old: false,
            image_bytes: 0,
        }
    }
}

/// Why a range could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// References could not reach all of it.
    #[error(
        "a heap of {heap_mib} MiB needs {needed_mib} MiB of addresses with its metadata and native areas, \
         but 32-bit references reach only {reach_mib} MiB: choose a smaller heap",
        heap_mib = heap_bytes >> 20, needed_mib = needed_bytes >> 20, reach_mib = REACH_BYTES >> 20
    )]
    TooLarge {
        /// The heap limit asked for.
        heap_bytes: usize,
        /// Bytes that the whole range would take.
        needed_bytes: usize,
    },
    /// The operating system refused the reservation.
    #[error("cannot reserve {bytes} bytes of address space for the guest")]
    Reserve {
        /// Bytes asked for.
        bytes: usize,
        /// What the system said.
        source: std::io::Error,
    },
    /// Spaces and images consist of pages of another size (kernels for AArch64 may have 16 or 64 KiB).
    #[error(
        "this system's memory pages are of {0} bytes; rvm needs a kernel with pages of {PAGE_BYTES} bytes"
    )]
    PageSize(usize),
}

/// A piece of the range, as distances from the base in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Its size in bytes.
    #[inline(always)]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it has no bytes.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` lies in it.
    #[inline(always)]
    pub const fn contains(self, offset: usize) -> bool {
        offset.wrapping_sub(self.start) < self.end - self.start
    }
}

/// Where the areas of a range lie, in ascending order; without an image, `native` lies behind `large`.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// Inaccessible.
    pub guard: Span,
    /// Records addressed by method id.
    pub method: Span,
    /// Linked classes.
    pub metadata: Span,
    /// Objects of the image that the guest began with; they live for ever and do not move.
    pub image: Span,
    /// Off-heap memory of the guest.
    pub native: Span,
    /// Objects that never move.
    pub immovable: Span,
    /// Survivor space 0.
    pub survivor0: Span,
    /// Survivor space 1.
    pub survivor1: Span,
    /// Where new objects are made.
    pub eden: Span,
    /// The old generation.
    pub old: Span,
    /// Large objects.
    pub large: Span,
    /// One byte per 512 bytes from the base.
    pub cards: Span,
    /// One u16 per card of the heap: where the object that covers its first word starts.
    pub crossing: Span,
    /// One bit per word of the heap.
    pub bitmap: Span,
    /// One u32 per 512 bytes of the heap: where compaction puts them.
    pub forward: Span,
    /// One byte per page of the large object space.
    pub large_state: Span,
}

impl Areas {
    /// All that holds objects. With an image it has a hole, where `native` is.
    pub fn heap(&self) -> Span {
        let first = if self.image.is_empty() { self.immovable } else { self.image };
        Span { start: first.start, end: self.large.end }
    }

    /// All that a guest's code can name: objects and off-heap memory.
    #[inline(always)]
    pub fn data(&self) -> Span {
        Span { start: self.metadata.end, end: self.native.end.max(self.large.end) }
    }

    /// Eden and both survivor spaces.
    pub fn young(&self) -> Span {
        Span { start: self.survivor0.start, end: self.eden.end }
    }

    /// Bytes from the base to the end of the last area.
    pub fn total_bytes(&self) -> usize {
        self.large_state.end
    }

    /// The areas that follow from `config`.
    pub fn plan(config: &RangeConfig) -> Result<Areas, RangeError> {
        let heap = round_up(config.max_heap_bytes.max(MIB), AREA_ALIGN);
        let too_large =
            |needed_bytes| RangeError::TooLarge { heap_bytes: config.max_heap_bytes, needed_bytes };
        if heap > REACH_BYTES {
            return Err(too_large(heap));
        }
        let young = config.young_bytes.unwrap_or((heap / 3).min(2 * GIB)).clamp(256 << 10, heap);
        let survivor = round_up(young / 8, AREA_ALIGN);
        let eden = round_up(young - young / 4, AREA_ALIGN);
        let old = if config.double_old { 2 * heap } else { heap };
        let immovable = round_up((heap / 4).clamp(64 * MIB, GIB), AREA_ALIGN);
        let method = round_up(config.method_bytes, AREA_ALIGN);
        let metadata = round_up(config.metadata_bytes, AREA_ALIGN);
        let image = round_up(config.image_bytes, AREA_ALIGN);
        let objects = immovable + 2 * survivor + eden + old + heap;
        let fixed = GUARD_BYTES + method + metadata + image + objects;
        let native = match config.native_bytes {
            Some(bytes) => round_up(bytes, AREA_ALIGN),
            None => heap.max(GIB).min(REACH_BYTES.saturating_sub(fixed)).max(GIB.min(heap)),
        };
        if fixed + native > REACH_BYTES {
            return Err(too_large(fixed + native));
        }
        let mut at = 0;
        let mut next = |bytes: usize| {
            let span = Span { start: at, end: at + bytes };
            at = round_up(span.end, AREA_ALIGN);
            span
        };
        let (guard, method, metadata) = (next(GUARD_BYTES), next(method), next(metadata));
        let (image, early) = (next(image), next(if image > 0 { native } else { 0 }));
        let mut areas = Areas {
            guard,
            method,
            metadata,
            image,
            native: early,
            immovable: next(immovable),
            survivor0: next(survivor),
            survivor1: next(survivor),
            eden: next(eden),
            old: next(old),
            large: next(heap),
            cards: Span::default(),
            crossing: Span::default(),
            bitmap: Span::default(),
            forward: Span::default(),
            large_state: Span::default(),
        };
        if areas.native.is_empty() {
            areas.native = next(native);
        }
        let (heap_bytes, reach) = (areas.heap().len(), areas.large.end);
        areas.cards = next((reach >> CARD_SHIFT) + 8);
        areas.crossing = next((heap_bytes >> CARD_SHIFT) * 2);
        areas.bitmap = next(heap_bytes >> 6);
        areas.forward = next((heap_bytes >> CARD_SHIFT) * 4);
        areas.large_state = next(areas.large.len() / PAGE_BYTES);
        Ok(areas)
    }
}

/// Whether pages of this size are what all here relies on.
fn check_page_size(bytes: usize) -> Result<(), RangeError> {
    if bytes == PAGE_BYTES { Ok(()) } else { Err(RangeError::PageSize(bytes)) }
}

/// The reservation; its memory goes away when this is dropped.
#[derive(Debug)]
pub struct Range {
    base: NonNull<u8>,
    areas: Areas,
    /// Whether pages that may be released are pieces of files.
    has_files: AtomicBool,
}

// SAFETY: a `Range` only names memory; whoever uses the memory answers for races on it.
unsafe impl Send for Range {}
// SAFETY: as above; the methods only read the fields or make a system call.
unsafe impl Sync for Range {}

impl Range {
    /// Reserves addresses (not memory) for a guest.
    pub fn reserve(config: &RangeConfig) -> Result<Range, RangeError> {
        // SAFETY: no memory is involved.
        check_page_size(unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize)?;
        let areas = Areas::plan(config)?;
        let bytes = areas.total_bytes();
        let fail = || RangeError::Reserve { bytes, source: std::io::Error::last_os_error() };
        // SAFETY: an anonymous mapping at an address of the kernel's choice disturbs nothing.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(fail());
        }
        let base = NonNull::new(at.cast::<u8>()).ok_or_else(fail)?;
        let range = Range { base, areas, has_files: AtomicBool::new(false) };
        // SAFETY: the guard is the first piece of the mapping just made.
        if unsafe { libc::mprotect(at, GUARD_BYTES, libc::PROT_NONE) } != 0 {
            return Err(fail());
        }
        Ok(range)
    }

    /// Lets what is at the bottom of the range be read, as zeros; writing there still faults.
    pub(crate) fn make_guard_readable(&self) -> io::Result<()> {
        // SAFETY: the guard is the first piece of our mapping, and nothing is there.
        match unsafe { libc::mprotect(self.base().cast(), GUARD_BYTES, libc::PROT_READ) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The address that offset 0 stands for.
    #[inline(always)]
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Where the areas are.
    pub fn areas(&self) -> &Areas {
        &self.areas
    }

    /// Puts a piece of a file in place of the pages of `span`, as a private copy: what the guest writes stays its own.
    ///
    /// # Errors
    /// What the system says.
    pub fn map_file(&self, file: BorrowedFd<'_>, file_offset: u64, span: Span) -> io::Result<()> {
        let aligned =
            span.start.is_multiple_of(PAGE_BYTES) && span.len().is_multiple_of(PAGE_BYTES);
        if !aligned || span.start < self.areas.guard.end || span.end > self.areas.total_bytes() {
            return Err(io::Error::other("a piece of the image lies outside of the range"));
        }
        if span.is_empty() {
            return Ok(());
        }
        // SAFETY: the pages lie in our mapping, and the caller (a heap being made) has put nothing there.
        let at = unsafe {
            libc::mmap(
                self.base().add(span.start).cast(),
                span.len(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_FIXED | libc::MAP_NORESERVE,
                file.as_raw_fd(),
                file_offset as libc::off_t,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        if !self.areas.image.contains(span.start) && span.start >= self.areas.metadata.end {
            self.has_files.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Reads a piece of a file into the pages of `span`: for short ones this costs less than a mapping.
    ///
    /// # Errors
    /// What the system says, or if the file ends early.
    pub fn read_file(&self, file: BorrowedFd<'_>, file_offset: u64, span: Span) -> io::Result<()> {
        if span.start < self.areas.guard.end || span.end > self.areas.total_bytes() {
            return Err(io::Error::other("a piece of the image lies outside of the range"));
        }
        let mut done = 0;
        while done < span.len() {
            // SAFETY: the bytes lie in our mapping, and the caller (a heap being made) lets nobody else use them.
            let read = unsafe {
                libc::pread(
                    file.as_raw_fd(),
                    self.base().add(span.start + done).cast(),
                    span.len() - done,
                    (file_offset + done as u64) as libc::off_t,
                )
            };
            match read {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n if n > 0 => done += n as usize,
                _ => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Gives the whole pages inside `span` back to the system; they read as zero afterwards.
    pub fn release(&self, span: Span) {
        let start = round_up(span.start, PAGE_BYTES);
        let end = span.end & !(PAGE_BYTES - 1);
        if start >= end || end > self.areas.total_bytes() {
            return;
        }
        if self.has_files.load(Ordering::Relaxed) {
            // What is given back of a piece of a file reads as the file again.
            self.map_anonymous(Span { start, end });
            return;
        }
        // SAFETY: the pages lie in our mapping; the caller says that their content is dead.
        let done = unsafe {
            libc::madvise(self.base().add(start).cast(), end - start, libc::MADV_DONTNEED)
        };
        debug_assert_eq!(done, 0, "madvise on our own mapping");
    }

    /// Puts fresh memory in place of the pages of `span`.
    fn map_anonymous(&self, span: Span) {
        // SAFETY: the pages lie in our mapping; the caller says that their content is dead.
        let at = unsafe {
            libc::mmap(
                self.base().add(span.start).cast(),
                span.len(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        // Without it the pages would hold what they should not.
        assert_ne!(at, libc::MAP_FAILED, "remapping our own pages");
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing can use it after its owner is gone.
        unsafe { libc::munmap(self.base().cast(), self.areas.total_bytes()) };
    }
}

/// `n` rounded up to a multiple of `align`, a power of two.
#[inline(always)]
pub(crate) const fn round_up(n: usize, align: usize) -> usize {
    (n + align - 1) & !(align - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_page_sizes_are_refused() {
        assert!(check_page_size(4096).is_ok());
        let refused = check_page_size(65536).expect_err("pages of 64 KiB");
        assert!(refused.to_string().contains("65536 bytes"), "{refused}");
    }
}
