//! What natives of several classes need: null checks, texts, classes from mirrors, fields by name.

use vm::native::Retry;
use vm::{ClassId, Handle, Ref, Result, Thread, Vm, exceptions, link, strings};

/// Result of a leaf native.
pub(crate) type Leaf<R> = std::result::Result<R, Retry>;

/// A static native that has nothing to do (`registerNatives`, `initIDs`).
pub(crate) fn nop(_: &Thread) -> Leaf<()> {
    Ok(())
}

/// A static native that answers false.
pub(crate) fn no(_: &Thread) -> Leaf<bool> {
    Ok(false)
}

/// A static native that answers true.
pub(crate) fn yes(_: &Thread) -> Leaf<bool> {
    Ok(true)
}

/// The reference behind a handle; `NullPointerException` if it is null.
pub(crate) fn non_null(t: &Thread, h: Handle) -> Result<Ref> {
    let r = t.get(h);
    if r.is_null() { Err(exceptions::npe(t)) } else { Ok(r) }
}

/// The class of a mirror; `NullPointerException` if it is null.
pub(crate) fn class_of_mirror(t: &Thread, mirror: Handle) -> Result<ClassId> {
    Ok(t.vm().mirror_class(non_null(t, mirror)?))
}

/// The mirror of a class, or null for no class.
pub(crate) fn mirror_or_null(vm: &Vm, class: ClassId) -> Ref {
    if class.is_none() { Ref::NULL } else { vm.mirror(class) }
}

/// The text of a String; `NullPointerException` if it is null.
pub(crate) fn text(t: &Thread, s: Handle) -> Result<String> {
    Ok(strings::to_rust(t.vm(), non_null(t, s)?))
}

/// A new String.
pub(crate) fn string(t: &Thread, text: &str) -> Result<Ref> {
    strings::new_from_utf8(t, text)
}

/// A new `byte[]` with these contents, or null.
pub(crate) fn bytes_or_null(t: &Thread, bytes: Option<&[u8]>) -> Result<Ref> {
    match bytes {
        Some(b) => vm::object::new_byte_array(t, b),
        None => Ok(Ref::NULL),
    }
}

/// A new `Class[]`.
pub(crate) fn class_array(t: &Thread, classes: &[ClassId]) -> Result<Ref> {
    let vm = t.vm();
    let array = vm::object::alloc_array(t, vm.known.class_array, classes.len() as i32)?;
    for (i, &c) in classes.iter().enumerate() {
        vm.set_element(array, i, vm.mirror(c));
    }
    Ok(array)
}

/// Offset of a field (instance or static) by class, name and descriptor; `InternalError` if the
/// class library has none.
pub(crate) fn field_offset(
    t: &Thread,
    class: ClassId,
    name: &str,
    descriptor: &str,
) -> Result<u32> {
    let vm = t.vm();
    match link::find_field(vm, class, t.symbol(name), t.symbol(descriptor)) {
        Some((_, f)) => Ok(f.offset),
        None => {
            let msg = format!("no field {}.{name} {descriptor}", vm.external_name(class));
            Err(exceptions::throw(t, "java/lang/InternalError", &msg))
        }
    }
}

/// Reads a reference field of an object by name.
pub(crate) fn get_ref_field(
    t: &Thread,
    object: Handle,
    name: &str,
    descriptor: &str,
) -> Result<Ref> {
    let r = non_null(t, object)?;
    let at = field_offset(t, t.vm().class_of(r), name, descriptor)?;
    Ok(t.vm().get_ref(t.get(object), at))
}

/// Writes a reference field of an object by name.
pub(crate) fn set_ref_field(
    t: &Thread,
    object: Handle,
    name: &str,
    descriptor: &str,
    value: Ref,
) -> Result<()> {
    let value = t.handle(value);
    let at = field_offset(t, t.vm().class_of(t.get(object)), name, descriptor)?;
    t.vm().set_ref(t.get(object), at, t.get(value));
    Ok(())
}

/// Sets a static field of reference type by name.
pub(crate) fn set_static_ref(
    t: &Thread,
    class: ClassId,
    name: &str,
    descriptor: &str,
    value: Handle,
) -> Result<()> {
    let at = field_offset(t, class, name, descriptor)?;
    t.vm().set_ref(t.vm().mirror(class), at, t.get(value));
    Ok(())
}
