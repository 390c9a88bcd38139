//! The class's own attributes (JVMS 4.7).

use std::collections::HashSet;

use super::parser::{Head, Parser};
use super::{
    Annotations, BootstrapMethod, ClassFile, EnclosingMethod, InnerClass, RecordComponent, U16List,
};
use crate::access;
use crate::constant_pool::{Constant, tag};
use crate::error::Result;

/// Attributes that are decoded when all have been met, as HotSpot does: its first complaint wins.
#[derive(Default)]
struct Deferred<'a> {
    bootstrap_methods: bool,
    inner_classes: Option<Head<'a>>,
    nest_members: Option<Head<'a>>,
    record: Option<Head<'a>>,
    permitted_subclasses: Option<Head<'a>>,
}

impl<'a: 'n, 'n> Parser<'a, 'n> {
    pub(super) fn class_attributes(&mut self, class: &mut ClassFile<'a>) -> Result<()> {
        self.reader.need(2)?;
        let mut deferred = Deferred::default();
        for _ in 0..self.reader.u2()? {
            self.class_attribute(class, &mut deferred)?;
        }
        let end = self.reader.offset();
        self.deferred_attributes(class, &deferred)?;
        self.reader.seek(end);
        self.check(
            self.max_bootstrap.is_none() || deferred.bootstrap_methods,
            format_args!("Missing BootstrapMethods attribute"),
        )
    }

    fn deferred_attributes(
        &mut self,
        class: &mut ClassFile<'a>,
        deferred: &Deferred<'a>,
    ) -> Result<()> {
        if let Some(head) = deferred.inner_classes {
            self.reader.seek(head.start);
            class.inner_classes = self.inner_classes(&head)?;
        }
        if let Some(head) = deferred.nest_members {
            self.reader.seek(head.start);
            class.nest_members = Some(self.class_list(&head, "Nest member", "NestMembers")?);
        }
        if let Some(head) = deferred.record {
            self.reader.seek(head.start);
            class.record = Some(self.record(&head)?);
        }
        if let Some(head) = deferred.permitted_subclasses {
            self.reader.seek(head.start);
            let list = self.class_list(&head, "Permitted subclass", "PermittedSubclasses")?;
            class.permitted_subclasses = Some(list);
        }
        Ok(())
    }

    fn class_attribute(
        &mut self,
        class: &mut ClassFile<'a>,
        deferred: &mut Deferred<'a>,
    ) -> Result<()> {
        let head = self.head("Attribute name has bad constant pool index")?;
        match (head.name, self.major) {
            (b"SourceFile", _) => self.source_file(&head, class)?,
            (b"SourceDebugExtension", _) => {
                self.once(class.source_debug_extension.is_none(), "SourceDebugExtension")?;
                class.source_debug_extension = Some(self.reader.take(head.length)?);
            }
            (b"InnerClasses", _) => {
                self.once(deferred.inner_classes.replace(head).is_none(), "InnerClasses")?;
            }
            (b"Synthetic", _) => {
                self.check_marker(&head, "classfile")?;
                class.synthetic = true;
            }
            (b"Deprecated", _) => {
                self.check_marker(&head, "classfile")?;
                class.deprecated = true;
            }
            (b"Signature", 49..) => self.class_signature(&head, class)?,
            (b"EnclosingMethod", 49..) => {
                self.once(class.enclosing_method.is_none(), "EnclosingMethod")?;
                class.enclosing_method = Some(self.enclosing_method(&head)?);
            }
            (b"BootstrapMethods", 51..) => {
                let again = std::mem::replace(&mut deferred.bootstrap_methods, true);
                self.once(!again, "BootstrapMethods")?;
                class.bootstrap_methods = self.bootstrap_methods(&head)?;
            }
            (b"NestHost", 55..) => {
                self.nest_host(&head, class)?;
                self.check(
                    deferred.nest_members.is_none(),
                    format_args!("Conflicting NestMembers and NestHost attributes"),
                )?;
            }
            (b"NestMembers", 55..) => {
                self.once(deferred.nest_members.replace(head).is_none(), "NestMembers")?;
                self.check(
                    class.nest_host.is_none(),
                    format_args!("Conflicting NestHost and NestMembers attributes"),
                )?;
            }
            (b"Record", 60..) => {
                self.once(deferred.record.replace(head).is_none(), "Record")?;
            }
            (b"PermittedSubclasses", 61..) => {
                let again = deferred.permitted_subclasses.replace(head).is_some();
                self.once(!again, "PermittedSubclasses")?;
                self.check_not_final(class)?;
            }
            _ => {}
        }
        let attribute = self.contents(&head)?;
        self.annotation(&mut class.annotations, &attribute, "")?;
        class.attributes.push(attribute);
        Ok(())
    }

    fn check_not_final(&self, class: &ClassFile<'a>) -> Result<()> {
        if class.access_flags & access::FINAL == 0 {
            return Ok(());
        }
        let name = self.shown_name();
        Err(self
            .fail_plainly(format_args!("PermittedSubclasses attribute in final class file {name}")))
    }

    fn once(&self, first: bool, name: &str) -> Result<()> {
        self.check(first, format_args!("Multiple {name} attributes"))
    }

    fn source_file(&mut self, head: &Head<'a>, class: &mut ClassFile<'a>) -> Result<()> {
        self.check(head.length == 2, format_args!("Wrong SourceFile attribute length"))?;
        self.once(class.source_file.is_none(), "SourceFile")?;
        let index = self.reader.u2()?;
        self.check(
            self.pool.is_utf8(index),
            format_args!("Invalid SourceFile attribute at constant pool index {index}"),
        )?;
        class.source_file = Some(index);
        Ok(())
    }

    fn class_signature(&mut self, head: &Head<'a>, class: &mut ClassFile<'a>) -> Result<()> {
        self.once(class.signature.is_none(), "Signature")?;
        let length = head.length;
        self.check(length == 2, format_args!("Wrong Signature attribute length {length}"))?;
        let index = self.reader.u2()?;
        self.check(
            self.pool.is_utf8(index),
            format_args!("Invalid constant pool index {index} in Signature attribute"),
        )?;
        class.signature = Some(index);
        Ok(())
    }

    /// InnerClasses (JVMS 4.7.6).
    fn inner_classes(&mut self, head: &Head<'a>) -> Result<Vec<InnerClass>> {
        let count = usize::from(self.reader.u2()?);
        self.reader.need(count * 8)?;
        let mut rows = Vec::with_capacity(count);
        for _ in 0..count {
            let row = self.inner_class()?;
            rows.push(row);
        }
        if self.strict && self.major >= 49 {
            let fits = head.length == 2 + 8 * count;
            self.check(fits, format_args!("Wrong InnerClasses attribute length"))?;
            let mut seen = HashSet::with_capacity(count);
            let distinct = rows.iter().all(|row| {
                seen.insert((row.inner_class, row.outer_class, row.inner_name, row.access_flags))
            });
            self.check(distinct, format_args!("Duplicate entry in InnerClasses attribute"))?;
        }
        Ok(rows)
    }

    fn inner_class(&mut self) -> Result<InnerClass> {
        let inner_class = self.reader.u2()?;
        self.check(
            self.pool.is_class(inner_class),
            format_args!("inner_class_info_index {inner_class} has bad constant type"),
        )?;
        let outer_class = self.reader.u2()?;
        self.check(
            outer_class == 0 || self.pool.is_class(outer_class),
            format_args!("outer_class_info_index {outer_class} has bad constant type"),
        )?;
        if outer_class != 0 {
            let outer = self.pool.class_name(outer_class).unwrap_or_default();
            self.check(
                outer.first() != Some(&b'['),
                format_args!("Outer class is an array class"),
            )?;
        }
        let inner_name = self.reader.u2()?;
        self.check(
            inner_name == 0 || self.pool.is_utf8(inner_name),
            format_args!("inner_name_index {inner_name} has bad constant type"),
        )?;
        self.check(
            !self.strict || inner_class != outer_class,
            format_args!("Class is both outer and inner class"),
        )?;
        let access_flags = self.reader.u2()?;
        self.check_module_flag(access_flags)?;
        let mut flags = access_flags & access::INNER_CLASS_FLAGS;
        if flags & access::INTERFACE != 0 && self.major < 50 {
            flags |= access::ABSTRACT;
        }
        self.check_class_flags(flags)?;
        Ok(InnerClass { inner_class, outer_class, inner_name, access_flags })
    }

    fn enclosing_method(&mut self, head: &Head<'a>) -> Result<EnclosingMethod> {
        let length = head.length;
        self.check(length == 4, format_args!("Wrong EnclosingMethod attribute length {length}"))?;
        let (class, method) = (self.reader.u2()?, self.reader.u2()?);
        self.check(class != 0, format_args!("Invalid class index in EnclosingMethod attribute"))?;
        self.check(
            self.pool.is_class(class),
            format_args!("Invalid or out-of-bounds class index in EnclosingMethod attribute"),
        )?;
        self.check(
            method == 0 || self.pool.tag(method) == tag::NAME_AND_TYPE,
            format_args!("Invalid or out-of-bounds method index in EnclosingMethod attribute"),
        )?;
        Ok(EnclosingMethod { class, method })
    }

    /// BootstrapMethods (JVMS 4.7.23).
    fn bootstrap_methods(&mut self, head: &Head<'a>) -> Result<Vec<BootstrapMethod<'a>>> {
        let length = head.length;
        self.check(
            length >= 2,
            format_args!("Invalid BootstrapMethods attribute length {length}"),
        )?;
        self.reader.need(length)?;
        let count = self.reader.u2()?;
        self.check(
            self.max_bootstrap.is_none_or(|highest| highest < count),
            format_args!("Short length on BootstrapMethods"),
        )?;
        let count = usize::from(count);
        let mut rows = Vec::with_capacity(count.min(self.reader.remaining() / 4));
        let end = head.start + (length & !1);
        for _ in 0..count {
            self.reader.need(4)?;
            let method_handle = self.reader.u2()?;
            self.check(
                self.pool.tag(method_handle) == tag::METHOD_HANDLE,
                format_args!("bootstrap_method_index {method_handle} has bad constant type"),
            )?;
            let arguments_end = self.reader.list_end()?;
            self.check(
                arguments_end <= end,
                format_args!(
                    "Invalid BootstrapMethods num_bootstrap_methods or num_bootstrap_arguments value"
                ),
            )?;
            let arguments = self.reader.u2_list()?;
            for argument in arguments.iter() {
                let loadable = self.pool.get(argument).is_ok_and(Constant::is_loadable);
                self.check(
                    loadable,
                    format_args!("argument_index {argument} has bad constant type"),
                )?;
            }
            rows.push(BootstrapMethod { method_handle, arguments });
        }
        let used = self.reader.offset() - head.start;
        self.check(used == length, format_args!("Bad length on BootstrapMethods"))?;
        Ok(rows)
    }

    fn nest_host(&mut self, head: &Head<'a>, class: &mut ClassFile<'a>) -> Result<()> {
        self.once(class.nest_host.is_none(), "NestHost")?;
        self.check(head.length == 2, format_args!("Wrong NestHost attribute length"))?;
        let index = self.reader.u2()?;
        self.check(
            self.pool.is_class(index),
            format_args!("Nest-host class_info_index {index} has bad constant type"),
        )?;
        class.nest_host = Some(index);
        Ok(())
    }

    /// A counted list of Class entries that fills an attribute.
    fn class_list(&mut self, head: &Head<'a>, what: &str, name: &str) -> Result<U16List<'a>> {
        let list = self.reader.u2_list()?;
        for index in list.iter() {
            self.check(
                self.pool.is_class(index),
                format_args!("{what} class_info_index {index} has bad constant type"),
            )?;
        }
        self.check(
            head.length == 2 + 2 * list.len(),
            format_args!("Wrong {name} attribute length"),
        )?;
        Ok(list)
    }

    /// Record (JVMS 4.7.30).
    fn record(&mut self, head: &Head<'a>) -> Result<Vec<RecordComponent<'a>>> {
        let count = usize::from(self.reader.u2()?);
        let mut components = Vec::with_capacity(count.min(self.reader.remaining() / 6));
        for _ in 0..count {
            let component = self.record_component()?;
            components.push(component);
        }
        let used = self.reader.offset() - head.start;
        self.check(used == head.length, format_args!("Record attribute has wrong length"))?;
        Ok(components)
    }

    fn record_component(&mut self) -> Result<RecordComponent<'a>> {
        self.reader.need(6)?;
        let name_index = self.reader.u2()?;
        let Ok(name) = self.pool.utf8(name_index) else {
            return Err(self.fail(format_args!(
                "Invalid constant pool index {name_index} for name in Record attribute"
            )));
        };
        let descriptor_index = self.reader.u2()?;
        let Ok(descriptor) = self.pool.utf8(descriptor_index) else {
            return Err(self.fail(format_args!(
                "Invalid constant pool index {descriptor_index} for descriptor in Record attribute"
            )));
        };
        if self.strict {
            self.check_field_name(name)?;
            self.check_field_descriptor(name, descriptor)?;
        }
        let mut component = RecordComponent {
            name_index,
            descriptor_index,
            signature: None,
            annotations: Annotations::default(),
            attributes: Vec::new(),
        };
        for _ in 0..self.reader.u2()? {
            self.component_attribute(&mut component)?;
        }
        Ok(component)
    }

    fn component_attribute(&mut self, component: &mut RecordComponent<'a>) -> Result<()> {
        let head = self.head("Invalid Record attribute name index")?;
        if head.name == b"Signature" {
            self.check(
                component.signature.is_none(),
                format_args!("Multiple Signature attributes for Record component"),
            )?;
            let length = head.length;
            self.check(
                length == 2,
                format_args!("Invalid Signature attribute length {length} in Record component"),
            )?;
            component.signature = Some(self.signature_index()?);
        }
        let attribute = self.contents(&head)?;
        self.annotation(&mut component.annotations, &attribute, " for Record component")?;
        component.attributes.push(attribute);
        Ok(())
    }
}
