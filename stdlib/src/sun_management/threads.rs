//! `ThreadImpl`.

use crate::java_lang::support::{Leaf, non_null};
use crate::java_lang::thread::{elements, traces};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use vm::call::Value;
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object, sync};

const INFO: &str = "java/lang/management/ThreadInfo";
/// A time or count that is not measured.
const UNKNOWN: i64 = -1;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/management/ThreadImpl" {
            "getThreads" "()[Ljava/lang/Thread;" => full threads;
            "getThreadInfo1" "([JI[Ljava/lang/management/ThreadInfo;)V" => full fill_infos;
            "dumpThreads0" "([JZZI)[Ljava/lang/management/ThreadInfo;" => full dump;
            "getThreadTotalCpuTime0" "(J)J" => full cpu_nanos;
            "getThreadUserCpuTime0" "(J)J" => full cpu_nanos;
            "getTotalThreadAllocatedMemory" "()J" => full allocated;
            "setThreadCpuTimeEnabled0" "(Z)V" => leaf ignore;
            "setThreadContentionMonitoringEnabled0" "(Z)V" => leaf ignore;
            "findMonitorDeadlockedThreads0" "()[Ljava/lang/Thread;" => leaf none_found;
            "findDeadlockedThreads0" "()[Ljava/lang/Thread;" => leaf none_found;
            "resetPeakThreadCount0" "()V" => leaf nop;
            "resetContentionTimes0" "(J)V" => leaf ignore_id;
        }
    }
}

fn nop(_: &Thread) -> Leaf<()> {
    Ok(())
}

fn ignore(_: &Thread, _on: bool) -> Leaf<()> {
    Ok(())
}

fn ignore_id(_: &Thread, _id: i64) -> Leaf<()> {
    Ok(())
}

/// Deadlocks are not looked for.
fn none_found(_: &Thread) -> Leaf<Ref> {
    Ok(Ref::NULL)
}

fn threads(t: &Thread) -> Result<Ref> {
    let threads = sync::live_threads(t);
    let array = object::alloc_ref_array(t, t.vm().known.thread, threads.len())?;
    for (i, &thread) in threads.iter().enumerate() {
        t.vm().set_element(array, i, t.get(thread));
    }
    Ok(array)
}

/// Of the calling thread, whose number is given as 0; of others it is not known.
fn cpu_nanos(t: &Thread, id: i64) -> Result<i64> {
    Ok(if id == 0 { state(t).host.thread_cpu_nanos() } else { UNKNOWN })
}

fn allocated(t: &Thread) -> Result<i64> {
    Ok(t.vm().heap.stats().allocated_bytes as i64)
}

/// The numbers in a `long[]`.
fn numbers(t: &Thread, array: Handle) -> Result<Vec<u64>> {
    let vm = t.vm();
    let length = vm.array_len(non_null(t, array)?);
    let at = |i: usize| (ARRAY_DATA_OFFSET + 8 * i) as u32;
    Ok((0..length).map(|i| vm.get_u64(t.get(array), at(i))).collect())
}

/// The running thread of each number, where there is one.
fn with_ids(t: &Thread, ids: &[u64]) -> Vec<Option<Handle>> {
    let vm = t.vm();
    let live = sync::live_threads(t);
    let id_of = |thread: Handle| vm.get_u64(t.get(thread), vm.known.thread_tid);
    ids.iter().map(|id| live.iter().copied().find(|thread| id_of(*thread) == *id)).collect()
}

/// A `ThreadInfo` for each thread in an array; at most `depth` frames, all for -1. Locks that are held are not listed.
fn infos(t: &Thread, found: &[Option<Handle>], depth: i32, array: Handle) -> Result<()> {
    let vm = t.vm();
    let present: Vec<Handle> = found.iter().copied().flatten().collect();
    let mut all = if depth == 0 { Vec::new() } else { traces(t, &present) }.into_iter();
    let class = link::class_by_name(t, INFO)?;
    link::init::init_class(t, class)?;
    let descriptor = "(Ljava/lang/Thread;ILjava/lang/Object;Ljava/lang/Thread;JJJJ[Ljava/lang/StackTraceElement;)V";
    for (i, thread) in found.iter().enumerate() {
        let Some(thread) = *thread else { continue };
        let mut trace = all.next().flatten().unwrap_or_default();
        trace.truncate(usize::try_from(depth).unwrap_or(usize::MAX));
        let info = t.scope(|| {
            let trace = t.handle(elements(t, &trace)?);
            let blocker = vm.get_ref(t.get(thread), vm.known.thread_park_blocker);
            let blocker =
                if blocker.is_null() { Value::Null } else { Value::Object(t.handle(blocker)) };
            let status = sync::status_of(vm, t.get(thread)) as i32;
            let args = [
                Value::Object(thread),
                Value::Int(status),
                blocker,
                Value::Null,
                Value::Long(0),
                Value::Long(UNKNOWN),
                Value::Long(0),
                Value::Long(UNKNOWN),
                Value::Object(trace),
            ];
            object::new_object(t, class, descriptor, &args)
        })?;
        vm.set_element(t.get(array), i, info);
    }
    Ok(())
}

fn fill_infos(t: &Thread, ids: Handle, depth: i32, result: Handle) -> Result<()> {
    let found = with_ids(t, &numbers(t, ids)?);
    non_null(t, result)?;
    infos(t, &found, depth, result)
}

/// Of these threads, or of all for null.
fn dump(t: &Thread, ids: Handle, _monitors: bool, _synchronizers: bool, depth: i32) -> Result<Ref> {
    let found = match t.get(ids).is_null() {
        true => sync::live_threads(t).into_iter().map(Some).collect(),
        false => with_ids(t, &numbers(t, ids)?),
    };
    let class = link::class_by_name(t, INFO)?;
    let array = t.handle(object::alloc_ref_array(t, class, found.len())?);
    let depth = if depth == i32::MAX { -1 } else { depth };
    infos(t, &found, depth, array)?;
    Ok(t.get(array))
}
