//! The subtype relation (JVMS `instanceof`, 6.5).

use crate::meta::{DISPLAY_LEN, Meta, class_flags};
use crate::vm::Vm;
use gc::ClassId;
use std::sync::atomic::Ordering;

/// Whether `sub` is `sup` or a subtype of it; interfaces and arrays included.
#[inline]
pub fn is_subclass(vm: &Vm, sub: ClassId, sup: ClassId) -> bool {
    is_subclass_raw(&vm.meta, sub, sup)
}

/// [`is_subclass`] for callers that have only the metadata.
#[inline]
pub fn is_subclass_raw(meta: &Meta, sub: ClassId, sup: ClassId) -> bool {
    if sub == sup {
        return true;
    }
    let sub_record = meta.class(sub);
    let sup_record = meta.class(sup);
    if sup_record.is_interface() {
        return sub_record.secondary_cache.load(Ordering::Relaxed) == sup.0
            || in_secondaries(meta, sub, sup);
    }
    if sup_record.flags.load(Ordering::Relaxed) & class_flags::ARRAY != 0 {
        return is_array_subclass(meta, sub, sup);
    }
    let depth = sup_record.depth as usize;
    if depth < DISPLAY_LEN {
        return sub_record.display[depth] == sup;
    }
    let mut c = sub_record;
    while c.depth as usize > depth {
        if c.super_class == sup {
            return true;
        }
        c = meta.class(c.super_class);
    }
    false
}

#[cold]
#[inline(never)]
fn in_secondaries(meta: &Meta, sub: ClassId, sup: ClassId) -> bool {
    let record = meta.class(sub);
    let found = meta.slice(record.secondary_supers).contains(&sup);
    if found {
        record.secondary_cache.store(sup.0, Ordering::Relaxed);
    }
    found
}

fn is_array_subclass(meta: &Meta, sub: ClassId, sup: ClassId) -> bool {
    let s = meta.class(sub);
    if s.flags.load(Ordering::Relaxed) & class_flags::ARRAY == 0 {
        return false;
    }
    let (a, b) = (s.component, meta.class(sup).component);
    if a == b {
        return true;
    }
    let prim = |c| meta.class(c).flags.load(Ordering::Relaxed) & class_flags::PRIMITIVE != 0;
    !prim(a) && !prim(b) && is_subclass_raw(meta, a, b)
}
