//! Allocation and collections with synthetic object graphs.

#![allow(missing_docs, reason = "criterion's macro makes a public function")]

#[path = "../tests/heap/world.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gc::*;
use std::hint::black_box;
use world::*;

fn config() -> HeapConfig {
    HeapConfig {
        initial_heap_bytes: 1 << 30,
        young_bytes: Some(512 << 20),
        check: false,
        ..small(3 << 30)
    }
}

/// Replaces root 0 by a binary tree with 2^depth - 1 nodes.
fn tree(world: &mut World, depth: u32) {
    let nodes = 1usize << depth;
    let class = world.classes.node;
    let start = world.roots.slots.len();
    for i in 0..nodes {
        let node = world.with_retry(|heap, tlab| heap.alloc(tlab, class, NODE_BYTES)).unwrap();
        world.roots.slots.push(node);
        if i > 0 {
            let parent = world.roots.slots[start + i / 2];
            world.heap.write_ref(parent, NEXT + i % 2 * 4, node);
        }
    }
    world.roots.slots[0] = world.roots.slots[start + 1];
    world.roots.slots.truncate(start);
}

fn allocation(c: &mut Criterion) {
    let mut group = c.benchmark_group("allocation");
    let mut world = World::new(config());
    let class = world.classes.node;
    const COUNT: usize = 1_000_000;
    group.throughput(Throughput::Bytes((COUNT * NODE_BYTES) as u64));
    group.bench_function("million small garbage objects", |b| {
        b.iter(|| {
            for _ in 0..COUNT {
                let node = world.with_retry(|heap, tlab| heap.alloc(tlab, class, NODE_BYTES));
                black_box(node.unwrap());
            }
        });
    });
    group.throughput(Throughput::Bytes(64 << 20));
    let bytes = world.classes.bytes;
    group.bench_function("64 arrays of a mebibyte", |b| {
        b.iter(|| {
            for _ in 0..64 {
                black_box(world.array(bytes, 1 << 20, 0).unwrap());
            }
        });
    });
    group.finish();
}

fn minor(c: &mut Criterion) {
    let mut group = c.benchmark_group("minor");
    group.sample_size(20);
    for depth in [14, 20] {
        let mut world = World::new(config());
        world.roots.slots.push(Ref::NULL);
        group.throughput(Throughput::Bytes(((1u64 << depth) - 1) * NODE_BYTES as u64));
        group.bench_function(BenchmarkId::new("copy a tree of depth", depth), |b| {
            b.iter_batched(
                || (),
                |()| {
                    tree(&mut world, depth);
                    let report = world.minor();
                    if report.kind == GcKind::Minor { report } else { world.minor() }
                },
                BatchSize::PerIteration,
            );
        });
        let copied: usize = world.reports.iter().map(|r| r.survived_bytes + r.promoted_bytes).sum();
        let time: f64 = world
            .reports
            .iter()
            .filter(|r| r.kind == GcKind::Minor)
            .map(|r| r.pause.as_secs_f64())
            .sum();
        println!("    survivors copied at {:.0} MB/s", copied as f64 / time / 1e6);
    }
    group.finish();
}

fn full(c: &mut Criterion) {
    let mut group = c.benchmark_group("full");
    group.sample_size(10);
    let mut world = World::new(config());
    world.roots.slots.push(Ref::NULL);
    tree(&mut world, 20);
    group.throughput(Throughput::Bytes((1 << 20) * NODE_BYTES as u64));
    group.bench_function("mark and compact a tree of depth 20", |b| b.iter(|| world.full()));
    group.finish();
}

criterion_group!(benches, allocation, minor, full);
criterion_main!(benches);
