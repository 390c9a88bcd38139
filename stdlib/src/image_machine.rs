//! Templates of applications: what else is the process's in them than in a boot image, and how a program that begins
//! with one in another place gets its own.
//!
//! A boot image is used only where the machine, the user and the locale are those that it was made with. A template goes
//! further: what it knows of user, system and folders is set anew. Its locale and encodings stay those of the
//! place where it was made, since the library has built upon them.

use crate::image_state::{self, HostImage, current_dir, initialised};
use crate::java_lang::support::string;
use crate::jdk_internal::{signal, system_props};
use crate::{State, fresh, state};
use vm::call::{self, Value};
use vm::link::{self, init::class_initializer};
use vm::{Handle, Ref, Result, Thread, object};

/// Facts that a program gets anew: name, property, and the static field in which the library keeps it beside.
const FACTS: [(&str, &str, &str); 6] = [
    ("os_name", "os.name", "OS_NAME"),
    ("os_version", "os.version", "OS_VERSION"),
    ("java_io_tmpdir", "java.io.tmpdir", "JAVA_IO_TMPDIR"),
    ("user_name", "user.name", "USER_NAME"),
    ("user_home", "user.home", "USER_HOME"),
    ("library_path", "java.library.path", "JAVA_LIBRARY_PATH"),
];

/// The class that has the class library's image open for the loaders of the application and the platform.
const LIBRARY_IMAGE: &str = "jdk/internal/module/SystemModuleFinders$SystemImage";

/// Classes whose static state is made of such facts, is random, or was closed: their initialisers run again.
const MADE_OF_FACTS: [&str; 4] = [
    "java/lang/ProcessEnvironment",
    "java/io/File$TempDirectory",
    "java/nio/file/TempFileHelper",
    LIBRARY_IMAGE,
];

/// These facts as properties.
#[must_use]
pub fn machine(state: &State, release: u32) -> Vec<(String, String)> {
    let known = system_props::facts(state, release);
    let value = |name: &str| known.iter().find(|(known, _)| known == name)?.1.clone();
    let facts = FACTS.iter().filter_map(|(name, property, _)| Some((property, value(name)?)));
    facts.map(|(property, value)| ((*property).to_owned(), value)).collect()
}

/// Facts that differ from what they were when a template was made, `then`. Properties that its maker has set, `fixed`, stay.
#[must_use]
pub fn changes(
    state: &State,
    release: u32,
    then: &[(String, String)],
    fixed: &[(String, String)],
) -> Vec<(String, String)> {
    let is_fixed = |name: &str| fixed.iter().any(|(fixed, _)| fixed == name);
    let now = machine(state, release).into_iter();
    now.filter(|fact| !is_fixed(&fact.0) && !then.contains(fact)).collect()
}

/// Gives a program that begins with a template what is its own process's, the [`changes`] among it; before any other thread
/// runs.
///
/// # Errors
/// Those of the library's own code.
pub fn rebind(t: &Thread, image: &HostImage, changes: &[(String, String)]) -> Result<()> {
    rebind_guest(t, image, &current_dir(state(t)), changes)?;
    signal::dispatch_again(t, &image.signals)
}

/// As [`rebind`], for a guest beside others in a process whose working directory is `dir`.
///
/// # Errors
/// Those of the library's own code.
pub fn rebind_guest(
    t: &Thread,
    image: &HostImage,
    dir: &str,
    changes: &[(String, String)],
) -> Result<()> {
    for (property, value) in changes {
        t.scope(|| image_state::set_property(t, property, value))?;
        let field = FACTS.iter().find(|(_, known, _)| known == property).map(|row| row.2);
        t.scope(|| keep_beside(t, field.unwrap_or_default(), value))?;
    }
    image_state::rebind_guest(t, image, dir)?;
    fresh::renew(t);
    for name in MADE_OF_FACTS {
        t.scope(|| initialise_again(t, name))?;
    }
    Ok(())
}

/// Sets a static field of `StaticProperty`, where this release has it.
fn keep_beside(t: &Thread, field: &str, value: &str) -> Result<()> {
    let vm = t.vm();
    let text = string(t, value)?;
    if let Some(class) = initialised(t, "jdk/internal/util/StaticProperty")
        && let Some(offset) = image_state::field(t, class, field)
    {
        vm.set_ref(vm.mirror(class), offset, text);
    }
    Ok(())
}

