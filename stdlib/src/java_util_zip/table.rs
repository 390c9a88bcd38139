//! Numbered streams of one kind. Numbers begin with 1: Java takes 0 for "closed".

use crate::java_io::errors;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use vm::native::Result;
use vm::{Thread, exceptions, sync};

/// The streams of one kind. Whoever works with one holds it by its [`Arc`].
pub(super) struct StreamTable<S> {
    slots: RwLock<Vec<Option<Arc<Mutex<S>>>>>,
}

/// More have never been open at the same time.
const MAX_STREAMS: usize = 1 << 20;

impl<S> Default for StreamTable<S> {
    fn default() -> Self {
        StreamTable { slots: RwLock::default() }
    }
}

impl<S> StreamTable<S> {
    /// Puts a stream in.
    pub(super) fn insert(&self, stream: S) -> i64 {
        let stream = Some(Arc::new(Mutex::new(stream)));
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match slots.iter().position(Option::is_none) {
            Some(free) => {
                slots[free] = stream;
                free as i64 + 1
            }
            None => {
                slots.push(stream);
                slots.len() as i64
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.iter().flatten().count()
    }

    /// What `save` makes of each stream, by its place; nothing if a thread works with one or one can not be saved.
    pub(super) fn save<R>(&self, save: impl Fn(&mut S) -> Option<R>) -> Option<Vec<(u32, R)>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let streams = slots.iter().enumerate().filter_map(|(i, slot)| Some((i, slot.as_ref()?)));
        let saved = streams.map(|(i, stream)| {
            let mut stream = stream.try_lock().ok()?;
            Some((i as u32, save(&mut stream)?))
        });
        saved.collect()
    }

    /// A table with these streams at these places.
    pub(super) fn of(streams: Vec<(u32, S)>) -> StreamTable<S> {
        let mut slots = Vec::new();
        for (i, stream) in streams {
            let i = (i as usize).min(MAX_STREAMS);
            slots.resize_with(slots.len().max(i + 1), || None);
            slots[i] = Some(Arc::new(Mutex::new(stream)));
        }
        StreamTable { slots: RwLock::new(slots) }
    }

    /// The stream of a number.
    ///
    /// # Errors
    /// `InternalError` if there is none, which Java code has seen to.
    pub(super) fn get(&self, t: &Thread, number: i64) -> Result<Arc<Mutex<S>>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let index = number.wrapping_sub(1) as usize;
        match slots.get(index).cloned().flatten() {
            Some(stream) => Ok(stream),
            None => {
                drop(slots);
                Err(errors::internal(t, "no such compression stream"))
            }
        }
    }

    /// Takes a stream out; whether it was there.
    pub(super) fn remove(&self, number: i64) -> bool {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get_mut(number.wrapping_sub(1) as usize);
        let stream = slot.and_then(Option::take);
        drop(slots);
        stream.is_some()
    }
}

/// Locks a stream; Java has excluded other users, so this hardly ever waits. Raw references are
/// stale afterwards.
pub(super) fn lock<'a, S>(t: &Thread, stream: &'a Mutex<S>) -> MutexGuard<'a, S> {
    t.lock(stream)
}

/// Charges the guest for host memory, after a collection if need be.
///
/// # Errors
/// `OutOfMemoryError`.
pub(super) fn charge(t: &Thread, bytes: usize) -> Result<()> {
    let heap = &t.vm().heap;
    for request in [gc::GcRequest::FULL, gc::GcRequest::LAST] {
        if heap.add_external(bytes) {
            return Ok(());
        }
        sync::collect(t, request)?;
    }
    if heap.add_external(bytes) {
        return Ok(());
    }
    Err(exceptions::out_of_memory(t, "Java heap space"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let table = StreamTable::default();
        assert_eq!((table.insert('a'), table.insert('b')), (1, 2));
        assert!(table.remove(1) && !table.remove(1) && !table.remove(0) && !table.remove(-7));
        assert_eq!((table.insert('c'), table.insert('d')), (1, 3));
    }
}
