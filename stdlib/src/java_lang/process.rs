//! `ProcessEnvironment` and `ProcessHandleImpl`: what a guest may know of processes.

use super::support::nop;
use crate::state;
use std::os::unix::ffi::OsStrExt;
use vm::meta::BasicType;
use vm::{NativeMethod, Ref, Result, Thread, exceptions, link, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/ProcessEnvironment" {
            "environ" "()[[B" => full environ;
        }
        "java/lang/ProcessHandleImpl" {
            "initNative" "()V" => leaf nop;
            "getCurrentPid0" "()J" => full get_current_pid;
        }
        "java/lang/ProcessHandleImpl$Info" {
            "initIDs" "()V" => leaf nop;
        }
    }
}

/// Names and values of the environment's variables in turn.
fn environ(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    // Without the right to see it, the environment is empty.
    let variables = state(t).host.environment().unwrap_or_default();
    let component = vm.known.prim_arrays[BasicType::Byte as usize];
    let array = link::array_class_of(t, component)?;
    let array = t.handle(object::alloc_array(t, array, 2 * variables.len() as i32)?);
    for (i, (name, value)) in variables.iter().enumerate() {
        for (j, text) in [name, value].into_iter().enumerate() {
            let bytes = object::new_byte_array(t, text.as_bytes())?;
            vm.set_element(t.get(array), 2 * i + j, bytes);
        }
    }
    Ok(t.get(array))
}

fn get_current_pid(t: &Thread) -> Result<i64> {
    match state(t).host.process_id() {
        Ok(pid) => Ok(i64::from(pid)),
        Err(e) => Err(exceptions::throw(t, "java/lang/SecurityException", &e.to_string())),
    }
}
