//! `java.lang.reflect.Executable` and `Field`: parameters and raw annotations.

use super::make;
use crate::java_lang::support::{bytes_or_null, set_ref_field};
use vm::link::view::{ConstantView, field_attribute, method_attribute};
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, link, object, strings};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/reflect/Executable" {
            "getParameters0" "()[Ljava/lang/reflect/Parameter;" => full get_parameters;
            "getTypeAnnotationBytes0" "()[B" => full get_type_annotation_bytes;
        }
        "java/lang/reflect/Field" {
            "getTypeAnnotationBytes0" "()[B" => full get_field_type_annotation_bytes;
        }
    }
}

/// The parameters that `MethodParameters` lists (JVMS 4.7.24), or null without that attribute.
fn get_parameters(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let m = make::executable(t, this)?;
    let Some(data) = method_attribute(vm, m, "MethodParameters") else { return Ok(Ref::NULL) };
    let record = vm.method(m);
    let count = data[0] as usize;
    if count != make::split(vm.bytes(record.descriptor)).0.len() {
        let msg = "Wrong number of parameters in MethodParameters attribute";
        return Err(exceptions::throw(t, "java/lang/reflect/MalformedParametersException", msg));
    }
    let class = vm.known.reflect_parameter;
    let array = t.handle(object::alloc_ref_array(t, class, count)?);
    let view = ConstantView::new(vm, record.class);
    for i in 0..count {
        let u2 = |at: usize| u16::from_be_bytes([data[at], data[at + 1]]);
        let (name, flags) = (u2(1 + 4 * i), u2(3 + 4 * i));
        let made = t.scope(|| {
            let made = t.handle(object::alloc_instance(t, class)?);
            if name != 0 {
                let name = strings::intern_symbol(t, view.symbol(name))?;
                set_ref_field(t, made, "name", "Ljava/lang/String;", name)?;
            }
            set_int(t, made, "modifiers", i32::from(flags))?;
            set_int(t, made, "index", i as i32)?;
            set_ref_field(t, made, "executable", "Ljava/lang/reflect/Executable;", t.get(this))?;
            Ok(t.get(made))
        })?;
        vm.set_element(t.get(array), i, made);
    }
    Ok(t.get(array))
}

fn set_int(t: &Thread, object: Handle, name: &str, value: i32) -> Result<()> {
    let vm = t.vm();
    let class = vm.class_of(t.get(object));
    if let Some((_, f)) = link::find_field(vm, class, t.symbol(name), t.symbol("I")) {
        vm.set_u32(t.get(object), f.offset, value as u32);
    }
    Ok(())
}

fn get_type_annotation_bytes(t: &Thread, this: Handle) -> Result<Ref> {
    let m = make::executable(t, this)?;
    bytes_or_null(t, method_attribute(t.vm(), m, "RuntimeVisibleTypeAnnotations"))
}

fn get_field_type_annotation_bytes(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let r = t.get(this);
    let class = vm.mirror_class(vm.get_ref(r, vm.known.field_clazz));
    let f = make::field_record(vm, class, vm.get_u32(r, vm.known.field_slot) as u16);
    bytes_or_null(t, field_attribute(vm, class, f, "RuntimeVisibleTypeAnnotations"))
}
