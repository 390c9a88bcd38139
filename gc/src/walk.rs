//! Looking at all objects.

use crate::heap::{Heap, lock};
use crate::layout::Ref;
use crate::range::Span;

impl Heap {
    /// Shows every object, also garbage that has not been collected, while the world is stopped and all buffers are
    /// retired.
    pub fn for_each_object(&self, f: &mut dyn FnMut(Ref)) {
        let layouts = self.layouts();
        let immovable = lock(&self.immovable).used();
        for space in [immovable, self.young.survivors(), self.young.eden_used(), self.old.used()] {
            let Span { start: mut at, end } = space;
            while at < end {
                // Filling is no object.
                if !self.mem.class_of(at).is_none() {
                    f(Ref::from_offset(at));
                }
                at += self.mem.size_of(at, &layouts);
            }
        }
        let large: Vec<_> = {
            let space = lock(&self.large);
            space.old.iter().chain(space.young.iter()).map(|object| object.start).collect()
        };
        large.into_iter().for_each(|start| f(Ref::from_offset(start)));
    }
}
