//! Which names are legal (JVMS 4.2), as HotSpot judges them.
//!
//! From version 49 on, names may hold nearly anything; before, they had to be Java identifiers.

use crate::identifier_table::{OTHER_PARTS, STARTS};

/// The naming rules of a class file's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRules {
    /// Major version 49 and up: JVMS 4.2.2.
    Modern,
    /// Below 49: Java identifiers.
    Identifiers,
}

impl NameRules {
    /// The rules for a major version.
    pub const fn for_version(major: u16) -> Self {
        if major >= 49 { NameRules::Modern } else { NameRules::Identifiers }
    }
}

/// Whether `name` is legal for a field (JVMS 4.2.2).
pub fn is_field_name(name: &[u8], rules: NameRules) -> bool {
    match rules {
        NameRules::Modern => is_unqualified(name),
        NameRules::Identifiers => is_identifier(name, false),
    }
}

/// Whether `name` is legal for a method: `<init>` and `<clinit>` are, other uses of `<` and `>` are not
/// (JVMS 4.2.2).
pub fn is_method_name(name: &[u8], rules: NameRules) -> bool {
    match (name, rules) {
        (b"<init>" | b"<clinit>", _) => true,
        (_, NameRules::Modern) => is_unqualified(name) && !name.iter().any(|b| b"<>".contains(b)),
        (_, NameRules::Identifiers) => is_identifier(name, false),
    }
}

/// Whether `name` is legal for a class or interface in internal form, arrays not included (JVMS 4.2.1).
pub fn is_class_name(name: &[u8], rules: NameRules) -> bool {
    match rules {
        NameRules::Modern => name.split(|&byte| byte == b'/').all(is_unqualified),
        NameRules::Identifiers => is_identifier(name, true),
    }
}

/// Whether `name` is not empty and free of `.`, `;`, `[` and `/` (JVMS 4.2.2).
pub fn is_unqualified(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(|byte| matches!(byte, b'.' | b';' | b'[' | b'/'))
}

/// Whether `name` is a module's name: no control characters, and `:`, `@`, `\` only after `\` (JVMS 4.2.3).
pub fn is_module_name(name: &[u8]) -> bool {
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if !matches!(bytes.next(), Some(b'\\' | b':' | b'@')) => return false,
            0..0x20 | b':' | b'@' => return false,
            _ => {}
        }
    }
    !name.is_empty()
}

/// A Java identifier, or several with slashes between.
fn is_identifier(name: &[u8], slashes: bool) -> bool {
    identifier_prefix(name, slashes) == Some(name.len())
}

/// Length of the longest prefix that is a Java identifier, or several with slashes between; `None` if there
/// is none or if it has two slashes in a row. HotSpot takes a slash at either end.
pub(crate) fn identifier_prefix(name: &[u8], slashes: bool) -> Option<usize> {
    let (mut at, mut after_slash) = (0, false);
    while at < name.len() {
        let (letter, length) = character(&name[at..])?;
        if letter == u16::from(b'/') && slashes {
            if after_slash {
                return None;
            }
            after_slash = true;
        } else if is_identifier_part(letter, at == 0) {
            after_slash = false;
        } else {
            break;
        }
        at += length;
    }
    (at > 0).then_some(at)
}

/// The first UTF-16 code unit and its length in bytes.
fn character(bytes: &[u8]) -> Option<(u16, usize)> {
    let length = match bytes[0] {
        ..0x80 => return Some((u16::from(bytes[0]), 1)),
        0x80..0xe0 => 2,
        _ => 3,
    };
    let units = crate::mutf8::decode(bytes.get(..length)?).ok()?;
    units.first().map(|&unit| (unit, length))
}

fn is_identifier_part(letter: u16, first: bool) -> bool {
    match u8::try_from(letter) {
        Ok(b'a'..=b'z' | b'A'..=b'Z' | b'$' | b'_') => true,
        Ok(b'0'..=b'9') => !first,
        // Unlike `Character.isJavaIdentifierPart`, HotSpot takes no control characters.
        Ok(..0x80) => false,
        _ => within(STARTS, letter) || !first && within(OTHER_PARTS, letter),
    }
}

fn within(ranges: &[(u16, u16)], letter: u16) -> bool {
    let next = ranges.partition_point(|range| range.0 <= letter);
    next > 0 && letter <= ranges[next - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_names() {
        use NameRules::Modern;
        for good in ["a", "1 ?", "é", "a-b", "<x>"] {
            assert!(is_field_name(good.as_bytes(), Modern), "{good}");
        }
        for bad in ["", "a.b", "a;", "[", "a/b"] {
            assert!(!is_field_name(bad.as_bytes(), Modern), "{bad}");
        }
        assert!(is_method_name(b"<init>", Modern) && !is_method_name(b"<x>", Modern));
        assert!(is_class_name(b"a/b-c/d", Modern));
        for bad in ["", "/a", "a/", "a//b", "[I", "a.b", "a;"] {
            assert!(!is_class_name(bad.as_bytes(), Modern), "{bad}");
        }
    }

    #[test]
    fn identifiers() {
        use NameRules::Identifiers;
        for good in ["a", "_1", "$", "é2"] {
            assert!(is_field_name(good.as_bytes(), Identifiers), "{good}");
        }
        for bad in ["", "1", "a-b", "a b", "a/b", "<init>"] {
            assert!(!is_field_name(bad.as_bytes(), Identifiers), "{bad}");
        }
        assert!(is_class_name(b"java/lang/Object", Identifiers));
        assert!(!is_class_name(b"a//b", Identifiers) && is_class_name(b"a/", Identifiers));
    }

    #[test]
    fn module_names() {
        assert!(is_module_name(b"java.base") && is_module_name(br"a\@b"));
        assert!(!is_module_name(b"a@b") && !is_module_name(b"a\\") && !is_module_name(b""));
    }
}
