//! The registry of threads: ids, who is alive, who keeps the VM alive.
//!
//! The mutex is held for short times only, never while waiting for a safepoint; the set of
//! threads changes only as [`super::safepoint`] demands.

use super::dormant::DormantThreads;
use super::ending::ExitCode;
use super::futex;
use super::gc::Collected;
use super::java_thread;
use super::safepoint::{Safepoint, poll_bit, state};
use crate::thread::{Thread, ThreadShared};
use crate::vm::Vm;
use gc::Ref;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Ids that fit a thin lock's owner field (18 bits), 0 being none.
const MAX_THREADS: usize = (1 << 18) - 1;

/// All threads of a VM.
#[derive(Default)]
pub struct Threads {
    registry: Mutex<Registry>,
    /// Told whenever a thread has left.
    pub(super) ended: Condvar,
    /// How the world is stopped.
    pub(super) safepoint: Safepoint,
    /// What was collected when.
    pub(super) collected: Collected,
    /// Whether the time that threads wait is measured.
    time_waits: AtomicBool,
    /// Threads of an image that do not run yet.
    pub(super) dormant: DormantThreads,
    /// How the guest has ended itself.
    pub(super) exit_code: ExitCode,
}

pub(super) struct Registry {
    /// By id.
    pub(super) slots: Vec<Option<Arc<ThreadShared>>>,
    /// Ids below `slots.len()` that are not in use.
    free: BinaryHeap<Reverse<u32>>,
    pub(super) live: usize,
    non_daemon: usize,
    peak: usize,
    started: u64,
    limit: usize,
}

impl Default for Registry {
    fn default() -> Self {
        Registry {
            slots: vec![None],
            free: BinaryHeap::new(),
            live: 0,
            non_daemon: 0,
            peak: 0,
            started: 0,
            limit: MAX_THREADS,
        }
    }
}

/// How many threads there are and were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadCounts {
    /// Alive now.
    pub live: usize,
    /// Of these, daemons.
    pub daemon: usize,
    /// Most that ever lived at the same time.
    pub peak: usize,
    /// Started so far.
    pub started: u64,
}

impl Threads {
    /// No threads.
    pub fn new() -> Threads {
        Threads::default()
    }

    /// At most this many threads from now on; more fail to start.
    pub fn set_limit(&self, threads: usize) {
        self.lock().limit = threads.min(MAX_THREADS);
    }

    /// Whether the time that threads wait is measured ([`crate::thread::Waited::nanos`]).
    pub fn are_waits_timed(&self) -> bool {
        self.time_waits.load(Ordering::Relaxed)
    }

    /// Begins or ends measuring the time that threads wait.
    pub fn set_waits_timed(&self, on: bool) {
        self.time_waits.store(on, Ordering::Relaxed);
    }

    /// The most threads at the same time are counted anew.
    pub fn reset_peak(&self) {
        let mut registry = self.lock();
        registry.peak = registry.live;
    }

    /// All threads, in the order of their ids.
    pub fn all(&self) -> Vec<Arc<ThreadShared>> {
        self.lock().slots.iter().flatten().cloned().collect()
    }

    /// A new thread, in state NEW. `None` at the limit. The caller is `IN_VM` or excludes stops.
    pub(super) fn register(&self, daemon: bool) -> Option<Arc<ThreadShared>> {
        let mut registry = self.lock();
        if registry.live >= registry.limit || self.is_ending() {
            return None;
        }
        let id = match registry.free.pop() {
            Some(Reverse(id)) => id,
            None => {
                registry.slots.push(None);
                registry.slots.len() as u32 - 1
            }
        };
        registry.started += 1;
        let shared = Arc::new(ThreadShared::new(id, registry.started, daemon));
        registry.slots[id as usize] = Some(shared.clone());
        registry.live += 1;
        registry.non_daemon += usize::from(!daemon);
        registry.peak = registry.peak.max(registry.live);
        Some(shared)
    }

    /// A thread of an image, in state NEW, under the id and number that it had. `None` if the id is no thread's or
    /// another one's.
    pub(super) fn register_at(
        &self,
        id: u32,
        serial: u64,
        daemon: bool,
    ) -> Option<Arc<ThreadShared>> {
        if id == 0 || id as usize > MAX_THREADS {
            return None;
        }
        let mut registry = self.lock();
        while registry.slots.len() <= id as usize {
            let free = registry.slots.len() as u32;
            registry.slots.push(None);
            registry.free.push(Reverse(free));
        }
        if registry.slots[id as usize].is_some() {
            return None;
        }
        registry.free.retain(|Reverse(free)| *free != id);
        let shared = Arc::new(ThreadShared::new(id, serial, daemon));
        registry.slots[id as usize] = Some(shared.clone());
        registry.live += 1;
        registry.non_daemon += usize::from(!daemon);
        registry.peak = registry.peak.max(registry.live);
        registry.started = registry.started.max(serial);
        Some(shared)
    }

    /// Takes a thread out. It is the caller, `IN_VM`, or was never started; from now on it must not
    /// touch the guest. Its `Thread` may be freed afterwards.
    pub(crate) fn unregister(&self, shared: &ThreadShared) {
        let mut registry = self.lock();
        let gone = registry.slots[shared.id as usize].take();
        debug_assert!(gone.is_some_and(|g| std::ptr::eq(&*g, shared)));
        registry.free.push(Reverse(shared.id));
        registry.live -= 1;
        registry.non_daemon -= usize::from(!shared.daemon.load(Ordering::Relaxed));
        shared.thread.store(std::ptr::null_mut(), Ordering::Release);
        shared.state.store(state::TERMINATED, Ordering::SeqCst);
        self.ended.notify_all();
        // Always: it may be this thread that a stop is waiting for.
        self.safepoint.tell_stopper();
    }

