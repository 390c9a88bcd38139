//! Facts about the machine and this process.

use std::env;
use std::ffi::{CStr, OsString};
use std::path::PathBuf;

use rustix::rand::{GetRandomFlags, getrandom};

use super::cgroup::Cgroups;
use super::names::current_user;
use super::{OsHost, locale, threads, time_zone};
use crate::host::{
    CpuTicks, Errno, LocaleInfo, MemoryInfo, System, SystemInfo, TimeZoneSource, UserInfo,
};

impl System for OsHost {
    fn environment(&self) -> Result<Vec<(OsString, OsString)>, Errno> {
        Ok(env::vars_os().collect())
    }

    fn current_dir(&self) -> Result<PathBuf, Errno> {
        Ok(env::current_dir()?)
    }

    fn process_id(&self) -> Result<u32, Errno> {
        Ok(std::process::id())
    }

    fn available_processors(&self) -> usize {
        // The mask is refused on machines of more processors than it has bits; they have no small number of them.
        let allowed = match rustix::thread::sched_getaffinity(None) {
            Ok(mask) => mask.count() as usize,
            Err(_) => std::thread::available_parallelism().map_or(1, usize::from),
        };
        Cgroups::of_this_process().cpu_limit().map_or(allowed, |limit| limit.min(allowed)).max(1)
    }

    fn memory(&self) -> Result<MemoryInfo, Errno> {
        let info = rustix::system::sysinfo();
        let bytes = |units: u64| units.saturating_mul(u64::from(info.mem_unit.max(1)));
        let physical_bytes = bytes(info.totalram);
        let limit = Cgroups::of_this_process().memory_limit_bytes();
        Ok(MemoryInfo {
            physical_bytes,
            free_bytes: bytes(info.freeram),
            limit_bytes: limit.filter(|limit| *limit < physical_bytes),
            swap_bytes: bytes(info.totalswap),
            swap_free_bytes: bytes(info.freeswap),
        })
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Errno> {
        let mut filled = 0;
        while filled < bytes.len() {
            // Not a wait that anyone would have to break off: once the system has booted it always answers.
            filled += match getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
                Err(rustix::io::Errno::INTR) => 0,
                result => result?,
            };
        }
        Ok(())
    }

    fn system_info(&self) -> Result<SystemInfo, Errno> {
        let names = rustix::system::uname();
        let text = |name: &CStr| name.to_string_lossy().into_owned();
        let arch = match env::consts::ARCH {
            "x86_64" => "amd64",
            arch => arch,
        };
        Ok(SystemInfo {
            name: text(names.sysname()),
            version: text(names.release()),
            arch: arch.into(),
        })
    }

    fn user(&self) -> Result<UserInfo, Errno> {
        let entry = current_user()?;
        let (name, home) = entry.unwrap_or_else(|| ("?".into(), PathBuf::new()));
        // As Java: a home of less than three characters is none (containers give "/"), then the variable counts.
        let home = if home.as_os_str().len() >= 3 {
            home
        } else {
            env::var_os("HOME")
                .filter(|home| !home.is_empty())
                .map_or_else(|| "?".into(), PathBuf::from)
        };
        Ok(UserInfo { name, home })
    }

    fn temp_dir(&self) -> PathBuf {
        // Java does not look at TMPDIR.
        PathBuf::from("/tmp")
    }

    fn locale(&self) -> LocaleInfo {
        locale::of_environment()
    }

    fn cpu_ticks(&self, processor: Option<u32>) -> Result<CpuTicks, Errno> {
        let stat = std::fs::read_to_string("/proc/stat")?;
        let name = processor.map_or_else(|| "cpu".into(), |n| format!("cpu{n}"));
        ticks_in(&stat, &name).ok_or(Errno(libc::ENOENT))
    }

    fn load_average(&self) -> Option<[f64; 3]> {
        let mut loads = [0.0; 3];
        // SAFETY: the buffer has room for the three numbers asked for.
        let count = unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) };
        (count == 3).then_some(loads)
    }

    fn set_thread_name(&self, name: &str) {
        threads::set_name(name);
    }

    fn interrupt_thread(&self, token: u64) {
        threads::interrupt(token);
    }

    fn time_zone_id(&self, source: TimeZoneSource) -> Option<String> {
        time_zone::local(source)
    }
}

impl OsHost {
    /// Raises the soft limit of open descriptors to the hard one, as `java` does; child processes inherit it. A
    /// refusal changes nothing.
    pub fn raise_descriptor_limit() {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the structure is valid, and is set only as it was read.
        unsafe {
            if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
                limit.rlim_cur = limit.rlim_max;
                libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
            }
        }
    }

    /// Makes writes beyond the limit of file sizes fail with [`libc::EFBIG`] instead of ending the process.
    pub fn survive_file_size_limit() {
        // SAFETY: there is no handler that could be wrong.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    }
}

/// The line of a processor in `/proc/stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal.
fn ticks_in(stat: &str, name: &str) -> Option<CpuTicks> {
    let mut lines = stat.lines().map(str::split_ascii_whitespace);
    let line = lines.find_map(|mut words| (words.next() == Some(name)).then_some(words))?;
    let ticks: Vec<u64> = line.take(8).map_while(|word| word.parse().ok()).collect();
    let &[user, nice, system, idle, iowait, irq, softirq, steal] = ticks.as_slice() else {
        return None;
    };
    let busy = user + nice + system + irq + softirq;
    Some(CpuTicks { busy, total: busy + idle + iowait + steal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts() {
        assert!((1..=4096).contains(&OsHost.available_processors()));
        let memory = OsHost.memory().expect("memory");
        assert!(memory.physical_bytes > 1 << 26 && memory.free_bytes <= memory.physical_bytes);
        assert!(memory.usable_bytes() <= memory.physical_bytes);
        let info = OsHost.system_info().expect("uname");
        assert_eq!(info.name, "Linux");
        assert!(info.version.starts_with(|c: char| c.is_ascii_digit()) && !info.arch.is_empty());
        assert!(!OsHost.user().expect("user").name.is_empty());
        assert!(OsHost.current_dir().expect("cwd").is_absolute());
        assert_eq!(OsHost.process_id(), Ok(std::process::id()));
        assert!(OsHost.environment().expect("environment").iter().any(|(name, _)| name == "PATH"));
    }

    #[test]
    fn random_bytes_differ() {
        let (mut a, mut b) = ([0; 1000], [0; 1000]);
        OsHost.random(&mut a).expect("random");
        OsHost.random(&mut b).expect("random");
        assert!(a != b && a.iter().any(|byte| *byte != 0));
    }
}
