//! Images that are based on others: the pages of one are those that it has itself, and for the rest its parent's.

use super::file::{self, Chunk, Contents, Header, ImageId, Link, PAGES_AT, Part};
use super::pack;
use super::{About, OpenError};
use gc::{ImageKind, PageRun, Piece};
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::xxh3_64;

/// No image has more ancestors: each of them is an open file.
const MOST_LAYERS: usize = 200;

/// One file.
pub(super) struct Layer {
    pub path: PathBuf,
    pub part: Option<Part>,
    /// Holds the pages as they are: the file itself, or a copy in memory of one that is packed.
    pub pages: File,
    pub pages_at: u64,
    pub header: Header,
    pub contents: Contents,
    /// Where each run's pages begin, counted from the first page.
    starts: Vec<u64>,
    mapped: OnceLock<Mmap>,
}

impl Layer {
    /// Opens a file or a part of it; answers its state, too.
    fn open(path: &Path, part: Option<Part>) -> Result<(Layer, Vec<u8>), OpenError> {
        let file = File::open(path)?;
        Layer::over(file, std::path::absolute(path)?, part)
    }

    fn over(file: File, path: PathBuf, part: Option<Part>) -> Result<(Layer, Vec<u8>), OpenError> {
        let all = Part { start: 0, bytes: file.metadata()?.len() };
        let within = part.unwrap_or(all);
        let (header, contents, state) = file::read(&file, within)?;
        let state = match contents.packed {
            true => pack::unpack(&state, contents.state_bytes as usize)
                .ok_or(OpenError::Damaged("its state can not be unpacked"))?,
            false => state,
        };
        let (pages, pages_at) = match contents.packed {
            true => (pack::unpack_pages(&file, within.start, &contents)?, 0),
            false => (file, within.start + PAGES_AT),
        };
        let mut next = 0;
        let starts = contents.runs.iter().map(|run| {
            next += run.bytes as u64;
            next - run.bytes as u64
        });
        let starts = starts.collect();
        let mapped = OnceLock::new();
        Ok((Layer { path, part, pages, pages_at, header, contents, starts, mapped }, state))
    }

    /// All its pages, one run after the other.
    pub fn bytes(&self) -> io::Result<&[u8]> {
        if let Some(mapped) = self.mapped.get() {
            return Ok(mapped);
        }
        let length = self.contents.page_bytes() as usize;
        let mut options = MmapOptions::new();
        // SAFETY: files of images are replaced, and never written in place.
        let mapped = unsafe { options.offset(self.pages_at).len(length).map(&self.pages) }?;
        Ok(self.mapped.get_or_init(|| mapped))
    }

    /// Whether all pages are those that were written.
    pub fn verify(&self) -> Result<(), OpenError> {
        if self.contents.packed {
            // Seen when they were unpacked.
            return Ok(());
        }
        let chunks = self.bytes()?.chunks(file::CHUNK_BYTES);
        let same = |(bytes, chunk): (&[u8], &Chunk)| xxh3_64(bytes) == chunk.hash;
        match chunks.zip(&self.contents.chunks).all(same) {
            true => Ok(()),
            false => Err(OpenError::Damaged("its pages have changed")),
        }
    }

    fn about(&self) -> About {
        let Header { id, contents_at, contents_bytes, state_bytes } = self.header;
        About {
            path: self.path.clone(),
            id,
            kind: self.contents.kind,
            key: self.contents.key.clone(),
            maker: self.contents.maker.clone(),
            made: self.contents.made,
            file_bytes: contents_at + contents_bytes + state_bytes,
            page_bytes: self.contents.page_bytes(),
            runs: self.contents.runs.len(),
            state_bytes: self.contents.state_bytes,
            packed: self.contents.packed,
            parent: self.contents.parent.clone(),
        }
    }

    /// Whether its place still has this very file.
    pub fn is_at_its_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let same =
            |a: std::fs::Metadata, b: std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        // Of a packed one, the file is closed.
        match (std::fs::metadata(&self.path), self.pages.metadata()) {
            (Ok(there), Ok(own)) => self.contents.packed || same(there, own),
            _ => false,
        }
    }
}

/// An image's file and those that it is based on, the base last.
pub struct Chain {
    layers: Vec<Arc<Layer>>,
}

impl Chain {
    /// Opens a file and all that it is based on; answers its state, too.
    ///
    /// # Errors
    /// If one of them is missing or damaged.
    pub fn open(path: &Path) -> Result<(Chain, Vec<u8>), OpenError> {
        Chain::below(Layer::open(path, None)?)
    }

    /// As [`Chain::open`], of a part of a file that is open.
    ///
    /// # Errors
    /// As [`Chain::open`].
    pub(super) fn open_part(
        file: File,
        path: PathBuf,
        part: Part,
    ) -> Result<(Chain, Vec<u8>), OpenError> {
        Chain::below(Layer::over(file, path, Some(part))?)
    }

    /// What a file and those that it is based on say of themselves, as far as they are there, and what is wrong with the next
    /// one.
    ///
    /// # Errors
    /// If the file is no image.
    pub fn look(path: &Path) -> Result<(Vec<About>, Option<OpenError>), OpenError> {
        let mut layers = vec![Layer::open(path, None)?.0];
        loop {
            let layer = &layers[layers.len() - 1];
            let below = layer.contents.parent.as_ref().map(|link| find(link, &layer.path));
            match below {
                Some(Ok(parent)) if layers.len() < MOST_LAYERS => layers.push(parent),
                Some(Ok(_)) | None => return Ok((layers.iter().map(Layer::about).collect(), None)),
                Some(Err(error)) => {
                    return Ok((layers.iter().map(Layer::about).collect(), Some(error)));
                }
            }
        }
    }

