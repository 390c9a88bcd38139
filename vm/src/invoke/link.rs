//! Linking `invokedynamic`, `MethodHandle.invoke*`, method handle constants and dynamic constants.

use super::member_name::resolved_method;
use super::types::{class_of_descriptor, method_type};
use super::{intrinsic, intrinsic_kind};
use crate::call::{self, Value};
use crate::link::resolve::{CallKind, ResolvedCall, constant_object, resolve_class};
use crate::link::{self, ConstantView, MemberRef};
use crate::meta::{CallSiteRecord, MethodRecord, entry, method_flags};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use crate::{exceptions, object, strings};
use classfile::constant_pool::ref_kind;
use gc::{ClassId, Handle, Ref};
use std::sync::atomic::Ordering;

/// If the reference names a signature-polymorphic method (JVMS 2.9.3), resolves it.
pub fn resolve_polymorphic(
    t: &Thread,
    from: ClassId,
    cp: u16,
    class: ClassId,
    r: MemberRef,
) -> Result<Option<ResolvedCall>> {
    let vm = t.vm();
    let k = &vm.known;
    if class != k.method_handle && class != k.var_handle {
        return Ok(None);
    }
    if class == k.method_handle
        && let Some(kind) = intrinsic_kind(vm.bytes(r.name))
    {
        let id = intrinsic(vm, kind, r.name, r.descriptor);
        let e = entry::method(id, vm.method(id).arg_slots, 0, true);
        vm.meta.slice(vm.class(from).rcp)[cp as usize].store(e, Ordering::Release);
        return Ok(Some(ResolvedCall { entry: e, kind: CallKind::Direct, quicken: true }));
    }
    let polymorphic = vm.class(class).method_ids().any(|m| {
        let m = vm.method(m);
        m.name == r.name && m.has(method_flags::SIGNATURE_POLYMORPHIC)
    });
    if !polymorphic {
        return Ok(None);
    }
    let slot = &vm.meta.slice(vm.class(from).rcp)[cp as usize];
    let known = slot.load(Ordering::Acquire);
    let handle = |entry| Ok(Some(ResolvedCall { entry, kind: CallKind::Handle, quicken: true }));
    if known != 0 {
        return handle(known);
    }
    let site = t.scope(|| link_method(t, from, class, r))?;
    match slot.compare_exchange(0, site as u64, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => handle(site as u64),
        Err(other) => handle(other),
    }
}

/// `MethodHandleNatives.linkMethod`: the adapter for a call of `invokeExact`, `invoke` or a `VarHandle` accessor.
fn link_method(t: &Thread, from: ClassId, class: ClassId, r: MemberRef) -> Result<u32> {
    let vm = t.vm();
    let k = &vm.known;
    link::init::init_class(t, k.method_handle_natives)?;
    let ty = t.handle(method_type(t, from, vm.bytes(r.descriptor))?);
    let name = t.handle(strings::intern_symbol(t, r.name)?);
    let appendix = t.handle(object::alloc_array(t, k.object_array, 1)?);
    let args = [
        Value::Object(t.handle(vm.mirror(from))),
        Value::Int(ref_kind::INVOKE_VIRTUAL as i32),
        Value::Object(t.handle(vm.mirror(class))),
        Value::Object(name),
        Value::Object(ty),
        Value::Object(appendix),
    ];
    let member = t.handle(call::call_ref_again(t, k.mhn_link_method, &args)?);
    call_site_record(t, from, member, appendix)
}

/// A call site record for the adapter and appendix that the library answered.
fn call_site_record(t: &Thread, class: ClassId, member: Handle, appendix: Handle) -> Result<u32> {
    let vm = t.vm();
    let Some(method) = resolved_method(vm, t.get(member)) else {
        let msg = "linkage answered no method";
        return Err(exceptions::throw(t, "java/lang/LinkageError", msg));
    };
    let value = vm.element(t.get(appendix), 0);
    let appendix_slot = if value.is_null() {
        0
    } else {
        let value = t.handle(value);
        // The adapter's class stays alive through the appendix or the caller's slot.
        link::ref_slot(t, class, value)?
    };
    let keep = t.handle(vm.mirror(vm.method(method).class));
    link::ref_slot(t, class, keep)?;
    let arg_slots = vm.method(method).arg_slots as u32;
    let record = CallSiteRecord { method, arg_slots, appendix_slot };
    let at = vm.meta.alloc_bytes(size_of::<CallSiteRecord>());
    // SAFETY: freshly allocated for this record, not yet published.
    unsafe { vm.meta.ptr::<CallSiteRecord>(at).write(record) };
    Ok(at)
}

/// Static arguments of a bootstrap method: null, the only one, or all in an array.
fn static_arguments(t: &Thread, class: ClassId, args: &[u8]) -> Result<Ref> {
    let vm = t.vm();
    let cp = |i: usize| u16::from_be_bytes([args[2 * i], args[2 * i + 1]]);
    match args.len() / 2 {
        0 => Ok(Ref::NULL),
        1 => constant_object(t, class, cp(0)),
        n => {
            let array = t.handle(object::alloc_array(t, vm.known.object_array, n as i32)?);
            for i in 0..n {
                let value = constant_object(t, class, cp(i))?;
                vm.set_element(t.get(array), i, value);
            }
            Ok(t.get(array))
        }
    }
}

/// The parts of an entry of `BootstrapMethods`: method handle entry, argument entries.
fn bootstrap_entry(vm: &Vm, class: ClassId, index: u16) -> Option<(u16, &[u8])> {
    let record = vm.class(class);
    let at = *vm.meta.slice(record.bootstrap_methods).get(index as usize)? as usize;
    let bytes = vm.meta.slice(record.bytes);
    let u2 = |i: usize| u16::from_be_bytes([bytes[i], bytes[i + 1]]);
    let n = u2(at + 2) as usize;
    Some((u2(at), &bytes[at + 4..at + 4 + 2 * n]))
}

