//! Files that a program brings along: part of its own executable, or of its memory.
//!
//! The guest sees them below [`ROOT`], a name under which nothing of the system can be, since it names a file. They can be
//! read, listed and mapped as others; nothing can be written there. An open one is a copy in memory, made once per file.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{MemfdFlags, Mode, OFlags, SealFlags};
use serde::{Deserialize, Serialize};

use super::{DirEntry, Errno, Fd, OpenFlags, Stat, Timestamp};
use crate::jimage::Bytes;
use crate::zip_stream::Inflater;

/// Below what name the files are seen.
pub const ROOT: &str = "/proc/self/exe";

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedEntry {
    /// Its path below [`ROOT`], `a/b/c`.
    pub path: String,
    /// Where its content begins, in bytes.
    pub start: u64,
    /// Length of the content as it is stored, in bytes.
    pub bytes: u64,
    /// Length in bytes of the file.
    pub size_bytes: u64,
    /// Whether the content is compressed (zlib).
    pub compressed: bool,
    /// When it was changed last, in seconds since 1970.
    pub modified_seconds: i64,
}

/// All files that a program brings along.
#[derive(Debug)]
pub struct PackedFiles {
    bytes: Bytes,
    entries: BTreeMap<String, PackedEntry>,
    /// Open copies; they are opened again by their descriptors' names.
    copies: Mutex<HashMap<String, OwnedFd>>,
}

/// What a path below [`ROOT`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    File(String),
    /// With the path of what is in it, up to and with its `/`; empty for the root.
    Folder(String),
}

/// A folder that is open.
#[derive(Clone, Debug)]
pub struct PackedFolder {
    files: Arc<PackedFiles>,
    path: PathBuf,
}

impl PackedFiles {
    /// Over these bytes, in which the entries' places are.
    #[must_use]
    pub fn new(bytes: Bytes, entries: Vec<PackedEntry>) -> PackedFiles {
        let entries = entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
        PackedFiles { bytes, entries, copies: Mutex::default() }
    }

    /// Whether a path is one below [`ROOT`], where these files and no others are.
    #[must_use]
    pub fn has(path: &Path) -> bool {
        let rest = path.as_os_str().as_bytes().strip_prefix(ROOT.as_bytes());
        rest.is_some_and(|rest| rest.first() == Some(&b'/'))
    }

