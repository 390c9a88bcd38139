//! `com.sun.management.internal.OperatingSystemImpl`.

use crate::host::CpuTicks;
use crate::state;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vm::{Handle, NativeMethod, Result, Thread};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "com/sun/management/internal/OperatingSystemImpl" {
            "initialize0" "()V" => full begin_loads;
            "getCommittedVirtualMemorySize0" "()J" => full committed;
            "getFreeMemorySize0" "()J" => full free_memory;
            "getTotalMemorySize0" "()J" => full total_memory;
            "getFreeSwapSpaceSize0" "()J" => full free_swap;
            "getTotalSwapSpaceSize0" "()J" => full total_swap;
            "getMaxFileDescriptorCount0" "()J" => full max_descriptors;
            "getOpenFileDescriptorCount0" "()J" => full open_descriptors;
            "getProcessCpuTime0" "()J" => full cpu_nanos;
            "getProcessCpuLoad0" "()D" => full process_load;
            "getCpuLoad0" "()D" => full cpu_load;
            "getSingleCpuLoad0" "(I)D" => full single_cpu_load;
            "getHostTotalCpuTicks0" "()J" => full total_ticks;
            "getHostConfiguredCpuCount0" "()I" => full processors;
            "getHostOnlineCpuCount0" "()I" => full processors;
        }
    }
}

/// Loads are shares of the time since they were last asked for.
#[derive(Default)]
pub(crate) struct Loads {
    all: Mutex<Load>,
    process: Mutex<Load>,
    single: Mutex<HashMap<i32, Load>>,
}

/// One load, as last seen.
#[derive(Clone, Copy, Default)]
struct Load {
    ticks: CpuTicks,
    share: f64,
}

impl Load {
    /// The share since the last call; the same as then if no time has passed.
    fn advance(&mut self, now: CpuTicks) -> f64 {
        let total = now.total.saturating_sub(self.ticks.total);
        if total > 0 {
            let busy = now.busy.saturating_sub(self.ticks.busy);
            *self = Load { ticks: now, share: (busy as f64 / total as f64).min(1.0) };
        }
        self.share
    }
}

/// What [`Load::advance`] answers for a load that is not known.
const UNKNOWN_LOAD: f64 = -1.0;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first time begins here.
fn begin_loads(t: &Thread) -> Result<()> {
    advance_all(t);
    advance_process(t);
    Ok(())
}

fn advance_all(t: &Thread) -> f64 {
    let ticks = state(t).host.cpu_ticks(None);
    ticks.map_or(UNKNOWN_LOAD, |now| lock(&state(t).loads.all).advance(now))
}

fn advance_process(t: &Thread) -> f64 {
    let host = &state(t).host;
    let Ok(all) = host.cpu_ticks(None) else { return UNKNOWN_LOAD };
    let nanos_per_tick = 1_000_000_000 / host.ticks_per_second().max(1);
    let busy = (host.process_cpu_nanos() / nanos_per_tick) as u64;
    lock(&state(t).loads.process).advance(CpuTicks { busy, ..all })
}

fn process_load(t: &Thread, _this: Handle) -> Result<f64> {
    Ok(advance_process(t))
}

fn cpu_load(t: &Thread, _this: Handle) -> Result<f64> {
    Ok(advance_all(t))
}

fn single_cpu_load(t: &Thread, _this: Handle, processor: i32) -> Result<f64> {
    let ticks = state(t).host.cpu_ticks(u32::try_from(processor).ok());
    let Ok(now) = ticks else { return Ok(UNKNOWN_LOAD) };
    Ok(lock(&state(t).loads.single).entry(processor).or_default().advance(now))
}

fn total_ticks(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(state(t).host.cpu_ticks(None).map_or(-1, |ticks| ticks.total as i64))
}

fn memory(t: &Thread, pick: impl FnOnce(crate::host::MemoryInfo) -> u64) -> Result<i64> {
    Ok(state(t).host.memory().map_or(-1, |memory| pick(memory) as i64))
}

fn committed(t: &Thread, _this: Handle) -> Result<i64> {
    let stats = t.vm().heap.stats();
    Ok((stats.committed_bytes + stats.native_bytes + stats.external_bytes) as i64)
}

fn free_memory(t: &Thread, _this: Handle) -> Result<i64> {
    memory(t, |memory| memory.free_bytes)
}

fn total_memory(t: &Thread, _this: Handle) -> Result<i64> {
    memory(t, |memory| memory.usable_bytes())
}

fn free_swap(t: &Thread, _this: Handle) -> Result<i64> {
    memory(t, |memory| memory.swap_free_bytes)
}

fn total_swap(t: &Thread, _this: Handle) -> Result<i64> {
    memory(t, |memory| memory.swap_bytes)
}

fn max_descriptors(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(state(t).resources.limit() as i64)
}

fn open_descriptors(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(state(t).resources.len() as i64)
}

fn cpu_nanos(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(state(t).host.process_cpu_nanos())
}

fn processors(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(state(t).host.available_processors() as i32)
}
