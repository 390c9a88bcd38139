//! `ProcessEnvironment`, `ProcessHandleImpl` and `ProcessImpl`: what a guest may know of and do to processes.

mod spawn;
mod table;

use super::support::{field_offset, non_null, nop, set_ref_field, string};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::os::unix::ffi::OsStrExt;
use vm::meta::BasicType;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, link, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/ProcessEnvironment" {
            "environ" "()[[B" => full environ;
        }
        "java/lang/ProcessImpl" {
            "init" "()V" => leaf nop;
            "forkAndExec" "(I[B[B[BI[BI[B[IZ)I" => full spawn::fork_and_exec;
        }
        "java/lang/ProcessHandleImpl" {
            "initNative" "()V" => leaf nop;
            "getCurrentPid0" "()J" => full get_current_pid;
            "isAlive0" "(J)J" => full is_alive;
            "parent0" "(JJ)J" => full parent;
            "getProcessPids0" "(J[J[J[J)I" => full get_process_pids;
            "waitForProcessExit0" "(JZ)I" => full spawn::wait_for_process_exit;
            "destroy0" "(JJZ)Z" => full spawn::destroy;
        }
        "java/lang/ProcessHandleImpl$Info" {
            "initIDs" "()V" => leaf nop;
            "info0" "(J)V" => full info;
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

/// This process, as `ProcessHandle` names it: its number and start, if the guest may know of it.
pub(crate) fn own(t: &Thread) -> Option<(i64, i64)> {
    let pid = i64::from(state(t).host.process_id().ok()?);
    Some((pid, table::find(&*state(t).host, pid).map_or(-1, |p| p.start_millis)))
}

/// The start of a process in milliseconds since 1970; -1 if it is not there.
fn is_alive(t: &Thread, pid: i64) -> Result<i64> {
    Ok(table::find(&*state(t).host, pid).map_or(-1, |p| p.start_millis))
}

/// The parent of the process that started then (0: whenever); -1 if it is not there.
fn parent(t: &Thread, pid: i64, start: i64) -> Result<i64> {
    let found = table::find(&*state(t).host, pid);
    Ok(match found {
        Some(p) if start == 0 || p.start_millis == 0 || p.start_millis == start => p.parent,
        _ => -1,
    })
}

/// Children of a process, or all processes for 0; answers how many there are.
fn get_process_pids(
    t: &Thread,
    pid: i64,
    pids: Handle,
    parents: Handle,
    starts: Handle,
) -> Result<i32> {
    let vm = t.vm();
    let room = vm.array_len(non_null(t, pids)?);
    for other in [parents, starts] {
        if !t.get(other).is_null() && vm.array_len(t.get(other)) != room {
            let msg = "array sizes not equal";
            return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", msg));
        }
    }
    let host = &*state(t).host;
    let mut count = 0;
    for other in table::all(host) {
        let Some(p) = table::find(host, other) else { continue };
        if pid != 0 && p.parent != pid {
            continue;
        }
        if count < room {
            for (array, value) in [(pids, other), (parents, p.parent), (starts, p.start_millis)] {
                if !t.get(array).is_null() {
                    let at = (ARRAY_DATA_OFFSET + 8 * count) as u32;
                    vm.set_u64(t.get(array), at, value as u64);
                }
            }
        }
        count += 1;
    }
    Ok(count as i32)
}

/// Fills in an `Info`; what is not known stays as it is.
fn info(t: &Thread, this: Handle, pid: i64) -> Result<()> {
    let vm = t.vm();
    let host = &*state(t).host;
    let class = vm.class_of(t.get(this));
    let Some(process) = table::find(host, pid) else { return Ok(()) };
    for (name, value) in [("startTime", process.start_millis), ("totalTime", process.cpu_nanos)] {
        let at = field_offset(t, class, name, "J")?;
        vm.set_u64(t.get(this), at, value as u64);
    }
    let texts = [("user", table::user(host, pid)), ("command", table::program(host, pid))];
    for (name, text) in texts {
        if let Some(text) = text {
            set_ref_field(t, this, name, "Ljava/lang/String;", string(t, &text)?)?;
        }
    }
    let Some(words) = table::command_line(host, pid) else { return Ok(()) };
    let arguments = &words[1..];
    let array = object::alloc_array(t, vm.known.string_array, arguments.len() as i32)?;
    let array = t.handle(array);
    for (i, argument) in arguments.iter().enumerate() {
        let s = t.scope(|| string(t, argument))?;
        vm.set_element(t.get(array), i, s);
    }
    set_ref_field(t, this, "arguments", "[Ljava/lang/String;", t.get(array))
}
