//! Objects survive, move, and keep what they hold.

use crate::world::*;
use gc::*;
use std::sync::atomic::Ordering;

/// Pushes the head of a list of `count` nodes with values `count-1 ..= 0`.
fn list(world: &mut World, count: u64) -> usize {
    let root = world.push(Ref::NULL);
    for value in 0..count {
        let node = world.node(value);
        world.heap.write_ref(node, NEXT, world.roots.slots[root]);
        world.roots.slots[root] = node;
    }
    root
}

fn check_list(world: &World, root: usize, count: u64) {
    let mut node = world.roots.slots[root];
    for value in (0..count).rev() {
        assert_eq!(world.value(node), value);
        node = world.heap.read_ref(node, NEXT);
    }
    assert!(node.is_null());
}

#[test]
fn a_million_nodes_need_no_recursion() {
    let mut world = World::new(HeapConfig { check: false, ..small(256 << 20) });
    let root = list(&mut world, 1_000_000);
    check_list(&world, root, 1_000_000);
    world.full();
    check_list(&world, root, 1_000_000);
    world.minor();
    world.heap.check().unwrap();
    check_list(&world, root, 1_000_000);
    assert!(world.reports.iter().any(|r| r.kind == GcKind::Minor && r.promoted_bytes > 0));
}

#[test]
fn garbage_goes_and_memory_is_zero_again() {
    let mut world = World::new(small(16 << 20));
    for round in 0..200_000u64 {
        let node = world.node(!round);
        assert!(world.heap.read_ref(node, NEXT).is_null());
        assert!(world.heap.read_ref(node, OTHER).is_null());
        assert_eq!(world.heap.mark(node).load(Ordering::Relaxed), 0);
        world.heap.write_ref(node, OTHER, node);
    }
    world.minor();
    assert_eq!(world.heap.used_bytes(), 0);
}

#[test]
fn survivors_age_and_are_promoted() {
    let mut world = World::new(small(32 << 20));
    let root = list(&mut world, 100);
    let mut promoted = 0;
    for _ in 0..20 {
        promoted += world.minor().promoted_bytes;
        check_list(&world, root, 100);
    }
    assert_eq!(promoted, 100 * NODE_BYTES);
    assert!(!world.heap.is_young(world.roots.slots[root]));
}

#[test]
fn old_objects_keep_young_ones_through_cards() {
    let mut world = World::new(small(32 << 20));
    let root = list(&mut world, 1000);
    world.full();
    assert!(!world.heap.is_young(world.roots.slots[root]));
    let mut node = world.roots.slots[root];
    while !node.is_null() {
        world.roots.words.push(u64::from(node.bits()));
        node = world.heap.read_ref(node, NEXT);
    }
    for i in (0..1000).step_by(37) {
        let fresh = world.node(i as u64 + 5000);
        let old = Ref::from_bits(world.roots.words[i] as u32);
        world.heap.write_ref(old, OTHER, fresh);
    }
    for _ in 0..20 {
        world.minor();
        for i in (0..1000).step_by(37) {
            let old = Ref::from_bits(world.roots.words[i] as u32);
            assert_eq!(world.value(world.heap.read_ref(old, OTHER)), i as u64 + 5000);
        }
    }
}

#[test]
fn stress_moves_every_object_and_keeps_hashes() {
    let mut world = World::new(stressed(16 << 20, u64::MAX));
    let root = list(&mut world, 50);
    let hash = |i: u32| (i + 1) << mark::PAYLOAD_SHIFT;
    let places = |world: &World| {
        let mut all = Vec::new();
        let mut node = world.roots.slots[root];
        while !node.is_null() {
            all.push(node);
            node = world.heap.read_ref(node, NEXT);
        }
        all
    };
    for (i, node) in places(&world).into_iter().enumerate() {
        world.heap.mark(node).store(hash(i as u32), Ordering::Relaxed);
    }
    for round in 0..12 {
        let before = places(&world);
        if round % 2 == 0 {
            world.full()
        } else {
            world.minor()
        };
        let after = places(&world);
        for (i, (old, new)) in before.iter().zip(&after).enumerate() {
            assert!(round % 2 == 1 || old != new, "a full collection moves everything");
            let word = world.heap.mark(*new).load(Ordering::Relaxed);
            assert_eq!(word & !mark::AGE_MASK, hash(i as u32));
        }
    }
}

