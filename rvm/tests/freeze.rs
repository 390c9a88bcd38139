//! Programs that are saved again and again while they run, each time going on in a new process: what they print, all
//! together, is what `java` prints.

mod support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// Exit code of a process whose program was saved.
const FROZEN: i32 = 75;
/// No program here takes so many processes.
const MAX_FREEZES: usize = 300;

/// Threads in all the states that can be saved: in a class initialiser, in reflection, waiting, notified, parked, asleep,
/// entering a lock, in synchronized code, in a method handle, and running. What they print is in one order only.
const STATES: &str = r#"
import java.lang.invoke.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.locks.*;
public class States {
    static class Base { static int sum = slow("base", 4); }
    static class Slow extends Base { static int sum = Base.sum + slow("slow", 4); }
    static class Fails { static int v = fail(); static int fail() { slow("fails", 2); throw new IllegalStateException("no"); } }
    static int slow(String name, int n) {
        int sum = 0;
        for (int i = 0; i < n; i++) {
            sleep(12);
            sum += i;
            System.out.println(name + " " + i);
        }
        return sum;
    }
    static void sleep(long millis) {
        try { Thread.sleep(millis); } catch (InterruptedException e) { throw new IllegalStateException(e); }
    }
    public static int reflected(String s, int n) { return slow(s, n); }
    public static void throwing(String s) throws Exception { slow(s, 2); throw new Exception(s); }
    public States(int n) { slow("constructor", n); }
    static synchronized long work(long h, int n) { for (int i = 0; i < n; i++) h = h * 31 + i % 7; return h; }
    public static void main(String[] args) throws Throwable {
        System.out.println(Slow.sum);
        try { System.out.println(Fails.v); } catch (ExceptionInInitializerError e) { System.out.println(e.getCause()); }
        try { System.out.println(Fails.v); } catch (NoClassDefFoundError e) { System.out.println(e.getMessage()); }
        System.out.println(States.class.getMethod("reflected", String.class, int.class).invoke(null, "invoked", 4));
        try { States.class.getMethod("throwing", String.class).invoke(null, "thrown"); }
        catch (java.lang.reflect.InvocationTargetException e) { System.out.println(e.getCause()); }
        System.out.println(States.class.getConstructor(int.class).newInstance(3).getClass());
        MethodHandle h = MethodHandles.lookup().findStatic(States.class, "slow", MethodType.methodType(int.class, String.class, int.class));
        System.out.println((int) h.bindTo("handle").invoke(3));
        Object lock = new Object();
        BlockingQueue<String> said = new LinkedBlockingQueue<>();
        List<Thread> all = new ArrayList<>();
        boolean[] go = new boolean[1];
        all.add(new Thread(() -> {
            synchronized (lock) {
                while (!go[0]) { try { lock.wait(); } catch (InterruptedException e) { } }
                said.add("waited");
            }
        }));
        all.add(new Thread(() -> { LockSupport.parkNanos(60_000_000); said.add("parked"); }));
        all.add(new Thread(() -> { try { Thread.sleep(100_000); } catch (InterruptedException e) { said.add("interrupted"); } }));
        CountDownLatch latch = new CountDownLatch(2);
        all.add(new Thread(() -> { try { latch.await(); said.add("latched"); } catch (InterruptedException e) { } }));
        all.forEach(Thread::start);
        long hash = 0;
        synchronized (lock) {
            all.add(new Thread(() -> { synchronized (lock) { said.add("entered"); } }));
            all.get(4).start();
            for (int i = 0; i < 10; i++) hash = work(hash, 400_000);
            go[0] = true;
            lock.notifyAll();
            for (int i = 0; i < 5; i++) hash = work(hash, 400_000);
        }
        all.get(2).interrupt();
        latch.countDown();
        sleep(30);
        latch.countDown();
        for (Thread t : all) t.join();
        System.out.println(hash + " " + new TreeSet<>(said));
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < 60_000; i++) counts.merge("k" + i % 97, i % 13, Integer::sum);
        System.out.println(counts.hashCode() + " " + "interned".concat("!").intern());
        ExecutorService pool = Executors.newFixedThreadPool(3);
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 6; i++) { int n = i; futures.add(pool.submit(() -> { sleep(10 + n); return n * n; })); }
        int total = 0;
        for (Future<Integer> f : futures) total += f.get();
        pool.shutdown();
        System.out.println(total + " " + pool.awaitTermination(10, TimeUnit.SECONDS));
        new Thread(() -> { sleep(40); System.out.println("after main"); }).start();
        System.out.println("main ends");
    }
}
"#;

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("freeze");
        fs::write(to.join("States.java"), STATES).expect("a source is written");
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs");
        let mut sources = vec![to.join("States.java")];
        sources.extend(PROGRAMS.iter().map(|name| programs.join(name).with_extension("java")));
        compile(&sources, &to);
        to
    })
}

