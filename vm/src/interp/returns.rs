//! Returns (JVMS 2.6.4, 6.5 `ireturn` ...).

use super::regs::Regs;
use super::slow;
use super::unwind::unwind;
use crate::meta::BasicType;
use std::sync::atomic::{Ordering, fence};

impl Regs {
    /// Whether the running method returns to its caller at once: no lock to release, no poll.
    #[inline(always)]
    unsafe fn plain_return(&self) -> bool {
        (*self.frame()).lock.get().is_null() && !self.poll()
    }

    /// Pops the frame; the result of `WORDS` words, if any, is in `tos`.
    #[inline(always)]
    unsafe fn leave_method<const WORDS: usize>(mut self) {
        if WORDS == 0 {
            freeze_final_fields();
        }
        let frame = self.frame();
        let caller = (*frame).prev;
        self.pc = (*frame).ret_pc;
        (*self.t).fp.set(caller);
        match WORDS {
            0 => {
                self.sp = self.loc.sub(1);
                self.tos = *self.sp;
            }
            1 => self.sp = self.loc,
            _ => self.sp = self.loc.add(1),
        }
        self.loc = (*caller).locals;
        self.dispatch()
    }
}

/// What a constructor has written to final fields, and what that leads to, is to be seen by whatever thread
/// finds the object later, even through a data race (JLS 17.5.1). Methods without a result may be constructors.
#[inline(always)]
fn freeze_final_fields() {
    fence(Ordering::Release);
}

macro_rules! returns {
    ($($name:ident $slow:ident $words:literal;)*) => { op! { $(
        $name(s) {
            if s.plain_return() { s.leave_method::<$words>() } else { s.jump($slow) }
        }
        /// With a safepoint, and the release of a synchronized method's lock.
        #[cold]
        #[inline(never)]
        $slow(s) {
            s.spill();
            match slow::before_return(s.thread()) {
                Ok(()) => { s.reload(); s.leave_method::<$words>() }
                Err(_) => s.jump(unwind),
            }
        }
    )* } };
}
returns! { return_void void_slow 0; return_one one_slow 1; return_two two_slow 2; }

op! {
    /// A value of a type that fits an `int`, cut to that type.
    ireturn(s) {
        if (*(*s.frame()).method).return_type != BasicType::Int as u8 {
            return s.jump(return_narrow);
        }
        if s.plain_return() { s.leave_method::<1>() } else { s.jump(one_slow) }
    }
    #[inline(never)]
    return_narrow(s) {
        s.tos = narrow(s.tos, (*(*s.frame()).method).return_type);
        if s.plain_return() { s.leave_method::<1>() } else { s.jump(one_slow) }
    }
    /// The return of `Object.<init>`.
    return_register_finalizer(s) {
        let object = s.local(0);
        let flags = (*s.class_of(object)).flags.load(Ordering::Relaxed);
        if flags & crate::meta::class_flags::HAS_FINALIZER != 0 {
            return s.jump(register_finalizer);
        }
        if s.plain_return() { s.leave_method::<0>() } else { s.jump(void_slow) }
    }
    #[cold]
    #[inline(never)]
    register_finalizer(s) {
        s.spill();
        match slow::register_finalizer(s.thread(), s.local(0)) {
            Ok(()) => {
                s.reload();
                s.jump(void_slow)
            }
            Err(_) => s.jump(unwind),
        }
    }
}

/// Cuts an `int` to a smaller type.
#[inline(always)]
fn narrow(v: u64, ty: u8) -> u64 {
    const BOOLEAN: u8 = BasicType::Boolean as u8;
    const BYTE: u8 = BasicType::Byte as u8;
    const CHAR: u8 = BasicType::Char as u8;
    match ty {
        BOOLEAN => v & 1,
        BYTE => v as i8 as u32 as u64,
        CHAR => v as u16 as u64,
        _ => v as i16 as u32 as u64,
    }
}
