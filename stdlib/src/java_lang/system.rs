//! `java.lang.System`, `Runtime` and `Shutdown`.

use super::arraycopy;
use super::support::{Leaf, nop, set_static_ref, string, text};
use crate::state;
use gc::{GcCause, GcKind, GcRequest, SoftPolicy};
use vm::{Handle, NativeMethod, Ref, Result, Thread, sync};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/System" {
            "registerNatives" "()V" => leaf nop;
            "arraycopy" "(Ljava/lang/Object;ILjava/lang/Object;II)V" =>
                full arraycopy::full, leaf arraycopy::leaf;
            "identityHashCode" "(Ljava/lang/Object;)I" => leaf identity_hash_code;
            "currentTimeMillis" "()J" => leaf current_time_millis;
            "nanoTime" "()J" => leaf nano_time;
            "mapLibraryName" "(Ljava/lang/String;)Ljava/lang/String;" => full map_library_name;
            "setIn0" "(Ljava/io/InputStream;)V" => full set_in;
            "setOut0" "(Ljava/io/PrintStream;)V" => full set_out;
            "setErr0" "(Ljava/io/PrintStream;)V" => full set_err;
        }
        "java/lang/Runtime" {
            "availableProcessors" "()I" => full available_processors;
            "freeMemory" "()J" => leaf free_memory;
            "totalMemory" "()J" => leaf total_memory;
            "maxMemory" "()J" => leaf max_memory;
            "gc" "()V" => full gc;
        }
        "java/lang/Shutdown" {
            "beforeHalt" "()V" => leaf nop;
            "halt0" "(I)V" => full halt;
        }
    }
}

fn identity_hash_code(t: &Thread, object: Ref) -> Leaf<i32> {
    Ok(if object.is_null() { 0 } else { sync::identity_hash(t, object) })
}

fn current_time_millis(t: &Thread) -> Leaf<i64> {
    let now = state(t).host.wall_clock();
    Ok(now.seconds * 1000 + i64::from(now.nanos) / 1_000_000)
}

fn nano_time(t: &Thread) -> Leaf<i64> {
    Ok(state(t).nanos())
}

fn map_library_name(t: &Thread, name: Handle) -> Result<Ref> {
    let name = text(t, name)?;
    string(t, &format!("lib{name}.so"))
}

fn set_in(t: &Thread, stream: Handle) -> Result<()> {
    set_static_ref(t, t.vm().known.system, "in", "Ljava/io/InputStream;", stream)
}

fn set_out(t: &Thread, stream: Handle) -> Result<()> {
    set_static_ref(t, t.vm().known.system, "out", "Ljava/io/PrintStream;", stream)
}

fn set_err(t: &Thread, stream: Handle) -> Result<()> {
    set_static_ref(t, t.vm().known.system, "err", "Ljava/io/PrintStream;", stream)
}

fn available_processors(t: &Thread, _runtime: Handle) -> Result<i32> {
    Ok(state(t).host.available_processors().clamp(1, i32::MAX as usize) as i32)
}

fn free_memory(t: &Thread, _runtime: Ref) -> Leaf<i64> {
    let stats = t.vm().heap.stats();
    Ok(stats.committed_bytes.saturating_sub(stats.used_bytes) as i64)
}

fn total_memory(t: &Thread, _runtime: Ref) -> Leaf<i64> {
    Ok(t.vm().heap.stats().committed_bytes as i64)
}

fn max_memory(t: &Thread, _runtime: Ref) -> Leaf<i64> {
    Ok(t.vm().heap.stats().max_bytes as i64)
}

fn gc(t: &Thread, _runtime: Handle) -> Result<()> {
    let request =
        GcRequest { kind: GcKind::Full, cause: GcCause::Explicit, soft: SoftPolicy::ByClock };
    sync::collect(t, request)
}

fn halt(t: &Thread, code: i32) -> Result<()> {
    Err(sync::halt(t, code))
}
