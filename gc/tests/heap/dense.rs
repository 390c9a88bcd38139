//! Full collections of a heap whose old generation holds next to no garbage: it stays where it is.

use crate::world::*;
use gc::*;

/// Puts `count` nodes into the old generation, each with its number; answers where they are.
fn old_nodes(world: &mut World, count: u64) -> Vec<Ref> {
    let array = world.refs(count as u32);
    let root = world.push(array);
    for value in 0..count {
        let node = world.node(value);
        world.set_element(world.roots.slots[root], value as usize, node);
    }
    world.full();
    // Once more, so that they lie in the order in which they were made.
    world.full();
    (0..count as usize).map(|i| world.element(world.roots.slots[root], i)).collect()
}

fn world() -> World {
    World::new(small(128 << 20))
}

/// Lets go of every node whose number is a multiple of `of`.
fn drop_each(world: &mut World, nodes: &[Ref], of: usize) {
    for i in (0..nodes.len()).step_by(of) {
        world.set_element(world.roots.slots[0], i, Ref::NULL);
    }
}

fn check(world: &World, nodes: &[Ref], dropped: usize) {
    for (i, &node) in nodes.iter().enumerate().filter(|(i, _)| i % dropped != 0) {
        assert_eq!(world.element(world.roots.slots[0], i), node, "node {i} stays");
        assert_eq!(world.value(node), i as u64);
    }
}

#[test]
fn old_objects_stay_and_young_ones_come_to_them() {
    let mut world = world();
    let nodes = old_nodes(&mut world, 50_000);
    drop_each(&mut world, &nodes, 40);
    for i in (1..nodes.len()).step_by(37).filter(|i| i % 40 != 0) {
        let young = world.node(i as u64 + 1_000_000);
        world.heap.write_ref(nodes[i], OTHER, young);
        world.heap.write_ref(young, NEXT, nodes[i]);
    }
    let before = world.heap.used_bytes();
    assert_eq!(world.full().kind, GcKind::Full);
    check(&world, &nodes, 40);
    // Garbage of the old generation has not gone, that of the young one has.
    assert!(world.heap.used_bytes() <= before && world.heap.used_bytes() > before - 10_000);
    for _ in 0..3 {
        for i in (1..nodes.len()).step_by(37).filter(|i| i % 40 != 0) {
            let young = world.heap.read_ref(nodes[i], OTHER);
            assert_eq!(world.value(young), i as u64 + 1_000_000);
            assert_eq!(world.heap.read_ref(young, NEXT), nodes[i]);
            assert!(!world.heap.is_young(young));
        }
        world.minor();
        world.full();
        check(&world, &nodes, 40);
    }
}

#[test]
fn more_garbage_is_worth_sliding() {
    let mut world = world();
    let nodes = old_nodes(&mut world, 50_000);
    drop_each(&mut world, &nodes, 4);
    let before = world.heap.used_bytes();
    world.full();
    assert_eq!(world.heap.used_bytes(), before - nodes.len().div_ceil(4) * NODE_BYTES);
    assert_ne!(world.element(world.roots.slots[0], nodes.len() - 1), nodes[nodes.len() - 1]);
}

#[test]
fn the_last_attempt_takes_all_garbage() {
    let mut world = world();
    let nodes = old_nodes(&mut world, 50_000);
    drop_each(&mut world, &nodes, 1000);
    let before = world.heap.used_bytes();
    world.collect(GcRequest::LAST);
    assert_eq!(world.heap.used_bytes(), before - 50 * NODE_BYTES);
}

#[test]
fn long_gaps_are_filled() {
    let mut world = world();
    let array = world.refs(40);
    let garbage = world.push(array);
    for i in 0..40 {
        let bytes = world.array(world.classes.bytes, 30_000, 0).expect("room");
        world.set_element(world.roots.slots[garbage], i, bytes);
    }
    // Behind each other, and between what stays.
    world.full();
    world.roots.slots.swap_remove(garbage);
    let nodes = old_nodes(&mut world, 1_000_000);
    let (used, live) = (world.heap.used_bytes(), nodes.len() * NODE_BYTES);
    assert!(used > live + (1 << 20), "the arrays are filling now: {used} for {live}");
    for round in 0..3 {
        world.node(round);
        world.full();
        world.minor();
    }
    check(&world, &nodes, usize::MAX);
}

#[test]
fn references_from_old_to_young() {
    let mut world = world();
    let nodes = old_nodes(&mut world, 50_000);
    let [kept, lost] = [1, 2].map(|value| {
        let node = world.node(value);
        world.push(node)
    });
    let old =
        [(world.classes.weak, kept), (world.classes.weak, lost), (world.classes.phantom, lost)];
    let old = old.map(|(class, referent)| world.reference(class, referent));
    world.full();
    // What they refer to is young.
    let [kept_node, lost_node] = [3, 4].map(|value| {
        let node = world.node(value);
        world.push(node)
    });
    for (i, referent) in [kept_node, lost_node, lost_node].into_iter().enumerate() {
        let reference = world.roots.slots[old[i]];
        assert!(!world.heap.is_young(reference));
        world.heap.write_ref(reference, REFERENT, world.roots.slots[referent]);
    }
    let young = world.reference(world.classes.phantom, lost_node);
    world.roots.slots[lost_node] = Ref::NULL;
    let report = world.full();
    check(&world, &nodes, usize::MAX);
    let referent = |root: usize| world.heap.read_ref(world.roots.slots[root], REFERENT);
    assert_eq!(world.value(referent(old[0])), 3);
    assert_eq!(referent(old[0]), world.roots.slots[kept_node]);
    assert_eq!([referent(old[1]), referent(old[2]), referent(young)], [Ref::NULL; 3]);
    let mut pending = vec![report.pending.head];
    while pending[pending.len() - 1] != report.pending.tail {
        pending.push(world.heap.read_ref(pending[pending.len() - 1], DISCOVERED));
    }
    pending.sort();
    let mut expected = [old[1], old[2], young].map(|root| world.roots.slots[root]);
    expected.sort();
    assert_eq!(pending, expected);
}
