//! Calls of natives through a frame, and the preparation of methods at their first call.

use super::slow::{lock_frame, release_lock};
use crate::exceptions;
use crate::frame::{FRAME_SLOTS, Frame, FrameKind};
use crate::link;
use crate::meta::{BasicType, MethodRecord};
use crate::native::Result;
use crate::thread::Thread;
use gc::Ref;
use std::cell::Cell;
use std::sync::atomic::{Ordering, fence};

/// Runs `f` in a frame of kind [`FrameKind::Native`] that owns the arguments of `m`, of which the last is at `sp`.
///
/// Afterwards the thread's `sp` stands below the arguments.
unsafe fn in_native_frame<R>(
    t: &Thread,
    m: *const MethodRecord,
    sp: *mut u64,
    f: impl FnOnce(*mut u64) -> Result<R>,
) -> Result<R> {
    let header = sp.add(1);
    let args = header.sub((*m).arg_slots as usize);
    let end = header.add(FRAME_SLOTS);
    t.sp.set(header);
    if end.add(super::SLACK_SLOTS) > t.stack_limit.get() {
        return Err(exceptions::stack_overflow(t));
    }
    let (caller, frame) = (t.fp.get(), header.cast::<Frame>());
    frame.write(Frame {
        prev: caller,
        pc: Cell::new(std::ptr::null()),
        ret_pc: std::ptr::null(),
        locals: args,
        method: m,
        rcp: std::ptr::null(),
        lock: Cell::new(Ref::NULL),
        kind: FrameKind::Native,
        pad: 0,
    });
    t.fp.set(frame);
    t.sp.set(end);
    let result = t.scope(|| f(args));
    // What Rust has filled in is to be seen by who finds it through a data race, as what constructors have.
    fence(Ordering::Release);
    t.fp.set(caller);
    t.sp.set(args);
    result
}

/// Calls a native with handles, inside its lock if it is synchronized.
pub(super) unsafe fn call_native(t: &Thread, m: *const MethodRecord, sp: *mut u64) -> Result<u64> {
    let row = (*m).native.load(Ordering::Relaxed) as usize;
    let Some(full) = (*t.natives.add(row)).full else {
        let msg = "a leaf native asked to be retried";
        return Err(exceptions::throw(t, "java/lang/InternalError", msg));
    };
    in_native_frame(t, m, sp, |args| {
        if (*m).access & super::ACC_SYNCHRONIZED == 0 {
            return full(t, args);
        }
        lock_frame(t)?;
        let result = full(t, args);
        unlock_with_result(t, result, (*m).return_type == BasicType::Object as u8)
    })
}

/// Releases the top frame's lock while a result or an exception is under way.
unsafe fn unlock_with_result(t: &Thread, result: Result<u64>, is_ref: bool) -> Result<u64> {
    match result {
        Ok(v) if is_ref => {
            let kept = t.handle(Ref::from_bits(v as u32));
            release_lock(t)?;
            Ok(t.get(kept).bits() as u64)
        }
        Ok(v) => release_lock(t).map(|()| v),
        Err(thrown) => {
            let exception = t.handle(exceptions::take(t));
            let _ = release_lock(t);
            t.exception.set(t.get(exception));
            Err(thrown)
        }
    }
}

/// Prepares a method that is called for the first time with the arguments up to `sp`.
pub(super) unsafe fn prepare(t: &Thread, m: *const MethodRecord, sp: *mut u64) -> Result<()> {
    in_native_frame(t, m, sp, |_| link::prepare::prepare(t, t.vm().meta.method_id(m)))
}
