//! `jdk.internal.misc.Signal`: signals of the process become calls of `Signal.dispatch`.
//!
//! The handler that the kernel runs only writes the signal's number to a pipe. A thread of the VM that first
//! asked for a signal reads it; it becomes a Java thread when the first signal arrives.
//!
//! Signals belong to the process, not to a guest: this is the one place with a process-wide variable. The
//! first VM has them for good; others get the answer that the signal is in use.

use crate::java_lang::support::{field_offset, text};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, Vm, exceptions, sync};

/// What `handle0` takes and answers: default, ignored, the Java dispatcher, refused.
const DEFAULT: i64 = 0;
const IGNORED: i64 = 1;
const DISPATCHED: i64 = 2;
const REFUSED: i64 = -1;

/// Signals by name, without the prefix `SIG`.
const SIGNALS: &[(&str, i32)] = &[
    ("ABRT", libc::SIGABRT),
    ("ALRM", libc::SIGALRM),
    ("BUS", libc::SIGBUS),
    ("CHLD", libc::SIGCHLD),
    ("CLD", libc::SIGCHLD),
    ("CONT", libc::SIGCONT),
    ("FPE", libc::SIGFPE),
    ("HUP", libc::SIGHUP),
    ("ILL", libc::SIGILL),
    ("INT", libc::SIGINT),
    ("IO", libc::SIGIO),
    ("IOT", libc::SIGIOT),
    ("KILL", libc::SIGKILL),
    ("PIPE", libc::SIGPIPE),
    ("POLL", libc::SIGPOLL),
    ("PROF", libc::SIGPROF),
    ("PWR", libc::SIGPWR),
    ("QUIT", libc::SIGQUIT),
    ("SEGV", libc::SIGSEGV),
    ("STKFLT", libc::SIGSTKFLT),
    ("STOP", libc::SIGSTOP),
    ("SYS", libc::SIGSYS),
    ("TERM", libc::SIGTERM),
    ("TRAP", libc::SIGTRAP),
    ("TSTP", libc::SIGTSTP),
    ("TTIN", libc::SIGTTIN),
    ("TTOU", libc::SIGTTOU),
    ("URG", libc::SIGURG),
    ("USR1", libc::SIGUSR1),
    ("USR2", libc::SIGUSR2),
    ("VTALRM", libc::SIGVTALRM),
    ("WINCH", libc::SIGWINCH),
    ("XCPU", libc::SIGXCPU),
    ("XFSZ", libc::SIGXFSZ),
];

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Signal" {
            "findSignal0" "(Ljava/lang/String;)I" => full find_signal;
            "handle0" "(IJ)J" => full handle;
            "raise0" "(I)V" => full raise;
        }
    }
}

fn find_signal(t: &Thread, name: Handle) -> Result<i32> {
    let name = text(t, name)?;
    Ok(SIGNALS.iter().find(|(n, _)| *n == name).map_or(-1, |s| s.1))
}

/// Where the kernel's handler writes to; -1 before the first registration.
static WRITE_END: AtomicI32 = AtomicI32::new(-1);
/// Which VM (by its address) has the signals.
static OWNER: OnceLock<usize> = OnceLock::new();

extern "C" fn on_signal(signal: libc::c_int) {
    let byte = signal as u8;
    // SAFETY: write(2) may be called in a signal handler; errno is restored.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(WRITE_END.load(Ordering::Relaxed), (&raw const byte).cast(), 1);
        *libc::__errno_location() = errno;
    }
}

fn dispatcher() -> libc::sighandler_t {
    on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t
}

fn handle(t: &Thread, signal: i32, handler: i64) -> Result<i64> {
    // The VM's own, and those that no handler can have.
    let reserved =
        [libc::SIGFPE, libc::SIGILL, libc::SIGSEGV, libc::SIGQUIT, libc::SIGKILL, libc::SIGSTOP];
    if reserved.contains(&signal) {
        return Ok(REFUSED);
    }
    let vm = t.vm();
    if *OWNER.get_or_init(|| std::ptr::from_ref(vm) as usize) != std::ptr::from_ref(vm) as usize {
        return Ok(REFUSED);
    }
    let new = match handler {
        DEFAULT => libc::SIG_DFL,
        IGNORED => libc::SIG_IGN,
        DISPATCHED => {
            if start_dispatcher(vm).is_err() {
                return Ok(REFUSED);
            }
            dispatcher()
        }
        _ => return Ok(REFUSED),
    };
    let shutdown = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM].contains(&signal);
    if shutdown && disposition(signal, None) == Some(libc::SIG_IGN) {
        return Ok(IGNORED);
    }
    Ok(match disposition(signal, Some(new)) {
        None => REFUSED,
        Some(libc::SIG_DFL) => DEFAULT,
        Some(libc::SIG_IGN) => IGNORED,
        Some(old) if old == dispatcher() => DISPATCHED,
        Some(_) => DEFAULT,
    })
}

