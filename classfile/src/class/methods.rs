//! Methods (JVMS 4.6) and their attributes, Code aside.

use super::parser::{Head, Parser};
use super::{Annotations, ClassFile, MethodInfo, MethodParameters, U16List};
use crate::access;
use crate::descriptor::{MAX_PARAM_SLOTS, MethodDescriptor};
use crate::error::Result;
use crate::mutf8::to_string_lossy;

impl<'a: 'n, 'n> Parser<'a, 'n> {
    pub(super) fn methods(&mut self, class: &mut ClassFile<'a>) -> Result<()> {
        self.reader.need(2)?;
        let count = self.reader.u2()?;
        let in_interface = class.access_flags & access::INTERFACE != 0;
        class.methods.reserve_exact(usize::from(count).min(self.reader.remaining() / 8));
        for _ in 0..count {
            let method = self.method(in_interface)?;
            class.methods.push(method);
        }
        let names = class.methods.iter().map(|method| (method.name, method.descriptor));
        self.check_duplicates("method", count, names)
    }

    fn method(&mut self, in_interface: bool) -> Result<MethodInfo<'a>> {
        self.reader.need(8)?;
        let raw_access_flags = self.reader.u2()?;
        let name_index = self.reader.u2()?;
        let Ok(name) = self.pool.utf8(name_index) else {
            return Err(
                self.fail(format_args!("Illegal constant pool index {name_index} for method name"))
            );
        };
        if self.strict {
            self.check_method_name(name)?;
        }
        let descriptor_index = self.reader.u2()?;
        let Ok(descriptor) = self.pool.utf8(descriptor_index) else {
            return Err(self.fail(format_args!(
                "Illegal constant pool index {descriptor_index} for method signature"
            )));
        };
        let access_flags = self.method_flags(raw_access_flags, name, in_interface)?;
        let argument_slots = self.argument_slots(access_flags, name, descriptor)?;
        let mut method = MethodInfo {
            access_flags,
            raw_access_flags,
            name_index,
            descriptor_index,
            name,
            descriptor,
            argument_slots,
            code: None,
            exceptions: U16List::default(),
            signature: None,
            parameters: None,
            synthetic: false,
            deprecated: false,
            annotations: Annotations::default(),
            attributes: Vec::new(),
        };
        let mut parsed_exceptions = false;
        for _ in 0..self.reader.u2()? {
            self.method_attribute(&mut method, &mut parsed_exceptions)?;
        }
        let codeless = access_flags & (access::NATIVE | access::ABSTRACT) != 0;
        self.check(
            codeless || method.code.is_some(),
            format_args!("Absent Code attribute in method that is not native or abstract"),
        )?;
        Ok(method)
    }

    /// The flags that count (JVMS 4.6): of `<clinit>` only static, and strict where it meant something.
    fn method_flags(&self, raw: u16, name: &[u8], in_interface: bool) -> Result<u16> {
        let flags = raw & access::METHOD_FLAGS;
        if name == b"<clinit>" {
            if self.major < 51 {
                return Ok(access::STATIC);
            }
            self.check(flags & access::STATIC != 0, format_args!("Method <clinit> is not static"))?;
            let strict = if self.major <= 60 { access::STRICT } else { 0 };
            return Ok(flags & (access::STATIC | strict));
        }
        let constructor = name == b"<init>";
        if self.strict && !access::method_flags_legal(flags, in_interface, constructor, self.major)
        {
            let (name, class) = (to_string_lossy(name), self.shown_name());
            return Err(self.fail_plainly(format_args!(
                "Method {name} in class {class} has illegal modifiers: 0x{raw:X}"
            )));
        }
        if constructor && in_interface {
            let class = self.shown_name();
            return Err(self.fail_plainly(format_args!(
                "Interface cannot have a method named <init>, class file {class}"
            )));
        }
        Ok(flags)
    }

    fn argument_slots(&self, flags: u16, name: &[u8], descriptor: &'a [u8]) -> Result<u16> {
        let receiver = u32::from(flags & access::STATIC == 0);
        let parsed = if self.strict {
            self.check_method_descriptor(name, descriptor)?
        } else {
            MethodDescriptor::parse_with(descriptor, self.rules)
                .map_err(|error| self.descriptor_error(error, "Method", name, descriptor))?
        };
        let slots = parsed.param_slots() + receiver;
        self.check(
            slots <= MAX_PARAM_SLOTS,
            format_args!("Too many arguments in method signature"),
        )?;
        Ok(slots as u16)
    }

    fn method_attribute(
        &mut self,
        method: &mut MethodInfo<'a>,
        parsed_exceptions: &mut bool,
    ) -> Result<()> {
        let head = self.head("Invalid method attribute name index")?;
        match head.name {
            b"Code" => {
                let codeless = method.access_flags & (access::NATIVE | access::ABSTRACT) != 0;
                self.check(
                    !codeless,
                    format_args!("Code attribute in native or abstract methods"),
                )?;
                self.check(method.code.is_none(), format_args!("Multiple Code attributes"))?;
                method.code = Some(self.code(&head, method.argument_slots)?);
            }
            b"Exceptions" => {
                let again = std::mem::replace(parsed_exceptions, true);
                self.check(!again, format_args!("Multiple Exceptions attributes"))?;
                method.exceptions = self.checked_exceptions(&head)?;
            }
            b"MethodParameters" if self.major >= 52 => {
                self.check(
                    method.parameters.is_none(),
                    format_args!("Multiple MethodParameters attributes"),
                )?;
                method.parameters = Some(self.method_parameters(&head)?);
            }
            b"Synthetic" => {
                self.check_marker(&head, "method")?;
                method.synthetic = true;
            }
            b"Deprecated" => {
                self.check_marker(&head, "method")?;
                method.deprecated = true;
            }
            b"Signature" if self.major >= 49 => {
                self.check(
                    method.signature.is_none(),
                    format_args!("Multiple Signature attributes for method"),
                )?;
                let length = head.length;
                self.check(
                    length == 2,
                    format_args!("Invalid Signature attribute length {length}"),
                )?;
                method.signature = Some(self.signature_index()?);
            }
            _ => {}
        }
        let attribute = self.contents(&head)?;
        self.annotation(&mut method.annotations, &attribute, " for method")?;
        method.attributes.push(attribute);
        Ok(())
    }

    /// Exceptions (JVMS 4.7.5).
    fn checked_exceptions(&mut self, head: &Head<'a>) -> Result<U16List<'a>> {
        let list = self.reader.u2_list()?;
        for index in list.iter() {
            self.check(
                self.pool.is_class(index),
                format_args!("Exception name has bad type at constant pool {index}"),
            )?;
        }
        self.check(
            head.length == 2 + 2 * list.len(),
            format_args!("Exceptions attribute has wrong length"),
        )?;
        Ok(list)
    }

    /// MethodParameters (JVMS 4.7.24). HotSpot's message lacks the class's name.
    fn method_parameters(&mut self, head: &Head<'a>) -> Result<MethodParameters<'a>> {
        let count = usize::from(self.reader.u1()?);
        let length = head.length;
        if length != 1 + 4 * count {
            return Err(self.fail_plainly(format_args!(
                "Invalid MethodParameters method attribute length {length} in class file"
            )));
        }
        Ok(MethodParameters::new(self.reader.take(4 * count)?))
    }
}
