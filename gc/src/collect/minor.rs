//! The minor collection: copies what lives in eden and the survivor space, breadth first
//! (Cheney 1970), into the other survivor space or the old generation.
//!
//! Both destinations are filled upwards and scanned behind, so no work list is needed. Roots are
//! those of the VM and the slots on dirty cards of the old, large and immovable spaces.

use super::references::{Discovered, SoftRule, Tracer, settle};
use super::{Collector, Outcome};
use crate::heap::{Heap, lock};
use crate::layout::*;
use crate::mem::{Layouts, Mem, WHOLE};
use crate::range::Span;
use crate::roots::{RootSource, RootVisitor, WeakVisitor};
use crate::spaces::{ImageSpace, LargeSpace, POISON, PageStates};
use crate::tables::{Cards, Crossing};
use std::sync::atomic::Ordering;

/// Where a slot is that is brought up to date.
const YOUNG: u8 = 0;
const TENURED: u8 = 1;
const IMAGE: u8 = 2;

/// Freed large objects from this size on go back to the system at once.
const RELEASE_BYTES: usize = 4 << 20;

pub(super) fn collect(
    heap: &Heap,
    collector: &mut Collector,
    soft: SoftRule,
    roots: &mut dyn RootSource,
) -> Outcome {
    let layouts = heap.layouts();
    let mut large = lock(&heap.large);
    let old_used = heap.old.used();
    let mut scavenger = Scavenger::new(heap, &layouts, collector, soft, large.states());
    scavenger.scan_image(&heap.image);
    scavenger.scan_cards(lock(&heap.immovable).used());
    scavenger.scan_cards(old_used);
    scavenger.scan_large(&large);
    roots.visit_strong(&mut scavenger);
    scavenger.drain();
    let pending = settle(&mut scavenger);
    roots.visit_weak(&mut scavenger);
    let Scavenger { to, to_top, old_top, ages, .. } = scavenger;
    let large_freed_bytes = sweep_large(heap, &mut large);
    drop(large);
    let vacated = [heap.young.eden_used(), heap.young.survivors()];
    heap.young.flip(to_top);
    heap.old.set_used(Span { start: old_used.start, end: old_top });
    heap.budget.old.store(old_top - old_used.start, Ordering::Relaxed);
    heap.budget.large.fetch_sub(large_freed_bytes, Ordering::Relaxed);
    heap.poison(&vacated);
    Outcome {
        pending,
        survived_bytes: to_top - to.start,
        promoted_bytes: old_top - old_used.end,
        large_freed_bytes,
        ages,
    }
}

fn sweep_large(heap: &Heap, large: &mut LargeSpace) -> usize {
    large.sweep_young(|pages| {
        heap.poison(&[pages]);
        let release = heap.stress.is_none() && pages.len() >= RELEASE_BYTES;
        if release {
            heap.range.release(pages);
        }
        !release
    })
}

impl Heap {
    /// Under stress, overwrites memory that a collection has vacated.
    pub(super) fn poison(&self, vacated: &[Span]) {
        if self.stress.is_some() {
            for span in vacated {
                self.mem.fill(span.start, span.end, POISON);
            }
        }
    }
}

struct Scavenger<'h> {
    mem: Mem,
    layouts: &'h Layouts,
    cards: Cards,
    crossing: Crossing,
    states: PageStates,
    young: Span,
    large_start: usize,
    image_end: usize,
    /// Where survivors go, how far it is filled, and how far it is scanned.
    to: Span,
    to_top: usize,
    to_scan: usize,
    /// The same for promoted objects.
    old_top: usize,
    old_scan: usize,
    old_end: usize,
    threshold: u32,
    ages: [usize; 16],
    /// Large objects that were reached but not scanned.
    reached: Vec<usize>,
    discovered: Discovered,
}

