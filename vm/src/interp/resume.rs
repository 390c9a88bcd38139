//! Going on with a thread that an image has brought back: its frames are there, the Rust code between them is not.
//!
//! The stack is taken from the top: what the top frame was doing is done again, up to the next entry frame; what the Rust
//! code that made that one would have done with the result is then done in its place ([`After`]).

use super::regs::Regs;
use super::unwind::unwind;
use super::{ACC_SYNCHRONIZED, calls, run, slow};
use crate::exceptions;
use crate::frame::{After, Frame, FrameKind};
use crate::link::init;
use crate::meta::{BasicType, MethodRecord};
use crate::native::{Result, Thrown};
use crate::object;
use crate::thread::Thread;
use gc::Ref;

/// How a thread came to its bottom.
pub enum Ended {
    /// Its first call has returned, or thrown what is pending.
    Returned(Result<u64>),
    /// What was done before its first call is done; the call has not been made.
    NotCalled(Result<()>),
}

/// What is done next with the frame on top.
enum Step {
    /// Its native or instruction again.
    Again,
    /// It is a native's, which answers this.
    Answer(u64),
    /// The pending exception is thrown at where it stands.
    Throw,
}

/// Runs a thread that an image has brought back to its end.
///
/// # Panics
/// If a frame says that it can not be gone on with; such threads are not saved.
pub fn resume(t: &Thread) -> Ended {
    let mut step = Step::Again;
    loop {
        // SAFETY: the frames are whole and as they were when the thread was saved.
        let (after, kept, has_caller) = unsafe {
            go_on(t, &step);
            leave_entry(t)
        };
        let result = if t.exception.get().is_null() { Ok(t.result.get()) } else { Err(Thrown) };
        if !has_caller {
            match after {
                After::Init(class) => {
                    return Ended::NotCalled(init::finish(t, class, result.map(drop)));
                }
                After::Again => {
                    exceptions::take(t);
                    return Ended::NotCalled(Ok(()));
                }
                _ => return Ended::Returned(result),
            }
        }
        step = match after {
            After::Init(class) => match init::finish(t, class, result.map(drop)) {
                Ok(()) => Step::Again,
                Err(Thrown) => Step::Throw,
            },
            After::Again => {
                // If it threw, it will throw again.
                exceptions::take(t);
                Step::Again
            }
            After::Invoke(method) => {
                let boxed = result.map_err(|_| exceptions::invocation_target(t)).and_then(|v| {
                    let ty = BasicType::from_u8(t.vm().method(method).return_type);
                    object::box_value(t, ty, v)
                });
                boxed.map_or(Step::Throw, |r| Step::Answer(u64::from(r.bits())))
            }
            After::Construct => match result {
                Ok(_) => Step::Answer(u64::from(kept.bits())),
                Err(Thrown) => {
                    exceptions::invocation_target(t);
                    Step::Throw
                }
            },
            After::Opaque | After::End => panic!("a thread was saved in the middle of a call"),
        };
    }
}

/// Carries out a step and what follows it, until an entry frame is on top.
unsafe fn go_on(t: &Thread, step: &Step) {
    let top = &*t.fp.get();
    let regs = |pc, sp: *mut u64, tos, loc| Regs { pc, sp, tos, loc, t, base: t.base };
    match (step, top.kind) {
        (Step::Again, FrameKind::Java) => {
            let start = slow::code_start(top.method, t.base);
            let is_locked = (*top.method).access & ACC_SYNCHRONIZED == 0
                || !top.lock.get().is_null()
                || top.pc.get() != start;
            if !is_locked && slow::lock_frame(t).is_err() {
                return run(regs(top.pc.get(), t.sp.get().sub(1), 0, top.locals), unwind);
            }
            let sp = t.sp.get().sub(1);
            run(regs(top.pc.get(), sp, *sp, top.locals), instruction)
        }
        (Step::Throw, _) => run(regs(top.pc.get(), t.sp.get().sub(1), 0, top.locals), unwind),
        (Step::Again, FrameKind::Native) => {
            let (method, caller, sp) = leave_native(t, top);
            run(regs((*caller).pc.get(), sp, method as u64, (*caller).locals), calls::call_any)
        }
        (Step::Answer(value), FrameKind::Native) => {
            let (method, caller, sp) = leave_native(t, top);
            t.result.set(*value);
            run(regs((*caller).pc.get(), sp, method as u64, (*caller).locals), answer)
        }
        _ => panic!("a thread was saved in the middle of a call"),
    }
}

/// Pops a native's frame; its arguments are on the caller's operand stack, the last at the result's `sp`.
unsafe fn leave_native(t: &Thread, top: &Frame) -> (*const MethodRecord, *mut Frame, *mut u64) {
    let (method, caller) = (top.method, top.prev);
    let end = top.locals.add((*method).arg_slots as usize);
    t.fp.set(caller);
    t.sp.set(end);
    (method, caller, end.sub(1))
}

/// Pops the entry frame on top; answers what follows, and whether there is a frame below.
unsafe fn leave_entry(t: &Thread) -> (After, Ref, bool) {
    let entry = t.fp.get();
    debug_assert_eq!((*entry).kind, FrameKind::Entry);
    let after = After::from_word((*entry).ret_pc as usize);
    let (kept, below) = ((*entry).lock.get(), (*entry).prev);
    t.call_depth.set(t.call_depth.get() - 1);
    t.fp.set(below);
    t.sp.set(entry.cast());
    (after, kept, !below.is_null())
}

op! {
    /// Runs the instruction at `pc` of a frame whose operands are in memory.
    instruction(s) {
        s.reload();
        s.dispatch()
    }
    /// Goes on behind the call of the native in `tos`, whose result is the thread's.
    answer(s) {
        let m = s.tos as *const MethodRecord;
        let value = (*s.t).result.get();
        s.give_result(m, value)
    }
}
