//! Threads and locks as values: what an image keeps of them, and how they come back.
//!
//! A thread can be saved where its frames say everything: on top is an instruction or a native that can be carried out
//! again from its beginning (a poll, a wait, the entering of a lock), and each call from Rust says what follows it
//! ([`After`]). Addresses in frame headers become distances; slots hold no addresses.

use super::dormant::Dormant;
use super::futex::PortableDeadline;
use super::lifecycle::{self, name_of};
use super::monitor::{MonitorState, Waiter};
use super::safepoint::state::BLOCKED;
use super::stack::StackMemory;
use super::waiting::{MonitorWait, Waiting};
use crate::frame::{After, FRAME_SLOTS, Frame, FrameKind, FrameRef};
use crate::interp;
use crate::meta::MethodId;
use crate::thread::{Thread, ThreadShared};
use crate::vm::Vm;
use gc::{ClassId, Ref, UNIT_SHIFT};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The thread that boots and runs `main` is the first.
pub(crate) const MAIN_ID: u32 = 1;

/// A thread's identity, and its place in a wait set.
type Registered = (Arc<ThreadShared>, Option<Arc<Waiter>>);

/// All threads and locks of a guest.
#[derive(Default, Serialize, Deserialize)]
pub struct ThreadsState {
    /// The main thread comes first.
    pub(crate) threads: Vec<ThreadState>,
    pub(crate) monitors: Vec<MonitorState>,
}

/// One thread.
#[derive(Serialize, Deserialize)]
pub struct ThreadState {
    pub(crate) id: u32,
    pub(crate) serial: u64,
    pub(crate) daemon: bool,
    pub(crate) java_thread: Ref,
    pub(crate) scoped_value_cache: Ref,
    pub(crate) has_permit: bool,
    /// State of the generator of identity hashes.
    pub(crate) hash_state: u64,
    pub(crate) waits_for: Option<PortableWaiting>,
    pub(crate) initializing: Vec<(ClassId, u32)>,
    /// From the bottom to the top.
    pub(crate) frames: Vec<FrameState>,
    /// The VM stack's slots, headers included.
    pub(crate) slots: Vec<u64>,
}

/// A frame's header; slots are counted from the bottom of the VM stack.
#[derive(Serialize, Deserialize)]
pub(crate) struct FrameState {
    /// Slot of the header.
    pub(crate) at: u32,
    pub(crate) kind: u8,
    pub(crate) method: u32,
    /// Bytes from the start of the method's code.
    pub(crate) pc: u32,
    /// Bytes from the start of the caller's code at which it goes on; of an entry frame, an [`After`].
    pub(crate) ret: u64,
    pub(crate) locals: u32,
    pub(crate) lock: Ref,
}

/// What a thread waits for, outside of its process.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum PortableWaiting {
    Sleep(PortableDeadline),
    Park(PortableDeadline),
    Monitor { index: u32, recursions: u32, deadline: PortableDeadline },
    References,
    Saved,
    Call(PortableDeadline),
}

impl PortableWaiting {
    /// The same wait, however long it takes.
    pub(crate) fn without_time(self) -> PortableWaiting {
        let same = |deadline| match deadline {
            PortableDeadline::Remaining(_) => PortableDeadline::Remaining(0),
            other => other,
        };
        match self {
            PortableWaiting::Sleep(d) => PortableWaiting::Sleep(same(d)),
            PortableWaiting::Park(d) => PortableWaiting::Park(same(d)),
            PortableWaiting::Call(d) => PortableWaiting::Call(same(d)),
            PortableWaiting::Monitor { index, recursions, deadline } => {
                PortableWaiting::Monitor { index, recursions, deadline: same(deadline) }
            }
            other @ (PortableWaiting::References | PortableWaiting::Saved) => other,
        }
    }
}

/// A thread that can not be saved now.
#[derive(Debug, thiserror::Error)]
#[error("thread \"{thread}\" {why}")]
pub struct NotPortable {
    /// Its name.
    pub thread: String,
    /// What is in the way.
    pub why: &'static str,
}

