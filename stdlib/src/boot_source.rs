//! Classes for the boot loader, from the class library's image.

use crate::jimage::JImage;
use crate::own_classes::own_class;
use std::borrow::Cow;
use std::sync::Arc;
use vm::{BootClass, BootSource};

/// The modules that the boot loader defines, out of all that the image has.
pub struct ImageSource {
    image: Arc<JImage>,
    /// Modules of the application and platform loaders, which the boot loader must not define.
    other: Vec<String>,
}

impl ImageSource {
    /// Over an image; `other_loaders` names the modules that are not the boot loader's.
    pub fn new(image: Arc<JImage>, other_loaders: Vec<String>) -> ImageSource {
        ImageSource { image, other: other_loaders }
    }

    /// The image.
    pub fn image(&self) -> &JImage {
        &self.image
    }
}

impl BootSource for ImageSource {
    fn find(&self, name: &str) -> Option<BootClass<'_>> {
        if let Some(bytes) = own_class(name) {
            return Some(BootClass { bytes: Cow::Borrowed(bytes), module: "" });
        }
        let (module, bytes) = self.image.find_class(name).ok()??;
        if self.other.iter().any(|m| m == module) {
            return None;
        }
        Some(BootClass { bytes, module })
    }

    fn library_class(&self, name: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        self.image.find_class(name).ok().flatten().map(|(_, bytes)| bytes)
    }

    fn is_library_class(&self, name: &str, bytes: &[u8]) -> bool {
        if own_class(name) == Some(bytes) {
            return true;
        }
        let found = self.image.find_class(name).ok().flatten();
        found.is_some_and(|(_, own)| *own == *bytes)
    }
}