impl<'h> Scavenger<'h> {
    fn new(
        heap: &Heap,
        layouts: &'h Layouts,
        collector: &Collector,
        soft: SoftRule,
        states: PageStates,
    ) -> Scavenger<'h> {
        let to = heap.young.to_space();
        let to = Span { start: to.start, end: to.start + collector.sizing.survivor_bytes(heap) };
        let old_top = heap.old.used().end;
        Scavenger {
            mem: heap.mem,
            layouts,
            cards: heap.tables.cards,
            crossing: heap.tables.crossing,
            states,
            young: heap.young.area(),
            large_start: heap.areas().large.start,
            image_end: heap.image.end,
            to,
            to_top: to.start,
            to_scan: to.start,
            old_top,
            old_scan: old_top,
            old_end: heap.old.area().end,
            threshold: collector.sizing.tenuring_threshold(),
            ages: [0; 16],
            reached: Vec::new(),
            discovered: Discovered::new(layouts.reference, soft),
        }
    }

    /// The object's place after this collection; copies it if that is yet to be done.
    #[inline(always)]
    fn forward(&mut self, r: Ref) -> Ref {
        let object = r.offset();
        if self.young.contains(object) {
            if self.to.contains(object) {
                return r;
            }
            return self.copy(object);
        }
        if object >= self.large_start && self.states.reach(object) {
            self.reached.push(object);
        }
        r
    }

    #[inline(always)]
    fn copy(&mut self, object: usize) -> Ref {
        let header = self.mem.read_u64(object);
        let word = (header >> 32) as u32;
        if word & mark::TAG_MASK == mark::FORWARDED {
            return Ref::from_bits(header as u32);
        }
        let class = ClassId(header as u32);
        let bytes = self.mem.size_with(object, &self.mem.shape(class), self.layouts);
        let age = (word & mark::AGE_MASK) >> mark::AGE_SHIFT;
        let to = if age < self.threshold && bytes <= self.to.end - self.to_top {
            let to = self.to_top;
            self.to_top += bytes;
            self.mem.copy_object(object, to, bytes);
            let older = (age + 1).min(15);
            self.ages[older as usize] += bytes;
            self.mem.write_u32(to + MARK_OFFSET, word & !mark::AGE_MASK | older << mark::AGE_SHIFT);
            to
        } else {
            let to = self.old_top;
            assert!(bytes <= self.old_end - to, "the old generation has room for all survivors");
            self.old_top += bytes;
            self.mem.copy_object(object, to, bytes);
            self.crossing.note(to, bytes);
            to
        };
        let new = Ref::from_offset(to);
        self.mem.write_u64(object, u64::from(mark::FORWARDED) << 32 | u64::from(new.bits()));
        new
    }

    /// Brings a slot up to date. Slots outside the young generation that still point into it keep
    /// their card dirty; so do slots of the image that lead out of it.
    #[inline(always)]
    fn slot<const FROM: u8>(&mut self, slot: usize) {
        let r = self.mem.read_ref(slot);
        if r.is_null() {
            return;
        }
        let new = self.forward(r);
        if new != r {
            self.mem.write_ref(slot, new);
        }
        let remember = match FROM {
            TENURED => self.young.contains(new.offset()),
            IMAGE => new.offset() >= self.image_end,
            _ => false,
        };
        if remember {
            self.cards.dirty(slot);
        }
    }

    /// Scans the slots of an object that lie in `bounds`; returns the object's size.
    #[inline(always)]
    fn scan<const FROM: u8>(&mut self, object: usize, bounds: (usize, usize)) -> usize {
        let (mem, layouts) = (self.mem, self.layouts);
        let class = mem.class_of(object);
        if class.is_none() {
            return mem.size_of(object, layouts);
        }
        let shape = mem.shape(class);
        if shape.has_refs() {
            mem.each_slot(object, &shape, layouts, bounds, |slot| self.slot::<FROM>(slot));
            if shape.is_reference() {
                self.scan_referent::<FROM>(object, shape.kind, bounds);
            }
        }
        mem.size_with(object, &shape, layouts)
    }

    fn scan_referent<const FROM: u8>(&mut self, object: usize, kind: u8, (lo, hi): (usize, usize)) {
        let slot = self.discovered.referent_slot(object);
        if slot < lo || slot >= hi {
            return;
        }
        let referent = self.mem.read_ref(slot);
        let unreached = !referent.is_null() && !self.is_reached(referent);
        if !(unreached && self.discovered.discover(self.mem, object, kind)) {
            self.slot::<FROM>(slot);
        }
    }

    /// Scans the slots on dirty cards of the image.
    fn scan_image(&mut self, image: &ImageSpace) {
        let (mem, layouts, tables) = (self.mem, self.layouts, (self.cards, self.crossing));
        image.each_dirty(mem, layouts, tables, true, |object, bounds| {
            self.scan::<IMAGE>(object, bounds);
        });
    }

    /// Scans the slots on dirty cards of a space that can be walked.
    fn scan_cards(&mut self, space: Span) {
        let mut at = space.start;
        while let Some(dirty) = self.cards.next_dirty(at, space.end) {
            self.cards.clean_span(dirty);
            let mut object = self.crossing.object_at(dirty.start);
            while object < dirty.end {
                object += self.scan::<TENURED>(object, (dirty.start, dirty.end));
            }
            at = dirty.end;
        }
    }

    /// Scans the slots on dirty cards of large objects that are not young themselves.
    fn scan_large(&mut self, large: &LargeSpace) {
        for object in &large.old {
            let (mut at, end) = (object.start, object.start + object.bytes);
            if !self.mem.shape(self.mem.class_of(at)).has_refs() {
                continue;
            }
            while let Some(dirty) = self.cards.next_dirty(at, end) {
                self.cards.clean_span(dirty);
                self.scan::<TENURED>(object.start, (dirty.start, dirty.end));
                at = dirty.end;
            }
        }
    }
}

