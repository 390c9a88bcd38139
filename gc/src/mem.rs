//! Reading and writing the range, and what every object knows of itself.
//!
//! The invariant behind the unsafe blocks here: a `Mem` is made only by [`crate::Heap`], which owns
//! the mapping and outlives it, and offsets come from objects, whose class records and lengths
//! were set by the VM. Debug builds assert the bounds.

use crate::layout::*;
use crate::range::round_up;
use std::sync::atomic::Ordering;

/// Base and length of the range; a plain value that the collectors copy around.
#[derive(Clone, Copy)]
pub(crate) struct Mem {
    pub base: *mut u8,
    pub len: usize,
}

// SAFETY: see the module's invariant; the collectors run while the world is stopped.
unsafe impl Send for Mem {}
// SAFETY: as above.
unsafe impl Sync for Mem {}

/// Layouts of the classes that the collector knows by name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Layouts {
    pub mirror: MirrorLayout,
    pub reference: ReferenceLayout,
}

impl Mem {
    #[inline(always)]
    pub fn at(self, offset: usize) -> *mut u8 {
        debug_assert!(offset < self.len, "offset {offset:#x} beyond the range");
        // SAFETY: the offset is inside the mapping (module invariant).
        unsafe { self.base.add(offset) }
    }

    #[inline(always)]
    pub fn read_u32(self, offset: usize) -> u32 {
        // SAFETY: inside the mapping and 4-aligned (module invariant).
        unsafe { self.at(offset).cast::<u32>().read() }
    }

    #[inline(always)]
    pub fn write_u32(self, offset: usize, value: u32) {
        // SAFETY: inside the mapping and 4-aligned (module invariant).
        unsafe { self.at(offset).cast::<u32>().write(value) }
    }

    #[inline(always)]
    pub fn read_u64(self, offset: usize) -> u64 {
        // SAFETY: inside the mapping and 8-aligned (module invariant).
        unsafe { self.at(offset).cast::<u64>().read() }
    }

    #[inline(always)]
    pub fn write_u64(self, offset: usize, value: u64) {
        // SAFETY: inside the mapping and 8-aligned (module invariant).
        unsafe { self.at(offset).cast::<u64>().write(value) }
    }

    #[inline(always)]
    pub fn fill(self, start: usize, end: usize, byte: u8) {
        debug_assert!(start <= end && end <= self.len);
        if start == end {
            return;
        }
        // SAFETY: the whole span is inside the mapping (module invariant).
        unsafe { self.at(start).write_bytes(byte, end - start) }
    }

    /// Copies `bytes` (a multiple of 8) between places that do not overlap.
    #[inline(always)]
    pub fn copy_object(self, from: usize, to: usize, bytes: usize) {
        debug_assert!(from + bytes <= to || to + bytes <= from);
        let (src, dst) = (self.at(from).cast::<u64>(), self.at(to).cast::<u64>());
        if bytes <= 64 {
            for i in 0..bytes / 8 {
                // SAFETY: both objects lie in the mapping and are 8-aligned.
                unsafe { dst.add(i).write(src.add(i).read()) }
            }
        } else {
            // SAFETY: as above, and they do not overlap.
            unsafe { dst.copy_from_nonoverlapping(src, bytes / 8) }
        }
    }

    /// Copies `bytes` (a multiple of 8) between places that may overlap.
    #[inline(always)]
    pub fn slide(self, from: usize, to: usize, bytes: usize) {
        // SAFETY: both objects lie in the mapping and are 8-aligned.
        unsafe { self.at(to).cast::<u64>().copy_from(self.at(from).cast::<u64>(), bytes / 8) }
    }

