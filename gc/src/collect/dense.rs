//! A dense old generation stays where it is in a full collection: its garbage becomes filling, and of its references only those
//! to the young generation change, which its cards know. To slide a mebibyte together takes as long as to mark it; where
//! there is next to nothing to be gained, only the young generation moves, to the end of the old one.

use super::full::Mover;
use super::references::SoftRule;
use crate::heap::Heap;
use crate::mem::Mem;
use crate::range::Span;
use crate::tables::{Crossing, MAX_CROSSING_BYTES, MarkBits};

/// So much of the old generation, as a fraction, may be garbage.
const MOST_GARBAGE: usize = 16;

/// Whether the old generation, whose live objects are marked, is to stay as it is.
pub(super) fn stays(heap: &Heap, soft: SoftRule) -> bool {
    let used = heap.old.used();
    if heap.stress.is_some() || soft.is_last_attempt() || used.is_empty() {
        return false;
    }
    let garbage = used.len() - heap.tables.marks.live_bytes(used);
    // In a tight heap every byte counts.
    let room = heap.budget.max().saturating_sub(heap.budget.total());
    garbage <= used.len() / MOST_GARBAGE && garbage <= room / 4
}

/// Updates the references to the young generation in marked objects of `space`.
pub(super) fn update_dirty(mover: &Mover<'_>, heap: &Heap, space: Span) {
    let (cards, crossing, marks) = (heap.tables.cards, heap.tables.crossing, heap.tables.marks);
    let layouts = heap.layouts();
    let mut at = space.start;
    while let Some(dirty) = cards.next_dirty(at, space.end) {
        let mut object = crossing.object_at(dirty.start);
        while object < dirty.end {
            if marks.is_marked(object) {
                mover.update_piece(object, (dirty.start, dirty.end));
            }
            object += heap.mem.size_of(object, &layouts);
        }
        at = dirty.end;
    }
}

/// Makes all of `space` that is not marked filling, which reads as zero.
pub(super) fn fill_garbage(heap: &Heap, space: Span) {
    let (mem, marks, crossing) = (heap.mem, heap.tables.marks, heap.tables.crossing);
    let mut at = space.start;
    while let Some(gap) = next_gap(marks, at, space.end) {
        fill(mem, crossing, gap);
        at = gap.end;
    }
}

fn next_gap(marks: MarkBits, from: usize, end: usize) -> Option<Span> {
    let start = marks.next_clear(from, end)?;
    Some(Span { start, end: marks.next_set(start, end).unwrap_or(end) })
}

fn fill(mem: Mem, crossing: Crossing, gap: Span) {
    mem.fill(gap.start, gap.end, 0);
    let mut at = gap.start;
    while at < gap.end {
        let bytes = (gap.end - at).min(MAX_CROSSING_BYTES);
        mem.write_filler(at, bytes);
        crossing.note(at, bytes);
        at += bytes;
    }
}
