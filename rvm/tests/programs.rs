//! Java programs (`tests/programs`) do under `rvm` what they do under `java`: output, errors, exit code.
//!
//! The first lines of a program may say how it is run:
//! `// args: a b`, `// vm: -Xmx64m`, `// stdin: text` (with `\n`), `// exit: 3` (checked of `java`, too).

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// In the stress mode every n-th allocation collects and moves everything.
const STRESS_INTERVAL: &str = "1000";

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs")
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(sources()).expect("the folder of programs");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let java = paths.filter(|path| path.extension().is_some_and(|extension| extension == "java"));
    let mut names: Vec<_> =
        java.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All programs, compiled once.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("programs");
        let files: Vec<_> =
            names().iter().map(|name| sources().join(name).with_extension("java")).collect();
        compile(&files, &to);
        to
    })
}

fn header(source: &str, key: &str) -> Option<String> {
    let prefix = format!("// {key}:");
    let line = source.lines().take(6).find_map(|line| line.strip_prefix(&prefix))?;
    Some(line.trim().replace("\\n", "\n"))
}

fn words(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn check(name: &str, stress: bool) {
    let source = std::fs::read_to_string(sources().join(name).with_extension("java"));
    let source = source.expect("the program's source");
    let input = header(&source, "stdin").unwrap_or_default();
    let options = words(header(&source, "vm"));
    let arguments = words(header(&source, "args"));
    let complete = |mut command: std::process::Command| -> Outcome {
        // Both must decode and encode alike, whatever the machine is set to.
        command.env("LC_ALL", "C.UTF-8").args(&options).arg("-cp").arg(classes());
        run(command.arg(name).args(&arguments), &input)
    };
    let expected = complete(jdk_tool("java"));
    let exit: i32 = header(&source, "exit").map_or(0, |code| code.parse().expect("an exit code"));
    assert_eq!(expected.code, Some(exit), "java itself fails: {}", expected.err);
    let mut command = rvm();
    command.arg("run");
    if stress {
        command.env("RVM_GC_STRESS", STRESS_INTERVAL).env("RVM_GC_CHECK", "1");
    }
    let got = complete(command);
    compare("standard output", &got.out, &expected.out, &got.err);
    compare("standard error", &got.err, &expected.err, "");
    assert_eq!(got.code, expected.code, "exit code; standard error:\n{}", got.err);
}

/// Says where two texts begin to differ.
fn compare(what: &str, got: &str, expected: &str, more: &str) {
    if got == expected {
        return;
    }
    let (mut a, mut b) = (got.lines(), expected.lines());
    for number in 1.. {
        let (got, expected) = (a.next(), b.next());
        if got != expected || got.is_none() {
            panic!("{what}, line {number}:\n  rvm:  {got:?}\n  java: {expected:?}\n{more}");
        }
    }
}

macro_rules! programs {
    ($($test:ident $name:literal)*) => {
        const LISTED: &[&str] = &[$($name),*];
        $(mod $test {
            #[test]
            fn plain() {
                super::check($name, false);
            }
            #[test]
            fn gc_stress() {
                super::check($name, true);
            }
        })*
    };
}
programs! {
    collections "Collections"
    failures "Failures"
    files "Files"
    garbage "Garbage"
    images "Images"
    initialisation "Initialisation"
    lambdas "Lambdas"
    language "Language"
    live_frames "LiveFrames"
    monitoring "Monitoring"
    network "Network"
    old_sockets "OldSockets"
    proxy_packages "ProxyPackages"
    reflection "Reflection"
    services "Services"
    stopping "Stopping"
    texts "Texts"
    threads "Threads"
}

#[test]
fn every_program_is_listed() {
    assert_eq!(names(), LISTED);
}
