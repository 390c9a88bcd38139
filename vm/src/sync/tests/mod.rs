//! Tests of the parts that need no Java: parkers, the safepoint protocol with fake threads,
//! monitors and their table, mark words.

mod locks;
mod marks;
mod objects;
mod stops;

use super::Threads;
use crate::thread::ThreadShared;
use std::sync::Arc;

/// A thread without a Java side: only what the protocols look at.
pub(super) struct Fake<'a> {
    pub threads: &'a Threads,
    pub shared: Arc<ThreadShared>,
}

impl<'a> Fake<'a> {
    /// Registers the current OS thread.
    pub fn new(threads: &'a Threads) -> Fake<'a> {
        let shared = threads.without_stop(|| threads.register(false)).expect("no limit");
        threads.safepoint.leave_blocked(&shared);
        Fake { threads, shared }
    }

    pub fn poll(&self) {
        if self.threads.safepoint.is_stopping() {
            self.threads.safepoint.wait_stopped(&self.shared);
        }
    }

    pub fn id(&self) -> u32 {
        self.shared.id
    }
}

impl Drop for Fake<'_> {
    fn drop(&mut self) {
        self.threads.unregister(&self.shared);
    }
}
