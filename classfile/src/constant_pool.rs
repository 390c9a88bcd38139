//! The constant pool (JVMS 4.4): typed entries that borrow from the file.

/// The tags that mark entries in the file (JVMS 4.4, table 4.4-A).
pub mod tag {
    /// `CONSTANT_Utf8` (JVMS 4.4.7).
    pub const UTF8: u8 = 1;
    /// `CONSTANT_Integer` (JVMS 4.4.4).
    pub const INTEGER: u8 = 3;
    /// `CONSTANT_Float` (JVMS 4.4.4).
    pub const FLOAT: u8 = 4;
    /// `CONSTANT_Long` (JVMS 4.4.5).
    pub const LONG: u8 = 5;
    /// `CONSTANT_Double` (JVMS 4.4.5).
    pub const DOUBLE: u8 = 6;
    /// `CONSTANT_Class` (JVMS 4.4.1).
    pub const CLASS: u8 = 7;
    /// `CONSTANT_String` (JVMS 4.4.3).
    pub const STRING: u8 = 8;
    /// `CONSTANT_Fieldref` (JVMS 4.4.2).
    pub const FIELDREF: u8 = 9;
    /// `CONSTANT_Methodref` (JVMS 4.4.2).
    pub const METHODREF: u8 = 10;
    /// `CONSTANT_InterfaceMethodref` (JVMS 4.4.2).
    pub const INTERFACE_METHODREF: u8 = 11;
    /// `CONSTANT_NameAndType` (JVMS 4.4.6).
    pub const NAME_AND_TYPE: u8 = 12;
    /// `CONSTANT_MethodHandle` (JVMS 4.4.8), from version 51.
    pub const METHOD_HANDLE: u8 = 15;
    /// `CONSTANT_MethodType` (JVMS 4.4.9), from version 51.
    pub const METHOD_TYPE: u8 = 16;
    /// `CONSTANT_Dynamic` (JVMS 4.4.10), from version 55.
    pub const DYNAMIC: u8 = 17;
    /// `CONSTANT_InvokeDynamic` (JVMS 4.4.10), from version 51.
    pub const INVOKE_DYNAMIC: u8 = 18;
    /// `CONSTANT_Module` (JVMS 4.4.11), in module descriptors only.
    pub const MODULE: u8 = 19;
    /// `CONSTANT_Package` (JVMS 4.4.12), in module descriptors only.
    pub const PACKAGE: u8 = 20;
    /// Not in files: entry 0 and the second half of a long or double.
    pub const UNUSABLE: u8 = 0;
}

/// The kinds of method handle constants (JVMS 4.4.8, table 5.4.3.5-A).
pub mod ref_kind {
    /// `REF_getField`.
    pub const GET_FIELD: u8 = 1;
    /// `REF_getStatic`.
    pub const GET_STATIC: u8 = 2;
    /// `REF_putField`.
    pub const PUT_FIELD: u8 = 3;
    /// `REF_putStatic`.
    pub const PUT_STATIC: u8 = 4;
    /// `REF_invokeVirtual`.
    pub const INVOKE_VIRTUAL: u8 = 5;
    /// `REF_invokeStatic`.
    pub const INVOKE_STATIC: u8 = 6;
    /// `REF_invokeSpecial`.
    pub const INVOKE_SPECIAL: u8 = 7;
    /// `REF_newInvokeSpecial`.
    pub const NEW_INVOKE_SPECIAL: u8 = 8;
    /// `REF_invokeInterface`.
    pub const INVOKE_INTERFACE: u8 = 9;
}

