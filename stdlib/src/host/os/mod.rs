//! The host that does what it is asked: system calls of Linux.

mod canonical;
mod cgroup;
mod clock;
mod descriptors;
mod files;
mod interfaces;
mod locale;
mod memory;
mod names;
mod processes;
mod saving;
mod signals;
mod sockets;
mod system;
mod threads;
mod time_zone;
mod xattr;

use std::path::Path;
use std::sync::Arc;

use super::packed::PackedFiles;

/// The unrestricted host. It has no state but the files that the program may have brought along.
#[derive(Debug, Clone, Default)]
pub struct Os {
    packed: Option<Arc<PackedFiles>>,
}

/// The host itself; its type and, as with a struct without fields, its value.
pub type OsHost = Os;

/// The host of a program that has brought nothing along.
#[allow(
    non_upper_case_globals,
    reason = "the value is called as the type, as with a struct without fields"
)]
pub const OsHost: Os = Os { packed: None };

impl Os {
    /// The host of a program that has brought files along.
    #[must_use]
    pub fn with_packed(files: Arc<PackedFiles>) -> Os {
        Os { packed: Some(files) }
    }

    /// Those files, if `path` names a place among them.
    #[inline]
    fn packed(&self, path: &Path) -> Option<&Arc<PackedFiles>> {
        self.packed.as_ref().filter(|_| PackedFiles::has(path))
    }
}
