//! The frame of a class file: header, this class, superclass, interfaces, and what the parts share.

use std::borrow::Cow;
use std::fmt::Arguments;

use super::{Annotations, Attribute, ClassFile, Options, PREVIEW_MINOR};
use crate::access;
use crate::constant_pool::ConstantPool;
use crate::descriptor::{DescriptorError, MethodDescriptor, check_field};
use crate::error::{ClassFileError, ErrorKind, Result};
use crate::mutf8::to_string_lossy;
use crate::names::NameRules;
use crate::reader::{Reader, U16List};

const MAGIC: u32 = 0xcafe_babe;

/// State while one file is read.
pub(super) struct Parser<'a, 'n> {
    pub(super) reader: Reader<'a>,
    pub(super) options: &'n Options<'n>,
    pub(super) pool: ConstantPool<'a>,
    /// The name for messages: what the caller expects, then what the file says.
    pub(super) name: &'n [u8],
    pub(super) major: u16,
    pub(super) minor: u16,
    pub(super) rules: NameRules,
    /// Whether format checks are made: not for trusted classes.
    pub(super) strict: bool,
    /// The highest bootstrap method index that a dynamic constant names.
    pub(super) max_bootstrap: Option<u16>,
}

/// An attribute whose contents are about to be read.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) name_index: u16,
    pub(super) name: &'a [u8],
    pub(super) length: usize,
    pub(super) start: usize,
}

pub(super) fn parse<'a>(bytes: &'a [u8], options: &Options<'_>) -> Result<ClassFile<'a>> {
    let mut parser = Parser {
        reader: Reader::new(bytes),
        options,
        pool: ConstantPool::default(),
        name: options.name.unwrap_or(b"<Unknown>"),
        major: 0,
        minor: 0,
        rules: NameRules::Modern,
        strict: !options.relax,
        max_bootstrap: None,
    };
    parser.header()?;
    let refused_tag = parser.constant_pool()?;
    let mut class = ClassFile { minor: parser.minor, major: parser.major, ..ClassFile::default() };
    parser.class_flags(&mut class, refused_tag)?;
    parser.class_names(&mut class)?;
    parser.fields(&mut class)?;
    parser.methods(&mut class)?;
    parser.class_attributes(&mut class)?;
    if !parser.reader.at_end() {
        let name = parser.shown_name();
        return Err(
            parser.fail_plainly(format_args!("Extra bytes at the end of class file {name}"))
        );
    }
    parser.check_supertypes(&class)?;
    class.constant_pool = parser.pool;
    Ok(class)
}

