//! `VMManagementImpl` and `ClassLoadingImpl`.

use crate::java_lang::support::{Leaf, field_offset, string};
use crate::state;
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object};

/// What this VM can tell beyond the minimum: static fields of `VMManagementImpl`.
const SUPPORTED: [&str; 7] = [
    "compTimeMonitoringSupport",
    "threadContentionMonitoringSupport",
    "currentThreadCpuTimeSupport",
    "otherThreadCpuTimeSupport",
    "objectMonitorUsageSupport",
    "synchronizerUsageSupport",
    "threadAllocatedMemorySupport",
];

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/management/VMManagementImpl" {
            "getVersion0" "()Ljava/lang/String;" => full version;
            "initOptionalSupportFields" "()V" => full init_support;
            "isThreadContentionMonitoringEnabled" "()Z" => full are_waits_timed;
            "isThreadCpuTimeEnabled" "()Z" => leaf yes;
            "isThreadAllocatedMemoryEnabled" "()Z" => leaf yes;
            "getTotalClassCount" "()J" => full class_count;
            "getUnloadedClassCount" "()J" => leaf zero;
            "getVerboseClass" "()Z" => leaf no;
            "getVerboseGC" "()Z" => leaf no;
            "getProcessId" "()I" => full process_id;
            "getVmArguments0" "()[Ljava/lang/String;" => full vm_arguments;
            "getStartupTime" "()J" => full startup_millis;
            "getUptime0" "()J" => full uptime_millis;
            "getAvailableProcessors" "()I" => full processors;
            "getTotalCompileTime" "()J" => leaf zero;
            "getTotalThreadCount" "()J" => full started_threads;
            "getLiveThreadCount" "()I" => full live_threads;
            "getPeakThreadCount" "()I" => full peak_threads;
            "getDaemonThreadCount" "()I" => full daemon_threads;
            "getSafepointCount" "()J" => leaf zero;
            "getTotalSafepointTime" "()J" => leaf zero;
            "getSafepointSyncTime" "()J" => leaf zero;
            "getTotalApplicationNonStoppedTime" "()J" => leaf zero;
            "getLoadedClassSize" "()J" => leaf zero;
            "getUnloadedClassSize" "()J" => leaf zero;
            "getClassLoadingTime" "()J" => leaf zero;
            "getMethodDataSize" "()J" => leaf zero;
            "getInitializedClassCount" "()J" => leaf zero;
            "getClassInitializationTime" "()J" => leaf zero;
            "getClassVerificationTime" "()J" => leaf zero;
        }
        "sun/management/ClassLoadingImpl" {
            "setVerboseClass" "(Z)V" => leaf ignore;
        }
    }
}

fn no(_: &Thread, _this: Ref) -> Leaf<bool> {
    Ok(false)
}

fn yes(_: &Thread, _this: Ref) -> Leaf<bool> {
    Ok(true)
}

fn zero(_: &Thread, _this: Ref) -> Leaf<i64> {
    Ok(0)
}

fn ignore(_: &Thread, _on: bool) -> Leaf<()> {
    Ok(())
}

fn are_waits_timed(t: &Thread, _this: Handle) -> Result<bool> {
    Ok(t.vm().threads.are_waits_timed())
}

fn version(t: &Thread) -> Result<Ref> {
    // The interface's version, as HotSpot of the same release gives it.
    string(t, if t.vm().config.release <= 17 { "3.0" } else { "4.0" })
}

fn init_support(t: &Thread) -> Result<()> {
    let class = link::class_by_name(t, "sun/management/VMManagementImpl")?;
    for name in SUPPORTED {
        let at = field_offset(t, class, name, "Z")?;
        t.vm().set_u8(t.vm().mirror(class), at, 1);
    }
    Ok(())
}

fn class_count(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(t.vm().loaders.all_classes().len() as i64)
}

fn process_id(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(state(t).host.process_id().map_or(-1, |pid| pid as i32))
}

fn vm_arguments(t: &Thread, _this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let arguments = &state(t).vm_arguments;
    let array = object::alloc_array(t, vm.known.string_array, arguments.len() as i32)?;
    let array = t.handle(array);
    for (i, argument) in arguments.iter().enumerate() {
        let s = string(t, argument)?;
        vm.set_element(t.get(array), i, s);
    }
    Ok(t.get(array))
}

fn uptime_millis(t: &Thread, _this: Handle) -> Result<i64> {
    let state = state(t);
    Ok((state.host.monotonic_nanos() - state.started_nanos) / 1_000_000)
}

fn startup_millis(t: &Thread, this: Handle) -> Result<i64> {
    let now = state(t).host.wall_clock();
    Ok(now.seconds * 1000 + i64::from(now.nanos / 1_000_000) - uptime_millis(t, this)?)
}

fn processors(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(state(t).host.available_processors() as i32)
}

fn started_threads(t: &Thread, _this: Handle) -> Result<i64> {
    Ok(t.vm().threads.counts().started as i64)
}

fn live_threads(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(t.vm().threads.counts().live as i32)
}

fn peak_threads(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(t.vm().threads.counts().peak as i32)
}

fn daemon_threads(t: &Thread, _this: Handle) -> Result<i32> {
    Ok(t.vm().threads.counts().daemon as i32)
}
