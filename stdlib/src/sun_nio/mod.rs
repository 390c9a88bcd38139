//! tmp
/// tmp
#[derive(Default)]
pub struct MountTables;
/// Table.
pub fn natives() -> Vec<vm::NativeMethod> { Vec::new() }
