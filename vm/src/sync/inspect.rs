//! What the threads of a stopped world are doing: frames, locks held and waited for, deadlocks. For thread dumps
//! and `ThreadMXBean`.
//!
//! No record is kept of what a frame has locked. A `synchronized` method's lock is in its frame. Of a `synchronized`
//! statement the compiler leaves a trace in the code: the exception table sends whatever happens inside it to code
//! that unlocks a certain local (JVMS 3.14). An object in such a local that this thread has locked is taken for one
//! that the frame has locked.

use super::java_thread::{self, status};
use super::locking;
use super::safepoint;
use crate::backtrace::{self, JavaFrame};
use crate::link;
use crate::meta::MethodId;
use crate::refmap::{CodeView, Method};
use crate::roots::VmRoots;
use crate::thread::{Thread, ThreadShared};
use crate::vm::Vm;
use classfile::opcode::{self as op, Instruction, Operands, decode};
use gc::{Ref, RootSource};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Java's own locks, whose owner is known.
const OWNABLE: &[u8] = b"java/util/concurrent/locks/AbstractOwnableSynchronizer";

/// A frame of a thread.
#[derive(Debug)]
pub struct FrameState {
    /// Its method.
    pub method: MethodId,
    /// Where it stands.
    pub bci: usize,
    /// What it has locked, the last first. What its thread waits to be notified of may be among it.
    pub locked: Vec<Ref>,
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing that the VM knows.
    No,
    /// To enter the monitor of an object, which the thread with this id has; 0 if none has.
    Enter(Ref, u32),
    /// To be notified by way of an object.
    Notify(Ref),
    /// Parked, with an object given as the reason; and the thread that has it, if it is a lock.
    Parked(Ref, u32),
}

/// A thread at one moment.
pub struct ThreadState {
    /// What it shares.
    pub shared: Arc<ThreadShared>,
    /// Its `java.lang.Thread`, not null.
    pub java_thread: Ref,
    /// Its frames from the top down, hidden ones included.
    pub frames: Vec<FrameState>,
    /// What it waits for.
    pub waits: Waits,
}

/// All threads that have a `java.lang.Thread`, in the order of their start. The world is stopped, and the references
/// are stale when it goes on.
pub fn observe(vm: &Vm) -> Vec<ThreadState> {
    let mut all = Vec::new();
    vm.threads.dormant.wake_all(vm);
    vm.threads.for_each_stopped(|t| {
        let java_thread = t.java_thread.get();
        if java_thread.is_null() || java_thread::eetop(vm, java_thread) == 0 {
            return;
        }
        let waits = waits(vm, t, java_thread);
        let frames = backtrace::frames(t).map(|f| FrameState {
            method: f.method,
            bci: shown_bci(vm, &f),
            locked: locked(vm, t, &f, waits),
        });
        let frames = frames.collect();
        all.push(ThreadState { shared: t.shared.clone(), java_thread, frames, waits });
    });
    all.sort_by_key(|thread| thread.shared.serial);
    all
}

/// Where a frame of another thread is shown to stand: one that waits to lock something, behind the instruction that
/// does, as in HotSpot.
pub fn shown_bci(vm: &Vm, frame: &JavaFrame) -> usize {
    let code = CodeView::of(&vm.meta, vm.method(frame.method));
    let locks = code.is_some_and(|code| code.code.get(frame.bci) == Some(&op::MONITORENTER));
    frame.bci + usize::from(locks)
}

fn waits(vm: &Vm, t: &Thread, java_thread: Ref) -> Waits {
    match java_thread::status_of(vm, java_thread) {
        status::BLOCKED => match t.shared.blocked_on.load(Ordering::Relaxed) {
            0 => Waits::No,
            index => {
                let monitor = vm.monitors.get(index);
                let object = Ref::from_bits(monitor.object.load(Ordering::Relaxed));
                Waits::Enter(object, monitor.owner())
            }
        },
        status::WAITING | status::TIMED_WAITING => {
            let top = backtrace::frames(t).next();
            let native = top.filter(|f| vm.method(f.method).is_native());
            let object = native.map_or(Ref::NULL, |f| Ref::from_bits(f.frame.local(0) as u32));
            if object.is_null() { Waits::No } else { Waits::Notify(object) }
        }
        status::PARKED | status::TIMED_PARKED => {
            let blocker = vm.get_ref(java_thread, vm.known.thread_park_blocker);
            if blocker.is_null() {
                return Waits::No;
            }
            let owner = owner_of_synchronizer(vm, blocker);
            let id = if owner.is_null() { 0 } else { java_thread::eetop(vm, owner) };
            Waits::Parked(blocker, u32::try_from(id).unwrap_or(0))
        }
        _ => Waits::No,
    }
}

