//! Host operations that only saving and resuming a guest need: what the system knows of an open descriptor beyond what
//! using it tells, without changing it.

use std::path::PathBuf;

use super::{DirEntry, DirStream, Errno, Fd, LockKind, LockRange, SocketFamily, SocketKind};

/// What an `epoll` instance watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpollWatch {
    /// The system's number of the descriptor, see [`Saving::system_number`].
    pub descriptor: i32,
    /// `EPOLL*` bits.
    pub events: u32,
    /// What was given with the descriptor.
    pub data: u64,
}

/// What a stream socket is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// Neither connected nor listening.
    Idle,
    /// It takes connections.
    Listens,
    /// It is about to be connected.
    Connects,
    /// It is connected, or was.
    Connected,
}

/// Operations on open descriptors, which need no right of their own.
pub trait Saving {
    /// The system's number of a descriptor. Nothing but a name to compare with others.
    fn system_number(&self, fd: &Fd) -> i32;
    /// The path that the open file has now; [`Errno::NOENT`] if it has none any more.
    fn path_of(&self, fd: &Fd) -> Result<PathBuf, Errno>;
    /// All bytes of an open regular file, whatever it was opened for.
    fn content(&self, fd: &Fd) -> Result<Vec<u8>, Errno>;
    /// A file without a name with this content, opened for reading and writing.
    fn unnamed_file(&self, content: &[u8]) -> Result<Fd, Errno>;
    /// The locks that [`super::Descriptors::lock`] has set through this open file.
    fn locks(&self, fd: &Fd) -> Result<Vec<(LockRange, LockKind)>, Errno>;
    /// What can be read from a pipe, which stays in it.
    fn peek_pipe(&self, read_end: &Fd) -> Result<Vec<u8>, Errno>;
    /// How many bytes a pipe takes.
    fn pipe_capacity(&self, pipe: &Fd) -> Result<usize, Errno>;
    /// Makes a pipe take so many bytes at least.
    fn set_pipe_capacity(&self, pipe: &Fd, bytes: usize) -> Result<(), Errno>;
    /// Whether all descriptors of a pipe's or socket's other end are closed.
    fn is_other_end_closed(&self, fd: &Fd) -> Result<bool, Errno>;
    /// Whether a read, or taking a connection, would not wait.
    fn is_ready(&self, fd: &Fd) -> Result<bool, Errno>;
    /// What can be received from a stream socket, which stays in it.
    fn peek_stream(&self, socket: &Fd) -> Result<Vec<u8>, Errno>;
    /// The value of an event counter, which stays.
    fn event_count(&self, counter: &Fd) -> Result<u64, Errno>;
    /// What an `epoll` instance watches.
    fn epoll_watches(&self, epoll: &Fd) -> Result<Vec<EpollWatch>, Errno>;
    /// Family and kind of a socket.
    fn socket_type(&self, socket: &Fd) -> Result<(SocketFamily, SocketKind), Errno>;
    /// What a stream socket is in.
    fn stream_state(&self, socket: &Fd) -> Result<StreamState, Errno>;
    /// A stream socket whose other end has broken off the connection.
    fn broken_connection(&self, family: SocketFamily) -> Result<Fd, Errno>;
    /// The names of a directory that are still to be read. They stay so.
    fn rest_of_dir(&self, dir: &DirStream) -> Result<Vec<DirEntry>, Errno>;
    /// Copies memory of this process without regard to whether it can be accessed; how many bytes there were.
    fn copy_memory(&self, address: usize, to: &mut [u8]) -> usize;
}
