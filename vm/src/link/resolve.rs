//! Resolution of symbolic references (JVMS 5.4.3).

use super::view::{ConstantView, find_field, find_method};
use super::{access, init, loaders, mirror, view};
use crate::exceptions;
use crate::invoke;
use crate::meta::{
    BasicType, FieldRecord, MethodId, MethodRecord, class_flags, entry, method_flags,
};
use crate::native::Result;
use crate::strings;
use crate::thread::Thread;
use crate::vm::Vm;
use classfile::constant_pool::tag;
use gc::ClassId;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;

/// An error that must repeat (JVMS 5.4.3).
#[derive(Serialize, Deserialize)]
pub struct Failure {
    /// Internal name of the exception.
    pub class: String,
    /// Its message.
    pub message: Option<String>,
    /// The exception whose stack trace tells where it came from.
    pub trace: Option<gc::GlobalHandle>,
}

/// What an instruction does with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldOp {
    /// `getfield`
    GetField,
    /// `putfield`
    PutField,
    /// `getstatic`
    GetStatic,
    /// `putstatic`
    PutStatic,
}

impl FieldOp {
    fn is_static(self) -> bool {
        matches!(self, FieldOp::GetStatic | FieldOp::PutStatic)
    }
    fn is_put(self) -> bool {
        matches!(self, FieldOp::PutField | FieldOp::PutStatic)
    }
}

/// A resolved field access.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedField {
    /// See [`entry`].
    pub entry: u64,
    /// The instruction may be rewritten: no initialisation is pending.
    pub quicken: bool,
}

/// What an instruction does with a method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvokeOp {
    /// `invokevirtual`
    Virtual,
    /// `invokespecial`
    Special,
    /// `invokestatic`
    Static,
    /// `invokeinterface`
    Interface,
}

/// How a resolved call selects its method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallKind {
    /// Through the receiver's virtual method table.
    Virtual,
    /// The resolved method itself.
    Direct,
    /// Through the receiver's interface table.
    Interface,
    /// `invokeinterface` of a method of `Object`: through the virtual method table.
    InterfaceAsVirtual,
    /// The entry is the unit offset of a call site record.
    Handle,
}

/// A resolved call.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedCall {
    /// See [`entry`].
    pub entry: u64,
    /// How the method is selected.
    pub kind: CallKind,
    /// The instruction may be rewritten: no initialisation is pending.
    pub quicken: bool,
}

/// A resolved constant.
#[derive(Clone, Copy, Debug)]
pub enum Loaded {
    /// An `int` or `float`.
    Word(u32),
    /// A `long` or `double`.
    Wide(u64),
    /// A reference: byte distance from the base to the slot that holds it.
    Slot(u64),
    /// A class: its mirror is the value.
    Class(ClassId),
}

/// Throws the error again that this constant pool entry met before.
pub(crate) fn repeat_failure(t: &Thread, class: ClassId, cp: u32) -> Result<()> {
    let vm = t.vm();
    let found = {
        let failures = vm.failures.lock().unwrap_or_else(|e| e.into_inner());
        failures.get(&(class.0, cp)).map(|f| (f.class.clone(), f.message.clone()))
    };
    match found {
        None => Ok(()),
        Some((name, Some(message))) => Err(exceptions::throw(t, &name, &message)),
        Some((name, None)) => Err(exceptions::throw_bare(t, &name)),
    }
}

/// Remembers a `LinkageError` that resolution of the entry threw.
pub(crate) fn note_failure(t: &Thread, class: ClassId, cp: u32) {
    let vm = t.vm();
    let e = t.exception.get();
    if e.is_null() {
        return;
    }
    let linkage = vm.symbols.lookup(&vm.meta, b"java/lang/LinkageError");
    let linkage = linkage.and_then(|n| vm.loaders.find(loaders::BOOT, n));
    let of = vm.class_of(e);
    if !linkage.is_some_and(|l| super::is_subclass(vm, of, l)) {
        return;
    }
    let message = vm.get_ref(e, vm.known.throwable_message);
    let message = (!message.is_null()).then(|| strings::to_rust(vm, message));
    let name = vm.text(vm.class(of).name).into_owned();
    let failure = Failure { class: name, message, trace: None };
    vm.failures.lock().unwrap_or_else(|e| e.into_inner()).insert((class.0, cp), failure);
}

