//! The interpreter: threaded code by tail calls, quickening, frames on the thread's VM stack.
//!
//! Each opcode has a handler in [`table`]; it ends by calling the next one in tail position, which
//! optimised builds turn into a jump (the test in `tail_calls` reads the machine code). Debug builds, in which
//! the Rust stack would grow, store the registers in [`Thread::regs`](crate::thread::Thread) and return to a loop.
//!
//! **Handler contract**, to which the `unsafe` code of this module refers. A handler is called with
//! [`Regs`] that describe the current thread's top frame, a [`FrameKind::Java`] one: `pc` at an
//! instruction of its method's code, `sp`/`tos`/`loc` as `frame.rs` defines them. The code has passed the
//! verifier, so operand types, stack depth, local and constant-pool indices, branch targets and the
//! kind of object behind a non-null reference are as the instruction requires. References are
//! valid until the next point that may collect; such points are only in functions called after
//! [`Regs::spill`], and the registers are reloaded from memory afterwards.
//!
//! **Tail calls**: a handler takes no address of a local and owns nothing that needs dropping.
//! Whatever does is a plain function (mostly in [`slow`]) whose result comes back in registers.
//!
//! **Quickening**: instructions are rewritten in a method's private copy of its code, operand first, opcode
//! last (release; dispatch acquires). Operands of rewritten instructions are in native byte order.
//! Handlers of instructions that are not rewritten yet read operands from the class file's
//! bytes, since another thread may be rewriting the copy.
#![allow(
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::missing_safety_doc,
    reason = "every unsafe operation here relies on the handler contract above"
)]

