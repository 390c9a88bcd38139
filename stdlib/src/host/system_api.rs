//! Host operations that tell about the machine, its users, its clocks and the names of the network.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use super::{Errno, Timestamp};

/// Clocks. A policy does not refuse them but may make them coarse.
pub trait Clock {
    /// Nanoseconds since some fixed moment, never going back (`System.nanoTime`).
    fn monotonic_nanos(&self) -> i64;
    /// The present (`System.currentTimeMillis`, `Instant.now`).
    fn wall_clock(&self) -> Timestamp;
    /// How far local time is ahead of UTC now, in seconds.
    fn utc_offset_seconds(&self) -> i64;
    /// Processor time in nanoseconds that the calling thread has used.
    fn thread_cpu_nanos(&self) -> i64;
    /// Processor time in nanoseconds that another thread of this process has used; nothing if it has ended. `thread` is
    /// the system's number of it.
    fn cpu_nanos_of_thread(&self, thread: u64) -> Option<i64>;
    /// Of [`Self::cpu_nanos_of_thread`], what it has used outside the kernel.
    fn user_nanos_of_thread(&self, thread: u64) -> Option<i64>;
    /// Ticks per second in which the system counts processor time of processes.
    fn ticks_per_second(&self) -> i64;
    /// Processor time in nanoseconds that this process has used.
    fn process_cpu_nanos(&self) -> i64;
}

/// Facts about the machine and this process.
pub trait System {
    /// The environment, variables in their order. Policy: reads the environment; others than granted are left out.
    fn environment(&self) -> Result<Vec<(OsString, OsString)>, Errno>;
    /// The working directory (`user.dir`). Policy: reads it.
    fn current_dir(&self) -> Result<PathBuf, Errno>;
    /// This process's number. Policy: system.
    fn process_id(&self) -> Result<u32, Errno>;
    /// Processors that this process may use (`Runtime.availableProcessors`): those of its affinity mask, but not more
    /// than its control group's quota, rounded up.
    fn available_processors(&self) -> usize;
    /// Memory of the machine and of this process's control group.
    fn memory(&self) -> Result<MemoryInfo, Errno>;
    /// Fills `bytes` with random bytes fit for keys.
    fn random(&self, bytes: &mut [u8]) -> Result<(), Errno>;
    /// Operating system and hardware (`os.name` and so on). Policy: system.
    fn system_info(&self) -> Result<SystemInfo, Errno>;
    /// The user that runs this process (`user.name`, `user.home`). Policy: system.
    fn user(&self) -> Result<UserInfo, Errno>;
    /// Directory for temporary files (`java.io.tmpdir`).
    fn temp_dir(&self) -> PathBuf;
    /// The locale that the environment asks for and the C library has.
    fn locale(&self) -> LocaleInfo;
    /// Time that all processors, or one of them, have spent. Policy: system.
    fn cpu_ticks(&self, processor: Option<u32>) -> Result<CpuTicks, Errno>;
    /// Averages of the number of running processes over 1, 5 and 15 minutes.
    fn load_average(&self) -> Option<[f64; 3]>;
    /// What the system calls the calling thread, in at most 15 bytes. Policy: none, it is seen from outside only.
    fn set_thread_name(&self, name: &str);
    /// Makes the operation in which a thread of this process is blocked fail with [`Errno::INTR`]. `thread` is
    /// the system's number of it; those of threads that have ended are ignored.
    fn interrupt_thread(&self, thread: u64);
    /// The local time zone's name as `TimeZone.getSystemTimeZoneID` gets it; nothing if it has none.
    fn time_zone_id(&self, source: TimeZoneSource) -> Option<String>;
}

/// Processor time since the machine's start, in ticks ([`Clock::ticks_per_second`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTicks {
    /// In programs and the kernel.
    pub busy: u64,
    /// All, idle time included.
    pub total: u64,
}

