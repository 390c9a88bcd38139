//! Natives of `sun.nio.ch` for files, of `sun.nio.fs`, and of `java.nio`'s mapped buffers.
//!
//! Buffers and path names arrive as addresses of off-heap memory, which does not move: what blocks
//! works on them directly. Reads and writes are not repeated after a signal: their Java callers look
//! whether the channel was closed and come again. Sockets and selectors are not here yet.

mod attributes;
mod file_channel;
mod file_dispatcher;
mod io_util;
mod mapped;
mod memory;
mod mounts;
mod net;
mod paths;
mod unix_dispatcher;
mod watch;
mod xattr;

use vm::NativeMethod;

/// What these natives of a guest remember.
#[derive(Default)]
pub struct NioState {
    attributes: attributes::Places,
    mounts: mounts::MountTables,
}

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = file_dispatcher::natives();
    all.extend(file_channel::natives());
    all.extend(io_util::natives());
    all.extend(mapped::natives());
    all.extend(mounts::natives());
    all.extend(net::natives());
    all.extend(paths::natives());
    all.extend(unix_dispatcher::natives());
    all.extend(watch::natives());
    all.extend(xattr::natives());
    all
}
