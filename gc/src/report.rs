//! What a collection did, and the totals since the start.

use crate::layout::Ref;
use std::time::Duration;

/// How much is collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GcKind {
    /// The young generation and large objects made since the last collection.
    Minor,
    /// Everything; leaves the young generation empty.
    Full,
}

/// Why a collection runs; for the log only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GcCause {
    /// An allocation found no room.
    Allocation,
    /// `System.gc()`.
    Explicit,
    /// Metadata or native memory ran short.
    External,
    /// Stress mode.
    Stress,
    /// An image is about to be written.
    Image,
}

/// What becomes of softly reachable objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SoftPolicy {
    /// Kept for one second per free mebibyte after their last use.
    ByClock,
    /// All cleared: the last attempt before OutOfMemoryError.
    ClearAll,
    /// All kept.
    KeepAll,
}

/// What to collect, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GcRequest {
    /// How much; a minor request is done as a full one when the heap needs that.
    pub kind: GcKind,
    /// Why.
    pub cause: GcCause,
    /// What becomes of soft references.
    pub soft: SoftPolicy,
}

impl GcRequest {
    /// A minor collection because an allocation failed.
    pub const MINOR: GcRequest =
        GcRequest { kind: GcKind::Minor, cause: GcCause::Allocation, soft: SoftPolicy::ByClock };
    /// A full collection because an allocation failed.
    pub const FULL: GcRequest =
        GcRequest { kind: GcKind::Full, cause: GcCause::Allocation, soft: SoftPolicy::ByClock };
    /// The last attempt before an OutOfMemoryError.
    pub const LAST: GcRequest =
        GcRequest { kind: GcKind::Full, cause: GcCause::Allocation, soft: SoftPolicy::ClearAll };
}

/// Reference objects whose turn it is to be enqueued, linked through `Reference.discovered`;
/// the tail's link is null. The VM appends its older pending list behind `tail` (with a barrier).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PendingList {
    /// First Reference object, or null.
    pub head: Ref,
    /// Last Reference object, or null.
    pub tail: Ref,
    /// How many.
    pub count: usize,
}

/// One collection.
#[derive(Clone, Debug)]
pub struct GcReport {
    /// What was done (a minor request may have become a full collection).
    pub kind: GcKind,
    /// Why.
    pub cause: GcCause,
    /// Number of this collection, from 1.
    pub number: u64,
    /// Length of the pause inside the collector.
    pub pause: Duration,
    /// Bytes in use before.
    pub used_before_bytes: usize,
    /// Bytes in use after.
    pub used_after_bytes: usize,
    /// What the heap may currently grow to without a full collection.
    pub capacity_bytes: usize,
    /// Bytes copied within the young generation.
    pub survived_bytes: usize,
    /// Bytes moved from the young to the old generation.
    pub promoted_bytes: usize,
    /// Bytes of large objects freed.
    pub large_freed_bytes: usize,
    /// Eden's size from now on.
    pub eden_bytes: usize,
    /// Age from which objects are promoted.
    pub tenuring_threshold: u32,
    /// Reference objects that became pending.
    pub pending: PendingList,
    /// Milliseconds that the VM now stores into `SoftReference.clock`.
    pub soft_clock_ms: i64,
    /// First error that the heap checker found, if it was asked to run. The VM must not go on.
    pub check_error: Option<crate::check::CheckError>,
}

/// Totals; see [`crate::Heap::stats`].
#[derive(Clone, Debug, Default)]
pub struct HeapStats {
    /// Minor collections.
    pub minor_count: u64,
    /// Time in them.
    pub minor_time: Duration,
    /// Full collections.
    pub full_count: u64,
    /// Time in them.
    pub full_time: Duration,
    /// Bytes in use by objects, garbage since the last collection included (`total - free`).
    pub used_bytes: usize,
    /// `Runtime.totalMemory()`.
    pub committed_bytes: usize,
    /// `Runtime.maxMemory()`.
    pub max_bytes: usize,
    /// Host-side bytes counted against the limit.
    pub external_bytes: usize,
    /// Off-heap bytes handed to the guest.
    pub native_bytes: usize,
    /// Bytes in old, large and immovable objects.
    pub tenured_bytes: usize,
    /// Bytes allocated in eden and as large objects since the start, in whole allocation buffers.
    pub allocated_bytes: u64,
}