    /// The path without `.`, `..` and doubled separators; it need not exist.
    #[must_use]
    pub fn normal(path: &Path) -> PathBuf {
        let mut names: Vec<&[u8]> = Vec::new();
        for name in path.as_os_str().as_bytes()[ROOT.len()..].split(|byte| *byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => drop(names.pop()),
                name => names.push(name),
            }
        }
        Path::new(ROOT).join(std::ffi::OsStr::from_bytes(&names.join(&b'/')))
    }

    fn node(&self, path: &Path) -> Result<Node, Errno> {
        let normal = PackedFiles::normal(path);
        let name = normal.to_str().and_then(|path| path.strip_prefix(ROOT)).ok_or(Errno::NOENT)?;
        let name = name.trim_start_matches('/');
        if name.is_empty() {
            return Ok(Node::Folder(String::new()));
        }
        if self.entries.contains_key(name) {
            return Ok(Node::File(name.into()));
        }
        let inside = format!("{name}/");
        match self.entries.range(inside.clone()..).next() {
            Some((first, _)) if first.starts_with(&inside) => Ok(Node::Folder(inside)),
            _ => Err(Errno::NOENT),
        }
    }

    /// Attributes of a path.
    ///
    /// # Errors
    /// If nothing is there.
    pub fn stat(&self, path: &Path) -> Result<Stat, Errno> {
        Ok(self.stat_node(&self.node(path)?))
    }

    fn stat_node(&self, node: &Node) -> Stat {
        let before = |name: &str| self.entries.range(..name.to_owned()).count() as u64;
        let (mode, inode, entry) = match node {
            Node::File(name) => {
                (libc::S_IFREG | 0o444, before(name) * 2 + 2, self.entries.get(name))
            }
            Node::Folder(name) => (libc::S_IFDIR | 0o555, before(name) * 2 + 1, None),
        };
        let size_bytes = entry.map_or(0, |entry| entry.size_bytes);
        let newest = || self.entries.values().map(|entry| entry.modified_seconds).max();
        let seconds = entry.map(|entry| entry.modified_seconds).or_else(newest).unwrap_or_default();
        let time = Timestamp { seconds, nanos: 0 };
        Stat {
            device: 0,
            inode,
            mode,
            links: 1,
            uid: 0,
            gid: 0,
            special_device: 0,
            size_bytes,
            block_size_bytes: 4096,
            blocks: size_bytes.div_ceil(512),
            accessed: time,
            modified: time,
            changed: time,
            created: None,
        }
    }

    /// Opens a file or folder for reading.
    ///
    /// # Errors
    /// If nothing is there, or more than reading is wanted.
    pub fn open(self: &Arc<Self>, path: &Path, flags: OpenFlags) -> Result<Fd, Errno> {
        let node = match self.node(path) {
            Err(Errno::NOENT) if flags.contains(OpenFlags::CREATE) => return Err(Errno::ROFS),
            node => node?,
        };
        if flags.writes() {
            return Err(Errno::ROFS);
        }
        let stat = self.stat_node(&node);
        match node {
            Node::File(_) if flags.contains(OpenFlags::DIRECTORY) => Err(Errno::NOTDIR),
            Node::File(name) => Ok(Fd::packed(self.copy(&name)?, stat, None)),
            Node::Folder(_) => {
                let empty = rustix::fs::memfd_create("folder", MemfdFlags::CLOEXEC)?;
                let folder = PackedFolder { files: self.clone(), path: path.into() };
                Ok(Fd::packed(empty, stat, Some(folder)))
            }
        }
    }

    /// The names in a folder.
    ///
    /// # Errors
    /// If it is none.
    pub fn list(&self, path: &Path) -> Result<Vec<DirEntry>, Errno> {
        let Node::Folder(inside) = self.node(path)? else { return Err(Errno::NOTDIR) };
        let mut found: Vec<DirEntry> = Vec::new();
        let within = self.entries.range(inside.clone()..);
        for (name, _) in within.take_while(|(name, _)| name.starts_with(&inside)) {
            let name = name[inside.len()..].split('/').next().unwrap_or_default();
            let name = OsString::from(name);
            if found.last().is_none_or(|last| last.name != name) {
                found.push(DirEntry { name, inode: found.len() as u64 + 1 });
            }
        }
        Ok(found)
    }

    /// A descriptor with a position of its own for a file's content.
    fn copy(&self, name: &str) -> Result<OwnedFd, Errno> {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = match copies.entry(name.into()) {
            std::collections::hash_map::Entry::Occupied(copy) => copy.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(unnamed(&self.content(&self.entries[name])?)?)
            }
        };
        let link = format!("/proc/self/fd/{}", copy.as_raw_fd());
        Ok(rustix::fs::open(link, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?)
    }

    fn content(&self, entry: &PackedEntry) -> Result<Vec<u8>, Errno> {
        let start = usize::try_from(entry.start).ok();
        let end = entry.start.checked_add(entry.bytes).and_then(|end| usize::try_from(end).ok());
        let range = start.zip(end).and_then(|(start, end)| self.bytes.get(start..end));
        let stored = range.ok_or(Errno::IO)?;
        if !entry.compressed {
            return Ok(stored.to_vec());
        }
        // As much as zlib can make of it, and no more.
        if entry.size_bytes / 1040 > entry.bytes {
            return Err(Errno::IO);
        }
        let mut content = vec![0; entry.size_bytes as usize];
        let mut inflater = Inflater::new(false).map_err(|_| Errno::NOMEM)?;
        let step = inflater.inflate(stored, &mut content).map_err(|_| Errno::IO)?;
        let whole = step.finished && step.produced == content.len();
        if whole { Ok(content) } else { Err(Errno::IO) }
    }
}

impl PackedFolder {
    /// What is in it.
    ///
    /// # Errors
    /// As [`PackedFiles::list`].
    pub fn list(&self) -> Result<Vec<DirEntry>, Errno> {
        self.files.list(&self.path)
    }

    /// A name seen from it.
    #[must_use]
    pub fn join(&self, name: &Path) -> PathBuf {
        self.path.join(name)
    }
}

