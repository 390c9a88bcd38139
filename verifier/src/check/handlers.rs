//! Frames at exception handlers (JVMS 4.10.1.6, `instructionSatisfiesHandlers`).
//!
//! Every instruction in a handler's range must have locals that fit the handler's frame. They are compared
//! only where a range begins or ends and after locals have changed.

use super::{Checker, FrameView, Incoming, Result};
use crate::messages::Fault;
use crate::oracle::TypeOracle;

/// The handlers in whose ranges the current instruction lies.
#[derive(Default)]
pub(super) struct Handlers {
    active: Vec<u16>,
    /// Where `active` changes next.
    next_change: usize,
    /// Whether locals or flags may differ from those compared last.
    touched: bool,
}

impl Handlers {
    /// Begins a method.
    pub(super) fn start(&mut self) {
        self.active.clear();
        (self.next_change, self.touched) = (0, true);
    }

    /// Locals or flags have changed.
    pub(super) fn touch(&mut self) {
        self.touched = true;
    }
}

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Compares the current locals with the handlers' frames, unless that has been done.
    /// `constructs` tells that the instruction may leave `this` uninitialised in the handler.
    #[inline]
    pub(super) fn check_handlers(&mut self, constructs: bool) -> Result<(), O> {
        if self.frame.pc >= self.handlers.next_change {
            self.find_active()?;
        }
        if self.handlers.touched && !self.handlers.active.is_empty() {
            self.compare_handlers(constructs)?;
        }
        Ok(())
    }

    /// Whether the current instruction has a handler.
    pub(super) fn in_handler_range(&mut self) -> Result<bool, O> {
        if self.frame.pc >= self.handlers.next_change {
            self.find_active()?;
        }
        Ok(!self.handlers.active.is_empty())
    }

    fn find_active(&mut self) -> Result<(), O> {
        let (pc, rows) = (self.frame.pc, &self.code.exception_table);
        self.handlers.active.clear();
        self.handlers.next_change = usize::MAX;
        self.handlers.touched = true;
        for (number, row) in rows.iter().enumerate() {
            let (start, end) = (usize::from(row.start), usize::from(row.end));
            if start <= pc && pc < end {
                self.handlers.active.push(number as u16);
            }
            for boundary in [start, end] {
                if boundary > pc {
                    self.handlers.next_change = self.handlers.next_change.min(boundary);
                }
            }
        }
        self.spend(rows.len())
    }

    fn compare_handlers(&mut self, constructs: bool) -> Result<(), O> {
        let rows = &self.code.exception_table;
        for at in 0..self.handlers.active.len() {
            let row = rows[usize::from(self.handlers.active[at])];
            let exception = match row.catch_type {
                0 => self.known.throwable,
                index => self.pool.class(index),
            };
            let this_uninit = self.frame.this_uninit || constructs;
            let incoming = Incoming::Handler { exception: [exception], this_uninit };
            if self.frame.stack.is_empty() {
                let headline = format_args!("Operand stack overflow");
                let view = FrameView { this_uninit, stack: &[], ..self.frame.view() };
                let pc = self.frame.pc;
                return Err(self.fail_with(headline, pc, Fault::StackOverflow, Some(view), None));
            }
            let target = row.handler;
            let number = self.map_at(i64::from(target))?;
            if let Some(fault) = self.compare(incoming, number)? {
                let headline =
                    format_args!("Stack map does not match the one at exception handler {target}");
                return Err(self.mismatch(headline, incoming, number, fault));
            }
        }
        self.handlers.touched = false;
        Ok(())
    }
}
