//! The `java.lang.Thread` side of a thread: its fields, and the natives that make threads sleep
//! and wake.

use super::futex::{self, Deadline};
use super::waiting::Waiting;
use crate::call::{self, Value};
use crate::exceptions;
use crate::native::Result;
use crate::object;
use crate::strings;
use crate::thread::{Thread, ThreadShared};
use crate::vm::Vm;
use gc::{Handle, Ref};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Values of `Thread.threadStatus`: the bits of JVMTI's `GetThreadState`, as
/// `jdk.internal.misc.VM.toThreadState` reads them.
pub mod status {
    /// Not started.
    pub const NEW: u32 = 0;
    /// Alive, and runs or could.
    pub const RUNNABLE: u32 = 0x005;
    /// In `Thread.sleep`.
    pub const SLEEPING: u32 = 0x0e1;
    /// In `Object.wait()`.
    pub const WAITING: u32 = 0x191;
    /// In `Object.wait(long)`.
    pub const TIMED_WAITING: u32 = 0x1a1;
    /// In `Unsafe.park` without a time.
    pub const PARKED: u32 = 0x291;
    /// In `Unsafe.park` with a time.
    pub const TIMED_PARKED: u32 = 0x2a1;
    /// Waits to enter a monitor.
    pub const BLOCKED: u32 = 0x401;
    /// Has ended.
    pub const TERMINATED: u32 = 0x002;
}

/// `Thread.NORM_PRIORITY`
const NORMAL_PRIORITY: u32 = 5;
/// `threadStatus` of a thread that runs.
pub const RUNNABLE_STATUS: u32 = status::RUNNABLE;

/// The object with the fields `group`, `priority`, `daemon`, `stackSize` and `threadStatus` of a `java.lang.Thread`
/// (not null): itself, or since JDK 19 its `holder`, which is null before the constructor.
pub fn fields_of(vm: &Vm, thread: Ref) -> Ref {
    match vm.known.thread_holder {
        0 => thread,
        at => vm.get_ref(thread, at),
    }
}

/// Sets `threadStatus` of a `java.lang.Thread`, unless it is null.
pub(super) fn set_status(vm: &Vm, thread: Ref, status: u32) {
    if thread.is_null() || vm.known.thread_status == 0 {
        return;
    }
    let fields = fields_of(vm, thread);
    if !fields.is_null() {
        vm.set_u32(fields, vm.known.thread_status, status);
    }
}

/// `threadStatus` of a `java.lang.Thread`.
pub fn status_of(vm: &Vm, thread: Ref) -> u32 {
    let fields = fields_of(vm, thread);
    if fields.is_null() { status::NEW } else { vm.get_u32(fields, vm.known.thread_status) }
}

/// Whether a `java.lang.Thread` keeps the VM from ending.
pub(super) fn is_daemon(vm: &Vm, thread: Ref) -> bool {
    let fields = fields_of(vm, thread);
    !fields.is_null() && vm.get_u8(fields, vm.known.thread_daemon) != 0
}

/// `ThreadGroup` of a `java.lang.Thread`, or null.
pub fn group_of(vm: &Vm, thread: Ref) -> Ref {
    let fields = fields_of(vm, thread);
    if fields.is_null() { Ref::NULL } else { vm.get_ref(fields, vm.known.thread_group_field) }
}

/// Makes an object for the calling thread what `Thread.currentThread` answers, with what the constructor of the same
/// object will ask the current thread for. [`construct`] goes on.
///
/// # Errors
/// Those of allocating.
pub fn adopt_new(t: &Thread, group: Option<Handle>) -> Result<Handle> {
    let vm = t.vm();
    let k = &vm.known;
    let thread = t.handle(object::alloc_instance(t, k.thread)?);
    if k.thread_holder == 0 {
        vm.set_u32(t.get(thread), k.thread_priority, NORMAL_PRIORITY);
        if let Some(group) = group {
            vm.set_ref(t.get(thread), k.thread_group_field, t.get(group));
        }
    }
    super::adopt(t, t.get(thread));
    Ok(thread)
}

/// Runs the constructor of what [`adopt_new`] has made.
///
/// # Errors
/// Those of the constructor.
pub fn construct(t: &Thread, thread: Handle, group: Option<Handle>, name: &str) -> Result<()> {
    let vm = t.vm();
    let name = t.handle(strings::new_from_utf8(t, name)?);
    let d = "(Ljava/lang/ThreadGroup;Ljava/lang/String;)V";
    let init = call::method(t, vm.known.thread, "<init>", d)?;
    let group = group.filter(|g| !t.get(*g).is_null()).map_or(Value::Null, Value::Object);
    call::call(t, init, &[Value::Object(thread), group, Value::Object(name)])?;
    set_status(vm, t.get(thread), status::RUNNABLE);
    Ok(())
}

/// Runs `f` while the current thread's `threadStatus` is `status`.
pub(super) fn with_status<R>(t: &Thread, status: u32, f: impl FnOnce() -> R) -> R {
    let vm = t.vm();
    let waited = if status == status::BLOCKED { &t.shared.blocked } else { &t.shared.waited };
    waited.count.fetch_add(1, Ordering::Relaxed);
    let from = vm.threads.are_waits_timed().then(futex::monotonic_nanos);
    set_status(vm, t.java_thread.get(), status);
    let result = f();
    if let Some(from) = from {
        let nanos = futex::monotonic_nanos() - from;
        waited.nanos.fetch_add(nanos as u64, Ordering::Relaxed);
    }
    // Read again: `f` may have let a collection move it.
    set_status(vm, t.java_thread.get(), status::RUNNABLE);
    result
}

