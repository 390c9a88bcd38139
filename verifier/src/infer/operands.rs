//! The first pass: what are instructions, and are their operands legal (JVMS 4.9.1)?

use std::ops::Range;

use classfile::constant_pool::tag;
use classfile::descriptor::MethodDescriptor;
use classfile::opcode::{self, Operands, WIDE, decode, info};

use super::state::Handler;
use super::types::{Info, Item};
use super::{Inferrer, Result};
use crate::error::Stop;
use crate::oracle::{Member, TypeOracle};

/// An instruction with its operands looked up.
#[derive(Clone, Debug)]
pub(super) struct Instr {
    /// The opcode; `iload_2` and its like are the general instruction.
    pub(super) op: u8,
    /// A local, the number of a jump's target, a constant pool index, or dimensions.
    pub(super) operand: u32,
    /// The class of a call, or what `new` and its like make.
    pub(super) kind: Info,
    /// A call of a constructor.
    pub(super) constructor: bool,
    /// Access to a protected member of a superclass in another package.
    pub(super) protected: bool,
    /// Of a switch: its targets, in [`Inferrer::targets`].
    pub(super) targets: Range<usize>,
    /// Of a `jsr`: the number of the `ret` that comes back.
    pub(super) returned_by: Option<u32>,
}

impl Instr {
    fn new(op: u8) -> Instr {
        Instr {
            op,
            operand: 0,
            kind: Info::BOGUS,
            constructor: false,
            protected: false,
            targets: 0..0,
            returned_by: None,
        }
    }
}

/// The length of the instruction at `pc`, which may be beyond the code's end for those of a fixed length.
fn length(code: &[u8], pc: usize) -> Option<usize> {
    let word = |at: usize| Some(i32::from_be_bytes(*code.get(at..)?.first_chunk()?));
    let base = (pc & !3) + 4;
    match code[pc] {
        opcode::TABLESWITCH => {
            let (low, high) = (word(base + 4)?, word(base + 8)?);
            let keys =
                usize::try_from(high.wrapping_sub(low)).ok().filter(|&keys| keys <= 65535)?;
            Some(base - pc + (keys + 4) * 4)
        }
        opcode::LOOKUPSWITCH => {
            let pairs = usize::try_from(word(base + 4)?).ok().filter(|&pairs| pairs < 65536)?;
            Some(base - pc + (pairs + 1) * 8)
        }
        WIDE => match *code.get(pc + 1)? {
            opcode::IINC => Some(6),
            op if info(op).format == opcode::Format::Local8 => Some(4),
            _ => None,
        },
        op if op <= opcode::JSR_W => info(op).format.fixed_length(),
        _ => None,
    }
}

impl<O: TypeOracle> Inferrer<'_, '_, O> {
    /// Finds the instructions.
    pub(super) fn number_instructions(&mut self) -> Result<(), O> {
        let code = self.code.bytes;
        self.numbers.clear();
        let (mut pc, mut number) = (0, 0);
        while pc < code.len() {
            let Some(length) = length(code, pc) else {
                return Err(self.fail(format_args!("Illegal instruction found at offset {pc}")));
            };
            if pc + length > code.len() {
                return Err(self.fail(format_args!(
                    "Code stops in the middle of instruction  starting at offset {pc}"
                )));
            }
            pc += length;
            self.numbers.resize(pc, number);
            number += 1;
        }
        Ok(())
    }

    /// The number of the instruction that begins at a pc.
    fn number_at(&self, pc: i64) -> Option<u32> {
        let pc = usize::try_from(pc).ok()?;
        let number = *self.numbers.get(pc)?;
        let begins = pc == 0 || self.numbers[pc - 1] != number;
        begins.then_some(u32::from(number))
    }

    /// Looks all operands up.
    pub(super) fn read_operands(&mut self) -> Result<(), O> {
        self.instrs.clear();
        self.targets.clear();
        let (code, mut pc) = (self.code.bytes, 0);
        while pc < code.len() {
            let Some(found) = decode(code, pc) else {
                return Err(self.fail(format_args!("Illegal instruction found at offset {pc}")));
            };
            let instr = self.read_instruction(pc, found.op, found.operands)?;
            self.instrs.push(instr);
            pc += found.length as usize;
        }
        Ok(())
    }

