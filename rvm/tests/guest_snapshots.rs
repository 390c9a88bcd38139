//! Guests that are saved to files and go on from them, in the same process and beside each other.

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rvm::guest::{Guest, GuestError, GuestSettings, Output, Sink, Template};
use rvm::{FreezeOptions, Settings};
use support::{compile, folder, run, rvm};

const KEPT: &str = r#"
import java.lang.ref.*;
import java.util.*;
import java.util.concurrent.*;
public class Kept {
    static int count;
    static volatile int ticks;
    static final Map<String, Integer> SEEN = new HashMap<>();
    static final Object LOCK = new Object();
    public static int add(int by) { SEEN.merge("sum", by, Integer::sum); return count += by; }
    public static String seen() { return SEEN.toString(); }
    public static int fill(int n) { for (int i = 0; i < n; i++) SEEN.put("key " + i, i); return SEEN.size(); }
    public static void work() {
        Thread t = new Thread(() -> {
            synchronized (LOCK) {
                while (true) { ticks++; try { LOCK.wait(1); } catch (InterruptedException e) { return; } }
            }
        });
        t.setDaemon(true);
        t.start();
    }
    public static int ticks() { return ticks; }
    public static long random() { return ThreadLocalRandom.current().nextLong(); }
    public static void print(String text) { System.out.print(text); }
    /** Whether the library's own threads do their work. */
    public static boolean cleaned() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        Cleaner cleaner = Cleaner.create();
        cleaner.register(new byte[100], latch::countDown);
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        Reference<Object> weak = new WeakReference<>(new Object(), queue);
        System.gc();
        return latch.await(20, TimeUnit.SECONDS) && queue.remove(20_000) == weak;
    }
    public static void exit(int code) { System.exit(code); }
}
"#;

fn class_file() -> &'static [u8] {
    static CLASS: OnceLock<Vec<u8>> = OnceLock::new();
    CLASS.get_or_init(|| {
        let to = folder("guest_snapshots");
        fs::write(to.join("Kept.java"), KEPT).expect("a source is written");
        compile(&[to.join("Kept.java")], &to);
        fs::read(to.join("Kept.class")).expect("compiled")
    })
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let image_folder = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        let settings = Settings { image_folder, ..Settings::default() };
        Template::open(&settings).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn small() -> GuestSettings {
    GuestSettings { max_heap_bytes: 16 << 20, ..GuestSettings::default() }
}

fn kept() -> Guest {
    let mut guest = template().guest(&small()).unwrap_or_else(|error| panic!("{error}"));
    guest.define(class_file()).unwrap_or_else(|error| panic!("{error}"));
    guest
}