    /// With all that a layer is based on.
    fn below((top, state): (Layer, Vec<u8>)) -> Result<(Chain, Vec<u8>), OpenError> {
        let mut layers = vec![Arc::new(top)];
        while let Some(layer) = layers.last()
            && let Some(link) = &layer.contents.parent
        {
            if layers.len() == MOST_LAYERS {
                return Err(OpenError::Damaged("it is based on too many others"));
            }
            let parent = find(link, &layer.path)?;
            layers.push(Arc::new(parent));
        }
        Ok((Chain { layers }, state))
    }

    /// Opens what other images are to be based on.
    ///
    /// # Errors
    /// If it or one that it is based on is missing or damaged, or was made for something else than `key`.
    pub fn open_parent(path: &Path, key: &str) -> Result<Chain, OpenError> {
        let (chain, _) = Chain::open(path)?;
        if chain.top().contents.key == key { Ok(chain) } else { Err(OpenError::Foreign) }
    }

    /// What the files say of themselves, this image's first.
    pub fn about(&self) -> Vec<About> {
        self.layers.iter().map(|layer| layer.about()).collect()
    }

    /// Whether pages are those that were written; with `base`, also those of the images that others begin with.
    ///
    /// # Errors
    /// If some have changed since, or can not be read.
    pub fn verify(&self, base: bool) -> Result<(), OpenError> {
        let wanted = |layer: &&Arc<Layer>| base || layer.contents.kind == ImageKind::Whole;
        self.layers.iter().filter(wanted).try_for_each(|layer| layer.verify())
    }

    /// Whether one of its files is this one.
    pub fn has_file(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let id = |path: &Path| std::fs::metadata(path).map(|m| (m.dev(), m.ino())).ok();
        let wanted = id(path);
        wanted.is_some() && self.layers.iter().any(|layer| id(&layer.path) == wanted)
    }

    pub(super) fn top(&self) -> &Layer {
        &self.layers[0]
    }

    pub(super) fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// What a program that began with this image is best based on: the image that others begin with.
    pub(super) fn base(&self) -> Option<Chain> {
        let at = self.layers.iter().position(|layer| layer.contents.kind == ImageKind::Base)?;
        Some(Chain { layers: self.layers[at..].to_vec() })
    }

    /// Names it as a parent.
    pub(super) fn link(&self) -> Link {
        let top = self.top();
        Link { id: top.header.id, path: top.path.clone(), part: top.part }
    }

    /// Whether an image that is based on this one would find all of it.
    pub fn is_at_its_place(&self) -> bool {
        self.layers.iter().all(|layer| layer.is_at_its_place())
    }

    /// Where these pages are stored, in order; those that are missing are stored nowhere.
    pub(super) fn pieces(&self, pages: &[PageRun]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for &run in pages {
            self.find(run, 0, &mut pieces);
        }
        pieces
    }

    /// Adds where a run is stored, from layer `from` on.
    fn find(&self, run: PageRun, from: usize, pieces: &mut Vec<Piece>) {
        let Some(layer) = self.layers.get(from) else { return };
        let runs = &layer.contents.runs;
        let mut at = run.place;
        let first = runs.partition_point(|own| own.end() <= at);
        for (own, start) in runs[first..].iter().zip(&layer.starts[first..]) {
            if own.place >= run.end() {
                break;
            }
            let place = own.place.max(at);
            let end = own.end().min(run.end());
            // Both are distances in the same table, or there would be no overlap.
            let (Some(gap), Some(bytes)) = (place.since(at), end.since(place)) else { continue };
            let skipped = place.since(own.place).unwrap_or_default();
            if gap > 0 {
                self.find(PageRun { place: at, bytes: gap }, from + 1, pieces);
            }
            let run = PageRun { place, bytes };
            pieces.push(Piece { run, file: from, at: layer.pages_at + start + skipped as u64 });
            at = end;
        }
        if let Some(bytes) = run.end().since(at).filter(|bytes| *bytes > 0) {
            self.find(PageRun { place: at, bytes }, from + 1, pieces);
        }
    }

    /// The bytes of a piece.
    pub(super) fn piece(&self, piece: &Piece) -> io::Result<&[u8]> {
        let layer = &self.layers[piece.file];
        let at = (piece.at - layer.pages_at) as usize;
        Ok(&layer.bytes()?[at..at + piece.run.bytes])
    }
}

/// The image that a link names: where it was, or else beside the one that names it.
fn find(link: &Link, child: &Path) -> Result<Layer, OpenError> {
    let beside = link.path.file_name().map(|name| child.with_file_name(name));
    let mut reason = String::from("it is gone");
    for path in [Some(link.path.clone()), beside].into_iter().flatten() {
        match Layer::open(&path, link.part) {
            Ok((layer, _)) if layer.header.id == link.id => return Ok(layer),
            Ok(_) => reason = "another image is there now".into(),
            Err(OpenError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => reason = error.to_string(),
        }
    }
    Err(OpenError::Parent { path: link.path.clone(), id: link.id, reason })
}

/// An id as text.
#[must_use]
pub fn id_text(id: ImageId) -> String {
    format!("{id:032x}")
}