    fn read_instruction(&mut self, pc: usize, op: u8, operands: Operands<'_>) -> Result<Instr, O> {
        let mut instr = Instr::new(op);
        match operands {
            Operands::Branch(offset) => {
                let Some(target) = self.number_at(pc as i64 + i64::from(offset)) else {
                    return self.refuse("Illegal target of jump or branch");
                };
                instr.operand = target;
            }
            Operands::TableSwitch { .. } | Operands::LookupSwitch { .. } => {
                instr.targets = self.switch_targets(pc, operands)?;
            }
            Operands::Local(local) | Operands::Increment { local, .. } => {
                instr.operand = u32::from(local);
                self.check_local(&instr)?;
            }
            Operands::Constant(index)
            | Operands::InvokeInterface { index, .. }
            | Operands::InvokeDynamic { index, .. } => {
                instr.operand = u32::from(index);
                self.constant_operand(&mut instr, index, operands)?;
            }
            Operands::MultiANewArray { index, dimensions } => {
                instr.kind = self.class_operand(index)?;
                instr.operand = u32::from(dimensions);
                if dimensions == 0 || dimensions > instr.kind.dimensions() {
                    return self.refuse("Illegal dimension argument");
                }
            }
            Operands::NewArray(kind) => {
                let item = match kind {
                    4 => Item::Boolean,
                    5 => Item::Char,
                    6 => Item::Float,
                    7 => Item::Double,
                    8 => Item::Byte,
                    9 => Item::Short,
                    10 => Item::Int,
                    11 => Item::Long,
                    _ => return self.refuse("Bad type passed to newarray"),
                };
                instr.kind = Info::new(item, 1, 0);
            }
            _ => self.expand(&mut instr)?,
        }
        Ok(instr)
    }

    /// Makes `iload_2` and its like the general instruction.
    fn expand(&mut self, instr: &mut Instr) -> Result<(), O> {
        let (first, general) = match instr.op {
            opcode::ILOAD_0..=opcode::ALOAD_3 => (opcode::ILOAD_0, opcode::ILOAD),
            opcode::ISTORE_0..=opcode::ASTORE_3 => (opcode::ISTORE_0, opcode::ISTORE),
            _ => return Ok(()),
        };
        let nth = instr.op - first;
        instr.op = general + nth / 4;
        instr.operand = u32::from(nth % 4);
        self.check_local(instr)
    }

    fn check_local(&self, instr: &Instr) -> Result<(), O> {
        let wide =
            matches!(instr.op, opcode::LLOAD | opcode::DLOAD | opcode::LSTORE | opcode::DSTORE);
        if instr.operand + u32::from(wide) >= u32::from(self.code.max_locals) {
            return self.refuse("Illegal local variable number");
        }
        Ok(())
    }

    fn switch_targets(&mut self, pc: usize, operands: Operands<'_>) -> Result<Range<usize>, O> {
        let padding = &self.code.bytes[pc + 1..(pc & !3) + 4];
        if padding.iter().any(|&byte| byte != 0) {
            return self.refuse("Non zero padding bytes in switch");
        }
        let (default, offsets): (i32, Vec<i32>) = match operands {
            Operands::TableSwitch { default, offsets, .. } => (default, offsets.iter().collect()),
            Operands::LookupSwitch { default, pairs } => {
                if !pairs.iter().map(|pair| pair.0).is_sorted_by(|a, b| a < b) {
                    return self.refuse("Unsorted lookup switch");
                }
                (default, pairs.iter().map(|pair| pair.1).collect())
            }
            _ => return Ok(0..0),
        };
        let start = self.targets.len();
        let Some(default) = self.number_at(pc as i64 + i64::from(default)) else {
            return self.refuse("Illegal default target in switch");
        };
        for offset in offsets {
            let Some(target) = self.number_at(pc as i64 + i64::from(offset)) else {
                return self.refuse("Illegal branch in tableswitch");
            };
            self.targets.push(target);
        }
        // The order in which they are visited.
        self.targets[start..].reverse();
        self.targets.push(default);
        Ok(start..self.targets.len())
    }

    fn check_tag(&self, index: u16, tags: &[u8]) -> Result<(), O> {
        let pool = &self.class.constant_pool;
        if index == 0 || usize::from(index) >= pool.len() {
            return self.refuse("Illegal constant pool index");
        }
        if !tags.contains(&pool.tag(index)) {
            return self.refuse("Illegal type in constant pool");
        }
        Ok(())
    }

    fn class_operand(&mut self, index: u16) -> Result<Info, O> {
        self.check_tag(index, &[tag::CLASS])?;
        Ok(self.classes.class_entry(index))
    }

