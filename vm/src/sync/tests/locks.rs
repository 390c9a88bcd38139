use super::Fake;
use crate::sync::{Deadline, Monitor, Monitors, Parker, Threads};
use gc::{Ref, WeakVisitor};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

struct Plain(UnsafeCell<u64>);
// SAFETY: the tests only touch it inside the monitor.
unsafe impl Sync for Plain {}

fn enter(m: &Monitor, me: &Fake) {
    m.pin();
    if !m.try_enter(me.id()) && !m.spin_enter(me.id(), || !me.threads.safepoint.is_stopping()) {
        m.enter_contended(&me.shared, &me.threads.safepoint);
    }
    m.unpin();
}

/// `Object.wait` on a monitor, without interruption.
fn wait(m: &Monitor, me: &Fake, deadline: Deadline) -> bool {
    m.pin();
    let (waiter, recursions) = m.begin_wait(&me.shared);
    while !waiter.is_notified() && !deadline.has_passed() {
        me.threads.safepoint.blocked(&me.shared, || me.shared.event.park(deadline));
    }
    let notified = m.end_wait(&me.shared, &waiter, recursions, &me.threads.safepoint);
    m.unpin();
    notified
}

/// Contention, nesting and stops of the world at the same time; a lost wake-up would hang.
#[test]
fn a_monitor_excludes() {
    let threads = Threads::new();
    let monitor = Monitor::default();
    let count = Plain(UnsafeCell::new(0));
    let (rounds, workers) = (20_000, 4);
    thread::scope(|s| {
        for _ in 0..workers {
            s.spawn(|| {
                let me = Fake::new(&threads);
                // Capture the wrapper, not its field.
                let count = &count;
                for i in 0..rounds {
                    enter(&monitor, &me);
                    if i % 7 == 0 {
                        enter(&monitor, &me);
                        assert_eq!(monitor.entries(), 2);
                        monitor.exit();
                    }
                    // SAFETY: inside the monitor.
                    unsafe { *count.0.get() += 1 };
                    if i % 512 == 0 {
                        threads.safepoint.blocked(&me.shared, thread::yield_now);
                    }
                    assert_eq!(monitor.owner(), me.id());
                    monitor.exit();
                    me.poll();
                }
            });
        }
        s.spawn(|| {
            let me = Fake::new(&threads);
            for _ in 0..50 {
                threads.safepoint.blocked(&me.shared, || thread::sleep(Duration::from_micros(300)));
                drop(threads.stop(&me.shared));
            }
        });
    });
    // SAFETY: all threads have ended.
    assert_eq!(unsafe { *count.0.get() }, rounds * workers);
    assert_eq!(monitor.owner(), 0);
    assert!(monitor.is_idle());
    assert_eq!(monitor.queued(), (vec![], vec![]));
}

/// A buffer of one place between producers and consumers, as in every textbook.
#[test]
fn wait_and_notify_hand_over() {
    let threads = Threads::new();
    let monitor = Monitor::default();
    let place = AtomicU64::new(0);
    let sum = AtomicU64::new(0);
    let each = 3000;
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                let me = Fake::new(&threads);
                for i in 1..=each {
                    enter(&monitor, &me);
                    while place.load(Ordering::Relaxed) != 0 {
                        assert!(wait(&monitor, &me, Deadline::Never));
                    }
                    place.store(i, Ordering::Relaxed);
                    monitor.notify(usize::MAX);
                    monitor.exit();
                }
            });
            s.spawn(|| {
                let me = Fake::new(&threads);
                for _ in 0..each {
                    enter(&monitor, &me);
                    while place.load(Ordering::Relaxed) == 0 {
                        assert!(wait(&monitor, &me, Deadline::Never));
                    }
                    sum.fetch_add(place.swap(0, Ordering::Relaxed), Ordering::Relaxed);
                    monitor.notify(usize::MAX);
                    monitor.exit();
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), each * (each + 1));
    assert!(monitor.is_idle());
}

