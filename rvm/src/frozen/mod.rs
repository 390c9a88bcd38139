//! Programs saved while they run, and gone on with in another process.

mod portable;
pub(crate) mod target;
pub mod trial;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stdlib::image_state::HostImage;
use stdlib::resources::{self, InTheWay, Policy};
use vm::image::{Chain, Image, ImageKind, SaveError, Saved, What};
use vm::{ExitMode, Vm, sync};

use crate::{ImageError, StartError, boot_image};
pub(crate) use portable::resume as resume_portable;
pub use portable::{PortableInfo, Verified, is_portable, portable_info, verify_portable};
use target::Target;

/// Exit code of a process whose program was saved (`EX_TEMPFAIL` of sysexits.h: it is to be tried again).
const FROZEN_CODE: i32 = 75;

/// Until a next attempt.
const AGAIN: Duration = Duration::from_micros(200);

/// First line of the key of a program's image.
const PROGRAM: &str = "program";
/// First line of the key of the image of a guest beside others in a process.
const GUEST: &str = "guest";

/// How a program is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreezeOptions {
    /// The program goes on in its process, too.
    pub keep: bool,
    /// An earlier snapshot: only what differs from it is stored, and it is needed to go on with this one.
    pub since: Option<PathBuf>,
    /// The pages of the image that the program began with are stored, too: the file needs no other.
    pub with_base: bool,
    /// The file is packed.
    pub compress: bool,
    /// The file is on the device, not only in the system's memory, before the program ends or goes on.
    pub sync: bool,
    /// Resources of the program that want to hear of it (`jdk.crac`) do not.
    pub no_hooks: bool,
    /// The file is independent of this machine and of the image that the program began with, and is checked when it
    /// is gone on with.
    pub portable: bool,
    /// The file is there already and is written in place: for files that nobody else knows.
    pub in_place: bool,
    /// What is saved of what the program has open, beyond the rules.
    pub policy: Policy,
}

impl FreezeOptions {
    /// The switches by their names.
    fn switches(&mut self) -> [(&'static str, &mut bool); 7] {
        [
            ("keep", &mut self.keep),
            ("with-base", &mut self.with_base),
            ("compress", &mut self.compress),
            ("sync", &mut self.sync),
            ("no-hooks", &mut self.no_hooks),
            ("in-place", &mut self.in_place),
            ("portable", &mut self.portable),
        ]
    }

    /// Turns a switch on; false if there is none of this name.
    pub fn switch(&mut self, name: &str) -> bool {
        let found = self.switches().into_iter().find(|(own, _)| *own == name);
        found.map(|(_, on)| *on = true).is_some()
    }

    /// The names of the switches that are on.
    #[must_use]
    pub fn switched_on(&self) -> Vec<&'static str> {
        let mut own = self.clone();
        let on = own.switches().into_iter().filter(|(_, on)| **on);
        on.map(|(name, _)| name).collect()
    }
}

/// What becomes of this process when its program is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It does nothing any more, and ends.
    End,
    /// The program goes on. Two have it from now on.
    GoOn,
}

/// What an image of this kind must have been made with.
fn key(kind: &str, java_home: &Path) -> std::io::Result<String> {
    let vm = boot_image::identity(Path::new("/proc/self/exe"))?;
    let library = boot_image::identity(&java_home.join("lib/modules"))?;
    Ok(format!("{kind}\nvm={vm}\nlibrary={library}\n{}", java_home.display()))
}

/// Whether an image with this key is that of a program.
pub(crate) fn is_program(key: &str) -> bool {
    key.lines().next() == Some(PROGRAM)
}

/// Why the program of an image with this key can not go on here.
pub(crate) fn unfit(found: &str) -> Option<String> {
    unfit_as(PROGRAM, found)
}

/// Why an image with this key is none of this kind that serves here.
fn unfit_as(kind: &str, found: &str) -> Option<String> {
    let mut lines = found.splitn(4, '\n');
    let (Some(found_kind), Some(_), Some(_), Some(java_home)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Some(format!("it is the image of no {kind}"));
    };
    if found_kind != kind {
        return Some(format!("it is the image of no {kind}"));
    }
    match key(kind, Path::new(java_home)) {
        Ok(key) if key == found => None,
        Ok(_) => Some("it was saved by another build of rvm, or with another class library".into()),
        Err(_) => Some(format!("there is no class library at {java_home}")),
    }
}

/// Opens the image of a program and reads what its natives have kept.
pub(crate) fn open(path: &Path) -> Result<(Image, HostImage), StartError> {
    let (image, host) = open_as(PROGRAM, path)?;
    match image.program() {
        Some(_) => Ok((image, host)),
        None => Err(refused(path, &"it is the image of no program")),
    }
}

/// As [`open`], of a guest.
pub(crate) fn open_guest(path: &Path) -> Result<(Image, HostImage), StartError> {
    open_as(GUEST, path)
}

