//! The accesses for x86-64, with the calling convention of System V: arguments in `rdi`, `rsi`, `rdx`, an
//! [`Outcome`] in `rax` and `rdx`.

use super::Outcome;
use std::arch::global_asm;

// All between the first and the last label may fault, and nothing of it touches the stack before it returns, so
// that the handler can go on at `rvm_guarded_fault` as if that had been called.
global_asm!(
    ".pushsection .text.rvm_guarded, \"ax\", @progbits",
    ".p2align 4",
    ".global rvm_guarded_start",
    ".hidden rvm_guarded_start",
    "rvm_guarded_start:",
    ".macro rvm_guarded name",
    ".p2align 4",
    ".global \\name",
    ".hidden \\name",
    "\\name:",
    ".endm",
    "rvm_guarded rvm_guarded_load_1",
    "movzx eax, byte ptr [rdi]",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_load_2",
    "movzx eax, word ptr [rdi]",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_load_4",
    "mov eax, dword ptr [rdi]",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_load_8",
    "mov rax, qword ptr [rdi]",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_store_1",
    "mov byte ptr [rdi], sil",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_store_2",
    "mov word ptr [rdi], si",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_store_4",
    "mov dword ptr [rdi], esi",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_store_8",
    "mov qword ptr [rdi], rsi",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_exchange_4",
    "mov eax, esi",
    "lock cmpxchg dword ptr [rdi], edx",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_exchange_8",
    "mov rax, rsi",
    "lock cmpxchg qword ptr [rdi], rdx",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_fill",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "xor edx, edx",
    "ret",
    "rvm_guarded rvm_guarded_copy",
    "mov rcx, rdx",
    "rep movsb",
    "xor edx, edx",
    "ret",
    ".global rvm_guarded_end",
    ".hidden rvm_guarded_end",
    "rvm_guarded_end:",
    "rvm_guarded rvm_guarded_fault",
    "mov edx, 1",
    "ret",
    ".purgem rvm_guarded",
    ".popsection",
);

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
