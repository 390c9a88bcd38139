//! Fields (JVMS 4.5) and their ConstantValue.

use std::collections::HashSet;

use super::parser::{Head, Parser};
use super::{Annotations, ClassFile, FieldInfo};
use crate::access;
use crate::constant_pool::tag;
use crate::error::Result;
use crate::mutf8::to_string_lossy;

impl<'a: 'n, 'n> Parser<'a, 'n> {
    pub(super) fn fields(&mut self, class: &mut ClassFile<'a>) -> Result<()> {
        self.reader.need(2)?;
        let count = self.reader.u2()?;
        let in_interface = class.access_flags & access::INTERFACE != 0;
        class.fields.reserve_exact(usize::from(count).min(self.reader.remaining() / 8));
        for _ in 0..count {
            let field = self.field(in_interface)?;
            class.fields.push(field);
        }
        let names = class.fields.iter().map(|field| (field.name, field.descriptor));
        self.check_duplicates("field", count, names)
    }

    /// No two members share name and descriptor (JVMS 4.5, 4.6).
    pub(super) fn check_duplicates(
        &self,
        what: &str,
        count: u16,
        names: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<()> {
        if !self.strict || count < 2 {
            return Ok(());
        }
        let mut seen = HashSet::with_capacity(usize::from(count));
        for (name, descriptor) in names {
            if !seen.insert((name, descriptor)) {
                let (name, descriptor) = (to_string_lossy(name), to_string_lossy(descriptor));
                return Err(self.fail(format_args!(
                    "Duplicate {what} name \"{name}\" with signature \"{descriptor}\""
                )));
            }
        }
        Ok(())
    }

    fn field(&mut self, in_interface: bool) -> Result<FieldInfo<'a>> {
        self.reader.need(8)?;
        let raw_access_flags = self.reader.u2()?;
        let access_flags = raw_access_flags & access::FIELD_FLAGS;
        self.check_field_flags(access_flags, in_interface)?;
        let name_index = self.reader.u2()?;
        let Ok(name) = self.pool.utf8(name_index) else {
            return Err(
                self.fail(format_args!("Invalid constant pool index {name_index} for field name"))
            );
        };
        if self.strict {
            self.check_field_name(name)?;
        }
        let descriptor_index = self.reader.u2()?;
        let Ok(descriptor) = self.pool.utf8(descriptor_index) else {
            return Err(self.fail(format_args!(
                "Invalid constant pool index {descriptor_index} for field signature"
            )));
        };
        if self.strict {
            self.check_field_descriptor(name, descriptor)?;
        }
        let mut field = FieldInfo {
            access_flags,
            raw_access_flags,
            name_index,
            descriptor_index,
            name,
            descriptor,
            constant_value: None,
            signature: None,
            synthetic: false,
            deprecated: false,
            annotations: Annotations::default(),
            attributes: Vec::new(),
        };
        for _ in 0..self.reader.u2()? {
            self.field_attribute(&mut field)?;
        }
        Ok(field)
    }

    fn check_field_flags(&self, flags: u16, in_interface: bool) -> Result<()> {
        if self.strict && !access::field_flags_legal(flags, in_interface, self.major) {
            let name = self.shown_name();
            return Err(self.fail_plainly(format_args!(
                "Illegal field modifiers in class {name}: 0x{flags:X}"
            )));
        }
        Ok(())
    }

    fn field_attribute(&mut self, field: &mut FieldInfo<'a>) -> Result<()> {
        let head = self.head("Invalid field attribute index")?;
        match head.name {
            b"ConstantValue" if field.access_flags & access::STATIC != 0 => {
                self.constant_value(&head, field)?;
            }
            b"Synthetic" => {
                self.check_marker(&head, "field")?;
                field.synthetic = true;
            }
            b"Deprecated" => {
                self.check_marker(&head, "field")?;
                field.deprecated = true;
            }
            b"Signature" if self.major >= 49 => {
                self.check(
                    field.signature.is_none(),
                    format_args!("Multiple Signature attributes for field"),
                )?;
                let length = head.length;
                self.check(
                    length == 2,
                    format_args!("Wrong size {length} for field's Signature attribute"),
                )?;
                field.signature = Some(self.signature_index()?);
            }
            _ => {}
        }
        let attribute = self.contents(&head)?;
        self.annotation(&mut field.annotations, &attribute, " for field")?;
        field.attributes.push(attribute);
        Ok(())
    }

    /// Synthetic and Deprecated are empty (JVMS 4.7.8, 4.7.15).
    pub(super) fn check_marker(&self, head: &Head<'a>, of: &str) -> Result<()> {
        let (name, length) = (to_string_lossy(head.name), head.length);
        let what = format_args!("Invalid {name} {of} attribute length {length}");
        if head.length != 0 { Err(self.fail(what)) } else { Ok(()) }
    }

    /// The index in a member's Signature attribute (JVMS 4.7.9).
    pub(super) fn signature_index(&mut self) -> Result<u16> {
        let index = self.reader.u2()?;
        self.check(
            self.pool.is_utf8(index),
            format_args!("Invalid Signature attribute at constant pool index {index}"),
        )?;
        Ok(index)
    }

    /// A static field's initial value, of the type that its descriptor asks for (JVMS 4.7.2).
    fn constant_value(&mut self, head: &Head<'a>, field: &mut FieldInfo<'a>) -> Result<()> {
        self.check(
            field.constant_value.is_none(),
            format_args!("Duplicate ConstantValue attribute"),
        )?;
        let length = head.length;
        self.check(
            length == 2,
            format_args!("Invalid ConstantValue field attribute length {length}"),
        )?;
        let index = self.reader.u2()?;
        let found = self.pool.tag(index);
        if self.strict && (index == 0 || usize::from(index) >= self.pool.len()) {
            return Err(self
                .fail(format_args!("Bad initial value index {index} in ConstantValue attribute")));
        }
        let wanted = match field.descriptor {
            b"J" => tag::LONG,
            b"F" => tag::FLOAT,
            b"D" => tag::DOUBLE,
            b"B" | b"C" | b"S" | b"Z" | b"I" => tag::INTEGER,
            b"Ljava/lang/String;" if found == tag::STRING => tag::STRING,
            [b'L', ..] => return Err(self.fail(format_args!("Bad string initial value"))),
            _ => return Err(self.fail(format_args!("Unable to set initial value {index}"))),
        };
        self.check(found == wanted, format_args!("Inconsistent constant value type"))?;
        field.constant_value = Some(index);
        Ok(())
    }
}
