//! The data flow: instructions are visited in passes over the code until no state changes (JVMS 4.10.2.2).

use std::rc::Rc;

use classfile::opcode;

use super::operands::Instr;
use super::pop::Popped;
use super::state::{Flags, Locals, Reached, Stack};
use super::types::{Info, Item};
use super::{Inferrer, Result};
use crate::oracle::TypeOracle;

impl<O: TypeOracle> Inferrer<'_, '_, O> {
    /// Visits instructions until the states are stable.
    pub(super) fn run(&mut self) -> Result<(), O> {
        self.stacks.clear();
        for number in 0..self.instrs.len() {
            let instr = &mut self.instrs[number];
            if instr.op == opcode::NEW {
                instr.operand = number as u32;
            }
        }
        let mut work_to_do = true;
        while work_to_do {
            work_to_do = false;
            self.spend(self.instrs.len())?;
            for number in 0..self.instrs.len() {
                if self.states[number].changed {
                    work_to_do = true;
                    self.visit(number)?;
                }
            }
        }
        Ok(())
    }

    fn visit(&mut self, number: usize) -> Result<(), O> {
        self.states[number].changed = false;
        let Some(before) = self.states[number].reached.clone() else { return Ok(()) };
        self.spend(8)?;
        let instr = self.instrs[number].clone();
        self.check_locals(&instr, &before.locals.types)?;
        self.check_flags(&instr, &before)?;
        let mut stack = before.stack;
        let popped = self.pop(&instr, &mut stack)?;
        let locals = self.update_locals(&instr, &popped, &before.locals)?;
        let mut flags = before.flags;
        let constructs = popped.constructed.is_some_and(|pair| pair.0.is(Item::InitThis));
        flags.constructed |= constructs;
        self.push(&instr, &popped, &before, &mut stack)?;
        let after = Reached { stack, locals, flags };
        self.merge_into_handlers(number, &before, &after, &popped)?;
        self.merge_into_successors(number, &instr, &before, &after)
    }

    fn merge_into_handlers(
        &mut self,
        number: usize,
        before: &Reached,
        after: &Reached,
        popped: &Popped,
    ) -> Result<(), O> {
        let here = number as u32;
        self.spend(self.handlers.len())?;
        for at in 0..self.handlers.len() {
            let handler = self.handlers[at];
            if handler.start > here || here >= handler.end {
                continue;
            }
            let mut flags = before.flags.meet(after.flags);
            flags.must_throw |= popped.constructed.is_some_and(|pair| pair.0.is(Item::InitThis));
            let top = self.stacks.push(handler.caught, 0);
            let stack = Stack { top, slots: 1 };
            let locals = before.locals.clone();
            self.merge_plainly(number, handler.target as usize, Reached { stack, locals, flags })?;
            if popped.constructed.is_some() {
                let locals = after.locals.clone();
                let state = Reached { stack, locals, flags };
                self.merge_plainly(number, handler.target as usize, state)?;
            }
        }
        Ok(())
    }

    fn merge_into_successors(
        &mut self,
        number: usize,
        instr: &Instr,
        before: &Reached,
        after: &Reached,
    ) -> Result<(), O> {
        let next = number + 1;
        let jump = instr.operand as usize;
        match instr.op {
            opcode::IRETURN..=opcode::RETURN | opcode::ATHROW => Ok(()),
            opcode::GOTO | opcode::GOTO_W => self.merge_into(number, jump, after),
            opcode::JSR | opcode::JSR_W => {
                if let Some(returns) = self.instrs[number].returned_by {
                    self.states[returns as usize].changed = true;
                }
                self.merge_into(number, jump, after)
            }
            opcode::IFEQ..=opcode::IF_ACMPNE | opcode::IFNULL | opcode::IFNONNULL => {
                self.merge_into(number, next, after)?;
                self.merge_into(number, jump, after)
            }
            opcode::TABLESWITCH | opcode::LOOKUPSWITCH => {
                instr.targets.clone().try_for_each(|at| {
                    let target = self.targets[at] as usize;
                    self.merge_into(number, target, after)
                })
            }
            opcode::RET => {
                let called = before.locals.types[jump].detail();
                self.spend(self.instrs.len())?;
                for caller in (0..self.instrs.len()).rev() {
                    let instr = &self.instrs[caller];
                    let calls = matches!(instr.op, opcode::JSR | opcode::JSR_W);
                    if calls && instr.operand == called {
                        self.check_target(caller + 1)?;
                        self.return_to(number, caller, called, after)?;
                    }
                }
                Ok(())
            }
            _ => self.merge_into(number, next, after),
        }
    }

    fn check_target(&self, target: usize) -> Result<(), O> {
        if target >= self.instrs.len() {
            return self.refuse("Falling off the end of the code");
        }
        Ok(())
    }

    fn merge_into(&mut self, from: usize, to: usize, after: &Reached) -> Result<(), O> {
        self.check_target(to)?;
        self.merge_plainly(from, to, after.clone())
    }

