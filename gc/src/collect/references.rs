//! `java.lang.ref`: which Reference objects become pending, in which order.
//!
//! States as `java.lang.ref.Reference` defines them. A Reference object is discovered when tracing
//! reaches it and not its referent, and it is active: not on the pending list (`discovered` is
//! null) and, for a FinalReference, never notified (`next` is null). From then on only strong
//! paths keep the referent; when all are traced, the discovered ones are settled kind by kind.

use crate::layout::*;
use crate::mem::Mem;
use crate::report::{PendingList, SoftPolicy};

/// Which softly reachable objects are kept.
#[derive(Clone, Copy)]
pub(super) struct SoftRule {
    policy: SoftPolicy,
    clock_ms: i64,
    max_idle_ms: i64,
}

impl SoftRule {
    /// A soft reference may stay unused for a second per free mebibyte.
    pub fn new(policy: SoftPolicy, clock_ms: i64, free_bytes: usize) -> SoftRule {
        SoftRule { policy, clock_ms, max_idle_ms: (free_bytes >> 20) as i64 * 1000 }
    }

    /// Whether this is what is tried before an OutOfMemoryError.
    pub fn is_last_attempt(self) -> bool {
        self.policy == SoftPolicy::ClearAll
    }

    fn keeps(self, timestamp_ms: i64) -> bool {
        match self.policy {
            SoftPolicy::KeepAll => true,
            SoftPolicy::ClearAll => false,
            SoftPolicy::ByClock => self.clock_ms - timestamp_ms <= self.max_idle_ms,
        }
    }
}

/// Reference objects whose referent was not reached yet, by kind: soft, weak, final, phantom.
pub(super) struct Discovered {
    lists: [Vec<Ref>; 4],
    layout: ReferenceLayout,
    soft: SoftRule,
    open: bool,
}

impl Discovered {
    pub fn new(layout: ReferenceLayout, soft: SoftRule) -> Discovered {
        Discovered { lists: [const { Vec::new() }; 4], layout, soft, open: true }
    }

    /// Byte offset of the `referent` slot of the Reference object at `object`.
    #[inline(always)]
    pub fn referent_slot(&self, object: usize) -> usize {
        object + self.layout.referent as usize
    }

    /// Takes the Reference object at `object`, whose referent was not reached, on a list; false
    /// if its referent is to be traced like any field.
    pub fn discover(&mut self, mem: Mem, object: usize, kind: u8) -> bool {
        if !self.open || mem.read_u32(object + self.layout.discovered as usize) != 0 {
            return false;
        }
        if kind == Kind::FinalRef as u8 && mem.read_u32(object + self.layout.next as usize) != 0 {
            return false;
        }
        if kind == Kind::SoftRef as u8 {
            let timestamp = mem.read_u64(object + self.layout.timestamp as usize) as i64;
            if self.soft.keeps(timestamp) {
                return false;
            }
        }
        self.lists[usize::from(kind - Kind::SoftRef as u8)].push(Ref::from_offset(object));
        true
    }
}

/// What a collector offers for settling references.
pub(super) trait Tracer {
    fn mem(&self) -> Mem;
    fn discovered(&mut self) -> &mut Discovered;
    /// Whether a strong path to the object was found (or kept it before).
    fn is_reached(&self, r: Ref) -> bool;
    /// Makes the slot a strong path and brings it up to date.
    fn keep(&mut self, slot: usize);
    /// Traces everything that became reachable.
    fn drain(&mut self);
    /// A reference was stored into `slot`.
    fn stored(&mut self, slot: usize);
}

/// Settles all discovered references; afterwards every object's fate is known.
pub(super) fn settle<T: Tracer>(tracer: &mut T) -> PendingList {
    let discovered = tracer.discovered();
    discovered.open = false;
    let layout = discovered.layout;
    let [soft, weak, finals, phantom] = std::mem::take(&mut discovered.lists);
    let mut pending = Pending { list: PendingList::default(), layout };
    pending.clear_dead(tracer, &soft);
    pending.clear_dead(tracer, &weak);
    pending.revive_finals(tracer, &finals);
    tracer.drain();
    pending.clear_dead(tracer, &phantom);
    pending.list
}

struct Pending {
    list: PendingList,
    layout: ReferenceLayout,
}

impl Pending {
    fn clear_dead<T: Tracer>(&mut self, tracer: &mut T, found: &[Ref]) {
        let mem = tracer.mem();
        for &reference in found {
            let slot = reference.offset() + self.layout.referent as usize;
            let referent = mem.read_ref(slot);
            if referent.is_null() {
                continue;
            }
            if tracer.is_reached(referent) {
                tracer.keep(slot);
            } else {
                mem.write_ref(slot, Ref::NULL);
                self.append(tracer, reference);
            }
        }
    }

    /// The finalizer needs the object: it lives on, but its FinalReference is done.
    fn revive_finals<T: Tracer>(&mut self, tracer: &mut T, found: &[Ref]) {
        let mem = tracer.mem();
        let is_dead = |tracer: &T, reference: Ref| {
            let slot = reference.offset() + self.layout.referent as usize;
            !tracer.is_reached(mem.read_ref(slot))
        };
        // First ask for all, then revive: one finalizable object may reach another.
        let dead: Vec<bool> = found.iter().map(|&r| is_dead(tracer, r)).collect();
        for (&reference, dead) in found.iter().zip(dead) {
            tracer.keep(reference.offset() + self.layout.referent as usize);
            if dead {
                let next = reference.offset() + self.layout.next as usize;
                mem.write_ref(next, reference);
                tracer.stored(next);
                self.append(tracer, reference);
            }
        }
    }

    fn append<T: Tracer>(&mut self, tracer: &mut T, reference: Ref) {
        if self.list.head.is_null() {
            self.list.head = reference;
        } else {
            let link = self.list.tail.offset() + self.layout.discovered as usize;
            tracer.mem().write_ref(link, reference);
            tracer.stored(link);
        }
        self.list.tail = reference;
        self.list.count += 1;
    }
}
