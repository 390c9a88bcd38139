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

use crate::meta::{MethodId, MethodRecord};
use gc::{ClassId, Ref};
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
    /// Where the *caller* goes on when this frame returns. Of an entry frame, an [`After`] instead.
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
    /// Home of the cached top of stack while the operand stack is empty. Of a native, 1 once a system call has had an effect.
    pub pad: u64,
}

/// Slots of a frame header.
pub const FRAME_SLOTS: usize = std::mem::size_of::<Frame>() / 8;

const _: () = assert!(FRAME_SLOTS == 8);

/// What the Rust code that made an entry frame does when the call returns. It does so by itself as long as it is there;
/// in a thread that an image has brought back, it is not, and this says what is to be done in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// Something that can not be said: the thread can not be saved meanwhile.
    Opaque,
    /// The thread ends: its `run`, or the program's `main`.
    End,
    /// A class has been initialised (or that has failed); what needed it is done again.
    Init(ClassId),
    /// What needed the call is done again, and finds what the call has left.
    Again,
    /// `Method.invoke`: the result is boxed.
    Invoke(MethodId),
    /// `Constructor.newInstance`: the result is the object in the entry frame's `lock`.
    Construct,
}

impl After {
    /// As a header's `ret_pc` keeps it.
    pub fn to_word(self) -> usize {
        let (kind, of) = match self {
            After::Opaque => (0, 0),
            After::End => (1, 0),
            After::Init(class) => (2, class.0),
            After::Again => (3, 0),
            After::Invoke(method) => (4, method.0),
            After::Construct => (5, 0),
        };
        (of as usize) << 8 | kind
    }

    /// The other way round.
    pub fn from_word(word: usize) -> After {
        let of = (word >> 8) as u32;
        match word & 0xff {
            1 => After::End,
            2 => After::Init(ClassId(of)),
            3 => After::Again,
            4 => After::Invoke(MethodId(of)),
            5 => After::Construct,
            _ => After::Opaque,
        }
    }
}

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
    /// What follows the call, of an entry frame.
    pub fn after(self) -> After {
        After::from_word(self.header().ret_pc as usize)
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
