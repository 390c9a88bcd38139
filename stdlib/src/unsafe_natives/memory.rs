//! Addresses of a guest as Rust may use them: checked, then pointers.

use super::guarded;
use crate::java_io::errors;
use std::sync::atomic::Ordering;
use vm::native::Retry;
use vm::portable::Access;
use vm::{Ref, Result, Thread, Thrown};

/// Byte distance from the base of `length` bytes at an object's place (or 0) plus `offset`, if a
/// guest may reach them: off-heap memory, or with an object also the heap.
#[inline(always)]
pub(crate) fn locate(t: &Thread, object: Ref, offset: i64, length: usize) -> Option<usize> {
    let areas = t.vm().heap.areas();
    let span = if object.is_null() { areas.native } else { areas.data() };
    let at = object.offset().wrapping_add(offset as usize);
    let room = span.len().checked_sub(length)?;
    (at.wrapping_sub(span.start) <= room).then_some(at)
}

/// As [`locate`], for an access of which it is known what it does to an object: that is held against the object's type
/// where the guest's library may have been forged.
#[inline(always)]
pub(crate) fn locate_for(
    t: &Thread,
    object: Ref,
    offset: i64,
    length: usize,
    access: Access,
) -> Option<usize> {
    if let Some(guard) = &t.vm().guard
        && !object.is_null()
        && !guard.permits(t.vm(), object, offset, length, access)
    {
        return None;
    }
    locate(t, object, offset, length)
}

/// A pointer to `length` bytes of off-heap memory, which stays where it is.
///
/// # Errors
/// `InternalError` if the guest has no such memory.
pub(crate) fn native(t: &Thread, address: i64, length: usize) -> Result<*mut u8> {
    match locate(t, Ref::NULL, address, length) {
        Some(at) => Ok(pointer(t, at)),
        None => Err(fault(t)),
    }
}

/// As [`native`], for leaf natives.
#[inline(always)]
pub(crate) fn native_leaf(t: &Thread, address: i64, length: usize) -> Result<*mut u8, Retry> {
    locate(t, Ref::NULL, address, length).map(|at| pointer(t, at)).ok_or(Retry)
}

/// The address of a byte distance that [`locate`] has checked.
#[inline(always)]
pub(crate) fn pointer(t: &Thread, at: usize) -> *mut u8 {
    t.base.wrapping_add(at)
}

/// The exception for an access outside of the guest's memory, or to memory that is not there.
#[cold]
pub(crate) fn fault(t: &Thread) -> Thrown {
    let message = match t.vm().config.release {
        ..=17 => {
            "a fault occurred in a recent unsafe memory access operation in compiled Java code"
        }
        _ => "a fault occurred in an unsafe memory access operation",
    };
    errors::internal(t, message)
}

/// The zero-terminated text at an address of off-heap memory.
///
/// # Errors
/// `InternalError` if it is not in the guest's memory as a whole.
pub(crate) fn text(t: &Thread, address: i64) -> Result<Vec<u8>> {
    let end = t.vm().heap.areas().native.end;
    let Some(at) = locate(t, Ref::NULL, address, 1) else { return Err(fault(t)) };
    let mut out = Vec::new();
    for at in at..end {
        // SAFETY: off-heap memory, to which there are no references.
        match unsafe { guarded::load(pointer(t, at), 1, Ordering::Relaxed) } {
            Ok(0) => return Ok(out),
            Ok(byte) => out.push(byte as u8),
            Err(guarded::Fault) => break,
        }
    }
    Err(fault(t))
}
