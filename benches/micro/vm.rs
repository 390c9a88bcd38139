//! Linking, calls and allocation in a started VM.

use criterion::{BatchSize, Criterion, Throughput};
use gc::{GcCause, GcKind, GcRequest, SoftPolicy};
use rvm_benches::on_a_vm;
use std::hint::black_box;
use std::time::Duration;
use vm::link::{DefineRequest, define_class};
use vm::{Thread, Value, call, link, object, sync};

const SAMPLE: &[u8] = include_bytes!("../../classfile/tests/data/Sample.class");

/// Deriving a class from its bytes: parsing, layout, tables, mirror. Hidden, so that each is a new one.
fn link_class(c: &mut Criterion, t: &Thread) {
    let mut group = c.benchmark_group("link");
    // Classes stay: the metadata area bounds how many can be made.
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(200));
    group.throughput(Throughput::Bytes(SAMPLE.len() as u64));
    group.bench_function("define a class of 3 KB", |b| {
        b.iter(|| {
            let request = DefineRequest { bytes: SAMPLE, hidden: true, ..DefineRequest::default() };
            let class = t.scope(|| define_class(t, &request));
            black_box(class.expect("the class links"))
        });
    });
    group.finish();
}

/// From Rust into Java and back.
fn calls(c: &mut Criterion, t: &Thread) {
    let math = link::class_by_name(t, "java/lang/Math").expect("Math");
    link::init::init_class(t, math).expect("Math starts");
    let max = call::method(t, math, "max", "(II)I").expect("max");
    c.bench_function("call Math.max from Rust", |b| {
        b.iter(|| call::call(t, max, black_box(&[Value::Int(3), Value::Int(4)])));
    });
    let string = t.vm().known.string;
    let value_of = call::method(t, string, "valueOf", "(I)Ljava/lang/String;").expect("valueOf");
    c.bench_function("call String.valueOf(int) from Rust", |b| {
        b.iter(|| call::call(t, value_of, black_box(&[Value::Int(12_345)])));
    });
}

fn allocation(c: &mut Criterion, t: &Thread) {
    let class = t.vm().known.object;
    c.bench_function("allocate an Object", |b| {
        b.iter(|| black_box(object::alloc_instance(t, class)));
    });
    c.bench_function("allocate a byte[1024]", |b| {
        let bytes = t.vm().known.prim_arrays[vm::meta::BasicType::Byte as usize];
        b.iter(|| black_box(object::alloc_array(t, bytes, 1024)));
    });
}

/// A young collection of a started VM with 64 KiB of live new arrays.
fn young_collection(c: &mut Criterion, t: &Thread) {
    let request =
        GcRequest { kind: GcKind::Minor, cause: GcCause::Explicit, soft: SoftPolicy::ByClock };
    let bytes = t.vm().known.prim_arrays[vm::meta::BasicType::Byte as usize];
    // Every batch's handles stay, so what they hold is old after a few collections.
    c.bench_function("young collection, 64 KiB new", |b| {
        b.iter_batched(
            || {
                for _ in 0..64 {
                    let array = object::alloc_array(t, bytes, 1000).expect("memory");
                    t.handle(array);
                }
            },
            |()| sync::collect(t, request),
            BatchSize::PerIteration,
        );
    });
}

fn main() {
    on_a_vm(|t| {
        let mut c = Criterion::default().configure_from_args();
        t.scope(|| {
            link_class(&mut c, t);
            calls(&mut c, t);
            allocation(&mut c, t);
            young_collection(&mut c, t);
        });
        c.final_summary();
    });
}
