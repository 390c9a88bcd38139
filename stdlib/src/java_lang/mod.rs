//! Natives of `java.lang`, `java.lang.ref` and `java.security`, which see the stack alike.

mod access_controller;
mod arraycopy;
pub(crate) mod class;
mod class_loader;
mod live_frames;
mod module;
mod object;
pub(crate) mod process;
mod reference;
mod stack_walk;
mod strict_math;
pub(crate) mod support;
mod system;
mod text;
pub(crate) mod thread;
mod throwable;
mod virtual_thread;

/// Table.
pub fn natives() -> Vec<vm::NativeMethod> {
    let mut all = Vec::new();
    all.extend(object::natives());
    all.extend(class::natives());
    all.extend(class_loader::natives());
    all.extend(module::natives());
    all.extend(system::natives());
    all.extend(text::natives());
    all.extend(strict_math::natives());
    all.extend(thread::natives());
    all.extend(throwable::natives());
    all.extend(virtual_thread::natives());
    all.extend(stack_walk::natives());
    all.extend(access_controller::natives());
    all.extend(reference::natives());
    all.extend(process::natives());
    all
}
