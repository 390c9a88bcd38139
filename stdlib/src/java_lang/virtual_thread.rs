//! `VirtualThread`, and what `ScopedValue` asks of the stack (JDK 25).
//!
//! Continuations are not supported: the library runs virtual threads on platform threads of their own
//! (`ThreadBuilders.BoundVirtualThread`), so that little of this is ever called.

use super::support::{Leaf, nop};
use vm::sync::Deadline;
use vm::{NativeMethod, Ref, Result, Thread, backtrace, sync};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/VirtualThread" {
            "registerNatives" "()V" => leaf nop;
            "notifyJvmtiStart" "()V" => leaf nop_of;
            "notifyJvmtiEnd" "()V" => leaf nop_of;
            "notifyJvmtiMount" "(Z)V" => leaf ignore_of;
            "notifyJvmtiUnmount" "(Z)V" => leaf ignore_of;
            "notifyJvmtiDisableSuspend" "(Z)V" => leaf ignore;
            "takeVirtualThreadListToUnblock" "()Ljava/lang/VirtualThread;" => full wait_for_unblocked;
        }
        "java/lang/Thread" {
            "findScopedValueBindings" "()Ljava/lang/Object;" => full find_scoped_value_bindings;
        }
    }
}

fn nop_of(_: &Thread, _this: Ref) -> Leaf<()> {
    Ok(())
}

fn ignore_of(_: &Thread, _this: Ref, _hide: bool) -> Leaf<()> {
    Ok(())
}

fn ignore(_: &Thread, _enter: bool) -> Leaf<()> {
    Ok(())
}

/// Waits for virtual threads whose monitor has become free: for ever, as none waits without a thread of its own.
fn wait_for_unblocked(t: &Thread) -> Result<Ref> {
    loop {
        t.blocked(|| t.shared.event.park(Deadline::Never));
        sync::poll(t)?;
    }
}

/// Classes whose `runWith` has the bindings as its first argument after the receiver.
const BINDERS: [&[u8]; 3] =
    [b"java/lang/Thread", b"java/lang/VirtualThread", b"java/lang/ScopedValue$Carrier"];

/// The bindings that the innermost `runWith` on the stack was called with, or null.
fn find_scoped_value_bindings(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    for f in backtrace::frames(t) {
        let method = vm.method(f.method);
        if vm.bytes(method.name) != b"runWith" || method.is_native() {
            continue;
        }
        if BINDERS.contains(&vm.bytes(vm.class(method.class).name)) {
            let bindings = Ref::from_bits(f.frame.local(1) as u32);
            if !bindings.is_null() {
                return Ok(bindings);
            }
        }
    }
    Ok(Ref::NULL)
}