/// The `Thread` that has a lock of `java.util.concurrent`; null for none and for anything else.
pub fn owner_of_synchronizer(vm: &Vm, object: Ref) -> Ref {
    let mut class = vm.class_of(object);
    while vm.bytes(vm.class(class).name) != OWNABLE {
        class = vm.class(class).super_class;
        if class.is_none() {
            return Ref::NULL;
        }
    }
    let symbol = |text: &str| vm.symbols.lookup(&vm.meta, text.as_bytes());
    let field = symbol("exclusiveOwnerThread").zip(symbol("Ljava/lang/Thread;"));
    let field = field.and_then(|(name, descriptor)| link::find_field(vm, class, name, descriptor));
    field.map_or(Ref::NULL, |(_, f)| vm.get_ref(object, f.offset))
}

/// What a frame of the current thread has locked, the last first.
pub fn locked_by(t: &Thread, frame: &JavaFrame) -> Vec<Ref> {
    locked(t.vm(), t, frame, Waits::No)
}

fn locked(vm: &Vm, t: &Thread, frame: &JavaFrame, waits: Waits) -> Vec<Ref> {
    let mut found = Vec::new();
    let mut note = |object: Ref| {
        let held = waits == Waits::Notify(object) || locking::owner_of(t, object) == t.id;
        if held && !found.contains(&object) {
            found.push(object);
        }
    };
    let record = vm.method(frame.method);
    if let Some(method) = Method::of(&vm.meta, record).filter(|_| !record.is_native()) {
        let slot = |n: usize| frame.frame.local(n);
        let mut references = None;
        for local in unlocked_on_the_way_out(&method, frame.bci) {
            // Only what is sure to be a reference is looked at.
            let references = references.get_or_insert_with(|| {
                let map = vm.ref_maps.get(&vm.meta, frame.method, &method);
                let live = map.at(&method, frame.bci, &|n| match n < record.max_locals.into() {
                    true => slot(n),
                    // Return addresses that subroutines keep are in locals.
                    false => 0,
                });
                live.map(|live| live.local_slots().collect::<Vec<_>>()).unwrap_or_default()
            });
            let object = Ref::from_bits(slot(local) as u32);
            if references.contains(&local) && !object.is_null() {
                note(object);
            }
        }
    }
    let own = frame.frame.header().lock.get();
    if !own.is_null() {
        note(own);
    }
    found
}

/// The locals that handlers of the instruction at `bci` unlock, the innermost first.
fn unlocked_on_the_way_out(method: &Method<'_>, bci: usize) -> Vec<usize> {
    let code = method.code;
    let handlers = code.handlers().filter(|h| (h.start..h.end).contains(&bci));
    let mut locals: Vec<usize> =
        handlers.filter_map(|h| unlocked_by_handler(code.code, h.target)).collect();
    locals.dedup();
    locals
}

/// The local `n` of a handler that begins with `[astore m;] aload n; monitorexit`.
fn unlocked_by_handler(code: &[u8], target: usize) -> Option<usize> {
    let first = decode(code, target)?;
    let load = match stored_local(&first) {
        Some(_) => decode(code, first.next_pc() as usize)?,
        None => first,
    };
    let local = loaded_local(&load)?;
    let exit = decode(code, load.next_pc() as usize)?;
    (exit.op == op::MONITOREXIT).then_some(local)
}

fn stored_local(insn: &Instruction<'_>) -> Option<usize> {
    local_of(insn, op::ASTORE, op::ASTORE_0)
}

fn loaded_local(insn: &Instruction<'_>) -> Option<usize> {
    local_of(insn, op::ALOAD, op::ALOAD_0)
}

