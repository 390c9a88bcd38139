//! Natives of `java.util.zip`: checksums and compression streams, over [`crate::zip_stream`].
//!
//! Java holds a stream by a number that is an index into this guest's [`Streams`]. Arrays and
//! buffers are worked on where they are: see `buffers`.

mod buffers;
mod checksums;
mod deflater;
mod inflater;
mod table;

use crate::zip_stream::{Deflater, Inflater, SavedDeflater, SavedInflater, ZipError};
use serde::{Deserialize, Serialize};
use table::StreamTable;
use vm::{NativeMethod, Thread, Thrown, exceptions};

/// The open streams of a guest.
#[derive(Default)]
pub struct Streams {
    inflaters: StreamTable<Inflater>,
    deflaters: StreamTable<Deflater>,
}

/// The same as values, by their places.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SavedStreams {
    inflaters: Vec<(u32, SavedInflater)>,
    deflaters: Vec<(u32, SavedDeflater)>,
}

/// A stream is in use, or zlib is not the one whose state is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotNow;

impl SavedStreams {
    /// All streams that are open.
    ///
    /// # Errors
    /// If a thread is working with one.
    pub fn of(streams: &Streams) -> std::result::Result<SavedStreams, NotNow> {
        let inflaters = streams.inflaters.save(|stream| SavedInflater::of(stream).ok());
        let deflaters = streams.deflaters.save(|stream| SavedDeflater::of(stream).ok());
        match (inflaters, deflaters) {
            (Some(inflaters), Some(deflaters)) => Ok(SavedStreams { inflaters, deflaters }),
            _ => Err(NotNow),
        }
    }

    /// The streams again. Out of bytes that nobody vouches for (not `trusted`) only those that have not begun.
    ///
    /// # Errors
    /// If there is no memory, or they were saved with another zlib; [`ZipError::Invalid`] for those that have begun and must not.
    pub fn restore(&self, trusted: bool) -> std::result::Result<Streams, ZipError> {
        let inflaters = self.inflaters.iter().map(|(i, saved)| {
            Ok((*i, if trusted { saved.restore()? } else { saved.restore_unbegun()? }))
        });
        let deflaters = self.deflaters.iter().map(|(i, saved)| {
            Ok((*i, if trusted { saved.restore()? } else { saved.restore_unbegun()? }))
        });
        let (inflaters, deflaters): (std::result::Result<Vec<_>, _>, std::result::Result<_, _>) =
            (inflaters.collect(), deflaters.collect());
        Ok(Streams {
            inflaters: StreamTable::of(inflaters?),
            deflaters: StreamTable::of(deflaters?),
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inflaters.len() + self.deflaters.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Streams {
    /// Host memory in bytes that they hold.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.inflaters.len() * Inflater::MEMORY_BYTES
            + self.deflaters.len() * Deflater::MEMORY_BYTES
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.inflaters.len() + self.deflaters.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The exception for a refusal that concerns no data.
#[cold]
fn refuse(t: &Thread, error: &ZipError) -> Thrown {
    match error {
        ZipError::OutOfMemory => exceptions::out_of_memory(t, "Java heap space"),
        ZipError::Invalid => exceptions::throw_bare(t, "java/lang/IllegalArgumentException"),
        other => exceptions::throw(t, "java/lang/InternalError", &other.to_string()),
    }
}

/// What a step did, as Java takes it apart: bytes consumed, bytes produced, two flags.
fn pack(consumed: usize, produced: usize, finished: bool, other: bool) -> i64 {
    consumed as i64 | (produced as i64) << 31 | (finished as i64) << 62 | (other as i64) << 63
}

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = checksums::natives();
    all.extend(deflater::natives());
    all.extend(inflater::natives());
    all
}
