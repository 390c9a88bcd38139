//! `java.util.prefs.FileSystemPreferences`: permissions and locks of its files. Results are error numbers, 0 for none.

use crate::host::{Errno, LockKind, LockRange, OpenFlags};
use crate::java_io::descriptor::{close, on_host, open, with};
use crate::java_io::text;
use gc::ARRAY_DATA_OFFSET;
use std::path::PathBuf;
use vm::meta::BasicType;
use vm::{Handle, NativeMethod, Ref, Result, Thread, object};

const WHOLE_FILE: LockRange = LockRange { start: 0, length: 0 };

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/util/prefs/FileSystemPreferences" {
            "chmod" "(Ljava/lang/String;I)I" => full chmod;
            "lockFile0" "(Ljava/lang/String;IZ)[I" => full lock_file;
            "unlockFile0" "(I)I" => full unlock_file;
        }
    }
}

fn number_of(result: std::result::Result<(), Errno>) -> i32 {
    result.map_or_else(|error| error.0, |()| 0)
}

fn chmod(t: &Thread, path: Handle, mode: i32) -> Result<i32> {
    let path = text::path(t, path)?;
    Ok(number_of(on_host(t, |host| host.chmod(&path, mode as u32))))
}

/// A descriptor that holds the lock (or 0), and an error number.
fn lock_file(t: &Thread, path: Handle, mode: i32, shared: bool) -> Result<Ref> {
    let path = text::path(t, path)?;
    let (descriptor, error) = match locked(t, path, mode as u32, shared) {
        Ok(descriptor) => (descriptor, 0),
        Err(error) => (0, error.0),
    };
    let array = object::alloc_prim_array(t, BasicType::Int, 2)?;
    let bytes = [descriptor.to_ne_bytes(), error.to_ne_bytes()].concat();
    t.vm().write_bytes(array, ARRAY_DATA_OFFSET, &bytes);
    Ok(array)
}

fn locked(t: &Thread, path: PathBuf, mode: u32, shared: bool) -> std::result::Result<i32, Errno> {
    let (descriptor, kind) = if shared {
        (open(t, path, OpenFlags::READ, 0)?, LockKind::Shared)
    } else {
        (open_or_create(t, path, mode)?, LockKind::Exclusive)
    };
    match with(t, descriptor, |host, fd| host.lock(fd, WHOLE_FILE, kind, false)) {
        Ok(true) => Ok(descriptor),
        refused => {
            close(t, descriptor)?;
            Err(refused.err().unwrap_or(Errno::AGAIN))
        }
    }
}

/// A new file gets the permissions as they are, whatever the process's mask.
fn open_or_create(t: &Thread, path: PathBuf, mode: u32) -> std::result::Result<i32, Errno> {
    let flags = OpenFlags::READ_WRITE;
    let create = OpenFlags(flags.0 | OpenFlags::CREATE.0 | OpenFlags::EXCLUSIVE.0);
    match open(t, path.clone(), create, mode) {
        Ok(descriptor) => {
            with(t, descriptor, |host, fd| host.fchmod(fd, mode))?;
            Ok(descriptor)
        }
        Err(Errno::EXIST) => open(t, path, flags, 0),
        Err(error) => Err(error),
    }
}

/// Closing gives the lock back.
fn unlock_file(t: &Thread, descriptor: i32) -> Result<i32> {
    Ok(number_of(close(t, descriptor)))
}
