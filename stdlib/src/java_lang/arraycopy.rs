//! `System.arraycopy` (JLS: `java.lang.System`), with HotSpot's messages.

use super::support::Leaf;
use gc::{ARRAY_DATA_OFFSET, Kind};
use vm::meta::BasicType;
use vm::native::{Retry, Thrown};
use vm::{ClassId, Handle, Ref, Result, Thread, Vm, exceptions, link};

/// Copies where nothing can go wrong.
pub(super) fn leaf(t: &Thread, src: Ref, from: i32, dst: Ref, to: i32, len: i32) -> Leaf<()> {
    let vm = t.vm();
    if src.is_null() || dst.is_null() || (from | to | len) < 0 {
        return Err(Retry);
    }
    let (sc, dc) = (vm.class_of(src), vm.class_of(dst));
    let (s, d) = (vm.class(sc), vm.class(dc));
    if !s.is_array() || !d.is_array() {
        return Err(Retry);
    }
    let refs = s.shape.kind == Kind::RefArray as u8;
    let fits = sc == dc
        || (refs
            && d.shape.kind == Kind::RefArray as u8
            && link::is_subclass(vm, s.component, d.component));
    let (from, to, len) = (from as usize, to as usize, len as usize);
    if !fits || from + len > vm.array_len(src) || to + len > vm.array_len(dst) {
        return Err(Retry);
    }
    copy(vm, src, from, dst, to, len, s.shape.element_shift as u32, refs);
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "two places, a length and the kind of the elements")]
fn copy(vm: &Vm, src: Ref, from: usize, dst: Ref, to: usize, len: usize, shift: u32, refs: bool) {
    let at = |array: Ref, index: usize| array.offset() + ARRAY_DATA_OFFSET + (index << shift);
    let bytes = len << shift;
    vm.heap.copy_bytes(at(src, from), at(dst, to), bytes);
    if refs && bytes != 0 {
        vm.heap.write_barrier_range(at(dst, to), bytes);
    }
}

/// The slow cases: errors, and element-wise checks.
pub(super) fn full(
    t: &Thread,
    src: Handle,
    from: i32,
    dst: Handle,
    to: i32,
    len: i32,
) -> Result<()> {
    let (src, dst) = (t.get(src), t.get(dst));
    if leaf(t, src, from, dst, to, len).is_ok() {
        return Ok(());
    }
    if src.is_null() || dst.is_null() {
        return Err(exceptions::npe(t));
    }
    let vm = t.vm();
    let (sc, dc) = (vm.class_of(src), vm.class_of(dst));
    check_types(t, sc, dc)?;
    check_bounds(t, src, from, dst, to, len)?;
    copy_checked(t, (sc, src, from as usize), (dc, dst, to as usize), len as usize)
}

#[cold]
fn store_error(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/lang/ArrayStoreException", &format!("arraycopy: {message}"))
}

/// `int` for `int[]`, `object array` for arrays of references.
fn word(vm: &Vm, array: ClassId) -> &'static str {
    let record = vm.class(array);
    match record.shape.kind == Kind::RefArray as u8 {
        true => "object array",
        false => BasicType::from_u8(record.element_type).name(),
    }
}

fn check_types(t: &Thread, sc: ClassId, dc: ClassId) -> Result<()> {
    let vm = t.vm();
    if !vm.class(sc).is_array() {
        let name = vm.external_name(sc);
        return Err(store_error(t, &format!("source type {name} is not an array")));
    }
    if !vm.class(dc).is_array() {
        let name = vm.external_name(dc);
        return Err(store_error(t, &format!("destination type {name} is not an array")));
    }
    let refs = |c: ClassId| vm.class(c).shape.kind == Kind::RefArray as u8;
    if sc != dc && !(refs(sc) && refs(dc)) {
        let (a, b) = (word(vm, sc), word(vm, dc));
        return Err(store_error(t, &format!("type mismatch: can not copy {a}[] into {b}[]")));
    }
    Ok(())
}

fn check_bounds(t: &Thread, src: Ref, from: i32, dst: Ref, to: i32, len: i32) -> Result<()> {
    let vm = t.vm();
    let (sl, dl) = (vm.array_len(src) as u32, vm.array_len(dst) as u32);
    let (sw, dw) = (word(vm, vm.class_of(src)), word(vm, vm.class_of(dst)));
    let (last_from, last_to) =
        ((from as u32).wrapping_add(len as u32), (to as u32).wrapping_add(len as u32));
    let msg = if from < 0 {
        format!("source index {from} out of bounds for {sw}[{sl}]")
    } else if to < 0 {
        format!("destination index {to} out of bounds for {dw}[{dl}]")
    } else if len < 0 {
        format!("length {len} is negative")
    } else if last_from > sl {
        format!("last source index {last_from} out of bounds for {sw}[{sl}]")
    } else if last_to > dl {
        format!("last destination index {last_to} out of bounds for {dw}[{dl}]")
    } else {
        return Ok(());
    };
    let class = "java/lang/ArrayIndexOutOfBoundsException";
    Err(exceptions::throw(t, class, &format!("arraycopy: {msg}")))
}

type Place = (ClassId, Ref, usize);

/// References whose classes must be looked at one by one; those before the first misfit are copied.
fn copy_checked(
    t: &Thread,
    (sc, src, from): Place,
    (dc, dst, to): Place,
    len: usize,
) -> Result<()> {
    let vm = t.vm();
    let (stype, bound) = (vm.class(sc).component, vm.class(dc).component);
    let mut fitting = 0;
    while fitting < len {
        let e = vm.element(src, from + fitting);
        if !e.is_null() && !link::is_subclass(vm, vm.class_of(e), bound) {
            break;
        }
        fitting += 1;
    }
    copy(vm, src, from, dst, to, fitting, 2, true);
    if fitting == len {
        return Ok(());
    }
    let (s, b) = (vm.external_name(stype), vm.external_name(bound));
    Err(if link::is_subclass(vm, bound, stype) {
        store_error(
            t,
            &format!(
                "element type mismatch: can not cast one of the elements of {s}[] to the type of \
                 the destination array, {b}"
            ),
        )
    } else {
        store_error(t, &format!("type mismatch: can not copy {s}[] into {b}[]"))
    })
}
