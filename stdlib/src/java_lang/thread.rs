//! `java.lang.Thread`.

use super::support::{Leaf, non_null, nop, text};
use crate::state;
use vm::backtrace;
use vm::meta::MethodId;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, object, sync};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Thread" {
            "registerNatives" "()V" => leaf nop;
            "currentThread" "()Ljava/lang/Thread;" => leaf current_thread;
            "currentCarrierThread" "()Ljava/lang/Thread;" => leaf current_thread;
            "start0" "()V" => full start;
            "sleep" "(J)V" => full sleep;
            "sleepNanos0" "(J)V" => full sleep_nanos;
            "yield" "()V" => full yield_now;
            "yield0" "()V" => full yield_now;
            "interrupt0" "()V" => leaf interrupt;
            "clearInterruptEvent" "()V" => leaf nop;
            "holdsLock" "(Ljava/lang/Object;)Z" => full holds_lock;
            "getThreads" "()[Ljava/lang/Thread;" => full get_threads;
            "dumpThreads" "([Ljava/lang/Thread;)[[Ljava/lang/StackTraceElement;" => full dump_threads;
            "setPriority0" "(I)V" => leaf set_priority;
            "setNativeName" "(Ljava/lang/String;)V" => full set_native_name;
            "getStackTrace0" "()Ljava/lang/Object;" => full get_stack_trace;
            "getNextThreadIdOffset" "()J" => full get_next_thread_id_offset;
            "stop0" "(Ljava/lang/Object;)V" => full stop;
            "suspend0" "()V" => full suspend;
            "resume0" "()V" => leaf resume;
            "ensureMaterializedForStackWalk" "(Ljava/lang/Object;)V" => leaf ignore;
            "scopedValueCache" "()[Ljava/lang/Object;" => leaf scoped_value_cache;
            "setScopedValueCache" "([Ljava/lang/Object;)V" => leaf set_scoped_value_cache;
        }
    }
}

fn current_thread(t: &Thread) -> Leaf<Ref> {
    Ok(t.java_thread.get())
}

fn start(t: &Thread, this: Handle) -> Result<()> {
    sync::start(t, this)
}

fn sleep(t: &Thread, millis: i64) -> Result<()> {
    sync::java_thread::sleep(t, millis)
}

/// Sleeps at least so long, in whole milliseconds.
fn sleep_nanos(t: &Thread, nanos: i64) -> Result<()> {
    sync::java_thread::sleep(t, nanos.saturating_add(999_999) / 1_000_000)
}

fn yield_now(t: &Thread) -> Result<()> {
    sync::java_thread::yield_now(t);
    Ok(())
}

fn interrupt(t: &Thread, this: Ref) -> Leaf<()> {
    sync::java_thread::interrupt(t, this);
    Ok(())
}

fn holds_lock(t: &Thread, object: Handle) -> Result<bool> {
    Ok(sync::holds_lock(t, non_null(t, object)?))
}

fn get_threads(t: &Thread) -> Result<Ref> {
    let threads = sync::java_thread::live_threads(t);
    let array = object::alloc_ref_array(t, t.vm().known.thread, threads.len())?;
    for (i, &thread) in threads.iter().enumerate() {
        t.vm().set_element(array, i, t.get(thread));
    }
    Ok(array)
}

pub(crate) type Trace = Vec<(MethodId, usize)>;

/// Stack traces of these threads, taken at one moment; none for those that do not run.
pub(crate) fn traces(t: &Thread, threads: &[Handle]) -> Vec<Option<Trace>> {
    let vm = t.vm();
    let mut traces: Vec<Option<Trace>> = vec![None; threads.len()];
    for &h in threads {
        // A dormant thread of an image gets its frames by being asked for.
        let _ = sync::shared_of(t, t.get(h));
    }
    sync::stop_world(t, || {
        vm.threads.for_each_stopped(|other| {
            let java_thread = other.java_thread.get();
            let wanted = threads.iter().position(|&h| t.get(h) == java_thread);
            let Some(at) = wanted.filter(|_| !java_thread.is_null()) else { return };
            // Hidden frames too, as HotSpot's dumps have them.
            let trace = backtrace::frames(other)
                .map(|f| (f.method, sync::inspect::shown_bci(vm, &f)))
                .collect();
            traces[at] = Some(trace);
        });
    });
    // The same thread may be asked for twice.
    for i in 0..threads.len() {
        if traces[i].is_none()
            && let Some(first) = (0..i).find(|&j| t.get(threads[j]) == t.get(threads[i]))
        {
            traces[i] = traces[first].clone();
        }
    }
    traces
}

