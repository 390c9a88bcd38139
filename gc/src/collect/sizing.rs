//! How big the young generation is, when objects are promoted, and when a full collection is due.

use super::Outcome;
use crate::heap::Heap;
use crate::range::PAGE_BYTES;
use crate::report::GcKind;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Share of time in the collector above which eden grows.
const GROW_ABOVE: f64 = 0.02;
/// Share below which a full collection lets eden shrink.
const SHRINK_BELOW: f64 = 0.002;
/// Eden's size at the start, if the heap is big enough.
const FIRST_EDEN_BYTES: usize = 8 << 20;
const OLDEST: u32 = 15;

/// Adapts from collection to collection.
pub(super) struct Sizing {
    eden_target_bytes: usize,
    /// Tenured bytes at which a full collection is due.
    full_trigger_bytes: usize,
    threshold: u32,
    last_end: Instant,
}

impl Sizing {
    pub fn new() -> Sizing {
        Sizing {
            eden_target_bytes: FIRST_EDEN_BYTES,
            full_trigger_bytes: 0,
            threshold: OLDEST,
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
        let pause = (now - started).as_secs_f64();
        let share = pause / (now - self.last_end).as_secs_f64().max(1e-9);
        self.last_end = now;
        if kind == GcKind::Minor && share > GROW_ABOVE {
            self.eden_target_bytes *= 2;
        } else if kind == GcKind::Full && share < SHRINK_BELOW {
            self.eden_target_bytes /= 2;
        }
        let most = heap.young.max_eden_bytes();
        self.eden_target_bytes = self.eden_target_bytes.clamp(FIRST_EDEN_BYTES.min(most), most);
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
