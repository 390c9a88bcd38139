//! Signals: the kernel's handler only writes the number to a pipe, from which whoever waits reads it.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use super::OsHost;
use crate::host::{Errno, SignalAction, Signals};

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

/// The process's own, and those that nothing can be done about.
const RESERVED: [i32; 5] =
    [libc::SIGFPE, libc::SIGILL, libc::SIGSEGV, libc::SIGKILL, libc::SIGSTOP];

/// Where the handler writes to; -1 before the first signal is to be delivered.
static WRITE_END: AtomicI32 = AtomicI32::new(-1);
/// Where it is read.
static READ_END: OnceLock<OwnedFd> = OnceLock::new();
/// The guest that has the signals.
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

fn handler() -> libc::sighandler_t {
    on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t
}

impl Signals for OsHost {
    fn signal_number(&self, name: &str) -> Option<i32> {
        SIGNALS.iter().find(|(known, _)| *known == name).map(|row| row.1)
    }

    fn claim_signals(&self, guest: usize) -> bool {
        *OWNER.get_or_init(|| guest) == guest
    }

    fn signal_action(&self, signal: i32) -> Result<SignalAction, Errno> {
        disposition(signal, None)
    }

    fn set_signal_action(
        &self,
        guest: usize,
        signal: i32,
        action: SignalAction,
    ) -> Result<SignalAction, Errno> {
        if RESERVED.contains(&signal) || !self.claim_signals(guest) {
            return Err(Errno::PERM);
        }
        if action == SignalAction::Deliver {
            open_pipe()?;
        }
        disposition(signal, Some(action))
    }

    fn raise_signal(&self, signal: i32) -> Result<(), Errno> {
        // SAFETY: raise(3) takes any number.
        if unsafe { libc::raise(signal) } == 0 { Ok(()) } else { Err(last_error()) }
    }

    fn next_signal(&self) -> Option<i32> {
        let read = READ_END.get()?;
        let mut byte = 0u8;
        loop {
            // SAFETY: room for one byte.
            match unsafe { libc::read(read.as_raw_fd(), (&raw mut byte).cast(), 1) } {
                1 => return Some(i32::from(byte)),
                -1 if last_error() == Errno::INTR => {}
                _ => return None,
            }
        }
    }
}

fn last_error() -> Errno {
    Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

/// What is done at a signal; changes it where `new` is given.
fn disposition(signal: i32, new: Option<SignalAction>) -> Result<SignalAction, Errno> {
    // SAFETY: the structures are valid, and the handler does only what a handler may do.
    let old = unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        let result = match new {
            None => libc::sigaction(signal, std::ptr::null(), &mut old),
            Some(new) => {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = match new {
                    SignalAction::Default => libc::SIG_DFL,
                    SignalAction::Ignore => libc::SIG_IGN,
                    SignalAction::Deliver => handler(),
                };
                action.sa_flags = libc::SA_RESTART;
                libc::sigfillset(&mut action.sa_mask);
                libc::sigaction(signal, &action, &mut old)
            }
        };
        if result != 0 {
            return Err(last_error());
        }
        old.sa_sigaction
    };
    Ok(match old {
        libc::SIG_IGN => SignalAction::Ignore,
        old if old == handler() => SignalAction::Deliver,
        _ => SignalAction::Default,
    })
}

/// Makes the pipe, once. It stays until the process ends, as the handler may run until then.
fn open_pipe() -> Result<(), Errno> {
    if READ_END.get().is_some() {
        return Ok(());
    }
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: there is room for two descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(last_error());
    }
    // SAFETY: both were just made and belong to nobody else.
    let (read, write) = unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) };
    if READ_END.set(read).is_ok() {
        WRITE_END.store(write.as_raw_fd(), Ordering::Release);
        std::mem::forget(write);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_delivered() {
        let signal = OsHost.signal_number("URG").expect("a signal");
        assert_eq!(OsHost.signal_number("NONE"), None);
        let set = |action| OsHost.set_signal_action(1, signal, action);
        assert_eq!(set(SignalAction::Deliver), Ok(SignalAction::Default));
        assert_eq!(OsHost.signal_action(signal), Ok(SignalAction::Deliver));
        assert_eq!(OsHost.raise_signal(signal), Ok(()));
        assert_eq!(OsHost.next_signal(), Some(signal));
        assert_eq!(set(SignalAction::Ignore), Ok(SignalAction::Deliver));
        assert_eq!(
            OsHost.set_signal_action(2, signal, SignalAction::Default),
            Err(Errno::PERM),
            "another guest"
        );
        assert_eq!(set(SignalAction::Default), Ok(SignalAction::Ignore));
        assert_eq!(
            OsHost.set_signal_action(1, libc::SIGKILL, SignalAction::Ignore),
            Err(Errno::PERM)
        );
    }
}
