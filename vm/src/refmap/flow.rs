//! The data flow: states at the entries of basic blocks, to the fixed point.

use super::state::{Slot, State};
use super::{Call, Malformed, Method, NO_SUB, RefMap};
use classfile::opcode::{self as op, Instruction, Instructions, Operands, decode};
use std::collections::BTreeSet;

/// Bounds the work spent on subroutines that call each other in absurd ways.
pub(super) struct Fuel {
    left: u32,
    depth: u32,
}

/// Deepest nesting of subroutines followed; compilers nest as deep as `finally` clauses do.
const MAX_SUB_DEPTH: u32 = 64;

impl Default for Fuel {
    fn default() -> Self {
        Fuel { left: 1 << 20, depth: 0 }
    }
}

impl Fuel {
    fn burn(&mut self) -> Result<(), Malformed> {
        self.left = self.left.checked_sub(1).ok_or(Malformed)?;
        Ok(())
    }
}

/// The analysis of one method while it runs.
pub(super) struct Flow<'a> {
    method: &'a Method<'a>,
    starts: Vec<u32>,
    entries: Vec<Option<State>>,
    calls: Vec<Call>,
    dirty: BTreeSet<usize>,
    changed: bool,
    has_subs: bool,
    fuel: Fuel,
}

/// Where control goes after an instruction.
enum Next {
    /// To the next one.
    Falls,
    /// Elsewhere only.
    Leaves,
}

