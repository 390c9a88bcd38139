//! Field and method descriptors (JVMS 4.3), parsed in place.

use crate::names::{NameRules, identifier_prefix, is_class_name};

pub use crate::names::{
    is_class_name as is_valid_class_name, is_field_name as is_valid_field_name,
    is_method_name as is_valid_method_name, is_module_name as is_valid_module_name, is_unqualified,
};

/// The most dimensions that an array type may have (JVMS 4.3.2).
pub const MAX_DIMENSIONS: usize = 255;

/// The most parameter slots of a method, its receiver included (JVMS 4.3.3).
pub const MAX_PARAM_SLOTS: u32 = 255;

/// Why a descriptor is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// It does not follow the grammar of JVMS 4.3.2 or 4.3.3.
    #[error("malformed descriptor")]
    Malformed,
    /// An array has more than 255 dimensions (JVMS 4.3.2).
    #[error("array type with more than 255 dimensions")]
    TooManyDimensions,
    /// A class name in it is empty or holds an illegal character (JVMS 4.2.1).
    #[error("illegal class name in descriptor")]
    BadClassName,
}

/// A field, parameter or return type (JVMS 4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType<'a> {
    /// `B`.
    Byte,
    /// `C`.
    Char,
    /// `D`.
    Double,
    /// `F`.
    Float,
    /// `I`.
    Int,
    /// `J`.
    Long,
    /// `S`.
    Short,
    /// `Z`.
    Boolean,
    /// `L...;`: the class's internal name, without the frame.
    Object(&'a [u8]),
    /// `[...`: the array's whole descriptor, which is also its class name.
    Array(&'a [u8]),
}

impl<'a> FieldType<'a> {
    /// Parses a whole field descriptor by the rules of current class files.
    ///
    /// # Errors
    /// If it breaks JVMS 4.3.2 or names an illegal class.
    pub fn parse(descriptor: &'a [u8]) -> Result<Self, DescriptorError> {
        match take_type(descriptor, NameRules::Modern)? {
            (kind, []) => Ok(kind),
            _ => Err(DescriptorError::Malformed),
        }
    }

    /// The primitive type of a descriptor letter.
    pub const fn primitive(letter: u8) -> Option<FieldType<'static>> {
        Some(match letter {
            b'B' => FieldType::Byte,
            b'C' => FieldType::Char,
            b'D' => FieldType::Double,
            b'F' => FieldType::Float,
            b'I' => FieldType::Int,
            b'J' => FieldType::Long,
            b'S' => FieldType::Short,
            b'Z' => FieldType::Boolean,
            _ => return None,
        })
    }

    /// The descriptor's first letter.
    pub const fn letter(self) -> u8 {
        match self {
            FieldType::Byte => b'B',
            FieldType::Char => b'C',
            FieldType::Double => b'D',
            FieldType::Float => b'F',
            FieldType::Int => b'I',
            FieldType::Long => b'J',
            FieldType::Short => b'S',
            FieldType::Boolean => b'Z',
            FieldType::Object(_) => b'L',
            FieldType::Array(_) => b'[',
        }
    }

    /// Slots that a value takes among locals or on the stack: 2 for long and double, else 1 (JVMS 2.6).
    pub const fn slots(self) -> u16 {
        if matches!(self, FieldType::Long | FieldType::Double) { 2 } else { 1 }
    }

    /// Whether values are references.
    pub const fn is_reference(self) -> bool {
        matches!(self, FieldType::Object(_) | FieldType::Array(_))
    }

    /// The name of the reference type as a constant pool `Class` entry spells it (JVMS 4.4.1).
    pub const fn class_name(self) -> Option<&'a [u8]> {
        match self {
            FieldType::Object(name) | FieldType::Array(name) => Some(name),
            _ => None,
        }
    }

    /// How many dimensions: 0 unless an array.
    pub fn dimensions(self) -> usize {
        match self {
            FieldType::Array(all) => all.iter().take_while(|&&byte| byte == b'[').count(),
            _ => 0,
        }
    }

    /// The type of an array's components, one dimension less.
    pub fn component(self) -> Option<FieldType<'a>> {
        match self {
            FieldType::Array(all) => take_unchecked(&all[1..]).map(|(kind, _)| kind),
            _ => None,
        }
    }

    /// The type left when all dimensions are taken off.
    pub fn element(self) -> FieldType<'a> {
        match self {
            FieldType::Array(all) => {
                take_unchecked(&all[self.dimensions()..]).map_or(self, |(kind, _)| kind)
            }
            _ => self,
        }
    }
}

