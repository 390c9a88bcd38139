//! `java.lang.ref`.

use super::support::{Leaf, yes};
use vm::{NativeMethod, Ref, Result, Thread};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/ref/Reference" {
            "getAndClearReferencePendingList" "()Ljava/lang/ref/Reference;" => leaf take_pending;
            "hasReferencePendingList" "()Z" => leaf has_pending;
            "waitForReferencePendingList" "()V" => full wait_for_pending;
            "refersTo0" "(Ljava/lang/Object;)Z" => leaf refers_to;
            "clear0" "()V" => leaf clear;
        }
        "java/lang/ref/PhantomReference" {
            "refersTo0" "(Ljava/lang/Object;)Z" => leaf refers_to;
            "clear0" "()V" => leaf clear;
        }
        "java/lang/ref/Finalizer" {
            "isFinalizationEnabled" "()Z" => leaf yes;
            "reportComplete" "(Ljava/lang/Object;)V" => leaf report_complete;
        }
    }
}

fn take_pending(t: &Thread) -> Leaf<Ref> {
    Ok(t.vm().references.take())
}

fn has_pending(t: &Thread) -> Leaf<bool> {
    Ok(t.vm().references.has_pending())
}

fn wait_for_pending(t: &Thread) -> Result<()> {
    t.vm().references.wait(t);
    Ok(())
}

fn refers_to(t: &Thread, this: Ref, object: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.get_ref(this, vm.known.reference_referent) == object)
}

fn clear(t: &Thread, this: Ref) -> Leaf<()> {
    let vm = t.vm();
    vm.set_ref(this, vm.known.reference_referent, Ref::NULL);
    Ok(())
}

fn report_complete(_: &Thread, _object: Ref) -> Leaf<()> {
    Ok(())
}
