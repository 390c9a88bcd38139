//! What can be wrong with an image.

use std::io;

/// Why an image or one of its resources can not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JImageError {
    /// The file can not be opened or mapped.
    #[error("can not map the image: {0}")]
    Io(#[source] io::Error),
    /// The file does not start as a jimage does.
    #[error("not a jimage file: it starts with {0:#010x}")]
    BadMagic(u32),
    /// The image was made for a machine of the other byte order.
    #[error("the image is for a machine of the other byte order")]
    ForeignByteOrder,
    /// The format's version is not 1.0.
    #[error("jimage version {major}.{minor} is not supported, only 1.0 is")]
    UnsupportedVersion {
        /// Major version found.
        major: u32,
        /// Minor version found.
        minor: u32,
    },
    /// The file is shorter than its header says.
    #[error("the image is shorter than its header says")]
    Truncated,
    /// A resource lies outside the file.
    #[error("a resource lies outside the image")]
    OutOfBounds,
    /// A compressed resource has another length than the image says, or no sensible one.
    #[error("a compressed resource has a wrong length")]
    WrongLength,
    /// A compressed resource's header or content is damaged.
    #[error("a compressed resource is damaged: {0}")]
    Damaged(&'static str),
    /// The image uses a compression that no JDK 17 or 25 produces.
    #[error("resource compression {0:?} is not supported, only zip and compact-cp are")]
    UnknownCompression(String),
    /// zlib refused the content of a resource.
    #[error("a compressed resource is damaged: {0}")]
    Zip(#[from] crate::zip_stream::ZipError),
}
