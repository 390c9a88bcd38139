//! Off-heap memory: allocating, filling, copying.

use super::guarded;
use super::memory::{fault, locate_for, pointer};
use std::ptr;
use std::sync::atomic::Ordering;
use vm::native::Retry;
use vm::portable::Access;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

fn size(bytes: i64) -> Result<usize, Retry> {
    usize::try_from(bytes).map_err(|_| Retry)
}

/// `allocateMemory0`: 0 if there is none, of which Java makes an exception.
fn allocate(t: &Thread, _: Ref, bytes: i64) -> Result<i64, Retry> {
    let bytes = usize::try_from(bytes).ok();
    let block = bytes.and_then(|bytes| t.vm().heap.native().malloc(bytes));
    Ok(block.map_or(0, |block| block as i64))
}

/// `reallocateMemory0`
fn reallocate(t: &Thread, _: Ref, block: i64, bytes: i64) -> Result<i64, Retry> {
    let bytes = usize::try_from(bytes).ok();
    let moved = bytes.and_then(|bytes| t.vm().heap.native().realloc(block as u64, bytes));
    Ok(moved.map_or(0, |block| block as i64))
}

/// `freeMemory0`
fn free(t: &Thread, _: Ref, block: i64) -> Result<(), Retry> {
    if block != 0 {
        t.vm().heap.native().free(block as u64);
    }
    Ok(())
}

/// `setMemory0`
fn set(t: &Thread, _: Ref, o: Ref, at: i64, bytes: i64, value: i8) -> Result<(), Retry> {
    let bytes = size(bytes)?;
    if bytes > 0 {
        let at = locate_for(t, o, at, bytes, Access::Write).ok_or(Retry)?;
        if guarded::needed(t, at) {
            // SAFETY: off-heap memory, to which there are no references.
            let done = unsafe { guarded::fill(pointer(t, at), value as u8, bytes) };
            return done.map_err(|_| Retry);
        }
        // SAFETY: `locate` has checked that the guest may access the bytes.
        unsafe { ptr::write_bytes(pointer(t, at), value as u8, bytes) };
    }
    Ok(())
}

fn set_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: i64, _: i8) -> Result<()> {
    Err(fault(t))
}

/// `copyMemory0`: of primitive data, as Java has checked.
fn copy(
    t: &Thread,
    _: Ref,
    from: Ref,
    from_at: i64,
    to: Ref,
    to_at: i64,
    bytes: i64,
) -> Result<(), Retry> {
    let bytes = size(bytes)?;
    if bytes > 0 {
        let from = locate_for(t, from, from_at, bytes, Access::Read).ok_or(Retry)?;
        let to = locate_for(t, to, to_at, bytes, Access::Write).ok_or(Retry)?;
        if guarded::needed(t, from) || guarded::needed(t, to) {
            // SAFETY: `locate` has checked both spans; there are no references to them.
            let done = unsafe { guarded::copy(pointer(t, from), pointer(t, to), bytes) };
            return done.map_err(|_| Retry);
        }
        t.vm().heap.copy_bytes(from, to, bytes);
    }
    Ok(())
}

fn copy_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: Handle, _: i64, _: i64) -> Result<()> {
    Err(fault(t))
}

/// `copySwapMemory0`: reverses the bytes of each element.
#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn copy_swap(
    t: &Thread,
    _: Ref,
    from: Ref,
    from_at: i64,
    to: Ref,
    to_at: i64,
    bytes: i64,
    element: i64,
) -> Result<(), Retry> {
    let (bytes, element) = (size(bytes)?, size(element)?);
    if bytes == 0 {
        return Ok(());
    }
    if !matches!(element, 2 | 4 | 8) || !bytes.is_multiple_of(element) {
        return Err(Retry);
    }
    let from = locate_for(t, from, from_at, bytes, Access::Read).ok_or(Retry)?;
    let to = locate_for(t, to, to_at, bytes, Access::Write).ok_or(Retry)?;
    let swap = |at: usize| -> Result<(), Retry> {
        let unused = 64 - 8 * element as u32;
        // SAFETY: `locate` has checked both spans, and `at` is within them; there are no references to them.
        let done = unsafe {
            guarded::load(pointer(t, from + at), element, Ordering::Relaxed).and_then(|word| {
                let swapped = (word << unused).swap_bytes();
                guarded::store(pointer(t, to + at), element, swapped, Ordering::Relaxed)
            })
        };
        done.map_err(|_| Retry)
    };
    // The spans may overlap: what will be overwritten must be read before.
    if to <= from {
        (0..bytes).step_by(element).try_for_each(swap)
    } else {
        (0..bytes).step_by(element).rev().try_for_each(swap)
    }
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn copy_swap_fault(
    t: &Thread,
    _: Handle,
    _: Handle,
    _: i64,
    _: Handle,
    _: i64,
    _: i64,
    _: i64,
) -> Result<()> {
    Err(fault(t))
}

/// `writeback0` and its fences: there is no persistent memory to write back to.
fn writeback(_: &Thread, _: Ref, _address: i64) -> Result<(), Retry> {
    Ok(())
}

fn writeback_fence(_: &Thread, _: Ref) -> Result<(), Retry> {
    Ok(())
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Unsafe" {
            "allocateMemory0" "(J)J" => leaf allocate;
            "reallocateMemory0" "(JJ)J" => leaf reallocate;
            "freeMemory0" "(J)V" => leaf free;
            "setMemory0" "(Ljava/lang/Object;JJB)V" => full set_fault, leaf set;
            "copyMemory0" "(Ljava/lang/Object;JLjava/lang/Object;JJ)V" => full copy_fault, leaf copy;
            "copySwapMemory0" "(Ljava/lang/Object;JLjava/lang/Object;JJJ)V"
                => full copy_swap_fault, leaf copy_swap;
            "writeback0" "(J)V" => leaf writeback;
            "writebackPreSync0" "()V" => leaf writeback_fence;
            "writebackPostSync0" "()V" => leaf writeback_fence;
        }
    }
}
