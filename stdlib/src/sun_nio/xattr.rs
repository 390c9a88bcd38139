//! `sun.nio.fs.UnixNativeDispatcher`: extended attributes of open files.

use super::memory::buffer;
use super::paths::checked;
use crate::java_io::descriptor::with;
use crate::unsafe_natives::memory;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use vm::{NativeMethod, Result, Thread};

fn name(t: &Thread, address: i64) -> Result<OsString> {
    Ok(OsString::from_vec(memory::text(t, address)?))
}

/// The value's length; without room only that.
fn get(t: &Thread, fd: i32, name_at: i64, value: i64, length: i32) -> Result<i32> {
    let name = name(t, name_at)?;
    let value = buffer(t, value, length.into())?;
    checked(t, with(t, fd, |host, fd| host.xattr(fd, &name, value))).map(|n| n as i32)
}

fn set(t: &Thread, fd: i32, name_at: i64, value: i64, length: i32) -> Result<()> {
    let name = name(t, name_at)?;
    let value = buffer(t, value, length.into())?;
    checked(t, with(t, fd, |host, fd| host.set_xattr(fd, &name, value)))
}

fn remove(t: &Thread, fd: i32, name_at: i64) -> Result<()> {
    let name = name(t, name_at)?;
    checked(t, with(t, fd, |host, fd| host.remove_xattr(fd, &name)))
}

fn list(t: &Thread, fd: i32, names: i64, length: i32) -> Result<i32> {
    let names = buffer(t, names, length.into())?;
    checked(t, with(t, fd, |host, fd| host.list_xattrs(fd, names))).map(|n| n as i32)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/fs/UnixNativeDispatcher" {
            "fgetxattr0" "(IJJI)I" => full get;
            "fsetxattr0" "(IJJI)V" => full set;
            "fremovexattr0" "(IJ)V" => full remove;
            "flistxattr" "(IJI)I" => full list;
        }
    }
}
