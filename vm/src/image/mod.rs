//! Local images: a guest's pages in a file, mapped copy-on-write where another guest begins with them.
//!
//! An image is made of a guest at rest ([`save`]): no program runs, all threads but the one that asks wait in natives that
//! can be called again. A new VM maps its pages ([`Image::start`]) and is where the other one was. Such an image is
//! trusted: whoever opens it says by a *key* which VM and class library it must come from, and that it lies where nobody
//! else can write. Its state is hashed, since it may have been cut short; its pages are not, since reading them all
//! would cost more than starting from them.
//!
//! ```text
//! magic, version | length and hash of the state | state (postcard) | padding to a page | pages
//! ```

mod state;

pub use state::{Image, Started};

use crate::sync::{self, NotPortable};
use crate::thread::Thread;
pub use gc::ImageKind;
use gc::{GcKind, GcRequest};
use state::State;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::time::{Duration, Instant};

/// First bytes of a file.
const MAGIC: [u8; 8] = *b"rvm-img\n";
/// Changes with every change of the format.
const VERSION: u32 = 1;
/// Bytes in front of the state: magic, version, reserved, length, hash.
const HEADER_BYTES: usize = 32;
/// Pages begin at a multiple of this.
const PAGE_BYTES: u64 = 4096;
/// How long the guest's threads may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands in the way on the side of the natives.
pub type HostError = Box<dyn std::error::Error + Send + Sync>;

/// Why an image was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// A thread stands where it can not be saved.
    #[error("{0}")]
    Thread(#[from] NotPortable),
    /// The natives hold what can not be saved.
    #[error("{0}")]
    Host(#[source] HostError),
    /// The heap can not be saved.
    #[error(transparent)]
    Heap(#[from] gc::ImageError),
    /// The file could not be written.
    #[error("the image can not be written")]
    Write(#[from] io::Error),
}

/// Why a file is no image that serves.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It could not be read.
    #[error("the image can not be read")]
    Read(#[from] io::Error),
    /// It is something else, or not whole.
    #[error("the image is damaged: {0}")]
    Damaged(&'static str),
    /// It was made by another VM, of another class library, or for other settings.
    #[error("the image was made for other settings")]
    Foreign,
}

/// Why a VM did not start from an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The heap could not be had.
    #[error(transparent)]
    Heap(#[from] gc::ImageError),
    /// The image contradicts itself.
    #[error("the image is damaged: {0}")]
    Damaged(&'static str),
    /// Its threads could not be brought back.
    #[error(transparent)]
    Threads(#[from] sync::ResumeError),
}

/// Writes an image of the thread's guest. The thread must have no frames (no Java below the caller); of a
/// whole image it need not be one of the guest's own. A base is what others will begin with; of a whole image, the caller
/// sees to it that only one of the two goes on.
///
/// `key` says what the image may be used for; `host` says what the natives keep of
/// themselves, asked while the guest stands still. `commit` is called when all
/// is written and the guest still stands still: if it does not come back, nothing happens behind the image.
///
/// # Errors
/// If a thread does not come to rest, or the file can not be written; the guest is as it was.
pub fn save(
    t: &Thread,
    kind: ImageKind,
    key: &str,
    mut host: impl FnMut() -> Result<Vec<u8>, HostError>,
    file: &File,
    mut commit: impl FnMut() -> io::Result<()>,
) -> Result<(), SaveError> {
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
            let state = host().map_err(SaveError::Host);
            match state.and_then(|host| State::capture(t, kind, key, &host)) {
                Ok(state) => Some(write(t, &state, file).and_then(|()| Ok(commit()?))),
                Err(SaveError::Thread(_) | SaveError::Host(_)) if Instant::now() < deadline => None,
                Err(error) => Some(Err(error)),
            }
        });
        match done {
            Some(result) => return result,
            None => t.blocked(|| std::thread::sleep(Duration::from_millis(1))),
        }
    }
}

fn write(t: &Thread, state: &State, file: &File) -> Result<(), SaveError> {
    let bytes = postcard::to_stdvec(state).map_err(io::Error::other)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(&MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&[0; 4])?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(&xxhash_rust::xxh3::xxh3_64(&bytes).to_le_bytes())?;
    out.write_all(&bytes)?;
    let at = out.stream_position()?;
    out.write_all(&vec![0; (at.next_multiple_of(PAGE_BYTES) - at) as usize])?;
    for &run in &state.heap.runs {
        out.write_all(t.vm().heap.image_pages(run))?;
    }
    out.flush()?;
    Ok(())
}
