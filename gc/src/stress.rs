//! Stress mode: when to ask for a collection that nobody needs.

use crate::report::GcKind;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every so many collections are full.
const FULL_EVERY: u64 = 8;

/// Counts allocations and collections.
pub(crate) struct Stress {
    interval: u64,
    allocations: AtomicU64,
    collections: AtomicU64,
}

impl Stress {
    /// Collects at every `interval`-th allocation.
    pub fn new(interval: u64) -> Stress {
        Stress {
            interval: interval.max(1),
            allocations: AtomicU64::new(0),
            collections: AtomicU64::new(0),
        }
    }

    /// Counts an allocation: whether it must ask for a collection first, and for which.
    pub fn count(&self) -> Option<GcKind> {
        let n = self.allocations.fetch_add(1, Ordering::Relaxed) + 1;
        n.is_multiple_of(self.interval).then(|| {
            let turn = self.collections.fetch_add(1, Ordering::Relaxed) + 1;
            if turn.is_multiple_of(FULL_EVERY) { GcKind::Full } else { GcKind::Minor }
        })
    }

    /// Whether the next counted allocation will ask for a collection.
    pub fn is_due(&self) -> bool {
        (self.allocations.load(Ordering::Relaxed) + 1).is_multiple_of(self.interval)
    }
}
