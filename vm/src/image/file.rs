//! The file of an image: header, pages, what the pages are, state.
//!
//! ```text
//! 0     magic | byte order | version | place of the contents | their length | length of the state | hash | hash of this
//! 4096  pages, in chunks of 256 KiB: as they are, or each chunk packed (zstd)
//!       contents (postcard): kind, key, parent, runs of pages, hash of each chunk
//!       state (postcard, packed if the pages are)
//! ```
//!
//! All numbers are little-endian. The hash in the header is that of contents and state, and since the contents hold the hashes
//! of all chunks, it is the image's *id*: whoever is based on an image names it by this. The header is written last, so a
//! file that was not finished is no image.

use super::OpenError;
use gc::{ImageKind, PageRun};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// First bytes of a file.
const MAGIC: [u8; 8] = *b"rvm-img\n";
/// Reads as another number on a machine of the other byte order.
const BYTE_ORDER: u32 = 0x0a0b_0c0d;
/// Changes with every change of the format.
const VERSION: u32 = 2;
/// Bytes of the header that mean something.
const HEADER_BYTES: usize = 64;
/// Pages begin here.
pub(super) const PAGES_AT: u64 = 4096;
/// Bytes of pages that are hashed, and packed, together.
pub(super) const CHUNK_BYTES: usize = 256 << 10;
/// No image has more pages, whatever its contents say.
const MOST_BYTES: u64 = 64 << 30;

/// Names an image by what is in it.
pub type ImageId = u128;

/// Which image another one is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is.
    pub id: ImageId,
    /// Where it was.
    pub path: PathBuf,
    /// Which part of that file; `None`: all of it.
    pub part: Option<Part>,
}

/// A part of a file that is an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Bytes before it, a multiple of the page size.
    pub start: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A piece of the pages.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Chunk {
    /// Of the pages.
    pub hash: u64,
    /// How many bytes it takes in the file.
    pub stored_bytes: u32,
}

/// What a file holds, beside the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Contents {
    pub kind: ImageKind,
    /// What the image may be used for.
    pub key: String,
    /// Version of the VM that made it.
    pub maker: String,
    /// When, in seconds since 1970.
    pub made: u64,
    /// The image that has the pages that this one lacks.
    pub parent: Option<Link>,
    /// In order, each page once.
    pub runs: Vec<PageRun>,
    pub chunks: Vec<Chunk>,
    /// Whether chunks and state are packed.
    pub packed: bool,
    pub state_bytes: u64,
}

impl Contents {
    /// Bytes of the pages.
    pub fn page_bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes as u64).sum()
    }

    /// The chunks: bytes of pages in each, and where it is in the file.
    pub fn each_chunk(&self) -> impl Iterator<Item = (&Chunk, usize, u64)> {
        let mut left = self.page_bytes() as usize;
        let mut at = PAGES_AT;
        self.chunks.iter().map(move |chunk| {
            let (bytes, start) = (left.min(CHUNK_BYTES), at);
            left -= bytes;
            at += u64::from(chunk.stored_bytes);
            (chunk, bytes, start)
        })
    }

    /// Whether lengths and places can be what they say.
    fn is_sound(&self, contents_at: u64) -> bool {
        let aligned = |run: &PageRun| run.bytes > 0 && run.bytes.is_multiple_of(PAGES_AT as usize);
        let ordered = self.runs.windows(2).all(|two| two[0].end() <= two[1].place);
        let total = self.runs.iter().try_fold(0u64, |sum, run| sum.checked_add(run.bytes as u64));
        let Some(total) = total.filter(|total| *total <= MOST_BYTES) else { return false };
        let stored: u64 = self.chunks.iter().map(|chunk| u64::from(chunk.stored_bytes)).sum();
        self.runs.iter().all(aligned)
            && ordered
            && self.chunks.len() as u64 == total.div_ceil(CHUNK_BYTES as u64)
            && PAGES_AT + stored == contents_at
            && (self.packed || stored == total)
            && self.state_bytes <= MOST_BYTES
    }
}

/// Where things are in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub id: ImageId,
    pub contents_at: u64,
    pub contents_bytes: u64,
    pub state_bytes: u64,
}

