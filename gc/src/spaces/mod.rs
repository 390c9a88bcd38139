//! The spaces that objects live in.

mod image;
mod immovable;
mod large;
mod old;
mod young;

pub(crate) use image::ImageSpace;
pub(crate) use immovable::ImmovableSpace;
pub(crate) use large::{LargeObject, LargeSpace, PageStates};
pub(crate) use old::OldSpace;
pub(crate) use young::YoungSpace;

/// What vacated memory is filled with under stress.
pub(crate) const POISON: u8 = 0xab;