/// Why threads did not come back.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The image contradicts itself.
    #[error("the image's threads are damaged: {0}")]
    Damaged(&'static str),
    /// There is no memory for a stack.
    #[error("no memory for a thread's stack")]
    Stack(#[from] std::io::Error),
}

impl ThreadsState {
    /// Number of threads.
    #[allow(clippy::len_without_is_empty, reason = "there is always a thread")]
    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// Saves all threads of a world that `me` has stopped. `me` itself must have no frames.
    ///
    /// # Errors
    /// If a thread is where it can not be saved.
    pub(crate) fn capture(vm: &Vm, me: &Thread) -> Result<ThreadsState, NotPortable> {
        let mut threads = Vec::new();
        let mut notified = Vec::new();
        let mut failed = None;
        vm.threads.for_each_stopped(|t| {
            // Who has come only to save the others.
            if t.id == me.id && t.java_thread.get().is_null() {
                return;
            }
            if let Some(Waiting::Monitor(wait)) = &*t.waits_for.borrow()
                && wait.waiter.is_notified()
            {
                notified.push(t.id);
            }
            match capture_thread(vm, t, me.id) {
                Ok(state) if t.id == MAIN_ID => threads.insert(0, state),
                Ok(state) => threads.push(state),
                Err(why) => {
                    let thread = t.java_thread.get();
                    let thread = if thread.is_null() { "?".into() } else { name_of(vm, thread) };
                    failed = Some(NotPortable { thread, why });
                }
            }
        });
        if let Some(failed) = failed {
            return Err(failed);
        }
        let monitors = vm.monitors.indices().into_iter();
        let monitors = monitors.map(|i| vm.monitors.get(i).capture(i, |id| notified.contains(&id)));
        Ok(ThreadsState { threads, monitors: monitors.collect() })
    }

    /// Brings the threads and locks back into a VM that has none; the first thread is the calling OS thread's, the
    /// others wait for [`lifecycle::resume_threads`].
    ///
    /// # Errors
    /// If the state contradicts itself, or there is no memory.
    pub(crate) fn restore(&self, vm: &Vm) -> Result<(Box<Thread>, Vec<Box<Thread>>), ResumeError> {
        let mut threads = Vec::new();
        for (state, (shared, waiter)) in self.threads.iter().zip(self.register(vm)?) {
            threads.push(restore_thread(vm, state, shared, waiter)?);
        }
        let mut threads = threads.into_iter();
        let first = threads.next().ok_or(ResumeError::Damaged("no threads"))?;
        lifecycle::board(&first);
        Ok((first, threads.collect()))
    }

    /// Brings all threads back as they were saved, for nobody to run them: only so that they can be described.
    ///
    /// # Errors
    /// As [`ThreadsState::restore`].
    pub(crate) fn restore_at_rest(&self, vm: &Vm) -> Result<Vec<Box<Thread>>, ResumeError> {
        let mut threads = Vec::new();
        for (state, (shared, waiter)) in self.threads.iter().zip(self.register(vm)?) {
            let thread = restore_thread(vm, state, shared, waiter)?;
            thread.shared.state.store(BLOCKED, Ordering::SeqCst);
            thread.waits_for.replace(thread.resumed.take());
            thread.can_redo.set(true);
            threads.push(thread);
        }
        Ok(threads)
    }

    /// Brings the first thread back, as `BLOCKED`; the others stay dormant, if they wait for something that others do.
    ///
    /// # Errors
    /// As [`ThreadsState::restore`]; also if there is no OS thread for one that has to run.
    pub(crate) fn restore_first(self: &Arc<Self>, vm: &Vm) -> Result<Box<Thread>, ResumeError> {
        let mut registered = self.threads.iter().zip(self.register(vm)?).enumerate();
        let (_, (state, (shared, waiter))) =
            registered.next().ok_or(ResumeError::Damaged("no threads"))?;
        let first = restore_thread(vm, state, shared, waiter)?;
        first.shared.state.store(BLOCKED, Ordering::SeqCst);
        let (mut dormant, mut running) = (Vec::new(), Vec::new());
        for (at, (state, (shared, waiter))) in registered {
            let for_references = match state.waits_for {
                Some(PortableWaiting::References) => true,
                Some(PortableWaiting::Park(_) | PortableWaiting::Monitor { .. }) => false,
                Some(
                    PortableWaiting::Sleep(_) | PortableWaiting::Call(_) | PortableWaiting::Saved,
                )
                | None => {
                    running.push(restore_thread(vm, state, shared, waiter)?);
                    continue;
                }
            };
            let (state, java_thread) = (self.clone(), state.java_thread);
            dormant.push(Dormant { state, at, java_thread, shared, waiter, for_references });
        }
        vm.threads.dormant.add(dormant);
        let mut running = running.into_iter();
        while let Some(thread) = running.next() {
            if let Err(error) = lifecycle::resume_thread(thread) {
                super::end(vm);
                // Those that run already may look at the others until they have ended.
                std::mem::forget((first, running.collect::<Vec<_>>()));
                return Err(error.into());
            }
        }
        Ok(first)
    }

    /// Brings back one thread that was registered before.
    pub(super) fn restore_one(
        &self,
        vm: &Vm,
        at: usize,
        shared: &Arc<ThreadShared>,
        waiter: Option<Arc<Waiter>>,
    ) -> Result<Box<Thread>, ResumeError> {
        let state = self.threads.get(at).ok_or(ResumeError::Damaged("no such thread"))?;
        restore_thread(vm, state, shared.clone(), waiter)
    }

    /// Registers the threads and brings the locks back: the threads' identities and places in wait sets.
    fn register(&self, vm: &Vm) -> Result<Vec<Registered>, ResumeError> {
        let mut shared: HashMap<u32, Arc<ThreadShared>> = HashMap::new();
        for state in &self.threads {
            let made = vm.threads.register_at(state.id, state.serial, state.daemon);
            let made = made.ok_or(ResumeError::Damaged("two threads with one id"))?;
            if state.has_permit {
                made.parker.unpark();
            }
            shared.insert(state.id, made);
        }
        let mut waiters: HashMap<u32, Arc<Waiter>> = HashMap::new();
        for state in &self.monitors {
            let monitor = vm.monitors.alloc_at(state.index());
            let monitor = monitor.ok_or(ResumeError::Damaged("a lock without a number"))?;
            let mut own = Vec::new();
            let (waiting, notified) = state.waiters();
            let all = waiting.iter().map(|id| (id, false));
            for (id, notified) in all.chain(notified.iter().map(|id| (id, true))) {
                let thread = shared.get(id).ok_or(ResumeError::Damaged("nobody waits"))?;
                let waiter = Waiter::new(thread.clone(), notified);
                waiters.insert(*id, waiter.clone());
                own.push(waiter);
            }
            monitor.restore(state, &own);
        }
        let ids = self.threads.iter().map(|state| state.id);
        Ok(ids.map(|id| (shared[&id].clone(), waiters.remove(&id))).collect())
    }
}

fn capture_thread(vm: &Vm, t: &Thread, saver: u32) -> Result<ThreadState, &'static str> {
    let is_me = t.id == saver;
    if !t.exception.get().is_null() {
        return Err("has an exception under way");
    }
    let mut frames = Vec::new();
    let mut next = t.top_frame();
    let index = |slot: *const u64| (slot as usize - t.stack_base as usize) as u32 / 8;
    while let Some(frame) = next {
        let header = frame.header();
        let code = |frame: FrameRef| frame.method().map_or(0, |m| code_address(vm, m));
        let is_java = |frame: FrameRef| frame.kind() == FrameKind::Java;
        let pc = if is_java(frame) { header.pc.get() as usize - code(frame) } else { 0 };
        let caller = frame.prev().filter(|caller| is_java(*caller) && is_java(frame));
        let ret = match frame.kind() {
            FrameKind::Entry => header.ret_pc as usize,
            // Of a call whose result will be checked.
            FrameKind::Java if header.ret_pc == interp::check_code() => {
                caller.map_or(0, |caller| behind_call(vm, caller))
            }
            _ => caller.map_or(0, |caller| header.ret_pc as usize - code(caller)),
        };
        frames.push(FrameState {
            at: index(frame.as_ptr().cast()),
            kind: frame.kind() as u8,
            method: frame.method().map_or(0, |m| vm.meta.method_id(m).0),
            pc: pc as u32,
            ret: ret as u64,
            locals: index(header.locals),
            lock: header.lock.get(),
        });
        next = frame.prev();
    }
    frames.reverse();
    let is_opaque = |f: &FrameState| {
        f.kind == FrameKind::Entry as u8 && After::from_word(f.ret as usize) == After::Opaque
    };
    let can_redo = t.can_redo.get() || t.shared.call.is_broken_off();
    let waits_for = t.waits_for.borrow().as_ref().and_then(|waiting| portable(waiting, saver));
    match frames.last() {
        None if is_me => {}
        _ if is_me => return Err("asks for an image in the middle of a program"),
        None if t.id == MAIN_ID && vm.program.is_left() => {}
        None => return Err("has not begun"),
        Some(_) if frames.iter().any(is_opaque) => {
            return Err("is in a call from the VM's own code");
        }
        Some(_) if t.shared.requests.is_suspended() => return Err("is suspended"),
        Some(_) if t.shared.call.is_over() => return Err("has just ended a system call"),
        Some(_) if matches!(waits_for, None | Some(PortableWaiting::Call(_))) && !can_redo => {
            return Err("is in a native that can not be called again");
        }
        Some(_) => {}
    }
    let used = index(t.sp.get()) as usize;
    // SAFETY: the thread is stopped, and its stack is filled up to `sp`.
    let slots = unsafe { std::slice::from_raw_parts(t.stack_base, used) };
    Ok(ThreadState {
        id: t.id,
        serial: t.shared.serial,
        daemon: t.shared.daemon.load(Ordering::Relaxed),
        java_thread: t.java_thread.get(),
        scoped_value_cache: t.scoped_value_cache.get(),
        has_permit: t.shared.parker.has_permit(),
        hash_state: t.hash_state.get(),
        waits_for,
        initializing: t.initializing.borrow().clone(),
        frames,
        slots: slots.to_vec(),
    })
}

