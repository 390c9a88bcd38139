//! A stand-in for the VM: a few classes, roots, and the retry protocol.

use gc::*;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};

/// Offsets in a node: 2 references, a value.
pub const NEXT: usize = 8;
pub const OTHER: usize = 12;
pub const VALUE: usize = 16;
pub const NODE_BYTES: usize = 24;

/// Offsets in a Reference object.
pub const REFERENT: usize = 8;
pub const QUEUE: usize = 12;
pub const LINK: usize = 16;
pub const DISCOVERED: usize = 20;
pub const TIMESTAMP: usize = 24;
pub const REFERENCE_BYTES: usize = 32;

/// Offsets in a mirror: its size, its statics, one instance field.
pub const MIRROR_SIZE: usize = 8;
pub const MIRROR_STATICS: usize = 12;
pub const MIRROR_COUNT: usize = 16;
pub const MIRROR_LOADER: usize = 20;
pub const MIRROR_FIRST_STATIC: usize = 24;

#[derive(Clone, Copy)]
pub struct Classes {
    pub node: ClassId,
    pub bytes: ClassId,
    pub longs: ClassId,
    pub refs: ClassId,
    pub mirror: ClassId,
    pub soft: ClassId,
    pub weak: ClassId,
    pub finals: ClassId,
    pub phantom: ClassId,
}

#[derive(Default)]
pub struct Roots {
    pub tlabs: Vec<Tlab>,
    pub slots: Vec<Ref>,
    pub words: Vec<u64>,
    pub weak: Vec<Ref>,
    pub handles: HandleStack,
    pub globals: GlobalHandles,
    pub died: usize,
}

impl RootSource for Roots {
    fn visit_tlabs(&mut self, retire: &mut dyn FnMut(&mut Tlab)) {
        self.tlabs.iter_mut().for_each(retire);
    }

    fn visit_strong(&mut self, visitor: &mut dyn RootVisitor) {
        self.slots.iter_mut().for_each(|slot| visitor.visit(slot));
        self.words.iter_mut().for_each(|word| visitor.visit_word(word));
        self.handles.visit(visitor);
        self.globals.visit_strong(visitor);
    }

    fn visit_weak(&mut self, visitor: &mut dyn WeakVisitor) {
        let died = &mut self.died;
        self.weak.retain_mut(|slot| {
            let alive = visitor.visit(slot);
            *died += usize::from(!alive);
            alive
        });
        self.globals.visit_weak(visitor);
    }
}

pub struct World {
    pub heap: Heap,
    pub roots: Roots,
    pub classes: Classes,
    pub reports: Vec<GcReport>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct OutOfMemory;

pub fn small(max_heap_bytes: usize) -> HeapConfig {
    HeapConfig {
        max_heap_bytes,
        initial_heap_bytes: max_heap_bytes / 4,
        method_bytes: 1 << 20,
        metadata_bytes: 1 << 20,
        native_bytes: Some(64 << 20),
        check: true,
        ..HeapConfig::default()
    }
}

pub fn stressed(max_heap_bytes: usize, interval: u64) -> HeapConfig {
    HeapConfig { stress: Some(interval), ..small(max_heap_bytes) }
}

pub fn define(heap: &Heap, kind: Kind, size: usize, shift: u8, runs: &[(u16, u16)]) -> ClassId {
    let at = heap.metadata().alloc(32 + runs.len() * 4, 8).unwrap();
    heap.write_u32(at, size as u32);
    heap.write_u8(at + 4, kind as u8);
    heap.write_u8(at + 5, shift);
    heap.write_u16(at + 6, runs.len() as u16);
    heap.write_u32(at + 8, 32);
    for (i, &(offset, count)) in runs.iter().enumerate() {
        heap.write_u16(at + 32 + i * 4, offset / 4);
        heap.write_u16(at + 34 + i * 4, count);
    }
    ClassId((at >> UNIT_SHIFT) as u32)
}

impl World {
    pub fn new(config: HeapConfig) -> World {
        let heap = Heap::new(config).unwrap();
        let reference = |kind| define(&heap, kind, REFERENCE_BYTES, 0, &[(QUEUE as u16, 3)]);
        let classes = Classes {
            node: define(&heap, Kind::Instance, NODE_BYTES, 0, &[(NEXT as u16, 2)]),
            bytes: define(&heap, Kind::PrimArray, 0, 0, &[]),
            longs: define(&heap, Kind::PrimArray, 0, 3, &[]),
            refs: define(&heap, Kind::RefArray, 0, 2, &[]),
            mirror: define(&heap, Kind::Mirror, 0, 0, &[(MIRROR_LOADER as u16, 1)]),
            soft: reference(Kind::SoftRef),
            weak: reference(Kind::WeakRef),
            finals: reference(Kind::FinalRef),
            phantom: reference(Kind::PhantomRef),
        };
        heap.set_mirror_layout(MirrorLayout {
            size_bytes_at: MIRROR_SIZE as u32,
            static_refs_at: MIRROR_STATICS as u32,
            static_ref_count_at: MIRROR_COUNT as u32,
        });
        heap.set_reference_layout(ReferenceLayout {
            referent: REFERENT as u32,
            queue: QUEUE as u32,
            next: LINK as u32,
            discovered: DISCOVERED as u32,
            timestamp: TIMESTAMP as u32,
        });
        let roots = Roots { tlabs: vec![Tlab::empty()], ..Roots::default() };
        World { heap, roots, classes, reports: Vec::new() }
    }

