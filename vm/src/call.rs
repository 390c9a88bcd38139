//! Calling Java from Rust.

use crate::frame::After;
use crate::interp;
use crate::link;
use crate::meta::MethodId;
use crate::native::Result;
use crate::thread::Thread;
use crate::{exceptions, vm::Vm};
use gc::{ClassId, Handle, Ref};

/// An argument of a call from Rust.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// `boolean`, `byte`, `char`, `short` or `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// A reference.
    Object(Handle),
    /// The null reference.
    Null,
}

/// Appends the slots of an argument.
pub fn push_slots(t: &Thread, v: Value, out: &mut Vec<u64>) {
    match v {
        Value::Int(i) => out.push(i as u32 as u64),
        Value::Float(f) => out.push(f.to_bits() as u64),
        Value::Object(h) => out.push(t.get(h).bits() as u64),
        Value::Null => out.push(0),
        Value::Long(l) => out.extend([0, l as u64]),
        Value::Double(d) => out.extend([0, d.to_bits()]),
    }
}

/// Calls exactly this method; the receiver, if any, comes first.
pub fn call(t: &Thread, method: MethodId, args: &[Value]) -> Result<u64> {
    call_then(t, After::Opaque, method, args)
}

/// As [`call`], with a note of what the caller will do with the result ([`interp::invoke_then`]).
pub fn call_then(t: &Thread, after: After, method: MethodId, args: &[Value]) -> Result<u64> {
    let mut slots = Vec::with_capacity(args.len() + 2);
    for &a in args {
        push_slots(t, a, &mut slots);
    }
    interp::invoke_then(t, after, Ref::NULL, method, &slots)
}

/// Calls a virtual or interface method on the receiver, which comes first and is not null.
pub fn call_virtual(t: &Thread, method: MethodId, args: &[Value]) -> Result<u64> {
    call_virtual_then(t, After::Opaque, method, args)
}

/// As [`call_virtual`], with a note of what the caller will do with the result ([`interp::invoke_then`]).
pub fn call_virtual_then(
    t: &Thread,
    after: After,
    method: MethodId,
    args: &[Value],
) -> Result<u64> {
    let Some(Value::Object(receiver)) = args.first() else {
        return Err(exceptions::npe(t));
    };
    let selected = interp::select_virtual(t.vm(), t.get(*receiver), method);
    call_then(t, after, selected, args)
}

/// A call that answers a reference.
pub fn call_ref(t: &Thread, method: MethodId, args: &[Value]) -> Result<Ref> {
    call(t, method, args).map(|bits| Ref::from_bits(bits as u32))
}

/// A call that answers a reference, on behalf of an instruction or native that may as well be done again from its
/// beginning.
pub fn call_ref_again(t: &Thread, method: MethodId, args: &[Value]) -> Result<Ref> {
    call_then(t, After::Again, method, args).map(|bits| Ref::from_bits(bits as u32))
}

/// Looks a method up by name; a missing one is a `NoSuchMethodError`.
pub fn method(t: &Thread, class: ClassId, name: &str, descriptor: &str) -> Result<MethodId> {
    let vm: &Vm = t.vm();
    let (n, d) = (t.symbol(name), t.symbol(descriptor));
    match link::find_method(vm, class, n, d) {
        Some(m) => Ok(m),
        None => {
            let msg = format!("{}.{name}{descriptor}", vm.external_name(class));
            Err(exceptions::throw(t, "java/lang/NoSuchMethodError", &msg))
        }
    }
}

/// Initialises a class by name and calls one of its static methods.
pub fn call_static(
    t: &Thread,
    class: &str,
    name: &str,
    descriptor: &str,
    args: &[Value],
) -> Result<u64> {
    let class = link::class_by_name(t, class)?;
    link::init::init_class(t, class)?;
    call(t, method(t, class, name, descriptor)?, args)
}
