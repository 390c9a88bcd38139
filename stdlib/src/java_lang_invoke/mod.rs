//! placeholder
/// Table.
pub fn natives() -> Vec<vm::NativeMethod> {
    Vec::new()
}
