//! Operations on paths.

use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    self, Access, AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, StatVfsMountFlags, Statx,
    StatxFlags, StatxTimestamp, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, Uid, inotify,
};

use super::{OsHost, canonical};
use crate::host::packed::{self, PackedFiles};
use crate::host::{
    AccessMode, DirStream, Errno, Fd, FileSystem, FileSystemInfo, Links, OpenFlags, SetTime, Stat,
    Timestamp,
};

impl FileSystem for OsHost {
    fn open(&self, path: &Path, flags: OpenFlags, mode: u32) -> Result<Fd, Errno> {
        if let Some(packed) = self.packed(path) {
            return packed.open(path, flags);
        }
        let flags = OFlags::from_bits_retain(flags.native()) | OFlags::CLOEXEC;
        Ok(fs::open(path, flags, Mode::from_bits_truncate(mode))?.into())
    }

    fn stat(&self, path: &Path, links: Links) -> Result<Stat, Errno> {
        match self.packed(path) {
            Some(packed) => packed.stat(path),
            None => stat_at(CWD, path, links.at_flags()),
        }
    }

    fn access(&self, path: &Path, mode: AccessMode) -> Result<(), Errno> {
        if let Some(packed) = self.packed(path) {
            let stat = packed.stat(path)?;
            return match mode.0 {
                mode if mode & AccessMode::WRITE.0 != 0 => Err(Errno::ROFS),
                mode if mode & AccessMode::EXECUTE.0 != 0 && stat.is_file() => Err(Errno::ACCES),
                _ => Ok(()),
            };
        }
        Ok(fs::access(path, Access::from_bits_truncate(mode.0))?)
    }

    fn chmod(&self, path: &Path, mode: u32) -> Result<(), Errno> {
        Ok(fs::chmod(path, Mode::from_bits_truncate(mode))?)
    }

    fn chown(
        &self,
        path: &Path,
        uid: Option<u32>,
        gid: Option<u32>,
        links: Links,
    ) -> Result<(), Errno> {
        Ok(fs::chownat(CWD, path, user(uid), group(gid), links.at_flags())?)
    }

    fn set_times(
        &self,
        path: &Path,
        accessed: SetTime,
        modified: SetTime,
        links: Links,
    ) -> Result<(), Errno> {
        Ok(fs::utimensat(CWD, path, &timestamps(accessed, modified), links.at_flags())?)
    }

    fn make_dir(&self, path: &Path, mode: u32) -> Result<(), Errno> {
        Ok(fs::mkdir(path, Mode::from_bits_truncate(mode))?)
    }

