//! System calls of natives: how a thread that is blocked in one is saved.
//!
//! From outside it can not be known whether a system call has done something already. So who saves the guest has all of
//! them broken off by a signal, in a stopped world ([`settle_calls`]). Each thread then says what came of its call: nothing, so
//! that its native can be called again from its beginning; or something, so that it has to come to its end first. A native
//! that makes several calls can be called again only until the first one has had an effect, which its frame remembers.
//!
//! Threads notice none of this: a call that was broken off is made again, as after any signal.

use super::futex::Deadline;
use super::waiting::Waiting;
use crate::frame::FrameKind;
use crate::thread::Thread;
use gc::NoGc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a stopped world waits for system calls to be broken off. Those that no signal reaches (a server of files that
/// does not answer) are waited for in a running one.
const PATIENCE: Duration = Duration::from_millis(100);
/// From one signal to the next: one that comes just before a system call is without effect.
const AGAIN: Duration = Duration::from_micros(200);

/// What a thread's native does with the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
enum Call {
    /// Nothing that need be asked for.
    None,
    /// It is in a system call.
    UnderWay,
    /// Its call was broken off, and has done nothing.
    BrokenOff,
    /// Its call is over.
    Over,
}

/// [`Call`] of a thread, which the thread writes.
#[derive(Default)]
pub struct CallState(AtomicU32);

impl CallState {
    fn set(&self, call: Call) {
        self.0.store(call as u32, Ordering::SeqCst);
    }

    fn is(&self, call: Call) -> bool {
        self.0.load(Ordering::SeqCst) == call as u32
    }

    /// Whether the native that runs can be called again from its beginning, the world being stopped.
    pub(super) fn is_broken_off(&self) -> bool {
        self.is(Call::BrokenOff)
    }

    /// Whether the thread has a call behind it whose result it has not seen yet.
    pub(super) fn is_over(&self) -> bool {
        self.is(Call::Over)
    }
}

/// What a system call means to the guest and to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It only looks, and waits: it can be made again at any time.
    Looks,
    /// If it succeeds, something has changed, or its result can not be had a second time.
    Acts,
}

impl Thread {
    /// Runs a system call as blocked ([`Thread::blocked`]). `failed` says of its result that it has had no effect, and
    /// `broken_off` that a signal was the reason. Raw references are stale afterwards.
    #[inline]
    pub fn system_call<R>(
        &self,
        effect: Effect,
        call: impl FnOnce() -> R,
        failed: impl Fn(&R) -> bool,
        broken_off: impl Fn(&R) -> bool,
    ) -> R {
        NoGc::assert_safepoint_allowed();
        let can_redo = self.can_redo_native();
        if effect == Effect::Looks {
            return if can_redo { self.redoing(|| self.blocked(call)) } else { self.blocked(call) };
        }
        let state = &self.shared.call;
        if can_redo {
            state.set(Call::UnderWay);
        }
        let result = self.blocked(|| {
            let result = call();
            if can_redo {
                state.set(if broken_off(&result) { Call::BrokenOff } else { Call::Over });
            }
            result
        });
        state.0.store(Call::None as u32, Ordering::Relaxed);
        if !failed(&result) {
            self.native_has_acted();
        }
        result
    }

    /// Whether the running native has had no effect so far.
    fn can_redo_native(&self) -> bool {
        self.top_frame().is_some_and(|top| top.kind() == FrameKind::Native && top.header().pad == 0)
    }

    /// From now on the running native can not be called again in the place of this call.
    fn native_has_acted(&self) {
        let top = self.fp.get();
        // SAFETY: null or the thread's own frame, which only this thread writes; of a native nobody else uses `pad`.
        unsafe {
            if !top.is_null() && (*top).kind == FrameKind::Native {
                (*top).pad = 1;
            }
        }
    }

    /// When a native that waits up to `limit` gives up: in a thread that an image has brought back, what was left counts.
    pub fn call_deadline(&self, limit: Deadline) -> Deadline {
        match self.resumed.take() {
            Some(Waiting::Call(deadline)) => deadline,
            _ => limit,
        }
    }

    /// Runs the system calls of a native that gives up at `deadline`.
    pub fn until<R>(&self, deadline: Deadline, calls: impl FnOnce() -> R) -> R {
        if deadline == Deadline::Never {
            return calls();
        }
        self.waits_for.replace(Some(Waiting::Call(deadline)));
        let result = calls();
        self.waits_for.take();
        result
    }
}

/// Has the system calls of all threads broken off in a world that `me` has stopped, and waits until each has said what came
/// of its call. `interrupt` breaks off the call that the OS thread with a number is in. What is still under way afterwards can
/// not be saved.
pub fn settle_calls(me: &Thread, interrupt: &dyn Fn(u32)) {
    let until = Instant::now() + PATIENCE;
    loop {
        let mut under_way = Vec::new();
        me.vm().threads.for_each_stopped(|t| {
            if t.shared.call.is(Call::UnderWay) {
                under_way.push(t.shared.os_id());
            }
        });
        if under_way.is_empty() || Instant::now() > until {
            return;
        }
        under_way.into_iter().filter(|&os_id| os_id != 0).for_each(interrupt);
        std::thread::sleep(AGAIN);
    }
}
