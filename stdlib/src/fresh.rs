//! What must not be the same in two processes that go on from one moment: seeds that the library draws others from, what
//! it has drawn ahead, its process's number, and names of hosts. What a program has seeded itself stays as it is.
//!
//! Fields are set where they are; no Java code runs, for the program's threads may hold any lock.

use crate::image_state::{field, inherited_field, initialised, static_ref};
use crate::java_lang::process;
use crate::state;
use std::sync::atomic::Ordering;
use vm::link::loaders::BOOT;
use vm::meta::init_state;
use vm::{Handle, Ref, Thread};

/// Counters from which the library makes the seeds of generators: class, field.
const SEEDERS: [(&str, &str); 13] = [
    ("java/util/concurrent/ThreadLocalRandom", "seeder"),
    ("java/util/Random", "seedUniquifier"),
    ("java/util/SplittableRandom", "defaultGen"),
    ("jdk/random/L32X64MixRandom", "defaultGen"),
    ("jdk/random/L64X128MixRandom", "defaultGen"),
    ("jdk/random/L64X128StarStarRandom", "defaultGen"),
    ("jdk/random/L64X256MixRandom", "defaultGen"),
    ("jdk/random/L64X1024MixRandom", "defaultGen"),
    ("jdk/random/L128X128MixRandom", "defaultGen"),
    ("jdk/random/L128X256MixRandom", "defaultGen"),
    ("jdk/random/L128X1024MixRandom", "defaultGen"),
    ("jdk/random/Xoroshiro128PlusPlus", "defaultGen"),
    ("jdk/random/Xoshiro256PlusPlus", "defaultGen"),
];

/// The sources of `SecureRandom`, which read ahead from the system's.
const SECURE: [&str; 3] = [
    "sun/security/provider/NativePRNG",
    "sun/security/provider/NativePRNG$Blocking",
    "sun/security/provider/NativePRNG$NonBlocking",
];

/// Classes that read something of the process once, while they are initialised: what they have is renewed, but not what they
/// are about to have.
const READERS: [&str; 2] = ["java/lang/ProcessEnvironment", "java/lang/ProcessHandleImpl"];

/// The one of them that a thread is initialising; the world is stopped.
pub(crate) fn unsettled(t: &Thread) -> Option<&'static str> {
    let vm = t.vm();
    READERS.into_iter().find(|name| {
        let class = vm.loaders.find(BOOT, vm.symbol(name));
        class.is_some_and(|class| {
            vm.class(class).init_state.load(Ordering::Acquire) == init_state::RUNNING
        })
    })
}

/// Makes all of it this process's own; before any other thread runs.
pub(crate) fn renew(t: &Thread) {
    t.scope(|| renew_seeders(t));
    t.scope(|| renew_math_random(t));
    t.scope(|| renew_seeds_of_threads(t));
    t.scope(|| forget_what_was_drawn(t));
    t.scope(|| renew_process(t));
    t.scope(|| renew_shared_generator(t));
    t.scope(|| forget_hosts(t));
}

