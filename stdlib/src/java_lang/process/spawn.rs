//! `ProcessImpl`: starting programs; and the ends of processes, waited for and brought about.

use super::super::support::non_null;
use super::table;
use crate::host::{Command, Errno, Resource, ResourceKind};
use crate::java_io::descriptor;
use crate::java_io::errors;
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use vm::{Handle, Result, Thread, Thrown};

/// What `waitForProcessExit0` answers for a process that this one did not start.
const NOT_A_CHILD: i32 = -2;

/// `ProcessImpl.forkAndExec`: the process's number. `streams` are the descriptors for the child's standard streams; in
/// place of -1 comes the number of this end of a new pipe.
#[allow(clippy::too_many_arguments, reason = "the native's signature")]
pub(super) fn fork_and_exec(
    t: &Thread,
    _this: Handle,
    _mode: i32,
    _helper: Handle,
    program: Handle,
    arguments: Handle,
    argument_count: i32,
    environment: Handle,
    variable_count: i32,
    directory: Handle,
    streams: Handle,
    merge_error: bool,
) -> Result<i32> {
    let program = first_text(bytes(t, program)?);
    let arguments = texts(bytes(t, arguments)?, argument_count);
    let environment = match t.get(environment).is_null() {
        true => None,
        false => Some(texts(bytes(t, environment)?, variable_count)),
    };
    let directory = match t.get(directory).is_null() {
        true => None,
        false => Some(first_text(bytes(t, directory)?).into()),
    };
    non_null(t, streams)?;
    let number_at = |i: usize| (ARRAY_DATA_OFFSET + 4 * i) as u32;
    let numbers = [0, 1, 2].map(|i| t.vm().get_u32(t.get(streams), number_at(i)) as i32);
    let failed = |error: Errno| refused(t, error);
    let (child, own) = open(t, numbers).map_err(failed)?;
    let [input, output, error] = [&child[0], &child[1], &child[2]].map(|stream| stream.fd());
    let (input, output, error) =
        (input.map_err(failed)?, output.map_err(failed)?, error.map_err(failed)?);
    let command = Command {
        program,
        arguments,
        environment,
        directory,
        streams: [input, output, if merge_error { output } else { error }],
    };
    // Before there is a process: whoever has started one must get its number.
    let own = Own::new(t, own).map_err(failed)?;
    let pid = descriptor::on_host(t, |host| host.spawn(&command)).map_err(failed)?;
    state(t).children().insert(pid, command.program.to_string_lossy().into_owned());
    for (i, number) in own.keep().into_iter().enumerate() {
        t.vm().set_u32(t.get(streams), number_at(i), number as u32);
    }
    Ok(pid as i32)
}

/// The exception for a process that was not started; later releases say at which step.
#[cold]
fn refused(t: &Thread, error: Errno) -> Thrown {
    let step = match error.0 {
        libc::EMFILE | libc::ENFILE => "Bad file descriptor",
        _ => "Exec failed",
    };
    let message = match t.vm().config.release {
        ..=17 => format!("error={}, {}", error.0, error.message()),
        _ => format!("{step}, error: {} ({}) ", error.0, error.message()),
    };
    errors::io_text(t, &message)
}

type Pipes = [Option<Resource>; 3];

/// The child's standard streams, and our ends of those that are pipes.
fn open(t: &Thread, numbers: [i32; 3]) -> std::result::Result<(Vec<Arc<Resource>>, Pipes), Errno> {
    let mut child = Vec::new();
    let mut own = [None, None, None];
    for (i, number) in numbers.into_iter().enumerate() {
        if number != -1 {
            child.push(state(t).resources.get(number)?);
            continue;
        }
        let (read, write) = descriptor::on_host(t, |host| host.pipe())?;
        let (theirs, ours) = if i == 0 { (read, write) } else { (write, read) };
        child.push(Arc::new(Resource::new(ResourceKind::Pipe, theirs)));
        own[i] = Some(Resource::new(ResourceKind::Pipe, ours));
    }
    Ok((child, own))
}

/// Our ends of pipes in the table, -1 for none; taken out again unless they are kept.
struct Own<'t> {
    thread: &'t Thread,
    numbers: [i32; 3],
}

impl Own<'_> {
    fn new(t: &Thread, pipes: Pipes) -> std::result::Result<Own<'_>, Errno> {
        let mut own = Own { thread: t, numbers: [-1; 3] };
        for (number, pipe) in own.numbers.iter_mut().zip(pipes) {
            let Some(pipe) = pipe else { continue };
            *number = state(t).resources.insert(pipe)?;
        }
        Ok(own)
    }

    fn keep(mut self) -> [i32; 3] {
        std::mem::replace(&mut self.numbers, [-1; 3])
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        for number in self.numbers.into_iter().filter(|number| *number != -1) {
            // It was put in here; at worst somebody has closed a number that was not theirs.
            let _ = state(self.thread).resources.remove(number);
        }
    }
}

/// The contents of a `byte[]`.
fn bytes(t: &Thread, array: Handle) -> Result<Vec<u8>> {
    let mut bytes = vec![0; t.vm().array_len(non_null(t, array)?)];
    t.vm().read_bytes(t.get(array), ARRAY_DATA_OFFSET, &mut bytes);
    Ok(bytes)
}

/// The text up to the first zero.
fn first_text(mut bytes: Vec<u8>) -> OsString {
    bytes.truncate(bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len()));
    OsString::from_vec(bytes)
}

/// So many texts, each of which ends with a zero.
fn texts(bytes: Vec<u8>, count: i32) -> Vec<OsString> {
    let count = usize::try_from(count).unwrap_or(0);
    bytes.split(|b| *b == 0).take(count).map(|text| OsString::from_vec(text.to_vec())).collect()
}

/// `ProcessHandleImpl.waitForProcessExit0`
pub(super) fn wait_for_process_exit(t: &Thread, pid: i64, reap: bool) -> Result<i32> {
    let Ok(pid) = u32::try_from(pid) else { return Ok(NOT_A_CHILD) };
    let code = descriptor::on_host(t, |host| host.wait_process(pid, reap));
    if reap || code.is_err() {
        state(t).children().remove(&pid);
    }
    Ok(code.unwrap_or(NOT_A_CHILD))
}

/// `ProcessHandleImpl.destroy0`: whether the process that started then (0: whenever) was asked to end.
pub(super) fn destroy(t: &Thread, pid: i64, start: i64, force: bool) -> Result<bool> {
    let host = &*state(t).host;
    let actual = table::find(host, pid).map_or(-1, |p| p.start_millis);
    if start != actual && start != 0 && actual != 0 {
        return Ok(false);
    }
    Ok(u32::try_from(pid).is_ok_and(|pid| host.end_process(pid, force).is_ok()))
}
