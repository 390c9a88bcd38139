//! Resolution of `java.lang.invoke.MemberName` (natives of `MethodHandleNatives`).

use super::types::descriptor_of_type;
use super::{intrinsic, intrinsic_kind};
use crate::link::resolve::{CallKind, InvokeOp, select};
use crate::link::{self, access, find_field, find_method};
use crate::meta::{FieldRecord, MethodId, SymbolId, class_flags, entry, method_flags};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use crate::{exceptions, object, strings};
use classfile::constant_pool::ref_kind;
use gc::{ClassId, Handle, Ref};

/// Bits of `MemberName.flags`.
pub mod mn_flags {
    /// A method.
    pub const METHOD: u32 = 0x0001_0000;
    /// A constructor.
    pub const CONSTRUCTOR: u32 = 0x0002_0000;
    /// A field.
    pub const FIELD: u32 = 0x0004_0000;
    /// `@CallerSensitive`
    pub const CALLER_SENSITIVE: u32 = 0x0010_0000;
    /// A final field whose value may be trusted.
    pub const TRUSTED_FINAL: u32 = 0x0020_0000;
    /// First bit of the reference kind.
    pub const KIND_SHIFT: u32 = 24;
}

/// `vmindex` of a member that is called directly.
const DIRECT_INDEX: i32 = -2;

/// Modifiers of methods and fields that are shown.
const METHOD_MODIFIERS: u32 = 0x1fff & !0x0200;
const FIELD_MODIFIERS: u32 = 0x50df;

/// The method behind a resolved `MemberName`, if it is one.
pub fn resolved_method(vm: &Vm, member: Ref) -> Option<MethodId> {
    let method = vm.get_ref(member, vm.known.mn_method);
    if method.is_null() {
        return None;
    }
    Some(MethodId(vm.get_u32(method, vm.known.rmn_vmtarget)))
}

/// Fills in a `MemberName` for a method selected as `kind` says, named through `class`.
pub fn set_method(
    t: &Thread,
    member: Handle,
    class: ClassId,
    id: MethodId,
    kind: CallKind,
    index: i32,
) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let m = vm.method(id);
    let resolved = object::alloc_instance(t, k.resolved_method_name)?;
    vm.set_u32(resolved, k.rmn_vmtarget, id.0);
    vm.set_ref(resolved, k.rmn_vmholder, vm.mirror(m.class));
    let member = t.get(member);
    let mut holder = m.class;
    let (bits, kind_bits, index) = match kind {
        CallKind::Interface => (mn_flags::METHOD, ref_kind::INVOKE_INTERFACE, index),
        CallKind::Virtual | CallKind::InterfaceAsVirtual => {
            if vm.class(holder).is_interface() {
                holder = if vm.class(class).is_interface() { k.object } else { class };
            }
            (mn_flags::METHOD, ref_kind::INVOKE_VIRTUAL, index)
        }
        _ if m.is_static() => (mn_flags::METHOD, ref_kind::INVOKE_STATIC, DIRECT_INDEX),
        _ if m.has(method_flags::INITIALIZER) => {
            (mn_flags::CONSTRUCTOR, ref_kind::INVOKE_SPECIAL, DIRECT_INDEX)
        }
        _ => (mn_flags::METHOD, ref_kind::INVOKE_SPECIAL, DIRECT_INDEX),
    };
    let mut flags = bits | (kind_bits as u32) << mn_flags::KIND_SHIFT;
    flags |= m.access as u32 & METHOD_MODIFIERS;
    if m.has(method_flags::CALLER_SENSITIVE) {
        flags |= mn_flags::CALLER_SENSITIVE;
    }
    vm.set_u32(member, k.mn_flags, flags);
    vm.set_ref(member, k.mn_method, resolved);
    vm.set_u32(member, k.mn_vmindex, index as u32);
    vm.set_ref(member, k.mn_clazz, vm.mirror(holder));
    Ok(())
}

/// Fills in a `MemberName` for a field.
fn set_field(vm: &Vm, member: Ref, holder: ClassId, f: &FieldRecord, setter: bool) {
    let k = &vm.known;
    let kind = match (f.is_static(), setter) {
        (true, false) => ref_kind::GET_STATIC,
        (true, true) => ref_kind::PUT_STATIC,
        (false, false) => ref_kind::GET_FIELD,
        (false, true) => ref_kind::PUT_FIELD,
    };
    let mut flags = mn_flags::FIELD | (kind as u32) << mn_flags::KIND_SHIFT;
    flags |= f.access as u32 & FIELD_MODIFIERS;
    if is_trusted_final(vm, holder, f) {
        flags |= mn_flags::TRUSTED_FINAL;
    }
    vm.set_u32(member, k.mn_flags, flags);
    vm.set_ref(member, k.mn_method, Ref::NULL);
    vm.set_u32(member, k.mn_vmindex, f.offset);
    vm.set_ref(member, k.mn_clazz, vm.mirror(holder));
}