impl Tracer for Scavenger<'_> {
    fn mem(&self) -> Mem {
        self.mem
    }

    fn discovered(&mut self) -> &mut Discovered {
        &mut self.discovered
    }

    fn is_reached(&self, r: Ref) -> bool {
        let object = r.offset();
        if self.young.contains(object) {
            let word = self.mem.read_u32(object + MARK_OFFSET);
            return self.to.contains(object) || word & mark::TAG_MASK == mark::FORWARDED;
        }
        object < self.large_start || !self.states.is_unreached(object)
    }

    fn keep(&mut self, slot: usize) {
        if slot < self.image_end { self.slot::<IMAGE>(slot) } else { self.slot::<TENURED>(slot) }
    }

    fn drain(&mut self) {
        loop {
            while self.to_scan < self.to_top {
                self.to_scan += self.scan::<YOUNG>(self.to_scan, WHOLE);
            }
            while self.old_scan < self.old_top {
                self.old_scan += self.scan::<TENURED>(self.old_scan, WHOLE);
            }
            if let Some(object) = self.reached.pop() {
                self.scan::<TENURED>(object, WHOLE);
            } else if self.to_scan == self.to_top {
                break;
            }
        }
    }

    fn stored(&mut self, slot: usize) {
        self.cards.dirty(slot);
    }
}

impl RootVisitor for Scavenger<'_> {
    fn visit(&mut self, slot: &mut Ref) {
        if !slot.is_null() {
            *slot = self.forward(*slot);
        }
    }
}

impl WeakVisitor for Scavenger<'_> {
    fn visit(&mut self, slot: &mut Ref) -> bool {
        let alive = self.is_alive(*slot);
        if alive {
            *slot = self.forward(*slot);
        }
        alive
    }

    fn is_alive(&self, object: Ref) -> bool {
        !object.is_null() && self.is_reached(object)
    }

    fn is_full(&self) -> bool {
        false
    }
}
