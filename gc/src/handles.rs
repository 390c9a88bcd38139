//! References that survive collections: how native code holds objects.

use crate::heap::lock;
use crate::layout::Ref;
use crate::roots::{RootVisitor, WeakVisitor};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::sync::Mutex;

/// A scoped reference: an index into its thread's [`HandleStack`].
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle(pub u32);

/// Where a scope begins; releasing it drops all handles pushed since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandleMark(u32);

/// One thread's scoped references.
#[derive(Debug, Default)]
pub struct HandleStack {
    slots: Vec<Ref>,
}

impl HandleStack {
    /// An empty stack.
    pub const fn new() -> HandleStack {
        HandleStack { slots: Vec::new() }
    }

    /// Makes a handle for `r`, which may be null.
    #[inline]
    pub fn push(&mut self, r: Ref) -> Handle {
        self.slots.push(r);
        Handle(self.slots.len() as u32 - 1)
    }

    /// What the handle refers to now. Panics if its scope is over.
    #[inline]
    pub fn get(&self, handle: Handle) -> Ref {
        self.slots[handle.0 as usize]
    }

    /// Makes the handle refer to `r`.
    #[inline]
    pub fn set(&mut self, handle: Handle, r: Ref) {
        self.slots[handle.0 as usize] = r;
    }

    /// Begins a scope.
    #[inline]
    pub fn mark(&self) -> HandleMark {
        HandleMark(self.slots.len() as u32)
    }

    /// Ends a scope.
    #[inline]
    pub fn release(&mut self, mark: HandleMark) {
        self.slots.truncate(mark.0 as usize);
    }

    /// Number of live handles.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no handles.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Shows all handles to the collector.
    pub fn visit(&mut self, visitor: &mut dyn RootVisitor) {
        for slot in &mut self.slots {
            if !slot.is_null() {
                visitor.visit(slot);
            }
        }
    }
}

/// An owned reference: an index into [`GlobalHandles`], until it is dropped there.
#[derive(PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct GlobalHandle {
    index: u32,
    weak: bool,
}

impl GlobalHandle {
    /// A number that foreign code can hold, never 0; see [`GlobalHandle::from_raw`].
    pub fn into_raw(self) -> u64 {
        self.raw()
    }

    /// The number of [`GlobalHandle::into_raw`] of a handle that stays.
    pub fn raw(&self) -> u64 {
        (u64::from(self.index) + 1) << 1 | u64::from(self.weak)
    }

    /// The handle that a number from [`GlobalHandle::into_raw`] stands for.
    pub fn from_raw(raw: u64) -> GlobalHandle {
        GlobalHandle { index: ((raw >> 1) as u32).wrapping_sub(1), weak: raw & 1 != 0 }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Table {
    slots: Vec<Option<Ref>>,
    free: Vec<u32>,
}

impl Table {
    fn add(&mut self, r: Ref) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = Some(r);
                index
            }
            None => {
                self.slots.push(Some(r));
                self.slots.len() as u32 - 1
            }
        }
    }
}

/// What [`GlobalHandles`] hold, for an image.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GlobalHandlesState([Table; 2]);

/// References that live until they are given up, shared by all threads of a guest.
#[derive(Debug, Default)]
pub struct GlobalHandles {
    strong: Mutex<Table>,
    weak: Mutex<Table>,
}

impl GlobalHandles {
    /// No handles yet.
    pub fn new() -> GlobalHandles {
        GlobalHandles::default()
    }

    /// A copy of what they hold.
    pub fn capture(&self) -> GlobalHandlesState {
        GlobalHandlesState([lock(&self.strong).clone(), lock(&self.weak).clone()])
    }

    /// Handles that hold what [`GlobalHandles::capture`] copied, under the same numbers.
    pub fn restore(state: GlobalHandlesState) -> GlobalHandles {
        let [strong, weak] = state.0;
        GlobalHandles { strong: Mutex::new(strong), weak: Mutex::new(weak) }
    }

    fn table(&self, weak: bool) -> &Mutex<Table> {
        if weak { &self.weak } else { &self.strong }
    }

    /// A handle that keeps its object alive.
    pub fn add(&self, r: Ref) -> GlobalHandle {
        GlobalHandle { index: lock(&self.strong).add(r), weak: false }
    }

    /// A handle that becomes null when its object dies.
    pub fn add_weak(&self, r: Ref) -> GlobalHandle {
        GlobalHandle { index: lock(&self.weak).add(r), weak: true }
    }

    /// What the handle refers to now.
    /// Null for a handle that was given up.
    pub fn get(&self, handle: &GlobalHandle) -> Ref {
        let table = lock(self.table(handle.weak));
        table.slots.get(handle.index as usize).copied().flatten().unwrap_or(Ref::NULL)
    }

    /// Gives up a handle.
    pub fn remove(&self, handle: GlobalHandle) {
        let mut table = lock(self.table(handle.weak));
        if table.slots.get_mut(handle.index as usize).and_then(Option::take).is_some() {
            table.free.push(handle.index);
        }
    }

    /// Number of strong and weak handles.
    pub fn len(&self) -> usize {
        let count = |t: &Mutex<Table>| {
            let t = lock(t);
            t.slots.len() - t.free.len()
        };
        count(&self.strong) + count(&self.weak)
    }

    /// Whether there are no handles.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shows all strong handles to the collector.
    pub fn visit_strong(&self, visitor: &mut dyn RootVisitor) {
        for slot in lock(&self.strong).slots.iter_mut().flatten().filter(|r| !r.is_null()) {
            visitor.visit(slot);
        }
    }

    /// Shows all weak handles; those of dead objects become null.
    pub fn visit_weak(&self, visitor: &mut dyn WeakVisitor) {
        for slot in lock(&self.weak).slots.iter_mut().flatten().filter(|r| !r.is_null()) {
            if !visitor.visit(slot) {
                *slot = Ref::NULL;
            }
        }
    }
}

/// While one of these lives in a thread, raw references of that thread stay valid: no safepoint
/// may be reached. Not `Send`; costs nothing in release builds.
#[derive(Debug)]
pub struct NoGc {
    not_send: PhantomData<*const ()>,
}

#[cfg(debug_assertions)]
thread_local! {
    static NO_GC_DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

impl NoGc {
    /// Forbids safepoints in this thread until it is dropped.
    #[expect(clippy::new_without_default, reason = "a guard is made on purpose")]
    pub fn new() -> NoGc {
        #[cfg(debug_assertions)]
        NO_GC_DEPTH.with(|depth| depth.set(depth.get() + 1));
        NoGc { not_send: PhantomData }
    }

    /// Debug builds: panics if this thread holds a `NoGc`. To be called at safepoints.
    #[inline(always)]
    pub fn assert_safepoint_allowed() {
        #[cfg(debug_assertions)]
        NO_GC_DEPTH.with(|depth| assert_eq!(depth.get(), 0, "safepoint inside a NoGc scope"));
    }
}

impl Drop for NoGc {
    fn drop(&mut self) {
        #[cfg(debug_assertions)]
        NO_GC_DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
