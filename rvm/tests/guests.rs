//! Guests: what they share and what not, how they end, what comes back from calls.

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rvm::Settings;
use rvm::guest::{Guest, GuestError, GuestSettings, Output, Sink, Template};
use support::{compile, folder};

const PROGRAM: &str = r#"
import java.lang.ref.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.locks.LockSupport;

public class Program {
    static int count;
    static final Map<String, Integer> SEEN = new HashMap<>();
    static final Object LOCK = new Object();

    public static int add(int by) { return count += by; }

    public static String describe(String name, long n, double d, boolean b, byte[] bytes) {
        SEEN.merge(name, 1, Integer::sum);
        return name + " " + n + " " + d + " " + b + " " + Arrays.toString(bytes) + " " + SEEN;
    }
    public static byte[] bytes(int n) { byte[] b = new byte[n]; Arrays.fill(b, (byte) n); return b; }
    public static String nothing() { return null; }
    public int instance() { return 1; }

    public static void fail(String message) { throw new IllegalStateException(message); }
    public static void deep(int n) { deep(n + 1); }
    public static int caught() {
        try { fail("inside"); return 0; } catch (IllegalStateException e) { return e.getMessage().length(); }
    }

    public static int threads(int n) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(n);
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < n; i++) { int x = i; results.add(pool.submit(() -> { synchronized (LOCK) { return add(x); } })); }
        for (Future<Integer> result : results) result.get();
        pool.shutdown();
        return pool.awaitTermination(60, TimeUnit.SECONDS) ? count : -1;
    }

    public static void printLater() { new Thread(() -> System.out.print("x")).start(); }

    public static void main(String[] args) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        System.out.println("main " + args[0] + " \u00e4");
        try {
            System.exit(Integer.parseInt(args[0]));
        } catch (Throwable t) {
            System.out.println("never: " + t);
        } finally {
            System.out.println("never");
        }
    }
    /** Another thread ends the guest while this one runs. */
    public static void exitFromElsewhere(int code) {
        new Thread(() -> { sleep(50); Runtime.getRuntime().halt(code); }).start();
        while (true) { try { count++; } finally { count--; } }
    }
    static void sleep(long millis) {
        try { Thread.sleep(millis); } catch (InterruptedException e) { throw new AssertionError(e); }
    }

    static class Slow { static int x; static { sleep(3_600_000); x = 1; } }

    static void go(CountDownLatch latch, boolean daemon, Runnable body) {
        Thread t = new Thread(() -> {
            latch.countDown();
            while (true) { try { body.run(); } catch (Throwable e) { /* goes on */ } }
        });
        t.setDaemon(daemon);
        t.start();
    }
    /** Threads that do all there is to do without end. */
    public static void occupy() throws Exception {
        CountDownLatch latch = new CountDownLatch(16);
        go(latch, false, () -> { while (true) { count++; } });
        go(latch, true, () -> sleep(3_600_000));
        go(latch, false, () -> LockSupport.park());
        go(latch, false, () -> LockSupport.parkNanos(3_600_000_000_000L));
        go(latch, false, () -> { synchronized (LOCK) { try { LOCK.wait(); } catch (InterruptedException e) { } } });
        Object held = new Object();
        go(latch, false, () -> { synchronized (held) { sleep(3_600_000); } });
        go(latch, false, () -> { synchronized (held) { count++; } });
        go(latch, false, () -> { synchronized (held) { count++; } });
        go(latch, false, () -> { count += Slow.x; });
        go(latch, false, () -> { count += Slow.x; });
        SynchronousQueue<String> queue = new SynchronousQueue<>();
        go(latch, false, () -> { try { queue.take(); } catch (InterruptedException e) { } });
        go(latch, false, () -> { List<Object> l = new ArrayList<>(); for (int i = 0; i < 1000; i++) l.add(new int[100]); });
        java.net.ServerSocket server = new java.net.ServerSocket(0);
        go(latch, false, () -> { try { server.accept(); } catch (java.io.IOException e) { } });
        java.net.DatagramSocket datagrams = new java.net.DatagramSocket();
        go(latch, false, () -> {
            try { datagrams.receive(new java.net.DatagramPacket(new byte[9], 9)); } catch (java.io.IOException e) { }
        });
        java.nio.channels.Selector selector = java.nio.channels.Selector.open();
        go(latch, false, () -> { try { selector.select(); } catch (java.io.IOException e) { } });
        Process process = new ProcessBuilder("sleep", "30").start();
        go(latch, false, () -> { try { process.getInputStream().read(); } catch (java.io.IOException e) { } });
        latch.await();
        sleep(30);
    }

    public static long churn(int rounds) {
        long sum = 0;
        List<byte[]> kept = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            byte[] b = new byte[1000 + i % 100];
            b[7] = (byte) i;
            if (i % 100 == 0) { if (kept.size() > 500) kept.clear(); kept.add(b); }
            sum += b[7] + b.length;
        }
        return sum;
    }
    public static void fill() {
        List<byte[]> kept = new ArrayList<>();
        while (true) kept.add(new byte[10_000]);
    }

    /** The library's own threads come to life when there is something for them. */
    public static String references() throws Exception {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> weak = new WeakReference<>(new Object(), queue);
        CountDownLatch cleaned = new CountDownLatch(1);
        Cleaner.create().register(new Object(), cleaned::countDown);
        System.gc();
        boolean enqueued = queue.remove(30_000) == weak;
        for (int i = 0; i < 100 && cleaned.getCount() > 0; i++) { System.gc(); cleaned.await(100, TimeUnit.MILLISECONDS); }
        Set<String> names = new TreeSet<>();
        for (Thread t : Thread.getAllStackTraces().keySet()) names.add(t.getName());
        return enqueued + " " + cleaned.getCount() + " " + names.containsAll(List.of("main", "Reference Handler", "Finalizer", "Common-Cleaner"));
    }
    static volatile boolean finalized;
    static class WithFinalizer { @Override protected void finalize() { finalized = true; } }
    public static boolean finalizers() {
        new WithFinalizer();
        for (int i = 0; i < 100 && !finalized; i++) { System.gc(); System.runFinalization(); sleep(10); }
        return finalized;
    }
    public static String signal() {
        try { return String.valueOf(sun.misc.Signal.handle(new sun.misc.Signal("USR1"), s -> { })); }
        catch (IllegalArgumentException e) { return e.getMessage(); }
    }
    public static String property(String name) { return System.getProperty(name); }
    public static String ofClassPath() throws Exception {
        return Class.forName("Other").getMethod("text").invoke(null).toString();
    }
}
"#;

