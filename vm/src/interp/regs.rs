//! The interpreter's registers, and all that handlers do with them.

use super::unwind::unwind;
use crate::frame::Frame;
use crate::meta::{ClassRecord, MethodRecord};
use crate::native::Result;
use crate::thread::Thread;
use gc::ClassId;
use std::sync::atomic::{AtomicU8, Ordering};

/// The signature of handlers; six arguments stay in machine registers on every target of ours.
pub(super) type Handler =
    unsafe extern "C-unwind" fn(*const u8, *mut u64, u64, *mut u64, *const Thread, *mut u8);

/// The state of the interpreter between two instructions (handler contract in the module's documentation).
///
/// All methods are inlined, so that in optimised code the fields are machine registers.
#[derive(Clone, Copy)]
pub(super) struct Regs {
    /// The instruction.
    pub pc: *const u8,
    /// Where `tos` would be stored.
    pub sp: *mut u64,
    /// The word on top of the operand stack; undefined if that is empty.
    pub tos: u64,
    /// The first local.
    pub loc: *mut u64,
    /// The thread.
    pub t: *const Thread,
    /// The guest's base.
    pub base: *mut u8,
}

/// Operands.
impl Regs {
    /// An unsigned byte at `pc + at`.
    #[inline(always)]
    pub unsafe fn byte(&self, at: usize) -> usize {
        *self.pc.add(at) as usize
    }
    /// A big-endian u16, as class files have it.
    #[inline(always)]
    pub unsafe fn short(&self, at: usize) -> u16 {
        u16::from_be(self.pc.add(at).cast::<u16>().read_unaligned())
    }
    /// A big-endian u32.
    #[inline(always)]
    pub unsafe fn word(&self, at: usize) -> u32 {
        u32::from_be(self.pc.add(at).cast::<u32>().read_unaligned())
    }
    /// The operand of a quickened instruction.
    #[inline(always)]
    pub unsafe fn quick(&self) -> usize {
        self.pc.add(1).cast::<u16>().read_unaligned() as usize
    }
    /// The resolution entry that the operand of a quickened instruction names.
    #[inline(always)]
    pub unsafe fn entry(&self) -> u64 {
        self.entry_at(self.quick())
    }
    /// The resolution entry of a constant pool index.
    #[inline(always)]
    pub unsafe fn entry_at(&self, cp: usize) -> u64 {
        (*(*self.frame()).rcp.add(cp)).load(Ordering::Relaxed)
    }
}

/// Operand stack and locals.
impl Regs {
    #[inline(always)]
    pub unsafe fn push(&mut self, v: u64) {
        *self.sp = self.tos;
        self.sp = self.sp.add(1);
        self.tos = v;
    }
    /// Pushes a value of two slots.
    #[inline(always)]
    pub unsafe fn push2(&mut self, v: u64) {
        *self.sp = self.tos;
        self.sp = self.sp.add(2);
        self.tos = v;
    }
    #[inline(always)]
    pub unsafe fn pop(&mut self) -> u64 {
        let v = self.tos;
        self.drop(1);
        v
    }
    /// Pops words.
    #[inline(always)]
    pub unsafe fn drop(&mut self, words: usize) {
        self.sp = self.sp.sub(words);
        self.tos = *self.sp;
    }
    /// The word `n` below the top, n > 0.
    #[inline(always)]
    pub unsafe fn below(&self, n: usize) -> u64 {
        *self.sp.sub(n)
    }
    /// Moves the stack's height by `words` and puts `v` on top.
    #[inline(always)]
    pub unsafe fn put(&mut self, words: isize, v: u64) {
        self.sp = self.sp.offset(words);
        self.tos = v;
    }
    #[inline(always)]
    pub unsafe fn local(&self, n: usize) -> u64 {
        *self.loc.add(n)
    }
    #[inline(always)]
    pub unsafe fn set_local(&self, n: usize, v: u64) {
        *self.loc.add(n) = v
    }
    /// First of the topmost `n` words, with the cached one stored: the arguments of a call.
    #[inline(always)]
    pub unsafe fn args(&self, n: usize) -> *mut u64 {
        *self.sp = self.tos;
        self.sp.add(1).sub(n)
    }
}

