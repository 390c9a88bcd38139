//! The handler of the signals for missing memory. Signals belong to the process, and so do the two variables here.

use super::{access, processor};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// What is done at a signal that is not ours.
static BEFORE_BUS: OnceLock<libc::sigaction> = OnceLock::new();
static BEFORE_SEGV: OnceLock<libc::sigaction> = OnceLock::new();

fn before(signal: c_int) -> &'static OnceLock<libc::sigaction> {
    if signal == libc::SIGBUS { &BEFORE_BUS } else { &BEFORE_SEGV }
}

/// Installs the handler, once per process.
pub(super) fn install() {
    for signal in [libc::SIGBUS, libc::SIGSEGV] {
        before(signal).get_or_init(|| {
            // SAFETY: all structures are valid, and the handler does only what a handler may do. It runs on
            // the alternative stack where there is one, as the handler before it may need that.
            unsafe {
                let mut old: libc::sigaction = std::mem::zeroed();
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction =
                    on_fault as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                libc::sigemptyset(&raw mut action.sa_mask);
                libc::sigaction(signal, &raw const action, &raw mut old);
                old
            }
        });
    }
}

extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives valid structures, with the registers to go on with; after the change they are those
    // of a call of `rvm_guarded_fault`, see there.
    unsafe {
        let at = processor::instruction(&mut *context.cast::<libc::ucontext_t>());
        if (*info).si_code > 0
            && let Some(landing) = access::landing(*at as usize)
        {
            *at = landing as _;
            return;
        }
        // Somebody sent it, which ends the process. A fault comes again after the return, and does what it did.
        let sent = (*info).si_code <= 0;
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        if !sent && let Some(before) = before(signal).get() {
            action = *before;
        }
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        if sent {
            libc::raise(signal);
        }
    }
}
