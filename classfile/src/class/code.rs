//! The Code attribute (JVMS 4.7.3) with its exception table and attributes.

use std::collections::HashSet;

use super::parser::{Head, Parser};
use super::{Attribute, LineNumbers, LocalVariable, LocalVariables};
use crate::error::Result;
use crate::mutf8::to_string_lossy;
use crate::opcode::Instructions;
use crate::stack_map::StackMapTable;

/// A method's code (JVMS 4.7.3).
#[derive(Clone, Debug)]
pub struct Code<'a> {
    /// The deepest operand stack, in slots.
    pub max_stack: u16,
    /// The number of local variable slots, parameters included.
    pub max_locals: u16,
    /// The instructions.
    pub bytes: &'a [u8],
    /// Where the instructions begin, in bytes from the file's start.
    pub offset: usize,
    /// The exception table, in the order in which it is searched.
    pub exception_table: Vec<ExceptionHandler>,
    /// LineNumberTable (JVMS 4.7.12).
    pub line_numbers: LineNumbers<'a>,
    /// LocalVariableTable (JVMS 4.7.13).
    pub local_variables: LocalVariables<'a>,
    /// LocalVariableTypeTable (JVMS 4.7.14).
    pub local_variable_types: LocalVariables<'a>,
    /// The contents of StackMapTable (JVMS 4.7.4), in class files from version 50.
    pub stack_map_table: Option<&'a [u8]>,
    /// All attributes, raw.
    pub attributes: Vec<Attribute<'a>>,
}

/// A row of the exception table (JVMS 4.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionHandler {
    /// The first pc that is covered.
    pub start: u16,
    /// The first pc that is no longer covered; may be the code's length.
    pub end: u16,
    /// Where the handler begins.
    pub handler: u16,
    /// Class entry of what is caught, or 0 for everything.
    pub catch_type: u16,
}

impl<'a> Code<'a> {
    /// The instructions, decoded.
    pub fn instructions(&self) -> Instructions<'a> {
        Instructions::new(self.bytes)
    }

    /// The frames of StackMapTable; none if it is absent.
    pub fn stack_maps(&self) -> StackMapTable<'a> {
        StackMapTable::new(self.stack_map_table.unwrap_or(&[0, 0]))
    }

    /// The source line of the instruction at `pc`.
    pub fn line_for(&self, pc: usize) -> Option<u16> {
        self.line_numbers.line_for(pc)
    }
}

