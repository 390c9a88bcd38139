use super::Fake;
use crate::sync::futex::monotonic_nanos;
use crate::sync::{Deadline, Parker, Threads, state};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const MS: i64 = 1_000_000;

#[test]
fn a_permit_is_kept_and_taken_once() {
    let parker = Parker::new();
    assert!(!parker.try_take());
    parker.unpark();
    parker.unpark();
    assert!(parker.park(Deadline::Never));
    assert!(!parker.park(Deadline::after_nanos(0)));
    parker.unpark();
    assert!(parker.try_take());
    assert!(!parker.try_take());
}

#[test]
fn park_ends_at_deadlines_of_both_clocks() {
    let parker = Parker::new();
    let start = Instant::now();
    assert!(!parker.park(Deadline::after_millis(20)));
    assert!(start.elapsed() >= Duration::from_millis(20));
    let wall = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as i64;
    let start = Instant::now();
    assert!(!parker.park(Deadline::at_wall_millis(wall + 30)));
    assert!(start.elapsed() >= Duration::from_millis(28));
    assert!(!parker.park(Deadline::at_wall_millis(wall - 1000)));
    assert!(!parker.park(Deadline::at_wall_millis(i64::MIN)));
    assert!(!Deadline::after_nanos(i64::MAX).has_passed());
    assert!(!Deadline::after_millis(i64::MAX).has_passed());
    assert!(Deadline::after_nanos(-5) <= Deadline::after_nanos(0));
}

impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Deadline) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Deadline::Monotonic(a), Deadline::Monotonic(b)) => a.partial_cmp(b),
            _ => None,
        }
    }
}

#[test]
fn far_deadlines_wait() {
    let parker = Parker::new();
    thread::scope(|s| {
        s.spawn(|| {
            thread::sleep(Duration::from_millis(10));
            parker.unpark();
        });
        assert!(parker.park(Deadline::after_nanos(i64::MAX)));
        s.spawn(|| {
            thread::sleep(Duration::from_millis(10));
            parker.unpark();
        });
        assert!(parker.park(Deadline::at_wall_millis(i64::MAX)));
    });
}

#[test]
fn unpark_carries_data_over() {
    let (ping, pong, data) = (Parker::new(), Parker::new(), AtomicU64::new(0));
    thread::scope(|s| {
        s.spawn(|| {
            for i in 1..=20_000 {
                ping.park(Deadline::Never);
                assert_eq!(data.load(Ordering::Relaxed), 2 * i - 1);
                data.store(2 * i, Ordering::Relaxed);
                pong.unpark();
            }
        });
        for i in 1..=20_000 {
            data.store(2 * i - 1, Ordering::Relaxed);
            ping.unpark();
            pong.park(Deadline::Never);
            assert_eq!(data.load(Ordering::Relaxed), 2 * i);
        }
    });
}

/// Mutators write two plain cells that must always agree when the world is stopped.
#[test]
fn nobody_runs_in_a_stopped_world() {
    let threads = Threads::new();
    let end = AtomicBool::new(false);
    let cells: Vec<[AtomicU64; 2]> = (0..6).map(|_| Default::default()).collect();
    thread::scope(|s| {
        for (n, cell) in cells.iter().enumerate() {
            let (threads, end) = (&threads, &end);
            s.spawn(move || {
                let me = Fake::new(threads);
                while !end.load(Ordering::Relaxed) {
                    for _ in 0..50 {
                        let v = cell[0].load(Ordering::Relaxed) + 1;
                        cell[0].store(v, Ordering::Relaxed);
                        std::hint::spin_loop();
                        cell[1].store(v, Ordering::Relaxed);
                    }
                    if n % 2 == 0 {
                        me.poll();
                    } else {
                        threads.safepoint.blocked(&me.shared, thread::yield_now);
                    }
                }
            });
        }
        let stoppers: Vec<_> = (0..2)
            .map(|_| {
                s.spawn(|| {
                    let me = Fake::new(&threads);
                    for _ in 0..500 {
                        let stopped = threads.stop(&me.shared);
                        assert_eq!(threads.safepoint.holder(), me.id());
                        let before: Vec<_> =
                            cells.iter().map(|c| c[0].load(Ordering::Relaxed)).collect();
                        for (cell, old) in cells.iter().zip(&before) {
                            assert_eq!(cell[1].load(Ordering::Relaxed), *old);
                        }
                        for _ in 0..200 {
                            std::hint::spin_loop();
                        }
                        for (cell, old) in cells.iter().zip(&before) {
                            assert_eq!(cell[0].load(Ordering::Relaxed), *old);
                        }
                        drop(stopped);
                    }
                })
            })
            .collect();
        for stopper in stoppers {
            stopper.join().expect("a stopper failed");
        }
        end.store(true, Ordering::Relaxed);
    });
    assert_eq!(threads.counts().live, 0);
}

