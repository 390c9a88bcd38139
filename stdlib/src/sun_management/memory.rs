//! `MemoryImpl`, `MemoryPoolImpl`, `MemoryManagerImpl`, `GarbageCollectorImpl`.

use crate::java_lang::support::{Leaf, get_ref_field, string};
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object, strings};

const YOUNG: &str = "Eden Space";
const OLD: &str = "Tenured Gen";
const MINOR: &str = "Copy";
const FULL: &str = "MarkSweepCompact";
/// What a `MemoryUsage` has for a number that is not known, and a pool for a threshold that it does not have.
const UNDEFINED: i64 = -1;

const POOLS: &str = "()[Ljava/lang/management/MemoryPoolMXBean;";
const MANAGERS: &str = "()[Ljava/lang/management/MemoryManagerMXBean;";

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/management/MemoryImpl" {
            "getMemoryPools0" "()[Ljava/lang/management/MemoryPoolMXBean;" => full make_pools;
            "getMemoryManagers0" "()[Ljava/lang/management/MemoryManagerMXBean;" => full make_managers;
            "getMemoryUsage0" "(Z)Ljava/lang/management/MemoryUsage;" => full usage;
            "setVerboseGC" "(Z)V" => leaf ignore;
        }
        "sun/management/MemoryPoolImpl" {
            "getUsage0" "()Ljava/lang/management/MemoryUsage;" => full pool_usage;
            "getPeakUsage0" "()Ljava/lang/management/MemoryUsage;" => full pool_usage;
            "getCollectionUsage0" "()Ljava/lang/management/MemoryUsage;" => leaf not_known;
            "resetPeakUsage0" "()V" => leaf nop;
            "getMemoryManagers0" "()[Ljava/lang/management/MemoryManagerMXBean;" => full managers;
        }
        "sun/management/MemoryManagerImpl" {
            "getMemoryPools0" "()[Ljava/lang/management/MemoryPoolMXBean;" => full pools;
        }
        "sun/management/GarbageCollectorImpl" {
            "getCollectionCount" "()J" => full collection_count;
            "getCollectionTime" "()J" => full collection_millis;
        }
    }
}

fn nop(_: &Thread, _this: Ref) -> Leaf<()> {
    Ok(())
}

fn ignore(_: &Thread, _this: Ref, _on: bool) -> Leaf<()> {
    Ok(())
}

fn not_known(_: &Thread, _this: Ref) -> Leaf<Ref> {
    Ok(Ref::NULL)
}

/// An array of what `make` of `ManagementFactoryHelper` answers for each name.
fn make_all(
    t: &Thread,
    element: &str,
    make: &str,
    descriptor: &str,
    names: &[&str],
    rest: &[Value],
) -> Result<Ref> {
    let class = link::class_by_name(t, element)?;
    let array = t.handle(object::alloc_ref_array(t, class, names.len())?);
    for (i, name) in names.iter().enumerate() {
        let name = t.handle(string(t, name)?);
        let args = [&[Value::Object(name)], rest].concat();
        let helper = "sun/management/ManagementFactoryHelper";
        let bean = call::call_static(t, helper, make, descriptor, &args)?;
        t.vm().set_element(t.get(array), i, Ref::from_bits(bean as u32));
    }
    Ok(t.get(array))
}

fn make_pools(t: &Thread) -> Result<Ref> {
    let element = "java/lang/management/MemoryPoolMXBean";
    let descriptor = "(Ljava/lang/String;ZJJ)Ljava/lang/management/MemoryPoolMXBean;";
    let rest = [Value::Int(1), Value::Long(UNDEFINED), Value::Long(UNDEFINED)];
    make_all(t, element, "createMemoryPool", descriptor, &[YOUNG, OLD], &rest)
}

fn make_managers(t: &Thread) -> Result<Ref> {
    let element = "java/lang/management/MemoryManagerMXBean";
    let descriptor =
        "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/management/GarbageCollectorMXBean;";
    make_all(t, element, "createGarbageCollector", descriptor, &[MINOR, FULL], &[Value::Null])
}

/// Both collectors work on both pools.
fn managers(t: &Thread, _this: Handle) -> Result<Ref> {
    let all =
        call::call_static(t, "sun/management/MemoryImpl", "getMemoryManagers", MANAGERS, &[])?;
    Ok(Ref::from_bits(all as u32))
}

fn pools(t: &Thread, _this: Handle) -> Result<Ref> {
    let all = call::call_static(t, "sun/management/MemoryImpl", "getMemoryPools", POOLS, &[])?;
    Ok(Ref::from_bits(all as u32))
}

fn new_usage(t: &Thread, used: usize, committed: usize, max: i64) -> Result<Ref> {
    let class = link::class_by_name(t, "java/lang/management/MemoryUsage")?;
    link::init::init_class(t, class)?;
    let args = [
        Value::Long(UNDEFINED),
        Value::Long(used as i64),
        Value::Long(committed.max(used) as i64),
        Value::Long(max),
    ];
    object::new_object(t, class, "(JJJJ)V", &args)
}

fn usage(t: &Thread, _this: Handle, heap: bool) -> Result<Ref> {
    let stats = t.vm().heap.stats();
    if heap {
        let max = stats.max_bytes.max(stats.committed_bytes) as i64;
        return new_usage(t, stats.used_bytes, stats.committed_bytes, max);
    }
    let outside = stats.native_bytes + stats.external_bytes;
    new_usage(t, outside, outside, UNDEFINED)
}

/// The name that a pool or a manager was made with.
fn name(t: &Thread, this: Handle) -> Result<String> {
    let name = get_ref_field(t, this, "name", "Ljava/lang/String;")?;
    Ok(strings::to_rust(t.vm(), name))
}

fn pool_usage(t: &Thread, this: Handle) -> Result<Ref> {
    let stats = t.vm().heap.stats();
    let old = stats.tenured_bytes.min(stats.used_bytes);
    if name(t, this)? == OLD {
        let max = stats.max_bytes.max(stats.committed_bytes) as i64;
        return new_usage(t, old, old, max);
    }
    let committed = stats.committed_bytes.saturating_sub(old);
    new_usage(t, stats.used_bytes - old, committed, UNDEFINED)
}

fn collection_count(t: &Thread, this: Handle) -> Result<i64> {
    let stats = t.vm().heap.stats();
    Ok(if name(t, this)? == MINOR { stats.minor_count } else { stats.full_count } as i64)
}

fn collection_millis(t: &Thread, this: Handle) -> Result<i64> {
    let stats = t.vm().heap.stats();
    let time = if name(t, this)? == MINOR { stats.minor_time } else { stats.full_time };
    Ok(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}