impl<'a> Flow<'a> {
    /// Finds the basic blocks.
    pub fn new(method: &'a Method<'a>) -> Result<Flow<'a>, Malformed> {
        let code = method.code.code;
        let mut leaders = BTreeSet::from([0]);
        let mut has_subs = false;
        let mut walk = Instructions::new(code);
        for (_, insn) in walk.by_ref() {
            let mut ends = matches!(insn.op, op::ATHROW | op::IRETURN..=op::RETURN | op::RET);
            each_target(&insn, |target| {
                leaders.insert(target);
                ends = true;
            })?;
            has_subs |= matches!(insn.op, op::JSR | op::JSR_W | op::RET);
            if ends {
                leaders.insert(insn.next_pc());
            }
        }
        if walk.failed_at().is_some() {
            return Err(Malformed);
        }
        for handler in method.code.handlers() {
            leaders.extend([handler.start, handler.end, handler.target].map(|bci| bci as u32));
        }
        let starts: Vec<u32> =
            leaders.into_iter().take_while(|&start| (start as usize) < code.len()).collect();
        let mut first = State::new(method.max_locals, method.max_stack, has_subs);
        first.enter(method.descriptor, method.is_static)?;
        let mut entries = vec![None; starts.len()];
        *entries.first_mut().ok_or(Malformed)? = Some(first);
        let dirty = BTreeSet::from([0]);
        let (calls, fuel) = (Vec::new(), Fuel::default());
        Ok(Flow { method, starts, entries, calls, dirty, changed: false, has_subs, fuel })
    }

    /// Runs to the fixed point.
    pub fn run(mut self) -> Result<RefMap, Malformed> {
        loop {
            self.changed = false;
            while let Some(block) = self.dirty.pop_first() {
                self.run_block(block)?;
            }
            // What a subroutine's return brings about depends on all its callers: again, until
            // nothing has changed.
            if !self.has_subs || !self.changed {
                break;
            }
            self.fuel.burn()?;
            let reached = (0..self.entries.len()).filter(|&i| self.entries[i].is_some());
            self.dirty = reached.collect();
        }
        Ok(RefMap { starts: self.starts.into(), entries: self.entries.into(), calls: self.calls })
    }

    fn run_block(&mut self, block: usize) -> Result<(), Malformed> {
        let method = self.method;
        let Some(mut state) = self.entries[block].clone() else { return Ok(()) };
        let mut pc = self.starts[block] as usize;
        let end = self.starts.get(block + 1).map_or(method.code.code.len(), |&at| at as usize);
        let mut handlers: Vec<usize> = method
            .code
            .handlers()
            .filter(|handler| handler.start <= pc && pc < handler.end)
            .map(|handler| handler.target)
            .collect();
        handlers.sort_unstable();
        handlers.dedup();
        self.flow_to_handlers(&handlers, &state)?;
        loop {
            let insn = decode(method.code.code, pc).ok_or(Malformed)?;
            pc = insn.next_pc() as usize;
            if pc > end {
                return Err(Malformed);
            }
            if is_flow(&insn) {
                if let Next::Leaves = self.leave(&insn, &mut state)? {
                    return Ok(());
                }
            } else if state.step(&insn, method.pool)? && pc < end {
                self.flow_to_handlers(&handlers, &state)?;
            }
            if pc == end {
                return self.flow_to(pc as u32, state);
            }
        }
    }

    /// The effect of an instruction after which control may go elsewhere.
    fn leave(&mut self, insn: &Instruction<'_>, state: &mut State) -> Result<Next, Malformed> {
        match insn.op {
            op::JSR | op::JSR_W => {
                let sub = insn.branch_target().ok_or(Malformed)?;
                self.call(insn, sub, state)?;
                return Ok(Next::Leaves);
            }
            op::RET => {
                let Operands::Local(local) = insn.operands else { return Err(Malformed) };
                if local >= self.method.max_locals {
                    return Err(Malformed);
                }
                self.return_from_sub(usize::from(local), state.clone())?;
                return Ok(Next::Leaves);
            }
            _ => {}
        }
        state.step(insn, self.method.pool)?;
        let mut targets = Vec::new();
        each_target(insn, |target| targets.push(target))?;
        for target in targets {
            self.flow_to(target, state.clone())?;
        }
        let falls = matches!(insn.op, op::IFEQ..=op::IF_ACMPNE | op::IFNULL | op::IFNONNULL);
        Ok(if falls { Next::Falls } else { Next::Leaves })
    }

    fn flow_to_handlers(&mut self, handlers: &[usize], state: &State) -> Result<(), Malformed> {
        if handlers.is_empty() {
            return Ok(());
        }
        let mut entry = state.clone();
        entry.pop(entry.top - entry.locals)?;
        entry.push(Slot::Reference)?;
        handlers.iter().try_for_each(|&target| self.flow_to(target as u32, entry.clone()))
    }

    /// Merges a state into the entry of the block that begins at `bci`.
    fn flow_to(&mut self, bci: u32, mut state: State) -> Result<(), Malformed> {
        let block = self.starts.binary_search(&bci).map_err(|_| Malformed)?;
        let changed = match self.entries[block].take() {
            None => {
                self.entries[block] = Some(state);
                true
            }
            Some(mut entry) => {
                let before = entry.sub();
                align(&self.calls, &mut entry, &mut state, &mut self.fuel)?;
                let changed = entry.meet(&state)? || entry.sub() != before;
                self.entries[block] = Some(entry);
                changed
            }
        };
        if changed {
            self.changed = true;
            self.dirty.insert(block);
        }
        Ok(())
    }

    fn call(&mut self, insn: &Instruction<'_>, sub: u32, state: &State) -> Result<(), Malformed> {
        let mut inside = state.clone();
        inside.push(Slot::Return(sub))?;
        let locals = inside.locals as usize;
        (0..locals).for_each(|slot| inside.put(slot, Slot::Inherited));
        if let Some(subs) = &mut inside.subs {
            subs.sub = sub;
        }
        match self.calls.iter_mut().find(|call| call.at == insn.pc) {
            Some(call) => {
                self.changed |= call.state != *state;
                call.state = state.clone();
            }
            None => {
                self.changed = true;
                let (at, next) = (insn.pc, insn.next_pc());
                self.calls.push(Call { at, sub, next, state: state.clone() });
            }
        }
        self.flow_to(sub, inside)
    }

    fn return_from_sub(&mut self, local: usize, mut state: State) -> Result<(), Malformed> {
        // The address may be that of an outer subroutine: leave the inner ones first.
        let sub = loop {
            match state.get(local) {
                Slot::Return(sub) if sub == state.sub() => break sub,
                Slot::Return(_) | Slot::Inherited if state.sub() != NO_SUB => {
                    let caller = common_caller(&self.calls, state.sub(), &mut self.fuel)?;
                    state.inherit(&caller);
                }
                _ => return Err(Malformed),
            }
        };
        for slot in 0..state.top as usize {
            if state.get(slot) == Slot::Return(sub) {
                state.put(slot, Slot::Other);
            }
        }
        for i in 0..self.calls.len() {
            if self.calls[i].sub == sub {
                let mut after = state.clone();
                after.inherit(&self.calls[i].state);
                self.flow_to(self.calls[i].next, after)?;
            }
        }
        Ok(())
    }
}

