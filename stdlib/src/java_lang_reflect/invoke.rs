//! Calling methods and constructors by reflection, with HotSpot's checks and messages.

use super::array::{illegal, mismatch, unbox};
use super::make::{basic_type, class_of_type, executable, split};
use crate::java_lang::support::non_null;
use vm::frame::After;
use vm::meta::{BasicType, MethodId};
use vm::{ClassId, Handle, Ref, Result, Thread, exceptions, interp, link, object, strings};

/// `invoke0(method, receiver, arguments)`.
pub(crate) fn invoke(t: &Thread, method: Handle, receiver: Handle, args: Handle) -> Result<Ref> {
    let vm = t.vm();
    non_null(t, method)?;
    let id = executable(t, method)?;
    let m = vm.method(id);
    let mut slots = Vec::new();
    let mut target = id;
    if m.is_static() {
        link::init::init_class(t, m.class)?;
    } else {
        let r = non_null(t, receiver)?;
        if !link::is_subclass(vm, vm.class_of(r), m.class) {
            return Err(illegal(t, "object is not an instance of declaring class"));
        }
        if !m.is_private() {
            target = interp::select_virtual(vm, r, id);
        }
        slots.push(0);
    }
    let types = parameter_types(t, id)?;
    push_arguments(t, &types, args, &mut slots)?;
    if !m.is_static() {
        slots[0] = u64::from(t.get(receiver).bits());
    }
    let result = interp::invoke_then(t, After::Invoke(target), Ref::NULL, target, &slots)
        .map_err(|_| exceptions::invocation_target(t))?;
    object::box_value(t, BasicType::from_u8(m.return_type), result)
}

/// `newInstance0(constructor, arguments)`.
pub(crate) fn new_instance(t: &Thread, constructor: Handle, args: Handle) -> Result<Ref> {
    let vm = t.vm();
    non_null(t, constructor)?;
    let id = executable(t, constructor)?;
    let class = vm.method(id).class;
    if vm.class(class).is_abstract() {
        let name = vm.external_name(class);
        return Err(exceptions::throw(t, "java/lang/InstantiationException", &name));
    }
    link::init::init_class(t, class)?;
    let types = parameter_types(t, id)?;
    let made = t.handle(object::alloc_instance(t, class)?);
    let mut slots = vec![0];
    push_arguments(t, &types, args, &mut slots)?;
    slots[0] = u64::from(t.get(made).bits());
    let object = t.get(made);
    interp::invoke_then(t, After::Construct, object, id, &slots)
        .map_err(|_| exceptions::invocation_target(t))?;
    Ok(t.get(made))
}

/// Classes of the parameters.
fn parameter_types(t: &Thread, id: MethodId) -> Result<Vec<ClassId>> {
    let vm = t.vm();
    let m = vm.method(id);
    let (params, _) = split(vm.bytes(m.descriptor));
    params.into_iter().map(|p| class_of_type(t, m.class, p)).collect()
}

/// Unboxes and widens the arguments. No safepoint unless it fails, so the slots hold fresh references.
fn push_arguments(t: &Thread, types: &[ClassId], args: Handle, out: &mut Vec<u64>) -> Result<()> {
    let vm = t.vm();
    let array = t.get(args);
    let given = if array.is_null() { 0 } else { vm.array_len(array) };
    if given != types.len() {
        return Err(illegal(t, "wrong number of arguments"));
    }
    for (i, &class) in types.iter().enumerate() {
        let arg = vm.element(array, i);
        let basic = basic_type(vm, class);
        if basic == BasicType::Object {
            if !arg.is_null() && !link::is_subclass(vm, vm.class_of(arg), class) {
                return Err(mismatch(t));
            }
            out.push(u64::from(arg.bits()));
            continue;
        }
        let (from, slot) = unbox(t, arg)?;
        let slot = object::widen(from, basic, slot).ok_or_else(|| mismatch(t))?;
        if basic.slots() == 2 {
            out.push(0);
        }
        out.push(slot);
    }
    Ok(())
}

/// `{class, name, descriptor}` texts of a member reference, as `ConstantPool` answers them.
pub(crate) fn string_array(t: &Thread, symbols: &[vm::meta::SymbolId]) -> Result<Ref> {
    let vm = t.vm();
    let array = object::alloc_array(t, vm.known.string_array, symbols.len() as i32)?;
    let array = t.handle(array);
    for (i, &s) in symbols.iter().enumerate() {
        let s = strings::intern_symbol(t, s)?;
        vm.set_element(t.get(array), i, s);
    }
    Ok(t.get(array))
}
