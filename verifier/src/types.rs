//! Verification types in four bytes each, and the names that they refer to (JVMS 4.10.1.2).

use std::borrow::Cow;
use std::collections::HashMap;

use classfile::FieldType;

/// A verification type: a scalar, one of the sets of types that instructions ask for, a class or array by
/// the number of its name, or an object without constructor by the pc of its `new`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct VType(u32);

const CLASS: u32 = 1 << 28;
const ARRAY: u32 = 2 << 28;
const NEW: u32 = 3 << 28;
const KIND: u32 = 0xf << 28;
const DETAIL: u32 = !KIND;

/// The most distinct names that fit.
pub(crate) const NAMES_MAX: usize = DETAIL as usize;

impl VType {
    pub(crate) const TOP: VType = VType(0);
    pub(crate) const INT: VType = VType(1);
    pub(crate) const FLOAT: VType = VType(2);
    pub(crate) const DOUBLE: VType = VType(3);
    pub(crate) const LONG: VType = VType(4);
    pub(crate) const NULL: VType = VType(5);
    pub(crate) const UNINIT_THIS: VType = VType(6);
    /// The upper halves of wide values.
    pub(crate) const LONG_2: VType = VType(7);
    pub(crate) const DOUBLE_2: VType = VType(8);
    /// Only as return types and array components.
    pub(crate) const BOOLEAN: VType = VType(9);
    pub(crate) const BYTE: VType = VType(10);
    pub(crate) const SHORT: VType = VType(11);
    pub(crate) const CHAR: VType = VType(12);
    /// Only as what an instruction expects: any reference, initialised or not.
    pub(crate) const ANY_REFERENCE: VType = VType(13);
    /// Any value of one slot.
    pub(crate) const ANY_SINGLE: VType = VType(14);
    /// The lower half of a value of two slots.
    pub(crate) const ANY_WIDE: VType = VType(15);

    pub(crate) const fn new_object(pc: u16) -> VType {
        VType(NEW | pc as u32)
    }

    /// The pc of the `new` that made an object whose constructor has not been called.
    pub(crate) const fn new_pc(self) -> Option<u16> {
        if self.0 & KIND == NEW { Some((self.0 & DETAIL) as u16) } else { None }
    }

    /// Whether it is a class or an array, but not null.
    pub(crate) const fn is_named(self) -> bool {
        matches!(self.0 & KIND, CLASS | ARRAY)
    }

    pub(crate) const fn is_class(self) -> bool {
        self.0 & KIND == CLASS
    }

    pub(crate) const fn is_array(self) -> bool {
        self.0 & KIND == ARRAY
    }

    /// Whether it is null, a class or an array.
    pub(crate) const fn is_reference(self) -> bool {
        self.is_named() || self.0 == Self::NULL.0
    }

    pub(crate) const fn is_uninitialized(self) -> bool {
        self.0 & KIND == NEW || self.0 == Self::UNINIT_THIS.0
    }

    pub(crate) const fn is_single(self) -> bool {
        self.is_reference() || self.is_uninitialized() || matches!(self.0, 1 | 2 | 9..=12)
    }

    pub(crate) const fn is_wide(self) -> bool {
        self.0 == Self::LONG.0 || self.0 == Self::DOUBLE.0
    }

    pub(crate) const fn is_upper_half(self) -> bool {
        self.0 == Self::LONG_2.0 || self.0 == Self::DOUBLE_2.0
    }

    /// What follows a wide value's first slot.
    pub(crate) const fn upper_half(self) -> VType {
        if self.0 == Self::LONG.0 { Self::LONG_2 } else { Self::DOUBLE_2 }
    }

    fn name_id(self) -> usize {
        (self.0 & DETAIL) as usize
    }
}

/// The class and array names of one class file, numbered.
#[derive(Default)]
pub(crate) struct Names<'a> {
    names: Vec<Cow<'a, [u8]>>,
    numbers: HashMap<Cow<'a, [u8]>, u32>,
    /// By number: what the array's components are, once asked.
    components: Vec<Option<VType>>,
}

impl<'a> Names<'a> {
    /// The type of this class or array name, as a Class entry spells it.
    pub(crate) fn named(&mut self, name: impl Into<Cow<'a, [u8]>>) -> VType {
        let name = name.into();
        let kind = if name.first() == Some(&b'[') { ARRAY } else { CLASS };
        if let Some(&number) = self.numbers.get(&name) {
            return VType(kind | number);
        }
        let number = (self.names.len() & NAMES_MAX) as u32;
        self.names.push(name.clone());
        self.components.push(None);
        self.numbers.insert(name, number);
        VType(kind | number)
    }

    /// The type of values of a field type: small integral types are ints.
    pub(crate) fn value(&mut self, kind: FieldType<'a>) -> VType {
        match kind {
            FieldType::Float => VType::FLOAT,
            FieldType::Double => VType::DOUBLE,
            FieldType::Long => VType::LONG,
            FieldType::Object(name) | FieldType::Array(name) => self.named(name),
            _ => VType::INT,
        }
    }

    /// The name of a class or array; empty for other types.
    pub(crate) fn name(&self, kind: VType) -> &[u8] {
        match self.names.get(kind.name_id()) {
            Some(name) if kind.is_named() => name,
            _ => b"",
        }
    }

    /// The letter after an array's first bracket.
    pub(crate) fn component_letter(&self, kind: VType) -> Option<u8> {
        self.name(kind).get(1).copied().filter(|_| kind.is_array())
    }

    /// The exact type of an array's components.
    pub(crate) fn component(&mut self, array: VType) -> VType {
        if let Some(known) = self.components[array.name_id()] {
            return known;
        }
        let name = &self.names[array.name_id()][1..];
        let component = match name {
            b"Z" => VType::BOOLEAN,
            b"B" => VType::BYTE,
            b"S" => VType::SHORT,
            b"C" => VType::CHAR,
            b"I" => VType::INT,
            b"J" => VType::LONG,
            b"F" => VType::FLOAT,
            b"D" => VType::DOUBLE,
            [b'[', ..] => {
                let name = name.to_vec();
                self.named(name)
            }
            [b'L', class @ .., b';'] => {
                let class = class.to_vec();
                self.named(class)
            }
            _ => VType::TOP,
        };
        self.components[array.name_id()] = Some(component);
        component
    }

    /// The array whose components have this type.
    pub(crate) fn array_of(&mut self, component: VType) -> VType {
        let name = self.name(component);
        let array = match component.is_array() {
            true => [b"[", name].concat(),
            false => [b"[L", name, b";"].concat(),
        };
        self.named(array)
    }

    /// The type in the words of error messages.
    pub(crate) fn show(&self, kind: VType) -> String {
        const SCALARS: [&str; 16] = [
            "top",
            "integer",
            "float",
            "double",
            "long",
            "null",
            "uninitializedThis",
            "long_2nd",
            "double_2nd",
            "boolean",
            "byte",
            "short",
            "char",
            "reference type",
            "category1 type",
            "category2 type",
        ];
        if kind.is_named() {
            return format!("'{}'", classfile::mutf8::to_string_lossy(self.name(kind)));
        }
        match kind.new_pc() {
            Some(pc) => format!("uninitialized {pc}"),
            None => SCALARS[kind.name_id()].to_owned(),
        }
    }
}
