//! Who uses how much of the heap limit.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Byte counts; the sum of all users stays within `max` while the world runs.
///
/// During a pause copies of survivors come on top; they replace what was counted before it ends.
#[derive(Default)]
pub(crate) struct Budget {
    /// Hard limit.
    pub max: AtomicUsize,
    /// What the heap may grow to before a full collection; at most `max`.
    pub capacity: AtomicUsize,
    /// Eden's size and the survivors.
    pub young: AtomicUsize,
    /// Objects in the old generation.
    pub old: AtomicUsize,
    /// Pages of large objects.
    pub large: AtomicUsize,
    /// Immovable objects.
    pub immovable: AtomicUsize,
    /// Host-side memory used for the guest.
    pub external: AtomicUsize,
    /// Size of the last request that found no room: the next collection leaves space for it.
    pub wanted: AtomicUsize,
}

impl Budget {
    /// Everything but the young generation.
    pub fn tenured(&self) -> usize {
        let get = |n: &AtomicUsize| n.load(Ordering::Relaxed);
        get(&self.old) + get(&self.large) + get(&self.immovable) + get(&self.external)
    }

    /// Everything.
    pub fn total(&self) -> usize {
        self.tenured() + self.young.load(Ordering::Relaxed)
    }

    /// Adds to `user`, one of this budget's counts, if the total stays within `limit`.
    pub fn try_add(&self, user: &AtomicUsize, bytes: usize, limit: usize) -> bool {
        if bytes > limit {
            return false;
        }
        user.fetch_add(bytes, Ordering::Relaxed);
        let fits = self.total() <= limit;
        if !fits {
            user.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    pub fn max(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    pub fn capacity(&self) -> usize {
        self.capacity.load(Ordering::Relaxed)
    }
}
