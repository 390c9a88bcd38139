//! A guest's file descriptors.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::{DirStream, Errno, Fd, Notes, OpenFlags, Sink};

/// What kind of thing a resource is; decides how it can be moved to another host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResourceKind {
    /// Standard input, output or error.
    Stdio,
    /// A file opened by path.
    File,
    /// A directory being read.
    Directory,
    /// An end of a pipe.
    Pipe,
    /// A socket.
    Socket,
    /// An epoll instance.
    Epoll,
    /// An event counter.
    Event,
    /// A watch on directories.
    Watch,
}

/// The OS side of a resource.
#[derive(Debug)]
pub enum Handle {
    /// A descriptor.
    Fd(Fd),
    /// A directory stream.
    Dir(DirStream),
    /// A writer of the program that has made the guest.
    Sink(Sink),
}

/// One entry of the table. Whoever works with it holds an [`Arc`], so that closing it in the table while another
/// thread is blocked in it does not free the OS descriptor for reuse under that thread.
#[derive(Debug)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// What it stands for on the host.
    pub handle: Handle,
    /// How to open it again elsewhere: the path and flags that it was opened with.
    pub origin: Option<(PathBuf, OpenFlags)>,
    /// What else is known of it. All descriptors of one open file share this.
    pub notes: Arc<Notes>,
}

impl Resource {
    /// A resource of no known path.
    #[must_use]
    pub fn new(kind: ResourceKind, fd: Fd) -> Resource {
        Resource { kind, handle: Handle::Fd(fd), origin: None, notes: Arc::default() }
    }

    /// Another descriptor of the same open file.
    #[must_use]
    pub fn again(&self, fd: Fd) -> Resource {
        let (origin, notes) = (self.origin.clone(), self.notes.clone());
        Resource { kind: self.kind, handle: Handle::Fd(fd), origin, notes }
    }

    /// A file or directory opened by `path`.
    #[must_use]
    pub fn file(fd: Fd, path: PathBuf, flags: OpenFlags) -> Resource {
        let origin = Some((path, flags));
        Resource { origin, ..Resource::new(ResourceKind::File, fd) }
    }

    /// A directory stream.
    #[must_use]
    pub fn directory(dir: DirStream, path: PathBuf) -> Resource {
        let origin = Some((path, OpenFlags::READ | OpenFlags::DIRECTORY));
        let handle = Handle::Dir(dir);
        Resource { kind: ResourceKind::Directory, handle, origin, notes: Arc::default() }
    }

    /// Standard output or error that goes to a writer.
    #[must_use]
    pub fn sink(sink: Sink) -> Resource {
        let handle = Handle::Sink(sink);
        Resource { kind: ResourceKind::Stdio, handle, origin: None, notes: Arc::default() }
    }

    /// The descriptor.
    ///
    /// # Errors
    /// [`Errno::BADF`] for anything else.
    pub fn fd(&self) -> Result<&Fd, Errno> {
        match &self.handle {
            Handle::Fd(fd) => Ok(fd),
            Handle::Dir(_) | Handle::Sink(_) => Err(Errno::BADF),
        }
    }

    /// The directory stream.
    ///
    /// # Errors
    /// [`Errno::NOTDIR`] for anything else.
    pub fn dir(&self) -> Result<&DirStream, Errno> {
        match &self.handle {
            Handle::Dir(dir) => Ok(dir),
            Handle::Fd(_) | Handle::Sink(_) => Err(Errno::NOTDIR),
        }
    }
}

/// The descriptors of one guest: numbers from 0, of which the lowest free one is given out, as Unix does.
#[derive(Debug)]
pub struct ResourceTable {
    entries: RwLock<Entries>,
    limit: AtomicUsize,
}

#[derive(Debug, Default)]
struct Entries {
    slots: Vec<Option<Arc<Resource>>>,
    free: BTreeSet<usize>,
}

impl ResourceTable {
    /// An empty table for at most `limit` resources.
    #[must_use]
    pub fn new(limit: usize) -> ResourceTable {
        ResourceTable { entries: RwLock::default(), limit: AtomicUsize::new(limit) }
    }

    /// A table whose entries 0, 1 and 2 are this process's standard streams.
    #[must_use]
    pub fn with_stdio(limit: usize) -> ResourceTable {
        let table = ResourceTable::new(limit.max(3));
        for fd in Fd::standard_streams() {
            // The limit leaves room for three.
            let _ = table.insert(Resource::new(ResourceKind::Stdio, fd));
        }
        table
    }

    /// Puts in a resource and gives its number.
    ///
    /// # Errors
    /// [`Errno::MFILE`] at the limit; the resource is then closed.
    pub fn insert(&self, resource: Resource) -> Result<i32, Errno> {
        let mut entries = self.write();
        if entries.len() >= self.limit() {
            return Err(Errno::MFILE);
        }
        let index = entries.free.first().copied().unwrap_or(entries.slots.len());
        let number = i32::try_from(index).map_err(|_| Errno::MFILE)?;
        entries.set(index, resource);
        Ok(number)
    }

    /// The resource of a number.
    ///
    /// # Errors
    /// [`Errno::BADF`] if it is not open.
    pub fn get(&self, number: i32) -> Result<Arc<Resource>, Errno> {
        let entries = self.read();
        let slot = usize::try_from(number).ok().and_then(|index| entries.slots.get(index));
        slot.and_then(Clone::clone).ok_or(Errno::BADF)
    }

