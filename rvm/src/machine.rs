//! From settings to a running program.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gc::HeapConfig;
use stdlib::host::OsHost;
use stdlib::host::packed::PackedFiles;
use stdlib::image_state::{self, HostImage};
use stdlib::jdk_home::{JdkHome, Search};
use stdlib::jimage::JImage;
use stdlib::resources;
use stdlib::{ImageSource, State, module_loaders, training};
use vm::boot::{self, Launch};
use vm::image::{ImageKind, What};
use vm::{Config, Vm, sync};

use crate::boot_image::{self, Purpose};
use crate::{ImageError, Settings, StartError, checkpoint, control, frozen};

/// Stack of the thread that runs `main`, in bytes. Java frames live elsewhere (`-Xss`); this is for natives and the
/// VM's own code, whatever limit the shell has set for the process.
const NATIVE_STACK_BYTES: usize = 8 << 20;
/// The releases whose class library runs. The reader of images knows more.
const RUNNING_RELEASES: [u32; 2] = [17, 25];
/// Assumed where the system does not tell how much memory there is.
const FALLBACK_MEMORY_BYTES: u64 = 1 << 30;

/// Limit of the heap in which an image is made; a multiple of what a started class library needs.
pub(crate) const IMAGE_HEAP_BYTES: usize = 256 << 20;

/// How long the end of a guest waits for its threads; those in system calls end later.
pub(crate) const END_PATIENCE: Duration = Duration::from_millis(500);

/// A class library: a JDK and its open image.
pub struct Library {
    /// Where the JDK is.
    pub home: JdkHome,
    /// Its classes.
    pub image: Arc<JImage>,
    /// The files of its home, if it has come along with the program.
    pub(crate) packed: Option<Arc<PackedFiles>>,
}

impl Library {
    /// Finds and opens the class library that the settings or the environment name.
    ///
    /// # Errors
    /// If there is none that serves or it can not be read.
    pub fn find(settings: &Settings) -> Result<Library, StartError> {
        let home = Search::from_environment(settings.java_home.as_deref()).find()?;
        let path = home.modules_path();
        match JImage::open(&path) {
            Ok(image) => Ok(Library { home, image: Arc::new(image), packed: None }),
            Err(source) => Err(StartError::Image { path, source }),
        }
    }

    /// The host for programs with this library.
    pub(crate) fn host(&self) -> Arc<OsHost> {
        Arc::new(self.packed.clone().map_or(OsHost, OsHost::with_packed))
    }
}

/// Runs a program to its end in a new VM; answers its exit code.
///
/// # Errors
/// If the VM could not be made or started. What goes wrong in the program is its own: it is reported as `java` does,
/// and in the exit code.
pub fn run(settings: &Settings, library: Library, launch: &Launch) -> Result<i32, StartError> {
    with_vm(settings, library, |thread| boot::run_main(thread, launch))
}

/// What the natives of a guest with these settings begin with.
pub(crate) fn state(settings: &Settings, library: &Library) -> State {
    let home = PathBuf::from(library.home.path());
    let (properties, arguments) = (settings.properties.clone(), settings.vm_arguments.clone());
    State::new(library.host(), home, properties, arguments)
}

pub(crate) fn config(
    settings: &Settings,
    library: &Library,
    state: &State,
) -> Result<Config, StartError> {
    let release = library.home.release().feature();
    if !RUNNING_RELEASES.contains(&release) {
        let home = PathBuf::from(library.home.path());
        return Err(StartError::Release { home, release });
    }
    settings.config(release, memory_bytes(state))
}

/// Memory that the process may use.
pub(crate) fn memory_bytes(state: &State) -> u64 {
    let memory = state.host.memory();
    memory.map_or(FALLBACK_MEMORY_BYTES, |memory| memory.usable_bytes())
}

/// Starts a VM and hands its main thread to `f`, on a thread of its own. The VM stays until the process ends.
///
/// # Errors
/// If the VM could not be made or started.
pub fn with_vm<R: Send>(
    settings: &Settings,
    library: Library,
    f: impl FnOnce(&vm::Thread) -> R + Send,
) -> Result<R, StartError> {
    let mut state = state(settings, &library);
    let config = config(settings, &library, &state)?;
    match boot_image::open(settings, &library, &state) {
        Some((image, host)) => {
            let source =
                Box::new(ImageSource::new(library.image.clone(), host.other_modules.clone()));
            state.other_modules.clone_from(&host.other_modules);
            let started = image.start(config, source, stdlib::natives().into(), Box::new(state))?;
            let (vm, threads) = started.leak();
            on_main_thread(|| {
                checkpoint::offer(settings, vm);
                let (thread, bound) = threads.resume(vm, |t| image_state::rebind(t, &host))?;
                bound.map_err(|_| vm::VmError::Boot(boot::pending_exception(&thread)))?;
                offer_control(settings, vm);
                Ok(f(&thread))
            })
        }
        None => {
            let vm = fresh(config, &library, state)?;
            // The program ends with the process: what other threads still use must stay.
            let vm: &'static Vm = Box::leak(vm);
            on_main_thread(|| {
                checkpoint::offer(settings, vm);
                let thread = boot::boot(vm)?;
                offer_control(settings, vm);
                Ok(f(&thread))
            })
        }
    }
}

