//! What of the class library belongs to the process that it started in, and how a guest that begins with an image gets
//! what is its own process's.
//!
//! Most of it is the same for all processes of a user on a machine: then an image serves where [`fingerprint`] is the
//! same. The rest is set anew by [`rebind`], before the program runs: working directory, class path, properties of the
//! program, memory limit, random seeds, signal handlers.

use crate::java_lang::support::string;
use crate::jdk_internal::{signal, system_props};

use crate::resources::{self, InTheWay, Policy, ResourceImage};
use crate::{State, fresh, state};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use vm::call::{self, Value};
use vm::link::{self, loaders::BOOT};
use vm::meta::init_state;
use vm::{ClassId, Handle, Thread, Thrown};

type Result<T, E = Thrown> = std::result::Result<T, E>;

/// Why a guest's side of an image was not made.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The guest has files, sockets or the like open, which an image that others begin with can not hold.
    #[error("{0} files or other resources are open")]
    OpenResources(usize),
    /// The library is just taking over something from the process.
    #[error("{0} is being initialised")]
    Unsettled(&'static str),
    /// What the guest has open can not be saved.
    #[error(transparent)]
    InTheWay(#[from] InTheWay),
}

/// Kept in an image beside the VM's own state.
#[derive(Serialize, Deserialize)]
pub struct HostImage {
    /// Modules that are not the boot loader's.
    pub other_modules: Vec<String>,
    /// The class library's home.
    pub java_home: PathBuf,
    /// Properties and arguments that the VM was given.
    pub properties: Vec<(String, String)>,
    /// As `RuntimeMXBean` shows them.
    pub vm_arguments: Vec<String>,
    /// The guest's clock (`System.nanoTime`).
    pub nanos: i64,
    /// What it has open.
    pub resources: ResourceImage,
    pub(crate) signals: Vec<i32>,
    /// The working directory.
    dir: String,
}

impl HostImage {
    /// Of the guest of `t`, which has stopped the world: a program that goes on.
    ///
    /// # Errors
    /// With all that it has open and that can not be saved by the rules and this policy.
    pub fn capture(t: &Thread, policy: &Policy) -> Result<HostImage, CaptureError> {
        let state = state(t);
        if let Some(class) = fresh::unsettled(t) {
            return Err(CaptureError::Unsettled(class));
        }
        vm::sync::settle_calls(t, &|os_thread| state.host.interrupt_thread(os_thread.into()));
        let resources = resources::save(t.vm(), policy)?;
        Ok(HostImage {
            other_modules: state.other_modules.clone(),
            nanos: state.nanos(),
            java_home: state.java_home.clone(),
            properties: state.properties.clone(),
            vm_arguments: state.vm_arguments.clone(),
            resources,
            signals: signal::dispatched(state),
            dir: current_dir(state),
        })
    }

    /// As [`HostImage::capture`], of a guest that others are to begin with: it has nothing open but standard streams.
    ///
    /// # Errors
    /// If it has.
    pub fn capture_base(t: &Thread) -> Result<HostImage, CaptureError> {
        let image = HostImage::capture(t, &Policy::default())?;
        match image.resources.len() {
            0 => Ok(image),
            count => Err(CaptureError::OpenResources(count)),
        }
    }

    /// As bytes.
    ///
    /// # Panics
    /// Never: there is nothing in it that can not be written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain data")
    }

    /// From [`HostImage::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<HostImage> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What the class library takes over for good while it starts.
#[must_use]
pub fn fingerprint(state: &State, release: u32) -> String {
    let processors = state.host.available_processors();
    format!("processors={processors}\n{}", system_props::fingerprint(state, release))
}

/// Whether a property that the user sets can be set after the class library has started; what reads the others has read
/// them by then.
#[must_use]
pub fn can_be_set_later(name: &str) -> bool {
    const EARLY: [&str; 13] = [
        "java.", "jdk.", "sun.", "user.", "os.", "file.", "path.", "line.", "native.", "stdin.",
        "stdout.", "stderr.", "com.sun.",
    ];
    const LATE: [&str; 3] = ["java.class.path", "sun.java.command", "sun.java.launcher"];
    !name.is_empty()
        && (LATE.contains(&name) || !EARLY.iter().any(|prefix| name.starts_with(prefix)))
}

/// Gives a guest that began with an image what is its own process's; before any other thread runs.
///
/// # Errors
/// Those of the library's own code.
pub fn rebind(t: &Thread, image: &HostImage) -> Result<()> {
    rebind_guest(t, image, &current_dir(state(t)))?;
    if !names_class_path(state(t)) {
        t.scope(|| set_class_path(t))?;
    }
    signal::dispatch_again(t, &image.signals)
}

/// As [`rebind`], for a guest beside others in a process whose working directory is `dir`. It handles no signals, and keeps the
/// class path of the image unless its properties name one.
///
/// # Errors
/// Those of the library's own code.
pub fn rebind_guest(t: &Thread, image: &HostImage, dir: &str) -> Result<()> {
    if dir != image.dir {
        t.scope(|| set_property(t, "user.dir", dir))?;
        t.scope(|| set_working_directory(t, dir))?;
    }
    let state = state(t);
    for (name, value) in &state.properties {
        t.scope(|| set_property(t, name, value))?;
    }
    if names_class_path(state) {
        t.scope(|| set_class_path(t))?;
    }
    set_memory_limit(t);
    fresh::renew_seeders(t);
    Ok(())
}

fn names_class_path(state: &State) -> bool {
    state.properties.iter().any(|(name, _)| name == "java.class.path")
}

/// Makes the class path empty: then there are no classes on it, instead of those of the working directory.
///
/// # Errors
/// Those of the library's own code.
pub fn clear_class_path(t: &Thread) -> Result<()> {
    t.scope(|| new_class_path(t, "", true))
}

/// The working directory, as the library shows it.
#[must_use]
pub fn current_dir(state: &State) -> String {
    state.host.current_dir().map_or_else(|_| "/".into(), |d| d.display().to_string())
}

/// Gives a program that goes on in another process what it had of the old one, and takes from it what it must not have.
///
/// # Errors
/// Those of the library's own code.
pub fn rejoin(t: &Thread, image: &HostImage) -> Result<()> {
    fresh::renew(t);
    signal::dispatch_again(t, &image.signals)
}

pub(crate) fn set_property(t: &Thread, name: &str, value: &str) -> Result<()> {
    let name = t.handle(string(t, name)?);
    let value = t.handle(string(t, value)?);
    let d = "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;";
    let args = [Value::Object(name), Value::Object(value)];
    call::call_static(t, "java/lang/System", "setProperty", d, &args)?;
    Ok(())
}

/// A class of the library, if the image has it initialised: else it will see this process's values by itself.
pub(crate) fn initialised(t: &Thread, name: &str) -> Option<ClassId> {
    let vm = t.vm();
    let class = vm.loaders.find(BOOT, vm.symbol(name))?;
    let state = vm.class(class).init_state.load(std::sync::atomic::Ordering::Acquire);
    (state == init_state::DONE).then_some(class)
}

/// Offset of a field in the mirror or in instances.
pub(crate) fn field(t: &Thread, class: ClassId, name: &str) -> Option<u32> {
    let vm = t.vm();
    let found = link::view::find_field_by_name(&vm.meta, class, vm.symbol(name))?;
    Some(found.offset)
}

/// The reference in a static field of an initialised class.
pub(crate) fn static_ref(t: &Thread, class: &str, names: &[&str]) -> Option<Handle> {
    let class = initialised(t, class)?;
    let offset = names.iter().find_map(|name| field(t, class, name))?;
    let value = t.vm().get_ref(t.vm().mirror(class), offset);
    (!value.is_null()).then(|| t.handle(value))
}

/// Where the library has kept the working directory. Relative names themselves are resolved by the system.
fn set_working_directory(t: &Thread, dir: &str) -> Result<()> {
    let vm = t.vm();
    let text = t.handle(string(t, dir)?);
    if let Some(class) = initialised(t, "jdk/internal/util/StaticProperty")
        && let Some(offset) = field(t, class, "USER_DIR")
    {
        vm.set_ref(vm.mirror(class), offset, t.get(text));
    }
    if let Some(files) = static_ref(t, "java/io/File", &["fs", "FS"])
        && let Some(offset) = field(t, vm.class_of(t.get(files)), "userDir")
    {
        vm.set_ref(t.get(files), offset, t.get(text));
    }
    if let Some(provider) = static_ref(t, "sun/nio/fs/DefaultFileSystemProvider", &["INSTANCE"])
        && let Some(files) =
            instance_ref(t, provider, "theFileSystem", "Lsun/nio/fs/UnixFileSystem;")
        && let Some(offset) = inherited_field(t, files, "defaultDirectory", "[B")
    {
        let bytes = vm::object::alloc_prim_array(t, vm::meta::BasicType::Byte, dir.len())?;
        vm.write_bytes(bytes, gc::ARRAY_DATA_OFFSET, dir.as_bytes());
        vm.set_ref(t.get(files), offset, bytes);
    }
    Ok(())
}

/// Offset of a field that the class of an object may have inherited.
pub(crate) fn inherited_field(
    t: &Thread,
    object: Handle,
    name: &str,
    descriptor: &str,
) -> Option<u32> {
    let vm = t.vm();
    let (name, descriptor) = (vm.symbol(name), vm.symbol(descriptor));
    let (_, found) = link::find_field(vm, vm.class_of(t.get(object)), name, descriptor)?;
    Some(found.offset)
}

/// The reference in a field of an object, unless it is null.
pub(crate) fn instance_ref(
    t: &Thread,
    object: Handle,
    name: &str,
    descriptor: &str,
) -> Option<Handle> {
    let offset = inherited_field(t, object, name, descriptor)?;
    let value = t.vm().get_ref(t.get(object), offset);
    (!value.is_null()).then(|| t.handle(value))
}

/// The class path that the properties name.
pub(crate) fn set_class_path(t: &Thread) -> Result<()> {
    let given = state(t).properties.iter().find(|(name, _)| name == "java.class.path");
    new_class_path(t, given.map_or("", |(_, path)| path), false)
}

/// A fresh `URLClassPath` in the application class loader. An empty element stands for the working directory, or for nothing.
fn new_class_path(t: &Thread, path: &str, skip_empty: bool) -> Result<()> {
    let vm = t.vm();
    let path = t.handle(string(t, path)?);
    let Some(loader) = static_ref(t, "jdk/internal/loader/ClassLoaders", &["APP_LOADER"]) else {
        return Ok(());
    };
    let class = link::class_by_name(t, "jdk/internal/loader/URLClassPath")?;
    link::init::init_class(t, class)?;
    let args = [Value::Object(path), Value::Int(skip_empty.into())];
    let made = vm::object::new_object(t, class, "(Ljava/lang/String;Z)V", &args)?;
    let descriptor = "Ljdk/internal/loader/URLClassPath;";
    if let Some(offset) = inherited_field(t, loader, "ucp", descriptor) {
        vm.set_ref(t.get(loader), offset, made);
    }
    Ok(())
}

/// `jdk.internal.misc.VM.directMemory`, by default as much as the heap may have.
fn set_memory_limit(t: &Thread) {
    let vm = t.vm();
    if let Some(class) = initialised(t, "jdk/internal/misc/VM")
        && let Some(offset) = field(t, class, "directMemory")
    {
        vm.set_u64(vm.mirror(class), offset, vm.heap.stats().max_bytes as u64);
    }
}
