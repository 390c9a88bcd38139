//! Breaking off what a thread is blocked in.

use std::ptr;
use std::sync::Once;

/// Signal number, counted from the highest; nothing else in the process should use it.
const BELOW_LAST: i32 = 2;

/// Installs the handler, once per process: it does nothing, its mere existence makes blocking calls fail with `EINTR`.
fn signal() -> i32 {
    static INSTALLED: Once = Once::new();
    let signal = libc::SIGRTMAX() - BELOW_LAST;
    INSTALLED.call_once(|| {
        extern "C" fn nothing(_: i32) {}
        // SAFETY: `sigaction` is a plain structure; the handler is safe at any moment, for it does nothing. Without
        // SA_RESTART calls are broken off.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as extern "C" fn(i32) as usize;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(signal, &action, ptr::null_mut());
        }
    });
    signal
}

pub(super) fn interrupt(token: u64) {
    let Ok(thread) = i32::try_from(token) else { return };
    // SAFETY: no memory is involved. The number may meanwhile name another thread of this process, which then sees a
    // call broken off without reason, as any signal may do.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal()) };
}

pub(super) fn set_name(name: &str) {
    let Ok(name) = std::ffi::CString::new(name) else { return };
    // A name that is too long is refused by no one: the kernel cuts it.
    let _ = rustix::thread::set_name(&name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Descriptors, Errno, OsHost};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_blocked_read_is_broken_off() {
        let (read, _write) = OsHost.pipe().expect("pipe");
        let (send, receive) = mpsc::channel();
        let reader = thread::spawn(move || {
            send.send(u64::from(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()))
                .expect("listens");
            signal();
            OsHost.read(&read, &mut [0; 1])
        });
        let token = receive.recv().expect("a token");
        while !reader.is_finished() {
            interrupt(token);
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(reader.join().expect("no panic"), Err(Errno::INTR));
    }
}
