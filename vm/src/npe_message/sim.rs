//! Which instruction pushed each operand-stack slot, found by walking the code symbolically.
//!
//! The walk goes over the code from its start in order, as often as it brings anything new, and ends as soon
//! as it arrives at the instruction asked about: what jumps back to it from later code does not
//! count. That, and not the exact data flow, is what the messages of JEP 358 are made from.

use crate::refmap::Method;
use classfile::descriptor::MethodDescriptor;
use classfile::opcode::{self as op, Instruction, Operands, decode};

/// A slot that different paths fill in different places.
const UNKNOWN: u32 = u32::MAX;

/// Work that a message is worth, in slots of all stacks made.
const MAX_SLOTS: usize = 1_000_000;

/// The operand stack before an instruction.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack {
    /// For each slot the bci of the instruction that pushed it, or [`UNKNOWN`].
    sources: Vec<u32>,
    /// Locals below 64 that may have been written since the method was entered.
    written: u64,
}

impl Stack {
    /// The instruction that pushed the slot this far below the top.
    pub fn source(&self, depth: usize) -> Option<usize> {
        let at = self.sources.len().checked_sub(depth + 1)?;
        Some(self.sources[at]).filter(|&source| source != UNKNOWN).map(|source| source as usize)
    }

    /// Whether a local may no longer be the parameter that it was. True for slots that are not tracked.
    pub fn is_written(&self, local: usize) -> bool {
        local >= 64 || self.written >> local & 1 != 0
    }

    fn write(&mut self, local: usize, slots: usize) {
        for slot in (local..local + slots).filter(|&slot| slot < 64) {
            self.written |= 1 << slot;
        }
    }

    fn pop(&mut self, slots: usize) -> Option<()> {
        self.sources.truncate(self.sources.len().checked_sub(slots)?);
        Some(())
    }

    fn push(&mut self, slots: usize, source: u32) {
        self.sources.resize(self.sources.len() + slots, source);
    }

    /// Replaces the topmost `pops` slots by copies of some of them, given by depth, bottom first.
    fn rearrange(&mut self, pops: usize, pushes: &[usize]) -> Option<()> {
        let len = self.sources.len();
        let old = self.sources.split_off(len.checked_sub(pops)?);
        self.sources.extend(pushes.iter().map(|&depth| old[pops - 1 - depth]));
        Some(())
    }

    fn merge(&mut self, other: &Stack) {
        self.written |= other.written;
        for (mine, theirs) in self.sources.iter_mut().zip(&other.sources) {
            if mine != theirs {
                *mine = UNKNOWN;
            }
        }
    }
}

/// The stacks before the instructions of a method, as far as they were needed.
pub(super) struct Stacks {
    stacks: Vec<Option<Stack>>,
    slots: usize,
    added: bool,
}

impl Stacks {
    /// Walks until the stack before `bci` is known. `None` if the code makes no sense.
    pub fn until(method: &Method<'_>, bci: usize) -> Option<Stacks> {
        let code = method.code.code;
        let mut all = Stacks { stacks: vec![None; code.len()], slots: 0, added: false };
        *all.stacks.first_mut()? = Some(Stack::default());
        for handler in method.code.handlers() {
            let slot = all.stacks.get_mut(handler.target)?;
            if slot.is_none() {
                *slot = Some(Stack { sources: vec![handler.target as u32], written: 0 });
            }
        }
        loop {
            let mut complete = true;
            all.added = false;
            let mut pc = 0;
            while pc < code.len() {
                let insn = decode(code, pc)?;
                match all.stacks[pc].clone() {
                    Some(stack) => all.step(method, &insn, stack)?,
                    None => complete = false,
                }
                pc = insn.next_pc() as usize;
                if pc == bci && all.stacks[pc].is_some() {
                    return Some(all);
                }
                if all.slots > MAX_SLOTS {
                    return Some(all);
                }
            }
            if complete || !all.added {
                return Some(all);
            }
        }
    }

    /// The stack before an instruction that was reached.
    pub fn at(&self, bci: usize) -> Option<&Stack> {
        self.stacks.get(bci)?.as_ref()
    }

