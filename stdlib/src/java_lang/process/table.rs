//! What `/proc` tells of processes, read through the host.

use crate::host::{Host, Links, OpenFlags};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// One process.
pub(super) struct Process {
    /// Its parent.
    pub(super) parent: i64,
    /// When it started, in milliseconds since 1970.
    pub(super) start_millis: i64,
    /// Processor time that it has used, in nanoseconds.
    pub(super) cpu_nanos: i64,
}

/// Contents of a small file.
fn read(host: &dyn Host, path: &str) -> Option<Vec<u8>> {
    let fd = host.open(Path::new(path), OpenFlags::READ, 0).ok()?;
    let mut contents = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match host.read(&fd, &mut buffer).ok()? {
            0 => return Some(contents),
            n => contents.extend_from_slice(&buffer[..n]),
        }
    }
}

/// When the machine started, in milliseconds since 1970.
fn boot_millis(host: &dyn Host) -> Option<i64> {
    let stat = String::from_utf8(read(host, "/proc/stat")?).ok()?;
    let line = stat.lines().find_map(|l| l.strip_prefix("btime "))?;
    Some(line.trim().parse::<i64>().ok()? * 1000)
}

/// A process by its number, if it is there (`proc_pid_stat(5)`).
pub(super) fn find(host: &dyn Host, pid: i64) -> Option<Process> {
    let stat = read(host, &format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may hold anything.
    let after_name = stat.iter().rposition(|&b| b == b')')? + 1;
    let text = std::str::from_utf8(&stat[after_name..]).ok()?;
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    // Field 3 of the manual, the state, is the first here.
    let number = |n: usize| fields.get(n - 3)?.parse::<i64>().ok();
    let ticks = host.ticks_per_second();
    Some(Process {
        parent: number(4)?,
        start_millis: boot_millis(host)? + number(22)? * 1000 / ticks,
        cpu_nanos: (number(14)? + number(15)?) * (1_000_000_000 / ticks),
    })
}

/// The numbers of all processes.
pub(super) fn all(host: &dyn Host) -> Vec<i64> {
    let Ok(dir) = host.open_dir(Path::new("/proc")) else { return Vec::new() };
    let mut pids = Vec::new();
    while let Ok(Some(entry)) = host.next_dir_entry(&dir) {
        if let Some(pid) = entry.name.to_str().and_then(|n| n.parse().ok()) {
            pids.push(pid);
        }
    }
    pids
}

/// Path of the program that a process runs.
pub(super) fn program(host: &dyn Host, pid: i64) -> Option<String> {
    let path = host.read_link(Path::new(&format!("/proc/{pid}/exe"))).ok()?;
    Some(path.display().to_string())
}

/// The command's words; nothing where there are none to be seen.
pub(super) fn command_line(host: &dyn Host, pid: i64) -> Option<Vec<String>> {
    let line = read(host, &format!("/proc/{pid}/cmdline"))?;
    let line = line.strip_suffix(b"\0").filter(|l| !l.is_empty())?;
    Some(line.split(|&b| b == 0).map(|w| String::from_utf8_lossy(w).into_owned()).collect())
}

/// Name of the user that a process belongs to.
pub(super) fn user(host: &dyn Host, pid: i64) -> Option<String> {
    let stat = host.stat(Path::new(&format!("/proc/{pid}")), Links::Follow).ok()?;
    let name = host.user_name(stat.uid).ok()??;
    Some(String::from_utf8_lossy(name.as_bytes()).into_owned())
}
