//! Portable images: what they say is held against everything before anything runs.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rvm::Settings;
use rvm::trial::{Verdict, try_forged};
use support::{compile, folder, run, rvm};

/// A program with something of everything: strings, maps, lambdas, method handles and variable handles, locks that are
/// held and waited for, traces of exceptions, memory off the heap, a class that is being initialised.
const MIXED: &str = r#"
import java.lang.invoke.*;
import java.nio.*;
import java.util.*;
import java.util.concurrent.*;
public class Mixed {
    record Pair(int a, String b) {}
    volatile int counter;
    static final VarHandle COUNTER;
    static { try { COUNTER = MethodHandles.lookup().findVarHandle(Mixed.class, "counter", int.class); } catch (Exception e) { throw new Error(e); } }
    static class Slow { static final int VALUE = compute(); }
    static int compute() { pause(40); return 7; }
    static void pause(int millis) { try { Thread.sleep(millis); } catch (InterruptedException e) { throw new Error(e); } }
    static synchronized int locked(int n) { pause(15); return n == 0 ? 0 : n + locked(n - 1); }
    public static void main(String[] args) throws Throwable {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < 30; i++) map.put("key" + i, new Pair(i, "v" + i));
        Mixed mixed = new Mixed();
        ByteBuffer buffer = ByteBuffer.allocateDirect(3000).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 700; i++) buffer.putInt(i * 4, i * i);
        MethodHandle concat = MethodHandles.lookup().findVirtual(String.class, "concat", MethodType.methodType(String.class, String.class));
        MethodHandle bound = concat.bindTo("bound ");
        Exception kept = null;
        try { List.of(1).get(5); } catch (RuntimeException e) { kept = e; }
        Object lock = new Object();
        Thread waiter = new Thread(() -> { synchronized (lock) { try { lock.wait(); System.out.println("waited"); } catch (InterruptedException e) { } } });
        waiter.start();
        CompletableFuture<Integer> future = CompletableFuture.supplyAsync(() -> Slow.VALUE * 2);
        System.out.println(locked(8));
        System.out.println((String) bound.invokeExact("handle"));
        for (int i = 0; i < 5; i++) { COUNTER.getAndAdd(mixed, i); pause(5); }
        System.out.println(mixed.counter + " " + new TreeMap<>(map) + " " + future.get());
        synchronized (lock) { lock.notifyAll(); }
        waiter.join();
        long sum = 0;
        for (int i = 0; i < 700; i++) sum += buffer.getInt(i * 4);
        System.out.println(sum + " " + kept + " " + kept.getStackTrace().length + " at " + kept.getStackTrace()[kept.getStackTrace().length - 1]);
        java.util.zip.Deflater deflater = new java.util.zip.Deflater();
        pause(20);
        deflater.setInput(map.toString().getBytes());
        deflater.finish();
        byte[] packed = new byte[4096];
        int length = deflater.deflate(packed);
        java.util.zip.Inflater inflater = new java.util.zip.Inflater();
        pause(20);
        deflater.end();
        inflater.setInput(packed, 0, length);
        byte[] back = new byte[4096];
        System.out.println(new String(back, 0, inflater.inflate(back)).equals(map.toString()));
        inflater.end();
        System.out.printf("%d %s %.2f%n", map.hashCode(), bound, Math.sqrt(2));
    }
}
"#;

const FROZEN: i32 = 75;

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("portable");
        fs::write(to.join("Mixed.java"), MIXED).expect("a source is written");
        compile(&[to.join("Mixed.java")], &to);
        to
    })
}

/// The program, saved after `millis`; what it had printed by then.
fn save(millis: u64, name: &str, image: bool) -> (PathBuf, String) {
    let file = classes().join(name);
    let mut command = rvm();
    if !image {
        command.env("RVM_NO_IMAGE", "1");
    }
    command.env("RVM_FREEZE_AFTER", format!("{millis},portable:{}", file.display()));
    let outcome = run(command.args(["run", "-Xmx64m", "-cp"]).arg(classes()).arg("Mixed"), "");
    assert_eq!(outcome.code, Some(FROZEN), "{}", outcome.err);
    (file, outcome.out)
}

fn resume(file: &Path) -> support::Outcome {
    run(rvm().arg("resume").arg(file), "")
}

/// The hash that `rvm image verify` prints.
fn state(file: &Path) -> String {
    let verified = run(rvm().args(["image", "verify"]).arg(file), "");
    assert_eq!((verified.code, verified.err.as_str()), (Some(0), ""));
    let (_, state) = verified.out.trim().rsplit_once("good, state ").expect("a hash");
    assert_eq!(state.len(), 64, "{state}");
    state.to_owned()
}