/// The first type of `bytes` and the rest, for bytes that have been parsed before.
#[inline]
fn take_unchecked(bytes: &[u8]) -> Option<(FieldType<'_>, &[u8])> {
    match bytes {
        [b'L', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b';')?;
            Some((FieldType::Object(&rest[..end]), &rest[end + 1..]))
        }
        [b'[', ..] => {
            let dimensions = bytes.iter().position(|&byte| byte != b'[')?;
            let (_, rest) = take_unchecked(&bytes[dimensions..])?;
            Some((FieldType::Array(&bytes[..bytes.len() - rest.len()]), rest))
        }
        [letter, rest @ ..] => Some((FieldType::primitive(*letter)?, rest)),
        [] => None,
    }
}

/// Splits the first type off `bytes`, checking everything.
fn take_type(bytes: &[u8], rules: NameRules) -> Result<(FieldType<'_>, &[u8]), DescriptorError> {
    match bytes {
        [b'L', rest @ ..] => {
            let end = class_name_end(rest, rules)?;
            Ok((FieldType::Object(&rest[..end]), &rest[end + 1..]))
        }
        [b'[', ..] => {
            let dimensions = bytes.iter().position(|&byte| byte != b'[').unwrap_or(bytes.len());
            if dimensions > MAX_DIMENSIONS {
                return Err(DescriptorError::TooManyDimensions);
            }
            let (_, rest) = take_type(&bytes[dimensions..], rules)?;
            Ok((FieldType::Array(&bytes[..bytes.len() - rest.len()]), rest))
        }
        [letter, rest @ ..] => {
            Ok((FieldType::primitive(*letter).ok_or(DescriptorError::Malformed)?, rest))
        }
        [] => Err(DescriptorError::Malformed),
    }
}

/// Index of the semicolon that ends the class name at the front of `bytes`.
fn class_name_end(bytes: &[u8], rules: NameRules) -> Result<usize, DescriptorError> {
    match rules {
        NameRules::Modern => {
            let end = bytes.iter().position(|&byte| byte == b';');
            let end = end.ok_or(DescriptorError::Malformed)?;
            let legal = is_class_name(&bytes[..end], rules);
            legal.then_some(end).ok_or(DescriptorError::BadClassName)
        }
        NameRules::Identifiers => identifier_prefix(bytes, true)
            .filter(|&end| bytes.get(end) == Some(&b';'))
            .ok_or(DescriptorError::Malformed),
    }
}

/// Checks a field descriptor (JVMS 4.3.2).
///
/// # Errors
/// What is wrong with it.
pub fn check_field(descriptor: &[u8], rules: NameRules) -> Result<(), DescriptorError> {
    match take_type(descriptor, rules)? {
        (_, []) => Ok(()),
        _ => Err(DescriptorError::Malformed),
    }
}

/// Whether `name` may stand in a constant pool `Class` entry: a class name or an array descriptor
/// (JVMS 4.4.1).
///
/// # Errors
/// Only [`DescriptorError::TooManyDimensions`] and, inside an array, [`DescriptorError::BadClassName`].
pub fn check_class_entry(name: &[u8], rules: NameRules) -> Result<bool, DescriptorError> {
    if name.first() != Some(&b'[') {
        return Ok(is_class_name(name, rules));
    }
    match check_field(name, rules) {
        Ok(()) => Ok(true),
        Err(DescriptorError::Malformed) => Ok(false),
        Err(other) => Err(other),
    }
}

/// A method descriptor (JVMS 4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodDescriptor<'a> {
    params: &'a [u8],
    returns: &'a [u8],
    param_count: u32,
    param_slots: u32,
}

impl<'a> MethodDescriptor<'a> {
    /// Parses by the rules of current class files. The limit of 255 slots is the caller's to check, since it
    /// counts the receiver.
    ///
    /// # Errors
    /// If it breaks JVMS 4.3.3 or names an illegal class.
    pub fn parse(descriptor: &'a [u8]) -> Result<Self, DescriptorError> {
        Self::parse_with(descriptor, NameRules::Modern)
    }

