//! Reads every class file of a folder: the test data, or with `RVM_CLASSES=DIR` another one, for example one
//! that `jimage extract` has filled.

#[path = "support/walk.rs"]
mod walk;

use std::path::{Path, PathBuf};

use classfile::{ClassFile, Options};

fn class_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            class_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "class") {
            found.push(path);
        }
    }
}

#[test]
fn reads_a_folder() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let folder = std::env::var_os("RVM_CLASSES").unwrap_or_else(|| data.into());
    let mut files = Vec::new();
    class_files(Path::new(&folder), &mut files);
    assert!(!files.is_empty(), "no class file in {}", Path::new(&folder).display());
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        for relax in [false, true] {
            let options = Options { relax, modules: true, ..Options::default() };
            let class = ClassFile::parse_with(&bytes, &options)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            walk::everything(&class);
            for code in class.methods.iter().filter_map(|method| method.code.as_ref()) {
                let mut walk = code.instructions();
                assert!(walk.by_ref().all(|(_, instruction)| instruction.info().is_standard()));
                assert_eq!(walk.failed_at(), None, "{}", file.display());
                assert!(code.stack_maps().all(|frame| frame.is_ok()), "{}", file.display());
            }
        }
    }
    println!("{} class files", files.len());
}