const OTHER: &str =
    "public class Other { public static String text() { return \"from the class path\"; } }";

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("guests");
        for (name, text) in [("Program", PROGRAM), ("Other", OTHER)] {
            let source = to.join(name).with_extension("java");
            fs::write(&source, text).expect("a source is written");
            compile(&[source], &to);
        }
        to
    })
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| open(Settings::default()))
}

fn open(settings: Settings) -> Template {
    let image_folder = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    Template::open(&Settings { image_folder, ..settings }).unwrap_or_else(|error| panic!("{error}"))
}

fn small() -> GuestSettings {
    GuestSettings { max_heap_bytes: 8 << 20, ..GuestSettings::default() }
}

/// A guest with the classes of [`PROGRAM`].
fn guest(settings: &GuestSettings) -> Guest {
    guest_of(template(), settings)
}

fn guest_of(template: &Template, settings: &GuestSettings) -> Guest {
    let mut guest = template.guest(settings).unwrap_or_else(|error| panic!("{error}"));
    for name in ["Program$Slow", "Program$WithFinalizer", "Program"] {
        let bytes = fs::read(classes().join(name).with_extension("class")).expect("compiled");
        assert_eq!(guest.define(&bytes).unwrap_or_else(|error| panic!("{error}")), name);
    }
    guest
}

/// A writer whose text can be looked at.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Text {
    fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.0.lock().expect("no panic"))).into()
    }
}

fn exception<T: std::fmt::Debug>(result: Result<T, GuestError>) -> (String, Option<String>) {
    match result {
        Err(GuestError::Exception { class, message, trace }) => {
            assert!(trace.starts_with(&class), "{trace}");
            (class, message)
        }
        other => panic!("no exception: {other:?}"),
    }
}

#[test]
fn a_thousand_guests_have_their_own_statics() {
    let mut guests: Vec<Guest> = (0..1000).map(|_| guest(&small())).collect();
    for round in 1..=3 {
        for (n, guest) in guests.iter_mut().enumerate() {
            let sum: i32 = guest.call("Program", "add", (n as i32,)).expect("a sum");
            assert_eq!(sum, round * n as i32);
        }
    }
    let pool = guests.iter_mut().step_by(200);
    for guest in pool {
        let before: i32 = guest.call("Program", "add", (0,)).expect("a sum");
        let sum: i32 = guest.call("Program", "threads", (5,)).expect("threads");
        assert_eq!(sum, before + 10);
    }
}

