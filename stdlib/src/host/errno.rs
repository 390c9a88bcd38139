//! Errors of host operations.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::io;

/// An error number of the operating system, as `errno.h` numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    /// Operation not permitted.
    pub const PERM: Errno = Errno(libc::EPERM);
    /// No such file or directory.
    pub const NOENT: Errno = Errno(libc::ENOENT);
    /// A signal came first: nothing was done. Host operations never retry by themselves, so that a thread that is to
    /// stop or to reach a safepoint can be woken; the caller looks for such a request and tries again.
    pub const INTR: Errno = Errno(libc::EINTR);
    /// Bad file descriptor.
    pub const BADF: Errno = Errno(libc::EBADF);
    /// The operation would block.
    pub const AGAIN: Errno = Errno(libc::EAGAIN);
    /// Permission denied.
    pub const ACCES: Errno = Errno(libc::EACCES);
    /// File exists.
    pub const EXIST: Errno = Errno(libc::EEXIST);
    /// Not a directory.
    pub const NOTDIR: Errno = Errno(libc::ENOTDIR);
    /// Is a directory.
    pub const ISDIR: Errno = Errno(libc::EISDIR);
    /// Invalid argument.
    pub const INVAL: Errno = Errno(libc::EINVAL);
    /// Too many open files.
    pub const MFILE: Errno = Errno(libc::EMFILE);
    /// Illegal seek.
    pub const SPIPE: Errno = Errno(libc::ESPIPE);
    /// Broken pipe.
    pub const PIPE: Errno = Errno(libc::EPIPE);
    /// Function not implemented.
    pub const NOSYS: Errno = Errno(libc::ENOSYS);
    /// No child process.
    pub const CHILD: Errno = Errno(libc::ECHILD);
    /// Directory not empty.
    pub const NOTEMPTY: Errno = Errno(libc::ENOTEMPTY);
    /// Too many levels of symbolic links.
    pub const LOOP: Errno = Errno(libc::ELOOP);
    /// File name too long.
    pub const NAMETOOLONG: Errno = Errno(libc::ENAMETOOLONG);

    /// Read-only file system.
    pub const ROFS: Errno = Errno(libc::EROFS);
    /// Input/output error.
    pub const IO: Errno = Errno(libc::EIO);
    /// Out of memory.
    pub const NOMEM: Errno = Errno(libc::ENOMEM);

    /// The text of `strerror`, which Java's exceptions show: `No such file or directory`.
    #[must_use]
    pub fn message(self) -> String {
        let mut buffer = [0_u8; 256];
        // SAFETY: the buffer is writable for the length given and ends up zero-terminated.
        let code =
            unsafe { libc::strerror_r(self.0, buffer.as_mut_ptr().cast::<c_char>(), buffer.len()) };
        match CStr::from_bytes_until_nul(&buffer) {
            Ok(text) if code == 0 || !text.is_empty() => text.to_string_lossy().into_owned(),
            _ => format!("Unknown error {}", self.0),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errno({}: {})", self.0, self.message())
    }
}

impl std::error::Error for Errno {}

impl From<rustix::io::Errno> for Errno {
    fn from(error: rustix::io::Errno) -> Errno {
        Errno(error.raw_os_error())
    }
}

impl From<io::Error> for Errno {
    /// Errors that the standard library makes up itself (a zero byte in a path) become "Invalid argument".
    fn from(error: io::Error) -> Errno {
        error.raw_os_error().map_or(Errno::INVAL, Errno)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_c_library() {
        assert_eq!(Errno::NOENT.message(), "No such file or directory");
        assert_eq!(Errno::ACCES.to_string(), "Permission denied");
        assert_eq!(Errno(123_456).message(), "Unknown error 123456");
        assert_eq!(Errno::from(io::Error::other("made up")), Errno::INVAL);
    }
}
