//! Why an image is refused, where the VM's code would throw: while a guest is rebuilt no Java can run.

use crate::portable::PortableError;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The first thing that would have been thrown since the rebuilding began.
#[derive(Default)]
pub(crate) struct Refusals {
    active: AtomicBool,
    first: Mutex<Option<String>>,
}

impl Refusals {
    /// Exceptions are noted instead of thrown from now on.
    pub fn begin(&self) {
        self.active.store(true, Ordering::Release);
    }

    /// They are thrown again.
    pub fn end(&self) {
        self.active.store(false, Ordering::Release);
    }

    /// Whether a guest is being rebuilt.
    #[inline]
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Notes an exception if a guest is being rebuilt.
    #[cold]
    pub fn note(&self, class: &str, message: Option<&str>) -> bool {
        let active = self.is_active();
        if active {
            let class = class.replace('/', ".");
            let text = message.map_or(class.clone(), |message| format!("{class}: {message}"));
            self.first.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(text);
        }
        active
    }

    /// An error with what was noted.
    pub fn explain(&self, error: PortableError) -> PortableError {
        let noted = self.first.lock().unwrap_or_else(|e| e.into_inner()).take();
        match (error, noted) {
            (PortableError::Refused(why), Some(noted)) if why != noted => {
                PortableError::Refused(format!("{why}: {noted}"))
            }
            (error, _) => error,
        }
    }
}
