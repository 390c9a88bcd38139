//! `ThreadImpl`.

use crate::java_lang::support::{Leaf, non_null};
use crate::java_lang::thread::{Trace, elements};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vm::call::Value;
use vm::sync::inspect::{self, Waits};
use vm::thread::{ThreadShared, Waited};
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object, sync};

const INFO: &str = "java/lang/management/ThreadInfo";
/// A time or count that is not known.
const UNKNOWN: i64 = -1;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/management/ThreadImpl" {
            "getThreads" "()[Ljava/lang/Thread;" => full threads;
            "getThreadInfo1" "([JI[Ljava/lang/management/ThreadInfo;)V" => full fill_infos;
            "dumpThreads0" "([JZZI)[Ljava/lang/management/ThreadInfo;" => full dump;
            "getThreadTotalCpuTime0" "(J)J" => full cpu_nanos;
            "getThreadTotalCpuTime1" "([J[J)V" => full fill_cpu_nanos;
            "getThreadUserCpuTime0" "(J)J" => full user_nanos;
            "getThreadUserCpuTime1" "([J[J)V" => full fill_user_nanos;
            "getThreadAllocatedMemory0" "(J)J" => full allocated_by;
            "getThreadAllocatedMemory1" "([J[J)V" => full fill_allocated;
            "getTotalThreadAllocatedMemory" "()J" => full allocated;
            "setThreadCpuTimeEnabled0" "(Z)V" => leaf ignore;
            "setThreadAllocatedMemoryEnabled0" "(Z)V" => leaf ignore;
            "setThreadContentionMonitoringEnabled0" "(Z)V" => leaf set_waits_timed;
            "findMonitorDeadlockedThreads0" "()[Ljava/lang/Thread;" => full monitor_deadlocks;
            "findDeadlockedThreads0" "()[Ljava/lang/Thread;" => full deadlocks;
            "resetPeakThreadCount0" "()V" => leaf reset_peak;
            "resetContentionTimes0" "(J)V" => full reset_wait_times;
        }
    }
}

/// Java code keeps the setting; measuring costs nothing here.
fn ignore(_: &Thread, _on: bool) -> Leaf<()> {
    Ok(())
}

fn set_waits_timed(t: &Thread, on: bool) -> Leaf<()> {
    t.vm().threads.set_waits_timed(on);
    Ok(())
}

fn reset_peak(t: &Thread) -> Leaf<()> {
    t.vm().threads.reset_peak();
    Ok(())
}

/// Of all threads for 0.
fn reset_wait_times(t: &Thread, id: i64) -> Result<()> {
    let threads = if id == 0 { t.vm().threads.all() } else { running(t, id).into_iter().collect() };
    for thread in threads {
        thread.blocked.nanos.store(0, Ordering::Relaxed);
        thread.waited.nanos.store(0, Ordering::Relaxed);
    }
    Ok(())
}

fn thread_array(t: &Thread, threads: &[Handle]) -> Result<Ref> {
    let array = object::alloc_ref_array(t, t.vm().known.thread, threads.len())?;
    for (i, &thread) in threads.iter().enumerate() {
        t.vm().set_element(array, i, t.get(thread));
    }
    Ok(array)
}

fn threads(t: &Thread) -> Result<Ref> {
    thread_array(t, &sync::live_threads(t))
}

/// Null if there are none.
fn in_deadlock(t: &Thread, synchronizers: bool) -> Result<Ref> {
    let mut found = Vec::new();
    sync::stop_world(t, || {
        let all = inspect::observe(t.vm());
        let rings = inspect::deadlocks(&all, synchronizers);
        found.extend(rings.concat().into_iter().map(|at| t.handle(all[at].java_thread)));
    });
    if found.is_empty() { Ok(Ref::NULL) } else { thread_array(t, &found) }
}

fn monitor_deadlocks(t: &Thread) -> Result<Ref> {
    in_deadlock(t, false)
}

fn deadlocks(t: &Thread) -> Result<Ref> {
    in_deadlock(t, true)
}

/// The running thread with an identifier, the calling one for 0.
fn running(t: &Thread, id: i64) -> Option<Arc<ThreadShared>> {
    if id == 0 {
        return Some(t.shared.clone());
    }
    let thread = with_ids(t, &[id as u64])[0]?;
    sync::shared_of(t, t.get(thread))
}

/// What `measure` tells of a thread.
fn of_thread(
    t: &Thread,
    id: i64,
    measure: impl Fn(&Thread, &ThreadShared) -> Option<i64>,
) -> Result<i64> {
    Ok(running(t, id).and_then(|thread| measure(t, &thread)).unwrap_or(UNKNOWN))
}

