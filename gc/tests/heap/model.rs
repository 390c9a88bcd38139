//! Random changes to a graph, compared with a model that has no collector.

use crate::world::*;
use gc::*;
use std::collections::HashMap;

/// What a node or array should look like: its id and the ids that it refers to.
type Model = HashMap<u64, Vec<Option<u64>>>;

/// Objects are either nodes (2 references) or reference arrays whose element 0 is a node that
/// carries the array's id; the model knows both as lists of ids.
struct Graph {
    world: World,
    model: Model,
    /// Ids of the objects in `world.roots.slots`.
    roots: Vec<Option<u64>>,
    next_id: u64,
    random: Random,
}

const ROOTS: usize = 24;

impl Graph {
    fn new(config: HeapConfig, seed: u64) -> Graph {
        let mut world = World::new(config);
        world.roots.slots = vec![Ref::NULL; ROOTS + 1];
        let roots = vec![None; ROOTS];
        Graph { world, model: Model::new(), roots, next_id: 1, random: Random(seed) }
    }

    fn is_array(&self, object: Ref) -> bool {
        self.world.heap.class_of(object) == self.world.classes.refs
    }

    fn id(&self, object: Ref) -> u64 {
        let node = if self.is_array(object) { self.world.element(object, 0) } else { object };
        self.world.value(node)
    }

    fn slot(&self, object: Ref, index: usize) -> usize {
        if self.is_array(object) { ARRAY_DATA_OFFSET + 4 + index * 4 } else { NEXT + index * 4 }
    }

    fn make(&mut self, root: usize) {
        let id = self.next_id;
        self.next_id += 1;
        let length = match self.random.below(40) {
            0 => 8_000 + self.random.below(10_000),
            1..=5 => 1 + self.random.below(700),
            _ => 0,
        };
        let node = self.world.node(id);
        if length == 0 {
            self.world.roots.slots[root] = node;
            self.model.insert(id, vec![None; 2]);
        } else {
            self.world.roots.slots[ROOTS] = node;
            let array = self.world.refs(length as u32 + 1);
            self.world.set_element(array, 0, self.world.roots.slots[ROOTS]);
            self.world.roots.slots[ROOTS] = Ref::NULL;
            self.world.roots.slots[root] = array;
            self.model.insert(id, vec![None; length]);
        }
        self.roots[root] = Some(id);
    }

    fn step(&mut self) {
        let (a, b) = (self.random.below(ROOTS), self.random.below(ROOTS));
        match self.random.below(10) {
            0..=3 => self.make(a),
            4..=7 => {
                if let Some(id) = self.roots[a] {
                    let edges = self.model.get_mut(&id).unwrap();
                    let index = self.random.below(edges.len());
                    edges[index] = self.roots[b];
                    let object = self.world.roots.slots[a];
                    let slot = self.slot(object, index);
                    self.world.heap.write_ref(object, slot, self.world.roots.slots[b]);
                }
            }
            8 => {
                if let Some(id) = self.roots[a] {
                    let edges = &self.model[&id];
                    let index = self.random.below(edges.len());
                    self.roots[b] = edges[index];
                    let object = self.world.roots.slots[a];
                    let slot = self.slot(object, index);
                    self.world.roots.slots[b] = self.world.heap.read_ref(object, slot);
                }
            }
            _ => {
                self.roots[a] = None;
                self.world.roots.slots[a] = Ref::NULL;
            }
        }
    }

    fn compare(&mut self) {
        let mut seen: HashMap<u64, Ref> = HashMap::new();
        let mut work: Vec<(Option<u64>, Ref)> =
            self.roots.iter().copied().zip(self.world.roots.slots.iter().copied()).collect();
        while let Some((id, object)) = work.pop() {
            let Some(id) = id else {
                assert!(object.is_null());
                continue;
            };
            assert!(!object.is_null() && self.id(object) == id);
            if let Some(&known) = seen.get(&id) {
                assert_eq!(known, object, "one object per id");
                continue;
            }
            seen.insert(id, object);
            for (index, &edge) in self.model[&id].iter().enumerate() {
                let target = self.world.heap.read_ref(object, self.slot(object, index));
                if edge.is_some() || !target.is_null() {
                    work.push((edge, target));
                }
            }
        }
        self.model.retain(|id, _| seen.contains_key(id));
    }

    /// Goes on in a heap with `config` that begins with an image of this one.
    fn through_an_image(mut self, config: HeapConfig, kind: ImageKind) -> Graph {
        self.world.full();
        self.world.roots.tlabs = vec![Tlab::empty()];
        self.world = self.world.through_an_image(config, kind);
        self.compare();
        self.world.heap.check().unwrap();
        self
    }

    fn steps(&mut self, steps: usize, compare_every: usize) {
        for step in 0..steps {
            self.step();
            if step % compare_every == 0 {
                self.compare();
            }
        }
    }

    fn run(mut self, steps: usize, compare_every: usize) {
        self.steps(steps, compare_every);
        self.world.full();
        self.compare();
        self.world.heap.check().unwrap();
    }
}

#[test]
fn under_stress_at_every_allocation() {
    Graph::new(stressed(16 << 20, 1), 1).run(3_000, 50);
}

#[test]
fn under_stress_at_every_seventh_allocation() {
    Graph::new(stressed(16 << 20, 7), 2).run(10_000, 200);
}

#[test]
fn on_top_of_an_image() {
    let mut graph = Graph::new(small(32 << 20), 5);
    graph.steps(20_000, 5_000);
    // Another size: the image's objects stay where they are, everything else is elsewhere.
    let config = HeapConfig { young_bytes: Some(512 << 10), ..small(12 << 20) };
    graph.through_an_image(config, ImageKind::Base).run(60_000, 2_000);
}

#[test]
fn on_top_of_an_image_under_stress() {
    let mut graph = Graph::new(small(32 << 20), 6);
    graph.steps(5_000, 5_000);
    graph.through_an_image(stressed(16 << 20, 5), ImageKind::Base).run(10_000, 200);
}

/// Saved and resumed again and again, on top of a base or not.
fn goes_on(config: HeapConfig, seed: u64, based: bool) {
    let mut graph = Graph::new(config.clone(), seed);
    graph.steps(5_000, 5_000);
    if based {
        graph = graph.through_an_image(config.clone(), ImageKind::Base);
    }
    for _ in 0..5 {
        graph.steps(4_000, 1_000);
        graph = graph.through_an_image(config.clone(), ImageKind::Whole);
    }
    graph.run(10_000, 1_000);
}

#[test]
fn through_whole_images() {
    goes_on(small(24 << 20), 7, false);
    goes_on(small(24 << 20), 8, true);
}

#[test]
fn through_whole_images_under_stress() {
    goes_on(stressed(16 << 20, 9), 9, false);
    goes_on(stressed(16 << 20, 9), 10, true);
}

#[test]
fn in_a_tight_heap() {
    let config = HeapConfig { young_bytes: Some(512 << 10), ..small(8 << 20) };
    Graph::new(config, 3).run(60_000, 2_000);
}

#[test]
fn in_a_roomy_heap() {
    Graph::new(HeapConfig { check: false, ..small(64 << 20) }, 4).run(200_000, 20_000);
}
