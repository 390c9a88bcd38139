//! Wrong class files and what HotSpot 17 says about each: the expected texts come from a run of
//! `tests/oracle/Oracle.java`, which checks them again with
//! `RVM_DUMP_CASES=DIR cargo test -p rvm-classfile --test format_errors && java Oracle.java DIR`.

mod cases;
mod support;

use classfile::{ClassFile, ErrorKind, Options};
use support::Spec;

/// Name, expected verdict (`ok` or exception and message), and how to spoil class T.
type Case = (&'static str, &'static str, fn(&mut Spec));

fn verdict(bytes: &[u8]) -> String {
    let options = Options { max_major: 61, name: Some(b"T"), ..Options::default() };
    match ClassFile::parse_with(bytes, &options) {
        Ok(_) => "ok".into(),
        Err(error) => match error.kind {
            ErrorKind::ClassFormat => format!("ClassFormatError: {error}"),
            ErrorKind::UnsupportedVersion => format!("UnsupportedClassVersionError: {error}"),
            ErrorKind::NoClassDef => format!("NoClassDefFoundError: {error}"),
        },
    }
}

#[test]
fn messages_are_hotspots() {
    let dump = std::env::var_os("RVM_DUMP_CASES").map(std::path::PathBuf::from);
    let mut wrong = Vec::new();
    for (name, expected, spoil) in cases::all() {
        let mut spec = Spec::new();
        spoil(&mut spec);
        let bytes = spec.bytes();
        if let Some(folder) = &dump {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(format!("{name}.class")), &bytes).unwrap();
            std::fs::write(folder.join(format!("{name}.expect")), expected).unwrap();
        }
        let got = verdict(&bytes);
        if got != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn relaxed_parsing_still_checks_structure() {
    let options = Options { relax: true, max_major: 61, ..Options::default() };
    for (name, _, spoil) in cases::all() {
        let mut spec = Spec::new();
        spoil(&mut spec);
        let bytes = spec.bytes();
        if let Ok(class) = ClassFile::parse_with(&bytes, &options) {
            assert!(class.constant_pool.utf8(0).is_err(), "{name}");
        }
    }
}
