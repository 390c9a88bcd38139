//! From a guest's table of resources to values.

use super::image::{Entry, OpenFile, ResourceImage, SavedPath};
use super::obstacle::{InTheWay, Obstacle};
use super::policy::Policy;
use super::rules::Kind;
use super::{files, mappings, pipes, sockets, waiters};
use crate::State;
use crate::host::{Errno, Fd, Handle, Host, OpenFlags, Resource, ResourceKind};
use crate::java_util_zip::SavedStreams;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vm::Vm;

/// What saving needs to know.
pub(super) struct Saver<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) policy: &'a Policy,
    /// Working directory, from which relative paths count.
    pub(super) dir: PathBuf,
    /// Whether contents of files are wanted, and not only whether they could be had.
    pub(super) with_content: bool,
    pub(super) table: Vec<(i32, Arc<Resource>)>,
    pub(super) image: ResourceImage,
    /// Pipes by device and inode, pairs by identity: their places in the image.
    pub(super) pipes: HashMap<(u64, u64), u32>,
    pub(super) pairs: HashMap<*const (), u32>,
}

/// All that a guest has open. The world is stopped, and no thread is in a system call.
///
/// # Errors
/// With all that stands in the way.
pub fn save(vm: &Vm, policy: &Policy) -> Result<ResourceImage, InTheWay> {
    walk(vm, policy, true)
}

/// What would stand in the way of [`save`] now; the guest may be running.
#[must_use]
pub fn survey(vm: &Vm, policy: &Policy) -> Vec<Obstacle> {
    walk(vm, policy, false).map_or_else(|found| found.0, |_| Vec::new())
}

fn walk(vm: &Vm, policy: &Policy, with_content: bool) -> Result<ResourceImage, InTheWay> {
    let state = crate::state_of(vm);
    let table = state.resources.snapshot();
    let mut saver = Saver::new(&*state.host, policy, with_content, table);
    let mut obstacles = others(state);
    saver.save_table(&mut obstacles);
    saver.save_mappings(vm, state, &mut obstacles);
    match SavedStreams::of(&state.zip) {
        Ok(streams) => saver.image.streams = streams,
        Err(_) if !with_content => {}
        Err(_) => {
            let reason = "a thread is working with one";
            obstacles.push(Obstacle::new(Kind::Compression, None, String::new(), reason));
        }
    }
    if obstacles.is_empty() { Ok(saver.image) } else { Err(InTheWay(obstacles)) }
}

/// What is refused whatever it is.
fn others(state: &State) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for (process, program) in state.children().iter() {
        let subject = format!("{process} {program}");
        found.push(Obstacle::new(Kind::Process, None, subject, "it has not been waited for"));
    }
    let tables = crate::sun_nio::open_mount_tables(state);
    if tables > 0 {
        let subject = "table of file systems".into();
        found.push(Obstacle::new(Kind::File, None, subject, "it is being read"));
    }
    found
}

impl<'a> Saver<'a> {
    pub(super) fn new(
        host: &'a dyn Host,
        policy: &'a Policy,
        with_content: bool,
        table: Vec<(i32, Arc<Resource>)>,
    ) -> Saver<'a> {
        Saver {
            host,
            policy,
            dir: host.current_dir().unwrap_or_else(|_| "/".into()),
            with_content,
            table,
            image: ResourceImage::default(),
            pipes: HashMap::new(),
            pairs: HashMap::new(),
        }
    }

    pub(super) fn save_table(&mut self, obstacles: &mut Vec<Obstacle>) {
        let mut known = HashMap::new();
        for (number, resource) in self.table.clone() {
            let notes = Arc::as_ptr(&resource.notes);
            let file = match known.get(&notes) {
                Some(&file) => file,
                None => match self.save_one(number, &resource) {
                    Ok(file) => {
                        self.image.files.push(file);
                        let place = self.image.files.len() as u32 - 1;
                        known.insert(notes, place);
                        place
                    }
                    Err(obstacle) => {
                        obstacles.push(obstacle);
                        continue;
                    }
                },
            };
            let origin =
                resource.origin.as_ref().map(|(path, flags)| (path.as_path().into(), *flags));
            self.image.entries.push(Entry { number, kind: resource.kind, file, origin });
        }
    }

    fn save_one(&mut self, number: i32, resource: &Resource) -> Result<OpenFile, Obstacle> {
        if resource.notes.is_dead.load(Ordering::Relaxed) {
            return Ok(OpenFile::Dead);
        }
        let fd = match &resource.handle {
            Handle::Fd(fd) => fd,
            Handle::Sink(_) => return Ok(OpenFile::Standard(number)),
            Handle::Dir(dir) => return self.save_names(number, resource, dir),
        };
        match resource.kind {
            ResourceKind::Stdio if resource.origin.is_none() => Ok(OpenFile::Standard(number)),
            ResourceKind::Stdio | ResourceKind::File | ResourceKind::Directory => {
                files::save(self, number, resource, fd).map(OpenFile::File)
            }
            ResourceKind::Pipe => pipes::save(self, number, fd),
            ResourceKind::Socket => match resource.notes.pair() {
                Some(pair) => pipes::save_pair(self, number, fd, &pair),
                None => sockets::save(self, number, resource, fd).map(OpenFile::Socket),
            },
            ResourceKind::Epoll => waiters::save_selector(self, number, fd),
            ResourceKind::Event => waiters::save_counter(self, number, fd),
            ResourceKind::Watch => waiters::save_watch(self, number, resource, fd),
        }
    }

    fn save_names(
        &self,
        number: i32,
        resource: &Resource,
        dir: &crate::host::DirStream,
    ) -> Result<OpenFile, Obstacle> {
        let path = resource.origin.as_ref().map_or(String::new(), |o| o.0.display().to_string());
        let rest = self.host.rest_of_dir(dir).map_err(untold(Kind::Directory, number, &path))?;
        let names = rest.iter().map(|entry| (SavedPath::from(entry.name.as_ref()), entry.inode));
        Ok(OpenFile::Names(names.collect()))
    }

    fn save_mappings(&mut self, vm: &Vm, state: &State, obstacles: &mut Vec<Obstacle>) {
        let mappings = crate::sun_nio::mappings(state).clone();
        for (at, mapping) in mappings {
            match mappings::save(self, vm, at, &mapping) {
                Ok(saved) => self.image.mappings.push(saved),
                Err(obstacle) => obstacles.push(obstacle),
            }
        }
    }

    /// Whether reads and writes of an open file do not wait.
    pub(super) fn is_non_blocking(&self, fd: &Fd) -> bool {
        let flags = self.host.status_flags(fd);
        flags.is_ok_and(|flags| flags.contains(OpenFlags::NON_BLOCKING))
    }
}

/// The obstacle that the system does not tell what must be known.
pub(super) fn untold(kind: Kind, number: i32, subject: &str) -> impl Fn(Errno) -> Obstacle {
    move |error| {
        let reason = format!("the system does not tell its state: {error}");
        Obstacle::new(kind, Some(number), subject.to_owned(), &reason)
    }
}