#[test]
fn a_blocked_thread_does_not_hold_a_stop_up_and_waits_for_its_end() {
    let threads = Threads::new();
    let (entered, go) = (Parker::new(), Parker::new());
    let back = AtomicBool::new(false);
    let main = Fake::new(&threads);
    thread::scope(|s| {
        s.spawn(|| {
            let me = Fake::new(&threads);
            threads.safepoint.blocked(&me.shared, || {
                entered.unpark();
                go.park(Deadline::Never);
            });
            back.store(true, Ordering::Relaxed);
        });
        entered.park(Deadline::Never);
        let stopped = threads.stop(&main.shared);
        go.unpark();
        thread::sleep(Duration::from_millis(30));
        assert!(!back.load(Ordering::Relaxed));
        drop(stopped);
    });
    assert!(back.load(Ordering::Relaxed));
}

#[test]
fn threads_come_and_go_during_stops() {
    let threads = Threads::new();
    let end = AtomicBool::new(false);
    let made = AtomicU64::new(0);
    let main = Fake::new(&threads);
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                let me = Fake::new(&threads);
                while !end.load(Ordering::Relaxed) {
                    // As `start` does: the parent registers, the child comes in as NEW.
                    let child = threads.register(true).expect("no limit");
                    assert_eq!(child.state.load(Ordering::Relaxed), state::NEW);
                    let threads = &threads;
                    let handle = s.spawn(move || {
                        threads.safepoint.leave_blocked(&child);
                        threads.unregister(&child);
                    });
                    made.fetch_add(1, Ordering::Relaxed);
                    threads.safepoint.blocked(&me.shared, || handle.join()).expect("child");
                }
            });
        }
        while made.load(Ordering::Relaxed) < 300 {
            drop(threads.stop(&main.shared));
        }
        end.store(true, Ordering::Relaxed);
        threads.safepoint.blocked(&main.shared, || while threads.counts().live > 1 {});
    });
    assert_eq!(threads.counts().daemon, 0);
}

#[test]
fn ids_are_reused_lowest_first_and_limited() {
    let threads = Threads::new();
    let a = Fake::new(&threads);
    let b = Fake::new(&threads);
    let c = Fake::new(&threads);
    assert_eq!((a.id(), b.id(), c.id()), (1, 2, 3));
    drop(a);
    drop(b);
    let d = Fake::new(&threads);
    assert_eq!(d.id(), 1);
    assert_eq!(d.shared.serial, 4);
    threads.set_limit(2);
    assert!(threads.register(false).is_none());
    assert_eq!(threads.counts().peak, 3);
    assert!(threads.by_id(3).is_some());
    assert!(threads.by_id(2).is_none());
    assert!(threads.by_id(99).is_none());
}

#[test]
fn a_stop_is_short() {
    let threads = Threads::new();
    let end = AtomicBool::new(false);
    let main = Fake::new(&threads);
    thread::scope(|s| {
        s.spawn(|| {
            let me = Fake::new(&threads);
            while !end.load(Ordering::Relaxed) {
                me.poll();
            }
        });
        let start = monotonic_nanos();
        for _ in 0..100 {
            drop(threads.stop(&main.shared));
        }
        assert!(monotonic_nanos() - start < 100 * 50 * MS);
        end.store(true, Ordering::Relaxed);
        threads.safepoint.blocked(&main.shared, || while threads.counts().live > 1 {});
    });
}
