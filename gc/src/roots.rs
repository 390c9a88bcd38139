//! How the VM shows the collector its references, and how the collector answers.

use crate::layout::Ref;
use crate::tlab::Tlab;

/// Shown every strong root; may change it.
pub trait RootVisitor {
    /// A slot that holds a reference or null.
    fn visit(&mut self, slot: &mut Ref);

    /// An interpreter slot whose low 32 bits are a reference; the high half becomes 0.
    #[inline]
    fn visit_word(&mut self, slot: &mut u64) {
        let mut r = Ref::from_bits(*slot as u32);
        if !r.is_null() {
            self.visit(&mut r);
            *slot = u64::from(r.bits());
        }
    }
}

/// Shown every weak slot after all strong and special references are settled.
pub trait WeakVisitor {
    /// Whether the object survives; if so the slot now holds its new place. If not, the slot is
    /// unchanged and must be dropped or nulled by the caller. Null counts as dead.
    fn visit(&mut self, slot: &mut Ref) -> bool;

    /// Whether the object survives. For the mirrors of classes (which never move) the answer
    /// decides whether the class may be unloaded; in a minor collection all of them survive.
    fn is_alive(&self, object: Ref) -> bool;

    /// Whether this is a full collection: only then can classes die.
    fn is_full(&self) -> bool;
}

/// What the VM implements: where its references are.
///
/// Called only while the world is stopped. In a full collection `visit_strong` is called twice
/// (mark, then update), so it must show the same slots both times, each exactly once per call.
///
/// There is no separate stage for the roots of classes. What a class keeps alive (its loader, its
/// resolved references, the mirrors of its superclasses) belongs in reference fields of its mirror:
/// the collector marks the mirror of the class of every live object.
pub trait RootSource {
    /// Shows every thread's allocation buffer, which the collector retires.
    fn visit_tlabs(&mut self, retire: &mut dyn FnMut(&mut Tlab));

    /// Shows all slots that keep objects alive: frames, handles, mirrors of the boot loader's
    /// classes, the pending list.
    fn visit_strong(&mut self, visitor: &mut dyn RootVisitor);

    /// Shows the slots of tables that do not keep objects alive: interned strings, monitors, weak
    /// handles, classes that may be unloaded.
    ///
    /// Objects must not be read or written here (they may be about to move), and records of classes
    /// that are found dead must stay readable until the collection returns.
    fn visit_weak(&mut self, visitor: &mut dyn WeakVisitor);
}
