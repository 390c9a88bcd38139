//! Instances, monitors, and the exceptions that instructions throw by themselves.

use super::slow;
use super::unwind::unwind;
use gc::ClassId;

op! {
    /// An instance of an initialised class without finalizer.
    new_q(s) {
        let class = s.entry() as u32;
        let object = s.bump((*s.class(ClassId(class))).shape.size_bytes as usize);
        if object.is_null() {
            return s.jump(new_slow);
        }
        object.cast::<u64>().write(class as u64);
        gc::publish();
        s.push(s.reference(object));
        s.next(3)
    }
    #[cold]
    #[inline(never)]
    new_slow(s) {
        s.spill();
        let result = slow::new_instance(s.thread(), ClassId(s.entry() as u32));
        s.finish_push(result, 3)
    }
    /// Unresolved, or the class not yet initialised, or with finalizer.
    #[cold]
    #[inline(never)]
    new(s) {
        s.spill();
        match slow::resolve_new(s.thread(), s.pc) {
            Ok(0) => s.again(Ok(())),
            result => s.finish_push(result, 3),
        }
    }

    monitorenter(s) {
        if s.tos as u32 == 0 {
            return s.jump(throw_npe);
        }
        s.spill();
        match slow::monitor_enter(s.thread(), s.tos) {
            Ok(()) => { s.drop(1); s.next(1) }
            Err(_) => s.jump(unwind),
        }
    }
    monitorexit(s) {
        if s.tos as u32 == 0 {
            return s.jump(throw_npe);
        }
        s.spill();
        match slow::monitor_exit(s.thread(), s.tos) {
            Ok(()) => { s.drop(1); s.next(1) }
            Err(_) => s.jump(unwind),
        }
    }

    #[cold]
    #[inline(never)]
    throw_npe(s) {
        s.spill();
        slow::npe(s.thread());
        s.jump(unwind)
    }
    #[cold]
    #[inline(never)]
    throw_arithmetic(s) {
        s.spill();
        slow::arithmetic(s.thread());
        s.jump(unwind)
    }
    /// An opcode that the verifier lets nobody execute.
    #[cold]
    #[inline(never)]
    undefined(s) {
        s.spill();
        slow::undefined_instruction(s.thread(), s.pc);
        s.jump(unwind)
    }
}
