//! Large objects: whole pages each, never moved, freed one by one.
//!
//! A new one is young until the first collection: a minor collection frees it unless it was
//! reached. So short-lived big buffers do not fill the heap until a full collection.

use crate::mem::Mem;
use crate::range::{Areas, PAGE_BYTES, Span, round_up};
use crate::runs::{PageRuns, Run};
use serde::{Deserialize, Serialize};

/// An object and the pages that it has.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LargeObject {
    pub start: usize,
    /// A multiple of the page size.
    pub bytes: usize,
}

/// State of the page that a large object starts at.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LargeState {
    Old = 1,
    Young = 2,
    Reached = 3,
}

/// One byte per page of the space.
#[derive(Clone, Copy)]
pub(crate) struct PageStates {
    mem: Mem,
    table: usize,
    space: usize,
}

impl PageStates {
    #[inline(always)]
    fn at(self, object: usize) -> *mut u8 {
        self.mem.at(self.table + (object - self.space) / PAGE_BYTES)
    }

    pub fn set(self, object: usize, state: LargeState) {
        // SAFETY: the table has a byte for every page of the space.
        unsafe { self.at(object).write(state as u8) }
    }

    /// True the first time that a young object is reached.
    #[inline(always)]
    pub fn reach(self, object: usize) -> bool {
        let at = self.at(object);
        // SAFETY: as in `set`.
        unsafe {
            let young = at.read() == LargeState::Young as u8;
            if young {
                at.write(LargeState::Reached as u8);
            }
            young
        }
    }

    /// Whether a minor collection has found no way to the object so far.
    #[inline(always)]
    pub fn is_unreached(self, object: usize) -> bool {
        // SAFETY: as in `set`.
        unsafe { self.at(object).read() == LargeState::Young as u8 }
    }
}

/// The large object space; behind a lock in the heap.
pub(crate) struct LargeSpace {
    runs: PageRuns,
    states: PageStates,
    /// Objects that survived a collection.
    pub old: Vec<LargeObject>,
    /// Objects made since the last one.
    pub young: Vec<LargeObject>,
    young_bytes: usize,
}

impl LargeSpace {
    pub fn new(mem: Mem, areas: &Areas) -> LargeSpace {
        let states = PageStates { mem, table: areas.large_state.start, space: areas.large.start };
        LargeSpace {
            runs: PageRuns::new(areas.large),
            states,
            old: Vec::new(),
            young: Vec::new(),
            young_bytes: 0,
        }
    }

    /// Takes over the objects of an image; returns their bytes, or nothing if two of them overlap.
    pub fn restore(&mut self, objects: &[LargeObject]) -> Option<usize> {
        for &object in objects {
            let span = Span { start: object.start, end: object.start.checked_add(object.bytes)? };
            if !self.runs.take_at(span) {
                return None;
            }
            self.old.push(object);
            self.states.set(object.start, LargeState::Old);
        }
        Some(objects.iter().map(|object| object.bytes).sum())
    }

    /// Bytes that an object of `bytes` takes.
    pub fn footprint(bytes: usize) -> usize {
        round_up(bytes, PAGE_BYTES)
    }

    pub fn states(&self) -> PageStates {
        self.states
    }

    /// Bytes of objects made since the last collection.
    pub fn young_bytes(&self) -> usize {
        self.young_bytes
    }

    /// Pages for an object; the caller zeroes them if they are touched.
    pub fn alloc(&mut self, bytes: usize, young: bool) -> Option<Run> {
        let bytes = Self::footprint(bytes);
        let run = self.runs.take(bytes)?;
        let object = LargeObject { start: run.span.start, bytes };
        if young {
            self.young.push(object);
            self.young_bytes += bytes;
            self.states.set(object.start, LargeState::Young);
        } else {
            self.old.push(object);
            self.states.set(object.start, LargeState::Old);
        }
        Some(run)
    }

    /// After a minor collection: what was reached becomes old, the other young ones go.
    /// Returns the bytes freed.
    ///
    /// `on_free` is shown the pages and says whether they may still differ from zero.
    pub fn sweep_young(&mut self, mut on_free: impl FnMut(Span) -> bool) -> usize {
        let mut freed = 0;
        for object in std::mem::take(&mut self.young) {
            if self.states.is_unreached(object.start) {
                freed += self.free(object, &mut on_free);
            } else {
                self.states.set(object.start, LargeState::Old);
                self.old.push(object);
            }
        }
        self.young_bytes = 0;
        freed
    }

    /// After marking: frees all objects that are not `live`. Returns the bytes freed.
    pub fn sweep(
        &mut self,
        live: impl Fn(usize) -> bool,
        mut on_free: impl FnMut(Span) -> bool,
    ) -> usize {
        let mut freed = 0;
        let mut all = std::mem::take(&mut self.old);
        all.append(&mut self.young);
        for object in all {
            if live(object.start) {
                self.states.set(object.start, LargeState::Old);
                self.old.push(object);
            } else {
                freed += self.free(object, &mut on_free);
            }
        }
        self.young_bytes = 0;
        freed
    }

    fn free(&mut self, object: LargeObject, on_free: &mut impl FnMut(Span) -> bool) -> usize {
        let span = Span { start: object.start, end: object.start + object.bytes };
        let touched = on_free(span);
        self.runs.give(span, touched);
        object.bytes
    }

    /// Lets `release` give all free pages back to the system.
    pub fn clean(&mut self, release: impl FnMut(Span)) {
        self.runs.clean(release);
    }
}
