//! Files, directories and devices: by their paths.

use super::image::SavedPath;
use super::obstacle::Obstacle;
use super::reopen::Reopener;
use super::rules::Kind;
use super::save::{Saver, untold};
use crate::host::{Errno, Fd, Links, LockKind, LockRange, OpenFlags, Resource, Stat};
use serde::{Deserialize, Serialize};
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Flags that belong to opening, not to the open file.
const OPENING: i32 =
    libc::O_CREAT | libc::O_EXCL | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY);

/// A file, a directory or a device.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedFile {
    path: SavedPath,
    flags: OpenFlags,
    what: What,
    mode: u32,
    /// Bytes from the start.
    position: u64,
    /// Which file it must be; nothing if the policy has named it.
    inode: Option<u64>,
    content: Option<Vec<u8>>,
    /// Whether the content has no path any more.
    is_unnamed: bool,
    locks: Vec<(LockRange, LockKind)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    File,
    Directory,
    Device,
}

impl What {
    fn kind(self) -> Kind {
        match self {
            What::File => Kind::File,
            What::Directory => Kind::Directory,
            What::Device => Kind::Device,
        }
    }

    fn of(stat: &Stat) -> Option<What> {
        match stat.mode & libc::S_IFMT {
            libc::S_IFREG => Some(What::File),
            libc::S_IFDIR => Some(What::Directory),
            libc::S_IFCHR | libc::S_IFBLK => Some(What::Device),
            _ => None,
        }
    }
}

pub(super) fn save(
    saver: &Saver<'_>,
    number: i32,
    resource: &Resource,
    fd: &Fd,
) -> Result<SavedFile, Obstacle> {
    let host = saver.host;
    let opened = resource.origin.as_ref().map_or(PathBuf::new(), |(path, _)| saver.dir.join(path));
    let shown = opened.display().to_string();
    let failed = untold(Kind::File, number, &shown);
    let stat = host.fstat(fd).map_err(&failed)?;
    let refuse =
        |kind: Kind, reason: &str| Obstacle::new(kind, Some(number), shown.clone(), reason);
    let Some(what) = What::of(&stat) else {
        return Err(refuse(Kind::NamedPipe, "nobody knows when its other end is opened again"));
    };
    let flags = OpenFlags(host.status_flags(fd).map_err(&failed)?.0 & !OPENING);
    let position = if what == What::Device {
        0
    } else {
        host.seek(fd, SeekFrom::Current(0)).map_err(&failed)?
    };
    let is_copy = resource.notes.is_copy.load(Ordering::Relaxed);
    let found = if is_copy { Err(Errno::NOENT) } else { host.path_of(fd) };
    let is_unnamed = found.is_err();
    let path = found.unwrap_or(opened);
    let rebound = saver.policy.rebound(&path);
    let copies = what == What::File && (is_copy || saver.policy.copies(&path));
    if is_unnamed && rebound.is_none() && !copies {
        let there = host.stat(&path, Links::Follow).is_ok();
        let reason = if there { "another file has its path now" } else { "it was removed" };
        let obstacle =
            refuse(what.kind(), reason).unless(format!("--rebind {}=NEW", path.display()));
        return Err(match what {
            What::File => obstacle.unless("--copy-files"),
            _ => obstacle,
        });
    }
    let content = match copies {
        true if saver.with_content => Some(host.content(fd).map_err(&failed)?),
        _ => None,
    };
    let locks = if what == What::File { host.locks(fd).map_err(&failed)? } else { Vec::new() };
    Ok(SavedFile {
        inode: rebound.is_none().then_some(stat.inode),
        path: SavedPath::from(&*rebound.unwrap_or(path)),
        flags,
        what,
        mode: stat.mode & 0o7777,
        position,
        content,
        is_unnamed,
        locks,
    })
}

/// Opens what was saved; whether it is a copy without a name.
pub(super) fn reopen(
    reopener: &Reopener<'_>,
    number: i32,
    saved: &SavedFile,
) -> Result<(Fd, bool), Obstacle> {
    let host = reopener.host;
    let saved_path = saved.path.path();
    let rebound = reopener.policy.rebound(saved_path);
    let path = rebound.as_deref().unwrap_or(saved_path);
    let refuse = |kind: Kind, reason: &str| {
        Obstacle::new(kind, Some(number), path.display().to_string(), reason)
            .unless(format!("--rebind {}=NEW", saved_path.display()))
    };
    let failed = |error: Errno| refuse(saved.what.kind(), &error.message());
    let writes = saved.flags.0 & libc::O_ACCMODE != libc::O_RDONLY;
    let is_private = rebound.is_none() && (saved.is_unnamed || !writes);
    let fd = match &saved.content {
        Some(content) if is_private => host.unnamed_file(content).map_err(failed)?,
        content => {
            if let Some(content) = content {
                restore_content(reopener, path, content, saved.mode).map_err(failed)?;
            }
            open(reopener, path, saved, rebound.is_some())
                .map_err(|e| refuse(saved.what.kind(), &e))?
        }
    };
    if saved.what == What::File {
        let reaches = host.size_bytes(&fd).map_err(failed)? >= saved.position;
        if !reaches && !saved.flags.contains(OpenFlags::APPEND) {
            return Err(refuse(Kind::File, &format!("it ends before byte {}", saved.position)));
        }
    }
    if saved.what != What::Device {
        host.seek(&fd, SeekFrom::Start(saved.position)).map_err(failed)?;
    }
    for (range, kind) in &saved.locks {
        match host.lock(&fd, *range, *kind, false) {
            Ok(true) => {}
            Ok(false) => return Err(refuse(Kind::Lock, "somebody else has locked it")),
            Err(error) => return Err(refuse(Kind::Lock, &error.message())),
        }
    }
    Ok((fd, saved.content.is_some() && is_private))
}

/// Makes the file with the content that the image has, unless there is one.
fn restore_content(
    reopener: &Reopener<'_>,
    path: &Path,
    content: &[u8],
    mode: u32,
) -> Result<(), Errno> {
    let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    let fd = match reopener.host.open(path, flags, mode) {
        Err(Errno::EXIST) => return Ok(()),
        opened => opened?,
    };
    reopener.made.borrow_mut().push(path.into());
    let mut rest = content;
    while !rest.is_empty() {
        let written = reopener.host.write(&fd, rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

fn open(
    reopener: &Reopener<'_>,
    path: &Path,
    saved: &SavedFile,
    is_rebound: bool,
) -> Result<Fd, String> {
    let host = reopener.host;
    let stat = host.stat(path, Links::Follow).map_err(Errno::message)?;
    // Before it is opened: opening a named pipe would wait.
    if What::of(&stat) != Some(saved.what) {
        return Err(format!("it is no {}", saved.what.kind().rule().name));
    }
    let made = reopener.made.borrow().iter().any(|made| made == path);
    if !is_rebound
        && !made
        && saved.what != What::Device
        && saved.inode.is_some_and(|inode| inode != stat.inode)
    {
        return Err("another file has its path now".into());
    }
    let fd = host.open(path, saved.flags | OpenFlags(libc::O_NOCTTY), 0).map_err(Errno::message)?;
    Ok(fd)
}
