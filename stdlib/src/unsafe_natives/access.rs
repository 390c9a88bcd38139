//! Single reads and writes, plain and volatile, of all types.

use super::guarded;
use super::memory::{fault, locate_for, pointer};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};
use vm::native::Retry;
use vm::portable::Access;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

/// Something that fits a field: how it is kept in memory.
pub(super) trait Cell: Copy {
    /// Reads; with `order` unless the place is not aligned, which no order is promised for.
    ///
    /// # Safety
    /// The place is readable.
    unsafe fn load(at: *mut u8, order: Ordering) -> Self;
    /// Writes, as [`Cell::load`] reads.
    ///
    /// # Safety
    /// The place is writable.
    unsafe fn store(self, at: *mut u8, order: Ordering);
    /// From the low bits of a word.
    fn from_word(word: u64) -> Self;
    /// The bits, in the low part of a word.
    fn into_word(self) -> u64;
}

macro_rules! cells {
    ($($t:ty, $bits:ty, $atomic:ty, |$b:ident| $from:expr, |$v:ident| $into:expr;)*) => {$(
        impl Cell for $t {
            #[inline(always)]
            unsafe fn load(at: *mut u8, order: Ordering) -> $t {
                let at = at.cast::<$bits>();
                let $b = if at.is_aligned() {
                    // SAFETY: readable by the contract, aligned, shared only through atomics and
                    // the interpreter's plain moves.
                    unsafe { <$atomic>::from_ptr(at) }.load(order)
                } else {
                    // SAFETY: readable by the contract.
                    let bits = unsafe { at.read_unaligned() };
                    fence(Ordering::SeqCst);
                    bits
                };
                $from
            }

            #[inline(always)]
            unsafe fn store(self, at: *mut u8, order: Ordering) {
                let at = at.cast::<$bits>();
                let $v = self;
                let bits: $bits = $into;
                if at.is_aligned() {
                    // SAFETY: writable by the contract, aligned, shared as for reading.
                    unsafe { <$atomic>::from_ptr(at) }.store(bits, order)
                } else {
                    // SAFETY: writable by the contract.
                    unsafe { at.write_unaligned(bits) };
                    fence(Ordering::SeqCst);
                }
            }

            #[inline(always)]
            fn from_word(word: u64) -> $t {
                let $b = word as $bits;
                $from
            }

            #[inline(always)]
            fn into_word(self) -> u64 {
                let $v = self;
                let bits: $bits = $into;
                u64::from(bits)
            }
        }
    )*};
}
cells! {
    bool, u8, AtomicU8, |b| b != 0, |v| v as u8;
    i8, u8, AtomicU8, |b| b as i8, |v| v as u8;
    i16, u16, AtomicU16, |b| b as i16, |v| v as u16;
    u16, u16, AtomicU16, |b| b, |v| v;
    i32, u32, AtomicU32, |b| b as i32, |v| v as u32;
    i64, u64, AtomicU64, |b| b as i64, |v| v as u64;
    f32, u32, AtomicU32, |b| f32::from_bits(b), |v| v.to_bits();
    f64, u64, AtomicU64, |b| f64::from_bits(b), |v| v.to_bits();
}

#[inline(always)]
fn get<T: Cell>(
    t: &Thread,
    object: Ref,
    offset: i64,
    order: Ordering,
    access: Access,
) -> Result<T, Retry> {
    let at = locate_for(t, object, offset, size_of::<T>(), access).ok_or(Retry)?;
    if guarded::needed(t, at) {
        // SAFETY: off-heap memory, to which there are no references.
        let word = unsafe { guarded::load(pointer(t, at), size_of::<T>(), order) };
        return word.map(T::from_word).map_err(|_| Retry);
    }
    // SAFETY: `locate` has checked that the guest may access the bytes; the heap is mapped.
    Ok(unsafe { T::load(pointer(t, at), order) })
}

#[inline(always)]
fn put<T: Cell>(
    t: &Thread,
    object: Ref,
    offset: i64,
    v: T,
    order: Ordering,
    access: Access,
) -> Result<(), Retry> {
    let at = locate_for(t, object, offset, size_of::<T>(), access).ok_or(Retry)?;
    if guarded::needed(t, at) {
        // SAFETY: as above.
        let done = unsafe { guarded::store(pointer(t, at), size_of::<T>(), v.into_word(), order) };
        return done.map_err(|_| Retry);
    }
    // SAFETY: as above.
    unsafe { v.store(pointer(t, at), order) };
    Ok(())
}

