//! Handles follow their objects.

use crate::world::*;
use gc::*;

#[test]
fn handles_survive_collections() {
    let mut world = World::new(stressed(16 << 20, 3));
    let scope = world.roots.handles.mark();
    let node = world.node(1);
    let first = world.roots.handles.push(node);
    let node = world.node(2);
    let global = world.roots.globals.add(node);
    for value in 10..100 {
        let node = world.node(value);
        let inner = world.roots.handles.mark();
        world.roots.handles.push(node);
        assert_eq!(world.value(world.roots.handles.get(first)), 1);
        assert_eq!(world.value(world.roots.globals.get(&global)), 2);
        world.roots.handles.release(inner);
    }
    assert_eq!(world.roots.handles.len(), 1);
    world.roots.handles.release(scope);
    let raw = global.into_raw();
    world.roots.globals.remove(GlobalHandle::from_raw(raw));
    assert!(world.roots.globals.get(&GlobalHandle::from_raw(raw)).is_null());
    assert!(world.roots.handles.is_empty() && world.roots.globals.is_empty());
    world.full();
    assert_eq!(world.heap.used_bytes(), 0);
}

#[test]
fn no_gc_scopes_nest() {
    let outer = NoGc::new();
    drop(NoGc::new());
    if cfg!(debug_assertions) {
        assert!(std::panic::catch_unwind(NoGc::assert_safepoint_allowed).is_err());
    }
    drop(outer);
    NoGc::assert_safepoint_allowed();
}
