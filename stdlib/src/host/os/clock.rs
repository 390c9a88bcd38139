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
