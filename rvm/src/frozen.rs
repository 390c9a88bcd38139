//! Programs saved while they run, and gone on with in another process.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stdlib::image_state::HostImage;
use vm::image::{Image, ImageKind, SaveError};
use vm::{Vm, sync};

use crate::{ImageError, StartError, boot_image};

/// Exit code of a process whose program was saved (`EX_TEMPFAIL` of sysexits.h: it is to be tried again).
const FROZEN_CODE: i32 = 75;

/// Until a next attempt.
const AGAIN: Duration = Duration::from_millis(5);

/// What a program's image must have been made with.
pub(crate) fn key(java_home: &Path) -> std::io::Result<String> {
    let vm = boot_image::identity(Path::new("/proc/self/exe"))?;
    let library = boot_image::identity(&java_home.join("lib/modules"))?;
    Ok(format!("program\nvm={vm}\nlibrary={} {library}", java_home.display()))
}

/// Opens the image of a program and reads what its natives have kept.
pub(crate) fn open(path: &Path) -> Result<(Image, HostImage), StartError> {
    let not = |reason: &str| StartError::NotFrozen { path: path.into(), reason: reason.into() };
    let image = Image::open_any(path).map_err(|error| not(&error.to_string()))?;
    if !image.has_program() {
        return Err(not("it is the image of no program"));
    }
    let host = HostImage::from_bytes(image.host()).ok_or_else(|| not("the image is damaged"))?;
    match key(&host.java_home) {
        Ok(key) if key == image.key() => Ok((image, host)),
        Ok(_) => Err(not("it was saved by another build of rvm, or with another class library")),
        Err(_) => Err(not(&format!("there is no class library at {}", host.java_home.display()))),
    }
}

/// Saves the program to `path` after `millis` and ends the process. While something stands in the way the program goes
/// on, and it is tried again.
pub(crate) fn save_after(vm: &'static Vm, millis: u64, path: PathBuf) {
    let saver = std::thread::Builder::new().name("freeze".into());
    let spawned = saver.spawn(move || {
        std::thread::sleep(Duration::from_millis(millis));
        let Ok(t) = sync::attach(vm, true) else { return };
        while let Err(error) = save_and_end(&t, &path, || {}) {
            if !matches!(error, ImageError::Save(SaveError::Thread(_) | SaveError::Host(_))) {
                eprintln!("rvm: not saved: {error}");
                break;
            }
            t.blocked(|| std::thread::sleep(AGAIN));
        }
        sync::detach(t);
    });
    if let Err(error) = spawned {
        eprintln!("rvm: not saved: {error}");
    }
}

/// Does not come back if all goes well: from what is saved on, this process does nothing any more.
/// `tell` is called when it is safely there.
pub(crate) fn save_and_end(
    t: &vm::Thread,
    path: &Path,
    mut tell: impl FnMut(),
) -> Result<(), ImageError> {
    let state = stdlib::state(t);
    let host = || Ok(HostImage::capture(state)?.to_bytes());
    let failed = |source| ImageError::Write { path: path.into(), source };
    let key = key(&state.java_home).map_err(failed)?;
    let temporary = path.with_extension("part");
    // It holds all that the program knows.
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(&temporary).map_err(failed)?;
    let saved = vm::image::save(t, ImageKind::Whole, &key, host, &file, || {
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        tell();
        std::process::exit(FROZEN_CODE)
    });
    if saved.is_err() {
        // The reason to tell is the other one.
        let _ = fs::remove_file(&temporary);
    }
    Ok(saved?)
}
