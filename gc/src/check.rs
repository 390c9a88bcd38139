//! The heap checker: an independent look at every object of every space.
//!
//! It shares the object model with the collectors, but none of their tracing.

use crate::heap::{Heap, lock};
use crate::layout::*;
use crate::mem::{Layouts, WHOLE};
use crate::range::{GUARD_BYTES, Span};
use crate::report::GcKind;
use crate::roots::{RootSource, RootVisitor};

/// What is wrong with a heap. The VM must stop: its data can not be trusted.
#[derive(Clone, Debug, thiserror::Error)]
#[error("heap check{context}: {text}")]
pub struct CheckError {
    context: String,
    text: String,
}

impl CheckError {
    fn new(text: String) -> CheckError {
        CheckError { context: String::new(), text }
    }

    pub(crate) fn during(mut self, when: &str, kind: GcKind) -> CheckError {
        self.context = format!(" {when} {kind:?} collection");
        self
    }
}

impl Heap {
    /// Checks the heap while the world is stopped and all buffers are retired.
    pub fn check(&self) -> Result<(), CheckError> {
        run(self, None)
    }
}

pub(crate) fn run(heap: &Heap, roots: Option<&mut dyn RootSource>) -> Result<(), CheckError> {
    let layouts = heap.layouts();
    let mut checker = Checker::new(heap, &layouts);
    let image = heap.image.walkable.iter().map(|&span| ("image", span, true));
    let mut spaces: Vec<_> = image.collect();
    spaces.extend([
        ("immovable", lock(&heap.immovable).used(), true),
        ("survivor", heap.young.survivors(), false),
        ("eden", heap.young.eden_used(), false),
        ("old", heap.old.used(), true),
    ]);
    for &(name, span, _) in &spaces {
        checker.walk(name, span, |checker, object, bytes| checker.object(name, object, bytes))?;
    }
    let large: Vec<_> = {
        let space = lock(&heap.large);
        heap.image
            .large
            .iter()
            .chain(&space.old)
            .map(|o| (*o, true))
            .chain(space.young.iter().map(|o| (*o, false)))
            .collect()
    };
    for (object, _) in &large {
        let span = Span { start: object.start, end: object.start + object.bytes };
        let bytes = checker.size("large", object.start, span)?;
        checker.object("large", object.start, bytes)?;
    }
    for (name, span, tenured) in spaces {
        checker.walk(name, span, |checker, object, _| checker.slots(name, object, tenured))?;
    }
    for (object, old) in large {
        checker.slots("large", object.start, old)?;
    }
    if let Some(roots) = roots {
        roots.visit_strong(&mut checker);
        if let Some(error) = checker.root_error.take() {
            return Err(error);
        }
    }
    Ok(())
}

struct Checker<'h> {
    heap: &'h Heap,
    layouts: &'h Layouts,
    heap_span: Span,
    /// One bit per word of the heap: an object starts there.
    starts: Vec<u64>,
    root_error: Option<CheckError>,
}

