//! An area that is only ever filled upwards: linked metadata and method records.

use crate::range::{Span, round_up};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bump allocator over a piece of the range; hands out zeroed offsets and never takes them back.
#[derive(Debug)]
pub struct BumpArea {
    span: Span,
    top: AtomicUsize,
}

impl BumpArea {
    /// An empty area over `span`.
    pub fn new(span: Span) -> BumpArea {
        BumpArea { span, top: AtomicUsize::new(span.start) }
    }

    /// `bytes` at a multiple of `align` (a power of two), as an offset from the range's base;
    /// `None` when the area is full.
    pub fn alloc(&self, bytes: usize, align: usize) -> Option<usize> {
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            let start = round_up(top, align);
            let end = start.checked_add(bytes).filter(|&end| end <= self.span.end)?;
            match self.top.compare_exchange_weak(top, end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(start),
                Err(now) => top = now,
            }
        }
    }

    /// Counts everything below `up_to` (an offset) as used; false when it lies beyond the area.
    pub fn commit(&self, up_to: usize) -> bool {
        if up_to > self.span.end {
            return false;
        }
        self.top.fetch_max(up_to, Ordering::Relaxed);
        true
    }

    /// The whole area.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The first unused offset.
    pub fn top(&self) -> usize {
        self.top.load(Ordering::Relaxed)
    }

    /// Bytes in use.
    pub fn used_bytes(&self) -> usize {
        self.top() - self.span.start
    }
}
