//! Writing an image with some of another one's modules.
//!
//! The strings are taken over as they are, so that their offsets stay. Contents may be compressed as `jlink --compress=2`
//! does it: both readers know that, ours and the class library's own.

use std::collections::{HashMap, HashSet};

use super::decompress::{LAYER_HEADER_SIZE_BYTES, LAYER_MAGIC};
use super::index::{self, Attribute, Part};
use super::{JImage, JImageError, MAGIC, Resource, VERSION_MAJOR, VERSION_MINOR, read_u32};

/// The kind of compression, whose name is among the strings.
const KIND: &[u8] = b"zip\0";
/// Contents that are shorter are not worth it.
const LEAST_BYTES: usize = 64;
/// Seeds that are tried before a table is given up; a few hundred are enough.
const MAX_SEED: u32 = 1 << 24;

/// Compresses in zlib's format; nothing where that is no gain.
pub type Compress<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// An image with those modules of `image` that `has` chooses, as bytes.
///
/// # Errors
/// If `image` can not be read.
pub fn subset(
    image: &JImage,
    has: &dyn Fn(&str) -> bool,
    compress: Compress<'_>,
) -> Result<Vec<u8>, JImageError> {
    let mut strings = image.map[image.strings.clone()].to_vec();
    let kind = strings.len() as u32;
    strings.extend_from_slice(KIND);
    let mut parts = chosen(image, has)?;
    let mut locations = vec![0];
    let mut moved = HashMap::new();
    let mut at = 0;
    for part in &mut parts {
        let bytes = part.content.len() as u64;
        let layered = matches!(part.kind, Kind::File).then(|| layer(&part.content, kind, compress));
        let compressed = layered.flatten().map(|layered| part.content = layered);
        let stored = part.content.len() as u64;
        moved.insert(part.old_offset, locations.len() as u32);
        encode(&mut locations, &part.resource, [at, compressed.map_or(0, |()| stored), bytes]);
        at += stored;
    }
    let names: Vec<String> = parts.iter().map(|part| part.resource.path()).collect();
    let (redirect, slots) = perfect_hash(&names).ok_or(JImageError::Damaged("its names"))?;
    let count = names.len() as u32;
    let version = VERSION_MAJOR << 16 | VERSION_MINOR;
    let header = [MAGIC, version, 0, count, count, locations.len() as u32, strings.len() as u32];
    let slots = slots.into_iter().map(|name| moved[&parts[name].old_offset]);
    let mut out = Vec::new();
    for word in header.into_iter().chain(redirect).chain(slots) {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&locations);
    out.extend_from_slice(&strings);
    for part in &parts {
        match part.kind {
            Kind::File | Kind::Package => out.extend_from_slice(&part.content),
            // All that it names has been chosen.
            Kind::Folder => {
                out.extend(words(&part.content).flat_map(|old| moved[&old].to_le_bytes()))
            }
        }
    }
    Ok(out)
}

/// What the content of a resource is.
#[derive(Clone, Copy)]
enum Kind {
    /// Anything.
    File,
    /// `/modules` and what is below it, and `/packages`: the offsets of the locations of what is in it.
    Folder,
    /// `/packages/...`: for each of its modules a word and the offset of the module's name.
    Package,
}

/// A resource that is taken over.
struct Taken<'a> {
    resource: Resource<'a>,
    /// Of its location among the locations.
    old_offset: u32,
    kind: Kind,
    content: Vec<u8>,
}

/// The little-endian words of a content.
fn words(content: &[u8]) -> impl Iterator<Item = u32> {
    content.chunks_exact(4).map(|word| u32::from_le_bytes(std::array::from_fn(|i| word[i])))
}