/// The index of the bytecode behind the call that a frame stands at.
fn behind_call(vm: &Vm, frame: FrameRef) -> usize {
    let bci = crate::roots::bci_of(vm, frame);
    let len = frame.method().and_then(|m| {
        let bytes = vm.meta.slice(vm.class(m.class).bytes);
        classfile::opcode::length_at(&bytes[m.code_at as usize..], bci)
    });
    bci + len.unwrap_or(0)
}

fn code_address(vm: &Vm, m: &crate::meta::MethodRecord) -> usize {
    vm.meta.base() as usize + ((m.code.load(Ordering::Acquire) as usize) << UNIT_SHIFT)
}

/// `None` for a native that is called again as if for the first time.
fn portable(waiting: &Waiting, saver: u32) -> Option<PortableWaiting> {
    Some(match waiting {
        Waiting::Sleep(deadline) => PortableWaiting::Sleep(deadline.to_portable()),
        Waiting::Park(deadline) => PortableWaiting::Park(deadline.to_portable()),
        Waiting::Monitor(wait) => PortableWaiting::Monitor {
            index: wait.index,
            recursions: wait.recursions,
            deadline: wait.deadline.to_portable(),
        },
        Waiting::References => PortableWaiting::References,
        Waiting::Saving(by) if by.load(Ordering::Acquire) != saver => return None,
        Waiting::Saving(_) | Waiting::Saved => PortableWaiting::Saved,
        Waiting::Call(deadline) => PortableWaiting::Call(deadline.to_portable()),
    })
}

