//! The perfect hash over full names and the location attributes that it leads to.

/// Start value and multiplier of the name hash (the FNV prime).
pub(super) const SEED: u32 = 0x0100_0193;

/// One piece of a name that is being looked up, so that names need not be put together in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// Bytes as they are.
    Plain(&'a [u8]),
    /// Bytes with each `/` read as `.`: how the package index spells packages.
    Dotted(&'a [u8]),
}

/// The hash of the concatenated parts. A table entry above zero is the seed of a second round.
pub(super) fn hash(parts: &[Part<'_>], seed: u32) -> u32 {
    let mix = |hash: u32, byte: &u8| hash.wrapping_mul(SEED) ^ u32::from(*byte);
    let hash = parts.iter().fold(seed, |hash, part| match part {
        Part::Plain(bytes) => bytes.iter().fold(hash, mix),
        Part::Dotted(bytes) => bytes.iter().fold(hash, |hash, byte| mix(hash, &dotted(*byte))),
    });
    hash & 0x7FFF_FFFF
}

/// The concatenated bytes of the parts.
pub(super) fn bytes<'a>(parts: &'a [Part<'a>]) -> impl Iterator<Item = u8> + 'a {
    parts.iter().flat_map(|part| {
        let (bytes, dots) = match part {
            Part::Plain(bytes) => (bytes, false),
            Part::Dotted(bytes) => (bytes, true),
        };
        bytes.iter().map(move |byte| if dots { dotted(*byte) } else { *byte })
    })
}

fn dotted(byte: u8) -> u8 {
    if byte == b'/' { b'.' } else { byte }
}

/// What a location says about a resource; the value is the attribute's number in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute {
    /// String offset of the module's name.
    Module = 1,
    /// String offset of the package's path.
    Parent = 2,
    /// String offset of the name without its extension.
    Base = 3,
    /// String offset of the extension.
    Extension = 4,
    /// Position of the content, from the start of the resources.
    Offset = 5,
    /// Length in bytes in the file, 0 when the content is not compressed.
    Compressed = 6,
    /// Length in bytes of the content.
    Uncompressed = 7,
}

/// A decoded location: the value of each attribute, 0 where absent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Location([u64; 8]);

impl Location {
    /// Decodes the attributes at the start of `stream`.
    ///
    /// Each is one byte, `kind << 3 | length - 1`, and a big-endian value of that length; kind 0 ends the list. A
    /// stream that ends early or names an unknown kind is no location.
    pub(super) fn decode(mut stream: &[u8]) -> Option<Location> {
        let mut values = [0; 8];
        loop {
            let (&head, rest) = stream.split_first()?;
            let (kind, length) = (usize::from(head >> 3), usize::from(head & 7) + 1);
            if kind == 0 {
                return Some(Location(values));
            }
            let (value, rest) = rest.split_at_checked(length)?;
            *values.get_mut(kind)? = value.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            stream = rest;
        }
    }

    pub(super) fn get(&self, attribute: Attribute) -> u64 {
        self.0[attribute as usize]
    }
}
