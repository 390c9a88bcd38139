//! Waiting on a 32-bit word (futex(2)), the one blocking primitive under parkers and safepoints.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};

/// How long a thread is willing to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Without limit.
    Never,
    /// Until the monotonic clock shows this many nanoseconds.
    Monotonic(i64),
    /// Until the wall clock shows this many nanoseconds since 1970, whatever happens to the clock.
    WallClock(i64),
}

/// A [`Deadline`] outside of the process that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortableDeadline {
    /// Without limit.
    Never,
    /// This many nanoseconds are left; time in which nothing runs does not count.
    Remaining(i64),
    /// When the wall clock shows this many nanoseconds since 1970.
    WallClock(i64),
}

impl From<PortableDeadline> for Deadline {
    fn from(deadline: PortableDeadline) -> Deadline {
        match deadline {
            PortableDeadline::Never => Deadline::Never,
            PortableDeadline::Remaining(nanos) => Deadline::after_nanos(nanos),
            PortableDeadline::WallClock(at) => Deadline::WallClock(at),
        }
    }
}

impl Deadline {
    /// `nanos` from now; beyond the clock's range it is as good as never.
    pub fn after_nanos(nanos: i64) -> Deadline {
        Deadline::Monotonic(monotonic_nanos().saturating_add(nanos.max(0)))
    }

    /// `millis` from now.
    pub fn after_millis(millis: i64) -> Deadline {
        Deadline::after_nanos(millis.saturating_mul(1_000_000))
    }

    /// At this many milliseconds since 1970.
    pub fn at_wall_millis(millis: i64) -> Deadline {
        Deadline::WallClock(millis.saturating_mul(1_000_000))
    }

    /// As another process can read it: a time from now on instead of one of this machine's monotonic clock.
    pub fn to_portable(self) -> PortableDeadline {
        match self {
            Deadline::Never => PortableDeadline::Never,
            Deadline::Monotonic(at) => {
                PortableDeadline::Remaining(at.saturating_sub(monotonic_nanos()).max(0))
            }
            Deadline::WallClock(at) => PortableDeadline::WallClock(at),
        }
    }

    /// Time until then in nanoseconds, 0 if it is over; nothing if it never is.
    pub fn nanos_left(self) -> Option<i64> {
        let left = |at: i64, now: i64| Some(at.saturating_sub(now).max(0));
        match self {
            Deadline::Never => None,
            Deadline::Monotonic(at) => left(at, monotonic_nanos()),
            Deadline::WallClock(at) => left(at, clock_nanos(libc::CLOCK_REALTIME)),
        }
    }

    /// Whether it is over.
    pub fn has_passed(self) -> bool {
        match self {
            Deadline::Never => false,
            Deadline::Monotonic(at) => monotonic_nanos() >= at,
            Deadline::WallClock(at) => clock_nanos(libc::CLOCK_REALTIME) >= at,
        }
    }
}

/// The monotonic clock in nanoseconds.
pub fn monotonic_nanos() -> i64 {
    clock_nanos(libc::CLOCK_MONOTONIC)
}

fn clock_nanos(clock: libc::clockid_t) -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid place for the result.
    unsafe { libc::clock_gettime(clock, &mut now) };
    now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
}

/// Sleeps while `word` holds `expected`, until woken or the deadline. May return for no reason, so
/// callers look at their condition again.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) {
    let (clock_flag, at) = match deadline {
        Deadline::Never => (0, None),
        Deadline::Monotonic(at) => (0, Some(at)),
        Deadline::WallClock(at) => (libc::FUTEX_CLOCK_REALTIME, Some(at)),
    };
    let timeout = at.map(|at| libc::timespec {
        tv_sec: at.max(0) / 1_000_000_000,
        tv_nsec: at.max(0) % 1_000_000_000,
    });
    let timeout_ptr = timeout.as_ref().map_or(std::ptr::null(), |t| t as *const libc::timespec);
    // FUTEX_WAIT_BITSET, unlike FUTEX_WAIT, takes absolute times.
    // SAFETY: the word and the timeout outlive the call; the kernel only reads them.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG | clock_flag,
            expected,
            timeout_ptr,
            std::ptr::null::<u32>(),
            u32::MAX,
        );
    }
}

/// Wakes up to `count` threads that sleep on the word.
pub fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: the kernel uses the address as a key and does not touch the word.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
        );
    }
}

/// Wakes all threads that sleep on the word.
pub fn wake_all(word: &AtomicU32) {
    wake(word, i32::MAX);
}

/// Sleeps until the word differs from `unwanted`; answers its value.
pub fn wait_while(word: &AtomicU32, unwanted: u32) -> u32 {
    loop {
        let now = word.load(Ordering::SeqCst);
        if now != unwanted {
            return now;
        }
        wait(word, unwanted, Deadline::Never);
    }
}