fn restore_thread(
    vm: &Vm,
    state: &ThreadState,
    shared: Arc<ThreadShared>,
    waiter: Option<Arc<Waiter>>,
) -> Result<Box<Thread>, ResumeError> {
    let memory = StackMemory::new(lifecycle::java_stack_bytes(vm, state.java_thread))?;
    if memory.slots() < state.slots.len() + FRAME_SLOTS {
        return Err(ResumeError::Damaged("frames beyond the end of the stack"));
    }
    let thread = Thread::new(vm, shared.clone(), memory);
    let t = &*thread;
    t.java_thread.set(state.java_thread);
    if state.hash_state != 0 {
        t.hash_state.set(state.hash_state);
    }
    t.scoped_value_cache.set(state.scoped_value_cache);
    let slot = |n: u32| t.stack_base.wrapping_add(n as usize);
    // SAFETY: the stack has room for the slots, and nobody else knows the thread.
    unsafe { std::ptr::copy_nonoverlapping(state.slots.as_ptr(), t.stack_base, state.slots.len()) };
    let mut prev: *mut Frame = std::ptr::null_mut();
    let mut caller_code = None;
    let mut caller = None;
    for frame in &state.frames {
        if frame.at as usize + FRAME_SLOTS > state.slots.len() {
            return Err(ResumeError::Damaged("a frame beyond the end of the stack"));
        }
        let kind = match frame.kind {
            k if k == FrameKind::Java as u8 => FrameKind::Java,
            k if k == FrameKind::Native as u8 => FrameKind::Native,
            _ => FrameKind::Entry,
        };
        let method: *const _ = match frame.method {
            0 => std::ptr::null(),
            id => vm.method(MethodId(id)),
        };
        let is_java = kind == FrameKind::Java;
        // SAFETY: a frame of bytecode or of a native has the method that was saved with it.
        let code = unsafe { method.as_ref() }.map_or(0, |m| code_address(vm, m));
        // SAFETY: as above.
        let rcp = unsafe { method.as_ref() }
            .filter(|_| is_java)
            .map_or(std::ptr::null(), |m| vm.meta.ptr::<AtomicU64>(m.rcp).cast_const());
        let header = slot(frame.at).cast::<Frame>();
        let is_checked = vm.guard.is_some()
            && caller.is_some_and(|(m, bci)| crate::portable::has_adapted_result(vm, m, bci));
        let ret_pc = match (kind, caller_code) {
            (FrameKind::Entry, _) => frame.ret as usize as *const u8,
            (FrameKind::Native, _) => std::ptr::null(),
            (FrameKind::Java, Some(_)) if is_checked => interp::check_code(),
            (FrameKind::Java, Some(code)) => (code + frame.ret as usize) as *const u8,
            (FrameKind::Java, None) => interp::exit_code(),
        };
        let pc = match kind {
            FrameKind::Java => (code + frame.pc as usize) as *const u8,
            FrameKind::Native => std::ptr::null(),
            FrameKind::Entry => interp::exit_code(),
        };
        // SAFETY: within the slots that were copied.
        unsafe {
            header.write(Frame {
                prev,
                pc: Cell::new(pc),
                ret_pc,
                locals: slot(frame.locals),
                method,
                rcp,
                lock: Cell::new(frame.lock),
                kind,
                pad: (*header).pad,
            });
        }
        prev = header;
        caller_code = is_java.then_some(code);
        // SAFETY: as above.
        let record = unsafe { method.as_ref() };
        caller = record.filter(|_| is_java).map(|m| (m, frame.pc as usize));
    }
    t.fp.set(prev);
    t.sp.set(slot(state.slots.len() as u32));
    let entries = state.frames.iter().filter(|f| f.kind == FrameKind::Entry as u8).count();
    t.call_depth.set(entries as u32);
    t.initializing.replace(state.initializing.clone());
    let resumed = match state.waits_for {
        None => None,
        Some(PortableWaiting::Sleep(deadline)) => Some(Waiting::Sleep(deadline.into())),
        Some(PortableWaiting::Park(deadline)) => Some(Waiting::Park(deadline.into())),
        Some(PortableWaiting::References) => Some(Waiting::References),
        Some(PortableWaiting::Saved) => Some(Waiting::Saved),
        Some(PortableWaiting::Call(deadline)) => Some(Waiting::Call(deadline.into())),
        Some(PortableWaiting::Monitor { index, recursions, deadline }) => {
            // One whose time was over, or that was interrupted, has left the wait set and wants to enter.
            let waiter = waiter.unwrap_or_else(|| {
                vm.monitors.get(index).pin();
                Waiter::new(shared.clone(), false)
            });
            let deadline = deadline.into();
            Some(Waiting::Monitor(MonitorWait { index, waiter, recursions, deadline }))
        }
    };
    t.resumed.replace(resumed);
    lifecycle::publish(&shared, t);
    Ok(thread)
}
