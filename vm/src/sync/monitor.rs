//! An inflated lock: owner, entry queue, wait set (JVMS 2.11.10, `Object.wait` and `notify`).
//!
//! Nothing here knows of objects or marks; [`super::locking`] does.
//!
//! A lock that is given up is free for whoever comes first (barging); the first of the entry queue is
//! woken to compete. No wake-up is lost, because two pairs of sequentially consistent accesses face
//! each other:
//!
//! - A contender counts itself in `contenders`, then tries to take `owner`. Who exits clears
//!   `owner`, then looks at `contenders`. One of them sees the other.
//! - Who exits leaves the waking out if a `successor` was woken already. The successor clears that
//!   field before it tries `owner`: if its clearing was not seen, its attempt comes after the
//!   exit, and if it then fails, a later owner's exit will wake.
//!
//! Between counting and queueing a contender is invisible to the waking side, but it tries `owner`
//! again under the queue's mutex after it is queued, and the waking side takes that mutex after it
//! cleared `owner`.
//!
//! Contenders change nothing while they are `BLOCKED`: a stopped world has its locks in order.

use super::futex::Deadline;
use super::safepoint::Safepoint;
use crate::thread::ThreadShared;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Attempts before a contender goes to sleep, about 4 µs in all: less than sleeping costs.
const SPINS: u32 = 100;

/// An inflated lock.
#[derive(Default)]
pub struct Monitor {
    /// Thread id of the owner, 0 while free.
    owner: AtomicU32,
    /// How often the owner entered beyond the first time; its own.
    recursions: AtomicU32,
    /// Threads that want to enter and have not given up trying without sleep.
    contenders: AtomicU32,
    /// Id of the thread that was woken and has not tried yet.
    successor: AtomicU32,
    /// Threads that hold on to this monitor across safepoints.
    pins: AtomicU32,
    /// Identity hash of the object, 0 if none was asked for.
    pub(super) hash: AtomicU32,
    /// The object (bits of a `Ref`), 0 while this entry of the table is free. Weak.
    pub(super) object: AtomicU32,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    entry: VecDeque<Arc<ThreadShared>>,
    waiting: VecDeque<Arc<Waiter>>,
}

/// A thread in the wait set.
pub struct Waiter {
    thread: Arc<ThreadShared>,
    notified: AtomicBool,
}

/// An inflated lock in an image; threads by their ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MonitorState {
    pub(crate) index: u32,
    pub(crate) object: u32,
    pub(crate) owner: u32,
    pub(crate) recursions: u32,
    pub(crate) hash: u32,
    /// The wait set, the longest waiting first.
    pub(crate) waiting: Vec<u32>,
    /// Threads that were notified and have not entered yet.
    pub(crate) notified: Vec<u32>,
}

impl MonitorState {
    /// The monitor's number.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Ids of the threads in the wait set, and of those that have left it and not entered yet.
    pub fn waiters(&self) -> (&[u32], &[u32]) {
        (&self.waiting, &self.notified)
    }
}

impl Waiter {
    /// A thread's place in no wait set yet.
    pub(super) fn new(thread: Arc<ThreadShared>, notified: bool) -> Arc<Waiter> {
        Arc::new(Waiter { thread, notified: AtomicBool::new(notified) })
    }

    /// Whether `notify` has chosen it; it then is in the entry queue.
    pub fn is_notified(&self) -> bool {
        self.notified.load(Ordering::Acquire)
    }
}

impl Monitor {
    /// Makes a free entry the lock of an object, before it is published.
    pub(super) fn init(&self, object: u32, owner: u32, recursions: u32, hash: u32) {
        self.owner.store(owner, Ordering::Relaxed);
        self.recursions.store(recursions, Ordering::Relaxed);
        self.hash.store(hash, Ordering::Relaxed);
        self.object.store(object, Ordering::Relaxed);
    }

    /// Forgets a dead object. A lock that nobody gave up goes with it.
    pub(super) fn reset(&self) {
        debug_assert_eq!(self.pins.load(Ordering::Relaxed), 0, "object died in use");
        self.init(0, 0, 0, 0);
    }

    /// Id of the owner, 0 if free.
    pub fn owner(&self) -> u32 {
        self.owner.load(Ordering::Acquire)
    }

    /// How often the owner has entered.
    pub fn entries(&self) -> u32 {
        if self.owner() == 0 { 0 } else { self.recursions.load(Ordering::Relaxed) + 1 }
    }

    /// Whether nothing but an identity hash would be lost with it. Only in a stopped world.
    pub(super) fn is_idle(&self) -> bool {
        self.owner() == 0
            && self.pins.load(Ordering::Relaxed) == 0
            && self.contenders.load(Ordering::Relaxed) == 0
    }

