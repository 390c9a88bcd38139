//! Bytes that stay where they are: a mapped part of a file, or memory of the program.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Mmap, MmapOptions};

/// Read-only bytes for as long as this value lives.
#[derive(Debug)]
pub enum Bytes {
    /// A mapping.
    Map(Mmap),
    /// Memory that is never freed.
    Static(&'static [u8]),
}

impl Bytes {
    /// Maps `bytes` of a file, from `start`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn map(file: &File, start: u64, bytes: u64) -> io::Result<Bytes> {
        if bytes == 0 {
            return Ok(Bytes::Static(&[]));
        }
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        // SAFETY: the mapping is private and read-only. The bytes are only ever read as `u8` with every position
        // checked, so a concurrent change of the file can produce wrong data but no invalid value. A file that is
        // shortened while mapped raises SIGBUS; what is installed is replaced by renaming, not by truncating.
        let map = unsafe { MmapOptions::new().offset(start).len(length).map(file) }?;
        Ok(Bytes::Map(map))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Map(map) => map,
            Bytes::Static(bytes) => bytes,
        }
    }
}