    /// Has the line of memory at `offset` come into the cache, where the processor can be asked for that.
    #[inline(always)]
    pub fn prefetch(self, offset: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: a prefetch has no effect but on the cache, and every x86-64 has it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(self.base.wrapping_add(offset).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = offset;
    }

    #[inline(always)]
    pub fn class_of(self, object: usize) -> ClassId {
        ClassId(self.read_u32(object))
    }

    #[inline(always)]
    pub fn read_ref(self, slot: usize) -> Ref {
        Ref::from_bits(self.read_u32(slot))
    }

    #[inline(always)]
    pub fn write_ref(self, slot: usize, value: Ref) {
        self.write_u32(slot, value.bits());
    }

    #[inline(always)]
    pub fn shape(self, class: ClassId) -> ShapeView {
        let at = class.offset();
        let word = self.read_u64(at);
        ShapeView {
            at,
            size_bytes: word as u32 as usize,
            kind: (word >> 32) as u8,
            element_shift: (word >> 40) as u8,
            run_count: (word >> 48) as usize,
        }
    }

    /// Size in bytes of the object or filler at `object`.
    #[inline(always)]
    pub fn size_of(self, object: usize, layouts: &Layouts) -> usize {
        let class = self.class_of(object);
        if class.is_none() {
            return (self.read_u32(object + MARK_OFFSET) as usize) << UNIT_SHIFT;
        }
        self.size_with(object, &self.shape(class), layouts)
    }

    /// Size in bytes of the object at `object` of a class with that shape.
    #[inline(always)]
    pub fn size_with(self, object: usize, shape: &ShapeView, layouts: &Layouts) -> usize {
        if shape.size_bytes != 0 {
            return shape.size_bytes;
        }
        if shape.kind == Kind::Mirror as u8 {
            return self.read_u32(object + layouts.mirror.size_bytes_at as usize) as usize;
        }
        array_bytes(self.read_u32(object + ARRAY_LENGTH_OFFSET), shape.element_shift)
    }

    /// Makes `bytes` (a multiple of 8) at `start` a dead object, so that spaces can be walked.
    ///
    /// A filler has class 0; where objects have their mark word it keeps its size in units.
    #[inline]
    pub fn write_filler(self, start: usize, bytes: usize) {
        debug_assert!(bytes >= UNIT_BYTES && bytes.is_multiple_of(UNIT_BYTES));
        self.write_u64(start, ((bytes >> UNIT_SHIFT) as u64) << 32);
    }

    /// Calls `f` with every reference slot of the object that lies in `lo..hi`, the referent of
    /// a Reference object excepted.
    #[inline(always)]
    pub fn each_slot(
        self,
        object: usize,
        shape: &ShapeView,
        layouts: &Layouts,
        (lo, hi): (usize, usize),
        mut f: impl FnMut(usize),
    ) {
        if shape.kind == Kind::RefArray as u8 {
            let start = object + ARRAY_DATA_OFFSET;
            let end = start + self.read_u32(object + ARRAY_LENGTH_OFFSET) as usize * 4;
            let mut slot = start.max(lo);
            let end = end.min(hi);
            while slot < end {
                f(slot);
                slot += 4;
            }
            return;
        }
        if shape.run_count != 0 {
            let runs = shape.at + self.read_u32(shape.at + RUNS_OFFSET_AT) as usize;
            for i in 0..shape.run_count {
                let run = self.read_u32(runs + i * 4);
                let start = object + (run as u16 as usize) * 4;
                let end = (start + (run >> 16) as usize * 4).min(hi);
                let mut slot = start.max(lo);
                while slot < end {
                    f(slot);
                    slot += 4;
                }
            }
        }
        if shape.kind == Kind::Mirror as u8 {
            let at = |field: u32| self.read_u32(object + field as usize) as usize;
            let start = object + at(layouts.mirror.static_refs_at);
            let end = (start + at(layouts.mirror.static_ref_count_at) * 4).min(hi);
            let mut slot = start.max(lo);
            while slot < end {
                f(slot);
                slot += 4;
            }
        }
    }

    /// The mirror of the class, or null.
    #[inline(always)]
    pub fn mirror_of(self, shape: &ShapeView) -> Ref {
        let at = self.at(shape.at + MIRROR_AT).cast::<std::sync::atomic::AtomicU32>();
        // SAFETY: a class record begins with a `Shape`, whose mirror field is atomic.
        Ref::from_bits(unsafe { (*at).load(Ordering::Relaxed) })
    }
}

const RUNS_OFFSET_AT: usize = std::mem::offset_of!(Shape, runs_offset);
const MIRROR_AT: usize = std::mem::offset_of!(Shape, mirror);

/// Any slot of an object.
pub(crate) const WHOLE: (usize, usize) = (0, usize::MAX);

/// The first word of a [`Shape`], unpacked, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct ShapeView {
    pub at: usize,
    pub size_bytes: usize,
    pub kind: u8,
    pub element_shift: u8,
    pub run_count: usize,
}

impl ShapeView {
    /// Whether instances can hold references at all.
    #[inline(always)]
    pub fn has_refs(&self) -> bool {
        self.run_count != 0 || self.kind >= Kind::RefArray as u8
    }

    /// Whether instances are Reference objects.
    #[inline(always)]
    pub fn is_reference(&self) -> bool {
        self.kind >= Kind::SoftRef as u8
    }
}

/// Size in bytes of an array, header included; up to 16 GiB and more.
#[inline(always)]
pub(crate) fn array_bytes(length: u32, element_shift: u8) -> usize {
    round_up(ARRAY_DATA_OFFSET + ((length as usize) << element_shift), UNIT_BYTES)
}
