//! Locks and identity hashes of objects: the mark word's transitions, `monitorenter`,
//! `monitorexit` (JVMS 6.5) and the monitor methods of `java.lang.Object`.
//!
//! While the world runs the mark changes only by compare-and-swap, so any thread may inflate any
//! lock: the owner of a thin lock finds out when its own exchange fails. Marks are inflated by
//! contention, by `wait`, by the 257th nested entry, and where a lock and an identity hash meet
//! (the thin form has no room for both). The way back is [`super::Monitors::deflate`].

use super::futex::Deadline;
use super::java_thread::{self, status};
use super::monitor::Monitor;
use super::waiting::{MonitorWait, Waiting};
use crate::exceptions;
use crate::native::Result;
use crate::thread::Thread;
use gc::mark::{
    AGE_MASK, INFLATED, OWNER_MASK, PAYLOAD_BITS, PAYLOAD_SHIFT, RECURSION_SHIFT, TAG_MASK, THIN,
    UNLOCKED,
};
use gc::{Handle, Ref};
use std::sync::atomic::{AtomicU32, Ordering};

/// Looks at another thread's thin lock before it is inflated.
const THIN_SPINS: u32 = 40;
/// One more recursion of a thin lock.
const RECURSION: u32 = 1 << RECURSION_SHIFT;
const MAX_RECURSIONS: u32 = u32::MAX >> RECURSION_SHIFT;

