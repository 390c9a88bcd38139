//! The frame at the instruction that is being checked: locals, stack, and whether `this` is uninitialised.

use crate::types::VType;

/// The current frame. Slots above the sizes keep what was there, as HotSpot's messages show it.
#[derive(Default)]
pub(crate) struct Frame {
    /// The instruction's pc.
    pub(crate) pc: usize,
    /// The flag `flagThisUninit` (JVMS 4.10.1.4).
    pub(crate) this_uninit: bool,
    /// As many as the method has; beyond `locals_size` all are top.
    pub(crate) locals: Vec<VType>,
    /// One more than the highest local that has been touched.
    pub(crate) locals_size: usize,
    /// As many as the method may use.
    pub(crate) stack: Vec<VType>,
    /// How many of them are in use.
    pub(crate) depth: usize,
    /// How many were before the instruction.
    pub(crate) depth_before: usize,
}

/// A frame as messages show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameView<'f> {
    pub(crate) pc: usize,
    pub(crate) this_uninit: bool,
    pub(crate) locals: &'f [VType],
    pub(crate) stack: &'f [VType],
}

impl Frame {
    /// Empties the frame for a method.
    pub(crate) fn reset(&mut self, max_locals: u16, max_stack: u16) {
        self.locals.clear();
        self.locals.resize(usize::from(max_locals), VType::TOP);
        self.stack.clear();
        self.stack.resize(usize::from(max_stack), VType::TOP);
        (self.pc, self.this_uninit) = (0, false);
        (self.locals_size, self.depth, self.depth_before) = (0, 0, 0);
    }

    /// The frame as it was before the instruction, as far as it is still known.
    pub(crate) fn view(&self) -> FrameView<'_> {
        FrameView {
            pc: self.pc,
            this_uninit: self.this_uninit,
            locals: &self.locals[..self.locals_size],
            stack: &self.stack[..self.depth_before],
        }
    }

    /// Notes that the current instruction begins with the stack as it is.
    pub(crate) fn mark(&mut self) {
        self.depth_before = self.depth;
    }

    /// Takes over another frame's contents.
    pub(crate) fn assume(&mut self, other: FrameView<'_>) {
        let (locals, stack) = (other.locals.len(), other.stack.len());
        if self.locals_size > locals || self.depth > stack {
            self.locals[..self.locals_size].fill(VType::TOP);
            self.stack[..self.depth].fill(VType::TOP);
        }
        self.locals[..locals].copy_from_slice(other.locals);
        self.stack[..stack].copy_from_slice(other.stack);
        (self.locals_size, self.depth) = (locals, stack);
        self.this_uninit = other.this_uninit;
    }

    /// Turns every `old` into the initialised `new`.
    pub(crate) fn initialize(&mut self, old: VType, new: VType) {
        let stack = &mut self.stack[..self.depth];
        for slot in self.locals.iter_mut().chain(stack).filter(|slot| **slot == old) {
            *slot = new;
        }
        if old == VType::UNINIT_THIS {
            self.this_uninit = false;
        }
    }

    /// Writes a value of one slot, which splits the wide value that it overlaps.
    pub(crate) fn write(&mut self, index: usize, value: VType) {
        let before = self.locals[index];
        if before.is_wide() {
            self.locals[index + 1] = VType::TOP;
        }
        if before.is_upper_half() {
            self.locals[index - 1] = VType::TOP;
        }
        self.locals[index] = value;
        self.locals_size = self.locals_size.max(index + 1);
    }

    /// Writes a value of two slots, which splits the wide values that it overlaps.
    pub(crate) fn write_wide(&mut self, index: usize, value: VType) {
        if self.locals[index + 1].is_wide() {
            self.locals[index + 2] = VType::TOP;
        }
        if self.locals[index].is_upper_half() {
            self.locals[index - 1] = VType::TOP;
        }
        self.locals[index] = value;
        self.locals[index + 1] = value.upper_half();
        self.locals_size = self.locals_size.max(index + 2);
    }
}