    /// Comes back from a subroutine to after the `jsr` with the number `caller`: locals that the subroutine
    /// has not written are those of the caller (JVMS 4.10.2.6).
    fn return_to(
        &mut self,
        from: usize,
        caller: usize,
        called: u32,
        after: &Reached,
    ) -> Result<(), O> {
        match self.instrs[caller].returned_by {
            Some(other) if other != from as u32 => {
                return self.refuse("Multiple returns to single jsr");
            }
            _ => self.instrs[caller].returned_by = Some(from as u32),
        }
        let Some(at_call) = self.states[caller].reached.as_ref().map(|it| it.locals.clone()) else {
            return Ok(());
        };
        let after = self.without_new(after.clone())?;
        let subroutines = &after.locals.subroutines;
        let Some(depth) = subroutines.iter().rposition(|known| known.entry == called) else {
            return self.refuse("Illegal return from subroutine");
        };
        let written = &subroutines[depth];
        let outer = subroutines[..depth].to_vec();
        let count = at_call.types.len().max(after.locals.types.len());
        let types = (0..count).map(|at| {
            let source = if written.wrote(at) { &after.locals } else { &at_call };
            source.types.get(at).copied().unwrap_or(Info::BOGUS)
        });
        let locals = Locals { types: Rc::new(types.collect()), subroutines: Rc::new(outer) };
        self.spend(count)?;
        self.spend_on_subroutines(&locals)?;
        self.merge_state(caller + 1, Reached { locals, ..after })
    }

    fn merge_plainly(&mut self, from: usize, to: usize, state: Reached) -> Result<(), O> {
        let subroutine = matches!(self.instrs[from].op, opcode::JSR | opcode::JSR_W | opcode::RET);
        let state = if subroutine { self.without_new(state)? } else { state };
        self.merge_state(to, state)
    }

    /// Objects without constructor do not go into subroutines or out of them.
    fn without_new(&mut self, mut state: Reached) -> Result<Reached, O> {
        let mut values = self.stacks.values(state.stack.top);
        self.spend(values.len() + state.locals.types.len())?;
        let forget = |kind: &mut Info| {
            if kind.is(Item::New) {
                *kind = Info::BOGUS;
            }
        };
        if values.iter().any(|kind| kind.is(Item::New)) {
            values.iter_mut().for_each(forget);
            state.stack.top = self.stacks.build(&values);
        }
        if state.locals.types.iter().any(|kind| kind.is(Item::New)) {
            Rc::make_mut(&mut state.locals.types).iter_mut().for_each(forget);
        }
        Ok(state)
    }

    fn merge_state(&mut self, to: usize, new: Reached) -> Result<(), O> {
        let Some(mut old) = self.states[to].reached.take() else {
            self.states[to].reached = Some(new);
            self.states[to].changed = true;
            return Ok(());
        };
        let mut changed = self.merge_stack(&mut old.stack, new.stack)?;
        changed |= self.merge_locals(&mut old.locals, &new.locals)?;
        changed |= self.merge_subroutines(&mut old.locals, &new.locals)?;
        changed |= merge_flags(&mut old.flags, new.flags);
        self.states[to].reached = Some(old);
        self.states[to].changed |= changed;
        Ok(())
    }

    fn merge_stack(&mut self, old: &mut Stack, new: Stack) -> Result<bool, O> {
        if new.slots != old.slots {
            let (new, old) = (new.slots, old.slots);
            return Err(self.fail(format_args!("Inconsistent stack height {new} != {old}")));
        }
        if new.top == old.top {
            return Ok(false);
        }
        let (mut olds, news) = (self.stacks.values(old.top), self.stacks.values(new.top));
        self.spend(olds.len())?;
        let mut fits = olds.len() == news.len();
        for (&old, &new) in olds.iter().zip(&news) {
            fits = fits && self.is_assignable(new, old)?;
        }
        if fits {
            return Ok(false);
        }
        for (old, &new) in olds.iter_mut().zip(&news) {
            *old = self.meet(*old, new, false)?;
            if old.is(Item::Bogus) {
                return self.refuse("Mismatched stack types");
            }
        }
        if olds.len() != news.len() {
            return self.refuse("Mismatched stack types");
        }
        old.top = self.stacks.build(&olds);
        Ok(true)
    }

    fn merge_locals(&mut self, old: &mut Locals, new: &Locals) -> Result<bool, O> {
        if Rc::ptr_eq(&old.types, &new.types) {
            return Ok(false);
        }
        let count = old.types.len().min(new.types.len());
        let mut changed = count < old.types.len();
        self.spend(count)?;
        let mut first = 0;
        while first < count && self.is_assignable(new.types[first], old.types[first])? {
            first += 1;
        }
        if first < count {
            let mut types = old.types[..first].to_vec();
            for at in first..count {
                types.push(self.meet(new.types[at], old.types[at], false)?);
            }
            while types.last().is_some_and(|kind| kind.is(Item::Bogus)) {
                types.pop();
            }
            old.types = Rc::new(types);
            changed = true;
        } else if changed {
            old.types = Rc::new(old.types[..count].to_vec());
        }
        Ok(changed)
    }

    /// The longest common chain of subroutines, with what either way has written.
    fn merge_subroutines(&mut self, old: &mut Locals, new: &Locals) -> Result<bool, O> {
        if old.subroutines.is_empty() || Rc::ptr_eq(&old.subroutines, &new.subroutines) {
            return Ok(false);
        }
        self.spend_on_subroutines(old)?;
        self.spend_on_subroutines(new)?;
        let (mut merged, mut next, mut grows) = (Vec::new(), 0, false);
        for known in old.subroutines.iter() {
            let rest = &new.subroutines[next..];
            let Some(at) = rest.iter().position(|other| other.entry == known.entry) else {
                continue;
            };
            let mut known = known.clone();
            for (word, &bits) in rest[at].written.iter().enumerate() {
                if known.written.len() <= word {
                    known.written.resize(word + 1, 0);
                }
                grows |= bits & !known.written[word] != 0;
                known.written[word] |= bits;
            }
            next += at + 1;
            merged.push(known);
        }
        let changed = grows || merged.len() < old.subroutines.len();
        if changed {
            old.subroutines = Rc::new(merged);
        }
        Ok(changed)
    }
}

fn merge_flags(old: &mut Flags, new: Flags) -> bool {
    let merged = old.meet(new);
    std::mem::replace(old, merged) != merged
}