impl<'a: 'n, 'n> Parser<'a, 'n> {
    /// A ClassFormatError whose message is `what` and then `in class file NAME`.
    #[cold]
    pub(super) fn fail(&self, what: Arguments<'_>) -> ClassFileError {
        let name = self.shown_name();
        self.fail_plainly(format_args!("{what} in class file {name}"))
    }

    /// A ClassFormatError with exactly this message.
    #[cold]
    pub(super) fn fail_plainly(&self, message: Arguments<'_>) -> ClassFileError {
        ClassFileError::format(self.reader.offset(), message.to_string())
    }

    /// Fails as [`Parser::fail`] does unless `holds`.
    #[inline]
    pub(super) fn check(&self, holds: bool, what: Arguments<'_>) -> Result<()> {
        if holds { Ok(()) } else { Err(self.fail(what)) }
    }

    /// The class's name, for messages.
    pub(super) fn shown_name(&self) -> Cow<'n, str> {
        to_string_lossy(self.name)
    }

    #[cold]
    pub(super) fn illegal_signature(
        &self,
        what: &str,
        name: &[u8],
        descriptor: &[u8],
    ) -> ClassFileError {
        let (name, descriptor) = (to_string_lossy(name), to_string_lossy(descriptor));
        let class = self.shown_name();
        self.fail_plainly(format_args!(
            "{what} \"{name}\" in class {class} has illegal signature \"{descriptor}\""
        ))
    }

    /// Checks a field descriptor (JVMS 4.3.2).
    pub(super) fn check_field_descriptor(&self, name: &[u8], descriptor: &[u8]) -> Result<()> {
        match check_field(descriptor, self.rules) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.descriptor_error(error, "Field", name, descriptor)),
        }
    }

    /// Parses a method descriptor (JVMS 4.3.3), with the rules for the special names.
    pub(super) fn check_method_descriptor(
        &self,
        name: &[u8],
        descriptor: &'a [u8],
    ) -> Result<MethodDescriptor<'a>> {
        let special = name.first() == Some(&b'<');
        let has_arguments = name == b"<clinit>" && self.major >= 51 && descriptor != b"()V";
        match MethodDescriptor::parse_with(descriptor, self.rules) {
            _ if has_arguments => Err(self.illegal_signature("Method", name, descriptor)),
            Ok(parsed) if special && parsed.return_type().is_some() => {
                Err(self.illegal_signature("Method", name, descriptor))
            }
            Ok(parsed) => Ok(parsed),
            Err(error) => Err(self.descriptor_error(error, "Method", name, descriptor)),
        }
    }

    #[cold]
    pub(super) fn descriptor_error(
        &self,
        error: DescriptorError,
        what: &str,
        name: &[u8],
        descriptor: &[u8],
    ) -> ClassFileError {
        match error {
            DescriptorError::Malformed => self.illegal_signature(what, name, descriptor),
            DescriptorError::TooManyDimensions => {
                self.fail(format_args!("Array type descriptor has more than 255 dimensions"))
            }
            DescriptorError::BadClassName => self.fail(format_args!(
                "Class name is empty or contains illegal character in descriptor"
            )),
        }
    }

    /// The next attribute's name and length; `what` tells whose it is if the name's index is wrong.
    pub(super) fn head(&mut self, what: &str) -> Result<Head<'a>> {
        self.reader.need(6)?;
        let name_index = self.reader.u2()?;
        let length = self.reader.u4()? as usize;
        let Ok(name) = self.pool.utf8(name_index) else {
            return Err(self.fail(format_args!("{what} {name_index}")));
        };
        Ok(Head { name_index, name, length, start: self.reader.offset() })
    }

    /// The attribute's contents; the reader then stands behind them.
    pub(super) fn contents(&mut self, head: &Head<'a>) -> Result<Attribute<'a>> {
        self.reader.seek(head.start);
        let data = self.reader.take(head.length)?;
        let Head { name_index, name, start, .. } = *head;
        Ok(Attribute { name_index, name, data, offset: start })
    }

    /// Stores an annotation attribute; `of` says whose it is. False if the attribute is another one.
    pub(super) fn annotation(
        &self,
        annotations: &mut Annotations<'a>,
        attribute: &Attribute<'a>,
        of: &str,
    ) -> Result<bool> {
        let slot = match attribute.name {
            b"RuntimeVisibleAnnotations" => &mut annotations.visible,
            b"RuntimeInvisibleAnnotations" => &mut annotations.invisible,
            b"RuntimeVisibleTypeAnnotations" => &mut annotations.visible_types,
            b"RuntimeInvisibleTypeAnnotations" => &mut annotations.invisible_types,
            b"RuntimeVisibleParameterAnnotations" if of == " for method" => {
                &mut annotations.visible_parameters
            }
            b"RuntimeInvisibleParameterAnnotations" if of == " for method" => {
                &mut annotations.invisible_parameters
            }
            b"AnnotationDefault" if of == " for method" => &mut annotations.default,
            _ => return Ok(false),
        };
        if self.major >= 49 && slot.replace(attribute.data).is_some() {
            let name = to_string_lossy(attribute.name);
            return Err(self.fail(format_args!("Multiple {name} attributes{of}")));
        }
        Ok(true)
    }

    /// Magic number and version (JVMS 4.1).
    fn header(&mut self) -> Result<()> {
        self.reader.need(8)?;
        let magic = self.reader.u4()?;
        self.check(magic == MAGIC, format_args!("Incompatible magic value {magic}"))?;
        self.minor = self.reader.u2()?;
        self.major = self.reader.u2()?;
        self.rules = NameRules::for_version(self.major);
        self.check_version()
    }

    fn check_version(&self) -> Result<()> {
        let (major, minor, max) = (self.major, self.minor, self.options.max_major);
        let name = self.shown_name();
        let subject = format_args!("{name} (class file version {major}.{minor})");
        let message = if major < 45 {
            format!("{subject} was compiled with an invalid major version")
        } else if major > max {
            format!(
                "{name} has been compiled by a more recent version of the Java Runtime (class file \
                 version {major}.{minor}), this version of the Java Runtime only recognizes class file \
                 versions up to {max}.0"
            )
        } else if major < 56
            || minor == 0
            || (minor, major) == (PREVIEW_MINOR, max) && self.options.preview
        {
            return Ok(());
        } else if minor != PREVIEW_MINOR {
            format!("{subject} was compiled with an invalid non-zero minor version")
        } else if major != max {
            format!(
                "{subject} was compiled with preview features that are unsupported. This version of the \
                 Java Runtime only recognizes preview features for class file version {max}.{minor}"
            )
        } else {
            format!(
                "Preview features are not enabled for {subject}. Try running with '--enable-preview'"
            )
        };
        Err(ClassFileError::of(ErrorKind::UnsupportedVersion, self.reader.offset(), message))
    }

    /// Access flags (JVMS 4.1), then the complaint about a constant that only modules may have.
    fn class_flags(&mut self, class: &mut ClassFile<'a>, refused_tag: Option<u8>) -> Result<()> {
        self.reader.need(8)?;
        let raw = self.reader.u2()?;
        let mut flags = raw & access::CLASS_FLAGS;
        self.check_module_flag(raw)?;
        if self.major >= 53 {
            flags |= raw & access::MODULE;
        }
        if flags & access::INTERFACE != 0 && self.major < 50 {
            flags |= access::ABSTRACT;
        }
        self.check_class_flags(flags)?;
        if let Some(tag) = refused_tag.filter(|_| flags & access::MODULE == 0) {
            return Err(self.fail(format_args!("Unknown constant tag {tag}")));
        }
        (class.access_flags, class.raw_access_flags) = (flags, raw);
        Ok(())
    }

    /// A module descriptor is no class (JVMS 4.1).
    pub(super) fn check_module_flag(&self, flags: u16) -> Result<()> {
        if self.major < 53 || flags & access::MODULE == 0 || self.options.modules {
            return Ok(());
        }
        let name = self.shown_name();
        let message = format!("{name} is not a class because access_flag ACC_MODULE is set");
        Err(ClassFileError::of(ErrorKind::NoClassDef, self.reader.offset(), message))
    }

    /// Flags that exclude each other, of this class or an inner one.
    pub(super) fn check_class_flags(&self, flags: u16) -> Result<()> {
        let legal = access::class_flags_legal(flags, self.major) || flags & access::MODULE != 0;
        if self.strict && !legal {
            let name = self.shown_name();
            return Err(self.fail_plainly(format_args!(
                "Illegal class modifiers in class {name}: 0x{flags:X}"
            )));
        }
        Ok(())
    }

    /// This class, its superclass and its interfaces (JVMS 4.1).
    fn class_names(&mut self, class: &mut ClassFile<'a>) -> Result<()> {
        let this_class = self.reader.u2()?;
        let Ok(name) = self.pool.class_name(this_class) else {
            return Err(
                self.fail(format_args!("Invalid this class index {this_class} in constant pool"))
            );
        };
        self.check(name.first() != Some(&b'['), format_args!("Bad class name"))?;
        if let Some(expected) = self.options.name.filter(|&expected| expected != name) {
            let (expected, name) = (to_string_lossy(expected), to_string_lossy(name));
            let message = format!("{expected} (wrong name: {name})");
            return Err(ClassFileError::of(ErrorKind::NoClassDef, self.reader.offset(), message));
        }
        self.name = name;
        (class.this_class, class.name) = (this_class, name);
        let super_class = self.reader.u2()?;
        class.super_class = super_class;
        class.super_name = self.super_name(super_class, class.access_flags)?;
        class.interfaces = self.interfaces()?;
        Ok(())
    }

    fn interfaces(&mut self) -> Result<U16List<'a>> {
        let start = self.reader.offset();
        for _ in 0..self.reader.u2()? {
            let index = self.reader.u2()?;
            let Ok(interface) = self.pool.class_name(index) else {
                return Err(
                    self.fail(format_args!("Interface name has bad constant pool index {index}"))
                );
            };
            self.check(interface.first() != Some(&b'['), format_args!("Bad interface name"))?;
        }
        self.reader.seek(start);
        self.reader.u2_list()
    }

    fn super_name(&self, index: u16, flags: u16) -> Result<Option<&'a [u8]>> {
        if index == 0 {
            let rootless = self.name == b"java/lang/Object" || flags & access::MODULE != 0;
            self.check(rootless, format_args!("Invalid superclass index {index}"))?;
            return Ok(None);
        }
        let Ok(name) = self.pool.class_name(index) else {
            return Err(self.fail(format_args!("Invalid superclass index {index}")));
        };
        self.check(name.first() != Some(&b'['), format_args!("Bad superclass name"))?;
        Ok(Some(name))
    }

    /// What HotSpot checks last, before it loads the supertypes.
    fn check_supertypes(&self, class: &ClassFile<'a>) -> Result<()> {
        let of_object = class.super_name.is_none_or(|name| name == b"java/lang/Object");
        let interface = class.access_flags & access::INTERFACE != 0;
        self.check(
            of_object || !interface,
            format_args!("Interfaces must have java.lang.Object as superclass"),
        )?;
        let is_object = class.super_name.is_none() && class.access_flags & access::MODULE == 0;
        self.check(
            !is_object || class.interfaces.is_empty(),
            format_args!("java.lang.Object cannot implement an interface"),
        )?;
        if !self.strict || class.interfaces.len() < 2 {
            return Ok(());
        }
        let mut seen = std::collections::HashSet::with_capacity(class.interfaces.len());
        for index in class.interfaces.iter() {
            let name = self.pool.class_name(index).unwrap_or_default();
            if !seen.insert(name) {
                let name = to_string_lossy(name);
                return Err(self.fail(format_args!("Duplicate interface name \"{name}\"")));
            }
        }
        Ok(())
    }
}