    /// Makes a `java.lang.Thread` (or null) the one of the current thread.
    pub(super) fn set_java_thread(&self, t: &Thread, thread: Ref) {
        // Others read the cell under this mutex; the collector when the world is stopped.
        let _registry = self.lock();
        t.java_thread.set(thread);
    }

    /// The thread with this id, if its `java.lang.Thread` is `thread`. The caller is `IN_VM`.
    pub fn find(&self, id: u32, thread: Ref) -> Option<Arc<ThreadShared>> {
        let registry = self.lock();
        let shared = registry.slots.get(id as usize)?.as_ref()?;
        (java_thread_of(shared) == thread).then(|| shared.clone())
    }

    /// The thread with this serial number, which no other one ever has.
    pub fn by_serial(&self, serial: u64) -> Option<Arc<ThreadShared>> {
        self.lock().slots.iter().flatten().find(|shared| shared.serial == serial).cloned()
    }

    /// The thread with this id.
    pub fn by_id(&self, id: u32) -> Option<Arc<ThreadShared>> {
        self.lock().slots.get(id as usize)?.clone()
    }

    /// The `java.lang.Thread`s that are alive, in the order of their ids. The caller is `IN_VM`;
    /// the references are stale after its next safepoint.
    pub fn java_threads(&self, vm: &Vm) -> Vec<Ref> {
        let registry = self.lock();
        let dormant = self.dormant.java_threads();
        let threads = registry.slots.iter().flatten().map(|s| java_thread_of(s)).chain(dormant);
        threads.filter(|&r| !r.is_null() && java_thread::eetop(vm, r) != 0).collect()
    }

    /// Shows every thread. The caller has stopped the world, or is the only thread.
    ///
    /// # Panics
    /// In debug builds, if the world runs.
    pub fn for_each_stopped(&self, mut f: impl FnMut(&Thread)) {
        let all: Vec<_> = self.lock().slots.iter().flatten().cloned().collect();
        debug_assert!(self.safepoint.holder() != 0 || all.len() <= 1, "the world runs");
        for shared in all {
            // SAFETY: the pointer is null or that of a registered thread, which can not go away
            // while the world is stopped, nor run, so its cells are ours to read.
            if let Some(thread) = unsafe { shared.thread.load(Ordering::Acquire).as_ref() } {
                f(thread);
            }
        }
    }

    /// Numbers of threads.
    pub fn counts(&self) -> ThreadCounts {
        let r = self.lock();
        let daemon = r.live - r.non_daemon;
        ThreadCounts { live: r.live, daemon, peak: r.peak, started: r.started }
    }

    /// Whether a thread other than `me` may touch the guest.
    pub(super) fn any_running(&self, me: u32) -> bool {
        let registry = self.lock();
        let mut threads = registry.slots.iter().flatten();
        threads.any(|s| s.id != me && s.state.load(Ordering::SeqCst) == state::IN_VM)
    }

    /// Sets or clears the request to stop in all threads but `me`.
    pub(super) fn set_poll_bits(&self, me: u32, on: bool) {
        for shared in self.lock().slots.iter().flatten().filter(|s| s.id != me) {
            // SAFETY: a thread is freed only after it has left the registry, whose mutex we hold.
            let Some(poll) = (unsafe { poll_of(shared) }) else { continue };
            if on {
                poll.fetch_or(poll_bit::SAFEPOINT, Ordering::Relaxed);
            } else {
                poll.fetch_and(!poll_bit::SAFEPOINT, Ordering::Relaxed);
            }
        }
    }

    /// Blocks until all other threads that are no daemons have ended (JLS 12.8). Raw references
    /// are stale afterwards.
    pub fn wait_until_only_daemons(&self, t: &Thread) {
        let own = usize::from(!t.shared.daemon.load(Ordering::Relaxed));
        t.blocked(|| {
            let mut registry = self.lock();
            while registry.non_daemon > own {
                registry = self.ended.wait(registry).unwrap_or_else(PoisonError::into_inner);
            }
        });
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// # Safety
/// The thread does not go away while the result lives.
pub(super) unsafe fn poll_of(shared: &ThreadShared) -> Option<&std::sync::atomic::AtomicU32> {
    let thread: *const Thread = shared.thread.load(Ordering::Acquire);
    // SAFETY: null or alive, by the contract; only the atomic field is touched.
    (!thread.is_null()).then(|| unsafe { &(*thread).poll })
}

/// The caller holds the registry's mutex and is `IN_VM`.
fn java_thread_of(shared: &ThreadShared) -> Ref {
    let thread: *const Thread = shared.thread.load(Ordering::Acquire);
    if thread.is_null() {
        return Ref::NULL;
    }
    // SAFETY: a thread is freed only after it has left the registry, whose mutex is held; the
    // cell is written under that mutex or in a stopped world only.
    unsafe { (*thread).java_thread.get() }
}

impl ThreadShared {
    /// In state NEW, without its `Thread`.
    pub(crate) fn new(id: u32, serial: u64, daemon: bool) -> ThreadShared {
        ThreadShared {
            id,
            serial,
            daemon: AtomicBool::new(daemon),
            state: state::NEW.into(),
            parker: Default::default(),
            event: Default::default(),
            requests: Default::default(),
            call: Default::default(),
            os_id: 0.into(),
            started_nanos: futex::monotonic_nanos(),
            blocked: Default::default(),
            waited: Default::default(),
            blocked_on: 0.into(),
            thread: Default::default(),
        }
    }
}
