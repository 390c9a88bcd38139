//! Making the objects of `java.lang.reflect` from linked members.

use crate::java_lang::support::{bytes_or_null, set_ref_field};
use vm::link::view::{
    Attributes, ConstantView, class_attribute, field_attribute, method_attribute,
};
use vm::link::{self, resolve};
use vm::meta::{BasicType, FieldRecord, MethodId, SymbolId, class_flags};
use vm::{ClassId, Handle, Ref, Result, Thread, Vm, exceptions, object, strings};

/// Access flags of methods that are Java modifiers (JVMS table 4.6-A).
const METHOD_MODIFIERS: u16 = 0x1dff;
/// Access flags of fields that are Java modifiers (JVMS table 4.5-A).
const FIELD_MODIFIERS: u16 = 0x50df;

fn u2(b: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([b[at], b[at + 1]])
}

/// The declared methods in the order in which reflection shows them.
pub(crate) fn declared_order(vm: &Vm, class: ClassId) -> Vec<MethodId> {
    vm.class(class).method_ids().collect()
}

/// Splits a method descriptor into those of its parameters and that of its result.
pub(crate) fn split(descriptor: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut params = Vec::new();
    let mut i = 1;
    while i < descriptor.len() && descriptor[i] != b')' {
        let start = i;
        while descriptor[i] == b'[' {
            i += 1;
        }
        if descriptor[i] == b'L' {
            while descriptor[i] != b';' {
                i += 1;
            }
        }
        i += 1;
        params.push(&descriptor[start..i]);
    }
    (params, &descriptor[i + 1..])
}

/// The class that a descriptor in a class's member names; a missing one is a `NoClassDefFoundError`.
pub(crate) fn class_of_type(t: &Thread, from: ClassId, descriptor: &[u8]) -> Result<ClassId> {
    let vm = t.vm();
    link::load_descriptor(t, vm.class(from).loader, descriptor).map_err(|_| {
        let name = match descriptor {
            [b'L', name @ .., b';'] => name,
            other => other,
        };
        let name = vm.symbols.intern(&vm.meta, name);
        exceptions::class_not_found_to_error(t, name)
    })
}

/// `Class[]` for descriptors.
fn types(t: &Thread, from: ClassId, descriptors: &[&[u8]]) -> Result<Ref> {
    let vm = t.vm();
    let array = object::alloc_array(t, vm.known.class_array, descriptors.len() as i32)?;
    let array = t.handle(array);
    for (i, d) in descriptors.iter().enumerate() {
        let c = class_of_type(t, from, d)?;
        vm.set_element(t.get(array), i, vm.mirror(c));
    }
    Ok(t.get(array))
}

/// `Class[]` of the declared exceptions (JVMS 4.7.5).
fn exception_types(t: &Thread, m: MethodId) -> Result<Ref> {
    let vm = t.vm();
    let data = method_attribute(vm, m, "Exceptions");
    let count = data.map_or(0, |d| u2(d, 0) as usize);
    let array = t.handle(object::alloc_array(t, vm.known.class_array, count as i32)?);
    for i in 0..count {
        let cp = u2(data.unwrap_or_default(), 2 + 2 * i);
        let c = resolve::resolve_class(t, vm.method(m).class, cp)?;
        vm.set_element(t.get(array), i, vm.mirror(c));
    }
    Ok(t.get(array))
}

/// The text of a `Signature` attribute, or null.
fn signature(t: &Thread, class: ClassId, data: Option<&[u8]>) -> Result<Ref> {
    match data {
        Some(d) => strings::new_from_symbol(t, ConstantView::new(t.vm(), class).symbol(u2(d, 0))),
        None => Ok(Ref::NULL),
    }
}

/// Fields that `Method` and `Constructor` have alike.
struct ExecutableFields {
    clazz: u32,
    slot: u32,
    parameter_types: u32,
    exception_types: u32,
    modifiers: u32,
    signature: u32,
    annotations: u32,
    parameter_annotations: u32,
}

