//! Eden and the survivor spaces.

use crate::range::{Areas, PAGE_BYTES, Span, round_up};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Mutators bump `top`; everything else changes only while the world is stopped.
pub(crate) struct YoungSpace {
    survivors: [Span; 2],
    eden: Span,
    end: AtomicUsize,
    top: AtomicUsize,
    /// Eden above this has never been written since its pages last came from the system.
    touched: AtomicUsize,
    from: AtomicUsize,
    from_top: AtomicUsize,
}

impl YoungSpace {
    pub fn new(areas: &Areas) -> YoungSpace {
        YoungSpace {
            survivors: [areas.survivor0, areas.survivor1],
            eden: areas.eden,
            end: AtomicUsize::new(areas.eden.start),
            top: AtomicUsize::new(areas.eden.start),
            touched: AtomicUsize::new(areas.eden.start),
            from: AtomicUsize::new(0),
            from_top: AtomicUsize::new(areas.survivor0.start),
        }
    }

    /// The whole area: survivor 0, survivor 1, eden.
    pub fn area(&self) -> Span {
        Span { start: self.survivors[0].start, end: self.eden.end }
    }

    /// `bytes` of eden.
    #[inline]
    pub fn alloc(&self, bytes: usize) -> Option<usize> {
        let end = self.end.load(Ordering::Relaxed);
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            if bytes > end.saturating_sub(top) {
                return None;
            }
            match self.top.compare_exchange_weak(
                top,
                top + bytes,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(top),
                Err(now) => top = now,
            }
        }
    }

    /// End of the part of eden that may hold old content.
    #[inline]
    pub fn touched_end(&self) -> usize {
        self.touched.load(Ordering::Relaxed)
    }

    /// The part of eden that holds objects.
    pub fn eden_used(&self) -> Span {
        Span { start: self.eden.start, end: self.top.load(Ordering::Relaxed) }
    }

    /// Eden's current size in bytes.
    pub fn eden_bytes(&self) -> usize {
        self.end.load(Ordering::Relaxed) - self.eden.start
    }

    /// Largest size that eden may have.
    pub fn max_eden_bytes(&self) -> usize {
        self.eden.len()
    }

    /// Size of one survivor space.
    pub fn survivor_bytes(&self) -> usize {
        self.survivors[0].len()
    }

    /// The survivors of the last collection.
    pub fn survivors(&self) -> Span {
        let from = self.from.load(Ordering::Relaxed);
        Span { start: self.survivors[from].start, end: self.from_top.load(Ordering::Relaxed) }
    }

    /// Where survivors go next; empty while the world runs.
    pub fn to_space(&self) -> Span {
        self.survivors[1 - self.from.load(Ordering::Relaxed)]
    }

    /// Bytes of objects in eden and survivors.
    pub fn used_bytes(&self) -> usize {
        self.eden_used().len() + self.survivors().len()
    }

    /// Eden is empty now, and the survivors are in what was `to_space`, up to `to_top`.
    pub fn flip(&self, to_top: usize) {
        self.empty_eden();
        self.from.store(1 - self.from.load(Ordering::Relaxed), Ordering::Relaxed);
        self.from_top.store(to_top, Ordering::Relaxed);
    }

    /// Nothing is left here.
    pub fn clear(&self) {
        self.empty_eden();
        self.from_top.store(self.survivors().start, Ordering::Relaxed);
    }

    fn empty_eden(&self) {
        self.touched.fetch_max(self.top.load(Ordering::Relaxed), Ordering::Relaxed);
        self.top.store(self.eden.start, Ordering::Relaxed);
    }

    /// Sets eden's size. With `release`, returns the pages that are no longer wanted, which the
    /// caller must give back to the system.
    pub fn resize_eden(&self, bytes: usize, release: bool) -> Option<Span> {
        let end = self.eden.start + bytes.min(self.eden.len()) / PAGE_BYTES * PAGE_BYTES;
        let end = end.max(self.top.load(Ordering::Relaxed));
        self.end.store(end, Ordering::Relaxed);
        let (keep, touched) = (round_up(end, PAGE_BYTES), self.touched_end());
        if !release || keep >= touched {
            return None;
        }
        self.touched.store(keep, Ordering::Relaxed);
        Some(Span { start: keep, end: round_up(touched, PAGE_BYTES) })
    }
}