/// One entry. Numbers named after another entry are its index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant<'a> {
    /// Text in modified UTF-8 (JVMS 4.4.7).
    Utf8(&'a [u8]),
    /// An int (JVMS 4.4.4).
    Integer(i32),
    /// A float, its NaN bits kept (JVMS 4.4.4).
    Float(f32),
    /// A long; the next entry is unusable (JVMS 4.4.5).
    Long(i64),
    /// A double; the next entry is unusable (JVMS 4.4.5).
    Double(f64),
    /// A class, interface or array type (JVMS 4.4.1).
    Class {
        /// Utf8: internal name or array descriptor.
        name: u16,
    },
    /// A `java.lang.String` (JVMS 4.4.3).
    String {
        /// Utf8: its text.
        utf8: u16,
    },
    /// A field (JVMS 4.4.2).
    Fieldref {
        /// Class that it is looked up in.
        class: u16,
        /// NameAndType.
        name_and_type: u16,
    },
    /// A class's method (JVMS 4.4.2).
    Methodref {
        /// Class that it is looked up in.
        class: u16,
        /// NameAndType.
        name_and_type: u16,
    },
    /// An interface's method (JVMS 4.4.2).
    InterfaceMethodref {
        /// Class that it is looked up in.
        class: u16,
        /// NameAndType.
        name_and_type: u16,
    },
    /// A name and a descriptor (JVMS 4.4.6).
    NameAndType {
        /// Utf8.
        name: u16,
        /// Utf8: a field or method descriptor.
        descriptor: u16,
    },
    /// A method handle (JVMS 4.4.8).
    MethodHandle {
        /// One of [`ref_kind`].
        kind: u8,
        /// The field or method reference.
        reference: u16,
    },
    /// A method type (JVMS 4.4.9).
    MethodType {
        /// Utf8: a method descriptor.
        descriptor: u16,
    },
    /// A dynamically computed constant (JVMS 4.4.10).
    Dynamic {
        /// Index among the bootstrap methods, not in the pool.
        bootstrap: u16,
        /// NameAndType with a field descriptor.
        name_and_type: u16,
    },
    /// A dynamically computed call site (JVMS 4.4.10).
    InvokeDynamic {
        /// Index among the bootstrap methods, not in the pool.
        bootstrap: u16,
        /// NameAndType with a method descriptor.
        name_and_type: u16,
    },
    /// A module's name (JVMS 4.4.11).
    Module {
        /// Utf8.
        name: u16,
    },
    /// A package's name in internal form (JVMS 4.4.12).
    Package {
        /// Utf8.
        name: u16,
    },
    /// Entry 0, and the one after a long or double.
    Unusable,
}

impl Constant<'_> {
    /// The entry's tag in the file.
    pub const fn tag(&self) -> u8 {
        match self {
            Constant::Utf8(_) => tag::UTF8,
            Constant::Integer(_) => tag::INTEGER,
            Constant::Float(_) => tag::FLOAT,
            Constant::Long(_) => tag::LONG,
            Constant::Double(_) => tag::DOUBLE,
            Constant::Class { .. } => tag::CLASS,
            Constant::String { .. } => tag::STRING,
            Constant::Fieldref { .. } => tag::FIELDREF,
            Constant::Methodref { .. } => tag::METHODREF,
            Constant::InterfaceMethodref { .. } => tag::INTERFACE_METHODREF,
            Constant::NameAndType { .. } => tag::NAME_AND_TYPE,
            Constant::MethodHandle { .. } => tag::METHOD_HANDLE,
            Constant::MethodType { .. } => tag::METHOD_TYPE,
            Constant::Dynamic { .. } => tag::DYNAMIC,
            Constant::InvokeDynamic { .. } => tag::INVOKE_DYNAMIC,
            Constant::Module { .. } => tag::MODULE,
            Constant::Package { .. } => tag::PACKAGE,
            Constant::Unusable => tag::UNUSABLE,
        }
    }

    /// Whether `ldc` and its kin can push it, and bootstrap methods take it as an argument (JVMS 4.4,
    /// table 4.4-C).
    pub const fn is_loadable(&self) -> bool {
        matches!(
            self.tag(),
            tag::INTEGER..=tag::STRING | tag::METHOD_HANDLE | tag::METHOD_TYPE | tag::DYNAMIC
        )
    }
}

/// An index that is out of the pool or at an entry of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("constant pool entry {index} is not {expected}")]
pub struct ConstantError {
    /// The index asked for.
    pub index: u16,
    /// What was expected there.
    pub expected: &'static str,
}

/// A constant pool (JVMS 4.4). Indices are those of the file: entry 0 exists and is unusable.
#[derive(Clone, Debug, Default)]
pub struct ConstantPool<'a> {
    entries: Vec<Constant<'a>>,
}

impl<'a> ConstantPool<'a> {
    /// A pool of these entries, the first of which must be [`Constant::Unusable`].
    pub fn from_entries(entries: Vec<Constant<'a>>) -> Self {
        ConstantPool { entries }
    }

    /// One more than the highest index: the file's `constant_pool_count`.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no usable entry.
    pub fn is_empty(&self) -> bool {
        self.entries.len() <= 1
    }

    /// All entries, entry 0 first.
    pub fn entries(&self) -> &[Constant<'a>] {
        &self.entries
    }

