//! The full collection: marks everything, then slides the live objects of the old and young
//! generations together at the bottom of the old one, in the order in which they lie.
//!
//! New places are computed from the mark bits ([`crate::tables::Forward`]), so headers stay intact
//! and one pass over the live objects updates and moves them. Large and immovable objects stay
//! where they are; the dead ones among them are freed. So do the old ones where that would gain nothing ([`super::dense`]).

use super::dense;
use super::mark::{Marker, movable};
use super::references::{SoftRule, Tracer, settle};
use super::{Collector, Outcome};
use crate::heap::{Heap, lock};
use crate::layout::Ref;
use crate::mem::{Layouts, Mem, ShapeView, WHOLE};
use crate::range::{PAGE_BYTES, Span, round_up};
use crate::report::PendingList;
use crate::roots::{RootSource, RootVisitor, WeakVisitor};
use crate::tables::{Crossing, Forward, MarkBits};
use std::sync::atomic::Ordering;

pub(super) fn collect(
    heap: &Heap,
    collector: &mut Collector,
    soft: SoftRule,
    roots: &mut dyn RootSource,
) -> Outcome {
    let layouts = heap.layouts();
    let mut marker = Marker::new(heap, &layouts, soft, std::mem::take(&mut collector.mark_stack));
    marker.mark_from_image(heap);
    roots.visit_strong(&mut marker);
    marker.drain();
    let pending = settle(&mut marker);
    collector.mark_stack = marker.into_stack();
    collector.mark_stack.shrink_to(1 << 16);

    let sources = [heap.old.used(), heap.young.survivors(), heap.young.eden_used()];
    let stays = dense::stays(heap, soft);
    let (mut mover, compacted) = Mover::plan(heap, &layouts, &sources, stays);
    roots.visit_strong(&mut mover);
    roots.visit_weak(&mut mover);
    let pending = mover.pending(pending);
    mover.update_fixed(heap);
    let old_live = match stays {
        true => {
            dense::update_dirty(&mover, heap, sources[0]);
            dense::fill_garbage(heap, sources[0]);
            sources[0].len()
        }
        false => mover.slide(sources[0]),
    };
    let promoted = mover.slide(sources[1]) + mover.slide(sources[2]);
    debug_assert_eq!(old_live + promoted, compacted.len());

    let large_freed_bytes = sweep(heap, &layouts);
    clear_tables(heap, &sources);
    heap.young.clear();
    heap.old.set_used(compacted);
    heap.budget.old.store(compacted.len(), Ordering::Relaxed);
    vacate(heap, &sources, compacted);
    Outcome { pending, promoted_bytes: promoted, large_freed_bytes, ..Outcome::default() }
}

/// Frees dead immovable and large objects and removes the marks of the live ones.
fn sweep(heap: &Heap, layouts: &Layouts) -> usize {
    let marks = heap.tables.marks;
    let freed = lock(&heap.immovable).sweep(marks, layouts, heap.stress.is_some());
    heap.budget.immovable.fetch_sub(freed, Ordering::Relaxed);
    let mut large = lock(&heap.large);
    let freed = large.sweep(
        |object| marks.is_marked(object),
        |pages| {
            heap.poison(&[pages]);
            true
        },
    );
    heap.budget.large.fetch_sub(freed, Ordering::Relaxed);
    for object in &large.old {
        marks.unmark(object.start);
        heap.tables
            .cards
            .clean_span(Span { start: object.start, end: object.start + object.bytes });
    }
    if heap.stress.is_none() {
        large.clean(|pages| heap.range.release(pages));
    }
    freed
}

/// The young generation is empty, so no card needs to be dirty; all mark bits go.
fn clear_tables(heap: &Heap, sources: &[Span]) {
    let tables = &heap.tables;
    for &span in sources {
        tables.marks.clear(span);
    }
    tables.cards.clean_span(lock(&heap.immovable).used());
    tables.cards.clean_span(sources[0]);
}

/// Gives the memory that was left back to the system, or poisons it under stress.
fn vacate(heap: &Heap, sources: &[Span; 3], compacted: Span) {
    let old = sources[0];
    let below = Span { start: old.start, end: old.end.min(compacted.start).max(old.start) };
    let above = Span { start: old.start.max(compacted.end).min(old.end), end: old.end };
    heap.poison(&[below, sources[1], sources[2]]);
    if compacted.start <= old.start {
        heap.poison(&[above]);
    }
    if heap.stress.is_none() {
        heap.range.release(above);
        heap.range.release(sources[1]);
    }
}

/// Knows where everything goes, updates references and moves objects.
pub(super) struct Mover<'h> {
    mem: Mem,
    layouts: &'h Layouts,
    marks: MarkBits,
    forward: Forward,
    crossing: Crossing,
    movable: Span,
    image_end: usize,
}

