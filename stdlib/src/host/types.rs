//! Plain values that host operations take and give.

use std::ffi::OsString;
use std::ops::BitOr;

use serde::{Deserialize, Serialize};

use super::Fd;

/// How a file is opened: the `O_*` bits of Linux as x86-64 has them, whatever the processor: a guest takes them along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenFlags(pub i32);

impl OpenFlags {
    /// Read only.
    pub const READ: OpenFlags = OpenFlags(libc::O_RDONLY);
    /// Write only.
    pub const WRITE: OpenFlags = OpenFlags(libc::O_WRONLY);
    /// Read and write.
    pub const READ_WRITE: OpenFlags = OpenFlags(libc::O_RDWR);
    /// Every write goes to the end.
    pub const APPEND: OpenFlags = OpenFlags(libc::O_APPEND);
    /// Make the file if it is missing.
    pub const CREATE: OpenFlags = OpenFlags(libc::O_CREAT);
    /// With [`Self::CREATE`]: fail if it exists.
    pub const EXCLUSIVE: OpenFlags = OpenFlags(libc::O_EXCL);
    /// Cut an existing file to nothing.
    pub const TRUNCATE: OpenFlags = OpenFlags(libc::O_TRUNC);
    /// Fail if the last component is a symbolic link.
    pub const NO_FOLLOW: OpenFlags = OpenFlags(0x20000);
    /// Fail if it is not a directory.
    pub const DIRECTORY: OpenFlags = OpenFlags(0x10000);
    /// Writes wait for content and metadata to be stored.
    pub const SYNC: OpenFlags = OpenFlags(libc::O_SYNC);
    /// Writes wait for the content to be stored.
    pub const DATA_SYNC: OpenFlags = OpenFlags(libc::O_DSYNC);
    /// Reads and writes that would wait fail instead.
    pub const NON_BLOCKING: OpenFlags = OpenFlags(libc::O_NONBLOCK);

    /// The four bits that are not the same for all processors: `O_DIRECT`, `O_LARGEFILE`, `O_DIRECTORY`, `O_NOFOLLOW`.
    pub const VARYING: i32 = 0x3c000;

    /// The bits of x86-64 from those of AArch64, or the other way: [`Self::VARYING`] in another order.
    #[must_use]
    pub const fn swapped(self) -> OpenFlags {
        let varying = self.0 & Self::VARYING;
        OpenFlags(self.0 & !Self::VARYING | (varying << 2 | varying >> 2) & Self::VARYING)
    }

    /// The bits that this machine's system takes and gives.
    #[must_use]
    pub(super) const fn native(self) -> u32 {
        let native = if cfg!(target_arch = "aarch64") { self.swapped() } else { self };
        native.0 as u32
    }

    /// From the bits that this machine's system gives.
    #[must_use]
    pub(super) const fn from_native(bits: u32) -> OpenFlags {
        OpenFlags(OpenFlags(bits as i32).native() as i32)
    }

    /// Whether the content can be read through the descriptor.
    #[must_use]
    pub fn reads(self) -> bool {
        self.0 & libc::O_ACCMODE != libc::O_WRONLY
    }

    /// Whether opening or using the descriptor can change the file system.
    #[must_use]
    pub fn writes(self) -> bool {
        self.0 & libc::O_ACCMODE != libc::O_RDONLY || self.0 & (libc::O_CREAT | libc::O_TRUNC) != 0
    }

    /// Whether all bits of `flags` are set.
    #[must_use]
    pub fn contains(self, flags: OpenFlags) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for OpenFlags {
    type Output = OpenFlags;

    fn bitor(self, other: OpenFlags) -> OpenFlags {
        OpenFlags(self.0 | other.0)
    }
}

/// Whether an operation on a path that ends in a symbolic link means the link or what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// What the link names.
    Follow,
    /// The link itself.
    NoFollow,
}

/// What [`super::FileSystem::access`] asks for: bits, 0 for mere existence (Java's `File.canRead` etc. use the same).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessMode(pub u32);

