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

    /// Copies `bytes` of primitive data, correct for overlapping spans.
    pub fn copy_bytes(&self, from: usize, to: usize, bytes: usize) {
        if bytes > 0 {
            let last = bytes - 1;
            assert!(from + last < self.mem.len && to + last < self.mem.len, "bad heap access");
            // SAFETY: both spans lie in the range.
            unsafe { self.mem.at(to).copy_from(self.mem.at(from), bytes) }
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
