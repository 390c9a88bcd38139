//! What a guest does before it is saved as a boot image: what most programs do first (`java/rvm/Training.java`).

use vm::link::{self, DefineRequest, loaders::BOOT};
use vm::{Result, Thread, boot};

/// The compiled `Training.java`; its test compiles it again and compares.
const TRAINING: &[u8] = include_bytes!("../java/rvm/Training.class");
const NAME: &str = "rvm/Training";

/// The numbers in names of lambda classes (`Main$$Lambda$1`) begin at 1 in each program. Later releases have none.
fn reset_lambda_numbers(t: &Thread) {
    let vm = t.vm();
    let name = vm.symbol("java/lang/invoke/InnerClassLambdaMetafactory");
    let Some(class) = vm.loaders.find(BOOT, name) else { return };
    let counter = link::view::find_field_by_name(&vm.meta, class, vm.symbol("counter"));
    let counter = counter.map(|field| vm.get_ref(vm.mirror(class), field.offset));
    if let Some(counter) = counter.filter(|counter| !counter.is_null())
        && let Some(value) =
            link::view::find_field_by_name(&vm.meta, vm.class_of(counter), vm.symbol("value"))
    {
        vm.set_u32(counter, value.offset, 0);
    }
}

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
    reset_lambda_numbers(t);
    Ok(())
}