/// Frame and metadata.
impl Regs {
    #[inline(always)]
    pub unsafe fn frame(&self) -> *mut Frame {
        (*self.t).fp.get()
    }
    #[inline(always)]
    pub unsafe fn class(&self, id: ClassId) -> *const ClassRecord {
        self.base.add(id.offset()).cast()
    }
    /// Record of the class of a non-null object.
    #[inline(always)]
    pub unsafe fn class_of(&self, object: u64) -> *const ClassRecord {
        self.class(self.class_id(object))
    }
    /// Class id of a non-null object.
    #[inline(always)]
    pub unsafe fn class_id(&self, object: u64) -> ClassId {
        ClassId(self.at(object, 0).cast::<u32>().read())
    }
    /// Address of byte `offset` of an object (a slot's word).
    #[inline(always)]
    pub unsafe fn at(&self, object: u64, offset: usize) -> *mut u8 {
        self.base.add(((object as u32 as usize) << gc::UNIT_SHIFT) + offset)
    }
    #[inline(always)]
    pub unsafe fn method(&self, id: u32) -> *const MethodRecord {
        (*self.t).methods.add(id as usize)
    }
    /// Whether a poll must take its slow path.
    #[inline(always)]
    pub unsafe fn poll(&self) -> bool {
        (*self.t).poll.load(Ordering::Relaxed) != 0
    }
}

/// Going on.
impl Regs {
    /// Tail-calls a handler.
    #[inline(always)]
    pub unsafe fn jump(self, f: Handler) {
        f(self.pc, self.sp, self.tos, self.loc, self.t, self.base)
    }
    /// Runs the instruction at `pc`.
    #[cfg(not(debug_assertions))]
    #[inline(always)]
    pub unsafe fn dispatch(self) {
        self.jump(super::table::TABLE[opcode_at(self.pc) as usize])
    }
    /// Has the loop in `run` run the instruction at `pc`.
    #[cfg(debug_assertions)]
    pub unsafe fn dispatch(self) {
        (*self.t).regs.set([self.pc as u64, self.sp as u64, self.tos, self.loc as u64]);
    }
    /// Runs the instruction `len` bytes further on.
    #[inline(always)]
    pub unsafe fn next(mut self, len: usize) {
        self.pc = self.pc.add(len);
        self.dispatch()
    }
    /// Ends `run`.
    #[inline(always)]
    pub unsafe fn leave(self) {
        #[cfg(debug_assertions)]
        (*self.t).regs.set([0; 4]);
    }
    /// Makes the frame whole in memory, as all code needs that may walk the stack, collect or throw.
    #[inline(always)]
    pub unsafe fn spill(&self) {
        (*self.frame()).pc.set(self.pc);
        *self.sp = self.tos;
        (*self.t).sp.set(self.sp.add(1));
    }
    /// The other way after a call that may have collected.
    #[inline(always)]
    pub unsafe fn reload(&mut self) {
        self.tos = *self.sp;
    }
    /// After a spill and a call into the VM that leaves the operands in place: runs the instruction
    /// at `pc` (which may have been rewritten), or unwinds.
    #[inline(always)]
    pub unsafe fn again(mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.reload();
                self.dispatch()
            }
            Err(_) => self.jump(unwind),
        }
    }
    /// After a spill and a call into the VM that consumed `words` operands for a new top word:
    /// the instruction `len` bytes further on, or unwinds. `words` counts net of the result.
    #[inline(always)]
    pub unsafe fn finish(mut self, result: Result<u64>, words: isize, len: usize) {
        match result {
            Ok(v) => {
                self.put(words, v);
                self.next(len)
            }
            Err(_) => self.jump(unwind),
        }
    }
    /// As [`Regs::finish`] for a result that is pushed on operands that stay.
    #[inline(always)]
    pub unsafe fn finish_push(mut self, result: Result<u64>, len: usize) {
        match result {
            Ok(v) => {
                self.reload();
                self.push(v);
                self.next(len)
            }
            Err(_) => self.jump(unwind),
        }
    }
    /// The thread as VM code takes it.
    #[inline(always)]
    pub unsafe fn thread<'a>(&self) -> &'a Thread {
        &*self.t
    }
}

/// Reads an opcode; what the rewriting thread stored before it is visible afterwards.
///
/// On x86-64 every load has acquire order; a volatile one, unlike an atomic one, also folds into the zero extension.
#[inline(always)]
pub(super) unsafe fn opcode_at(pc: *const u8) -> u8 {
    if cfg!(target_arch = "x86_64") {
        pc.read_volatile()
    } else {
        AtomicU8::from_ptr(pc.cast_mut()).load(Ordering::Acquire)
    }
}

/// Rewrites an opcode, the operands staying as they are.
pub(super) unsafe fn quicken_opcode(pc: *const u8, op: u8) {
    AtomicU8::from_ptr(pc.cast_mut()).store(op, Ordering::Release);
}

/// Rewrites an instruction with operand bytes.
pub(super) unsafe fn quicken<const N: usize>(pc: *const u8, op: u8, operand: [u8; N]) {
    for (i, byte) in operand.into_iter().enumerate() {
        AtomicU8::from_ptr(pc.cast_mut().add(1 + i)).store(byte, Ordering::Relaxed);
    }
    quicken_opcode(pc, op);
}
