//! What a file with an image says of itself, and whether it is whole.

use std::path::{Path, PathBuf};

use stdlib::image_state::HostImage;
use vm::image::{About, Chain, Image, OpenError};

use crate::{StartError, control, frozen};

/// An image as others see it.
#[derive(Debug)]
pub struct ImageInfo {
    /// The file itself, then those that it is based on.
    pub files: Vec<About>,
    /// What is wrong with the next one, so that the image does not serve.
    pub missing: Option<OpenError>,
    /// The program, if it is the image of one.
    pub program: Option<Result<SavedProgram, String>>,
}

/// A program in an image.
#[derive(Clone, Debug)]
pub struct SavedProgram {
    /// As it was started.
    pub command: String,
    /// Its threads, the library's own among them.
    pub threads: usize,
    /// Its memory, the base's among it.
    pub guest_bytes: usize,
    /// The class library's home.
    pub java_home: PathBuf,
}

/// Looks at an image; nothing of it is run.
///
/// # Errors
/// If the file is no image.
pub fn image_info(path: &Path) -> Result<ImageInfo, StartError> {
    let (files, missing) = Chain::look(path).map_err(|error| frozen::refused(path, &error))?;
    let program = files.first().filter(|about| frozen::is_program(&about.key)).map(|about| {
        // Another build's state can not be read.
        match (frozen::unfit(&about.key), &missing) {
            (Some(reason), _) => Err(reason),
            (None, Some(error)) => Err(error.to_string()),
            (None, None) => program(path),
        }
    });
    Ok(ImageInfo { files, missing, program })
}

/// Whether a file is a program that was saved.
#[must_use]
pub fn is_saved_program(path: &Path) -> bool {
    let looked = Chain::look(path);
    looked.is_ok_and(|(files, _)| files.first().is_some_and(|about| frozen::is_program(&about.key)))
}

fn program(path: &Path) -> Result<SavedProgram, String> {
    let (image, HostImage { java_home, .. }) = frozen::open(path).map_err(|e| e.to_string())?;
    Ok(SavedProgram {
        command: image.program().map(control::command_text).unwrap_or_default(),
        threads: image.threads(),
        guest_bytes: image.guest_bytes(),
        java_home,
    })
}

/// Checks all that an image consists of, what it is based on, too.
///
/// # Errors
/// With what has changed, is missing or can not be read.
pub fn verify_image(path: &Path) -> Result<(), StartError> {
    let refused = |error: OpenError| frozen::refused(path, &error);
    let image =
        Image::open_if(path, |key| !frozen::is_program(key) || frozen::unfit(key).is_none());
    match image {
        Ok(image) => image.verify(true).map_err(refused),
        // Of another build, all but the state can be checked.
        Err(OpenError::Foreign) => {
            let (chain, _) = Chain::open(path).map_err(refused)?;
            chain.verify(true).map_err(refused)
        }
        Err(error) => Err(refused(error)),
    }
}
