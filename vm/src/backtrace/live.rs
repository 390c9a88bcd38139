//! The values in a frame of the current thread, as `LiveStackFrame` shows them.

use super::JavaFrame;
use crate::frame::{FrameKind, FrameRef};
use crate::refmap::Method;
use crate::roots::lower_end;
use crate::thread::Thread;
use gc::{Handle, Ref};

/// What a slot holds.
#[derive(Clone, Copy, Debug)]
pub enum SlotValue {
    /// A reference, maybe null.
    Object(Handle),
    /// Anything else, in the interpreter's form.
    Bits(u64),
}

/// Locals and operands of a frame of bytecode, arguments of the call that it is in left out; `None` for other frames.
/// The frame belongs to the current thread.
pub fn live_values(t: &Thread, frame: &JavaFrame) -> Option<(Vec<SlotValue>, Vec<SlotValue>)> {
    if frame.frame.kind() != FrameKind::Java {
        return None;
    }
    let vm = t.vm();
    let record = vm.method(frame.method);
    let method = Method::of(&vm.meta, record)?;
    let max_locals = usize::from(record.max_locals);
    let stack = frame.frame.stack_base();
    let slot = |n: usize| match n < max_locals {
        true => frame.frame.local(n),
        // SAFETY: the map asks for slots of the operand stack only that are in use.
        false => unsafe { *stack.add(n - max_locals) },
    };
    let live = vm.ref_maps.get(&vm.meta, frame.method, &method).at(&method, frame.bci, &slot)?;
    // What the frame above was called with is its own.
    let limit = lower_end(above(t, frame.frame)?);
    let depth = (0..live.depth).take_while(|&n| stack.wrapping_add(n) < limit).count();
    let value = |n: usize, is_reference: bool| match is_reference {
        true => SlotValue::Object(t.handle(Ref::from_bits(slot(n) as u32))),
        false => SlotValue::Bits(slot(n)),
    };
    let references: Vec<_> = live.refs.ones().collect();
    let values = |n: usize| value(n, references.binary_search(&n).is_ok());
    let locals = (0..max_locals).map(values).collect();
    Some((locals, (max_locals..max_locals + depth).map(values).collect()))
}

/// The frame that a frame has called.
fn above(t: &Thread, frame: FrameRef) -> Option<FrameRef> {
    let mut at = t.top_frame()?;
    while at.prev()?.as_ptr() != frame.as_ptr() {
        at = at.prev()?;
    }
    Some(at)
}
