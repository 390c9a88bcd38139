//! The old generation: filled from the bottom by promotion, emptied by sliding compaction.

use crate::range::Span;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Changed only by collections; other threads read it for statistics.
pub(crate) struct OldSpace {
    area: Span,
    base: AtomicUsize,
    top: AtomicUsize,
}

impl OldSpace {
    pub fn new(area: Span) -> OldSpace {
        OldSpace { area, base: AtomicUsize::new(area.start), top: AtomicUsize::new(area.start) }
    }

    /// All that may ever be used.
    pub fn area(&self) -> Span {
        self.area
    }

    /// What holds objects, without gaps.
    pub fn used(&self) -> Span {
        Span { start: self.base.load(Ordering::Relaxed), end: self.top.load(Ordering::Relaxed) }
    }

    /// The collection has left objects in `span`.
    pub fn set_used(&self, span: Span) {
        debug_assert!(self.area.start <= span.start && span.end <= self.area.end);
        self.base.store(span.start, Ordering::Relaxed);
        self.top.store(span.end, Ordering::Relaxed);
    }
}
