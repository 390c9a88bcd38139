//! Sockets: bound again to the same addresses, with their options.

use super::obstacle::Obstacle;
use super::reopen::Reopener;
use super::rules::Kind;
use super::save::{Saver, untold};
use crate::host::{
    Errno, Fd, Host, Links, Resource, SetOption, SocketAddress, SocketFamily, SocketKind,
    StreamState,
};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::Ordering;

const SOCKET: i32 = libc::SOL_SOCKET;
const IP: i32 = libc::IPPROTO_IP;
const IP6: i32 = libc::IPPROTO_IPV6;
const TCP: i32 = libc::IPPROTO_TCP;

/// Options that Java can set, each of which the system tells as it takes it (but for sizes of buffers, see [`set`]).
const OPTIONS: [(i32, i32); 25] = [
    (SOCKET, libc::SO_REUSEADDR),
    (SOCKET, libc::SO_REUSEPORT),
    (SOCKET, libc::SO_KEEPALIVE),
    (SOCKET, libc::SO_BROADCAST),
    (SOCKET, libc::SO_OOBINLINE),
    (SOCKET, libc::SO_LINGER),
    (SOCKET, libc::SO_SNDBUF),
    (SOCKET, libc::SO_RCVBUF),
    (IP, libc::IP_TOS),
    (IP, libc::IP_MULTICAST_TTL),
    (IP, libc::IP_MULTICAST_LOOP),
    (IP, libc::IP_MULTICAST_ALL),
    (IP, libc::IP_MTU_DISCOVER),
    (IP6, libc::IPV6_V6ONLY),
    (IP6, libc::IPV6_TCLASS),
    (IP6, libc::IPV6_MULTICAST_HOPS),
    (IP6, libc::IPV6_MULTICAST_LOOP),
    (IP6, libc::IPV6_MULTICAST_IF),
    (IP6, libc::IPV6_MULTICAST_ALL),
    (IP6, libc::IPV6_MTU_DISCOVER),
    (TCP, libc::TCP_NODELAY),
    (TCP, libc::TCP_KEEPIDLE),
    (TCP, libc::TCP_KEEPINTVL),
    (TCP, libc::TCP_KEEPCNT),
    (TCP, libc::TCP_DEFER_ACCEPT),
];

/// A socket that is connected to nobody, or comes back as if it had been.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedSocket {
    family: SocketFamily,
    kind: SocketKind,
    options: Vec<SetOption>,
    groups: Vec<SetOption>,
    local: Option<SocketAddress>,
    is: Is,
    pub(super) non_blocking: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Is {
    Idle,
    /// With so many that may wait.
    Listening(i32),
    /// Messages are exchanged with this one only.
    With(SocketAddress),
    /// Its connection has been dropped.
    Broken,
}

/// As reports show it.
fn shown(address: &SocketAddress) -> String {
    match address {
        // Where both are used, IPv4 addresses come as IPv6 ones.
        SocketAddress::Ip(ip) => SocketAddr::new(ip.ip().to_canonical(), ip.port()).to_string(),
        SocketAddress::Unix(path) if path.is_empty() => "(unnamed)".into(),
        SocketAddress::Unix(path) => String::from_utf8_lossy(path).into_owned(),
    }
}

pub(super) fn save(
    saver: &Saver<'_>,
    number: i32,
    resource: &Resource,
    fd: &Fd,
) -> Result<SavedSocket, Obstacle> {
    let host = saver.host;
    let failed = untold(Kind::Socket, number, "");
    let (family, kind) = host.socket_type(fd).map_err(&failed)?;
    let local = host.local_address(fd).map_err(&failed)?;
    let non_blocking = saver.is_non_blocking(fd);
    let is = match kind {
        SocketKind::Datagram => {
            refuse_unread(saver, number, fd, &local)?;
            host.peer_address(fd).map_or(Is::Idle, Is::With)
        }
        SocketKind::Stream => match host.stream_state(fd).map_err(&failed)? {
            StreamState::Idle => Is::Idle,
            StreamState::Listens => {
                refuse_callers(saver, number, fd, &local)?;
                Is::Listening(resource.notes.backlog.load(Ordering::Relaxed))
            }
            // A thread waits for it: its call will be made again.
            StreamState::Connects if !non_blocking => Is::Idle,
            StreamState::Connects | StreamState::Connected => {
                drop_connection(saver, number, fd, &local)?;
                Is::Broken
            }
        },
    };
    let is_bound = match &local {
        SocketAddress::Ip(ip) => ip.port() != 0 && is != Is::Broken,
        SocketAddress::Unix(path) => !path.is_empty(),
    };
    Ok(SavedSocket {
        family,
        kind,
        options: options(host, fd),
        groups: resource.notes.groups(),
        local: is_bound.then_some(local),
        is,
        non_blocking,
    })
}

