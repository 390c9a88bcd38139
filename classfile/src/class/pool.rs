//! Reading and checking the constant pool (JVMS 4.4), in HotSpot's three passes: entries, the types of
//! what they refer to, the format of names and descriptors.

use super::parser::Parser;
use crate::constant_pool::{Constant, ConstantPool, ref_kind, tag};
use crate::descriptor::check_class_entry;
use crate::error::Result;
use crate::mutf8::{to_string_lossy, validate_for};
use crate::names::{is_field_name, is_method_name};

impl<'a: 'n, 'n> Parser<'a, 'n> {
    /// Reads and checks the pool. Answers the tag of a Module or Package entry, which a class must not have.
    pub(super) fn constant_pool(&mut self) -> Result<Option<u8>> {
        self.reader.need(3)?;
        let count = self.reader.u2()?;
        self.check(count >= 1, format_args!("Illegal constant pool size {count}"))?;
        let refused_tag = self.read_entries(count)?;
        for index in 1..count {
            self.check_references(index)?;
        }
        if self.strict {
            for index in 1..count {
                self.check_format(index)?;
            }
        }
        Ok(refused_tag)
    }

    fn read_entries(&mut self, count: u16) -> Result<Option<u8>> {
        let mut entries = Vec::with_capacity(usize::from(count));
        entries.push(Constant::Unusable);
        let mut refused_tag = None;
        while entries.len() < usize::from(count) {
            let entry = self.read_entry()?;
            entries.push(entry);
            match entry {
                Constant::Long(_) | Constant::Double(_) => {
                    let index = entries.len() - 1;
                    self.check(
                        entries.len() < usize::from(count),
                        format_args!("Invalid constant pool entry {index}"),
                    )?;
                    entries.push(Constant::Unusable);
                }
                Constant::Module { .. } | Constant::Package { .. } => {
                    refused_tag = Some(entry.tag());
                }
                Constant::Dynamic { bootstrap, .. } | Constant::InvokeDynamic { bootstrap, .. } => {
                    self.max_bootstrap = self.max_bootstrap.max(Some(bootstrap));
                }
                _ => {}
            }
        }
        self.pool = ConstantPool::from_entries(entries);
        Ok(refused_tag)
    }

    fn read_entry(&mut self) -> Result<Constant<'a>> {
        let kind = self.reader.u1()?;
        self.check_tag(kind)?;
        // HotSpot asks for the next entry's tag along with an entry.
        self.reader.need(match kind {
            tag::UTF8 => 2,
            tag::CLASS | tag::STRING | tag::METHOD_TYPE | tag::MODULE | tag::PACKAGE => 3,
            tag::METHOD_HANDLE => 4,
            tag::LONG | tag::DOUBLE => 9,
            _ => 5,
        })?;
        let reader = &mut self.reader;
        Ok(match kind {
            tag::UTF8 => return self.read_utf8(),
            tag::INTEGER => Constant::Integer(reader.u4()? as i32),
            tag::FLOAT => Constant::Float(f32::from_bits(reader.u4()?)),
            tag::LONG => Constant::Long(reader.u8()? as i64),
            tag::DOUBLE => Constant::Double(f64::from_bits(reader.u8()?)),
            tag::CLASS => Constant::Class { name: reader.u2()? },
            tag::STRING => Constant::String { utf8: reader.u2()? },
            tag::METHOD_TYPE => Constant::MethodType { descriptor: reader.u2()? },
            tag::MODULE => Constant::Module { name: reader.u2()? },
            tag::PACKAGE => Constant::Package { name: reader.u2()? },
            tag::METHOD_HANDLE => {
                Constant::MethodHandle { kind: reader.u1()?, reference: reader.u2()? }
            }
            tag::NAME_AND_TYPE => {
                Constant::NameAndType { name: reader.u2()?, descriptor: reader.u2()? }
            }
            _ => {
                let (first, name_and_type) = (reader.u2()?, reader.u2()?);
                match kind {
                    tag::FIELDREF => Constant::Fieldref { class: first, name_and_type },
                    tag::METHODREF => Constant::Methodref { class: first, name_and_type },
                    tag::DYNAMIC => Constant::Dynamic { bootstrap: first, name_and_type },
                    tag::INVOKE_DYNAMIC => {
                        Constant::InvokeDynamic { bootstrap: first, name_and_type }
                    }
                    _ => Constant::InterfaceMethodref { class: first, name_and_type },
                }
            }
        })
    }

    /// The tags that this version may have (JVMS 4.4, table 4.4-B).
    fn check_tag(&self, kind: u8) -> Result<()> {
        let since = match kind {
            tag::UTF8 | tag::INTEGER..=tag::NAME_AND_TYPE => 45,
            tag::METHOD_HANDLE | tag::METHOD_TYPE | tag::INVOKE_DYNAMIC => 51,
            tag::DYNAMIC => 55,
            tag::MODULE | tag::PACKAGE if self.major >= 53 => 53,
            _ => return Err(self.fail(format_args!("Unknown constant tag {kind}"))),
        };
        if self.major < since {
            let name = self.shown_name();
            return Err(self.fail_plainly(format_args!(
                "Class file version does not support constant tag {kind} in class file {name}"
            )));
        }
        Ok(())
    }

    fn read_utf8(&mut self) -> Result<Constant<'a>> {
        let length = usize::from(self.reader.u2()?);
        self.reader.need(length + 1)?;
        let bytes = self.reader.take(length)?;
        if self.strict && !validate_for(bytes, self.major) {
            return Err(self.fail(format_args!("Illegal UTF8 string in constant pool")));
        }
        Ok(Constant::Utf8(bytes))
    }

    fn check_index(&self, holds: bool, index: u16) -> Result<()> {
        self.check(holds, format_args!("Invalid constant pool index {index}"))
    }

    fn check_utf8(&self, index: u16) -> Result<()> {
        self.check_index(self.pool.is_utf8(index), index)
    }

    fn check_name_and_type(&self, index: u16) -> Result<()> {
        self.check_index(self.pool.tag(index) == tag::NAME_AND_TYPE, index)
    }

    /// Second pass: entries refer to entries of the right type.
    fn check_references(&self, index: u16) -> Result<()> {
        match self.pool.entries()[usize::from(index)] {
            Constant::Class { name }
            | Constant::String { utf8: name }
            | Constant::MethodType { descriptor: name }
            | Constant::Module { name }
            | Constant::Package { name } => self.check_utf8(name),
            Constant::Fieldref { class, name_and_type }
            | Constant::Methodref { class, name_and_type }
            | Constant::InterfaceMethodref { class, name_and_type } => {
                self.check_index(self.pool.is_class(class), class)?;
                self.check_name_and_type(name_and_type)
            }
            Constant::NameAndType { name, descriptor } => {
                self.check_utf8(name)?;
                self.check_utf8(descriptor)
            }
            Constant::Dynamic { name_and_type, .. }
            | Constant::InvokeDynamic { name_and_type, .. } => {
                self.check_name_and_type(name_and_type)
            }
            Constant::MethodHandle { kind, reference } => {
                self.check_method_handle(index, kind, reference)
            }
            _ => Ok(()),
        }
    }

    /// The kind of member that each kind of method handle wants (JVMS 4.4.8).
    fn check_method_handle(&self, index: u16, kind: u8, reference: u16) -> Result<()> {
        let found = self.pool.tag(reference);
        self.check_index(found != tag::UNUSABLE, reference)?;
        let interfaces_too = self.major >= 52;
        let (fits, wanted) = match kind {
            ref_kind::GET_FIELD..=ref_kind::PUT_STATIC => (found == tag::FIELDREF, "a field"),
            ref_kind::INVOKE_VIRTUAL | ref_kind::NEW_INVOKE_SPECIAL => {
                (found == tag::METHODREF, "a method")
            }
            ref_kind::INVOKE_STATIC | ref_kind::INVOKE_SPECIAL => {
                let fits =
                    found == tag::METHODREF || interfaces_too && found == tag::INTERFACE_METHODREF;
                (fits, "a method")
            }
            ref_kind::INVOKE_INTERFACE => {
                (found == tag::INTERFACE_METHODREF, "an interface method")
            }
            _ => {
                return Err(self
                    .fail(format_args!("Bad method handle kind at constant pool index {index}")));
            }
        };
        if !fits {
            let name = self.shown_name();
            return Err(self.fail_plainly(format_args!(
                "Invalid constant pool index {reference} in class file {name} (not {wanted})"
            )));
        }
        Ok(())
    }

    /// Third pass: names and descriptors have the right form (JVMS 4.2, 4.3).
    fn check_format(&self, index: u16) -> Result<()> {
        match self.pool.entries()[usize::from(index)] {
            Constant::Class { name } => self.check_class_name(self.text(name)),
            Constant::NameAndType { name, descriptor } => {
                self.check_name_with_type(name, descriptor)
            }
            Constant::Fieldref { name_and_type, .. }
            | Constant::Dynamic { name_and_type, .. }
            | Constant::Methodref { name_and_type, .. }
            | Constant::InterfaceMethodref { name_and_type, .. }
            | Constant::InvokeDynamic { name_and_type, .. } => {
                self.check_member(self.pool.tag(index), name_and_type)
            }
            Constant::MethodHandle { kind, reference } => self.check_handle_name(kind, reference),
            Constant::MethodType { descriptor } => {
                self.check_method_descriptor(b"type", self.text(descriptor)).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// A Utf8 that the second pass has found.
    fn text(&self, index: u16) -> &'a [u8] {
        self.pool.utf8(index).unwrap_or_default()
    }

    fn check_class_name(&self, name: &[u8]) -> Result<()> {
        match check_class_entry(name, self.rules) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let name = to_string_lossy(name);
                Err(self.fail(format_args!("Illegal class name \"{name}\"")))
            }
            Err(error) => Err(self.descriptor_error(error, "Class", name, name)),
        }
    }

    fn check_name_with_type(&self, name: u16, descriptor: u16) -> Result<()> {
        for index in [descriptor, name] {
            if self.text(index).is_empty() {
                let class = self.shown_name();
                return Err(self.fail_plainly(format_args!(
                    "Illegal zero length constant pool entry at {index} in class {class}"
                )));
            }
        }
        let (name, descriptor) = (self.text(name), self.text(descriptor));
        if descriptor.first() == Some(&b'(') {
            self.check_method_name(name)?;
            self.check_method_descriptor(name, descriptor).map(drop)
        } else {
            self.check_field_name(name)?;
            self.check_field_descriptor(name, descriptor)
        }
    }

    /// Checks a field's name (JVMS 4.2.2).
    pub(super) fn check_field_name(&self, name: &[u8]) -> Result<()> {
        self.check_member_name(is_field_name(name, self.rules), "field", name)
    }

    /// Checks a method's name (JVMS 4.2.2).
    pub(super) fn check_method_name(&self, name: &[u8]) -> Result<()> {
        self.check_member_name(is_method_name(name, self.rules), "method", name)
    }

    fn check_member_name(&self, legal: bool, what: &str, name: &[u8]) -> Result<()> {
        if legal {
            return Ok(());
        }
        let (name, class) = (to_string_lossy(name), self.shown_name());
        Err(self.fail_plainly(format_args!("Illegal {what} name \"{name}\" in class {class}")))
    }

    /// Fields have field descriptors, methods method descriptors, and `<clinit>` is not called.
    fn check_member(&self, kind: u8, name_and_type: u16) -> Result<()> {
        let (name, descriptor) = self.pool.name_and_type(name_and_type).unwrap_or_default();
        let is_field = matches!(kind, tag::FIELDREF | tag::DYNAMIC);
        if is_field == descriptor.starts_with(b"(") {
            let what = match kind {
                tag::FIELDREF => "Field",
                tag::DYNAMIC => "CONSTANT_Dynamic",
                _ => "Method",
            };
            return Err(self.illegal_signature(what, name, descriptor));
        }
        if kind == tag::METHODREF && name.starts_with(b"<") && name != b"<init>" {
            let name_index = self.name_index(name_and_type);
            return Err(
                self.fail(format_args!("Bad method name at constant pool index {name_index}"))
            );
        }
        Ok(())
    }

    fn name_index(&self, name_and_type: u16) -> u16 {
        match self.pool.get(name_and_type) {
            Ok(Constant::NameAndType { name, .. }) => *name,
            _ => 0,
        }
    }

    /// `newInvokeSpecial` names `<init>`, the other invocations never do (JVMS 4.4.8).
    fn check_handle_name(&self, kind: u8, reference: u16) -> Result<()> {
        let Ok(
            Constant::Methodref { name_and_type, .. }
            | Constant::InterfaceMethodref { name_and_type, .. },
        ) = self.pool.get(reference)
        else {
            return Ok(());
        };
        let name_index = self.name_index(*name_and_type);
        let is_constructor = self.text(name_index) == b"<init>";
        let wants_constructor = kind == ref_kind::NEW_INVOKE_SPECIAL;
        if is_constructor == wants_constructor {
            return Ok(());
        }
        let what = if wants_constructor { "constructor" } else { "method" };
        Err(self.fail(format_args!("Bad {what} name at constant pool index {name_index}")))
    }
}
