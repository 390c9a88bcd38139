//! The `ClassFile` structure (JVMS 4.1): what a class file says, borrowed from its bytes.
//!
//! [`ClassFile::parse`] makes every check of JVMS 4.8 that HotSpot makes before verification, with HotSpot's
//! messages, in linear time. Attributes that the VM needs are decoded; all are kept raw as well.

mod attributes;
mod code;
mod fields;
mod methods;
mod parser;
mod pool;
mod tables;

pub use crate::reader::U16List;
pub use code::{Code, ExceptionHandler};
pub use tables::{
    LineEntry, LineNumbers, LocalVariable, LocalVariables, MethodParameter, MethodParameters,
};

use crate::constant_pool::ConstantPool;
use crate::error::Result;

/// The highest major version of the default [`Options`]: Java 25.
pub const MAX_MAJOR: u16 = 69;

/// The minor version that marks a class file as using preview features (JVMS 4.1).
pub const PREVIEW_MINOR: u16 = 65535;

/// How to read a class file.
#[derive(Clone, Copy, Debug)]
pub struct Options<'n> {
    /// Trust the file's author (boot classes): skips the format checks of text, names, descriptors and flags
    /// and the search for duplicates. Lengths, indices and entry types are always checked.
    pub relax: bool,
    /// The highest major version that is accepted: 61 for Java 17, 69 for Java 25.
    pub max_major: u16,
    /// Accept preview class files of the highest version.
    pub preview: bool,
    /// Accept module descriptors (JVMS 4.25), which are no classes: for tools.
    pub modules: bool,
    /// The internal name that the class must have, if known.
    pub name: Option<&'n [u8]>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { relax: false, max_major: MAX_MAJOR, preview: false, modules: false, name: None }
    }
}

/// A parsed class file (JVMS 4.1).
#[derive(Clone, Debug, Default)]
pub struct ClassFile<'a> {
    /// Minor version.
    pub minor: u16,
    /// Major version: 52 for Java 8, 61 for Java 17, 69 for Java 25.
    pub major: u16,
    /// The constant pool.
    pub constant_pool: ConstantPool<'a>,
    /// The flags that mean something (see [`access`](crate::access)); interfaces of files before version 50
    /// are made abstract, as HotSpot does.
    pub access_flags: u16,
    /// The flags as in the file.
    pub raw_access_flags: u16,
    /// Class entry of this class.
    pub this_class: u16,
    /// Class entry of the superclass; 0 for `java.lang.Object` (and module descriptors) only.
    pub super_class: u16,
    /// This class's internal name.
    pub name: &'a [u8],
    /// The superclass's internal name.
    pub super_name: Option<&'a [u8]>,
    /// Class entries of the direct superinterfaces.
    pub interfaces: U16List<'a>,
    /// The fields, in the file's order.
    pub fields: Vec<FieldInfo<'a>>,
    /// The methods, in the file's order.
    pub methods: Vec<MethodInfo<'a>>,
    /// All class attributes, raw.
    pub attributes: Vec<Attribute<'a>>,
    /// Utf8 of the SourceFile attribute (JVMS 4.7.10).
    pub source_file: Option<u16>,
    /// SourceDebugExtension (JVMS 4.7.11).
    pub source_debug_extension: Option<&'a [u8]>,
    /// InnerClasses (JVMS 4.7.6), in order.
    pub inner_classes: Vec<InnerClass>,
    /// EnclosingMethod (JVMS 4.7.7).
    pub enclosing_method: Option<EnclosingMethod>,
    /// Class entry of NestHost (JVMS 4.7.28).
    pub nest_host: Option<u16>,
    /// Class entries of NestMembers (JVMS 4.7.29).
    pub nest_members: Option<U16List<'a>>,
    /// Record (JVMS 4.7.30); `Some` with no components for an empty record.
    pub record: Option<Vec<RecordComponent<'a>>>,
    /// Class entries of PermittedSubclasses (JVMS 4.7.31).
    pub permitted_subclasses: Option<U16List<'a>>,
    /// BootstrapMethods (JVMS 4.7.23).
    pub bootstrap_methods: Vec<BootstrapMethod<'a>>,
    /// Utf8 of Signature (JVMS 4.7.9).
    pub signature: Option<u16>,
    /// Whether the attribute Synthetic is present (JVMS 4.7.8); the flag is apart.
    pub synthetic: bool,
    /// Whether Deprecated is present (JVMS 4.7.15).
    pub deprecated: bool,
    /// The annotation attributes.
    pub annotations: Annotations<'a>,
}

impl<'a> ClassFile<'a> {
    /// Reads a class file with the default [`Options`].
    ///
    /// # Errors
    /// With HotSpot's exception and message if the file breaks JVMS 4.8 or its version is not supported.
    pub fn parse(bytes: &'a [u8]) -> Result<ClassFile<'a>> {
        Self::parse_with(bytes, &Options::default())
    }

    /// Reads a class file.
    ///
    /// # Errors
    /// As [`ClassFile::parse`], and NoClassDefFoundError if the name differs from [`Options::name`].
    pub fn parse_with(bytes: &'a [u8], options: &Options<'_>) -> Result<ClassFile<'a>> {
        parser::parse(bytes, options)
    }

