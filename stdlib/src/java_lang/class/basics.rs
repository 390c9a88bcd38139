//! What a class is: names, supertypes, modifiers, kind.

use crate::java_lang::support::{
    Leaf, class_array, class_of_mirror, mirror_or_null, non_null, text,
};
use vm::meta::{BasicType, class_flags};
use vm::native::Retry;
use vm::{
    ClassId, Handle, NativeMethod, Ref, Result, Thread, Vm, exceptions, link, object, strings,
};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Class" {
            "getPrimitiveClass" "(Ljava/lang/String;)Ljava/lang/Class;" => full get_primitive_class;
            "initClassName" "()Ljava/lang/String;" => full init_class_name;
            "getSuperclass" "()Ljava/lang/Class;" => leaf get_superclass;
            "getInterfaces0" "()[Ljava/lang/Class;" => full get_interfaces;
            "getModifiers" "()I" => leaf get_modifiers;
            "getClassAccessFlagsRaw0" "()I" => leaf get_access_flags;
            "getClassFileVersion0" "()I" => leaf get_class_file_version;
            "isInstance" "(Ljava/lang/Object;)Z" => leaf is_instance;
            "isAssignableFrom" "(Ljava/lang/Class;)Z" =>
                full is_assignable_from_null, leaf is_assignable_from;
            "isInterface" "()Z" => leaf is_interface;
            "isArray" "()Z" => leaf is_array;
            "isPrimitive" "()Z" => leaf is_primitive;
            "isHidden" "()Z" => leaf is_hidden;
            "isRecord0" "()Z" => leaf is_record;
            "getProtectionDomain0" "()Ljava/security/ProtectionDomain;" => leaf get_protection_domain;
            "getSigners" "()[Ljava/lang/Object;" => full get_signers;
            "setSigners" "([Ljava/lang/Object;)V" => leaf set_signers;
        }
    }
}

fn get_primitive_class(t: &Thread, name: Handle) -> Result<Ref> {
    let name = text(t, name)?;
    match BasicType::PRIMITIVES.into_iter().find(|b| b.name() == name) {
        Some(b) => Ok(t.vm().mirror(t.vm().known.prim_classes[b as usize])),
        None => Err(exceptions::throw(t, "java/lang/ClassNotFoundException", &name)),
    }
}

/// The binary name, with the last separator of a hidden class's name kept as a slash.
pub(crate) fn binary_name(vm: &Vm, class: ClassId) -> String {
    let record = vm.class(class);
    if record.is_array() && vm.class(record.element).is_hidden() {
        let element = vm.external_name(record.element);
        return format!("{}L{element};", "[".repeat(record.dimensions as usize));
    }
    vm.external_name(class)
}

fn init_class_name(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let name = binary_name(vm, vm.mirror_class(t.get(this)));
    let s = strings::intern_utf8(t, &name)?;
    vm.set_ref(t.get(this), vm.known.class_name, s);
    Ok(s)
}

fn get_superclass(t: &Thread, this: Ref) -> Leaf<Ref> {
    let vm = t.vm();
    let class = vm.class(vm.mirror_class(this));
    if class.is_interface() {
        return Ok(Ref::NULL);
    }
    Ok(mirror_or_null(vm, class.super_class))
}

fn get_interfaces(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let interfaces = vm.meta.slice(vm.class(vm.mirror_class(t.get(this))).interfaces).to_vec();
    class_array(t, &interfaces)
}

fn get_modifiers(t: &Thread, this: Ref) -> Leaf<i32> {
    let vm = t.vm();
    // ACC_SUPER is not a modifier.
    Ok(i32::from(vm.class(vm.mirror_class(this)).modifiers & !0x0020))
}

fn get_access_flags(t: &Thread, this: Ref) -> Leaf<i32> {
    let vm = t.vm();
    Ok(i32::from(vm.class(vm.mirror_class(this)).access))
}

fn get_class_file_version(t: &Thread, this: Ref) -> Leaf<i32> {
    let vm = t.vm();
    Ok(i32::from(vm.class(vm.mirror_class(this)).major))
}

fn is_instance(t: &Thread, this: Ref, object: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(!object.is_null() && link::is_subclass(vm, vm.class_of(object), vm.mirror_class(this)))
}

fn is_assignable_from(t: &Thread, this: Ref, other: Ref) -> Leaf<bool> {
    if other.is_null() {
        return Err(Retry);
    }
    let vm = t.vm();
    Ok(link::is_subclass(vm, vm.mirror_class(other), vm.mirror_class(this)))
}

fn is_assignable_from_null(t: &Thread, this: Handle, other: Handle) -> Result<bool> {
    let other = class_of_mirror(t, other)?;
    Ok(link::is_subclass(t.vm(), other, class_of_mirror(t, this)?))
}

fn is_interface(t: &Thread, this: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.class(vm.mirror_class(this)).is_interface())
}

fn is_array(t: &Thread, this: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.class(vm.mirror_class(this)).is_array())
}

fn is_primitive(t: &Thread, this: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.class(vm.mirror_class(this)).is_primitive())
}

fn is_hidden(t: &Thread, this: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.class(vm.mirror_class(this)).is_hidden())
}

fn is_record(t: &Thread, this: Ref) -> Leaf<bool> {
    let vm = t.vm();
    Ok(vm.class(vm.mirror_class(this)).has(class_flags::RECORD))
}

fn get_protection_domain(t: &Thread, this: Ref) -> Leaf<Ref> {
    let vm = t.vm();
    let class = vm.class(vm.mirror_class(this));
    let mirror = if class.is_array() { vm.mirror(class.element) } else { this };
    Ok(vm.get_ref(mirror, vm.known.class_protection_domain))
}

/// A copy of the signers, or null.
fn get_signers(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let signers = t.handle(vm.get_ref(non_null(t, this)?, vm.known.class_signers));
    if t.get(signers).is_null() { Ok(Ref::NULL) } else { object::clone_object(t, signers) }
}

fn set_signers(t: &Thread, this: Ref, signers: Ref) -> Leaf<()> {
    let vm = t.vm();
    let class = vm.class(vm.mirror_class(this));
    if !class.is_primitive() && !class.is_array() {
        vm.set_ref(this, vm.known.class_signers, signers);
    }
    Ok(())
}
