//! The heap limit is hard, and running into it is survivable.

use crate::world::*;
use gc::*;

/// Fills the heap with nodes until there is no more; returns how many.
fn fill(world: &mut World) -> usize {
    let root = world.push(Ref::NULL);
    let class = world.classes.node;
    let mut count = 0;
    while let Ok(node) = world.with_retry(|heap, tlab| heap.alloc(tlab, class, NODE_BYTES)) {
        world.heap.write_ref(node, NEXT, world.roots.slots[root]);
        world.roots.slots[root] = node;
        count += 1;
    }
    count
}

#[test]
fn out_of_memory_and_going_on() {
    for max in [2 << 20, 16 << 20] {
        let mut world = World::new(HeapConfig { check: max < 4 << 20, ..small(max) });
        for _ in 0..3 {
            let bytes = fill(&mut world) * NODE_BYTES;
            assert!(bytes > max / 10 * 9 && bytes <= max, "{bytes} of {max}");
            assert!(world.heap.used_bytes() <= max);
            world.roots.slots.clear();
        }
        world.full();
        assert_eq!(world.heap.used_bytes(), 0);
    }
}

#[test]
fn external_memory_counts() {
    let mut world = World::new(HeapConfig { check: false, ..small(16 << 20) });
    assert!(world.heap.add_external(4 << 20));
    let bytes = fill(&mut world) * NODE_BYTES;
    assert!(bytes > 10 << 20 && bytes <= 12 << 20, "{bytes}");
    assert!(!world.heap.add_external(1 << 20));
    world.roots.slots.clear();
    world.heap.sub_external(4 << 20);
    world.full();
    assert!(world.heap.add_external(8 << 20));
}

#[test]
fn arrays_beyond_the_limit_fail_at_once() {
    let mut world = World::new(small(16 << 20));
    for (length, shift) in [(i32::MAX as u32, 3), (i32::MAX as u32, 0), (3 << 20, 3)] {
        let class = if shift == 3 { world.classes.longs } else { world.classes.bytes };
        let tlab = &mut world.roots.tlabs[0];
        let result = world.heap.alloc_array(tlab, class, length, shift);
        assert_eq!(result, Err(AllocFailure::OutOfMemory));
    }
    assert!(world.reports.is_empty());
}

#[test]
fn a_large_array_takes_the_room_that_eden_had() {
    let mut world = World::new(small(16 << 20));
    let bytes = world.classes.bytes;
    for megabytes in [4, 8, 12, 15] {
        let array = world.array(bytes, megabytes << 20, 0).unwrap();
        world.push(array);
        world.node(1);
        world.roots.slots.clear();
    }
    let array = world.array(bytes, 8 << 20, 0).unwrap();
    world.push(array);
    assert_eq!(world.array(bytes, 9 << 20, 0), Err(OutOfMemory));
    world.roots.slots.clear();
    assert!(world.array(bytes, 9 << 20, 0).is_ok());
}

#[test]
fn fragmented_large_space_recovers() {
    let mut world = World::new(HeapConfig { check: false, ..small(64 << 20) });
    let mut random = Random(11);
    for _ in 0..3000 {
        let length = 32_768 + random.below(1 << 20) as u32;
        let array = world.array(world.classes.bytes, length, 0).unwrap();
        world.roots.slots.push(array);
        if world.roots.slots.len() > 40 {
            let at = random.below(40);
            world.roots.slots.swap_remove(at);
        }
    }
    world.heap.check().unwrap();
    world.roots.slots.clear();
    world.array(world.classes.bytes, 60 << 20, 0).unwrap();
}

#[test]
fn immovable_space_is_limited_and_reused() {
    let mut world = World::new(HeapConfig { check: false, ..small(4 << 20) });
    let (class, mut all) = (world.classes.node, Vec::new());
    while let Ok(node) = world.with_retry(|heap, _| heap.alloc_immovable(class, NODE_BYTES)) {
        all.push(node);
        world.roots.slots.push(node);
    }
    assert!(all.len() * NODE_BYTES > 3 << 20);
    let mut index = 0;
    world.roots.slots.retain(|_| {
        index += 1;
        index % 2 == 0
    });
    world.full();
    world.heap.check().unwrap();
    let again = world.with_retry(|heap, _| heap.alloc_immovable(class, NODE_BYTES)).unwrap();
    assert!(all.contains(&again) && !world.roots.slots.contains(&again));
    let array = world
        .with_retry(|heap, _| heap.alloc_immovable_array(world_refs(heap, class), 9, 2))
        .unwrap();
    assert_eq!(world.heap.array_length(array), 9);
}

/// The reference array class, which [`World`] defines third after nodes.
fn world_refs(heap: &Heap, node: ClassId) -> ClassId {
    (node.0 + 1..).map(ClassId).find(|c| heap.shape(*c).kind == Kind::RefArray as u8).unwrap()
}

#[test]
fn ranges_that_can_not_be_are_refused_clearly() {
    let error = Heap::new(HeapConfig { max_heap_bytes: 40 << 30, ..HeapConfig::default() });
    let text = error.err().unwrap().to_string();
    assert!(text.contains("40960 MiB") && text.contains("smaller heap"), "{text}");
    let areas = Areas::plan(&RangeConfig { max_heap_bytes: 12 << 30, ..Default::default() });
    assert!(areas.unwrap().large.end <= 32 << 30);
}

#[test]
fn threads_allocate_at_once() {
    let world = World::new(small(64 << 20));
    let (heap, class) = (&world.heap, world.classes.node);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                let mut tlab = Tlab::empty();
                for _ in 0..50_000 {
                    heap.alloc(&mut tlab, class, NODE_BYTES).unwrap();
                }
                heap.retire_tlab(&mut tlab);
            });
        }
    });
    world.heap.check().unwrap();
}

#[test]
fn native_memory_is_counted_and_comes_back() {
    let config = HeapConfig { native_limit_bytes: 1 << 20, ..small(4 << 20) };
    let heap = Heap::new(config).unwrap();
    let native = heap.native();
    let mut blocks = Vec::new();
    let mut random = Random(3);
    for round in 0..20_000u64 {
        let bytes = random.below(if round % 10 == 0 { 20_000 } else { 300 });
        if blocks.len() > 100 {
            let (block, size, tag): (u64, usize, u8) =
                blocks.swap_remove(random.below(blocks.len()));
            assert!((0..size).all(|i| heap.read_u8(block as usize + i) == tag));
            if round % 3 == 0 {
                let block = native.realloc(block, bytes).unwrap();
                assert!((0..size.min(bytes)).all(|i| heap.read_u8(block as usize + i) == tag));
                (0..bytes).for_each(|i| heap.write_u8(block as usize + i, tag));
                blocks.push((block, bytes, tag));
            } else {
                native.free(block);
            }
        } else {
            let block = native.malloc(bytes).unwrap();
            assert_eq!(block % 16, 0);
            (0..bytes).for_each(|i| heap.write_u8(block as usize + i, round as u8));
            blocks.push((block, bytes, round as u8));
        }
    }
    assert!(native.malloc(2 << 20).is_none(), "beyond the limit");
    blocks.iter().for_each(|b| native.free(b.0));
    assert_eq!(native.used_bytes(), 0);
    let pages = native.reserve_pages(10_000).unwrap();
    assert_eq!((pages % 4096, native.used_bytes()), (0, 12_288));
    heap.write_u8(pages as usize, 1);
    native.release_pages(pages);
    assert_eq!((heap.read_u8(pages as usize), native.used_bytes()), (0, 0));
    native.free(12345);
}
