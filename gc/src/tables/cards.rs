//! The card table: one byte per 512 bytes, dirty where a reference may have been stored.

use crate::layout::{CARD_CLEAN, CARD_DIRTY, CARD_SHIFT};
use crate::mem::Mem;
use crate::range::Span;
use std::sync::atomic::{AtomicU8, Ordering};

/// Bytes per card.
pub(crate) const CARD_BYTES: usize = 1 << CARD_SHIFT;

/// The card of byte offset `o` is at `start + (o >> CARD_SHIFT)`.
#[derive(Clone, Copy)]
pub(crate) struct Cards {
    mem: Mem,
    start: usize,
}

impl Cards {
    pub fn new(mem: Mem, start: usize) -> Cards {
        Cards { mem, start }
    }

    #[inline(always)]
    fn card(self, offset: usize) -> *mut u8 {
        self.mem.at(self.start + (offset >> CARD_SHIFT))
    }

    /// Marks the card of `slot`.
    #[inline(always)]
    pub fn dirty(self, slot: usize) {
        // SAFETY: the table has a card for every offset, and cards are always accessed whole.
        let card = unsafe { AtomicU8::from_ptr(self.card(slot)) };
        card.store(CARD_DIRTY, Ordering::Relaxed);
    }

    /// Marks all cards of `span`.
    pub fn dirty_span(self, span: Span) {
        self.set(span, CARD_DIRTY);
    }

    /// Cleans all cards of `span`.
    pub fn clean_span(self, span: Span) {
        self.set(span, CARD_CLEAN);
    }

    fn set(self, span: Span, value: u8) {
        if span.is_empty() {
            return;
        }
        let (first, last) = (span.start >> CARD_SHIFT, (span.end - 1) >> CARD_SHIFT);
        self.mem.fill(self.start + first, self.start + last + 1, value);
    }

    #[inline(always)]
    pub fn is_dirty(self, slot: usize) -> bool {
        // SAFETY: the table has a card for every offset.
        unsafe { self.card(slot).read() != CARD_CLEAN }
    }

    /// The next maximal run of dirty cards in `from..end`, cut to it. `from` is card-aligned.
    pub fn next_dirty(self, from: usize, end: usize) -> Option<Span> {
        let mut at = from;
        while at < end && !self.is_dirty(at) {
            // Eight clean cards at once where the table's words allow it.
            let card = self.start + (at >> CARD_SHIFT);
            let clean_word = card.is_multiple_of(8) && self.mem.read_u64(card) == 0;
            at += if clean_word { 8 * CARD_BYTES } else { CARD_BYTES };
        }
        if at >= end {
            return None;
        }
        let start = at;
        while at < end && self.is_dirty(at) {
            at += CARD_BYTES;
        }
        Some(Span { start, end: at.min(end) })
    }
}
