//! `MethodType` and `Class` objects from descriptors, and back.

use crate::call::{self, Value};
use crate::link::{self, access};
use crate::meta::{BasicType, SymbolId};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use crate::{exceptions, object, strings};
use gc::{ClassId, Ref};

/// The class that a field descriptor names as seen from a class, with the access check.
pub fn class_of_descriptor(t: &Thread, from: ClassId, descriptor: &[u8]) -> Result<ClassId> {
    let vm = t.vm();
    let loader = vm.class(from).loader;
    let class = match link::load_descriptor(t, loader, descriptor) {
        Ok(c) => c,
        Err(_) => {
            let name = match descriptor {
                [b'L', n @ .., b';'] => n,
                other => other,
            };
            let name = vm.symbols.intern(&vm.meta, name);
            return Err(exceptions::class_not_found_to_error(t, name));
        }
    };
    if !access::can_access_class(vm, from, class) {
        let msg = access::class_denied(vm, from, class);
        return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
    }
    Ok(class)
}

/// Splits a method descriptor into its parameter descriptors and its result's.
fn split(descriptor: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut params = Vec::new();
    let mut i = 1;
    while descriptor[i] != b')' {
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

/// The `MethodType` of a method descriptor as seen from a class (JVMS 5.4.3.5).
pub fn method_type(t: &Thread, from: ClassId, descriptor: &[u8]) -> Result<Ref> {
    let vm = t.vm();
    t.scope(|| {
        let (params, ret) = split(descriptor);
        let array = t.handle(object::alloc_ref_array(t, vm.known.class, params.len())?);
        for (i, p) in params.iter().enumerate() {
            let c = class_of_descriptor(t, from, p)?;
            vm.set_element(t.get(array), i, vm.mirror(c));
        }
        let ret = class_of_descriptor(t, from, ret)?;
        let ret = t.handle(vm.mirror(ret));
        link::init::init_class(t, vm.known.method_handle_natives)?;
        call::call_ref_again(t, vm.known.mhn_find_type, &[Value::Object(ret), Value::Object(array)])
    })
}

fn push_class(vm: &Vm, mirror: Ref, out: &mut Vec<u8>) {
    let c = vm.class(vm.mirror_class(mirror));
    if c.is_primitive() {
        out.push(BasicType::from_u8(c.element_type).descriptor());
    } else if c.is_array() {
        out.extend_from_slice(vm.bytes(c.name));
    } else {
        out.push(b'L');
        out.extend_from_slice(vm.bytes(c.name));
        out.push(b';');
    }
}

/// The descriptor that a `MethodType`, `Class` or `String` object stands for (`MemberName.type`).
pub fn descriptor_of_type(vm: &Vm, ty: Ref) -> Option<SymbolId> {
    if ty.is_null() {
        return None;
    }
    let k = &vm.known;
    let class = vm.class_of(ty);
    if class == k.string {
        return Some(strings::to_symbol(vm, ty, false));
    }
    let mut out = Vec::new();
    if class == k.class {
        push_class(vm, ty, &mut out);
    } else if class == k.method_type {
        out.push(b'(');
        let params = vm.get_ref(ty, k.mt_ptypes);
        for i in 0..vm.array_len(params) {
            push_class(vm, vm.element(params, i), &mut out);
        }
        out.push(b')');
        push_class(vm, vm.get_ref(ty, k.mt_rtype), &mut out);
    } else {
        return None;
    }
    Some(vm.symbols.intern(&vm.meta, &out))
}
