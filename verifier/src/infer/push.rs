//! What instructions leave on the stack and in locals (JVMS 4.10.2.2).

use std::rc::Rc;

use classfile::constant_pool::tag;
use classfile::descriptor::{FieldType, MethodDescriptor};
use classfile::opcode;

use super::operands::Instr;
use super::pop::Popped;
use super::state::{Locals, Reached, Stack, Subroutine};
use super::types::{Info, Item};
use super::{Inferrer, Result};
use crate::oracle::TypeOracle;

impl<O: TypeOracle> Inferrer<'_, '_, O> {
    pub(super) fn push_one(&mut self, stack: &mut Stack, value: Info) {
        stack.top = self.stacks.push(value, stack.top);
        stack.slots += if value.is_wide() { 2 } else { 1 };
    }

    /// Pushes an instruction's results.
    pub(super) fn push(
        &mut self,
        instr: &Instr,
        popped: &Popped,
        before: &Reached,
        stack: &mut Stack,
    ) -> Result<(), O> {
        let op = instr.op;
        match op {
            opcode::DUP..=opcode::SWAP => self.push_moved(op, popped, stack),
            opcode::POP | opcode::POP2 => {}
            opcode::ACONST_NULL => self.push_one(stack, Info::NULL),
            opcode::ALOAD => {
                let value = before.locals.types[instr.operand as usize];
                self.push_one(stack, value);
            }
            opcode::AALOAD => self.push_one(stack, popped.values[0].component()),
            opcode::LDC | opcode::LDC_W | opcode::LDC2_W => {
                let value = self.constant(instr.operand as u16);
                self.push_one(stack, value);
            }
            opcode::GETSTATIC | opcode::GETFIELD => {
                let pool = &self.class.constant_pool;
                let (_, _, kind) = pool.member(instr.operand as u16).unwrap_or_default();
                if let Ok(kind) = FieldType::parse(kind) {
                    let value = self.classes.value(kind);
                    self.push_one(stack, value);
                }
            }
            opcode::INVOKEVIRTUAL..=opcode::INVOKEINTERFACE => {
                let pool = &self.class.constant_pool;
                let (_, _, kind) = pool.member(instr.operand as u16).unwrap_or_default();
                let method = MethodDescriptor::parse(kind);
                if let Some(kind) = method.ok().and_then(|method| method.return_type()) {
                    let value = self.classes.value(kind);
                    self.push_one(stack, value);
                }
            }
            opcode::NEW => {
                let made = self.new_object(instr);
                self.push_one(stack, made);
            }
            opcode::CHECKCAST | opcode::NEWARRAY | opcode::ANEWARRAY | opcode::MULTIANEWARRAY => {
                self.push_one(stack, instr.kind)
            }
            opcode::JSR | opcode::JSR_W => {
                self.push_one(stack, Info::new(Item::Return, 0, instr.operand));
            }
            _ => {
                for &letter in opcode::info(op).pushes.as_bytes() {
                    let value = match letter {
                        b'i' => Info::INT,
                        b'f' => Info::FLOAT,
                        b'l' => Info::LONG,
                        _ => Info::DOUBLE,
                    };
                    self.push_one(stack, value);
                }
            }
        }
        if let Some((old, new)) = popped.constructed {
            self.replace_on_stack(old, new, stack)?;
        }
        if stack.slots > u32::from(self.code.max_stack) {
            return self.refuse("Stack size too large");
        }
        Ok(())
    }

    /// `dup` to `swap`: the moved values, what was under them, and unless it is `swap` the moved values again.
    fn push_moved(&mut self, op: u8, popped: &Popped, stack: &mut Stack) {
        let (moved, below) = popped.values.split_at(popped.moved);
        let again = if op == opcode::SWAP { &[][..] } else { moved };
        for values in [moved, below, again] {
            for &value in values.iter().rev() {
                self.push_one(stack, value);
            }
        }
    }

    fn replace_on_stack(&mut self, old: Info, new: Info, stack: &mut Stack) -> Result<(), O> {
        let mut values = self.stacks.values(stack.top);
        self.spend(values.len())?;
        if values.contains(&old) {
            for value in values.iter_mut().filter(|value| **value == old) {
                *value = new;
            }
            stack.top = self.stacks.build(&values);
        }
        Ok(())
    }

    fn constant(&mut self, index: u16) -> Info {
        match self.class.constant_pool.tag(index) {
            tag::INTEGER => Info::INT,
            tag::FLOAT => Info::FLOAT,
            tag::LONG => Info::LONG,
            tag::DOUBLE => Info::DOUBLE,
            tag::STRING => self.classes.object(&b"java/lang/String"[..]),
            _ => self.classes.object(&b"java/lang/Class"[..]),
        }
    }

    /// The locals after an instruction.
    pub(super) fn update_locals(
        &mut self,
        instr: &Instr,
        popped: &Popped,
        before: &Locals,
    ) -> Result<Locals, O> {
        let mut locals = before.clone();
        match instr.op {
            opcode::ISTORE..=opcode::ASTORE => {
                self.store(instr.operand as usize, popped.values[0], &mut locals)?;
            }
            opcode::JSR | opcode::JSR_W => {
                let entry = instr.operand;
                if locals.subroutines.iter().any(|known| known.entry == entry) {
                    return self.refuse("Recursive call to jsr entry");
                }
                self.spend_on_subroutines(&locals)?;
                let called = Subroutine { entry, written: Vec::new() };
                Rc::make_mut(&mut locals.subroutines).push(called);
            }
            opcode::NEW => {
                let made = self.new_object(instr);
                self.replace_in_locals(made, Info::BOGUS, &mut locals)?;
            }
            _ => {
                if let Some((old, new)) = popped.constructed {
                    self.replace_in_locals(old, new, &mut locals)?;
                }
            }
        }
        Ok(locals)
    }

    pub(super) fn spend_on_subroutines(&mut self, locals: &Locals) -> Result<(), O> {
        let words = locals.subroutines.iter().map(|known| known.written.len() + 1).sum();
        self.spend(words)
    }

    fn store(&mut self, at: usize, value: Info, locals: &mut Locals) -> Result<(), O> {
        let pair = [value, value.upper_half()];
        let values = if value.is_wide() { &pair[..] } else { &pair[..1] };
        if locals.types.get(at..at + values.len()) != Some(values) {
            self.spend(locals.types.len() + values.len())?;
            let types = Rc::make_mut(&mut locals.types);
            if types.len() < at + values.len() {
                types.resize(at + values.len(), Info::BOGUS);
            }
            types[at..at + values.len()].copy_from_slice(values);
        }
        let unmarked = |known: &Subroutine| (at..at + values.len()).any(|at| !known.wrote(at));
        if locals.subroutines.iter().any(unmarked) {
            self.spend_on_subroutines(locals)?;
            for known in Rc::make_mut(&mut locals.subroutines) {
                (at..at + values.len()).for_each(|at| known.write(at));
            }
        }
        Ok(())
    }

    /// Changes locals by the calling or making of objects; subroutines do not count that as writing.
    fn replace_in_locals(&mut self, old: Info, new: Info, locals: &mut Locals) -> Result<(), O> {
        if locals.types.contains(&old) {
            self.spend(locals.types.len())?;
            let types = Rc::make_mut(&mut locals.types);
            for local in types.iter_mut().filter(|local| **local == old) {
                *local = new;
            }
        }
        Ok(())
    }
}