    /// The same objects and roots in a new heap, which begins with an image of this one.
    pub fn through_an_image(self, config: HeapConfig, kind: ImageKind) -> World {
        let World { heap, roots, classes, .. } = self;
        let metadata_end = heap.metadata().top();
        let image = heap.capture_image(kind, heap.areas().method.start, metadata_end).unwrap();
        let path = std::env::temp_dir().join(format!("rvm-gc-{:p}.image", &raw const heap));
        let mut file =
            std::fs::File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(&[0xff; 4096]).unwrap();
        let (mut at, mut pieces) = (4096, Vec::new());
        for &run in &image.pages {
            file.write_all(heap.image_pages(run)).unwrap();
            pieces.push(gc::Piece { run, file: 0, at });
            at += run.bytes as u64;
        }
        drop(heap);
        let heap = Heap::from_image(config, &image, &[file.as_fd()], &pieces).unwrap();
        assert!(heap.metadata().commit(metadata_end));
        World { heap, roots, classes, reports: Vec::new() }
    }

    pub fn collect(&mut self, request: GcRequest) -> GcReport {
        let report = self.heap.collect(request, &mut self.roots);
        if let Some(error) = &report.check_error {
            panic!("{error}");
        }
        self.reports.push(report.clone());
        report
    }

    pub fn minor(&mut self) -> GcReport {
        self.collect(GcRequest::MINOR)
    }

    pub fn full(&mut self) -> GcReport {
        self.collect(GcRequest::FULL)
    }

    pub fn with_retry(
        &mut self,
        mut alloc: impl FnMut(&Heap, &mut Tlab) -> Result<Ref, AllocFailure>,
    ) -> Result<Ref, OutOfMemory> {
        let mut retry = Retry::new();
        loop {
            match alloc(&self.heap, &mut self.roots.tlabs[0]) {
                Ok(r) => return Ok(r),
                Err(failure) => {
                    let request = retry.next(failure).ok_or(OutOfMemory)?;
                    self.collect(request);
                }
            }
        }
    }

    pub fn node(&mut self, value: u64) -> Ref {
        let class = self.classes.node;
        let node = self.with_retry(|heap, tlab| heap.alloc(tlab, class, NODE_BYTES)).unwrap();
        self.heap.write_u64(node.offset() + VALUE, value);
        node
    }

    pub fn array(&mut self, class: ClassId, length: u32, shift: u8) -> Result<Ref, OutOfMemory> {
        self.with_retry(|heap, tlab| heap.alloc_array(tlab, class, length, shift))
    }

    pub fn refs(&mut self, length: u32) -> Ref {
        self.array(self.classes.refs, length, 2).unwrap()
    }

    /// A Reference object of `class` for what root `referent` holds; pushed as a root.
    pub fn reference(&mut self, class: ClassId, referent: usize) -> usize {
        let r = self.with_retry(|heap, tlab| heap.alloc(tlab, class, REFERENCE_BYTES)).unwrap();
        self.heap.write_ref(r, REFERENT, self.roots.slots[referent]);
        self.push(r)
    }

    pub fn push(&mut self, r: Ref) -> usize {
        self.roots.slots.push(r);
        self.roots.slots.len() - 1
    }

    pub fn value(&self, node: Ref) -> u64 {
        self.heap.read_u64(node.offset() + VALUE)
    }

    pub fn set_class_mirror(&self, class: ClassId, mirror: Ref) {
        let shape: &AtomicU32 = &self.heap.shape(class).mirror;
        shape.store(mirror.bits(), Ordering::Relaxed);
    }

    /// A mirror with `statics` static references.
    pub fn mirror(&mut self, statics: usize) -> Ref {
        let size = (MIRROR_FIRST_STATIC + statics * 4).next_multiple_of(8);
        let class = self.classes.mirror;
        let mirror = self.with_retry(|heap, _| heap.alloc_immovable(class, size)).unwrap();
        self.heap.write_u32(mirror.offset() + MIRROR_STATICS, MIRROR_FIRST_STATIC as u32);
        self.heap.write_u32(mirror.offset() + MIRROR_COUNT, statics as u32);
        mirror
    }

    pub fn element(&self, array: Ref, index: usize) -> Ref {
        self.heap.read_ref(array, ARRAY_DATA_OFFSET + index * 4)
    }

    pub fn set_element(&self, array: Ref, index: usize, value: Ref) {
        self.heap.write_ref(array, ARRAY_DATA_OFFSET + index * 4, value);
    }
}

/// xorshift64*: enough randomness for tests, the same every time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}
