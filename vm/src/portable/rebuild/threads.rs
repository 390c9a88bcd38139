//! Threads and locks: checked, then laid out as [`ThreadsState`] has them, to be brought back as from any image.

use super::super::PortableError;
use super::super::format::{After, Frame, FrameKind, Monitor, Slot, Thread};
use super::frames::is_callable;
use super::{Rebuild, or_refuse, refused};
use crate::frame::{self, FRAME_SLOTS};
use crate::link::prepare;
use crate::meta::MethodId;
use crate::sync::{
    FrameState, MAIN_ID, MonitorState, PortableWaiting, STACK_RESERVE_SLOTS, ThreadState,
    ThreadsState,
};
use classfile::opcode;
use gc::mark;
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// Slots beyond the end of a frame that instructions may touch.
const SLACK_SLOTS: usize = 8;

impl Rebuild<'_> {
    /// All threads and locks.
    pub(super) fn threads(&mut self) -> Result<ThreadsState, PortableError> {
        let guest = self.guest;
        if guest.threads.first().is_none_or(|t| t.id != MAIN_ID) {
            return refused("it has no main thread");
        }
        let mut ids = HashSet::new();
        let mut threads = Vec::with_capacity(guest.threads.len());
        for thread in &guest.threads {
            let fits = thread.id != 0 && thread.id >> 18 == 0 && ids.insert(thread.id);
            or_refuse(fits.then_some(()), || "two threads have one number".into())?;
            threads.push(self.thread(thread)?);
        }
        let mut monitors = Vec::with_capacity(guest.monitors.len());
        let mut indices = HashSet::new();
        for monitor in &guest.monitors {
            let fits = monitor.index != 0
                && monitor.index >> mark::PAYLOAD_BITS == 0
                && monitor.index as usize <= 64 * (guest.monitors.len() + 1024)
                && indices.insert(monitor.index);
            or_refuse(fits.then_some(()), || "two locks have one number".into())?;
            monitors.push(self.monitor(monitor, &ids)?);
        }
        Ok(ThreadsState { threads, monitors })
    }

    fn monitor(
        &self,
        monitor: &Monitor,
        threads: &HashSet<u32>,
    ) -> Result<MonitorState, PortableError> {
        let (object, _) = self.some_object(monitor.object)?;
        let word = self.vm.heap.mark(object).load(Ordering::Relaxed);
        let named = word == monitor.index << mark::PAYLOAD_SHIFT | mark::INFLATED;
        let mut seen = HashSet::new();
        let waiters = monitor.waiting.iter().chain(&monitor.notified);
        let known = waiters.clone().all(|id| threads.contains(id) && seen.insert(*id));
        let waits_here = |id: &u32| {
            self.guest.threads.iter().any(|t| {
                t.id == *id
                    && matches!(t.waits_for, Some(PortableWaiting::Monitor { index, .. }) if index == monitor.index)
            })
        };
        let owner = monitor.owner == 0 || threads.contains(&monitor.owner);
        let fits = named
            && known
            && owner
            && waiters.clone().all(waits_here)
            && monitor.hash >> mark::PAYLOAD_BITS == 0;
        or_refuse(fits.then_some(()), || {
            "a lock has an owner or waiters that it can not have".into()
        })?;
        Ok(MonitorState {
            index: monitor.index,
            object: object.bits(),
            owner: monitor.owner,
            recursions: monitor.recursions,
            hash: monitor.hash,
            waiting: monitor.waiting.clone(),
            notified: monitor.notified.clone(),
        })
    }

    fn thread(&mut self, thread: &Thread) -> Result<ThreadState, PortableError> {
        let vm = self.vm;
        let java_thread = self.instance(thread.java_thread, vm.known.thread)?;
        if vm.get_u64(java_thread, vm.known.thread_eetop) != 0 {
            return refused("two threads are one");
        }
        vm.set_u64(java_thread, vm.known.thread_eetop, u64::from(thread.id));
        let scoped_value_cache = match thread.scoped_value_cache {
            0 => gc::Ref::NULL,
            cache => self.instance(cache, vm.known.object_array)?,
        };
        if let Some(PortableWaiting::Monitor { index, .. }) = thread.waits_for
            && !self.guest.monitors.iter().any(|m| m.index == index)
        {
            return refused("a thread waits for a lock that there is not");
        }
        self.check_frames(thread.id, &thread.frames)?;
        let mut initializing = Vec::with_capacity(thread.initializing.len());
        for &(class, depth) in &thread.initializing {
            let class = self.class(class)?;
            let runs = vm.class(class).init_thread.load(Ordering::Relaxed) == thread.id;
            or_refuse(runs.then_some(()), || "a thread initialises another one's class".into())?;
            initializing.push((class, depth));
        }
        let entries = thread.frames.iter().filter(|f| is_init(f)).count();
        if entries > initializing.len() {
            return refused("a thread initialises a class that is not being initialised");
        }
        let (frames, slots) = self.lay_out(thread, java_thread)?;
        Ok(ThreadState {
            id: thread.id,
            serial: thread.serial,
            daemon: thread.daemon,
            java_thread,
            scoped_value_cache,
            has_permit: thread.has_permit,
            hash_state: thread.hash_state,
            waits_for: thread.waits_for,
            initializing,
            frames,
            slots,
        })
    }

    /// Frames one behind the other, as calls would have left them.
    fn lay_out(
        &mut self,
        thread: &Thread,
        java_thread: gc::Ref,
    ) -> Result<(Vec<FrameState>, Vec<u64>), PortableError> {
        let vm = self.vm;
        let limit = crate::sync::java_stack_bytes(vm, java_thread) / 8;
        let mut slots: Vec<u64> = Vec::new();
        let mut frames: Vec<FrameState> = Vec::with_capacity(thread.frames.len());
        // The bytecode index behind the call of the Java frame below.
        let mut next_of_caller = None;
        for frame in &thread.frames {
            let locals = slots.len() as u32;
            for &slot in &frame.locals {
                slots.push(self.bits(slot)?);
            }
            let at = slots.len() as u32;
            slots.resize(slots.len() + FRAME_SLOTS, 0);
            let lock = self.object(frame.lock)?;
            let (kind, method, pc, ret, room) = match &frame.kind {
                FrameKind::Entry(after) => {
                    let ret = self.after(after)?.to_word();
                    (frame::FrameKind::Entry, MethodId::NONE, 0, ret as u64, 0)
                }
                FrameKind::Native(method) => {
                    (frame::FrameKind::Native, self.callable(method)?, 0, 0, 0)
                }
                FrameKind::Java { method, bci } => {
                    let id = self.callable(method)?;
                    let prepared = prepare::prepare(self.t, id);
                    prepared.or_else(|_| refused("a method can not be run"))?;
                    let room = usize::from(vm.method(id).max_stack) + SLACK_SLOTS;
                    (frame::FrameKind::Java, id, *bci, next_of_caller.unwrap_or(0), room)
                }
            };
            next_of_caller = None;
            if kind == frame::FrameKind::Java {
                let code = super::super::frames::code_of(vm, vm.method(method));
                let len = opcode::length_at(code, pc as usize);
                next_of_caller = len.map(|len| u64::from(pc) + len as u64);
            }
            let fits = at as usize + FRAME_SLOTS + room + STACK_RESERVE_SLOTS
                <= limit + STACK_RESERVE_SLOTS;
            or_refuse(fits.then_some(()), || "a thread's frames do not fit on its stack".into())?;
            let locals = if kind == frame::FrameKind::Entry { at } else { locals };
            let kind = kind as u8;
            frames.push(FrameState { at, kind, method: method.0, pc, ret, locals, lock });
            for &slot in &frame.stack {
                slots.push(self.bits(slot)?);
            }
        }
        Ok((frames, slots))
    }

    fn callable(&self, method: &super::super::format::Method) -> Result<MethodId, PortableError> {
        let id = self.method(method)?;
        let callable = !id.is_none() && is_callable(self.vm.method(id));
        or_refuse(callable.then_some(id), || "a frame's method can not be run".into())
    }

    fn bits(&self, slot: Slot) -> Result<u64, PortableError> {
        Ok(match slot {
            Slot::Word(bits) => bits,
            Slot::Reference(number) => u64::from(self.object(number)?.bits()),
        })
    }

    fn after(&self, after: &After) -> Result<frame::After, PortableError> {
        Ok(match after {
            After::End => frame::After::End,
            After::Init(class) => frame::After::Init(self.class(*class)?),
            After::Again => frame::After::Again,
            After::Invoke(method) => frame::After::Invoke(self.method(method)?),
            After::Construct => frame::After::Construct,
        })
    }
}

fn is_init(frame: &Frame) -> bool {
    matches!(frame.kind, FrameKind::Entry(After::Init(_)))
}
