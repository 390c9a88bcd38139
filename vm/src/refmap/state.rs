//! The abstract frame: which slots hold references, and what an instruction does to that.

use super::bits::Bits;
use super::view::PoolView;
use super::{Malformed, NO_SUB};
use classfile::descriptor::{FieldType, MethodDescriptor};
use classfile::opcode::{self as op, Instruction, Operands};

/// What a slot holds, as far as the collector cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    /// A number, half of a long or double, or nothing that can be used.
    Other,
    /// A reference or null.
    Reference,
    /// A return address into the callers of the subroutine that begins at this bci.
    Return(u32),
    /// Whatever it held when the subroutine that the state is in was entered. Locals only.
    Inherited,
}

/// The abstract frame before an instruction. Slots are numbered locals first, then the operand stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct State {
    /// Slots that hold references. Slots above the depth are clear.
    pub refs: Bits,
    /// First operand-stack slot.
    pub locals: u32,
    /// First slot above the operand stack.
    pub top: u32,
    /// Capacity in slots.
    pub limit: u32,
    /// What only code with `jsr` needs.
    pub subs: Option<Box<Subs>>,
}

/// The part of a [`State`] that concerns subroutines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Subs {
    /// First bci of the innermost subroutine, or [`NO_SUB`].
    pub sub: u32,
    /// Locals that the subroutine has not changed.
    pub inherited: Bits,
    /// Slots with return addresses: slot and subroutine, ascending.
    pub returns: Vec<(u32, u32)>,
}

impl State {
    /// No reference anywhere, empty stack.
    pub fn new(max_locals: u16, max_stack: u16, with_subs: bool) -> State {
        let locals = u32::from(max_locals);
        let limit = locals + u32::from(max_stack);
        let bits = Bits::new(limit as usize);
        let subs = || Box::new(Subs { sub: NO_SUB, inherited: bits.clone(), returns: Vec::new() });
        State { subs: with_subs.then(subs), refs: bits, locals, top: locals, limit }
    }

    /// The frame that a call makes (JVMS 2.6.1).
    pub fn enter(&mut self, descriptor: &[u8], is_static: bool) -> Result<(), Malformed> {
        let method = MethodDescriptor::parse(descriptor).map_err(|_| Malformed)?;
        let receiver = u32::from(!is_static);
        if method.param_slots() + receiver > self.locals {
            return Err(Malformed);
        }
        if receiver != 0 {
            self.refs.put(0, true);
        }
        let mut slot = receiver as usize;
        for param in method.params() {
            self.refs.put(slot, param.is_reference());
            slot += usize::from(param.slots());
        }
        Ok(())
    }

    /// What a slot holds.
    pub fn get(&self, slot: usize) -> Slot {
        if self.refs.get(slot) {
            return Slot::Reference;
        }
        let Some(subs) = &self.subs else { return Slot::Other };
        if subs.inherited.get(slot) {
            return Slot::Inherited;
        }
        match subs.returns.binary_search_by_key(&(slot as u32), |r| r.0) {
            Ok(i) => Slot::Return(subs.returns[i].1),
            Err(_) => Slot::Other,
        }
    }

    /// Changes what a slot holds.
    #[inline]
    pub fn put(&mut self, slot: usize, value: Slot) {
        self.refs.put(slot, value == Slot::Reference);
        if let Some(subs) = &mut self.subs {
            subs.put(slot as u32, value);
        }
    }

    /// Pushes one slot.
    #[inline]
    pub fn push(&mut self, value: Slot) -> Result<(), Malformed> {
        if self.top >= self.limit {
            return Err(Malformed);
        }
        self.put(self.top as usize, value);
        self.top += 1;
        Ok(())
    }

    /// Drops slots from the operand stack.
    #[inline]
    pub fn pop(&mut self, slots: u32) -> Result<(), Malformed> {
        if self.top - self.locals < slots {
            return Err(Malformed);
        }
        let (from, to) = ((self.top - slots) as usize, self.top as usize);
        self.refs.put_range(from, to, false);
        if let Some(subs) = &mut self.subs {
            subs.returns.retain(|r| r.0 < from as u32 || r.0 >= to as u32);
        }
        self.top -= slots;
        Ok(())
    }

