//! Ten thousand guests, made and dropped one after the other, leave nothing behind. Alone in its process, which is what is looked
//! at.

mod support;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rvm::Settings;
use rvm::guest::{GuestSettings, Template};
use support::{compile, folder};

const PROGRAM: &str = "
public class Brief {
    static int count;
    public static int run(int n) throws Exception {
        Thread t = new Thread(() -> { while (true) { count++; } });
        if (n % 50 == 0) { t.start(); System.gc(); new Thread(() -> { synchronized (Brief.class) { count += n; } }).start(); }
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < 100; i++) b.append(i);
        return b.length() + n;
    }
}";

/// Memory in KiB, open descriptors, threads.
fn used() -> (u64, usize, usize) {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    let kib = line.trim().trim_end_matches(" kB").parse().expect("a number");
    let count = |folder: &str| fs::read_dir(folder).expect("a folder").count();
    (kib, count("/proc/self/fd"), count("/proc/self/task"))
}

/// As [`used`], once there are only so many threads: its last steps a thread takes after its guest has counted it out.
fn settled(threads: usize) -> (u64, usize, usize) {
    let start = Instant::now();
    while used().2 > threads && start.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(10));
    }
    used()
}

#[test]
fn nothing_stays() {
    let to = folder("come_and_go");
    fs::write(to.join("Brief.java"), PROGRAM).expect("a source is written");
    compile(&[to.join("Brief.java")], &to);
    let class = fs::read(to.join("Brief.class")).expect("compiled");
    let image_folder = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let settings = Settings { image_folder, ..Settings::default() };
    let template = Template::open(&settings).unwrap_or_else(|error| panic!("{error}"));
    let small = GuestSettings { max_heap_bytes: 8 << 20, ..GuestSettings::default() };
    let come_and_go = |count: i32| {
        for n in 0..count {
            let mut guest = template.guest(&small).unwrap_or_else(|error| panic!("{n}: {error}"));
            guest.define(&class).unwrap_or_else(|error| panic!("{n}: {error}"));
            let length: i32 = guest.call("Brief", "run", (n,)).expect("a length");
            assert_eq!(length, 190 + n);
        }
    };
    // The allocator's and the system library's own growth.
    let threads = used().2;
    come_and_go(500);
    let before = settled(threads);
    come_and_go(10_000);
    let after = settled(threads);
    assert_eq!((after.1, after.2), (before.1, before.2), "descriptors and threads");
    assert!(after.0 < before.0 + 8 * 1024, "from {} KiB to {} KiB", before.0, after.0);
}
