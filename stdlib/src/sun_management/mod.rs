//! Natives of `java.management` and `jdk.management`: what monitoring asks a VM.
//!
//! What is not measured is said to be unsupported, or -1 where the interface allows it. Pools and collectors have the
//! names of HotSpot's serial collector, by which monitoring programs know them.

mod dump;
mod flags;
mod memory;
mod platform;
mod runtime;
mod snapshot;
mod threads;

pub(crate) use dump::print_thread_dump;
pub(crate) use platform::Loads;

/// Table.
pub fn natives() -> Vec<vm::NativeMethod> {
    let mut all = runtime::natives();
    all.extend(memory::natives());
    all.extend(threads::natives());
    all.extend(platform::natives());
    all.extend(flags::natives());
    all.extend(snapshot::natives());
    all
}
