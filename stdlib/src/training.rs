//! What a guest does before it is saved as a boot image: what most programs do first (`java/rvm/Training.java`).

use vm::link::{self, DefineRequest, loaders::BOOT};
use vm::{Result, Thread, boot};

/// The compiled `Training.java`; its test compiles it again and compares.
const TRAINING: &[u8] = include_bytes!("../java/rvm/Training.class");
const NAME: &str = "rvm/Training";

/// Loads and initialises what most programs need; the main thread has no frames before and after.
///
/// # Errors
/// Those of the library's own code.
pub fn train(t: &Thread) -> Result<()> {
    let vm = t.vm();
    let name = vm.symbol(NAME);
    let request = DefineRequest {
        loader: BOOT,
        name: Some(name),
        bytes: TRAINING,
        trusted: true,
        ..DefineRequest::default()
    };
    t.scope(|| {
        link::define_class(t, &request)?;
        boot::call_main(t, &boot::Launch::class(NAME.replace('/', ".")))
    })?;
    // Programs do not find it: it is nobody's class.
    vm.loaders.forget(name);
    Ok(())
}
