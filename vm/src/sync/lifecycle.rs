//! The life of a thread: attaching, `Thread.start`, the end, and the end of the VM.

use super::java_thread::{self, status};
use super::locking;
use super::requests;
use super::safepoint::poll_bit;
use super::stack::{self, StackMemory};
use super::threads::Threads;
use crate::call::{self, Value};
use crate::exceptions;
use crate::frame::After;
use crate::interp;
use crate::native::Result;
use crate::strings;
use crate::thread::{Thread, ThreadShared};
use crate::vm::Vm;
use gc::{Handle, Ref};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

const NO_THREAD: &str =
    "unable to create native thread: possibly out of memory or process/resource limits reached";

impl Threads {
    /// Makes the current OS thread the VM's first, which runs Java and keeps the VM alive.
    ///
    /// # Errors
    /// Those of [`attach`].
    pub fn attach_main(&self, vm: &Vm) -> io::Result<Box<Thread>> {
        attach(vm, false)
    }
}

/// Makes the current OS thread one that may run Java; it still needs a `java.lang.Thread`
/// ([`adopt`]). Ends with [`detach`].
///
/// # Errors
/// At the limit of threads, or without memory for its stack.
pub fn attach(vm: &Vm, daemon: bool) -> io::Result<Box<Thread>> {
    let memory = StackMemory::new(vm.config.stack_bytes)?;
    let thread = vm.threads.without_stop(|| {
        let shared = vm.threads.register(daemon)?;
        let thread = Thread::new(vm, shared.clone(), memory);
        publish(&shared, &*thread);
        Some(thread)
    });
    let thread = thread.ok_or_else(|| io::Error::other("the limit of threads is reached"))?;
    thread.native_stack_limit.set(stack::native_stack_limit());
    thread.shared.os_id.store(stack::os_thread_id(), Ordering::Relaxed);
    vm.threads.safepoint.leave_blocked(&thread.shared);
    Ok(thread)
}

/// Lets other threads reach the `Thread`, which must stay where it is until it is unregistered.
pub(super) fn publish(shared: &ThreadShared, thread: *const Thread) {
    // In one order with the end of the guest: either that finds the thread, or the thread sees it here.
    shared.thread.store(thread.cast_mut(), Ordering::SeqCst);
    // SAFETY: the caller has just made the thread, and it stays until it is unregistered.
    let t = unsafe { &*thread };
    if t.vm().threads.is_ending() {
        t.poll.fetch_or(poll_bit::END, Ordering::Relaxed);
    }
}

/// Ends what [`attach`] began; the `java.lang.Thread`, if any, was ended by
/// [`finish_java_thread`].
pub fn detach(thread: Box<Thread>) {
    let vm = thread.vm();
    // SAFETY: own buffer, and still `IN_VM`.
    vm.heap.retire_tlab(unsafe { &mut *thread.tlab.get() });
    vm.threads.unregister(&thread.shared);
    // Nothing refers to the `Thread` any more: it is freed here.
}

/// Makes `java_thread` the current thread's `java.lang.Thread`: alive, and what
/// `Thread.currentThread` answers.
pub fn adopt(t: &Thread, java_thread: Ref) {
    t.vm().threads.set_java_thread(t, java_thread);
    java_thread::set_eetop(t.vm(), java_thread, t.id);
    java_thread::set_status(t.vm(), java_thread, status::RUNNABLE);
}

/// `Thread.start0`.
///
/// # Errors
/// `IllegalThreadStateException` if it was started, `OutOfMemoryError` if it can not be.
pub fn start(t: &Thread, java_thread: Handle) -> Result<()> {
    let vm = t.vm();
    let object = t.get(java_thread);
    if java_thread::eetop(vm, object) != 0 {
        return Err(exceptions::throw_bare(t, "java/lang/IllegalThreadStateException"));
    }
    // From here to the end this thread reaches no safepoint, so the new one becomes a root before
    // `object` can move.
    let daemon = java_thread::is_daemon(vm, object);
    let started = vm.threads.register(daemon).is_some_and(|shared| spawn(vm, shared, object));
    if started { Ok(()) } else { Err(exceptions::out_of_memory(t, NO_THREAD)) }
}

