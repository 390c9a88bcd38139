//! Accesses to off-heap memory that may be a mapped file, whose pages can be missing: somebody has cut the file, its
//! device is full or broken, or it is mapped for reading only. The kernel then raises SIGBUS or SIGSEGV.
//!
//! Each access is an instruction of a few functions in assembly that keep nothing on the stack. The handler of the
//! signals, which is there from the first mapping on, looks whether the fault was in one of them, and if so lets
//! it return to its caller with a mark. All other faults are as fatal as without it.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod access;
mod handler;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as processor;
#[cfg(target_arch = "x86_64")]
use x86_64 as processor;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!(
    "rvm runs on x86-64 and AArch64; another processor needs these accesses in its assembly"
);

use access::Outcome;
use std::sync::atomic::{Ordering, fence};
use vm::Thread;

/// The memory was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault;

impl Outcome {
    #[inline(always)]
    fn value(self) -> Result<u64, Fault> {
        if self.faulted == 0 { Ok(self.value) } else { Err(Fault) }
    }
}

/// Bytes that are moved at once where they can not be moved in place.
const CHUNK_BYTES: usize = 4096;

/// Makes faults of the functions here harmless. To be called before a guest's first file is mapped.
pub(crate) fn install() {
    handler::install();
}

/// Whether an access at this byte distance should be made with the functions here: it lies off the heap.
#[inline(always)]
pub(super) fn needed(t: &Thread, at: usize) -> bool {
    t.vm().heap.areas().native.contains(at)
}

/// Reads 1, 2, 4 or 8 bytes; at once if they are aligned. `order` is `SeqCst` for what Java calls volatile, else `Relaxed`.
///
/// # Safety
/// Nobody holds a Rust reference to the place. It need not be readable.
#[inline(always)]
pub(super) unsafe fn load(at: *const u8, bytes: usize, order: Ordering) -> Result<u64, Fault> {
    // A volatile read must not overtake a volatile write before it, which on x86-64 is the write's business.
    if order == Ordering::SeqCst && !cfg!(target_arch = "x86_64") {
        fence(Ordering::SeqCst);
    }
    // SAFETY: as the caller promises.
    let outcome = unsafe {
        match bytes {
            1 => access::rvm_guarded_load_1(at),
            2 => access::rvm_guarded_load_2(at),
            4 => access::rvm_guarded_load_4(at),
            _ => access::rvm_guarded_load_8(at),
        }
    };
    if order == Ordering::SeqCst {
        fence(Ordering::Acquire);
    }
    outcome.value()
}

/// Writes the low 1, 2, 4 or 8 bytes of `value`; at once if they are aligned. `order` as of [`load`].
///
/// # Safety
/// Nobody holds a Rust reference to the place. It need not be writable.
#[inline(always)]
pub(super) unsafe fn store(
    at: *mut u8,
    bytes: usize,
    value: u64,
    order: Ordering,
) -> Result<(), Fault> {
    if order == Ordering::SeqCst {
        fence(Ordering::Release);
    }
    // SAFETY: as the caller promises.
    let outcome = unsafe {
        match bytes {
            1 => access::rvm_guarded_store_1(at, value),
            2 => access::rvm_guarded_store_2(at, value),
            4 => access::rvm_guarded_store_4(at, value),
            _ => access::rvm_guarded_store_8(at, value),
        }
    };
    if order == Ordering::SeqCst {
        fence(Ordering::SeqCst);
    }
    outcome.value().map(|_| ())
}

/// Replaces 4 or 8 bytes that are `old`, at once; what was there.
///
/// # Safety
/// As of [`store`]; the place is aligned.
#[inline(always)]
pub(super) unsafe fn exchange(at: *mut u8, bytes: usize, old: u64, new: u64) -> Result<u64, Fault> {
    // SAFETY: as the caller promises.
    let outcome = unsafe {
        match bytes {
            4 => access::rvm_guarded_exchange_4(at, old, new),
            _ => access::rvm_guarded_exchange_8(at, old, new),
        }
    };
    outcome.value()
}

/// Sets all bytes to `value`; after a fault, some.
///
/// # Safety
/// As of [`store`].
pub(super) unsafe fn fill(to: *mut u8, value: u8, bytes: usize) -> Result<(), Fault> {
    // SAFETY: as the caller promises.
    unsafe { access::rvm_guarded_fill(to, value.into(), bytes) }.value().map(|_| ())
}

/// Copies, also between spans that overlap; after a fault, a part.
///
/// # Safety
/// As of [`load`] and [`store`].
pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) -> Result<(), Fault> {
    let copy_up = |from: *const u8, to: *mut u8, bytes| {
        // SAFETY: as the caller promises.
        unsafe { access::rvm_guarded_copy(to, from, bytes) }.value().map(|_| ())
    };
    if (to as usize).wrapping_sub(from as usize) >= bytes {
        return copy_up(from, to, bytes);
    }
    // From the end, so that nothing is overwritten that is still to be read.
    let mut chunk = [0; CHUNK_BYTES];
    let mut left = bytes;
    while left > 0 {
        let size = left.min(CHUNK_BYTES);
        left -= size;
        copy_up(from.wrapping_add(left), chunk.as_mut_ptr(), size)?;
        copy_up(chunk.as_ptr(), to.wrapping_add(left), size)?;
    }
    Ok(())
}

/// Gives the bytes to `each` in pieces.
///
/// # Safety
/// As of [`load`].
pub(crate) unsafe fn pieces(
    from: *const u8,
    bytes: usize,
    mut each: impl FnMut(&[u8]),
) -> Result<(), Fault> {
    let mut chunk = [0; CHUNK_BYTES];
    for done in (0..bytes).step_by(CHUNK_BYTES) {
        let piece = &mut chunk[..CHUNK_BYTES.min(bytes - done)];
        // SAFETY: as the caller promises; the piece is ours.
        unsafe { copy(from.wrapping_add(done), piece.as_mut_ptr(), piece.len()) }?;
        each(piece);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
