//! Mechanical rules that the tree keeps, checked by reading it.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// Our crates and those of ours that each may use; knowledge travels upward only.
const MAY_USE: &[(&str, &[&str])] = &[
    ("classfile", &[]),
    ("verifier", &["classfile"]),
    ("gc", &[]),
    ("jit", &["classfile", "gc"]),
    ("vm", &["classfile", "verifier", "gc", "jit"]),
    ("stdlib", &["classfile", "gc", "vm"]),
    ("rvm", &["classfile", "gc", "vm", "stdlib", "agent"]),
    ("agent", &["rvm"]),
    ("tests", &[]),
    ("benches", &["gc", "vm", "rvm"]),
];

/// Crates that keep no state of the process: two guests in one process share nothing that can be written.
const WITHOUT_STATICS: &[&str] = &["classfile", "verifier", "gc", "jit", "vm", "stdlib"];

/// Files that may have one all the same, and why.
const STATICS_ALLOWED: &[(&str, &str)] = &[
    ("stdlib/src/host/os/threads.rs", "a signal's disposition belongs to the process"),
    ("stdlib/src/host/os/signals.rs", "signal handlers belong to the process"),
    ("stdlib/src/host/scratch.rs", "a helper of unit tests"),
    ("stdlib/src/unsafe_natives/guarded/handler.rs", "handlers of faults belong to the process"),
];

/// Words of the operating system that only the host (`stdlib/src/host`) may use among the natives. Constants and the
/// layout of structures are no access.
const OF_THE_SYSTEM: &[&str] =
    &["rustix::", "std::fs", "std::env::", "std::process", "TcpStream", "TcpListener", "UdpSocket"];

/// Files of the natives' crate that may use them all the same, and why.
const SYSTEM_ALLOWED: &[(&str, &str)] = &[
    ("stdlib/src/jdk_home.rs", "the class library is found before there is a guest"),
    ("stdlib/src/module_loaders.rs", "its image is read by the VM"),
    ("stdlib/src/jimage/", "its image is read by the VM"),
    ("stdlib/src/zip_stream/stream.rs", "memory for zlib, no system call"),
    (
        "stdlib/src/unsafe_natives/guarded/handler.rs",
        "faults of the VM's own accesses, no request of a guest",
    ),
];

/// Crates that work on bytes that nobody trusts, and may not be able to touch memory wrongly.
const WITHOUT_UNSAFE: &[&str] = &["classfile", "verifier"];

const MAX_LINES: usize = 900;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace").to_owned()
}

/// A text file of the tree: its path from the root, and its content.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The file's lines up to its unit tests, numbered from 1.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        lines.enumerate().map(|(number, line)| (number + 1, line))
    }
}

/// All text files with one of these extensions; the build's results are no part of the tree.
fn files(extensions: &[&str]) -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), &mut |path| {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if extensions.contains(&&*extension) {
            let shown = path.strip_prefix(root()).expect("under the root");
            let text = fs::read_to_string(path).expect("a text file");
            files.push(File { path: shown.to_string_lossy().into_owned(), text });
        }
    });
    assert!(files.len() > 20, "the tree was not found");
    files
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with("target") && name != ".git" {
                walk(&path, visit);
            }
        } else {
            visit(&path);
        }
    }
}

/// Fails with all findings at once.
fn none(rule: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}

fn crates() -> Vec<&'static str> {
    let all = MAY_USE.iter().map(|(name, _)| *name);
    all.filter(|name| root().join(name).join("Cargo.toml").exists()).collect()
}

#[test]
fn dependencies_go_one_way() {
    let names: Vec<_> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let mut findings = Vec::new();
    for (name, allowed) in MAY_USE.iter().filter(|(name, _)| crates().contains(name)) {
        let manifest =
            fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let mut section = "";
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]") {
                let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
                if names.contains(&key) && !allowed.contains(&key) {
                    findings.push(format!("{name} uses {key}"));
                }
            }
        }
    }
    none("a crate may only use those below it", findings);
}

#[test]
fn every_member_has_its_rules() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let members = manifest.lines().find(|line| line.starts_with("members")).expect("members");
    let members = members.split('"').skip(1).step_by(2);
    let known: Vec<_> = MAY_USE.iter().map(|(name, _)| *name).collect();
    none(
        "unknown to the table of this test",
        members.filter(|m| !known.contains(m)).map(str::to_owned).collect(),
    );
}

