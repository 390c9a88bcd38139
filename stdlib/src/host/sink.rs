//! A guest's standard output or error as a writer of the program that has made the guest.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A writer; clones share it.
#[derive(Clone)]
pub struct Sink(Arc<Mutex<dyn Write + Send>>);

impl Sink {
    /// What is written to the writer goes on to `to`.
    pub fn new(to: impl Write + Send + 'static) -> Sink {
        Sink(Arc::new(Mutex::new(to)))
    }

    /// Over a writer that others hold, too.
    pub fn shared(to: Arc<Mutex<dyn Write + Send>>) -> Sink {
        Sink(to)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}
