//! Where the object starts that covers a card's first word.

use super::cards::CARD_BYTES;
use crate::layout::{CARD_SHIFT, UNIT_SHIFT};
use crate::mem::Mem;

/// Largest object that the table can describe, in bytes.
pub(crate) const MAX_CROSSING_BYTES: usize = 512 << 10;

/// One u16 per card of the heap: units from the card's start back to that object's start.
#[derive(Clone, Copy)]
pub(crate) struct Crossing {
    mem: Mem,
    start: usize,
    heap_start: usize,
}

impl Crossing {
    pub fn new(mem: Mem, start: usize, heap_start: usize) -> Crossing {
        Crossing { mem, start, heap_start }
    }

    #[inline(always)]
    fn entry(self, card_start: usize) -> *mut u16 {
        self.mem.at(self.start + ((card_start - self.heap_start) >> CARD_SHIFT) * 2).cast()
    }

    /// Notes an object (or filler) at `object`.
    #[inline(always)]
    pub fn note(self, object: usize, bytes: usize) {
        let mut card = (object + CARD_BYTES - 1) & !(CARD_BYTES - 1);
        let end = object + bytes;
        while card < end {
            // SAFETY: the table has an entry for every card of the heap.
            unsafe { self.entry(card).write(((card - object) >> UNIT_SHIFT) as u16) };
            card += CARD_BYTES;
        }
    }

    /// Start of the object that covers `card_start`, which must lie below its space's top.
    #[inline(always)]
    pub fn object_at(self, card_start: usize) -> usize {
        // SAFETY: as in `note`.
        let units = unsafe { self.entry(card_start).read() };
        card_start - ((units as usize) << UNIT_SHIFT)
    }
}
