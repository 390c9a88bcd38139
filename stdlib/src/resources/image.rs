//! What a guest has open, as plain values.

use super::files::SavedFile;
use super::mappings::SavedMapping;
use super::obstacle::{InTheWay, Obstacle};
use super::pipes::{SavedPair, SavedPipe};
use super::rules::Kind;
use super::sockets::SavedSocket;
use crate::host::{OpenFlags, ResourceKind};
use crate::java_util_zip::SavedStreams;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path, which need not be text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedPath(Vec<u8>);

impl SavedPath {
    pub(super) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }
}

impl From<&Path> for SavedPath {
    fn from(path: &Path) -> SavedPath {
        SavedPath(path.as_os_str().as_bytes().to_vec())
    }
}

/// All that a guest has open.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ResourceImage {
    pub(super) entries: Vec<Entry>,
    pub(super) files: Vec<OpenFile>,
    pub(super) pipes: Vec<SavedPipe>,
    pub(super) pairs: Vec<SavedPair>,
    pub(super) mappings: Vec<SavedMapping>,
    pub(super) streams: SavedStreams,
}

/// A number of the guest's table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) number: i32,
    pub(super) kind: ResourceKind,
    /// Which of the open files; several numbers may have the same.
    pub(super) file: u32,
    /// How it was opened.
    pub(super) origin: Option<(SavedPath, OpenFlags)>,
}

/// An open file, as Unix understands it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OpenFile {
    /// The new process's standard stream of this number.
    Standard(i32),
    File(SavedFile),
    /// A directory being read: names and inodes that are left.
    Names(Vec<(SavedPath, u64)>),
    /// An end of one of the pipes.
    Pipe {
        pipe: u32,
        writes: bool,
        non_blocking: bool,
    },
    Socket(SavedSocket),
    /// An end of one of the pairs.
    Pair {
        pair: u32,
        second: bool,
        non_blocking: bool,
    },
    /// A socket that has come to its end.
    Dead,
    /// What it watches: numbers of the guest and `EPOLL*` bits.
    Selector(Vec<(i32, u32)>),
    Counter {
        count: u64,
        non_blocking: bool,
    },
    /// Paths and events by the numbers that they bear.
    Watch {
        watched: Vec<(i32, SavedPath, u32)>,
        non_blocking: bool,
    },
}

impl ResourceImage {
    /// How much is open beyond standard streams.
    #[must_use]
    pub fn len(&self) -> usize {
        let standard = |entry: &&Entry| {
            matches!(self.files.get(entry.file as usize), Some(OpenFile::Standard(_)))
        };
        let entries = self.entries.len() - self.entries.iter().filter(standard).count();
        entries + self.mappings.len() + self.streams.len()
    }

    /// How many compression streams there are. Their states are zlib's own: out of bytes that nobody vouches for they must not
    /// be restored.
    #[must_use]
    pub fn compression_streams(&self) -> usize {
        self.streams.len()
    }

    /// Whether another machine would take it, which does not vouch for it ([`super::reopen_untrusted`]).
    ///
    /// # Errors
    /// With what it would not take.
    pub fn check_untrusted(&self) -> Result<(), InTheWay> {
        match self.streams.restore(false) {
            Ok(_) => Ok(()),
            Err(_) => {
                let reason = "one is in the middle of its work, which only an image for this machine may hold";
                Err(InTheWay(vec![Obstacle::new(Kind::Compression, None, String::new(), reason)]))
            }
        }
    }

    /// Whether only standard streams are open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