/// Whether reflection may not change a final field: static, or of a record or hidden class.
pub fn is_trusted_final(vm: &Vm, holder: ClassId, f: &FieldRecord) -> bool {
    f.is_final() && (f.is_static() || vm.class(holder).has(class_flags::TRUSTED_FINALS))
}

/// `MethodHandleNatives.init`: from a `Field`, `Method` or `Constructor`.
pub fn init_from_reflection(t: &Thread, member: Handle, target: Handle) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let r = t.get(target);
    let class = vm.class_of(r);
    let mirror_of = |at: u32| vm.mirror_class(vm.get_ref(r, at));
    if class == k.reflect_field {
        let holder = mirror_of(k.field_clazz);
        let slot = vm.get_u32(r, k.field_slot) as usize;
        let Some(f) = vm.meta.slice(vm.class(holder).fields).get(slot) else {
            return Err(exceptions::throw(t, "java/lang/InternalError", "no such field"));
        };
        set_field(vm, t.get(member), holder, f, false);
        return Ok(());
    }
    let (holder, slot) = if class == k.reflect_method {
        (mirror_of(k.method_clazz), vm.get_u32(r, k.method_slot))
    } else if class == k.reflect_constructor {
        (mirror_of(k.constructor_clazz), vm.get_u32(r, k.constructor_slot))
    } else {
        let name = vm.external_name(class);
        let msg = format!("unrecognized type {name}");
        return Err(exceptions::throw(t, "java/lang/InternalError", &msg));
    };
    if slot >= vm.class(holder).method_count {
        return Err(exceptions::throw(t, "java/lang/InternalError", "no such method"));
    }
    let id = MethodId(vm.class(holder).first_method + slot);
    let op = op_of(vm, holder, id);
    let call = select(t, holder, holder, id, op)?;
    set_method(t, member, holder, id, call.kind, entry::index(call.entry) as i32)
}

/// The instruction that calls a method in the most general way.
fn op_of(vm: &Vm, class: ClassId, id: MethodId) -> InvokeOp {
    let m = vm.method(id);
    if m.is_static() {
        InvokeOp::Static
    } else if m.is_initializer() {
        InvokeOp::Special
    } else if vm.class(class).is_interface() {
        InvokeOp::Interface
    } else {
        InvokeOp::Virtual
    }
}

/// What a `MemberName` says before it is resolved.
struct Query {
    kind: u8,
    flags: u32,
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
}

/// `MethodHandleNatives.resolve`: fills the `MemberName` in. Throws a `LinkageError` if that cannot be
/// done, or answers false if `speculative`.
pub fn resolve(
    t: &Thread,
    member: Handle,
    caller: Option<ClassId>,
    speculative: bool,
) -> Result<bool> {
    let vm = t.vm();
    let k = &vm.known;
    let r = t.get(member);
    let flags = vm.get_u32(r, k.mn_flags);
    let clazz = vm.get_ref(r, k.mn_clazz);
    let name = vm.get_ref(r, k.mn_name);
    let ty = vm.get_ref(r, k.mn_type);
    if clazz.is_null() || name.is_null() {
        return Err(exceptions::throw(
            t,
            "java/lang/IllegalArgumentException",
            "nothing to resolve",
        ));
    }
    let Some(descriptor) = descriptor_of_type(vm, ty) else {
        let msg = "unrecognized type";
        return Err(exceptions::throw(t, "java/lang/InternalError", msg));
    };
    let query = Query {
        kind: (flags >> mn_flags::KIND_SHIFT & 0xf) as u8,
        flags,
        class: vm.mirror_class(clazz),
        name: strings::to_symbol(vm, name, false),
        descriptor,
    };
    if vm.class(query.class).is_primitive() {
        return fail(t, speculative, "java/lang/IllegalArgumentException", "primitive class");
    }
    let result = if flags & mn_flags::FIELD != 0 {
        resolve_field(t, member, caller, &query)
    } else {
        resolve_method(t, member, caller, &query)
    };
    match result {
        Ok(()) => Ok(true),
        Err(_) if speculative => {
            exceptions::take(t);
            Ok(false)
        }
        Err(thrown) => Err(thrown),
    }
}

fn fail(t: &Thread, speculative: bool, class: &str, message: &str) -> Result<bool> {
    if speculative { Ok(false) } else { Err(exceptions::throw(t, class, message)) }
}

fn resolve_field(t: &Thread, member: Handle, caller: Option<ClassId>, q: &Query) -> Result<()> {
    let vm = t.vm();
    let Some((holder, f)) = find_field(vm, q.class, q.name, q.descriptor) else {
        let text = access::no_such_field(vm, q.class, q.name, q.descriptor);
        return Err(exceptions::throw(t, "java/lang/NoSuchFieldError", &text));
    };
    if let Some(from) = caller
        && !access::can_access_member(t, from, q.class, holder, f.access, false)?
    {
        let msg = access::field_denied(vm, from, holder, f);
        return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
    }
    // Whether it is static is the library's to check: the query does not always say.
    let setter = matches!(q.kind, ref_kind::PUT_FIELD | ref_kind::PUT_STATIC);
    set_field(vm, t.get(member), holder, f, setter);
    Ok(())
}

