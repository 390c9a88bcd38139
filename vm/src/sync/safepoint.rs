//! Stopping the world: the protocol between threads that run Java and one that needs them still.
//!
//! A thread is in one of two situations that matter here. `IN_VM`: it runs Java or VM code, may touch
//! the heap, and promises to poll soon. `BLOCKED`: it is in the operating system or waits at a
//! poll, touches nothing of the guest, and on its way back waits while the world is stopped.
//!
//! # Why it is sound
//!
//! Leaving `BLOCKED` and stopping the world are two sides of Dekker's protocol, with sequentially
//! consistent accesses on both:
//!
//! ```text
//! thread:  state = IN_VM;   if stopping { state = BLOCKED; wait; again }
//! stopper: stopping = 1;    for each thread: wait until state != IN_VM
//! ```
//!
//! In the total order of these accesses either the thread's load comes after `stopping = 1`, then it
//! goes back; or before, then its store of `IN_VM` precedes the stopper's load of the state and the
//! stopper waits for it. The stopper's load of `BLOCKED` reads from the thread's store of it, so all
//! that the thread did to the heap happens before what the stopper does; the thread's load of
//! `stopping == 0` reads from the stopper's release of the world (or, if from an older one, the
//! first case held), so what the stopper did happens before what the thread does next.
//!
//! The set of threads changes only by hands of threads that are `IN_VM`, or that hold the `world`
//! mutex: a stopped world has a fixed set of threads.

use super::futex::{self, Deadline};
use super::requests;
use super::threads::Threads;
use crate::exceptions;
use crate::native::Result;
use crate::thread::{Thread, ThreadShared};
use gc::NoGc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Values of [`ThreadShared::state`].
pub mod state {
    /// Made, but its OS thread does not run yet; counts as `BLOCKED`.
    pub const NEW: u32 = 0;
    /// Runs Java or VM code.
    pub const IN_VM: u32 = 1;
    /// In a blocking call or stopped.
    pub const BLOCKED: u32 = 2;
    /// Has left the registry.
    pub const TERMINATED: u32 = 3;
}

/// Bits of [`Thread::poll`].
pub mod poll_bit {
    /// The world is to be stopped.
    pub const SAFEPOINT: u32 = 1;
    /// There is a request for this thread ([`super::super::requests`]).
    pub const REQUEST: u32 = 2;
    /// The thread is to end ([`super::super::end`]); never cleared.
    pub const END: u32 = 4;
}

/// Looks at the state before the stopper sleeps; stops are mostly shorter than a system call.
const SPINS: u32 = 500;

/// Turns that a stop leaves to the threads that still wait for the end of the last.
const FAIR_YIELDS: u32 = 100;

/// The state of the protocol, one per VM.
#[derive(Default)]
pub struct Safepoint {
    /// Held by whoever stops the world.
    world: Mutex<()>,
    /// 1 while the world is to be stopped or is; the word on which stopped threads sleep.
    stopping: AtomicU32,
    /// Counts threads that became safe during a stop; the word on which the stopper sleeps.
    progress: AtomicU32,
    /// Threads that wait for the end of a stop in order to run.
    returning: AtomicU32,
    /// Id of the thread that has the world stopped, else 0.
    holder: AtomicU32,
    /// Threads are to end ([`super::end`]).
    ending: AtomicBool,
}

impl Safepoint {
    /// Whether threads are asked to stop.
    #[inline]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) != 0
    }

    /// Whether threads are to end.
    #[inline]
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// Has threads end that become reachable from now on.
    pub(super) fn set_ending(&self) {
        self.ending.store(true, Ordering::SeqCst);
    }

    /// The thread that has the world stopped, else 0.
    pub fn holder(&self) -> u32 {
        self.holder.load(Ordering::Relaxed)
    }

    /// From `IN_VM` to `BLOCKED`.
    #[inline]
    pub(super) fn enter_blocked(&self, me: &ThreadShared) {
        debug_assert_eq!(me.state.load(Ordering::Relaxed), state::IN_VM, "not running");
        me.state.store(state::BLOCKED, Ordering::SeqCst);
        if self.stopping.load(Ordering::SeqCst) != 0 {
            self.tell_stopper();
        }
    }

    /// To `IN_VM`, when the world is not stopped.
    #[inline]
    pub(super) fn leave_blocked(&self, me: &ThreadShared) {
        me.state.store(state::IN_VM, Ordering::SeqCst);
        if self.stopping.load(Ordering::SeqCst) != 0 && self.holder() != me.id {
            self.leave_blocked_slow(me);
        }
    }

    #[cold]
    fn leave_blocked_slow(&self, me: &ThreadShared) {
        self.returning.fetch_add(1, Ordering::Relaxed);
        loop {
            me.state.store(state::BLOCKED, Ordering::SeqCst);
            self.tell_stopper();
            futex::wait_while(&self.stopping, 1);
            me.state.store(state::IN_VM, Ordering::SeqCst);
            if self.stopping.load(Ordering::SeqCst) == 0 {
                self.returning.fetch_sub(1, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Waits here as long as the world is stopped.
    #[cold]
    pub(super) fn wait_stopped(&self, me: &ThreadShared) {
        self.enter_blocked(me);
        self.leave_blocked(me);
    }

    /// Runs `f`, which must not touch the guest, as `BLOCKED`.
    #[inline]
    pub(super) fn blocked<R>(&self, me: &ThreadShared, f: impl FnOnce() -> R) -> R {
        struct Back<'a>(&'a Safepoint, &'a ThreadShared);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.leave_blocked(self.1);
            }
        }
        self.enter_blocked(me);
        let _back = Back(self, me);
        f()
    }

    /// A thread became safe or has left: the stopper looks again.
    pub(super) fn tell_stopper(&self) {
        self.progress.fetch_add(1, Ordering::SeqCst);
        futex::wake(&self.progress, 1);
    }
}

/// The right to touch a stopped world; gives it back when dropped.
pub(super) struct Stopped<'a> {
    threads: &'a Threads,
    _world: MutexGuard<'a, ()>,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let sp = &self.threads.safepoint;
        self.threads.set_poll_bits(0, false);
        sp.holder.store(0, Ordering::Relaxed);
        sp.stopping.store(0, Ordering::SeqCst);
        futex::wake_all(&sp.stopping);
        // The world mutex is given back after this, when the field is dropped: a next stop can not
        // begin while the bits of this one are being cleared.
    }
}

