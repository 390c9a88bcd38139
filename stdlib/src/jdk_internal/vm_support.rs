//! `jdk.internal.vm`, `jdk.internal.platform`, `jdk.internal.invoke`.

use crate::java_lang::support::{Leaf, no, non_null, nop, string, yes};
use crate::state;
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, link};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/vm/VMSupport" {
            "initAgentProperties" "(Ljava/util/Properties;)Ljava/util/Properties;" =>
                full init_agent_properties;
            "getVMTemporaryDirectory" "()Ljava/lang/String;" => full get_temporary_directory;
        }
        "jdk/internal/vm/vector/VectorSupport" {
            "registerNatives" "()I" => leaf zero;
            "getMaxLaneCount" "(Ljava/lang/Class;)I" => leaf no_lanes;
            "getCPUFeatures" "()Ljava/lang/String;" => full get_cpu_features;
        }
        "jdk/internal/vm/ContinuationSupport" {
            "isSupported0" "()Z" => leaf no;
        }
        "jdk/internal/vm/ForeignLinkerSupport" {
            "isSupported0" "()Z" => leaf no;
        }
        // No thread runs in a continuation, so there is none to be kept where it is.
        "jdk/internal/vm/Continuation" {
            "registerNatives" "()V" => leaf nop;
            "pin" "()V" => leaf nop;
            "unpin" "()V" => leaf nop;
        }
        "jdk/internal/platform/CgroupMetrics" {
            "isUseContainerSupport" "()Z" => leaf yes;
            "isContainerized0" "()Z" => full is_containerized;
            "getTotalMemorySize0" "()J" => full get_total_memory;
            "getTotalSwapSize0" "()J" => full get_total_swap;
        }
        "jdk/internal/invoke/NativeEntryPoint" {
            "registerNatives" "()V" => leaf nop;
        }
        "jdk/internal/foreign/abi/NativeEntryPoint" {
            "registerNatives" "()V" => leaf nop;
        }
        "jdk/internal/foreign/abi/UpcallLinker" {
            "registerNatives" "()V" => leaf nop;
        }
        "jdk/internal/foreign/abi/UpcallStubs" {
            "registerNatives" "()V" => leaf nop;
        }
    }
}

/// Adds what an attached agent asks for to its properties.
fn init_agent_properties(t: &Thread, properties: Handle) -> Result<Ref> {
    non_null(t, properties)?;
    let given = &state(t).properties;
    let command = given.iter().find(|(k, _)| k == "sun.java.command").map_or("", |(_, v)| v);
    let arguments = state(t).vm_arguments.join(" ");
    let class = link::class_by_name(t, "java/util/Properties")?;
    let descriptor = "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;";
    let put = call::method(t, class, "put", descriptor)?;
    for (key, value) in
        [("sun.java.command", command), ("sun.jvm.flags", ""), ("sun.jvm.args", arguments.as_str())]
    {
        t.scope(|| {
            let key = Value::Object(t.handle(string(t, key)?));
            let value = Value::Object(t.handle(string(t, value)?));
            call::call_virtual(t, put, &[Value::Object(properties), key, value])
        })?;
    }
    Ok(t.get(properties))
}

fn get_temporary_directory(t: &Thread) -> Result<Ref> {
    string(t, "/tmp")
}

fn zero(_: &Thread) -> Leaf<i32> {
    Ok(0)
}

/// No vector instructions are used.
fn no_lanes(_: &Thread, _element: Ref) -> Leaf<i32> {
    Ok(-1)
}

fn get_cpu_features(t: &Thread) -> Result<Ref> {
    string(t, "")
}

fn is_containerized(t: &Thread) -> Result<bool> {
    Ok(state(t).host.memory().is_ok_and(|m| m.limit_bytes.is_some()))
}

fn get_total_memory(t: &Thread) -> Result<i64> {
    Ok(state(t).host.memory().map_or(0, |m| m.physical_bytes as i64))
}

fn get_total_swap(t: &Thread) -> Result<i64> {
    Ok(state(t).host.memory().map_or(0, |m| m.swap_bytes as i64))
}
