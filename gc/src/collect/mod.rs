//! Collections: what they have in common.
//!
//! The world is stopped by the caller. `minor` copies the young generation, `full` marks and
//! compacts everything; `dense` spares it that where it would gain nothing; `references` knows `java.lang.ref`, `sizing` decides what comes next.

mod dense;
mod full;
mod mark;
mod minor;
mod references;
mod sizing;

use crate::check::{self, CheckError};
use crate::heap::{Heap, lock};
use crate::report::*;
use crate::roots::RootSource;
use crate::tlab::Tlab;
use references::SoftRule;
use sizing::Sizing;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What stays from one collection to the next; behind a lock in the heap.
pub(crate) struct Collector {
    pub(crate) totals: HeapStats,
    sizing: Sizing,
    mark_stack: Vec<mark::Entry>,
}

impl Collector {
    pub fn new() -> Collector {
        Collector { totals: HeapStats::default(), sizing: Sizing::new(), mark_stack: Vec::new() }
    }
}

/// What one collection of either kind found out.
#[derive(Default)]
struct Outcome {
    pending: PendingList,
    survived_bytes: usize,
    promoted_bytes: usize,
    large_freed_bytes: usize,
    /// Survivors by age, in bytes.
    ages: [usize; 16],
}

impl Heap {
    /// Collects. The world must be stopped: no other thread may touch the heap meanwhile.
    ///
    /// All buffers are retired, all references that `roots` shows are updated. Afterwards the VM
    /// appends its pending list behind [`GcReport::pending`], stores the soft clock, and tells its
    /// reference handler thread.
    pub fn collect(&self, request: GcRequest, roots: &mut dyn RootSource) -> GcReport {
        let mut guard = lock(&self.collector);
        let collector = &mut *guard;
        let started = Instant::now();
        roots.visit_tlabs(&mut |tlab| {
            self.retire_tlab(tlab);
            tlab.desired_bytes = Tlab::FIRST_BYTES.max(tlab.desired_bytes / 2);
        });
        let used_before_bytes = self.used_bytes();
        let eden = self.young.eden_used().len() as u64;
        self.allocated_bytes.fetch_add(eden, Ordering::Relaxed);
        let kind = self.actual_kind(request.kind);
        if let Some(error) = self.checked("before", kind, roots) {
            // Tracing a damaged heap could write anywhere.
            let report = self.report(request, kind, used_before_bytes, Outcome::default());
            return GcReport { check_error: Some(error), ..report };
        }
        let soft = SoftRule::new(
            request.soft,
            self.soft_clock_ms.load(Ordering::Relaxed),
            self.budget.max().saturating_sub(used_before_bytes),
        );
        let outcome = match kind {
            GcKind::Minor => minor::collect(self, collector, soft, roots),
            GcKind::Full => full::collect(self, collector, soft, roots),
        };
        collector.sizing.after(self, kind, &outcome, started);
        let check_error = self.checked("after", kind, roots);
        let soft_clock_ms = now_ms();
        self.soft_clock_ms.store(soft_clock_ms, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Release);
        let pause = started.elapsed();
        let totals = &mut collector.totals;
        match kind {
            GcKind::Minor => {
                (totals.minor_count, totals.minor_time) =
                    (totals.minor_count + 1, totals.minor_time + pause)
            }
            GcKind::Full => {
                (totals.full_count, totals.full_time) =
                    (totals.full_count + 1, totals.full_time + pause)
            }
        }
        GcReport {
            pause,
            tenuring_threshold: collector.sizing.tenuring_threshold(),
            check_error,
            ..self.report(request, kind, used_before_bytes, outcome)
        }
    }

    fn report(
        &self,
        request: GcRequest,
        kind: GcKind,
        used_before_bytes: usize,
        outcome: Outcome,
    ) -> GcReport {
        GcReport {
            kind,
            cause: request.cause,
            number: self.collection_epoch(),
            pause: Duration::ZERO,
            used_before_bytes,
            used_after_bytes: self.used_bytes(),
            capacity_bytes: self.budget.capacity(),
            survived_bytes: outcome.survived_bytes,
            promoted_bytes: outcome.promoted_bytes,
            large_freed_bytes: outcome.large_freed_bytes,
            eden_bytes: self.young.eden_bytes(),
            tenuring_threshold: 0,
            pending: outcome.pending,
            soft_clock_ms: self.soft_clock_ms.load(Ordering::Relaxed),
            check_error: None,
        }
    }

    /// A minor collection needs room in the old area for all of the young generation.
    fn actual_kind(&self, asked: GcKind) -> GcKind {
        let room = self.old.area().end - self.old.used().end;
        if self.full_next.load(Ordering::Relaxed) || room < self.young.used_bytes() {
            return GcKind::Full;
        }
        asked
    }

    fn checked(
        &self,
        when: &'static str,
        kind: GcKind,
        roots: &mut dyn RootSource,
    ) -> Option<CheckError> {
        if !self.config.check {
            return None;
        }
        check::run(self, Some(roots)).err().map(|error| error.during(when, kind))
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
