//! What a guest that was rebuilt from an image may not do, although the class library's code would never do it: that code
//! relies on what its objects say of places and types, and the image may have forged them.
//!
//! Three kinds of places count on such words: `Unsafe` on offsets, the `linkTo*` methods on `MemberName`s, calls through
//! method handles on the types of handles. Where a guest has a guard, each of them is held against the types of fields and
//! parameters when it happens. Guests that were never in an image have none, and pay a comparison with null.

use super::fields::{Field, Plans, Role, is_mirror_class};
use super::rebuild::Types;
use crate::link::{self, ConstantView};
use crate::meta::{BasicType, MethodId, MethodRecord, SymbolId, method_kind};
use crate::vm::Vm;
use classfile::descriptor::{FieldType, MethodDescriptor};
use gc::{ARRAY_DATA_OFFSET, ClassId, HEADER_BYTES, Ref};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Holds what a guest does against the types of its classes.
pub struct Guard {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    types: Types,
    plans: Plans,
    /// Whether methods take what calls pass: caller's descriptor, whether it has a receiver, kind of its result, method.
    calls: HashMap<(SymbolId, bool, BasicType, MethodId), bool>,
}

/// An access to an object by `Unsafe`.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Reads bytes as a number.
    Read,
    /// Writes a number.
    Write,
    /// Reads a reference.
    ReadReference,
    /// Writes this reference.
    WriteReference(Ref),
}

impl Guard {
    pub(super) fn new(types: Types) -> Guard {
        Guard { known: Mutex::new(Known { types, ..Known::default() }) }
    }