#[test]
fn values_go_in_and_come_out() {
    let mut guest = guest(&small());
    for seen in 1..3 {
        let args = ("né", -1i64 << 40, 0.5f64, true, &[1u8, 255][..]);
        let text: String = guest.call("Program", "describe", args).expect("a text");
        assert_eq!(text, format!("né -1099511627776 0.5 true [1, -1] {{né={seen}}}"));
    }
    let bytes: Vec<u8> = guest.call("Program", "bytes", (3,)).expect("bytes");
    assert_eq!(bytes, [3, 3, 3]);
    let nothing: Option<String> = guest.call("Program", "nothing", ()).expect("null");
    assert_eq!(nothing, None);
    let max: i64 = guest.call("java.lang.Math", "max", (3i64, 4i64)).expect("the library");
    assert_eq!(max, 4);
}

#[test]
fn exceptions_become_errors() {
    let mut guest = guest(&small());
    let failed = guest.call::<_, ()>("Program", "fail", ("that",));
    assert_eq!(exception(failed), ("java.lang.IllegalStateException".into(), Some("that".into())));
    let deep = guest.call::<_, ()>("Program", "deep", (0,));
    assert_eq!(exception(deep), ("java.lang.StackOverflowError".into(), None));
    let missing = exception(guest.call::<_, i32>("Program", "missing", ()));
    assert_eq!(missing.0, "java.lang.NoSuchMethodError");
    let instance = exception(guest.call::<_, i32>("Program", "instance", ()));
    assert_eq!(instance.0, "java.lang.NoSuchMethodError");
    let class = exception(guest.call::<_, i32>("a.b.Missing", "x", ()));
    assert_eq!(class, ("java.lang.ClassNotFoundException".into(), Some("a.b.Missing".into())));
    let damaged = exception(guest.define(&[0xca, 0xfe]));
    assert_eq!(damaged.0, "java.lang.ClassFormatError");
    let bytes = fs::read(classes().join("Program.class")).expect("compiled");
    assert_eq!(exception(guest.define(&bytes)).0, "java.lang.LinkageError");
    let caught: i32 = guest.call("Program", "caught", ()).expect("still in order");
    assert_eq!(caught, 6);
}

#[test]
fn exit_ends_the_guest_alone() {
    let (out, err) = (Text::default(), Text::default());
    let settings = GuestSettings {
        output: Output::To(Sink::new(out.clone())),
        error: Output::To(Sink::new(err.clone())),
        properties: vec![("a.b".into(), "c".into())],
        ..small()
    };
    let mut leaving = guest(&settings);
    let mut staying = guest(&settings);
    let property: String = leaving.call("Program", "property", ("a.b",)).expect("a property");
    assert_eq!(property, "c");
    let exited = leaving.call_main("Program", &["7".into()]);
    assert!(matches!(exited, Err(GuestError::Exited(7))), "{exited:?}");
    assert_eq!(leaving.exit_code(), Some(7));
    assert_eq!((out.take().as_str(), err.take().as_str()), ("main 7 ä\nhook\n", ""));
    let again = leaving.call::<_, i32>("Program", "add", (1,));
    assert!(matches!(again, Err(GuestError::Exited(7))), "{again:?}");
    assert!(leaving.end(Duration::from_secs(10)));
    assert_eq!(staying.call::<_, i32>("Program", "add", (1,)).expect("alive"), 1);
    let elsewhere = staying.call::<_, ()>("Program", "exitFromElsewhere", (3,));
    assert!(matches!(elsewhere, Err(GuestError::Exited(3))), "{elsewhere:?}");
    assert_eq!(err.take(), "");
}

