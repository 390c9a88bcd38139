//! From values to a table of resources in another process.

use super::image::{OpenFile, ResourceImage, SavedPath};
use super::mappings::{self, SavedMapping};
use super::obstacle::{InTheWay, Obstacle};
use super::pipes::{self, Ends};
use super::policy::Policy;
use super::rules::Kind;
use super::{files, sockets, waiters};
use crate::host::{
    DirEntry, DirStream, Errno, Fd, Handle, Host, OpenFlags, Resource, ResourceKind, ResourceTable,
};
use crate::java_util_zip::Streams;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vm::Vm;

/// What reopening needs to know.
pub(super) struct Reopener<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) policy: &'a Policy,
    /// Files that were made out of the image; removed again if the program can not go on.
    pub(super) made: RefCell<Vec<PathBuf>>,
}

/// What a program has open again.
pub struct Reopened {
    /// Its table.
    pub table: ResourceTable,
    /// Its mapped files.
    pub mappings: Mappings,
    /// Its compression streams.
    pub streams: Streams,
}

/// Opens all that a program had, for a table of at most `limit` resources. The image is trusted.
///
/// # Errors
/// With all that can not be had; nothing is open then.
pub fn reopen(
    host: &dyn Host,
    image: &ResourceImage,
    policy: &Policy,
    limit: usize,
) -> Result<Reopened, InTheWay> {
    reopen_all(host, image, policy, limit, true)
}

/// As [`reopen`], of an image that nobody vouches for: compression streams must not have begun. What paths and addresses it may
/// open is for the host to say.
///
/// # Errors
/// As [`reopen`].
pub fn reopen_untrusted(
    host: &dyn Host,
    image: &ResourceImage,
    policy: &Policy,
    limit: usize,
) -> Result<Reopened, InTheWay> {
    reopen_all(host, image, policy, limit, false)
}