impl Threads {
    /// Takes the world mutex. The calling thread counts as `BLOCKED` meanwhile: whoever has the
    /// world may be waiting for it.
    fn take_world(&self, me: &ThreadShared) -> MutexGuard<'_, ()> {
        let sp = &self.safepoint;
        let lock = || sp.world.lock().unwrap_or_else(PoisonError::into_inner);
        // With the mutex held nobody else can be stopping, so leaving `BLOCKED` does not wait.
        sp.blocked(me, lock)
    }

    /// Brings all other threads to a stop. Gives up (but goes on keeping threads from coming back)
    /// at the deadline.
    fn stop_others(&self, me: u32, deadline: Deadline) -> bool {
        let sp = &self.safepoint;
        // Stops in close succession (stress mode) would starve who was stopped by the last one.
        for _ in 0..FAIR_YIELDS {
            if sp.returning.load(Ordering::Relaxed) == 0 {
                break;
            }
            std::thread::yield_now();
        }
        sp.holder.store(me, Ordering::Relaxed);
        sp.stopping.store(1, Ordering::SeqCst);
        self.set_poll_bits(me, true);
        let mut spins = 0;
        loop {
            let progress = sp.progress.load(Ordering::SeqCst);
            if !self.any_running(me) {
                break;
            }
            spins += 1;
            if spins < SPINS {
                std::hint::spin_loop();
            } else {
                // Whoever becomes safe after `any_running` looked counts afterwards: either the word
                // has changed by now, or it is woken.
                futex::wait(&sp.progress, progress, deadline);
                if deadline.has_passed() {
                    return false;
                }
            }
        }
        true
    }

    /// Stops the world for `me`, which is `IN_VM` and not in a stop of its own.
    pub(super) fn stop(&self, me: &ThreadShared) -> Stopped<'_> {
        let world = self.take_world(me);
        // Made first: should anything panic, the world goes on.
        let stopped = Stopped { threads: self, _world: world };
        self.stop_others(me.id, Deadline::Never);
        stopped
    }

    /// Stops the world for good: threads that run Java stop at their next poll, blocked ones stay
    /// where they are. Waits up to `deadline` for the former. Everybody else who wants to stop the
    /// world blocks for ever. For the end of the process only.
    pub fn stop_for_good(&self, t: &Thread, deadline: Deadline) {
        std::mem::forget(self.take_world(&t.shared));
        self.stop_others(t.id, deadline);
    }

    /// Runs `f` while no stop can begin or be under way; the caller is not a registered thread.
    pub(super) fn without_stop<R>(&self, f: impl FnOnce() -> R) -> R {
        let _world = self.safepoint.world.lock().unwrap_or_else(PoisonError::into_inner);
        f()
    }
}

impl Thread {
    /// Runs `f`, which may block and must not touch the guest (heap, handles, VM stack), while
    /// the world may be stopped and objects moved. Raw references are stale afterwards.
    #[inline]
    pub fn blocked<R>(&self, f: impl FnOnce() -> R) -> R {
        NoGc::assert_safepoint_allowed();
        self.vm().threads.safepoint.blocked(&self.shared, f)
    }

    /// Locks a mutex that others hold across safepoints. Raw references are stale afterwards.
    pub fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        // Waiting for such a mutex as `IN_VM` would keep a stop waiting for its holder, too.
        match mutex.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(e)) => e.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.blocked(|| mutex.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }
}

/// The slow path of a poll: waits while the world is stopped, and does what other threads ask for. Raw references are
/// stale afterwards.
///
/// # Errors
/// Exceptions that other threads raise in this one; when the thread is to end ([`super::end`]).
#[cold]
pub fn poll(t: &Thread) -> Result<()> {
    NoGc::assert_safepoint_allowed();
    let threads = &t.vm().threads;
    if threads.safepoint.is_stopping() && threads.safepoint.holder() != t.id {
        threads.safepoint.wait_stopped(&t.shared);
    }
    if t.is_ending() {
        return Err(exceptions::ended(t));
    }
    if t.poll.load(Ordering::Relaxed) & poll_bit::REQUEST != 0 {
        return requests::serve(t);
    }
    Ok(())
}

/// Runs `f` while all other threads of the VM are stopped where their stacks can be walked
/// ([`Threads::for_each_stopped`]). Raw references of the caller are stale afterwards. May be
/// nested.
pub fn stop_world<R>(t: &Thread, f: impl FnOnce() -> R) -> R {
    NoGc::assert_safepoint_allowed();
    let threads = &t.vm().threads;
    if threads.safepoint.holder() == t.id {
        return f();
    }
    let _stopped = threads.stop(&t.shared);
    f()
}