/// Names of hosts, users and groups.
pub trait Names {
    /// The addresses of `host`, in the order of the system's resolver, each once. Policy: network, `host`.
    fn resolve(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> Result<Vec<ResolvedAddress>, ResolveError>;
    /// The name of the host with this address. Policy: network, `address`.
    fn reverse_lookup(&self, address: IpAddr) -> Result<String, ResolveError>;
    /// Whether a host answers within the time. Policy: network, `address`.
    fn is_reachable(&self, address: IpAddr, scope_id: u32, timeout: Duration) -> bool;
    /// Whether this machine can use IPv6 at all.
    fn has_ipv6(&self) -> bool;
    /// The network interfaces that have addresses, in the order of the system. Policy: system.
    fn interfaces(&self) -> Result<Vec<Interface>, Errno>;
    /// First and last of the ports that the system gives out itself. Policy: system.
    fn local_ports(&self) -> Option<(u16, u16)>;
    /// This machine's name. Policy: system.
    fn host_name(&self) -> Result<String, Errno>;
    /// The name of a user, if there is one. Policy: system.
    fn user_name(&self, uid: u32) -> Result<Option<OsString>, Errno>;
    /// The name of a group, if there is one. Policy: system.
    fn group_name(&self, gid: u32) -> Result<Option<OsString>, Errno>;
    /// The number of the user of this name. Policy: system.
    fn user_id(&self, name: &str) -> Result<Option<u32>, Errno>;
    /// The number of the group of this name. Policy: system.
    fn group_id(&self, name: &str) -> Result<Option<u32>, Errno>;
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryInfo {
    /// The machine's memory.
    pub physical_bytes: u64,
    /// Unused memory of the machine.
    pub free_bytes: u64,
    /// The limit of this process's control group, if it is below the machine's memory.
    pub limit_bytes: Option<u64>,
    /// The machine's swap space.
    pub swap_bytes: u64,
    /// Unused swap space.
    pub swap_free_bytes: u64,
}

impl MemoryInfo {
    /// What Java takes for the memory of the machine: the limit where there is one.
    #[must_use]
    pub fn usable_bytes(&self) -> u64 {
        self.limit_bytes.unwrap_or(self.physical_bytes)
    }
}

/// The operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInfo {
    /// `os.name`: `Linux`.
    pub name: String,
    /// `os.version`: the kernel's release.
    pub version: String,
    /// `os.arch` in Java's spelling: `amd64`, `aarch64`.
    pub arch: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// Login name, `?` if unknown.
    pub name: OsString,
    /// Home directory, `?` if unknown.
    pub home: PathBuf,
}

/// The locales of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocaleInfo {
    /// Of messages: `user.language`, `user.country` and so on, which are Java's *display* locale.
    pub messages: LocaleName,
    /// Of characters: Java's *format* locale; `user.language.format` and so on where it differs.
    pub characters: LocaleName,
    /// Name of the character encoding (`sun.jnu.encoding`, `native.encoding`).
    pub encoding: String,
}

/// A locale in Java's spelling; parts that are missing are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocaleName {
    /// Language: `en`.
    pub language: String,
    /// Script: `Latn`.
    pub script: String,
    /// Country: `US`.
    pub country: String,
    /// Variant.
    pub variant: String,
}

/// Which file tells the time zone when the variable `TZ` does not; differs between JDK builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeZoneSource {
    /// `/etc/timezone`, then `/etc/localtime` (JDK 17 as Debian builds it).
    TimezoneFile,
    /// `/etc/localtime` only (JDK 25).
    LocaltimeOnly,
}

/// Which addresses to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFamily {
    /// All.
    Any,
    /// IPv4 only (`java.net.preferIPv4Stack`).
    V4,
    /// IPv6 only.
    V6,
}

/// An address of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedAddress {
    /// The address.
    pub address: IpAddr,
    /// Index of the network interface that a link-local IPv6 address belongs to, 0 for none.
    pub scope_id: u32,
}

/// Why a name or an address was not resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ResolveError {
    /// The resolver's code (`EAI_*`).
    pub code: i32,
    /// The text that Java's `UnknownHostException` shows behind the host's name.
    pub message: String,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name; with a colon for a logical one on top of another.
    pub name: String,
    /// Number, from 1.
    pub index: u32,
    /// The `IFF_*` flags.
    pub flags: u32,
    /// Largest packet in bytes, where known.
    pub mtu_bytes: Option<u32>,
    /// Hardware address, where there is one.
    pub mac: Option<[u8; 6]>,
    /// Addresses, IPv4 ones first.
    pub addresses: Vec<InterfaceAddress>,
}

/// An address of a network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// IPv4 broadcast address, if the network has one.
    pub broadcast: Option<Ipv4Addr>,
    /// Bits of the network's prefix.
    pub prefix_bits: u8,
}
