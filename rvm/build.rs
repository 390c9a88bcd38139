//! Gives the crate `RVM_BUILD`: a hash of the sources of the virtual machine, of the compiler and of the target. Templates
//! are for the builds that have the same, whatever program they are a part of. For the example `embedded`, it copies the
//! template that `RVM_EMBED` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders whose sources decide what the pages of an image mean; those of a workspace, beside this crate.
const CRATES: [&str; 6] = ["classfile", "verifier", "gc", "vm", "stdlib", "rvm"];

fn main() {
    let own = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = own.parent().expect("a folder");
    let mut files = Vec::new();
    for folder in CRATES.map(|name| root.join(name).join("src")) {
        println!("cargo:rerun-if-changed={}", folder.display());
        walk(&folder, &mut files);
    }
    files.push(root.join("Cargo.lock"));
    println!("cargo:rerun-if-changed={}", root.join("Cargo.lock").display());
    files.sort();
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for file in &files {
        hash.add(file.strip_prefix(root).unwrap_or(file).to_string_lossy().as_bytes());
        hash.add(&fs::read(file).unwrap_or_default());
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().map(|out| out.stdout);
    hash.add(&version.unwrap_or_default());
    hash.add(std::env::var("TARGET").unwrap_or_default().as_bytes());
    hash.add(env!("CARGO_PKG_VERSION").as_bytes());
    println!("cargo:rustc-env=RVM_BUILD={:016x}", hash.0);
    embed();
}

/// The template of the example, or an empty file in its place.
fn embed() {
    println!("cargo:rerun-if-env-changed=RVM_EMBED");
    let named = std::env::var_os("RVM_EMBED").filter(|path| !path.is_empty());
    let bytes = named.map_or_else(Vec::new, |path| {
        println!("cargo:rerun-if-changed={}", Path::new(&path).display());
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", Path::new(&path).display()))
    });
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embedded.rvm"), bytes).expect("the folder of the build can be written");
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// FNV-1a: enough to tell builds apart, without a dependency.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
