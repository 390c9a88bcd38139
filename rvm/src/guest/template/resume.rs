//! Guests that go on from a file.

use std::path::Path;

use stdlib::host::Resource;
use stdlib::resources::{self, Policy};
use stdlib::{State, image_state};
use vm::{VmError, boot};

use super::{Guest, GuestError, GuestSettings, Output, Template};
use crate::{StartError, frozen};

impl Template {
    /// A guest that goes on from where [`Guest::snapshot`] has saved one, any number of times. It has random seeds of its own. Its
    /// threads run from now on; of the settings, the heap's limit counts as far as it is not above the saved guest's,
    /// the standard streams are new, and class path and properties stay the guest's.
    ///
    /// # Errors
    /// If the file holds no guest that can go on in this process, it is damaged, something that the guest had open can not be
    /// had, or the settings name a class path or properties.
    pub fn resume(&self, path: &Path, settings: &GuestSettings) -> Result<Guest, GuestError> {
        if !settings.class_path.is_empty() || !settings.properties.is_empty() {
            let reason = "a guest that goes on has its own class path and properties";
            return Err(frozen::refused(path, &reason).into());
        }
        let (image, host_image) = frozen::open_guest(path)?;
        if host_image.java_home != self.java_home {
            return Err(frozen::refused(path, &"it was saved with another class library").into());
        }
        image.verify(false).map_err(|error| frozen::refused(path, &error))?;
        let properties = host_image.properties.clone();
        let mut state =
            State::new(self.host.clone(), self.java_home.clone(), properties, Vec::new());
        state.handles_signals = false;
        state.other_modules.clone_from(&host_image.other_modules);
        state.set_nanos(host_image.nanos);
        let limit = state.resources.limit();
        let reopened =
            resources::reopen(&*state.host, &host_image.resources, &Policy::default(), limit)
                .map_err(StartError::from)?;
        state.resources = reopened.table;
        for (number, output) in [(1, &settings.output), (2, &settings.error)] {
            if let Output::To(sink) = output {
                state
                    .resources
                    .replace(number, Resource::sink(sink.clone()))
                    .map_err(|error| frozen::refused(path, &error))?;
            }
        }
        let config = self.config(settings)?;
        let source = Box::new(self.source.clone());
        let started = image.start(config, source, self.natives.clone(), Box::new(state));
        let started = started.map_err(StartError::from)?;
        reopened.mappings.map(started.vm()).map_err(StartError::from)?;
        started.vm().heap.set_max_heap(settings.max_heap_bytes.try_into().unwrap_or(usize::MAX));
        let rejoin = |t: &vm::Thread| {
            let rejoined = t.scope(|| image_state::rejoin(t, &host_image));
            rejoined.map_err(|_| VmError::Boot(boot::pending_exception(t)))
        };
        let (vm, thread, rejoined) = started.share_all(rejoin).map_err(StartError::from)?;
        // If that has failed, the guest ends here.
        let guest = Guest::new(vm, thread);
        rejoined?;
        Ok(guest)
    }
}