    /// The entry at `index`, [`Constant::Unusable`] included.
    ///
    /// # Errors
    /// If `index` is out of the pool.
    #[inline]
    pub fn get(&self, index: u16) -> Result<&Constant<'a>, ConstantError> {
        self.entries.get(usize::from(index)).ok_or(ConstantError { index, expected: "in the pool" })
    }

    /// The tag at `index`; [`tag::UNUSABLE`] also for an index out of the pool.
    #[inline]
    pub fn tag(&self, index: u16) -> u8 {
        self.entries.get(usize::from(index)).map_or(tag::UNUSABLE, Constant::tag)
    }

    /// The bytes of a Utf8 entry.
    ///
    /// # Errors
    /// If the entry is no Utf8.
    #[inline]
    pub fn utf8(&self, index: u16) -> Result<&'a [u8], ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(Constant::Utf8(bytes)) => Ok(bytes),
            _ => Err(ConstantError { index, expected: "a Utf8" }),
        }
    }

    /// The internal name (or array descriptor) of a Class entry.
    ///
    /// # Errors
    /// If the entry is no Class or its name no Utf8.
    #[inline]
    pub fn class_name(&self, index: u16) -> Result<&'a [u8], ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(Constant::Class { name }) => self.utf8(*name),
            _ => Err(ConstantError { index, expected: "a Class" }),
        }
    }

    /// The text of a String entry, in modified UTF-8.
    ///
    /// # Errors
    /// If the entry is no String or its text no Utf8.
    pub fn string(&self, index: u16) -> Result<&'a [u8], ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(Constant::String { utf8 }) => self.utf8(*utf8),
            _ => Err(ConstantError { index, expected: "a String" }),
        }
    }

    /// The descriptor of a MethodType entry.
    ///
    /// # Errors
    /// If the entry is no MethodType or its descriptor no Utf8.
    pub fn method_type(&self, index: u16) -> Result<&'a [u8], ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(Constant::MethodType { descriptor }) => self.utf8(*descriptor),
            _ => Err(ConstantError { index, expected: "a MethodType" }),
        }
    }

    /// Name and descriptor of a NameAndType entry.
    ///
    /// # Errors
    /// If the entry is no NameAndType or its parts no Utf8.
    pub fn name_and_type(&self, index: u16) -> Result<(&'a [u8], &'a [u8]), ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(Constant::NameAndType { name, descriptor }) => {
                Ok((self.utf8(*name)?, self.utf8(*descriptor)?))
            }
            _ => Err(ConstantError { index, expected: "a NameAndType" }),
        }
    }

    /// Class name, member name and descriptor of a Fieldref, Methodref or InterfaceMethodref.
    ///
    /// # Errors
    /// If the entry or one that it needs is of another type.
    pub fn member(&self, index: u16) -> Result<Member<'a>, ConstantError> {
        let (class, name_and_type) = match self.entries.get(usize::from(index)) {
            Some(
                Constant::Fieldref { class, name_and_type }
                | Constant::Methodref { class, name_and_type }
                | Constant::InterfaceMethodref { class, name_and_type },
            ) => (*class, *name_and_type),
            _ => return Err(ConstantError { index, expected: "a field or method reference" }),
        };
        let (name, descriptor) = self.name_and_type(name_and_type)?;
        Ok((self.class_name(class)?, name, descriptor))
    }

    /// Bootstrap method index, name and descriptor of a Dynamic or InvokeDynamic.
    ///
    /// # Errors
    /// If the entry or one that it needs is of another type.
    pub fn dynamic(&self, index: u16) -> Result<(u16, &'a [u8], &'a [u8]), ConstantError> {
        match self.entries.get(usize::from(index)) {
            Some(
                Constant::Dynamic { bootstrap, name_and_type }
                | Constant::InvokeDynamic { bootstrap, name_and_type },
            ) => {
                let (name, descriptor) = self.name_and_type(*name_and_type)?;
                Ok((*bootstrap, name, descriptor))
            }
            _ => Err(ConstantError { index, expected: "a Dynamic or InvokeDynamic" }),
        }
    }

    /// Whether a Class entry stands at `index`.
    pub(crate) fn is_class(&self, index: u16) -> bool {
        self.tag(index) == tag::CLASS
    }

    /// Whether a Utf8 entry stands at `index`.
    pub(crate) fn is_utf8(&self, index: u16) -> bool {
        self.tag(index) == tag::UTF8
    }
}

/// Class name, member name, descriptor.
pub type Member<'a> = (&'a [u8], &'a [u8], &'a [u8]);