/// Defines handlers: `op! { name(s) { body } }`, where `s` are the [`Regs`] and the body ends in a tail call.
macro_rules! op {
    ($($(#[$m:meta])* $name:ident($s:ident) $body:block)*) => {$(
        $(#[$m])*
        pub(super) unsafe extern "C-unwind" fn $name(
            pc: *const u8,
            sp: *mut u64,
            tos: u64,
            loc: *mut u64,
            t: *const $crate::thread::Thread,
            base: *mut u8,
        ) {
            #[allow(unused_mut, reason = "not every handler changes a register in place")]
            let mut $s = $crate::interp::regs::Regs { pc, sp, tos, loc, t, base };
            $body
        }
    )*};
}

mod arith;
mod arrays;
mod branch;
mod calls;
#[cfg(debug_assertions)]
mod check;
mod constants;
mod fields;
mod fused;
mod native_call;
mod object_access;
mod objects;
mod regs;
mod resume;
mod returns;
mod slow;
mod stack_ops;
mod table;
#[cfg(all(test, not(debug_assertions)))]
mod tail_calls;
mod types;
mod unwind;

pub(crate) use calls::{INTERFACE_ROWS, InterfaceRow};
pub use resume::{Ended, resume};
pub use slow::select_virtual;
pub use unwind::find_handler;

use crate::exceptions;
use crate::frame::{After, FRAME_SLOTS, Frame, FrameKind};
use crate::meta::MethodId;
use crate::native::{Result, Thrown};
use crate::thread::Thread;
use classfile::opcode::JAVA_EXIT;
use gc::Ref;
use regs::{Handler, Regs};
use std::cell::Cell;

/// Where methods called from Rust return to.
static EXIT_CODE: [u8; 1] = [JAVA_EXIT];
/// Where the adapters of calls return to whose results are not believed ([`crate::portable::Guard`]); told from
/// [`EXIT_CODE`] by its address.
static CHECK_CODE: [u8; 1] = [JAVA_EXIT];

/// Access flags (JVMS table 4.6-A).
const ACC_STATIC: u16 = 0x0008;
const ACC_SYNCHRONIZED: u16 = 0x0020;

/// Slots beyond a callee's `max_stack` that an entry frame or a native's frame keeps free.
const SLACK_SLOTS: usize = 2;

/// Calls a method from Rust and runs it to its end. The caller has selected it (no dispatch on the
/// receiver) and, for a static one, initialised its class.
///
/// `args` are the argument slots, receiver first, wide values in the higher of their two slots. The result is
/// the slot's bits (of an `int`, only the low 32 are defined). References in `args` need no handle:
/// they are on the VM stack before anything can collect.
///
/// # Errors
/// `Thrown` with the exception that the method left pending in the thread; also StackOverflowError when the
/// VM stack or the Rust stack is used up, and when the thread is to end.
pub fn invoke(t: &Thread, method: MethodId, args: &[u64]) -> Result<u64> {
    invoke_then(t, After::Opaque, Ref::NULL, method, args)
}

/// As [`invoke`], with a note of what the caller will do with the result, so that the thread can be saved meanwhile;
/// `kept` is a reference that this needs.
///
/// # Errors
/// As [`invoke`].
pub fn invoke_then(
    t: &Thread,
    after: After,
    kept: Ref,
    method: MethodId,
    args: &[u64],
) -> Result<u64> {
    debug_assert!(t.exception.get().is_null(), "Java called with an exception pending");
    if t.is_ending() {
        return Err(exceptions::ended(t));
    }
    let (saved_fp, saved_sp) = (t.fp.get(), t.sp.get());
    // SAFETY: `sp` is the first free slot of the VM stack; the limit leaves what is written here free.
    unsafe {
        let first = saved_sp.add(FRAME_SLOTS);
        let end = first.add(args.len() + SLACK_SLOTS);
        if end > t.stack_limit.get() || rust_stack_low(t) {
            return Err(exceptions::stack_overflow(t));
        }
        let entry = saved_sp.cast::<Frame>();
        entry.write(Frame {
            prev: saved_fp,
            pc: Cell::new(EXIT_CODE.as_ptr()),
            ret_pc: after.to_word() as *const u8,
            locals: saved_sp,
            method: std::ptr::null(),
            rcp: std::ptr::null(),
            lock: Cell::new(kept),
            kind: FrameKind::Entry,
            pad: 0,
        });
        std::ptr::copy_nonoverlapping(args.as_ptr(), first, args.len());
        t.fp.set(entry);
        t.call_depth.set(t.call_depth.get() + 1);
        let tos = t.methods.add(method.0 as usize) as u64;
        let sp = first.add(args.len()).sub(1);
        let pc = EXIT_CODE.as_ptr();
        run(Regs { pc, sp, tos, loc: saved_sp, t, base: t.base }, calls::call_any);
    }
    t.call_depth.set(t.call_depth.get() - 1);
    t.fp.set(saved_fp);
    t.sp.set(saved_sp);
    if t.exception.get().is_null() { Ok(t.result.get()) } else { Err(Thrown) }
}

/// Where methods called from Rust return to.
pub(crate) fn exit_code() -> *const u8 {
    EXIT_CODE.as_ptr()
}

/// Where calls return to whose results are checked.
pub(crate) fn check_code() -> *const u8 {
    CHECK_CODE.as_ptr()
}

/// Whether the Rust stack is too short for another level of Rust-to-Java call.
#[inline(always)]
fn rust_stack_low(t: &Thread) -> bool {
    let here = 0u8;
    (std::hint::black_box(&raw const here) as usize) < t.native_stack_limit.get()
}

/// Interprets from a handler on until the entry frame is left.
#[cfg(not(debug_assertions))]
unsafe fn run(s: Regs, first: Handler) {
    s.jump(first)
}

/// As above, with a loop in place of jumps between handlers.
#[cfg(debug_assertions)]
unsafe fn run(s: Regs, first: Handler) {
    s.jump(first);
    let t = &*s.t;
    loop {
        let [pc, sp, tos, loc] = t.regs.get();
        if pc == 0 {
            return;
        }
        let next = Regs { pc: pc as _, sp: sp as _, tos, loc: loc as _, ..s };
        check::check_registers(&next);
        next.jump(table::TABLE[*next.pc as usize]);
    }
}

op! {
    /// Leaves the interpreter: stands at the return address of methods called from Rust.
    java_exit(s) {
        if std::ptr::eq(s.pc, CHECK_CODE.as_ptr()) {
            return s.jump(calls::check_result);
        }
        (*s.t).result.set(s.tos);
        s.leave()
    }
}