/// As [`with_status`], with a note of what `f` waits for.
pub(super) fn waiting<R>(t: &Thread, what: Waiting, status: u32, f: impl FnOnce() -> R) -> R {
    t.waits_for.replace(Some(what));
    let result = with_status(t, status, f);
    t.waits_for.take();
    result
}

/// Ties a `java.lang.Thread` to the thread with this id; 0: to none.
pub(super) fn set_eetop(vm: &Vm, thread: Ref, id: u32) {
    vm.set_u64(thread, vm.known.thread_eetop, u64::from(id));
}

/// Id of the running thread behind a `java.lang.Thread`; 0 before its start and after its end.
pub fn eetop(vm: &Vm, thread: Ref) -> u64 {
    vm.get_u64(thread, vm.known.thread_eetop)
}

/// `Thread.isAlive`.
pub fn is_alive(t: &Thread, thread: Ref) -> bool {
    eetop(t.vm(), thread) != 0
}

/// The running thread behind a `java.lang.Thread`, if there is one.
pub fn shared_of(t: &Thread, thread: Ref) -> Option<Arc<ThreadShared>> {
    let id = u32::try_from(eetop(t.vm(), thread)).ok()?;
    t.vm().threads.dormant.wake_thread(t.vm(), thread);
    t.vm().threads.find(id, thread)
}

/// Whether the current thread's interrupt status is set.
pub(super) fn is_interrupted(t: &Thread) -> bool {
    let (vm, thread) = (t.vm(), t.java_thread.get());
    !thread.is_null() && vm.get_u8(thread, vm.known.thread_interrupted) != 0
}

/// Clears the current thread's interrupt status; answers whether it was set.
pub(super) fn take_interrupt(t: &Thread) -> bool {
    let interrupted = is_interrupted(t);
    if interrupted {
        let vm = t.vm();
        vm.set_u8(t.java_thread.get(), vm.known.thread_interrupted, 0);
    }
    interrupted
}

/// `Thread.interrupt0`: wakes the thread from whatever `interrupt` ends. The caller (Java) has
/// set the field `interrupted`.
pub fn interrupt(t: &Thread, target: Ref) {
    if let Some(shared) = shared_of(t, target) {
        shared.event.unpark();
        shared.parker.unpark();
    }
}

/// `Thread.sleep`.
///
/// # Errors
/// `IllegalArgumentException`, `InterruptedException`.
pub fn sleep(t: &Thread, millis: i64) -> Result<()> {
    if millis < 0 {
        let message = "timeout value is negative";
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", message));
    }
    let deadline = match t.resumed.take() {
        Some(Waiting::Sleep(deadline)) => deadline,
        _ => Deadline::after_millis(millis),
    };
    let interrupted = waiting(t, Waiting::Sleep(deadline), status::SLEEPING, || {
        loop {
            if take_interrupt(t) {
                return true;
            }
            if millis == 0 {
                yield_now(t);
            }
            if deadline.has_passed() || t.shared.requests.is_stopped() || t.is_ending() {
                return false;
            }
            t.blocked(|| t.shared.event.park(deadline));
        }
    });
    served(t)?;
    match interrupted {
        true => Err(exceptions::throw(t, "java/lang/InterruptedException", "sleep interrupted")),
        false => Ok(()),
    }
}

/// Does at once what other threads ask for, at the end of a wait that they have broken off.
pub(super) fn served(t: &Thread) -> Result<()> {
    if t.should_poll() { super::poll(t) } else { Ok(()) }
}

/// `Thread.yield`. Raw references are stale afterwards.
pub fn yield_now(t: &Thread) {
    t.blocked(std::thread::yield_now);
}

/// `Unsafe.park`: `time` is in nanoseconds from now, or if `absolute` in milliseconds since 1970;
/// 0 from now has no limit.
pub fn park(t: &Thread, absolute: bool, time: i64) {
    let resumed = t.resumed.take();
    if t.shared.parker.try_take() || is_interrupted(t) || time < 0 || (absolute && time == 0) {
        return;
    }
    let (deadline, shown) = match (absolute, time) {
        (true, _) => (Deadline::at_wall_millis(time), status::TIMED_PARKED),
        (false, 0) => (Deadline::Never, status::PARKED),
        (false, _) => (Deadline::after_nanos(time), status::TIMED_PARKED),
    };
    let deadline = match resumed {
        Some(Waiting::Park(deadline)) => deadline,
        _ => deadline,
    };
    waiting(t, Waiting::Park(deadline), shown, || {
        t.blocked(|| t.shared.parker.wait(deadline));
        // Only here: a thread that is saved while it comes back still has its permit.
        t.shared.parker.try_take();
    });
}

/// `Unsafe.unpark`; null and threads that do not run are ignored.
pub fn unpark(t: &Thread, thread: Ref) {
    if thread.is_null() {
        return;
    }
    if let Some(shared) = shared_of(t, thread) {
        shared.parker.unpark();
    }
}

/// The `java.lang.Thread`s that run, `current` included.
pub fn live_threads(t: &Thread) -> Vec<Handle> {
    t.vm().threads.java_threads(t.vm()).into_iter().map(|r| t.handle(r)).collect()
}
