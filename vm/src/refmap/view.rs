//! Class-file bytes behind a linked class: its constant pool, the code of a method, attributes.
//!
//! Nothing is resolved or allocated. All reads are checked: a class that was parsed and verified never fails
//! them, and bytes that were not end in `None` or empty slices.

use crate::meta::{ClassRecord, Meta, MethodRecord};
use classfile::constant_pool::tag;

/// A constant pool in the encoding of [`ClassRecord::cp_raw`].
#[derive(Clone, Copy)]
pub struct PoolView<'a> {
    /// Tags, by index.
    pub tags: &'a [u8],
    /// Operands, by index.
    pub raw: &'a [u32],
    /// The class file.
    pub bytes: &'a [u8],
}

impl<'a> PoolView<'a> {
    /// The pool of a linked class.
    pub fn of(meta: &'a Meta, class: &ClassRecord) -> PoolView<'a> {
        PoolView {
            tags: meta.slice(class.cp_tags),
            raw: meta.slice(class.cp_raw),
            bytes: meta.slice(class.bytes),
        }
    }

    fn entry(&self, index: u16) -> Option<(u8, u32)> {
        let i = usize::from(index);
        Some((*self.tags.get(i)?, *self.raw.get(i)?))
    }

    /// The bytes of a `CONSTANT_Utf8`.
    pub fn utf8(&self, index: u16) -> Option<&'a [u8]> {
        let (tag::UTF8, at) = self.entry(index)? else { return None };
        let at = at as usize;
        let len = usize::from(u16_at(self.bytes, at)?);
        self.bytes.get(at + 2..at + 2 + len)
    }

    /// The internal name of a `CONSTANT_Class`.
    pub fn class_name(&self, index: u16) -> Option<&'a [u8]> {
        let (tag::CLASS, name) = self.entry(index)? else { return None };
        self.utf8(name as u16)
    }

    /// Name and descriptor of a member reference or of a dynamic constant or call site.
    pub fn name_and_type(&self, index: u16) -> Option<(&'a [u8], &'a [u8])> {
        let (tag, raw) = self.entry(index)?;
        if !matches!(
            tag,
            tag::FIELDREF..=tag::INTERFACE_METHODREF | tag::DYNAMIC | tag::INVOKE_DYNAMIC
        ) {
            return None;
        }
        let (tag::NAME_AND_TYPE, both) = self.entry(raw as u16)? else { return None };
        Some((self.utf8((both >> 16) as u16)?, self.utf8(both as u16)?))
    }

    /// Internal name of the class that a field or method reference names.
    pub fn member_class(&self, index: u16) -> Option<&'a [u8]> {
        let (tag::FIELDREF..=tag::INTERFACE_METHODREF, raw) = self.entry(index)? else {
            return None;
        };
        self.class_name((raw >> 16) as u16)
    }

    /// Descriptor of a member reference or of a dynamic constant or call site.
    pub fn descriptor(&self, index: u16) -> Option<&'a [u8]> {
        self.name_and_type(index).map(|both| both.1)
    }

    /// First letter of the descriptor of what `ldc` of this constant pushes.
    pub fn constant_type(&self, index: u16) -> Option<u8> {
        Some(match self.entry(index)?.0 {
            tag::INTEGER => b'I',
            tag::FLOAT => b'F',
            tag::LONG => b'J',
            tag::DOUBLE => b'D',
            tag::DYNAMIC => *self.descriptor(index)?.first()?,
            _ => b'L',
        })
    }
}

/// The `Code` attribute of a method.
#[derive(Clone, Copy)]
pub struct CodeView<'a> {
    /// The pristine bytecode.
    pub code: &'a [u8],
    /// `exception_table`: start, end, handler, catch type; each a big-endian u16.
    handlers: &'a [[u8; 8]],
    /// Offset in the class file of the attribute table.
    pub attributes_at: usize,
}

/// One row of an exception table (JVMS 4.7.3).
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First bci covered.
    pub start: usize,
    /// First bci no longer covered.
    pub end: usize,
    /// Where the handler begins.
    pub target: usize,
}

impl<'a> CodeView<'a> {
    /// The code that begins at byte `code_at` of the class file.
    pub fn at(bytes: &'a [u8], code_at: usize, code_len: usize) -> Option<CodeView<'a>> {
        let code = bytes.get(code_at..code_at.checked_add(code_len)?)?;
        let table = code_at + code_len;
        let count = usize::from(u16_at(bytes, table)?);
        let rows = bytes.get(table + 2..table + 2 + count * 8)?;
        Some(CodeView { code, handlers: rows.as_chunks().0, attributes_at: table + 2 + count * 8 })
    }

    /// The code of a linked method; `None` for abstract and native ones.
    pub fn of(meta: &'a Meta, method: &MethodRecord) -> Option<CodeView<'a>> {
        if method.code_len == 0 {
            return None;
        }
        let bytes = meta.slice(meta.class(method.class).bytes);
        CodeView::at(bytes, method.code_at as usize, method.code_len as usize)
    }

    /// The exception table, in order.
    pub fn handlers(&self) -> impl Iterator<Item = Handler> + use<'a> {
        self.handlers.iter().map(|row| {
            let short = |i: usize| usize::from(u16::from_be_bytes([row[i], row[i + 1]]));
            Handler { start: short(0), end: short(2), target: short(4) }
        })
    }
}

/// A big-endian u16.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A big-endian u32.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The contents of all attributes named `name` in the attribute table at byte `at` of the class file.
pub fn attributes<'a>(
    pool: PoolView<'a>,
    at: usize,
    name: &'static [u8],
) -> impl Iterator<Item = &'a [u8]> {
    let mut left = u16_at(pool.bytes, at).unwrap_or(0);
    let mut at = at + 2;
    std::iter::from_fn(move || {
        while left > 0 {
            left -= 1;
            let len = u32_at(pool.bytes, at + 2)? as usize;
            let found = pool.utf8(u16_at(pool.bytes, at)?) == Some(name);
            let content = pool.bytes.get(at + 6..(at + 6).checked_add(len)?)?;
            at += 6 + len;
            if found {
                return Some(content);
            }
        }
        None
    })
}
