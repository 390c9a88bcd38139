//! Snapshots of running programs: what is in the files, several of one program, and all that can go wrong.

mod support;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rvm::FreezeOptions;
use support::{Outcome, compile, folder, run, rvm};

/// Says a number every other millisecond, and something of its own process when it ends. Beside it there is a mebibyte or two
/// of objects, of which a part is another one in each round.
const COUNTER: &str = r#"
import java.util.*;
import java.util.concurrent.ThreadLocalRandom;
public class Counter {
    public static void main(String[] args) throws Exception {
        int end = Integer.parseInt(args[0]);
        Map<Integer, String> map = new TreeMap<>();
        for (int i = 0; i < 20_000; i++) map.put(i, "text " + i);
        Random seeded = new Random(42);
        ThreadLocalRandom.current();
        for (int i = 0; i < end; i++) {
            System.out.println(i + " " + seeded.nextInt(1000));
            map.put(i % 20_000, "round " + i);
            Thread.sleep(2);
        }
        int sum = 0;
        for (Map.Entry<Integer, String> e : map.entrySet()) sum = sum * 31 + e.getKey() + e.getValue().hashCode();
        System.out.println("sum " + sum);
        System.out.println("own " + ProcessHandle.current().pid() + " " + ThreadLocalRandom.current().nextLong()
            + " " + new Random().nextLong());
    }
}
"#;

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("snapshots");
        fs::write(to.join("Counter.java"), COUNTER).expect("a source is written");
        compile(&[to.join("Counter.java")], &to);
        to
    })
}

/// A program in a process of its own, whose output goes to a file.
struct Running {
    child: Child,
    out: PathBuf,
}

impl Running {
    fn start(command: &mut Command, out: &Path) -> Running {
        let to = File::create(out).expect("a file for the output");
        let errors = File::create(out.with_extension("err")).expect("a file for the errors");
        let child = command.stdin(Stdio::null()).stdout(to).stderr(errors).spawn();
        Running { child: child.expect("a process"), out: out.into() }
    }

    /// A counter that has begun to count.
    fn counter(place: &Path, name: &str, end: u32) -> Running {
        let mut command = rvm();
        command.args(["run", "-cp"]).arg(classes()).args(["Counter", &end.to_string()]);
        let running = Running::start(&mut command, &place.join(name));
        running.wait_for_output();
        running
    }

    fn resumed(place: &Path, name: &str, file: &Path) -> Running {
        let mut command = rvm();
        let running = Running::start(command.arg("resume").arg(file), &place.join(name));
        running.wait_for_output();
        running
    }

    fn id(&self) -> u32 {
        self.child.id()
    }

    fn output(&self) -> String {
        fs::read_to_string(&self.out).expect("the output")
    }

