//! Off-heap memory inside the range: `Unsafe.allocateMemory`, direct buffers, file mappings.
//!
//! Own size classes over page runs instead of a malloc crate: those keep absolute pointers inside
//! the memory that they manage, which an image could not move and a guest could overwrite. Here
//! all bookkeeping is beside it and in distances from the base.

use crate::mem::Mem;
use crate::range::{PAGE_BYTES, Span, round_up};
use crate::runs::PageRuns;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sizes of small blocks in bytes; all are multiples of 16, the alignment of every block.
const CLASSES: [u16; 24] = [
    16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
    1280, 1536, 1792, 2048,
];
/// Pages of a run of small blocks.
const RUN_PAGES: usize = 4;

/// Allocator of off-heap memory; results are byte distances from the range's base.
pub struct NativeArea {
    mem: Mem,
    area: Span,
    limit_bytes: AtomicUsize,
    used_bytes: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    runs: PageRuns,
    /// Free small blocks of each class.
    free: [Vec<usize>; CLASSES.len()],
    /// Per page of the area: 0, or 1 + class * RUN_PAGES + number of the page in its run.
    pages: Vec<u8>,
    /// Page runs that are one block each: start to bytes asked for, rounded to pages.
    large: BTreeMap<usize, usize>,
    /// Those of them over which the caller has mapped something: their content is not ours.
    mapped: BTreeSet<usize>,
}

/// What a [`NativeArea`] has handed out, for an image.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NativeState {
    used_bytes: usize,
    free: Vec<Vec<usize>>,
    pages: Vec<u8>,
    large: Vec<(usize, usize)>,
    mapped: Vec<usize>,
}

impl NativeState {
    /// Bytes that are handed out, if all that is said holds together.
    fn check(&self, area: Span) -> Option<usize> {
        if self.free.len() != CLASSES.len() || self.pages.len() > area.len() / PAGE_BYTES {
            return None;
        }
        let mut small = [0usize; CLASSES.len()];
        let mut page = 0;
        while page < self.pages.len() {
            let Some(tag) = usize::from(self.pages[page]).checked_sub(1) else {
                page += 1;
                continue;
            };
            let run = self.pages.get(page..page + RUN_PAGES)?;
            let whole = (0..RUN_PAGES).all(|i| usize::from(run[i]) == tag + i + 1);
            if !tag.is_multiple_of(RUN_PAGES) || tag / RUN_PAGES >= CLASSES.len() || !whole {
                return None;
            }
            small[tag / RUN_PAGES] += 1;
            page += RUN_PAGES;
        }
        let mut used = 0;
        for (class, free) in self.free.iter().enumerate() {
            let size = usize::from(CLASSES[class]);
            let mut seen = std::collections::HashSet::new();
            for &block in free {
                let page = block.checked_sub(area.start)? / PAGE_BYTES;
                let tag = usize::from(*self.pages.get(page)?).checked_sub(1)?;
                let run = area.start + (page - tag % RUN_PAGES) * PAGE_BYTES;
                let inside = (block - run).is_multiple_of(size)
                    && block - run + size <= RUN_PAGES * PAGE_BYTES;
                if tag / RUN_PAGES != class || !inside || !seen.insert(block) {
                    return None;
                }
            }
            let all = small[class] * (RUN_PAGES * PAGE_BYTES / size);
            used += all.checked_sub(free.len())? * size;
        }
        for &(start, bytes) in &self.large {
            let aligned = start.is_multiple_of(PAGE_BYTES) && bytes.is_multiple_of(PAGE_BYTES);
            let end = start.checked_add(bytes)?;
            if !aligned || bytes == 0 || start < area.start || end > area.end {
                return None;
            }
            used += bytes;
        }
        Some(used)
    }
}

