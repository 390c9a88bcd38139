//! Reading, writing and asking objects, for the VM's runtime.
//!
//! Plain data is accessed with relaxed atomics: threads of a guest may race, and that is theirs to
//! answer for. Every access is checked against the range's bounds.

use crate::heap::Heap;
use crate::layout::*;
use crate::mem::ShapeView;
use crate::range::Span;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

macro_rules! accessors {
    ($($read:ident $write:ident $type:ty, $atomic:ty;)*) => {$(
        /// Reads at a byte offset from the base, aligned to the size.
        #[inline(always)]
        pub fn $read(&self, offset: usize) -> $type {
            // SAFETY: `address` has checked bounds and alignment; memory of the range is always
            // initialised, and shared only through atomics and the interpreter's plain moves.
            unsafe { <$atomic>::from_ptr(self.address::<$type>(offset)) }.load(Ordering::Relaxed)
        }

        /// Writes at a byte offset from the base, aligned to the size.
        #[inline(always)]
        pub fn $write(&self, offset: usize, value: $type) {
            // SAFETY: as for reading.
            unsafe { <$atomic>::from_ptr(self.address::<$type>(offset)) }
                .store(value, Ordering::Relaxed);
        }
    )*};
}

/// Copies between spans that may overlap, in units no smaller than the elements that are there.
///
/// # Safety
/// Both spans are memory of the range.
unsafe fn copy_elements(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: the caller's.
    unsafe {
        // The system's function never takes an element in two pieces on x86-64; elsewhere that is not known.
        if cfg!(target_arch = "x86_64") {
            return to.copy_from(from, bytes);
        }
        match (from as usize | to as usize | bytes).trailing_zeros() {
            0 => to.copy_from(from, bytes),
            1 => copy_units::<AtomicU16>(from, to, bytes),
            2 => copy_units::<AtomicU32>(from, to, bytes),
            _ => copy_units::<AtomicU64>(from, to, bytes),
        }
    }
}

/// As [`copy_elements`], in units of one size, which the places and `bytes` are multiples of.
///
/// # Safety
/// As above.
unsafe fn copy_units<U: Unit>(from: *const u8, to: *mut u8, bytes: usize) {
    let (from, to) = (from.cast::<U>(), to.cast::<U>());
    // SAFETY: `at` is less than the number of units in both spans.
    let copy = |at: usize| unsafe { (*to.add(at)).set(&*from.add(at)) };
    let count = bytes / size_of::<U>();
    if (to as usize) <= from as usize {
        (0..count).for_each(copy);
    } else {
        (0..count).rev().for_each(copy);
    }
}

/// What is read and written at once.
trait Unit {
    fn set(&self, from: &Self);
}

