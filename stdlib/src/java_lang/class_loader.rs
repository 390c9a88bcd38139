//! `java.lang.ClassLoader`: defining and finding classes.

use super::class::loading::internal_name;
use super::support::{
    class_of_mirror, field_offset, mirror_or_null, non_null, set_ref_field, string,
};
use gc::ARRAY_DATA_OFFSET;
use vm::call::{self, Value};
use vm::link::{self, DefineRequest, access, define_class};
use vm::meta::BasicType;
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, exceptions, object, strings};

/// Bits of `MethodHandles.Lookup.ClassOption` and the like, as `defineClass0` gets them.
mod define_flags {
    pub(super) const NESTMATE: i32 = 1;
    pub(super) const HIDDEN: i32 = 2;
    /// The VM's annotations are believed.
    pub const ACCESS_VM_ANNOTATIONS: i32 = 8;
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/ClassLoader" {
            "registerNatives" "()V" => leaf super::support::nop;
            "defineClass0" "(Ljava/lang/ClassLoader;Ljava/lang/Class;Ljava/lang/String;[BIILjava/security/ProtectionDomain;ZILjava/lang/Object;)Ljava/lang/Class;" =>
                full define_class0;
            "defineClass1" "(Ljava/lang/ClassLoader;Ljava/lang/String;[BIILjava/security/ProtectionDomain;Ljava/lang/String;)Ljava/lang/Class;" =>
                full define_class1;
            "defineClass2" "(Ljava/lang/ClassLoader;Ljava/lang/String;Ljava/nio/ByteBuffer;IILjava/security/ProtectionDomain;Ljava/lang/String;)Ljava/lang/Class;" =>
                full define_class2;
            "findBootstrapClass" "(Ljava/lang/String;)Ljava/lang/Class;" => full find_bootstrap_class;
            "findLoadedClass0" "(Ljava/lang/String;)Ljava/lang/Class;" => full find_loaded_class;
            "retrieveDirectives" "()Ljava/lang/AssertionStatusDirectives;" => full retrieve_directives;
        }
    }
}

