//! The boot image: programs that start from it see their own process, and whatever is wrong with it does no harm.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// Shows what belongs to the process; run by `java`, too.
const OWN: &str = r#"
import java.io.File;
import java.nio.file.*;
import java.util.*;
public class Own {
    public static void main(String[] args) throws Exception {
        System.out.println(System.getProperty("user.dir"));
        System.out.println(new File("x").getAbsolutePath() + " " + new File("x").getCanonicalPath());
        System.out.println(Path.of("x").toAbsolutePath() + " " + Files.exists(Path.of("here")));
        System.out.println(System.getProperty("java.class.path") + " " + System.getProperty("a.b"));
        System.out.println(System.getProperty("sun.java.command") + " " + Arrays.toString(args));
        System.out.println(Own.class.getClassLoader().getResource("Own.class"));
        System.out.println(System.getenv("OWN") + " " + Boolean.getBoolean("a.c"));
        System.out.println(Thread.currentThread().getName() + Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getThreadGroup() != null && !t.getThreadGroup().getName().equals("InnocuousThreadGroup"))
            .map(Thread::getName).filter(n -> !n.equals("Signal Dispatcher") && !n.equals("Notification Thread")
                && !n.startsWith("Common")).sorted().toList());
        try {
            Class.forName("rvm.Training");
        } catch (ClassNotFoundException e) {
            System.out.println(e);
        }
        // Finalizers, cleaners and the reference handler are threads of the image.
        Object[] seen = new Object[1];
        java.lang.ref.ReferenceQueue<Object> queue = new java.lang.ref.ReferenceQueue<>();
        java.lang.ref.WeakReference<Object> weak = new java.lang.ref.WeakReference<>(new Object(), queue);
        for (int i = 0; i < 100 && seen[0] == null; i++) {
            System.gc();
            seen[0] = queue.remove(100);
        }
        System.out.println(seen[0] == weak);
        Thread sleeper = new Thread(() -> { synchronized (queue) { System.out.println("other"); } });
        sleeper.start();
        sleeper.join();
    }
}
"#;

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("boot_image");
        fs::write(to.join("Own.java"), OWN).expect("a source is written");
        compile(&[to.join("Own.java")], &to);
        fs::create_dir_all(to.join("cwd/here")).expect("a folder");
        to
    })
}

/// `rvm run` with a cache folder of its own.
fn cached(cache: &Path) -> Command {
    let mut command = rvm();
    command.arg("run").env("XDG_CACHE_HOME", cache);
    command
}

/// The boot images in a cache folder.
fn images(cache: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cache.join("rvm")) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn own(mut command: Command) -> Outcome {
    command.current_dir(classes().join("cwd")).env("OWN", "mine").env("LC_ALL", "C.UTF-8");
    command.args(["-Da.b=c d", "-Da.c=true", "-cp", "..:elsewhere", "Own", "1", "2"]);
    run(&mut command, "")
}

fn assert_good(got: &Outcome, what: &str) {
    let expected = own(jdk_tool("java"));
    assert_eq!(expected.code, Some(0), "java itself fails: {}", expected.err);
    assert_eq!(got.out, expected.out, "{what}");
    assert_eq!(got.code, Some(0), "{what}: {}", got.err);
}

#[test]
fn a_program_sees_its_own_process() {
    let cache = folder("image_own");
    let first = own(cached(&cache));
    assert_good(&first, "the start that makes the image");
    assert_eq!(first.err, "");
    assert_eq!(images(&cache).len(), 1);
    // Made elsewhere, so everything in it that is of that place would show.
    let elsewhere = folder("image_elsewhere");
    let mut build = rvm();
    build.args(["image", "build"]).env("XDG_CACHE_HOME", &elsewhere).env("LC_ALL", "C.UTF-8");
    let built = run(build.current_dir("/"), "");
    assert_eq!(built.code, Some(0), "{}", built.err);
    assert_eq!(built.out.trim(), images(&elsewhere)[0].to_string_lossy());
    let second = own(cached(&elsewhere));
    assert_good(&second, "the start from the image");
    assert_eq!(second.err, "");
    assert_eq!(images(&elsewhere).len(), 1, "the image that was there has served");
    let mut without = cached(&cache);
    without.arg("--no-image");
    assert_good(&own(without), "the start without an image");
}

