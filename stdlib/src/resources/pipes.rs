//! Pipes, and pairs of sockets: both ends are the guest's, with what is between them.

use super::image::OpenFile;
use super::obstacle::Obstacle;
use super::reopen::Reopener;
use super::rules::Kind;
use super::save::{Saver, untold};
use crate::host::{Errno, Fd, Host, OpenFlags, ResourceKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A pipe.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedPipe {
    content: Vec<u8>,
    capacity: usize,
}

/// Two connected sockets: what each can receive.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedPair([Vec<u8>; 2]);

/// The ends of a pipe or pair that was made anew; those that nobody takes are closed.
pub(super) type Ends = [Option<Fd>; 2];

pub(super) fn save(saver: &mut Saver<'_>, number: i32, fd: &Fd) -> Result<OpenFile, Obstacle> {
    let failed = untold(Kind::Pipe, number, "");
    let stat = saver.host.fstat(fd).map_err(&failed)?;
    let writes = does_write(saver.host, fd).map_err(&failed)?;
    let key = (stat.device, stat.inode);
    let pipe = match saver.pipes.get(&key) {
        Some(&pipe) => pipe,
        None => {
            let saved = save_pipe(saver, number, fd, key)?;
            saver.image.pipes.push(saved);
            let pipe = saver.image.pipes.len() as u32 - 1;
            saver.pipes.insert(key, pipe);
            pipe
        }
    };
    Ok(OpenFile::Pipe { pipe, writes, non_blocking: saver.is_non_blocking(fd) })
}

fn does_write(host: &dyn Host, fd: &Fd) -> Result<bool, Errno> {
    Ok(host.status_flags(fd)?.0 & libc::O_ACCMODE != libc::O_RDONLY)
}

fn save_pipe(
    saver: &Saver<'_>,
    number: i32,
    fd: &Fd,
    key: (u64, u64),
) -> Result<SavedPipe, Obstacle> {
    let host = saver.host;
    let failed = untold(Kind::Pipe, number, "");
    let (mut has_reader, mut has_writer, mut content) = (false, false, Vec::new());
    for (_, other) in &saver.table {
        let Ok(end) = other.fd() else { continue };
        let is_pipe = other.kind == ResourceKind::Pipe;
        if !is_pipe || other.notes.is_dead.load(Ordering::Relaxed) {
            continue;
        }
        let stat = host.fstat(end).map_err(&failed)?;
        if (stat.device, stat.inode) != key {
            continue;
        }
        if does_write(host, end).map_err(&failed)? {
            has_writer = true;
        } else if !has_reader {
            has_reader = true;
            content = host.peek_pipe(end).map_err(&failed)?;
        }
    }
    let is_alone = !has_reader || !has_writer;
    if is_alone && !host.is_other_end_closed(fd).map_err(&failed)? {
        let reason = "another process has its other end";
        return Err(Obstacle::new(Kind::Pipe, Some(number), String::new(), reason));
    }
    Ok(SavedPipe { content, capacity: host.pipe_capacity(fd).map_err(&failed)? })
}

pub(super) fn save_pair(
    saver: &mut Saver<'_>,
    number: i32,
    fd: &Fd,
    identity: &Arc<()>,
) -> Result<OpenFile, Obstacle> {
    let key = Arc::as_ptr(identity);
    let failed = untold(Kind::SocketPair, number, "");
    let content = saver.host.peek_stream(fd).map_err(&failed)?;
    let non_blocking = saver.is_non_blocking(fd);
    if let Some(&pair) = saver.pairs.get(&key) {
        saver.image.pairs[pair as usize].0[1] = content;
        return Ok(OpenFile::Pair { pair, second: true, non_blocking });
    }
    saver.image.pairs.push(SavedPair([content, Vec::new()]));
    let pair = saver.image.pairs.len() as u32 - 1;
    saver.pairs.insert(key, pair);
    Ok(OpenFile::Pair { pair, second: false, non_blocking })
}

/// Makes all pipes, with what was in them: the end to read from comes first.
pub(super) fn make_pipes(reopener: &Reopener<'_>, all: &[SavedPipe]) -> Result<Vec<Ends>, Errno> {
    let make = |saved: &SavedPipe| {
        let host = reopener.host;
        let (read, write) = host.pipe()?;
        if host.pipe_capacity(&write)? < saved.capacity {
            host.set_pipe_capacity(&write, saved.capacity)?;
        }
        fill(host, &write, &saved.content)?;
        Ok([Some(read), Some(write)])
    };
    all.iter().map(make).collect()
}

/// Makes all pairs, with what was on the way.
pub(super) fn make_pairs(reopener: &Reopener<'_>, all: &[SavedPair]) -> Result<Vec<Ends>, Errno> {
    let make = |SavedPair([to_first, to_second]): &SavedPair| {
        let (first, second) = reopener.host.socket_pair()?;
        fill(reopener.host, &second, to_first)?;
        fill(reopener.host, &first, to_second)?;
        Ok([Some(first), Some(second)])
    };
    all.iter().map(make).collect()
}

/// Puts in what fitted once.
fn fill(host: &dyn Host, end: &Fd, mut content: &[u8]) -> Result<(), Errno> {
    if content.is_empty() {
        return Ok(());
    }
    let was = host.status_flags(end)?.contains(OpenFlags::NON_BLOCKING);
    host.set_non_blocking(end, true)?;
    while !content.is_empty() {
        let written = host.write(end, content)?;
        content = &content[written..];
    }
    host.set_non_blocking(end, was)
}