    fn wait_for_output(&self) {
        let start = Instant::now();
        while self.output().is_empty() || rvm::program_of(self.id()).is_err() {
            let errors = fs::read_to_string(self.out.with_extension("err"));
            assert!(start.elapsed() < Duration::from_secs(60), "{errors:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn freeze(&self, file: &Path, words: &[&str], since: Option<&Path>) -> Result<u64, String> {
        let mut options = FreezeOptions { since: since.map(Path::to_owned), ..Default::default() };
        words.iter().for_each(|word| assert!(options.switch(word)));
        let saved = rvm::freeze(self.id(), file, &options).map_err(|error| error.to_string())?;
        assert_eq!(fs::metadata(file).expect("the file").len(), saved.file_bytes);
        Ok(saved.file_bytes)
    }

    /// To its end.
    fn finish(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("a child").code();
        (code, self.output())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a whole run but the last.
fn expected(end: u32) -> &'static str {
    static EXPECTED: OnceLock<String> = OnceLock::new();
    assert_eq!(end, END);
    EXPECTED.get_or_init(|| {
        let place = folder("snapshots_expected");
        let (code, out) = Running::counter(&place, "out", end).finish();
        assert_eq!(code, Some(0));
        own_line(&out).0.to_owned()
    })
}

const END: u32 = 300;

/// What is the same for all processes, and what is not: number and two random numbers.
fn own_line(out: &str) -> (&str, Vec<&str>) {
    let (same, own) = out.split_once("own ").expect("the last line");
    (same, own.trim().split(' ').collect())
}

/// Goes on with a snapshot; what it says is the end of what a whole run says.
fn check_resumes(file: &Path) -> String {
    let rest = run(rvm().arg("resume").arg(file), "");
    assert_eq!((rest.code, rest.err.as_str()), (Some(0), ""), "{}", file.display());
    let (same, own) = own_line(&rest.out);
    assert!(expected(END).ends_with(same), "{}: {same}", file.display());
    assert!(same.len() < expected(END).len());
    own.join(" ")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// One refusal, on one line, and nothing has run.
fn check_refused(command: &mut Command, reason: &str) {
    let Outcome { code, out, err } = run(command, "");
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    let one_line = err.starts_with("rvm: ") && err.lines().count() == 1;
    assert!(one_line && err.contains(reason), "{reason}: {err}");
}

#[test]
fn only_what_differs_from_the_base_is_stored() {
    let place = folder("snapshots_base");
    let cache = place.join("cache");
    let with_cache = |command: &mut Command| {
        command.env("XDG_CACHE_HOME", &cache);
    };
    let mut command = rvm();
    command.args(["run", "-cp"]).arg(classes()).args(["Counter", &END.to_string()]);
    with_cache(&mut command);
    let running = Running::start(&mut command, &place.join("out"));
    running.wait_for_output();
    let [small, whole] = ["small", "whole"].map(|name| place.join(name));
    let small_bytes = running.freeze(&small, &["keep"], None).expect("it is saved");
    let whole_bytes = running.freeze(&whole, &["with-base"], None).expect("it is saved");
    assert!(
        small_bytes < 5 << 20 && whole_bytes > small_bytes + (4 << 20),
        "{small_bytes} {whole_bytes}"
    );
    let base =
        fs::read_dir(cache.join("rvm")).expect("images").flatten().next().expect("one").path();
    let info = run(rvm().args(["image", "info"]).arg(&small), "");
    let shown = info.out.contains(base.to_str().expect("text"))
        && info.out.contains("program Counter 300")
        && info.out.contains("a saved program");
    assert!(info.code == Some(0) && shown, "{}", info.out);
    check_resumes(&small);
    // Without the base.
    let away = place.join("away");
    fs::rename(&base, &away).expect("it is moved");
    check_refused(rvm().arg("resume").arg(&small), "it is gone");
    check_refused(rvm().arg("resume").arg(&small), base.to_str().expect("text"));
    check_refused(rvm().args(["image", "verify"]).arg(&small), "it is gone");
    let info = run(rvm().args(["image", "info"]).arg(&small), "");
    assert!(info.out.contains("missing"), "{}", info.out);
    check_resumes(&whole);
    // Another image in its place, and itself beside the snapshot.
    fs::copy(&whole, &base).expect("a copy");
    check_refused(rvm().arg("resume").arg(&small), "another image is there now");
    fs::rename(&away, place.join(base.file_name().expect("a name"))).expect("it is moved");
    check_resumes(&small);
}

#[test]
fn many_snapshots_of_one_program() {
    let place = folder("snapshots_many");
    let running = Running::counter(&place, "out", END);
    let file = |n: usize| place.join(format!("snapshot{n}"));
    let first = running.freeze(&file(0), &["keep"], None).expect("it is saved");
    let mut increments = Vec::new();
    for n in 1..8 {
        std::thread::sleep(Duration::from_millis(20));
        let words: &[&str] = if n % 3 == 0 { &["keep", "compress"] } else { &["keep"] };
        let bytes = running.freeze(&file(n), words, Some(&file(n - 1))).expect("it is saved");
        increments.push(bytes);
    }
    assert!(increments.iter().all(|bytes| *bytes < first / 2), "{first} {increments:?}");
    let packed = running.freeze(&place.join("packed"), &["keep", "compress"], None).expect("saved");
    assert!(packed < first * 2 / 3, "{packed} of {first}");
    // The program has seen nothing of it.
    let (code, out) = running.finish();
    assert_eq!((code, own_line(&out).0), (Some(0), expected(END)));
    let mut own: Vec<String> = (0..8).map(|n| check_resumes(&file(n))).collect();
    own.push(check_resumes(&place.join("packed")));
    own.push(check_resumes(&file(7)));
    own.push(own_line(&out).1.join(" "));
    for column in 0..3 {
        let mut values: Vec<_> = own.iter().filter_map(|own| own.split(' ').nth(column)).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), own.len(), "each process has its own: {own:?}");
    }
    let good = run(rvm().args(["image", "verify"]).arg(file(7)).arg(file(3)), "");
    assert_eq!((good.code, good.out.lines().count()), (Some(0), 2), "{}", good.err);
    // A link of the chain is gone.
    fs::rename(file(4), place.join("elsewhere")).expect("it is moved");
    check_resumes(&file(3));
    check_refused(rvm().arg("resume").arg(file(7)), "snapshot4");
}

#[test]
fn programs_that_go_on_are_saved_again() {
    let place = folder("snapshots_again");
    let file = |n: usize| place.join(format!("snapshot{n}"));
    let mut running = Running::counter(&place, "out", END);
    let mut all = String::new();
    for n in 0..5 {
        // Now as the difference to what the process began with, now to the boot image.
        let since = (n % 2 == 1).then(|| file(n - 1));
        running.freeze(&file(n), &[], since.as_deref()).expect("it is saved");
        let (code, out) = running.finish();
        assert_eq!(code, Some(75));
        all += &out;
        running = Running::resumed(&place, &format!("out{n}"), &file(n));
    }
    let (code, out) = running.finish();
    all += &out;
    assert_eq!((code, own_line(&all).0), (Some(0), expected(END)));
}

#[test]
fn clones() {
    let place = folder("snapshots_clones");
    let running = Running::counter(&place, "out", END);
    let id = running.id().to_string();
    let outputs = ["clone1", "clone2"].map(|name| place.join(name));
    let mut clones = Vec::new();
    for output in &outputs {
        let cloned = run(rvm().args(["clone", &id, "-o"]).arg(output), "");
        assert_eq!((cloned.code, cloned.err.as_str()), (Some(0), ""));
        clones.push(cloned.out.trim().parse::<u32>().expect("a number"));
    }
    // The clones are nobody's children.
    let start = Instant::now();
    while clones.iter().any(|&id| rvm::program_of(id).is_ok()) {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    let (code, out) = running.finish();
    assert_eq!((code, own_line(&out).0), (Some(0), expected(END)));
    let mut all = vec![own_line(&out).1[1].to_owned()];
    for (output, clone) in outputs.iter().zip(&clones) {
        let out = fs::read_to_string(output).expect("the clone's output");
        let (same, own) = own_line(&out);
        assert!(expected(END).ends_with(same), "{same}");
        assert_eq!(own[0], clone.to_string());
        all.push(own[1].to_owned());
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 3, "random numbers are each process's own");
    check_refused(rvm().args(["clone", &id]), "runs no program of yours");
}

#[test]
fn places_where_nothing_can_be_saved() {
    let place = folder("snapshots_places");
    let running = Running::counter(&place, "out", END);
    let good = place.join("good");
    running.freeze(&good, &["keep"], None).expect("it is saved");
    let text = place.join("text");
    fs::write(&text, "no image").expect("a file");
    let before = names(&place);
    let refused = |file: &Path, since: Option<&Path>, reason: &str| {
        let error = running.freeze(file, &[], since).expect_err("it can not be saved");
        assert!(error.contains(reason), "{reason}: {error}");
    };
    refused(&place.join("missing/file"), None, "No such file");
    refused(&place, None, "directory");
    refused(Path::new("/proc/self/snapshot"), None, "can not be written");
    refused(&text.join("file"), None, "Not a directory");
    refused(&good, Some(&good), "based on itself");
    refused(&place.join("new"), Some(&place.join("missing")), "missing");
    refused(&place.join("new"), Some(&text), "does not begin as an image");
    assert_eq!(names(&place), before, "no part of a file is left");
    let (code, out) = running.finish();
    assert_eq!((code, own_line(&out).0), (Some(0), expected(END)));
    check_resumes(&good);
}

/// The limit of a file's size stands for a full device.
#[test]
fn no_room_for_the_file() {
    let place = folder("snapshots_full");
    let mut command = rvm();
    let limit = rustix::process::Rlimit { current: Some(200_000), maximum: Some(200_000) };
    // SAFETY: setting a limit is one system call.
    unsafe {
        command.pre_exec(move || {
            Ok(rustix::process::setrlimit(rustix::process::Resource::Fsize, limit)?)
        });
    }
    // The boot image is there already.
    expected(END);
    command.args(["run", "-cp"]).arg(classes()).args(["Counter", &END.to_string()]);
    let running = Running::start(&mut command, &place.join("out"));
    running.wait_for_output();
    let file = place.join("file");
    for words in [&[] as &[&str], &["compress"], &["with-base", "sync"]] {
        let error = running.freeze(&file, words, None).expect_err("there is no room");
        assert!(error.contains("File too large"), "{error}");
    }
    assert_eq!(names(&place), ["out", "out.err"], "no half file is left");
    let (code, out) = running.finish();
    assert_eq!((code, own_line(&out).0), (Some(0), expected(END)));
}

/// Whatever is killed when, the file is whole, the old one or the new one.
#[test]
fn killed_while_it_is_saved() {
    let place = folder("snapshots_killed");
    let file = place.join("file");
    let running = Running::counter(&place, "out", 100_000);
    let start = std::time::Instant::now();
    running.freeze(&file, &[], None).expect("it is saved");
    let usual = start.elapsed();
    drop(running);
    let (mut old, mut new) = (0, 0);
    // How long a freeze takes depends on what else the machine does.
    let mut longest = usual;
    for moment in 0..120u32 {
        if moment >= 40 && old > 0 && new > 0 {
            break;
        }
        longest += usual / 40;
        let before = fs::read(&file).expect("the file");
        let mut running = Running::resumed(&place, "again", &file);
        let (id, to) = (running.id(), file.clone());
        let freeze = std::thread::spawn(move || {
            let keep = FreezeOptions { keep: true, ..FreezeOptions::default() };
            // It is killed on the way, or has just not been.
            let _ = rvm::freeze(id, &to, &keep);
        });
        std::thread::sleep(longest * (moment % 40) / 40);
        running.child.kill().expect("a child can be killed");
        running.child.wait().expect("a child");
        freeze.join().expect("a thread");
        match fs::read(&file).expect("the file") == before {
            true => old += 1,
            false => new += 1,
        }
        let good = run(rvm().args(["image", "verify"]).arg(&file), "");
        assert_eq!(good.code, Some(0), "killed after {moment}: {}", good.err);
    }
    assert!(old > 0 && new > 0, "{old} times before, {new} times behind the change");
    let running = Running::resumed(&place, "last", &file);
    running.freeze(&file, &["keep"], None).expect("it is saved");
    drop(running);
    let left: Vec<_> = names(&place).into_iter().filter(|name| name.ends_with(".part")).collect();
    assert_eq!(left, [] as [&str; 0]);
}

#[test]
fn damaged_snapshots_are_refused() {
    let place = folder("snapshots_damaged");
    let running = Running::counter(&place, "out", END);
    let [plain, packed, damaged] = ["plain", "packed", "damaged"].map(|name| place.join(name));
    running.freeze(&plain, &["keep"], None).expect("it is saved");
    running.freeze(&packed, &["keep", "compress"], None).expect("it is saved");
    drop(running);
    for file in [&plain, &packed] {
        let good = fs::read(file).expect("the file");
        let try_with = |bytes: &[u8], reason: &str| {
            fs::write(&damaged, bytes).expect("a file");
            check_refused(rvm().arg("resume").arg(&damaged), reason);
        };
        for length in [0, 7, 63, 64, 4095, 4096, 100_000, good.len() - 4096, good.len() - 1] {
            try_with(&good[..length], "damaged");
        }
        try_with(&[&good[..], b"more"].concat(), "damaged");
        let steps = (0..good.len()).step_by(good.len() / 40);
        for at in (0..64).step_by(5).chain(steps).chain(good.len() - 5..good.len()) {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << (at % 8);
            // Another version is not called damaged.
            try_with(&bytes, if (12..16).contains(&at) { "version" } else { "damaged" });
        }
        let mut other = good.clone();
        other[8..16].reverse();
        other[8..12].copy_from_slice(&[0x0a, 0x0b, 0x0c, 0x0d]);
        try_with(&other, "byte order");
        let mut newer = good.clone();
        newer[12] += 1;
        try_with(&newer, "reads version");
        check_resumes(file);
    }
}
