//! Limits of this process's control groups, versions 1 and 2, as a container sees them.
//!
//! A limit holds for the group and all groups below it, so the smallest on the way to the root counts.

use std::fs;
use std::path::{Path, PathBuf};

/// The control groups of a process.
pub(super) struct Cgroups {
    /// Content of `/proc/self/cgroup`: lines `number:controllers:path`.
    membership: String,
    /// Where control groups are mounted.
    mount: PathBuf,
}

impl Cgroups {
    /// Those of this process.
    pub(super) fn of_this_process() -> Cgroups {
        let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        Cgroups { membership, mount: PathBuf::from("/sys/fs/cgroup") }
    }

    /// Processors that the quota allows, rounded up.
    pub(super) fn cpu_limit(&self) -> Option<usize> {
        let version_2 = self.version_2_dirs().filter_map(|dir| {
            let text = fs::read_to_string(dir.join("cpu.max")).ok()?;
            let (quota, period) = text.trim().split_once(' ')?;
            Some((quota.parse().ok()?, period.parse().ok()?))
        });
        let version_1 = self.version_1_dirs("cpu").into_iter().filter_map(|dir| {
            Some((number(&dir.join("cpu.cfs_quota_us"))?, number(&dir.join("cpu.cfs_period_us"))?))
        });
        let limits = version_2.chain(version_1).filter(|(_, period): &(u64, u64)| *period > 0);
        limits.filter_map(|(quota, period)| usize::try_from(quota.div_ceil(period)).ok()).min()
    }

    /// Memory limit in bytes.
    pub(super) fn memory_limit_bytes(&self) -> Option<u64> {
        let version_2 = self.version_2_dirs().filter_map(|dir| number(&dir.join("memory.max")));
        let dirs = self.version_1_dirs("memory").into_iter();
        let version_1 = dirs.filter_map(|dir| number(&dir.join("memory.limit_in_bytes")));
        version_2.chain(version_1).min()
    }

    fn version_2_dirs(&self) -> impl Iterator<Item = PathBuf> {
        let path = self.membership.lines().find_map(|line| line.strip_prefix("0::"));
        path.into_iter().flat_map(|path| dirs(self.mount.clone(), path))
    }

    /// The directories of a version 1 controller, which is mounted under its name or with others in a list.
    fn version_1_dirs(&self, controller: &str) -> Vec<PathBuf> {
        let mut lines = self.membership.lines().map(|line| line.splitn(3, ':'));
        let entry = lines.find_map(|mut fields| {
            let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            controllers.split(',').any(|it| it == controller).then_some((controllers, path))
        });
        let Some((controllers, path)) = entry else { return Vec::new() };
        let mounts = [self.mount.join(controllers), self.mount.join(controller)];
        mounts
            .into_iter()
            .find(|mount| mount.is_dir())
            .map(|mount| dirs(mount, path))
            .unwrap_or_default()
    }
}

/// The directory of a group and of those above it. In a container the path may be the host's and mean nothing: what
/// is missing is skipped by whoever reads.
fn dirs(mount: PathBuf, group: &str) -> Vec<PathBuf> {
    let relative = Path::new(group).strip_prefix("/").unwrap_or(Path::new(""));
    relative.ancestors().map(|ancestor| mount.join(ancestor)).collect()
}

/// The number in a file; nothing for `max` or a negative one, which mean no limit.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;

    fn cgroups(scratch: &ScratchDir, membership: &str, files: &[(&str, &str)]) -> Cgroups {
        for (name, content) in files {
            let path = scratch.join(name);
            fs::create_dir_all(path.parent().expect("parent")).expect("create");
            fs::write(path, content).expect("write");
        }
        Cgroups { membership: membership.into(), mount: scratch.path().into() }
    }

    #[test]
    fn version_2() {
        let scratch = ScratchDir::new();
        let files = [
            ("a/b/cpu.max", "max 100000\n"),
            ("a/cpu.max", "250000 100000\n"),
            ("a/b/memory.max", "1000000\n"),
            ("memory.max", "max\n"),
        ];
        let groups = cgroups(&scratch, "0::/a/b\n", &files);
        assert_eq!((groups.cpu_limit(), groups.memory_limit_bytes()), (Some(3), Some(1_000_000)));
        let groups = cgroups(&scratch, "0::/\n", &[]);
        assert_eq!((groups.cpu_limit(), groups.memory_limit_bytes()), (None, None));
    }

    #[test]
    fn version_1() {
        let scratch = ScratchDir::new();
        let files = [
            ("cpu,cpuacct/c/cpu.cfs_quota_us", "50000\n"),
            ("cpu,cpuacct/c/cpu.cfs_period_us", "100000\n"),
            ("cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("memory/memory.limit_in_bytes", "4096\n"),
        ];
        let groups = cgroups(&scratch, "3:cpu,cpuacct:/c\n2:memory:/of/the/host\n0::/\n", &files);
        assert_eq!((groups.cpu_limit(), groups.memory_limit_bytes()), (Some(1), Some(4096)));
    }

    #[test]
    fn none() {
        let groups = cgroups(&ScratchDir::new(), "", &[]);
        assert_eq!((groups.cpu_limit(), groups.memory_limit_bytes()), (None, None));
    }
}
