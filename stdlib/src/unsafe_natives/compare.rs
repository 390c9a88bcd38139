//! Compare-and-set, compare-and-exchange. The place must be aligned.

use super::guarded;
use super::memory::{fault, locate_for, pointer};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use vm::native::Retry;
use vm::portable::Access;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

#[inline(always)]
fn exchange_u32(
    t: &Thread,
    o: Ref,
    at: i64,
    old: u32,
    new: u32,
    access: Access,
) -> Result<u32, Retry> {
    let at = locate_for(t, o, at, 4, access).filter(|at| at.is_multiple_of(4)).ok_or(Retry)?;
    if guarded::needed(t, at) {
        // SAFETY: off-heap memory, to which there are no references; aligned.
        let seen = unsafe { guarded::exchange(pointer(t, at), 4, old.into(), new.into()) };
        return seen.map(|seen| seen as u32).map_err(|_| Retry);
    }
    // SAFETY: `locate` has checked that the guest may access the bytes; aligned, and shared only
    // through atomics and the interpreter's plain moves.
    let cell = unsafe { AtomicU32::from_ptr(pointer(t, at).cast()) };
    Ok(cell
        .compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst)
        .unwrap_or_else(|seen| seen))
}

#[inline(always)]
fn exchange_u64(t: &Thread, o: Ref, at: i64, old: u64, new: u64) -> Result<u64, Retry> {
    let at =
        locate_for(t, o, at, 8, Access::Write).filter(|at| at.is_multiple_of(8)).ok_or(Retry)?;
    if guarded::needed(t, at) {
        // SAFETY: off-heap memory, to which there are no references; aligned.
        let seen = unsafe { guarded::exchange(pointer(t, at), 8, old, new) };
        return seen.map_err(|_| Retry);
    }
    // SAFETY: as above.
    let cell = unsafe { AtomicU64::from_ptr(pointer(t, at).cast()) };
    Ok(cell
        .compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst)
        .unwrap_or_else(|seen| seen))
}

#[inline(always)]
fn exchange_ref(t: &Thread, o: Ref, at: i64, old: Ref, new: Ref) -> Result<Ref, Retry> {
    let seen = exchange_u32(t, o, at, old.bits(), new.bits(), Access::WriteReference(new))?;
    if seen == old.bits() {
        t.vm().heap.write_barrier(o.offset().wrapping_add(at as usize));
    }
    Ok(Ref::from_bits(seen))
}

fn set_int(t: &Thread, _: Ref, o: Ref, at: i64, old: i32, new: i32) -> Result<bool, Retry> {
    Ok(get_int(t, o, o, at, old, new)? == old)
}

fn set_long(t: &Thread, _: Ref, o: Ref, at: i64, old: i64, new: i64) -> Result<bool, Retry> {
    Ok(exchange_u64(t, o, at, old as u64, new as u64)? == old as u64)
}

fn set_ref(t: &Thread, _: Ref, o: Ref, at: i64, old: Ref, new: Ref) -> Result<bool, Retry> {
    Ok(exchange_ref(t, o, at, old, new)? == old)
}

fn get_int(t: &Thread, _: Ref, o: Ref, at: i64, old: i32, new: i32) -> Result<i32, Retry> {
    Ok(exchange_u32(t, o, at, old as u32, new as u32, Access::Write)? as i32)
}

fn get_long(t: &Thread, _: Ref, o: Ref, at: i64, old: i64, new: i64) -> Result<i64, Retry> {
    Ok(exchange_u64(t, o, at, old as u64, new as u64)? as i64)
}

fn get_ref(t: &Thread, _: Ref, o: Ref, at: i64, old: Ref, new: Ref) -> Result<Ref, Retry> {
    exchange_ref(t, o, at, old, new)
}

fn int_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: i32, _: i32) -> Result<i32> {
    Err(fault(t))
}

fn long_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: i64, _: i64) -> Result<i64> {
    Err(fault(t))
}

fn ref_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: Handle, _: Handle) -> Result<Handle> {
    Err(fault(t))
}

fn set_int_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: i32, _: i32) -> Result<bool> {
    Err(fault(t))
}

fn set_long_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: i64, _: i64) -> Result<bool> {
    Err(fault(t))
}

fn set_ref_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: Handle, _: Handle) -> Result<bool> {
    Err(fault(t))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Unsafe" {
            "compareAndSetInt" "(Ljava/lang/Object;JII)Z" => full set_int_fault, leaf set_int;
            "compareAndSetLong" "(Ljava/lang/Object;JJJ)Z" => full set_long_fault, leaf set_long;
            "compareAndSetReference" "(Ljava/lang/Object;JLjava/lang/Object;Ljava/lang/Object;)Z"
                => full set_ref_fault, leaf set_ref;
            "compareAndExchangeInt" "(Ljava/lang/Object;JII)I" => full int_fault, leaf get_int;
            "compareAndExchangeLong" "(Ljava/lang/Object;JJJ)J" => full long_fault, leaf get_long;
            "compareAndExchangeReference" "(Ljava/lang/Object;JLjava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;"
                => full ref_fault, leaf get_ref;
        }
    }
}