fn reopen_all(
    host: &dyn Host,
    image: &ResourceImage,
    policy: &Policy,
    limit: usize,
    trusted: bool,
) -> Result<Reopened, InTheWay> {
    let reopener = Reopener { host, policy, made: RefCell::default() };
    let mut obstacles = Vec::new();
    let table = fill_table(&reopener, image, limit, &mut obstacles);
    let mut mappings = Vec::new();
    for saved in &image.mappings {
        match mappings::reopen(&reopener, saved) {
            Ok(file) => mappings.push((saved.clone(), file)),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    let streams = image.streams.restore(trusted).unwrap_or_else(|error| {
        let reason = match trusted {
            true => error.to_string(),
            false => {
                "one is in the middle of its work, which only an image of this machine may bring"
                    .into()
            }
        };
        obstacles.push(Obstacle::new(Kind::Compression, None, String::new(), &reason));
        Streams::default()
    });
    if obstacles.is_empty() {
        return Ok(Reopened { table, mappings: Mappings(mappings), streams });
    }
    for path in reopener.made.take() {
        // What can not be had is what to tell.
        let _ = host.unlink(&path);
    }
    Err(InTheWay(obstacles))
}

/// Files that are to be mapped once there is a guest.
pub struct Mappings(Vec<(SavedMapping, Option<Fd>)>);

impl Mappings {
    /// Maps them in a guest that has begun with the image and does not run yet, and counts what else it holds outside of its
    /// heap.
    ///
    /// # Errors
    /// With all that can not be mapped.
    pub fn map(&self, vm: &Vm) -> Result<(), InTheWay> {
        let bytes = crate::state_of(vm).zip.memory_bytes();
        if !vm.heap.add_external(bytes) {
            let reason = "the heap has no room for what it counts";
            let obstacle = Obstacle::new(Kind::Compression, None, String::new(), reason);
            return Err(InTheWay(vec![obstacle]));
        }
        let map = |(saved, file): &(SavedMapping, Option<Fd>)| {
            mappings::map(vm, saved, file.as_ref()).err()
        };
        let obstacles: Vec<_> = self.0.iter().filter_map(map).collect();
        if obstacles.is_empty() { Ok(()) } else { Err(InTheWay(obstacles)) }
    }
}

fn fill_table(
    reopener: &Reopener<'_>,
    image: &ResourceImage,
    limit: usize,
    obstacles: &mut Vec<Obstacle>,
) -> ResourceTable {
    let table = ResourceTable::new(limit);
    let refuse = |kind: Kind, number, error: Errno| {
        Obstacle::new(kind, number, String::new(), &error.message())
    };
    let pipes = pipes::make_pipes(reopener, &image.pipes);
    let mut pipes = pipes.unwrap_or_else(|error| {
        obstacles.push(refuse(Kind::Pipe, None, error));
        Vec::new()
    });
    let pairs = pipes::make_pairs(reopener, &image.pairs);
    let pairs = pairs.unwrap_or_else(|error| {
        obstacles.push(refuse(Kind::SocketPair, None, error));
        Vec::new()
    });
    let mut pairs: Vec<_> = pairs.into_iter().map(|ends| (ends, Arc::default())).collect();
    // The number under which each open file is in the table already.
    let mut first: Vec<Option<i32>> = vec![None; image.files.len()];
    for entry in &image.entries {
        let number = entry.number;
        let place = entry.file as usize;
        let Some(file) = image.files.get(place) else {
            obstacles.push(refuse(Kind::File, Some(number), Errno::BADF));
            continue;
        };
        let made = match first[place].and_then(|first| table.get(first).ok()) {
            Some(first) => again(reopener, &first),
            None => open(reopener, number, entry.kind, file, (&mut pipes, &mut pairs)),
        };
        let inserted = made.and_then(|mut resource| {
            resource.kind = entry.kind;
            resource.origin =
                entry.origin.as_ref().map(|(path, flags)| (path.path().into(), *flags));
            table.insert_at(number, resource).map_err(|e| refuse(kind_of(file), Some(number), e))
        });
        match inserted {
            Ok(()) => first[place] = first[place].or(Some(number)),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    // Only now is there what they watch.
    for entry in image.entries.iter().filter(|_| obstacles.is_empty()).collect::<Vec<_>>() {
        if let Some(OpenFile::Selector(watched)) = image.files.get(entry.file as usize)
            && first[entry.file as usize] == Some(entry.number)
            && let Err(error) = waiters::watch_again(reopener, &table, entry.number, watched)
        {
            obstacles.push(refuse(Kind::Selector, Some(entry.number), error));
        }
    }
    table
}

fn kind_of(file: &OpenFile) -> Kind {
    match file {
        OpenFile::Standard(_) => Kind::StandardStream,
        OpenFile::File(_) => Kind::File,
        OpenFile::Names(_) => Kind::Directory,
        OpenFile::Pipe { .. } => Kind::Pipe,
        OpenFile::Socket(_) | OpenFile::Dead => Kind::Socket,
        OpenFile::Pair { .. } => Kind::SocketPair,
        OpenFile::Selector(_) => Kind::Selector,
        OpenFile::Counter { .. } => Kind::Counter,
        OpenFile::Watch { .. } => Kind::Watch,
    }
}

/// Another descriptor of an open file that is in the table.
fn again(reopener: &Reopener<'_>, first: &Resource) -> Result<Resource, Obstacle> {
    let copied = first.fd().and_then(|fd| reopener.host.duplicate(fd));
    let refuse = |error: Errno| Obstacle::new(Kind::File, None, String::new(), &error.message());
    Ok(first.again(copied.map_err(refuse)?))
}

fn open(
    reopener: &Reopener<'_>,
    number: i32,
    kind: ResourceKind,
    file: &OpenFile,
    (pipes, pairs): (&mut [Ends], &mut [(Ends, Arc<()>)]),
) -> Result<Resource, Obstacle> {
    let host = reopener.host;
    let failed =
        |error: Errno| Obstacle::new(kind_of(file), Some(number), String::new(), &error.message());
    let mut non_blocking = None;
    let take = |ends: &mut Ends, second: bool| ends[usize::from(second)].take();
    let resource = match file {
        OpenFile::Standard(stream) => {
            let fd = Fd::standard_streams().into_iter().nth(usize::try_from(*stream).unwrap_or(3));
            Resource::new(kind, fd.ok_or(Errno::BADF).map_err(failed)?)
        }
        OpenFile::File(saved) => {
            let (fd, is_copy) = files::reopen(reopener, number, saved)?;
            let resource = Resource::new(kind, fd);
            resource.notes.is_copy.store(is_copy, Ordering::Relaxed);
            resource
        }
        OpenFile::Names(names) => directory(names),
        OpenFile::Pipe { pipe, writes, non_blocking: flag } => {
            non_blocking = Some(*flag);
            let ends = pipes.get_mut(*pipe as usize);
            let end = ends.and_then(|ends| take(ends, *writes)).ok_or(Errno::BADF);
            Resource::new(kind, end.map_err(failed)?)
        }
        OpenFile::Pair { pair, second, non_blocking: flag } => {
            non_blocking = Some(*flag);
            let (ends, pair) = pairs.get_mut(*pair as usize).ok_or(Errno::BADF).map_err(failed)?;
            let end = take(ends, *second).ok_or(Errno::BADF).map_err(failed)?;
            let resource = Resource::new(kind, end);
            resource.notes.set_pair(pair);
            resource
        }
        OpenFile::Socket(saved) => {
            non_blocking = Some(saved.non_blocking);
            let resource = Resource::new(kind, sockets::reopen(reopener, number, saved)?);
            resource.notes.backlog.store(saved.backlog(), Ordering::Relaxed);
            for (level, name, value) in saved.groups() {
                resource.notes.option_set(*level, *name, value);
            }
            resource
        }
        OpenFile::Dead => {
            let (dead, _) = host.socket_pair().map_err(failed)?;
            let resource = Resource::new(kind, dead);
            resource.notes.is_dead.store(true, Ordering::Relaxed);
            resource
        }
        OpenFile::Selector(_) => Resource::new(kind, host.epoll().map_err(failed)?),
        OpenFile::Counter { count, non_blocking: flag } => {
            non_blocking = Some(*flag);
            Resource::new(kind, waiters::make_counter(reopener, *count).map_err(failed)?)
        }
        OpenFile::Watch { watched, non_blocking: flag } => {
            non_blocking = Some(*flag);
            waiters::make_watch(reopener, number, watched)?
        }
    };
    if let (Some(true), Handle::Fd(fd)) = (non_blocking, &resource.handle) {
        host.set_non_blocking(fd, true).map_err(failed)?;
    }
    Ok(resource)
}

fn directory(names: &[(SavedPath, u64)]) -> Resource {
    let entry = |(name, inode): &(SavedPath, u64)| DirEntry {
        name: name.path().as_os_str().to_owned(),
        inode: *inode,
    };
    let stream = DirStream::from(names.iter().map(entry).collect::<Vec<_>>());
    Resource { origin: None::<(PathBuf, OpenFlags)>, ..Resource::directory(stream, PathBuf::new()) }
}
