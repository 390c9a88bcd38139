//! Allocation.

use crate::heap::{Heap, lock};
use crate::layout::*;
use crate::mem::array_bytes;
use crate::report::{GcKind, GcRequest};
use crate::spaces::LargeSpace;
use crate::tables::MAX_CROSSING_BYTES;
use crate::tlab::Tlab;
use std::sync::atomic::{Ordering, fence};

/// Objects of at least this size get pages of their own.
pub const LARGE_BYTES: usize = 32 << 10;
/// Largest thread-local buffer.
const MAX_TLAB_BYTES: usize = 128 << 10;

/// Why there was no memory; what to do about it is [`Retry`]'s business.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocFailure {
    /// A minor collection should help.
    NeedsMinor,
    /// Only a full collection can help.
    NeedsFull,
    /// No collection can help: the request alone exceeds the limit.
    OutOfMemory,
}

/// The protocol of an allocation that failed: which collections to try, and when to give up.
///
/// ```ignore
/// let mut retry = Retry::new();
/// loop {
///     let epoch = heap.collection_epoch();
///     match heap.alloc(tlab, class, size) {
///         Ok(object) => return Ok(object),
///         Err(failure) => {
///             let request = retry.next(failure).ok_or(OutOfMemoryError)?;
///             // stops the world; does nothing if `epoch` is no longer current then
///             vm.collect(request, epoch);
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Retry {
    minors: u8,
    fulls: u8,
}

impl Retry {
    /// Nothing was tried yet.
    pub const fn new() -> Retry {
        Retry { minors: 0, fulls: 0 }
    }

    /// The collection to do before the next attempt; `None`: throw an OutOfMemoryError.
    pub fn next(&mut self, failure: AllocFailure) -> Option<GcRequest> {
        match failure {
            AllocFailure::OutOfMemory => None,
            AllocFailure::NeedsMinor if self.minors < 2 && self.fulls == 0 => {
                self.minors += 1;
                Some(GcRequest::MINOR)
            }
            _ => {
                self.fulls += 1;
                match self.fulls {
                    1 => Some(GcRequest::FULL),
                    2 => Some(GcRequest::LAST),
                    _ => None,
                }
            }
        }
    }
}

/// To be called when a new object's header is written, before anything else is done with it: whatever thread
/// finds a reference to the object then sees the header, and zeros or more in the fields, even if it came by the
/// reference through a data race. On its side, what is read through a reference is read after the reference.
#[inline(always)]
pub fn publish() {
    fence(Ordering::Release);
}

impl Heap {
    /// A new instance of `size_bytes` (a multiple of 8, header included), all fields zero.
    #[inline]
    pub fn alloc(
        &self,
        tlab: &mut Tlab,
        class: ClassId,
        size_bytes: usize,
    ) -> Result<Ref, AllocFailure> {
        let object = self.alloc_raw(tlab, size_bytes)?;
        self.mem.write_u64(object, u64::from(class.0));
        publish();
        Ok(Ref::from_offset(object))
    }

    /// A new array of `length` elements of `1 << element_shift` bytes each, all zero.
    #[inline]
    pub fn alloc_array(
        &self,
        tlab: &mut Tlab,
        class: ClassId,
        length: u32,
        element_shift: u8,
    ) -> Result<Ref, AllocFailure> {
        let object = self.alloc_raw(tlab, array_bytes(length, element_shift))?;
        self.mem.write_u64(object, u64::from(class.0));
        self.mem.write_u32(object + ARRAY_LENGTH_OFFSET, length);
        publish();
        Ok(Ref::from_offset(object))
    }

    /// A new object that never moves: a mirror or an interned string. If `class` is of
    /// [`Kind::Mirror`], the object's own size is stored in it; its other fields are zero.
    pub fn alloc_immovable(&self, class: ClassId, size_bytes: usize) -> Result<Ref, AllocFailure> {
        let object = self.alloc_immovable_raw(size_bytes)?;
        self.mem.write_u64(object, u64::from(class.0));
        if self.mem.shape(class).kind == Kind::Mirror as u8 {
            let at = self.layouts().mirror.size_bytes_at as usize;
            self.mem.write_u32(object + at, size_bytes as u32);
        }
        publish();
        Ok(Ref::from_offset(object))
    }

    /// A new array that never moves, such as a class's resolved references.
    pub fn alloc_immovable_array(
        &self,
        class: ClassId,
        length: u32,
        element_shift: u8,
    ) -> Result<Ref, AllocFailure> {
        let object = self.alloc_immovable_raw(array_bytes(length, element_shift))?;
        self.mem.write_u64(object, u64::from(class.0));
        self.mem.write_u32(object + ARRAY_LENGTH_OFFSET, length);
        publish();
        Ok(Ref::from_offset(object))
    }

    /// Makes the unused rest of a buffer a dead object and empties the buffer. Collections do this
    /// to all buffers that the VM shows; a thread that ends does it to its own.
    pub fn retire_tlab(&self, tlab: &mut Tlab) {
        let rest = tlab.remaining_bytes();
        if rest > 0 {
            self.mem.write_filler(tlab.top as usize - self.mem.base as usize, rest);
        }
        tlab.taken_bytes -= rest as u64;
        tlab.top = std::ptr::null_mut();
        tlab.end = std::ptr::null_mut();
    }