#[test]
fn a_rebuilt_program_is_what_was_saved() {
    let expected = run(rvm().args(["run", "-cp"]).arg(classes()).arg("Mixed"), "");
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    for millis in [10, 35, 60, 90, 130, 165, 180] {
        let (file, before) = save(millis, &format!("at{millis}"), true);
        assert_eq!(state(&file), state(&file), "the state does not depend on who looks");
        let rest = resume(&file);
        assert_eq!(format!("{before}{}", rest.out), expected.out, "{}", rest.err);
        assert_eq!((rest.code, rest.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn what_an_image_says_of_itself() {
    let (file, _) = save(60, "told", true);
    let info = run(rvm().args(["image", "info"]).arg(&file), "");
    assert_eq!((info.code, info.err.as_str()), (Some(0), ""));
    for part in
        ["kind    a saved program, for any machine", "program Mixed", "threads ", "java    17"]
    {
        assert!(info.out.contains(part), "{}", info.out);
    }
    assert!(info.out.contains(&state(&file)), "{}", info.out);
    // Far smaller than the pages of the same program.
    assert!(fs::metadata(&file).expect("the file").len() < 1 << 20);
}

fn check_refused(bytes: &[u8], reason: &str) {
    let file = folder("portable_bad").join("bad");
    fs::write(&file, bytes).expect("a file");
    for arguments in [&["resume"][..], &["image", "verify"]] {
        let outcome = run(rvm().args(arguments).arg(&file), "");
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), ""), "{}", outcome.err);
        let one_line = outcome.err.starts_with("rvm: ") && outcome.err.lines().count() == 1;
        assert!(one_line && outcome.err.contains(reason), "{reason}: {}", outcome.err);
    }
}

#[test]
fn damage_is_refused_with_its_reason() {
    let (file, _) = save(60, "damaged", true);
    let good = fs::read(&file).expect("the image");
    check_refused(&good[..good.len() / 2], "it ends early");
    check_refused(&good[..30], "it ends early");
    check_refused(&[&good[..], b"more"].concat(), "it has more bytes than it says");
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= byte;
        bytes
    };
    check_refused(&with(good.len() - 100, 0x10), "a part of it");
    check_refused(&with(60, 1), "a part of it");
    check_refused(&with(8, 2), "another version of the format");
    let mut foreign = good.clone();
    foreign[8..12].reverse();
    check_refused(&foreign, "its bytes are in the opposite order");
    let mut absurd = good.clone();
    absurd[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    check_refused(&absurd, "its lengths contradict each other");
}

#[test]
fn another_class_library_is_refused() {
    let Some(other) = jdk_25() else { return };
    let (file, _) = save(60, "elsewhere", true);
    let outcome = run(rvm().args(["resume", "--java-home"]).arg(&other).arg(&file), "");
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), ""));
    assert!(outcome.err.contains("the class library of JDK 17, this is JDK 25"), "{}", outcome.err);
}

fn jdk_25() -> Option<PathBuf> {
    let homes = fs::read_dir("/usr/lib/jvm").ok()?.flatten().map(|entry| entry.path());
    homes.into_iter().find(|home| {
        fs::read_to_string(home.join("release"))
            .is_ok_and(|text| text.contains("JAVA_VERSION=\"25"))
    })
}

/// A short stretch of the campaign of `benches/examples/forged_images.rs`: each forged image is refused, or runs without
/// damage to the heap (which would end this process).
#[test]
fn forged_images() {
    let (file, _) = save(150, "forged", false);
    let good = fs::read(&file).expect("the image");
    let settings =
        Settings { gc_check: true, max_heap_bytes: Some(64 << 20), ..Settings::default() };
    let time = Duration::from_millis(30);
    let tried = try_forged(&settings, &good, Duration::from_secs(20)).expect("this machine");
    assert_eq!(tried, Verdict::Ran, "the good one");
    let (mut refused, mut ran) = (0, 0);
    for seed in 0..150 {
        let (forged, _) = vm::portable::mutate::mutate(&good, seed);
        match try_forged(&settings, &forged, time).expect("this machine") {
            Verdict::Refused(reason) => {
                assert!(!reason.is_empty());
                refused += 1;
            }
            Verdict::Ran => ran += 1,
        }
    }
    assert!(refused > 50 && ran > 10, "{refused} refused, {ran} ran");
}
