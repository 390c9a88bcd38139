//! Objects whose address the VM knows: mirrors, resolved references, interned strings.
//!
//! Bump allocation until a full collection has swept; then size-class free lists first. The space
//! can be walked from start to top: free cells are fillers.

use super::POISON;
use crate::mem::{Layouts, Mem};
use crate::range::Span;
use crate::tables::{Crossing, MarkBits};
use std::collections::BTreeMap;

/// Largest free cell, so that the crossing table can describe it.
const MAX_CELL_BYTES: usize = 256 << 10;

/// The immovable space; behind a lock in the heap.
pub(crate) struct ImmovableSpace {
    mem: Mem,
    crossing: Crossing,
    area: Span,
    top: usize,
    /// Free cells by size in bytes.
    free: BTreeMap<usize, Vec<usize>>,
}

impl ImmovableSpace {
    pub fn new(mem: Mem, crossing: Crossing, area: Span) -> ImmovableSpace {
        ImmovableSpace { mem, crossing, area, top: area.start, free: BTreeMap::new() }
    }

    /// Takes over what an image holds up to `top`; returns the bytes of the objects.
    pub fn restore(&mut self, top: usize, layouts: &Layouts) -> usize {
        let mut at = self.area.start;
        let mut free_bytes = 0;
        while at < top {
            let bytes = self.mem.size_of(at, layouts);
            if self.mem.class_of(at).is_none() {
                self.free.entry(bytes).or_default().push(at);
                free_bytes += bytes;
            }
            at += bytes;
        }
        self.top = top;
        top - self.area.start - free_bytes
    }

    /// What holds objects and free cells.
    pub fn used(&self) -> Span {
        Span { start: self.area.start, end: self.top }
    }

    /// Zeroed memory for an object of `bytes`.
    pub fn alloc(&mut self, bytes: usize) -> Option<usize> {
        let object = match self.take_cell(bytes) {
            Some(cell) => cell,
            None if bytes <= self.area.end - self.top => {
                self.top += bytes;
                self.top - bytes
            }
            None => return None,
        };
        self.mem.fill(object, object + bytes, 0);
        self.crossing.note(object, bytes);
        Some(object)
    }

    fn take_cell(&mut self, bytes: usize) -> Option<usize> {
        let (&size, cells) = self.free.range_mut(bytes..).next()?;
        let cell = cells.pop();
        if cells.is_empty() {
            self.free.remove(&size);
        }
        let cell = cell?;
        if size > bytes {
            self.add_cell(cell + bytes, size - bytes);
        }
        Some(cell)
    }

    fn add_cell(&mut self, start: usize, bytes: usize) {
        self.mem.write_filler(start, bytes);
        self.crossing.note(start, bytes);
        self.free.entry(bytes).or_default().push(start);
    }

    /// Frees what is not marked and clears the marks. Returns the bytes of dead objects.
    pub fn sweep(&mut self, marks: MarkBits, layouts: &Layouts, poison: bool) -> usize {
        self.free.clear();
        let (mut at, mut dead_from, mut freed) = (self.area.start, None, 0);
        let used = self.used();
        while at < used.end {
            let bytes = self.mem.size_of(at, layouts);
            if marks.is_marked(at) {
                if let Some(start) = dead_from.take() {
                    self.free_span(Span { start, end: at }, poison);
                }
            } else {
                if !self.mem.class_of(at).is_none() {
                    freed += bytes;
                }
                dead_from.get_or_insert(at);
            }
            at += bytes;
        }
        if let Some(start) = dead_from {
            self.top = start;
        }
        marks.clear(used);
        freed
    }

    fn free_span(&mut self, span: Span, poison: bool) {
        if poison {
            self.mem.fill(span.start, span.end, POISON);
        }
        let mut at = span.start;
        while at < span.end {
            let bytes = (span.end - at).min(MAX_CELL_BYTES);
            self.add_cell(at, bytes);
            at += bytes;
        }
    }
}
