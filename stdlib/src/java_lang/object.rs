//! `java.lang.Object`.

use super::support::Leaf;
use vm::meta::class_flags;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, object, sync};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Object" {
            "getClass" "()Ljava/lang/Class;" => leaf get_class;
            "hashCode" "()I" => leaf hash_code;
            "clone" "()Ljava/lang/Object;" => full clone;
            "notify" "()V" => full notify;
            "notifyAll" "()V" => full notify_all;
            "wait" "(J)V" => full wait;
            "wait0" "(J)V" => full wait;
        }
    }
}

fn get_class(t: &Thread, this: Ref) -> Leaf<Ref> {
    let vm = t.vm();
    Ok(vm.mirror(vm.class_of(this)))
}

fn hash_code(t: &Thread, this: Ref) -> Leaf<i32> {
    Ok(sync::identity_hash(t, this))
}

fn clone(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = vm.class_of(t.get(this));
    if !vm.class(class).has(class_flags::CLONEABLE) {
        let name = vm.external_name(class);
        return Err(exceptions::throw(t, "java/lang/CloneNotSupportedException", &name));
    }
    object::clone_object(t, this)
}

fn notify(t: &Thread, this: Handle) -> Result<()> {
    sync::notify(t, t.get(this))
}

fn notify_all(t: &Thread, this: Handle) -> Result<()> {
    sync::notify_all(t, t.get(this))
}

fn wait(t: &Thread, this: Handle, millis: i64) -> Result<()> {
    sync::wait(t, this, millis)
}