    fn remove_dir(&self, path: &Path) -> Result<(), Errno> {
        Ok(fs::rmdir(path)?)
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        Ok(fs::unlink(path)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        Ok(fs::rename(from, to)?)
    }

    fn link(&self, existing: &Path, new: &Path) -> Result<(), Errno> {
        Ok(fs::link(existing, new)?)
    }

    fn symlink(&self, target: &Path, new: &Path) -> Result<(), Errno> {
        Ok(fs::symlink(target, new)?)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, Errno> {
        if let Some(packed) = self.packed(path) {
            return Err(packed.stat(path).map_or_else(|error| error, |_| Errno::INVAL));
        }
        Ok(OsString::from_vec(fs::readlink(path, Vec::new())?.into_bytes()).into())
    }

    fn canonicalize(&self, path: &Path) -> Result<PathBuf, Errno> {
        match self.packed(path) {
            Some(_) => Ok(PackedFiles::normal(path)),
            None => canonical::canonicalize(path),
        }
    }

    fn real_path(&self, path: &Path) -> Result<PathBuf, Errno> {
        if let Some(packed) = self.packed(path) {
            packed.stat(path)?;
            return Ok(PackedFiles::normal(path));
        }
        Ok(std::fs::canonicalize(path)?)
    }

    fn make_node(&self, path: &Path, mode: u32, device: u64) -> Result<(), Errno> {
        let (kind, mode) = (FileType::from_raw_mode(mode), Mode::from_raw_mode(mode));
        Ok(fs::mknodat(CWD, path, kind, mode, device)?)
    }

    fn open_at(&self, dir: &Fd, name: &Path, flags: OpenFlags, mode: u32) -> Result<Fd, Errno> {
        if let Some(folder) = dir.packed_folder() {
            return self.open(&folder.join(name), flags, mode);
        }
        let flags = OFlags::from_bits_retain(flags.native()) | OFlags::CLOEXEC;
        Ok(fs::openat(dir, name, flags, Mode::from_bits_truncate(mode))?.into())
    }

    fn stat_at(&self, dir: &Fd, name: &Path, links: Links) -> Result<Stat, Errno> {
        match dir.packed_folder() {
            Some(folder) => self.stat(&folder.join(name), links),
            None => stat_at(dir, name, links.at_flags()),
        }
    }

    fn unlink_at(&self, dir: &Fd, name: &Path, directory: bool) -> Result<(), Errno> {
        let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        Ok(fs::unlinkat(dir, name, flags)?)
    }

    fn rename_at(&self, from_dir: &Fd, from: &Path, to_dir: &Fd, to: &Path) -> Result<(), Errno> {
        Ok(fs::renameat(from_dir, from, to_dir, to)?)
    }

    fn add_watch(&self, watch: &Fd, path: &Path, mask: u32) -> Result<i32, Errno> {
        Ok(inotify::add_watch(watch, path, inotify::WatchFlags::from_bits_retain(mask))?)
    }

    fn open_dir(&self, path: &Path) -> Result<DirStream, Errno> {
        if let Some(packed) = self.packed(path) {
            return Ok(packed.list(path)?.into());
        }
        let fd =
            fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Dir::new(fd)?.into())
    }

    fn file_system_info(&self, path: &Path) -> Result<FileSystemInfo, Errno> {
        if let Some(packed) = self.packed(path) {
            packed.stat(path)?;
            // Of the executable.
            return self.file_system_info(Path::new(packed::ROOT));
        }
        let info = fs::statvfs(path)?;
        Ok(FileSystemInfo {
            fragment_size_bytes: info.f_frsize,
            block_size_bytes: info.f_bsize,
            blocks: info.f_blocks,
            blocks_free: info.f_bfree,
            blocks_available: info.f_bavail,
            name_max_bytes: info.f_namemax,
            read_only: info.f_flag.contains(StatVfsMountFlags::RDONLY),
        })
    }
}

impl Links {
    fn at_flags(self) -> AtFlags {
        match self {
            Links::Follow => AtFlags::empty(),
            Links::NoFollow => AtFlags::SYMLINK_NOFOLLOW,
        }
    }
}

/// Attributes by `statx`, which alone tells the time of creation.
pub(super) fn stat_at(dir: impl AsFd, path: &Path, flags: AtFlags) -> Result<Stat, Errno> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    let found: Statx = fs::statx(dir, path, flags, wanted)?;
    let time = |time: StatxTimestamp| Timestamp { seconds: time.tv_sec, nanos: time.tv_nsec };
    let has_creation = found.stx_mask & StatxFlags::BTIME.bits() != 0;
    Ok(Stat {
        device: fs::makedev(found.stx_dev_major, found.stx_dev_minor),
        inode: found.stx_ino,
        mode: u32::from(found.stx_mode),
        links: u64::from(found.stx_nlink),
        uid: found.stx_uid,
        gid: found.stx_gid,
        special_device: fs::makedev(found.stx_rdev_major, found.stx_rdev_minor),
        size_bytes: found.stx_size,
        block_size_bytes: u64::from(found.stx_blksize),
        blocks: found.stx_blocks,
        accessed: time(found.stx_atime),
        modified: time(found.stx_mtime),
        changed: time(found.stx_ctime),
        created: has_creation.then(|| time(found.stx_btime)),
    })
}

pub(super) fn user(uid: Option<u32>) -> Option<Uid> {
    // The highest number is the system call's own mark for "leave it".
    uid.filter(|uid| *uid != u32::MAX).map(Uid::from_raw)
}

pub(super) fn group(gid: Option<u32>) -> Option<Gid> {
    gid.filter(|gid| *gid != u32::MAX).map(Gid::from_raw)
}

