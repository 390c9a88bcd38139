//! The program that stands in front of a template: an ELF file without what only debuggers read.

use std::fs;
use std::path::Path;

use super::TemplateError;

/// A 64-bit, little-endian ELF file.
const MAGIC: [u8; 6] = [0x7F, b'E', b'L', b'F', 2, 1];
/// Places of the header's fields, by the System V ABI: section headers, and their number and index of names.
const SECTIONS_AT: std::ops::Range<usize> = 40..48;
const SECTION_NUMBERS_AT: std::ops::Range<usize> = 58..64;
/// Length of a program header in bytes.
const SEGMENT_BYTES: usize = 56;

/// Reads a program. What is behind the last segment, which the system's loader does not look at, is left out.
///
/// # Errors
/// If it can not be read or is no program.
pub(super) fn program(path: &Path) -> Result<Vec<u8>, TemplateError> {
    let read = |source| TemplateError::Read { path: path.into(), source };
    let bytes = fs::read(path).map_err(read)?;
    without_sections(bytes).ok_or_else(|| TemplateError::NoProgram(path.into()))
}

fn without_sections(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    let number = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        Some(field.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let (segments_at, count) = (number(32, 8)? as usize, number(56, 2)? as usize);
    let mut end = segments_at.checked_add(count * SEGMENT_BYTES)?;
    for segment in 0..count {
        let at = segments_at + segment * SEGMENT_BYTES;
        let (offset, length) = (number(at + 8, 8)?, number(at + 32, 8)?);
        end = end.max(usize::try_from(offset.checked_add(length)?).ok()?);
    }
    if end > bytes.len() {
        return None;
    }
    bytes.truncate(end);
    bytes.get_mut(SECTIONS_AT)?.fill(0);
    bytes.get_mut(SECTION_NUMBERS_AT)?.fill(0);
    // The size of an entry stays, as in files that never had any.
    bytes[58] = 64;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_becomes_shorter() {
        let own = fs::read("/proc/self/exe").expect("this program");
        let shorter = without_sections(own.clone()).expect("a program");
        assert!(shorter.len() < own.len());
        assert_eq!(without_sections(shorter.clone()), Some(shorter));
        assert_eq!(without_sections(b"#!/bin/sh".to_vec()), None);
        assert_eq!(without_sections(own[..200].to_vec()), None);
    }
}