macro_rules! units {
    ($($unit:ty)*) => {$(
        impl Unit for $unit {
            #[inline(always)]
            fn set(&self, from: &$unit) {
                self.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    )*};
}
units! { AtomicU16 AtomicU32 AtomicU64 }

impl Heap {
    accessors! {
        read_u8 write_u8 u8, AtomicU8;
        read_u16 write_u16 u16, AtomicU16;
        read_u32 write_u32 u32, AtomicU32;
        read_u64 write_u64 u64, AtomicU64;
    }

    #[inline(always)]
    fn address<T>(&self, offset: usize) -> *mut T {
        let in_bounds = offset <= self.mem.len - size_of::<T>();
        assert!(in_bounds && offset.is_multiple_of(align_of::<T>()), "bad heap access");
        self.mem.at(offset).cast()
    }

    /// Reads a reference slot at a byte offset from the base.
    #[inline(always)]
    pub fn read_ref_at(&self, slot: usize) -> Ref {
        Ref::from_bits(self.read_u32(slot))
    }

    /// Reads the reference field at byte `offset` of `object`.
    #[inline(always)]
    pub fn read_ref(&self, object: Ref, offset: usize) -> Ref {
        self.read_ref_at(object.offset() + offset)
    }

    /// Stores into the reference field at byte `offset` of `object`, with the barrier.
    #[inline(always)]
    pub fn write_ref(&self, object: Ref, offset: usize, value: Ref) {
        let slot = object.offset() + offset;
        self.write_u32(slot, value.bits());
        self.write_barrier(slot);
    }

    /// To be called after a reference was stored at byte offset `slot` from the base.
    #[inline(always)]
    pub fn write_barrier(&self, slot: usize) {
        self.tables.cards.dirty(slot);
    }

    /// To be called after references were stored in `bytes` bytes from offset `start` on.
    #[inline]
    pub fn write_barrier_range(&self, start: usize, bytes: usize) {
        self.tables.cards.dirty_span(Span { start, end: start + bytes });
    }

    /// Class of an object (not null).
    #[inline(always)]
    pub fn class_of(&self, object: Ref) -> ClassId {
        ClassId(self.read_u32(object.offset()))
    }

    /// The mark word of an object (not null); see [`mark`].
    #[inline(always)]
    pub fn mark(&self, object: Ref) -> &AtomicU32 {
        // SAFETY: `address` has checked bounds and alignment; the mark word is only accessed as
        // an atomic while the world runs, and the range lives as long as `self`.
        unsafe { AtomicU32::from_ptr(self.address::<u32>(object.offset() + MARK_OFFSET)) }
    }

    /// Length of an array (not null).
    #[inline(always)]
    pub fn array_length(&self, array: Ref) -> u32 {
        self.read_u32(array.offset() + ARRAY_LENGTH_OFFSET)
    }

    /// Size of an object in bytes, header included.
    #[inline]
    pub fn size_of(&self, object: Ref) -> usize {
        let at = object.offset();
        let shape: ShapeView = self.mem.shape(self.class_of(object));
        if shape.size_bytes != 0 {
            return shape.size_bytes;
        }
        self.mem.size_with(at, &shape, &self.layouts())
    }

    /// The shape of a class.
    #[inline(always)]
    pub fn shape(&self, class: ClassId) -> &Shape {
        // SAFETY: `address` has checked bounds and alignment; a class id names a record that
        // begins with a `Shape`, and records are not changed once objects of the class exist.
        unsafe { &*self.address::<Shape>(class.offset()) }
    }

    /// Copies fields or elements, correct for overlapping spans. Nobody sees a part of an element.
    pub fn copy_bytes(&self, from: usize, to: usize, bytes: usize) {
        if bytes > 0 {
            let last = bytes - 1;
            assert!(from + last < self.mem.len && to + last < self.mem.len, "bad heap access");
            // SAFETY: both spans lie in the range.
            unsafe { copy_elements(self.mem.at(from), self.mem.at(to), bytes) }
        }
    }

    /// Whether an object lies in the young generation (and a store of it needs the barrier).
    #[inline(always)]
    pub fn is_young(&self, object: Ref) -> bool {
        self.young.area().contains(object.offset())
    }

    /// Whether an object can never move.
    pub fn is_immovable(&self, object: Ref) -> bool {
        let areas = self.range.areas();
        let at = object.offset();
        areas.immovable.contains(at) || areas.large.contains(at) || areas.image.contains(at)
    }

    /// Bytes as a slice, for native code that copies in or out.
    ///
    /// # Safety
    /// No thread may write the bytes, and no collection may run, while the slice lives.
    pub unsafe fn bytes(&self, offset: usize, bytes: usize) -> &[u8] {
        assert!(offset <= self.mem.len && bytes <= self.mem.len - offset, "bad heap access");
        // SAFETY: in bounds; the caller excludes writers.
        unsafe { std::slice::from_raw_parts(self.mem.base.add(offset), bytes) }
    }

    /// Bytes as a mutable slice, for native code that copies in.
    ///
    /// # Safety
    /// No other access to the bytes may happen, and no collection run, while the slice lives.
    #[expect(
        clippy::mut_from_ref,
        reason = "the range is shared memory; the caller excludes races"
    )]
    pub unsafe fn bytes_mut(&self, offset: usize, bytes: usize) -> &mut [u8] {
        assert!(offset <= self.mem.len && bytes <= self.mem.len - offset, "bad heap access");
        // SAFETY: in bounds; the caller excludes all other access.
        unsafe { std::slice::from_raw_parts_mut(self.mem.base.add(offset), bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_spans_are_copied_in_units() {
        type Copy = unsafe fn(*const u8, *mut u8, usize);
        let copies: [(usize, Copy); 3] = [
            (2, copy_units::<AtomicU16>),
            (4, copy_units::<AtomicU32>),
            (8, copy_units::<AtomicU64>),
        ];
        for (unit, copy) in copies {
            for (from, to) in [(0, 3), (3, 0), (5, 5), (0, 40)] {
                let mut words: Vec<u64> = (0..100).map(|i| i * 0x0101_0203_0507_0b0d).collect();
                let start = words.as_mut_ptr().cast::<u8>();
                // SAFETY: within the vector, and bytes of integers are bytes.
                let bytes = unsafe { std::slice::from_raw_parts_mut(start, 800) };
                let mut expected = bytes.to_vec();
                let (from, to, length) = (from * unit, to * unit, 30 * unit);
                expected.copy_within(from..from + length, to);
                let start = bytes.as_mut_ptr();
                // SAFETY: within the vector.
                unsafe { copy(start.wrapping_add(from), start.wrapping_add(to), length) };
                assert_eq!(bytes, expected, "{unit} bytes at a time, {from} to {to}");
            }
        }
    }
}