#[test]
fn notify_wakes_one_in_the_order_of_waiting() {
    let threads = Threads::new();
    let monitor = Monitor::default();
    let order = std::sync::Mutex::new(Vec::new());
    let main = Fake::new(&threads);
    thread::scope(|s| {
        for n in 0..3usize {
            let (threads, monitor, order) = (&threads, &monitor, &order);
            s.spawn(move || {
                let me = Fake::new(threads);
                enter(monitor, &me);
                enter(monitor, &me);
                assert!(wait(monitor, &me, Deadline::Never));
                assert_eq!(monitor.entries(), 2);
                order.lock().expect("no panic").push(n);
                monitor.exit();
                monitor.exit();
            });
            threads.safepoint.blocked(&main.shared, || while monitor.queued().1.len() <= n {});
        }
        for n in 0..3 {
            enter(&monitor, &main);
            monitor.notify(1);
            monitor.exit();
            threads
                .safepoint
                .blocked(&main.shared, || while order.lock().expect("no panic").len() <= n {});
        }
    });
    assert_eq!(*order.lock().expect("no panic"), [0, 1, 2]);
}

#[test]
fn timed_waits_end_and_race_with_notify() {
    let threads = Threads::new();
    let monitor = Monitor::default();
    let (notified, late) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let done = AtomicBool::new(false);
    thread::scope(|s| {
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                s.spawn(|| {
                    let me = Fake::new(&threads);
                    for i in 0..2000 {
                        enter(&monitor, &me);
                        let deadline = Deadline::after_nanos(i % 40 * 1000);
                        let counter = if wait(&monitor, &me, deadline) { &notified } else { &late };
                        counter.fetch_add(1, Ordering::Relaxed);
                        assert_eq!(monitor.owner(), me.id());
                        monitor.exit();
                    }
                })
            })
            .collect();
        s.spawn(|| {
            let me = Fake::new(&threads);
            while !done.load(Ordering::Relaxed) {
                enter(&monitor, &me);
                monitor.notify(1);
                monitor.exit();
            }
        });
        for w in waiters {
            w.join().expect("a waiter failed");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(notified.into_inner() + late.into_inner(), 6000);
    assert!(monitor.is_idle());
    assert_eq!(monitor.queued(), (vec![], vec![]));
}

#[test]
fn a_contender_stays_out_of_a_stopped_world() {
    let threads = Threads::new();
    let monitor = Monitor::default();
    let main = Fake::new(&threads);
    let entered = Parker::new();
    enter(&monitor, &main);
    thread::scope(|s| {
        s.spawn(|| {
            let me = Fake::new(&threads);
            enter(&monitor, &me);
            entered.unpark();
            monitor.exit();
        });
        threads.safepoint.blocked(&main.shared, || while monitor.queued().0.is_empty() {});
        assert!(!monitor.is_idle());
        let stopped = threads.stop(&main.shared);
        monitor.exit();
        assert!(!entered.park(Deadline::after_millis(20)));
        drop(stopped);
        assert!(entered.park(Deadline::Never));
    });
}

struct Half;

impl WeakVisitor for Half {
    fn visit(&mut self, slot: &mut Ref) -> bool {
        *slot = Ref::from_bits(slot.bits() + 1000);
        self.is_alive(*slot)
    }
    fn is_alive(&self, object: Ref) -> bool {
        object.bits().is_multiple_of(2)
    }
    fn is_full(&self) -> bool {
        true
    }
}

#[test]
fn the_table_grows_and_reclaims_the_dead() {
    let monitors = Monitors::new();
    for n in 1..=1000 {
        let (index, monitor) = monitors.alloc().expect("room");
        assert_eq!(index, n);
        monitor.init(n, 0, 0, n);
    }
    assert_eq!(monitors.live(), 1000);
    monitors.visit_weak(&mut Half);
    assert_eq!(monitors.live(), 500);
    assert_eq!(monitors.indices().len(), 500);
    assert_eq!(monitors.get(10).object.load(Ordering::Relaxed), 1010);
    assert_eq!(monitors.get(11).object.load(Ordering::Relaxed), 0);
    let (index, monitor) = monitors.alloc().expect("room");
    assert!(index % 2 == 1 && monitor.owner() == 0 && monitor.hash.load(Ordering::Relaxed) == 0);
    monitors.release(index);
    assert_eq!(monitors.live(), 500);
}