    /// Whether a guest may do this with `bytes` bytes at an offset of an object.
    pub fn permits(&self, vm: &Vm, object: Ref, offset: i64, bytes: usize, access: Access) -> bool {
        let class = vm.class_of(object);
        let record = vm.class(class);
        let Ok(at) = usize::try_from(offset) else { return false };
        if record.is_array() {
            return array_permits(vm, object, class, at, bytes, access);
        }
        let size = match is_mirror_class(record) {
            true => vm.get_u32(object, vm.known.class_mirror_size) as usize,
            false => record.shape.size_bytes as usize,
        };
        if at < HEADER_BYTES || at.checked_add(bytes).is_none_or(|end| end > size) {
            return false;
        }
        if matches!(access, Access::Read) {
            return true;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut *known;
        let mut fields = vec![known.plans.instance(vm, class)];
        if is_mirror_class(record) {
            fields.push(known.plans.statics(vm, vm.mirror_class(object)));
        }
        match access {
            Access::Read => true,
            Access::Write => !fields.iter().flat_map(|f| f.iter()).any(|f| is_hit(f, at, bytes)),
            Access::ReadReference => field_at(&fields, at).is_some(),
            Access::WriteReference(value) => field_at(&fields, at).is_some_and(|f| {
                let loader = vm.class(f.holder).loader;
                f.role == Role::Plain
                    && (value.is_null()
                        || known.types.admits(vm, loader, f.descriptor, vm.class_of(value)))
            }),
        }
    }

    /// Whether a method may be called with these argument slots; `receiver` if it has one.
    fn admits_arguments(&self, vm: &Vm, m: &MethodRecord, args: &[u64]) -> bool {
        let reference = |slot: u64| Ref::from_bits(slot as u32);
        let mut at = 0;
        if !m.is_static() {
            let receiver = reference(args[0]);
            if receiver.is_null() || !link::is_subclass(vm, vm.class_of(receiver), m.class) {
                return false;
            }
            at = 1;
        }
        let Ok(descriptor) = MethodDescriptor::parse(vm.bytes(m.descriptor)) else { return false };
        let loader = vm.class(m.class).loader;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for param in descriptor.params() {
            if let FieldType::Object(name) | FieldType::Array(name) = param {
                let value = reference(args[at]);
                if !value.is_null()
                    && !known.types.admits_named(vm, loader, name, vm.class_of(value))
                {
                    return false;
                }
            }
            at += usize::from(param.slots());
        }
        true
    }

    /// Whether a method's parameters and result are of the kinds that a call passes and expects. `passed` is the call's
    /// descriptor without what the method does not get, `receiver` tells whether an object comes first.
    fn fits_kinds(
        &self,
        vm: &Vm,
        id: MethodId,
        descriptor: SymbolId,
        receiver: bool,
        passed: &[BasicType],
        returned: BasicType,
    ) -> bool {
        let key = (descriptor, receiver, returned, id);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.calls.entry(key).or_insert_with(|| {
            let m = vm.method(id);
            let Ok(own) = MethodDescriptor::parse(vm.bytes(m.descriptor)) else { return false };
            let this = (!m.is_static()).then_some(BasicType::Object);
            let takes = this.into_iter().chain(own.params().map(kind));
            takes.eq(passed.iter().copied()) && returns(&own) == returned
        })
    }

    /// The method that `invokeBasic` or a `linkTo*` method goes on with, if what it names can be called with these
    /// arguments. `call` is the record of the intrinsic, `args` all its argument slots; `drops` if a result that the
    /// call does not have may be left over.
    pub(crate) fn target(
        &self,
        vm: &Vm,
        call: &MethodRecord,
        args: &[u64],
        drops: bool,
    ) -> Option<MethodId> {
        let k = &vm.known;
        let kind_of_call = call.kind.load(Ordering::Relaxed);
        let reference = |slot: u64| Ref::from_bits(slot as u32);
        let is =
            |r: Ref, class: ClassId| !r.is_null() && link::is_subclass(vm, vm.class_of(r), class);
        let (member, rest) = if kind_of_call == method_kind::INVOKE_BASIC {
            let handle = reference(args[0]);
            if !is(handle, k.method_handle) {
                return None;
            }
            let form = vm.get_ref(handle, k.mh_form);
            if !is(form, k.lambda_form) {
                return None;
            }
            (vm.get_ref(form, k.lf_vmentry), args)
        } else {
            let (&member, rest) = args.split_last()?;
            (reference(member), rest)
        };
        if !is(member, k.member_name) {
            return None;
        }
        let target = crate::invoke::resolved_method(vm, member).filter(|id| !id.is_none())?;
        let target = self.select(vm, kind_of_call, target, member, rest)?;
        let passed = self.passed(vm, call)?;
        let (passed, mut returned, any_result) = passed;
        let m = vm.method(target);
        if returned == BasicType::Void && drops {
            returned =
                MethodDescriptor::parse(vm.bytes(m.descriptor)).map_or(returned, |d| returns(&d));
        }
        let callable = !matches!(
            m.kind.load(Ordering::Acquire),
            method_kind::INVOKE_BASIC..=method_kind::LINK_TO_INTERFACE
        );
        let fits = callable
            && rest.len() == usize::from(m.arg_slots)
            && self.fits_kinds(vm, target, call.descriptor, !call.is_static(), &passed, returned)
            && (any_result || vm.method(target).code_len != 0)
            && self.admits_arguments(vm, m, rest);
        fits.then_some(target)
    }

    /// Kinds of what an intrinsic passes on, of its result, and whether that need not be looked at.
    fn passed(&self, vm: &Vm, call: &MethodRecord) -> Option<(Vec<BasicType>, BasicType, bool)> {
        let descriptor = MethodDescriptor::parse(vm.bytes(call.descriptor)).ok()?;
        let this = (!call.is_static()).then_some(BasicType::Object);
        let mut passed: Vec<_> = this.into_iter().chain(descriptor.params().map(kind)).collect();
        if call.is_static() {
            // The last one is the `MemberName`.
            passed.pop()?;
        }
        Some((passed, returns(&descriptor), !has_typed_result(vm.bytes(call.descriptor))))
    }

    /// The method that runs for a receiver.
    fn select(
        &self,
        vm: &Vm,
        kind_of_call: u8,
        target: MethodId,
        member: Ref,
        args: &[u64],
    ) -> Option<MethodId> {
        let m = vm.method(target);
        let is_static =
            matches!(kind_of_call, method_kind::LINK_TO_STATIC | method_kind::INVOKE_BASIC);
        if m.is_static() != is_static {
            return None;
        }
        if is_static {
            return Some(target);
        }
        let receiver = Ref::from_bits(*args.first()? as u32);
        if receiver.is_null() || !link::is_subclass(vm, vm.class_of(receiver), m.class) {
            return None;
        }
        let index = vm.get_u32(member, vm.known.mn_vmindex) as i32;
        if index < 0 || kind_of_call == method_kind::LINK_TO_SPECIAL {
            return Some(target);
        }
        let class = vm.class_of(receiver);
        let same = |id: MethodId| {
            let found = vm.method(id);
            (found.name == m.name && found.descriptor == m.descriptor).then_some(id)
        };
        if kind_of_call == method_kind::LINK_TO_VIRTUAL {
            let entry = vm.meta.vtable(class).get(index as usize)?;
            return same(MethodId(entry.load(Ordering::Relaxed)));
        }
        if !vm.class(m.class).is_interface() || m.vtable_index != index {
            return None;
        }
        let table = vm.meta.slice(vm.class(class).itable);
        let entry = table.iter().find(|entry| entry.interface == m.class)?;
        // SAFETY: the list of an interface's methods has an entry for each of its table indices.
        let id = unsafe { *vm.meta.ptr::<u32>(entry.methods).add(index as usize) };
        (id != 0).then_some(MethodId(id))
    }

    /// Whether the adapter of a call through a method handle takes what the call passes: the call instruction is at
    /// `bci` of `caller`.
    pub(crate) fn admits_adapter(
        &self,
        vm: &Vm,
        caller: &MethodRecord,
        bci: usize,
        id: MethodId,
        args: &[u64],
    ) -> bool {
        let Some((descriptor, receiver)) = adapted_call(vm, caller, bci) else { return false };
        let m = vm.method(id);
        let Ok(passes) = MethodDescriptor::parse(vm.bytes(descriptor)) else { return false };
        let this = receiver.then_some(BasicType::Object);
        let mut passed: Vec<_> = this.into_iter().chain(passes.params().map(kind)).collect();
        let slots = passes.param_slots() as usize + usize::from(receiver);
        if args.len() == slots + 1 {
            // The appendix.
            passed.push(BasicType::Object);
        }
        m.is_static()
            && m.code_len != 0
            && args.len() == usize::from(m.arg_slots)
            && self.fits_kinds(vm, id, descriptor, receiver, &passed, returns(&passes))
            && self.admits_arguments(vm, m, args)
    }

    /// Whether a call through a method handle may have this result.
    pub(crate) fn admits_result(
        &self,
        vm: &Vm,
        caller: &MethodRecord,
        bci: usize,
        value: u64,
    ) -> bool {
        let Some((descriptor, _)) = adapted_call(vm, caller, bci) else { return false };
        let Ok(descriptor) = MethodDescriptor::parse(vm.bytes(descriptor)) else { return false };
        let value = Ref::from_bits(value as u32);
        match descriptor.return_type() {
            Some(FieldType::Object(name) | FieldType::Array(name)) if !value.is_null() => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                let loader = vm.class(caller.class).loader;
                known.types.admits_named(vm, loader, name, vm.class_of(value))
            }
            _ => true,
        }
    }
}