/// Goes on with the program in an image to its end; answers its exit code.
///
/// # Errors
/// If the file holds no program that can go on in this process.
pub fn resume(settings: &Settings, path: &Path) -> Result<i32, StartError> {
    if frozen::is_portable(path) {
        return frozen::resume_portable(settings, path);
    }
    let (image, host) = frozen::open(path)?;
    let library = Library::find(&Settings {
        java_home: Some(host.java_home.clone()),
        ..Settings::default()
    })?;
    let resumed = checkpoint::resumed(settings);
    let settings = Settings {
        properties: host.properties.clone(),
        vm_arguments: host.vm_arguments.clone(),
        ..settings.clone()
    };
    let mut state = state(&settings, &library);
    state.other_modules.clone_from(&host.other_modules);
    state.set_nanos(host.nanos);
    state.checkpoints.resumed = Some(resumed);
    let limit = state.resources.limit();
    let reopened = resources::reopen(&*state.host, &host.resources, &settings.resources, limit)?;
    state.resources = reopened.table;
    state.zip = reopened.streams;
    let config = config(&settings, &library, &state)?;
    let source = Box::new(ImageSource::new(library.image.clone(), host.other_modules.clone()));
    let started = std::thread::scope(|scope| {
        // Meanwhile, on another processor if there is one; nothing of the program runs before it is done.
        let check = scope.spawn(|| match settings.trust_pages {
            true => Ok(()),
            false => image.verify(false).map_err(|error| frozen::refused(path, &error)),
        });
        let started = image.start(config, source, stdlib::natives().into(), Box::new(state))?;
        check.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok::<_, StartError>(started)
    })?;
    let (vm, threads) = started.leak();
    reopened.mappings.map(vm)?;
    on_main_thread(|| {
        checkpoint::offer(&settings, vm);
        let rejoin = |t: &vm::Thread| {
            image_state::rejoin(t, &host)?;
            stdlib::checkpoint::rejoin(t)
        };
        let (thread, bound) = threads.resume(vm, rejoin)?;
        bound.map_err(|_| vm::VmError::Boot(boot::pending_exception(&thread)))?;
        offer_control(&settings, vm);
        Ok(boot::resume_main(&thread))
    })
}

/// Lets others ask for what the settings allow, now that the main thread is there.
pub(crate) fn offer_control(settings: &Settings, vm: &'static Vm) {
    if settings.control_socket {
        control::serve(vm);
    }
    for (millis, path, options) in settings.freeze_after.clone() {
        frozen::save_after(vm, millis, path, options);
    }
}

/// Starts the class library and writes an image of it to `file`. If that is for guests, nothing of the VM stays.
pub(crate) fn save_started(
    settings: &Settings,
    library: &Library,
    key: &str,
    purpose: Purpose,
    file: &File,
) -> Result<(), ImageError> {
    let mut state = state(settings, library);
    state.handles_signals = purpose == Purpose::Program;
    let mut config = config(settings, library, &state)?;
    // The distances of an image follow from these sizes, not from the machine.
    config.heap = HeapConfig { max_heap_bytes: IMAGE_HEAP_BYTES, ..HeapConfig::default() };
    let vm = fresh(config, library, state)?;
    let vm = vm.into_shared();
    on_main_thread(|| {
        let thread = boot::boot(&vm)?;
        let saved = save(&thread, key, purpose, file);
        match purpose {
            // Whoever waits for signals has the VM until the process ends.
            Purpose::Program => std::mem::forget((vm.clone(), thread)),
            Purpose::Guests => {
                sync::leave(&thread);
                end(vm.clone(), thread, END_PATIENCE);
            }
        }
        Ok(saved)
    })?
}

/// Ends a VM that is its owners'; whether all its threads have ended.
pub(crate) fn end(vm: Arc<Vm>, thread: Box<vm::Thread>, patience: Duration) -> bool {
    let host = stdlib::state(&thread).host.clone();
    let interrupt = |os_thread: u32| host.interrupt_thread(os_thread.into());
    sync::dispose(vm, thread, patience, &interrupt)
}

fn save(t: &vm::Thread, key: &str, purpose: Purpose, file: &File) -> Result<(), ImageError> {
    let failed = |_| StartError::Vm(vm::VmError::Boot(boot::pending_exception(t)));
    training::train(t).map_err(failed)?;
    if purpose == Purpose::Guests {
        image_state::clear_class_path(t).map_err(failed)?;
    }
    let host = || Ok(HostImage::capture_base(t)?.to_bytes());
    let what = What { kind: ImageKind::Base, key, parent: None, pack: false };
    vm::image::save(t, &what, host, file, |_| Ok(()))?;
    Ok(())
}

/// A VM without classes.
pub(crate) fn fresh(
    config: Config,
    library: &Library,
    mut state: State,
) -> Result<Box<Vm>, StartError> {
    let others = module_loaders::not_of_the_boot_loader(&library.image)
        .map_err(|source| StartError::Modules { path: library.home.modules_path(), source })?;
    let source = Box::new(ImageSource::new(library.image.clone(), others.clone()));
    state.other_modules = others;
    Ok(Vm::new(config, source, stdlib::natives(), Box::new(state))?)
}

/// Runs `f` on a thread that is made for it.
pub(crate) fn on_main_thread<R: Send>(
    f: impl FnOnce() -> Result<R, StartError> + Send,
) -> Result<R, StartError> {
    std::thread::scope(|scope| {
        let main = std::thread::Builder::new().name("main".into()).stack_size(NATIVE_STACK_BYTES);
        let main = main.spawn_scoped(scope, f);
        match main.map_err(StartError::Thread)?.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
