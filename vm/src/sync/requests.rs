//! What other threads ask of a thread that runs: to stop with an exception, or to stand still (`Thread.stop`, `suspend`
//! and `resume`, which releases up to 19 have).
//!
//! Requests are left in [`ThreadShared`] and noticed at the thread's next poll, after whatever it is blocked in. Who
//! stops a thread also wakes it from what `interrupt` would end.

use super::futex;
use super::java_thread;
use super::safepoint::{self, poll_bit};
use crate::exceptions;
use crate::link;
use crate::native::Result;
use crate::thread::{Thread, ThreadShared};
use gc::{GlobalHandle, Ref};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a thread is asked for.
#[derive(Default)]
pub struct Requests {
    /// 1 while it is to stand still; the word on which it does.
    suspended: AtomicU32,
    /// Whether there is an exception for it.
    has_exception: AtomicBool,
    exception: Mutex<Option<GlobalHandle>>,
}

impl Requests {
    /// Whether the thread is to throw an exception as soon as it can.
    pub fn is_stopped(&self) -> bool {
        self.has_exception.load(Ordering::Acquire)
    }

    /// Whether the thread is to run no Java code until it is resumed.
    pub fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Acquire) != 0
    }

    /// Has the thread go on, to its end.
    pub(super) fn end(&self) {
        self.suspended.store(0, Ordering::SeqCst);
        futex::wake_all(&self.suspended);
    }

    fn exception(&self) -> MutexGuard<'_, Option<GlobalHandle>> {
        self.exception.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what the thread is asked for. Raw references are stale afterwards.
///
/// # Errors
/// The exception that another thread has for this one.
pub(super) fn serve(t: &Thread) -> Result<()> {
    let requests = &t.shared.requests;
    t.poll.fetch_and(!poll_bit::REQUEST, Ordering::AcqRel);
    while requests.suspended.load(Ordering::Acquire) != 0 && !t.is_ending() {
        t.blocked(|| futex::wait_while(&requests.suspended, 1));
    }
    if !requests.is_stopped() {
        return Ok(());
    }
    let Some(exception) = requests.exception().take() else { return Ok(()) };
    requests.has_exception.store(false, Ordering::Release);
    let vm = t.vm();
    let object = vm.globals.get(&exception);
    vm.globals.remove(exception);
    Err(exceptions::throw_ref(t, object))
}

/// Asks a thread to look at its requests. The caller has stopped the world, or is the thread.
fn ask(shared: &ThreadShared) {
    let thread = shared.thread.load(Ordering::Acquire);
    // SAFETY: null or registered, and a registered thread stays while the world is stopped.
    if let Some(thread) = unsafe { thread.as_ref() } {
        thread.poll.fetch_or(poll_bit::REQUEST, Ordering::AcqRel);
    }
}

/// `Thread.stop0`: a running thread throws `exception` (both not null); one that was not started will end at once.
///
/// # Errors
/// The exception, if the thread is the current one.
pub fn stop(t: &Thread, target: Ref, exception: Ref) -> Result<()> {
    let vm = t.vm();
    if target == t.java_thread.get() {
        return Err(exceptions::throw_ref(t, exception));
    }
    let Some(shared) = java_thread::shared_of(t, target) else {
        set_stillborn(t, target);
        return Ok(());
    };
    let exception = vm.globals.add(exception);
    // Seen afterwards, unless what it was blocked in takes it.
    vm.set_u8(target, vm.known.thread_interrupted, 1);
    safepoint::stop_world(t, || {
        if let Some(earlier) = shared.requests.exception().replace(exception) {
            vm.globals.remove(earlier);
        }
        shared.requests.has_exception.store(true, Ordering::Release);
        ask(&shared);
    });
    shared.event.unpark();
    shared.parker.unpark();
    Ok(())
}

/// The field in which a `java.lang.Thread` that is stopped too early remembers it.
fn stillborn(t: &Thread, thread: Ref) -> Option<u32> {
    let vm = t.vm();
    let name = t.symbol("stillborn");
    link::find_field(vm, vm.class_of(thread), name, t.symbol("Z")).map(|(_, field)| field.offset)
}

fn set_stillborn(t: &Thread, thread: Ref) {
    if let Some(at) = stillborn(t, thread) {
        t.vm().set_u8(thread, at, 1);
    }
}

/// Whether the current thread was stopped before it began.
pub(super) fn is_stillborn(t: &Thread) -> bool {
    let thread = t.java_thread.get();
    stillborn(t, thread).is_some_and(|at| t.vm().get_u8(thread, at) != 0)
}

/// `Thread.suspend0`: the thread runs no Java code from here on. It keeps its locks.
///
/// # Errors
/// If the thread is the current one: what others have for it when it goes on.
pub fn suspend(t: &Thread, target: Ref) -> Result<()> {
    let Some(shared) = java_thread::shared_of(t, target) else { return Ok(()) };
    let request = || {
        shared.requests.suspended.store(1, Ordering::Release);
        ask(&shared);
    };
    if shared.id == t.id {
        request();
        return safepoint::poll(t);
    }
    // When the world goes on, the thread is at a poll or blocked, and sees the request before more Java code runs.
    safepoint::stop_world(t, request);
    Ok(())
}

/// `Thread.resume0`
pub fn resume(t: &Thread, target: Ref) {
    if let Some(shared) = java_thread::shared_of(t, target) {
        shared.requests.suspended.store(0, Ordering::Release);
        futex::wake_all(&shared.requests.suspended);
    }
}
