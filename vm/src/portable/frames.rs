//! Threads: from the slots of their stacks to named frames.

use super::PortableError;
use super::capture::Capture;
use super::format::{After, Frame, FrameKind, Slot, Thread};
use crate::frame::{self, FRAME_SLOTS};
use crate::meta::{MethodId, MethodRecord};
use crate::refmap::Method;
use crate::sync::{FrameState, ThreadState, ThreadsState};
use classfile::descriptor::MethodDescriptor;
use classfile::opcode;
use gc::Ref;
use std::collections::HashSet;

const JAVA: u8 = frame::FrameKind::Java as u8;
const NATIVE: u8 = frame::FrameKind::Native as u8;

/// Names the frames of all threads.
pub(super) fn capture(
    c: &mut Capture<'_>,
    state: &ThreadsState,
) -> Result<Vec<Thread>, PortableError> {
    state.threads.iter().map(|thread| capture_thread(c, thread)).collect()
}

fn capture_thread(c: &mut Capture<'_>, state: &ThreadState) -> Result<Thread, PortableError> {
    let mut frames = Vec::with_capacity(state.frames.len());
    for (at, frame) in state.frames.iter().enumerate() {
        // What belongs to the frame above begins with its arguments.
        let end = match state.frames.get(at + 1) {
            Some(above) if above.kind == JAVA || above.kind == NATIVE => above.locals,
            Some(above) => above.at,
            None => state.slots.len() as u32,
        };
        let caller = at.checked_sub(1).map(|below| &state.frames[below]);
        frames.push(capture_frame(c, &state.slots, frame, caller, end)?);
    }
    let initializing =
        state.initializing.iter().map(|&(class, depth)| (c.class_index(class), depth));
    let initializing: Vec<_> = initializing.collect();
    Ok(Thread {
        id: state.id,
        serial: state.serial,
        daemon: state.daemon,
        java_thread: c.object(state.java_thread),
        scoped_value_cache: c.object(state.scoped_value_cache),
        has_permit: state.has_permit,
        hash_state: state.hash_state,
        waits_for: state.waits_for,
        initializing,
        frames,
    })
}

fn capture_frame(
    c: &mut Capture<'_>,
    slots: &[u64],
    frame: &FrameState,
    caller: Option<&FrameState>,
    end: u32,
) -> Result<Frame, PortableError> {
    let lock = c.object(frame.lock);
    let first = frame.at as usize + FRAME_SLOTS;
    let odd = || PortableError::Refused("a frame is not where it was expected".into());
    if frame.kind != JAVA && frame.kind != NATIVE {
        if first != end as usize {
            return Err(odd());
        }
        let kind = FrameKind::Entry(after(c, frame.ret as usize)?);
        return Ok(Frame { kind, lock, locals: Vec::new(), stack: Vec::new() });
    }
    let id = MethodId(frame.method);
    let record = c.vm.method(id);
    let locals = frame.locals as usize;
    let (arguments, refs) = match frame.kind {
        JAVA => (record.max_locals, java_references(c, record, frame, slots).ok_or_else(odd)?),
        _ => (u16::from(record.arg_slots), argument_references(c, record)),
    };
    let places = locals + usize::from(arguments) == frame.at as usize && first <= end as usize;
    if !places || !continues(c, frame, caller) {
        return Err(odd());
    }
    let mut slot = |at: usize, number: usize| match refs.contains(&number) {
        true => Slot::Reference(c.object(Ref::from_bits(slots[at] as u32))),
        false => Slot::Word(slots[at]),
    };
    let count = usize::from(arguments);
    let named = (0..count).map(|n| slot(locals + n, n)).collect();
    let stack = (first..end as usize).map(|at| slot(at, count + at - first)).collect();
    let method = c.method(id);
    let kind = match frame.kind {
        JAVA => FrameKind::Java { method, bci: frame.pc },
        _ => FrameKind::Native(method),
    };
    Ok(Frame { kind, lock, locals: named, stack })
}

/// The slots of a frame of bytecode that hold references: locals from 0, then operands.
fn java_references(
    c: &Capture<'_>,
    record: &MethodRecord,
    frame: &FrameState,
    slots: &[u64],
) -> Option<HashSet<usize>> {
    let vm = c.vm;
    let method = Method::of(&vm.meta, record)?;
    let map = vm.ref_maps.get(&vm.meta, MethodId(frame.method), &method);
    let max_locals = usize::from(record.max_locals);
    let slot = |n: usize| match n.checked_sub(max_locals) {
        None => slots[frame.locals as usize + n],
        Some(operand) => slots.get(frame.at as usize + FRAME_SLOTS + operand).copied().unwrap_or(0),
    };
    let live = map.at(&method, frame.pc as usize, &slot)?;
    let operands = live.stack_slots().map(|n| max_locals + n);
    Some(live.local_slots().chain(operands).collect())
}

/// The argument slots of a method that hold references.
pub(super) fn argument_references(c: &Capture<'_>, record: &MethodRecord) -> HashSet<usize> {
    let mut at = usize::from(!record.is_static());
    let mut refs: HashSet<usize> = (0..at).collect();
    let descriptor = MethodDescriptor::parse(c.vm.bytes(record.descriptor));
    for param in descriptor.iter().flat_map(MethodDescriptor::params) {
        if param.is_reference() {
            refs.insert(at);
        }
        at += usize::from(param.slots());
    }
    refs
}

/// Whether the frame returns to behind the call that its caller stands at.
fn continues(c: &Capture<'_>, frame: &FrameState, caller: Option<&FrameState>) -> bool {
    let Some(caller) = caller.filter(|caller| caller.kind == JAVA && frame.kind == JAVA) else {
        return true;
    };
    let record = c.vm.method(MethodId(caller.method));
    let code = code_of(c.vm, record);
    let len = opcode::length_at(code, caller.pc as usize);
    len.is_some_and(|len| frame.ret == u64::from(caller.pc) + len as u64)
}

/// The bytecode of a method as it is in the class file.
pub(super) fn code_of<'v>(vm: &'v crate::vm::Vm, record: &MethodRecord) -> &'v [u8] {
    let bytes = vm.meta.slice(vm.class(record.class).bytes);
    &bytes[record.code_at as usize..(record.code_at + record.code_len) as usize]
}

fn after(c: &Capture<'_>, word: usize) -> Result<After, PortableError> {
    Ok(match frame::After::from_word(word) {
        frame::After::Opaque => {
            return Err(PortableError::Refused("a call from the VM's own code".into()));
        }
        frame::After::End => After::End,
        frame::After::Init(class) => After::Init(c.class_index(class)),
        frame::After::Again => After::Again,
        frame::After::Invoke(method) => After::Invoke(c.method(method)),
        frame::After::Construct => After::Construct,
    })
}
