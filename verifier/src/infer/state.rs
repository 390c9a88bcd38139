//! The state before an instruction: stack, locals, subroutines and flags (JVMS 4.10.2.2, 4.10.2.6).

use std::rc::Rc;

use super::types::Info;

/// Operand stacks as lists that share their tails: a value and the number of the one below.
#[derive(Default)]
pub(super) struct Stacks {
    nodes: Vec<(Info, StackId)>,
}

/// The top of a stack in [`Stacks`]; 0 is the empty stack.
pub(super) type StackId = u32;

impl Stacks {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
    }

    pub(super) fn push(&mut self, value: Info, below: StackId) -> StackId {
        self.nodes.push((value, below));
        self.nodes.len() as StackId
    }

    /// The value on top and the stack below it.
    pub(super) fn top(&self, stack: StackId) -> Option<(Info, StackId)> {
        self.nodes.get((stack as usize).checked_sub(1)?).copied()
    }

    /// The values, top first.
    pub(super) fn values(&self, stack: StackId) -> Vec<Info> {
        std::iter::successors(self.top(stack), |&(_, below)| self.top(below))
            .map(|(value, _)| value)
            .collect()
    }

    /// A new stack of these values, top first.
    pub(super) fn build(&mut self, values: &[Info]) -> StackId {
        values.iter().rev().fold(0, |below, &value| self.push(value, below))
    }
}

/// A stack and its depth in slots, where wide values count twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) top: StackId,
    pub(super) slots: u32,
}

/// A subroutine that is being executed, and the locals that it has written.
#[derive(Clone, Debug)]
pub(super) struct Subroutine {
    /// The number of its first instruction.
    pub(super) entry: u32,
    /// A bit per local.
    pub(super) written: Vec<u64>,
}

impl Subroutine {
    pub(super) fn wrote(&self, local: usize) -> bool {
        self.written.get(local / 64).is_some_and(|bits| bits >> (local % 64) & 1 != 0)
    }

    pub(super) fn write(&mut self, local: usize) {
        if self.written.len() <= local / 64 {
            self.written.resize(local / 64 + 1, 0);
        }
        self.written[local / 64] |= 1 << (local % 64);
    }
}

/// The locals that are known (those beyond are unusable) and the subroutines, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Locals {
    pub(super) types: Rc<Vec<Info>>,
    pub(super) subroutines: Rc<Vec<Subroutine>>,
}

/// What is known about constructors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// The method is a constructor.
    pub(super) needs_constructor: bool,
    /// Another constructor has been called on every path.
    pub(super) constructed: bool,
    /// On some path that call failed: the method must not return.
    pub(super) must_throw: bool,
}

impl Flags {
    pub(super) fn meet(self, other: Flags) -> Flags {
        Flags {
            needs_constructor: self.needs_constructor | other.needs_constructor,
            constructed: self.constructed & other.constructed,
            must_throw: self.must_throw | other.must_throw,
        }
    }
}

/// The state before an instruction.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// `None` before the instruction has been reached.
    pub(super) reached: Option<Reached>,
    /// Whether it is to be looked at (again).
    pub(super) changed: bool,
}

/// The state before an instruction that has been reached.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) stack: Stack,
    pub(super) locals: Locals,
    pub(super) flags: Flags,
}

impl State {
    pub(super) fn entry(locals: Vec<Info>, flags: Flags) -> State {
        let locals = Locals { types: Rc::new(locals), subroutines: Rc::default() };
        let reached = Reached { stack: Stack::default(), locals, flags };
        State { reached: Some(reached), changed: true }
    }
}

/// A row of the exception table, by instruction numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handler {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) target: u32,
    pub(super) caught: Info,
}
