//! Micro-benchmarks of a running VM: linking a class, calls between Rust and Java, allocation.
//!
//! `cargo bench -p rvm-benches`. Those of parsing are in `classfile/benches`, those of the collector on
//! its own in `gc/benches`; whole programs against another interpreter are in `benches/interp`.

use rvm::{Library, Settings, with_vm};
use vm::Thread;

/// Runs `f` on the main thread of a started VM with the machine's class library.
///
/// # Panics
/// If there is none, or it does not start.
pub fn on_a_vm<R: Send>(f: impl FnOnce(&Thread) -> R + Send) -> R {
    let settings = Settings::default();
    let library = Library::find(&settings).unwrap_or_else(|error| panic!("{error}"));
    with_vm(&settings, library, f).unwrap_or_else(|error| panic!("{error}"))
}
