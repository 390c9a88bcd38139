//! Pushing, popping and locals, with their checks (JVMS 4.10.1.4, 4.10.1.7).

use super::{Checker, Result};
use crate::error::{Stop, VerifyError};
use crate::messages::{Fault, Origin};
use crate::oracle::TypeOracle;
use crate::types::VType;

impl<O: TypeOracle> Checker<'_, '_, O> {
    #[inline]
    pub(super) fn push(&mut self, value: VType) -> Result<(), O> {
        let Some(slot) = self.frame.stack.get_mut(self.frame.depth) else {
            return Err(self.stack_overflow());
        };
        *slot = value;
        self.frame.depth += 1;
        Ok(())
    }

    pub(super) fn push_wide(&mut self, value: VType) -> Result<(), O> {
        if self.frame.depth + 2 > self.frame.stack.len() {
            return Err(self.stack_overflow());
        }
        self.push(value)?;
        self.push(value.upper_half())
    }

    /// Pushes a value of one or two slots.
    pub(super) fn push_value(&mut self, value: VType) -> Result<(), O> {
        if value.is_wide() { self.push_wide(value) } else { self.push(value) }
    }

    #[cold]
    fn stack_overflow(&self) -> Box<Stop<O::Error>> {
        self.fail(format_args!("Operand stack overflow"), self.frame.pc, Fault::StackOverflow)
    }

    /// The slot under the top, as messages call the one that was popped last.
    pub(super) fn popped(&self) -> Origin {
        let depth = self.frame.depth;
        Origin::Stack(depth, self.frame.stack.get(depth).copied().unwrap_or_default())
    }

    /// Pops a slot of any kind.
    pub(super) fn pop_any(&mut self) -> Result<VType, O> {
        if self.frame.depth == 0 {
            return Err(self.fail(
                format_args!("Operand stack underflow"),
                self.frame.pc,
                Fault::StackUnderflow,
            ));
        }
        self.frame.depth -= 1;
        Ok(self.frame.stack[self.frame.depth])
    }

    /// Pops a slot that must fit.
    #[inline]
    pub(super) fn pop(&mut self, wanted: VType) -> Result<VType, O> {
        let found = self.pop_any()?;
        if found == wanted || self.is_assignable(found, wanted)? {
            return Ok(found);
        }
        Err(self.bad_type(
            "Bad type on operand stack",
            self.popped(),
            Some(Origin::Implicit(wanted)),
        ))
    }

    /// Pops a value of two slots. Of two faults the one in the lower slot is told.
    pub(super) fn pop_wide(&mut self, wanted: VType) -> Result<(), O> {
        let upper = self.pop(wanted.upper_half());
        match upper {
            Err(stop) if !matches!(*stop, Stop::Refused(VerifyError::Verify { .. })) => {
                return Err(stop);
            }
            _ => {}
        }
        self.pop(wanted)?;
        upper.map(drop)
    }

    /// Pops a value of one or two slots.
    pub(super) fn pop_value(&mut self, wanted: VType) -> Result<(), O> {
        if wanted.is_wide() { self.pop_wide(wanted) } else { self.pop(wanted).map(drop) }
    }

    fn bad_local(&self, headline: &str, index: usize) -> Box<Stop<O::Error>> {
        self.fail(format_args!("{headline}"), self.frame.pc, Fault::LocalIndex(index))
    }

    fn local_of(&mut self, index: usize, wanted: VType) -> Result<VType, O> {
        let found = self.frame.locals[index];
        if self.is_assignable(found, wanted)? {
            return Ok(found);
        }
        Err(self.bad_type(
            "Bad local variable type",
            Origin::Local(index, found),
            Some(Origin::Implicit(wanted)),
        ))
    }

    /// The value of a local of one slot.
    pub(super) fn read_local(&mut self, index: usize, wanted: VType) -> Result<VType, O> {
        if index >= self.frame.locals.len() {
            return Err(self.bad_local("Local variable table overflow", index));
        }
        let found = self.local_of(index, wanted)?;
        self.frame.locals_size = self.frame.locals_size.max(index + 1);
        Ok(found)
    }

    /// Checks a local of two slots.
    pub(super) fn read_wide_local(&mut self, index: usize, wanted: VType) -> Result<(), O> {
        if index + 1 >= self.frame.locals_size {
            return Err(self.bad_local("get long/double overflows locals", index));
        }
        self.local_of(index, wanted)?;
        self.local_of(index + 1, wanted.upper_half())?;
        Ok(())
    }

    pub(super) fn write_local(&mut self, index: usize, value: VType) -> Result<(), O> {
        if index >= self.frame.locals.len() {
            return Err(self.bad_local("Local variable table overflow", index));
        }
        if self.frame.locals[index] != value {
            self.handlers.touch();
        }
        self.frame.write(index, value);
        Ok(())
    }

    pub(super) fn write_wide_local(&mut self, index: usize, value: VType) -> Result<(), O> {
        if index + 1 >= self.frame.locals.len() {
            return Err(self.bad_local("Local variable table overflow", index));
        }
        self.handlers.touch();
        self.frame.write_wide(index, value);
        Ok(())
    }
}
