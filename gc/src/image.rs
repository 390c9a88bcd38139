//! The heap's part of an image: which pages hold a guest, and a heap that begins with them.
//!
//! All objects of the guest that was saved become the *image space* of the one that begins with them: at the same
//! distances, never moved, never freed. Its own heap lies elsewhere in the range, and may be of any size.

use crate::heap::{Heap, HeapConfig, lock};
use crate::layout::{CARD_SHIFT, MirrorLayout, ReferenceLayout};
use crate::native::NativeState;
use crate::range::{PAGE_BYTES, Range, RangeError, Span, round_up};
use crate::spaces::LargeObject;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::BorrowedFd;

/// Where a run of pages goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// This many bytes from the base.
    Base(usize),
    /// This many bytes from the start of the crossing table, whose own place depends on the heap's size.
    Crossing(usize),
}

/// A run of pages of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRun {
    /// Where it goes.
    pub place: Place,
    /// Its length, a multiple of the page size.
    pub bytes: usize,
}

/// What a heap needs to know of the image that it begins with, beside its pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeapImage {
    method_bytes: usize,
    metadata_bytes: usize,
    image_bytes: usize,
    walkable: Vec<Span>,
    large: Vec<LargeObject>,
    native: NativeState,
    mirror: MirrorLayout,
    reference: ReferenceLayout,
    /// The pages that the image consists of, in the order in which they are stored.
    pub runs: Vec<PageRun>,
}

/// Why a heap can not be saved, or not begin with an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The guest itself began with an image.
    #[error("the guest began with an image, and can not become the base of another one")]
    Layered,
    /// A full collection must come first.
    #[error("the heap holds objects that a full collection has not put in order")]
    NotCollected,
    /// The range could not be had.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The image contradicts itself.
    #[error("the image is damaged: {0}")]
    Damaged(&'static str),
    /// The file could not be mapped.
    #[error("the image can not be mapped")]
    Map(#[source] io::Error),
}

impl Heap {
    /// What is to be saved, the world being stopped and nothing allocated since a full collection.
    ///
    /// `metadata_end` and `methods_end` are the ends of what the VM has used of these areas.
    ///
    /// # Errors
    /// If the heap is not in the state for it.
    pub fn capture_image(
        &self,
        methods_end: usize,
        metadata_end: usize,
    ) -> Result<HeapImage, ImageError> {
        let areas = *self.areas();
        if !areas.image.is_empty() {
            return Err(ImageError::Layered);
        }
        if self.young.used_bytes() != 0 {
            return Err(ImageError::NotCollected);
        }
        let walkable = vec![lock(&self.immovable).used(), self.old.used()];
        let large = lock(&self.large).old.clone();
        let (native, native_spans) = self.native.capture();
        let layouts = self.layouts();
        let mut runs = Vec::new();
        let mut add = |start: usize, end: usize| {
            let start = start & !(PAGE_BYTES - 1);
            let bytes = round_up(end, PAGE_BYTES) - start;
            if bytes > 0 {
                runs.push(PageRun { place: Place::Base(start), bytes });
            }
        };
        add(areas.method.start, methods_end);
        add(areas.metadata.start, metadata_end);
        for span in &walkable {
            add(span.start, span.end);
        }
        for object in &large {
            add(object.start, object.start + object.bytes);
        }
        for span in native_spans {
            add(span.start, span.end);
        }
        for span in walkable.iter().filter(|span| !span.is_empty()) {
            let entry = |offset: usize| ((offset - areas.heap().start) >> CARD_SHIFT) * 2;
            let start = entry(span.start) & !(PAGE_BYTES - 1);
            let bytes = round_up(entry(span.end - 1) + 2, PAGE_BYTES) - start;
            runs.push(PageRun { place: Place::Crossing(start), bytes });
        }
        Ok(HeapImage {
            method_bytes: areas.method.len(),
            metadata_bytes: areas.metadata.len(),
            image_bytes: areas.heap().len(),
            walkable,
            large,
            native,
            mirror: layouts.mirror,
            reference: layouts.reference,
            runs,
        })
    }

    /// The bytes of a run of [`Heap::capture_image`]; the world is still stopped.
    pub fn image_pages(&self, run: PageRun) -> &[u8] {
        let at = self.mem.at(place(&self.range, run.place));
        // SAFETY: `capture_image` names whole pages of the mapping; nobody writes while the world is stopped.
        unsafe { std::slice::from_raw_parts(at, run.bytes) }
    }

    /// A heap that begins with an image, whose pages are at `file_offset` of `file`, one run after the other.
    ///
    /// The image is trusted: it was made by [`Heap::capture_image`].
    ///
    /// # Errors
    /// If there is no room for it, or the file can not be mapped.
    pub fn from_image(
        mut config: HeapConfig,
        image: &HeapImage,
        file: BorrowedFd<'_>,
        file_offset: u64,
    ) -> Result<Heap, ImageError> {
        config.method_bytes = image.method_bytes;
        config.metadata_bytes = image.metadata_bytes;
        config.image_bytes = image.image_bytes;
        let range = Range::reserve(&config.range())?;
        let area = range.areas().image;
        let is_inside = |span: &Span| area.start <= span.start && span.end <= area.end;
        if !image.walkable.iter().all(is_inside) {
            return Err(ImageError::Damaged("objects outside of their area"));
        }
        let mut at = file_offset;
        for run in &image.runs {
            let start = place(&range, run.place);
            let span = Span { start, end: start.saturating_add(run.bytes) };
            range.map_file(file, at, span).map_err(ImageError::Map)?;
            at += run.bytes as u64;
        }
        let mut heap = Heap::over(range, config);
        heap.image.end = area.end;
        heap.image.walkable.clone_from(&image.walkable);
        heap.image.large.clone_from(&image.large);
        if !heap.native.restore(&image.native) {
            return Err(ImageError::Damaged("off-heap memory outside of its area"));
        }
        heap.set_mirror_layout(image.mirror);
        heap.set_reference_layout(image.reference);
        Ok(heap)
    }
}

fn place(range: &Range, place: Place) -> usize {
    match place {
        Place::Base(offset) => offset,
        Place::Crossing(offset) => range.areas().crossing.start + offset,
    }
}
