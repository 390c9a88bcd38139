//! Modified UTF-8, the class file's string encoding (JVMS 4.4.7).
//!
//! A code unit of UTF-16 takes one to three bytes: NUL takes two, and a supplementary character is a
//! surrogate pair of three bytes each. Lone surrogates are legal. Relies on nothing else.

use std::borrow::Cow;

/// The bytes are no modified UTF-8; `offset` is the first byte that can not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed modified UTF-8 at byte {offset}")]
pub struct Mutf8Error {
    /// Index of the offending sequence's first byte.
    pub offset: usize,
}

/// One code unit from the front of `bytes` and its length in bytes. Overlong forms are accepted, as
/// HotSpot accepts them in class files before version 48.
#[inline]
fn unit(bytes: &[u8]) -> Option<(u16, usize)> {
    let part = |byte: u8| (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f));
    match *bytes {
        [a @ 0x01..=0x7f, ..] => Some((u16::from(a), 1)),
        [a @ 0xc0..=0xdf, b, ..] => Some((u16::from(a & 0x1f) << 6 | part(b)?, 2)),
        [a @ 0xe0..=0xef, b, c, ..] => {
            Some((u16::from(a & 0x0f) << 12 | part(b)? << 6 | part(c)?, 3))
        }
        _ => None,
    }
}

fn is_overlong(unit: u16, length: usize) -> bool {
    match length {
        2 => unit != 0 && unit < 0x80,
        3 => unit < 0x800,
        _ => false,
    }
}

/// Length of the longest prefix of plain ASCII without NUL.
#[inline]
fn ascii_prefix(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !(0x01..=0x7f).contains(&byte)).unwrap_or(bytes.len())
}

/// Decodes to UTF-16 code units, accepting overlong forms (old class files have them).
///
/// # Errors
/// The offset of the first malformed or cut-off sequence.
pub fn decode(bytes: &[u8]) -> Result<Vec<u16>, Mutf8Error> {
    let plain = ascii_prefix(bytes);
    let mut units = Vec::with_capacity(bytes.len());
    units.extend(bytes[..plain].iter().map(|&byte| u16::from(byte)));
    let mut at = plain;
    while at < bytes.len() {
        let (code, length) = unit(&bytes[at..]).ok_or(Mutf8Error { offset: at })?;
        units.push(code);
        at += length;
    }
    Ok(units)
}

/// The text for people: malformed bytes and lone surrogates become U+FFFD. Borrows plain ASCII.
pub fn to_string_lossy(bytes: &[u8]) -> Cow<'_, str> {
    if ascii_prefix(bytes) == bytes.len()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (code, length) = unit(&bytes[at..]).unwrap_or((0xfffd, 1));
        units.push(code);
        at += length;
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// Encodes text.
#[allow(
    clippy::should_implement_trait,
    reason = "a function of the module, not a type's conversion"
)]
pub fn from_str(text: &str) -> Vec<u8> {
    if ascii_prefix(text.as_bytes()) == text.len() {
        return text.as_bytes().to_vec();
    }
    encode(text.encode_utf16(), text.len())
}

/// Encodes UTF-16 code units, lone surrogates included.
pub fn from_utf16(units: &[u16]) -> Vec<u8> {
    encode(units.iter().copied(), units.len())
}

fn encode(units: impl Iterator<Item = u16>, expected_bytes: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(expected_bytes);
    for unit in units {
        let low = 0x80 | (unit & 0x3f) as u8;
        match unit {
            0x01..=0x7f => bytes.push(unit as u8),
            0 | 0x80..=0x7ff => bytes.extend([0xc0 | (unit >> 6) as u8, low]),
            _ => {
                bytes.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, low]);
            }
        }
    }
    bytes
}

/// Whether `bytes` follow JVMS 4.4.7: no NUL byte, no byte from 0xf0, whole sequences, shortest forms.
pub fn validate(bytes: &[u8]) -> bool {
    validate_for(bytes, u16::MAX)
}

/// As [`validate`], but class files with a major version below 48 may use overlong forms, as HotSpot allows.
pub fn validate_for(bytes: &[u8], major: u16) -> bool {
    let mut at = ascii_prefix(bytes);
    while at < bytes.len() {
        match unit(&bytes[at..]) {
            Some((code, length)) if major < 48 || !is_overlong(code, length) => at += length,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_every_code_unit() {
        let units: Vec<u16> = (0..=u16::MAX).collect();
        let bytes = from_utf16(&units);
        assert!(validate(&bytes));
        assert_eq!(decode(&bytes), Ok(units));
    }

    #[test]
    fn encodes_nul_and_supplementary_characters() {
        assert_eq!(from_str("a\0é€😀"), b"a\xc0\x80\xc3\xa9\xe2\x82\xac\xed\xa0\xbd\xed\xb8\x80");
        assert_eq!(to_string_lossy(&from_str("a\0é€😀")), "a\0é€😀");
        assert!(matches!(to_string_lossy(b"plain"), Cow::Borrowed("plain")));
        assert_eq!(to_string_lossy(b"a\xffb\xed\xa0\xbd"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn refuses_what_the_specification_refuses() {
        for bad in [&b"\0"[..], b"\xf0\x9f\x98\x80", b"\xc3", b"\x80", b"\xe2\x82", b"\xc3\x29"] {
            assert!(!validate(bad) && decode(bad).is_err(), "{bad:x?}");
        }
        for overlong in [&b"\xc1\x81"[..], b"\xe0\x81\x81"] {
            assert!(!validate(overlong) && validate_for(overlong, 47) && decode(overlong).is_ok());
        }
        assert_eq!(decode(b"ab\xc3"), Err(Mutf8Error { offset: 2 }));
    }
}