#[test]
fn under_stress_on_top_of_an_image() {
    let cache = folder("image_stress");
    assert_good(&own(cached(&cache)), "the start that makes the image");
    let mut command = cached(&cache);
    command.env("RVM_GC_STRESS", "500").env("RVM_GC_CHECK", "1");
    assert_good(&own(command), "collections at every 500th allocation");
}

#[test]
fn damaged_images_are_made_anew() {
    let cache = folder("image_damaged");
    assert_good(&own(cached(&cache)), "the start that makes the image");
    let image = images(&cache).remove(0);
    let whole = fs::read(&image).expect("the image");
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    let mut in_state = whole.clone();
    in_state[whole.len() - 100] ^= 1;
    let damages: [(&str, Vec<u8>); 7] = [
        ("empty", Vec::new()),
        ("a header", whole[..20].to_vec()),
        ("half a state", whole[..200].to_vec()),
        ("without the last page", whole[..whole.len() - 4096].to_vec()),
        ("a flipped bit", flipped),
        ("a flipped bit of the state", in_state),
        ("something else", vec![b'x'; 100_000]),
    ];
    for (what, bytes) in damages {
        // Beside it and renamed: the old one may be mapped.
        let part = image.with_extension("part");
        fs::write(&part, bytes).expect("a file");
        fs::rename(&part, &image).expect("a file");
        let got = own(cached(&cache));
        assert_good(&got, what);
        let warned = got.err.contains("the image is damaged") && got.err.lines().count() == 1;
        assert!(warned, "{what}: {}", got.err);
        let next = own(cached(&cache));
        assert_eq!(next.err, "", "{what}: it was not made anew");
    }
}

#[test]
fn many_processes_make_the_same_image() {
    let cache = folder("image_race");
    thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| own(cached(&cache)))).collect();
        for one in all {
            let got = one.join().expect("a thread");
            assert_good(&got, "one of six");
            assert_eq!(got.err, "");
        }
    });
    assert_eq!(images(&cache).len(), 1, "nothing half made is left");
}

#[test]
fn without_a_folder_for_it() {
    let file = folder("image_nowhere").join("file");
    fs::write(&file, "").expect("a file");
    let got = own(cached(&file));
    assert_good(&got, "the cache folder is a file");
    assert_eq!(got.err, "");
    let mut build = rvm();
    build.args(["image", "build"]).env("XDG_CACHE_HOME", &file);
    let built = run(&mut build, "");
    assert_eq!(built.code, Some(1));
    assert!(built.err.contains("can not be written"), "{}", built.err);
}

#[test]
fn settings_that_the_library_takes_over_early() {
    let cache = folder("image_early");
    let mut command = cached(&cache);
    command.args(["-Djava.io.tmpdir=/nowhere", "-ea"]);
    assert_good(&own(command), "an early property");
    assert!(images(&cache).is_empty());
}

#[test]
fn the_training_class_is_that_of_its_source() {
    let java = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/java/rvm");
    let to = folder("training");
    let mut javac = jdk_tool("javac");
    javac.args(["--release", "17", "-g:none", "-d"]).arg(&to).arg(java.join("Training.java"));
    let compiled = run(&mut javac, "");
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    let class = |path: PathBuf| fs::read(path).expect("a class file");
    let same = class(to.join("rvm/Training.class")) == class(java.join("Training.class"));
    assert!(same, "compile stdlib/java/rvm/Training.java again (javac --release 17 -g:none)");
}
