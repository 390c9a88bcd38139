//! Instructions: the opcode table, what it says about an opcode, and decoding of code arrays.
//!
//! Relies on nothing else. Follows JVMS chapter 6 for the instructions 0 to 201 and 6.2 for the reserved
//! ones; the quick instructions are this VM's own and never occur in class files.

mod decode;
mod table;

pub use decode::{
    Instruction, Instructions, LookupPairs, Operands, SwitchOffsets, decode, length_at,
};
pub use table::*;

/// The number of instructions that a class file may contain: 0 to 201 (JVMS 6.5).
pub const STANDARD_COUNT: usize = 202;

/// What follows an opcode in the code array (JVMS 6.5, "Format").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Nothing.
    None,
    /// A signed byte (`bipush`).
    I8,
    /// A signed short (`sipush`).
    I16,
    /// A local variable index in one byte; two after `wide`.
    Local8,
    /// A constant pool index in one byte (`ldc`).
    CpU8,
    /// A constant pool index in two bytes.
    CpU16,
    /// A signed 16-bit branch offset from the opcode's own pc.
    Branch16,
    /// A signed 32-bit branch offset from the opcode's own pc.
    Branch32,
    /// A local variable index and a signed increment: a byte each; two bytes each after `wide`.
    Iinc,
    /// Padding to a multiple of four, default, low, high, and `high - low + 1` offsets.
    TableSwitch,
    /// Padding to a multiple of four, default, a count, and that many pairs of key and offset.
    LookupSwitch,
    /// A two-byte index, an argument slot count, and a zero byte.
    InvokeInterface,
    /// A two-byte index and two zero bytes.
    InvokeDynamic,
    /// A two-byte constant pool index and a number of dimensions.
    MultiANewArray,
    /// A primitive type code from 4 (boolean) to 11 (long).
    NewArray,
    /// Another opcode with its widened operands.
    Wide,
    /// Quick only: a two-byte index of the VM's resolution cache.
    Cache,
    /// Quick only: a two-byte field offset, in the VM's unit.
    FieldOffset,
    /// Quick only: the next instruction's opcode, then its [`Format::FieldOffset`].
    FusedField,
    /// Quick only: a local, the next instruction's opcode, then its local; a byte each.
    FusedLocals,
    /// No instruction has this number.
    Undefined,
}

impl Format {
    /// The whole instruction's length in bytes where the opcode alone decides it: `None` for the switches,
    /// `wide` and undefined opcodes.
    pub const fn fixed_length(self) -> Option<usize> {
        Some(match self {
            Format::None => 1,
            Format::I8 | Format::Local8 | Format::CpU8 | Format::NewArray => 2,
            Format::I16
            | Format::CpU16
            | Format::Branch16
            | Format::Iinc
            | Format::Cache
            | Format::FieldOffset => 3,
            Format::MultiANewArray | Format::FusedField | Format::FusedLocals => 4,
            Format::Branch32 | Format::InvokeInterface | Format::InvokeDynamic => 5,
            Format::TableSwitch | Format::LookupSwitch | Format::Wide | Format::Undefined => {
                return None;
            }
        })
    }
}

/// What the table says about one opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpcodeInfo {
    /// The opcode's number.
    pub op: u8,
    /// The class-file instruction that a quick one stands for; the opcode itself otherwise.
    pub base: u8,
    /// The name as in JVMS 6.5, in lower case.
    pub mnemonic: &'static str,
    /// The layout of the operands.
    pub format: Format,
    /// What is popped, bottom to top: `i l f d a` are types (`l` and `d` take two slots), `r` a return
    /// address, `w` one untyped slot; `?` is what the operand decides.
    pub pops: &'static str,
    /// What is pushed, in the same letters.
    pub pushes: &'static str,
    /// Whether it can complete with an exception of its own.
    pub can_throw: bool,
}

impl OpcodeInfo {
    /// Whether a class file may contain it.
    pub const fn is_standard(&self) -> bool {
        (self.op as usize) < STANDARD_COUNT
    }

    /// Whether it is one of the VM's own instructions.
    pub const fn is_quick(&self) -> bool {
        self.op as usize > STANDARD_COUNT && self.op < IMPDEP1
    }

    /// Slots popped (`long` and `double` count two), or `None` where the operand decides.
    pub fn pop_slots(&self) -> Option<u8> {
        slots(self.pops)
    }

    /// Slots pushed, or `None` where the operand decides.
    pub fn push_slots(&self) -> Option<u8> {
        slots(self.pushes)
    }
}

fn slots(types: &str) -> Option<u8> {
    types.bytes().try_fold(0, |sum, kind| match kind {
        b'?' => None,
        b'l' | b'd' => Some(sum + 2),
        _ => Some(sum + 1),
    })
}

/// The table's row of an opcode. A number without instruction has [`Format::Undefined`] and the mnemonic
/// `undefined`.
#[inline]
pub fn info(op: u8) -> &'static OpcodeInfo {
    &INFO[usize::from(op)]
}

/// Finds an opcode by its mnemonic, in linear time.
pub fn by_mnemonic(mnemonic: &str) -> Option<&'static OpcodeInfo> {
    ALL.iter().find(|row| row.mnemonic == mnemonic)
}

static INFO: [OpcodeInfo; 256] = {
    let mut rows = [OpcodeInfo {
        op: 0,
        base: 0,
        mnemonic: "undefined",
        format: Format::Undefined,
        pops: "",
        pushes: "",
        can_throw: false,
    }; 256];
    let mut op = 0;
    while op < 256 {
        rows[op].op = op as u8;
        rows[op].base = op as u8;
        op += 1;
    }
    let mut next = 0;
    while next < ALL.len() {
        let row = ALL[next];
        assert!(matches!(rows[row.op as usize].format, Format::Undefined), "an opcode twice");
        rows[row.op as usize] = row;
        next += 1;
    }
    rows
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_ordered() {
        for (number, row) in ALL.iter().take(STANDARD_COUNT).enumerate() {
            assert_eq!(usize::from(row.op), number, "{}", row.mnemonic);
            assert_eq!(row.base, row.op);
        }
        assert_eq!((info(GOTO_W).op, GOTO_W, JSR_W, BREAKPOINT), (200, 200, 201, 202));
        assert_eq!((INVOKEVIRTUAL, TABLESWITCH, IINC, LCMP, I2S), (182, 170, 132, 148, 147));
        assert_eq!(info(253).op, LDC_CLASS_Q);
    }

    #[test]
    fn a_quick_instruction_has_the_length_of_its_base() {
        let apart = [JAVA_EXIT, ALOAD_0_GETFIELD_W, ALOAD_0_GETFIELD_L, ILOAD_ILOAD];
        for row in ALL.iter().filter(|row| row.is_quick() && !apart.contains(&row.op)) {
            let base = info(row.base);
            assert!(base.is_standard());
            assert_eq!(row.format.fixed_length(), base.format.fixed_length(), "{}", row.mnemonic);
        }
    }

    #[test]
    fn slots_count_wide_types_twice() {
        assert_eq!((info(LSHL).pop_slots(), info(LSHL).push_slots()), (Some(3), Some(2)));
        assert_eq!((info(DUP2_X2).pop_slots(), info(DUP2_X2).push_slots()), (Some(4), Some(6)));
        assert_eq!(info(INVOKESTATIC).pop_slots(), None);
        assert_eq!(by_mnemonic("dcmpg").map(|row| row.op), Some(DCMPG));
    }
}
