//! Interpreter frames on a thread's VM stack.
//!
//! The stack grows upwards in 8-byte slots. A frame's arguments are the slots that its caller
//! pushed; its other locals, its header and its operand stack follow:
//!
//! ```text
//! ... caller's operand stack | arguments, locals | Frame header | operand stack ...
//!                              ^ locals            ^ fp            ^ fp + FRAME_SLOTS
//! ```
//!
//! Slots are untagged. A `long` or `double` takes two slots, its value is in the *higher* one (so the
//! cached top of the stack is always one word). `int`s use the low 32 bits (the others are
//! undefined), references are a zero-extended `Ref`.
//! The top of the operand stack is cached in a register; `sp` points at the slot where it would be
//! stored, which for an empty stack is the header's last word.

use crate::meta::MethodRecord;
use gc::Ref;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;

/// Header of a frame.
#[repr(C)]
pub struct Frame {
    /// The caller's frame; null at the bottom of the stack.
    pub prev: *mut Frame,
    /// The instruction that runs, saved at calls and whenever the interpreter enters the VM.
    /// An address within the method's code to interpret.
    pub pc: Cell<*const u8>,
    /// Where the *caller* goes on when this frame returns.
    pub ret_pc: *const u8,
    /// First local.
    pub locals: *mut u64,
    /// The method; null for an entry frame.
    pub method: *const MethodRecord,
    /// Resolution entries of the method's class.
    pub rcp: *const AtomicU64,
    /// Object or mirror locked by a `synchronized` method (a `Ref`), else null. A root.
    pub lock: Cell<Ref>,
    /// A [`FrameKind`].
    pub kind: FrameKind,
    /// Home of the cached top of stack while the operand stack is empty.
    pub pad: u64,
}

/// Slots of a frame header.
pub const FRAME_SLOTS: usize = std::mem::size_of::<Frame>() / 8;

const _: () = assert!(FRAME_SLOTS == 8);

/// What a frame is.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameKind {
    /// Bytecode.
    Java = 0,
    /// A native method: its arguments are `locals`, it has no code.
    Native = 1,
    /// Boundary where Rust called Java. Returning to it leaves the interpreter.
    Entry = 2,
}

/// A frame as seen by code that walks a stopped or own stack.
#[derive(Clone, Copy)]
pub struct FrameRef(*const Frame);

impl FrameRef {
    /// # Safety
    /// `f` is a frame of the current thread or of one stopped at a safepoint, and stays so.
    pub unsafe fn new(f: *const Frame) -> Option<FrameRef> {
        if f.is_null() { None } else { Some(FrameRef(f)) }
    }
    /// The address.
    pub fn as_ptr(self) -> *const Frame {
        self.0
    }
    /// The header.
    pub fn header(&self) -> &Frame {
        // SAFETY: by the contract of `new`.
        unsafe { &*self.0 }
    }
    /// The caller's frame, entry frames included.
    pub fn prev(self) -> Option<FrameRef> {
        // SAFETY: frames link to live frames below them.
        unsafe { FrameRef::new(self.header().prev) }
    }
    /// Kind of frame.
    pub fn kind(self) -> FrameKind {
        self.header().kind
    }
    /// The method, unless this is an entry frame.
    pub fn method(&self) -> Option<&MethodRecord> {
        // SAFETY: method records are never freed while a frame of theirs is on a stack.
        unsafe { self.header().method.as_ref() }
    }
    /// Value of a slot of the locals.
    pub fn local(self, n: usize) -> u64 {
        // SAFETY: the caller asks for a local of the method.
        unsafe { *self.header().locals.add(n) }
    }
    /// First slot of the operand stack.
    pub fn stack_base(self) -> *mut u64 {
        // SAFETY: the operand stack follows the header within the thread's stack.
        unsafe { (self.0 as *mut u64).add(FRAME_SLOTS) }
    }
}