fn dump_threads(t: &Thread, threads: Handle) -> Result<Ref> {
    let vm = t.vm();
    let count = vm.array_len(non_null(t, threads)?);
    if count == 0 {
        return Err(exceptions::throw_bare(t, "java/lang/IllegalArgumentException"));
    }
    let mut handles = Vec::with_capacity(count);
    for i in 0..count {
        let h = t.handle(vm.element(t.get(threads), i));
        non_null(t, h)?;
        handles.push(h);
    }
    let traces = traces(t, &handles);
    let element = vm.known.stack_trace_element;
    let row_class = vm::link::array_class_of(t, element)?;
    let rows = t.handle(object::alloc_ref_array(t, row_class, count)?);
    for (i, trace) in traces.into_iter().enumerate() {
        let Some(trace) = trace else { continue };
        let row = t.scope(|| elements(t, &trace))?;
        vm.set_element(t.get(rows), i, row);
    }
    Ok(t.get(rows))
}

/// The frames of a thread as `StackTraceElement[]`, or null if it does not run.
fn get_stack_trace(t: &Thread, this: Handle) -> Result<Ref> {
    match traces(t, &[this]).pop().flatten() {
        Some(trace) => elements(t, &trace),
        None => Ok(Ref::NULL),
    }
}

/// First identifier of a thread that is not the first: smaller ones are HotSpot's own threads'. Chosen so that the
/// first thread that a program makes has about the number that it would have there.
const FIRST_THREAD_ID: u64 = 18;

/// Address of a counter from which Java takes identifiers of threads.
fn get_next_thread_id_offset(t: &Thread) -> Result<i64> {
    let vm = t.vm();
    let Some(at) = vm.heap.native().malloc(size_of::<u64>()) else {
        return Err(exceptions::out_of_memory(t, "counter of threads"));
    };
    object::store(vm, vm::meta::BasicType::Long, at as usize, FIRST_THREAD_ID);
    Ok(at as i64)
}

/// As `StackTraceElement[]`.
pub(crate) fn elements(t: &Thread, trace: &Trace) -> Result<Ref> {
    let vm = t.vm();
    let element = vm.known.stack_trace_element;
    let row = t.handle(object::alloc_ref_array(t, element, trace.len())?);
    for (i, &(method, bci)) in trace.iter().enumerate() {
        let made = t.scope(|| {
            let made = t.handle(object::alloc_instance(t, element)?);
            backtrace::fill_element(t, made, method, bci)?;
            Ok(t.get(made))
        })?;
        vm.set_element(t.get(row), i, made);
    }
    Ok(t.get(row))
}

/// Priorities mean nothing to the scheduler, as in HotSpot on Linux without further options.
fn set_priority(_: &Thread, _this: Ref, _priority: i32) -> Leaf<()> {
    Ok(())
}

/// Only a thread itself can tell the system its name, as in HotSpot; another one's has it from its start.
fn set_native_name(t: &Thread, this: Handle, name: Handle) -> Result<()> {
    let name = text(t, name)?;
    if t.get(this) == t.java_thread.get() {
        state(t).host.set_thread_name(&sync::lifecycle::os_name(&name));
    }
    Ok(())
}

/// `Thread.stop`, which Java code has checked.
fn stop(t: &Thread, this: Handle, exception: Handle) -> Result<()> {
    let exception = non_null(t, exception)?;
    sync::requests::stop(t, t.get(this), exception)
}

fn suspend(t: &Thread, this: Handle) -> Result<()> {
    sync::requests::suspend(t, t.get(this))
}

fn resume(t: &Thread, this: Ref) -> Leaf<()> {
    sync::requests::resume(t, this);
    Ok(())
}

fn ignore(_: &Thread, _object: Ref) -> Leaf<()> {
    Ok(())
}

fn scoped_value_cache(t: &Thread) -> Leaf<Ref> {
    Ok(t.scoped_value_cache.get())
}

fn set_scoped_value_cache(t: &Thread, cache: Ref) -> Leaf<()> {
    t.scoped_value_cache.set(cache);
    Ok(())
}