/// Whether the call at `bci` of a method goes through a method handle and has an object as its result.
pub(crate) fn has_adapted_result(vm: &Vm, caller: &MethodRecord, bci: usize) -> bool {
    let Some((descriptor, _)) = adapted_call(vm, caller, bci) else { return false };
    has_typed_result(vm.bytes(descriptor))
}

/// Whether the result is an object of some type.
pub(crate) fn has_typed_result(descriptor: &[u8]) -> bool {
    let close = descriptor.iter().rposition(|&b| b == b')').unwrap_or(0);
    let result = &descriptor[close + 1..];
    matches!(result.first(), Some(b'L' | b'[')) && result != b"Ljava/lang/Object;"
}

/// Descriptor of an `invokedynamic` or a call of a signature-polymorphic method, and whether it has a receiver.
fn adapted_call(vm: &Vm, caller: &MethodRecord, bci: usize) -> Option<(SymbolId, bool)> {
    let code = super::frames::code_of(vm, caller);
    let view = ConstantView::new(vm, caller.class);
    let cp = u16::from_be_bytes([*code.get(bci + 1)?, *code.get(bci + 2)?]);
    match code[bci] {
        classfile::opcode::INVOKEDYNAMIC => Some((view.dynamic(cp).2, false)),
        op @ (classfile::opcode::INVOKEVIRTUAL | classfile::opcode::INVOKESTATIC) => {
            let member = view.member(cp);
            let holder = view.class_name_bytes(member.class);
            let polymorphic =
                matches!(holder, b"java/lang/invoke/MethodHandle" | b"java/lang/invoke/VarHandle");
            let receiver = op == classfile::opcode::INVOKEVIRTUAL;
            polymorphic.then_some((member.descriptor, receiver))
        }
        _ => None,
    }
}

