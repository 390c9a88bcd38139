//! `FileDescriptor`: numbers of the guest's resource table, and doing something with what is behind.

use super::errors;
use crate::host::{Errno, Fd, Host, OpenFlags, Resource, ResourceKind};
use crate::state;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vm::native::Retry;
use vm::sync::{Deadline, Effect};
use vm::{Handle, Result, Thread, exceptions};

/// The number in a `FileDescriptor` object; -1 if it is closed.
///
/// # Errors
/// `NullPointerException`.
#[inline]
pub(crate) fn number(t: &Thread, descriptor: Handle) -> Result<i32> {
    let at = state(t).io.offsets.descriptor_fd(t)?;
    let r = t.get(descriptor);
    if r.is_null() {
        return Err(exceptions::npe(t));
    }
    Ok(t.vm().get_u32(r, at) as i32)
}

/// Sets the number in a `FileDescriptor` object.
///
/// # Errors
/// `NullPointerException`.
pub(crate) fn set_number(t: &Thread, descriptor: Handle, number: i32) -> Result<()> {
    let at = state(t).io.offsets.descriptor_fd(t)?;
    let r = t.get(descriptor);
    if r.is_null() {
        return Err(exceptions::npe(t));
    }
    t.vm().set_u32(r, at, number as u32);
    Ok(())
}

/// The number in the descriptor that the field at `field` of a stream holds; -1 without one.
#[inline]
pub(crate) fn number_in(t: &Thread, holder: Handle, field: u32) -> Result<i32> {
    let at = state(t).io.offsets.descriptor_fd(t)?;
    let descriptor = t.vm().get_ref(t.get(holder), field);
    if descriptor.is_null() { Ok(-1) } else { Ok(t.vm().get_u32(descriptor, at) as i32) }
}

/// Does something with an open descriptor, as blocked; once, so that a signal shows.
#[inline]
pub(crate) fn once<R>(
    t: &Thread,
    number: i32,
    operation: impl FnOnce(&dyn Host, &Fd) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let resource = state(t).resources.get(number)?;
    let fd = resource.fd()?;
    let host = &*state(t).host;
    call(t, || operation(host, fd))
}

/// As [`once`], again after each signal. Coming back from being blocked in between, the thread
/// takes part in safepoints.
#[inline]
pub(crate) fn with<R>(
    t: &Thread,
    number: i32,
    mut operation: impl FnMut(&dyn Host, &Fd) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let resource = state(t).resources.get(number)?;
    let fd = resource.fd()?;
    let host = &*state(t).host;
    again(t, || operation(host, fd))
}

/// Does something with the host, as blocked, until no signal disturbs it.
#[inline]
pub(crate) fn on_host<R>(
    t: &Thread,
    mut operation: impl FnMut(&dyn Host) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let host = &*state(t).host;
    again(t, || operation(host))
}

/// Makes a system call. If a signal breaks it off, it has done nothing: that is what host operations promise.
#[inline]
fn call<R>(t: &Thread, operation: impl FnOnce() -> Result<R, Errno>) -> Result<R, Errno> {
    let broken_off = |result: &Result<R, Errno>| matches!(result, Err(Errno::INTR));
    t.system_call(Effect::Acts, operation, Result::is_err, broken_off)
}

/// When a native gives up that waits up to so many milliseconds, a negative number being for ever.
pub(crate) fn deadline(t: &Thread, millis: i64) -> Deadline {
    t.call_deadline(if millis < 0 { Deadline::Never } else { Deadline::after_millis(millis) })
}

/// What is left until a deadline; nothing means for ever.
pub(crate) fn time_left(deadline: Deadline) -> Option<Duration> {
    deadline.nanos_left().map(|nanos| Duration::from_nanos(nanos.unsigned_abs()))
}

/// Waits as blocked, up to a deadline, with a host operation that only looks; once, so that a signal shows. The operation is
/// given the time that is left.
pub(crate) fn wait_once<R>(
    t: &Thread,
    deadline: Deadline,
    operation: impl FnOnce(&dyn Host, Option<Duration>) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let host = &*state(t).host;
    let left = time_left(deadline);
    t.until(deadline, || {
        t.system_call(Effect::Looks, || operation(host, left), Result::is_err, |_| false)
    })
}