pub(super) fn timestamps(accessed: SetTime, modified: SetTime) -> Timestamps {
    let time = |time| match time {
        SetTime::Keep => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        SetTime::Now => Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        SetTime::At(time) => Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() },
    };
    Timestamps { last_access: time(accessed), last_modification: time(modified) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Descriptors;
    use crate::host::scratch::ScratchDir;

    fn create(path: &Path, content: &[u8]) {
        let fd = OsHost.open(path, OpenFlags::WRITE | OpenFlags::CREATE, 0o640).expect("open");
        assert_eq!(OsHost.write(&fd, content), Ok(content.len()));
        OsHost.close(fd).expect("close");
    }

    #[test]
    fn attributes() {
        let scratch = ScratchDir::new();
        let (file, link) = (scratch.join("file"), scratch.join("link"));
        create(&file, b"12345");
        OsHost.symlink(Path::new("file"), &link).expect("symlink");
        let stat = OsHost.stat(&link, Links::Follow).expect("stat");
        assert!(stat.is_file() && stat.size_bytes == 5 && stat.links == 1);
        assert!(OsHost.stat(&link, Links::NoFollow).expect("stat").is_link());
        assert!(OsHost.stat(scratch.path(), Links::Follow).expect("stat").is_directory());
        assert_eq!(OsHost.stat(&scratch.join("none"), Links::Follow), Err(Errno::NOENT));
        assert_eq!(OsHost.stat(&file.join("below"), Links::Follow), Err(Errno::NOTDIR));
        assert!(OsHost.stat(Path::new("/dev/null"), Links::Follow).expect("stat").is_stream());

        OsHost.chmod(&file, 0o604).expect("chmod");
        let moment = Timestamp { seconds: -1_000_000, nanos: 123_456_789 };
        OsHost.set_times(&file, SetTime::Keep, SetTime::At(moment), Links::Follow).expect("times");
        let after = OsHost.stat(&file, Links::Follow).expect("stat");
        assert_eq!(
            (after.mode & 0o777, after.modified, after.accessed),
            (0o604, moment, stat.accessed)
        );
        OsHost.set_times(&link, SetTime::Now, SetTime::At(moment), Links::NoFollow).expect("times");
        assert_eq!(OsHost.stat(&link, Links::NoFollow).expect("stat").modified, moment);
        OsHost.chown(&file, None, Some(after.gid), Links::NoFollow).expect("own group");
        OsHost.access(&file, AccessMode::READ).expect("readable");
        assert_eq!(OsHost.access(&scratch.join("none"), AccessMode::EXISTS), Err(Errno::NOENT));
        assert_eq!(OsHost.access(&file, AccessMode::EXECUTE), Err(Errno::ACCES));
        assert!(OsHost.file_system_info(&file).expect("statvfs").blocks > 0);
    }

    #[test]
    fn directories_and_names() {
        let scratch = ScratchDir::new();
        let (dir, file) = (scratch.join("dir"), scratch.join("dir/file"));
        OsHost.make_dir(&dir, 0o700).expect("mkdir");
        assert_eq!(OsHost.make_dir(&dir, 0o700), Err(Errno::EXIST));
        create(&file, b"x");
        OsHost.link(&file, &scratch.join("dir/other")).expect("link");
        assert_eq!(OsHost.stat(&file, Links::Follow).expect("stat").links, 2);
        assert_eq!(OsHost.remove_dir(&dir), Err(Errno::NOTEMPTY));
        let stream = OsHost.open_dir(&dir).expect("opendir");
        let mut names = Vec::new();
        while let Some(entry) = OsHost.next_dir_entry(&stream).expect("readdir") {
            names.push(entry.name);
        }
        names.sort();
        assert_eq!(names, ["file", "other"]);
        OsHost.rename(&file, &scratch.join("moved")).expect("rename");
        OsHost.unlink(&scratch.join("dir/other")).expect("unlink");
        assert_eq!(OsHost.unlink(&file), Err(Errno::NOENT));
        OsHost.remove_dir(&dir).expect("rmdir");
        assert_eq!(OsHost.open_dir(&scratch.join("moved")).err(), Some(Errno::NOTDIR));
        OsHost.symlink(Path::new("any/text"), &scratch.join("link")).expect("symlink");
        assert_eq!(OsHost.read_link(&scratch.join("link")), Ok(PathBuf::from("any/text")));
        assert_eq!(OsHost.read_link(&scratch.join("moved")), Err(Errno::INVAL));
    }

    #[test]
    fn opening() {
        let scratch = ScratchDir::new();
        let file = scratch.join("file");
        assert_eq!(OsHost.open(&file, OpenFlags::READ, 0).err(), Some(Errno::NOENT));
        create(&file, b"x");
        let exclusive = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        assert_eq!(OsHost.open(&file, exclusive, 0o600).err(), Some(Errno::EXIST));
        assert_eq!(OsHost.open(scratch.path(), OpenFlags::WRITE, 0).err(), Some(Errno::ISDIR));
        assert_eq!(
            OsHost.open(&file, OpenFlags::READ | OpenFlags::DIRECTORY, 0).err(),
            Some(Errno::NOTDIR)
        );
        assert_eq!(
            OsHost.open(Path::new("/tmp/a\0b"), OpenFlags::READ, 0).err(),
            Some(Errno::INVAL)
        );
        OsHost.symlink(&file, &scratch.join("link")).expect("symlink");
        let no_follow = OpenFlags::READ | OpenFlags::NO_FOLLOW;
        assert_eq!(OsHost.open(&scratch.join("link"), no_follow, 0).err(), Some(Errno::LOOP));
    }
}
