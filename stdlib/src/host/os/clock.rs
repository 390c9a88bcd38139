//! Clocks.

use rustix::time::{ClockId, Timespec, clock_gettime};

use super::OsHost;
use crate::host::{Clock, Timestamp};

impl Clock for OsHost {
    fn utc_offset_seconds(&self) -> i64 {
        let now: libc::time_t = self.wall_clock().seconds;
        // SAFETY: all fields of `tm` may be zero, and both pointers are valid for the call.
        let local = unsafe {
            let mut local: libc::tm = std::mem::zeroed();
            libc::localtime_r(&now, &mut local);
            local
        };
        local.tm_gmtoff
    }

    fn monotonic_nanos(&self) -> i64 {
        nanos(clock_gettime(ClockId::Monotonic))
    }

    fn wall_clock(&self) -> Timestamp {
        let now = clock_gettime(ClockId::Realtime);
        // The kernel keeps nanoseconds below a thousand million.
        Timestamp { seconds: now.tv_sec, nanos: now.tv_nsec as u32 }
    }

    fn thread_cpu_nanos(&self) -> i64 {
        nanos(clock_gettime(ClockId::ThreadCPUTime))
    }

    fn cpu_nanos_of_thread(&self, thread: u64) -> Option<i64> {
        // What pthread_getcpuclockid(3) makes of the thread's number: its complement, and that a thread's
        // time on a processor is meant (MAKE_THREAD_CPUCLOCK of the kernel).
        const THREAD_TIME: i32 = 6;
        let thread = i32::try_from(thread).ok().filter(|thread| *thread > 0)?;
        let clock = (!thread << 3) | THREAD_TIME;
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: there is room for the result.
        let found = unsafe { libc::clock_gettime(clock, &mut time) } == 0;
        found.then(|| time.tv_sec.wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec))
    }

    fn user_nanos_of_thread(&self, thread: u64) -> Option<i64> {
        /// Number of the field `utime` behind the name, which may hold anything and ends with the last `)`
        /// (proc_pid_stat(5)).
        const UTIME: usize = 11;
        let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
        let ticks = stat.rsplit(')').next()?.split_whitespace().nth(UTIME)?;
        Some(ticks.parse::<i64>().ok()? * (1_000_000_000 / self.ticks_per_second()))
    }

    fn ticks_per_second(&self) -> i64 {
        rustix::param::clock_ticks_per_second() as i64
    }

    fn process_cpu_nanos(&self) -> i64 {
        nanos(clock_gettime(ClockId::ProcessCPUTime))
    }
}

fn nanos(time: Timespec) -> i64 {
    time.tv_sec.wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_go_forward() {
        let (start, cpu) = (OsHost.monotonic_nanos(), OsHost.thread_cpu_nanos());
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(OsHost.monotonic_nanos() - start >= 2_000_000);
        assert!(OsHost.thread_cpu_nanos() >= cpu);
        assert!(OsHost.process_cpu_nanos() > 0);
        let now = OsHost.wall_clock();
        assert!(now.seconds > 1_700_000_000 && now.nanos < 1_000_000_000);
    }
}