fn local_of(insn: &Instruction<'_>, general: u8, first_short: u8) -> Option<usize> {
    match insn.operands {
        Operands::Local(n) if insn.op == general => Some(n.into()),
        _ if (first_short..first_short + 4).contains(&insn.op) => {
            Some((insn.op - first_short).into())
        }
        _ => None,
    }
}

impl Waits {
    /// Id of the thread that stands in the way, 0 if none does.
    fn owner(self, synchronizers: bool) -> u32 {
        match self {
            Waits::Enter(_, owner) => owner,
            Waits::Parked(_, owner) if synchronizers => owner,
            _ => 0,
        }
    }
}

/// Bytes that a thread has allocated; nothing if it has ended. Raw references are stale afterwards.
pub fn allocated_bytes(t: &Thread, of: &ThreadShared) -> Option<u64> {
    // SAFETY: nobody else touches the buffer of the calling thread, or of one that is stopped.
    let allocated = |thread: &Thread| unsafe { (*thread.tlab.get()).allocated_bytes() };
    if of.id == t.id {
        return Some(allocated(t));
    }
    let mut found = None;
    safepoint::stop_world(t, || {
        t.vm().threads.for_each_stopped(|thread| {
            if std::ptr::eq(&*thread.shared, of) {
                found = Some(allocated(thread));
            }
        });
    });
    found
}

/// Shows every object of the heap, garbage included. The world is stopped.
pub fn for_each_object(vm: &Vm, f: &mut dyn FnMut(Ref)) {
    VmRoots::new(vm).visit_tlabs(&mut |tlab| vm.heap.retire_tlab(tlab));
    vm.heap.for_each_object(f);
}

/// The rings of threads each of which waits for a lock that the next one has, as indices of `threads`. Locks of
/// `java.util.concurrent` count with `synchronizers`.
pub fn deadlocks(threads: &[ThreadState], synchronizers: bool) -> Vec<Vec<usize>> {
    let next = |at: usize| {
        let owner = threads[at].waits.owner(synchronizers);
        threads.iter().position(|thread| owner != 0 && thread.shared.id == owner)
    };
    rings(threads.len(), next)
}

/// The rings of a graph in which each node has at most one successor.
fn rings(len: usize, next: impl Fn(usize) -> Option<usize>) -> Vec<Vec<usize>> {
    // In which walk a node was first seen.
    let mut seen = vec![usize::MAX; len];
    let mut rings = Vec::new();
    for start in 0..len {
        let mut at = Some(start);
        while let Some(node) = at.filter(|&node| seen[node] == usize::MAX) {
            seen[node] = start;
            at = next(node);
        }
        // A ring is new if this walk came back to a node of its own.
        if let Some(first) = at.filter(|&node| seen[node] == start) {
            let mut ring = vec![first];
            let mut at = next(first);
            while let Some(node) = at.filter(|&node| node != first) {
                ring.push(node);
                at = next(node);
            }
            rings.push(ring);
        }
    }
    rings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_found_once() {
        let graph = |edges: &'static [Option<usize>]| rings(edges.len(), |n| edges[n]);
        assert_eq!(graph(&[None, Some(0), Some(1)]), Vec::<Vec<usize>>::new());
        assert_eq!(graph(&[Some(1), Some(2), Some(1)]), [[1, 2]]);
        assert_eq!(graph(&[Some(1), Some(0), Some(3), Some(2), Some(0)]), [[0, 1], [2, 3]]);
        assert_eq!(graph(&[Some(0)]), [[0]]);
    }

    #[test]
    fn handlers_that_unlock() {
        // astore_2; aload_1; monitorexit
        assert_eq!(unlocked_by_handler(&[0x4d, 0x2b, 0xc3], 0), Some(1));
        // aload 7; monitorexit
        assert_eq!(unlocked_by_handler(&[0x19, 7, 0xc3], 0), Some(7));
        // astore_2; aload_1; areturn
        assert_eq!(unlocked_by_handler(&[0x4d, 0x2b, 0xb0], 0), None);
        assert_eq!(unlocked_by_handler(&[0x4d], 0), None);
    }
}
