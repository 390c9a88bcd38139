//! Locks and hashes of real objects, in a VM without a single class file.

use crate::meta::ClassRecord;
use crate::sync::{
    attach, collect, detach, holds_lock, identity_hash, monitor_enter, monitor_exit, notify_all,
    owner_of, poll, stop_world, wait,
};
use crate::vm::{BootClass, BootSource, Config, Vm};
use crate::{Thread, native::NativeMethod};
use gc::mark::{INFLATED, TAG_MASK, THIN, UNLOCKED};
use gc::{ClassId, GcKind, GcRequest, Ref};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

struct NoClasses;
impl BootSource for NoClasses {
    fn library_class(&self, _: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        None
    }

    fn find(&self, _: &str) -> Option<BootClass<'_>> {
        None
    }

    fn is_library_class(&self, _name: &str, _bytes: &[u8]) -> bool {
        false
    }
}

const SIZE: usize = 24;

fn vm() -> (Box<Vm>, ClassId) {
    let vm =
        Vm::new(Config::default(), Box::new(NoClasses), Vec::<NativeMethod>::new(), Box::new(()));
    let vm = vm.expect("a small VM");
    // A record of zeros is an instance class without references; it only lacks its size.
    let class = ClassId(vm.meta.alloc_bytes(size_of::<ClassRecord>() + 8));
    // SAFETY: the first word of the record just allocated, which nobody else knows.
    unsafe { vm.meta.ptr::<u32>(class.0).write(SIZE as u32) };
    (vm, class)
}

fn object(t: &Thread, class: ClassId) -> Ref {
    // SAFETY: own buffer.
    let tlab = unsafe { &mut *t.tlab.get() };
    t.vm().heap.alloc(tlab, class, SIZE).expect("room")
}

fn tag(t: &Thread, r: Ref) -> u32 {
    t.vm().heap.mark(r).load(Ordering::Relaxed) & TAG_MASK
}

#[test]
fn the_hash_survives_lock_inflation_deflation_and_collection() {
    let (vm, class) = vm();
    let t = attach(&vm, false).expect("a stack");
    let h = t.handle(object(&t, class));
    let other = t.handle(object(&t, class));
    let hash = identity_hash(&t, t.get(h));
    assert!(hash != 0 && hash < 1 << 26 && hash != identity_hash(&t, t.get(other)));
    assert_eq!(tag(&t, t.get(h)), UNLOCKED);
    monitor_enter(&t, t.get(h)).expect("free");
    assert_eq!(tag(&t, t.get(h)), INFLATED, "no room for both");
    assert_eq!(owner_of(&t, t.get(h)), t.id);
    collect(&t, GcRequest::MINOR).expect("collection");
    collect(&t, GcRequest::FULL).expect("collection");
    assert!(holds_lock(&t, t.get(h)));
    assert_eq!(identity_hash(&t, t.get(h)), hash);
    monitor_exit(&t, t.get(h)).expect("owner");
    stop_world(&t, || vm.monitors.deflate(&vm.heap));
    assert_eq!((tag(&t, t.get(h)), vm.monitors.live()), (UNLOCKED, 0));
    assert_eq!(identity_hash(&t, t.get(h)), hash);
    detach(t);
    assert_eq!(vm.threads.counts().live, 0);
}

#[test]
fn hashing_a_thin_lock_keeps_it_locked() {
    let (vm, class) = vm();
    let t = attach(&vm, false).expect("a stack");
    let h = t.handle(object(&t, class));
    for _ in 0..300 {
        monitor_enter(&t, t.get(h)).expect("own");
    }
    assert_eq!(tag(&t, t.get(h)), INFLATED, "more entries than a mark can count");
    for _ in 0..299 {
        monitor_exit(&t, t.get(h)).expect("owner");
    }
    let thin = t.handle(object(&t, class));
    monitor_enter(&t, t.get(thin)).expect("free");
    monitor_enter(&t, t.get(thin)).expect("own");
    assert_eq!(tag(&t, t.get(thin)), THIN);
    let hash = identity_hash(&t, t.get(thin));
    assert_eq!(tag(&t, t.get(thin)), INFLATED);
    for r in [thin, thin, h] {
        assert!(holds_lock(&t, t.get(r)));
        monitor_exit(&t, t.get(r)).expect("owner");
    }
    assert_eq!((owner_of(&t, t.get(thin)), owner_of(&t, t.get(h))), (0, 0));
    assert_eq!(identity_hash(&t, t.get(thin)), hash);
    detach(t);
}

