//! `jdk.internal.misc.Signal`: signals of the process become calls of `Signal.dispatch`, and `SIGQUIT` a thread dump.
//!
//! A thread of the VM waits for them. It becomes a Java thread when the first one arrives that Java code handles.

use crate::host::{Errno, SignalAction};
use crate::java_lang::support::{field_offset, text};
use crate::state::{State, state, state_of};
use std::sync::atomic::Ordering;
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, Vm, exceptions, sync};

/// What `handle0` takes and answers: default, ignored, the Java dispatcher, refused.
const DEFAULT: i64 = 0;
const IGNORED: i64 = 1;
const DISPATCHED: i64 = 2;
const REFUSED: i64 = -1;

/// The signal that asks for a thread dump, and those that end a program in good order.
const DUMP: &str = "QUIT";
const SHUTDOWN: [&str; 3] = ["HUP", "INT", "TERM"];

/// Higher numbers are no signals on Linux.
const MAX_SIGNAL: i32 = 64;

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
    Ok(state(t).host.signal_number(&name).unwrap_or(-1))
}

/// What tells this guest from others of the process.
fn guest(vm: &Vm) -> usize {
    std::ptr::from_ref(vm) as usize
}

fn handle(t: &Thread, signal: i32, handler: i64) -> Result<i64> {
    Ok(change(t, signal, handler).unwrap_or(REFUSED))
}

fn change(t: &Thread, signal: i32, handler: i64) -> std::result::Result<i64, Errno> {
    let (vm, host) = (t.vm(), &state(t).host);
    let is = |name: &str| host.signal_number(name) == Some(signal);
    let action = match handler {
        DEFAULT => SignalAction::Default,
        IGNORED => SignalAction::Ignore,
        DISPATCHED => SignalAction::Deliver,
        _ => return Ok(REFUSED),
    };
    if is(DUMP) || !state(t).handles_signals || !host.claim_signals(guest(vm)) {
        return Ok(REFUSED);
    }
    // Whoever started the process may want it to go on.
    if SHUTDOWN.into_iter().any(is) && host.signal_action(signal)? == SignalAction::Ignore {
        return Ok(IGNORED);
    }
    let old = host.set_signal_action(guest(vm), signal, action)?;
    if action == SignalAction::Deliver {
        start_dispatcher(vm)?;
    }
    Ok(match old {
        SignalAction::Default => DEFAULT,
        SignalAction::Ignore => IGNORED,
        SignalAction::Deliver => DISPATCHED,
    })
}

/// The signals that go to the Java dispatcher, for an image.
pub(crate) fn dispatched(state: &State) -> Vec<i32> {
    let delivered = |signal: &i32| state.host.signal_action(*signal) == Ok(SignalAction::Deliver);
    let dump = state.host.signal_number(DUMP);
    (1..=MAX_SIGNAL).filter(delivered).filter(|&signal| Some(signal) != dump).collect()
}

/// Hands signals to the Java dispatcher of a guest that began with an image, as they were when it was saved.
pub(crate) fn dispatch_again(t: &Thread, signals: &[i32]) -> Result<()> {
    for &signal in signals {
        handle(t, signal, DISPATCHED)?;
    }
    Ok(())
}

/// Makes the thread that waits for signals, once; thread dumps can be had from then on.
fn start_dispatcher(vm: &Vm) -> std::result::Result<(), Errno> {
    let state = state_of(vm);
    if state.has_dispatcher.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    if let Some(signal) = state.host.signal_number(DUMP) {
        state.host.set_signal_action(guest(vm), signal, SignalAction::Deliver)?;
    }
    let vm = guest(vm);
    let thread = std::thread::Builder::new().name("Signal Dispatch".into());
    match thread.spawn(move || dispatch(vm)) {
        Ok(_) => Ok(()),
        Err(_) => Err(Errno::AGAIN),
    }
}

/// Hands signals to `Signal.dispatch`.
fn dispatch(vm: usize) {
    // SAFETY: a VM that handles signals lives until its process ends.
    let vm = unsafe { &*(vm as *const Vm) };
    let host = &state_of(vm).host;
    let dump = host.signal_number(DUMP);
    let Some(first) = host.next_signal() else { return };
    let Ok(thread) = sync::attach(vm, true) else { return };
    let t = &*thread;
    let mut signal = Some(first);
    while let Some(number) = signal {
        if dump == Some(number) {
            crate::sun_management::print_thread_dump(t);
        } else if t.scope(|| call_dispatch(t, number)).is_err() {
            exceptions::take(t);
        }
        signal = t.blocked(|| host.next_signal());
    }
}

fn call_dispatch(t: &Thread, signal: i32) -> Result<()> {
    if t.java_thread.get().is_null() {
        become_java_thread(t)?;
    }
    let args = [Value::Int(signal)];
    call::call_static(t, "jdk/internal/misc/Signal", "dispatch", "(I)V", &args).map(|_| ())
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
    if state(t).host.raise_signal(signal).is_err() {
        let msg = format!("signal {signal} can not be raised");
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", &msg));
    }
    Ok(())
}