#[test]
fn nothing_is_left_to_be_done() {
    // Written so that this file does not find itself.
    let words = ["to", "unimplement", "db"].into_iter().zip(["do!(", "ed!(", "g!("]);
    let mut words: Vec<String> = words.map(|(a, b)| format!("{a}{b}")).collect();
    words.push(format!("#[{}]", "ignore"));
    words.push(format!("#[{} ", "ignore"));
    let mut findings = Vec::new();
    for file in files(&["rs"]) {
        for (number, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                findings.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    none("unfinished", findings);
}

#[test]
fn files_are_short() {
    let long = files(&["rs"]).into_iter().map(|file| (file.text.lines().count(), file.path));
    let long = long.filter(|(lines, _)| *lines >= MAX_LINES);
    none("split these", long.map(|(lines, path)| format!("{path}: {lines} lines")).collect());
}

#[test]
fn no_state_of_the_process() {
    let mutable = ["Mutex", "RwLock", "Atomic", "Cell<", "OnceLock", "LazyLock", "Once "];
    let mut findings = Vec::new();
    for file in files(&["rs"]) {
        let in_crate =
            WITHOUT_STATICS.iter().any(|name| file.path.starts_with(&format!("{name}/src/")));
        let is_test = file.path.contains("/tests") || file.path.contains("/testing");
        if !in_crate || is_test || STATICS_ALLOWED.iter().any(|(path, _)| *path == file.path) {
            continue;
        }
        let lines: Vec<_> = file.code_lines().collect();
        for (at, (number, line)) in lines.iter().enumerate() {
            let item = line.trim_start();
            let item =
                item.strip_prefix("pub ").or(item.strip_prefix("pub(crate) ")).unwrap_or(item);
            let Some(item) = item.strip_prefix("static ") else { continue };
            if at > 0 && lines[at - 1].1.contains("thread_local!") {
                continue;
            }
            // The type ends before the value.
            let whole =
                lines[at..].iter().take(4).map(|(_, line)| *line).collect::<Vec<_>>().join(" ");
            let declared = whole.split('=').next().unwrap_or_default();
            if item.starts_with("mut ") || mutable.iter().any(|word| declared.contains(word)) {
                findings.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none("state that all guests of a process would share", findings);
}

/// Whether a line calls a function of the C library, whose names have no capital letters.
fn calls_libc(line: &str) -> bool {
    line.split("libc::").skip(1).any(|rest| {
        let name = rest
            .trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
        name.len() < rest.len() && name.starts_with('(')
    })
}

#[test]
fn natives_reach_the_system_through_the_host() {
    let mut findings = Vec::new();
    for file in files(&["rs"]) {
        let is_native =
            file.path.starts_with("stdlib/src/") && !file.path.starts_with("stdlib/src/host/");
        let is_allowed = SYSTEM_ALLOWED.iter().any(|(path, _)| file.path.starts_with(path));
        if !is_native || is_allowed || file.path.ends_with("/tests.rs") {
            continue;
        }
        for (number, line) in file.code_lines() {
            let line = line.split("//").next().unwrap_or_default();
            if calls_libc(line) || OF_THE_SYSTEM.iter().any(|word| line.contains(word)) {
                findings.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none("natives that go past the host", findings);
}

#[test]
fn crates_say_what_they_are() {
    let mut findings = Vec::new();
    for name in crates() {
        let path = match name {
            "tests" => "tidy.rs",
            "benches" => "micro/lib.rs",
            _ => "src/lib.rs",
        };
        let text = fs::read_to_string(root().join(name).join(path)).expect("a crate's root");
        if !text.starts_with("//! ") {
            findings.push(format!("{name}/{path}"));
        }
    }
    none("no documentation at the top", findings);
}

#[test]
fn parsers_are_safe() {
    for name in WITHOUT_UNSAFE.iter().filter(|name| crates().contains(name)) {
        let text =
            fs::read_to_string(root().join(name).join("src/lib.rs")).expect("a crate's root");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name}");
    }
}

#[test]
fn no_file_is_dead() {
    let files = files(&["rs"]);
    let mut findings = Vec::new();
    for file in &files {
        let Some((name, inside)) = file.path.split_once("/src/") else { continue };
        let stem = inside.trim_end_matches(".rs").trim_end_matches("/mod");
        if ["lib", "main"].contains(&stem) {
            continue;
        }
        let module = stem.rsplit('/').next().unwrap_or_default();
        let declares = |line: &str| {
            let line = line.trim_start();
            let line =
                line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
            let line = line.strip_prefix("pub(super) ").unwrap_or(line);
            line.strip_prefix("mod ")
                .is_some_and(|rest| rest.trim_end_matches(';').trim() == module)
        };
        let prefix = format!("{name}/src/");
        let mut of_crate = files.iter().filter(|other| other.path.starts_with(&prefix));
        if !of_crate.any(|other| other.text.lines().any(declares)) {
            findings.push(file.path.clone());
        }
    }
    none("no module declares these files", findings);
}

#[test]
fn no_paths_of_one_machine() {
    let private = [format!("/{}/", "work"), format!("/{}/", "root"), format!("/{}/", "home")];
    let mut findings = Vec::new();
    for file in files(&["rs", "toml", "md", "java", "py", "sh"]) {
        for (number, line) in file.text.lines().enumerate() {
            if private.iter().any(|path| line.contains(path.as_str())) {
                findings.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none("paths that only one machine has", findings);
}