macro_rules! types {
    ($($name:ident: $t:ty;)*) => {$(
        mod $name {
            use super::*;
            pub(super) fn get(t: &Thread, _: Ref, o: Ref, at: i64) -> Result<$t, Retry> {
                super::get(t, o, at, Ordering::Relaxed, Access::Read)
            }
            pub(super) fn get_volatile(t: &Thread, _: Ref, o: Ref, at: i64) -> Result<$t, Retry> {
                super::get(t, o, at, Ordering::SeqCst, Access::Read)
            }
            pub(super) fn put(t: &Thread, _: Ref, o: Ref, at: i64, v: $t) -> Result<(), Retry> {
                super::put(t, o, at, v, Ordering::Relaxed, Access::Write)
            }
            pub(super) fn put_volatile(t: &Thread, _: Ref, o: Ref, at: i64, v: $t) -> Result<(), Retry> {
                super::put(t, o, at, v, Ordering::SeqCst, Access::Write)
            }
            pub(super) fn get_fault(t: &Thread, _: Handle, _: Handle, _: i64) -> Result<$t> {
                Err(fault(t))
            }
            pub(super) fn put_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: $t) -> Result<()> {
                Err(fault(t))
            }
        }
    )*};
}
types! {
    boolean: bool;
    byte: i8;
    short: i16;
    char_: u16;
    int: i32;
    long: i64;
    float: f32;
    double: f64;
}

mod reference {
    use super::super::memory::locate;
    use super::*;

    fn load(t: &Thread, o: Ref, at: i64, order: Ordering) -> Result<Ref, Retry> {
        let access = Access::ReadReference;
        super::get::<i32>(t, o, at, order, access).map(|bits| Ref::from_bits(bits as u32))
    }

    fn store(t: &Thread, o: Ref, at: i64, v: Ref, order: Ordering) -> Result<(), Retry> {
        super::put::<i32>(t, o, at, v.bits() as i32, order, Access::WriteReference(v))?;
        if let Some(slot) = locate(t, o, at, 4) {
            t.vm().heap.write_barrier(slot);
        }
        Ok(())
    }

    pub(super) fn get(t: &Thread, _: Ref, o: Ref, at: i64) -> Result<Ref, Retry> {
        load(t, o, at, Ordering::Relaxed)
    }
    pub(super) fn get_volatile(t: &Thread, _: Ref, o: Ref, at: i64) -> Result<Ref, Retry> {
        load(t, o, at, Ordering::SeqCst)
    }
    pub(super) fn put(t: &Thread, _: Ref, o: Ref, at: i64, v: Ref) -> Result<(), Retry> {
        store(t, o, at, v, Ordering::Relaxed)
    }
    pub(super) fn put_volatile(t: &Thread, _: Ref, o: Ref, at: i64, v: Ref) -> Result<(), Retry> {
        store(t, o, at, v, Ordering::SeqCst)
    }
    pub(super) fn get_fault(t: &Thread, _: Handle, _: Handle, _: i64) -> Result<Handle> {
        Err(fault(t))
    }
    pub(super) fn put_fault(t: &Thread, _: Handle, _: Handle, _: i64, _: Handle) -> Result<()> {
        Err(fault(t))
    }
    /// `getUncompressedObject`: references have one form here.
    pub(super) fn get_absolute(t: &Thread, _: Ref, at: i64) -> Result<Ref, Retry> {
        load(t, Ref::NULL, at, Ordering::Relaxed)
    }
    pub(super) fn get_absolute_fault(t: &Thread, _: Handle, _: i64) -> Result<Handle> {
        Err(fault(t))
    }
}

fn full_fence(_: &Thread, _: Ref) -> Result<(), Retry> {
    fence(Ordering::SeqCst);
    Ok(())
}

fn load_fence(_: &Thread, _: Ref) -> Result<(), Retry> {
    fence(Ordering::Acquire);
    Ok(())
}