    /// Parses by the given naming rules.
    ///
    /// # Errors
    /// As [`MethodDescriptor::parse`].
    pub fn parse_with(descriptor: &'a [u8], rules: NameRules) -> Result<Self, DescriptorError> {
        let [b'(', params @ ..] = descriptor else { return Err(DescriptorError::Malformed) };
        let (mut rest, mut param_count, mut param_slots) = (params, 0, 0);
        while !matches!(rest, [b')', ..]) {
            let (kind, after) = take_type(rest, rules)?;
            param_count += 1;
            param_slots += u32::from(kind.slots());
            rest = after;
        }
        let returns = &rest[1..];
        if returns != b"V" {
            check_field(returns, rules)?;
        }
        let params = &params[..params.len() - rest.len()];
        Ok(MethodDescriptor { params, returns, param_count, param_slots })
    }

    /// The parameter types, in order, without allocating.
    pub fn params(&self) -> Params<'a> {
        Params { rest: self.params }
    }

    /// How many parameters.
    pub fn param_count(&self) -> u32 {
        self.param_count
    }

    /// Slots of the parameters without the receiver: 2 for long and double, else 1.
    pub fn param_slots(&self) -> u32 {
        self.param_slots
    }

    /// The return type; `None` for void.
    pub fn return_type(&self) -> Option<FieldType<'a>> {
        take_unchecked(self.returns).map(|(kind, _)| kind)
    }

    /// Slots of the returned value: 0 for void.
    pub fn return_slots(&self) -> u16 {
        self.return_type().map_or(0, FieldType::slots)
    }

    /// The return type's descriptor, `V` for void.
    pub fn return_descriptor(&self) -> &'a [u8] {
        self.returns
    }
}

/// The parameter types of a [`MethodDescriptor`].
#[derive(Clone, Debug)]
pub struct Params<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Params<'a> {
    type Item = FieldType<'a>;

    #[inline]
    fn next(&mut self) -> Option<FieldType<'a>> {
        let (kind, rest) = take_unchecked(self.rest)?;
        self.rest = rest;
        Some(kind)
    }
}

impl std::iter::FusedIterator for Params<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_descriptors() {
        let method = MethodDescriptor::parse(b"(IJ[[Ljava/lang/String;D)[I").unwrap();
        let params: Vec<_> = method.params().collect();
        assert_eq!(params[..2], [FieldType::Int, FieldType::Long]);
        assert_eq!(params[2], FieldType::Array(b"[[Ljava/lang/String;"));
        assert_eq!(params[2].element(), FieldType::Object(b"java/lang/String"));
        assert_eq!(params[2].component(), Some(FieldType::Array(b"[Ljava/lang/String;")));
        assert_eq!(params[2].dimensions(), 2);
        assert_eq!((method.param_count(), method.param_slots()), (4, 6));
        assert_eq!(method.return_type(), Some(FieldType::Array(b"[I")));
        assert_eq!(MethodDescriptor::parse(b"()V").unwrap().return_type(), None);
        for bad in ["", "(", "()", "()VV", "(V)V", "I", "(I", "(Lx)V", "()[", "(I)V;", "([)V"] {
            let got = MethodDescriptor::parse(bad.as_bytes());
            assert_eq!(got, Err(DescriptorError::Malformed), "{bad}");
        }
        assert_eq!(MethodDescriptor::parse(b"(L;)V"), Err(DescriptorError::BadClassName));
    }

    #[test]
    fn field_descriptors() {
        assert_eq!(FieldType::parse(b"Z"), Ok(FieldType::Boolean));
        let deep = |count| [vec![b'['; count], b"I".to_vec()].concat();
        assert!(FieldType::parse(&deep(255)).is_ok());
        assert_eq!(FieldType::parse(&deep(256)), Err(DescriptorError::TooManyDimensions));
        for bad in ["", "V", "II", "[", "L", "La", "Q"] {
            assert_eq!(FieldType::parse(bad.as_bytes()), Err(DescriptorError::Malformed), "{bad}");
        }
        for bad in ["L;", "La//b;", "L[I;", "La.b;", "L/a;"] {
            let got = FieldType::parse(bad.as_bytes());
            assert_eq!(got, Err(DescriptorError::BadClassName), "{bad}");
        }
        assert!(check_field(b"La-b;", NameRules::Modern).is_ok());
        assert!(check_field(b"La-b;", NameRules::Identifiers).is_err());
    }

    #[test]
    fn class_entries() {
        let check = |name: &str| check_class_entry(name.as_bytes(), NameRules::Modern);
        assert_eq!((check("a/B"), check("[I"), check("[[La;")), (Ok(true), Ok(true), Ok(true)));
        assert_eq!((check("[V"), check(""), check("a;")), (Ok(false), Ok(false), Ok(false)));
        assert_eq!(check("[L;"), Err(DescriptorError::BadClassName));
    }
}
