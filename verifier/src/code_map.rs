//! Where instructions begin, by HotSpot's rules for what is an instruction (JVMS 4.9.1).

use classfile::opcode::{self, LOOKUPSWITCH, NEW, TABLESWITCH, length_at};

/// What is at a pc.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The inside of an instruction.
    #[default]
    Inside,
    /// The first byte of an instruction.
    Start,
    /// The first byte of a `new`.
    New,
}

/// The marks of a method's code.
#[derive(Default)]
pub(crate) struct CodeMap {
    marks: Vec<Mark>,
}

impl CodeMap {
    /// Walks the code. `Err` is the pc of what is no instruction.
    pub(crate) fn scan(&mut self, code: &[u8]) -> Result<(), usize> {
        self.marks.clear();
        self.marks.resize(code.len(), Mark::Inside);
        let mut pc = 0;
        while pc < code.len() {
            let length = length(code, pc).ok_or(pc)?;
            self.marks[pc] = if code[pc] == NEW { Mark::New } else { Mark::Start };
            pc += length;
        }
        Ok(())
    }

    /// What is at `pc`; [`Mark::Inside`] for places out of the code.
    pub(crate) fn at(&self, pc: usize) -> Mark {
        self.marks.get(pc).copied().unwrap_or_default()
    }

    pub(crate) fn is_start(&self, pc: usize) -> bool {
        self.at(pc) != Mark::Inside
    }
}

/// The length of the instruction at `pc`, which must be in the code.
///
/// HotSpot knows instructions of its own above 201 and complains about them later than about bytes that are
/// nothing at all. A switch must not end with the code before its first key or offset.
pub(crate) fn length(code: &[u8], pc: usize) -> Option<usize> {
    let op = code[pc];
    let length = match op {
        FAST_LINEARSWITCH | FAST_BINARYSWITCH => pairs_length(code, pc)?,
        202.. => OWN.get(usize::from(op - 202))?.1,
        TABLESWITCH if (pc & !3) + 16 >= code.len() => return None,
        LOOKUPSWITCH if (pc & !3) + 12 >= code.len() => return None,
        _ => length_at(code, pc)?,
    };
    (length <= code.len() - pc).then_some(length)
}

/// The length of a switch of HotSpot's own, which is laid out like `lookupswitch`.
fn pairs_length(code: &[u8], pc: usize) -> Option<usize> {
    let base = (pc & !3) + 4;
    let count = code.get(base + 4..)?.first_chunk().filter(|_| base + 8 < code.len())?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    Some(base + 8 + count * 8 - pc)
}

/// HotSpot's name of an opcode in messages.
pub(crate) fn mnemonic(op: u8) -> &'static str {
    match op {
        0..=201 => opcode::info(op).mnemonic,
        _ => OWN.get(usize::from(op - 202)).map_or("<illegal>", |row| row.0),
    }
}

const FAST_LINEARSWITCH: u8 = 228;
const FAST_BINARYSWITCH: u8 = 229;

/// Names and lengths of HotSpot's own instructions, from 202 on.
const OWN: [(&str, usize); 37] = [
    ("breakpoint", 1),
    ("fast_agetfield", 3),
    ("fast_bgetfield", 3),
    ("fast_cgetfield", 3),
    ("fast_dgetfield", 3),
    ("fast_fgetfield", 3),
    ("fast_igetfield", 3),
    ("fast_lgetfield", 3),
    ("fast_sgetfield", 3),
    ("fast_aputfield", 3),
    ("fast_bputfield", 3),
    ("fast_zputfield", 3),
    ("fast_cputfield", 3),
    ("fast_dputfield", 3),
    ("fast_fputfield", 3),
    ("fast_iputfield", 3),
    ("fast_lputfield", 3),
    ("fast_sputfield", 3),
    ("fast_aload_0", 1),
    ("fast_iaccess_0", 4),
    ("fast_aaccess_0", 4),
    ("fast_faccess_0", 4),
    ("fast_iload", 2),
    ("fast_iload2", 4),
    ("fast_icaload", 3),
    ("fast_invokevfinal", 3),
    ("fast_linearswitch", 0),
    ("fast_binaryswitch", 0),
    ("fast_aldc", 2),
    ("fast_aldc_w", 3),
    ("return_register_finalizer", 1),
    ("invokehandle", 3),
    ("nofast_getfield", 3),
    ("nofast_putfield", 3),
    ("nofast_aload_0", 1),
    ("nofast_iload", 2),
    ("_shouldnotreachhere", 1),
];
