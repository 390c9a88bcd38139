//! The symbol table: each name and descriptor once per guest.

use super::Meta;
use std::sync::Mutex;

/// Id of a symbol: unit offset of its record (hash u32, length u32, bytes) in the metadata area.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct SymbolId(pub u32);

impl SymbolId {
    /// No symbol.
    pub const NONE: SymbolId = SymbolId(0);
}

/// Interned modified UTF-8 strings; open addressing over record offsets.
pub struct SymbolTable {
    table: Mutex<Table>,
}

struct Table {
    slots: Vec<u32>,
    used: usize,
}

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
        SymbolTable { table: Mutex::new(Table { slots: vec![0; 1 << 14], used: 0 }) }
    }

    /// The symbol with these bytes, made if it is new.
    pub fn intern(&self, meta: &Meta, bytes: &[u8]) -> SymbolId {
        let h = hash(bytes);
        let mut t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        let mask = t.slots.len() - 1;
        let mut i = h as usize & mask;
        loop {
            match t.slots[i] {
                0 => break,
                id if meta.symbol_hash(SymbolId(id)) == h
                    && meta.symbol_bytes(SymbolId(id)) == bytes =>
                {
                    return SymbolId(id);
                }
                _ => i = (i + 1) & mask,
            }
        }
        let id = meta.new_symbol(h, bytes);
        t.slots[i] = id.0;
        t.used += 1;
        if t.used * 2 > t.slots.len() {
            t.grow(meta);
        }
        id
    }

    /// The symbol with these bytes, if there is one.
    pub fn lookup(&self, meta: &Meta, bytes: &[u8]) -> Option<SymbolId> {
        let h = hash(bytes);
        let t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        let mask = t.slots.len() - 1;
        let mut i = h as usize & mask;
        loop {
            match t.slots[i] {
                0 => return None,
                id if meta.symbol_hash(SymbolId(id)) == h
                    && meta.symbol_bytes(SymbolId(id)) == bytes =>
                {
                    return Some(SymbolId(id));
                }
                _ => i = (i + 1) & mask,
            }
        }
    }
}

impl Default for SymbolTable {
    fn default() -> Self {
        SymbolTable::new()
    }
}

impl Table {
    fn grow(&mut self, meta: &Meta) {
        let len = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![0; len]);
        for id in old.into_iter().filter(|&id| id != 0) {
            let mut i = meta.symbol_hash(SymbolId(id)) as usize & (len - 1);
            while self.slots[i] != 0 {
                i = (i + 1) & (len - 1);
            }
            self.slots[i] = id;
        }
    }
}
