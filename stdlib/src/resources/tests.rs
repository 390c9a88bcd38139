//! Tables that are saved and opened again, while the first one is still there or after it has gone.

use super::image::ResourceImage;
use super::obstacle::Obstacle;
use super::policy::Policy;
use super::reopen::{Reopened, reopen};
use super::rules::Kind;
use super::save::Saver;
use crate::host::scratch::ScratchDir;
use crate::host::{
    Descriptors, Errno, FileSystem, OpenFlags, OsHost, Resource, ResourceKind, ResourceTable,
    Saving, SocketAddress, SocketFamily, SocketKind, Sockets, StreamState,
};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::Ordering;

fn save(table: &ResourceTable, policy: &Policy) -> Result<ResourceImage, Vec<Obstacle>> {
    let mut saver = Saver::new(&OsHost, policy, true, table.snapshot());
    let mut obstacles = Vec::new();
    saver.save_table(&mut obstacles);
    let bytes = postcard::to_stdvec(&saver.image).expect("plain data");
    let image = postcard::from_bytes(&bytes).expect("the same");
    if obstacles.is_empty() { Ok(image) } else { Err(obstacles) }
}

/// Saved, closed, and opened again.
fn moved(table: ResourceTable) -> ResourceTable {
    let image = save(&table, &Policy::default()).expect("nothing in the way");
    drop(table);
    opened(&image).expect("all can be had").table
}

fn opened(image: &ResourceImage) -> Result<Reopened, Vec<Obstacle>> {
    reopen(&OsHost, image, &Policy::default(), 100).map_err(|found| found.0)
}

fn put(table: &ResourceTable, kind: ResourceKind, fd: crate::host::Fd) -> i32 {
    table.insert(Resource::new(kind, fd)).expect("room")
}

fn socket(table: &ResourceTable, kind: SocketKind) -> i32 {
    let fd = OsHost.socket(SocketFamily::V4, kind).expect("a socket");
    let at = SocketAddress::Ip((Ipv4Addr::LOCALHOST, 0).into());
    OsHost.bind(&fd, &at).expect("a port");
    put(table, ResourceKind::Socket, fd)
}

