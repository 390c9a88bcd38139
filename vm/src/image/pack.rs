//! Packing: chunks of pages and the state, each by itself (zstd).

use super::OpenError;
use super::file::{CHUNK_BYTES, Chunk, Contents};
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use xxhash_rust::xxh3::xxh3_64;

/// How hard it tries. Of a service's pages, cut into such chunks, higher levels up to 3 make no less than this one, and
/// those below 0 a half more in three quarters of its time.
const LEVEL: i32 = 1;
/// More threads than that wait for the one that writes.
const MOST_WORKERS: usize = 8;

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
    let mut done = 0;
    let places = contents.each_chunk().map(|(chunk, bytes, at)| {
        done += bytes as u64;
        Place { chunk: *chunk, bytes, from: start + at, to: done - bytes as u64 }
    });
    let places: Vec<Place> = places.collect();
    in_parallel(&places, |places| unpack_chunks(file, &pages, places))?;
    Ok(pages)
}

/// A chunk in a packed file, and where its pages go.
struct Place {
    chunk: Chunk,
    bytes: usize,
    from: u64,
    to: u64,
}

fn unpack_chunks(file: &File, pages: &File, places: &[Place]) -> Result<(), OpenError> {
    let mut packed = Vec::new();
    let mut unpacked = Vec::with_capacity(CHUNK_BYTES);
    let mut unpacker = zstd::bulk::Decompressor::new()?;
    for place in places {
        packed.resize(place.chunk.stored_bytes as usize, 0);
        file.read_exact_at(&mut packed, place.from)?;
        unpacked.clear();
        let read = unpacker.decompress_to_buffer(&packed, &mut unpacked);
        let is_whole = read.is_ok_and(|read| read == place.bytes);
        if !is_whole || xxh3_64(&unpacked) != place.chunk.hash {
            return Err(OpenError::Damaged("its pages have changed"));
        }
        pages.write_all_at(&unpacked, place.to)?;
    }
    Ok(())
}

/// Cuts the items into as many pieces as there are processors, and does `work` with all of them at once.
pub(super) fn in_parallel<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&[T]) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    let each = items.len().div_ceil(workers).max(1);
    let mut pieces = items.chunks(each);
    let first = pieces.next().unwrap_or_default();
    let work = &work;
    std::thread::scope(|scope| {
        let start = |piece| {
            let spawned = std::thread::Builder::new().spawn_scoped(scope, move || work(piece));
            // Without another thread it is done in this one.
            spawned.map_err(|_| piece)
        };
        let others: Vec<_> = pieces.map(start).collect();
        let mut done = vec![work(first)];
        done.extend(others.into_iter().map(|other| match other {
            Ok(other) => other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(piece) => work(piece),
        }));
        done.into_iter().collect()
    })
}
