//! What tests share: constant pools from class-file bytes alone, in the records' encoding.

use super::{PoolView, u16_at, u32_at};
use classfile::constant_pool::tag;

/// A constant pool that owns its tables.
pub struct OwnedPool {
    tags: Vec<u8>,
    raw: Vec<u32>,
}

impl OwnedPool {
    /// Of well-formed class-file bytes.
    pub fn parse(bytes: &[u8]) -> OwnedPool {
        let count = u16_at(bytes, 8).unwrap();
        let mut pool = OwnedPool { tags: vec![0], raw: vec![0] };
        let mut at = 10;
        while pool.tags.len() < usize::from(count) {
            let kind = bytes[at];
            let (raw, length) = match kind {
                tag::UTF8 => ((at + 1) as u32, 3 + usize::from(u16_at(bytes, at + 1).unwrap())),
                tag::LONG | tag::DOUBLE => ((at + 1) as u32, 9),
                tag::METHOD_HANDLE => (u32::from(bytes[at + 1]) << 16, 4),
                tag::CLASS | tag::STRING | tag::METHOD_TYPE | tag::MODULE | tag::PACKAGE => {
                    (u32::from(u16_at(bytes, at + 1).unwrap()), 3)
                }
                _ => (u32_at(bytes, at + 1).unwrap(), 5),
            };
            at += length;
            pool.tags.push(kind);
            pool.raw.push(raw);
            if matches!(kind, tag::LONG | tag::DOUBLE) {
                pool.tags.push(0);
                pool.raw.push(0);
            }
        }
        pool
    }

    /// The view of it.
    pub fn view<'a>(&'a self, bytes: &'a [u8]) -> PoolView<'a> {
        PoolView { tags: &self.tags, raw: &self.raw, bytes }
    }
}
