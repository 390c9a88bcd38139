//! Extended attributes of open files.

use std::ffi::OsStr;

use rustix::fs::{self, XattrFlags};

use crate::host::{Errno, Fd};

pub(super) fn get(fd: &Fd, name: &OsStr, value: &mut [u8]) -> Result<usize, Errno> {
    Ok(fs::fgetxattr(fd, name, value)?)
}

pub(super) fn set(fd: &Fd, name: &OsStr, value: &[u8]) -> Result<(), Errno> {
    Ok(fs::fsetxattr(fd, name, value, XattrFlags::empty())?)
}

pub(super) fn remove(fd: &Fd, name: &OsStr) -> Result<(), Errno> {
    Ok(fs::fremovexattr(fd, name)?)
}

pub(super) fn list(fd: &Fd, names: &mut [u8]) -> Result<usize, Errno> {
    Ok(fs::flistxattr(fd, names)?)
}
