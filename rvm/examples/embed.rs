//! A host program with Java machines inside: each guest has its own statics, heap and threads, and ends when it is dropped.
//!
//! `cargo run --release -p rvm --example embed`

use std::io::{self, Write};

use rvm::Settings;
use rvm::guest::{GuestError, GuestSettings, Output, Sink, Template};

/// `Counter.java`, compiled.
const COUNTER: &[u8] = include_bytes!("Counter.class");

/// Standard output, every write marked as the guests'.
struct Marked;

impl Write for Marked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().lock().write_all(&[b"[guest] ", bytes].concat())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

fn main() -> Result<(), GuestError> {
    let template = Template::open(&Settings::default())?;
    let settings = GuestSettings {
        max_heap_bytes: 16 << 20,
        output: Output::To(Sink::new(Marked)),
        ..GuestSettings::default()
    };
    let (mut a, mut b) = (template.guest(&settings)?, template.guest(&settings)?);
    for guest in [&mut a, &mut b] {
        guest.define(COUNTER)?;
    }
    for n in 1..=4 {
        a.call::<_, i32>("Counter", "add", (n,))?;
    }
    b.call::<_, i32>("Counter", "add", (100,))?;
    println!("{}", a.call::<_, String>("Counter", "log", ("a",))?);
    println!("{}", b.call::<_, String>("Counter", "log", ("b",))?);
    b.call_main("Counter", &["b".into()])?;
    match a.call::<_, i32>("java.lang.Integer", "parseInt", ("seven",)) {
        Err(GuestError::Exception { class, message, .. }) => {
            println!("{class}: {}", message.unwrap_or_default());
        }
        other => println!("{other:?}"),
    }
    match b.call::<_, ()>("java.lang.System", "exit", (3,)) {
        Err(GuestError::Exited(code)) => println!("b has exited with {code}; a goes on"),
        other => println!("{other:?}"),
    }
    println!("{}", a.call::<_, String>("Counter", "log", ("a",))?);
    Ok(())
}