impl<'a: 'n, 'n> Parser<'a, 'n> {
    pub(super) fn code(&mut self, head: &Head<'a>, argument_slots: u16) -> Result<Code<'a>> {
        self.reader.need(8)?;
        let (max_stack, max_locals) = (self.reader.u2()?, self.reader.u2()?);
        let length = self.reader.u4()?;
        self.check(argument_slots <= max_locals, format_args!("Arguments can't fit into locals"))?;
        self.check(
            (1..=65535).contains(&length),
            format_args!("Invalid method Code length {length}"),
        )?;
        let offset = self.reader.offset();
        let bytes = self.reader.take(length as usize)?;
        let mut code = Code {
            max_stack,
            max_locals,
            bytes,
            offset,
            exception_table: self.exception_table(length)?,
            line_numbers: LineNumbers::default(),
            local_variables: LocalVariables::default(),
            local_variable_types: LocalVariables::default(),
            stack_map_table: None,
            attributes: Vec::new(),
        };
        for _ in 0..self.reader.u2()? {
            self.code_attribute(&mut code)?;
        }
        let used = self.reader.offset() - head.start;
        self.check(used == head.length, format_args!("Code segment has wrong length"))?;
        if self.strict && !code.local_variables.is_empty() {
            self.check_distinct_variables(&code)?;
        }
        Ok(code)
    }

    fn exception_table(&mut self, code_length: u32) -> Result<Vec<ExceptionHandler>> {
        let count = usize::from(self.reader.u2()?);
        self.reader.need(count * 8)?;
        let mut table = Vec::with_capacity(count);
        for _ in 0..count {
            let (start, end) = (self.reader.u2()?, self.reader.u2()?);
            let (handler, catch_type) = (self.reader.u2()?, self.reader.u2()?);
            self.check(
                start < end && u32::from(end) <= code_length,
                format_args!("Illegal exception table range"),
            )?;
            self.check(
                u32::from(handler) < code_length,
                format_args!("Illegal exception table handler"),
            )?;
            self.check(
                catch_type == 0 || self.pool.is_class(catch_type),
                format_args!("Catch type in exception table has bad constant type"),
            )?;
            table.push(ExceptionHandler { start, end, handler, catch_type });
        }
        Ok(table)
    }

    fn code_attribute(&mut self, code: &mut Code<'a>) -> Result<()> {
        let head = self.head("Invalid code attribute name index")?;
        match head.name {
            b"LineNumberTable" => {
                let table = self.line_number_table(&head, code.bytes.len())?;
                code.line_numbers.push(table);
            }
            b"LocalVariableTable" => {
                let table = self.variable_table(&head, code, true)?;
                code.local_variables.push(table);
            }
            b"LocalVariableTypeTable" if self.major >= 49 => {
                let table = self.variable_table(&head, code, false)?;
                code.local_variable_types.push(table);
            }
            b"StackMapTable" if self.major >= 50 => {
                self.check(
                    code.stack_map_table.is_none(),
                    format_args!("Multiple StackMapTable attributes"),
                )?;
                code.stack_map_table = Some(self.reader.take(head.length)?);
            }
            _ => {}
        }
        let attribute = self.contents(&head)?;
        code.attributes.push(attribute);
        Ok(())
    }

    fn line_number_table(&mut self, head: &Head<'a>, code_length: usize) -> Result<&'a [u8]> {
        let count = usize::from(self.reader.u2()?);
        self.check(
            head.length == 2 + 4 * count,
            format_args!("LineNumberTable attribute has wrong length"),
        )?;
        let table = self.reader.take(4 * count)?;
        for &[a, b, ..] in table.as_chunks::<4>().0 {
            let start_pc = usize::from(u16::from_be_bytes([a, b]));
            self.check(start_pc < code_length, format_args!("Invalid pc in LineNumberTable"))?;
        }
        Ok(table)
    }

    /// LocalVariableTable, or LocalVariableTypeTable if not `typed`.
    fn variable_table(
        &mut self,
        head: &Head<'a>,
        code: &Code<'a>,
        typed: bool,
    ) -> Result<&'a [u8]> {
        let count = usize::from(self.reader.u2()?);
        let what = to_string_lossy(head.name);
        self.check(head.length == 2 + 10 * count, format_args!("{what} has wrong length"))?;
        let table = self.reader.take(10 * count)?;
        if self.strict {
            let mut rows = LocalVariables::default();
            rows.push(table);
            for row in rows.iter() {
                self.check_variable(&what, &row, code, typed)?;
            }
        }
        Ok(table)
    }

    fn check_variable(
        &self,
        what: &str,
        row: &LocalVariable,
        code: &Code<'a>,
        typed: bool,
    ) -> Result<()> {
        let &LocalVariable { start_pc, length, name, descriptor, index } = row;
        let (start, code_length) = (usize::from(start_pc), code.bytes.len());
        self.check(start < code_length, format_args!("Invalid start_pc {start_pc} in {what}"))?;
        let end = start + usize::from(length);
        self.check(end <= code_length, format_args!("Invalid length {length} in {what}"))?;
        let Ok(shown) = self.pool.utf8(name) else {
            return Err(
                self.fail(format_args!("Name index {name} in {what} has bad constant type"))
            );
        };
        let Ok(kind) = self.pool.utf8(descriptor) else {
            return Err(self.fail(format_args!(
                "Signature index {descriptor} in {what} has bad constant type"
            )));
        };
        self.check_field_name(shown)?;
        let mut last = u32::from(index);
        if typed {
            self.check_field_descriptor(shown, kind)?;
            last += u32::from(matches!(kind, b"J" | b"D"));
        }
        self.check(
            last < u32::from(code.max_locals),
            format_args!("Invalid index {index} in {what}"),
        )
    }

    /// No variable is described twice, and every generic type belongs to a variable (JVMS 4.7.13, 4.7.14);
    /// HotSpot looks at the types only if there are variables.
    fn check_distinct_variables(&self, code: &Code<'a>) -> Result<()> {
        let key = |row: &LocalVariable| (row.start_pc, row.length, row.name, row.index);
        let shown = |row: &LocalVariable| to_string_lossy(self.pool.utf8(row.name).unwrap_or(b""));
        let mut variables = HashSet::new();
        for row in code.local_variables.iter() {
            if !variables.insert(key(&row)) {
                return Err(self.fail(format_args!(
                    "Duplicated LocalVariableTable attribute entry for '{}'",
                    shown(&row)
                )));
            }
        }
        let mut typed = HashSet::new();
        for row in code.local_variable_types.iter() {
            if !typed.insert(key(&row)) {
                return Err(self.fail(format_args!(
                    "Duplicated LocalVariableTypeTable attribute entry for '{}'",
                    shown(&row)
                )));
            }
            if !variables.contains(&key(&row)) {
                let (name, class) = (shown(&row), self.shown_name());
                return Err(self.fail_plainly(format_args!(
                    "LVTT entry for '{name}' in class file {class} does not match any LVT entry"
                )));
            }
        }
        Ok(())
    }
}
