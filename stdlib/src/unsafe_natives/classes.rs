//! Fields' places, array layout, making instances and classes.

use crate::java_io::nop;
use gc::ARRAY_DATA_OFFSET;
use vm::link::{self, DefineRequest, init};
use vm::meta::{FieldRecord, class_flags};
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, exceptions, object, strings};

/// The class behind a mirror.
///
/// # Errors
/// `NullPointerException`.
fn class_of(t: &Thread, mirror: Handle) -> Result<ClassId> {
    let mirror = t.get(mirror);
    if mirror.is_null() { Err(exceptions::npe(t)) } else { Ok(t.vm().mirror_class(mirror)) }
}

/// The field that a `java.lang.reflect.Field` stands for, with its class.
fn field_of(t: &Thread, field: Handle) -> Result<(ClassId, &FieldRecord)> {
    let vm = t.vm();
    let field = t.get(field);
    if field.is_null() {
        return Err(exceptions::npe(t));
    }
    let class = vm.mirror_class(vm.get_ref(field, vm.known.field_clazz));
    let slot = vm.get_u32(field, vm.known.field_slot) as usize;
    match vm.meta.slice(vm.class(class).fields).get(slot) {
        Some(found) => Ok((class, found)),
        None => Err(exceptions::throw_bare(t, "java/lang/InternalError")),
    }
}

fn place(t: &Thread, field: Handle, of_static: bool) -> Result<(ClassId, u32)> {
    let (class, found) = field_of(t, field)?;
    if found.is_static() != of_static {
        return Err(exceptions::throw_bare(t, "java/lang/IllegalArgumentException"));
    }
    Ok((class, found.offset))
}

fn object_field_offset(t: &Thread, _this: Handle, field: Handle) -> Result<i64> {
    place(t, field, false).map(|(_, offset)| offset.into())
}

fn static_field_offset(t: &Thread, _this: Handle, field: Handle) -> Result<i64> {
    place(t, field, true).map(|(_, offset)| offset.into())
}

/// `staticFieldBase0`: static fields lie in the mirror.
fn static_field_base(t: &Thread, _this: Handle, field: Handle) -> Result<Handle> {
    let (class, _) = place(t, field, true)?;
    Ok(t.handle(object::mirror(t, class)))
}

/// `objectFieldOffset1`: of a declared field, by its name alone.
fn field_offset_by_name(t: &Thread, _this: Handle, class: Handle, name: Handle) -> Result<i64> {
    let vm = t.vm();
    let class = class_of(t, class)?;
    let name = t.get(name);
    if name.is_null() {
        return Err(exceptions::npe(t));
    }
    let name = strings::to_symbol(vm, name, false);
    match vm.meta.slice(vm.class(class).fields).iter().find(|f| f.name == name) {
        Some(found) => Ok(found.offset.into()),
        None => Err(exceptions::throw_bare(t, "java/lang/InternalError")),
    }
}

fn array_class(t: &Thread, class: Handle) -> Result<ClassId> {
    let class = class_of(t, class)?;
    if t.vm().class(class).is_array() {
        return Ok(class);
    }
    // HotSpot asks for a class of this name, which the library does not have.
    Err(exceptions::throw(t, "java/lang/NoClassDefFoundError", "java/lang/InvalidClassException"))
}

fn array_base_offset(t: &Thread, _this: Handle, class: Handle) -> Result<i32> {
    array_class(t, class).map(|_| ARRAY_DATA_OFFSET as i32)
}

fn array_index_scale(t: &Thread, _this: Handle, class: Handle) -> Result<i32> {
    array_class(t, class).map(|class| 1 << t.vm().class(class).shape.element_shift)
}

fn ensure_initialized(t: &Thread, _this: Handle, class: Handle) -> Result<()> {
    let class = class_of(t, class)?;
    if t.vm().class(class).is_primitive() { Ok(()) } else { init::init_class(t, class) }
}

fn should_be_initialized(t: &Thread, _this: Handle, class: Handle) -> Result<bool> {
    let class = class_of(t, class)?;
    let record = t.vm().class(class);
    Ok(!record.is_primitive() && !record.is_array() && !init::is_done(t.vm(), class))
}

/// `allocateInstance`: without running a constructor.
fn allocate_instance(t: &Thread, _this: Handle, class: Handle) -> Result<Handle> {
    let vm = t.vm();
    let class = class_of(t, class)?;
    let record = vm.class(class);
    if record.is_primitive() {
        return Err(exceptions::throw_bare(t, "java/lang/InstantiationException"));
    }
    if class == vm.known.class {
        return Err(refuse(t, "java/lang/IllegalAccessException", class));
    }
    if record.is_array() || record.is_abstract() || record.has(class_flags::NOT_INSTANTIABLE) {
        return Err(refuse(t, "java/lang/InstantiationException", class));
    }
    init::init_class(t, class)?;
    Ok(t.handle(object::alloc_instance(t, class)?))
}

#[cold]
fn refuse(t: &Thread, exception: &str, class: ClassId) -> vm::Thrown {
    exceptions::throw(t, exception, &t.vm().external_name(class))
}

/// `defineClass0`
#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn define_class(
    t: &Thread,
    _this: Handle,
    name: Handle,
    bytes: Handle,
    offset: i32,
    length: i32,
    loader: Handle,
    protection_domain: Handle,
) -> Result<Handle> {
    let vm = t.vm();
    let array = t.get(bytes);
    if array.is_null() {
        return Err(exceptions::npe(t));
    }
    let (at, count) = (offset as u32 as usize, length as u32 as usize);
    if offset < 0 || length < 0 || at + count > vm.array_len(array) {
        return Err(exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
    }
    let mut file = vec![0; count];
    vm.read_bytes(array, ARRAY_DATA_OFFSET + at, &mut file);
    let name = t.get(name);
    let name = (name != Ref::NULL).then(|| strings::to_symbol(vm, name, true));
    let domain = (t.get(protection_domain) != Ref::NULL).then_some(protection_domain);
    let request = DefineRequest {
        loader: vm.loaders.number_of(vm, t.get(loader)),
        name,
        bytes: &file,
        protection_domain: domain,
        ..DefineRequest::default()
    };
    let class = link::define_class(t, &request)?;
    Ok(t.handle(object::mirror(t, class)))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Unsafe" {
            "registerNatives" "()V" => leaf nop;
            "objectFieldOffset0" "(Ljava/lang/reflect/Field;)J" => full object_field_offset;
            "objectFieldOffset1" "(Ljava/lang/Class;Ljava/lang/String;)J" => full field_offset_by_name;
            "staticFieldOffset0" "(Ljava/lang/reflect/Field;)J" => full static_field_offset;
            "staticFieldBase0" "(Ljava/lang/reflect/Field;)Ljava/lang/Object;" => full static_field_base;
            "arrayBaseOffset0" "(Ljava/lang/Class;)I" => full array_base_offset;
            "arrayIndexScale0" "(Ljava/lang/Class;)I" => full array_index_scale;
            "ensureClassInitialized0" "(Ljava/lang/Class;)V" => full ensure_initialized;
            "shouldBeInitialized0" "(Ljava/lang/Class;)Z" => full should_be_initialized;
            "allocateInstance" "(Ljava/lang/Class;)Ljava/lang/Object;" => full allocate_instance;
            "defineClass0" "(Ljava/lang/String;[BIILjava/lang/ClassLoader;Ljava/security/ProtectionDomain;)Ljava/lang/Class;"
                => full define_class;
        }
    }
}
