//! `ldc` and its kin (JVMS 6.5, 5.1).

use super::regs::Regs;
use super::slow;
use super::unwind::unwind;
use crate::meta::entry;
use gc::ClassId;
use std::sync::atomic::Ordering;

impl Regs {
    #[inline(always)]
    unsafe fn mirror(&self, class: u64) -> u64 {
        (*self.class(ClassId(class as u32))).shape.mirror.load(Ordering::Relaxed) as u64
    }
}

op! {
    // Numbers: the resolution entry is the value.
    ldc_word_q(s) { s.push(s.entry_at(s.byte(1))); s.next(2) }
    ldc_w_word_q(s) { s.push(s.entry()); s.next(3) }
    ldc2_w_q(s) { s.push2(s.entry()); s.next(3) }
}

op! {
    // A class is loaded with its mirror made; mirrors don't move.
    ldc_class_q(s) { s.push(s.mirror(s.entry_at(s.byte(1)))); s.next(2) }
    ldc_w_class_q(s) { s.push(s.mirror(s.entry())); s.next(3) }
    ldc_ref_q(s) {
        s.push(*s.base.add((s.entry_at(s.byte(1)) & entry::OFFSET_MASK) as usize).cast::<u32>() as u64);
        s.next(2)
    }
    ldc_w_ref_q(s) {
        s.push(*s.base.add((s.entry() & entry::OFFSET_MASK) as usize).cast::<u32>() as u64);
        s.next(3)
    }
}

/// Unresolved, or an `int` or the like that a bootstrap method computed (not rewritten: rare).
macro_rules! unresolved {
    ($($name:ident $push:ident $len:literal;)*) => { op! { $(
        #[cold]
        #[inline(never)]
        $name(s) {
            s.spill();
            match slow::resolve_constant(s.thread(), s.pc) {
                Ok(true) => s.again(Ok(())),
                Ok(false) => { s.reload(); s.$push((*s.t).result.get()); s.next($len) }
                Err(_) => s.jump(unwind),
            }
        }
    )* } };
}
unresolved! { ldc push 2; ldc_w push 3; ldc2_w push2 3; }