/// Programs of the tree that hold no files, sockets or processes, and say nothing that depends on time.
const PROGRAMS: [&str; 5] = ["Collections", "Garbage", "Initialisation", "Language", "Texts"];

/// How a program is saved: for this machine, or for any.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Here,
    Portably,
}

/// Runs a program, frozen after each of `millis` in turn; answers what all its processes did together, and how many
/// freezes there were.
fn through_freezes(
    name: &str,
    how: How,
    stress: bool,
    millis: impl Iterator<Item = u64>,
) -> (Outcome, usize) {
    let (switch, kind) = if how == How::Portably { (",portable", "_portable") } else { ("", "") };
    let place = folder(&format!("freeze_{name}{kind}{}", if stress { "_stress" } else { "" }));
    let [saved, taken] = ["saved", "taken"].map(|file| place.join(file));
    let mut all = Outcome { code: Some(FROZEN), out: String::new(), err: String::new() };
    for (freezes, millis) in millis.enumerate() {
        let mut command: Command = rvm();
        command.env("RVM_FREEZE_AFTER", format!("{millis}{switch}:{}", saved.display()));
        command.env("LC_ALL", "C.UTF-8");
        if stress {
            command.env("RVM_GC_STRESS", "1000").env("RVM_GC_CHECK", "1");
        }
        if freezes == 0 {
            command.args(["run", "-cp"]).arg(classes()).arg(name);
        } else {
            fs::rename(&saved, &taken).expect("the program was saved");
            command.arg("resume").arg(&taken);
        }
        let outcome = run(&mut command, "");
        all.out += &outcome.out;
        all.err += &outcome.err;
        all.code = outcome.code;
        if outcome.code != Some(FROZEN) {
            return (all, freezes);
        }
        assert!(freezes < MAX_FREEZES, "the program does not get on: {}", all.out);
    }
    unreachable!("freezes do not end")
}

/// Compares with `java`; answers the number of freezes.
fn check(name: &str, how: How, stress: bool, millis: impl Iterator<Item = u64>) -> usize {
    let mut java = jdk_tool("java");
    let expected = run(java.env("LC_ALL", "C.UTF-8").arg("-cp").arg(classes()).arg(name), "");
    let (got, freezes) = through_freezes(name, how, stress, millis);
    assert_eq!(got.out, expected.out, "after {freezes} freezes; standard error:\n{}", got.err);
    assert_eq!(got.err, expected.err, "after {freezes} freezes");
    assert_eq!(got.code, expected.code);
    println!("{name}: {freezes} freezes");
    freezes
}

/// Odd distances, so that programs are met in other places each time.
fn distances(least: u64) -> impl Iterator<Item = u64> {
    (0u64..).map(move |n| least + n * 7 % 23)
}

/// The first moment at which a program can be saved is the verification of its main class, if that has classes loaded.
#[test]
fn before_main() {
    let to = folder("freeze_before_main");
    let (mut classes, mut uses) = (String::new(), String::new());
    for i in 0..200 {
        classes += &format!("class Sub{i} extends Early {{ }}\n");
        uses += &format!("early = n == {i} ? new Sub{i}() : early;\n");
    }
    let main = format!(
        "public class Early {{ static Early early(int n) {{ Early early = null;\n{uses}return early; }}\n\
         public static void main(String[] args) {{ System.out.println(early(7).getClass()); }} }}\n{classes}"
    );
    fs::write(to.join("Early.java"), main).expect("a source is written");
    compile(&[to.join("Early.java")], &to);
    let saved = to.join("saved");
    let mut command = rvm();
    command.env("RVM_FREEZE_AFTER", format!("0:{}", saved.display()));
    let first = run(command.args(["run", "-cp"]).arg(&to).arg("Early"), "");
    assert_eq!((first.code, first.out.as_str()), (Some(FROZEN), ""), "{}", first.err);
    let then = run(rvm().arg("resume").arg(&saved), "");
    assert_eq!((then.code, then.out.as_str()), (Some(0), "class Sub7\n"), "{}", then.err);
}

