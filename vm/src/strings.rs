//! `java.lang.String` objects and the table of interned ones.

use crate::meta::{BasicType, Meta, Span, SymbolId};
use crate::native::Result;
use crate::object;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ARRAY_DATA_OFFSET, Handle, Ref, WeakVisitor};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Mutex;

/// Interned strings by the hash of their contents.
#[derive(Default)]
pub struct StringTable {
    /// Those of the image that the guest began with, which live for ever.
    frozen: FrozenStrings,
    /// The others, held weakly.
    table: Mutex<HashMap<u32, Vec<Ref>>>,
}

/// What a [`StringTable`] holds, for an image.
#[derive(Clone, Serialize, Deserialize)]
pub struct StringsState {
    frozen: (u32, u32),
    others: Vec<(u32, Vec<Ref>)>,
}

/// A table in the metadata area that never changes: by hash, open addressing, pairs of hash and reference.
#[derive(Clone, Copy, Default)]
struct FrozenStrings {
    slots: Span<u64>,
}

impl FrozenStrings {
    fn find(self, vm: &Vm, h: u32, units: &[u16]) -> Option<Ref> {
        let slots = vm.meta.slice(self.slots);
        if slots.is_empty() {
            return None;
        }
        let mask = slots.len() - 1;
        let mut i = h as usize & mask;
        while slots[i] != 0 {
            let (hash, r) = ((slots[i] >> 32) as u32, Ref::from_bits(slots[i] as u32));
            if hash == h && same(vm, r, units) {
                return Some(r);
            }
            i = (i + 1) & mask;
        }
        None
    }
}

impl StringTable {
    /// An empty table.
    pub fn new() -> StringTable {
        StringTable::default()
    }

