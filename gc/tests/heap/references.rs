//! Soft, weak, final and phantom references, and weak tables.

use crate::world::*;
use gc::*;

/// A world with one node held by root 0, and a Reference object to it in root 1.
fn with(class: fn(&Classes) -> ClassId, old: bool) -> World {
    let mut world = World::new(small(32 << 20));
    let node = world.node(7);
    world.push(node);
    let class = class(&world.classes);
    world.reference(class, 0);
    if old {
        world.full();
    }
    world
}

fn referent(world: &World) -> Ref {
    world.heap.read_ref(world.roots.slots[1], REFERENT)
}

fn pending(world: &World, report: &GcReport) -> Vec<Ref> {
    let mut all = Vec::new();
    let mut at = report.pending.head;
    while !at.is_null() {
        all.push(at);
        at = world.heap.read_ref(at, DISCOVERED);
    }
    assert_eq!(all.len(), report.pending.count);
    assert_eq!(all.last().copied().unwrap_or_default(), report.pending.tail);
    all
}

fn clears(class: fn(&Classes) -> ClassId, old: bool, request: GcRequest) {
    let mut world = with(class, old);
    if old && request.kind == GcKind::Minor {
        // An old reference to a young object.
        let node = world.node(8);
        world.roots.slots[0] = node;
        world.heap.write_ref(world.roots.slots[1], REFERENT, node);
    }
    let report = world.collect(request);
    assert_eq!(report.pending.count, 0);
    assert_eq!(referent(&world), world.roots.slots[0]);
    if old && request.kind == GcKind::Minor {
        assert!(world.heap.is_young(referent(&world)));
    }
    world.roots.slots[0] = Ref::NULL;
    let report = world.collect(request);
    assert!(referent(&world).is_null());
    assert_eq!(pending(&world, &report), [world.roots.slots[1]]);
    assert_eq!(world.collect(request).pending.count, 0, "notified once");
}

#[test]
fn weak_and_phantom_references_are_cleared() {
    for class in [(|c: &Classes| c.weak) as fn(&Classes) -> ClassId, |c| c.phantom] {
        clears(class, false, GcRequest::MINOR);
        clears(class, false, GcRequest::FULL);
        clears(class, true, GcRequest::MINOR);
        clears(class, true, GcRequest::FULL);
    }
}

#[test]
fn soft_references_yield_to_the_clock_and_to_need() {
    clears(|c| c.soft, false, GcRequest::LAST);
    clears(|c| c.soft, true, GcRequest::LAST);
    let mut world = with(|c| c.soft, false);
    let clock = world.minor().soft_clock_ms;
    world.heap.write_u64(world.roots.slots[1].offset() + TIMESTAMP, clock as u64);
    world.roots.slots[0] = Ref::NULL;
    world.minor();
    world.full();
    assert_eq!(world.value(referent(&world)), 7, "used a moment ago");
    let long_ago = clock - 33 * 1000;
    world.heap.write_u64(world.roots.slots[1].offset() + TIMESTAMP, long_ago as u64);
    world.collect(GcRequest { soft: SoftPolicy::KeepAll, ..GcRequest::FULL });
    assert_eq!(world.value(referent(&world)), 7);
    assert_eq!(world.full().pending.count, 1);
    assert!(referent(&world).is_null());
}

fn finalizes(request: GcRequest) {
    let mut world = with(|c| c.finals, false);
    // node(7) -> node(9): both must survive for the finalizer; weak references do not see them.
    let inner = world.node(9);
    world.heap.write_ref(world.roots.slots[0], NEXT, inner);
    let weak = world.reference(world.classes.weak, 0);
    let phantom = world.reference(world.classes.phantom, 0);
    world.roots.slots[0] = Ref::NULL;
    let report = world.collect(request);
    let [weak, phantom] = [world.roots.slots[weak], world.roots.slots[phantom]];
    assert_eq!(pending(&world, &report), [weak, world.roots.slots[1]]);
    let node = referent(&world);
    assert_eq!(world.value(node), 7);
    assert_eq!(world.value(world.heap.read_ref(node, NEXT)), 9);
    assert_eq!(world.heap.read_ref(phantom, REFERENT), node);
    let next = world.heap.read_ref(world.roots.slots[1], LINK);
    assert_eq!(next, world.roots.slots[1], "a notified FinalReference refers to itself");
    // The finalizer has run: it cleared the referent. Now the phantom reference follows.
    assert_eq!(world.collect(request).pending.count, 0, "finalized once");
    world.heap.write_ref(world.roots.slots[1], REFERENT, Ref::NULL);
    let report = world.collect(GcRequest::FULL);
    assert_eq!(pending(&world, &report), [world.roots.slots[3]]);
}

#[test]
fn final_references_revive_then_phantoms_follow() {
    finalizes(GcRequest::MINOR);
    finalizes(GcRequest::FULL);
}

#[test]
fn finalizable_objects_that_reach_each_other_all_become_pending() {
    for request in [GcRequest::MINOR, GcRequest::FULL] {
        let mut world = World::new(small(32 << 20));
        let (a, b) = (world.node(1), world.node(2));
        world.heap.write_ref(a, NEXT, b);
        world.push(a);
        world.push(b);
        world.reference(world.classes.finals, 0);
        world.reference(world.classes.finals, 1);
        world.roots.slots[0] = Ref::NULL;
        world.roots.slots[1] = Ref::NULL;
        assert_eq!(world.collect(request).pending.count, 2);
    }
}

#[test]
fn many_pending_references_form_one_list() {
    for request in [GcRequest::MINOR, GcRequest::FULL] {
        let mut world = World::new(small(32 << 20));
        let node = world.node(1);
        world.push(node);
        for _ in 0..1000 {
            world.reference(world.classes.weak, 0);
        }
        world.roots.slots[0] = Ref::NULL;
        let report = world.collect(request);
        let mut found = pending(&world, &report);
        let mut all = world.roots.slots[1..].to_vec();
        found.sort();
        all.sort();
        assert_eq!(found, all);
    }
}

#[test]
fn references_in_unreachable_reference_objects_do_nothing() {
    let mut world = with(|c| c.weak, false);
    world.roots.slots.clear();
    assert_eq!(world.minor().pending.count, 0);
}

#[test]
fn a_weak_reference_to_a_young_large_object_is_cleared() {
    let mut world = World::new(small(32 << 20));
    let big = world.array(world.classes.bytes, 100_000, 0).unwrap();
    world.push(big);
    world.reference(world.classes.weak, 0);
    assert_eq!(world.minor().pending.count, 0);
    let big = world.array(world.classes.bytes, 100_000, 0).unwrap();
    world.heap.write_ref(world.roots.slots[1], REFERENT, big);
    assert_eq!(world.minor().pending.count, 1);
    assert!(referent(&world).is_null());
}

#[test]
fn weak_tables_follow_objects() {
    let mut world = World::new(small(32 << 20));
    let (kept, lost) = (world.node(1), world.node(2));
    world.push(kept);
    world.push(lost);
    world.roots.weak.extend([kept, lost]);
    let global = world.roots.globals.add_weak(lost);
    world.minor();
    world.full();
    assert_eq!(world.roots.weak, world.roots.slots);
    assert_eq!(world.value(world.roots.globals.get(&global)), 2);
    let _ = world.roots.slots.pop();
    world.full();
    assert_eq!((world.roots.weak.len(), world.roots.died), (1, 1));
    assert!(world.roots.globals.get(&global).is_null());
    assert_eq!(world.value(world.roots.weak[0]), 1);
}
