//! Guests of one template: making and dropping one, running a small program in a new one, a call into one.

use criterion::{BatchSize, Criterion};
use rvm::Settings;
use rvm::guest::{Guest, GuestSettings, Template};
use std::hint::black_box;

const COUNTER: &[u8] = include_bytes!("../../rvm/examples/Counter.class");

fn with_class(template: &Template, settings: &GuestSettings) -> Guest {
    let mut guest = template.guest(settings).expect("a guest");
    guest.define(COUNTER).expect("the class links");
    guest
}

fn add(guest: &mut Guest) -> i32 {
    guest.call("Counter", "add", (black_box(1),)).expect("a sum")
}

fn main() {
    let mut c = Criterion::default().configure_from_args();
    let template = Template::open(&Settings::default()).unwrap_or_else(|error| panic!("{error}"));
    let settings = GuestSettings { max_heap_bytes: 8 << 20, ..GuestSettings::default() };
    c.bench_function("make a guest", |b| {
        // What a batch has made is dropped outside of the measurement.
        let make = |()| template.guest(&settings).expect("a guest");
        b.iter_batched(|| (), make, BatchSize::SmallInput);
    });
    c.bench_function("drop a guest that has run a program", |b| {
        let make = || {
            let mut guest = with_class(&template, &settings);
            add(&mut guest);
            guest
        };
        b.iter_batched(make, drop, BatchSize::SmallInput);
    });
    c.bench_function("define a class in a new guest and call it", |b| {
        let run = |mut guest: Guest| {
            guest.define(COUNTER).expect("the class links");
            add(&mut guest);
            guest
        };
        b.iter_batched(|| template.guest(&settings).expect("a guest"), run, BatchSize::SmallInput);
    });
    let mut guest = template.guest(&settings).expect("a guest");
    c.bench_function("call a guest by name", |b| {
        b.iter(|| {
            guest.call::<_, i32>("java.lang.Math", "max", (black_box(1), 2)).expect("a number")
        })
    });
    c.final_summary();
}