/// What a value is on the stack.
pub(super) fn kind(of: FieldType<'_>) -> BasicType {
    match of {
        FieldType::Float => BasicType::Float,
        FieldType::Double => BasicType::Double,
        FieldType::Long => BasicType::Long,
        FieldType::Object(_) | FieldType::Array(_) => BasicType::Object,
        _ => BasicType::Int,
    }
}

/// What a method's result is there.
pub(super) fn returns(of: &MethodDescriptor<'_>) -> BasicType {
    of.return_type().map_or(BasicType::Void, kind)
}

fn array_permits(
    vm: &Vm,
    array: Ref,
    class: ClassId,
    at: usize,
    bytes: usize,
    access: Access,
) -> bool {
    let record = vm.class(class);
    let length = vm.array_len(array) << record.shape.element_shift;
    let first = if matches!(access, Access::Read) { 0 } else { ARRAY_DATA_OFFSET };
    // Words may be read beyond the last element, up to where the object ends.
    let end = (ARRAY_DATA_OFFSET + length + 7) & !7;
    if at < first || at.checked_add(bytes).is_none_or(|last| last > end) {
        return false;
    }
    let of_references = record.element_type == BasicType::Object as u8;
    match access {
        Access::Read => true,
        Access::Write => !of_references,
        Access::ReadReference => {
            of_references && at.is_multiple_of(4) && at < ARRAY_DATA_OFFSET + length
        }
        Access::WriteReference(value) => {
            of_references
                && at.is_multiple_of(4)
                && at < ARRAY_DATA_OFFSET + length
                && (value.is_null() || link::is_subclass(vm, vm.class_of(value), record.component))
        }
    }
}

/// Whether a write of a number there would change a reference or what is the VM's.
fn is_hit(field: &Field, at: usize, bytes: usize) -> bool {
    let start = field.offset as usize;
    let end = start + (1 << field.basic.size_shift());
    let overlaps = at < end && start < at + bytes;
    overlaps && (field.basic == BasicType::Object || field.role != Role::Plain)
}

/// The reference field at just this offset.
fn field_at(fields: &[Arc<[Field]>], at: usize) -> Option<Field> {
    let all = fields.iter().flat_map(|fields| fields.iter());
    let mut found = all.filter(|f| f.offset as usize == at && f.basic == BasicType::Object);
    found.next().copied()
}
