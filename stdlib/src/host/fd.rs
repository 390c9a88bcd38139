//! Owned OS descriptors.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;

use rustix::fs::Dir;

use super::packed::PackedFolder;
use super::{DirEntry, Stat};

/// An open OS descriptor. Closed when dropped, unless it is one that the process was started with.
///
/// Only implementations of the host traits look inside; everything else passes it back to them.
#[derive(Debug)]
pub struct Fd(Inner);

#[derive(Debug)]
enum Inner {
    Owned(OwnedFd),
    Inherited(BorrowedFd<'static>),
    Packed(Box<Packed>),
}

/// What stands for a file that the program has brought along.
#[derive(Debug)]
struct Packed {
    /// Its content; of a folder, nothing.
    fd: OwnedFd,
    stat: Stat,
    folder: Option<PackedFolder>,
}

impl Fd {
    /// Standard input (0), output (1) and error (2) of this process; dropping them closes nothing.
    #[must_use]
    pub fn standard_streams() -> [Fd; 3] {
        [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()]
            .map(|fd| Fd(Inner::Inherited(fd)))
    }

    /// Gives up the descriptor, for a close whose error matters; nothing for an inherited one.
    #[must_use]
    pub fn into_owned(self) -> Option<OwnedFd> {
        match self.0 {
            Inner::Owned(fd) => Some(fd),
            Inner::Packed(packed) => Some(packed.fd),
            Inner::Inherited(_) => None,
        }
    }

    /// A file or folder that the program has brought along.
    pub(super) fn packed(fd: OwnedFd, stat: Stat, folder: Option<PackedFolder>) -> Fd {
        Fd(Inner::Packed(Box::new(Packed { fd, stat, folder })))
    }

    /// A copy of the descriptor as what this one is.
    pub(super) fn same_over(&self, copy: OwnedFd) -> Fd {
        match &self.0 {
            Inner::Packed(packed) => Fd::packed(copy, packed.stat, packed.folder.clone()),
            Inner::Owned(_) | Inner::Inherited(_) => copy.into(),
        }
    }

    /// Attributes, of a file that the program has brought along.
    pub(super) fn packed_stat(&self) -> Option<Stat> {
        match &self.0 {
            Inner::Packed(packed) => Some(packed.stat),
            Inner::Owned(_) | Inner::Inherited(_) => None,
        }
    }

    /// The folder, if it is one that the program has brought along.
    pub(super) fn packed_folder(&self) -> Option<&PackedFolder> {
        match &self.0 {
            Inner::Packed(packed) => packed.folder.as_ref(),
            Inner::Owned(_) | Inner::Inherited(_) => None,
        }
    }
}

impl From<OwnedFd> for Fd {
    fn from(fd: OwnedFd) -> Fd {
        Fd(Inner::Owned(fd))
    }
}

impl AsFd for Fd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0 {
            Inner::Owned(fd) => fd.as_fd(),
            Inner::Inherited(fd) => *fd,
            Inner::Packed(packed) => packed.fd.as_fd(),
        }
    }
}

/// A directory being read: its descriptor and the position in it.
#[derive(Debug)]
pub struct DirStream(pub(super) Mutex<DirState>);

#[derive(Debug)]
pub(super) struct DirState {
    /// Read already, and given out first.
    pub(super) ahead: VecDeque<DirEntry>,
    /// What comes after; nothing at the end.
    pub(super) dir: Option<Dir>,
}

impl From<Dir> for DirStream {
    fn from(dir: Dir) -> DirStream {
        DirStream(Mutex::new(DirState { ahead: VecDeque::new(), dir: Some(dir) }))
    }
}

impl From<Vec<DirEntry>> for DirStream {
    /// A directory of which the rest is known.
    fn from(rest: Vec<DirEntry>) -> DirStream {
        DirStream(Mutex::new(DirState { ahead: rest.into(), dir: None }))
    }
}
