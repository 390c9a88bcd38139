//! Decoding of instructions from a code array, with every access checked (JVMS 4.9.1, 6.5).

use super::{Format, IINC, OpcodeInfo, WIDE, info};

/// One decoded instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction<'a> {
    /// Where the instruction begins in the code array; for a widened one, where `wide` stands.
    pub pc: u32,
    /// The opcode; for a widened instruction, the one after `wide`.
    pub op: u8,
    /// Whether it was prefixed by `wide`.
    pub wide: bool,
    /// Its length in bytes, with `wide` and padding.
    pub length: u32,
    /// Its operands.
    pub operands: Operands<'a>,
}

/// An instruction's operands by meaning; branch offsets are relative to [`Instruction::pc`].
#[derive(Clone, Copy, Debug)]
pub enum Operands<'a> {
    /// None.
    None,
    /// The value that `bipush` or `sipush` pushes.
    Int(i32),
    /// A local variable index.
    Local(u16),
    /// `iinc`.
    Increment {
        /// The local variable index.
        local: u16,
        /// What is added to it.
        delta: i16,
    },
    /// A constant pool index.
    Constant(u16),
    /// A branch offset.
    Branch(i32),
    /// `tableswitch`.
    TableSwitch {
        /// The offset taken for other values.
        default: i32,
        /// The value of the first offset.
        low: i32,
        /// The value of the last offset.
        high: i32,
        /// The offsets, in order.
        offsets: SwitchOffsets<'a>,
    },
    /// `lookupswitch`.
    LookupSwitch {
        /// The offset taken for other keys.
        default: i32,
        /// The pairs of key and offset, in the file's order (the verifier checks that keys ascend).
        pairs: LookupPairs<'a>,
    },
    /// `invokeinterface` and its quick forms.
    InvokeInterface {
        /// The constant pool index (quick: the cache index).
        index: u16,
        /// Argument slots with the receiver, as the file claims.
        count: u8,
        /// The last byte, which must be 0 in a class file.
        zero: u8,
    },
    /// `invokedynamic` and its quick form.
    InvokeDynamic {
        /// The constant pool index (quick: the cache index).
        index: u16,
        /// The last two bytes, which must be 0 in a class file.
        zero: u16,
    },
    /// `multianewarray`.
    MultiANewArray {
        /// The array class's constant pool index.
        index: u16,
        /// How many dimensions are allocated.
        dimensions: u8,
    },
    /// The primitive type code of `newarray`.
    NewArray(u8),
    /// Quick only: an index of the VM's resolution cache.
    Cache(u16),
    /// Quick only: a field offset in the VM's unit.
    FieldOffset(u16),
    /// Quick only: two locals.
    Locals(u8, u8),
}

impl<'a> Instruction<'a> {
    /// The table's row of [`Instruction::op`].
    pub fn info(&self) -> &'static OpcodeInfo {
        info(self.op)
    }

    /// The pc after this instruction.
    pub fn next_pc(&self) -> u32 {
        self.pc + self.length
    }

    /// The absolute pc for a branch offset of this instruction; `None` if it lies before the code.
    pub fn absolute(&self, offset: i32) -> Option<u32> {
        self.pc.checked_add_signed(offset)
    }

    /// The absolute target of a two-way branch or jump; `None` for others and for targets before the code.
    pub fn branch_target(&self) -> Option<u32> {
        match self.operands {
            Operands::Branch(offset) => self.absolute(offset),
            _ => None,
        }
    }

    /// The constant pool index, for every standard instruction that has one.
    pub fn constant_index(&self) -> Option<u16> {
        match self.operands {
            Operands::Constant(index)
            | Operands::InvokeInterface { index, .. }
            | Operands::InvokeDynamic { index, .. }
            | Operands::MultiANewArray { index, .. } => Some(index),
            _ => None,
        }
    }
}

/// The offsets of a `tableswitch`, read from the code array as they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct SwitchOffsets<'a>(&'a [[u8; 4]]);

impl<'a> SwitchOffsets<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The offset of the value `low + index`.
    pub fn get(&self, index: usize) -> Option<i32> {
        self.0.get(index).map(|bytes| i32::from_be_bytes(*bytes))
    }

    /// All offsets, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i32> + use<'a> {
        self.0.iter().map(|bytes| i32::from_be_bytes(*bytes))
    }
}

/// The pairs of a `lookupswitch`, read from the code array as they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct LookupPairs<'a>(&'a [[u8; 8]]);

fn pair([a, b, c, d, e, f, g, h]: [u8; 8]) -> (i32, i32) {
    (i32::from_be_bytes([a, b, c, d]), i32::from_be_bytes([e, f, g, h]))
}

impl<'a> LookupPairs<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key and offset at `index`.
    pub fn get(&self, index: usize) -> Option<(i32, i32)> {
        self.0.get(index).map(|bytes| pair(*bytes))
    }

    /// All pairs of key and offset, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i32, i32)> + use<'a> {
        self.0.iter().map(|bytes| pair(*bytes))
    }

    /// The offset of `key`, by binary search: right only if the keys ascend, as verified code's do.
    pub fn find(&self, key: i32) -> Option<i32> {
        let at = self.0.binary_search_by_key(&key, |bytes| pair(*bytes).0).ok()?;
        self.get(at).map(|found| found.1)
    }
}