    /// Takes a resource out. Its descriptor is closed when the last user lets go of it; to close it at once and see
    /// the error, take it from the `Arc` with [`Arc::into_inner`].
    ///
    /// # Errors
    /// [`Errno::BADF`] if it is not open.
    pub fn remove(&self, number: i32) -> Result<Arc<Resource>, Errno> {
        let index = usize::try_from(number).map_err(|_| Errno::BADF)?;
        let mut entries = self.write();
        let resource = entries.slots.get_mut(index).and_then(Option::take).ok_or(Errno::BADF)?;
        entries.free.insert(index);
        Ok(resource)
    }

    /// Puts `resource` in place of the one at `number` and returns that (`dup2`).
    ///
    /// # Errors
    /// [`Errno::BADF`] if the number is not open.
    pub fn replace(&self, number: i32, resource: Resource) -> Result<Arc<Resource>, Errno> {
        let mut entries = self.write();
        let slot = usize::try_from(number).ok().and_then(|index| entries.slots.get_mut(index));
        slot.and_then(Option::as_mut)
            .map(|slot| std::mem::replace(slot, Arc::new(resource)))
            .ok_or(Errno::BADF)
    }

    /// Puts a resource at a number that is free: how a resumed guest gets its descriptors back.
    ///
    /// # Errors
    /// [`Errno::EXIST`] if the number is taken, [`Errno::BADF`] if it is negative, [`Errno::MFILE`] if it is not
    /// below the limit.
    pub fn insert_at(&self, number: i32, resource: Resource) -> Result<(), Errno> {
        let index = usize::try_from(number).map_err(|_| Errno::BADF)?;
        if index >= self.limit() {
            return Err(Errno::MFILE);
        }
        let mut entries = self.write();
        if entries.slots.get(index).is_some_and(Option::is_some) {
            return Err(Errno::EXIST);
        }
        entries.set(index, resource);
        Ok(())
    }

    /// Number of open resources.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most resources that may be open.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Changes the limit; what is open beyond it stays open.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// All open resources with their numbers, in order.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(i32, Arc<Resource>)> {
        let entries = self.read();
        let open = (0..).zip(&entries.slots);
        open.filter_map(|(number, slot)| Some((number, slot.clone()?))).collect()
    }

    /// Takes everything out, at the guest's end.
    pub fn drain(&self) -> Vec<Arc<Resource>> {
        std::mem::take(&mut *self.write()).slots.into_iter().flatten().collect()
    }

    // A panic can not leave the entries half changed, so a poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Fills slot `index`, which is free or beyond the end.
    fn set(&mut self, index: usize, resource: Resource) {
        while self.slots.len() <= index {
            self.free.insert(self.slots.len());
            self.slots.push(None);
        }
        self.free.remove(&index);
        self.slots[index] = Some(Arc::new(resource));
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::host::{Descriptors, OsHost};

    fn pipe() -> (Resource, Resource) {
        let (read, write) = OsHost.pipe().expect("pipe");
        (Resource::new(ResourceKind::Pipe, read), Resource::new(ResourceKind::Pipe, write))
    }

    #[test]
    fn numbers_are_the_lowest_free() {
        let table = ResourceTable::with_stdio(6);
        assert_eq!(table.get(1).expect("stdout").kind, ResourceKind::Stdio);
        let (a, b) = pipe();
        assert_eq!((table.insert(a), table.insert(b)), (Ok(3), Ok(4)));
        table.remove(3).expect("open");
        assert_eq!(table.remove(3).err(), Some(Errno::BADF));
        assert_eq!(table.get(3).err(), Some(Errno::BADF));
        assert_eq!(table.get(-1).err(), Some(Errno::BADF));
        let (a, b) = pipe();
        assert_eq!((table.insert(a), table.insert(b)), (Ok(3), Ok(5)));
        assert_eq!(table.insert(pipe().0), Err(Errno::MFILE));
        assert_eq!(table.len(), 6);
        table.set_limit(7);
        assert_eq!(table.insert(pipe().0), Ok(6));
        assert_eq!(
            table.snapshot().iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4, 5, 6]
        );
        assert_eq!(table.drain().len(), 7);
        assert!(table.is_empty());
        assert_eq!(table.insert(pipe().0), Ok(0));
    }

    #[test]
    fn given_numbers_and_replacing() {
        let table = ResourceTable::new(10);
        table.insert_at(4, pipe().0).expect("free");
        assert_eq!(table.insert_at(4, pipe().0), Err(Errno::EXIST));
        assert_eq!(table.insert_at(10, pipe().0), Err(Errno::MFILE));
        assert_eq!((table.len(), table.insert(pipe().0)), (1, Ok(0)));
        assert!(table.replace(0, pipe().1).is_ok());
        assert_eq!(table.replace(1, pipe().1).err(), Some(Errno::BADF));
    }

    #[test]
    fn closing_under_a_blocked_reader() {
        let table = Arc::new(ResourceTable::new(10));
        let (read, write) = pipe();
        let number = table.insert(read).expect("room");
        let reader = thread::spawn({
            let table = Arc::clone(&table);
            move || {
                let resource = table.get(number).expect("open");
                let mut buffer = [0; 4];
                let count = OsHost.read(resource.fd().expect("a descriptor"), &mut buffer);
                (count, buffer)
            }
        });
        thread::sleep(Duration::from_millis(50));
        drop(table.remove(number));
        assert_eq!(
            OsHost.write(write.fd().expect("a descriptor"), b"late"),
            Ok(4),
            "the pipe still has a reader"
        );
        assert_eq!(reader.join().expect("no panic"), (Ok(4), *b"late"));
    }
}