/// The same for many, into an array of `long`.
fn of_threads(
    t: &Thread,
    ids: Handle,
    values: Handle,
    measure: impl Fn(&Thread, &ThreadShared) -> Option<i64>,
) -> Result<()> {
    let ids = numbers(t, ids)?;
    non_null(t, values)?;
    for (i, id) in ids.into_iter().enumerate() {
        let value = of_thread(t, id as i64, &measure)?;
        t.vm().set_u64(t.get(values), (ARRAY_DATA_OFFSET + 8 * i) as u32, value as u64);
    }
    Ok(())
}

fn measure_cpu(t: &Thread, thread: &ThreadShared) -> Option<i64> {
    state(t).host.cpu_nanos_of_thread(thread.os_id().into())
}

fn measure_user(t: &Thread, thread: &ThreadShared) -> Option<i64> {
    state(t).host.user_nanos_of_thread(thread.os_id().into())
}

fn measure_allocated(t: &Thread, thread: &ThreadShared) -> Option<i64> {
    inspect::allocated_bytes(t, thread).map(|bytes| bytes as i64)
}

fn cpu_nanos(t: &Thread, id: i64) -> Result<i64> {
    of_thread(t, id, measure_cpu)
}

fn fill_cpu_nanos(t: &Thread, ids: Handle, values: Handle) -> Result<()> {
    of_threads(t, ids, values, measure_cpu)
}

fn user_nanos(t: &Thread, id: i64) -> Result<i64> {
    of_thread(t, id, measure_user)
}

fn fill_user_nanos(t: &Thread, ids: Handle, values: Handle) -> Result<()> {
    of_threads(t, ids, values, measure_user)
}

fn allocated_by(t: &Thread, id: i64) -> Result<i64> {
    of_thread(t, id, measure_allocated)
}

fn fill_allocated(t: &Thread, ids: Handle, values: Handle) -> Result<()> {
    of_threads(t, ids, values, measure_allocated)
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

/// What `ThreadInfo` says of a thread.
pub(super) struct Facts {
    thread: Handle,
    pub(super) status: u32,
    /// What it waits for, or null; and who has that.
    pub(super) lock: Handle,
    owner: Handle,
    pub(super) waits_for: WaitsFor,
    counts: [i64; 4],
    pub(super) trace: Trace,
    /// What frames have locked: the frame's depth, the object.
    pub(super) monitors: Vec<(usize, Handle)>,
}

/// What a thread waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    Nothing,
    Unpark,
    Monitor,
    Notification,
}

/// Looks at all of these threads at one moment; at most `depth` frames, all if it is negative.
pub(super) fn look(t: &Thread, threads: &[Option<Handle>], depth: i32) -> Vec<Option<Facts>> {
    let vm = t.vm();
    let depth = usize::try_from(depth).unwrap_or(usize::MAX);
    let mut all: Vec<Option<Facts>> = threads.iter().map(|_| None).collect();
    sync::stop_world(t, || {
        let observed = inspect::observe(vm);
        for (facts, thread) in all.iter_mut().zip(threads) {
            let Some(thread) = *thread else { continue };
            let Some(seen) = observed.iter().find(|seen| seen.java_thread == t.get(thread)) else {
                continue;
            };
            let (waits_for, lock, owner) = match seen.waits {
                Waits::No => (WaitsFor::Nothing, Ref::NULL, 0),
                Waits::Notify(object) => (WaitsFor::Notification, object, 0),
                Waits::Enter(object, owner) => (WaitsFor::Monitor, object, owner),
                Waits::Parked(object, owner) => (WaitsFor::Unpark, object, owner),
            };
            let owner = observed.iter().find(|other| owner != 0 && other.shared.id == owner);
            let held = |frame: &inspect::FrameState, object: &Ref| {
                // A frame that waits to be notified has given the lock up for so long.
                !frame.locked.is_empty() && sync::owner_of(t, *object) == seen.shared.id
            };
            let frames = seen.frames.iter().take(depth);
            let monitors = frames.clone().enumerate().flat_map(|(at, frame)| {
                let locked = frame.locked.iter().filter(move |object| held(frame, object));
                locked.map(move |object| (at, t.handle(*object)))
            });
            *facts = Some(Facts {
                thread,
                status: sync::status_of(vm, seen.java_thread),
                lock: t.handle(lock),
                owner: t.handle(owner.map_or(Ref::NULL, |owner| owner.java_thread)),
                waits_for,
                counts: counts(t, &seen.shared),
                monitors: monitors.collect(),
                trace: frames.map(|frame| (frame.method, frame.bci)).collect(),
            });
        }
    });
    all
}

/// Times blocked, milliseconds of that, times waited, milliseconds of that.
fn counts(t: &Thread, thread: &ThreadShared) -> [i64; 4] {
    let timed = t.vm().threads.are_waits_timed();
    let count = |waited: &Waited| waited.count.load(Ordering::Relaxed) as i64;
    let millis = |waited: &Waited| match timed {
        true => (waited.nanos.load(Ordering::Relaxed) / 1_000_000) as i64,
        false => UNKNOWN,
    };
    let (blocked, waited) = (&thread.blocked, &thread.waited);
    [count(blocked), millis(blocked), count(waited), millis(waited)]
}

