//! What the natives of one guest share: the host, open resources, start-up settings.

use crate::host::{Host, ResourceTable};
use std::path::PathBuf;
use std::sync::Arc;
use vm::Thread;

/// State of the library of natives, in `Vm::host_state`.
pub struct State {
    /// The only door to the operating system.
    pub host: Arc<dyn Host>,
    /// Guest file descriptors.
    pub resources: ResourceTable,
    /// Properties given on the command line (`-D`), in order, and those that the launcher sets.
    pub properties: Vec<(String, String)>,
    /// Home of the class library.
    pub java_home: PathBuf,
    /// Arguments to the VM, as `RuntimeMXBean.getInputArguments` shows them.
    pub vm_arguments: Vec<String>,
    /// Monotonic time at which the VM was made, in nanoseconds.
    pub started_nanos: i64,
}

/// The state of the thread's guest.
///
/// # Panics
/// If the VM was not built by this library.
#[inline]
pub fn state(t: &Thread) -> &State {
    t.vm().host_state.downcast_ref::<State>().expect("a VM built with the library's natives")
}
