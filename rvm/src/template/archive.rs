//! Reading jar files, as far as packing an application needs it.

use std::fs;
use std::path::{Path, PathBuf};

use stdlib::zip_stream::Inflater;

use super::TemplateError;

/// Signature of the record that ends every zip file, and its length without its comment.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
/// Signature of an entry of the directory, and its length without name, extra field and comment.
const ENTRY: (&[u8], usize) = (b"PK\x01\x02", 46);
/// Signature in front of an entry's content, and the length of what begins so.
const LOCAL: (&[u8], usize) = (b"PK\x03\x04", 30);
/// What 32 bits can not say is said elsewhere in archives of the format for huge files.
const ELSEWHERE: u64 = u32::MAX as u64;
/// How contents are stored.
const STORED: u64 = 0;
const DEFLATED: u64 = 8;
/// Deflate can not shrink more than this.
const MAX_RATIO: usize = 1040;

/// An archive in memory.
pub(super) struct Archive {
    path: PathBuf,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    method: u64,
    compressed_bytes: usize,
    bytes: usize,
    local_at: usize,
}

impl Archive {
    /// Reads an archive and its directory.
    ///
    /// # Errors
    /// If it can not be read or is none.
    pub fn open(path: &Path) -> Result<Archive, TemplateError> {
        let read = |source| TemplateError::Read { path: path.into(), source };
        let bytes = fs::read(path).map_err(read)?;
        let mut archive = Archive { path: path.into(), bytes, entries: Vec::new() };
        archive.entries = archive.directory()?;
        Ok(archive)
    }

    fn error(&self, what: impl Into<String>) -> TemplateError {
        TemplateError::Archive { path: self.path.clone(), what: what.into() }
    }

    fn directory(&self) -> Result<Vec<Entry>, TemplateError> {
        let tail = self.bytes.len().saturating_sub(END.1 + usize::from(u16::MAX));
        let end = self.bytes[tail..].windows(END.0.len()).rposition(|window| window == END.0);
        let end = end.ok_or_else(|| self.error("it has no directory"))? + tail;
        let record = |at, length| number(&self.bytes, end + at, length);
        let (count, size, offset) = (record(10, 2), record(12, 4), record(16, 4));
        let comment = record(END.1 - 2, 2);
        let (Some(count), Some(size), Some(offset), Some(_)) = (count, size, offset, comment)
        else {
            return Err(self.error("it ends early"));
        };
        if [size, offset].contains(&ELSEWHERE) || count == 0xFFFF {
            return Err(self.error("it is of the format for huge files (zip64)"));
        }
        // What may stand in front of the archive does not count in its offsets.
        let start = end.checked_sub(size as usize);
        let front = start.and_then(|start| start.checked_sub(offset as usize));
        let (Some(mut at), Some(front)) = (start, front) else {
            return Err(self.error("its directory lies outside of it"));
        };
        let mut entries = Vec::new();
        while entries.len() < count as usize {
            let (entry, bytes) =
                self.entry(at, front).ok_or_else(|| self.error("its directory is damaged"))?;
            at += bytes;
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The entry of the directory at a place, and its length.
    fn entry(&self, at: usize, front: usize) -> Option<(Entry, usize)> {
        let bytes = self.bytes.get(at..)?;
        if !bytes.starts_with(ENTRY.0) {
            return None;
        }
        let field = |at, length| number(bytes, at, length).map(|value| value as usize);
        let (name, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
        let entry = Entry {
            name: String::from_utf8_lossy(bytes.get(ENTRY.1..ENTRY.1 + name)?).into_owned(),
            method: number(bytes, 10, 2)?,
            compressed_bytes: field(20, 4)?,
            bytes: field(24, 4)?,
            local_at: front.checked_add(field(42, 4)?)?,
        };
        Some((entry, ENTRY.1 + name + extra + comment))
    }

    /// The names of all entries.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The content of an entry; nothing if there is none of the name.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, TemplateError> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else {
            return Ok(None);
        };
        let content = self.content(entry);
        content.map(Some).ok_or_else(|| self.error(format!("{name} is damaged")))
    }

    fn content(&self, entry: &Entry) -> Option<Vec<u8>> {
        let local = self.bytes.get(entry.local_at..)?;
        let lengths = number(local, 26, 2)? + number(local, 28, 2)?;
        let stored = local.get(LOCAL.1 + lengths as usize..)?.get(..entry.compressed_bytes)?;
        match entry.method {
            _ if !local.starts_with(LOCAL.0) => None,
            STORED => Some(stored.to_vec()),
            DEFLATED if entry.bytes / MAX_RATIO <= stored.len() => {
                let mut content = vec![0; entry.bytes];
                let step = Inflater::new(true).ok()?.inflate(stored, &mut content).ok()?;
                (step.produced == content.len()).then_some(content)
            }
            _ => None,
        }
    }
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(bytes: Vec<u8>) -> Result<Archive, TemplateError> {
        let mut archive = Archive { path: "x.jar".into(), bytes, entries: Vec::new() };
        archive.entries = archive.directory()?;
        Ok(archive)
    }

    /// An archive of one stored entry, behind `front`.
    fn stored(front: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
        let lengths = |at: usize, head: &mut Vec<u8>| {
            for (at, value) in [(at, content.len()), (at + 4, content.len()), (at + 8, name.len())]
            {
                head[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
            }
        };
        let mut local = [LOCAL.0, &[0; LOCAL.1 - 4]].concat();
        lengths(18, &mut local);
        let mut entry = [ENTRY.0, &[0; ENTRY.1 - 4]].concat();
        lengths(20, &mut entry);
        let body = [&local, name.as_bytes(), content].concat();
        let directory = [&entry, name.as_bytes()].concat();
        let mut end = [END.0, &[0; END.1 - 4]].concat();
        end[10] = 1;
        end[12] = directory.len() as u8;
        end[16] = body.len() as u8;
        [front, &body, &directory, &end].concat()
    }

    #[test]
    fn entries() {
        for front in [&b""[..], b"#!/bin/sh\n"] {
            let archive = archive(stored(front, "a/B.class", b"content")).expect("an archive");
            assert_eq!(archive.names().collect::<Vec<_>>(), ["a/B.class"]);
            assert_eq!(archive.read("a/B.class").expect("reads"), Some(b"content".to_vec()));
            assert_eq!(archive.read("a/C.class").expect("reads"), None);
        }
    }

    #[test]
    fn damaged_archives_are_errors() {
        let whole = stored(b"", "a/B.class", b"content");
        for cut in 0..whole.len() {
            assert!(archive(whole[..cut].to_vec()).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            for bit in [1, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                // Whatever it is: no panic.
                if let Ok(archive) = archive(bytes) {
                    let _ = archive.read("a/B.class");
                }
            }
        }
    }
}