/// Resolves a Class entry (JVMS 5.4.3.1).
pub fn resolve_class(t: &Thread, in_class: ClassId, cp: u16) -> Result<ClassId> {
    let vm = t.vm();
    let record = vm.class(in_class);
    let slot = &vm.meta.slice(record.rcp)[cp as usize];
    let known = slot.load(Ordering::Acquire);
    if known != 0 {
        return Ok(ClassId(known as u32));
    }
    repeat_failure(t, in_class, cp as u32)?;
    let class = t.scope(|| load_for(t, in_class, cp)).inspect_err(|_| {
        note_failure(t, in_class, cp as u32);
    })?;
    slot.store(class.0 as u64, Ordering::Release);
    Ok(class)
}

fn load_for(t: &Thread, in_class: ClassId, cp: u16) -> Result<ClassId> {
    let vm = t.vm();
    let record = vm.class(in_class);
    let view = ConstantView::new(vm, in_class);
    let name = view.class_name(cp);
    if record.is_hidden() {
        let own = vm.bytes(record.name);
        let n = vm.bytes(name);
        if own.starts_with(n) && own.get(n.len()) == Some(&b'+') {
            return Ok(in_class);
        }
    }
    let class = loaders::load_class(t, record.loader, name)
        .map_err(|_| exceptions::class_not_found_to_error(t, name))?;
    if !access::can_access_class(vm, in_class, class) {
        let msg = access::class_denied(vm, in_class, class);
        return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
    }
    Ok(class)
}

fn remembering<R>(t: &Thread, class: ClassId, cp: u16, f: impl FnOnce() -> Result<R>) -> Result<R> {
    repeat_failure(t, class, cp as u32)?;
    t.scope(f).inspect_err(|_| note_failure(t, class, cp as u32))
}

/// Resolves a field reference for an instruction of a method (JVMS 5.4.3.2, and 6.5 of the
/// instructions).
pub fn resolve_field(t: &Thread, m: &MethodRecord, cp: u16, op: FieldOp) -> Result<ResolvedField> {
    let vm = t.vm();
    let from = m.class;
    let view = ConstantView::new(vm, from);
    let r = view.member(cp);
    let class = resolve_class(t, from, r.class)?;
    let Some((holder, field)) = find_field(vm, class, r.name, r.descriptor) else {
        let text = access::no_such_field(vm, class, r.name, r.descriptor);
        return Err(exceptions::throw(t, "java/lang/NoSuchFieldError", &text));
    };
    check_field(t, m, class, holder, field, op)?;
    if op.is_static() {
        init::init_class(t, holder)?;
    }
    let entry = field_entry(vm, holder, field);
    vm.meta.slice(vm.class(from).rcp)[cp as usize].store(entry, Ordering::Release);
    let quicken = !op.is_static() || init::is_done(vm, holder);
    Ok(ResolvedField { entry, quicken })
}

/// The resolution entry of a field.
pub fn field_entry(vm: &Vm, holder: ClassId, f: &FieldRecord) -> u64 {
    let mut e = entry::RESOLVED | (f.basic_type as u64) << 40;
    if f.is_volatile() {
        e |= entry::VOLATILE;
    }
    if f.is_final() {
        e |= entry::FINAL;
    }
    if f.is_static() {
        e |= entry::STATIC | (vm.mirror(holder).offset() as u64 + f.offset as u64);
    } else {
        e |= f.offset as u64;
    }
    e
}

fn check_field(
    t: &Thread,
    m: &MethodRecord,
    class: ClassId,
    holder: ClassId,
    f: &FieldRecord,
    op: FieldOp,
) -> Result<()> {
    let vm = t.vm();
    let full = || format!("{}.{}", vm.external_name(holder), vm.text(f.name));
    if !access::can_access_member(t, m.class, class, holder, f.access, false)? {
        let msg = access::field_denied(vm, m.class, holder, f);
        return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
    }
    if op.is_static() != f.is_static() {
        let what = if op.is_static() { "static" } else { "non-static" };
        return Err(exceptions::incompatible(t, &format!("Expected {what} field {}", full())));
    }
    if op.is_put() && f.is_final() {
        let kind = if f.is_static() { "static" } else { "non-static" };
        if holder != m.class {
            let msg = format!(
                "Update to {kind} final field {} attempted from a different class ({}) than the \
                 field's declaring class",
                full(),
                vm.external_name(m.class)
            );
            return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
        }
        let init = if f.is_static() {
            m.has(method_flags::CLASS_INITIALIZER)
        } else {
            m.has(method_flags::INITIALIZER)
        };
        // Before version 53, any method of the class may (JVMS 6.5 putfield).
        if !init && vm.class(holder).major >= 53 {
            let msg = format!(
                "Update to {kind} final field {} attempted from a different method ({}) than the \
                 initializer method {} ",
                full(),
                vm.text(m.name),
                if f.is_static() { "<clinit>" } else { "<init>" }
            );
            return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
        }
    }
    Ok(())
}

