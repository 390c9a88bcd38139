//! The accesses without protection.

#![allow(clippy::missing_safety_doc, reason = "as documented where they are called")]

use super::Outcome;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

fn done(value: u64) -> Outcome {
    Outcome { value, faulted: 0 }
}

macro_rules! accesses {
    ($($load:ident $store:ident $bits:ty, $atomic:ty;)*) => {$(
        pub(super) unsafe fn $load(at: *const u8) -> Outcome {
            let at = at.cast::<$bits>().cast_mut();
            // SAFETY: the caller's.
            done(u64::from(unsafe {
                match at.is_aligned() {
                    true => <$atomic>::from_ptr(at).load(Ordering::Acquire),
                    false => at.read_unaligned(),
                }
            }))
        }

        pub(super) unsafe fn $store(at: *mut u8, value: u64) -> Outcome {
            let at = at.cast::<$bits>();
            // SAFETY: the caller's.
            unsafe {
                match at.is_aligned() {
                    true => <$atomic>::from_ptr(at).store(value as $bits, Ordering::Release),
                    false => at.write_unaligned(value as $bits),
                }
            }
            done(0)
        }
    )*};
}
accesses! {
    rvm_guarded_load_1 rvm_guarded_store_1 u8, AtomicU8;
    rvm_guarded_load_2 rvm_guarded_store_2 u16, AtomicU16;
    rvm_guarded_load_4 rvm_guarded_store_4 u32, AtomicU32;
    rvm_guarded_load_8 rvm_guarded_store_8 u64, AtomicU64;
}

macro_rules! exchanges {
    ($($name:ident $bits:ty, $atomic:ty;)*) => {$(
        pub(super) unsafe fn $name(at: *mut u8, old: u64, new: u64) -> Outcome {
            // SAFETY: the caller's.
            let cell = unsafe { <$atomic>::from_ptr(at.cast()) };
            let (old, new) = (old as $bits, new as $bits);
            let seen = cell.compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst);
            done(u64::from(seen.unwrap_or_else(|seen| seen)))
        }
    )*};
}
exchanges! {
    rvm_guarded_exchange_4 u32, AtomicU32;
    rvm_guarded_exchange_8 u64, AtomicU64;
}

pub(super) unsafe fn rvm_guarded_fill(to: *mut u8, value: u64, bytes: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { to.write_bytes(value as u8, bytes) };
    done(0)
}

pub(super) unsafe fn rvm_guarded_copy(to: *mut u8, from: *const u8, bytes: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { to.copy_from(from, bytes) };
    done(0)
}