/// Constant pool index of a static argument of the dynamic entry at `cp`.
pub fn bootstrap_argument(vm: &Vm, class: ClassId, cp: u16, index: i32) -> Option<u16> {
    let (bootstrap, _, _) = ConstantView::new(vm, class).dynamic(cp);
    let (_, args) = bootstrap_entry(vm, class, bootstrap)?;
    let at = 2 * usize::try_from(index).ok()?;
    args.get(at..at + 2).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

/// Bootstrap method and static arguments of a dynamic entry, as handles.
fn bootstrap(t: &Thread, class: ClassId, index: u16) -> Result<(Handle, Handle)> {
    let vm = t.vm();
    let Some((mh, args)) = bootstrap_entry(vm, class, index) else {
        let msg = format!("no bootstrap method {index} in class {}", vm.external_name(class));
        return Err(exceptions::throw(t, "java/lang/ClassFormatError", &msg));
    };
    let mh = t.handle(constant_object(t, class, mh)?);
    let args = t.handle(static_arguments(t, class, args)?);
    Ok((mh, args))
}

/// Links an `invokedynamic` instruction (JVMS 5.4.3.6); answers its call site record.
pub fn link_call_site(t: &Thread, m: &MethodRecord, bci: usize) -> Result<u32> {
    let vm = t.vm();
    let class = m.class;
    let key = (class.0, 1 << 31 | (m.code_at + bci as u32));
    if let Some(&site) = lock_sites(vm).get(&key) {
        return Ok(site);
    }
    link::resolve::repeat_failure(t, class, key.1)?;
    let linked = t.scope(|| link_indy(t, m, bci));
    let site = linked.inspect_err(|_| link::resolve::note_failure(t, class, key.1))?;
    // The first thread's call site is the one that everybody uses.
    Ok(*lock_sites(vm).entry(key).or_insert(site))
}

fn lock_sites(vm: &Vm) -> std::sync::MutexGuard<'_, std::collections::HashMap<(u32, u32), u32>> {
    vm.call_sites.lock().unwrap_or_else(|e| e.into_inner())
}

fn link_indy(t: &Thread, m: &MethodRecord, bci: usize) -> Result<u32> {
    let vm = t.vm();
    let k = &vm.known;
    let class = m.class;
    let bytes = vm.meta.slice(vm.class(class).bytes);
    let at = m.code_at as usize + bci + 1;
    let cp = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let view = ConstantView::new(vm, class);
    let (index, name, descriptor) = view.dynamic(cp);
    link::init::init_class(t, k.method_handle_natives)?;
    let (mh, args) = bootstrap(t, class, index)?;
    let ty = t.handle(method_type(t, class, vm.bytes(descriptor))?);
    let name = t.handle(strings::intern_symbol(t, name)?);
    let appendix = t.handle(object::alloc_array(t, k.object_array, 1)?);
    let caller = t.handle(vm.mirror(class));
    let mut all = vec![Value::Object(caller), Value::Int(cp as i32)];
    all.extend([mh, name, ty, args, appendix].map(Value::Object));
    let method = if k.mhn_link_call_site.is_none() {
        all.remove(1);
        k.mhn_link_call_site_25
    } else {
        k.mhn_link_call_site
    };
    let member = t.handle(call::call_ref_again(t, method, &all)?);
    call_site_record(t, class, member, appendix)
}

/// Resolves a dynamic constant (JVMS 5.4.3.6); primitive values come boxed.
pub fn link_dynamic_constant(t: &Thread, class: ClassId, cp: u16) -> Result<Ref> {
    let vm = t.vm();
    let k = &vm.known;
    let view = ConstantView::new(vm, class);
    let (index, name, descriptor) = view.dynamic(cp);
    link::init::init_class(t, k.method_handle_natives)?;
    let (mh, args) = bootstrap(t, class, index)?;
    let ty = class_of_descriptor(t, class, vm.bytes(descriptor))?;
    let ty = t.handle(vm.mirror(ty));
    let name = t.handle(strings::intern_symbol(t, name)?);
    let caller = t.handle(vm.mirror(class));
    let mut all = vec![Value::Object(caller), Value::Int(cp as i32)];
    all.extend([mh, name, ty, args].map(Value::Object));
    let method = if k.mhn_link_constant.is_none() {
        all.remove(1);
        k.mhn_link_constant_25
    } else {
        k.mhn_link_constant
    };
    call::call_ref_again(t, method, &all)
}

/// Resolves a MethodHandle entry (JVMS 5.4.3.5).
pub fn method_handle_constant(t: &Thread, class: ClassId, cp: u16) -> Result<Ref> {
    let vm = t.vm();
    let k = &vm.known;
    let view = ConstantView::new(vm, class);
    let (kind, reference) = (view.high(cp) as u8, view.low(cp));
    let r = view.member(reference);
    link::init::init_class(t, k.method_handle_natives)?;
    let callee = resolve_class(t, class, r.class)?;
    let ty = if kind <= ref_kind::PUT_STATIC {
        let c = class_of_descriptor(t, class, vm.bytes(r.descriptor))?;
        vm.mirror(c)
    } else {
        method_type(t, class, vm.bytes(r.descriptor))?
    };
    let ty = t.handle(ty);
    let name = t.handle(strings::intern_symbol(t, r.name)?);
    let args = [
        Value::Object(t.handle(vm.mirror(class))),
        Value::Int(kind as i32),
        Value::Object(t.handle(vm.mirror(callee))),
        Value::Object(name),
        Value::Object(ty),
    ];
    call::call_ref_again(t, k.mhn_link_mh_constant, &args)
}