/// Resolves a method reference for an instruction of a method (JVMS 5.4.3.3, 5.4.3.4, and 6.5 of the
/// instructions).
pub fn resolve_invoke(t: &Thread, m: &MethodRecord, cp: u16, op: InvokeOp) -> Result<ResolvedCall> {
    let vm = t.vm();
    let from = m.class;
    let view = ConstantView::new(vm, from);
    let r = view.member(cp);
    let class = resolve_class(t, from, r.class)?;
    let is_interface_ref = view.tag(cp) == tag::INTERFACE_METHODREF;
    if let Some(call) = invoke::resolve_polymorphic(t, from, cp, class, r)? {
        return Ok(call);
    }
    check_kind(t, class, r, op, is_interface_ref)?;
    let Some(id) = find_method(vm, class, r.name, r.descriptor) else {
        let text = access::signature_text(
            &vm.external_name(class),
            &vm.text(r.name),
            vm.bytes(r.descriptor),
            false,
        );
        return Err(exceptions::throw(t, "java/lang/NoSuchMethodError", &format!("'{text}'")));
    };
    check_method(t, from, class, id, op)?;
    if op == InvokeOp::Static {
        init::init_class(t, vm.method(id).class)?;
    }
    let call = select(t, from, class, id, op)?;
    let slot = &vm.meta.slice(vm.class(from).rcp)[cp as usize];
    slot.store(call.entry, Ordering::Release);
    Ok(call)
}

/// Whether the kind of reference fits the kind of class and instruction.
fn check_kind(
    t: &Thread,
    class: ClassId,
    r: view::MemberRef,
    op: InvokeOp,
    is_interface_ref: bool,
) -> Result<()> {
    let vm = t.vm();
    let name = vm.external_name(class);
    let is_interface = vm.class(class).is_interface();
    match op {
        InvokeOp::Virtual if is_interface => {
            let msg = format!("Found interface {name}, but class was expected");
            Err(exceptions::incompatible(t, &msg))
        }
        InvokeOp::Interface if !is_interface => {
            let msg = format!("Found class {name}, but interface was expected");
            Err(exceptions::incompatible(t, &msg))
        }
        InvokeOp::Static | InvokeOp::Special if is_interface != is_interface_ref => {
            let text =
                access::signature_text(&name, &vm.text(r.name), vm.bytes(r.descriptor), false);
            let want = if is_interface { "InterfaceMethodref" } else { "Methodref" };
            let msg = format!("Method '{text}' must be {want} constant");
            Err(exceptions::incompatible(t, &msg))
        }
        _ => Ok(()),
    }
}

fn check_method(
    t: &Thread,
    from: ClassId,
    class: ClassId,
    id: MethodId,
    op: InvokeOp,
) -> Result<()> {
    let vm = t.vm();
    let r = vm.method(id);
    let is_init = r.has(method_flags::INITIALIZER);
    // Arrays have a public clone (JLS 10.7).
    let array_clone = vm.class(class).is_array() && vm.bytes(r.name) == b"clone";
    if !array_clone && !access::can_access_member(t, from, class, r.class, r.access, is_init)? {
        let msg = access::method_denied(vm, from, id);
        return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
    }
    if (op == InvokeOp::Static) != r.is_static() {
        let what = if op == InvokeOp::Static { "static" } else { "non-static" };
        let msg = format!("Expected {what} method '{}'", access::method_text(vm, id, false));
        return Err(exceptions::incompatible(t, &msg));
    }
    if is_init && op == InvokeOp::Special && r.class != class {
        let text = access::method_text(vm, id, false);
        let msg = format!("{}: method '{text}' not found", vm.external_name(class));
        return Err(exceptions::throw(t, "java/lang/NoSuchMethodError", &msg));
    }
    Ok(())
}