fn initialise_again(t: &Thread, name: &str) -> Result<()> {
    let Some(class) = initialised(t, name) else { return Ok(()) };
    match class_initializer(t.vm(), class) {
        Some(initializer) => call::call(t, initializer, &[]).map(|_| ()),
        None => Ok(()),
    }
}

/// Closes the archives that the class loaders of the library have open. They will be opened again when something is
/// looked for in them.
///
/// # Errors
/// Those of the library's own code.
pub fn close_archives(t: &Thread) -> Result<()> {
    for loader in ["APP_LOADER", "PLATFORM_LOADER", "BOOT_LOADER"] {
        t.scope(|| close_readers(t, loader))?;
    }
    t.scope(|| close_library_image(t))?;
    t.scope(|| {
        let Some(path) = class_path(t) else { return Ok(()) };
        let method =
            call::method(t, t.vm().class_of(t.get(path)), "closeLoaders", "()Ljava/util/List;")?;
        call::call_ref(t, method, &[Value::Object(path)])?;
        image_state::set_class_path(t)
    })
}

/// Closes the reader of the class library's image, which [`rebind`] opens again.
fn close_library_image(t: &Thread) -> Result<()> {
    let Some(reader) = image_state::static_ref(t, LIBRARY_IMAGE, &["READER"]) else {
        return Ok(());
    };
    let class = t.vm().class_of(t.get(reader));
    let close = call::method(t, class, "close", "()V")?;
    call::call(t, close, &[Value::Object(reader)])?;
    let cache = "jdk/internal/jimage/ImageReaderFactory";
    let Some(readers) = image_state::static_ref(t, cache, &["readers"]) else { return Ok(()) };
    let clear = call::method(t, t.vm().class_of(t.get(readers)), "clear", "()V")?;
    call::call(t, clear, &[Value::Object(readers)])?;
    // The mapping goes with the last reference to it.
    let vm = t.vm();
    if let Some(class) = initialised(t, LIBRARY_IMAGE)
        && let Some(offset) = image_state::field(t, class, "READER")
    {
        vm.set_ref(vm.mirror(class), offset, Ref::NULL);
    }
    Ok(())
}

/// The `URLClassPath` of the application class loader.
fn class_path(t: &Thread) -> Option<Handle> {
    let loader = image_state::static_ref(t, "jdk/internal/loader/ClassLoaders", &["APP_LOADER"])?;
    image_state::instance_ref(t, loader, "ucp", "Ljdk/internal/loader/URLClassPath;")
}

/// Closes and forgets the readers of modules of one of the library's loaders.
fn close_readers(t: &Thread, loader: &str) -> Result<()> {
    let vm = t.vm();
    let readers = image_state::static_ref(t, "jdk/internal/loader/ClassLoaders", &[loader])
        .and_then(|loader| {
            image_state::instance_ref(t, loader, "moduleToReader", "Ljava/util/Map;")
        });
    let Some(readers) = readers else { return Ok(()) };
    let map = link::class_by_name(t, "java/util/concurrent/ConcurrentHashMap")?;
    let list = link::class_by_name(t, "java/util/ArrayList")?;
    let values = call::method(t, map, "values", "()Ljava/util/Collection;")?;
    let values = t.handle(call::call_ref(t, values, &[Value::Object(readers)])?);
    let copy = object::new_object(t, list, "(Ljava/util/Collection;)V", &[Value::Object(values)])?;
    let copy = t.handle(copy);
    let array = call::method(t, list, "toArray", "()[Ljava/lang/Object;")?;
    let array = t.handle(call::call_ref(t, array, &[Value::Object(copy)])?);
    let reader = link::class_by_name(t, "java/lang/module/ModuleReader")?;
    let close = call::method(t, reader, "close", "()V")?;
    for i in 0..vm.heap.array_length(t.get(array)) as usize {
        let one: Ref = vm.element(t.get(array), i);
        let one = t.handle(one);
        call::call_virtual(t, close, &[Value::Object(one)])?;
    }
    let clear = call::method(t, map, "clear", "()V")?;
    call::call(t, clear, &[Value::Object(readers)]).map(|_| ())
}
