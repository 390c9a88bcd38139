//! A host program with an application's template in its own file: it runs where there is neither a JDK nor any other file.
//!
//! ```text
//! cargo build --release -p rvm
//! target/release/rvm image build --guests --library --main Counter -cp rvm/examples -o counter.rvm
//! RVM_EMBED=$PWD/counter.rvm cargo run --release -p rvm --example embedded
//! ```

use rvm::guest::{GuestError, GuestSettings, Template};

/// What `RVM_EMBED` named when this was compiled; a program of your own names its file here.
static TEMPLATE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/embedded.rvm"));

fn main() -> Result<(), GuestError> {
    if TEMPLATE.is_empty() {
        eprintln!(
            "compiled without a template: RVM_EMBED names one, see the first lines of embedded.rs"
        );
        std::process::exit(1);
    }
    let template = Template::from_static(TEMPLATE)?;
    let mut guests = Vec::new();
    for n in 1..=3 {
        let mut guest = template.guest(&GuestSettings::default())?;
        guest.call::<_, i32>("Counter", "add", (n,))?;
        guests.push(guest);
    }
    for guest in &mut guests {
        guest.call::<_, i32>("Counter", "add", (10,))?;
        println!("{}", guest.call::<_, String>("Counter", "log", ("guest",))?);
    }
    Ok(())
}