/// How the method of a call is found when the receiver is known.
pub fn select(
    t: &Thread,
    from: ClassId,
    class: ClassId,
    id: MethodId,
    op: InvokeOp,
) -> Result<ResolvedCall> {
    let vm = t.vm();
    let m = vm.method(id);
    let slots = m.arg_slots;
    let call = |entry, kind, quicken| Ok(ResolvedCall { entry, kind, quicken });
    match op {
        InvokeOp::Static => {
            let done = init::is_done(vm, m.class);
            call(entry::method(id, slots, 0, true), CallKind::Direct, done)
        }
        InvokeOp::Special => {
            let target = special_target(t, from, class, id)?;
            if vm.method(target).is_abstract() {
                let msg = access::method_text(vm, target, false);
                return Err(exceptions::throw(
                    t,
                    "java/lang/AbstractMethodError",
                    &format!("'{msg}'"),
                ));
            }
            let index = virtual_index(vm, class, id).unwrap_or(0);
            call(entry::method(target, slots, index, true), CallKind::Direct, true)
        }
        InvokeOp::Virtual => match virtual_index(vm, class, id) {
            Some(i) if !m.is_final() && vm.class(class).access & 0x0010 == 0 => {
                call(entry::method(id, slots, i, false), CallKind::Virtual, true)
            }
            // A method of a final class is the one that its own table says.
            Some(i) => {
                let own = vm.meta.vtable(class)[i as usize].load(Ordering::Relaxed);
                call(entry::method(MethodId(own), slots, i, true), CallKind::Direct, true)
            }
            None => call(entry::method(id, slots, 0, true), CallKind::Direct, true),
        },
        InvokeOp::Interface if m.class == vm.known.object => {
            match virtual_index(vm, vm.known.object, id) {
                Some(i) => {
                    call(entry::method(id, slots, i, false), CallKind::InterfaceAsVirtual, true)
                }
                None => call(entry::method(id, slots, 0, true), CallKind::Direct, true),
            }
        }
        InvokeOp::Interface if m.is_private() => {
            call(entry::method(id, slots, 0, true), CallKind::Direct, true)
        }
        InvokeOp::Interface => {
            let e = entry::method(id, slots, m.vtable_index as u16, false);
            call(e, CallKind::Interface, true)
        }
    }
}

/// Index of a method in the virtual method table of a class through which it is called.
pub fn virtual_index(vm: &Vm, class: ClassId, id: MethodId) -> Option<u16> {
    let m = vm.method(id);
    if m.is_private() || m.is_static() || m.is_initializer() {
        return None;
    }
    if !vm.class(m.class).is_interface() {
        return u16::try_from(m.vtable_index).ok();
    }
    let class = if vm.class(class).is_interface() { return None } else { class };
    vm.meta
        .vtable(class)
        .iter()
        .position(|e| {
            let r = vm.method(MethodId(e.load(Ordering::Relaxed)));
            r.name == m.name && r.descriptor == m.descriptor
        })
        .map(|i| i as u16)
}

/// `invokespecial` of a superclass's method goes to the direct superclass (JVMS 6.5).
fn special_target(t: &Thread, from: ClassId, class: ClassId, id: MethodId) -> Result<MethodId> {
    let vm = t.vm();
    let m = vm.method(id);
    if m.has(method_flags::INITIALIZER) || m.is_private() || from == class {
        return Ok(id);
    }
    let own = vm.class(from);
    let start = if vm.class(class).is_interface() {
        return Ok(id);
    } else if super::is_subclass(vm, from, class) {
        own.super_class
    } else {
        return Ok(id);
    };
    match find_method(vm, start, m.name, m.descriptor) {
        Some(found) => Ok(found),
        None => {
            let msg = access::method_text(vm, id, false);
            Err(exceptions::throw(t, "java/lang/AbstractMethodError", &format!("'{msg}'")))
        }
    }
}

/// Links the `invokedynamic` instruction at a bci; answers the unit offset of its call site record.
pub fn resolve_call_site(t: &Thread, m: &MethodRecord, bci: usize) -> Result<u32> {
    invoke::link_call_site(t, m, bci)
}

