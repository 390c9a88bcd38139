//! `jdk.internal.misc`: `CDS`, `VM`, `PreviewFeatures`.

use crate::host::Links;
use crate::java_lang::support::{Leaf, no, nop, string};
use crate::state;
use std::path::Path;
use vm::{NativeMethod, Ref, Result, Thread, backtrace, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/CDS" {
            "isDumpingClassList0" "()Z" => leaf no;
            "isDumpingArchive0" "()Z" => leaf no;
            "isSharingEnabled0" "()Z" => leaf no;
            "getCDSConfigStatus" "()I" => leaf zero_int;
            "needsClassInitBarrier0" "(Ljava/lang/Class;)Z" => leaf no_for;
            "getRandomSeedForDumping" "()J" => leaf zero;
            "initializeFromArchive" "(Ljava/lang/Class;)V" => leaf ignore;
            "defineArchivedModules" "(Ljava/lang/ClassLoader;Ljava/lang/ClassLoader;)V" => leaf ignore_two;
            "logLambdaFormInvoker" "(Ljava/lang/String;)V" => leaf ignore;
            "dumpClassList" "(Ljava/lang/String;)V" => leaf ignore;
            "dumpDynamicArchive" "(Ljava/lang/String;)V" => leaf ignore;
        }
        "jdk/internal/misc/VM" {
            "initialize" "()V" => leaf nop;
            "latestUserDefinedLoader0" "()Ljava/lang/ClassLoader;" => full latest_user_defined_loader;
            "getNanoTimeAdjustment" "(J)J" => leaf get_nano_time_adjustment;
            "getuid" "()J" => full get_uid;
            "geteuid" "()J" => full get_uid;
            "getgid" "()J" => full get_gid;
            "getegid" "()J" => full get_gid;
            "getRuntimeArguments" "()[Ljava/lang/String;" => full get_runtime_arguments;
        }
        "jdk/internal/misc/PreviewFeatures" {
            "isPreviewEnabled" "()Z" => leaf is_preview_enabled;
        }
    }
}

fn is_preview_enabled(t: &Thread) -> Leaf<bool> {
    Ok(t.vm().config.preview)
}

fn zero(_: &Thread) -> Leaf<i64> {
    Ok(0)
}

fn zero_int(_: &Thread) -> Leaf<i32> {
    Ok(0)
}

fn no_for(_: &Thread, _class: Ref) -> Leaf<bool> {
    Ok(false)
}

fn ignore(_: &Thread, _what: Ref) -> Leaf<()> {
    Ok(())
}

fn ignore_two(_: &Thread, _a: Ref, _b: Ref) -> Leaf<()> {
    Ok(())
}

/// The loader of the nearest frame whose loader is neither the boot nor the platform loader.
fn latest_user_defined_loader(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let found = backtrace::frames(t)
        .map(|f| vm.method(f.method))
        .filter(|m| !backtrace::is_reflective(vm, m))
        .map(|m| vm.class(m.class).loader)
        .find(|&l| !vm.loaders.is_privileged(l));
    Ok(found.map_or(Ref::NULL, |l| vm.loaders.object(l)))
}

/// Nanoseconds between a moment in seconds and now; -1 if that is too much.
fn get_nano_time_adjustment(t: &Thread, offset_seconds: i64) -> Leaf<i64> {
    const MAX_SECONDS: i64 = 1 << 32;
    let now = state(t).host.wall_clock();
    let seconds = now.seconds.wrapping_sub(offset_seconds);
    if seconds <= -MAX_SECONDS || seconds >= MAX_SECONDS {
        return Ok(-1);
    }
    Ok(seconds * 1_000_000_000 + i64::from(now.nanos))
}

/// The owner of this process, as the host shows it; -1 if it does not.
fn owner(t: &Thread) -> Option<(u32, u32)> {
    let stat = state(t).host.stat(Path::new("/proc/self"), Links::Follow).ok()?;
    Some((stat.uid, stat.gid))
}

fn get_uid(t: &Thread) -> Result<i64> {
    Ok(owner(t).map_or(-1, |o| i64::from(o.0)))
}

fn get_gid(t: &Thread) -> Result<i64> {
    Ok(owner(t).map_or(-1, |o| i64::from(o.1)))
}

fn get_runtime_arguments(t: &Thread) -> Result<Ref> {
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
