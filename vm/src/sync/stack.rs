//! Memory of a thread's VM stack, and the bounds of its Rust stack.

use std::ptr::NonNull;

/// Slots at the end of a VM stack that are open only while a StackOverflowError is being made.
pub const STACK_RESERVE_SLOTS: usize = 8 << 10;
/// Bytes of the Rust stack that are open only while a StackOverflowError is being made.
pub const NATIVE_RESERVE_BYTES: usize = 128 << 10;
/// Rust stack of a thread that Java started, in bytes; only what is used takes memory.
pub(super) const NATIVE_STACK_BYTES: usize = 16 << 20;
/// Bytes of the Rust stack that are never given to recursion between Rust and Java.
const NATIVE_RED_BYTES: usize = 128 << 10;
const PAGE_BYTES: usize = 4096;

/// A mapping for a VM stack, with an inaccessible page at either end. The kernel gives it memory
/// as it is touched.
pub struct StackMemory {
    map: NonNull<u8>,
    map_bytes: usize,
}

// SAFETY: names memory that it alone owns.
unsafe impl Send for StackMemory {}

impl StackMemory {
    /// Room for `bytes` of frames and the reserve.
    pub fn new(bytes: usize) -> std::io::Result<StackMemory> {
        let usable = bytes.next_multiple_of(PAGE_BYTES) + STACK_RESERVE_SLOTS * 8;
        let map_bytes = usable + 2 * PAGE_BYTES;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the kernel's choice disturbs nothing.
        let map =
            unsafe { libc::mmap(std::ptr::null_mut(), map_bytes, libc::PROT_NONE, flags, -1, 0) };
        let map = match NonNull::new(map.cast::<u8>()) {
            Some(map) if map.as_ptr().cast() != libc::MAP_FAILED => map,
            _ => return Err(std::io::Error::last_os_error()),
        };
        let memory = StackMemory { map, map_bytes };
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the pages lie inside the new mapping.
        let done = unsafe { libc::mprotect(memory.base().cast(), usable, access) };
        if done != 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(memory)
    }

    /// Lowest slot.
    pub fn base(&self) -> *mut u64 {
        // SAFETY: the first page of the mapping is the lower guard.
        unsafe { self.map.as_ptr().add(PAGE_BYTES).cast() }
    }

    /// Number of slots, the reserve included.
    pub fn slots(&self) -> usize {
        (self.map_bytes - 2 * PAGE_BYTES) / 8
    }

    /// First slot of the reserve.
    pub fn limit(&self) -> *mut u64 {
        // SAFETY: the reserve is the end of the mapping's accessible part.
        unsafe { self.base().add(self.slots() - STACK_RESERVE_SLOTS) }
    }
}

impl Drop for StackMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours; the thread that used it is gone.
        unsafe { libc::munmap(self.map.as_ptr().cast(), self.map_bytes) };
    }
}

thread_local! {
    /// Asked for once per OS thread: for a process's first one the system library reads the list of all mappings, of
    /// which a process with many guests has thousands.
    static NATIVE_STACK_LIMIT: usize = find_native_stack_limit();
}

/// Lowest address that the current OS thread's stack may reach outside of emergencies.
pub(super) fn native_stack_limit() -> usize {
    NATIVE_STACK_LIMIT.with(|limit| *limit)
}

fn find_native_stack_limit() -> usize {
    let keep = NATIVE_RED_BYTES + NATIVE_RESERVE_BYTES;
    match native_stack_bottom() {
        Some(bottom) => bottom + keep,
        None => {
            // The smallest stack that threads are commonly given, counted from here.
            let here = &raw const keep as usize;
            here.saturating_sub((2 << 20) - keep - (64 << 10))
        }
    }
}

fn native_stack_bottom() -> Option<usize> {
    // SAFETY: `attr` is initialised by the first call and destroyed by the last; the places for
    // results are valid.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 {
            return None;
        }
        let (mut at, mut bytes) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attr, &mut at, &mut bytes) == 0;
        libc::pthread_attr_destroy(&mut attr);
        found.then_some(at as usize)
    }
}

/// The kernel's number of the calling thread.
pub(super) fn os_thread_id() -> u32 {
    // SAFETY: no memory is involved.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    u32::try_from(id).unwrap_or(0)
}
