//! Where sliding compaction puts things: one number per 512-byte block (Kermany and Petrank,
//! "The Compressor", PLDI 2006), the rest by counting mark bits.

use super::bitmap::{BLOCK_BYTES, MarkBits};
use crate::layout::{CARD_SHIFT, UNIT_SHIFT};
use crate::mem::Mem;
use crate::range::Span;

/// New place, in units from the base, of each block's first live word.
#[derive(Clone, Copy)]
pub(crate) struct Forward {
    mem: Mem,
    start: usize,
    heap_start: usize,
}

impl Forward {
    pub fn new(mem: Mem, start: usize, heap_start: usize) -> Forward {
        Forward { mem, start, heap_start }
    }

    #[inline(always)]
    fn entry(self, offset: usize) -> usize {
        self.start + ((offset - self.heap_start) >> CARD_SHIFT) * 4
    }

    /// Plans to put all live words of `span` in order at `to` and after; returns the end.
    pub fn plan(self, span: Span, marks: MarkBits, to: usize) -> usize {
        let (mut block, mut to) = (span.start, to);
        while block < span.end {
            self.mem.write_u32(self.entry(block), (to >> UNIT_SHIFT) as u32);
            to += (marks.block(block).count_ones() as usize) << UNIT_SHIFT;
            block += BLOCK_BYTES;
        }
        to
    }

    /// New place of the live object at `object`.
    #[inline(always)]
    pub fn of(self, object: usize, marks: MarkBits) -> usize {
        let block = self.mem.read_u32(self.entry(object)) as usize;
        (block + marks.rank(object)) << UNIT_SHIFT
    }
}