impl AccessMode {
    /// The file exists.
    pub const EXISTS: AccessMode = AccessMode(0);
    /// It may be executed, or searched if it is a directory.
    pub const EXECUTE: AccessMode = AccessMode(1);
    /// It may be written.
    pub const WRITE: AccessMode = AccessMode(2);
    /// It may be read.
    pub const READ: AccessMode = AccessMode(4);
}

/// A moment: seconds since 1970-01-01 UTC and nanoseconds within the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds, 0 to 999 999 999.
    pub nanos: u32,
}

/// What to do with a time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetTime {
    /// Leave it.
    Keep,
    /// The present.
    Now,
    /// The given moment.
    At(Timestamp),
}

/// Attributes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Device that holds the file.
    pub device: u64,
    /// Number of the file on its device.
    pub inode: u64,
    /// Type and permissions, as `st_mode`.
    pub mode: u32,
    /// Number of hard links.
    pub links: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device that a device file stands for.
    pub special_device: u64,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Best size in bytes for reading and writing.
    pub block_size_bytes: u64,
    /// Space taken, in units of 512 bytes.
    pub blocks: u64,
    /// Last read.
    pub accessed: Timestamp,
    /// Last change of the content.
    pub modified: Timestamp,
    /// Last change of the attributes.
    pub changed: Timestamp,
    /// Creation, where the file system records it.
    pub created: Option<Timestamp>,
}

impl Stat {
    /// A regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFREG
    }

    /// A directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }

    /// A symbolic link.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFLNK
    }

    /// A character device, pipe or socket: what `FileInputStream.available` asks the system about.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.mode & libc::S_IFMT, libc::S_IFCHR | libc::S_IFIFO | libc::S_IFSOCK)
    }
}

/// Space and limits of a file system, as `statvfs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSystemInfo {
    /// Unit in bytes of the block counts.
    pub fragment_size_bytes: u64,
    /// Preferred size in bytes of transfers.
    pub block_size_bytes: u64,
    /// All blocks.
    pub blocks: u64,
    /// Unused blocks.
    pub blocks_free: u64,
    /// Unused blocks that this user may take.
    pub blocks_available: u64,
    /// Longest file name in bytes.
    pub name_max_bytes: u64,
    /// Mounted read-only.
    pub read_only: bool,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, without the directory's path.
    pub name: OsString,
    /// Number of the file.
    pub inode: u64,
}

/// A region of a file to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRange {
    /// First byte.
    pub start: u64,
    /// Length in bytes; 0 up to the end, wherever that will be.
    pub length: u64,
}

/// Who else may hold a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockKind {
    /// Other shared locks may exist; needs a descriptor that reads.
    Shared,
    /// No other lock may exist; needs a descriptor that writes.
    Exclusive,
}

/// What a mapping of a file allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapAccess {
    /// Reading (`MapMode.READ_ONLY`).
    ReadOnly,
    /// Reading, and writes that reach the file (`MapMode.READ_WRITE`).
    ReadWrite,
    /// Reading, and writes that stay private (`MapMode.PRIVATE`).
    Private,
}

/// One descriptor of a [`super::Descriptors::poll`].
#[derive(Debug)]
pub struct PollEntry<'a> {
    /// What to watch.
    pub fd: &'a Fd,
    /// The `POLL*` bits to wait for.
    pub events: i16,
    /// The `POLL*` bits that hold, set by the call.
    pub ready: i16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_the_system() {
        let bits = |flags: OpenFlags| flags.native() as i32;
        assert_eq!(bits(OpenFlags::NO_FOLLOW), libc::O_NOFOLLOW);
        assert_eq!(bits(OpenFlags::DIRECTORY), libc::O_DIRECTORY);
        assert_eq!(bits(OpenFlags(0x4000)), libc::O_DIRECT);
        let all = OpenFlags::CREATE | OpenFlags::SYNC | OpenFlags::NO_FOLLOW | OpenFlags(0x4000);
        assert_eq!(OpenFlags::from_native(all.native()), all);
        assert_eq!(all.swapped(), OpenFlags(all.0 & !0x24000 | 0x8000 | 0x10000));
    }
}