/// Resolves a loadable constant (JVMS 5.4.3.5, 5.4.3.6).
pub fn resolve_constant(t: &Thread, in_class: ClassId, cp: u16) -> Result<Loaded> {
    let vm = t.vm();
    let view = ConstantView::new(vm, in_class);
    let known = vm.meta.slice(view.class.rcp)[cp as usize].load(Ordering::Acquire);
    match view.tag(cp) {
        tag::INTEGER | tag::FLOAT => Ok(Loaded::Word(view.raw(cp))),
        tag::LONG | tag::DOUBLE => Ok(Loaded::Wide(view.wide(cp))),
        tag::CLASS => resolve_class(t, in_class, cp).map(Loaded::Class),
        tag::DYNAMIC => {
            let slot = if known != 0 {
                known
            } else {
                let value = |_: &ConstantView| invoke::link_dynamic_constant(t, in_class, cp);
                remembering(t, in_class, cp, || store_ref(t, &view, cp, value))?
            };
            Ok(unboxed(vm, &view, cp, slot))
        }
        _ if known != 0 => Ok(Loaded::Slot(known)),
        tag::STRING => {
            let text = view.symbol(view.raw(cp) as u16);
            let value = |_: &ConstantView| strings::intern_symbol(t, text);
            t.scope(|| store_ref(t, &view, cp, value)).map(Loaded::Slot)
        }
        tag::METHOD_TYPE => {
            let descriptor = view.symbol(view.raw(cp) as u16);
            let value = |_: &ConstantView| invoke::method_type(t, in_class, vm.bytes(descriptor));
            remembering(t, in_class, cp, || store_ref(t, &view, cp, value)).map(Loaded::Slot)
        }
        tag::METHOD_HANDLE => {
            let value = |_: &ConstantView| invoke::method_handle_constant(t, in_class, cp);
            remembering(t, in_class, cp, || store_ref(t, &view, cp, value)).map(Loaded::Slot)
        }
        other => {
            let msg = format!("constant pool entry {cp} with tag {other} is not loadable");
            Err(exceptions::throw(t, "java/lang/ClassFormatError", &msg))
        }
    }
}

/// Works a reference constant out and keeps it in a slot; another thread's result wins if it came first.
fn store_ref(
    t: &Thread,
    view: &ConstantView,
    cp: u16,
    value: impl FnOnce(&ConstantView) -> Result<gc::Ref>,
) -> Result<u64> {
    let vm = t.vm();
    let class = vm.meta.class_id(view.class);
    let value = t.handle(value(view)?);
    let slot = mirror::ref_slot(t, class, value)?;
    let entry = &vm.meta.slice(view.class.rcp)[cp as usize];
    match entry.compare_exchange(0, slot, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(slot),
        Err(other) => Ok(other),
    }
}

/// The value of a dynamic constant, unboxed if its type is primitive.
fn unboxed(vm: &Vm, view: &ConstantView, cp: u16, slot: u64) -> Loaded {
    let (_, _, descriptor) = view.dynamic(cp);
    let basic = BasicType::from_descriptor(vm.bytes(descriptor)[0]);
    if basic == BasicType::Object {
        return Loaded::Slot(slot);
    }
    let boxed = vm.heap.read_ref_at(slot as usize);
    match crate::object::unbox(vm, boxed) {
        Some((BasicType::Long | BasicType::Double, v)) => Loaded::Wide(v),
        Some((_, v)) => Loaded::Word(v as u32),
        None => Loaded::Word(0),
    }
}

/// A constant as an object: what a bootstrap method gets as its static argument.
pub fn constant_object(t: &Thread, in_class: ClassId, cp: u16) -> Result<gc::Ref> {
    let vm = t.vm();
    let view = ConstantView::new(vm, in_class);
    let basic = match view.tag(cp) {
        tag::INTEGER => BasicType::Int,
        tag::FLOAT => BasicType::Float,
        tag::LONG => BasicType::Long,
        tag::DOUBLE => BasicType::Double,
        tag::DYNAMIC => {
            // The boxed object itself.
            resolve_constant(t, in_class, cp)?;
            let slot = vm.meta.slice(view.class.rcp)[cp as usize].load(Ordering::Acquire);
            return Ok(vm.heap.read_ref_at(slot as usize));
        }
        _ => BasicType::Object,
    };
    match resolve_constant(t, in_class, cp)? {
        Loaded::Word(w) => crate::object::box_value(t, basic, w as u64),
        Loaded::Wide(w) => crate::object::box_value(t, basic, w),
        Loaded::Slot(s) => Ok(vm.heap.read_ref_at(s as usize)),
        Loaded::Class(c) => Ok(vm.mirror(c)),
    }
}

/// Checks that a class can be instantiated by `new`; the error otherwise.
pub fn check_new(t: &Thread, class: ClassId) -> Result<()> {
    if t.vm().class(class).has(class_flags::NOT_INSTANTIABLE) {
        return mirror::check_instantiable(t, class);
    }
    Ok(())
}
