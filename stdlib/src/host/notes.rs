//! What the system would not tell of an open file when it is to be saved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An option as it was set: level, name, value.
pub type SetOption = (i32, i32, Vec<u8>);

/// Options that join groups of receivers or leave senders out, each with the one that undoes it.
const GROUPS: [(i32, i32, i32); 7] = [
    (libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, libc::IP_DROP_MEMBERSHIP),
    (libc::IPPROTO_IP, libc::IP_ADD_SOURCE_MEMBERSHIP, libc::IP_DROP_SOURCE_MEMBERSHIP),
    (libc::IPPROTO_IP, libc::IP_BLOCK_SOURCE, libc::IP_UNBLOCK_SOURCE),
    (libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP, libc::IPV6_DROP_MEMBERSHIP),
    (libc::IPPROTO_IPV6, libc::MCAST_JOIN_SOURCE_GROUP, libc::MCAST_LEAVE_SOURCE_GROUP),
    (libc::IPPROTO_IPV6, libc::MCAST_JOIN_GROUP, libc::MCAST_LEAVE_GROUP),
    (libc::IPPROTO_IPV6, libc::MCAST_BLOCK_SOURCE, libc::MCAST_UNBLOCK_SOURCE),
];

/// Notes on an open file; all descriptors of it share them.
#[derive(Debug, Default)]
pub struct Notes {
    /// Of a listening socket, how many connections may wait.
    pub backlog: AtomicI32,
    /// Whether a socket that has come to its end was put in its place.
    pub is_dead: AtomicBool,
    /// Whether it is a file without a name that came out of an image.
    pub is_copy: AtomicBool,
    /// Of a watch, what it watches by the numbers that its events bear: paths and `IN_*` events.
    watched: Mutex<BTreeMap<i32, (PathBuf, u32)>>,
    /// Of a socket, the groups that it has joined, and the interface for messages to groups.
    groups: Mutex<Vec<SetOption>>,
    /// Of a socket that was made together with another one, the same for both.
    pair: Mutex<Option<Arc<()>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notes {
    /// What a watch watches.
    pub fn watched(&self) -> MutexGuard<'_, BTreeMap<i32, (PathBuf, u32)>> {
        locked(&self.watched)
    }

    /// An option of a socket was set: remembered if the system would not tell it.
    pub fn option_set(&self, level: i32, name: i32, value: &[u8]) {
        // The system would tell an address only, not which interface was named.
        if (level, name) == (libc::IPPROTO_IP, libc::IP_MULTICAST_IF) {
            let mut groups = locked(&self.groups);
            groups.retain(|(l, n, _)| (*l, *n) != (level, name));
            groups.push((level, name, value.into()));
        }
        for (of, begins, ends) in GROUPS {
            if (level, name) == (of, begins) {
                locked(&self.groups).push((level, name, value.into()));
            } else if (level, name) == (of, ends) {
                let mut groups = locked(&self.groups);
                let same = |(l, n, v): &SetOption| (*l, *n, v.as_slice()) == (of, begins, value);
                if let Some(at) = groups.iter().position(same) {
                    groups.remove(at);
                }
            }
        }
    }

    /// The options that make a new socket join the same groups.
    pub fn groups(&self) -> Vec<SetOption> {
        locked(&self.groups).clone()
    }

    /// The other end of a socket pair has the same.
    pub fn pair(&self) -> Option<Arc<()>> {
        locked(&self.pair).clone()
    }

    /// Makes this one end of a pair.
    pub fn set_pair(&self, pair: &Arc<()>) {
        *locked(&self.pair) = Some(pair.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_remembered_until_they_are_left() {
        let notes = Notes::default();
        let join = libc::IP_ADD_MEMBERSHIP;
        notes.option_set(libc::IPPROTO_IP, join, &[1]);
        notes.option_set(libc::IPPROTO_IP, join, &[2]);
        notes.option_set(libc::IPPROTO_IP, libc::IP_TOS, &[2]);
        notes.option_set(libc::IPPROTO_IP, libc::IP_DROP_MEMBERSHIP, &[1]);
        assert_eq!(notes.groups(), [(libc::IPPROTO_IP, join, vec![2])]);
    }
}
