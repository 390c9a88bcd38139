//! Programs saved so that another machine can go on with them: see [`vm::portable`].

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use stdlib::image_state::HostImage;
use stdlib::resources::{self, Mappings};
use stdlib::{ImageSource, State, image_state};
use vm::ExitMode;
use vm::boot;
use vm::image::Saved;
use vm::portable::{self, Portable, PortableError, Rebuilt, StateHash};

use super::FreezeOptions;
use super::target::Target;
use crate::machine::{self, Library};
use crate::{ImageError, Settings, StartError};
use crate::{checkpoint, control};

/// Longest file that is read.
const MAX_FILE_BYTES: u64 = 16 << 30;

/// What there is to know of a portable image that has been found good.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    /// The hash of the program's state, which does not depend on the machine.
    pub state: StateHash,
    /// Classes.
    pub classes: usize,
    /// Objects, those that stand for classes included.
    pub objects: usize,
    /// Threads.
    pub threads: usize,
}

/// What a portable image says of itself; none of it has been held against anything but the file's hashes.
#[derive(Clone, Debug)]
pub struct PortableInfo {
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of what is packed in it.
    pub bytes: u64,
    /// The program, as it was started.
    pub command: String,
    /// The release of the class library that it runs on.
    pub release: u32,
    /// Where that was.
    pub java_home: PathBuf,
    /// Its parts.
    pub found: Verified,
}

/// Saves the program to `path`, as [`super::save`].
pub(super) fn save(
    t: &vm::Thread,
    path: &Path,
    options: &FreezeOptions,
    mut end: impl FnMut(&Saved),
) -> Result<Saved, ImageError> {
    let failed = |source| ImageError::Write { path: path.into(), source };
    let mut target = Target::new(path).map_err(failed)?;
    let host = || {
        let image = HostImage::capture(t, &options.policy)?;
        image.resources.check_untrusted()?;
        Ok(image.to_bytes())
    };
    let asked = Instant::now();
    let saved = portable::save(t, host, |image| {
        let start = Instant::now();
        let mut out = BufWriter::with_capacity(1 << 20, &target.file);
        image.write(&mut out)?;
        out.flush()?;
        drop(out);
        let file_bytes = target.file.metadata()?.len();
        target.put(options.sync)?;
        let (writing, pause) = (start.elapsed(), asked.elapsed());
        let saved = Saved { file_bytes, writing, pause, ..Saved::default() };
        end(&saved);
        Ok(saved)
    });
    saved.map_err(|error| match error {
        PortableError::Io(source) => failed(source),
        error => ImageError::Portable(error),
    })
}

/// Whether a file is a portable image, as far as its beginning tells.
pub fn is_portable(path: &Path) -> bool {
    let mut start = [0; 8];
    let read =
        fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == portable::MAGIC
}

/// A portable image whose file has been read, and the class library that it wants.
pub(super) struct Arrived {
    image: Portable,
    host: HostImage,
    library: Library,
    path: PathBuf,
}

impl Arrived {
    fn read(settings: &Settings, path: &Path) -> Result<Arrived, StartError> {
        let not = |reason: String| StartError::NotFrozen { path: path.into(), reason };
        let image = Portable::read(&read_file(path)?).map_err(|error| not(error.to_string()))?;
        Arrived::of(settings, path, image)
    }

    pub(super) fn of(
        settings: &Settings,
        path: &Path,
        image: Portable,
    ) -> Result<Arrived, StartError> {
        let not = |reason: &str| StartError::NotFrozen { path: path.into(), reason: reason.into() };
        if !image.has_program() {
            return Err(not("it is the image of no program"));
        }
        let host = HostImage::from_bytes(image.host()).ok_or_else(|| not("it is damaged"))?;
        // The same class library may lie elsewhere here: what counts is that it is the same.
        let same_place = host.java_home.join("release").is_file();
        let java_home = settings.java_home.clone().or(same_place.then(|| host.java_home.clone()));
        let library = Library::find(&Settings { java_home, ..Settings::default() })?;
        Ok(Arrived { image, host, library, path: path.into() })
    }

    fn rebuild(&self, settings: &Settings) -> Result<(Rebuilt, Mappings), StartError> {
        self.rebuild_as(settings, ExitMode::Process, |_| ())
    }

