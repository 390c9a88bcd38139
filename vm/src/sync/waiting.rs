//! What a blocked thread waits for, as a value: an image makes it wait again where it left off.

use super::futex::Deadline;
use super::monitor::Waiter;
use crate::thread::Thread;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// What a native waits for. Called again in a thread that an image has brought back, it goes on waiting for this.
#[derive(Clone)]
pub enum Waiting {
    /// `Thread.sleep`
    Sleep(Deadline),
    /// `Unsafe.park`
    Park(Deadline),
    /// `Object.wait`
    Monitor(MonitorWait),
    /// `Reference.waitForReferencePendingList`
    References,
    /// That the thread with this id saves the program; 0 as long as there is none.
    Saving(Arc<AtomicU32>),
    /// Nothing any more: an image was saved that the thread had asked for, and this is its thread.
    Saved,
    /// A system call with a time limit.
    Call(Deadline),
}

/// A thread's place in the wait set of a monitor, which it has pinned.
#[derive(Clone)]
pub struct MonitorWait {
    /// The monitor.
    pub index: u32,
    /// The place.
    pub waiter: Arc<Waiter>,
    /// How often the thread had entered beyond the first time.
    pub recursions: u32,
    /// When it gives up.
    pub deadline: Deadline,
}

/// Runs `f`, in which another thread may save the program, with the calling one where it is now. `f` puts that thread's id
/// into its argument before. `None`: the calling thread is the one of the image; the native has been called again.
pub fn saving<R>(t: &Thread, f: impl FnOnce(&AtomicU32) -> R) -> Option<R> {
    if let Some(Waiting::Saved) = t.resumed.take() {
        return None;
    }
    let by = Arc::new(AtomicU32::new(0));
    t.waits_for.replace(Some(Waiting::Saving(by.clone())));
    let result = t.redoing(|| t.blocked(|| f(&by)));
    t.waits_for.take();
    Some(result)
}
