//! Local images: a guest's pages in a file, mapped copy-on-write where another guest begins with them.
//!
//! An image is made of a guest at rest ([`save`]): no program runs, and what each thread does can be done again from its
//! beginning. A new VM maps its pages ([`Image::start`]) and is where the other one was. Such an image is
//! trusted: whoever opens it says by a *key* which VM and class library it must come from, and that it lies where nobody
//! else can write. What it says of itself is hashed and checked when it is opened; its pages are hashed, too, and are checked
//! where that is asked for ([`Image::verify`]), since reading them all costs more than starting from them.
//!
//! An image need not have all pages. One with a *parent* ([`What::parent`]) has those that differ from the parent's, which
//! may have a parent itself. So a program that began with the boot image is saved without the pages of it that were not
//! written, and a later snapshot as the difference to an earlier one. A parent is named by what it contains
//! ([`ImageId`]), so another file in its place is noticed.

mod file;
mod layers;
mod pack;
mod state;
mod write;

pub use file::{ImageId, Link, Part};
pub use layers::{Chain, id_text};
pub use state::{Image, Started};

use crate::sync::{self, NotPortable};
use crate::thread::Thread;
pub use gc::ImageKind;
use gc::{GcKind, GcRequest};
use state::State;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
    /// The reference handler has not seen all references of dead objects.
    #[error("references wait for the reference handler")]
    References,
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
    /// It was made on a machine that stores numbers the other way round.
    #[error("the image was made on a machine of the other byte order")]
    ByteOrder,
    /// It is of an older or newer VM.
    #[error("the image has version {found} of the format, and this rvm reads version {known}")]
    Version {
        /// The image's.
        found: u32,
        /// The one that can be read.
        known: u32,
    },
    /// What it is based on is not there.
    #[error("it is based on {} (image {}): {reason}", path.display(), id_text(*id))]
    Parent {
        /// Where that was.
        path: PathBuf,
        /// Which one.
        id: ImageId,
        /// What is wrong.
        reason: String,
    },
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

/// What is to be saved, and how.
#[derive(Clone, Copy)]
pub struct What<'a> {
    /// A base is what others will begin with; a whole image is a guest that goes on.
    pub kind: ImageKind,
    /// What the image may be used for.
    pub key: &'a str,
    /// Pages that it has are not stored again.
    pub parent: Option<&'a Chain>,
    /// Whether pages and state are packed.
    pub pack: bool,
}

/// What was saved, and how long it took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saved {
    /// Names the image.
    pub id: ImageId,
    /// Size of the file.
    pub file_bytes: u64,
    /// Pages that are stored.
    pub page_bytes: u64,
    /// State beside the pages.
    pub state_bytes: u64,
    /// How long the guest stood still.
    pub pause: Duration,
    /// How much of that the collection took.
    pub collection: Duration,
    /// How much of that looking at pages and writing them took.
    pub writing: Duration,
    /// Processor time of the thread that did all of it; what it waits for others is not in it.
    pub processor: Duration,
}

/// What a file says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The file.
    pub path: PathBuf,
    /// Names the image.
    pub id: ImageId,
    /// Base or whole.
    pub kind: ImageKind,
    /// What it may be used for.
    pub key: String,
    /// Version of the VM that made it.
    pub maker: String,
    /// When, in seconds since 1970.
    pub made: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Bytes of the pages in it.
    pub page_bytes: u64,
    /// Runs of pages in it.
    pub runs: usize,
    /// Bytes of the state beside the pages.
    pub state_bytes: u64,
    /// Whether pages and state are packed.
    pub packed: bool,
    /// What it is based on.
    pub parent: Option<Link>,
}

/// Writes an image of the thread's guest. The thread must have no frames (no Java below the caller); of a
/// whole image it need not be one of the guest's own. Afterwards the guest goes on, unless `commit` does not come back.
///
/// `host` says what the natives keep of themselves, asked while the guest stands still. `commit` is called when all
/// is written and the guest still stands still: if it does not come back, nothing happens behind the image. Of a whole image
/// of which that can not be said, the caller sees to it that two programs may go on from there.
///
/// # Errors
/// If a thread does not come to rest, or the file can not be written; the guest is as it was.
pub fn save(
    t: &Thread,
    what: &What<'_>,
    mut host: impl FnMut() -> Result<Vec<u8>, HostError>,
    file: &File,
    mut commit: impl FnMut(&Saved) -> io::Result<()>,
) -> Result<Saved, SaveError> {
    let vm = t.vm();
    let deadline = Instant::now() + PATIENCE;
    let began = processor_time();
    let full = GcRequest { kind: GcKind::Full, ..GcRequest::FULL };
    if what.kind == ImageKind::Whole {
        // What they wait for may move.
        sync::start_dormant(vm);
    } else {
        // What the collector finds is for the reference handler to see first.
        let _ = sync::collect(t, full);
    }
    loop {
        let done = sync::stop_world(t, || {
            let stopped = Instant::now();
            if let Err(error) = state::can_be_saved(t, what.kind, &mut host) {
                return (stopped >= deadline).then_some(Err(error));
            }
            // What is garbage now need not be kept.
            let _ = sync::collect(t, full);
            let collection = stopped.elapsed();
            let state = host()
                .map_err(SaveError::Host)
                .and_then(|host| State::capture(t, what.kind, &host));
            let saved = state.and_then(|state| {
                let bytes = postcard::to_stdvec(&state).map_err(io::Error::other)?;
                let saved = write::write(&vm.heap, what, &state.heap.pages, &bytes, file)?;
                let pause = stopped.elapsed();
                let processor = processor_time() - began;
                let writing = pause - collection;
                let saved = Saved { pause, collection, writing, processor, ..saved };
                commit(&saved)?;
                Ok(Saved { pause: stopped.elapsed(), ..saved })
            });
            Some(saved)
        });
        match done {
            Some(result) => return result,
            None => {
                // Files that nobody has any more may be in the way.
                let _ = sync::collect(t, full);
                t.blocked(|| std::thread::sleep(Duration::from_micros(100)));
            }
        }
    }
}

/// Of the calling thread.
fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