/// A thread on its way to the OS thread that will run it.
struct Newborn(*mut Thread);

// SAFETY: the pointer is the only one through which the thread is used as its own, and it is handed
// over once.
unsafe impl Send for Newborn {}

impl Newborn {
    /// # Safety
    /// Called once.
    unsafe fn take(self) -> Box<Thread> {
        // SAFETY: made by `Box::into_raw` in `spawn`, taken once.
        unsafe { Box::from_raw(self.0) }
    }
}

/// Gives the threads that an image has brought back an OS thread each; they go on at once.
///
/// # Errors
/// What the system says; the guest is not whole then.
pub fn resume_threads(threads: Vec<Box<Thread>>) -> io::Result<()> {
    threads.into_iter().try_for_each(resume_thread)
}

/// As [`resume_threads`], for one.
pub(super) fn resume_thread(thread: Box<Thread>) -> io::Result<()> {
    let owner = owner(thread.vm());
    let shared = thread.shared.clone();
    let name = os_name(&name_of(thread.vm(), thread.java_thread.get()));
    let thread = Box::into_raw(thread);
    let newborn = Newborn(thread);
    let builder = std::thread::Builder::new().name(name).stack_size(stack::NATIVE_STACK_BYTES);
    let spawned = builder.spawn(move || {
        // SAFETY: the closure runs once.
        run_on(unsafe { newborn.take() });
        drop(owner);
    });
    if let Err(error) = spawned {
        shared.thread.store(std::ptr::null_mut(), Ordering::SeqCst);
        // SAFETY: the closure was dropped without running, and a `Newborn` does not free.
        drop(unsafe { Box::from_raw(thread) });
        return Err(error);
    }
    Ok(())
}

/// What an OS thread of a VM holds to the end, if the VM may end before the process.
fn owner(vm: &Vm) -> Option<Arc<Vm>> {
    vm.shared.get().and_then(Weak::upgrade)
}

/// Makes the current OS thread the one that an image has brought back, whose frames it has to go on with.
pub(super) fn board(thread: &Thread) {
    thread.native_stack_limit.set(stack::native_stack_limit());
    thread.shared.os_id.store(stack::os_thread_id(), Ordering::Relaxed);
    thread.vm().threads.safepoint.leave_blocked(&thread.shared);
}

fn spawn(vm: &Vm, shared: Arc<ThreadShared>, object: Ref) -> bool {
    let Ok(memory) = StackMemory::new(java_stack_bytes(vm, object)) else {
        vm.threads.unregister(&shared);
        return false;
    };
    let thread = Thread::new(vm, shared.clone(), memory);
    thread.java_thread.set(object);
    let thread = Box::into_raw(thread);
    publish(&shared, thread);
    java_thread::set_eetop(vm, object, shared.id);
    java_thread::set_status(vm, object, status::RUNNABLE);
    let newborn = Newborn(thread);
    let owner = owner(vm);
    let builder = std::thread::Builder::new()
        .name(os_name(&name_of(vm, object)))
        .stack_size(stack::NATIVE_STACK_BYTES);
    let spawned = builder.spawn(move || {
        // SAFETY: the closure runs once.
        run(unsafe { newborn.take() });
        drop(owner);
    });
    if spawned.is_err() {
        java_thread::set_eetop(vm, object, 0);
        java_thread::set_status(vm, object, status::NEW);
        vm.threads.unregister(&shared);
        // SAFETY: the closure was dropped without running, and a `Newborn` does not free.
        drop(unsafe { Box::from_raw(thread) });
        return false;
    }
    true
}

pub(super) fn name_of(vm: &Vm, thread: Ref) -> String {
    let name = vm.get_ref(thread, vm.known.thread_name);
    if name.is_null() { String::new() } else { strings::to_rust(vm, name) }
}