/// Eight random bytes of the system; without them the guest keeps what it has.
fn random(t: &Thread) -> Option<u64> {
    let mut bytes = [0; 8];
    state(t).host.random(&mut bytes).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

/// For generators that are still to be made, and threads that have not drawn yet.
pub(crate) fn renew_seeders(t: &Thread) {
    let vm = t.vm();
    for (class, name) in SEEDERS {
        if let Some(counter) = static_ref(t, class, &[name])
            && let Some(offset) = field(t, vm.class_of(t.get(counter)), "value")
            && let Some(seed) = random(t)
        {
            vm.set_u64(t.get(counter), offset, seed);
        }
    }
    // 0 has the thread that runs now draw a seed of its own when it asks for one.
    let thread: Ref = t.java_thread.get();
    if let Some(offset) = field(t, vm.known.thread, "threadLocalRandomProbe") {
        vm.set_u32(thread, offset, 0);
    }
}

/// The generator behind `Math.random`.
fn renew_math_random(t: &Thread) {
    let vm = t.vm();
    let holder = "java/lang/Math$RandomNumberGeneratorHolder";
    let Some(generator) = static_ref(t, holder, &["randomNumberGenerator"]) else { return };
    let seed_class = "Ljava/util/concurrent/atomic/AtomicLong;";
    let Some(offset) = inherited_field(t, generator, "seed", seed_class) else { return };
    let seed = t.handle(vm.get_ref(t.get(generator), offset));
    if let Some(offset) = inherited_field(t, seed, "value", "J")
        && let Some(random) = random(t)
    {
        // It has 48 bits.
        vm.set_u64(t.get(seed), offset, random >> 16);
    }
}

/// What `ThreadLocalRandom` keeps in each thread.
fn renew_seeds_of_threads(t: &Thread) {
    let vm = t.vm();
    let Some(offset) = field(t, vm.known.thread, "threadLocalRandomSeed") else { return };
    for thread in vm.threads.java_threads(vm) {
        if let Some(seed) = random(t) {
            vm.set_u64(thread, offset, seed);
        }
    }
}

fn forget_what_was_drawn(t: &Thread) {
    let vm = t.vm();
    for class in SECURE {
        let Some(source) = static_ref(t, class, &["INSTANCE"]) else { continue };
        if let Some(offset) = inherited_field(t, source, "buffered", "I") {
            vm.set_u32(t.get(source), offset, 0);
        }
        let mixer = "Lsun/security/provider/SecureRandom;";
        if let Some(offset) = inherited_field(t, source, "mixRandom", mixer) {
            vm.set_ref(t.get(source), offset, Ref::NULL);
        }
    }
}

/// `ProcessHandle.current`: whoever has it means this process.
fn renew_process(t: &Thread) {
    let vm = t.vm();
    let name = "java/lang/ProcessHandleImpl";
    if initialised(t, name).is_none() {
        return;
    }
    let Some(current) = static_ref(t, name, &["current"]) else { return };
    let Some((pid, start)) = process::own(t) else { return };
    for (name, value) in [("pid", pid), ("startTime", start)] {
        if let Some(offset) = inherited_field(t, current, name, "J") {
            vm.set_u64(t.get(current), offset, value as u64);
        }
    }
}

/// The generator of `Math.random`, which is nobody's own.
fn renew_shared_generator(t: &Thread) {
    let vm = t.vm();
    let holder = "java/lang/Math$RandomNumberGeneratorHolder";
    let counter = "Ljava/util/concurrent/atomic/AtomicLong;";
    if let Some(shared) = static_ref(t, holder, &["randomNumberGenerator"])
        && let Some(at) = inherited_field(t, shared, "seed", counter)
        && let Some(seed) = random(t)
    {
        let counter = t.handle(vm.get_ref(t.get(shared), at));
        if let Some(offset) = inherited_field(t, counter, "value", "J") {
            // 48 bits of it count.
            vm.set_u64(t.get(counter), offset, seed >> 16);
        }
    }
}

/// The caches of `InetAddress`.
fn forget_hosts(t: &Thread) {
    let vm = t.vm();
    let class = "java/net/InetAddress";
    if let Some(found) = initialised(t, class)
        && let Some(offset) = field(t, found, "cachedLocalHost")
    {
        vm.set_ref(vm.mirror(found), offset, Ref::NULL);
    }
    if let Some(cache) = static_ref(t, class, &["cache"]) {
        clear_map(t, cache);
    }
}

/// Empties a `ConcurrentHashMap` that is not being resized: as a new one it has no table. Threads in the middle of an operation
/// end it on the old table.
fn clear_map(t: &Thread, map: Handle) {
    let vm = t.vm();
    let at = |name, descriptor| inherited_field(t, map, name, descriptor);
    let table = at("table", "[Ljava/util/concurrent/ConcurrentHashMap$Node;");
    let cells = at("counterCells", "[Ljava/util/concurrent/ConcurrentHashMap$CounterCell;");
    let (Some(table), Some(cells), Some(count), Some(control)) =
        (table, cells, at("baseCount", "J"), at("sizeCtl", "I"))
    else {
        return;
    };
    let object = t.get(map);
    if (vm.get_u32(object, control) as i32) < 0 {
        return;
    }
    vm.set_ref(object, table, Ref::NULL);
    vm.set_ref(object, cells, Ref::NULL);
    vm.set_u64(object, count, 0);
    vm.set_u32(object, control, 0);
}
