//! How fast class files are read, in bytes per second.
#![allow(missing_docs, reason = "criterion's macro makes a function")]

use std::hint::black_box;

use classfile::{ClassFile, Options, opcode};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SMALL: &[u8] = include_bytes!("../tests/data/Sample.class");
const LARGE: &[u8] = include_bytes!("../tests/data/Large.class");

fn parse(criterion: &mut Criterion) {
    for (size, bytes) in [("small", SMALL), ("large", LARGE)] {
        let mut group = criterion.benchmark_group(format!("parse/{size}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for (name, relax) in [("strict", false), ("relaxed", true)] {
            let options = Options { relax, ..Options::default() };
            group.bench_function(name, |bencher| {
                bencher.iter(|| ClassFile::parse_with(black_box(bytes), &options));
            });
        }
        group.finish();
    }
}

fn decode(criterion: &mut Criterion) {
    let class = ClassFile::parse(LARGE).expect("a good class");
    let codes: Vec<_> = class.methods.iter().filter_map(|method| method.code.as_ref()).collect();
    let length: usize = codes.iter().map(|code| code.bytes.len()).sum();
    let mut group = criterion.benchmark_group("code/large");
    group.throughput(Throughput::Bytes(length as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            codes.iter().map(|code| black_box(code).instructions().count()).sum::<usize>()
        });
    });
    group.bench_function("length_at", |bencher| {
        bencher.iter(|| {
            for code in &codes {
                let mut pc = 0;
                while let Some(length) = opcode::length_at(black_box(code.bytes), pc) {
                    pc += length;
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, parse, decode);
criterion_main!(benches);
