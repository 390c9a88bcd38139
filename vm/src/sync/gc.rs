//! Collections from the threads' side: stopping the world around them, once for many who ask,
//! and the list of references that the collector hands to the reference handler.

use super::futex::{self, Deadline};
use super::safepoint;
use super::waiting::Waiting;
use crate::native::Result;
use crate::roots::VmRoots;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{GcKind, GcReport, GcRequest, Ref, RootVisitor, SoftPolicy};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Values of `Heap::collection_epoch` after the last collection that was at least so thorough.
#[derive(Default)]
pub(super) struct Collected {
    full: AtomicU64,
    all_soft_cleared: AtomicU64,
}

impl Collected {
    fn note(&self, report: &GcReport, soft: SoftPolicy, epoch: u64) {
        if report.kind == GcKind::Full {
            self.full.store(epoch, Ordering::Relaxed);
            if soft == SoftPolicy::ClearAll {
                self.all_soft_cleared.store(epoch, Ordering::Relaxed);
            }
        }
    }

    /// Whether a collection as thorough as `request` has run since `asked`. All loads are ordered
    /// by the world mutex.
    fn is_done(&self, request: &GcRequest, asked: u64, now: u64) -> bool {
        let last = match (request.kind, request.soft) {
            (_, SoftPolicy::ClearAll) => self.all_soft_cleared.load(Ordering::Relaxed),
            (GcKind::Full, _) => self.full.load(Ordering::Relaxed),
            (GcKind::Minor, _) => now,
        };
        last > asked
    }
}

/// Collects, unless another thread does what was asked for while this one waits for the world to
/// stop. Raw references are stale afterwards.
///
/// # Errors
/// None so far; see [`safepoint::poll`].
pub fn collect(t: &Thread, request: GcRequest) -> Result<()> {
    collect_if(t, request, t.vm().heap.collection_epoch())
}

/// Collects, unless what was asked for has been done since the heap's `epoch`: an allocation that
/// failed in it is worth another attempt. Raw references are stale afterwards.
///
/// # Errors
/// None so far; see [`safepoint::poll`].
pub fn collect_if(t: &Thread, request: GcRequest, epoch: u64) -> Result<()> {
    let vm = t.vm();
    safepoint::stop_world(t, || {
        let now = vm.heap.collection_epoch();
        if !vm.threads.collected.is_done(&request, epoch, now) {
            collect_stopped(vm, request);
        }
    });
    if vm.references.has_pending() {
        vm.threads.dormant.wake_for_references(vm);
    }
    Ok(())
}

/// Collects in a stopped world.
fn collect_stopped(vm: &Vm, request: GcRequest) -> GcReport {
    vm.monitors.deflate_if_many(&vm.heap);
    let report = vm.heap.collect(request, &mut VmRoots::new(vm));
    if let Some(error) = &report.check_error {
        eprintln!(
            "rvm: the heap is damaged, {:?} collection {}: {error}",
            report.kind, report.number
        );
        std::process::abort();
    }
    vm.threads.collected.note(&report, request.soft, vm.heap.collection_epoch());
    vm.references.add(vm, &report);
    store_soft_clock(vm, report.soft_clock_ms);
    if vm.config.gc_log {
        log(&report);
    }
    report
}

/// `SoftReference.get` copies this clock into the reference's timestamp.
fn store_soft_clock(vm: &Vm, millis: i64) {
    let class = vm.known.soft_reference;
    if !class.is_none() && vm.known.soft_reference_clock != 0 && !vm.mirror(class).is_null() {
        vm.set_u64(vm.mirror(class), vm.known.soft_reference_clock, millis as u64);
    }
}

fn log(r: &GcReport) {
    let kib = |bytes: usize| bytes >> 10;
    eprintln!(
        "[gc] {} {:?} ({:?}) {}K->{}K({}K) {:.3}ms survived {}K promoted {}K pending {}",
        r.number,
        r.kind,
        r.cause,
        kib(r.used_before_bytes),
        kib(r.used_after_bytes),
        kib(r.capacity_bytes),
        r.pause.as_secs_f64() * 1e3,
        kib(r.survived_bytes),
        kib(r.promoted_bytes),
        r.pending.count,
    );
}

/// References whose referents have died, linked through `Reference.discovered`, until the
/// reference handler takes them (`java.lang.ref.Reference`).
#[derive(Default)]
pub struct PendingReferences {
    /// Bits of the first `Reference`, or 0. A root.
    head: AtomicU32,
    /// Counts additions; the word on which the reference handler sleeps.
    added: AtomicU32,
}

impl PendingReferences {
    /// Nothing pending.
    pub fn new() -> PendingReferences {
        PendingReferences::default()
    }

    /// Prepends what a collection found; the world is stopped.
    fn add(&self, vm: &Vm, report: &GcReport) {
        let new = report.pending;
        if new.head.is_null() {
            return;
        }
        let old = Ref::from_bits(self.head.load(Ordering::Relaxed));
        vm.heap.write_ref(new.tail, vm.known.reference_discovered as usize, old);
        self.head.store(new.head.bits(), Ordering::Relaxed);
        self.added.fetch_add(1, Ordering::SeqCst);
        futex::wake_all(&self.added);
    }

    /// `Reference.hasReferencePendingList`.
    pub fn has_pending(&self) -> bool {
        self.head.load(Ordering::Relaxed) != 0
    }

    /// `Reference.getAndClearReferencePendingList`: the first, or null.
    pub fn take(&self) -> Ref {
        Ref::from_bits(self.head.swap(0, Ordering::Relaxed))
    }

    /// `Reference.waitForReferencePendingList`. Raw references are stale afterwards.
    pub fn wait(&self, t: &Thread) {
        t.resumed.take();
        t.waits_for.replace(Some(Waiting::References));
        loop {
            let added = self.added.load(Ordering::SeqCst);
            if self.has_pending() || t.is_ending() {
                break;
            }
            t.blocked(|| futex::wait(&self.added, added, Deadline::Never));
        }
        t.waits_for.take();
    }

    /// Has who waits look again.
    pub(super) fn wake(&self) {
        self.added.fetch_add(1, Ordering::SeqCst);
        futex::wake_all(&self.added);
    }

    /// The first of the list, for an image.
    pub fn head(&self) -> Ref {
        Ref::from_bits(self.head.load(Ordering::Relaxed))
    }

    /// A list that begins with `head`.
    pub fn restore(head: Ref) -> PendingReferences {
        PendingReferences { head: head.bits().into(), added: 0.into() }
    }

    /// Shows the list's head to the collector.
    pub fn visit_strong(&self, visitor: &mut dyn RootVisitor) {
        let mut head = Ref::from_bits(self.head.load(Ordering::Relaxed));
        if !head.is_null() {
            visitor.visit(&mut head);
            self.head.store(head.bits(), Ordering::Relaxed);
        }
    }
}