impl<'h> Checker<'h> {
    fn new(heap: &'h Heap, layouts: &'h Layouts) -> Checker<'h> {
        let heap_span = heap.areas().heap();
        let starts = vec![0; heap_span.len() / 512 + 1];
        Checker { heap, layouts, heap_span, starts, root_error: None }
    }

    fn is_start(&self, object: usize) -> bool {
        let word = object.wrapping_sub(self.heap_span.start) / 8;
        self.heap_span.contains(object) && self.starts[word / 64] >> (word % 64) & 1 != 0
    }

    /// Calls `f` with every object of a space that can be walked, fillers excepted.
    fn walk(
        &mut self,
        name: &str,
        space: Span,
        mut f: impl FnMut(&mut Self, usize, usize) -> Result<(), CheckError>,
    ) -> Result<(), CheckError> {
        let mut at = space.start;
        while at < space.end {
            let bytes = self.size(name, at, space)?;
            if !self.heap.mem.class_of(at).is_none() {
                f(self, at, bytes)?;
            }
            at += bytes;
        }
        Ok(())
    }

    /// Size of what is at `object`, after checking that it can be asked.
    fn size(&self, name: &str, object: usize, space: Span) -> Result<usize, CheckError> {
        let mem = self.heap.mem;
        let class = mem.class_of(object);
        let at = Ref::from_offset(object);
        if !class.is_none() {
            let areas = self.heap.areas();
            let in_area = areas.metadata.contains(class.offset())
                && class.offset() + size_of::<Shape>() <= areas.metadata.end;
            if !in_area {
                return fail(format!("{name} object {at:?} has {class:?}, which is no class"));
            }
            let shape = mem.shape(class);
            let is_instance = matches!(shape.kind, 0 | 4..=7);
            let plausible = shape.kind <= Kind::PhantomRef as u8
                && is_instance == (shape.size_bytes != 0)
                && shape.element_shift <= 3;
            if !plausible {
                return fail(format!("{name} object {at:?}: the shape of {class:?} is damaged"));
            }
        }
        let bytes = mem.size_of(object, self.layouts);
        let fits = bytes <= space.end - object;
        if bytes < HEADER_BYTES || !bytes.is_multiple_of(UNIT_BYTES) || !fits {
            return fail(format!("{name} object {at:?} of {class:?} has a size of {bytes} bytes"));
        }
        Ok(bytes)
    }

    fn object(&mut self, name: &str, object: usize, _bytes: usize) -> Result<(), CheckError> {
        let mem = self.heap.mem;
        let word = mem.read_u32(object + MARK_OFFSET);
        if word & mark::TAG_MASK == mark::FORWARDED {
            return fail(format!("{name} object {:?} is forwarded", Ref::from_offset(object)));
        }
        let index = (object - self.heap_span.start) / 8;
        self.starts[index / 64] |= 1 << (index % 64);
        Ok(())
    }

    fn slots(&self, name: &str, object: usize, tenured: bool) -> Result<(), CheckError> {
        let mem = self.heap.mem;
        let shape = mem.shape(mem.class_of(object));
        let end = object + mem.size_with(object, &shape, self.layouts);
        let mut result = self.mirror(name, object, mem.mirror_of(&shape));
        let mut check = |slot| {
            if result.is_ok() {
                result = self.slot(name, object, slot, end, tenured);
            }
        };
        mem.each_slot(object, &shape, self.layouts, WHOLE, &mut check);
        if shape.is_reference() {
            check(object + self.layouts.reference.referent as usize);
        }
        result
    }

    fn mirror(&self, name: &str, object: usize, mirror: Ref) -> Result<(), CheckError> {
        if mirror.is_null() || self.is_start(mirror.offset()) {
            return Ok(());
        }
        let at = Ref::from_offset(object);
        fail(format!("{name} object {at:?}: its class has the dead mirror {mirror:?}"))
    }

    fn slot(
        &self,
        name: &str,
        object: usize,
        slot: usize,
        end: usize,
        tenured: bool,
    ) -> Result<(), CheckError> {
        let place = || format!("{name} object {:?}+{}", Ref::from_offset(object), slot - object);
        if slot + 4 > end || slot < object + HEADER_BYTES {
            return fail(format!("{}: the shape has a reference outside of the object", place()));
        }
        let r = self.heap.mem.read_ref(slot);
        if r.is_null() {
            return Ok(());
        }
        if !self.is_start(r.offset()) {
            return fail(format!("{} refers to {r:?}, where no object starts", place()));
        }
        let is_young = self.heap.young.area().contains(r.offset());
        let dirty = || self.heap.tables.cards.is_dirty(slot);
        if tenured && is_young && !dirty() {
            return fail(format!("{} refers to young {r:?} on a clean card", place()));
        }
        let image = &self.heap.image;
        if image.contains(slot) && !image.contains(r.offset()) && !dirty() {
            return fail(format!("{} leads out of the image to {r:?} on a clean card", place()));
        }
        Ok(())
    }
}

impl RootVisitor for Checker<'_> {
    fn visit(&mut self, slot: &mut Ref) {
        if slot.is_null() || self.root_error.is_some() || self.is_start(slot.offset()) {
            return;
        }
        let what = if slot.offset() < GUARD_BYTES { "in the guard" } else { "no object" };
        self.root_error = Some(CheckError::new(format!("a root refers to {slot:?}: {what}")));
    }
}

fn fail<T>(text: String) -> Result<T, CheckError> {
    Err(CheckError::new(text))
}