fn fill(t: &Thread, made: Handle, m: MethodId, at: &ExecutableFields) -> Result<()> {
    let vm = t.vm();
    let record = vm.method(m);
    let class = record.class;
    let set = |at: u32, r: Ref| vm.set_ref(t.get(made), at, r);
    let (params, _) = split(vm.bytes(record.descriptor));
    set(at.clazz, vm.mirror(class));
    vm.set_u32(t.get(made), at.slot, u32::from(record.index));
    vm.set_u32(t.get(made), at.modifiers, u32::from(record.access & METHOD_MODIFIERS));
    set(at.parameter_types, types(t, class, &params)?);
    set(at.exception_types, exception_types(t, m)?);
    set(at.signature, signature(t, class, method_attribute(vm, m, "Signature"))?);
    let raw = |name: &str| bytes_or_null(t, method_attribute(vm, m, name));
    set(at.annotations, raw("RuntimeVisibleAnnotations")?);
    set(at.parameter_annotations, raw("RuntimeVisibleParameterAnnotations")?);
    Ok(())
}

/// A new `Method`.
pub(crate) fn method(t: &Thread, m: MethodId) -> Result<Ref> {
    let vm = t.vm();
    let k = &vm.known;
    let made = t.handle(object::alloc_instance(t, k.reflect_method)?);
    let fields = ExecutableFields {
        clazz: k.method_clazz,
        slot: k.method_slot,
        parameter_types: k.method_parameter_types,
        exception_types: k.method_exception_types,
        modifiers: k.method_modifiers,
        signature: k.method_signature,
        annotations: k.method_annotations,
        parameter_annotations: k.method_parameter_annotations,
    };
    fill(t, made, m, &fields)?;
    let record = vm.method(m);
    let name = strings::intern_symbol(t, record.name)?;
    vm.set_ref(t.get(made), k.method_name, name);
    let (_, ret) = split(vm.bytes(record.descriptor));
    let ret = class_of_type(t, record.class, ret)?;
    vm.set_ref(t.get(made), k.method_return_type, vm.mirror(ret));
    let default = bytes_or_null(t, method_attribute(vm, m, "AnnotationDefault"))?;
    vm.set_ref(t.get(made), k.method_annotation_default, default);
    Ok(t.get(made))
}

/// A new `Constructor`.
pub(crate) fn constructor(t: &Thread, m: MethodId) -> Result<Ref> {
    let k = &t.vm().known;
    let made = t.handle(object::alloc_instance(t, k.reflect_constructor)?);
    let fields = ExecutableFields {
        clazz: k.constructor_clazz,
        slot: k.constructor_slot,
        parameter_types: k.constructor_parameter_types,
        exception_types: k.constructor_exception_types,
        modifiers: k.constructor_modifiers,
        signature: k.constructor_signature,
        annotations: k.constructor_annotations,
        parameter_annotations: k.constructor_parameter_annotations,
    };
    fill(t, made, m, &fields)?;
    Ok(t.get(made))
}

/// The field with this index in its class's table.
pub(crate) fn field_record(vm: &Vm, class: ClassId, index: u16) -> &FieldRecord {
    &vm.meta.slice(vm.class(class).fields)[index as usize]
}

/// A new `Field`.
pub(crate) fn field(t: &Thread, class: ClassId, index: u16) -> Result<Ref> {
    let vm = t.vm();
    let k = &vm.known;
    let f = field_record(vm, class, index);
    let made = t.handle(object::alloc_instance(t, k.reflect_field)?);
    let set = |at: u32, r: Ref| vm.set_ref(t.get(made), at, r);
    set(k.field_clazz, vm.mirror(class));
    vm.set_u32(t.get(made), k.field_slot, u32::from(index));
    vm.set_u32(t.get(made), k.field_modifiers, u32::from(f.access & FIELD_MODIFIERS));
    let trusted =
        f.is_final() && (f.is_static() || vm.class(class).has(class_flags::TRUSTED_FINALS));
    vm.set_u8(t.get(made), k.field_trusted_final, u8::from(trusted));
    set(k.field_name, strings::intern_symbol(t, f.name)?);
    let ty = class_of_type(t, class, vm.bytes(f.descriptor))?;
    set(k.field_type, vm.mirror(ty));
    set(k.field_signature, signature(t, class, field_attribute(vm, class, f, "Signature"))?);
    let raw = field_attribute(vm, class, f, "RuntimeVisibleAnnotations");
    set(k.field_annotations, bytes_or_null(t, raw)?);
    Ok(t.get(made))
}

