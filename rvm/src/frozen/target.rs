//! The file that an image is saved to: nothing is seen of it before it is whole.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, RenameFlags, linkat, renameat_with};

/// It holds all that the program knows.
const MODE: u32 = 0o600;

/// A file that is being written. Where the file system can, it has no name before it is whole, so that nothing is left
/// of it even if the process is killed.
pub(crate) struct Target {
    path: PathBuf,
    /// Beside `path`, of this process and moment.
    temporary: PathBuf,
    pub file: File,
    /// Whether `temporary` is the name of a file that nobody wants.
    is_named: bool,
    /// What was at `path` before. Its pages are given back when this is dropped, which takes its time.
    old: Option<File>,
}

impl Target {
    /// Begins a file that is to be at `path`.
    pub fn new(path: &Path) -> io::Result<Target> {
        Target::with_mode(path, MODE)
    }

    /// As [`Target::new`]; the file gets this mode, less the process's mask.
    pub fn with_mode(path: &Path, mode: u32) -> io::Result<Target> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut own = std::ffi::OsString::from(".");
        own.push(name);
        own.push(format!(".{}.{number}.part", std::process::id()));
        let temporary = path.with_file_name(own);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        remove_left(folder, name);
        let mut options = File::options();
        options.read(true).write(true).mode(mode);
        let nameless = options.clone().custom_flags(libc_tmpfile()).open(folder);
        let (file, is_named) = match nameless {
            Ok(file) => (file, false),
            Err(error) if lacks_nameless(&error) => {
                (options.create(true).truncate(true).open(&temporary)?, true)
            }
            Err(error) => return Err(error),
        };
        Ok(Target { path: path.into(), temporary, file, is_named, old: None })
    }

    /// Puts the file at its place, in one step: until then what was there before is there. With `sync`, it survives a loss of
    /// power from then on.
    pub fn put(&mut self, sync: bool) -> io::Result<()> {
        if sync {
            self.file.sync_all()?;
        }
        if !self.is_named {
            match self.link(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => {
                    done?;
                    return self.sync_folder(sync);
                }
            }
            self.link(&self.temporary)?;
            self.is_named = true;
        }
        self.replace()?;
        self.sync_folder(sync)
    }

    /// Gives the file the name that another one has. Some file systems (ext4) begin to write a file to the device when
    /// it is renamed over another one, and the program stands still as long; not so if the two change places.
    fn replace(&mut self) -> io::Result<()> {
        let changed = renameat_with(CWD, &self.temporary, CWD, &self.path, RenameFlags::EXCHANGE);
        if changed.is_ok() {
            self.old = File::open(&self.temporary).ok();
            // What was wanted is done, even if this stays until the next one comes.
            let _ = fs::remove_file(&self.temporary);
            self.is_named = false;
            return Ok(());
        }
        // There is no such file, or the file system can not do that.
        self.old = File::open(&self.path).ok();
        fs::rename(&self.temporary, &self.path)?;
        self.is_named = false;
        Ok(())
    }

    fn link(&self, name: &Path) -> io::Result<()> {
        let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        Ok(linkat(CWD, own, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
    }

    /// A name is the folder's.
    fn sync_folder(&self, sync: bool) -> io::Result<()> {
        match self.path.parent().filter(|_| sync) {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            Some(_) => File::open(".")?.sync_all(),
            None => Ok(()),
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if self.is_named {
            // Whether or not that succeeds, the reason to tell is another one.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Removes what processes have left that were killed between a file's two names.
fn remove_left(folder: &Path, name: &std::ffi::OsStr) {
    let prefix = format!(".{}.", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.file_name();
        let rest = file.to_str().and_then(|file| file.strip_prefix(&prefix)?.strip_suffix(".part"));
        let process = rest.and_then(|rest| rest.split_once('.')?.0.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn libc_tmpfile() -> i32 {
    rustix::fs::OFlags::TMPFILE.bits() as i32
}

/// Whether the file system (or an old kernel) has no files without names, or they could not get one.
fn lacks_nameless(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    matches!(number, Some(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR))
        || !Path::new("/proc/self/fd").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let folder = std::env::temp_dir().join(format!("rvm-target-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("saved");
        for text in ["first", "second"] {
            let mut target = Target::new(&path).expect("a file");
            target.file.write_all(text.as_bytes()).expect("room");
            assert!(fs::read_to_string(&path).ok().as_deref() != Some(text));
            target.put(text == "second").expect("a name");
            assert_eq!(fs::read_to_string(&path).expect("the file"), text);
        }
        // No process has this number.
        fs::write(folder.join(".saved.4999999.0.part"), "left").expect("a file");
        let mut given_up = Target::new(&path).expect("a file");
        given_up.file.write_all(b"third").expect("room");
        drop(given_up);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "second");
        assert_eq!(names(&folder), ["saved"]);
        let no = Target::new(&folder).err().expect("a folder is no file");
        assert_eq!(no.kind(), io::ErrorKind::IsADirectory);
        assert!(Target::new(&folder.join("missing/saved")).is_err());
        fs::remove_dir_all(&folder).expect("own folder");
    }
}
