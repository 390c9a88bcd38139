//! The file of a template: an image and what belongs to it, at the end of any file.
//!
//! ```text
//! anything, to a page | class library | files | image | directory (postcard) | trailer
//! ```
//!
//! All places are distances from the first page of the bundle; library and image begin with a page. As everything is found from the end, a bundle may stand behind
//! a program, and makes one executable file with it. It is trusted as programs are: whoever may write it decides what
//! runs. What is checked is that it is whole, and of this build.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stdlib::Bytes;
use stdlib::host::packed::PackedEntry;
use vm::image::{Image, Part};

use super::TemplateError;
use super::description::Description;

/// Last bytes of a file.
const MAGIC: [u8; 8] = *b"rvm-tmpl";
/// Changes with every change of the format.
const VERSION: u64 = 1;
/// Version, length of the bundle, length and hash of the directory, magic.
const TRAILER_BYTES: u64 = 40;
/// Parts begin at a multiple of this.
pub(super) const PAGE_BYTES: u64 = 4096;
/// The key of images in templates; the directory tells what they are for.
pub(super) const KEY: &str = "template";
/// What this program was made from: images are for programs with the same.
pub(super) const BUILD: &str = env!("RVM_BUILD");

/// What is in a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Directory {
    /// What it was made from; it comes first, so that another build's directory can be told from a damaged one.
    pub build: String,
    pub description: Description,
    pub image: Part,
    /// The class library's part, if it does not come from a JDK.
    pub library: Option<Part>,
    /// Files that the program sees below [`stdlib::host::packed::ROOT`].
    pub files: Vec<PackedEntry>,
}

/// An open bundle.
pub(crate) struct Bundle {
    source: Source,
    /// Where it begins in its source, in bytes.
    start: u64,
    /// Its length in bytes.
    bytes: u64,
    pub(super) directory: Directory,
}

enum Source {
    File(File, PathBuf),
    Static(&'static [u8]),
}

impl Source {
    fn bytes(&self) -> io::Result<u64> {
        match self {
            Source::File(file, _) => Ok(file.metadata()?.len()),
            Source::Static(all) => Ok(all.len() as u64),
        }
    }

    fn read(&self, at: u64, bytes: u64) -> io::Result<Vec<u8>> {
        match self {
            Source::File(file, _) => {
                let mut read = vec![0; bytes as usize];
                file.read_exact_at(&mut read, at)?;
                Ok(read)
            }
            Source::Static(all) => Ok(all[at as usize..][..bytes as usize].to_vec()),
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Source::File(_, path) => path.clone(),
            Source::Static(_) => "the template in this program".into(),
        }
    }
}

impl Bundle {
    /// Opens the bundle at the end of a file.
    ///
    /// # Errors
    /// If there is none, it is not whole, or another build's.
    pub fn open(path: &Path) -> Result<Bundle, TemplateError> {
        let read = |source| TemplateError::Read { path: path.into(), source };
        let file = File::open(path).map_err(read)?;
        Bundle::find(Source::File(file, path.into()))?
            .ok_or_else(|| TemplateError::NoTemplate(path.into()))
    }

    /// Opens the bundle at the end of memory.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn of_memory(bytes: &'static [u8]) -> Result<Bundle, TemplateError> {
        let source = Source::Static(bytes);
        let none = TemplateError::NoTemplate(source.path());
        Bundle::find(source)?.ok_or(none)
    }

