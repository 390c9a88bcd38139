//! Host operations on sockets, and on what waits for many descriptors at once.
//!
//! Errors are those of the system call of the same name unless said otherwise.

use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Errno, Fd};

/// Which kind of addresses a socket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketFamily {
    /// IPv4.
    V4,
    /// IPv6; unless `IPV6_V6ONLY` is set also IPv4, as mapped addresses.
    V6,
    /// Paths of files.
    Unix,
}

/// How a socket transports data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketKind {
    /// A connection (TCP).
    Stream,
    /// Messages (UDP).
    Datagram,
}

/// Where a socket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketAddress {
    /// Address and port.
    Ip(SocketAddr),
    /// Path of a file, without the zero at its end; empty for a socket without a name.
    Unix(Vec<u8>),
}

/// A change of what an `epoll` instance watches; `events` are `EPOLL*` bits, `data` comes back with each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpollChange {
    /// Begin to watch the descriptor.
    Add {
        /// What to watch for.
        events: u32,
        /// Handed back.
        data: u64,
    },
    /// Watch it for other events.
    Modify {
        /// What to watch for.
        events: u32,
        /// Handed back.
        data: u64,
    },
    /// Watch it no longer.
    Remove,
}

/// An event that an `epoll` instance reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpollEvent {
    /// `EPOLL*` bits.
    pub events: u32,
    /// What was given with the descriptor.
    pub data: u64,
}

/// Operations on sockets. What does not name an address needs no right.
pub trait Sockets {
    /// A socket, not passed on to child processes. Policy: none, for it reaches nothing yet.
    fn socket(&self, family: SocketFamily, kind: SocketKind) -> Result<Fd, Errno>;
    /// Gives a socket its own address. Policy: network, `to`; writes the path of a file.
    fn bind(&self, socket: &Fd, to: &SocketAddress) -> Result<(), Errno>;
    /// Begins to take connections, of which `backlog` may wait.
    fn listen(&self, socket: &Fd, backlog: i32) -> Result<(), Errno>;
    /// Takes a connection: its socket, and who is at the other end.
    fn accept(&self, socket: &Fd) -> Result<(Fd, SocketAddress), Errno>;
    /// Connects. A non-blocking stream socket goes on by itself after `EINPROGRESS`, a blocking one after
    /// [`Errno::INTR`]. Policy: network, `to`; reads and writes the path of a file.
    fn connect(&self, socket: &Fd, to: &SocketAddress) -> Result<(), Errno>;
    /// Makes a datagram socket forget whom it is connected to.
    fn disconnect(&self, socket: &Fd) -> Result<(), Errno>;
    /// The socket's own address.
    fn local_address(&self, socket: &Fd) -> Result<SocketAddress, Errno>;
    /// The address at the other end.
    fn peer_address(&self, socket: &Fd) -> Result<SocketAddress, Errno>;
    /// Ends one or both directions of a connection.
    fn shutdown(&self, socket: &Fd, how: Shutdown) -> Result<(), Errno>;
    /// Receives from the other end, a message as a whole: what does not fit is lost.
    fn receive(&self, socket: &Fd, buffer: &mut [u8]) -> Result<usize, Errno>;
    /// As [`Self::receive`], from anybody; with `peek` the message stays.
    fn receive_from(
        &self,
        socket: &Fd,
        buffer: &mut [u8],
        peek: bool,
    ) -> Result<(usize, Option<SocketAddr>), Errno>;
    /// Sends to the other end; with `urgent` as TCP's urgent data.
    fn send(&self, socket: &Fd, bytes: &[u8], urgent: bool) -> Result<usize, Errno>;
    /// Sends a message. Policy: network, `to`.
    fn send_to(&self, socket: &Fd, bytes: &[u8], to: &SocketAddr) -> Result<usize, Errno>;
    /// Reads an option into `value`; its length in bytes.
    fn socket_option(
        &self,
        socket: &Fd,
        level: i32,
        name: i32,
        value: &mut [u8],
    ) -> Result<usize, Errno>;
    /// Sets an option.
    fn set_socket_option(
        &self,
        socket: &Fd,
        level: i32,
        name: i32,
        value: &[u8],
    ) -> Result<(), Errno>;
    /// A counter that can be waited for (`eventfd`).
    fn event_counter(&self) -> Result<Fd, Errno>;
    /// An `epoll` instance.
    fn epoll(&self) -> Result<Fd, Errno>;
    /// Changes what an `epoll` instance watches.
    fn epoll_change(&self, epoll: &Fd, fd: &Fd, change: EpollChange) -> Result<(), Errno>;
    /// Waits for events, up to `most`, which are added to `events`. No timeout waits for ever.
    fn epoll_wait(
        &self,
        epoll: &Fd,
        most: usize,
        events: &mut Vec<EpollEvent>,
        timeout: Option<Duration>,
    ) -> Result<(), Errno>;
    /// Puts the open file of `by` also behind `fd`, in place of what was there (`dup2`). Who is blocked in the former file
    /// stays so; who comes later, even if the descriptor was looked up before, meets the new one.
    fn redirect(&self, fd: &Fd, by: &Fd) -> Result<(), Errno>;
}
