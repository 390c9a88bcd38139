//! `EPoll`, `EventFD` and `PollSelectorImpl`: waiting for many descriptors.
//!
//! Java reads events from off-heap memory, and finds numbers of the guest in them: they come through the kernel as
//! the data of the events. The structure is `struct epoll_event` as x86-64 has it, whatever the processor: a guest
//! that moves takes the sizes along.

use super::file_dispatcher::status;
use super::memory::buffer;
use crate::host::{EpollChange, Errno, Fd, Host, PollEntry, Resource, ResourceKind};
use crate::java_io::descriptor::{deadline, on_host, once, time_left, wait_once, with};
use crate::java_io::errors;
use crate::state;
use std::sync::Arc;
use vm::native::Retry;
use vm::{NativeMethod, Result, Thread};

const EVENT_BYTES: usize = 12;
const DATA_AT: usize = 4;

fn event_size(_: &Thread) -> Result<i32, Retry> {
    Ok(EVENT_BYTES as i32)
}

fn events_offset(_: &Thread) -> Result<i32, Retry> {
    Ok(0)
}

fn data_offset(_: &Thread) -> Result<i32, Retry> {
    Ok(DATA_AT as i32)
}

/// Makes a descriptor and gives it a number.
fn open(
    t: &Thread,
    kind: ResourceKind,
    make: impl FnMut(&dyn crate::host::Host) -> Result<Fd, Errno>,
) -> Result<i32> {
    let made = on_host(t, make);
    made.and_then(|fd| state(t).resources.insert(Resource::new(kind, fd)))
        .map_err(|error| errors::io(t, error))
}

fn create(t: &Thread) -> Result<i32> {
    open(t, ResourceKind::Epoll, |host| host.epoll())
}

/// `ctl`: 0, or the error's number.
fn control(t: &Thread, epoll: i32, operation: i32, n: i32, events: i32) -> Result<i32> {
    let (events, data) = (events as u32, n as u32 as u64);
    let change = match operation {
        libc::EPOLL_CTL_ADD => EpollChange::Add { events, data },
        libc::EPOLL_CTL_MOD => EpollChange::Modify { events, data },
        _ => EpollChange::Remove,
    };
    let resource = state(t).resources.get(n);
    let done = once(t, epoll, |host, epoll| host.epoll_change(epoll, resource?.fd()?, change));
    Ok(done.map_or_else(|error| error.0, |()| 0))
}

/// `wait`: how many events were written to memory.
fn wait(t: &Thread, epoll: i32, address: i64, most: i32, millis: i32) -> Result<i32> {
    let most = usize::try_from(most).unwrap_or(0);
    let to = buffer(t, address, (most * EVENT_BYTES) as i64)?;
    let mut events = Vec::new();
    let until = deadline(t, millis.into());
    let left = time_left(until);
    let wait = |host: &dyn Host, epoll: &Fd| host.epoll_wait(epoll, most, &mut events, left);
    match t.until(until, || once(t, epoll, wait)) {
        Ok(()) => {}
        Err(Errno::INTR) => return Ok(status::INTERRUPTED as i32),
        Err(error) => return Err(errors::io(t, error)),
    }
    for (event, to) in events.iter().zip(to.chunks_exact_mut(EVENT_BYTES)) {
        to[..4].copy_from_slice(&event.events.to_ne_bytes());
        to[DATA_AT..DATA_AT + 8].copy_from_slice(&event.data.to_ne_bytes());
    }
    Ok(events.len() as i32)
}

fn event_counter(t: &Thread) -> Result<i32> {
    open(t, ResourceKind::Event, |host| host.event_counter())
}

/// `EventFD.set0`
fn raise(t: &Thread, n: i32) -> Result<i32> {
    match with(t, n, |host, fd| host.write(fd, &1_u64.to_ne_bytes())) {
        Ok(_) => Ok(0),
        Err(error) => Err(errors::io(t, error)),
    }
}

/// `PollSelectorImpl.poll`, on an array of `struct pollfd`.
fn poll(t: &Thread, address: i64, count: i32, millis: i32) -> Result<i32> {
    const ENTRY_BYTES: usize = size_of::<libc::pollfd>();
    const READY_AT: usize = std::mem::offset_of!(libc::pollfd, revents);
    let table = buffer(t, address, i64::from(count) * ENTRY_BYTES as i64)?;
    let mut resources: Vec<(usize, i16, Arc<Resource>)> = Vec::new();
    for (i, entry) in table.chunks_exact_mut(ENTRY_BYTES).enumerate() {
        let n = i32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let ready = match state(t).resources.get(n) {
            Ok(resource) => {
                resources.push((i, i16::from_ne_bytes([entry[4], entry[5]]), resource));
                0
            }
            Err(_) if n < 0 => 0,
            Err(_) => libc::POLLNVAL,
        };
        entry[READY_AT..].copy_from_slice(&ready.to_ne_bytes());
    }
    let invalid = count as usize - resources.len();
    let until = deadline(t, if invalid > 0 { 0 } else { millis.into() });
    let mut places = Vec::with_capacity(resources.len());
    let mut entries = Vec::with_capacity(resources.len());
    for (i, events, resource) in &resources {
        if let Ok(fd) = resource.fd() {
            places.push(*i);
            entries.push(PollEntry { fd, events: *events, ready: 0 });
        }
    }
    let found = match wait_once(t, until, |host, left| host.poll(&mut entries, left)) {
        Ok(found) => found,
        Err(Errno::INTR) => return Ok(status::INTERRUPTED as i32),
        Err(error) => return Err(errors::io(t, error)),
    };
    for (i, entry) in places.iter().zip(&entries) {
        let at = i * ENTRY_BYTES + READY_AT;
        table[at..at + 2].copy_from_slice(&entry.ready.to_ne_bytes());
    }
    Ok((found + invalid) as i32)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/EPoll" {
            "eventSize" "()I" => leaf event_size;
            "eventsOffset" "()I" => leaf events_offset;
            "dataOffset" "()I" => leaf data_offset;
            "create" "()I" => full create;
            "ctl" "(IIII)I" => full control;
            "wait" "(IJII)I" => full wait;
        }
        "sun/nio/ch/EventFD" {
            "eventfd0" "()I" => full event_counter;
            "set0" "(I)I" => full raise;
        }
        "sun/nio/ch/PollSelectorImpl" {
            "poll" "(JII)I" => full poll;
        }
    }
}