    fn constant_operand(
        &mut self,
        instr: &mut Instr,
        index: u16,
        operands: Operands<'_>,
    ) -> Result<(), O> {
        match instr.op {
            opcode::LDC | opcode::LDC_W => {
                let mut tags = vec![tag::INTEGER, tag::FLOAT, tag::STRING];
                if self.class.major >= 49 {
                    tags.push(tag::CLASS);
                }
                self.check_tag(index, &tags)
            }
            opcode::LDC2_W => self.check_tag(index, &[tag::DOUBLE, tag::LONG]),
            opcode::GETSTATIC..=opcode::PUTFIELD => {
                self.check_tag(index, &[tag::FIELDREF])?;
                instr.kind = self.holder(index);
                if matches!(instr.op, opcode::GETFIELD | opcode::PUTFIELD) {
                    instr.protected = self.is_protected(instr.kind, index, Member::Field)?;
                }
                Ok(())
            }
            opcode::INVOKEVIRTUAL..=opcode::INVOKEDYNAMIC => self.call(instr, index, operands),
            opcode::NEW => {
                instr.kind = self.class_operand(index)?;
                if instr.kind.dimensions() > 0 {
                    return self.refuse("Illegal creation of multi-dimensional array");
                }
                Ok(())
            }
            opcode::ANEWARRAY => {
                let component = self.class_operand(index)?;
                if component.dimensions() == u8::MAX {
                    return self.refuse("Array with too many dimensions");
                }
                instr.kind = component.with_dimensions(component.dimensions() + 1);
                Ok(())
            }
            _ => {
                instr.kind = self.class_operand(index)?;
                Ok(())
            }
        }
    }

    /// The class that a member is looked up in.
    fn holder(&mut self, index: u16) -> Info {
        use classfile::Constant::{Fieldref, InterfaceMethodref, Methodref};
        match self.class.constant_pool.get(index) {
            Ok(
                Fieldref { class, .. } | Methodref { class, .. } | InterfaceMethodref { class, .. },
            ) => self.classes.class_entry(*class),
            _ => Info::BOGUS,
        }
    }

    fn is_protected(&self, holder: Info, index: u16, kind: Member) -> Result<bool, O> {
        let holder = self.classes.name(holder);
        if !self.oracle.is_superclass(holder) {
            return Ok(false);
        }
        let (_, name, descriptor) = self.class.constant_pool.member(index).unwrap_or_default();
        self.oracle.is_protected_elsewhere(holder, name, descriptor, kind).map_err(Stop::load)
    }

    fn call(&mut self, instr: &mut Instr, index: u16, operands: Operands<'_>) -> Result<(), O> {
        let wanted = match instr.op {
            opcode::INVOKEINTERFACE => tag::INTERFACE_METHODREF,
            opcode::INVOKEDYNAMIC => {
                let what = "invokedynamic bytecode is not supported in this class file version";
                return self.refuse(what);
            }
            _ => tag::METHODREF,
        };
        self.check_tag(index, &[wanted])?;
        let (_, name, descriptor) = self.class.constant_pool.member(index).unwrap_or_default();
        instr.kind = self.holder(index);
        let special = instr.op == opcode::INVOKESPECIAL;
        if name == b"<init>" {
            if !special {
                return self.refuse("Must call initializers using invokespecial");
            }
            instr.constructor = true;
        } else if name.first() == Some(&b'<') {
            return self.refuse("Illegal call to internal method");
        } else if special
            && instr.kind != self.known.this
            && Some(instr.kind) != self.known.superclass
            && (instr.kind.dimensions() > 0
                || !self.oracle.is_superclass(self.classes.name(instr.kind)))
        {
            return self.refuse("Illegal use of nonvirtual function call");
        }
        if let Operands::InvokeInterface { count, zero, .. } = operands {
            let slots = MethodDescriptor::parse(descriptor).map_or(0, |it| it.param_slots());
            if slots + 1 != u32::from(count) {
                return self.refuse("Inconsistent args_size for invokeinterface");
            }
            if zero != 0 {
                return self.refuse("Fourth operand byte of invokeinterface must be zero");
            }
        } else if special || instr.op == opcode::INVOKEVIRTUAL {
            instr.protected = instr.kind.dimensions() == 0
                && self.is_protected(instr.kind, index, Member::Method)?;
        }
        Ok(())
    }

    /// The exception table, by instruction numbers; the last row first, as HotSpot takes them.
    pub(super) fn read_handlers(&mut self) -> Result<(), O> {
        self.handlers.clear();
        let code = self.code;
        for row in code.exception_table.iter().rev() {
            let start = self.number_at(i64::from(row.start));
            let end = match usize::from(row.end) == code.bytes.len() {
                true => Some(self.instrs.len() as u32),
                false => self.number_at(i64::from(row.end)),
            };
            let (Some(start), Some(end)) = (start, end) else {
                return self.malformed("Illegal exception table range");
            };
            let target = self.number_at(i64::from(row.handler)).filter(|&target| target > 0);
            let Some(target) = target else {
                return self.malformed("Illegal exception table handler");
            };
            let mut caught = self.known.throwable;
            if row.catch_type != 0 {
                caught = self.classes.class_entry(row.catch_type);
                if !self.is_assignable(caught, self.known.throwable)? {
                    return self.refuse("catch_type not a subclass of Throwable");
                }
            }
            self.handlers.push(Handler { start, end, target, caught });
        }
        Ok(())
    }
}