/// A file without a name that nobody can change.
fn unnamed(content: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let fd = rustix::fs::memfd_create("packed", flags)?;
    let mut rest = content;
    while !rest.is_empty() {
        let written = rustix::io::write(fd.as_fd(), rest)?;
        rest = &rest[written..];
    }
    rustix::fs::fcntl_add_seals(&fd, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW)?;
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{AccessMode, Descriptors, FileSystem, Links, OsHost};

    fn host() -> OsHost {
        let entry = |path: &str, start, bytes| PackedEntry {
            path: path.into(),
            start,
            bytes,
            size_bytes: bytes,
            compressed: false,
            modified_seconds: 86_400,
        };
        let entries = vec![entry("java/conf/a", 0, 3), entry("java/b", 3, 2), entry("x", 5, 9)];
        OsHost::with_packed(Arc::new(PackedFiles::new(Bytes::Static(b"abcde"), entries)))
    }

    fn at(path: &str) -> PathBuf {
        Path::new(ROOT).join(path)
    }

    #[test]
    fn files_and_folders() {
        let host = host();
        let fd = host.open(&at("java/./conf//../conf/a"), OpenFlags::READ, 0).expect("opens");
        let mut read = [0; 8];
        assert_eq!(host.read(&fd, &mut read), Ok(3));
        assert_eq!(&read[..3], b"abc");
        let stat = host.fstat(&fd).expect("stat");
        assert_eq!(Ok(stat), host.stat(&at("java/conf/a"), Links::Follow));
        assert!(stat.is_file() && stat.size_bytes == 3 && stat.modified.seconds == 86_400);
        let again = host.open(&at("java/conf/a"), OpenFlags::READ, 0).expect("opens");
        assert_eq!(host.read(&again, &mut read), Ok(3), "it has its own position");

        let folder = host.open(&at("java"), OpenFlags::READ, 0).expect("a folder opens");
        assert!(host.fstat(&folder).expect("stat").is_directory());
        let copy = host.duplicate(&folder).expect("a copy");
        for stream in [host.open_dir(&at("java")), host.dir_stream(&copy)] {
            let stream = stream.expect("a stream");
            let next = || host.next_dir_entry(&stream).expect("a name").map(|entry| entry.name);
            assert_eq!([next(), next(), next()], [Some("b".into()), Some("conf".into()), None]);
        }
        let inner = host.open_at(&folder, Path::new("b"), OpenFlags::READ, 0).expect("opens");
        assert_eq!(host.read(&inner, &mut read), Ok(2));
        assert!(
            host.stat_at(&folder, Path::new("conf"), Links::Follow).expect("stat").is_directory()
        );
        assert_eq!(host.real_path(&at("java/../java/b")), Ok(at("java/b")));
        assert_eq!(host.canonicalize(&at("none/../z")), Ok(at("z")));
        host.access(&at("java/b"), AccessMode::READ).expect("readable");
    }

    #[test]
    fn what_can_not_be() {
        let host = host();
        let error = |path: &str, flags| host.open(&at(path), flags, 0).err();
        assert_eq!(error("nothing", OpenFlags::READ), Some(Errno::NOENT));
        assert_eq!(error("java/b", OpenFlags::READ_WRITE), Some(Errno::ROFS));
        assert_eq!(error("new", OpenFlags::WRITE | OpenFlags::CREATE), Some(Errno::ROFS));
        assert_eq!(error("java/b", OpenFlags::READ | OpenFlags::DIRECTORY), Some(Errno::NOTDIR));
        assert_eq!(error("x", OpenFlags::READ), Some(Errno::IO), "a place outside of the bytes");
        assert_eq!(host.access(&at("java/b"), AccessMode::WRITE), Err(Errno::ROFS));
        assert_eq!(host.open_dir(&at("java/b")).err(), Some(Errno::NOTDIR));
        assert_eq!(host.unlink(&at("java/b")), Err(Errno::NOTDIR), "the system has no such file");
        assert_eq!(host.stat(&at("nothing"), Links::Follow), Err(Errno::NOENT));
        assert!(host.stat(Path::new(ROOT), Links::Follow).expect("the program").is_file());
    }
}