#[test]
fn monitors_of_dead_objects_are_reclaimed() {
    let (vm, class) = vm();
    let t = attach(&vm, false).expect("a stack");
    t.scope(|| {
        for _ in 0..100 {
            let r = object(&t, class);
            identity_hash(&t, r);
            monitor_enter(&t, r).expect("free");
            monitor_exit(&t, r).expect("owner");
        }
    });
    assert_eq!(vm.monitors.live(), 100);
    collect(&t, GcRequest::FULL).expect("collection");
    assert_eq!(vm.monitors.live(), 0);
    detach(t);
}

/// Everything at once: contention on moving objects, hashes asked for meanwhile, deflation.
#[test]
fn locks_exclude_while_objects_move() {
    let (vm, class) = vm();
    let t = attach(&vm, false).expect("a stack");
    let shared: Vec<_> = (0..3).map(|_| vm.globals.add(object(&t, class))).collect();
    let counts: Vec<AtomicU64> = (0..3).map(|_| AtomicU64::new(0)).collect();
    let hashes: Vec<AtomicU64> = (0..3).map(|_| AtomicU64::new(0)).collect();
    let (rounds, workers) = (5000u64, 4u64);
    let running = AtomicU64::new(workers);
    thread::scope(|s| {
        for w in 0..workers {
            let (vm, shared, counts, hashes, running) = (&*vm, &shared, &counts, &hashes, &running);
            s.spawn(move || {
                let t = attach(vm, false).expect("a stack");
                for i in 0..rounds {
                    let n = ((i + w) % 3) as usize;
                    let get = || vm.globals.get(&shared[n]);
                    monitor_enter(&t, get()).expect("a lock");
                    let c = counts[n].load(Ordering::Relaxed);
                    if i % 5 == 0 {
                        poll(&t).expect("no exception");
                    }
                    if i % 16 == w {
                        let hash = identity_hash(&t, get()) as u64;
                        let old = hashes[n].swap(hash, Ordering::Relaxed);
                        assert!(old == 0 || old == hash);
                    }
                    counts[n].store(c + 1, Ordering::Relaxed);
                    assert!(holds_lock(&t, get()));
                    monitor_exit(&t, get()).expect("owner");
                }
                running.fetch_sub(1, Ordering::Relaxed);
                detach(t);
            });
        }
        while running.load(Ordering::Relaxed) > 0 {
            let kind = GcRequest::MINOR.kind;
            collect(&t, GcRequest { kind, ..GcRequest::FULL }).expect("collection");
            stop_world(&t, || vm.monitors.deflate(&vm.heap));
            collect(&t, GcRequest { kind: GcKind::Full, ..GcRequest::FULL }).expect("collection");
            t.blocked(thread::yield_now);
        }
        t.blocked(|| while vm.threads.counts().live > 1 {});
    });
    let total: u64 = counts.iter().map(|c| c.load(Ordering::Relaxed)).sum();
    assert_eq!(total, rounds * workers);
    detach(t);
}

#[test]
fn wait_gives_all_entries_up_and_takes_them_back() {
    let (vm, class) = vm();
    let t = attach(&vm, false).expect("a stack");
    let shared = vm.globals.add(object(&t, class));
    let (waiting, woken) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|s| {
        s.spawn(|| {
            let t = attach(&vm, false).expect("a stack");
            let h = t.handle(vm.globals.get(&shared));
            for _ in 0..3 {
                monitor_enter(&t, t.get(h)).expect("a lock");
            }
            waiting.store(true, Ordering::Relaxed);
            wait(&t, h, 5).expect("late, not interrupted");
            wait(&t, h, 0).expect("notified");
            woken.store(true, Ordering::Relaxed);
            for _ in 0..3 {
                monitor_exit(&t, t.get(h)).expect("owner");
            }
            detach(t);
        });
        while !woken.load(Ordering::Relaxed) {
            let get = || vm.globals.get(&shared);
            monitor_enter(&t, get()).expect("a lock");
            if waiting.load(Ordering::Relaxed) {
                notify_all(&t, get()).expect("owner");
            }
            monitor_exit(&t, get()).expect("owner");
            collect(&t, GcRequest::MINOR).expect("collection");
        }
        t.blocked(|| while vm.threads.counts().live > 1 {});
    });
    assert_eq!(owner_of(&t, vm.globals.get(&shared)), 0);
    detach(t);
}
