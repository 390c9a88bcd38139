//! Array elements, lengths, and the creation of arrays.

use super::object_access::*;
use super::objects::throw_npe;
use super::regs::Regs;
use super::slow;
use super::types::subtype;
use super::unwind::unwind;
use crate::meta::BasicType;
use gc::{ARRAY_DATA_OFFSET, ARRAY_LENGTH_OFFSET, HEADER_BYTES};
use std::sync::atomic::Ordering;

/// Arrays up to this many elements are allocated here if the buffer has room.
const FAST_LENGTH: u32 = 1 << 16;

impl Regs {
    /// Length of a non-null array.
    #[inline(always)]
    unsafe fn length(&self, array: u64) -> u32 {
        self.at(array, ARRAY_LENGTH_OFFSET).cast::<u32>().read()
    }

    /// Address of an element, or null if the array is null or the index is out of bounds.
    #[inline(always)]
    unsafe fn element(&self, array: u64, index: u64, shift: u32) -> *mut u8 {
        let index = index as u32;
        if array as u32 == 0 || index >= self.length(array) {
            return std::ptr::null_mut();
        }
        self.at(array, ARRAY_DATA_OFFSET + ((index as usize) << shift))
    }
}

/// Loads: `words` is the change of height.
macro_rules! loads {
    ($($name:ident $shift:literal $load:ident $words:literal;)*) => { op! { $(
        $name(s) {
            let p = s.element(s.below(1), s.tos, $shift);
            if p.is_null() {
                return s.jump(bad_load);
            }
            s.put($words, $load(p));
            s.next(1)
        }
    )* } };
}
loads! {
    baload 0 load_b -1; caload 1 load_c -1; saload 1 load_s -1; waload 2 load_w -1; laload 3 load_l 0;
}

macro_rules! stores {
    ($($name:ident $shift:literal $store:ident $words:literal $bad:ident;)*) => { op! { $(
        $name(s) {
            let p = s.element(s.below($words + 1), s.below($words), $shift);
            if p.is_null() {
                return s.jump($bad);
            }
            $store(&s, p, s.tos);
            s.drop($words + 2);
            s.next(1)
        }
    )* } };
}
stores! {
    castore 1 store_c 1 bad_store; wastore 2 store_w 1 bad_store; lastore 3 store_l 2 bad_store_wide;
}

op! {
    /// Arrays of `byte` and, with the value cut to one bit, of `boolean`.
    bastore(s) {
        let array = s.below(2);
        let p = s.element(array, s.below(1), 0);
        if p.is_null() {
            return s.jump(bad_store);
        }
        let boolean = (*s.class_of(array)).element_type == BasicType::Boolean as u8;
        store_b(&s, p, s.tos & if boolean { 1 } else { 0xff });
        s.drop(3);
        s.next(1)
    }
    aastore(s) {
        let array = s.below(2);
        let p = s.element(array, s.below(1), 2);
        if p.is_null() {
            return s.jump(bad_store);
        }
        if s.tos as u32 != 0 {
            let component = (*s.class_of(array)).component;
            if !subtype(&s, s.class_id(s.tos), component) {
                return s.jump(aastore_slow);
            }
        }
        store_a(&s, p, s.tos);
        s.drop(3);
        s.next(1)
    }
    /// After the quick type test said no; the element's address is known to be good.
    #[cold]
    #[inline(never)]
    aastore_slow(s) {
        s.spill();
        let array = s.below(2);
        let component = (*s.class_of(array)).component;
        if slow::check_store(s.thread(), s.tos, s.class_id(s.tos), component).is_err() {
            return s.jump(unwind);
        }
        store_a(&s, s.element(array, s.below(1), 2), s.tos);
        s.drop(3);
        s.next(1)
    }
    arraylength(s) {
        if s.tos as u32 == 0 {
            return s.jump(throw_npe);
        }
        s.tos = s.length(s.tos) as u64;
        s.next(1)
    }
}

/// NullPointerException or ArrayIndexOutOfBoundsException: `words` the index's distance from the top.
macro_rules! bad_access {
    ($($name:ident |$s:ident| $array:expr, $index:expr;)*) => { op! { $(
        #[cold]
        #[inline(never)]
        $name($s) {
            $s.spill();
            let array = $array;
            let length = if array as u32 == 0 { -1 } else { $s.length(array) as i32 };
            slow::bad_index($s.thread(), $index as i32, length);
            $s.jump(unwind)
        }
    )* } };
}
bad_access! {
    bad_load |s| s.below(1), s.tos;
    bad_store |s| s.below(2), s.below(1);
    bad_store_wide |s| s.below(3), s.below(2);
}

impl Regs {
    /// A new array from the thread's buffer with the length in `tos`, which it replaces; else `slow`.
    #[inline(always)]
    unsafe fn new_array(mut self, class: u32, shift: u32, len: usize, slow: super::regs::Handler) {
        let length = self.tos as u32;
        let size = (ARRAY_DATA_OFFSET + ((length as usize) << shift) + 7) & !7;
        if length > FAST_LENGTH || class == 0 {
            return self.jump(slow);
        }
        let object = self.bump(size);
        if object.is_null() {
            return self.jump(slow);
        }
        object.cast::<u64>().write(class as u64);
        object.add(ARRAY_LENGTH_OFFSET).cast::<u32>().write(length);
        gc::publish();
        self.tos = self.reference(object);
        self.next(len)
    }

    /// Zeroed memory from the thread's buffer, or null.
    #[inline(always)]
    pub unsafe fn bump(&self, size: usize) -> *mut u8 {
        let tlab = (*self.t).tlab.get();
        let top = (*tlab).top;
        if ((*tlab).end as usize).wrapping_sub(top as usize) < size {
            return std::ptr::null_mut();
        }
        (*tlab).top = top.wrapping_add(size);
        top
    }

    /// The reference to an object as a slot's word.
    #[inline(always)]
    pub unsafe fn reference(&self, object: *mut u8) -> u64 {
        (object.offset_from_unsigned(self.base) >> gc::UNIT_SHIFT) as u64
    }
}

const _: () = assert!(HEADER_BYTES == 8, "headers are written as one word");

op! {
    newarray(s) {
        let ty = s.byte(1);
        // The low bits of the type codes are the logarithms of the sizes (JVMS table 6.5).
        s.new_array((*s.t).vm().known.prim_arrays[ty & 15].0, ty as u32 & 3, 2, newarray_slow)
    }
    anewarray_q(s) {
        let component = s.class(gc::ClassId(s.entry() as u32));
        s.new_array((*component).array_class.load(Ordering::Acquire), 2, 3, anewarray_slow)
    }
    #[cold]
    #[inline(never)]
    newarray_slow(s) {
        s.spill();
        s.finish(slow::new_prim_array(s.thread(), s.byte(1), s.tos as i32), 0, 2)
    }
    #[cold]
    #[inline(never)]
    anewarray_slow(s) {
        s.spill();
        s.finish(slow::new_array_of(s.thread(), gc::ClassId(s.entry() as u32), s.tos as i32), 0, 3)
    }
    /// Resolves the component class.
    #[cold]
    #[inline(never)]
    anewarray(s) {
        s.spill();
        s.again(slow::resolve_anewarray(s.thread(), s.pc))
    }
    #[cold]
    #[inline(never)]
    multianewarray(s) {
        s.spill();
        let dimensions = s.byte(3);
        s.finish(slow::new_multi(s.thread(), s.pc, s.sp, dimensions), 1 - dimensions as isize, 4)
    }
}
