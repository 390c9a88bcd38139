//! Marking of everything that lives, for a full collection: side bitmap, explicit stack.
//!
//! An object is marked when it is first seen and looked at when it comes off the stack. Between the two it waits in a
//! short queue for its header to come into the cache (Cher, Hosking and Vitek, "Software prefetching for mark-sweep garbage
//! collection", ASPLOS 2004): most of the time of marking is waiting for memory.

use super::references::{Discovered, SoftRule, Tracer};
use crate::heap::Heap;
use crate::layout::*;
use crate::mem::{Layouts, Mem};
use crate::range::Span;
use crate::roots::RootVisitor;
use crate::tables::{Cards, MarkBits};

/// Elements of a reference array that are scanned at once.
const CHUNK_BYTES: usize = 4096 * 4;

/// Objects that wait for their headers.
const QUEUE_LENGTH: usize = 16;

/// An object to scan, from a chunk of [`CHUNK_BYTES`] of it on.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    object: Ref,
    chunk: u32,
}

/// The marking phase.
pub(super) struct Marker<'h> {
    mem: Mem,
    layouts: &'h Layouts,
    marks: MarkBits,
    /// The young and old generations, whose objects will be moved.
    movable: Span,
    image_end: usize,
    cards: Cards,
    stack: Vec<Entry>,
    discovered: Discovered,
}

impl<'h> Marker<'h> {
    pub fn new(heap: &Heap, layouts: &'h Layouts, soft: SoftRule, stack: Vec<Entry>) -> Marker<'h> {
        Marker {
            mem: heap.mem,
            layouts,
            marks: heap.tables.marks,
            movable: movable(heap),
            image_end: heap.image.end,
            cards: heap.tables.cards,
            stack,
            discovered: Discovered::new(layouts.reference, soft),
        }
    }

    /// Gives the stack's memory back for the next time.
    pub fn into_stack(self) -> Vec<Entry> {
        self.stack
    }

    #[inline(always)]
    fn mark(&mut self, r: Ref) {
        let object = r.offset();
        if object < self.image_end || !self.marks.mark(object) {
            return;
        }
        self.stack.push(Entry { object: r, chunk: 0 });
    }

    #[inline(always)]
    fn mark_slot(&mut self, slot: usize) {
        let r = self.mem.read_ref(slot);
        if !r.is_null() {
            self.mark(r);
        }
    }

    fn scan(&mut self, entry: Entry) {
        let (mem, layouts, object) = (self.mem, self.layouts, entry.object.offset());
        let shape = mem.shape(mem.class_of(object));
        if entry.chunk == 0 {
            if self.movable.contains(object) {
                self.marks.fill(object, mem.size_with(object, &shape, layouts));
            }
            // A live object keeps its class.
            let mirror = mem.mirror_of(&shape);
            if !mirror.is_null() {
                self.mark(mirror);
            }
            if !shape.has_refs() {
                return;
            }
        }
        let lo = object + entry.chunk as usize * CHUNK_BYTES;
        let hi = lo + CHUNK_BYTES;
        // Only reference arrays and mirrors get this long.
        if shape.size_bytes == 0 && mem.size_with(object, &shape, layouts) > hi - object {
            self.stack.push(Entry { object: entry.object, chunk: entry.chunk + 1 });
        }
        let bounds = if shape.size_bytes == 0 { (lo, hi) } else { crate::mem::WHOLE };
        mem.each_slot(object, &shape, layouts, bounds, |slot| self.mark_slot(slot));
        if shape.is_reference() {
            self.scan_referent(object, shape.kind);
        }
    }

    /// Whether it is marked, or lives anyway.
    #[inline(always)]
    fn is_live(&self, r: Ref) -> bool {
        r.offset() < self.image_end || self.marks.is_marked(r.offset())
    }

    /// Marks from the slots of the image that may lead out of it.
    pub fn mark_from_image(&mut self, heap: &Heap) {
        let (mem, layouts) = (self.mem, self.layouts);
        let tables = (heap.tables.cards, heap.tables.crossing);
        heap.image.each_dirty(mem, layouts, tables, false, |object, bounds| {
            let class = mem.class_of(object);
            if class.is_none() {
                return;
            }
            let shape = mem.shape(class);
            mem.each_slot(object, &shape, layouts, bounds, |slot| self.mark_slot(slot));
            let referent = self.discovered.referent_slot(object);
            if shape.is_reference() && (bounds.0..bounds.1).contains(&referent) {
                self.scan_referent(object, shape.kind);
            }
        });
    }

    fn scan_referent(&mut self, object: usize, kind: u8) {
        let slot = self.discovered.referent_slot(object);
        let referent = self.mem.read_ref(slot);
        let unreached = !referent.is_null() && !self.is_live(referent);
        if unreached && !self.discovered.discover(self.mem, object, kind) {
            self.mark(referent);
        }
    }
}

/// The young and old generations.
pub(super) fn movable(heap: &Heap) -> Span {
    Span { start: heap.young.area().start, end: heap.old.area().end }
}

impl Tracer for Marker<'_> {
    fn mem(&self) -> Mem {
        self.mem
    }

    fn discovered(&mut self) -> &mut Discovered {
        &mut self.discovered
    }

    fn is_reached(&self, r: Ref) -> bool {
        self.is_live(r)
    }

    fn keep(&mut self, slot: usize) {
        self.mark_slot(slot);
    }

    fn drain(&mut self) {
        let mut queue = [Entry::default(); QUEUE_LENGTH];
        let (mut turn, mut waiting) = (0, 0);
        loop {
            let next = self.stack.pop();
            match next {
                Some(entry) => {
                    self.mem.prefetch(entry.object.offset());
                    waiting += 1;
                }
                None if waiting == 0 => return,
                None => {}
            }
            let entry = std::mem::replace(&mut queue[turn], next.unwrap_or_default());
            turn = (turn + 1) % QUEUE_LENGTH;
            if !entry.object.is_null() {
                waiting -= 1;
                self.scan(entry);
            }
        }
    }

    fn stored(&mut self, slot: usize) {
        // For the image, and for the old generation if it stays; else a full collection leaves nothing to remember.
        self.cards.dirty(slot);
    }
}

impl RootVisitor for Marker<'_> {
    fn visit(&mut self, slot: &mut Ref) {
        if !slot.is_null() {
            self.mark(*slot);
        }
    }
}