impl<'h> Mover<'h> {
    /// Computes new places; also returns the span that the objects will fill. The first of the sources is the old
    /// generation, which may stay.
    fn plan(
        heap: &Heap,
        layouts: &'h Layouts,
        sources: &[Span; 3],
        stays: bool,
    ) -> (Mover<'h>, Span) {
        let tables = &heap.tables;
        let [old, survivors, eden] = *sources;
        let (start, mut end) = match stays {
            true => (old.start, old.end),
            false => {
                let start = destination(heap);
                (start, tables.forward.plan(old, tables.marks, start))
            }
        };
        for source in [survivors, eden] {
            end = tables.forward.plan(source, tables.marks, end);
        }
        assert!(end <= heap.old.area().end, "the old generation has room for all live objects");
        let mover = Mover {
            mem: heap.mem,
            layouts,
            marks: tables.marks,
            forward: tables.forward,
            crossing: tables.crossing,
            movable: if stays { heap.young.area() } else { movable(heap) },
            image_end: heap.image.end,
        };
        (mover, Span { start, end })
    }

    #[inline(always)]
    fn new_place(&self, r: Ref) -> Ref {
        if !self.movable.contains(r.offset()) {
            return r;
        }
        debug_assert!(self.marks.is_marked(r.offset()), "{r:?} is live");
        Ref::from_offset(self.forward.of(r.offset(), self.marks))
    }

    #[inline(always)]
    fn update_slot(&self, slot: usize) {
        let r = self.mem.read_ref(slot);
        if !r.is_null() {
            self.mem.write_ref(slot, self.new_place(r));
        }
    }

    /// Updates the slots in `bounds` of an object (or filler): each slot once, with the card it is on.
    pub(super) fn update_piece(&self, object: usize, bounds: (usize, usize)) {
        let class = self.mem.class_of(object);
        if class.is_none() {
            return;
        }
        let shape = self.mem.shape(class);
        self.mem.each_slot(object, &shape, self.layouts, bounds, |slot| self.update_slot(slot));
        if shape.is_reference() {
            let slot = object + self.layouts.reference.referent as usize;
            if (bounds.0..bounds.1).contains(&slot) {
                self.update_slot(slot);
            }
        }
    }

    #[inline(always)]
    fn update_object(&self, object: usize, shape: &ShapeView) {
        if shape.has_refs() {
            self.mem.each_slot(object, shape, self.layouts, WHOLE, |slot| self.update_slot(slot));
            if shape.is_reference() {
                self.update_slot(object + self.layouts.reference.referent as usize);
            }
        }
    }

    /// Updates the references in live objects that do not move.
    fn update_fixed(&self, heap: &Heap) {
        let tables = (heap.tables.cards, heap.tables.crossing);
        heap.image.each_dirty(self.mem, self.layouts, tables, false, |object, bounds| {
            self.update_piece(object, bounds);
        });
        let Span { start: mut object, end } = lock(&heap.immovable).used();
        while object < end {
            if self.marks.is_marked(object) {
                self.update_object(object, &self.mem.shape(self.mem.class_of(object)));
            }
            object += self.mem.size_of(object, self.layouts);
        }
        let large = lock(&heap.large);
        for object in large.old.iter().chain(&large.young) {
            if self.marks.is_marked(object.start) {
                let shape = self.mem.shape(self.mem.class_of(object.start));
                self.update_object(object.start, &shape);
            }
        }
    }

    /// Updates and moves the live objects of `source` in ascending order; returns their bytes.
    fn slide(&self, source: Span) -> usize {
        let (mut at, mut moved) = (source.start, 0);
        while let Some(object) = self.marks.next_set(at, source.end) {
            let shape = self.mem.shape(self.mem.class_of(object));
            let bytes = self.mem.size_with(object, &shape, self.layouts);
            let to = self.forward.of(object, self.marks);
            self.update_object(object, &shape);
            if to != object {
                self.mem.slide(object, to, bytes);
            }
            self.crossing.note(to, bytes);
            at = object + bytes;
            moved += bytes;
        }
        moved
    }

    fn pending(&self, list: PendingList) -> PendingList {
        let place = |r: Ref| if r.is_null() { r } else { self.new_place(r) };
        PendingList { head: place(list.head), tail: place(list.tail), count: list.count }
    }
}

/// Where the compacted objects begin. Under stress the old generation alternates between the
/// bottom of its area and the room above itself, so that every object moves.
fn destination(heap: &Heap) -> usize {
    let (area, used) = (heap.old.area(), heap.old.used());
    if heap.stress.is_some() && used.start == area.start {
        let above = round_up(used.end + 1, PAGE_BYTES);
        let most = used.len() + heap.young.used_bytes();
        // The half above must have room for a heap at its limit.
        if above + most.max(area.len() / 2) <= area.end {
            return above;
        }
    }
    area.start
}

impl RootVisitor for Mover<'_> {
    fn visit(&mut self, slot: &mut Ref) {
        if !slot.is_null() {
            *slot = self.new_place(*slot);
        }
    }
}

impl WeakVisitor for Mover<'_> {
    fn visit(&mut self, slot: &mut Ref) -> bool {
        let alive = self.is_alive(*slot);
        if alive {
            *slot = self.new_place(*slot);
        }
        alive
    }

    fn is_alive(&self, object: Ref) -> bool {
        let offset = object.offset();
        !object.is_null() && (offset < self.image_end || self.marks.is_marked(offset))
    }

    fn is_full(&self) -> bool {
        true
    }
}
