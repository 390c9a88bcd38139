//! What must not be the same in two processes that go on from one moment: seeds that the library draws others from, what
//! it has drawn ahead, and its process's number. What a program has seeded itself stays as it is.

use crate::image_state::{field, inherited_field, initialised, static_ref};
use crate::java_lang::process;
use crate::state;
use vm::{Ref, Thread};

/// Counters from which the library makes the seeds of generators: class, field.
const SEEDERS: [(&str, &str); 3] = [
    ("java/util/concurrent/ThreadLocalRandom", "seeder"),
    ("java/util/Random", "seedUniquifier"),
    ("java/util/SplittableRandom", "defaultGen"),
];

/// The sources of `SecureRandom`, which read ahead from the system's.
const SECURE: [&str; 3] = [
    "sun/security/provider/NativePRNG",
    "sun/security/provider/NativePRNG$Blocking",
    "sun/security/provider/NativePRNG$NonBlocking",
];

/// Makes all of it this process's own; before any other thread runs.
pub(crate) fn renew(t: &Thread) {
    t.scope(|| renew_seeders(t));
    t.scope(|| renew_seeds_of_threads(t));
    t.scope(|| forget_what_was_drawn(t));
    t.scope(|| renew_process(t));
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