/// What is taken over; folders name nothing else.
fn chosen<'a>(
    image: &'a JImage,
    has: &dyn Fn(&str) -> bool,
) -> Result<Vec<Taken<'a>>, JImageError> {
    let mut taken = Vec::new();
    for slot in 0..image.table_length {
        let offsets = &image.map[image.offsets.clone()];
        let old_offset = read_u32(offsets, slot as usize * 4).unwrap_or_default();
        let Some(location) = image.location_at(slot) else { continue };
        let resource = Resource { image, location };
        let path = resource.path();
        let bytes = || Ok::<_, JImageError>(resource.bytes()?.into_owned());
        let mut add = |kind, content| taken.push(Taken { resource, old_offset, kind, content });
        if let Some(below) = path.strip_prefix("/modules") {
            let module = below.split('/').nth(1).unwrap_or_default();
            if below.is_empty() || has(module) {
                add(Kind::Folder, bytes()?);
            }
        } else if path == "/packages" {
            add(Kind::Folder, bytes()?);
        } else if path.starts_with("/packages/") {
            let is_there = |entry: &&[u8]| {
                let name = read_u32(entry, 4).and_then(|offset| image.string(offset));
                name.and_then(|name| std::str::from_utf8(name).ok()).is_some_and(has)
            };
            let all = bytes()?;
            let kept: Vec<u8> = all.chunks_exact(8).filter(is_there).flatten().copied().collect();
            if !kept.is_empty() {
                add(Kind::Package, kept);
            }
        } else if has(resource.module()) {
            add(Kind::File, bytes()?);
        }
    }
    let known: HashSet<u32> = taken.iter().map(|part| part.old_offset).collect();
    for part in taken.iter_mut().filter(|part| matches!(part.kind, Kind::Folder)) {
        let kept = words(&part.content).filter(|old| known.contains(old));
        part.content = kept.flat_map(u32::to_le_bytes).collect();
    }
    Ok(taken)
}

/// Appends the location of a resource; the last three attributes are given.
fn encode(out: &mut Vec<u8>, resource: &Resource<'_>, given: [u64; 3]) {
    let names = [Attribute::Module, Attribute::Parent, Attribute::Base, Attribute::Extension];
    let names = names.map(|attribute| (attribute, resource.location.get(attribute)));
    let kinds = [Attribute::Offset, Attribute::Compressed, Attribute::Uncompressed];
    for (kind, value) in names.into_iter().chain(kinds.into_iter().zip(given)) {
        if value == 0 {
            continue;
        }
        let bytes = value.to_be_bytes();
        let first = value.leading_zeros() as usize / 8;
        let length = bytes.len() - first;
        out.push((kind as u8) << 3 | (length - 1) as u8);
        out.extend_from_slice(&bytes[first..]);
    }
    out.push(0);
}

/// A content compressed, behind its header; nothing if that is not shorter.
fn layer(content: &[u8], kind: u32, compress: Compress<'_>) -> Option<Vec<u8>> {
    if content.len() < LEAST_BYTES {
        return None;
    }
    let body = compress(content)?;
    let mut out = Vec::with_capacity(LAYER_HEADER_SIZE_BYTES + body.len());
    out.extend_from_slice(&LAYER_MAGIC.to_le_bytes());
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(&(content.len() as u64).to_le_bytes());
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&u32::MAX.to_le_bytes());
    out.push(1);
    out.extend_from_slice(&body);
    (out.len() < content.len()).then_some(out)
}

/// The redirect table, and for each slot the number of its name. Names that share a bucket get a seed with which all of
/// them come to free slots; the others are led to the slots that are left.
fn perfect_hash(names: &[String]) -> Option<(Vec<u32>, Vec<usize>)> {
    let count = names.len();
    let slot = |name: usize, seed: u32| {
        index::hash(&[Part::Plain(names[name].as_bytes())], seed) as usize % count
    };
    let mut buckets = vec![Vec::new(); count];
    for name in 0..count {
        buckets[slot(name, index::SEED)].push(name);
    }
    let mut order: Vec<usize> = (0..count).filter(|&bucket| !buckets[bucket].is_empty()).collect();
    order.sort_by_key(|&bucket| std::cmp::Reverse(buckets[bucket].len()));
    let mut redirect = vec![0; count];
    let mut slots: Vec<Option<usize>> = vec![None; count];
    let mut free = 0;
    for bucket in order {
        let names = &buckets[bucket];
        if let [name] = names[..] {
            while slots[free].is_some() {
                free += 1;
            }
            slots[free] = Some(name);
            redirect[bucket] = (-1 - free as i32) as u32;
            continue;
        }
        let fits = |seed: &u32| {
            let mut taken: Vec<usize> = names.iter().map(|&name| slot(name, *seed)).collect();
            taken.sort_unstable();
            taken.dedup();
            taken.len() == names.len() && taken.iter().all(|&slot| slots[slot].is_none())
        };
        let seed = (1..MAX_SEED).find(fits)?;
        names.iter().for_each(|&name| slots[slot(name, seed)] = Some(name));
        redirect[bucket] = seed;
    }
    Some((redirect, slots.into_iter().collect::<Option<_>>()?))
}