    /// Keeps the monitor in place across safepoints; the caller also holds the object.
    pub(super) fn pin(&self) {
        self.pins.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends a [`Monitor::pin`].
    pub(super) fn unpin(&self) {
        self.pins.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes the lock if it is free.
    #[inline]
    fn try_take(&self, id: u32) -> bool {
        self.owner.load(Ordering::Relaxed) == 0
            && self.owner.compare_exchange(0, id, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Enters if that needs no waiting.
    #[inline]
    pub fn try_enter(&self, id: u32) -> bool {
        if self.owner.load(Ordering::Relaxed) == id {
            let n = self.recursions.load(Ordering::Relaxed);
            self.recursions.store(n + 1, Ordering::Relaxed);
            return true;
        }
        self.try_take(id)
    }

    /// Tries for a short time, as long as `go_on`.
    pub fn spin_enter(&self, id: u32, go_on: impl Fn() -> bool) -> bool {
        for _ in 0..SPINS {
            if self.try_take(id) {
                return true;
            }
            if !go_on() {
                break;
            }
            std::hint::spin_loop();
        }
        false
    }

    /// Enters as a thread that is not the owner, and sleeps for it. Pinned by the caller.
    pub fn enter_contended(&self, me: &Arc<ThreadShared>, safepoint: &Safepoint) {
        self.contenders.fetch_add(1, Ordering::SeqCst);
        self.lock().entry.push_back(me.clone());
        self.enter_queued(me, safepoint);
    }

    /// The rest of entering for a thread that is in the entry queue and counted. A thread that is to end gives up.
    pub fn enter_queued(&self, me: &Arc<ThreadShared>, safepoint: &Safepoint) {
        loop {
            if self.take_queued(me.id) {
                return;
            }
            if safepoint.is_ending() {
                self.lock().entry.retain(|thread| thread.id != me.id);
                self.contenders.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            safepoint.blocked(me, || me.event.park(Deadline::Never));
        }
    }

    fn take_queued(&self, id: u32) -> bool {
        let mut queues = self.lock();
        self.successor.store(0, Ordering::SeqCst);
        if self.owner.compare_exchange(0, id, Ordering::SeqCst, Ordering::Relaxed).is_err() {
            return false;
        }
        queues.entry.retain(|thread| thread.id != id);
        self.contenders.fetch_sub(1, Ordering::SeqCst);
        true
    }

    /// Leaves once; the caller is the owner.
    #[inline]
    pub fn exit(&self) {
        match self.recursions.load(Ordering::Relaxed) {
            0 => self.release(),
            n => self.recursions.store(n - 1, Ordering::Relaxed),
        }
    }

    /// Gives the lock up, entered once.
    #[inline]
    fn release(&self) {
        self.owner.store(0, Ordering::SeqCst);
        if self.contenders.load(Ordering::SeqCst) != 0 && self.successor.load(Ordering::SeqCst) == 0
        {
            self.wake_successor();
        }
    }

    #[cold]
    fn wake_successor(&self) {
        let queues = self.lock();
        // Somebody may have taken the lock meanwhile; its exit will wake then.
        if self.owner.load(Ordering::SeqCst) == 0
            && let Some(first) = queues.entry.front()
        {
            self.successor.store(first.id, Ordering::SeqCst);
            first.event.unpark();
        }
    }

    /// Enters the wait set and gives the lock up entirely; answers how deep it was entered, too.
    /// Pinned by the caller, which is the owner.
    pub fn begin_wait(&self, me: &Arc<ThreadShared>) -> (Arc<Waiter>, u32) {
        let waiter = Waiter::new(me.clone(), false);
        self.lock().waiting.push_back(waiter.clone());
        let recursions = self.recursions.swap(0, Ordering::Relaxed);
        self.release();
        (waiter, recursions)
    }

    /// Leaves the wait set and enters again, as deep as before; answers whether the thread was
    /// notified (and not interrupted or late).
    pub fn end_wait(
        &self,
        me: &Arc<ThreadShared>,
        waiter: &Arc<Waiter>,
        recursions: u32,
        safepoint: &Safepoint,
    ) -> bool {
        let notified = {
            let mut queues = self.lock();
            queues.waiting.retain(|w| !Arc::ptr_eq(w, waiter));
            waiter.is_notified()
        };
        if notified {
            self.enter_queued(me, safepoint);
        } else if !self.try_take(me.id) {
            self.enter_contended(me, safepoint);
        }
        if self.owner() == me.id {
            self.recursions.store(recursions, Ordering::Relaxed);
        }
        notified
    }

    /// Moves up to `count` threads from the wait set to the entry queue, the longest waiting
    /// first. The caller is the owner; they are woken when it exits.
    pub fn notify(&self, count: usize) {
        let mut queues = self.lock();
        for _ in 0..count {
            let Some(waiter) = queues.waiting.pop_front() else { return };
            self.contenders.fetch_add(1, Ordering::SeqCst);
            queues.entry.push_back(waiter.thread.clone());
            waiter.notified.store(true, Ordering::Release);
        }
    }

    /// As it is in a stopped world; `is_notified` says whether a thread in the entry queue comes from the wait set.
    /// (The others will queue again: they call what they were in once more.)
    pub(super) fn capture(&self, index: u32, is_notified: impl Fn(u32) -> bool) -> MonitorState {
        let (entry, waiting) = self.queued();
        MonitorState {
            index,
            object: self.object.load(Ordering::Relaxed),
            owner: self.owner(),
            recursions: self.recursions.load(Ordering::Relaxed),
            hash: self.hash.load(Ordering::Relaxed),
            waiting,
            notified: entry.into_iter().filter(|&id| is_notified(id)).collect(),
        }
    }

    /// Makes a free entry what was captured; each waiter is pinned, as if it had called `wait`.
    pub(super) fn restore(&self, state: &MonitorState, waiters: &[Arc<Waiter>]) {
        self.init(state.object, state.owner, state.recursions, state.hash);
        let mut queues = self.lock();
        for waiter in waiters {
            self.pin();
            if waiter.is_notified() {
                self.contenders.fetch_add(1, Ordering::SeqCst);
                queues.entry.push_back(waiter.thread.clone());
            } else {
                queues.waiting.push_back(waiter.clone());
            }
        }
    }

    /// Ids of the threads in the entry queue and in the wait set, for thread dumps.
    pub fn queued(&self) -> (Vec<u32>, Vec<u32>) {
        let queues = self.lock();
        let entry = queues.entry.iter().map(|t| t.id).collect();
        (entry, queues.waiting.iter().map(|w| w.thread.id).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
