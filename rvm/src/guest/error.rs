//! What can go wrong with a guest.

use crate::template::TemplateError;
use crate::{ImageError, StartError};
use vm::{Thread, VmError, strings};

/// Why a guest was not made, or a call into it did not come back with a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// The guest's code threw an exception and did not catch it.
    #[error("{trace}")]
    Exception {
        /// Its class, as `java.lang.String` is written.
        class: String,
        /// Its detail message.
        message: Option<String>,
        /// Class, message and stack trace, for people.
        trace: String,
    },
    /// The guest has called `System.exit`, and is no more.
    #[error("the guest has exited with code {0}")]
    Exited(i32),
    /// There is no image to begin with.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The file serves as no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The guest could not be made.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl GuestError {
    /// Takes the thread's pending exception.
    pub(super) fn of_pending(t: &Thread) -> GuestError {
        let vm = t.vm();
        let exception = t.exception.get();
        let class = vm.external_name(vm.class_of(exception));
        let message = vm.get_ref(exception, vm.known.throwable_message);
        let message = (!message.is_null()).then(|| strings::to_rust(vm, message));
        GuestError::Exception { class, message, trace: super::pending_text(t) }
    }
}

impl From<VmError> for GuestError {
    fn from(error: VmError) -> GuestError {
        GuestError::Start(error.into())
    }
}