fn options(host: &dyn Host, fd: &Fd) -> Vec<SetOption> {
    let read = |&(level, name): &(i32, i32)| {
        let mut value = [0; 16];
        let length = host.socket_option(fd, level, name, &mut value).ok()?;
        Some((level, name, value[..length].to_vec()))
    };
    OPTIONS.iter().filter_map(read).collect()
}

/// Whoever waits to be accepted would be cut off.
fn refuse_callers(
    saver: &Saver<'_>,
    number: i32,
    fd: &Fd,
    local: &SocketAddress,
) -> Result<(), Obstacle> {
    let ready = saver.host.is_ready(fd).map_err(untold(Kind::Listener, number, &shown(local)))?;
    if !ready || saver.policy.drop_connections {
        return Ok(());
    }
    let reason = "somebody waits to be accepted";
    Err(Obstacle::new(Kind::Listener, Some(number), shown(local), reason)
        .unless("--drop-connections"))
}

/// Messages that have arrived would be lost. The program will read them, so they stand in the way only when all stands still.
fn refuse_unread(
    saver: &Saver<'_>,
    number: i32,
    fd: &Fd,
    local: &SocketAddress,
) -> Result<(), Obstacle> {
    if !saver.with_content || saver.policy.drop_connections {
        return Ok(());
    }
    match saver.host.is_ready(fd).map_err(untold(Kind::Datagrams, number, &shown(local)))? {
        false => Ok(()),
        true => {
            let reason = "messages wait to be read";
            Err(Obstacle::new(Kind::Datagrams, Some(number), shown(local), reason)
                .unless("--drop-connections"))
        }
    }
}

fn drop_connection(
    saver: &Saver<'_>,
    number: i32,
    fd: &Fd,
    local: &SocketAddress,
) -> Result<(), Obstacle> {
    if saver.policy.drop_connections {
        return Ok(());
    }
    let (subject, reason) = match saver.host.peer_address(fd) {
        Ok(peer) => (format!("{} to {}", shown(local), shown(&peer)), "it is open"),
        Err(_) => (shown(local), "it is being made, or has ended and was not closed"),
    };
    Err(Obstacle::new(Kind::Connection, Some(number), subject, reason).unless("--drop-connections"))
}

impl SavedSocket {
    fn report_kind(&self) -> Kind {
        match (&self.is, self.kind) {
            (Is::Listening(_), _) => Kind::Listener,
            (Is::Broken, _) => Kind::Connection,
            (_, SocketKind::Datagram) => Kind::Datagrams,
            _ => Kind::Socket,
        }
    }
}

pub(super) fn reopen(
    reopener: &Reopener<'_>,
    number: i32,
    saved: &SavedSocket,
) -> Result<Fd, Obstacle> {
    let subject = saved.local.as_ref().map_or(String::new(), shown);
    let refuse = |reason: &str| {
        let obstacle = Obstacle::new(saved.report_kind(), Some(number), subject.clone(), reason);
        match &saved.local {
            Some(_) => obstacle.unless(format!("--rebind {subject}=NEW")),
            None => obstacle,
        }
    };
    make(reopener, saved).map_err(|reason| refuse(&reason))
}

