//! Writing: which pages an image must have of its own, and the way to the file.

use super::file::{self, CHUNK_BYTES, Chunk, Contents, PAGES_AT};
use super::layers::Chain;
use super::pack::{self, Packer};
use super::{Saved, What};
use gc::{Heap, PageRun};
use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

const PAGE_BYTES: usize = PAGES_AT as usize;

/// Writes the pages that the parent has not, and the state. The world is stopped.
pub(super) fn write(
    heap: &Heap,
    what: &What<'_>,
    pages: &[PageRun],
    state: &[u8],
    file: &File,
) -> io::Result<Saved> {
    let runs = match what.parent {
        Some(parent) => different(heap, pages, parent)?,
        None => without_zeros(heap, pages),
    };
    let chunks = write_pages(heap, &runs, file, what.pack)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let contents = Contents {
        kind: what.kind,
        key: what.key.into(),
        maker: env!("CARGO_PKG_VERSION").into(),
        made: now.map_or(0, |since| since.as_secs()),
        parent: what.parent.map(Chain::link),
        runs,
        chunks,
        packed: what.pack,
        state_bytes: state.len() as u64,
    };
    let header = match what.pack {
        true => file::finish(file, &contents, &Packer::new()?.pack(state)?)?,
        false => file::finish(file, &contents, state)?,
    };
    Ok(Saved {
        id: header.id,
        file_bytes: header.contents_at + header.contents_bytes + header.state_bytes,
        page_bytes: contents.page_bytes(),
        state_bytes: contents.state_bytes,
        ..Saved::default()
    })
}

/// The pages that are not what the parent has there.
fn different(heap: &Heap, pages: &[PageRun], parent: &Chain) -> io::Result<Vec<PageRun>> {
    let mut found = Found::default();
    let pieces = parent.pieces(pages);
    let mut next = pieces.iter().peekable();
    for &run in pages {
        let mut at = run.place;
        while let Some(piece) = next.next_if(|piece| piece.run.place < run.end()) {
            if let Some(bytes) = piece.run.place.since(at) {
                found.add_unless_zero(heap, PageRun { place: at, bytes });
            }
            found.add_unless_same(heap, piece.run, parent.piece(piece)?);
            at = piece.run.end();
        }
        if let Some(bytes) = run.end().since(at) {
            found.add_unless_zero(heap, PageRun { place: at, bytes });
        }
    }
    Ok(found.0)
}

fn without_zeros(heap: &Heap, pages: &[PageRun]) -> Vec<PageRun> {
    let mut found = Found::default();
    pages.iter().for_each(|&run| found.add_unless_zero(heap, run));
    found.0
}

/// Pages to be written.
#[derive(Default)]
struct Found(Vec<PageRun>);

impl Found {
    fn add(&mut self, page: PageRun) {
        match self.0.last_mut() {
            Some(last) if last.end() == page.place => last.bytes += page.bytes,
            _ => self.0.push(page),
        }
    }

    fn add_unless_zero(&mut self, heap: &Heap, run: PageRun) {
        const ZERO: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
        for (page, bytes) in each_page(heap, run) {
            if *bytes != ZERO {
                self.add(page);
            }
        }
    }

    fn add_unless_same(&mut self, heap: &Heap, run: PageRun, old: &[u8]) {
        for ((page, bytes), old) in each_page(heap, run).zip(old.chunks(PAGE_BYTES)) {
            if bytes != old {
                self.add(page);
            }
        }
    }
}

fn each_page(heap: &Heap, run: PageRun) -> impl Iterator<Item = (PageRun, &[u8])> {
    let pages = heap.image_pages(run).chunks(PAGE_BYTES).enumerate();
    pages.map(move |(i, bytes)| {
        (PageRun { place: run.place.plus(i * PAGE_BYTES), bytes: bytes.len() }, bytes)
    })
}

/// The pages of runs one after the other, cut into chunks: the pieces of each.
fn cut<'h>(heap: &'h Heap, runs: &[PageRun]) -> Vec<Vec<&'h [u8]>> {
    let mut chunks: Vec<Vec<&[u8]>> = Vec::new();
    let mut room = 0;
    for &run in runs {
        let mut rest = heap.image_pages(run);
        while !rest.is_empty() {
            if room == 0 {
                chunks.push(Vec::new());
                room = CHUNK_BYTES;
            }
            let (piece, behind) = rest.split_at(rest.len().min(room));
            if let Some(chunk) = chunks.last_mut() {
                chunk.push(piece);
            }
            room -= piece.len();
            rest = behind;
        }
    }
    chunks
}

/// Writes a chunk at a time, so that what is hashed is still in the cache when it is written.
fn write_pages(
    heap: &Heap,
    runs: &[PageRun],
    mut file: &File,
    packs: bool,
) -> io::Result<Vec<Chunk>> {
    file.seek(SeekFrom::Start(PAGES_AT))?;
    let chunks = cut(heap, runs);
    match packs {
        false => chunks.iter().map(|pieces| write_chunk(pieces, file)).collect(),
        true => write_packed(&chunks, file),
    }
}

/// Chunks that are packed before the first of them is written.
const BATCH: usize = 64;

fn write_packed(chunks: &[Vec<&[u8]>], mut file: &File) -> io::Result<Vec<Chunk>> {
    let mut written = Vec::with_capacity(chunks.len());
    for batch in chunks.chunks(BATCH) {
        for packed in pack::in_parallel(batch, pack_chunks)?.into_iter().flatten() {
            file.write_all(&packed.0)?;
            written.push(Chunk { hash: packed.1, stored_bytes: packed.0.len() as u32 });
        }
    }
    Ok(written)
}

/// Each chunk packed, and the hash of its pages.
fn pack_chunks(chunks: &[Vec<&[u8]>]) -> io::Result<Vec<(Vec<u8>, u64)>> {
    let mut packer = Packer::new()?;
    let pack = |pieces: &Vec<&[u8]>| {
        let bytes = pieces.concat();
        Ok((packer.pack(&bytes)?, xxh3_64(&bytes)))
    };
    chunks.iter().map(pack).collect()
}

fn write_chunk(pieces: &[&[u8]], mut file: &File) -> io::Result<Chunk> {
    let hash = match pieces {
        [one] => xxh3_64(one),
        many => {
            let mut hasher = Xxh3::new();
            many.iter().for_each(|piece| hasher.update(piece));
            hasher.digest()
        }
    };
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut left = slices.as_mut_slice();
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
    Ok(Chunk { hash, stored_bytes: bytes as u32 })
}
