//! `sun.nio.ch.IOUtil` and `NativeThread`.

use super::file_dispatcher::status;
use super::memory::MAX_BUFFERS;
use crate::host::{Errno, Resource, ResourceKind};
use crate::java_io::descriptor::{number, on_host, once, set_number, with};
use crate::java_io::{errors, nop};
use crate::state;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Result, Thread, exceptions};

/// `randomBytes`: of other systems.
fn random_bytes(t: &Thread, _bytes: Handle) -> Result<bool> {
    Err(exceptions::throw_bare(t, "java/lang/UnsupportedOperationException"))
}

/// `makePipe`: the numbers of the end to read from (in the high half) and to write to.
fn make_pipe(t: &Thread, blocking: bool) -> Result<i64> {
    let table = &state(t).resources;
    let made = on_host(t, |host| {
        let (read, write) = host.pipe()?;
        if !blocking {
            host.set_non_blocking(&read, true)?;
            host.set_non_blocking(&write, true)?;
        }
        Ok((read, write))
    });
    let numbers = made.and_then(|(read, write)| {
        let read = table.insert(Resource::new(ResourceKind::Pipe, read))?;
        match table.insert(Resource::new(ResourceKind::Pipe, write)) {
            Ok(write) => Ok((read, write)),
            Err(error) => {
                drop(table.remove(read));
                Err(error)
            }
        }
    });
    match numbers {
        Ok((read, write)) => Ok(i64::from(read) << 32 | i64::from(write)),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// `write1`: one byte.
fn write1(t: &Thread, n: i32, byte: i8) -> Result<i32> {
    let done = once(t, n, |host, fd| host.write(fd, &[byte as u8]));
    super::file_dispatcher::written(t, done).map(|n| n as i32)
}

/// `drain`: reads all that is there; whether there was anything.
fn drain(t: &Thread, n: i32) -> Result<bool> {
    let mut buffer = [0; 1024];
    let mut any = false;
    loop {
        match with(t, n, |host, fd| host.read(fd, &mut buffer)) {
            Ok(0) | Err(Errno::AGAIN) => return Ok(any),
            Ok(count) if count < buffer.len() => return Ok(true),
            Ok(_) => any = true,
            Err(error) => return Err(errors::io(t, error)),
        }
    }
}

/// `drain1`: reads one byte; how many there were.
fn drain1(t: &Thread, n: i32) -> Result<i32> {
    match once(t, n, |host, fd| host.read(fd, &mut [0])) {
        Ok(count) => Ok(count as i32),
        Err(Errno::AGAIN) => Ok(0),
        Err(Errno::INTR) => Ok(status::INTERRUPTED as i32),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn configure_blocking(t: &Thread, fd: Handle, blocking: bool) -> Result<()> {
    let n = number(t, fd)?;
    with(t, n, |host, fd| host.set_non_blocking(fd, !blocking))
        .map_err(|error| errors::io(t, error))
}

fn fd_limit(t: &Thread) -> Result<i32, Retry> {
    Ok(i32::try_from(state(t).resources.limit()).unwrap_or(i32::MAX))
}

fn iov_max(_: &Thread) -> Result<i32, Retry> {
    Ok(MAX_BUFFERS)
}

/// `writevMax`: bytes, not limited by the system.
fn writev_max(_: &Thread) -> Result<i64, Retry> {
    Ok(i64::from(i32::MAX))
}

/// `NativeThread.supportPendingSignals0`
fn no(_: &Thread) -> Result<bool, Retry> {
    Ok(false)
}

/// `NativeThread.current`: a number that a saved thread keeps, not the system's.
fn current_thread(t: &Thread) -> Result<i64, Retry> {
    Ok(t.shared.serial as i64)
}

/// `NativeThread.signal`
fn signal(t: &Thread, serial: i64) -> Result<()> {
    if let Some(shared) = t.vm().threads.by_serial(serial as u64) {
        state(t).host.interrupt_thread(shared.os_id().into());
    }
    Ok(())
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/IOUtil" {
            "initIDs" "()V" => leaf nop;
            "randomBytes" "([B)Z" => full random_bytes;
            "makePipe" "(Z)J" => full make_pipe;
            "write1" "(IB)I" => full write1;
            "drain" "(I)Z" => full drain;
            "drain1" "(I)I" => full drain1;
            "configureBlocking" "(Ljava/io/FileDescriptor;Z)V" => full configure_blocking;
            "fdVal" "(Ljava/io/FileDescriptor;)I" => full number;
            "setfdVal" "(Ljava/io/FileDescriptor;I)V" => full set_number;
            "fdLimit" "()I" => leaf fd_limit;
            "iovMax" "()I" => leaf iov_max;
            "writevMax" "()J" => leaf writev_max;
        }
        "sun/nio/ch/NativeThread" {
            "init" "()V" => leaf nop;
            "current" "()J" => leaf current_thread;
            "signal" "(J)V" => full signal;
            "current0" "()J" => leaf current_thread;
            "signal0" "(J)V" => full signal;
            "supportPendingSignals0" "()Z" => leaf no;
        }
    }
}