    fn find(source: Source) -> Result<Option<Bundle>, TemplateError> {
        let path = source.path();
        let read = |source| TemplateError::Read { path: path.clone(), source };
        let damaged = |what| TemplateError::Damaged { path: path.clone(), what };
        let total = source.bytes().map_err(read)?;
        let Some(trailer_at) = total.checked_sub(TRAILER_BYTES) else { return Ok(None) };
        let trailer = source.read(trailer_at, TRAILER_BYTES).map_err(read)?;
        if trailer[32..] != MAGIC {
            return Ok(None);
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| trailer[at + i]));
        let (version, bytes, length, hash) = (word(0), word(8), word(16), word(24));
        if version != VERSION {
            return Err(TemplateError::Foreign(path));
        }
        let start = total.checked_sub(bytes).ok_or_else(|| damaged("it begins too early"))?;
        let at = trailer_at.checked_sub(length).filter(|at| *at >= start);
        let at = at.ok_or_else(|| damaged("it has no room for its directory"))?;
        let text = source.read(at, length).map_err(read)?;
        if xxhash_rust::xxh3::xxh3_64(&text) != hash {
            return Err(damaged("its directory has changed"));
        }
        let build = postcard::take_from_bytes::<String>(&text).map(|(build, _)| build);
        if build.as_deref() != Ok(BUILD) {
            return Err(TemplateError::Foreign(path));
        }
        let directory: Directory =
            postcard::from_bytes(&text).map_err(|_| damaged("its directory can not be read"))?;
        let fits =
            |part: &Part| part.start.checked_add(part.bytes).is_some_and(|end| end <= at - start);
        if ![Some(directory.image), directory.library].iter().flatten().all(fits) {
            return Err(damaged("it ends early"));
        }
        Ok(Some(Bundle { source, start, bytes, directory }))
    }

    /// The file, for messages.
    pub fn path(&self) -> PathBuf {
        self.source.path()
    }

    /// Opens the image in it. Memory is copied once, into a file of its own without a name.
    ///
    /// # Errors
    /// If it is damaged, or the system has no memory for a copy.
    pub fn image(&self) -> Result<Image, TemplateError> {
        let path = self.source.path();
        let read = |source| TemplateError::Read { path: path.clone(), source };
        let part = self.directory.image;
        let fits = |key: &str| key == KEY;
        let opened = match &self.source {
            Source::File(file, path) => {
                let file = file.try_clone().map_err(read)?;
                let place = Part { start: self.start + part.start, ..part };
                Image::open_part(file, path.clone(), place, fits)
            }
            Source::Static(all) => {
                let bytes = &all[(self.start + part.start) as usize..][..part.bytes as usize];
                let copy = copy(bytes).map_err(read)?;
                Image::open_part(copy, path.clone(), Part { start: 0, ..part }, fits)
            }
        };
        opened.map_err(|source| TemplateError::Image { path: path.clone(), source })
    }

    /// The whole bundle, mapped.
    ///
    /// # Errors
    /// If it can not be mapped.
    pub fn map(&self) -> Result<Bytes, TemplateError> {
        self.part(Part { start: 0, bytes: self.bytes })
    }

    /// A part of it, mapped.
    ///
    /// # Errors
    /// If it can not be mapped.
    pub(super) fn part(&self, part: Part) -> Result<Bytes, TemplateError> {
        match &self.source {
            Source::File(file, path) => Bytes::map(file, self.start + part.start, part.bytes)
                .map_err(|source| TemplateError::Read { path: path.clone(), source }),
            Source::Static(all) => {
                let start = (self.start + part.start) as usize;
                Ok(Bytes::Static(&all[start..][..part.bytes as usize]))
            }
        }
    }
}

/// A file without a name that holds these bytes.
fn copy(bytes: &[u8]) -> io::Result<File> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::memfd_create("rvm-template", flags)?);
    file.write_all(bytes)?;
    Ok(file)
}

/// Ends a bundle of `parts_bytes` bytes so far.
///
/// # Errors
/// Those of writing.
pub(super) fn finish(
    out: &mut impl Write,
    parts_bytes: u64,
    directory: &Directory,
) -> io::Result<()> {
    let text = postcard::to_stdvec(directory).map_err(io::Error::other)?;
    out.write_all(&text)?;
    let bytes = parts_bytes + text.len() as u64 + TRAILER_BYTES;
    let hash = xxhash_rust::xxh3::xxh3_64(&text);
    for word in [VERSION, bytes, text.len() as u64, hash] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(&MAGIC)
}
