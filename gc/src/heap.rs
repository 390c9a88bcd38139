//! The heap of one guest: its range, its spaces, and what mutators ask of it.

use crate::budget::Budget;
use crate::bump::BumpArea;
use crate::collect::Collector;
use crate::layout::*;
use crate::mem::{Layouts, Mem};
use crate::native::NativeArea;
use crate::range::{Areas, Range, RangeConfig, RangeError};
use crate::report::HeapStats;
use crate::spaces::{ImageSpace, ImmovableSpace, LargeSpace, OldSpace, YoungSpace};
use crate::stress::Stress;
use crate::tables::Tables;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

/// Sizes and modes of a heap.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeapConfig {
    /// Hard limit in bytes (`-Xmx`).
    pub max_heap_bytes: usize,
    /// Size up to which the heap grows without a full collection at first (`-Xms`).
    pub initial_heap_bytes: usize,
    /// Upper bound of the young generation (`-Xmn`); `None`: a third of the heap, at most 2 GiB.
    pub young_bytes: Option<usize>,
    /// Size of the method area.
    pub method_bytes: usize,
    /// Size of the metadata area.
    pub metadata_bytes: usize,
    /// Size of the native area; `None`: the larger of 1 GiB and the heap, if that fits.
    pub native_bytes: Option<usize>,
    /// How much off-heap memory the guest may have.
    pub native_limit_bytes: usize,
    /// Room for the objects of an image, see [`RangeConfig::image_bytes`]; set by [`Heap::from_image`].
    pub image_bytes: usize,
    /// `Some(n)`: every n-th allocation asks for a collection, everything moves, and vacated
    /// memory is poisoned.
    pub stress: Option<u64>,
    /// Check the heap before and after every collection.
    pub check: bool,
}

impl Default for HeapConfig {
    fn default() -> Self {
        let range = RangeConfig::default();
        HeapConfig {
            max_heap_bytes: range.max_heap_bytes,
            initial_heap_bytes: 32 << 20,
            young_bytes: None,
            method_bytes: range.method_bytes,
            metadata_bytes: range.metadata_bytes,
            native_bytes: None,
            native_limit_bytes: usize::MAX,
            image_bytes: 0,
            stress: None,
            check: false,
        }
    }
}

impl HeapConfig {
    /// The range that this heap lives in.
    pub fn range(&self) -> RangeConfig {
        RangeConfig {
            method_bytes: self.method_bytes,
            metadata_bytes: self.metadata_bytes,
            native_bytes: self.native_bytes,
            max_heap_bytes: self.max_heap_bytes,
            young_bytes: self.young_bytes,
            double_old: self.stress.is_some(),
            image_bytes: self.image_bytes,
        }
    }
}

/// A guest's heap. Shared by its threads; collections need them stopped.
pub struct Heap {
    pub(crate) mem: Mem,
    pub(crate) tables: Tables,
    pub(crate) young: YoungSpace,
    pub(crate) old: OldSpace,
    pub(crate) large: Mutex<LargeSpace>,
    pub(crate) immovable: Mutex<ImmovableSpace>,
    pub(crate) image: ImageSpace,
    pub(crate) budget: Budget,
    pub(crate) layouts: RwLock<Layouts>,
    pub(crate) collector: Mutex<Collector>,
    pub(crate) stress: Option<Stress>,
    /// The next collection must be full: the last minor one left too little room.
    pub(crate) full_next: AtomicBool,
    pub(crate) epoch: AtomicU64,
    pub(crate) allocated_bytes: AtomicU64,
    pub(crate) soft_clock_ms: AtomicI64,
    pub(crate) config: HeapConfig,
    pub(crate) native: NativeArea,
    metadata: BumpArea,
    methods: BumpArea,
    cards_start: usize,
    /// Last, so that the mapping outlives everything that points into it.
    pub(crate) range: Range,
}

impl Heap {
    /// Reserves the range and sets up an empty heap.
    pub fn new(config: HeapConfig) -> Result<Heap, RangeError> {
        let range = Range::reserve(&config.range())?;
        Ok(Heap::over(range, config))
    }

