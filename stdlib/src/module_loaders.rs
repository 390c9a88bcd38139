//! Which modules of an image belong to the boot loader.
//!
//! The class library decides that itself, in lists that are generated when a JDK is built. They are the string
//! constants with which `jdk.internal.module.ModuleLoaderMap$Modules` initialises its static sets, the same in every
//! release so far; a release that has only *one* list more (25) changes nothing. They are read off the class file's
//! initialiser, so that nothing has to be run and no list has to be kept here.

use crate::jimage::{JImage, JImageError};
use classfile::opcode::{self, Instructions};
use classfile::{ClassFile, Options};

/// The class that holds the lists.
const LISTS_CLASS: &str = "jdk/internal/module/ModuleLoaderMap$Modules";
/// Its field for the boot loader's modules.
const BOOT_FIELD: &[u8] = b"bootModules";

/// Why the lists could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleLoadersError {
    /// The image is damaged.
    #[error(transparent)]
    Image(#[from] JImageError),
    /// The class with the lists is broken.
    #[error("{LISTS_CLASS}: {0}")]
    Class(#[from] classfile::ClassFileError),
    /// The class with the lists is absent or not of the form that is known.
    #[error("the image does not say which modules are the boot loader's ({LISTS_CLASS})")]
    NoLists,
}

/// The modules of the image that are *not* the boot loader's: those of the platform and application loaders.
///
/// # Errors
/// If the image or its lists can not be read.
pub fn not_of_the_boot_loader(image: &JImage) -> Result<Vec<String>, ModuleLoadersError> {
    let boot = boot_modules(image)?;
    let others = image.modules().into_iter().filter(|name| !boot.iter().any(|b| b == name));
    Ok(others.map(str::to_owned).collect())
}

/// The names of the modules that the boot loader defines, whether the image has them or not.
///
/// # Errors
/// If the lists can not be read.
pub fn boot_modules(image: &JImage) -> Result<Vec<String>, ModuleLoadersError> {
    let (_, bytes) = image.find_class(LISTS_CLASS)?.ok_or(ModuleLoadersError::NoLists)?;
    let class = ClassFile::parse_with(&bytes, &Options { relax: true, ..Options::default() })?;
    boot_list(&class).filter(|list| !list.is_empty()).ok_or(ModuleLoadersError::NoLists)
}

/// The strings that the initialiser loads up to storing the boot list, since the store before that.
fn boot_list(class: &ClassFile<'_>) -> Option<Vec<String>> {
    let initialiser = class.methods.iter().find(|method| method.name == b"<clinit>")?;
    let pool = &class.constant_pool;
    let mut list = Vec::new();
    for (_, instruction) in Instructions::new(initialiser.code.as_ref()?.bytes) {
        let index = instruction.constant_index();
        match instruction.op {
            opcode::LDC | opcode::LDC_W => {
                let text = pool.string(index?).ok()?;
                list.push(std::str::from_utf8(text).ok()?.to_owned());
            }
            opcode::PUTSTATIC if pool.member(index?).ok()?.1 == BOOT_FIELD => return Some(list),
            opcode::PUTSTATIC => list.clear(),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jdk_home::{JdkHome, SUPPORTED_RELEASES};
    use std::path::Path;

    /// All installed JDKs that serve.
    fn images() -> Vec<(u32, JImage)> {
        let entries = std::fs::read_dir(Path::new("/usr/lib/jvm")).into_iter().flatten().flatten();
        let homes = entries.filter_map(|entry| JdkHome::open(&entry.path()).ok());
        homes
            .map(|home| {
                let image = JImage::open(&home.modules_path()).expect("an installed JDK's image");
                (home.release().feature(), image)
            })
            .collect()
    }

    #[test]
    fn installed_jdks() {
        for (release, image) in images() {
            assert!(SUPPORTED_RELEASES.contains(&release));
            let boot = boot_modules(&image).expect("lists");
            for module in ["java.base", "java.logging", "java.xml", "jdk.unsupported"] {
                assert!(boot.iter().any(|b| b == module), "{module} on {release}");
            }
            let others = not_of_the_boot_loader(&image).expect("lists");
            for module in ["jdk.localedata", "java.net.http", "jdk.zipfs"] {
                let here = image.modules().contains(&module);
                assert_eq!(others.iter().any(|o| o == module), here, "{module} on {release}");
            }
            assert!(!others.iter().any(|o| o == "java.base"));
        }
    }
}
