//! Mark bits: one per word of the heap, beside it.
//!
//! Objects in spaces that get compacted have the bits of all their words set, so that counting
//! bits gives their new place; objects that stay have only their first bit set.

use crate::layout::UNIT_SHIFT;
use crate::mem::Mem;
use crate::range::Span;

/// Bytes of heap that one word of the bitmap describes.
pub(crate) const BLOCK_BYTES: usize = 512;

/// The bitmap.
#[derive(Clone, Copy)]
pub(crate) struct MarkBits {
    mem: Mem,
    start: usize,
    heap_start: usize,
}

impl MarkBits {
    pub fn new(mem: Mem, start: usize, heap_start: usize) -> MarkBits {
        MarkBits { mem, start, heap_start }
    }

    #[inline(always)]
    fn word_at(self, offset: usize) -> usize {
        self.start + ((offset - self.heap_start) >> 6 & !7)
    }

    #[inline(always)]
    fn bit(offset: usize) -> u32 {
        (offset >> UNIT_SHIFT) as u32 & 63
    }

    /// The bits of the block that `offset` lies in.
    #[inline(always)]
    pub fn block(self, offset: usize) -> u64 {
        self.mem.read_u64(self.word_at(offset))
    }

    #[inline(always)]
    pub fn is_marked(self, object: usize) -> bool {
        self.block(object) >> Self::bit(object) & 1 != 0
    }

    /// Sets the object's first bit; false if it was set.
    #[inline(always)]
    pub fn mark(self, object: usize) -> bool {
        let at = self.word_at(object);
        let (word, mask) = (self.mem.read_u64(at), 1 << Self::bit(object));
        if word & mask != 0 {
            return false;
        }
        self.mem.write_u64(at, word | mask);
        true
    }

    /// Sets the bits of all words of an object.
    #[inline(always)]
    pub fn fill(self, object: usize, bytes: usize) {
        let (mut at, first) = (self.word_at(object), Self::bit(object));
        let mut left = (bytes >> UNIT_SHIFT) as u32;
        let here = left.min(64 - first);
        let mask = (u64::MAX >> (64 - here)) << first;
        self.mem.write_u64(at, self.mem.read_u64(at) | mask);
        left -= here;
        while left > 0 {
            at += 8;
            let here = left.min(64);
            let mask = u64::MAX >> (64 - here);
            self.mem.write_u64(at, self.mem.read_u64(at) | mask);
            left -= here;
        }
    }

    /// Clears one object's first bit.
    pub fn unmark(self, object: usize) {
        let at = self.word_at(object);
        self.mem.write_u64(at, self.mem.read_u64(at) & !(1 << Self::bit(object)));
    }

    /// Clears the bits of all blocks that touch `span`.
    pub fn clear(self, span: Span) {
        if !span.is_empty() {
            self.mem.fill(self.word_at(span.start), self.word_at(span.end - 1) + 8, 0);
        }
    }

    /// The first set bit at or after `from` and before `end`.
    #[inline(always)]
    pub fn next_set(self, from: usize, end: usize) -> Option<usize> {
        if from >= end {
            return None;
        }
        let mut block = from & !(BLOCK_BYTES - 1);
        let mut word = self.block(from) & (u64::MAX << Self::bit(from));
        while word == 0 {
            block += BLOCK_BYTES;
            if block >= end {
                return None;
            }
            word = self.block(block);
        }
        let found = block + ((word.trailing_zeros() as usize) << UNIT_SHIFT);
        (found < end).then_some(found)
    }

    /// The first clear bit at or after `from` and before `end`.
    pub fn next_clear(self, from: usize, end: usize) -> Option<usize> {
        if from >= end {
            return None;
        }
        let mut block = from & !(BLOCK_BYTES - 1);
        let mut word = !self.block(from) & (u64::MAX << Self::bit(from));
        while word == 0 {
            block += BLOCK_BYTES;
            if block >= end {
                return None;
            }
            word = !self.block(block);
        }
        let found = block + ((word.trailing_zeros() as usize) << UNIT_SHIFT);
        (found < end).then_some(found)
    }

    /// Bytes of marked objects in `span` of a space that gets compacted.
    pub fn live_bytes(self, span: Span) -> usize {
        let blocks = (span.start..span.end).step_by(BLOCK_BYTES);
        blocks.map(|block| self.block(block).count_ones() as usize).sum::<usize>() << UNIT_SHIFT
    }

    /// Set bits of `offset`'s block below `offset`.
    #[inline(always)]
    pub fn rank(self, offset: usize) -> usize {
        (self.block(offset) & !(u64::MAX << Self::bit(offset))).count_ones() as usize
    }
}
