//! Natives of `jdk.internal`.

mod constant_pool;
mod loader;
mod misc;
mod perf;
mod reflect;
pub(crate) mod signal;
pub(crate) mod system_props;
mod vm_support;

/// Table.
pub fn natives() -> Vec<vm::NativeMethod> {
    let mut all = Vec::new();
    all.extend(constant_pool::natives());
    all.extend(loader::natives());
    all.extend(misc::natives());
    all.extend(perf::natives());
    all.extend(reflect::natives());
    all.extend(signal::natives());
    all.extend(system_props::natives());
    all.extend(vm_support::natives());
    all
}
