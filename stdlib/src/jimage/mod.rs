//! Reader of a JDK's `lib/modules`, the *jimage* container of all classes and resources of the class library.
//!
//! The file is mapped and never copied: opening costs one `mmap`, finding a class two hash probes, and the bytes of
//! an uncompressed resource are a slice of the mapping. Nothing in the file is trusted: every offset and length is
//! checked when used, a damaged file gives [`JImageError`] or "not found", never a panic.
//!
//! Layout (format 1.0, little-endian): header of seven words; redirect table and offset table, which form a perfect
//! hash; location attributes; strings; then the resources. Relies on nothing of ours but
//! [`crate::zip_stream`] for images made with `jlink --compress`.

mod bytes;
mod compact_cp;
mod decompress;
mod error;
mod index;
mod subset;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

pub use bytes::Bytes;
pub use error::JImageError;
use index::{Attribute, Location, Part};
pub use subset::{Compress, subset};

/// Length in bytes of the file header: magic, version, flags, resource count, table length, two area sizes.
const HEADER_SIZE_BYTES: usize = 28;
const MAGIC: u32 = 0xCAFE_DADA;
const VERSION_MAJOR: u32 = 1;
const VERSION_MINOR: u32 = 0;

/// An open image. Sharing it between threads and guests is safe and costs no lock.
#[derive(Debug)]
pub struct JImage {
    map: Bytes,
    table_length: u32,
    redirect: Range<usize>,
    offsets: Range<usize>,
    locations: Range<usize>,
    strings: Range<usize>,
    resources_start: usize,
}

/// One resource of an image: its location, not yet its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    image: &'a JImage,
    location: Location,
}

/// A class that was found: the name of its module and the bytes of its file.
pub type ClassInModule<'a> = (&'a str, Cow<'a, [u8]>);

impl JImage {
    /// Maps `path` and checks its header.
    ///
    /// # Errors
    /// When the file can not be mapped, is not a jimage of version 1.0 in this machine's byte order, or is shorter
    /// than its header says.
    pub fn open(path: &Path) -> Result<JImage, JImageError> {
        let file = File::open(path).map_err(JImageError::Io)?;
        let length = file.metadata().map_err(JImageError::Io)?.len();
        JImage::over(Bytes::map(&file, 0, length).map_err(JImageError::Io)?)
    }

    /// Checks the header of an image that is mapped already.
    ///
    /// # Errors
    /// As [`JImage::open`].
    pub fn over(map: Bytes) -> Result<JImage, JImageError> {
        let word = |index: usize| read_u32(&map, index * 4).ok_or(JImageError::Truncated);
        match word(0)? {
            MAGIC => {}
            magic if magic.swap_bytes() == MAGIC => return Err(JImageError::ForeignByteOrder),
            magic => return Err(JImageError::BadMagic(magic)),
        }
        let (major, minor) = (word(1)? >> 16, word(1)? & 0xFFFF);
        if (major, minor) != (VERSION_MAJOR, VERSION_MINOR) {
            return Err(JImageError::UnsupportedVersion { major, minor });
        }
        let table_length = word(4)?;
        let table_size = table_length as usize * 4;
        let mut end = HEADER_SIZE_BYTES;
        let mut area = |size: usize| {
            let start = end;
            end = start
                .checked_add(size)
                .filter(|end| *end <= map.len())
                .ok_or(JImageError::Truncated)?;
            Ok::<_, JImageError>(start..end)
        };
        let redirect = area(table_size)?;
        let offsets = area(table_size)?;
        let locations = area(word(5)? as usize)?;
        let strings = area(word(6)? as usize)?;
        let resources_start = strings.end;
        Ok(JImage { table_length, redirect, offsets, locations, strings, resources_start, map })
    }