    /// Executes an instruction and hands the stack on.
    fn step(
        &mut self,
        method: &Method<'_>,
        insn: &Instruction<'_>,
        mut stack: Stack,
    ) -> Option<()> {
        apply(method, insn, &mut stack)?;
        match insn.operands {
            Operands::Branch(offset) => self.flow(insn.absolute(offset)?, &stack)?,
            Operands::TableSwitch { default, offsets, .. } => {
                for offset in std::iter::once(default).chain(offsets.iter()) {
                    self.flow(insn.absolute(offset)?, &stack)?;
                }
            }
            Operands::LookupSwitch { default, pairs } => {
                for offset in std::iter::once(default).chain(pairs.iter().map(|pair| pair.1)) {
                    self.flow(insn.absolute(offset)?, &stack)?;
                }
            }
            _ => {}
        }
        let ends = matches!(
            insn.op,
            op::GOTO | op::GOTO_W | op::TABLESWITCH | op::LOOKUPSWITCH | op::ATHROW | op::RET
        ) || matches!(insn.op, op::IRETURN..=op::RETURN);
        if !ends && (insn.next_pc() as usize) < self.stacks.len() {
            self.flow(insn.next_pc(), &stack)?;
        }
        Some(())
    }

    fn flow(&mut self, bci: u32, stack: &Stack) -> Option<()> {
        match self.stacks.get_mut(bci as usize)? {
            Some(known) => known.merge(stack),
            slot => {
                *slot = Some(stack.clone());
                self.added = true;
                self.slots += stack.sources.len();
            }
        }
        Some(())
    }
}

/// The effect of an instruction on the stack.
fn apply(method: &Method<'_>, insn: &Instruction<'_>, stack: &mut Stack) -> Option<()> {
    let descriptor = || insn.constant_index().and_then(|index| method.pool.descriptor(index));
    match insn.op {
        op::DUP => stack.rearrange(1, &[0, 0])?,
        op::DUP_X1 => stack.rearrange(2, &[0, 1, 0])?,
        op::DUP_X2 => stack.rearrange(3, &[0, 2, 1, 0])?,
        op::DUP2 => stack.rearrange(2, &[1, 0, 1, 0])?,
        op::DUP2_X1 => stack.rearrange(3, &[1, 0, 2, 1, 0])?,
        op::DUP2_X2 => stack.rearrange(4, &[1, 0, 3, 2, 1, 0])?,
        op::SWAP => stack.rearrange(2, &[0, 1])?,
        // The value stays the one that was pushed before.
        op::CHECKCAST => {}
        op::LDC | op::LDC_W | op::LDC2_W => {
            stack.push(type_slots(method.pool.constant_type(insn.constant_index()?)?), insn.pc);
        }
        op::GETSTATIC | op::GETFIELD => {
            stack.pop(usize::from(insn.op == op::GETFIELD))?;
            stack.push(type_slots(*descriptor()?.first()?), insn.pc);
        }
        op::PUTSTATIC | op::PUTFIELD => {
            let receiver = usize::from(insn.op == op::PUTFIELD);
            stack.pop(type_slots(*descriptor()?.first()?) + receiver)?;
        }
        op::INVOKEVIRTUAL..=op::INVOKEDYNAMIC => {
            let called = MethodDescriptor::parse(descriptor()?).ok()?;
            let receiver = !matches!(insn.op, op::INVOKESTATIC | op::INVOKEDYNAMIC);
            stack.pop(called.param_slots() as usize + usize::from(receiver))?;
            stack.push(usize::from(called.return_slots()), insn.pc);
        }
        op::MULTIANEWARRAY => {
            let Operands::MultiANewArray { dimensions, .. } = insn.operands else { return None };
            stack.pop(usize::from(dimensions))?;
            stack.push(1, insn.pc);
        }
        _ => {
            let row = insn.info();
            let pops = usize::from(row.pop_slots()?);
            stack.pop(pops)?;
            stack.push(usize::from(row.push_slots()?), insn.pc);
            if let Some(local) = stored_local(insn) {
                stack.write(local, pops);
            }
        }
    }
    Some(())
}

/// The local that an instruction stores into (`iinc` does not count).
fn stored_local(insn: &Instruction<'_>) -> Option<usize> {
    match (insn.op, insn.operands) {
        (op::ISTORE..=op::ASTORE, Operands::Local(local)) => Some(usize::from(local)),
        (op::ISTORE_0..=op::ASTORE_3, _) => Some(usize::from((insn.op - op::ISTORE_0) % 4)),
        _ => None,
    }
}

/// Slots of a value whose descriptor begins with this letter.
pub(super) fn type_slots(letter: u8) -> usize {
    if matches!(letter, b'J' | b'D') { 2 } else { 1 }
}
