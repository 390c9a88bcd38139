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

/// The unrestricted host. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsHost;
