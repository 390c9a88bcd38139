//! Packing: chunks of pages and the state, each by itself (zstd).

use super::OpenError;
use super::file::{CHUNK_BYTES, Contents};
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use xxhash_rust::xxh3::xxh3_64;

/// How hard it tries. See `benches/freeze`: what a higher one saves is not worth its time.
const LEVEL: i32 = 1;

/// Packs pieces one after the other.
pub(super) struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub fn new() -> io::Result<Packer> {
        Ok(Packer(zstd::bulk::Compressor::new(LEVEL)?))
    }

    pub fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(bytes)
    }
}

/// What was packed, if it has just this length.
pub(super) fn unpack(packed: &[u8], bytes: usize) -> Option<Vec<u8>> {
    // Whatever the file says, memory is taken only for what is there.
    let most = bytes.min(packed.len().saturating_mul(1 << 16));
    let unpacked = zstd::bulk::decompress(packed, most).ok()?;
    (unpacked.len() == bytes).then_some(unpacked)
}

/// A file in memory with the pages of a packed image at `start`, which are those that were written.
pub(super) fn unpack_pages(
    file: &File,
    start: u64,
    contents: &Contents,
) -> Result<File, OpenError> {
    let pages = File::from(memfd_create("image", MemfdFlags::CLOEXEC).map_err(io::Error::from)?);
    let mut packed = Vec::new();
    let mut unpacked = Vec::with_capacity(CHUNK_BYTES);
    let mut unpacker = zstd::bulk::Decompressor::new()?;
    let mut done = 0;
    for (chunk, bytes, at) in contents.each_chunk() {
        packed.resize(chunk.stored_bytes as usize, 0);
        file.read_exact_at(&mut packed, start + at)?;
        unpacked.clear();
        let read = unpacker.decompress_to_buffer(&packed, &mut unpacked);
        if !read.is_ok_and(|read| read == bytes) || xxh3_64(&unpacked) != chunk.hash {
            return Err(OpenError::Damaged("its pages have changed"));
        }
        pages.write_all_at(&unpacked, done)?;
        done += bytes as u64;
    }
    Ok(pages)
}