/// A row of the `Record` attribute (JVMS 4.7.30).
pub(crate) struct Component {
    name: SymbolId,
    descriptor: SymbolId,
    /// Byte offset in the class file of its attribute table.
    attributes_at: u32,
}

/// The components of a record class; none for another class.
pub(crate) fn record_components(vm: &Vm, class: ClassId) -> Option<Vec<Component>> {
    if !vm.class(class).has(class_flags::RECORD) {
        return None;
    }
    let data = class_attribute(vm, class, "Record")?;
    let view = ConstantView::new(vm, class);
    let file = vm.meta.slice(vm.class(class).bytes);
    let start = data.as_ptr() as usize - file.as_ptr() as usize;
    let mut at = start + 2;
    let mut components = Vec::new();
    for _ in 0..u2(data, 0) {
        let (name, descriptor) = (view.symbol(u2(file, at)), view.symbol(u2(file, at + 2)));
        components.push(Component { name, descriptor, attributes_at: at as u32 + 4 });
        let count = u2(file, at + 4);
        at += 6;
        for _ in 0..count {
            let len = u32::from_be_bytes([file[at + 2], file[at + 3], file[at + 4], file[at + 5]]);
            at += 6 + len as usize;
        }
    }
    Some(components)
}

/// A new `RecordComponent`.
pub(crate) fn record_component(t: &Thread, class: ClassId, c: &Component) -> Result<Ref> {
    let vm = t.vm();
    let made = link::class_by_name(t, "java/lang/reflect/RecordComponent")?;
    let made = t.handle(object::alloc_instance(t, made)?);
    let set = |name: &str, descriptor: &str, r: Ref| set_ref_field(t, made, name, descriptor, r);
    set("clazz", "Ljava/lang/Class;", vm.mirror(class))?;
    set("name", "Ljava/lang/String;", strings::intern_symbol(t, c.name)?)?;
    let ty = class_of_type(t, class, vm.bytes(c.descriptor))?;
    set("type", "Ljava/lang/Class;", vm.mirror(ty))?;
    let getter = format!("(){}", vm.text(c.descriptor));
    if let Some(m) = link::lookup_method_in_class(vm, class, c.name, t.symbol(&getter))
        && !vm.method(m).is_static()
    {
        set("accessor", "Ljava/lang/reflect/Method;", method(t, m)?)?;
    }
    let view = ConstantView::new(vm, class);
    let attribute =
        |name: &str| Attributes::new(vm, class, c.attributes_at).named(&view, name.as_bytes());
    set("signature", "Ljava/lang/String;", signature(t, class, attribute("Signature"))?)?;
    let raw = |name: &str| bytes_or_null(t, attribute(name));
    set("annotations", "[B", raw("RuntimeVisibleAnnotations")?)?;
    set("typeAnnotations", "[B", raw("RuntimeVisibleTypeAnnotations")?)?;
    Ok(t.get(made))
}

/// The method behind a `Method` or `Constructor`.
pub(crate) fn executable(t: &Thread, e: Handle) -> Result<MethodId> {
    let vm = t.vm();
    let k = &vm.known;
    let r = t.get(e);
    let (clazz, slot) = if vm.class_of(r) == k.reflect_constructor {
        (vm.get_ref(r, k.constructor_clazz), vm.get_u32(r, k.constructor_slot))
    } else {
        (vm.get_ref(r, k.method_clazz), vm.get_u32(r, k.method_slot))
    };
    let class = vm.class(vm.mirror_class(clazz));
    if slot >= class.method_count {
        return Err(exceptions::throw(t, "java/lang/InternalError", "invoke"));
    }
    Ok(MethodId(class.first_method + slot))
}

/// The primitive type of a class, or `Object`.
pub(crate) fn basic_type(vm: &Vm, class: ClassId) -> BasicType {
    let c = vm.class(class);
    if c.is_primitive() { BasicType::from_u8(c.element_type) } else { BasicType::Object }
}
