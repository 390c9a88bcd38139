//! Natives of `java.lang.reflect`, and what else makes or calls members by reflection.

mod array;
mod executable;
pub(crate) mod invoke;
pub(crate) mod make;

/// Table.
pub fn natives() -> Vec<vm::NativeMethod> {
    let mut all = array::natives();
    all.extend(executable::natives());
    all
}