fn store_fence(_: &Thread, _: Ref) -> Result<(), Retry> {
    fence(Ordering::Release);
    Ok(())
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Unsafe" {
            "getBoolean" "(Ljava/lang/Object;J)Z" => full boolean::get_fault, leaf boolean::get;
            "putBoolean" "(Ljava/lang/Object;JZ)V" => full boolean::put_fault, leaf boolean::put;
            "getBooleanVolatile" "(Ljava/lang/Object;J)Z" => full boolean::get_fault, leaf boolean::get_volatile;
            "putBooleanVolatile" "(Ljava/lang/Object;JZ)V" => full boolean::put_fault, leaf boolean::put_volatile;
            "getByte" "(Ljava/lang/Object;J)B" => full byte::get_fault, leaf byte::get;
            "putByte" "(Ljava/lang/Object;JB)V" => full byte::put_fault, leaf byte::put;
            "getByteVolatile" "(Ljava/lang/Object;J)B" => full byte::get_fault, leaf byte::get_volatile;
            "putByteVolatile" "(Ljava/lang/Object;JB)V" => full byte::put_fault, leaf byte::put_volatile;
            "getShort" "(Ljava/lang/Object;J)S" => full short::get_fault, leaf short::get;
            "putShort" "(Ljava/lang/Object;JS)V" => full short::put_fault, leaf short::put;
            "getShortVolatile" "(Ljava/lang/Object;J)S" => full short::get_fault, leaf short::get_volatile;
            "putShortVolatile" "(Ljava/lang/Object;JS)V" => full short::put_fault, leaf short::put_volatile;
            "getChar" "(Ljava/lang/Object;J)C" => full char_::get_fault, leaf char_::get;
            "putChar" "(Ljava/lang/Object;JC)V" => full char_::put_fault, leaf char_::put;
            "getCharVolatile" "(Ljava/lang/Object;J)C" => full char_::get_fault, leaf char_::get_volatile;
            "putCharVolatile" "(Ljava/lang/Object;JC)V" => full char_::put_fault, leaf char_::put_volatile;
            "getInt" "(Ljava/lang/Object;J)I" => full int::get_fault, leaf int::get;
            "putInt" "(Ljava/lang/Object;JI)V" => full int::put_fault, leaf int::put;
            "getIntVolatile" "(Ljava/lang/Object;J)I" => full int::get_fault, leaf int::get_volatile;
            "putIntVolatile" "(Ljava/lang/Object;JI)V" => full int::put_fault, leaf int::put_volatile;
            "getLong" "(Ljava/lang/Object;J)J" => full long::get_fault, leaf long::get;
            "putLong" "(Ljava/lang/Object;JJ)V" => full long::put_fault, leaf long::put;
            "getLongVolatile" "(Ljava/lang/Object;J)J" => full long::get_fault, leaf long::get_volatile;
            "putLongVolatile" "(Ljava/lang/Object;JJ)V" => full long::put_fault, leaf long::put_volatile;
            "getFloat" "(Ljava/lang/Object;J)F" => full float::get_fault, leaf float::get;
            "putFloat" "(Ljava/lang/Object;JF)V" => full float::put_fault, leaf float::put;
            "getFloatVolatile" "(Ljava/lang/Object;J)F" => full float::get_fault, leaf float::get_volatile;
            "putFloatVolatile" "(Ljava/lang/Object;JF)V" => full float::put_fault, leaf float::put_volatile;
            "getDouble" "(Ljava/lang/Object;J)D" => full double::get_fault, leaf double::get;
            "putDouble" "(Ljava/lang/Object;JD)V" => full double::put_fault, leaf double::put;
            "getDoubleVolatile" "(Ljava/lang/Object;J)D" => full double::get_fault, leaf double::get_volatile;
            "putDoubleVolatile" "(Ljava/lang/Object;JD)V" => full double::put_fault, leaf double::put_volatile;
            "getReference" "(Ljava/lang/Object;J)Ljava/lang/Object;" => full reference::get_fault, leaf reference::get;
            "putReference" "(Ljava/lang/Object;JLjava/lang/Object;)V" => full reference::put_fault, leaf reference::put;
            "getReferenceVolatile" "(Ljava/lang/Object;J)Ljava/lang/Object;" => full reference::get_fault, leaf reference::get_volatile;
            "putReferenceVolatile" "(Ljava/lang/Object;JLjava/lang/Object;)V" => full reference::put_fault, leaf reference::put_volatile;
            "getUncompressedObject" "(J)Ljava/lang/Object;" => full reference::get_absolute_fault, leaf reference::get_absolute;
            "fullFence" "()V" => leaf full_fence;
            "loadFence" "()V" => leaf load_fence;
            "storeFence" "()V" => leaf store_fence;
        }
    }
}
