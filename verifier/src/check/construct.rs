//! Calls of constructors (JVMS 4.10.1.9, `invokespecial`).

use classfile::opcode::{self, Operands, decode};

use super::members::Called;
use super::{Checker, Result};
use crate::messages::Origin;
use crate::oracle::TypeOracle;
use crate::types::VType;

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Pops the object that a constructor is called on and makes it initialised. Answers whether it is `this`.
    pub(super) fn construct(&mut self, method: &Called<'_>) -> Result<bool, O> {
        let object = self.pop(VType::ANY_REFERENCE)?;
        if object == VType::UNINIT_THIS {
            self.construct_this(method)?;
            return Ok(true);
        }
        let Some(pc) = object.new_pc() else {
            let headline = "Bad operand type when invoking <init>";
            return Err(self.bad_type(headline, self.popped(), None));
        };
        self.construct_new(method, object, pc)?;
        Ok(false)
    }

    fn construct_this(&mut self, method: &Called<'_>) -> Result<(), O> {
        let this = self.known.this;
        if method.class != this && Some(method.class) != self.known.superclass {
            let wanted = Some(Origin::Implicit(this));
            let found = Origin::Implicit(method.class);
            return Err(self.bad_type("Bad <init> method call", found, wanted));
        }
        if self.in_handler_range()? {
            let pc = self.frame.pc;
            for row in &self.code.exception_table {
                let covers = usize::from(row.start) <= pc && pc < usize::from(row.end);
                if covers && !self.always_throws(usize::from(row.handler))? {
                    return Err(
                        self.bad_code("Bad <init> method call from after the start of a try block")
                    );
                }
            }
            self.handlers.touch();
            self.check_handlers(true)?;
        }
        self.frame.initialize(VType::UNINIT_THIS, this);
        self.handlers.touch();
        Ok(())
    }

    fn construct_new(&mut self, method: &Called<'_>, object: VType, pc: u16) -> Result<(), O> {
        let code = self.code.bytes;
        let pc = usize::from(pc);
        let index = match code.get(pc..pc + 3) {
            Some(&[opcode::NEW, high, low]) => u16::from_be_bytes([high, low]),
            _ => return Err(self.bad_code("Expecting new instruction")),
        };
        let class = self.class_at(index)?;
        if class != method.class {
            let found = Origin::Pool(index, class);
            let wanted = Some(Origin::Pool(method.index, method.class));
            return Err(self.bad_type("Call to wrong <init> method", found, wanted));
        }
        if self.is_protected_constructor(method)? && !self.is_own_kind(class)? {
            let wanted = Some(Origin::Implicit(self.known.this));
            let found = Origin::Pool(index, class);
            return Err(self.bad_type("Bad access to protected <init> method", found, wanted));
        }
        self.check_handlers(false)?;
        self.frame.initialize(object, class);
        self.handlers.touch();
        Ok(())
    }

    /// Whether no path from a handler returns or leaves the code. Such a handler may see a half-made `this`.
    fn always_throws(&mut self, handler: usize) -> Result<bool, O> {
        let code = self.code.bytes;
        let rows = &self.code.exception_table;
        let mut seen = vec![false; code.len()];
        let mut todo = vec![handler];
        while let Some(pc) = todo.pop() {
            let Some(instruction) = decode(code, pc) else { return Ok(false) };
            if std::mem::replace(&mut seen[pc], true) {
                continue;
            }
            self.spend(1 + rows.len())?;
            let covers = |start: u16, end: u16| usize::from(start) <= pc && pc < usize::from(end);
            let handlers = rows.iter().filter(|row| covers(row.start, row.end));
            todo.extend(handlers.map(|row| usize::from(row.handler)));
            let mut go = |offset: i32| match instruction.absolute(offset) {
                Some(target) if (target as usize) < code.len() => {
                    todo.push(target as usize);
                    true
                }
                _ => false,
            };
            let stays = match (instruction.op, instruction.operands) {
                (opcode::RETURN, _) => false,
                (opcode::ATHROW, _) => true,
                (_, Operands::TableSwitch { low, high, .. }) if low > high => return Ok(true),
                (_, Operands::TableSwitch { default, offsets, .. }) => {
                    go(default) && offsets.iter().all(&mut go) && go(instruction.length as i32)
                }
                (_, Operands::LookupSwitch { default, pairs }) => {
                    let all = pairs.iter().all(|pair| go(pair.1));
                    go(default) && all && go(instruction.length as i32)
                }
                (opcode::GOTO | opcode::GOTO_W, Operands::Branch(offset)) => go(offset),
                (_, Operands::Branch(offset)) => go(offset) && go(instruction.length as i32),
                _ => go(instruction.length as i32),
            };
            if !stays {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