fn open_as(kind: &str, path: &Path) -> Result<(Image, HostImage), StartError> {
    let mut reason = None;
    let opened = Image::open_if(path, |key| {
        reason = unfit_as(kind, key);
        reason.is_none()
    });
    let not = |reason: &str| refused(path, &reason);
    let image = opened.map_err(|error| not(&reason.unwrap_or_else(|| error.to_string())))?;
    let host = HostImage::from_bytes(image.host()).ok_or_else(|| not("the image is damaged"))?;
    Ok((image, host))
}

/// The program in this file can not go on.
pub(crate) fn refused(path: &Path, reason: &dyn std::fmt::Display) -> StartError {
    StartError::NotFrozen { path: path.into(), reason: reason.to_string() }
}

/// Saves the program to `path` after `millis` and ends the process. While something stands in the way the program goes
/// on, and it is tried again.
pub(crate) fn save_after(vm: &'static Vm, millis: u64, path: PathBuf, options: FreezeOptions) {
    let saver = std::thread::Builder::new().name("freeze".into());
    let spawned = saver.spawn(move || {
        std::thread::sleep(Duration::from_millis(millis));
        let Ok(t) = sync::attach(vm, true) else { return };
        let then = if options.keep { Then::GoOn } else { Then::End };
        while let Err(error) = save(&t, &path, &options, then, |_| {}) {
            if !error.is_passing() {
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

/// Saves the program to `path`. If it is to end it does not come back, and from what is saved on, this process does nothing
/// any more. `tell` is called when the file is there and the program still stands still.
///
/// # Errors
/// With what stands in the way; the program goes on then, and what was at `path` before is still there.
pub(crate) fn save(
    t: &vm::Thread,
    path: &Path,
    options: &FreezeOptions,
    then: Then,
    mut tell: impl FnMut(&Saved),
) -> Result<Saved, ImageError> {
    let mut end = |saved: &Saved| {
        tell(saved);
        if then == Then::End {
            std::process::exit(FROZEN_CODE);
        }
    };
    // Before anything is stopped.
    check(t.vm(), &options.policy)?;
    if options.portable {
        return portable::save(t, path, options, end);
    }
    let state = stdlib::state(t);
    let host = || Ok(HostImage::capture(t, &options.policy)?.to_bytes());
    let failed = |source| ImageError::Write { path: path.into(), source };
    let kind = match t.vm().config.exit {
        ExitMode::Process => PROGRAM,
        ExitMode::Guest => GUEST,
    };
    let key = key(kind, &state.java_home).map_err(failed)?;
    let earlier = options.since.as_deref().map(|since| earlier(since, &key, path)).transpose()?;
    let parent = match &earlier {
        Some(earlier) => Some(earlier),
        None if options.with_base => None,
        None => base_of(t.vm()),
    };
    let what = What { kind: ImageKind::Whole, key: &key, parent, pack: options.compress };
    if options.in_place {
        let file = File::options().write(true).truncate(true).open(path).map_err(failed)?;
        return Ok(vm::image::save(t, &what, host, &file, |saved| {
            end(saved);
            Ok(())
        })?);
    }
    let mut target = Target::new(path).map_err(failed)?;
    let file = target.file.try_clone().map_err(failed)?;
    let saved = vm::image::save(t, &what, host, &file, |saved| {
        target.put(options.sync)?;
        end(saved);
        Ok(())
    });
    saved.map_err(|error| match error {
        SaveError::Write(source) => failed(source),
        error => error.into(),
    })
}

/// Looks for what a program has open that would be in the way.
///
/// # Errors
/// With all of it.
pub(crate) fn check(vm: &Vm, policy: &Policy) -> Result<(), InTheWay> {
    let obstacles = resources::survey(vm, policy);
    if obstacles.is_empty() { Ok(()) } else { Err(InTheWay(obstacles)) }
}

/// The snapshot that this one is to be based on.
fn earlier(since: &Path, key: &str, path: &Path) -> Result<Chain, ImageError> {
    let chain = Chain::open_parent(since, key)
        .map_err(|source| ImageError::Earlier { path: since.into(), source })?;
    if chain.has_file(path) {
        return Err(ImageError::OverItself(path.into()));
    }
    Ok(chain)
}

/// The image that the program began with, if it is still there for those that go on.
fn base_of(vm: &Vm) -> Option<&Chain> {
    let base = vm.image_base.as_deref().filter(|base| base.is_at_its_place())?;
    // A clone has begun with what its original has in memory.
    if base.about().iter().any(|image| image.path.starts_with("/proc")) {
        return None;
    }
    for image in base.about() {
        // Of the images in the cache folder, those used last are kept. One of another user simply stays as it is.
        let _ = File::open(image.path).and_then(|file| file.set_modified(SystemTime::now()));
    }
    Some(base)
}
