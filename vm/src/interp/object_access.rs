//! Loads and stores of heap words, and the write barrier.
//!
//! Java programs may race on fields, so all accesses are atomic ones; relaxed ones are plain machine instructions.

use super::regs::Regs;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

/// Loads of an address, as a slot's word.
#[inline(always)]
pub(super) unsafe fn load_b(p: *mut u8) -> u64 {
    AtomicU8::from_ptr(p).load(Relaxed) as i8 as i32 as u32 as u64
}
#[inline(always)]
pub(super) unsafe fn load_c(p: *mut u8) -> u64 {
    AtomicU16::from_ptr(p.cast()).load(Relaxed) as u64
}
#[inline(always)]
pub(super) unsafe fn load_s(p: *mut u8) -> u64 {
    AtomicU16::from_ptr(p.cast()).load(Relaxed) as i16 as i32 as u32 as u64
}
#[inline(always)]
pub(super) unsafe fn load_w(p: *mut u8) -> u64 {
    AtomicU32::from_ptr(p.cast()).load(Relaxed) as u64
}
#[inline(always)]
pub(super) unsafe fn load_l(p: *mut u8) -> u64 {
    AtomicU64::from_ptr(p.cast()).load(Relaxed)
}

/// Stores of a slot's word.
#[inline(always)]
pub(super) unsafe fn store_z(_: &Regs, p: *mut u8, v: u64) {
    AtomicU8::from_ptr(p).store(v as u8 & 1, Relaxed)
}
#[inline(always)]
pub(super) unsafe fn store_b(_: &Regs, p: *mut u8, v: u64) {
    AtomicU8::from_ptr(p).store(v as u8, Relaxed)
}
#[inline(always)]
pub(super) unsafe fn store_c(_: &Regs, p: *mut u8, v: u64) {
    AtomicU16::from_ptr(p.cast()).store(v as u16, Relaxed)
}
#[inline(always)]
pub(super) unsafe fn store_w(_: &Regs, p: *mut u8, v: u64) {
    AtomicU32::from_ptr(p.cast()).store(v as u32, Relaxed)
}
#[inline(always)]
pub(super) unsafe fn store_l(_: &Regs, p: *mut u8, v: u64) {
    AtomicU64::from_ptr(p.cast()).store(v, Relaxed)
}
/// A reference, with the barrier.
#[inline(always)]
pub(super) unsafe fn store_a(s: &Regs, p: *mut u8, v: u64) {
    store_w(s, p, v);
    dirty_card(s, p);
}

/// Marks the card of a slot that a reference was stored to.
#[inline(always)]
pub(super) unsafe fn dirty_card(s: &Regs, p: *mut u8) {
    let offset = p.offset_from_unsigned(s.base);
    AtomicU8::from_ptr((*s.t).cards.add(offset >> gc::CARD_SHIFT)).store(gc::CARD_DIRTY, Relaxed);
}

/// As the loads and stores above, for volatile fields (JVMS 2.8 leaves it to JLS 17.4: a total order of
/// all volatile accesses).
#[inline(always)]
pub(super) unsafe fn load_volatile(p: *mut u8, size_shift: u32) -> u64 {
    match size_shift {
        0 => AtomicU8::from_ptr(p).load(SeqCst) as u64,
        1 => AtomicU16::from_ptr(p.cast()).load(SeqCst) as u64,
        2 => AtomicU32::from_ptr(p.cast()).load(SeqCst) as u64,
        _ => AtomicU64::from_ptr(p.cast()).load(SeqCst),
    }
}
#[inline(always)]
pub(super) unsafe fn store_volatile(p: *mut u8, size_shift: u32, v: u64) {
    match size_shift {
        0 => AtomicU8::from_ptr(p).store(v as u8, SeqCst),
        1 => AtomicU16::from_ptr(p.cast()).store(v as u16, SeqCst),
        2 => AtomicU32::from_ptr(p.cast()).store(v as u32, SeqCst),
        _ => AtomicU64::from_ptr(p.cast()).store(v, SeqCst),
    }
}