fn address(table: &ResourceTable, number: i32) -> SocketAddr {
    let socket = table.get(number).expect("open");
    match OsHost.local_address(socket.fd().expect("a descriptor")) {
        Ok(SocketAddress::Ip(ip)) => ip,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pipes_with_one_end() {
    let table = ResourceTable::new(100);
    let (read, write) = OsHost.pipe().expect("a pipe");
    OsHost.write(&write, b"left behind").expect("room");
    let number = put(&table, ResourceKind::Pipe, read);
    let found = save(&table, &Policy::default()).expect_err("the other end is not the table's");
    assert_eq!((found.len(), found[0].kind, found[0].number), (1, Kind::Pipe, Some(number)));
    drop(write);
    let table = moved(table);
    let end = table.get(number).expect("open");
    let fd = end.fd().expect("a descriptor");
    let mut buffer = [0; 20];
    assert_eq!(OsHost.read(fd, &mut buffer), Ok(11));
    assert_eq!(&buffer[..11], b"left behind");
    assert_eq!(OsHost.read(fd, &mut buffer), Ok(0), "its other end is closed");
}

#[test]
fn full_pipes_and_pairs() {
    let table = ResourceTable::new(100);
    let (read, write) = OsHost.pipe().expect("a pipe");
    OsHost.set_non_blocking(&write, true).expect("a flag");
    let mut written = 0;
    while let Ok(count) = OsHost.write(&write, &[7; 4096]) {
        written += count;
    }
    let (first, second) = OsHost.socket_pair().expect("a pair");
    OsHost.write(&second, b"to the first").expect("room");
    let pair = std::sync::Arc::default();
    let numbers = [
        put(&table, ResourceKind::Pipe, read),
        put(&table, ResourceKind::Pipe, write),
        put(&table, ResourceKind::Socket, first),
        put(&table, ResourceKind::Socket, second),
    ];
    for number in &numbers[2..] {
        table.get(*number).expect("open").notes.set_pair(&pair);
    }
    // Twice: what was made anew is saved, too.
    let table = moved(moved(table));
    let [read, write, first, second] = numbers.map(|number| table.get(number).expect("open"));
    let full = OsHost.write(write.fd().expect("a descriptor"), &[0]);
    assert_eq!(full, Err(Errno::AGAIN), "it does not wait, as before");
    assert_eq!(OsHost.available_bytes(read.fd().expect("a descriptor")), Ok(written as u64));
    let mut buffer = [0; 20];
    assert_eq!(OsHost.read(first.fd().expect("a descriptor"), &mut buffer), Ok(12));
    OsHost.write(first.fd().expect("a descriptor"), b"back").expect("room");
    assert_eq!(OsHost.read(second.fd().expect("a descriptor"), &mut buffer), Ok(4));
}

#[test]
fn sockets_keep_addresses_options_and_groups() {
    let table = ResourceTable::new(100);
    let [listener, bound, datagrams, peer] =
        [SocketKind::Stream, SocketKind::Stream, SocketKind::Datagram, SocketKind::Datagram]
            .map(|kind| socket(&table, kind));
    let set = |number, level, name, value: &[u8]| {
        let socket = table.get(number).expect("open");
        let fd = socket.fd().expect("a descriptor");
        OsHost.set_socket_option(fd, level, name, value).expect("an option");
        socket.notes.option_set(level, name, value);
    };
    let (on, size) = (1_i32.to_ne_bytes(), 50_000_i32.to_ne_bytes());
    set(listener, libc::SOL_SOCKET, libc::SO_REUSEADDR, &on);
    set(listener, libc::SOL_SOCKET, libc::SO_RCVBUF, &size);
    set(bound, libc::IPPROTO_TCP, libc::TCP_NODELAY, &on);
    let group = [[224, 0, 0, 77], [127, 0, 0, 1]].concat();
    set(datagrams, libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &group);
    let listening = table.get(listener).expect("open");
    OsHost.listen(listening.fd().expect("a descriptor"), 3).expect("listen");
    listening.notes.backlog.store(3, Ordering::Relaxed);
    drop(listening);
    let to = SocketAddress::Ip(address(&table, peer));
    let connected = table.get(datagrams).expect("open");
    OsHost.connect(connected.fd().expect("a descriptor"), &to).expect("connect");
    drop(connected);
    let before = [listener, bound, datagrams, peer].map(|number| address(&table, number));
    let option = |table: &ResourceTable, number, level, name| {
        let mut value = [0; 4];
        let socket = table.get(number).expect("open");
        let fd = socket.fd().expect("a descriptor");
        OsHost.socket_option(fd, level, name, &mut value).expect("an option");
        i32::from_ne_bytes(value)
    };
    let received = option(&table, listener, libc::SOL_SOCKET, libc::SO_RCVBUF);
    let table = moved(table);
    assert_eq!([listener, bound, datagrams, peer].map(|number| address(&table, number)), before);
    assert_eq!(option(&table, listener, libc::SOL_SOCKET, libc::SO_REUSEADDR), 1);
    assert_eq!(option(&table, listener, libc::SOL_SOCKET, libc::SO_RCVBUF), received);
    assert_eq!(option(&table, bound, libc::IPPROTO_TCP, libc::TCP_NODELAY), 1);
    let get = |number| table.get(number).expect("open");
    let listening = get(listener);
    let fd = listening.fd().expect("a descriptor");
    assert_eq!(OsHost.stream_state(fd), Ok(StreamState::Listens));
    assert_eq!(listening.notes.backlog.load(Ordering::Relaxed), 3);
    let connected = get(datagrams);
    let fd = connected.fd().expect("a descriptor");
    assert_eq!(OsHost.peer_address(fd), Ok(to));
    assert_eq!(connected.notes.groups().len(), 1);
    let again = OsHost.set_socket_option(fd, libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &group);
    assert_eq!(again, Err(Errno(libc::EADDRINUSE)), "it has joined already");
    OsHost.send(fd, b"hello", false).expect("send");
    let mut buffer = [0; 9];
    let receiver = get(peer);
    let got = OsHost.receive_from(receiver.fd().expect("a descriptor"), &mut buffer, false);
    assert_eq!(got, Ok((5, Some(before[2]))));
}

#[test]
fn listeners_with_a_file() {
    let scratch = ScratchDir::new();
    let path = scratch.join("socket");
    let at = SocketAddress::Unix(path.as_os_str().as_bytes().to_vec());
    let table = ResourceTable::new(100);
    let fd = OsHost.socket(SocketFamily::Unix, SocketKind::Stream).expect("a socket");
    OsHost.bind(&fd, &at).expect("a name");
    OsHost.listen(&fd, 5).expect("listen");
    put(&table, ResourceKind::Socket, fd);
    let image = save(&table, &Policy::default()).expect("nothing in the way");
    let found = opened(&image).err().expect("the first one still listens");
    assert_eq!((found.len(), found[0].kind), (1, Kind::Listener));
    assert!(found[0].reason.contains("somebody else"), "{}", found[0]);
    drop(table);
    assert!(path.exists(), "its file stays");
    let table = opened(&image).expect("nobody listens").table;
    let caller = OsHost.socket(SocketFamily::Unix, SocketKind::Stream).expect("a socket");
    OsHost.connect(&caller, &at).expect("connect");
    drop(table);
    OsHost.unlink(&path).expect("the file");
    OsHost.open(&path, OpenFlags::WRITE | OpenFlags::CREATE, 0o600).expect("another file");
    let found = opened(&image).err().expect("no socket");
    assert!(found[0].reason.contains("no socket"), "{}", found[0]);
}

#[test]
fn special_files() {
    let scratch = ScratchDir::new();
    let table = ResourceTable::new(100);
    let open = |path: &Path, flags| {
        let fd = OsHost.open(path, flags, 0).expect("open");
        table.insert(Resource::file(fd, path.into(), flags)).expect("room")
    };
    let null = open(Path::new("/dev/null"), OpenFlags::READ_WRITE);
    let folder = open(scratch.path(), OpenFlags::READ);
    let fifo = scratch.join("fifo");
    OsHost.make_node(&fifo, libc::S_IFIFO | 0o600, 0).expect("a pipe with a name");
    let number = open(&fifo, OpenFlags::READ_WRITE);
    let found = save(&table, &Policy::default()).expect_err("a pipe with a name");
    assert_eq!((found.len(), found[0].kind), (1, Kind::NamedPipe));
    drop(table.remove(number));
    let table = moved(table);
    let get = |number| table.get(number).expect("open");
    let stat = OsHost.fstat(get(folder).fd().expect("a descriptor")).expect("stat");
    assert!(stat.is_directory());
    assert_eq!(OsHost.write(get(null).fd().expect("a descriptor"), b"x"), Ok(1));
}

/// What can be had is closed again if something else can not.
#[test]
fn all_or_nothing() {
    let scratch = ScratchDir::new();
    let table = ResourceTable::new(100);
    let listener = socket(&table, SocketKind::Stream);
    let at = address(&table, listener);
    let listening = table.get(listener).expect("open");
    OsHost.listen(listening.fd().expect("a descriptor"), 3).expect("listen");
    drop(listening);
    for name in ["a", "b"] {
        let flags = OpenFlags::READ | OpenFlags::CREATE;
        let fd = OsHost.open(&scratch.join(name), flags, 0o600).expect("open");
        table.insert(Resource::file(fd, scratch.join(name), flags)).expect("room");
    }
    let image = save(&table, &Policy::default()).expect("nothing in the way");
    drop(table);
    for name in ["a", "b"] {
        OsHost.unlink(&scratch.join(name)).expect("the file");
    }
    let found = opened(&image).err().expect("two are missing");
    assert_eq!(found.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::File, Kind::File]);
    // Its port is free: nothing is left of the attempt.
    let other = OsHost.socket(SocketFamily::V4, SocketKind::Stream).expect("a socket");
    OsHost.bind(&other, &SocketAddress::Ip(at)).expect("a free port");
}
