//! Where control flows and frames meet: jumps, switches, the table's frames (JVMS 4.10.1.4, 4.10.1.9).

use std::fmt::Arguments;

use classfile::opcode::{Instruction, Operands};

use super::{Checker, FrameView, Incoming, Result};
use crate::error::Stop;
use crate::messages::{Fault, Origin};
use crate::oracle::TypeOracle;
use crate::types::VType;

impl<O: TypeOracle> Checker<'_, '_, O> {
    pub(super) fn incoming_view<'v>(&'v self, incoming: &'v Incoming) -> FrameView<'v> {
        let current = self.frame.view();
        match incoming {
            Incoming::Current => current,
            Incoming::Handler { exception, this_uninit } => {
                FrameView { this_uninit: *this_uninit, stack: exception, ..current }
            }
        }
    }

    /// The number of the frame at a jump's target, which must have one.
    pub(super) fn map_at(&mut self, target: i64) -> Result<usize, O> {
        self.maps.find(target).ok_or_else(|| {
            let headline = format_args!("Expecting a stackmap frame at branch target {target}");
            self.fail(headline, self.frame.pc, Fault::MissingMap)
        })
    }

    /// Whether a frame may become the table's; if not, why (JVMS 4.10.1.4, `frameIsAssignable`).
    pub(super) fn compare(
        &mut self,
        incoming: Incoming,
        number: usize,
    ) -> Result<Option<Fault>, O> {
        let map = self.maps.view(number);
        let (locals, stack) = (map.locals.len(), map.stack.len());
        let (depth, this_uninit) = match incoming {
            Incoming::Current => (self.frame.depth, self.frame.this_uninit),
            Incoming::Handler { this_uninit, .. } => (1, this_uninit),
        };
        if depth != stack {
            return Ok(Some(Fault::StackSize));
        }
        self.spend(locals + stack)?;
        for index in 0..locals {
            let (from, to) = (self.frame.locals[index], self.maps.view(number).locals[index]);
            if from != to && !self.is_assignable(from, to)? {
                let wanted = Some(Origin::MapLocal(index, to));
                return Ok(Some(Fault::Type { found: Origin::Local(index, from), wanted }));
            }
        }
        for index in 0..stack {
            let from = match incoming {
                Incoming::Current => self.frame.stack[index],
                Incoming::Handler { exception: [exception], .. } => exception,
            };
            let to = self.maps.view(number).stack[index];
            if from != to && !self.is_assignable(from, to)? {
                let wanted = Some(Origin::MapStack(index, to));
                return Ok(Some(Fault::Type { found: Origin::Stack(index, from), wanted }));
            }
        }
        let lost = this_uninit && !self.maps.view(number).this_uninit;
        Ok(lost.then_some(Fault::Flags))
    }

    /// The error for what [`Checker::compare`] found.
    #[cold]
    pub(super) fn mismatch(
        &self,
        headline: Arguments<'_>,
        incoming: Incoming,
        number: usize,
        fault: Fault,
    ) -> Box<Stop<O::Error>> {
        let map = self.maps.view(number);
        let pc = match fault {
            Fault::StackSize => self.frame.pc,
            _ => map.pc,
        };
        self.fail_with(headline, pc, fault, Some(self.incoming_view(&incoming)), Some(map))
    }

    /// Meets the table's frame at the current pc, if there is one. `next` is the number of the first frame
    /// that has not been met; `falls_in` whether the instruction before goes on here.
    pub(super) fn meet_map(&mut self, next: &mut usize, falls_in: bool) -> Result<(), O> {
        let pc = self.frame.pc;
        let Some(map_pc) = self.maps.pc(*next) else {
            return if falls_in {
                Ok(())
            } else {
                Err(self.bad_code("Expecting a stack map frame"))
            };
        };
        if map_pc > pc {
            if falls_in {
                return Ok(());
            }
            let headline = format_args!("Expecting a stack map frame");
            return Err(self.fail(headline, pc, Fault::MissingMap));
        }
        if map_pc < pc {
            return Err(self.format_error(format_args!("Bad stack map offset {map_pc}")));
        }
        if falls_in && let Some(fault) = self.compare(Incoming::Current, *next)? {
            let headline = format_args!("Instruction type does not match stack map");
            return Err(self.mismatch(headline, Incoming::Current, *next, fault));
        }
        self.frame.assume(self.maps.view(*next));
        self.handlers.touch();
        *next += 1;
        Ok(())
    }

    /// Checks the frame that a jump takes to its target.
    pub(super) fn jump(&mut self, offset: i32) -> Result<(), O> {
        let target = self.frame.pc as i64 + i64::from(offset);
        let number = self.map_at(target)?;
        if let Some(fault) = self.compare(Incoming::Current, number)? {
            let headline = format_args!("Inconsistent stackmap frames at branch target {target}");
            return Err(self.mismatch(headline, Incoming::Current, number, fault));
        }
        Ok(())
    }

    /// `tableswitch` and `lookupswitch`.
    pub(super) fn switch(&mut self, instruction: &Instruction<'_>) -> Result<(), O> {
        let pc = self.frame.pc;
        let padding = &self.code.bytes[pc + 1..(pc & !3) + 4];
        if self.class.major < 51 && padding.iter().any(|&byte| byte != 0) {
            return Err(self.bad_code("Nonzero padding byte in lookupswitch or tableswitch"));
        }
        self.pop(VType::INT)?;
        match instruction.operands {
            Operands::TableSwitch { default, offsets, .. } => {
                self.jump(default)?;
                offsets.iter().try_for_each(|offset| self.jump(offset))
            }
            Operands::LookupSwitch { default, pairs } => {
                if !pairs.iter().map(|pair| pair.0).is_sorted_by(|a, b| a < b) {
                    return Err(self.bad_code("Bad lookupswitch instruction"));
                }
                self.jump(default)?;
                pairs.iter().try_for_each(|pair| self.jump(pair.1))
            }
            _ => Ok(()),
        }
    }

    /// A return of `value`, or of nothing if it is top.
    pub(super) fn check_return(&mut self, value: VType) -> Result<(), O> {
        if self.returns == VType::TOP {
            return Err(self.bad_type(
                "Method does not expect a return value",
                self.popped(),
                Some(Origin::Signature(VType::TOP)),
            ));
        }
        if !self.is_assignable(value, self.returns)? {
            let wanted = Some(Origin::Signature(self.returns));
            return Err(self.bad_type("Bad return type", self.popped(), wanted));
        }
        Ok(())
    }

    /// `return`.
    pub(super) fn check_plain_return(&self) -> Result<(), O> {
        if self.returns != VType::TOP {
            return Err(self.bad_code("Method expects a return value"));
        }
        if self.frame.this_uninit && self.method.name == b"<init>" {
            return Err(self.bad_code("Constructor must call super() or this() before return"));
        }
        Ok(())
    }
}
