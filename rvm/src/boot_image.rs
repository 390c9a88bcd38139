//! The boot image: the class library as it is when it has started, kept in the user's cache folder.
//!
//! Its name is a hash of everything that it depends on: this program's file, the class library's file, and what the class
//! library takes over from the process for good ([`stdlib::image_state`]). So a new build, another JDK or another locale simply
//! has another image. Files are written beside their place and get their name when they are whole: several processes may
//! make the same one, and the first counts.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use stdlib::State;
use stdlib::image_state::{self, HostImage};
use stdlib::resources::InTheWay;
use vm::image::{Image, OpenError, SaveError};
use vm::portable::PortableError;

use crate::{ImageUse, Library, Progress, Settings, StartError};

/// Images that are kept; the ones made last.
const KEPT: usize = 8;
/// How names of boot images end.
const EXTENSION: &str = "rvmboot";

/// Why no boot image was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The class library did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The guest could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// What the guest has open can not be saved.
    #[error(transparent)]
    InTheWay(#[from] InTheWay),
    /// The guest could not be described.
    #[error(transparent)]
    Portable(PortableError),
    /// The file could not be written.
    #[error("{} can not be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The earlier snapshot that this one was to be based on does not serve.
    #[error("{} is no snapshot to go on from: {source}", path.display())]
    Earlier {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The file is what the snapshot was to be based on.
    #[error("{} would be based on itself: name another file", .0.display())]
    OverItself(PathBuf),
    /// It was made, and can not be read all the same.
    #[error("{} was made, but is gone or damaged", .0.display())]
    Lost(PathBuf),
    /// There is no home folder to keep it in.
    #[error("there is no cache folder: set XDG_CACHE_HOME or HOME, or name a file")]
    NoFolder,
    /// The settings are of those that the class library takes over while it starts.
    #[error("{0} takes effect while the class library starts: there is no boot image with it")]
    Settings(String),
}

impl ImageError {
    /// Whether only the moment was wrong: a thread or resource was in the way.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            ImageError::Save(SaveError::Thread(_) | SaveError::Host(_))
                | ImageError::InTheWay(_)
                | ImageError::Portable(PortableError::Thread(_) | PortableError::Host(_))
        )
    }
}

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one program of a process.
    Program,
    /// Guests beside others in one process: the class path is empty, signals are not handled.
    Guests,
}

/// The boot image's file and what must be written in it, for these settings.
#[derive(Debug)]
pub(crate) struct Place {
    pub path: PathBuf,
    pub key: String,
}

/// The setting, if there is one, for which the class library has to be started anew.
fn early_setting(settings: &Settings) -> Option<String> {
    let early = settings.properties.iter().find(|(n, _)| !image_state::can_be_set_later(n));
    if let Some((name, _)) = early {
        return Some(format!("-D{name}"));
    }
    let assertions = settings.assertions || settings.system_assertions;
    if assertions || !settings.assertion_rules.is_empty() {
        return Some("a setting of assertions".into());
    }
    (settings.verify == vm::Verify::All).then(|| "--verify=all".into())
}

/// Where images are kept: by default the user's cache folder for rvm.
fn folder(settings: &Settings) -> Option<PathBuf> {
    if let Some(folder) = &settings.image_folder {
        return Some(folder.clone());
    }
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    cache.map(|cache| cache.join("rvm"))
}

/// What tells a file from all others, and from what it was before it was changed.
pub(crate) fn identity(path: &Path) -> io::Result<String> {
    // Opened where that is possible, since `/proc/self/exe` under QEMU is the right file only then.
    let m = File::open(path).and_then(|file| file.metadata()).or_else(|_| fs::metadata(path))?;
    Ok(format!("{}:{} {} bytes, {}.{:09}", m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec()))
}

/// Where the image is or would be; `None` if there can be none.
pub(crate) fn place(
    settings: &Settings,
    library: &Library,
    state: &State,
    purpose: Purpose,
) -> Option<Place> {
    if early_setting(settings).is_some() {
        return None;
    }
    let release = library.home.release().feature();
    let key = format!(
        "for={purpose:?}\nvm={}\nlibrary={} {}\n{}",
        identity(Path::new("/proc/self/exe")).ok()?,
        library.home.path().display(),
        identity(&library.home.modules_path()).ok()?,
        image_state::fingerprint(state, release)
    );
    let name =
        format!("java{release}-{:032x}.{EXTENSION}", xxhash_rust::xxh3::xxh3_128(key.as_bytes()));
    Some(Place { path: folder(settings)?.join(name), key })
}

