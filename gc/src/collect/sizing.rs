//! How big the young generation is, when objects are promoted, and when a full collection is due.

use super::Outcome;
use crate::heap::Heap;
use crate::range::PAGE_BYTES;
use crate::report::GcKind;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Share of time in the collector above which eden grows.
const GROW_ABOVE: f64 = 0.02;
/// Share below which eden shrinks: far enough below the other that the two do not alternate.
const SHRINK_BELOW: f64 = 0.002;
/// What part of the recent times a collection leaves to be counted with the next one.
const KEPT: f64 = 0.75;
/// Eden's size at the start, if the heap is big enough.
const FIRST_EDEN_BYTES: usize = 8 << 20;
const OLDEST: u32 = 15;

/// Adapts from collection to collection.
pub(super) struct Sizing {
    eden_target_bytes: usize,
    /// Tenured bytes at which a full collection is due.
    full_trigger_bytes: usize,
    threshold: u32,
    recent: Recent,
    last_end: Instant,
}

/// Seconds in minor collections and in all, of which the latest ones count most: a single pause may be
/// long only because the machine was busy.
#[derive(Default)]
struct Recent {
    paused: f64,
    elapsed: f64,
}

impl Recent {
    /// Counts a collection -> share of time in minor ones.
    fn add(&mut self, pause: f64, since_last: f64) -> f64 {
        self.paused = self.paused * KEPT + pause;
        self.elapsed = self.elapsed * KEPT + since_last;
        self.paused / self.elapsed.max(1e-9)
    }

    /// Eden is now `times` as large: what was seen would have come that much more seldom.
    fn eden_scaled(&mut self, times: f64) {
        self.elapsed *= times;
    }
}

impl Sizing {
    pub fn new() -> Sizing {
        Sizing {
            eden_target_bytes: FIRST_EDEN_BYTES,
            full_trigger_bytes: 0,
            threshold: OLDEST,
            recent: Recent::default(),
            last_end: Instant::now(),
        }
    }

    /// Age at which the next minor collection promotes.
    pub fn tenuring_threshold(&self) -> u32 {
        self.threshold
    }

    /// How much of the survivor space the next minor collection may fill.
    pub fn survivor_bytes(&self, heap: &Heap) -> usize {
        (heap.young.eden_bytes() / 4).max(64 << 10).min(heap.young.survivor_bytes())
    }

    /// Decides everything for the time until the next collection.
    pub fn after(&mut self, heap: &Heap, kind: GcKind, outcome: &Outcome, started: Instant) {
        let now = Instant::now();
        // A larger eden makes minor collections rarer, and hardly full ones.
        let pause = if kind == GcKind::Minor { (now - started).as_secs_f64() } else { 0.0 };
        let share = self.recent.add(pause, (now - self.last_end).as_secs_f64());
        self.last_end = now;
        let before = self.eden_target_bytes;
        if kind == GcKind::Minor && share > GROW_ABOVE {
            self.eden_target_bytes *= 2;
        } else if share < SHRINK_BELOW {
            self.eden_target_bytes /= 2;
        }
        let most = heap.young.max_eden_bytes();
        self.eden_target_bytes = self.eden_target_bytes.clamp(FIRST_EDEN_BYTES.min(most), most);
        self.recent.eden_scaled(self.eden_target_bytes as f64 / before as f64);
        if kind == GcKind::Minor {
            self.threshold = threshold(&outcome.ages, self.survivor_bytes(heap) / 2);
        }
        self.apply(heap, kind);
    }

    /// Divides the heap limit between eden and the rest.
    pub fn apply(&mut self, heap: &Heap, kind: GcKind) {
        let budget = &heap.budget;
        let max = budget.max();
        let wanted = budget.wanted.swap(0, Ordering::Relaxed);
        let survivors = heap.young.survivors().len();
        let taken = budget.tenured() + survivors;
        if kind == GcKind::Full {
            let live = budget.tenured();
            self.full_trigger_bytes = heap.config.initial_heap_bytes.max(2 * live);
        }
        // A request that can not be had even without an eden is not worth starving for.
        let wanted = if taken + wanted <= max { wanted } else { 0 };
        if kind == GcKind::Full {
            self.full_trigger_bytes = self.full_trigger_bytes.max(taken + wanted);
        }
        let room = max.saturating_sub(taken + wanted);
        let eden = self.eden_target_bytes.min(room) / PAGE_BYTES * PAGE_BYTES;
        if let Some(unwanted) = heap.young.resize_eden(eden, heap.stress.is_none()) {
            heap.range.release(unwanted);
        }
        let young = heap.young.eden_bytes() + survivors;
        budget.young.store(young, Ordering::Relaxed);
        let capacity = (self.full_trigger_bytes + young).clamp(budget.total().min(max), max);
        budget.capacity.store(capacity, Ordering::Relaxed);
        let short = eden < self.eden_target_bytes / 4 || taken > self.full_trigger_bytes;
        heap.full_next.store(kind == GcKind::Minor && short, Ordering::Relaxed);
    }
}

impl Heap {
    /// The sizes that an empty heap starts with.
    pub(crate) fn first_sizes(&self) {
        let mut collector = crate::heap::lock(&self.collector);
        let sizing = &mut collector.sizing;
        let most = self.young.max_eden_bytes();
        let quarter = (self.config.initial_heap_bytes / 4).max(1 << 20);
        sizing.eden_target_bytes = FIRST_EDEN_BYTES.max(quarter).min(most);
        sizing.apply(self, GcKind::Full);
    }
}

/// The age from which survivors would fill more than `target` bytes.
fn threshold(ages: &[usize; 16], target: usize) -> u32 {
    let mut sum = 0;
    for age in 1..=OLDEST {
        sum += ages[age as usize];
        if sum > target {
            return age;
        }
    }
    OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_pause_is_not_enough() {
        let mut recent = Recent::default();
        for _ in 0..10 {
            assert!(recent.add(0.005, 1.0) < GROW_ABOVE);
        }
        assert!(recent.add(0.030, 1.0) < GROW_ABOVE);
        let shares: Vec<_> = (0..10).map(|_| recent.add(0.030, 1.0)).collect();
        assert!(shares.last().is_some_and(|share| *share > GROW_ABOVE), "{shares:?}");
    }

    #[test]
    fn a_larger_eden_is_given_time_to_help() {
        let mut recent = Recent::default();
        assert!(recent.add(0.030, 1.0) > GROW_ABOVE);
        recent.eden_scaled(2.0);
        assert!(recent.add(0.030, 2.0) < GROW_ABOVE);
    }
}