/// What is shown of locks that are held.
#[derive(Clone, Copy)]
struct Held {
    monitors: bool,
    synchronizers: bool,
}

/// Puts a `ThreadInfo` for each thread that runs into an array.
fn infos(
    t: &Thread,
    found: &[Option<Handle>],
    depth: i32,
    held: Option<Held>,
    array: Handle,
) -> Result<()> {
    let class = link::class_by_name(t, INFO)?;
    link::init::init_class(t, class)?;
    for (i, facts) in look(t, found, depth).iter().enumerate() {
        let Some(facts) = facts else { continue };
        let info = t.scope(|| info(t, class, facts, held))?;
        t.vm().set_element(t.get(array), i, info);
    }
    Ok(())
}

fn info(t: &Thread, class: gc::ClassId, facts: &Facts, held: Option<Held>) -> Result<Ref> {
    let trace = t.handle(elements(t, &facts.trace)?);
    let object = |h: Handle| if t.get(h).is_null() { Value::Null } else { Value::Object(h) };
    let mut args = vec![
        Value::Object(facts.thread),
        Value::Int(facts.status as i32),
        object(facts.lock),
        object(facts.owner),
    ];
    args.extend(facts.counts.map(Value::Long));
    args.push(Value::Object(trace));
    let Some(held) = held else {
        let descriptor = "(Ljava/lang/Thread;ILjava/lang/Object;Ljava/lang/Thread;JJJJ[Ljava/lang/StackTraceElement;)V";
        return object::new_object(t, class, descriptor, &args);
    };
    let monitors = if held.monitors { facts.monitors.as_slice() } else { &[] };
    let objects = object_array(t, monitors.iter().map(|(_, object)| *object))?;
    let depths = depth_array(t, monitors)?;
    let owned = if held.synchronizers { synchronizers(t, facts.thread) } else { Vec::new() };
    let owned = object_array(t, owned.into_iter())?;
    args.extend([objects, depths, owned].map(Value::Object));
    let descriptor = "(Ljava/lang/Thread;ILjava/lang/Object;Ljava/lang/Thread;JJJJ[Ljava/lang/StackTraceElement;[Ljava/lang/Object;[I[Ljava/lang/Object;)V";
    object::new_object(t, class, descriptor, &args)
}

fn object_array(t: &Thread, objects: impl ExactSizeIterator<Item = Handle>) -> Result<Handle> {
    let array = object::alloc_array(t, t.vm().known.object_array, objects.len() as i32)?;
    for (i, object) in objects.enumerate() {
        t.vm().set_element(array, i, t.get(object));
    }
    Ok(t.handle(array))
}

/// The depths of the frames that have locked something, as an `int[]`.
fn depth_array(t: &Thread, monitors: &[(usize, Handle)]) -> Result<Handle> {
    let class = link::class_by_name(t, "[I")?;
    let array = object::alloc_array(t, class, monitors.len() as i32)?;
    for (i, (depth, _)) in monitors.iter().enumerate() {
        t.vm().set_u32(array, (ARRAY_DATA_OFFSET + 4 * i) as u32, *depth as u32);
    }
    Ok(t.handle(array))
}

/// The locks of `java.util.concurrent` that a thread has.
fn synchronizers(t: &Thread, thread: Handle) -> Vec<Handle> {
    let vm = t.vm();
    let mut found = Vec::new();
    sync::stop_world(t, || {
        let owner = t.get(thread);
        inspect::for_each_object(vm, &mut |object| {
            if inspect::owner_of_synchronizer(vm, object) == owner {
                found.push(t.handle(object));
            }
        });
    });
    found
}

fn fill_infos(t: &Thread, ids: Handle, depth: i32, result: Handle) -> Result<()> {
    let found = with_ids(t, &numbers(t, ids)?);
    non_null(t, result)?;
    infos(t, &found, depth, None, result)
}

/// Of these threads, or of all for null.
fn dump(t: &Thread, ids: Handle, monitors: bool, synchronizers: bool, depth: i32) -> Result<Ref> {
    let found = match t.get(ids).is_null() {
        true => sync::live_threads(t).into_iter().map(Some).collect(),
        false => with_ids(t, &numbers(t, ids)?),
    };
    let class = link::class_by_name(t, INFO)?;
    let array = t.handle(object::alloc_ref_array(t, class, found.len())?);
    let depth = if depth == i32::MAX { -1 } else { depth };
    infos(t, &found, depth, Some(Held { monitors, synchronizers }), array)?;
    Ok(t.get(array))
}
