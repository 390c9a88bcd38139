//! `sun.nio.fs.LinuxWatchService`: changes in directories, by `inotify(7)`.

use super::memory::path;
use super::paths::checked;
use crate::host::{Errno, PollEntry, Resource, ResourceKind};
use crate::java_io::descriptor::{on_host, wait_once, with};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::mem::offset_of;
use std::sync::Arc;
use vm::meta::BasicType;
use vm::native::Retry;
use vm::sync::Deadline;
use vm::{Handle, NativeMethod, Result, Thread, exceptions, object};

fn event_size(_: &Thread) -> Result<i32, Retry> {
    Ok(size_of::<libc::inotify_event>() as i32)
}

fn event_offsets(t: &Thread) -> Result<Handle> {
    let offsets = [
        offset_of!(libc::inotify_event, wd),
        offset_of!(libc::inotify_event, mask),
        offset_of!(libc::inotify_event, cookie),
        offset_of!(libc::inotify_event, len),
        size_of::<libc::inotify_event>(),
    ];
    let array = object::alloc_prim_array(t, BasicType::Int, offsets.len())?;
    for (i, offset) in offsets.into_iter().enumerate() {
        t.vm().set_u32(array, (ARRAY_DATA_OFFSET + 4 * i) as u32, offset as u32);
    }
    Ok(t.handle(array))
}

fn init(t: &Thread) -> Result<i32> {
    let made = on_host(t, |host| host.watch());
    let number =
        made.and_then(|fd| state(t).resources.insert(Resource::new(ResourceKind::Watch, fd)));
    checked(t, number)
}

fn add(t: &Thread, watch: i32, address: i64, mask: i32) -> Result<i32> {
    let path = path(t, address)?;
    let added = with(t, watch, |host, fd| host.add_watch(fd, &path, mask as u32));
    if let (Ok(number), Ok(resource)) = (added, state(t).resources.get(watch)) {
        resource.notes.watched().insert(number, (path, mask as u32));
    }
    checked(t, added)
}

fn remove(t: &Thread, watch: i32, number: i32) -> Result<()> {
    if let Ok(resource) = state(t).resources.get(watch) {
        resource.notes.watched().remove(&number);
    }
    checked(t, with(t, watch, |host, fd| host.remove_watch(fd, number)))
}

fn configure_blocking(t: &Thread, fd: i32, blocking: bool) -> Result<()> {
    checked(t, with(t, fd, |host, fd| host.set_non_blocking(fd, !blocking)))
}

/// `socketpair`: the numbers are stored in the array.
fn socket_pair(t: &Thread, array: Handle) -> Result<()> {
    let table = &state(t).resources;
    let made = on_host(t, |host| host.socket_pair()).and_then(|(a, b)| {
        let pair = Arc::default();
        let socket = |fd| {
            let socket = Resource::new(ResourceKind::Socket, fd);
            socket.notes.set_pair(&pair);
            socket
        };
        let a = table.insert(socket(a))?;
        match table.insert(socket(b)) {
            Ok(b) => Ok([a, b]),
            Err(error) => {
                drop(table.remove(a));
                Err(error)
            }
        }
    });
    let numbers = checked(t, made)?;
    let array = t.get(array);
    if array.is_null() || t.vm().array_len(array) < numbers.len() {
        return Err(exceptions::npe(t));
    }
    for (i, number) in numbers.into_iter().enumerate() {
        t.vm().set_u32(array, (ARRAY_DATA_OFFSET + 4 * i) as u32, number as u32);
    }
    Ok(())
}

/// `poll`: waits until one of the two can be read.
fn poll(t: &Thread, first: i32, second: i32) -> Result<i32> {
    let first = checked(t, state(t).resources.get(first))?;
    let second = checked(t, state(t).resources.get(second))?;
    loop {
        let ready = wait_once(t, Deadline::Never, |host, _| {
            let entry = |fd| PollEntry { fd, events: libc::POLLIN, ready: 0 };
            host.poll(&mut [entry(first.fd()?), entry(second.fd()?)], None)
        });
        match ready {
            Err(Errno::INTR) if !t.is_ending() => {}
            ready => return checked(t, ready).map(|count| count as i32),
        }
    }
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/fs/LinuxWatchService" {
            "eventSize" "()I" => leaf event_size;
            "eventOffsets" "()[I" => full event_offsets;
            "inotifyInit" "()I" => full init;
            "inotifyAddWatch" "(IJI)I" => full add;
            "inotifyRmWatch" "(II)V" => full remove;
            "configureBlocking" "(IZ)V" => full configure_blocking;
            "socketpair" "([I)V" => full socket_pair;
            "poll" "(II)I" => full poll;
        }
    }
}
