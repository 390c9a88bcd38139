//! `jdk.internal.vm.ThreadSnapshot` (JDK 25): a thread with its frames and locks, for `Thread.dump_to_file` and
//! `HotSpotDiagnosticMXBean.dumpThreads`.

use super::threads::{Facts, WaitsFor, look};
use crate::java_lang::support::{field_offset, non_null, set_ref_field};
use crate::java_lang::thread::elements;
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object};

const SNAPSHOT: &str = "jdk/internal/vm/ThreadSnapshot";
const LOCK: &str = "jdk/internal/vm/ThreadSnapshot$ThreadLock";

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/vm/ThreadSnapshot" {
            "create" "(Ljava/lang/Thread;)Ljdk/internal/vm/ThreadSnapshot;" => full create;
        }
    }
}

/// Null for a thread that does not run.
fn create(t: &Thread, thread: Handle) -> Result<Ref> {
    non_null(t, thread)?;
    let Some(facts) = look(t, &[Some(thread)], -1).pop().flatten() else { return Ok(Ref::NULL) };
    let vm = t.vm();
    let class = link::class_by_name(t, SNAPSHOT)?;
    link::init::init_class(t, class)?;
    let snapshot = t.handle(object::alloc_instance(t, class)?);
    let name = vm.get_ref(t.get(thread), vm.known.thread_name);
    set_ref_field(t, snapshot, "name", "Ljava/lang/String;", name)?;
    set_int(t, class, snapshot, "threadStatus", facts.status)?;
    let trace = elements(t, &facts.trace)?;
    set_ref_field(t, snapshot, "stackTrace", "[Ljava/lang/StackTraceElement;", trace)?;
    let locks = locks(t, &facts)?;
    set_ref_field(t, snapshot, "locks", "[Ljdk/internal/vm/ThreadSnapshot$ThreadLock;", locks)?;
    // Ordinals of `BlockerLockType`.
    let kind = match facts.waits_for {
        WaitsFor::Nothing => return Ok(t.get(snapshot)),
        WaitsFor::Unpark => 0,
        WaitsFor::Monitor => 1,
        WaitsFor::Notification => 2,
    };
    set_int(t, class, snapshot, "blockerTypeOrdinal", kind)?;
    set_ref_field(t, snapshot, "blockerObject", "Ljava/lang/Object;", t.get(facts.lock))?;
    Ok(t.get(snapshot))
}

fn set_int(t: &Thread, class: gc::ClassId, object: Handle, name: &str, value: u32) -> Result<()> {
    let at = field_offset(t, class, name, "I")?;
    t.vm().set_u32(t.get(object), at, value);
    Ok(())
}

/// The monitors that the thread has, or null for none.
fn locks(t: &Thread, facts: &Facts) -> Result<Ref> {
    if facts.monitors.is_empty() {
        return Ok(Ref::NULL);
    }
    let class = link::class_by_name(t, LOCK)?;
    link::init::init_class(t, class)?;
    let array = t.handle(object::alloc_ref_array(t, class, facts.monitors.len())?);
    for (i, (depth, object)) in facts.monitors.iter().enumerate() {
        let lock = t.handle(object::alloc_instance(t, class)?);
        set_int(t, class, lock, "depth", *depth as u32)?;
        // The ordinal of `OwnedLockType.LOCKED` is what a new object has.
        set_ref_field(t, lock, "obj", "Ljava/lang/Object;", t.get(*object))?;
        t.vm().set_element(t.get(array), i, t.get(lock));
    }
    Ok(t.get(array))
}
