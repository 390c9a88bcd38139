//! From settings to a running program.

use std::path::PathBuf;
use std::sync::Arc;

use stdlib::host::{OsHost, System};
use stdlib::jdk_home::{JdkHome, Search};
use stdlib::jimage::JImage;
use stdlib::{ImageSource, State, module_loaders};
use vm::Vm;
use vm::boot::{self, Launch};

use crate::{Settings, StartError};

/// Stack of the thread that runs `main`, in bytes. Java frames live elsewhere (`-Xss`); this is for natives and the
/// VM's own code, whatever limit the shell has set for the process.
const NATIVE_STACK_BYTES: usize = 8 << 20;
/// The releases whose class library runs. The reader of images knows more.
const RUNNING_RELEASES: [u32; 2] = [17, 25];
/// Assumed where the system does not tell how much memory there is.
const FALLBACK_MEMORY_BYTES: u64 = 1 << 30;

/// A class library: a JDK and its open image.
pub struct Library {
    /// Where the JDK is.
    pub home: JdkHome,
    /// Its classes.
    pub image: JImage,
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
            Ok(image) => Ok(Library { home, image }),
            Err(source) => Err(StartError::Image { path, source }),
        }
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

/// Starts a VM and hands its main thread to `f`, on a thread of its own. The VM stays until the process ends.
///
/// # Errors
/// If the VM could not be made or started.
pub fn with_vm<R: Send>(
    settings: &Settings,
    library: Library,
    f: impl FnOnce(&vm::Thread) -> R + Send,
) -> Result<R, StartError> {
    let home = PathBuf::from(library.home.path());
    let release = library.home.release().feature();
    if !RUNNING_RELEASES.contains(&release) {
        return Err(StartError::Release { home, release });
    }
    let host = Arc::new(OsHost);
    let memory_bytes = host.memory().map_or(FALLBACK_MEMORY_BYTES, |memory| memory.usable_bytes());
    let config = settings.config(release, memory_bytes)?;
    let others = module_loaders::not_of_the_boot_loader(&library.image)
        .map_err(|source| StartError::Modules { path: library.home.modules_path(), source })?;
    let state = State::new(host, home, settings.properties.clone(), settings.vm_arguments.clone());
    let source = Box::new(ImageSource::new(library.image, others));
    let vm = Vm::new(config, source, stdlib::natives(), Box::new(state))?;
    // The program ends with the process: what other threads still use must stay.
    let vm: &'static Vm = Box::leak(vm);
    std::thread::scope(|scope| {
        let main = std::thread::Builder::new().name("main".into()).stack_size(NATIVE_STACK_BYTES);
        let main = main.spawn_scoped(scope, || {
            let thread = boot::boot(vm)?;
            Ok(f(&thread))
        });
        match main.map_err(StartError::Thread)?.join() {
            Ok(result) => result.map_err(|error: vm::VmError| error.into()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
