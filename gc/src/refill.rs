//! Making the objects of a heap that is rebuilt from a description: straight into the old generation, where they
//! stay put until the first collection. No collection happens meanwhile, so raw references are good.

use crate::alloc::LARGE_BYTES;
use crate::heap::{Heap, lock};
use crate::layout::*;
use crate::mem::array_bytes;
use crate::native::NativeState;
use crate::range::{PAGE_BYTES, Span};
use std::sync::atomic::Ordering;

impl Heap {
    /// Lets the heap grow to its limit without collecting, until [`Heap::end_refill`].
    pub fn begin_refill(&self) {
        self.budget.young.store(0, Ordering::Relaxed);
        self.budget.capacity.store(self.budget.max(), Ordering::Relaxed);
    }

    /// Sizes the young generation for what is there now; allocation goes on as usual.
    pub fn end_refill(&self) {
        self.first_sizes();
    }

    /// A new instance of `size_bytes`, all fields zero, that a minor collection does not look at. `None` if the
    /// heap's limit does not admit it.
    pub fn refill_instance(&self, class: ClassId, size_bytes: usize) -> Option<Ref> {
        let object = self.refill_raw(size_bytes)?;
        self.mem.write_u64(object, u64::from(class.0));
        Some(Ref::from_offset(object))
    }

    /// A new array, as [`Heap::refill_instance`].
    pub fn refill_array(&self, class: ClassId, length: u32, element_shift: u8) -> Option<Ref> {
        let object = self.refill_raw(array_bytes(length, element_shift))?;
        self.mem.write_u64(object, u64::from(class.0));
        self.mem.write_u32(object + ARRAY_LENGTH_OFFSET, length);
        Some(Ref::from_offset(object))
    }

    /// Makes what is read through null zero instead of fatal: for a guest whose library may have been forged, so that a
    /// reference that the VM counts on can be missing.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn make_null_readable(&self) -> std::io::Result<()> {
        self.range.make_guard_readable()
    }

    fn refill_raw(&self, bytes: usize) -> Option<usize> {
        if bytes >= LARGE_BYTES {
            let footprint = crate::range::round_up(bytes, PAGE_BYTES);
            let budget = &self.budget;
            if !budget.try_add(&budget.large, footprint, budget.max()) {
                return None;
            }
            let run = lock(&self.large).alloc(bytes, false);
            if run.is_none() {
                budget.large.fetch_sub(footprint, Ordering::Relaxed);
            }
            return run.map(|run| run.span.start);
        }
        let used = self.old.used();
        let end = used.end + bytes;
        let budget = &self.budget;
        if end > self.old.area().end || !budget.try_add(&budget.old, bytes, budget.max()) {
            return None;
        }
        self.old.set_used(Span { start: used.start, end });
        self.tables.crossing.note(used.end, bytes);
        Some(used.end)
    }

    /// What is handed out of off-heap memory, and the spans with their contents; the world is stopped.
    pub fn capture_native(&self) -> (NativeState, Vec<Span>) {
        self.native.capture()
    }

    /// Hands out what was captured from an area with the same start, of a description that may be forged. False if it
    /// contradicts itself or does not fit; then this heap is of no use any more.
    pub fn restore_native(&self, state: &NativeState) -> bool {
        self.native.restore_checked(state)
    }

    /// Fills a span of the native area that is handed out. False if it is outside.
    pub fn fill_native(&self, start: usize, bytes: &[u8]) -> bool {
        let area = self.areas().native;
        let fits = start >= area.start
            && start.checked_add(bytes.len()).is_some_and(|end| end <= area.end);
        if fits {
            // SAFETY: inside the area, which is mapped for reading and writing, and nobody runs yet.
            unsafe {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.mem.at(start), bytes.len());
            }
        }
        fits
    }

    /// Bytes of a span of the native area.
    ///
    /// # Panics
    /// If the span is outside.
    pub fn native_bytes(&self, span: Span) -> &[u8] {
        let area = self.areas().native;
        assert!(area.start <= span.start && span.start <= span.end && span.end <= area.end);
        // SAFETY: inside the mapped area; the caller has stopped whoever could write.
        unsafe { std::slice::from_raw_parts(self.mem.at(span.start), span.len()) }
    }
}