fn call<R: rvm::guest::FromJava>(guest: &mut Guest, name: &str) -> R {
    guest.call("Kept", name, ()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn add(guest: &mut Guest, by: i32) -> i32 {
    guest.call("Kept", "add", (by,)).unwrap_or_else(|error| panic!("{error}"))
}

fn save(guest: &mut Guest, file: &Path, options: &FreezeOptions) -> u64 {
    let saved = guest.snapshot(file, options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(saved.file_bytes, fs::metadata(file).expect("the file").len());
    saved.file_bytes
}

fn resumed(file: &Path) -> Guest {
    template().resume(file, &small()).unwrap_or_else(|error| panic!("{error}"))
}

fn wait_for_ticks(guest: &mut Guest) {
    let (before, start) = (call::<i32>(guest, "ticks"), Instant::now());
    while call::<i32>(guest, "ticks") < before + 3 {
        assert!(start.elapsed() < Duration::from_secs(60), "its thread runs");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_guest_goes_on_from_each_of_its_snapshots() {
    let place = folder("guest_snapshots_each");
    let [first, second] = ["first", "second"].map(|name| place.join(name));
    let mut guest = kept();
    assert_eq!(add(&mut guest, 5), 5);
    let small_bytes = save(&mut guest, &first, &FreezeOptions::default());
    assert!(small_bytes < 2 << 20, "{small_bytes}");
    assert_eq!(add(&mut guest, 7), 12);
    let since = FreezeOptions { since: Some(first.clone()), compress: true, ..Default::default() };
    assert!(save(&mut guest, &second, &since) < small_bytes / 2);
    let mut all: Vec<Guest> = [&first, &second, &first].into_iter().map(|f| resumed(f)).collect();
    let sums: Vec<i32> = all.iter_mut().map(|guest| add(guest, 1)).collect();
    assert_eq!(sums, [6, 13, 6]);
    assert_eq!(call::<String>(&mut all[1], "seen"), "{sum=13}");
    assert_eq!(add(&mut guest, 1), 13, "it is not one of them");
    all.push(guest);
    let mut drawn: Vec<i64> = all.iter_mut().map(|guest| call(guest, "random")).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), all.len());
    for guest in &mut all {
        assert!(call::<bool>(guest, "cleaned"));
    }
    for guest in all {
        assert!(guest.end(Duration::from_secs(20)), "all its threads end");
    }
}

#[test]
fn threads_go_on() {
    let place = folder("guest_snapshots_threads");
    let file = place.join("file");
    let mut guest = kept();
    call::<()>(&mut guest, "work");
    wait_for_ticks(&mut guest);
    let options = FreezeOptions { with_base: true, ..FreezeOptions::default() };
    save(&mut guest, &file, &options);
    wait_for_ticks(&mut guest);
    drop(guest);
    // And so on: a snapshot of one that goes on.
    for _ in 0..4 {
        let mut guest = resumed(&file);
        wait_for_ticks(&mut guest);
        let size: i32 = guest.call("Kept", "fill", (2_000,)).expect("room");
        assert!(size >= 2_000);
        save(&mut guest, &file, &FreezeOptions::default());
        wait_for_ticks(&mut guest);
    }
    let mut guest = resumed(&file);
    assert!(call::<bool>(&mut guest, "cleaned"));
}

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

#[test]
fn settings_of_guests_that_go_on() {
    let file = folder("guest_snapshots_settings").join("file");
    let mut guest = kept();
    save(&mut guest, &file, &FreezeOptions::default());
    let text = Text::default();
    let output = Output::To(Sink::new(text.clone()));
    let settings = GuestSettings { max_heap_bytes: 5 << 20, output, ..small() };
    let mut guest = template().resume(&file, &settings).expect("it goes on");
    guest.call::<_, ()>("Kept", "print", ("said",)).expect("it can print");
    assert_eq!(text.0.lock().expect("no panic").as_slice(), b"said");
    let full = guest.call::<_, i32>("Kept", "fill", (1_000_000,));
    let message = full.expect_err("the limit is lower now").to_string();
    assert!(message.contains("OutOfMemoryError"), "{message}");
    let properties = vec![("a".to_owned(), "b".to_owned())];
    let error = template().resume(&file, &GuestSettings { properties, ..small() });
    assert!(error.err().expect("refused").to_string().contains("own class path and properties"));
}

#[test]
fn files_that_are_no_guests() {
    let place = folder("guest_snapshots_bad");
    let file = place.join("file");
    let mut guest = kept();
    save(&mut guest, &file, &FreezeOptions::default());
    let refused = |file: &Path, reason: &str| {
        let error = template().resume(file, &small()).err().expect("it is refused").to_string();
        assert!(error.contains(reason), "{reason}: {error}");
    };
    refused(&place.join("missing"), "can not be read");
    let good = fs::read(&file).expect("the file");
    for at in [20, 5000, good.len() / 2, good.len() - 9] {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        let damaged = place.join("damaged");
        fs::write(&damaged, bytes).expect("a file");
        refused(&damaged, "damaged");
    }
    // A guest is no program, and the other way round.
    let resume = run(rvm().arg("resume").arg(&file), "");
    assert!(resume.code == Some(1) && resume.err.contains("of no program"), "{}", resume.err);
    let info = run(rvm().args(["image", "info"]).arg(&file), "");
    assert!(info.code == Some(0) && info.out.contains("a saved guest"), "{}", info.out);
    refused(&boot_image(), "it is the image of no guest");
    let nowhere = guest.snapshot(&place.join("missing/file"), &FreezeOptions::default());
    assert!(nowhere.expect_err("no folder").to_string().contains("No such file"));
    assert_eq!(add(&mut guest, 3), 3, "it goes on");
    let exit = guest.call::<_, ()>("Kept", "exit", (4,));
    assert!(matches!(exit, Err(GuestError::Exited(4))));
    let gone = guest.snapshot(&file, &FreezeOptions::default());
    assert!(matches!(gone, Err(GuestError::Exited(4))));
}

fn boot_image() -> PathBuf {
    let built = run(rvm().args(["image", "build"]), "");
    assert_eq!(built.code, Some(0), "{}", built.err);
    PathBuf::from(built.out.trim())
}
