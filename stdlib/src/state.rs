//! What the natives of one guest share: the host, open resources, start-up settings.

use crate::host::{Host, ResourceTable};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vm::{Thread, Vm};

/// Most resources that a guest may have open at the same time.
const MAX_RESOURCES: usize = 1 << 20;

/// State of the library of natives, in `Vm::host_state`.
pub struct State {
    /// The only door to the operating system.
    pub host: Arc<dyn Host>,
    /// Whether the guest may handle the process's signals, if no other VM does.
    pub handles_signals: bool,
    /// Guest file descriptors.
    pub resources: ResourceTable,
    /// Properties given on the command line (`-D`), in order, and those that the launcher sets.
    pub properties: Vec<(String, String)>,
    /// Home of the class library.
    pub java_home: PathBuf,
    /// Modules that are not the boot loader's, once that is known.
    pub other_modules: Vec<String>,
    /// Arguments to the VM, as `RuntimeMXBean.getInputArguments` shows them.
    pub vm_arguments: Vec<String>,
    /// Monotonic time at which the VM was made, in nanoseconds.
    pub started_nanos: i64,
    /// What `System.nanoTime` is ahead of the host's clock: a guest that goes on in another process or after a rest goes
    /// on with its own time.
    pub nanos_ahead: i64,
    /// How the program is saved at its own wish.
    pub checkpoints: crate::checkpoint::Checkpoints,
    /// Processor loads as last seen.
    pub(crate) loads: crate::sun_management::Loads,
    /// Whether a thread waits for signals.
    pub has_dispatcher: AtomicBool,
    /// Field offsets and encoding that the natives for files use.
    pub io: crate::java_io::IoState,
    /// Compression streams.
    pub zip: crate::java_util_zip::Streams,
    /// Processes that the guest has started and not waited for, with their programs.
    pub children: Mutex<BTreeMap<u32, String>>,
    /// Field offsets, and tables of file systems being read.
    pub nio: crate::sun_nio::NioState,
}

impl State {
    /// The state of a guest that has this process's standard streams open and starts now.
    #[must_use]
    pub fn new(
        host: Arc<dyn Host>,
        java_home: PathBuf,
        properties: Vec<(String, String)>,
        vm_arguments: Vec<String>,
    ) -> State {
        State {
            started_nanos: host.monotonic_nanos(),
            host,
            handles_signals: true,
            resources: ResourceTable::with_stdio(MAX_RESOURCES),
            properties,
            java_home,
            other_modules: Vec::new(),
            vm_arguments,
            nanos_ahead: 0,
            has_dispatcher: AtomicBool::new(false),
            checkpoints: Default::default(),
            loads: Default::default(),
            io: Default::default(),
            zip: Default::default(),
            children: Default::default(),
            nio: Default::default(),
        }
    }
}

impl State {
    /// The guest's clock (`System.nanoTime`).
    #[inline]
    pub fn nanos(&self) -> i64 {
        self.host.monotonic_nanos() + self.nanos_ahead
    }

    /// The processes that the guest has started and not waited for.
    pub fn children(&self) -> MutexGuard<'_, BTreeMap<u32, String>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the guest's clock, before the guest runs.
    pub fn set_nanos(&mut self, nanos: i64) {
        self.nanos_ahead = nanos - self.host.monotonic_nanos();
    }
}

/// The state of the thread's guest.
///
/// # Panics
/// If the VM was not built by this library.
#[inline]
pub fn state(t: &Thread) -> &State {
    state_of(t.vm())
}

/// The state of a guest.
///
/// # Panics
/// As [`state`].
#[inline]
pub fn state_of(vm: &Vm) -> &State {
    vm.host_state.downcast_ref::<State>().expect("a VM built with the library's natives")
}