    /// An empty heap in a reservation that was made for this configuration.
    pub(crate) fn over(range: Range, config: HeapConfig) -> Heap {
        let areas: Areas = *range.areas();
        let mem = Mem { base: range.base(), len: areas.total_bytes() };
        let tables = Tables::new(mem, &areas);
        let heap = Heap {
            mem,
            tables,
            young: YoungSpace::new(&areas),
            old: OldSpace::new(areas.old),
            large: Mutex::new(LargeSpace::new(mem, &areas)),
            immovable: Mutex::new(ImmovableSpace::new(mem, tables.crossing, areas.immovable)),
            image: ImageSpace::default(),
            budget: Budget::default(),
            layouts: RwLock::default(),
            collector: Mutex::new(Collector::new()),
            stress: config.stress.map(Stress::new),
            full_next: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            soft_clock_ms: AtomicI64::new(0),
            native: NativeArea::new(mem, areas.native, config.native_limit_bytes),
            metadata: BumpArea::new(areas.metadata),
            methods: BumpArea::new(areas.method),
            cards_start: areas.cards.start,
            config,
            range,
        };
        heap.budget.max.store(heap.config.max_heap_bytes, Ordering::Relaxed);
        heap.first_sizes();
        heap
    }

    /// The address that offset 0 stands for.
    #[inline(always)]
    pub fn base(&self) -> *mut u8 {
        self.mem.base
    }

    /// Where the areas of the range are.
    pub fn areas(&self) -> &Areas {
        self.range.areas()
    }

    /// The reservation.
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// Off-heap memory of the guest.
    pub fn native(&self) -> &NativeArea {
        &self.native
    }

    /// Linked classes. Count the host's use of it with [`Heap::add_external`].
    pub fn metadata(&self) -> &BumpArea {
        &self.metadata
    }

    /// Records addressed by method id.
    pub fn methods(&self) -> &BumpArea {
        &self.methods
    }

    /// Tells the collector about `java.lang.Class`; before the first mirror is made.
    pub fn set_mirror_layout(&self, layout: MirrorLayout) {
        self.layouts.write().unwrap_or_else(PoisonError::into_inner).mirror = layout;
    }

    /// Tells the collector about `java.lang.ref.Reference`; before the first instance is made.
    /// `queue`, `next` and `discovered` are in the reference runs of the shapes, `referent` is not.
    pub fn set_reference_layout(&self, layout: ReferenceLayout) {
        self.layouts.write().unwrap_or_else(PoisonError::into_inner).reference = layout;
    }

    pub(crate) fn layouts(&self) -> Layouts {
        *self.layouts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts `bytes` of host memory against the heap limit; false (and not counted) when that
    /// would exceed it: collect fully and try again, then it is an OutOfMemoryError.
    #[must_use]
    pub fn add_external(&self, bytes: usize) -> bool {
        let fits = self.budget.try_add(&self.budget.external, bytes, self.budget.max());
        if !fits {
            self.want(bytes);
        }
        fits
    }

    /// Takes back what [`Heap::add_external`] counted.
    pub fn sub_external(&self, bytes: usize) {
        self.budget.external.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Changes the hard limit; at most what the range was reserved for. Use beyond a lowered limit
    /// is noticed at the next collection or large allocation.
    pub fn set_max_heap(&self, bytes: usize) {
        let bytes = bytes.min(self.config.max_heap_bytes);
        self.budget.max.store(bytes, Ordering::Relaxed);
        self.budget.capacity.fetch_min(bytes, Ordering::Relaxed);
        self.full_next.store(true, Ordering::Relaxed);
    }

    /// Totals since the start.
    pub fn stats(&self) -> HeapStats {
        let mut stats = lock(&self.collector).totals.clone();
        stats.used_bytes = self.used_bytes();
        stats.max_bytes = self.budget.max();
        stats.committed_bytes = self.budget.capacity().max(stats.used_bytes);
        stats.external_bytes = self.budget.external.load(Ordering::Relaxed);
        stats.native_bytes = self.native.used_bytes();
        stats.tenured_bytes = self.budget.tenured() - stats.external_bytes;
        stats.allocated_bytes =
            self.allocated_bytes.load(Ordering::Relaxed) + self.young.eden_used().len() as u64;
        stats
    }

    /// Bytes in use by objects, garbage since the last collection included.
    pub fn used_bytes(&self) -> usize {
        self.budget.tenured() - self.budget.external.load(Ordering::Relaxed)
            + self.young.used_bytes()
    }

    /// Number of collections so far: if it changed since an allocation failed, another thread has
    /// collected, and the allocation should be tried again first.
    #[inline]
    pub fn collection_epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Base of the card table: the card of byte offset `o` is `card_table_base()[o >> CARD_SHIFT]`.
    #[inline(always)]
    pub fn card_table_base(&self) -> *mut u8 {
        self.mem.at(self.cards_start)
    }

    /// The card table's distance from the range's base, which follows from the configuration.
    pub fn card_table_offset(&self) -> usize {
        self.cards_start
    }

    /// Whether [`HeapConfig::stress`] is on: buffers are then always empty.
    pub fn is_stressed(&self) -> bool {
        self.stress.is_some()
    }
}

/// Locks; a panic elsewhere does not make heap data unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
