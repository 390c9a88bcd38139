//! Big-endian reading with every access checked, and zero-copy lists of numbers.

use crate::error::{ClassFileError, Result};

/// A position in a file's bytes.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

#[cold]
fn truncated(at: usize) -> ClassFileError {
    ClassFileError::format(at, "Truncated class file")
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Bytes from the file's start.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// How many bytes follow.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Moves to a place that has been reached before, in bytes from the file's start.
    pub(crate) fn seek(&mut self, offset: usize) {
        self.at = offset.min(self.bytes.len());
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Fails unless `count` more bytes follow.
    #[inline]
    pub(crate) fn need(&self, count: usize) -> Result<()> {
        if count <= self.bytes.len() - self.at { Ok(()) } else { Err(truncated(self.at)) }
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.bytes[self.at..].get(..count).ok_or_else(|| truncated(self.at))?;
        self.at += count;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = *self.bytes[self.at..].first_chunk().ok_or_else(|| truncated(self.at))?;
        self.at += N;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn u1(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    #[inline]
    pub(crate) fn u2(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    #[inline]
    pub(crate) fn u4(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Where the list that begins here will end, in bytes from the file's start; maybe behind the file.
    pub(crate) fn list_end(&self) -> Result<usize> {
        let count = usize::from(self.clone().u2()?);
        Ok(self.at + 2 + 2 * count)
    }

    /// A list with its two-byte count in front.
    pub(crate) fn u2_list(&mut self) -> Result<U16List<'a>> {
        let count = usize::from(self.u2()?);
        Ok(U16List(self.take(count * 2)?.as_chunks().0))
    }
}

/// A list of two-byte numbers, read from the file as they are asked for.
#[derive(Clone, Copy, Default)]
pub struct U16List<'a>(&'a [[u8; 2]]);

impl<'a> U16List<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number at `index`.
    pub fn get(&self, index: usize) -> Option<u16> {
        self.0.get(index).map(|pair| u16::from_be_bytes(*pair))
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u16> + DoubleEndedIterator + use<'a> {
        self.0.iter().map(|pair| u16::from_be_bytes(*pair))
    }
}

impl std::fmt::Debug for U16List<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