fn resolve_method(t: &Thread, member: Handle, caller: Option<ClassId>, q: &Query) -> Result<()> {
    let vm = t.vm();
    if q.class == vm.known.method_handle
        && let Some(kind) = intrinsic_kind(vm.bytes(q.name))
    {
        let id = intrinsic(vm, kind, q.name, q.descriptor);
        return set_method(t, member, q.class, id, CallKind::Direct, DIRECT_INDEX);
    }
    let is_constructor = q.flags & mn_flags::CONSTRUCTOR != 0;
    let found = if is_constructor || vm.bytes(q.name) == b"<init>" {
        link::lookup_method_in_class(vm, q.class, q.name, q.descriptor)
    } else {
        find_method(vm, q.class, q.name, q.descriptor)
    };
    let found = found.filter(|&m| !vm.method(m).has(method_flags::CLASS_INITIALIZER));
    let Some(id) = found else { return Err(no_such_method(t, q)) };
    let m = vm.method(id);
    let op = match q.kind {
        ref_kind::INVOKE_STATIC => InvokeOp::Static,
        ref_kind::INVOKE_INTERFACE => InvokeOp::Interface,
        ref_kind::INVOKE_SPECIAL | ref_kind::NEW_INVOKE_SPECIAL => InvokeOp::Special,
        _ => InvokeOp::Virtual,
    };
    let is_interface = vm.class(q.class).is_interface();
    if op == InvokeOp::Virtual && is_interface || op == InvokeOp::Interface && !is_interface {
        let name = vm.external_name(q.class);
        let (found, want) =
            if is_interface { ("interface", "class") } else { ("class", "interface") };
        let msg = format!("Found {found} {name}, but {want} was expected");
        return Err(exceptions::incompatible(t, &msg));
    }
    if (op == InvokeOp::Static) != m.is_static() {
        let what = if op == InvokeOp::Static { "static" } else { "non-static" };
        let msg = format!("Expected {what} method '{}'", access::method_text(vm, id, false));
        return Err(exceptions::incompatible(t, &msg));
    }
    if let Some(from) = caller {
        let is_init = m.has(method_flags::INITIALIZER);
        let array_clone = vm.class(q.class).is_array() && vm.bytes(q.name) == b"clone";
        if !array_clone && !access::can_access_member(t, from, q.class, m.class, m.access, is_init)?
        {
            let msg = access::method_denied(vm, from, id);
            return Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg));
        }
    }
    if op == InvokeOp::Special {
        return set_method(t, member, q.class, id, CallKind::Direct, DIRECT_INDEX);
    }
    let call = select(t, q.class, q.class, id, op)?;
    // A method of a final class is called directly as its table says.
    let target = entry::method_id(call.entry);
    let id = if call.kind == CallKind::Direct { target } else { id };
    set_method(t, member, q.class, id, call.kind, entry::index(call.entry) as i32)
}

fn no_such_method(t: &Thread, q: &Query) -> crate::native::Thrown {
    let vm = t.vm();
    let class = vm.external_name(q.class);
    let text = access::signature_text(&class, &vm.text(q.name), vm.bytes(q.descriptor), false);
    exceptions::throw(t, "java/lang/NoSuchMethodError", &format!("'{text}'"))
}

/// `MethodHandleNatives.expand`: fills in class, name and type of a resolved `MemberName`.
pub fn expand(t: &Thread, member: Handle) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let flags = vm.get_u32(t.get(member), k.mn_flags);
    let (holder, name, descriptor) = if flags & mn_flags::FIELD != 0 {
        let clazz = vm.get_ref(t.get(member), k.mn_clazz);
        let class = vm.mirror_class(clazz);
        let offset = vm.get_u32(t.get(member), k.mn_vmindex);
        let is_static = flags & 0x0008 != 0;
        let fields = vm.meta.slice(vm.class(class).fields);
        let found = fields.iter().find(|f| f.offset == offset && f.is_static() == is_static);
        let Some(f) = found else {
            return Err(exceptions::throw(t, "java/lang/InternalError", "no such field"));
        };
        (class, f.name, f.descriptor)
    } else {
        let Some(id) = resolved_method(vm, t.get(member)) else {
            let msg = "nothing to expand";
            return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", msg));
        };
        let m = vm.method(id);
        (m.class, m.name, m.descriptor)
    };
    if vm.get_ref(t.get(member), k.mn_clazz).is_null() {
        vm.set_ref(t.get(member), k.mn_clazz, vm.mirror(holder));
    }
    if vm.get_ref(t.get(member), k.mn_name).is_null() {
        let s = strings::intern_symbol(t, name)?;
        vm.set_ref(t.get(member), k.mn_name, s);
    }
    if vm.get_ref(t.get(member), k.mn_type).is_null() {
        let s = strings::intern_symbol(t, descriptor)?;
        vm.set_ref(t.get(member), k.mn_type, s);
    }
    Ok(())
}