impl NativeArea {
    /// What is handed out, and the pages that hold it; those of mappings are for their owner to save.
    pub(crate) fn capture(&self) -> (NativeState, Vec<Span>) {
        let state = self.lock();
        let mut spans: Vec<Span> = Vec::new();
        for page in (0..state.pages.len()).filter(|&page| state.pages[page] != 0) {
            let start = self.area.start + page * PAGE_BYTES;
            match spans.last_mut() {
                Some(last) if last.end == start => last.end += PAGE_BYTES,
                _ => spans.push(Span { start, end: start + PAGE_BYTES }),
            }
        }
        let own = state.large.iter().filter(|(start, _)| !state.mapped.contains(start));
        spans.extend(own.map(|(&start, &bytes)| Span { start, end: start + bytes }));
        let captured = NativeState {
            used_bytes: self.used_bytes(),
            free: state.free.to_vec(),
            pages: state.pages.clone(),
            large: state.large.iter().map(|(&start, &bytes)| (start, bytes)).collect(),
            mapped: state.mapped.iter().copied().collect(),
        };
        (captured, spans)
    }

    /// Hands out again what was captured from an area with the same start; false if it does not fit.
    pub(crate) fn restore(&self, captured: &NativeState) -> bool {
        let mut state = self.lock();
        let free: Result<[Vec<usize>; CLASSES.len()], _> = captured.free.clone().try_into();
        let Ok(free) = free else { return false };
        let small = captured.pages.iter().enumerate().filter(|(_, tag)| **tag != 0);
        let small = small.map(|(page, _)| (self.area.start + page * PAGE_BYTES, PAGE_BYTES));
        for (start, bytes) in small.chain(captured.large.iter().copied()) {
            if start < self.area.start || start + bytes > self.area.end {
                return false;
            }
            if !state.runs.take_at(Span { start, end: start + bytes }) {
                return false;
            }
        }
        state.free = free;
        state.pages = captured.pages.clone();
        state.large = captured.large.iter().copied().collect();
        state.mapped = captured.mapped.iter().copied().collect();
        self.used_bytes.store(captured.used_bytes, Ordering::Relaxed);
        true
    }

    /// As [`NativeArea::restore`], of a description that may be forged: every page and block must be what
    /// allocation could have made of it.
    pub(crate) fn restore_checked(&self, captured: &NativeState) -> bool {
        let Some(used_bytes) = captured.check(self.area) else { return false };
        used_bytes <= self.limit_bytes.load(Ordering::Relaxed)
            && self.restore(&NativeState { used_bytes, ..captured.clone() })
    }

    pub(crate) fn new(mem: Mem, area: Span, limit_bytes: usize) -> NativeArea {
        let state = State {
            runs: PageRuns::new(area),
            free: std::array::from_fn(|_| Vec::new()),
            pages: Vec::new(),
            large: BTreeMap::new(),
            mapped: BTreeSet::new(),
        };
        NativeArea {
            mem,
            area,
            limit_bytes: AtomicUsize::new(limit_bytes.min(area.len())),
            used_bytes: AtomicUsize::new(0),
            state: Mutex::new(state),
        }
    }

    /// Bytes handed out.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// Changes how many bytes may be handed out.
    pub fn set_limit(&self, bytes: usize) {
        self.limit_bytes.store(bytes.min(self.area.len()), Ordering::Relaxed);
    }

    /// A block of at least `bytes`, 16-aligned, of undefined content; `None` when the limit or the
    /// area is exhausted. Zero bytes give a small block.
    pub fn malloc(&self, bytes: usize) -> Option<u64> {
        let size = block_bytes(bytes)?;
        self.count(size)?;
        let block = self.lock().alloc(size, self.area);
        if block.is_none() {
            self.used_bytes.fetch_sub(size, Ordering::Relaxed);
        }
        block.map(|at| at as u64)
    }

    /// A block with the content of `block` up to the smaller size; `block` is free afterwards
    /// unless the result is `None`. Offset 0 allocates.
    pub fn realloc(&self, block: u64, bytes: usize) -> Option<u64> {
        if block == 0 {
            return self.malloc(bytes);
        }
        let old_size = self.lock().size_of(block as usize, self.area)?;
        if block_bytes(bytes) == Some(old_size) {
            return Some(block);
        }
        let new = self.malloc(bytes)?;
        let common = old_size.min(bytes);
        // SAFETY: both blocks are ours, distinct, and have at least `common` bytes.
        unsafe {
            self.mem.at(new as usize).copy_from_nonoverlapping(self.mem.at(block as usize), common)
        };
        self.free(block);
        Some(new)
    }