/// What the operating system calls a thread of this name: it takes 15 bytes, so that the middle is left out of longer
/// ones, as HotSpot does.
pub fn os_name(name: &str) -> String {
    const MAX_BYTES: usize = 15;
    let name: String = name.chars().map(|c| if c == '\0' { '?' } else { c }).collect();
    if name.len() <= MAX_BYTES {
        return name;
    }
    let first = name.floor_char_boundary(7);
    let last = name.ceil_char_boundary(name.len() - 6);
    format!("{}..{}", &name[..first], &name[last..])
}

/// Size of the Java stack that the constructor of `Thread` asked for, or the default.
pub(crate) fn java_stack_bytes(vm: &Vm, thread: Ref) -> usize {
    let fields = java_thread::fields_of(vm, thread);
    let asked = match fields.is_null() {
        true => 0,
        false => vm.get_u64(fields, vm.known.thread_stack_size) as i64,
    };
    match usize::try_from(asked) {
        Ok(bytes) if bytes > 0 => bytes.clamp(64 << 10, 1 << 30),
        _ => vm.config.stack_bytes,
    }
}

/// What the new OS thread does.
fn run(thread: Box<Thread>) {
    live(thread, |t| {
        if requests::is_stillborn(t) {
            return;
        }
        let receiver = Value::Object(t.handle(t.java_thread.get()));
        // What it throws stays pending for `finish_java_thread`.
        let _ = call::call_virtual_then(t, After::End, t.vm().known.thread_run, &[receiver]);
    });
}

/// A thread that an image has brought back, with all its frames, from where it stands to its end.
fn run_on(thread: Box<Thread>) {
    live(thread, |t| {
        // As above.
        let _: interp::Ended = interp::resume(t);
    });
}

/// The life of a thread that Java started.
fn live(thread: Box<Thread>, java: impl FnOnce(&Thread)) {
    let t = &*thread;
    t.native_stack_limit.set(stack::native_stack_limit());
    t.shared.os_id.store(stack::os_thread_id(), Ordering::Relaxed);
    t.vm().threads.safepoint.leave_blocked(&t.shared);
    let all = catch_unwind(AssertUnwindSafe(|| {
        t.scope(|| java(t));
        finish_java_thread(t);
    }));
    if all.is_err() {
        // The panic's message is out. The guest's state is unknown, and others may wait for us.
        std::process::abort();
    }
    detach(thread);
}

/// Ends the current thread's `java.lang.Thread`: hands a pending exception to its uncaught exception
/// handler, runs `Thread.exit`, lets go who joins. Raw references are stale afterwards.
pub fn finish_java_thread(t: &Thread) {
    let vm = t.vm();
    if t.is_ending() {
        // There is nobody to tell, and no Java to tell them with.
        exceptions::take(t);
        return;
    }
    let uncaught = exceptions::take(t);
    t.scope(|| {
        let thread = t.handle(t.java_thread.get());
        if !uncaught.is_null() {
            let exception = Value::Object(t.handle(uncaught));
            let args = [Value::Object(thread), exception];
            if call::call_virtual(t, vm.known.thread_dispatch_uncaught, &args).is_err() {
                handler_failed(t, thread);
            }
        }
        if !vm.known.thread_exit.is_none()
            && call::call(t, vm.known.thread_exit, &[Value::Object(thread)]).is_err()
        {
            exceptions::take(t);
        }
        // As `join` sees it: the change of state and the notification are one step.
        let entered = locking::monitor_enter(t, t.get(thread));
        java_thread::set_status(vm, t.get(thread), status::TERMINATED);
        java_thread::set_eetop(vm, t.get(thread), 0);
        let left = entered
            .and_then(|()| locking::notify_all(t, t.get(thread)))
            .and_then(|()| locking::monitor_exit(t, t.get(thread)));
        debug_assert!(left.is_ok() || t.is_ending(), "the thread's own lock was not its own");
    });
}

/// HotSpot's words for an exception in the uncaught exception handler.
fn handler_failed(t: &Thread, thread: Handle) {
    let vm = t.vm();
    let class = vm.external_name(vm.class_of(exceptions::take(t)));
    let name = name_of(vm, t.get(thread));
    eprintln!("\nException: {class} thrown from the UncaughtExceptionHandler in thread \"{name}\"");
}