#[test]
fn threads_end_with_their_guest() {
    for _ in 0..5 {
        let mut guest = guest(&small());
        guest.call::<_, ()>("Program", "occupy", ()).expect("threads start");
        assert!(guest.vm().threads.counts().live > 10);
        let start = Instant::now();
        assert!(guest.end(Duration::from_secs(20)), "threads go on");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

/// A writer that does not come back before it is told to, and tells when it is no more.
struct Stuck {
    began: Sender<&'static str>,
    go_on: Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.began.send("began").expect("the test listens");
        self.go_on.recv().expect("the test tells");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        self.began.send("freed").expect("the test listens");
    }
}

#[test]
fn a_guest_stays_until_its_last_thread_has_ended() {
    let ((began, listen), (tell, go_on)) = (channel(), channel());
    let output = Output::To(Sink::new(Stuck { began, go_on }));
    let mut guest = guest(&GuestSettings { output, ..small() });
    guest.call::<_, ()>("Program", "printLater", ()).expect("a thread starts");
    assert_eq!(listen.recv(), Ok("began"));
    assert!(!guest.end(Duration::from_millis(20)), "a thread is with the host");
    assert!(listen.try_recv().is_err(), "its guest is still there");
    tell.send(()).expect("the writer listens");
    assert_eq!(listen.recv_timeout(Duration::from_secs(20)), Ok("freed"));
}

#[test]
fn heaps_have_their_limits() {
    let mut guest = guest(&small());
    let sum: i64 = guest.call("Program", "churn", (100_000,)).expect("garbage is collected");
    assert!(sum > 100_000_000);
    assert!(guest.vm().heap.stats().max_bytes == 8 << 20);
    let full = exception(guest.call::<_, ()>("Program", "fill", ()));
    assert_eq!(full, ("java.lang.OutOfMemoryError".into(), Some("Java heap space".into())));
    let again: i64 = guest.call("Program", "churn", (100_000,)).expect("there is room again");
    assert_eq!(again, sum);
}

#[test]
fn collections_see_all_of_a_guest() {
    let settings = Settings { gc_stress: Some(211), gc_check: true, ..Settings::default() };
    let template = open(settings);
    let mut guest = guest_of(&template, &small());
    drop(template);
    let sum: i32 = guest.call("Program", "threads", (3,)).expect("threads");
    assert_eq!(sum, 3);
    let text: String = guest.call("Program", "references", ()).expect("a text");
    assert_eq!(text, "true 0 true");
    let caught: i32 = guest.call("Program", "caught", ()).expect("an exception is caught");
    assert_eq!(caught, 6);
    guest.call::<_, ()>("Program", "occupy", ()).expect("threads start");
    assert!(guest.end(Duration::from_secs(20)));
}

#[test]
fn threads_of_the_library_wake_when_they_are_needed() {
    let mut guest = guest(&small());
    let text: String = guest.call("Program", "references", ()).expect("a text");
    assert_eq!(text, "true 0 true");
    assert!(guest.call::<_, bool>("Program", "finalizers", ()).expect("finalizers run"));
    assert!(guest.end(Duration::from_secs(10)));
}

#[test]
fn signals_stay_the_hosts() {
    let text: String = guest(&small()).call("Program", "signal", ()).expect("a text");
    assert_eq!(text, "Signal already used by VM or OS: SIGUSR1");
}

#[test]
fn class_paths_are_the_guests_own() {
    let mut without = guest(&small());
    let missing = exception(without.call::<_, String>("Program", "ofClassPath", ()));
    assert_eq!(missing.0, "java.lang.ClassNotFoundException");
    let settings = GuestSettings { class_path: vec![classes().into()], ..small() };
    let mut with = template().guest(&settings).expect("a guest");
    let text: String = with.call("Program", "ofClassPath", ()).expect("a text");
    assert_eq!(text, "from the class path");
    let early = GuestSettings { properties: vec![("java.home".into(), "/".into())], ..small() };
    assert!(matches!(template().guest(&early), Err(GuestError::Start(_))));
}

#[test]
fn guests_run_in_parallel_and_move_between_threads() {
    let workers: Vec<_> = (0..2)
        .map(|n| {
            let mut own = guest(&small());
            own.call::<_, i32>("Program", "add", (n,)).expect("a sum");
            thread::spawn(move || {
                let sum: i64 = own.call("Program", "churn", (200_000,)).expect("a sum");
                own.call::<_, i32>("Program", "threads", (4,)).expect("threads");
                (own, sum)
            })
        })
        .collect();
    let done: Vec<_> = workers.into_iter().map(|w| w.join().expect("no panic")).collect();
    assert_eq!(done[0].1, done[1].1);
    for (n, (mut own, _)) in done.into_iter().enumerate() {
        assert_eq!(own.call::<_, i32>("Program", "add", (0,)).expect("a sum"), n as i32 + 6);
    }
}