/// What all callers of a subroutine have in common, as a state of the innermost subroutine
/// that all of them are in. Only its locals mean anything.
pub(super) fn common_caller(calls: &[Call], sub: u32, fuel: &mut Fuel) -> Result<State, Malformed> {
    fuel.burn()?;
    fuel.depth += 1;
    if fuel.depth > MAX_SUB_DEPTH {
        return Err(Malformed);
    }
    let mut callers = calls.iter().filter(|call| call.sub == sub);
    let mut common = callers.next().ok_or(Malformed)?.state.clone();
    for call in callers {
        let mut other = call.state.clone();
        align(calls, &mut common, &mut other, fuel)?;
        common.meet_locals(&other)?;
    }
    fuel.depth -= 1;
    Ok(common)
}

/// Makes two states ones of the same subroutine, the innermost that both are in.
fn align(calls: &[Call], a: &mut State, b: &mut State, fuel: &mut Fuel) -> Result<(), Malformed> {
    if a.sub() == b.sub() {
        return Ok(());
    }
    let outward = |state: &State, fuel: &mut Fuel| -> Result<Vec<State>, Malformed> {
        let mut all = vec![state.clone()];
        while let Some(last) = all.last().filter(|last| last.sub() != NO_SUB) {
            // Deeper than any verified nesting: subroutines can not be recursive.
            if all.len() > calls.len() + 1 {
                return Err(Malformed);
            }
            let mut outer = last.clone();
            outer.inherit(&common_caller(calls, last.sub(), fuel)?);
            all.push(outer);
        }
        Ok(all)
    };
    let (from_a, from_b) = (outward(a, fuel)?, outward(b, fuel)?);
    for outer in from_a {
        if let Some(same) = from_b.iter().find(|other| other.sub() == outer.sub()) {
            *b = same.clone();
            *a = outer;
            return Ok(());
        }
    }
    Err(Malformed)
}

/// Whether an instruction ends a basic block.
fn is_flow(insn: &Instruction<'_>) -> bool {
    matches!(
        insn.op,
        op::IFEQ..=op::RETURN | op::ATHROW | op::IFNULL | op::IFNONNULL | op::GOTO_W | op::JSR_W
    )
}

/// Calls `f` with the bci of every branch target, switches included.
fn each_target(insn: &Instruction<'_>, mut f: impl FnMut(u32)) -> Result<(), Malformed> {
    let mut visit = |offset: i32| {
        f(insn.absolute(offset).ok_or(Malformed)?);
        Ok(())
    };
    match insn.operands {
        Operands::Branch(offset) => visit(offset),
        Operands::TableSwitch { default, offsets, .. } => {
            visit(default)?;
            offsets.iter().try_for_each(visit)
        }
        Operands::LookupSwitch { default, pairs } => {
            visit(default)?;
            pairs.iter().try_for_each(|(_, offset)| visit(offset))
        }
        _ => Ok(()),
    }
}
