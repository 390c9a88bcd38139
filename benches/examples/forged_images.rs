//! A campaign against portable images: forges many of a good one, and tries each. Every one must be refused with a reason or
//! run without damage to the heap.
//!
//! ```text
//! cargo run --release -p rvm-benches --example forged_images -- GOOD.rvm [--count N] [--seed S] [--workers W] [--millis M]
//! ```
//!
//! The tries run in processes of their own, so that a crash is counted and the campaign goes on. The last line tells
//! how many crashed, hung or damaged their heap; the exit code is 0 if none did.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rvm::Settings;
use rvm::trial::{Verdict, try_forged};

/// No try may take longer.
const HANG: Duration = Duration::from_secs(60);

struct Options {
    image: String,
    count: u64,
    seed: u64,
    workers: u64,
    millis: u64,
    worker: Option<(u64, u64)>,
}

fn options() -> Option<Options> {
    let mut args = std::env::args().skip(1);
    let image = args.next()?;
    let mut o = Options { image, count: 1000, seed: 1, workers: 2, millis: 40, worker: None };
    while let Some(name) = args.next() {
        let mut number = || args.next()?.parse().ok();
        match name.as_str() {
            "--count" => o.count = number()?,
            "--seed" => o.seed = number()?,
            "--workers" => o.workers = number()?,
            "--millis" => o.millis = number()?,
            "--from-to" => o.worker = Some((number()?, number()?)),
            _ => return None,
        }
    }
    Some(o)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "usage: forged_images GOOD.rvm [--count N] [--seed S] [--workers W] [--millis M]"
        );
        return ExitCode::from(2);
    };
    match options.worker {
        Some((from, to)) => work(&options, from, to),
        None => campaign(&options),
    }
}

/// Tries the numbers of a range: a line before each and one after.
fn work(options: &Options, from: u64, to: u64) -> ExitCode {
    let image = std::fs::read(&options.image).expect("the image");
    let settings =
        Settings { gc_check: true, max_heap_bytes: Some(64 << 20), ..Settings::default() };
    let mut out = std::io::stdout();
    for seed in from..to {
        let (forged, kind) = vm::portable::mutate::mutate(&image, seed);
        writeln!(out, "try\t{seed}\t{kind}").expect("the campaign listens");
        out.flush().expect("the campaign listens");
        let verdict = try_forged(&settings, &forged, Duration::from_millis(options.millis));
        match verdict.expect("a machine that can run programs") {
            Verdict::Refused(reason) => {
                writeln!(out, "refused\t{}", reason.replace(['\n', '\t'], " "))
            }
            Verdict::Ran => writeln!(out, "ran"),
        }
        .expect("the campaign listens");
    }
    ExitCode::SUCCESS
}

#[derive(Default)]
struct Counts {
    refused: BTreeMap<&'static str, u64>,
    ran: u64,
    failed: Vec<(u64, String, String)>,
    reasons: BTreeMap<String, u64>,
}

fn campaign(options: &Options) -> ExitCode {
    let each = options.count.div_ceil(options.workers);
    let (tell, told) = mpsc::channel();
    for worker in 0..options.workers {
        let from = options.seed + worker * each;
        let to = (from + each).min(options.seed + options.count);
        let (tell, arguments) = (tell.clone(), (options.image.clone(), options.millis));
        std::thread::spawn(move || supervise(&arguments, from, to, &tell));
    }
    drop(tell);
    let mut counts = Counts::default();
    let (start, mut done) = (Instant::now(), 0u64);
    for (seed, kind, verdict) in told {
        done += 1;
        match verdict {
            Ok(None) => counts.ran += 1,
            Ok(Some(reason)) => {
                *counts.refused.entry("refused").or_default() += 1;
                let words: Vec<&str> = reason.split(' ').take(6).collect();
                *counts.reasons.entry(words.join(" ")).or_default() += 1;
            }
            Err(what) => {
                println!("FAILED: seed {seed}, {kind}: {what}");
                counts.failed.push((seed, kind, what));
            }
        }
        if done.is_multiple_of(1000) {
            let rate = done as f64 / start.elapsed().as_secs_f64();
            eprintln!(
                "{done} of {}: {} ran, {} failed, {rate:.0} a second",
                options.count,
                counts.ran,
                counts.failed.len()
            );
        }
    }
    for (reason, count) in &counts.reasons {
        println!("{count:>8}  {reason}");
    }
    let refused: u64 = counts.refused.values().sum();
    println!(
        "{done} forged images: {refused} refused, {} ran unharmed, {} failed",
        counts.ran,
        counts.failed.len()
    );
    if counts.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Told = (u64, String, Result<Option<String>, String>);

/// Runs processes that try a range, a new one behind each that ended early.
fn supervise((image, millis): &(String, u64), mut from: u64, to: u64, tell: &mpsc::Sender<Told>) {
    while from < to {
        let program = std::env::current_exe().expect("own program");
        let range = [from, to].map(|n| n.to_string());
        let mut child = Command::new(program)
            .arg(image)
            .args(["--millis", &millis.to_string(), "--from-to", &range[0], &range[1]])
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .expect("a process");
        let out = child.stdout.take().expect("piped");
        let (line, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for text in BufReader::new(out).lines().map_while(Result::ok) {
                if line.send(text).is_err() {
                    return;
                }
            }
        });
        let mut trying: Option<(u64, String)> = None;
        let mut hung = false;
        loop {
            let text = match lines.recv_timeout(HANG) {
                Ok(text) => text,
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    hung = true;
                    let _ = child.kill();
                    break;
                }
            };
            let words: Vec<&str> = text.split('\t').collect();
            match (&words[..], trying.take()) {
                (["try", seed, kind], _) => {
                    trying = Some((seed.parse().expect("a number"), (*kind).to_owned()));
                }
                (["refused", reason], Some((seed, kind))) => {
                    let _ = tell.send((seed, kind, Ok(Some((*reason).to_owned()))));
                    from = seed + 1;
                }
                (["ran"], Some((seed, kind))) => {
                    let _ = tell.send((seed, kind, Ok(None)));
                    from = seed + 1;
                }
                (_, before) => trying = before,
            }
        }
        let status = child.wait().expect("own child");
        if let Some((seed, kind)) = trying {
            let what = if hung { "hung".to_owned() } else { status.to_string() };
            let _ = tell.send((seed, kind, Err(what)));
            from = seed + 1;
        } else if from < to && !status.success() {
            let _ = tell.send((from, String::new(), Err(format!("before a try: {status}"))));
            from += 1;
        }
    }
}
