//! Threads of an image that a guest has but does not run yet.
//!
//! The library's own threads (reference handler, finalizer, cleaners) wait most of the time, in most guests always. In a
//! guest that is to be cheap they stay what they are in the image, frames and all, until something happens that
//! they wait for: references are pending, their monitor is notified, they are unparked or interrupted. Then each gets its
//! OS thread. All that their frames refer to is in the image, so the collector need not see them. Their deadlines do
//! not wake them: those threads wake up in between only to look whether what they wait for has come.

use super::lifecycle;
use super::monitor::Waiter;
use super::portable::ThreadsState;
use crate::thread::ThreadShared;
use crate::vm::Vm;
use gc::Ref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Gives all dormant threads of a guest their OS threads, as far as the system has some.
pub(crate) fn start_dormant(vm: &Vm) {
    vm.threads.dormant.wake_all(vm);
}

/// One thread, registered but without memory or an OS thread.
pub(super) struct Dormant {
    /// What the image knows of it, among the others.
    pub state: Arc<ThreadsState>,
    /// Its place there.
    pub at: usize,
    /// Its `java.lang.Thread`, an object of the image.
    pub java_thread: Ref,
    /// Its identity.
    pub shared: Arc<ThreadShared>,
    /// Its place in a wait set.
    pub waiter: Option<Arc<Waiter>>,
    /// Whether it is who waits for pending references.
    pub for_references: bool,
}

/// The dormant threads of a guest.
#[derive(Default)]
pub(super) struct DormantThreads {
    list: Mutex<Vec<Dormant>>,
    /// Length of the list: in most guests and most of the time there is nothing to look at.
    count: AtomicUsize,
}

impl DormantThreads {
    /// Adds threads while the guest is made.
    pub(super) fn add(&self, threads: Vec<Dormant>) {
        let mut list = self.lock();
        list.extend(threads);
        self.count.store(list.len(), Ordering::Release);
    }

    /// Takes all out, at the guest's end.
    pub(super) fn drain(&self) -> Vec<Arc<ThreadShared>> {
        let mut list = self.lock();
        self.count.store(0, Ordering::Release);
        list.drain(..).map(|d| d.shared).collect()
    }

    /// Their `java.lang.Thread`s.
    pub(super) fn java_threads(&self) -> Vec<Ref> {
        self.lock().iter().map(|d| d.java_thread).collect()
    }

    /// Starts those that `is_meant`. One for which there is no memory or OS thread now stays, for the next time.
    fn wake(&self, vm: &Vm, is_meant: impl Fn(&Dormant) -> bool) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut list = self.lock();
        list.retain(|dormant| {
            let start = is_meant(dormant) && !vm.threads.is_ending();
            !(start && start_now(vm, dormant))
        });
        self.count.store(list.len(), Ordering::Release);
    }

    /// References are pending.
    pub(super) fn wake_for_references(&self, vm: &Vm) {
        self.wake(vm, |d| d.for_references);
    }

    /// Threads may have been chosen by `notify`.
    pub(super) fn wake_notified(&self, vm: &Vm) {
        self.wake(vm, |d| d.waiter.as_ref().is_some_and(|w| w.is_notified()));
    }

    /// Somebody has business with a `java.lang.Thread`.
    pub(super) fn wake_thread(&self, vm: &Vm, thread: Ref) {
        self.wake(vm, |d| d.java_thread == thread);
    }

    /// Somebody looks at all threads.
    pub(super) fn wake_all(&self, vm: &Vm) {
        self.wake(vm, |_| true);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Dormant>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start_now(vm: &Vm, dormant: &Dormant) -> bool {
    let thread = dormant.state.restore_one(vm, dormant.at, &dormant.shared, dormant.waiter.clone());
    thread.is_ok_and(|thread| lifecycle::resume_thread(thread).is_ok())
}
