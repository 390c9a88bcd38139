//! `com.sun.management.internal.OperatingSystemImpl`.

use crate::java_lang::support::{Leaf, nop};
use crate::state;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "com/sun/management/internal/OperatingSystemImpl" {
            "initialize0" "()V" => leaf nop;
            "getCommittedVirtualMemorySize0" "()J" => full committed;
            "getFreeMemorySize0" "()J" => full free_memory;
            "getTotalMemorySize0" "()J" => full total_memory;
            "getFreeSwapSpaceSize0" "()J" => full free_swap;
            "getTotalSwapSpaceSize0" "()J" => full total_swap;
            "getMaxFileDescriptorCount0" "()J" => full max_descriptors;
            "getOpenFileDescriptorCount0" "()J" => full open_descriptors;
            "getProcessCpuTime0" "()J" => full cpu_nanos;
            "getProcessCpuLoad0" "()D" => leaf not_known;
            "getCpuLoad0" "()D" => leaf not_known;
            "getSingleCpuLoad0" "(I)D" => leaf not_known_of;
            "getHostConfiguredCpuCount0" "()I" => full processors;
            "getHostOnlineCpuCount0" "()I" => full processors;
        }
    }
}

/// Loads are not measured.
fn not_known(_: &Thread, _this: Ref) -> Leaf<f64> {
    Ok(-1.0)
}

fn not_known_of(_: &Thread, _this: Ref, _processor: i32) -> Leaf<f64> {
    Ok(-1.0)
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
