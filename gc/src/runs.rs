//! Free runs of pages: what the large object space and native memory are cut from.

use crate::range::{PAGE_BYTES, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A run of free pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where.
    pub span: Span,
    /// Whether its content may differ from zero.
    pub touched: bool,
}

/// Best-fit allocator of page runs; all its state is outside the memory that it manages, so that
/// a guest can not corrupt it and an image can move it.
#[derive(Debug)]
pub(crate) struct PageRuns {
    by_start: BTreeMap<usize, (usize, bool)>,
    by_size: BTreeSet<(usize, usize)>,
    free_bytes: usize,
}

impl PageRuns {
    /// All of `span`, whose ends are page-aligned and whose content is zero, is free.
    pub fn new(span: Span) -> PageRuns {
        let mut runs =
            PageRuns { by_start: BTreeMap::new(), by_size: BTreeSet::new(), free_bytes: 0 };
        runs.insert(span.start, span.len(), false);
        runs
    }

    /// Takes `bytes` (a multiple of the page size) from the smallest run that has them.
    pub fn take(&mut self, bytes: usize) -> Option<Run> {
        debug_assert!(bytes > 0 && bytes.is_multiple_of(PAGE_BYTES));
        let &(size, start) = self.by_size.range((bytes, 0)..).next()?;
        let touched = self.remove(start);
        if size > bytes {
            self.insert(start + bytes, size - bytes, touched);
        }
        Some(Run { span: Span { start, end: start + bytes }, touched })
    }

    /// Takes these very pages; false if they are not all free.
    pub fn take_at(&mut self, span: Span) -> bool {
        let Some((&start, &(size, touched))) = self.by_start.range(..=span.start).next_back()
        else {
            return false;
        };
        if start + size < span.end {
            return false;
        }
        self.remove(start);
        self.insert(start, span.start - start, touched);
        self.insert(span.end, start + size - span.end, touched);
        true
    }

    /// Takes back a run, joining it with its neighbours.
    pub fn give(&mut self, span: Span, touched: bool) {
        let (mut start, mut bytes) = (span.start, span.len());
        let mut joined = touched;
        if let Some((&before, &(size, dirty))) = self.by_start.range(..start).next_back()
            && before + size == start
            && (dirty == touched || size <= bytes)
        {
            self.remove(before);
            (start, bytes, joined) = (before, bytes + size, joined | dirty);
        }
        if let Some(&(size, dirty)) = self.by_start.get(&(start + bytes))
            && (dirty == joined || size <= bytes)
        {
            self.remove(start + bytes);
            (bytes, joined) = (bytes + size, joined | dirty);
        }
        self.insert(start, bytes, joined);
    }

    /// Shows every touched run to `release`, which makes it zero, and joins all neighbours.
    pub fn clean(&mut self, mut release: impl FnMut(Span)) {
        let all = std::mem::take(&mut self.by_start);
        self.by_size.clear();
        self.free_bytes = 0;
        let mut open: Option<Span> = None;
        for (start, (size, touched)) in all {
            let span = Span { start, end: start + size };
            if touched {
                release(span);
            }
            open = Some(match open {
                Some(before) if before.end == start => Span { start: before.start, end: span.end },
                Some(before) => {
                    self.insert(before.start, before.len(), false);
                    span
                }
                None => span,
            });
        }
        if let Some(last) = open {
            self.insert(last.start, last.len(), false);
        }
    }

    fn insert(&mut self, start: usize, bytes: usize, touched: bool) {
        if bytes > 0 {
            self.by_start.insert(start, (bytes, touched));
            self.by_size.insert((bytes, start));
            self.free_bytes += bytes;
        }
    }

    fn remove(&mut self, start: usize) -> bool {
        let Some((bytes, touched)) = self.by_start.remove(&start) else { return false };
        self.by_size.remove(&(bytes, start));
        self.free_bytes -= bytes;
        touched
    }
}