/// What is done at a signal; changes it where `new` is given.
fn disposition(signal: i32, new: Option<libc::sighandler_t>) -> Option<libc::sighandler_t> {
    // SAFETY: the structures are valid, and the handler does only what a handler may do.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        let result = match new {
            None => libc::sigaction(signal, std::ptr::null(), &mut old),
            Some(handler) => {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = handler;
                action.sa_flags = libc::SA_RESTART;
                libc::sigfillset(&mut action.sa_mask);
                libc::sigaction(signal, &action, &mut old)
            }
        };
        (result == 0).then_some(old.sa_sigaction)
    }
}

/// Makes the pipe and the thread that reads it, once.
fn start_dispatcher(vm: &Vm) -> std::io::Result<()> {
    if WRITE_END.load(Ordering::Acquire) >= 0 {
        return Ok(());
    }
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: there is room for two descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: both were just made and belong to nobody else.
    let (read, write) = unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) };
    if WRITE_END
        .compare_exchange(-1, write.as_raw_fd(), Ordering::AcqRel, Ordering::Relaxed)
        .is_err()
    {
        return Ok(());
    }
    // The handler may run until the process ends.
    std::mem::forget(write);
    let vm = std::ptr::from_ref(vm) as usize;
    std::thread::Builder::new().name("signals".into()).spawn(move || dispatch(vm, &read))?;
    Ok(())
}

/// The next signal's number; nothing if the pipe is broken.
fn next(read: &OwnedFd) -> Option<i32> {
    let mut byte = 0u8;
    loop {
        // SAFETY: room for one byte.
        match unsafe { libc::read(read.as_raw_fd(), (&raw mut byte).cast(), 1) } {
            1 => return Some(i32::from(byte)),
            -1 if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
}

/// Hands signals to `Signal.dispatch`, as a Java thread from the first one on.
fn dispatch(vm: usize, read: &OwnedFd) {
    let Some(first) = next(read) else { return };
    // SAFETY: a VM that handles signals lives until its process ends.
    let vm = unsafe { &*(vm as *const Vm) };
    let Ok(thread) = sync::attach(vm, true) else { return };
    let t = &*thread;
    if t.scope(|| become_java_thread(t)).is_err() {
        exceptions::take(t);
        return;
    }
    let mut signal = Some(first);
    while let Some(number) = signal {
        let args = [Value::Int(number)];
        let called =
            t.scope(|| call::call_static(t, "jdk/internal/misc/Signal", "dispatch", "(I)V", &args));
        if called.is_err() {
            exceptions::take(t);
        }
        signal = t.blocked(|| next(read));
    }
}

/// The group at the root of all groups.
fn system_group(t: &Thread) -> Result<Handle> {
    let vm = t.vm();
    let k = &vm.known;
    let threads = vm.threads.java_threads(vm);
    let group = threads.iter().map(|&r| sync::java_thread::group_of(vm, r)).find(|g| !g.is_null());
    let parent = field_offset(t, k.thread_group, "parent", "Ljava/lang/ThreadGroup;")?;
    let mut group = group.unwrap_or(Ref::NULL);
    while !group.is_null() && !vm.get_ref(group, parent).is_null() {
        group = vm.get_ref(group, parent);
    }
    Ok(t.handle(group))
}

fn become_java_thread(t: &Thread) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let group = system_group(t)?;
    let thread = sync::java_thread::adopt_new(t, Some(group))?;
    sync::java_thread::construct(t, thread, Some(group), "Signal Dispatcher")?;
    let fields = sync::java_thread::fields_of(vm, t.get(thread));
    vm.set_u32(fields, k.thread_priority, 9);
    vm.set_u8(fields, k.thread_daemon, 1);
    Ok(())
}

fn raise(t: &Thread, signal: i32) -> Result<()> {
    // SAFETY: raise(3) takes any number.
    if unsafe { libc::raise(signal) } != 0 {
        let msg = format!("signal {signal} can not be raised");
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", &msg));
    }
    Ok(())
}
