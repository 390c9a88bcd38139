//! tmp
/// tmp
pub(crate) fn uses_ipv6(_s: &crate::State) -> bool { true }
/// Table.
pub fn natives() -> Vec<vm::NativeMethod> { Vec::new() }
