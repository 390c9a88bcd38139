//! Runs of pages: what of the range an image consists of, and where in files it is.

use crate::range::{PAGE_BYTES, Range, Span, round_up};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::BorrowedFd;

/// Runs that are shorter are read; for longer ones a mapping costs less.
const LEAST_MAPPED_BYTES: usize = 4 * PAGE_BYTES;

/// Where a run of pages goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// This many bytes from the base.
    Base(usize),
    /// This many bytes from the start of the crossing table, whose own place depends on the heap's size.
    Crossing(usize),
}

impl Place {
    /// The place so many bytes behind this one.
    #[must_use]
    pub fn plus(self, bytes: usize) -> Place {
        match self {
            Place::Base(offset) => Place::Base(offset.saturating_add(bytes)),
            Place::Crossing(offset) => Place::Crossing(offset.saturating_add(bytes)),
        }
    }

    /// How far it is from `before`; `None` if that is no place before it in the same table.
    #[must_use]
    pub fn since(self, before: Place) -> Option<usize> {
        match (before, self) {
            (Place::Base(from), Place::Base(to)) | (Place::Crossing(from), Place::Crossing(to)) => {
                to.checked_sub(from)
            }
            _ => None,
        }
    }

    pub(super) fn offset(self, range: &Range) -> usize {
        match self {
            Place::Base(offset) => offset,
            Place::Crossing(offset) => range.areas().crossing.start.saturating_add(offset),
        }
    }
}

/// A run of pages of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRun {
    /// Where it goes.
    pub place: Place,
    /// Its length, a multiple of the page size.
    pub bytes: usize,
}

impl PageRun {
    /// The place behind it.
    #[must_use]
    pub fn end(&self) -> Place {
        self.place.plus(self.bytes)
    }
}

/// A run of pages, and where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The pages.
    pub run: PageRun,
    /// Number of the file.
    pub file: usize,
    /// Bytes from the file's start.
    pub at: u64,
}

/// The whole pages that the spans touch, in order, each once.
pub(super) fn whole_pages(
    spans: impl IntoIterator<Item = Span>,
    place: fn(usize) -> Place,
) -> Vec<PageRun> {
    let mut spans: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
    spans.sort_by_key(|span| span.start);
    let mut pages: Vec<Span> = Vec::new();
    for span in spans {
        let start = span.start & !(PAGE_BYTES - 1);
        let end = round_up(span.end, PAGE_BYTES);
        match pages.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => pages.push(Span { start, end }),
        }
    }
    let run = |span: &Span| PageRun { place: place(span.start), bytes: span.len() };
    pages.iter().map(run).collect()
}

/// Puts a piece where it goes, in a range that holds nothing yet but earlier pieces.
pub(super) fn place_piece(
    range: &Range,
    piece: &Piece,
    files: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let file = files.get(piece.file).ok_or(io::ErrorKind::NotFound)?;
    let start = piece.run.place.offset(range);
    let span = Span { start, end: start.saturating_add(piece.run.bytes) };
    if span.len() < LEAST_MAPPED_BYTES {
        range.read_file(*file, piece.at, span)
    } else {
        range.map_file(*file, piece.at, span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_once() {
        let span = |start, end| Span { start, end };
        let spans = [
            span(9000, 9001),
            span(100, 200),
            span(300, 4097),
            span(5000, 5000),
            span(20480, 24576),
        ];
        let run = |start, bytes| PageRun { place: Place::Base(start), bytes };
        assert_eq!(whole_pages(spans, Place::Base), [run(0, 12288), run(20480, 4096)]);
    }

    #[test]
    fn distances() {
        let place = Place::Crossing(4096);
        assert_eq!(place.plus(8192).since(place), Some(8192));
        assert_eq!(place.since(place.plus(8192)), None);
        assert_eq!(Place::Base(8192).since(place), None);
        assert!(Place::Base(usize::MAX) < Place::Crossing(0));
    }
}