/// Enters an unlocked object, or one that this thread has thin-locked, if that is simple.
#[inline(always)]
pub fn fast_enter(mark: &AtomicU32, id: u32) -> bool {
    let old = mark.load(Ordering::Relaxed);
    let thin = THIN | (id << PAYLOAD_SHIFT);
    let new = if old & !AGE_MASK == UNLOCKED {
        old | thin
    } else if old & (TAG_MASK | OWNER_MASK) == thin && old >> RECURSION_SHIFT < MAX_RECURSIONS {
        old + RECURSION
    } else {
        return false;
    };
    mark.compare_exchange(old, new, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

/// Leaves an object that this thread has thin-locked.
#[inline(always)]
pub fn fast_exit(mark: &AtomicU32, id: u32) -> bool {
    let old = mark.load(Ordering::Relaxed);
    if old & (TAG_MASK | OWNER_MASK) != THIN | (id << PAYLOAD_SHIFT) {
        return false;
    }
    let new = if old < RECURSION { old & AGE_MASK } else { old - RECURSION };
    mark.compare_exchange(old, new, Ordering::Release, Ordering::Relaxed).is_ok()
}

/// `monitorenter`. May block: raw references are stale afterwards.
///
/// # Errors
/// When the thread is to end while it waits.
#[inline]
pub fn monitor_enter(t: &Thread, object: Ref) -> Result<()> {
    if fast_enter(t.vm().heap.mark(object), t.id) { Ok(()) } else { enter_slow(t, object) }
}

/// `monitorexit`. Neither blocks nor reaches a safepoint unless it fails.
///
/// # Errors
/// `IllegalMonitorStateException`, without a message as in HotSpot, if this thread is not the owner.
#[inline]
pub fn monitor_exit(t: &Thread, object: Ref) -> Result<()> {
    if fast_exit(t.vm().heap.mark(object), t.id) { Ok(()) } else { exit_slow(t, object) }
}

#[cold]
#[inline(never)]
fn enter_slow(t: &Thread, object: Ref) -> Result<()> {
    let mark = t.vm().heap.mark(object);
    for _ in 0..THIN_SPINS {
        if fast_enter(mark, t.id) {
            return Ok(());
        }
        let now = mark.load(Ordering::Relaxed);
        let others = now & TAG_MASK == THIN && thin_owner(now) != t.id;
        if !others || t.should_poll() {
            break;
        }
        std::hint::spin_loop();
    }
    let (index, monitor) = inflate(t, object);
    if monitor.try_enter(t.id) || monitor.spin_enter(t.id, || !t.should_poll()) {
        return Ok(());
    }
    t.scope(|| {
        // The handle keeps the object alive, the pin keeps the monitor its own.
        t.handle(object);
        monitor.pin();
        let enter = || monitor.enter_contended(&t.shared, &t.vm().threads.safepoint);
        t.redoing(|| blocked_on(t, index, enter));
        monitor.unpin();
    });
    if t.is_ending() { Err(exceptions::ended(t)) } else { Ok(()) }
}

/// Runs `f` while the thread shows as blocked on a monitor.
fn blocked_on<R>(t: &Thread, index: u32, f: impl FnOnce() -> R) -> R {
    t.shared.blocked_on.store(index, Ordering::Relaxed);
    let result = java_thread::with_status(t, status::BLOCKED, f);
    t.shared.blocked_on.store(0, Ordering::Relaxed);
    result
}

#[cold]
#[inline(never)]
fn exit_slow(t: &Thread, object: Ref) -> Result<()> {
    let mark = t.vm().heap.mark(object);
    loop {
        let now = mark.load(Ordering::Acquire);
        match now & TAG_MASK {
            INFLATED => {
                let monitor = t.vm().monitors.get(now >> PAYLOAD_SHIFT);
                if monitor.owner() != t.id {
                    break;
                }
                monitor.exit();
                return Ok(());
            }
            THIN if thin_owner(now) == t.id => {
                if fast_exit(mark, t.id) {
                    return Ok(());
                }
            }
            _ => break,
        }
    }
    Err(exceptions::throw_bare(t, "java/lang/IllegalMonitorStateException"))
}

#[inline(always)]
fn thin_owner(mark: u32) -> u32 {
    (mark & OWNER_MASK) >> PAYLOAD_SHIFT
}

/// The object's monitor, made if it has none. No safepoint.
///
/// # Panics
/// If 67 million locks are inflated.
fn inflate(t: &Thread, object: Ref) -> (u32, &Monitor) {
    let vm = t.vm();
    let mark = vm.heap.mark(object);
    let mut spare = None;
    loop {
        let old = mark.load(Ordering::Acquire);
        let (owner, recursions, hash) = match old & TAG_MASK {
            INFLATED => {
                if let Some((index, _)) = spare {
                    vm.monitors.release(index);
                }
                let index = old >> PAYLOAD_SHIFT;
                return (index, vm.monitors.get(index));
            }
            THIN => (thin_owner(old), old >> RECURSION_SHIFT, 0),
            _ => (0, 0, old >> PAYLOAD_SHIFT),
        };
        let (index, monitor) = match spare {
            Some(spare) => spare,
            None => match vm.monitors.alloc() {
                Some(made) => made,
                None => panic!("out of monitors"),
            },
        };
        spare = Some((index, monitor));
        monitor.init(object.bits(), owner, recursions, hash);
        let new = (old & AGE_MASK) | INFLATED | (index << PAYLOAD_SHIFT);
        // Release publishes the monitor's fields, acquire is the lock's own when it was free.
        if mark.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            return (index, monitor);
        }
    }
}

/// `Thread.holdsLock`.
pub fn holds_lock(t: &Thread, object: Ref) -> bool {
    owner_of(t, object) == t.id
}

/// Id of the thread that has the object locked, 0 if nobody has.
pub fn owner_of(t: &Thread, object: Ref) -> u32 {
    let now = t.vm().heap.mark(object).load(Ordering::Acquire);
    match now & TAG_MASK {
        THIN => thin_owner(now),
        INFLATED => t.vm().monitors.get(now >> PAYLOAD_SHIFT).owner(),
        _ => 0,
    }
}

/// `Object.wait`; 0 milliseconds wait without limit.
///
/// # Errors
/// `IllegalArgumentException`, `IllegalMonitorStateException`, `InterruptedException`, in this
/// order of precedence.
pub fn wait(t: &Thread, object: Handle, millis: i64) -> Result<()> {
    if millis < 0 {
        let message = "timeout value is negative";
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", message));
    }
    let shown = if millis == 0 { status::WAITING } else { status::TIMED_WAITING };
    let wait = match t.resumed.take() {
        Some(Waiting::Monitor(wait)) => wait,
        _ => begin_wait(t, object, millis)?,
    };
    let MonitorWait { index, ref waiter, recursions, deadline } = wait;
    let monitor = t.vm().monitors.get(index);
    let safepoint = &t.vm().threads.safepoint;
    t.waits_for.replace(Some(Waiting::Monitor(wait.clone())));
    java_thread::with_status(t, shown, || {
        // `interrupt` first sets the Java field, then unparks: it can not fall between.
        let is_over = || {
            java_thread::is_interrupted(t)
                || deadline.has_passed()
                || t.shared.requests.is_stopped()
                || t.is_ending()
        };
        while !waiter.is_notified() && !is_over() {
            t.blocked(|| t.shared.event.park(deadline));
        }
    });
    let notified =
        blocked_on(t, index, || monitor.end_wait(&t.shared, waiter, recursions, safepoint));
    t.waits_for.take();
    // Coming back is part of the wait.
    t.shared.blocked.count.fetch_sub(1, Ordering::Relaxed);
    monitor.unpin();
    let interrupted = !notified && java_thread::take_interrupt(t);
    java_thread::served(t)?;
    match interrupted {
        true => Err(exceptions::throw_bare(t, "java/lang/InterruptedException")),
        false => Ok(()),
    }
}

/// Enters the wait set and leaves the monitor, which stays pinned.
fn begin_wait(t: &Thread, object: Handle, millis: i64) -> Result<MonitorWait> {
    check_owner(t, t.get(object))?;
    if java_thread::take_interrupt(t) {
        return Err(exceptions::throw_bare(t, "java/lang/InterruptedException"));
    }
    let (index, monitor) = inflate(t, t.get(object));
    let deadline = match millis {
        0 => Deadline::Never,
        _ => Deadline::after_millis(millis),
    };
    monitor.pin();
    let (waiter, recursions) = monitor.begin_wait(&t.shared);
    Ok(MonitorWait { index, waiter, recursions, deadline })
}

/// `Object.notify`.
///
/// # Errors
/// `IllegalMonitorStateException` if this thread is not the owner.
pub fn notify(t: &Thread, object: Ref) -> Result<()> {
    notify_some(t, object, 1)
}

/// `Object.notifyAll`.
///
/// # Errors
/// `IllegalMonitorStateException` if this thread is not the owner.
pub fn notify_all(t: &Thread, object: Ref) -> Result<()> {
    notify_some(t, object, usize::MAX)
}

fn notify_some(t: &Thread, object: Ref, count: usize) -> Result<()> {
    check_owner(t, object)?;
    let now = t.vm().heap.mark(object).load(Ordering::Acquire);
    // A thin lock never was waited on.
    if now & TAG_MASK == INFLATED {
        t.vm().monitors.get(now >> PAYLOAD_SHIFT).notify(count);
        t.vm().threads.dormant.wake_notified(t.vm());
    }
    Ok(())
}

fn check_owner(t: &Thread, object: Ref) -> Result<()> {
    if holds_lock(t, object) { Ok(()) } else { Err(exceptions::illegal_monitor(t)) }
}

/// `System.identityHashCode` of an object (not null): 26 bits, never 0. No safepoint.
#[inline]
pub fn identity_hash(t: &Thread, object: Ref) -> i32 {
    let now = t.vm().heap.mark(object).load(Ordering::Relaxed);
    if now & TAG_MASK == UNLOCKED && now >> PAYLOAD_SHIFT != 0 {
        return (now >> PAYLOAD_SHIFT) as i32;
    }
    hash_slow(t, object)
}

/// The name under which the contract lists [`identity_hash`].
#[inline]
pub fn hash_of(t: &Thread, object: Ref) -> i32 {
    identity_hash(t, object)
}

#[inline(never)]
fn hash_slow(t: &Thread, object: Ref) -> i32 {
    let mark = t.vm().heap.mark(object);
    loop {
        let old = mark.load(Ordering::Relaxed);
        if old & TAG_MASK != UNLOCKED {
            break;
        }
        if old >> PAYLOAD_SHIFT != 0 {
            return (old >> PAYLOAD_SHIFT) as i32;
        }
        let hash = next_hash(t);
        let new = old | (hash << PAYLOAD_SHIFT);
        if mark.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return hash as i32;
        }
    }
    // Locked: the hash has its place in the monitor.
    let (_, monitor) = inflate(t, object);
    let hash = monitor.hash.load(Ordering::Relaxed);
    if hash != 0 {
        return hash as i32;
    }
    let new = next_hash(t);
    match monitor.hash.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => new as i32,
        Err(theirs) => theirs as i32,
    }
}

/// The next value of the thread's xorshift generator (Marsaglia 2003) that is a valid hash.
fn next_hash(t: &Thread) -> u32 {
    let mut x = t.hash_state.get();
    loop {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        let hash = (x >> (64 - PAYLOAD_BITS)) as u32;
        if hash != 0 {
            t.hash_state.set(x);
            return hash;
        }
    }
}
