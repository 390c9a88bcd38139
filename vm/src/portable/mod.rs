//! Portable images: a program at rest as a description that does not depend on where anything lay, which CPU it
//! ran on, or which build of this VM ran it; and its rebuilding, which believes nothing.
//!
//! [`save`] walks all that the program can reach and writes it by name: classes by their bytes (those of the class
//! library by the hash of theirs), objects field by field, frames as methods, bytecode indices and slots. [`rebuild`]
//! makes a VM of it as if by running a program: every class is defined and verified, every reference is held against
//! the type of the field or slot that it goes to, every frame against the types that verification finds at its
//! instruction. What does not hold is refused, before anything runs. Nothing in the result was copied from the image as it was:
//! records, tables and addresses are this VM's own.
//!
//! ```text
//! magic, version | number of chunks, bytes in all | per chunk: its length, compressed (zstd), and hash (BLAKE3) | chunks
//! ```
//!
//! All numbers are little-endian. The chunks together are a [`format::Guest`] (postcard).

mod capture;
mod fields;
mod file;
mod format;
mod frames;
mod guard;
pub mod mutate;
mod rebuild;

pub use file::{MAGIC, Portable, StateHash};
pub use guard::{Access, Guard};
pub(crate) use guard::{has_adapted_result, has_typed_result};
pub use rebuild::Rebuilt;
pub(crate) use rebuild::Refusals;

use crate::sync::{self, NotPortable};
use crate::thread::Thread;
use gc::{GcKind, GcRequest};
use std::io;
use std::time::{Duration, Instant};

/// How long the guest's threads may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands in the way on the side of the natives.
pub type HostError = Box<dyn std::error::Error + Send + Sync>;

/// Why a program was not saved, or an image is not gone on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortableError {
    /// A thread stands where it can not be saved.
    #[error("{0}")]
    Thread(#[from] NotPortable),
    /// The natives hold what can not be saved.
    #[error("{0}")]
    Host(#[source] HostError),
    /// There is more than the format can number.
    #[error("the program has more objects than a portable image can hold")]
    TooLarge,
    /// The file could not be read or written.
    #[error("the image can not be read or written")]
    Io(#[from] io::Error),
    /// It is no portable image, or not of a version that this VM reads.
    #[error("it is no portable image: {0}")]
    Foreign(&'static str),
    /// It is not what was written.
    #[error("the image is damaged: {0}")]
    Damaged(&'static str),
    /// It says what can not be, or what this VM does not admit.
    #[error("the image is refused: {0}")]
    Refused(String),
    /// There is no room for it.
    #[error(transparent)]
    Range(#[from] gc::RangeError),
}

/// Describes the thread's guest at rest. The thread must have no frames, and need not be one of the guest's own.
/// `host` says what the natives keep of themselves, asked while the guest stands still; `then` gets the
/// description while it still does.
///
/// # Errors
/// If a thread does not come to rest, or holds what can not be saved; or what `then` answers.
pub fn save<R>(
    t: &Thread,
    mut host: impl FnMut() -> Result<Vec<u8>, HostError>,
    mut then: impl FnMut(Portable) -> Result<R, PortableError>,
) -> Result<R, PortableError> {
    let vm = t.vm();
    let deadline = Instant::now() + PATIENCE;
    loop {
        // What is garbage now need not be kept, and what the collector finds is for the reference handler to see.
        let full = GcRequest { kind: GcKind::Full, ..GcRequest::FULL };
        let _ = sync::collect(t, full);
        let done = sync::stop_world(t, || {
            if vm.references.has_pending() && Instant::now() < deadline {
                return None;
            }
            let _ = sync::collect(t, full);
            let state = host().map_err(PortableError::Host);
            match state.and_then(|host| capture::capture(t, &host)) {
                Ok(guest) => Some(then(Portable::new(guest))),
                Err(PortableError::Thread(_) | PortableError::Host(_))
                    if Instant::now() < deadline =>
                {
                    None
                }
                Err(error) => Some(Err(error)),
            }
        });
        match done {
            Some(result) => return result,
            None => t.blocked(|| std::thread::sleep(Duration::from_micros(100))),
        }
    }
}
