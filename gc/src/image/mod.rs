//! The heap's part of an image: which pages hold a guest, and a heap that begins with them.
//!
//! There are two kinds. Of a *base*, all objects become the image space of the heap that begins with it: at the same
//! distances, never moved, never freed; that heap's own spaces lie elsewhere in the range, and may be of any size. A *whole*
//! image is a heap that goes on: the same sizes, the same spaces, on top of the base that it began with, if any.

mod pages;

pub use pages::{PageRun, Piece, Place};

use crate::heap::{Heap, HeapConfig, lock};
use crate::layout::{CARD_SHIFT, MirrorLayout, ReferenceLayout};
use crate::native::NativeState;
use crate::range::{Range, RangeError, Span};
use crate::spaces::LargeObject;
use crate::tables::CARD_BYTES;
use pages::{place_piece, whole_pages};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering;

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
    whole: Option<Whole>,
    /// The pages that the guest consists of, in order, each once. Pages that are stored nowhere are zero.
    pub pages: Vec<PageRun>,
}

/// The spaces of a heap that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Whole {
    config: HeapConfig,
    immovable: Span,
    old: Span,
    large: Vec<LargeObject>,
    /// Pieces of the base with slots that may lead out of it.
    dirty: Vec<Span>,
}

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageKind {
    /// Other heaps begin with its objects.
    Base,
    /// The heap itself goes on.
    Whole,
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
        kind: ImageKind,
        methods_end: usize,
        metadata_end: usize,
    ) -> Result<HeapImage, ImageError> {
        let areas = *self.areas();
        if kind == ImageKind::Base && !areas.image.is_empty() {
            return Err(ImageError::Layered);
        }
        if self.young.used_bytes() != 0 {
            return Err(ImageError::NotCollected);
        }
        let own = [lock(&self.immovable).used(), self.old.used()];
        let own_large = lock(&self.large).old.clone();
        let (native, native_spans) = self.native.capture();
        let walkable = [&self.image.walkable[..], &own[..]].concat();
        let large = [&self.image.large[..], &own_large[..]].concat();
        let object = |o: &LargeObject| Span { start: o.start, end: o.start + o.bytes };
        let mut spans = vec![
            Span { start: areas.method.start, end: methods_end },
            Span { start: areas.metadata.start, end: metadata_end },
        ];
        spans.extend(walkable.iter().copied().chain(large.iter().map(object)).chain(native_spans));
        let entry = |offset: usize| ((offset - areas.heap().start) >> CARD_SHIFT) * 2;
        let entries = |span: &Span| Span { start: entry(span.start), end: entry(span.end - 1) + 2 };
        let crossing: Vec<Span> =
            walkable.iter().filter(|span| !span.is_empty()).map(entries).collect();
        let mut pages = whole_pages(spans, Place::Base);
        pages.extend(whole_pages(crossing, Place::Crossing));
        let layouts = self.layouts();
        let mut image = HeapImage {
            method_bytes: areas.method.len(),
            metadata_bytes: areas.metadata.len(),
            image_bytes: areas.heap().len(),
            walkable,
            large,
            native,
            mirror: layouts.mirror,
            reference: layouts.reference,
            whole: None,
            pages,
        };
        if kind == ImageKind::Whole {
            image.image_bytes = areas.image.len();
            image.walkable.clone_from(&self.image.walkable);
            image.large.clone_from(&self.image.large);
            let [immovable, old] = own;
            let config = self.config.clone();
            let dirty = self.dirty_of_image();
            image.whole = Some(Whole { config, immovable, old, large: own_large, dirty });
        }
        Ok(image)
    }

    /// Where the base has slots that may lead out of it.
    fn dirty_of_image(&self) -> Vec<Span> {
        let object = |o: &LargeObject| Span { start: o.start, end: o.start + o.bytes };
        let spans = self.image.walkable.iter().copied().chain(self.image.large.iter().map(object));
        let mut dirty = Vec::new();
        for span in spans {
            let mut at = span.start & !(CARD_BYTES - 1);
            while let Some(found) = self.tables.cards.next_dirty(at, span.end) {
                at = found.end;
                dirty.push(found);
            }
        }
        dirty
    }

    /// The bytes of a run of [`Heap::capture_image`], or of a part of one; the world is still stopped.
    pub fn image_pages(&self, run: PageRun) -> &[u8] {
        let at = self.mem.at(run.place.offset(&self.range));
        // SAFETY: `capture_image` names whole pages of the mapping; nobody writes while the world is stopped.
        unsafe { std::slice::from_raw_parts(at, run.bytes) }
    }

    /// A heap that begins with an image, whose pages are these pieces of `files`: a later one takes the place of an earlier
    /// one. Of a whole image, the sizes are the image's.
    ///
    /// The image is trusted: it was made by [`Heap::capture_image`].
    ///
    /// # Errors
    /// If there is no room for it, or a file can not be mapped.
    pub fn from_image(
        mut config: HeapConfig,
        image: &HeapImage,
        files: &[BorrowedFd<'_>],
        pieces: &[Piece],
    ) -> Result<Heap, ImageError> {
        if let Some(whole) = &image.whole {
            config = HeapConfig { check: config.check, ..whole.config.clone() };
        }
        config.method_bytes = image.method_bytes;
        config.metadata_bytes = image.metadata_bytes;
        config.image_bytes = image.image_bytes;
        let range = Range::reserve(&config.range())?;
        let area = range.areas().image;
        let is_inside = |span: &Span| area.start <= span.start && span.end <= area.end;
        if !image.walkable.iter().all(is_inside) {
            return Err(ImageError::Damaged("objects outside of their area"));
        }
        for piece in pieces {
            place_piece(&range, piece, files).map_err(ImageError::Map)?;
        }
        let mut heap = Heap::over(range, config);
        if !area.is_empty() {
            heap.image.end = area.end;
        }
        heap.image.walkable.clone_from(&image.walkable);
        heap.image.large.clone_from(&image.large);
        if !heap.native.restore(&image.native) {
            return Err(ImageError::Damaged("off-heap memory outside of its area"));
        }
        heap.set_mirror_layout(image.mirror);
        heap.set_reference_layout(image.reference);
        if let Some(whole) = &image.whole {
            heap.go_on(whole)?;
        }
        Ok(heap)
    }

    /// Takes over the spaces of a heap whose pages are mapped.
    fn go_on(&self, whole: &Whole) -> Result<(), ImageError> {
        let areas = self.areas();
        let inside = |area: Span, span: Span| area.start <= span.start && span.end <= area.end;
        if !inside(areas.immovable, whole.immovable) || !inside(areas.old, whole.old) {
            return Err(ImageError::Damaged("objects outside of their spaces"));
        }
        let layouts = self.layouts();
        let immovable = lock(&self.immovable).restore(whole.immovable.end, &layouts);
        let large = lock(&self.large).restore(&whole.large);
        let large = large.ok_or(ImageError::Damaged("large objects in each other's place"))?;
        self.old.set_used(whole.old);
        self.budget.immovable.store(immovable, Ordering::Relaxed);
        self.budget.large.store(large, Ordering::Relaxed);
        self.budget.old.store(whole.old.len(), Ordering::Relaxed);
        let cards = self.tables.cards;
        let data = areas.image;
        for &span in &whole.dirty {
            if !inside(data, span) {
                return Err(ImageError::Damaged("slots outside of the base"));
            }
            cards.dirty_span(span);
        }
        self.first_sizes();
        Ok(())
    }
}
