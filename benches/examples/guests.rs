//! What guests cost: time to make one, private memory of one that has run a program, how many live at once.
//!
//! `cargo run --release -p rvm-benches --example guests [COUNT [TEMPLATE [static]]]`: from the boot image, or from a template that
//! `rvm image build --guests` has written, mapped or as bytes in memory.

use rvm::Settings;
use rvm::guest::{Guest, GuestSettings, Template};
use std::time::{Duration, Instant};

const COUNTER: &[u8] = include_bytes!("../../rvm/examples/Counter.class");

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let count = std::env::args().nth(1).map_or(Ok(1000), |n| n.parse())?;
    let template = template()?;
    let settings = GuestSettings { max_heap_bytes: 8 << 20, ..GuestSettings::default() };
    // What the process itself grows by with its first guest is not the guests'.
    drop(run(template.guest(&settings)?, 0)?);
    let before_bytes = private_bytes()?;
    let mut guests = Vec::with_capacity(count);
    let (mut made, mut ran) = (Vec::new(), Vec::new());
    for n in 0..count {
        let start = Instant::now();
        let guest = template.guest(&settings)?;
        made.push(start.elapsed());
        let start = Instant::now();
        guests.push(run(guest, n)?);
        ran.push(start.elapsed());
    }
    let per_guest_kib = (private_bytes()? - before_bytes) / 1024 / count.max(1) as u64;
    show("make a guest", &mut made);
    show("define a class and run it", &mut ran);
    println!("{} guests alive, {} threads", guests.len(), status("Threads:")?);
    println!("private memory of a guest: {per_guest_kib} KiB");
    for (n, guest) in guests.iter_mut().enumerate() {
        let sum: i32 = guest.call("Counter", "add", (1,))?;
        assert_eq!(sum, n as i32 + 1, "each guest has its own statics");
    }
    let mut dropped = Vec::new();
    for guest in guests {
        let start = Instant::now();
        drop(guest);
        dropped.push(start.elapsed());
    }
    show("drop a guest", &mut dropped);
    Ok(())
}

fn template() -> Result<Template, Failure> {
    let Some(path) = std::env::args().nth(2) else {
        return Ok(Template::open(&Settings::default())?);
    };
    Ok(match std::env::args().nth(3) {
        Some(_) => Template::from_static(Box::leak(std::fs::read(path)?.into()))?,
        None => Template::from_file(path.as_ref())?,
    })
}

fn run(mut guest: Guest, n: usize) -> Result<Guest, Failure> {
    guest.define(COUNTER)?;
    let sum: i32 = guest.call("Counter", "add", (n as i32,))?;
    assert_eq!(sum, n as i32);
    Ok(guest)
}

fn show(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{what}: p50 {:?}, p99 {:?}", at(50), at(99));
}

/// All pages of this process that are in memory and nobody else's.
fn private_bytes() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let kib: u64 = line.ok_or("no Private_Dirty")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

fn status(field: &str) -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    Ok(line.ok_or("no such field")?.trim().parse()?)
}
