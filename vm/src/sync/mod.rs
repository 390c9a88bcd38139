//! Threads: their life, their locks, and stopping them (JVMS 2.11.10, JLS 17).
//!
//! From the bottom: [`futex`] and [`Parker`] put a thread to sleep; [`safepoint`] stops the
//! world; [`threads`] knows who there is; `monitor` is an inflated lock, [`Monitors`] the table of
//! them, [`locking`] the mark words that lead there; [`java_thread`] is what `java.lang.Thread` and
//! `Unsafe` ask for; [`lifecycle`] starts and ends threads; [`requests`] are what they want of each other; [`gc`]
//! collects; `calls` are what natives ask the system for; [`inspect`] and [`dump`] tell what they are doing.
//!
//! Invariant: a thread that blocks does so as `BLOCKED` ([`crate::thread::Thread::blocked`]), and
//! touches the heap only as `IN_VM`. Mutexes of this module are held for short times, and never
//! across a safepoint.

mod calls;
mod dormant;
pub mod dump;
mod ending;
pub mod futex;
pub mod gc;
pub mod inspect;
pub mod java_thread;
pub mod lifecycle;
pub mod locking;
mod monitor;
mod monitors;
mod parker;
mod portable;
pub mod requests;
pub mod safepoint;
pub mod stack;
#[cfg(test)]
mod tests;
pub mod threads;
mod waiting;

pub use self::gc::{PendingReferences, collect, collect_if};
pub use calls::{CallState, Effect, settle_calls};
pub(crate) use dormant::start_dormant;
pub use ending::{dispose, end, enter, halt, leave};
pub use futex::Deadline;
pub use java_thread::{
    RUNNABLE_STATUS, interrupt, is_alive, live_threads, park, shared_of, sleep, status_of, unpark,
    yield_now,
};
pub(crate) use lifecycle::java_stack_bytes;
pub use lifecycle::{adopt, attach, detach, finish_java_thread, start};
pub use locking::{
    fast_enter, fast_exit, hash_of, holds_lock, identity_hash, monitor_enter, monitor_exit, notify,
    notify_all, owner_of, wait,
};
pub use monitor::Monitor;
pub(crate) use monitor::MonitorState;
pub use monitors::Monitors;
pub use parker::Parker;
pub(crate) use portable::{FrameState, MAIN_ID, PortableWaiting};
pub use portable::{NotPortable, ResumeError, ThreadState, ThreadsState};
pub use safepoint::{Safepoint, poll, state, stop_world};
pub use stack::{NATIVE_RESERVE_BYTES, STACK_RESERVE_SLOTS, StackMemory};
pub use threads::{ThreadCounts, Threads};
pub use waiting::{MonitorWait, Waiting, saving};