    /// The operand-stack slot this far below the top; 0 is the topmost.
    fn peek(&self, depth: u32) -> Result<Slot, Malformed> {
        if self.top - self.locals <= depth {
            return Err(Malformed);
        }
        Ok(self.get((self.top - 1 - depth) as usize))
    }

    /// Replaces the topmost `pops` slots by copies of some of them, given by depth, bottom first.
    fn rearrange(&mut self, pops: u32, pushes: &[u32]) -> Result<(), Malformed> {
        let mut old = [Slot::Other; 4];
        for depth in 0..pops {
            old[depth as usize] = self.peek(depth)?;
        }
        self.pop(pops)?;
        pushes.iter().try_for_each(|&depth| self.push(old[depth as usize]))
    }

    /// Removes a value of the type that a descriptor begins with.
    fn pop_type(&mut self, descriptor: &[u8]) -> Result<(), Malformed> {
        self.pop(if matches!(descriptor.first(), Some(b'J' | b'D')) { 2 } else { 1 })
    }

    fn push_type(&mut self, letter: u8) -> Result<(), Malformed> {
        match letter {
            b'V' => Ok(()),
            b'J' | b'D' => {
                self.push(Slot::Other)?;
                self.push(Slot::Other)
            }
            b'L' | b'[' => self.push(Slot::Reference),
            _ => self.push(Slot::Other),
        }
    }

    /// A store of `slots` slots into locals; answers that a local has changed.
    fn store(&mut self, local: usize, slots: u32) -> Result<bool, Malformed> {
        let value = if slots == 1 { self.peek(0)? } else { Slot::Other };
        self.pop(slots)?;
        if local + slots as usize > self.locals as usize {
            return Err(Malformed);
        }
        self.put(local, value);
        if slots == 2 {
            self.put(local + 1, Slot::Other);
        }
        Ok(true)
    }

    fn invoke(&mut self, descriptor: &[u8], receiver: bool) -> Result<(), Malformed> {
        let method = MethodDescriptor::parse(descriptor).map_err(|_| Malformed)?;
        self.pop(method.param_slots() + u32::from(receiver))?;
        self.push_type(method.return_type().map_or(b'V', FieldType::letter))
    }

    /// Executes an instruction (not `jsr` and `ret`, which are flow). Answers whether a local has changed.
    pub fn step(&mut self, insn: &Instruction<'_>, pool: PoolView<'_>) -> Result<bool, Malformed> {
        let descriptor = || insn.constant_index().and_then(|i| pool.descriptor(i)).ok_or(Malformed);
        match insn.op {
            op::ISTORE..=op::ASTORE => {
                let Operands::Local(local) = insn.operands else { return Err(Malformed) };
                let wide = matches!(insn.op, op::LSTORE | op::DSTORE);
                return self.store(usize::from(local), 1 + u32::from(wide));
            }
            op::ISTORE_0..=op::ASTORE_3 => {
                let kind = (insn.op - op::ISTORE_0) / 4;
                let local = (insn.op - op::ISTORE_0) % 4;
                let wide = kind == 1 || kind == 3;
                return self.store(usize::from(local), 1 + u32::from(wide));
            }
            op::DUP => self.rearrange(1, &[0, 0])?,
            op::DUP_X1 => self.rearrange(2, &[0, 1, 0])?,
            op::DUP_X2 => self.rearrange(3, &[0, 2, 1, 0])?,
            op::DUP2 => self.rearrange(2, &[1, 0, 1, 0])?,
            op::DUP2_X1 => self.rearrange(3, &[1, 0, 2, 1, 0])?,
            op::DUP2_X2 => self.rearrange(4, &[1, 0, 3, 2, 1, 0])?,
            op::SWAP => self.rearrange(2, &[0, 1])?,
            op::GETSTATIC | op::GETFIELD => {
                self.pop(u32::from(insn.op == op::GETFIELD))?;
                self.push_type(*descriptor()?.first().ok_or(Malformed)?)?;
            }
            op::PUTSTATIC | op::PUTFIELD => {
                self.pop_type(descriptor()?)?;
                self.pop(u32::from(insn.op == op::PUTFIELD))?;
            }
            op::INVOKEVIRTUAL | op::INVOKESPECIAL | op::INVOKEINTERFACE => {
                self.invoke(descriptor()?, true)?;
            }
            op::INVOKESTATIC | op::INVOKEDYNAMIC => self.invoke(descriptor()?, false)?,
            op::LDC | op::LDC_W | op::LDC2_W => {
                let index = insn.constant_index().ok_or(Malformed)?;
                self.push_type(pool.constant_type(index).ok_or(Malformed)?)?;
            }
            op::MULTIANEWARRAY => {
                let Operands::MultiANewArray { dimensions, .. } = insn.operands else {
                    return Err(Malformed);
                };
                self.pop(u32::from(dimensions))?;
                self.push(Slot::Reference)?;
            }
            _ => self.step_by_table(insn.info())?,
        }
        Ok(false)
    }

