//! Natives of `sun.nio.ch` and `sun.nio.fs`, and of `java.nio`'s mapped buffers.
//!
//! Buffers and path names arrive as addresses of off-heap memory, which does not move: what blocks
//! works on them directly. Reads and writes are not repeated after a signal: their Java callers look
//! whether the channel was closed and come again. Who closes a channel first puts a dead socket behind
//! the descriptor, then signals who is blocked in it: thus nobody is missed.

mod attributes;
mod datagram;
mod file_channel;
mod file_dispatcher;
mod inherited;
mod io_util;
mod mapped;
mod memory;
mod mounts;
mod multicast;
mod net;
mod net_constants;
pub(crate) mod net_errors;
mod net_options;
mod open_flags;
mod paths;
mod selectors;
mod socket_dispatcher;
mod unix_dispatcher;
mod unix_domain;
mod watch;
mod xattr;

pub(crate) use file_channel::{Mapping, mappings};
pub(crate) use mounts::open_mount_tables;
pub(crate) use net::listen_on;
pub(crate) use net_options::{int_option, set_int_option};

use vm::NativeMethod;

/// What these natives of a guest remember.
#[derive(Default)]
pub struct NioState {
    attributes: attributes::Places,
    mounts: mounts::MountTables,
    open_flags: open_flags::ForAArch64,
    dead_socket: std::sync::OnceLock<crate::host::Fd>,
    /// Mapped files, by their distance from the guest's base.
    pub(crate) mappings: std::sync::Mutex<std::collections::BTreeMap<u64, Mapping>>,
}

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = file_dispatcher::natives();
    all.extend(file_channel::natives());
    all.extend(io_util::natives());
    all.extend(mapped::natives());
    all.extend(mounts::natives());
    all.extend(datagram::natives());
    all.extend(inherited::natives());
    all.extend(multicast::natives());
    all.extend(net::natives());
    all.extend(net_constants::natives());
    all.extend(selectors::natives());
    all.extend(socket_dispatcher::natives());
    all.extend(unix_domain::natives());
    all.extend(paths::natives());
    all.extend(unix_dispatcher::natives());
    all.extend(watch::natives());
    all.extend(xattr::natives());
    all
}
