//! Side tables: what the collector knows of memory without touching it.

mod bitmap;
mod cards;
mod crossing;
mod forward;

pub(crate) use bitmap::MarkBits;
pub(crate) use cards::{CARD_BYTES, Cards};
pub(crate) use crossing::{Crossing, MAX_CROSSING_BYTES};
pub(crate) use forward::Forward;

use crate::mem::Mem;
use crate::range::Areas;

/// All side tables of a range.
#[derive(Clone, Copy)]
pub(crate) struct Tables {
    pub cards: Cards,
    pub crossing: Crossing,
    pub marks: MarkBits,
    pub forward: Forward,
}

impl Tables {
    pub fn new(mem: Mem, areas: &Areas) -> Tables {
        let heap = areas.heap().start;
        Tables {
            cards: Cards::new(mem, areas.cards.start),
            crossing: Crossing::new(mem, areas.crossing.start, heap),
            marks: MarkBits::new(mem, areas.bitmap.start, heap),
            forward: Forward::new(mem, areas.forward.start, heap),
        }
    }
}