fn u8_at(code: &[u8], at: usize) -> Option<u8> {
    code.get(at).copied()
}

fn u16_at(code: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*code.get(at..)?.first_chunk()?))
}

fn i32_at(code: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(*code.get(at..)?.first_chunk()?))
}

/// The first operand after a switch's padding.
fn switch_base(pc: usize) -> usize {
    (pc + 4) & !3
}

/// The number of offsets of the `tableswitch` whose aligned operands begin at `base`.
fn table_len(code: &[u8], base: usize) -> Option<usize> {
    let (low, high) = (i32_at(code, base + 4)?, i32_at(code, base + 8)?);
    usize::try_from(i64::from(high) - i64::from(low) + 1).ok().filter(|&count| count > 0)
}

/// The length in bytes of the instruction at `pc`, switches and `wide` included.
///
/// `None` if it does not fit in `code`, if the opcode is undefined, if `wide` stands before an instruction
/// that it does not apply to, if a `tableswitch` has `low > high` or a `lookupswitch` a negative count.
#[inline]
pub fn length_at(code: &[u8], pc: usize) -> Option<usize> {
    let format = info(*code.get(pc)?).format;
    let length = match format.fixed_length() {
        Some(length) => length,
        None => variable_length(format, code, pc)?,
    };
    (length <= code.len() - pc).then_some(length)
}

fn variable_length(format: Format, code: &[u8], pc: usize) -> Option<usize> {
    let base = switch_base(pc);
    let (start, count, unit) = match format {
        Format::Wide => return wide_length(u8_at(code, pc + 1)?),
        Format::TableSwitch => (base + 12, table_len(code, base)?, 4),
        Format::LookupSwitch => (base + 8, usize::try_from(i32_at(code, base + 4)?).ok()?, 8),
        _ => return None,
    };
    count.checked_mul(unit)?.checked_add(start - pc)
}

fn wide_length(op: u8) -> Option<usize> {
    match (op, info(op).format) {
        (IINC, _) => Some(6),
        (_, Format::Local8) => Some(4),
        _ => None,
    }
}

/// Decodes the instruction at `pc`. `None` in the cases that [`length_at`] lists; no other check is made, so
/// branch targets, indices and `newarray`'s type may be wrong.
pub fn decode(code: &[u8], pc: usize) -> Option<Instruction<'_>> {
    let length = u32::try_from(length_at(code, pc)?).ok()?;
    let op = code[pc];
    let start = u32::try_from(pc).ok()?;
    if op == WIDE {
        return decode_wide(code, pc, start, length);
    }
    let operands = operands(info(op).format, code, pc)?;
    Some(Instruction { pc: start, op, wide: false, length, operands })
}

fn decode_wide(code: &[u8], pc: usize, start: u32, length: u32) -> Option<Instruction<'_>> {
    let op = u8_at(code, pc + 1)?;
    let local = u16_at(code, pc + 2)?;
    let operands = match op {
        IINC => Operands::Increment { local, delta: u16_at(code, pc + 4)? as i16 },
        _ => Operands::Local(local),
    };
    Some(Instruction { pc: start, op, wide: true, length, operands })
}

fn operands(format: Format, code: &[u8], pc: usize) -> Option<Operands<'_>> {
    let byte = |at: usize| u8_at(code, pc + at);
    let short = |at: usize| u16_at(code, pc + at);
    Some(match format {
        Format::None => Operands::None,
        Format::I8 => Operands::Int(i32::from(byte(1)? as i8)),
        Format::I16 => Operands::Int(i32::from(short(1)? as i16)),
        Format::Local8 => Operands::Local(u16::from(byte(1)?)),
        Format::CpU8 => Operands::Constant(u16::from(byte(1)?)),
        Format::CpU16 => Operands::Constant(short(1)?),
        Format::Branch16 => Operands::Branch(i32::from(short(1)? as i16)),
        Format::Branch32 => Operands::Branch(i32_at(code, pc + 1)?),
        Format::Iinc => {
            Operands::Increment { local: u16::from(byte(1)?), delta: i16::from(byte(2)? as i8) }
        }
        Format::TableSwitch => table_switch(code, switch_base(pc))?,
        Format::LookupSwitch => lookup_switch(code, switch_base(pc))?,
        Format::InvokeInterface => {
            Operands::InvokeInterface { index: short(1)?, count: byte(3)?, zero: byte(4)? }
        }
        Format::InvokeDynamic => Operands::InvokeDynamic { index: short(1)?, zero: short(3)? },
        Format::MultiANewArray => {
            Operands::MultiANewArray { index: short(1)?, dimensions: byte(3)? }
        }
        Format::NewArray => Operands::NewArray(byte(1)?),
        Format::Cache => Operands::Cache(short(1)?),
        Format::FieldOffset => Operands::FieldOffset(short(1)?),
        Format::FusedField => Operands::FieldOffset(short(2)?),
        Format::FusedLocals => Operands::Locals(byte(1)?, byte(3)?),
        Format::Wide | Format::Undefined => return None,
    })
}