impl Header {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&BYTE_ORDER.to_le_bytes());
        bytes[12..16].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.contents_at.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.contents_bytes.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.state_bytes.to_le_bytes());
        bytes[40..56].copy_from_slice(&self.id.to_le_bytes());
        let hash = xxh3_64(&bytes[..56]);
        bytes[56..].copy_from_slice(&hash.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; HEADER_BYTES], file_bytes: u64) -> Result<Header, OpenError> {
        let short = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        if bytes[..8] != MAGIC {
            return Err(OpenError::Damaged("it does not begin as an image"));
        }
        if short(8) == BYTE_ORDER.swap_bytes() {
            return Err(OpenError::ByteOrder);
        }
        if short(12) != VERSION {
            return Err(OpenError::Version { found: short(12), known: VERSION });
        }
        if short(8) != BYTE_ORDER || word(56) != xxh3_64(&bytes[..56]) {
            return Err(OpenError::Damaged("its header has changed"));
        }
        let header = Header {
            contents_at: word(16),
            contents_bytes: word(24),
            state_bytes: word(32),
            id: u128::from(word(40)) | u128::from(word(48)) << 64,
        };
        let parts = [header.contents_at, header.contents_bytes, header.state_bytes];
        match parts.into_iter().try_fold(0u64, u64::checked_add) {
            Some(end) if end > file_bytes => Err(OpenError::Damaged("it ends early")),
            Some(end) if end == file_bytes => Ok(header),
            _ => Err(OpenError::Damaged("it has another length than it says")),
        }
    }
}

fn id_of(contents: &[u8], state: &[u8]) -> ImageId {
    let mut hasher = Xxh3::new();
    hasher.update(contents);
    hasher.update(state);
    hasher.digest128()
}

/// Reads and checks what a part of a file says of itself; answers the stored bytes of the state, too.
pub(super) fn read(file: &File, part: Part) -> Result<(Header, Contents, Vec<u8>), OpenError> {
    if file.metadata()?.is_dir() {
        return Err(OpenError::Damaged("it is a folder"));
    }
    if !part.start.is_multiple_of(PAGES_AT) {
        return Err(OpenError::Damaged("it does not begin with a page"));
    }
    if part.bytes < PAGES_AT {
        let mut start = [0; MAGIC.len()];
        let is_image = file.read_exact_at(&mut start, part.start).is_ok() && start == MAGIC;
        let reason = if is_image { "it ends early" } else { "it does not begin as an image" };
        return Err(OpenError::Damaged(reason));
    }
    let mut page = [0; PAGES_AT as usize];
    file.read_exact_at(&mut page, part.start)?;
    let (bytes, padding) = page.split_first_chunk().unwrap_or_else(|| unreachable!("it is longer"));
    let header = Header::from_bytes(bytes, part.bytes)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(OpenError::Damaged("its header has changed"));
    }
    // Both lie within the part.
    let mut rest = vec![0; (header.contents_bytes + header.state_bytes) as usize];
    file.read_exact_at(&mut rest, part.start + header.contents_at)?;
    let state = rest.split_off(header.contents_bytes as usize);
    if id_of(&rest, &state) != header.id {
        return Err(OpenError::Damaged("its state has changed"));
    }
    let contents: Contents = postcard::from_bytes(&rest)
        .map_err(|_| OpenError::Damaged("its contents can not be read"))?;
    if !contents.is_sound(header.contents_at) {
        return Err(OpenError::Damaged("its contents contradict each other"));
    }
    Ok((header, contents, state))
}

/// Completes a file whose pages are written: from now on it is an image.
pub(super) fn finish(file: &File, contents: &Contents, state: &[u8]) -> io::Result<Header> {
    let stored: u64 = contents.chunks.iter().map(|chunk| u64::from(chunk.stored_bytes)).sum();
    let bytes = postcard::to_stdvec(contents).map_err(io::Error::other)?;
    let header = Header {
        id: id_of(&bytes, state),
        contents_at: PAGES_AT + stored,
        contents_bytes: bytes.len() as u64,
        state_bytes: state.len() as u64,
    };
    file.write_all_at(&bytes, header.contents_at)?;
    file.write_all_at(state, header.contents_at + header.contents_bytes)?;
    file.write_all_at(&header.to_bytes(), 0)?;
    Ok(header)
}
