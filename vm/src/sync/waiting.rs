//! What a blocked thread waits for, as a value: an image makes it wait again where it left off.

use super::futex::Deadline;
use super::monitor::Waiter;
use std::sync::Arc;

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
