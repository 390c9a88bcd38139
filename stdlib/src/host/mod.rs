//! The only door to the operating system.
//!
//! Everything that a guest learns from or does to the outside goes through [`Host`]. [`OsHost`] does all of it
//! without asking; a host with a policy wraps it, looks at the [`Operation`] that each method documents, and refuses
//! with [`Errno::PERM`] or goes on.
//!
//! *Architecture invariants.* Operations take and give plain Rust values and never know about Java. What is named by
//! a path, a variable or a host name needs a right; what works on an open [`Fd`] does not, as the right was shown
//! when it was opened. A guest never sees an OS descriptor: its numbers are indices into its [`ResourceTable`]. No
//! operation retries after a signal (see [`Errno::INTR`]), so that a blocked thread can always be woken.

mod api;
mod errno;
mod fd;
mod notes;
mod operation;
mod os;
pub mod packed;
mod processes;
mod saving;
#[cfg(test)]
pub(crate) mod scratch;
mod signals;
mod sink;
mod sockets;
mod system_api;
mod table;
mod types;

pub use api::{Descriptors, FileSystem, Memory};
pub use errno::Errno;
pub use fd::{DirStream, Fd};
pub use notes::{Notes, SetOption};
pub use operation::{Operation, Right};
pub use os::OsHost;
pub use processes::{Command, Processes};
pub use saving::{EpollWatch, Saving, StreamState};
pub use signals::{SignalAction, Signals};
pub use sink::Sink;
pub use sockets::{EpollChange, EpollEvent, SocketAddress, SocketFamily, SocketKind, Sockets};
pub use system_api::{
    AddressFamily, Clock, CpuTicks, Interface, InterfaceAddress, LocaleInfo, LocaleName,
    MemoryInfo, Names, ResolveError, ResolvedAddress, System, SystemInfo, TimeZoneSource, UserInfo,
};
pub use table::{Handle, Resource, ResourceKind, ResourceTable};
pub use types::{
    AccessMode, DirEntry, FileSystemInfo, Links, LockKind, LockRange, MapAccess, OpenFlags,
    PollEntry, SetTime, Stat, Timestamp,
};

/// All host operations together; `&dyn Host` offers the methods of each part.
pub trait Host:
    FileSystem
    + Descriptors
    + Memory
    + Clock
    + System
    + Names
    + Processes
    + Sockets
    + Saving
    + Signals
    + Send
    + Sync
{
}

impl<T> Host for T where
    T: FileSystem
        + Descriptors
        + Memory
        + Clock
        + System
        + Names
        + Processes
        + Sockets
        + Saving
        + Signals
        + Send
        + Sync
{
}