    /// An instruction whose effect on the stack its opcode alone decides.
    fn step_by_table(&mut self, row: &op::OpcodeInfo) -> Result<(), Malformed> {
        self.pop(u32::from(row.pop_slots().ok_or(Malformed)?))?;
        for letter in row.pushes.bytes() {
            match letter {
                b'a' => self.push(Slot::Reference)?,
                b'l' | b'd' => {
                    self.push(Slot::Other)?;
                    self.push(Slot::Other)?;
                }
                _ => self.push(Slot::Other)?,
            }
        }
        Ok(())
    }

    /// Keeps what both states agree on; `subs` must be of the same subroutine. Answers whether this changed.
    pub fn meet(&mut self, other: &State) -> Result<bool, Malformed> {
        if self.top != other.top {
            return Err(Malformed);
        }
        self.meet_slots(other, self.top as usize)
    }

    /// As [`State::meet`], for the locals; this one's operand stack stays.
    pub fn meet_locals(&mut self, other: &State) -> Result<bool, Malformed> {
        self.meet_slots(other, self.locals as usize)
    }

    fn meet_slots(&mut self, other: &State, end: usize) -> Result<bool, Malformed> {
        if self.subs.is_none() {
            let before = self.refs.clone();
            if end == self.top as usize {
                self.refs.intersect(&other.refs);
            } else {
                let mut mask = other.refs.clone();
                mask.put_range(end, self.limit as usize, true);
                self.refs.intersect(&mask);
            }
            return Ok(self.refs != before);
        }
        let mut changed = false;
        for slot in 0..end {
            let (mine, theirs) = (self.get(slot), other.get(slot));
            if mine != theirs {
                let met = meet_slot(mine, theirs);
                changed |= met != mine;
                self.put(slot, met);
            }
        }
        Ok(changed)
    }

    /// The subroutine that the code is in, or [`NO_SUB`].
    pub fn sub(&self) -> u32 {
        self.subs.as_ref().map_or(NO_SUB, |subs| subs.sub)
    }

    /// Puts what the caller has into the locals that the subroutine did not change, so that the state is
    /// one of the caller's subroutine.
    pub fn inherit(&mut self, caller: &State) {
        let Some(subs) = &mut self.subs else { return };
        subs.sub = caller.sub();
        let inherited = subs.inherited.clone();
        for slot in inherited.ones() {
            self.put(slot, caller.get(slot));
        }
    }
}

/// "Reference" is the top, "other" the bottom; an inherited slot may turn out to be either.
fn meet_slot(a: Slot, b: Slot) -> Slot {
    match (a, b) {
        _ if a == b => a,
        (Slot::Inherited, Slot::Reference) | (Slot::Reference, Slot::Inherited) => Slot::Inherited,
        _ => Slot::Other,
    }
}

impl Subs {
    fn put(&mut self, slot: u32, value: Slot) {
        self.inherited.put(slot as usize, value == Slot::Inherited);
        let at = self.returns.binary_search_by_key(&slot, |r| r.0);
        match (value, at) {
            (Slot::Return(sub), Ok(i)) => self.returns[i].1 = sub,
            (Slot::Return(sub), Err(i)) => self.returns.insert(i, (slot, sub)),
            (_, Ok(i)) => {
                self.returns.remove(i);
            }
            (_, Err(_)) => {}
        }
    }
}
