//! Tables of attributes, decoded as they are walked: line numbers, local variables, method parameters.

/// LineNumberTable attributes of one method, in order, one behind the other (JVMS 4.7.12).
#[derive(Clone, Debug, Default)]
pub struct LineNumbers<'a> {
    tables: Vec<&'a [[u8; 4]]>,
}

/// A row of LineNumberTable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineEntry {
    /// Where the line's code begins.
    pub start_pc: u16,
    /// The line's number in the source file.
    pub line: u16,
}

impl<'a> LineNumbers<'a> {
    pub(super) fn push(&mut self, table: &'a [u8]) {
        self.tables.push(table.as_chunks().0);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.is_empty())
    }

    /// All rows, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = LineEntry> {
        self.tables.iter().copied().flatten().map(|&[a, b, c, d]| LineEntry {
            start_pc: u16::from_be_bytes([a, b]),
            line: u16::from_be_bytes([c, d]),
        })
    }

    /// The line of the instruction at `pc`: of the row with the greatest start not behind it, the first of
    /// equals winning only if it starts at `pc` itself.
    pub fn line_for(&self, pc: usize) -> Option<u16> {
        let mut best: Option<LineEntry> = None;
        for entry in self.iter() {
            let start = usize::from(entry.start_pc);
            if start == pc {
                return Some(entry.line);
            }
            if start < pc && best.is_none_or(|found| entry.start_pc >= found.start_pc) {
                best = Some(entry);
            }
        }
        best.map(|found| found.line)
    }
}

/// LocalVariableTable or LocalVariableTypeTable attributes of one method (JVMS 4.7.13, 4.7.14).
#[derive(Clone, Debug, Default)]
pub struct LocalVariables<'a> {
    tables: Vec<&'a [[u8; 10]]>,
}

/// A row of LocalVariableTable or LocalVariableTypeTable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalVariable {
    /// Where it has a value.
    pub start_pc: u16,
    /// For how many bytes of code.
    pub length: u16,
    /// Utf8 of its name.
    pub name: u16,
    /// Utf8 of its descriptor, or of its generic signature in LocalVariableTypeTable.
    pub descriptor: u16,
    /// The local variable's index.
    pub index: u16,
}

impl<'a> LocalVariables<'a> {
    pub(super) fn push(&mut self, table: &'a [u8]) {
        self.tables.push(table.as_chunks().0);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.is_empty())
    }

    /// All rows, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = LocalVariable> {
        self.tables.iter().copied().flatten().map(|&[a, b, c, d, e, f, g, h, i, j]| LocalVariable {
            start_pc: u16::from_be_bytes([a, b]),
            length: u16::from_be_bytes([c, d]),
            name: u16::from_be_bytes([e, f]),
            descriptor: u16::from_be_bytes([g, h]),
            index: u16::from_be_bytes([i, j]),
        })
    }

    /// The row that describes local `index` at `pc`.
    pub fn find(&self, index: u16, pc: usize) -> Option<LocalVariable> {
        self.iter().find(|row| {
            let start = usize::from(row.start_pc);
            row.index == index && (start..start + usize::from(row.length)).contains(&pc)
        })
    }
}

/// MethodParameters (JVMS 4.7.24). The indices are not checked, as in HotSpot, where reflection does that.
#[derive(Clone, Copy, Debug)]
pub struct MethodParameters<'a>(&'a [[u8; 4]]);

/// A row of MethodParameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodParameter {
    /// Utf8 of its name, or 0.
    pub name: u16,
    /// Final, synthetic, mandated.
    pub access_flags: u16,
}

impl<'a> MethodParameters<'a> {
    pub(super) fn new(rows: &'a [u8]) -> Self {
        MethodParameters(rows.as_chunks().0)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = MethodParameter> + use<'a> {
        self.0.iter().map(|&[a, b, c, d]| MethodParameter {
            name: u16::from_be_bytes([a, b]),
            access_flags: u16::from_be_bytes([c, d]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_the_nearest_start() {
        let mut lines = LineNumbers::default();
        lines.push(&[0, 0, 0, 10, 0, 8, 0, 12]);
        lines.push(&[0, 4, 0, 11]);
        let found: Vec<_> = [0, 3, 4, 7, 8, 100].map(|pc| lines.line_for(pc)).into();
        assert_eq!(found, [10, 10, 11, 11, 12, 12].map(Some));
        assert_eq!(LineNumbers::default().line_for(0), None);
    }
}
