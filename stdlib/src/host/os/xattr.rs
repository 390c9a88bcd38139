//! Extended attributes of open files.

use std::ffi::OsStr;

use rustix::fs::{self, XattrFlags};

use crate::host::{Errno, Fd};

pub(super) fn get(fd: &Fd, name: &OsStr, value: &mut [u8]) -> Result<usize, Errno> {
    Ok(if value.is_empty() {
        fs::fgetxattr_query(fd, name)
    } else {
        fs::fgetxattr(fd, name, value)
    }?)
}

pub(super) fn set(fd: &Fd, name: &OsStr, value: &[u8]) -> Result<(), Errno> {
    Ok(fs::fsetxattr(fd, name, value, XattrFlags::empty())?)
}

pub(super) fn remove(fd: &Fd, name: &OsStr) -> Result<(), Errno> {
    Ok(fs::fremovexattr(fd, name)?)
}

pub(super) fn list(fd: &Fd, names: &mut [u8]) -> Result<usize, Errno> {
    Ok(if names.is_empty() { fs::flistxattr_query(fd) } else { fs::flistxattr(fd, names) }?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;
    use crate::host::{FileSystem, OpenFlags, OsHost};

    #[test]
    fn values_and_lengths() {
        let scratch = ScratchDir::new();
        let flags = OpenFlags::READ_WRITE | OpenFlags::CREATE;
        let fd = OsHost.open(&scratch.join("f"), flags, 0o600).expect("open");
        let name = OsStr::new("user.key");
        if set(&fd, name, b"value").is_err() {
            return; // The file system has none.
        }
        let mut value = [0; 10];
        assert_eq!((get(&fd, name, &mut []), get(&fd, name, &mut value)), (Ok(5), Ok(5)));
        assert_eq!(&value[..5], b"value");
        assert!(list(&fd, &mut []).expect("names") >= 9);
        remove(&fd, name).expect("remove");
        assert!(get(&fd, name, &mut value).is_err());
    }
}