fn table_switch(code: &[u8], base: usize) -> Option<Operands<'_>> {
    let (offsets, _) = code.get(base + 12..)?.as_chunks::<4>();
    Some(Operands::TableSwitch {
        default: i32_at(code, base)?,
        low: i32_at(code, base + 4)?,
        high: i32_at(code, base + 8)?,
        offsets: SwitchOffsets(offsets.get(..table_len(code, base)?)?),
    })
}

fn lookup_switch(code: &[u8], base: usize) -> Option<Operands<'_>> {
    let count = usize::try_from(i32_at(code, base + 4)?).ok()?;
    let (pairs, _) = code.get(base + 8..)?.as_chunks::<8>();
    let pairs = LookupPairs(pairs.get(..count)?);
    Some(Operands::LookupSwitch { default: i32_at(code, base)?, pairs })
}

/// Walks a code array from its start, yielding `(pc, instruction)`.
///
/// The walk ends at the code's end or before an instruction that [`decode`] refuses;
/// [`Instructions::failed_at`] tells which.
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    code: &'a [u8],
    pc: usize,
    failed: bool,
}

impl<'a> Instructions<'a> {
    /// Begins at the first byte of `code`.
    pub fn new(code: &'a [u8]) -> Self {
        Instructions { code, pc: 0, failed: false }
    }

    /// Begins at `pc`, which should be an instruction's first byte.
    pub fn starting_at(code: &'a [u8], pc: usize) -> Self {
        Instructions { code, pc, failed: false }
    }

    /// Where the next instruction begins.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// The pc of the undecodable instruction that ended the walk, if one did.
    pub fn failed_at(&self) -> Option<usize> {
        self.failed.then_some(self.pc)
    }
}

impl<'a> Iterator for Instructions<'a> {
    type Item = (usize, Instruction<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.pc >= self.code.len() {
            return None;
        }
        let pc = self.pc;
        match decode(self.code, pc) {
            Some(instruction) => {
                self.pc += instruction.length as usize;
                Some((pc, instruction))
            }
            None => {
                self.failed = true;
                None
            }
        }
    }
}

impl std::iter::FusedIterator for Instructions<'_> {}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn decodes_switches_with_padding() {
        let mut code = vec![NOP, TABLESWITCH, 0, 0];
        for word in [20i32, -1, 1, 5, 6, 7] {
            code.extend(word.to_be_bytes());
        }
        code.push(LOOKUPSWITCH);
        code.resize(code.len().next_multiple_of(4), 0);
        for word in [9i32, 2, -5, 1, 70, 2] {
            code.extend(word.to_be_bytes());
        }
        let all: Vec<_> = Instructions::new(&code).map(|(_, instruction)| instruction).collect();
        let Operands::TableSwitch { default, low, high, offsets } = all[1].operands else {
            panic!("{:?}", all[1]);
        };
        assert_eq!((default, low, high), (20, -1, 1));
        assert_eq!(offsets.iter().collect::<Vec<_>>(), [5, 6, 7]);
        let Operands::LookupSwitch { pairs, .. } = all[2].operands else { panic!("{:?}", all[2]) };
        assert_eq!((pairs.find(70), pairs.find(0), pairs.len()), (Some(2), None, 2));
        for end in 1..code.len() {
            Instructions::new(&code[..end]).for_each(drop);
        }
    }

    #[test]
    fn decodes_wide_forms() {
        let code = [WIDE, IINC, 1, 2, 0xff, 0xfe, WIDE, ALOAD, 3, 4, WIDE, NOP];
        let mut walk = Instructions::new(&code);
        let (_, first) = walk.next().unwrap();
        assert!(matches!(first.operands, Operands::Increment { local: 0x102, delta: -2 }));
        assert!((first.wide, first.length, first.op) == (true, 6, IINC));
        assert!(matches!(walk.next().unwrap().1.operands, Operands::Local(0x304)));
        assert!(walk.next().is_none());
        assert_eq!(walk.failed_at(), Some(10));
    }

    #[test]
    fn refuses_absurd_switches() {
        let mut code = vec![TABLESWITCH, 0, 0, 0];
        for word in [0, i32::MIN, i32::MAX] {
            code.extend(word.to_be_bytes());
        }
        assert_eq!(length_at(&code, 0), None);
        let mut code = vec![LOOKUPSWITCH, 0, 0, 0];
        for word in [0, -1] {
            code.extend(i32::to_be_bytes(word));
        }
        assert_eq!(length_at(&code, 0), None);
    }

    #[test]
    fn branch_targets_are_absolute() {
        let code = [NOP, GOTO, 0xff, 0xff, GOTO, 0x80, 0];
        assert_eq!(decode(&code, 1).and_then(|jump| jump.branch_target()), Some(0));
        assert_eq!(decode(&code, 4).and_then(|jump| jump.branch_target()), None);
    }
}