    /// Takes a block back. Offsets that are no block are ignored: a guest harms only itself.
    pub fn free(&self, block: u64) {
        let mut state = self.lock();
        if let Some(size) = state.free(block as usize, self.area) {
            if size > PAGE_BYTES {
                self.remap(block as usize, size);
            }
            self.used_bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }

    /// Bytes of the block, or `None` if there is no such block.
    pub fn size_of(&self, block: u64) -> Option<usize> {
        self.lock().size_of(block as usize, self.area)
    }

    /// Pages for a mapping that the caller then makes over them (MAP_FIXED).
    pub fn reserve_pages(&self, bytes: usize) -> Option<u64> {
        let bytes = page_bytes(bytes.max(1))?;
        self.count(bytes)?;
        let mut state = self.lock();
        let Some(run) = state.runs.take(bytes) else {
            self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        };
        state.large.insert(run.span.start, bytes);
        state.mapped.insert(run.span.start);
        Some(run.span.start as u64)
    }

    /// Takes pages back and maps anonymous memory over whatever the caller had mapped there.
    pub fn release_pages(&self, pages: u64) {
        let mut state = self.lock();
        if let Some(bytes) = state.large.remove(&(pages as usize)) {
            let start = pages as usize;
            state.mapped.remove(&start);
            self.remap(start, bytes);
            state.runs.give(Span { start, end: start + bytes }, false);
            self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    fn remap(&self, start: usize, bytes: usize) {
        // SAFETY: the pages are a free run of our own mapping; nobody may use them any more.
        let at = unsafe {
            libc::mmap(
                self.mem.at(start).cast(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        debug_assert_ne!(at, libc::MAP_FAILED, "remapping our own pages");
    }

    fn count(&self, bytes: usize) -> Option<()> {
        let before = self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limit_bytes.load(Ordering::Relaxed) {
            self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        }
        Some(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn page_bytes(bytes: usize) -> Option<usize> {
    bytes.checked_add(PAGE_BYTES - 1).map(|n| n & !(PAGE_BYTES - 1))
}

fn class_of(bytes: usize) -> Option<usize> {
    let class = CLASSES.partition_point(|&size| usize::from(size) < bytes);
    (class < CLASSES.len()).then_some(class)
}

fn block_bytes(bytes: usize) -> Option<usize> {
    match class_of(bytes) {
        Some(class) => Some(usize::from(CLASSES[class])),
        None => page_bytes(bytes),
    }
}

impl State {
    fn alloc(&mut self, size: usize, area: Span) -> Option<usize> {
        let Some(class) = class_of(size) else {
            let run = self.runs.take(size)?;
            self.large.insert(run.span.start, size);
            return Some(run.span.start);
        };
        if self.free[class].is_empty() {
            let run = self.runs.take(RUN_PAGES * PAGE_BYTES)?.span;
            let first = (run.start - area.start) / PAGE_BYTES;
            if self.pages.len() < first + RUN_PAGES {
                self.pages.resize(round_up(first + RUN_PAGES, 1024), 0);
            }
            for i in 0..RUN_PAGES {
                self.pages[first + i] = (1 + class * RUN_PAGES + i) as u8;
            }
            let blocks = (run.len() / size) * size;
            self.free[class].extend((run.start..run.start + blocks).step_by(size).rev());
        }
        self.free[class].pop()
    }

    /// Class of the small block at `block`, if it may be one.
    fn small_class(&self, block: usize, area: Span) -> Option<usize> {
        let page = block.checked_sub(area.start)? / PAGE_BYTES;
        let tag = usize::from(*self.pages.get(page)?).checked_sub(1)?;
        let run = area.start + (page - tag % RUN_PAGES) * PAGE_BYTES;
        let class = tag / RUN_PAGES;
        (block - run).is_multiple_of(usize::from(CLASSES[class])).then_some(class)
    }

    fn size_of(&self, block: usize, area: Span) -> Option<usize> {
        match self.large.get(&block) {
            Some(&bytes) => Some(bytes),
            None => self.small_class(block, area).map(|class| usize::from(CLASSES[class])),
        }
    }

    fn free(&mut self, block: usize, area: Span) -> Option<usize> {
        if let Some(bytes) = self.large.remove(&block) {
            self.runs.give(Span { start: block, end: block + bytes }, true);
            return Some(bytes);
        }
        let class = self.small_class(block, area)?;
        self.free[class].push(block);
        Some(usize::from(CLASSES[class]))
    }
}
