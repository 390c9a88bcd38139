//! The side table of inflated locks: index in a mark word to [`Monitor`].

use super::monitor::Monitor;
use gc::{Heap, Ref, WeakVisitor, mark};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// log2 of the number of entries of the first chunk; every chunk is twice as long as the last.
const FIRST_SHIFT: u32 = 6;
/// Chunks that it takes to use all indices that a mark can hold.
const CHUNKS: usize = (mark::PAYLOAD_BITS - FIRST_SHIFT) as usize;
/// Live monitors below which idle ones are left alone: a lock that was contended once often is
/// again.
const DEFLATE_MIN: usize = 1024;

/// All inflated locks of a VM. An index stays with its object until the object dies, or the lock
/// is deflated while the world is stopped, so between safepoints an index read from a mark is good.
pub struct Monitors {
    chunks: [OnceLock<Box<[Monitor]>>; CHUNKS],
    free: Mutex<Free>,
    deflate_above: AtomicUsize,
}

struct Free {
    list: Vec<u32>,
    /// Indices below this were handed out once. 0 is never.
    next: u32,
}

impl Monitors {
    /// An empty table.
    pub fn new() -> Monitors {
        Monitors {
            chunks: [const { OnceLock::new() }; CHUNKS],
            free: Mutex::new(Free { list: Vec::new(), next: 1 }),
            deflate_above: AtomicUsize::new(DEFLATE_MIN),
        }
    }

    fn place(index: u32) -> (usize, usize) {
        let n = index + (1 << FIRST_SHIFT);
        let shift = n.ilog2();
        ((shift - FIRST_SHIFT) as usize, (n - (1 << shift)) as usize)
    }

    /// The monitor with this index, which was read from a mark since the last safepoint.
    #[inline]
    pub fn get(&self, index: u32) -> &Monitor {
        let (chunk, at) = Monitors::place(index);
        match self.chunks[chunk].get() {
            Some(chunk) => &chunk[at],
            None => unreachable!("monitor {index} was never made"),
        }
    }

    /// An unused monitor. `None` if the table is full.
    pub(super) fn alloc(&self) -> Option<(u32, &Monitor)> {
        let index = {
            let mut free = self.lock();
            match free.list.pop() {
                Some(index) => index,
                None => {
                    let index = free.next;
                    self.make_chunk_of(index)?;
                    free.next += 1;
                    index
                }
            }
        };
        Some((index, self.get(index)))
    }

    /// Makes the memory that the monitor with this number lies in. `None` if no mark can hold the number.
    fn make_chunk_of(&self, index: u32) -> Option<()> {
        let (chunk, _) = Monitors::place(index);
        let len = 1 << (FIRST_SHIFT + chunk as u32);
        let make = || std::iter::repeat_with(Monitor::default).take(len).collect();
        self.chunks.get(chunk)?.get_or_init(make);
        Some(())
    }

    /// Takes back a monitor that no mark names.
    pub(super) fn release(&self, index: u32) {
        self.get(index).reset();
        self.lock().list.push(index);
    }

    /// The monitor with this very number, which no mark names, while a VM is being made. `None` if no mark can hold it.
    pub(super) fn alloc_at(&self, index: u32) -> Option<&Monitor> {
        let mut free = self.lock();
        while free.next <= index {
            let next = free.next;
            self.make_chunk_of(next)?;
            free.list.push(next);
            free.next += 1;
        }
        free.list.retain(|&unused| unused != index);
        Some(self.get(index))
    }

    /// Number of monitors that belong to objects.
    pub fn live(&self) -> usize {
        let free = self.lock();
        free.next as usize - 1 - free.list.len()
    }

    /// Indices of the monitors that belong to objects. Only in a stopped world.
    pub fn indices(&self) -> Vec<u32> {
        let next = self.lock().next;
        (1..next).filter(|&i| self.get(i).object.load(Ordering::Relaxed) != 0).collect()
    }

    /// Shows the objects to the collector, which moves or kills them; the monitors of the dead are
    /// free. For `RootSource::visit_weak`.
    pub fn visit_weak(&self, visitor: &mut dyn WeakVisitor) {
        let mut free = self.lock();
        for index in 1..free.next {
            let monitor = self.get(index);
            let mut slot = Ref::from_bits(monitor.object.load(Ordering::Relaxed));
            if slot.is_null() {
                continue;
            }
            if visitor.visit(&mut slot) {
                monitor.object.store(slot.bits(), Ordering::Relaxed);
            } else {
                monitor.reset();
                free.list.push(index);
            }
        }
    }

    /// Turns idle monitors back into unlocked marks if there are many. Only in a stopped world,
    /// and not within a collection.
    pub fn deflate_if_many(&self, heap: &Heap) {
        if self.live() > self.deflate_above.load(Ordering::Relaxed) {
            self.deflate(heap);
            let left = self.live();
            self.deflate_above.store(DEFLATE_MIN.max(2 * left), Ordering::Relaxed);
        }
    }

    /// Turns all idle monitors back into unlocked marks. Only in a stopped world, and not within a
    /// collection.
    pub fn deflate(&self, heap: &Heap) {
        for index in self.indices() {
            let monitor = self.get(index);
            if !monitor.is_idle() {
                continue;
            }
            let object = Ref::from_bits(monitor.object.load(Ordering::Relaxed));
            let word = heap.mark(object);
            let old = word.load(Ordering::Relaxed);
            debug_assert_eq!(old & mark::TAG_MASK, mark::INFLATED);
            let hash = monitor.hash.load(Ordering::Relaxed);
            let new = (old & mark::AGE_MASK) | mark::UNLOCKED | (hash << mark::PAYLOAD_SHIFT);
            word.store(new, Ordering::Relaxed);
            self.release(index);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Monitors {
    fn default() -> Self {
        Monitors::new()
    }
}
