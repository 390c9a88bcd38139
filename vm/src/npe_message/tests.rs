//! HotSpot's own messages for `tests/data/npe/NpeCases.java`, compiled with and without variable names.
//!
//! The tables were written by `NpeOracle.java` beside it: method, bci, message.

use super::describe_code;
use crate::refmap::testing::OwnedPool;
use crate::refmap::{CodeView, Method};
use classfile::ClassFile;

fn check(bytes: &[u8], table: &str) {
    let class = ClassFile::parse(bytes).unwrap();
    let pool = OwnedPool::parse(bytes);
    let mut wrong = Vec::new();
    for line in table.lines() {
        let [name, bci, expected] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let method = class.methods.iter().find(|m| m.name == name.as_bytes()).unwrap();
        let code = method.code.as_ref().unwrap();
        let view = Method {
            code: CodeView::at(bytes, code.offset, code.bytes.len()).unwrap(),
            pool: pool.view(bytes),
            descriptor: method.descriptor,
            is_static: method.access_flags & classfile::access::STATIC != 0,
            max_locals: code.max_locals,
            max_stack: code.max_stack,
        };
        let got = describe_code(&view, bci.parse().unwrap());
        let got = got.as_deref().unwrap_or("null");
        if got != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_variable_names() {
    let bytes = include_bytes!("../../tests/data/npe/plain/NpeCases.class");
    check(bytes, include_str!("../../tests/data/npe/plain.tsv"));
}

#[test]
fn with_variable_names() {
    let bytes = include_bytes!("../../tests/data/npe/debug/NpeCases.class");
    check(bytes, include_str!("../../tests/data/npe/debug.tsv"));
}
