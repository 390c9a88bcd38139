use crate::sync::{fast_enter, fast_exit};
use gc::mark::*;
use std::sync::atomic::{AtomicU32, Ordering};

fn word(bits: u32) -> AtomicU32 {
    AtomicU32::new(bits)
}

#[test]
fn thin_locks_nest_and_keep_the_age() {
    let age = 5 << AGE_SHIFT;
    let mark = word(age);
    let id = 0x3ffff;
    assert!(fast_enter(&mark, id));
    assert_eq!(mark.load(Ordering::Relaxed), THIN | age | OWNER_MASK);
    for _ in 0..255 {
        assert!(fast_enter(&mark, id));
    }
    assert!(!fast_enter(&mark, id), "the 257th entry needs a monitor");
    assert!(!fast_enter(&mark, 1) && !fast_exit(&mark, 1));
    for _ in 0..256 {
        assert!(fast_exit(&mark, id));
    }
    assert_eq!(mark.load(Ordering::Relaxed), age);
    assert!(!fast_exit(&mark, id));
}

#[test]
fn hashed_and_inflated_marks_take_the_slow_path() {
    for bits in [UNLOCKED | 77 << PAYLOAD_SHIFT, INFLATED | 1 << PAYLOAD_SHIFT, FORWARDED] {
        let mark = word(bits);
        assert!(!fast_enter(&mark, 1) && !fast_exit(&mark, 1));
        assert_eq!(mark.load(Ordering::Relaxed), bits);
    }
}

#[test]
fn thin_locks_exclude() {
    let (mark, count) = (word(0), AtomicU32::new(0));
    std::thread::scope(|s| {
        for id in 1..=4 {
            let (mark, count) = (&mark, &count);
            s.spawn(move || {
                for _ in 0..20_000 {
                    while !fast_enter(mark, id) {
                        std::thread::yield_now();
                    }
                    let n = count.load(Ordering::Relaxed);
                    count.store(n + 1, Ordering::Relaxed);
                    while !fast_exit(mark, id) {}
                }
            });
        }
    });
    assert_eq!((count.into_inner(), mark.into_inner()), (80_000, 0));
}
