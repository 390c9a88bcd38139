//! Guests in files.

use std::path::Path;
use vm::sync;

use super::{Guest, GuestError};
use crate::frozen::{self, Then};
use crate::{FreezeOptions, Snapshot};

impl Guest {
    /// Saves the guest as it is now to a file, from which [`super::Template::resume`] makes guests that go on from here; this
    /// one goes on, too. Its threads stand still meanwhile. They may be anywhere but in the VM's own code; one that was
    /// asleep since the guest began has an OS thread from now on.
    ///
    /// Of the options, `keep` means nothing here. The file needs the image that the guest began with, unless it is
    /// saved `with_base`.
    ///
    /// # Errors
    /// [`GuestError::Image`] with what stands in the way, or [`GuestError::Exited`]. The guest goes on.
    pub fn snapshot(
        &mut self,
        path: &Path,
        options: &FreezeOptions,
    ) -> Result<Snapshot, GuestError> {
        if let Some(code) = self.exit_code() {
            return Err(GuestError::Exited(code));
        }
        let Some(t) = self.thread.as_deref() else { unreachable!("a guest that is dropped") };
        sync::enter(t);
        let saved = frozen::save(t, path, options, Then::GoOn, |_| {});
        sync::leave(t);
        Ok(Snapshot::from(saved?))
    }
}
