//! Strings as the platform's bytes and back (`sun.jnu.encoding`).

use crate::state;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use vm::{Handle, Ref, Result, Thread, exceptions, strings};

/// How names of files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, also for what is none of the others.
    Utf8,
    /// ISO 8859-1
    Latin1,
    /// US-ASCII, that of the C locale.
    Ascii,
}

impl Encoding {
    fn from_name(name: &str) -> Encoding {
        match name {
            "ISO8859-1" | "ISO-8859-1" | "ISO8859_1" => Encoding::Latin1,
            "ANSI_X3.4-1968" | "ISO646-US" | "US-ASCII" => Encoding::Ascii,
            _ => Encoding::Utf8,
        }
    }

    /// UTF-16 as bytes; what can not be written becomes `?`.
    fn encode(self, units: &[u16]) -> Vec<u8> {
        let limit = match self {
            Encoding::Utf8 => u32::MAX,
            Encoding::Latin1 => 0xff,
            Encoding::Ascii => 0x7f,
        };
        let mut out = Vec::with_capacity(units.len());
        for c in char::decode_utf16(units.iter().copied()) {
            match c {
                Ok(c) if c.is_ascii() => out.push(c as u8),
                Ok(c) if u32::from(c) > limit => out.push(b'?'),
                Ok(c) if self == Encoding::Utf8 => {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Ok(c) => out.push(u32::from(c) as u8),
                Err(_) => out.push(b'?'),
            }
        }
        out
    }

    /// Bytes as UTF-16; malformed ones become U+FFFD.
    fn decode(self, bytes: &[u8]) -> Vec<u16> {
        let replace = |b: u8| if b < 0x80 { u16::from(b) } else { 0xfffd };
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).encode_utf16().collect(),
            Encoding::Latin1 => bytes.iter().map(|&b| b.into()).collect(),
            Encoding::Ascii => bytes.iter().map(|&b| replace(b)).collect(),
        }
    }
}

fn encoding(t: &Thread) -> Encoding {
    let state = state(t);
    *state.io.encoding.get_or_init(|| Encoding::from_name(&state.host.locale().encoding))
}

/// A String (not null) as the platform's bytes.
pub(crate) fn to_platform(t: &Thread, s: Ref) -> Vec<u8> {
    encoding(t).encode(&strings::to_utf16(t.vm(), s))
}

/// A String from the platform's bytes.
pub(crate) fn from_platform(t: &Thread, bytes: &[u8]) -> Result<Ref> {
    if bytes.is_ascii() {
        return strings::new_from_utf8(t, &String::from_utf8_lossy(bytes));
    }
    strings::new_from_utf16(t, &encoding(t).decode(bytes))
}

/// A path as a String.
pub(crate) fn from_path(t: &Thread, path: &Path) -> Result<Ref> {
    from_platform(t, path.as_os_str().as_bytes())
}

/// A path given as a String.
///
/// # Errors
/// `NullPointerException`.
pub(crate) fn path(t: &Thread, s: Handle) -> Result<PathBuf> {
    let s = t.get(s);
    if s.is_null() {
        return Err(exceptions::npe(t));
    }
    Ok(OsString::from_vec(to_platform(t, s)).into())
}

/// The path of a `java.io.File`.
///
/// # Errors
/// `NullPointerException`.
pub(crate) fn path_of_file(t: &Thread, file: Handle) -> Result<PathBuf> {
    let at = state(t).io.offsets.file_path(t)?;
    let file = t.get(file);
    if file.is_null() {
        return Err(exceptions::npe(t));
    }
    let s = t.vm().get_ref(file, at);
    if s.is_null() {
        return Err(exceptions::npe(t));
    }
    Ok(OsString::from_vec(to_platform(t, s)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let units: Vec<u16> = "aé€😀".encode_utf16().collect();
        assert_eq!(Encoding::Utf8.encode(&units), "aé€😀".as_bytes());
        assert_eq!(Encoding::Latin1.encode(&units), b"a\xe9??");
        assert_eq!(Encoding::Ascii.encode(&units), b"a???");
        assert_eq!(Encoding::Utf8.encode(&[0x61, 0xd800, 0x62]), b"a?b");
        assert_eq!(Encoding::Utf8.decode("aé€😀".as_bytes()), units);
        assert_eq!(Encoding::Utf8.decode(b"a\xffb"), [0x61, 0xfffd, 0x62]);
        assert_eq!(Encoding::Latin1.decode(b"\xe9"), [0xe9]);
        assert_eq!(Encoding::Ascii.decode(b"a\xe9"), [0x61, 0xfffd]);
        assert_eq!(Encoding::from_name("ANSI_X3.4-1968"), Encoding::Ascii);
    }
}
