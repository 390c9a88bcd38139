//! The end of a guest whose process goes on.
//!
//! Every thread is asked to end at its next poll and woken from what it waits for. It then leaves all its frames: no
//! handler catches that, no `finally` runs, and calls of Java from Rust fail at once. System calls are broken off; where that
//! does not help, a thread ends later, and owns the VM ([`crate::vm::Vm::into_shared`]), so nothing is freed under it.

use super::futex::Deadline;
use super::lifecycle;
use super::safepoint::poll_bit;
use super::threads::Threads;
use crate::exceptions;
use crate::native::Thrown;
use crate::thread::Thread;
use crate::vm::{ExitMode, Vm};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long the end of the process waits for running threads to stop.
const HALT_PATIENCE_MILLIS: i64 = 500;
/// How often system calls are broken off. The first time is early: most threads are not in one.
const INTERRUPT_EVERY: Duration = Duration::from_millis(1);

/// The exit code of a guest that has one.
#[derive(Default)]
pub(super) struct ExitCode(OnceLock<i32>);

/// Asks all threads of a VM to end. To be called by any thread, also one that is no thread of the VM.
pub fn end(vm: &Vm) {
    vm.threads.end_all();
    vm.references.wake();
}

/// `Shutdown.halt0`: ends the process, or the guest if its process is to go on. Other threads run no Java from here on:
/// they stop at their next poll or stay blocked. The answer is what lets the calling thread end.
pub fn halt(t: &Thread, code: i32) -> Thrown {
    let threads = &t.vm().threads;
    if t.vm().config.exit == ExitMode::Process {
        threads.stop_for_good(t, Deadline::after_millis(HALT_PATIENCE_MILLIS));
        std::process::exit(code)
    }
    // The first one counts.
    let _ = threads.exit_code.0.set(code);
    end(t.vm());
    exceptions::ended(t)
}

/// Begins a call into a guest from the OS thread that has the guest's `Thread` now. Ends with [`leave`].
pub fn enter(t: &Thread) {
    lifecycle::board(t);
}

/// Ends what [`enter`] began: other threads of the guest need not wait for this one.
pub fn leave(t: &Thread) {
    t.vm().threads.safepoint.enter_blocked(&t.shared);
}

/// Ends a guest, of which the calling OS thread has the `Thread` that calls come in through (after [`leave`]). Waits up
/// to `patience` for the other threads; what remains then ends by itself later. `interrupt` breaks off the system call
/// that the OS thread with a number is in. Answers whether all have ended.
pub fn dispose(
    vm: Arc<Vm>,
    thread: Box<Thread>,
    patience: Duration,
    interrupt: &dyn Fn(u32),
) -> bool {
    end(&vm);
    vm.threads.safepoint.leave_blocked(&thread.shared);
    lifecycle::detach(thread);
    vm.threads.wait_until_none(patience, interrupt)
}

impl Threads {
    /// The code with which the guest has ended itself.
    pub fn exit_code(&self) -> Option<i32> {
        self.exit_code.0.get().copied()
    }

    /// Whether the guest's threads are to end.
    pub fn is_ending(&self) -> bool {
        self.safepoint.is_ending()
    }

    fn end_all(&self) {
        // A thread that is made from now on sees this when it becomes reachable.
        self.safepoint.set_ending();
        for dormant in self.dormant.drain() {
            self.unregister(&dormant);
        }
        for shared in self.lock().slots.iter().flatten() {
            // SAFETY: a thread is freed only after it has left the registry, whose mutex is held.
            if let Some(poll) = unsafe { super::threads::poll_of(shared) } {
                poll.fetch_or(poll_bit::END, Ordering::SeqCst);
            }
            shared.requests.end();
            shared.event.unpark();
            shared.parker.unpark();
        }
    }

    fn wait_until_none(&self, patience: Duration, interrupt: &dyn Fn(u32)) -> bool {
        let until = Instant::now() + patience;
        let mut next_interrupt = Instant::now() + INTERRUPT_EVERY;
        let mut registry = self.lock();
        while registry.live > 0 {
            let now = Instant::now();
            if now >= until {
                return false;
            }
            if now >= next_interrupt {
                // Threads in the registry have not ended, so each number is still that thread's.
                let running = registry.slots.iter().flatten().map(|shared| shared.os_id());
                running.filter(|&os_id| os_id != 0).for_each(interrupt);
                next_interrupt = now + INTERRUPT_EVERY;
            }
            let waited = self.ended.wait_timeout(registry, next_interrupt.min(until) - now);
            registry = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Thread {
    /// Whether this thread is to end: see [`end`].
    #[inline(always)]
    pub fn is_ending(&self) -> bool {
        self.poll.load(Ordering::Relaxed) & poll_bit::END != 0
    }
}
