//! The heap checker finds what is planted.

use crate::world::*;
use gc::*;
use std::sync::atomic::Ordering;

/// Heap with an old, a young and a large object as roots 0 to 2; `damage` must be found.
fn finds(text: &str, damage: fn(&World, [Ref; 3])) {
    let mut world = World::new(small(16 << 20));
    let old = world.node(1);
    world.push(old);
    world.full();
    let young = world.node(2);
    world.push(young);
    let large = world.refs(50_000);
    world.push(large);
    world.heap.write_ref(world.roots.slots[0], NEXT, world.roots.slots[1]);
    let slots = [0, 1, 2].map(|i| world.roots.slots[i]);
    damage(&world, slots);
    let report = world.heap.collect(GcRequest::FULL, &mut world.roots);
    let error = report.check_error.map(|error| error.to_string());
    let right = error.as_deref().map_or(text.is_empty(), |e| !text.is_empty() && e.contains(text));
    assert!(right, "{error:?} does not say {text:?}");
}

/// Raw store, without the barrier.
fn store(world: &World, object: Ref, offset: usize, value: u32) {
    world.heap.write_u32(object.offset() + offset, value);
}

#[test]
fn a_sound_heap_passes() {
    finds("", |_, _| ());
}

#[test]
fn references_to_no_object_are_found() {
    finds("where no object starts", |world, [old, young, _]| {
        world.heap.write_ref(old, OTHER, Ref::from_bits(young.bits() + 1));
    });
}

#[test]
fn missing_barriers_are_found() {
    finds("on a clean card", |world, [old, young, _]| {
        let far = Ref::from_offset(old.offset());
        store(world, far, NEXT, young.bits());
        let card = world.heap.card_table_offset() + ((old.offset() + NEXT) >> CARD_SHIFT);
        world.heap.write_u8(card, CARD_CLEAN);
    });
}

#[test]
fn damaged_headers_are_found() {
    finds("which is no class", |world, [old, _, _]| store(world, old, 0, 0x0fff_ffff));
    finds("has a size of", |world, [_, young, _]| {
        world.heap.write_u32(young.offset(), world.classes.longs.0);
        world.heap.write_u32(young.offset() + ARRAY_LENGTH_OFFSET, u32::MAX);
    });
}

#[test]
fn lost_roots_are_found() {
    let mut world = World::new(small(16 << 20));
    let node = world.node(1);
    world.roots.words.push(u64::from(node.bits()) + 1);
    let report = world.heap.collect(GcRequest::MINOR, &mut world.roots);
    assert!(report.check_error.unwrap().to_string().contains("a root refers to"));
}

#[test]
fn forwarded_marks_are_found() {
    finds("is forwarded", |world, [old, _, _]| {
        world.heap.mark(old).store(mark::FORWARDED, Ordering::Relaxed);
    });
}
