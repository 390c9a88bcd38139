//! The symbol table: each name and descriptor once per guest.

use super::{Meta, Span};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Id of a symbol: unit offset of its record (hash u32, length u32, bytes) in the metadata area.
#[repr(transparent)]
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug, Serialize, Deserialize,
)]
pub struct SymbolId(pub u32);

impl SymbolId {
    /// No symbol.
    pub const NONE: SymbolId = SymbolId(0);
}

/// Interned modified UTF-8 strings; open addressing over record offsets, in the metadata area as the records are.
#[derive(Default)]
pub struct SymbolTable {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    slots: Span<AtomicU32>,
    used: usize,
}

/// Where the table is, for an image.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SymbolTableState {
    at: u32,
    len: u32,
    used: usize,
}

/// Slots of the first table, a power of two.
const FIRST_SLOTS: usize = 1 << 14;

/// FNV-1a over eight bytes at a time; names are short and hostile input can only slow itself.
fn hash(bytes: &[u8]) -> u32 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for c in &mut chunks {
        let v = u64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]);
        h = (h ^ v).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^= h >> 32;
    }
    for &b in chunks.remainder() {
        h = (h ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (h ^ (h >> 29)) as u32
}

impl SymbolTable {
    /// An empty table.
    pub fn new() -> SymbolTable {
        SymbolTable::default()
    }

    /// Where the table is.
    pub fn capture(&self) -> SymbolTableState {
        let t = self.lock();
        SymbolTableState { at: t.slots.at, len: t.slots.len, used: t.used }
    }

    /// The table that lies where [`SymbolTable::capture`] said.
    pub fn restore(state: SymbolTableState) -> SymbolTable {
        let slots = Span::new(state.at, state.len);
        SymbolTable { table: Mutex::new(Table { slots, used: state.used }) }
    }

    /// The symbol with these bytes, made if it is new.
    pub fn intern(&self, meta: &Meta, bytes: &[u8]) -> SymbolId {
        let h = hash(bytes);
        let mut t = self.lock();
        if t.used * 2 >= t.slots.len as usize {
            t.grow(meta);
        }
        match t.find(meta, h, bytes) {
            Ok(id) => id,
            Err(free) => {
                let id = meta.new_symbol(h, bytes);
                meta.slice(t.slots)[free].store(id.0, Ordering::Relaxed);
                t.used += 1;
                id
            }
        }
    }

    /// The symbol with these bytes, if there is one.
    pub fn lookup(&self, meta: &Meta, bytes: &[u8]) -> Option<SymbolId> {
        let t = self.lock();
        if t.slots.len == 0 {
            return None;
        }
        t.find(meta, hash(bytes), bytes).ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Table {
    /// The symbol, or the slot that is free for it.
    fn find(&self, meta: &Meta, h: u32, bytes: &[u8]) -> Result<SymbolId, usize> {
        let slots = meta.slice(self.slots);
        let mask = slots.len() - 1;
        let mut i = h as usize & mask;
        loop {
            let id = SymbolId(slots[i].load(Ordering::Relaxed));
            if id == SymbolId::NONE {
                return Err(i);
            }
            if meta.symbol_hash(id) == h && meta.symbol_bytes(id) == bytes {
                return Ok(id);
            }
            i = (i + 1) & mask;
        }
    }

    /// A table of twice the size; the metadata area is never given back, and the sizes add up to one more table.
    fn grow(&mut self, meta: &Meta) {
        let len = (self.slots.len as usize * 2).max(FIRST_SLOTS);
        let new: Span<AtomicU32> = meta.alloc_zeroed(len);
        let slots = meta.slice(new);
        for old in meta.slice(self.slots) {
            let id = old.load(Ordering::Relaxed);
            if id == 0 {
                continue;
            }
            let mut i = meta.symbol_hash(SymbolId(id)) as usize & (len - 1);
            while slots[i].load(Ordering::Relaxed) != 0 {
                i = (i + 1) & (len - 1);
            }
            slots[i].store(id, Ordering::Relaxed);
        }
        self.slots = new;
    }
}
