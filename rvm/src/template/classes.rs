//! The classes of a class path.

use std::fs;
use std::path::Path;

use super::TemplateError;
use super::archive::Archive;

/// How names of class files end.
const EXTENSION: &str = ".class";

/// Shows every class file of a class path: its name without extension, as in `a/b/C`, and its content.
///
/// # Errors
/// If an archive or folder can not be read.
pub(super) fn visit(
    class_path: &str,
    show: &mut dyn FnMut(&str, &[u8]),
) -> Result<(), TemplateError> {
    for element in class_path.split(':').map(Path::new) {
        if element.is_dir() {
            visit_folder(element, "", show)?;
        } else if element.is_file() {
            let archive = Archive::open(element)?;
            for name in archive.names().filter_map(|name| name.strip_suffix(EXTENSION)) {
                let content = archive.read(&format!("{name}{EXTENSION}"))?;
                show(name, &content.unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn visit_folder(
    root: &Path,
    below: &str,
    show: &mut dyn FnMut(&str, &[u8]),
) -> Result<(), TemplateError> {
    let folder = root.join(below);
    let read = |source| TemplateError::Read { path: folder.clone(), source };
    for entry in fs::read_dir(&folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        let path = entry.path();
        if path.is_dir() {
            visit_folder(root, &name, show)?;
        } else if let Some(class) = name.strip_suffix(EXTENSION) {
            let content = fs::read(&path);
            show(class, &content.map_err(|source| TemplateError::Read { path, source })?);
        }
    }
    Ok(())
}

/// The external names of all classes of a class path.
///
/// # Errors
/// As [`visit`].
pub(super) fn names(class_path: &str) -> Result<Vec<String>, TemplateError> {
    let mut names = Vec::new();
    visit(class_path, &mut |name, _| {
        // Other releases' variants lie there, and are found by the same names.
        if !name.starts_with("META-INF/") && !name.ends_with("module-info") {
            names.push(name.replace('/', "."));
        }
    })?;
    names.sort();
    names.dedup();
    Ok(names)
}