    /// Finds a resource by its full name, for example `/java.base/java/lang/Object.class`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Resource<'_>> {
        self.find_parts(&[Part::Plain(path.as_bytes())])
    }

    /// Finds a resource of a known module, for example `("java.base", "java/lang/Object.class")`.
    #[must_use]
    pub fn find_in_module(&self, module: &str, name: &str) -> Option<Resource<'_>> {
        self.find_parts(&[
            Part::Plain(b"/"),
            Part::Plain(module.as_bytes()),
            Part::Plain(b"/"),
            Part::Plain(name.as_bytes()),
        ])
    }

    /// The module that contains classes of `package` (`java/lang` or `java.lang`), from the image's package index.
    ///
    /// A package that only holds resources, or that is only the parent of others, has no module.
    #[must_use]
    pub fn module_of_package(&self, package: &str) -> Option<&str> {
        let resource =
            self.find_parts(&[Part::Plain(b"/packages/"), Part::Dotted(package.as_bytes())])?;
        // Each entry: a word that is 0 when the package has classes in the module, and the name's string offset.
        // Package entries are never compressed.
        let entries = resource.stored().ok()?;
        let entry = entries.chunks_exact(8).find(|entry| entry[..4] == [0; 4])?;
        std::str::from_utf8(self.string(read_u32(entry, 4)?)?).ok()
    }

    /// Finds a class by its internal name (`java/lang/Object`): the name of its module and the bytes of its file.
    ///
    /// # Errors
    /// When the class is there but its bytes lie outside the file or can not be decompressed.
    pub fn find_class(
        &self,
        internal_name: &str,
    ) -> Result<Option<ClassInModule<'_>>, JImageError> {
        let Some((package, _)) = internal_name.rsplit_once('/') else { return Ok(None) };
        let Some(module) = self.module_of_package(package) else { return Ok(None) };
        let parts =
            [b"/", module.as_bytes(), b"/", internal_name.as_bytes(), b".class"].map(Part::Plain);
        match self.find_parts(&parts) {
            Some(resource) => Ok(Some((module, resource.bytes()?))),
            None => Ok(None),
        }
    }

    /// The names of all modules in the image, sorted.
    #[must_use]
    pub fn modules(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self.resources().map(|resource| resource.module()).collect();
        names.into_iter().filter(|name| !["", "modules", "packages"].contains(name)).collect()
    }

    /// All resources in the order of the hash table; entries that can not be decoded are left out.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        (0..self.table_length)
            .filter_map(|slot| Some(Resource { image: self, location: self.location_at(slot)? }))
    }

    fn find_parts(&self, parts: &[Part<'_>]) -> Option<Resource<'_>> {
        if self.table_length == 0 {
            return None;
        }
        let slot = index::hash(parts, index::SEED) % self.table_length;
        let redirect = read_u32(&self.map[self.redirect.clone()], slot as usize * 4)? as i32;
        let slot = match redirect {
            0 => return None,
            1.. => index::hash(parts, redirect as u32) % self.table_length,
            _ => (-1 - redirect) as u32,
        };
        let location = self.location_at(slot)?;
        self.has_name(&location, parts).then_some(Resource { image: self, location })
    }

    fn location_at(&self, slot: u32) -> Option<Location> {
        let offset = read_u32(&self.map[self.offsets.clone()], slot as usize * 4)?;
        Location::decode(self.map[self.locations.clone()].get(offset as usize..)?)
    }

    /// The string at `offset` of the string area, without its terminating zero.
    fn string(&self, offset: u32) -> Option<&[u8]> {
        let tail = self.map[self.strings.clone()].get(offset as usize..)?;
        let length = tail.iter().position(|byte| *byte == 0)?;
        Some(&tail[..length])
    }

    /// The pieces that make up a full name, `/module/parent/base.extension`; absent ones are empty.
    fn name_pieces(&self, location: &Location) -> Option<[&[u8]; 8]> {
        let piece = |attribute| self.string(u32::try_from(location.get(attribute)).ok()?);
        let (module, parent) = (piece(Attribute::Module)?, piece(Attribute::Parent)?);
        let (base, extension) = (piece(Attribute::Base)?, piece(Attribute::Extension)?);
        let beside =
            |piece: &[u8], separator: &'static [u8]| if piece.is_empty() { b"" } else { separator };
        let (module_slash, parent_slash) = (beside(module, b"/"), beside(parent, b"/"));
        Some([
            module_slash,
            module,
            module_slash,
            parent,
            parent_slash,
            base,
            beside(extension, b"."),
            extension,
        ])
    }

    fn has_name(&self, location: &Location, parts: &[Part<'_>]) -> bool {
        let Some(pieces) = self.name_pieces(location) else { return false };
        index::bytes(parts).eq(pieces.iter().flat_map(|piece| piece.iter().copied()))
    }
}

impl<'a> Resource<'a> {
    /// The resource's bytes: borrowed from the mapping, or decompressed when the image was made with compression.
    ///
    /// # Errors
    /// When the location points outside the file, or decompression fails.
    pub fn bytes(&self) -> Result<Cow<'a, [u8]>, JImageError> {
        let stored = self.stored()?;
        if self.location.get(Attribute::Compressed) == 0 {
            return Ok(Cow::Borrowed(stored));
        }
        let size = self.size_bytes();
        decompress::resource(self.image, stored, size).map(Cow::Owned)
    }

    /// Length in bytes of the content after decompression, as the image states it.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.location.get(Attribute::Uncompressed)
    }

    /// The module's name, empty for entries outside modules or a name that is not UTF-8.
    #[must_use]
    pub fn module(&self) -> &'a str {
        let offset = u32::try_from(self.location.get(Attribute::Module)).ok();
        let name = offset.and_then(|offset| self.image.string(offset)).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// The full name, by which [`JImage::find`] finds the resource again.
    #[must_use]
    pub fn path(&self) -> String {
        let pieces = self.image.name_pieces(&self.location).unwrap_or_default();
        String::from_utf8_lossy(&pieces.concat()).into_owned()
    }

    /// The content as it lies in the file.
    fn stored(&self) -> Result<&'a [u8], JImageError> {
        let location = &self.location;
        let size = match location.get(Attribute::Compressed) {
            0 => location.get(Attribute::Uncompressed),
            compressed => compressed,
        };
        let start =
            (self.image.resources_start as u64).checked_add(location.get(Attribute::Offset));
        let range = start.and_then(|start| {
            let end = start.checked_add(size)?;
            Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
        });
        range.and_then(|range| self.image.map.get(range)).ok_or(JImageError::OutOfBounds)
    }
}

/// The little-endian word at byte `offset`.
fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    let word = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}