/// A part of a `byte[]`.
fn bytes_of(t: &Thread, array: Handle, offset: i32, len: i32) -> Result<Vec<u8>> {
    let vm = t.vm();
    let r = non_null(t, array)?;
    let (from, to) = (i64::from(offset), i64::from(offset) + i64::from(len));
    if from < 0 || len < 0 || to > vm.array_len(r) as i64 {
        return Err(exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
    }
    let mut bytes = vec![0; len as usize];
    vm.read_bytes(r, ARRAY_DATA_OFFSET + offset as usize, &mut bytes);
    Ok(bytes)
}

/// Defines a class for a loader and tells the loader.
fn define(t: &Thread, loader: Handle, request: &DefineRequest) -> Result<ClassId> {
    let vm = t.vm();
    let class = define_class(t, request)?;
    if !t.get(loader).is_null() && !vm.known.class_loader_add_class.is_none() {
        let mirror = t.handle(vm.mirror(class));
        let args = [Value::Object(loader), Value::Object(mirror)];
        call::call(t, vm.known.class_loader_add_class, &args)?;
    }
    Ok(class)
}

fn define_named(
    t: &Thread,
    loader: Handle,
    name: Handle,
    bytes: &[u8],
    domain: Handle,
) -> Result<Ref> {
    let vm = t.vm();
    let name = (!t.get(name).is_null()).then(|| strings::to_symbol(vm, t.get(name), true));
    let request = DefineRequest {
        loader: vm.loaders.number_of(vm, t.get(loader)),
        name,
        bytes,
        protection_domain: (!t.get(domain).is_null()).then_some(domain),
        ..DefineRequest::default()
    };
    Ok(vm.mirror(define(t, loader, &request)?))
}

#[allow(clippy::too_many_arguments, reason = "the native's own signature")]
fn define_class1(
    t: &Thread,
    loader: Handle,
    name: Handle,
    bytes: Handle,
    offset: i32,
    len: i32,
    domain: Handle,
    _source: Handle,
) -> Result<Ref> {
    let bytes = bytes_of(t, bytes, offset, len)?;
    define_named(t, loader, name, &bytes, domain)
}

/// From a direct buffer.
#[allow(clippy::too_many_arguments, reason = "the native's own signature")]
fn define_class2(
    t: &Thread,
    loader: Handle,
    name: Handle,
    buffer: Handle,
    offset: i32,
    len: i32,
    domain: Handle,
    _source: Handle,
) -> Result<Ref> {
    let vm = t.vm();
    let r = non_null(t, buffer)?;
    let at = field_offset(t, vm.class_of(r), "address", "J")?;
    let address = vm.get_u64(t.get(buffer), at).wrapping_add(offset as u64) as usize;
    let capacity = field_offset(t, vm.class_of(t.get(buffer)), "capacity", "I")?;
    let capacity = vm.get_u32(t.get(buffer), capacity) as i32;
    if offset < 0 || len < 0 || offset > capacity - len {
        return Err(exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
    }
    // SAFETY: bounds are checked by `bytes`; the contents are copied before anything can change them.
    let bytes = unsafe { vm.heap.bytes(address, len as usize) }.to_vec();
    define_named(t, loader, name, &bytes, domain)
}

/// For `Lookup.defineClass` and hidden classes (JEP 371).
#[allow(clippy::too_many_arguments, reason = "the native's own signature")]
fn define_class0(
    t: &Thread,
    loader: Handle,
    lookup: Handle,
    name: Handle,
    bytes: Handle,
    offset: i32,
    len: i32,
    domain: Handle,
    initialize: bool,
    flags: i32,
    class_data: Handle,
) -> Result<Ref> {
    let vm = t.vm();
    let lookup = class_of_mirror(t, lookup)?;
    let bytes = bytes_of(t, bytes, offset, len)?;
    let hidden = flags & define_flags::HIDDEN != 0;
    let nestmate = flags & define_flags::NESTMATE != 0;
    if nestmate && !hidden {
        let msg = "dynamic nestmate is only applicable to hidden classes";
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", msg));
    }
    let given = |h: Handle| (!t.get(h).is_null()).then_some(h);
    let request = DefineRequest {
        loader: vm.loaders.number_of(vm, t.get(loader)),
        name: given(name).map(|n| strings::to_symbol(vm, t.get(n), true)),
        bytes: &bytes,
        // The library's own generators are not verified again (cf. BytecodeVerificationRemote).
        trusted: vm.class(lookup).loader == link::loaders::BOOT && vm.guard.is_none(),
        protection_domain: given(domain),
        hidden,
        hidden_name: None,
        vm_annotations: flags & define_flags::ACCESS_VM_ANNOTATIONS != 0,
        nest_host: if nestmate { Some(access::nest_host(t, lookup)?) } else { None },
        class_data: given(class_data),
    };
    let class = match hidden {
        true => define_class(t, &request)?,
        false => define(t, loader, &request)?,
    };
    if initialize {
        link::init::init_class(t, class)?;
    }
    Ok(vm.mirror(class))
}

/// A class that the boot loader has or can load; null if there is none.
fn find_bootstrap_class(t: &Thread, name: Handle) -> Result<Ref> {
    let vm = t.vm();
    if t.get(name).is_null() {
        return Ok(Ref::NULL);
    }
    let Some(symbol) = internal_name(t, name) else { return Ok(Ref::NULL) };
    let class = link::loaders::load_boot(t, symbol)?;
    Ok(mirror_or_null(vm, class.unwrap_or(ClassId::NONE)))
}

fn find_loaded_class(t: &Thread, this: Handle, name: Handle) -> Result<Ref> {
    let vm = t.vm();
    if t.get(name).is_null() {
        return Ok(Ref::NULL);
    }
    let Some(symbol) = internal_name(t, name) else { return Ok(Ref::NULL) };
    let loader = vm.loaders.number_of(vm, t.get(this));
    let class = link::find_loaded(vm, loader, symbol).unwrap_or(ClassId::NONE);
    Ok(mirror_or_null(vm, class))
}

/// The assertion settings of the command line.
fn retrieve_directives(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let class = link::class_by_name(t, "java/lang/AssertionStatusDirectives")?;
    let made = t.handle(object::new_object(t, class, "()V", &[])?);
    let is_package = |rule: &str| rule.ends_with("...");
    for (packages, names, flags) in
        [(false, "classes", "classEnabled"), (true, "packages", "packageEnabled")]
    {
        let rules: Vec<_> =
            vm.config.assertion_rules.iter().filter(|(r, _)| is_package(r) == packages).collect();
        let array = object::alloc_array(t, vm.known.string_array, rules.len() as i32)?;
        let array = t.handle(array);
        let enabled = t.handle(object::alloc_prim_array(t, BasicType::Boolean, rules.len())?);
        for (i, (rule, on)) in rules.into_iter().enumerate() {
            vm.set_u8(t.get(enabled), (ARRAY_DATA_OFFSET + i) as u32, u8::from(*on));
            let name = rule.strip_suffix("...").unwrap_or(rule);
            // The unnamed package is null.
            if !name.is_empty() {
                let s = string(t, name)?;
                vm.set_element(t.get(array), i, s);
            }
        }
        set_ref_field(t, made, names, "[Ljava/lang/String;", t.get(array))?;
        set_ref_field(t, made, flags, "[Z", t.get(enabled))?;
    }
    let default = field_offset(t, class, "deflt", "Z")?;
    vm.set_u8(t.get(made), default, u8::from(vm.config.assertions));
    Ok(t.get(made))
}
