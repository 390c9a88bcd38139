//! The words of a message: the failed action, and the expression that was null.

use super::sim::{Stacks, type_slots};
use crate::refmap::{Method, attributes, u16_at};
use classfile::descriptor::{FieldType, MethodDescriptor};
use classfile::mutf8::to_string_lossy;
use classfile::opcode::{self as op, Instruction, Operands, decode};
use std::borrow::Cow;
use std::fmt::Write;

/// How many steps back from the null value are described.
const MAX_DETAIL: usize = 5;

/// A message while it is written.
pub(super) struct Words<'a> {
    method: &'a Method<'a>,
    stacks: Stacks,
    text: String,
}

impl<'a> Words<'a> {
    /// Nothing written yet.
    pub fn new(method: &'a Method<'a>, stacks: Stacks) -> Words<'a> {
        Words { method, stacks, text: String::new() }
    }

    /// The message.
    pub fn finish(self) -> String {
        self.text
    }

    /// What the instruction could not do.
    pub fn action(&mut self, insn: &Instruction<'_>) -> Option<()> {
        match insn.op {
            op::IALOAD..=op::SALOAD => {
                let kind = ARRAYS[usize::from(insn.op - op::IALOAD)];
                let _ = write!(self.text, "Cannot load from {kind} array");
            }
            op::IASTORE..=op::SASTORE => {
                let kind = ARRAYS[usize::from(insn.op - op::IASTORE)];
                let _ = write!(self.text, "Cannot store to {kind} array");
            }
            op::ARRAYLENGTH => self.text.push_str("Cannot read the array length"),
            op::ATHROW => self.text.push_str("Cannot throw exception"),
            op::MONITORENTER => self.text.push_str("Cannot enter synchronized block"),
            op::MONITOREXIT => self.text.push_str("Cannot exit synchronized block"),
            op::GETFIELD => {
                let _ = write!(self.text, "Cannot read field \"{}\"", self.member_name(insn)?);
            }
            op::PUTFIELD => {
                let _ = write!(self.text, "Cannot assign field \"{}\"", self.member_name(insn)?);
            }
            op::INVOKEVIRTUAL | op::INVOKESPECIAL | op::INVOKEINTERFACE => {
                self.text.push_str("Cannot invoke \"");
                self.method_name(insn)?;
                self.text.push('"');
            }
            _ => return None,
        }
        Some(())
    }

    /// The second half: the expression in the slot that lies `slot` below the top before `bci`.
    pub fn cause(&mut self, bci: usize, slot: usize) {
        let Some(source) = self.source(bci, slot) else { return };
        let before = self.text.len();
        let is_call = decode(self.method.code.code, source).is_some_and(|insn| is_call(insn.op));
        self.text.push_str(" because ");
        if is_call {
            self.text.push_str("the return value of ");
        }
        self.text.push('"');
        match self.expression(bci, slot, MAX_DETAIL) {
            Some(()) => self.text.push_str("\" is null"),
            None => self.text.truncate(before),
        }
    }

    fn source(&self, bci: usize, slot: usize) -> Option<usize> {
        self.stacks.at(bci)?.source(slot)
    }

    /// Writes the expression that was pushed into a slot. `None` if it has no name or is too far away; then
    /// nothing has been written.
    fn expression(&mut self, bci: usize, slot: usize, detail: usize) -> Option<()> {
        if detail == 0 {
            return None;
        }
        let source = self.source(bci, slot)?;
        let insn = decode(self.method.code.code, source)?;
        match (insn.op, insn.operands) {
            (op::ILOAD | op::ALOAD, Operands::Local(local)) => {
                self.local(bci, source, usize::from(local));
            }
            (op::ILOAD_0..=op::ILOAD_3, _) => {
                self.local(bci, source, usize::from(insn.op - op::ILOAD_0));
            }
            (op::ALOAD_0..=op::ALOAD_3, _) => {
                self.local(bci, source, usize::from(insn.op - op::ALOAD_0));
            }
            (op::ACONST_NULL, _) => self.text.push_str("null"),
            (op::ICONST_M1..=op::ICONST_5, _) => {
                let _ = write!(self.text, "{}", i32::from(insn.op) - i32::from(op::ICONST_0));
            }
            (op::BIPUSH | op::SIPUSH, Operands::Int(value)) => {
                let _ = write!(self.text, "{value}");
            }
            (op::GETSTATIC, _) => {
                let class = external_name(self.method.pool.member_class(insn.constant_index()?)?);
                let _ = write!(self.text, "{class}.{}", self.member_name(&insn)?);
            }
            (op::GETFIELD, _) => {
                let name = self.member_name(&insn)?;
                if self.expression(source, 0, detail - 1).is_some() {
                    self.text.push('.');
                }
                self.text.push_str(&name);
            }
            (op::IALOAD | op::AALOAD, _) => {
                if self.expression(source, 1, detail - 1).is_none() {
                    self.text.push_str("<array>");
                }
                self.text.push('[');
                if self.expression(source, 0, detail).is_none() {
                    self.text.push_str("...");
                }
                self.text.push(']');
            }
            (op, _) if is_call(op) => self.method_name(&insn)?,
            _ => return None,
        }
        Some(())
    }

    fn member_name(&self, insn: &Instruction<'_>) -> Option<Cow<'a, str>> {
        let (name, _) = self.method.pool.name_and_type(insn.constant_index()?)?;
        Some(to_string_lossy(name))
    }

    /// `Class.name(parameters)`.
    fn method_name(&mut self, insn: &Instruction<'_>) -> Option<()> {
        let index = insn.constant_index()?;
        let class = external_name(self.method.pool.member_class(index)?);
        let (name, descriptor) = self.method.pool.name_and_type(index)?;
        let called = MethodDescriptor::parse(descriptor).ok()?;
        let _ = write!(self.text, "{class}.{}(", to_string_lossy(name));
        for (i, param) in called.params().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self.type_name(param);
        }
        self.text.push(')');
        Some(())
    }

    /// A parameter's type as Java writes it. Class names that begin with those of Object and String lose
    /// their package, whatever follows.
    fn type_name(&mut self, kind: FieldType<'_>) {
        let element = kind.element();
        match element {
            FieldType::Object(name) => {
                let name = to_string_lossy(name).replace('/', ".");
                let short = ["java.lang.Object", "java.lang.String"];
                let cut = short.iter().any(|prefix| name.starts_with(prefix));
                self.text.push_str(if cut { &name["java.lang.".len()..] } else { &name });
            }
            primitive => {
                let basic = crate::meta::BasicType::from_descriptor(primitive.letter());
                self.text.push_str(basic.name());
            }
        }
        for _ in 0..kind.dimensions() {
            self.text.push_str("[]");
        }
    }

    /// A local variable, loaded at `source` for the instruction at `bci`, by its name or what is known of it.
    fn local(&mut self, bci: usize, source: usize, slot: usize) {
        if let Some(name) = self.variable_name(source, slot) {
            self.text.push_str(&name);
            return;
        }
        let written = self.stacks.at(bci).is_none_or(|stack| stack.is_written(slot));
        let _ = match self.parameter(slot).filter(|_| !written) {
            Some(0) => write!(self.text, "this"),
            Some(n) => write!(self.text, "<parameter{n}>"),
            None => write!(self.text, "<local{slot}>"),
        };
    }

    /// The number of the parameter in a slot, from 1; 0 is the receiver.
    fn parameter(&self, slot: usize) -> Option<usize> {
        let mut at = usize::from(!self.method.is_static);
        if slot < at {
            return Some(0);
        }
        let method = MethodDescriptor::parse(self.method.descriptor).ok()?;
        let covers = |param: FieldType<'_>| {
            let first = at;
            at += type_slots(param.letter());
            (first..at).contains(&slot)
        };
        method.params().position(covers).map(|i| i + 1)
    }

    /// The name that `LocalVariableTable` gives (JVMS 4.7.13).
    fn variable_name(&self, bci: usize, slot: usize) -> Option<Cow<'a, str>> {
        let pool = self.method.pool;
        let tables = attributes(pool, self.method.code.attributes_at, b"LocalVariableTable");
        for table in tables {
            for row in table.get(2..)?.as_chunks::<10>().0 {
                let short = |at: usize| u16_at(row, at).map(usize::from);
                let (start, length, index) = (short(0)?, short(2)?, short(8)?);
                if index == slot && start <= bci && bci < start + length {
                    return pool.utf8(short(4)? as u16).map(to_string_lossy);
                }
            }
        }
        None
    }
}

/// Element types in the order of the array instructions.
const ARRAYS: [&str; 8] =
    ["int", "long", "float", "double", "object", "byte/boolean", "char", "short"];

fn is_call(op: u8) -> bool {
    matches!(op, op::INVOKEVIRTUAL..=op::INVOKEINTERFACE)
}

/// A class's external name; Object and String are so well known that they lose their package.
fn external_name(internal: &[u8]) -> String {
    match internal {
        b"java/lang/Object" => "Object".into(),
        b"java/lang/String" => "String".into(),
        _ => to_string_lossy(internal).replace('/', "."),
    }
}
