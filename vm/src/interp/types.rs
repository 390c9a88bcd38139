//! Type tests: `checkcast`, `instanceof` (JVMS 6.5).

use super::regs::Regs;
use super::slow;
use super::unwind::unwind;
use crate::meta::DISPLAY_LEN;
use gc::ClassId;
use std::sync::atomic::Ordering;

/// Whether `sub` is `sup` or quickly seen to be a subtype; false may also mean "not known here".
#[inline(always)]
pub(super) unsafe fn subtype(s: &Regs, sub: ClassId, sup: ClassId) -> bool {
    if sub == sup {
        return true;
    }
    let (sub, depth) = (s.class(sub), (*s.class(sup)).depth as usize);
    (depth < DISPLAY_LEN && (*sub).display[depth] == sup)
        || (*sub).secondary_cache.load(Ordering::Relaxed) == sup.0
}

op! {
    checkcast_q(s) {
        if s.tos as u32 != 0 && !subtype(&s, s.class_id(s.tos), ClassId(s.entry() as u32)) {
            return s.jump(checkcast_slow);
        }
        s.next(3)
    }
    #[cold]
    #[inline(never)]
    checkcast_slow(s) {
        s.spill();
        let class = ClassId(s.entry() as u32);
        match slow::check_cast(s.thread(), s.tos, s.class_id(s.tos), class) {
            Ok(()) => s.next(3),
            Err(_) => s.jump(unwind),
        }
    }
    instanceof_q(s) {
        if s.tos as u32 != 0 {
            if !subtype(&s, s.class_id(s.tos), ClassId(s.entry() as u32)) {
                return s.jump(instanceof_search);
            }
            s.tos = 1;
        }
        s.next(3)
    }
    /// The display decides for classes; interfaces and arrays may need a search.
    #[inline(never)]
    instanceof_search(s) {
        let class = ClassId(s.entry() as u32);
        s.tos = slow::is_instance(s.thread(), s.class_id(s.tos), class) as u64;
        s.next(3)
    }
    // Unresolved. Null passes without resolving the class, and leaves the instruction as it is.
    #[cold]
    #[inline(never)]
    checkcast(s) {
        if s.tos as u32 == 0 {
            return s.next(3);
        }
        s.spill();
        s.again(slow::resolve_for(s.thread(), s.pc, classfile::opcode::CHECKCAST_Q))
    }
    #[cold]
    #[inline(never)]
    instanceof(s) {
        if s.tos as u32 == 0 {
            return s.next(3);
        }
        s.spill();
        s.again(slow::resolve_for(s.thread(), s.pc, classfile::opcode::INSTANCEOF_Q))
    }
}
