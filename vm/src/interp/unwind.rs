//! Exceptions: from a pending one to its handler (JVMS 2.10), through the frames of the VM stack.

use super::regs::Regs;
use super::slow::{code_start, release_lock};
use crate::exceptions;
use crate::frame::{Frame, FrameKind};
use crate::link;
use crate::meta::{MethodRecord, method_flags};
use crate::native::Result;
use crate::thread::Thread;
use gc::{ClassId, Ref};
use std::sync::atomic::Ordering;

op! {
    /// Continues at the handler of the pending exception, or leaves the interpreter with it.
    #[cold]
    #[inline(never)]
    unwind(s) {
        if !to_handler(s.thread()) {
            return s.leave();
        }
        let [pc, sp, tos, loc] = (*s.t).regs.get();
        Regs { pc: pc as _, sp: sp as _, tos, loc: loc as _, ..s }.dispatch()
    }
}

/// Pops frames up to one that handles the pending exception; false if that is the frame of an `invoke`.
/// Otherwise the registers to go on with are in the thread.
///
/// # Safety
/// The thread's frames are whole (see [`Regs::spill`]) and an exception is pending.
#[inline(never)]
unsafe fn to_handler(t: &Thread) -> bool {
    debug_assert!(!t.exception.get().is_null(), "unwinding without an exception");
    loop {
        let frame = &*t.fp.get();
        if frame.kind == FrameKind::Entry {
            return false;
        }
        // A thread that is to end leaves all frames.
        if frame.kind == FrameKind::Java
            && !t.is_ending()
            && let Some(bci) = handler_in(t, frame)
        {
            let exception = exceptions::take(t);
            let pc = code_start(frame.method, t.base).add(bci);
            // One word on the empty stack, whose top would be stored in the header's last word.
            let sp = (&raw const frame.pad).add(1);
            t.regs.set([pc as u64, sp as u64, exception.bits() as u64, frame.locals as u64]);
            return true;
        }
        if !frame.lock.get().is_null() {
            release_after_throw(t);
        }
        let frame = &*t.fp.get();
        t.sp.set(frame.locals);
        t.fp.set(frame.prev);
    }
}

/// Releases the lock of the top frame's method, whose own complaint gives way to the exception.
unsafe fn release_after_throw(t: &Thread) {
    t.scope(|| {
        let exception = t.handle(exceptions::take(t));
        let _ = release_lock(t);
        t.exception.set(t.get(exception));
    });
}

/// Where the top frame's method handles the pending exception. An exception while classes in the
/// table are resolved takes its place, thrown by the handler that was being looked at.
unsafe fn handler_in(t: &Thread, frame: &Frame) -> Option<usize> {
    let m = &*frame.method;
    if m.flags & method_flags::HAS_HANDLERS == 0 {
        return None;
    }
    let mut bci = frame.pc.get().offset_from_unsigned(code_start(m, t.base));
    loop {
        let class = t.vm().class_of(t.exception.get());
        let found = t.scope(|| {
            let exception = t.handle(exceptions::take(t));
            let found = find_handler(t, m, bci, class);
            if found.is_ok() {
                t.exception.set(t.get(exception));
            }
            found
        });
        match found {
            Ok(found) => return found,
            Err(Failed { handler }) => bci = handler,
        }
    }
}

/// The resolution of a handler's class threw; the exception is pending.
#[derive(Debug, Clone, Copy)]
pub struct Failed {
    /// Where that handler begins.
    pub handler: usize,
}

/// The handler of a method for an exception of class `class` at `bci`, as index into the code.
///
/// May load classes, so there must be no exception pending, and the one thrown must be in a handle.
///
/// # Errors
/// When a class in the exception table can't be resolved.
pub fn find_handler(
    t: &Thread,
    m: &MethodRecord,
    bci: usize,
    class: ClassId,
) -> Result<Option<usize>, Failed> {
    debug_assert_eq!(t.exception.get(), Ref::NULL);
    let record = t.vm().class(m.class);
    let bytes = t.vm().meta.slice(record.bytes);
    let at = m.code_at as usize + m.code_len as usize;
    let Some(table) = bytes.get(at..) else { return Ok(None) };
    let rows = u16_at(table, 0) as usize;
    for row in table[2..].chunks_exact(8).take(rows) {
        let (start, end) = (u16_at(row, 0) as usize, u16_at(row, 2) as usize);
        let (handler, catch) = (u16_at(row, 4) as usize, u16_at(row, 6));
        if !(start..end).contains(&bci) {
            continue;
        }
        if catch == 0 {
            return Ok(Some(handler));
        }
        let resolved = t.vm().meta.slice(record.rcp)[catch as usize].load(Ordering::Acquire);
        let caught = match resolved {
            0 => link::resolve::resolve_class(t, m.class, catch).map_err(|_| Failed { handler })?,
            id => ClassId(id as u32),
        };
        if link::is_subclass(t.vm(), class, caught) {
            return Ok(Some(handler));
        }
    }
    Ok(None)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}
