//! The functions in assembly, of which each processor has its own.

/// What they return, in two registers.
#[repr(C)]
pub(super) struct Outcome {
    pub value: u64,
    pub faulted: u64,
}

unsafe extern "C" {
    pub(super) fn rvm_guarded_load_1(at: *const u8) -> Outcome;
    pub(super) fn rvm_guarded_load_2(at: *const u8) -> Outcome;
    pub(super) fn rvm_guarded_load_4(at: *const u8) -> Outcome;
    pub(super) fn rvm_guarded_load_8(at: *const u8) -> Outcome;
    pub(super) fn rvm_guarded_store_1(at: *mut u8, value: u64) -> Outcome;
    pub(super) fn rvm_guarded_store_2(at: *mut u8, value: u64) -> Outcome;
    pub(super) fn rvm_guarded_store_4(at: *mut u8, value: u64) -> Outcome;
    pub(super) fn rvm_guarded_store_8(at: *mut u8, value: u64) -> Outcome;
    pub(super) fn rvm_guarded_exchange_4(at: *mut u8, old: u64, new: u64) -> Outcome;
    pub(super) fn rvm_guarded_exchange_8(at: *mut u8, old: u64, new: u64) -> Outcome;
    pub(super) fn rvm_guarded_fill(to: *mut u8, value: u64, bytes: usize) -> Outcome;
    pub(super) fn rvm_guarded_copy(to: *mut u8, from: *const u8, bytes: usize) -> Outcome;
    fn rvm_guarded_start();
    fn rvm_guarded_end();
    fn rvm_guarded_fault();
}

/// Where a thread that faulted at the instruction `at` has to go on, if the instruction is one of those above.
pub(super) fn landing(at: usize) -> Option<usize> {
    let address = |label: unsafe extern "C" fn()| label as usize;
    let guarded = address(rvm_guarded_start)..address(rvm_guarded_end);
    guarded.contains(&at).then_some(address(rvm_guarded_fault))
}