/// The image for these settings, made first if that is wanted. `None`: the class library is to be started anew.
pub(crate) fn open(
    settings: &Settings,
    library: &Library,
    state: &State,
) -> Option<(Image, HostImage)> {
    if settings.image == ImageUse::Never {
        return None;
    }
    let place = place(settings, library, state, Purpose::Program)?;
    let mut image = Image::open(&place.path, &place.key);
    if let (Err(error), ImageUse::OrMadeBy(program)) = (&image, &settings.image) {
        if !is_absent(error) {
            eprintln!("rvm: warning: {}: {error}; it is made anew", place.path.display());
        }
        if !run_maker(program, library, &place.path) {
            return None;
        }
        image = Image::open(&place.path, &place.key);
    }
    match image {
        Ok(image) => {
            let host = HostImage::from_bytes(image.host())?;
            Some((image, host))
        }
        Err(error) => {
            if !is_absent(&error) {
                eprintln!("rvm: warning: {}: {error}; starting without it", place.path.display());
            }
            None
        }
    }
}

/// The image that guests begin with; made first, in this process, where there is none that fits.
pub(crate) fn open_for_guests(
    settings: &Settings,
    library: &Library,
    state: &State,
) -> Result<(Image, HostImage), ImageError> {
    let open = |place: &Place| {
        let image = Image::open(&place.path, &place.key).ok()?;
        let host = HostImage::from_bytes(image.host())?;
        Some((image, host))
    };
    let none = || match early_setting(settings) {
        Some(setting) => ImageError::Settings(setting),
        None => ImageError::NoFolder,
    };
    let place = place(settings, library, state, Purpose::Guests).ok_or_else(none)?;
    if let Some(opened) = open(&place) {
        return Ok(opened);
    }
    write(settings, library, &place, Purpose::Guests)?;
    open(&place).ok_or(ImageError::Lost(place.path))
}

/// Whether there is simply none that this user could have.
fn is_absent(error: &OpenError) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error, OpenError::Read(e) if matches!(e.kind(), NotFound | NotADirectory | PermissionDenied))
}

/// Has the image made by a process of its own; false if there is none afterwards. A folder that can not be written is no
/// matter for a warning: programs run without an image, too.
fn run_maker(program: &Path, library: &Library, path: &Path) -> bool {
    let Some(folder) = path.parent() else { return false };
    if make_folder(folder).is_err()
        || rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err()
    {
        return false;
    }
    let release = library.home.release().feature();
    let _shown = Progress::new(&format!("preparing Java {release} for fast starts"));
    let mut command = Command::new(program);
    command.args(["image", "build", "--quiet", "--java-home"]).arg(library.home.path());
    command.status().is_ok_and(|status| status.success())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Starts the class library and saves it as the boot image for these settings; answers the file.
///
/// # Errors
/// If there can be none for these settings, the class library does not start, or the file can not be written.
pub fn make(settings: &Settings, library: Library) -> Result<PathBuf, ImageError> {
    if let Some(setting) = early_setting(settings) {
        return Err(ImageError::Settings(setting));
    }
    let state = crate::machine::state(settings, &library);
    let place = place(settings, &library, &state, Purpose::Program).ok_or(ImageError::NoFolder)?;
    write(settings, &library, &place, Purpose::Program)?;
    Ok(place.path)
}

/// Starts the class library and saves it at its place.
fn write(
    settings: &Settings,
    library: &Library,
    place: &Place,
    purpose: Purpose,
) -> Result<(), ImageError> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = place.path.parent().ok_or(ImageError::NoFolder)?.to_owned();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ImageError::Write { path, source }
    };
    make_folder(&folder).map_err(failed(&folder))?;
    // Several threads of a process may make the same one, too.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{}.{number}.tmp", std::process::id()));
    let options = File::options().write(true).create(true).truncate(true).mode(0o600).clone();
    let file = options.open(&temporary).map_err(failed(&temporary))?;
    let saved = crate::machine::save_started(settings, library, &place.key, purpose, &file);
    let put = saved.and_then(|()| put(&temporary, place).map_err(failed(&place.path)));
    // It has another name now, or is not needed; if it can not be removed, the reason to tell is the other one.
    let _ = fs::remove_file(&temporary);
    put?;
    forget_old(&folder);
    Ok(())
}

/// Puts a whole image at its place. One that is good and there before stays: programs may have begun with it and been
/// saved meanwhile.
fn put(temporary: &Path, place: &Place) -> io::Result<()> {
    match fs::hard_link(temporary, &place.path) {
        Err(_) if Image::open(&place.path, &place.key).is_ok() => Ok(()),
        // A damaged one, or a file system without links.
        Err(_) => fs::rename(temporary, &place.path),
        Ok(()) => Ok(()),
    }
}

/// Keeps the images that were made last, and removes what interrupted makers have left.
fn forget_old(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let age = |path: &Path| {
        fs::metadata(path).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let with = |extension: &str| {
        let has = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension);
        paths.iter().filter(has).cloned().collect::<Vec<_>>()
    };
    let mut images = with(EXTENSION);
    images.sort_by_key(|path| std::cmp::Reverse(age(path)));
    let hour = std::time::Duration::from_secs(3600);
    let stale =
        with("tmp").into_iter().filter(|path| age(path).elapsed().is_ok_and(|age| age > hour));
    for path in images.into_iter().skip(KEPT).chain(stale) {
        let _ = fs::remove_file(path);
    }
}
