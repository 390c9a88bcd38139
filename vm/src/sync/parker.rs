//! One thread's place to sleep: a permit, as `java.util.concurrent.locks.LockSupport` defines it.

use super::futex::{self, Deadline};
use std::sync::atomic::{AtomicU32, Ordering};

const EMPTY: u32 = 0;
const PERMIT: u32 = 1;
const PARKED: u32 = 2;

/// At most one permit; only the owning thread parks, anybody may unpark.
///
/// Everything written before an `unpark` is visible after the `park` that it ends.
pub struct Parker {
    word: AtomicU32,
}

impl Parker {
    /// Without a permit.
    pub const fn new() -> Parker {
        Parker { word: AtomicU32::new(EMPTY) }
    }

    /// Whether there is a permit, for an image of a stopped thread.
    pub fn has_permit(&self) -> bool {
        self.word.load(Ordering::Relaxed) == PERMIT
    }

    /// Takes the permit if there is one.
    #[inline]
    pub fn try_take(&self) -> bool {
        self.word.load(Ordering::Relaxed) == PERMIT
            && self.word.swap(EMPTY, Ordering::Acquire) == PERMIT
    }

    /// Waits for a permit and takes it; answers false when the deadline came first. Never
    /// returns early without a permit.
    pub fn park(&self, deadline: Deadline) -> bool {
        // Only the owner writes EMPTY or PARKED, so a failure means that a permit has come.
        // It is taken by an exchange, not a store: another unpark may have come meanwhile, whose
        // data must be acquired with the permit that this swallows.
        let exchange =
            self.word.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed);
        if exchange.is_err() {
            self.word.swap(EMPTY, Ordering::Acquire);
            return true;
        }
        loop {
            futex::wait(&self.word, PARKED, deadline);
            if self.word.load(Ordering::Relaxed) == PERMIT || deadline.has_passed() {
                return self.word.swap(EMPTY, Ordering::Acquire) == PERMIT;
            }
        }
    }

    /// Waits for a permit and leaves it there; the owner takes it with [`Parker::try_take`].
    pub fn wait(&self, deadline: Deadline) {
        let exchange =
            self.word.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed);
        if exchange.is_err() {
            return;
        }
        loop {
            futex::wait(&self.word, PARKED, deadline);
            if self.word.load(Ordering::Relaxed) == PERMIT {
                return;
            }
            if deadline.has_passed() {
                // Should an unpark come first, its permit stays.
                let (old, new) = (PARKED, EMPTY);
                let _ = self.word.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Makes the permit available and wakes the owner if it waits for it.
    pub fn unpark(&self) {
        if self.word.swap(PERMIT, Ordering::Release) == PARKED {
            futex::wake(&self.word, 1);
        }
    }
}

impl Default for Parker {
    fn default() -> Self {
        Parker::new()
    }
}