#[test]
fn large_objects_stay_put_and_die_young() {
    let mut world = World::new(small(64 << 20));
    let refs = world.refs(100_000);
    let root = world.push(refs);
    for i in 0..1000 {
        let node = world.node(i);
        world.set_element(world.roots.slots[root], i as usize * 97, node);
    }
    for round in 0..8 {
        let bytes = world.array(world.classes.bytes, 1 << 20, 0).unwrap();
        assert!(world.heap.is_immovable(bytes));
        for at in (0..1 << 20).step_by(4096) {
            assert_eq!(world.heap.read_u8(bytes.offset() + ARRAY_DATA_OFFSET + at), 0);
            world.heap.write_u8(bytes.offset() + ARRAY_DATA_OFFSET + at, 7);
        }
        let report = if round % 4 == 3 { world.full() } else { world.minor() };
        assert!(report.large_freed_bytes >= 1 << 20);
        assert_eq!(world.roots.slots[root], refs);
        for i in 0..1000 {
            let node = world.element(refs, i as usize * 97);
            assert_eq!(world.value(node), i);
        }
    }
}

#[test]
fn young_large_arrays_are_traced_when_reached() {
    let mut world = World::new(small(64 << 20));
    let holder = world.node(1);
    let root = world.push(holder);
    let refs = world.refs(20_000);
    world.heap.write_ref(world.roots.slots[root], NEXT, refs);
    let node = world.node(99);
    world.set_element(world.heap.read_ref(world.roots.slots[root], NEXT), 19_999, node);
    for _ in 0..4 {
        world.minor();
        let refs = world.heap.read_ref(world.roots.slots[root], NEXT);
        assert_eq!(world.value(world.element(refs, 19_999)), 99);
    }
    world.roots.slots[root] = Ref::NULL;
    assert_eq!(world.full().large_freed_bytes, (20_000 * 4 + 16usize).next_multiple_of(4096));
}

#[test]
fn mirrors_keep_statics_and_live_as_long_as_instances() {
    let mut world = World::new(small(32 << 20));
    let (mirror, class_mirror) = (world.mirror(3), world.mirror(0));
    world.set_class_mirror(world.classes.mirror, class_mirror);
    world.set_class_mirror(world.classes.node, mirror);
    let value = world.node(42);
    world.heap.write_ref(mirror, MIRROR_FIRST_STATIC + 8, value);
    let instance = world.node(0);
    let root = world.push(instance);
    let unused: Vec<Ref> = (0..100).map(|_| world.mirror(5)).collect();
    world.roots.weak.extend([mirror, class_mirror]);
    for _ in 0..3 {
        world.minor();
        world.full();
        assert_eq!(world.value(world.heap.read_ref(mirror, MIRROR_FIRST_STATIC + 8)), 42);
        assert_eq!(world.roots.weak, [mirror, class_mirror]);
    }
    // The cells of the dead mirrors are used again.
    assert_eq!(world.mirror(5), unused[0]);
    world.set_class_mirror(world.classes.node, Ref::NULL);
    world.roots.slots[root] = Ref::NULL;
    world.full();
    assert!(world.roots.weak.is_empty(), "no instance is left of either class");
    assert_eq!(world.heap.stats().tenured_bytes, 0);
}

#[test]
fn full_collections_return_memory() {
    let mut world = World::new(HeapConfig { check: false, ..small(256 << 20) });
    let root = list(&mut world, 2_000_000);
    world.full();
    let resident = |world: &World| {
        let old = world.heap.areas().old;
        let mut pages = vec![0u8; old.len() / 4096];
        // SAFETY: the vector has a byte for every page of the span.
        let done = unsafe {
            let start = world.heap.base().add(old.start);
            libc::mincore(start.cast(), old.len(), pages.as_mut_ptr())
        };
        assert_eq!(done, 0);
        pages.iter().filter(|p| **p & 1 != 0).count() * 4096
    };
    assert!(resident(&world) > 40 << 20);
    world.roots.slots[root] = Ref::NULL;
    world.full();
    assert!(resident(&world) < 1 << 20);
}

#[test]
fn memory_that_was_a_piece_of_a_whole_image_is_zero_when_it_is_free() {
    let mut world = World::new(small(64 << 20));
    let bytes = world.array(world.classes.bytes, 1 << 20, 0).unwrap();
    let at = |n: usize| bytes.offset() + ARRAY_DATA_OFFSET + n;
    (0..1 << 20).for_each(|n| world.heap.write_u8(at(n), 7));
    let root = world.push(bytes);
    world.full();
    world.roots.tlabs = vec![Tlab::empty()];
    let mut world = world.through_an_image(small(64 << 20), ImageKind::Whole);
    assert_eq!(world.heap.read_u8(at(99_999)), 7);
    world.roots.slots[root] = Ref::NULL;
    assert!(world.full().large_freed_bytes >= 1 << 20);
    let again = world.array(world.classes.bytes, 1 << 20, 0).unwrap();
    assert_eq!(again, bytes, "the same pages");
    assert!((0..1 << 20).all(|n| world.heap.read_u8(at(n)) == 0));
}
