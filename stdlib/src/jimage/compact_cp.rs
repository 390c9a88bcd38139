//! The `compact-cp` compression: class files whose constant-pool strings were moved to the image's string table.

use super::JImageError;

/// A `CONSTANT_Utf8` that is an index of the string table.
const TAG_SHARED_STRING: u8 = 23;
/// A `CONSTANT_Utf8` descriptor whose class names are indices of the string table.
const TAG_SHARED_DESCRIPTOR: u8 = 25;
const TAG_UTF8: u8 = 1;

const DAMAGED: JImageError = JImageError::Damaged("compact constant pool");

/// Puts the strings back. `string` gives the string at an offset; the result may not be longer than `size_limit`.
pub(super) fn expand<'s>(
    body: &[u8],
    size_limit: usize,
    string: impl Fn(u32) -> Option<&'s [u8]>,
) -> Result<Vec<u8>, JImageError> {
    let mut input = Input { rest: body };
    let mut output = Vec::with_capacity(size_limit.min(body.len() * 4));
    // Magic, minor and major version, constant-pool count (JVMS 4.1).
    let head = input.take(10)?;
    output.extend_from_slice(head);
    let count = u16::from_be_bytes([head[8], head[9]]);
    let mut index = 1;
    while index < count {
        let tag = input.take(1)?[0];
        match tag {
            TAG_SHARED_STRING => {
                let text = string(input.compact_int()?).ok_or(DAMAGED)?;
                push_text(&mut output, text)?;
            }
            TAG_SHARED_DESCRIPTOR => {
                let descriptor = string(input.compact_int()?).ok_or(DAMAGED)?;
                let length = input.compact_int()? as usize;
                let indices = Input { rest: input.take(length)? };
                push_utf8(&mut output, |output| {
                    push_descriptor(output, descriptor, indices, &string)
                })?;
            }
            TAG_UTF8 => {
                let length = input.take(2)?;
                let text = input.take(usize::from(u16::from_be_bytes([length[0], length[1]])))?;
                push_text(&mut output, text)?;
            }
            _ => {
                output.push(tag);
                output.extend_from_slice(input.take(constant_size(tag).ok_or(DAMAGED)?)?);
            }
        }
        // Long and Double take two entries (JVMS 4.4.5).
        index += if matches!(tag, 5 | 6) { 2 } else { 1 };
        if output.len() > size_limit {
            return Err(JImageError::WrongLength);
        }
    }
    output.extend_from_slice(input.rest);
    Ok(output)
}

/// Appends a `CONSTANT_Utf8` whose bytes `fill` writes.
fn push_utf8(
    output: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), JImageError>,
) -> Result<(), JImageError> {
    output.extend_from_slice(&[TAG_UTF8, 0, 0]);
    let start = output.len();
    fill(output)?;
    let length = u16::try_from(output.len() - start).map_err(|_| DAMAGED)?;
    output[start - 2..start].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn push_text(output: &mut Vec<u8>, text: &[u8]) -> Result<(), JImageError> {
    push_utf8(output, |output| {
        output.extend_from_slice(text);
        Ok(())
    })
}

/// Writes `descriptor` with a package and a class name from the table behind each `L`.
fn push_descriptor<'s>(
    output: &mut Vec<u8>,
    descriptor: &[u8],
    mut indices: Input<'_>,
    string: impl Fn(u32) -> Option<&'s [u8]>,
) -> Result<(), JImageError> {
    if indices.rest.is_empty() {
        output.extend_from_slice(descriptor);
        return Ok(());
    }
    for &byte in descriptor {
        output.push(byte);
        if byte == b'L' {
            let package = string(indices.compact_int()?).ok_or(DAMAGED)?;
            output.extend_from_slice(package);
            if !package.is_empty() {
                output.push(b'/');
            }
            output.extend_from_slice(string(indices.compact_int()?).ok_or(DAMAGED)?);
        }
    }
    Ok(())
}

/// Length in bytes of a constant behind its tag (JVMS 4.4), for those of fixed length.
fn constant_size(tag: u8) -> Option<usize> {
    match tag {
        7 | 8 | 16 | 19 | 20 => Some(2),
        15 => Some(3),
        3 | 4 | 9 | 10 | 11 | 12 | 17 | 18 => Some(4),
        5 | 6 => Some(8),
        _ => None,
    }
}

struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], JImageError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(head)
    }

    /// A number of one to four bytes: with the top bit set, two bits of length and the value's top five bits;
    /// otherwise four plain bytes. Big-endian.
    fn compact_int(&mut self) -> Result<u32, JImageError> {
        let head = *self.rest.first().ok_or(DAMAGED)?;
        let (length, mask) =
            if head & 0x80 == 0 { (4, 0xFF) } else { (usize::from(head >> 5 & 3), 0x1F) };
        let bytes = self.take(length.max(1))?;
        Ok(bytes[1..].iter().fold(u32::from(head & mask), |sum, byte| sum << 8 | u32::from(*byte)))
    }
}