    /// Whether the next allocation asks for a collection because of stress mode.
    pub fn stress_due(&self) -> bool {
        self.stress.as_ref().is_some_and(|stress| stress.is_due())
    }

    #[inline(always)]
    fn alloc_raw(&self, tlab: &mut Tlab, bytes: usize) -> Result<usize, AllocFailure> {
        debug_assert!(bytes >= HEADER_BYTES && bytes.is_multiple_of(UNIT_BYTES));
        if bytes <= tlab.remaining_bytes() {
            let object = tlab.top as usize - self.mem.base as usize;
            tlab.top = tlab.top.wrapping_add(bytes);
            return Ok(object);
        }
        self.alloc_slow(tlab, bytes)
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, tlab: &mut Tlab, bytes: usize) -> Result<usize, AllocFailure> {
        if let Some(stress) = &self.stress
            && !std::mem::take(&mut tlab.skip_stress)
            && let Some(kind) = stress.count()
        {
            tlab.skip_stress = true;
            return Err(match kind {
                GcKind::Minor => AllocFailure::NeedsMinor,
                GcKind::Full => AllocFailure::NeedsFull,
            });
        }
        if bytes >= LARGE_BYTES {
            let object = self.alloc_large(bytes, true)?;
            tlab.taken_bytes += bytes as u64;
            return Ok(object);
        }
        // A medium object does not end a buffer that is still good for many small ones.
        if self.stress.is_none() && bytes <= tlab.desired_bytes / 8 {
            let limit = (self.young.eden_bytes() / 32).clamp(2 << 10, MAX_TLAB_BYTES);
            let wanted = tlab.desired_bytes.min(limit) & !1023;
            let size = wanted.max(bytes);
            if let Some(start) = self.young.alloc(size) {
                self.retire_tlab(tlab);
                self.zero_eden(start, size);
                tlab.top = self.mem.at(start + bytes);
                tlab.end = self.mem.at(start).wrapping_add(size);
                tlab.taken_bytes += size as u64;
                tlab.desired_bytes = (tlab.desired_bytes * 2).min(MAX_TLAB_BYTES);
                return Ok(start);
            }
        }
        match self.young.alloc(bytes) {
            Some(object) => {
                self.zero_eden(object, bytes);
                tlab.taken_bytes += bytes as u64;
                Ok(object)
            }
            None => Err(self.young_failure()),
        }
    }

    #[inline]
    fn zero_eden(&self, start: usize, bytes: usize) {
        let end = (start + bytes).min(self.young.touched_end());
        if start < end {
            self.mem.fill(start, end, 0);
        }
    }

    fn young_failure(&self) -> AllocFailure {
        if self.full_next.load(Ordering::Relaxed) {
            AllocFailure::NeedsFull
        } else {
            AllocFailure::NeedsMinor
        }
    }

    #[cold]
    fn alloc_large(&self, bytes: usize, young: bool) -> Result<usize, AllocFailure> {
        let footprint = LargeSpace::footprint(bytes);
        let external = self.budget.external.load(Ordering::Relaxed);
        if footprint > self.budget.max().saturating_sub(external) {
            return Err(AllocFailure::OutOfMemory);
        }
        let mut space = lock(&self.large);
        // Large garbage is as cheap to get rid of as small garbage: as often, too.
        let nursery = space.young_bytes();
        if young && nursery > 0 && nursery + footprint > self.young.max_eden_bytes() {
            return Err(self.young_failure());
        }
        let budget = &self.budget;
        let fits = budget.try_add(&budget.large, footprint, budget.capacity());
        let run = if fits { space.alloc(bytes, young) } else { None };
        if fits && run.is_none() {
            budget.large.fetch_sub(footprint, Ordering::Relaxed);
        }
        let Some(run) = run else {
            self.want(footprint);
            let minor_helps = nursery >= footprint && !self.full_next.load(Ordering::Relaxed);
            return Err(if minor_helps {
                AllocFailure::NeedsMinor
            } else {
                AllocFailure::NeedsFull
            });
        };
        drop(space);
        self.allocated_bytes.fetch_add(footprint as u64, Ordering::Relaxed);
        if run.touched {
            self.mem.fill(run.span.start, run.span.end, 0);
        }
        Ok(run.span.start)
    }

    fn alloc_immovable_raw(&self, bytes: usize) -> Result<usize, AllocFailure> {
        debug_assert!(bytes >= HEADER_BYTES && bytes.is_multiple_of(UNIT_BYTES));
        if bytes >= MAX_CROSSING_BYTES {
            return self.alloc_large(bytes, false);
        }
        let mut space = lock(&self.immovable);
        let budget = &self.budget;
        if !budget.try_add(&budget.immovable, bytes, budget.capacity()) {
            self.want(bytes);
            return Err(AllocFailure::NeedsFull);
        }
        space.alloc(bytes).ok_or_else(|| {
            budget.immovable.fetch_sub(bytes, Ordering::Relaxed);
            AllocFailure::NeedsFull
        })
    }

    /// Remembers a request that found no room, for the sizes after the next collection.
    pub(crate) fn want(&self, bytes: usize) {
        self.budget.wanted.fetch_max(bytes, Ordering::Relaxed);
    }
}
