//! Making a method ready for its first call: the copy of its code that quickening changes, or
//! the native that carries it out.

use crate::exceptions;
use crate::link::access;
use crate::meta::{MethodId, method_flags, method_kind};
use crate::native::Result;
use crate::thread::Thread;
use classfile::opcode;
use std::sync::atomic::Ordering;

/// Zero bytes behind a method's code, so that operands may be read as words.
const PAD_BYTES: usize = 8;

/// Gives a method its code and final kind.
pub fn prepare(t: &Thread, id: MethodId) -> Result<()> {
    let vm = t.vm();
    let m = vm.method(id);
    if m.is_native() {
        return bind_native(t, id);
    }
    let _guard = vm.link_lock.lock().unwrap_or_else(|e| e.into_inner());
    if m.kind.load(Ordering::Acquire) != method_kind::UNPREPARED {
        return Ok(());
    }
    let bytes = vm.meta.slice(vm.class(m.class).bytes);
    let pristine = &bytes[m.code_at as usize..(m.code_at + m.code_len) as usize];
    let mut code = Vec::with_capacity(pristine.len() + PAD_BYTES);
    code.extend_from_slice(pristine);
    if m.has(method_flags::OBJECT_INIT) {
        register_finalizers(&mut code);
    }
    code.resize(pristine.len() + PAD_BYTES, 0);
    let span = vm.meta.alloc_slice(&code);
    m.code.store(span.at, Ordering::Release);
    let kind = if m.is_synchronized() { method_kind::BYTECODE_SYNC } else { method_kind::BYTECODE };
    m.kind.store(kind, Ordering::Release);
    Ok(())
}

/// In `Object.<init>`, returning registers objects that have a finalizer.
fn register_finalizers(code: &mut [u8]) {
    let mut pc = 0;
    while pc < code.len() {
        let Some(len) = opcode::length_at(code, pc) else { return };
        if code[pc] == opcode::RETURN {
            code[pc] = opcode::RETURN_REGISTER_FINALIZER;
        }
        pc += len;
    }
}

fn bind_native(t: &Thread, id: MethodId) -> Result<()> {
    let vm = t.vm();
    let m = vm.method(id);
    let class = vm.text(vm.class(m.class).name).into_owned();
    let (name, descriptor) = (vm.text(m.name), vm.text(m.descriptor));
    let found = if vm.loaders.is_privileged(vm.class(m.class).loader) {
        vm.find_native(&class, &name, &descriptor)
    } else {
        None
    };
    let Some(row) = found else {
        let text = access::method_text(vm, id, false);
        let msg = if vm.loaders.is_privileged(vm.class(m.class).loader) {
            format!("'{text}' (not provided by this VM)")
        } else {
            format!("'{text}'")
        };
        return Err(exceptions::throw(t, "java/lang/UnsatisfiedLinkError", &msg));
    };
    let native = &vm.natives[row as usize];
    if !native.matches(m.is_static()) {
        let msg = format!("native {class}.{name}{descriptor} has another signature in the VM");
        return Err(exceptions::throw(t, "java/lang/InternalError", &msg));
    }
    m.native.store(row, Ordering::Release);
    let leaf = native.leaf.is_some() && !m.is_synchronized();
    let kind = if leaf { method_kind::NATIVE_LEAF } else { method_kind::NATIVE };
    m.kind.store(kind, Ordering::Release);
    Ok(())
}
