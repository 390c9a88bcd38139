//! The file: header, chunks with their hashes, and the hash of a guest's state.

use super::PortableError;
use super::format::Guest;
use crate::boot::Launch;
use crate::sync::PortableWaiting;
use std::fmt;
use std::io::Write;

/// First bytes of a file.
pub const MAGIC: [u8; 8] = *b"rvm-mov\n";
/// Changes with every change of the format.
const VERSION: u32 = 1;
/// Bytes of a chunk before it is compressed.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes in front of the chunk table.
const HEADER_BYTES: usize = 24;
/// Bytes of an entry of the chunk table.
const ENTRY_BYTES: usize = 36;
/// The most bytes that an image may come to: far more than a heap has, far less than numbers can claim.
const MAX_BYTES: u64 = 64 << 30;
/// zstd's own default trades well here: higher levels take many times as long for a few percent.
const LEVEL: i32 = 3;

/// A guest's description.
pub struct Portable {
    pub(super) guest: Guest,
}

/// A hash (BLAKE3) of all that a guest's program can see of itself: classes, objects, frames, locks. The same on every
/// machine; time that is left to wait is not part of it, nor is what the natives keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateHash([u8; 32]);

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Portable {
    pub(super) fn new(guest: Guest) -> Portable {
        Portable { guest }
    }

    /// What the natives have kept.
    pub fn host(&self) -> &[u8] {
        &self.guest.host
    }

    /// Replaces what the natives have kept, which is theirs to change.
    pub fn set_host(&mut self, host: Vec<u8>) {
        self.guest.host = host;
    }

    /// The release of the class library that the program runs on.
    pub fn release(&self) -> u32 {
        self.guest.settings.release
    }

    /// Whether it is one of a program that goes on.
    pub fn has_program(&self) -> bool {
        self.guest.launch.is_some()
    }

    /// The program, as it was started.
    pub fn program(&self) -> Option<&Launch> {
        self.guest.launch.as_ref().map(|(launch, _)| launch)
    }

    /// Size of the description, unpacked.
    pub fn bytes(&self) -> u64 {
        postcard::experimental::serialized_size(&self.guest).map_or(0, |bytes| bytes as u64)
    }

    /// Numbers of classes, objects (mirrors of classes included) and threads.
    pub fn counts(&self) -> (usize, usize, usize) {
        let classes = self.guest.classes.len();
        (classes, classes + self.guest.heap.count as usize, self.guest.threads.len())
    }

    /// The hash of the state.
    ///
    /// # Panics
    /// Never: the description is plain data.
    pub fn state_hash(&self) -> StateHash {
        let g = &self.guest;
        let mut hasher = blake3::Hasher::new();
        let parts = [
            postcard::to_stdvec(&(
                &g.classes,
                g.next_ordinal,
                &g.loaders,
                g.privileged,
                &g.modules,
            )),
            postcard::to_stdvec(&(&g.heap, &g.native, &g.interned, &g.spare_errors, g.pending)),
            postcard::to_stdvec(&(&g.monitors, &g.launch, g.boot_phase)),
        ];
        for part in parts {
            hasher.update(&part.expect("plain data"));
        }
        for t in &g.threads {
            let waits_for = t.waits_for.map(PortableWaiting::without_time);
            let identity = (t.id, t.serial, t.daemon, t.java_thread, t.scoped_value_cache);
            let rest = (t.has_permit, t.hash_state, waits_for, &t.initializing, &t.frames);
            hasher.update(&postcard::to_stdvec(&(identity, rest)).expect("plain data"));
        }
        StateHash(*hasher.finalize().as_bytes())
    }

    /// Writes the image.
    ///
    /// # Errors
    /// If it can not be written.
    pub fn write(&self, out: &mut impl Write) -> Result<(), PortableError> {
        let bytes = postcard::to_stdvec(&self.guest).map_err(std::io::Error::other)?;
        write_body(&bytes, out)
    }

    /// Reads an image. That its chunks are what was written is checked here; what they say, when it is rebuilt.
    ///
    /// # Errors
    /// If it is none, of another version, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Portable, PortableError> {
        let guest = postcard::from_bytes(&read_body(bytes)?);
        let guest = guest.map_err(|_| PortableError::Damaged("its contents can not be read"))?;
        Ok(Portable { guest })
    }
}

/// Writes a body in chunks, with the header that [`read_body`] checks.
pub(super) fn write_body(bytes: &[u8], out: &mut impl Write) -> Result<(), PortableError> {
    let mut table = Vec::new();
    let mut chunks = Vec::new();
    for chunk in bytes.chunks(CHUNK_BYTES) {
        let packed = zstd::bulk::compress(chunk, LEVEL)?;
        table.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        table.extend_from_slice(blake3::hash(chunk).as_bytes());
        chunks.push(packed);
    }
    out.write_all(&MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&(chunks.len() as u32).to_le_bytes())?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(&table)?;
    chunks.iter().try_for_each(|chunk| out.write_all(chunk))?;
    Ok(())
}

/// The body of a file, all of whose chunks are what their hashes say.
pub(super) fn read_body(bytes: &[u8]) -> Result<Vec<u8>, PortableError> {
    const SHORT: PortableError = PortableError::Damaged("it ends early");
    if bytes.get(..8) != Some(&MAGIC[..]) {
        return Err(PortableError::Foreign("it does not begin as one"));
    }
    let header = bytes.get(..HEADER_BYTES).ok_or(SHORT)?;
    let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| header[at + i]));
    if word(8) == VERSION.swap_bytes() {
        return Err(PortableError::Foreign("its bytes are in the opposite order"));
    }
    if word(8) != VERSION {
        return Err(PortableError::Foreign("it has another version of the format"));
    }
    let count = word(12) as usize;
    let total = u64::from(word(16)) | u64::from(word(20)) << 32;
    if total > MAX_BYTES || count as u64 != total.div_ceil(CHUNK_BYTES as u64) {
        return Err(PortableError::Damaged("its lengths contradict each other"));
    }
    let table = count.checked_mul(ENTRY_BYTES).and_then(|len| bytes[HEADER_BYTES..].get(..len));
    let table = table.ok_or(SHORT)?;
    let mut rest = &bytes[HEADER_BYTES + table.len()..];
    let mut body = Vec::new();
    for (at, entry) in table.chunks_exact(ENTRY_BYTES).enumerate() {
        let (len, hash) = entry.split_at(4);
        let len = u32::from_le_bytes(std::array::from_fn(|i| len[i])) as usize;
        let (chunk, after) = rest.split_at_checked(len).ok_or(SHORT)?;
        rest = after;
        let left = total as usize - at * CHUNK_BYTES;
        let want = left.min(CHUNK_BYTES);
        let chunk = zstd::bulk::decompress(chunk, want)
            .map_err(|_| PortableError::Damaged("a part of it can not be decompressed"))?;
        if chunk.len() != want || blake3::hash(&chunk).as_bytes() != hash {
            return Err(PortableError::Damaged("a part of it has changed"));
        }
        body.extend_from_slice(&chunk);
    }
    if !rest.is_empty() {
        return Err(PortableError::Damaged("it has more bytes than it says"));
    }
    Ok(body)
}
