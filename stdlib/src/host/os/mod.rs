//! The host that does what it is asked: system calls of Linux.

mod canonical;
mod cgroup;
mod clock;
mod descriptors;
mod files;
mod locale;
mod memory;
mod names;
mod system;
mod time_zone;

/// The unrestricted host. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsHost;
