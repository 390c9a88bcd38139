//! What a template was made from: that it is still the same is seen before a program starts.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A file of the class path, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Input {
    pub path: PathBuf,
    bytes: u64,
    modified: (i64, i64),
    hash: u64,
}

impl Input {
    /// Of a file as it is.
    ///
    /// # Errors
    /// If it can not be read.
    pub fn of(path: &Path) -> io::Result<Input> {
        let (bytes, modified) = look(path)?;
        let hash = xxhash_rust::xxh3::xxh3_64(&fs::read(path)?);
        Ok(Input { path: path.into(), bytes, modified, hash })
    }

    /// What has become different, for people; nothing if it is the same. The content is read only if the time is another.
    pub fn difference(&self) -> Option<String> {
        let path = self.path.display();
        let Ok((bytes, modified)) = look(&self.path) else {
            return Some(format!("{path} is gone"));
        };
        if bytes != self.bytes {
            return Some(format!("{path} has {bytes} bytes and had {}", self.bytes));
        }
        if modified == self.modified {
            return None;
        }
        let same =
            fs::read(&self.path).is_ok_and(|all| xxhash_rust::xxh3::xxh3_64(&all) == self.hash);
        (!same).then(|| format!("{path} has another content"))
    }
}

/// Length and time of the last change.
fn look(path: &Path) -> io::Result<(u64, (i64, i64))> {
    let found = fs::metadata(path)?;
    Ok((found.len(), (found.mtime(), found.mtime_nsec())))
}

/// Each element of a class path, absolute. Absent ones stay: they may come.
pub(super) fn absolute(class_path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| "/".into());
    let absolute = |element: &str| match element {
        // As the class library sees it.
        "" => here.display().to_string(),
        _ => clean(&here.join(element)).display().to_string(),
    };
    class_path.split(':').map(absolute).collect::<Vec<_>>().join(":")
}

/// Without `.`.
fn clean(path: &Path) -> PathBuf {
    path.components().collect()
}

/// The archives of a class path.
///
/// # Errors
/// If one can not be read.
pub(super) fn archives(class_path: &str) -> io::Result<Vec<Input>> {
    let elements = class_path.split(':').map(Path::new).filter(|path| path.is_file());
    elements.map(Input::of).collect()
}

/// The files of loaded classes in the folders of a class path; `classes` are internal names.
///
/// # Errors
/// If one can not be read.
pub(super) fn class_files(class_path: &str, classes: &[String]) -> io::Result<Vec<Input>> {
    let folders: Vec<&Path> =
        class_path.split(':').map(Path::new).filter(|path| path.is_dir()).collect();
    let file = |class: &String| {
        let name = format!("{class}.class");
        folders.iter().map(|folder| folder.join(&name)).find(|path| path.is_file())
    };
    classes.iter().filter_map(file).map(|path| Input::of(&path)).collect()
}

/// When a file was changed last; long ago if nobody knows.
pub(super) fn modified_seconds(path: &Path) -> i64 {
    let time = fs::metadata(path).and_then(|found| found.modified());
    let since = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs() as i64)
}