fn make(reopener: &Reopener<'_>, saved: &SavedSocket) -> Result<Fd, String> {
    let host = reopener.host;
    let told = |what: &'static str| move |error: Errno| format!("{what}: {}", error.message());
    if saved.is == Is::Broken {
        return host.broken_connection(saved.family).map_err(told("it can not be made"));
    }
    let fd = host.socket(saved.family, saved.kind).map_err(told("it can not be made"))?;
    for (level, name, value) in &saved.options {
        set(host, &fd, *level, *name, value).map_err(told("an option can not be set"))?;
    }
    if let Some(local) = &saved.local {
        let to = rebound(reopener, local);
        if let SocketAddress::Unix(path) = &to {
            remove_old(host, Path::new(OsStr::from_bytes(path)), &to)?;
        }
        host.bind(&fd, &to).map_err(told("it can not be bound"))?;
    }
    for (level, name, value) in &saved.groups {
        host.set_socket_option(&fd, *level, *name, value)
            .map_err(told("it can not join a group"))?;
    }
    match &saved.is {
        Is::Listening(backlog) => host.listen(&fd, *backlog).map_err(told("it can not listen"))?,
        Is::With(peer) => host.connect(&fd, peer).map_err(told("it can not be connected"))?,
        Is::Idle | Is::Broken => {}
    }
    Ok(fd)
}

impl SavedSocket {
    /// How many may wait to be accepted, if it listens.
    pub(super) fn backlog(&self) -> i32 {
        match self.is {
            Is::Listening(backlog) => backlog,
            _ => 0,
        }
    }

    pub(super) fn groups(&self) -> &[SetOption] {
        &self.groups
    }
}

/// Sets an option that a new socket has not by itself.
fn set(host: &dyn Host, fd: &Fd, level: i32, name: i32, value: &[u8]) -> Result<(), Errno> {
    let mut now = [0; 16];
    let length = host.socket_option(fd, level, name, &mut now)?;
    if now[..length] == *value {
        return Ok(());
    }
    if level == SOCKET && matches!(name, libc::SO_SNDBUF | libc::SO_RCVBUF) {
        // The system doubles what is asked for, and tells the double.
        let told: [u8; 4] = value.try_into().map_err(|_| Errno::INVAL)?;
        let half = i32::from_ne_bytes(told) / 2;
        return host.set_socket_option(fd, level, name, &half.to_ne_bytes());
    }
    host.set_socket_option(fd, level, name, value)
}

fn rebound(reopener: &Reopener<'_>, local: &SocketAddress) -> SocketAddress {
    match local {
        SocketAddress::Ip(ip) => {
            let plain = SocketAddr::new(ip.ip().to_canonical(), ip.port());
            let new = reopener.policy.rebound_address(plain);
            match (new == plain, ip.ip(), new.ip()) {
                (true, ..) => local.clone(),
                (_, IpAddr::V6(_), IpAddr::V4(v4)) => {
                    let ip = if v4.is_unspecified() {
                        std::net::Ipv6Addr::UNSPECIFIED
                    } else {
                        v4.to_ipv6_mapped()
                    };
                    SocketAddress::Ip((ip, new.port()).into())
                }
                _ => SocketAddress::Ip(new),
            }
        }
        SocketAddress::Unix(path) => {
            let new = reopener.policy.rebound(Path::new(OsStr::from_bytes(path)));
            let new = new.map(|new| new.into_os_string().into_encoded_bytes());
            SocketAddress::Unix(new.unwrap_or_else(|| path.clone()))
        }
    }
}

/// Removes the file of a socket that nobody listens at any more.
fn remove_old(host: &dyn Host, path: &Path, at: &SocketAddress) -> Result<(), String> {
    let Ok(stat) = host.stat(path, Links::NoFollow) else { return Ok(()) };
    if stat.mode & libc::S_IFMT != libc::S_IFSOCK {
        return Err("there is a file that is no socket".into());
    }
    let caller = host.socket(SocketFamily::Unix, SocketKind::Stream).map_err(Errno::message)?;
    match host.connect(&caller, at) {
        Err(Errno(libc::ECONNREFUSED)) => host.unlink(path).map_err(Errno::message),
        Ok(()) => Err("somebody else takes connections there".into()),
        Err(error) => Err(error.message()),
    }
}
