//! `getDeclaredMethods0` and its like.

use crate::java_lang::support::class_of_mirror;
use crate::java_lang_reflect::make;
use vm::meta::{field_flags, method_flags};
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, link, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Class" {
            "getDeclaredMethods0" "(Z)[Ljava/lang/reflect/Method;" => full get_declared_methods;
            "getDeclaredConstructors0" "(Z)[Ljava/lang/reflect/Constructor;" =>
                full get_declared_constructors;
            "getDeclaredFields0" "(Z)[Ljava/lang/reflect/Field;" => full get_declared_fields;
            "getRecordComponents0" "()[Ljava/lang/reflect/RecordComponent;" => full get_record_components;
        }
    }
}

/// An array of the objects that `make` makes of each item.
fn array_of<I: Copy>(
    t: &Thread,
    component: ClassId,
    items: &[I],
    make: impl Fn(I) -> Result<Ref>,
) -> Result<Ref> {
    let vm = t.vm();
    let array = t.handle(object::alloc_ref_array(t, component, items.len())?);
    for (i, &item) in items.iter().enumerate() {
        let made = t.scope(|| make(item))?;
        vm.set_element(t.get(array), i, made);
    }
    Ok(t.get(array))
}

fn get_declared_methods(t: &Thread, this: Handle, public_only: bool) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let methods: Vec<_> = make::declared_order(vm, class)
        .into_iter()
        .filter(|&m| {
            let m = vm.method(m);
            !m.is_initializer() && (!public_only || m.is_public())
        })
        .collect();
    array_of(t, vm.known.reflect_method, &methods, |m| make::method(t, m))
}

fn get_declared_constructors(t: &Thread, this: Handle, public_only: bool) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let constructors: Vec<_> = make::declared_order(vm, class)
        .into_iter()
        .filter(|&m| {
            let m = vm.method(m);
            m.has(method_flags::INITIALIZER) && (!public_only || m.is_public())
        })
        .collect();
    array_of(t, vm.known.reflect_constructor, &constructors, |m| make::constructor(t, m))
}

fn get_declared_fields(t: &Thread, this: Handle, public_only: bool) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let fields: Vec<_> = vm
        .meta
        .slice(vm.class(class).fields)
        .iter()
        .filter(|f| f.flags & field_flags::INJECTED == 0 && (!public_only || f.access & 1 != 0))
        .map(|f| f.index)
        .collect();
    array_of(t, vm.known.reflect_field, &fields, |f| make::field(t, class, f))
}

fn get_record_components(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let Some(components) = make::record_components(vm, class) else { return Ok(Ref::NULL) };
    let indices: Vec<usize> = (0..components.len()).collect();
    let component = link::class_by_name(t, "java/lang/reflect/RecordComponent")?;
    array_of(t, component, &indices, |i| make::record_component(t, class, &components[i]))
}
