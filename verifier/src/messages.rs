//! What a `VerifyError` of the type-checking verifier says, in HotSpot's words and layout.

use std::fmt::{Arguments, Write};

use classfile::mutf8::to_string_lossy;
use classfile::{Code, MethodInfo};

use crate::check::FrameView;
use crate::code_map::mnemonic;
use crate::map_listing;
use crate::types::{Names, VType};

/// Where a type comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// A local of the current frame.
    Local(usize, VType),
    /// A stack slot of the current frame.
    Stack(usize, VType),
    /// A local of a frame of the StackMapTable.
    MapLocal(usize, VType),
    /// A stack slot of a frame of the StackMapTable.
    MapStack(usize, VType),
    /// A constant pool entry.
    Pool(u16, VType),
    /// The method's descriptor.
    Signature(VType),
    /// The instruction itself.
    Implicit(VType),
}

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Code,
    Type { found: Origin, wanted: Option<Origin> },
    Flags,
    PoolIndex(u16),
    LocalIndex(usize),
    StackSize,
    StackOverflow,
    StackUnderflow,
    MissingMap,
    BadMap,
}

/// Everything that the lines after the first show.
pub(crate) struct Details<'r> {
    pub(crate) names: &'r Names<'r>,
    /// The class's internal name.
    pub(crate) class_name: &'r [u8],
    pub(crate) method: &'r MethodInfo<'r>,
    pub(crate) code: &'r Code<'r>,
    /// Where; may be the code's end.
    pub(crate) pc: usize,
    pub(crate) fault: Fault,
    pub(crate) current: Option<FrameView<'r>>,
    pub(crate) map: Option<FrameView<'r>>,
}

impl Origin {
    fn is_current(self) -> bool {
        matches!(self, Origin::Local(..) | Origin::Stack(..))
    }

    fn show(self, names: &Names<'_>) -> String {
        match self {
            Origin::Local(index, kind) => {
                format!("{} (current frame, locals[{index}])", names.show(kind))
            }
            Origin::Stack(index, kind) => {
                format!("{} (current frame, stack[{index}])", names.show(kind))
            }
            Origin::MapLocal(index, kind) => {
                format!("{} (stack map, locals[{index}])", names.show(kind))
            }
            Origin::MapStack(index, kind) => {
                format!("{} (stack map, stack[{index}])", names.show(kind))
            }
            Origin::Pool(index, kind) => format!("{} (constant pool {index})", names.show(kind)),
            Origin::Signature(kind) => format!("{} (from method signature)", names.show(kind)),
            Origin::Implicit(kind) => names.show(kind),
        }
    }
}

impl Details<'_> {
    /// The whole message under a headline.
    pub(crate) fn message(&self, headline: Arguments<'_>) -> String {
        let mut out = format!("{headline}\nException Details:\n");
        // Writing to a string does not fail.
        let _ = self.write_all(&mut out);
        out
    }

    fn write_all(&self, out: &mut String) -> std::fmt::Result {
        let code = self.code.bytes;
        let op = code.get(self.pc).map_or("<invalid>", |&op| mnemonic(op));
        let (class, name) = (to_string_lossy(self.class_name), to_string_lossy(self.method.name));
        let descriptor = to_string_lossy(self.method.descriptor);
        let pc = self.pc;
        writeln!(out, "  Location:\n    {class}.{name}{descriptor} @{pc}: {op}")?;
        writeln!(out, "  Reason:\n    {}", self.reason())?;
        let (shows_current, shows_map) = self.frames_shown();
        if let Some(frame) = self.current.filter(|_| shows_current) {
            self.write_frame(out, "Current", frame)?;
        }
        if let Some(frame) = self.map.filter(|_| shows_map) {
            self.write_frame(out, "Stackmap", frame)?;
        }
        write_bytes(out, code)?;
        if !self.code.exception_table.is_empty() {
            writeln!(out, "  Exception Handler Table:")?;
        }
        for row in &self.code.exception_table {
            let (start, end, handler) = (row.start, row.end, row.handler);
            writeln!(out, "    bci [{start}, {end}] => handler: {handler}")?;
        }
        map_listing::write(out, self.code)
    }

    fn frames_shown(&self) -> (bool, bool) {
        match self.fault {
            Fault::Type { found, wanted } => {
                let maps = |origin| matches!(origin, Origin::MapLocal(..) | Origin::MapStack(..));
                (found.is_current(), wanted.is_some_and(maps))
            }
            Fault::Flags | Fault::StackSize => (true, true),
            Fault::StackOverflow | Fault::StackUnderflow | Fault::BadMap => (true, false),
            _ => (false, false),
        }
    }

    fn reason(&self) -> String {
        let fixed = match self.fault {
            Fault::Type { found, wanted: Some(wanted) } => {
                let (found, wanted) = (found.show(self.names), wanted.show(self.names));
                return format!("Type {found} is not assignable to {wanted}");
            }
            Fault::Type { found, wanted: None } => {
                return format!("Invalid type: {}", found.show(self.names));
            }
            Fault::PoolIndex(index) => return format!("Constant pool index {index} is invalid"),
            Fault::LocalIndex(index) => return format!("Local index {index} is invalid"),
            Fault::Code => "Error exists in the bytecode",
            Fault::Flags => "Current frame's flags are not assignable to stack map frame's.",
            Fault::StackSize => "Current frame's stack size doesn't match stackmap.",
            Fault::StackOverflow => "Exceeded max stack size.",
            Fault::StackUnderflow => "Attempt to pop empty stack.",
            Fault::MissingMap => "Expected stackmap frame at this location.",
            Fault::BadMap => "Invalid stackmap specification.",
        };
        fixed.to_owned()
    }

    fn write_frame(&self, out: &mut String, which: &str, frame: FrameView<'_>) -> std::fmt::Result {
        let flags = if frame.this_uninit { " flagThisUninit" } else { "" };
        writeln!(out, "  {which} Frame:\n    bci: @{}\n    flags: {{{flags} }}", frame.pc)?;
        for (what, slots) in [("locals", frame.locals), ("stack", frame.stack)] {
            let shown: Vec<_> = slots.iter().map(|&kind| self.names.show(kind)).collect();
            let gap = if shown.is_empty() { "" } else { " " };
            writeln!(out, "    {what}: {{{gap}{} }}", shown.join(", "))?;
        }
        Ok(())
    }
}

/// The code in hexadecimal, 16 bytes in a row; the last row is filled up with blanks.
fn write_bytes(out: &mut String, code: &[u8]) -> std::fmt::Result {
    writeln!(out, "  Bytecode:")?;
    for row in 0..=code.len() / 16 {
        write!(out, "    {:07x}:", row * 16)?;
        for at in row * 16..row * 16 + 16 {
            let gap = if at % 2 == 0 { " " } else { "" };
            match code.get(at) {
                Some(byte) => write!(out, "{gap}{byte:02x}")?,
                None => write!(out, "{gap}  ")?,
            }
        }
        out.push('\n');
    }
    Ok(())
}