/// Does something that takes time and has no effect that could not be had again, as blocked.
pub(crate) fn look<R>(t: &Thread, operation: impl FnOnce() -> R) -> R {
    t.system_call(Effect::Looks, operation, |_| false, |_| false)
}

#[inline]
fn again<R>(t: &Thread, mut operation: impl FnMut() -> Result<R, Errno>) -> Result<R, Errno> {
    loop {
        match call(t, &mut operation) {
            // Who ends the guest's threads breaks off what they are blocked in.
            Err(Errno::INTR) if !t.is_ending() => {}
            result => return result,
        }
    }
}

/// Opens a file and puts it into the table.
pub(crate) fn open(t: &Thread, path: PathBuf, flags: OpenFlags, mode: u32) -> Result<i32, Errno> {
    let fd = on_host(t, |host| host.open(&path, flags, mode))?;
    state(t).resources.insert(Resource::file(fd, path, flags))
}

/// As [`open`], but a directory is refused even for reading.
pub(crate) fn open_file(t: &Thread, path: PathBuf, flags: OpenFlags) -> Result<i32, Errno> {
    let fd = on_host(t, |host| {
        let fd = host.open(&path, flags, 0o666)?;
        if host.fstat(&fd)?.is_directory() {
            return Err(Errno::ISDIR);
        }
        Ok(fd)
    })?;
    state(t).resources.insert(Resource::file(fd, path, flags))
}

/// Takes a number out of the table and closes what was behind, now if nobody uses it.
pub(crate) fn close(t: &Thread, number: i32) -> Result<(), Errno> {
    let resource = state(t).resources.remove(number)?;
    let host = &*state(t).host;
    t.blocked(|| match Arc::into_inner(resource).map(|it| it.handle) {
        // A call broken off by a signal has closed it all the same.
        Some(crate::host::Handle::Fd(fd)) => match host.close(fd) {
            Err(Errno::INTR) => Ok(()),
            result => result,
        },
        _ => Ok(()),
    })
}

/// `FileDescriptor.getHandle`: of Windows.
pub(crate) fn get_handle(_: &Thread, _number: i32) -> Result<i64, Retry> {
    Ok(-1)
}

/// `FileDescriptor.getAppend`
pub(crate) fn get_append(t: &Thread, number: i32) -> Result<bool> {
    let flags = once(t, number, |host, fd| host.status_flags(fd));
    Ok(flags.is_ok_and(|flags| flags.contains(OpenFlags::APPEND)))
}

/// Closes as `java.io` does: the numbers of the standard streams stay taken, by the null device.
fn close_stream(t: &Thread, number: i32) -> Result<()> {
    let result = match number {
        0..=2 => close_standard(t, number),
        _ => close(t, number),
    };
    result.map_err(|error| errors::io(t, error))
}

fn close_standard(t: &Thread, number: i32) -> Result<(), Errno> {
    let null = Path::new("/dev/null");
    let flags = if number == 0 { OpenFlags::READ } else { OpenFlags::WRITE };
    let opened = on_host(t, |host| match host.open(null, flags, 0) {
        // Without the right to open it, a pipe that nobody writes to or reads from will do.
        Err(Errno::PERM | Errno::ACCES | Errno::NOENT) => {
            let (read, write) = host.pipe()?;
            Ok(if number == 0 { read } else { write })
        }
        result => result,
    })?;
    let resource =
        Resource { kind: ResourceKind::Stdio, ..Resource::file(opened, null.into(), flags) };
    drop(state(t).resources.replace(number, resource)?);
    Ok(())
}

/// `FileDescriptor.close0`
pub(crate) fn close0(t: &Thread, this: Handle) -> Result<()> {
    let n = number(t, this)?;
    if n == -1 {
        return Ok(());
    }
    // First, so that the number is not used once another file may have it.
    set_number(t, this, -1)?;
    close_stream(t, n)
}

/// `FileCleanable.cleanupClose0`
pub(crate) fn cleanup_close0(t: &Thread, number: i32, _handle: i64) -> Result<()> {
    if number == -1 { Ok(()) } else { close_stream(t, number) }
}

/// `FileDescriptor.sync`
pub(crate) fn sync(t: &Thread, this: Handle) -> Result<()> {
    let n = number(t, this)?;
    with(t, n, |host, fd| host.sync(fd, false))
        .map_err(|_| exceptions::throw(t, "java/io/SyncFailedException", "sync failed"))
}