#[test]
fn threads_in_all_states() {
    assert!(check("States", How::Here, false, distances(12)) >= 10);
}

#[test]
fn threads_in_all_states_under_stress() {
    assert!(check("States", How::Here, true, distances(120)) >= 3);
}

#[test]
fn programs_of_the_tree() {
    // Some are over before their first freeze.
    let freezes: usize =
        PROGRAMS.iter().map(|name| check(name, How::Here, false, distances(6))).sum();
    assert!(freezes >= PROGRAMS.len());
}

#[test]
fn threads_in_all_states_portably() {
    assert!(check("States", How::Portably, false, distances(12)) >= 10);
}

#[test]
fn threads_in_all_states_portably_under_stress() {
    assert!(check("States", How::Portably, true, distances(120)) >= 3);
}

#[test]
fn programs_of_the_tree_portably() {
    let check = |name: &&str| check(name, How::Portably, false, distances(6));
    assert!(PROGRAMS.iter().map(check).sum::<usize>() >= PROGRAMS.len());
}

/// Runs to its end what another process has been asked to save.
#[test]
fn asked_by_another_process() {
    let place = folder("freeze_asked");
    let saved = place.join("saved program");
    let mut command: Command = rvm();
    command.env("LC_ALL", "C.UTF-8").args(["run", "-cp"]).arg(classes()).args(["States", "asked"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a process");
    let id = child.id().to_string();
    // As soon as it can be asked; the program takes much longer.
    let mut shown = String::new();
    for _ in 0..500 {
        let ps = run(rvm().arg("ps"), "");
        assert_eq!(ps.code, Some(0), "{}", ps.err);
        shown = ps.out;
        if shown.lines().any(|line| line.trim() == format!("{id}  States asked")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(shown.contains("States asked"), "{shown}");
    let freeze = run(rvm().args(["freeze", &id, "-o"]).arg(&saved), "");
    assert_eq!((freeze.code, freeze.err.as_str()), (Some(0), ""));
    let mut out = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
    assert_eq!(child.wait().expect("a child").code(), Some(FROZEN));
    let mode = fs::metadata(&saved).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may read what a program knows");
    let expected = run(jdk_tool("java").arg("-cp").arg(classes()).arg("States"), "");
    // As often as one likes.
    for _ in 0..2 {
        let rest = run(rvm().arg("resume").arg(&saved), "");
        assert_eq!(format!("{out}{}", rest.out), expected.out, "{}", rest.err);
        assert_eq!(rest.code, Some(0));
    }
    let gone = run(rvm().args(["freeze", &id, "-o"]).arg(&saved), "");
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("runs no program of yours"), "{}", gone.err);
}

#[test]
fn files_that_are_no_programs() {
    let place = folder("freeze_bad");
    check_refused(&place.join("missing"), "can not be read");
    let not = place.join("text");
    fs::write(&not, "not a program, although it is long enough to have been one").expect("a file");
    check_refused(&not, "it does not begin as an image");
    let mut build = rvm();
    // Not in place of the one that the other tests' programs are based on.
    let boot = run(build.env("XDG_CACHE_HOME", &place).args(["image", "build"]), "");
    assert_eq!(boot.code, Some(0), "{}", boot.err);
    check_refused(Path::new(boot.out.trim()), "it is the image of no program");
    let whole = fs::read(boot.out.trim()).expect("the boot image");
    let cut = place.join("cut");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    check_refused(&cut, "the image is damaged");
}

fn check_refused(file: &Path, reason: &str) {
    let mut command = rvm();
    let outcome = run(command.arg("resume").arg(file), "");
    assert_eq!(outcome.code, Some(1));
    let one_line = outcome.err.starts_with("rvm: ") && outcome.err.lines().count() == 1;
    assert!(one_line && outcome.err.contains(reason), "{}", outcome.err);
}
