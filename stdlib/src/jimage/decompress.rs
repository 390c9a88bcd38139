//! Resources of images made with `jlink --compress`: layers of compression, each behind a header.

use super::{JImage, JImageError, compact_cp, read_u32};
use crate::zip_stream::Inflater;

/// First word of a layer's header.
pub(super) const LAYER_MAGIC: u32 = 0xCAFE_FAFA;
/// Header: magic u4, compressed size u8, uncompressed size u8, decompressor's name and configuration u4 each (string
/// offsets), last-layer flag u1.
pub(super) const LAYER_HEADER_SIZE_BYTES: usize = 29;
/// `jlink` applies at most two layers; more is an attack.
const MAX_LAYERS: usize = 4;
/// Largest resource that is believed; the largest of JDK 25 has 12 MiB.
const MAX_SIZE_BYTES: u64 = 1 << 30;

/// Undoes all layers of `stored`; the result must have `size` bytes.
pub(super) fn resource(image: &JImage, stored: &[u8], size: u64) -> Result<Vec<u8>, JImageError> {
    let mut content = Vec::new();
    for depth in 0..=MAX_LAYERS {
        let layer = if depth == 0 { stored } else { &content };
        if depth > 0 && read_u32(layer, 0) != Some(LAYER_MAGIC) {
            break;
        }
        if depth == MAX_LAYERS {
            return Err(JImageError::Damaged("too many layers"));
        }
        content = undo_layer(image, layer)?;
    }
    if content.len() as u64 == size { Ok(content) } else { Err(JImageError::WrongLength) }
}

fn undo_layer(image: &JImage, layer: &[u8]) -> Result<Vec<u8>, JImageError> {
    let (header, body) = layer
        .split_at_checked(LAYER_HEADER_SIZE_BYTES)
        .ok_or(JImageError::Damaged("no layer header"))?;
    if read_u32(header, 0) != Some(LAYER_MAGIC) {
        return Err(JImageError::Damaged("no layer header"));
    }
    let long = |offset: usize| {
        let half = |offset| u64::from(read_u32(header, offset).unwrap_or_default());
        half(offset) | half(offset + 4) << 32
    };
    let (compressed, uncompressed) = (long(4), long(12));
    let body = usize::try_from(compressed)
        .ok()
        .and_then(|size| body.get(..size))
        .ok_or(JImageError::WrongLength)?;
    if uncompressed > MAX_SIZE_BYTES {
        return Err(JImageError::WrongLength);
    }
    let name = read_u32(header, 20).and_then(|offset| image.string(offset)).unwrap_or_default();
    let content = match name {
        b"zip" => unzip(body, uncompressed as usize)?,
        b"compact-cp" => {
            compact_cp::expand(body, uncompressed as usize, |offset| image.string(offset))?
        }
        other => {
            return Err(JImageError::UnknownCompression(
                String::from_utf8_lossy(other).into_owned(),
            ));
        }
    };
    if content.len() as u64 == uncompressed { Ok(content) } else { Err(JImageError::WrongLength) }
}

fn unzip(body: &[u8], size: usize) -> Result<Vec<u8>, JImageError> {
    // Deflate can not shrink more than 1032:1, so a larger claim is false and nothing is allocated for it.
    if size / 1040 > body.len() {
        return Err(JImageError::WrongLength);
    }
    let mut content = vec![0; size];
    let step = Inflater::new(false)?.inflate(body, &mut content)?;
    if step.finished && step.produced == size { Ok(content) } else { Err(JImageError::WrongLength) }
}