    /// Rebuilds the program for a VM with other natives' state.
    pub(super) fn rebuild_as(
        &self,
        settings: &Settings,
        exit: ExitMode,
        change: impl FnOnce(&mut State),
    ) -> Result<(Rebuilt, Mappings), StartError> {
        let Arrived { image, host, library, path } = self;
        let settings = Settings {
            properties: host.properties.clone(),
            vm_arguments: host.vm_arguments.clone(),
            ..settings.clone()
        };
        let mut state = machine::state(&settings, library);
        // What the program has been told so far.
        state.java_home.clone_from(&host.java_home);
        state.other_modules = stdlib::module_loaders::not_of_the_boot_loader(&library.image)
            .map_err(|source| StartError::Modules { path: library.home.modules_path(), source })?;
        state.set_nanos(host.nanos);
        state.checkpoints.resumed = Some(checkpoint::resumed(&settings));
        let limit = state.resources.limit();
        let reopened =
            resources::reopen_untrusted(&*state.host, &host.resources, &settings.resources, limit)?;
        state.resources = reopened.table;
        state.zip = reopened.streams;
        change(&mut state);
        let config = vm::Config { exit, ..machine::config(&settings, library, &state)? };
        let source = ImageSource::new(library.image.clone(), state.other_modules.clone());
        let natives = stdlib::natives().into();
        let rebuilt = image.rebuild(config, Box::new(source), natives, Box::new(state));
        let rebuilt = rebuilt.map_err(|error| StartError::NotFrozen {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok((rebuilt, reopened.mappings))
    }
}

/// Goes on with the program of a portable image; answers its exit code.
pub(crate) fn resume(settings: &Settings, path: &Path) -> Result<i32, StartError> {
    let arrived = Arrived::read(settings, path)?;
    let (rebuilt, mappings) = arrived.rebuild(settings)?;
    let (vm, threads) = rebuilt.leak();
    mappings.map(vm)?;
    machine::on_main_thread(|| {
        checkpoint::offer(settings, vm);
        let rejoin = |t: &vm::Thread| {
            image_state::rejoin(t, &arrived.host)?;
            stdlib::checkpoint::rejoin(t)
        };
        let (thread, bound) = threads.resume(vm, rejoin)?;
        bound.map_err(|_| vm::VmError::Boot(boot::pending_exception(&thread)))?;
        machine::offer_control(settings, vm);
        Ok(boot::resume_main(&thread))
    })
}

/// Looks at a portable image; nothing of it is run.
///
/// # Errors
/// If the file is none, or damaged.
pub fn portable_info(path: &Path) -> Result<PortableInfo, StartError> {
    let not = |reason: String| StartError::NotFrozen { path: path.into(), reason };
    let bytes = read_file(path)?;
    let image = Portable::read(&bytes).map_err(|error| not(error.to_string()))?;
    let host = HostImage::from_bytes(image.host()).ok_or_else(|| not("it is damaged".into()))?;
    Ok(PortableInfo {
        file_bytes: bytes.len() as u64,
        bytes: image.bytes(),
        command: image.program().map(control::command_text).unwrap_or_default(),
        release: image.release(),
        java_home: host.java_home,
        found: Verified::of(&image),
    })
}

/// Rebuilds the program of a portable image without running it, and looks whether the result is what the image says.
///
/// # Errors
/// With what is wrong with the image.
pub fn verify_portable(settings: &Settings, path: &Path) -> Result<Verified, StartError> {
    let arrived = Arrived::read(settings, path)?;
    let state = arrived.image.state_hash();
    let not = |reason: String| StartError::NotFrozen { path: path.into(), reason };
    let (rebuilt, _) = arrived.rebuild(settings)?;
    let rebuilt = rebuilt.describe();
    let rebuilt = rebuilt.map_err(|error| not(error.to_string()))?.state_hash();
    if rebuilt != state {
        return Err(not(format!("rebuilt, its state is {rebuilt}, not {state}")));
    }
    Ok(Verified::of(&arrived.image))
}

impl Verified {
    fn of(image: &Portable) -> Verified {
        let (classes, objects, threads) = image.counts();
        Verified { state: image.state_hash(), classes, objects, threads }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, StartError> {
    let not = |reason: String| StartError::NotFrozen { path: path.into(), reason };
    let length = fs::metadata(path).map(|m| m.len()).map_err(|error| not(error.to_string()))?;
    if length > MAX_FILE_BYTES {
        return Err(not("it is too large".into()));
    }
    fs::read(path).map_err(|error| not(error.to_string()))
}