    /// Writes all entries to a table in the metadata area, for an image whose objects live for ever.
    pub fn freeze(&self, meta: &Meta) -> StringsState {
        let t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        let count: usize = t.values().map(Vec::len).sum();
        let mut slots = vec![0u64; (2 * count).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for (&hash, bucket) in t.iter() {
            for r in bucket {
                let mut i = hash as usize & mask;
                while slots[i] != 0 {
                    i = (i + 1) & mask;
                }
                slots[i] = u64::from(hash) << 32 | u64::from(r.bits());
            }
        }
        let span = meta.alloc_slice(&slots);
        StringsState { frozen: (span.at, span.len), others: Vec::new() }
    }

    /// A copy of everything, for an image of a guest that goes on.
    pub fn capture(&self) -> StringsState {
        let t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        let others = t.iter().map(|(&hash, bucket)| (hash, bucket.clone())).collect();
        StringsState { frozen: (self.frozen.slots.at, self.frozen.slots.len), others }
    }

    /// Shows all entries, in no order.
    pub(crate) fn for_each(&self, vm: &Vm, mut f: impl FnMut(Ref)) {
        for &slot in vm.meta.slice(self.frozen.slots).iter().filter(|&&slot| slot != 0) {
            f(Ref::from_bits(slot as u32));
        }
        let t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        t.values().flatten().for_each(|&r| f(r));
    }

    /// The table that was captured.
    pub fn restore(state: StringsState) -> StringTable {
        let (at, len) = state.frozen;
        let others = state.others.into_iter().collect();
        StringTable {
            frozen: FrozenStrings { slots: Span::new(at, len) },
            table: Mutex::new(others),
        }
    }

    /// Shows the entries to the collector; dead ones are dropped.
    pub fn visit_weak(&self, visitor: &mut dyn WeakVisitor) {
        let mut t = self.table.lock().unwrap_or_else(|e| e.into_inner());
        t.retain(|_, bucket| {
            bucket.retain_mut(|r| visitor.visit(r));
            !bucket.is_empty()
        });
    }
}

/// UTF-16 units of a String.
pub fn to_utf16(vm: &Vm, s: Ref) -> Vec<u16> {
    let value = vm.get_ref(s, vm.known.string_value);
    if value.is_null() {
        return Vec::new();
    }
    let bytes = vm.byte_array(value);
    if vm.get_u8(s, vm.known.string_coder) == 0 {
        bytes.into_iter().map(u16::from).collect()
    } else {
        bytes.chunks_exact(2).map(|c| u16::from_ne_bytes([c[0], c[1]])).collect()
    }
}

/// A String as Rust text; unpaired surrogates become U+FFFD.
pub fn to_rust(vm: &Vm, s: Ref) -> String {
    String::from_utf16_lossy(&to_utf16(vm, s))
}

/// A String as modified UTF-8, as the VM keeps names.
pub fn to_mutf8(vm: &Vm, s: Ref) -> Vec<u8> {
    classfile::mutf8::from_utf16(&to_utf16(vm, s))
}

/// The symbol with a String's text; with dots as slashes if `internal`.
pub fn to_symbol(vm: &Vm, s: Ref, internal: bool) -> SymbolId {
    let mut bytes = to_mutf8(vm, s);
    if internal {
        bytes.iter_mut().filter(|b| **b == b'.').for_each(|b| *b = b'/');
    }
    vm.symbols.intern(&vm.meta, &bytes)
}

/// A new String from UTF-16 units, compact where it can be.
pub fn new_from_utf16(t: &Thread, units: &[u16]) -> Result<Ref> {
    let latin1 = units.iter().all(|&u| u < 256);
    let bytes: Vec<u8> = if latin1 {
        units.iter().map(|&u| u as u8).collect()
    } else {
        units.iter().flat_map(|u| u.to_ne_bytes()).collect()
    };
    new_from_bytes(t, &bytes, !latin1)
}

fn new_from_bytes(t: &Thread, bytes: &[u8], utf16: bool) -> Result<Ref> {
    let vm = t.vm();
    t.scope(|| {
        let value = object::alloc_prim_array(t, BasicType::Byte, bytes.len())?;
        vm.write_bytes(value, ARRAY_DATA_OFFSET, bytes);
        let value = t.handle(value);
        let s = object::alloc_instance(t, vm.known.string)?;
        vm.set_ref(s, vm.known.string_value, t.get(value));
        vm.set_u8(s, vm.known.string_coder, utf16 as u8);
        Ok(s)
    })
}

/// A new String from Rust text.
pub fn new_from_utf8(t: &Thread, text: &str) -> Result<Ref> {
    if text.is_ascii() {
        return new_from_bytes(t, text.as_bytes(), false);
    }
    new_from_utf16(t, &text.encode_utf16().collect::<Vec<u16>>())
}

/// A new String from modified UTF-8.
pub fn new_from_mutf8(t: &Thread, bytes: &[u8]) -> Result<Ref> {
    if bytes.iter().all(|&b| b < 128 && b != 0) {
        return new_from_bytes(t, bytes, false);
    }
    let units = classfile::mutf8::decode(bytes).unwrap_or_default();
    new_from_utf16(t, &units)
}

/// A new String with a symbol's text, as it is.
pub fn new_from_symbol(t: &Thread, s: SymbolId) -> Result<Ref> {
    new_from_mutf8(t, t.vm().bytes(s))
}

fn hash(units: &[u16]) -> u32 {
    units.iter().fold(0u32, |h, &u| h.wrapping_mul(31).wrapping_add(u as u32))
}

fn same(vm: &Vm, s: Ref, units: &[u16]) -> bool {
    let value = vm.get_ref(s, vm.known.string_value);
    if value.is_null() {
        return units.is_empty();
    }
    let latin1 = vm.get_u8(s, vm.known.string_coder) == 0;
    let len = vm.array_len(value) >> if latin1 { 0 } else { 1 };
    if len != units.len() {
        return false;
    }
    (0..len).all(|i| {
        let at = ARRAY_DATA_OFFSET as u32;
        let u = if latin1 {
            vm.get_u8(value, at + i as u32) as u16
        } else {
            vm.get_u16(value, at + 2 * i as u32)
        };
        u == units[i]
    })
}

fn lookup(vm: &Vm, h: u32, units: &[u16]) -> Option<Ref> {
    if let Some(r) = vm.strings.frozen.find(vm, h, units) {
        return Some(r);
    }
    let t = vm.strings.table.lock().unwrap_or_else(|e| e.into_inner());
    t.get(&h)?.iter().copied().find(|&r| same(vm, r, units))
}

fn insert(vm: &Vm, h: u32, units: &[u16], s: Ref) -> Ref {
    let mut t = vm.strings.table.lock().unwrap_or_else(|e| e.into_inner());
    let bucket = t.entry(h).or_default();
    if let Some(&r) = bucket.iter().find(|&&r| same(vm, r, units)) {
        return r;
    }
    bucket.push(s);
    s
}

/// `String.intern`.
pub fn intern(t: &Thread, s: Handle) -> Result<Ref> {
    let vm = t.vm();
    let units = to_utf16(vm, t.get(s));
    let h = hash(&units);
    if let Some(r) = vm.strings.frozen.find(vm, h, &units) {
        return Ok(r);
    }
    Ok(insert(vm, h, &units, t.get(s)))
}

/// Makes a String the interned one of its text, in a VM that is being made. False if there is one already.
pub(crate) fn intern_this(vm: &Vm, s: Ref) -> bool {
    let units = to_utf16(vm, s);
    insert(vm, hash(&units), &units, s) == s
}

/// The interned String with these UTF-16 units.
pub fn intern_utf16(t: &Thread, units: &[u16]) -> Result<Ref> {
    let vm = t.vm();
    let h = hash(units);
    if let Some(r) = lookup(vm, h, units) {
        return Ok(r);
    }
    let s = new_from_utf16(t, units)?;
    Ok(insert(vm, h, units, s))
}

/// The interned String with a symbol's text.
pub fn intern_symbol(t: &Thread, s: SymbolId) -> Result<Ref> {
    let units = classfile::mutf8::decode(t.vm().bytes(s)).unwrap_or_default();
    intern_utf16(t, &units)
}

/// The interned String with this text.
pub fn intern_utf8(t: &Thread, s: &str) -> Result<Ref> {
    intern_utf16(t, &s.encode_utf16().collect::<Vec<u16>>())
}
