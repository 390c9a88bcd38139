//! Natives of `java.util.zip`: checksums and compression streams, over [`crate::zip_stream`].
//!
//! Java holds a stream by a number that is an index into this guest's [`Streams`]. Arrays and
//! buffers are worked on where they are: see `buffers`.

mod buffers;
mod checksums;
mod deflater;
mod inflater;
mod table;

use crate::zip_stream::{Deflater, Inflater, ZipError};
use table::StreamTable;
use vm::{NativeMethod, Thread, Thrown, exceptions};

/// The open streams of a guest.
#[derive(Default)]
pub struct Streams {
    inflaters: StreamTable<Inflater>,
    deflaters: StreamTable<Deflater>,
}

impl Streams {
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