    /// The superinterfaces' internal names, in order.
    pub fn interface_names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.interfaces.iter().filter_map(|index| self.constant_pool.class_name(index).ok())
    }
}

/// An attribute as it stands in the file (JVMS 4.7).
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Utf8 of its name.
    pub name_index: u16,
    /// Its name.
    pub name: &'a [u8],
    /// Its contents, after the length.
    pub data: &'a [u8],
    /// Where the contents begin, in bytes from the file's start.
    pub offset: usize,
}

/// The annotation attributes of one item, raw (JVMS 4.7.16 to 4.7.22); walk them with
/// [`annotations`](crate::annotations).
#[derive(Clone, Copy, Debug, Default)]
pub struct Annotations<'a> {
    /// RuntimeVisibleAnnotations.
    pub visible: Option<&'a [u8]>,
    /// RuntimeInvisibleAnnotations.
    pub invisible: Option<&'a [u8]>,
    /// RuntimeVisibleTypeAnnotations.
    pub visible_types: Option<&'a [u8]>,
    /// RuntimeInvisibleTypeAnnotations.
    pub invisible_types: Option<&'a [u8]>,
    /// RuntimeVisibleParameterAnnotations; of methods only.
    pub visible_parameters: Option<&'a [u8]>,
    /// RuntimeInvisibleParameterAnnotations; of methods only.
    pub invisible_parameters: Option<&'a [u8]>,
    /// AnnotationDefault; of methods only.
    pub default: Option<&'a [u8]>,
}

/// A field (JVMS 4.5).
#[derive(Clone, Debug)]
pub struct FieldInfo<'a> {
    /// The flags that mean something.
    pub access_flags: u16,
    /// The flags as in the file.
    pub raw_access_flags: u16,
    /// Utf8 of the name.
    pub name_index: u16,
    /// Utf8 of the descriptor.
    pub descriptor_index: u16,
    /// The name.
    pub name: &'a [u8],
    /// The descriptor.
    pub descriptor: &'a [u8],
    /// Entry of a static field's ConstantValue (JVMS 4.7.2), of a type that fits the descriptor.
    pub constant_value: Option<u16>,
    /// Utf8 of Signature.
    pub signature: Option<u16>,
    /// Whether the attribute Synthetic is present.
    pub synthetic: bool,
    /// Whether Deprecated is present.
    pub deprecated: bool,
    /// The annotation attributes.
    pub annotations: Annotations<'a>,
    /// All attributes, raw.
    pub attributes: Vec<Attribute<'a>>,
}

/// A method (JVMS 4.6).
#[derive(Clone, Debug)]
pub struct MethodInfo<'a> {
    /// The flags that mean something; `<clinit>` keeps static (and strict) only.
    pub access_flags: u16,
    /// The flags as in the file.
    pub raw_access_flags: u16,
    /// Utf8 of the name.
    pub name_index: u16,
    /// Utf8 of the descriptor.
    pub descriptor_index: u16,
    /// The name.
    pub name: &'a [u8],
    /// The descriptor.
    pub descriptor: &'a [u8],
    /// Slots of the parameters, the receiver included.
    pub argument_slots: u16,
    /// The Code attribute (JVMS 4.7.3), absent from native and abstract methods.
    pub code: Option<Code<'a>>,
    /// Class entries of Exceptions (JVMS 4.7.5).
    pub exceptions: U16List<'a>,
    /// Utf8 of Signature.
    pub signature: Option<u16>,
    /// MethodParameters (JVMS 4.7.24).
    pub parameters: Option<MethodParameters<'a>>,
    /// Whether the attribute Synthetic is present.
    pub synthetic: bool,
    /// Whether Deprecated is present.
    pub deprecated: bool,
    /// The annotation attributes.
    pub annotations: Annotations<'a>,
    /// All attributes, raw.
    pub attributes: Vec<Attribute<'a>>,
}

/// A row of InnerClasses (JVMS 4.7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InnerClass {
    /// Class entry of the inner class.
    pub inner_class: u16,
    /// Class entry of the class that it is a member of, or 0.
    pub outer_class: u16,
    /// Utf8 of its simple name, or 0 if anonymous.
    pub inner_name: u16,
    /// The flags as in the file: what the source declares.
    pub access_flags: u16,
}

/// EnclosingMethod (JVMS 4.7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnclosingMethod {
    /// Class entry of the innermost enclosing class.
    pub class: u16,
    /// NameAndType of the enclosing method, or 0.
    pub method: u16,
}

/// A row of BootstrapMethods (JVMS 4.7.23).
#[derive(Clone, Copy, Debug)]
pub struct BootstrapMethod<'a> {
    /// MethodHandle entry.
    pub method_handle: u16,
    /// Loadable entries, the static arguments.
    pub arguments: U16List<'a>,
}

/// A component of a record class (JVMS 4.7.30).
#[derive(Clone, Debug)]
pub struct RecordComponent<'a> {
    /// Utf8 of the name.
    pub name_index: u16,
    /// Utf8 of the descriptor.
    pub descriptor_index: u16,
    /// Utf8 of Signature.
    pub signature: Option<u16>,
    /// The annotation attributes.
    pub annotations: Annotations<'a>,
    /// All attributes, raw.
    pub attributes: Vec<Attribute<'a>>,
}
