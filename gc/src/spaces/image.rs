//! Objects of the image that the guest began with: an old generation that is never collected.
//!
//! They are neither moved nor freed, and refer to other objects only where the guest has written. Their
//! cards say where: a card stays dirty as long as a slot on it leads out of the image.

use super::LargeObject;
use crate::mem::{Layouts, Mem};
use crate::range::Span;
use crate::tables::{Cards, Crossing};

/// Where the image's objects are.
#[derive(Default)]
pub(crate) struct ImageSpace {
    /// End of the image's area: whatever lies below is one of its objects. 0 without an image.
    pub end: usize,
    /// Pieces that can be walked from start to end.
    pub walkable: Vec<Span>,
    /// Objects with pages of their own.
    pub large: Vec<LargeObject>,
}

impl ImageSpace {
    #[inline(always)]
    pub fn contains(&self, object: usize) -> bool {
        object < self.end
    }

    /// Calls `f` with every object that has slots on dirty cards, and the bounds of these cards. With `clean`, the
    /// cards are clean when `f` is called, which dirties those that must stay so.
    pub fn each_dirty(
        &self,
        mem: Mem,
        layouts: &Layouts,
        (cards, crossing): (Cards, Crossing),
        clean: bool,
        mut f: impl FnMut(usize, (usize, usize)),
    ) {
        for &space in &self.walkable {
            let mut at = space.start;
            while let Some(dirty) = cards.next_dirty(at, space.end) {
                if clean {
                    cards.clean_span(dirty);
                }
                let mut object = crossing.object_at(dirty.start);
                while object < dirty.end {
                    f(object, (dirty.start, dirty.end));
                    object += mem.size_of(object, layouts);
                }
                at = dirty.end;
            }
        }
        for object in &self.large {
            let (mut at, end) = (object.start, object.start + object.bytes);
            if !mem.shape(mem.class_of(at)).has_refs() {
                continue;
            }
            while let Some(dirty) = cards.next_dirty(at, end) {
                if clean {
                    cards.clean_span(dirty);
                }
                f(object.start, (dirty.start, dirty.end));
                at = dirty.end;
            }
        }
    }
}
