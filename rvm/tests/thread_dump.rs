//! At `SIGQUIT` a program shows what its threads do, in the form of `java`, and goes on.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use support::{compile, folder, jdk_tool, rvm};

const PROGRAM: &str = "\
import java.util.concurrent.locks.*;
public class Dumped {
    static final Object A = new Object(), B = new Object();
    static final ReentrantLock L = new ReentrantLock();
    static synchronized void own(Runnable r) { r.run(); }
    static void sleep(long millis) {
        try { Thread.sleep(millis); } catch (InterruptedException e) { throw new Error(e); }
    }
    static void hold(Object first, Object second) {
        synchronized (first) { sleep(300); synchronized (second) { sleep(1); } }
    }
    static void await(Object o) {
        synchronized (o) { try { o.wait(); } catch (InterruptedException e) { throw new Error(e); } }
    }
    public static void main(String[] args) {
        Thread[] threads = {
            new Thread(() -> hold(A, B), \"ring 1\"),
            new Thread(() -> hold(B, A), \"ring 2\"),
            new Thread(() -> await(Dumped.class.getName()), \"waits\"),
            new Thread(() -> own(() -> sleep(1_000_000)), \"sleeps\"),
            new Thread(() -> { L.lock(); LockSupport.park(L); }, \"parked\"),
            new Thread(() -> { for (long i = 0; true; i++) { } }, \"runs\"),
        };
        for (Thread thread : threads) { thread.setDaemon(true); thread.start(); }
        threads[5].setPriority(3);
        sleep(1000);
        System.out.println(\"ready\");
        System.out.flush();
        new java.util.Scanner(System.in).nextLine();
        System.out.println(\"end\");
    }
}
";

/// The output of a program that is asked for a thread dump.
fn dump(mut command: Command, folder: &std::path::Path) -> String {
    let command = command.arg("-cp").arg(folder).arg("Dumped");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    let kill = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    let mut text = String::new();
    while !text.contains("\nHeap\n") {
        assert_ne!(out.read_line(&mut text).expect("a line"), 0, "no dump:\n{text}");
    }
    // The program goes on.
    drop(child.stdin.take().map(|mut stdin| std::io::Write::write_all(&mut stdin, b"\n")));
    out.read_to_string(&mut text).expect("the rest");
    assert!(child.wait().expect("an end").success());
    assert!(text.ends_with("end\n"), "{text}");
    text
}

/// The blocks about the program's own threads and the deadlocks, without what differs from run to run.
fn shape(dump: &str) -> Vec<String> {
    let own = ["ring 1", "ring 2", "waits", "sleeps", "parked", "runs"];
    let is_own = |block: &str| own.iter().any(|name| block.starts_with(&format!("\"{name}\"")));
    let mut blocks = dump.split("\n\n").map(str::trim_start);
    let mut blocks: Vec<_> = blocks
        .by_ref()
        .filter(|block| {
            is_own(block) || block.starts_with("Found") || block.starts_with("Java stack")
        })
        .map(|block| block.lines().map(plain).collect::<Vec<_>>().join("\n"))
        .collect();
    blocks.sort();
    blocks
}

/// A line without addresses, times and numbers of threads.
fn plain(line: &str) -> String {
    let differs = |word: &&str| {
        ["#", "cpu=", "elapsed=", "tid=", "nid=", "[0x"].iter().any(|mark| word.starts_with(mark))
    };
    let words = line.split(' ').filter(|word| line.starts_with('\t') || !differs(word));
    let line = words.collect::<Vec<_>>().join(" ");
    let mut parts = line.split("0x");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += "0x";
        plain += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    plain
}

#[test]
fn as_java_shows_it() {
    let folder = folder("thread_dump");
    let source = folder.join("Dumped.java");
    std::fs::write(&source, PROGRAM).expect("a source is written");
    compile(&[source], &folder);
    let expected = shape(&dump(jdk_tool("java"), &folder));
    let mut command = rvm();
    command.arg("java");
    let got = shape(&dump(command, &folder));
    assert_eq!(expected.len(), 10, "{expected:#?}");
    assert_eq!(got, expected);
}
