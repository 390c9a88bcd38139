//! Saving a program at its own wish (`jdk.crac`, `rvm.guest`), and what the command line says about that.

use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use stdlib::checkpoint::{self, Job, Obstacle, Refusal, Resumed, Saver, Then};
use stdlib::image_state::CaptureError;
use stdlib::resources::InTheWay;
use vm::image::SaveError;
use vm::{Vm, sync};

use crate::frozen::{self, FreezeOptions};
use crate::{ImageError, Settings, Snapshot, control};

/// The program's file in the folder that `-XX:CRaCCheckpointTo` names.
const FILE: &str = "program.rvm";
/// The option as a program that goes on has it among its arguments.
const OPTION: &str = "-XX:CRaCCheckpointTo=";
/// How long it may take until what a program has closed is closed: some is closed by other threads.
const PATIENCE: Duration = Duration::from_secs(2);

/// The saved program that `-XX:CRaCRestoreFrom` names: a folder, or the file itself.
#[must_use]
pub fn saved_in(place: &Path) -> PathBuf {
    if place.is_dir() { place.join(FILE) } else { place.into() }
}

/// How this process comes to go on with a program: what the natives are told.
pub(crate) fn resumed(settings: &Settings) -> Resumed {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Resumed {
        main: settings.new_main.clone(),
        arguments: settings.new_arguments.clone(),
        properties: settings.properties.clone(),
        at_millis: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
    }
}

/// Lets the program ask for being saved; before any of its threads runs.
pub(crate) fn offer(settings: &Settings, vm: &'static Vm) {
    // One that goes on has its arguments, and saves itself where it did before.
    let of_old = settings.vm_arguments.iter().rev().find_map(|word| word.strip_prefix(OPTION));
    let folder = settings.checkpoint_to.clone().or_else(|| of_old.map(PathBuf::from));
    let saver = ProgramSaver { vm, folder, goes_on: settings.runs_on_after_checkpoint };
    checkpoint::of(vm).set_saver(Box::new(saver));
}

struct ProgramSaver {
    vm: &'static Vm,
    /// Where to, if the program names no file.
    folder: Option<PathBuf>,
    /// Whether the process does not end then.
    goes_on: bool,
}

impl Saver for ProgramSaver {
    fn save(&self, job: &mut Job<'_>) -> Result<u32, Refusal> {
        if job.then == Then::Clone {
            return self.clone_program(job);
        }
        let file = match (&job.file, &self.folder) {
            (Some(file), _) => std::path::absolute(file).map_err(|e| failed(e.to_string()))?,
            (None, Some(folder)) => {
                make_folder(folder).map_err(|e| failed(format!("{}: {e}", folder.display())))?;
                folder.join(FILE)
            }
            (None, None) => return Err(Refusal::Unconfigured),
        };
        let ends = job.then == Then::End && !(self.goes_on && job.file.is_none());
        let then = if ends { frozen::Then::End } else { frozen::Then::GoOn };
        // It goes to other machines, where nobody has the image that the program began with.
        let options = FreezeOptions { with_base: true, ..FreezeOptions::default() };
        self.save_to(&file, &options, then, job).map(|()| 1)
    }
}

fn refusal(found: &InTheWay) -> Refusal {
    Refusal::Obstacles(found.0.iter().map(Obstacle::from).collect())
}

fn failed(what: String) -> Refusal {
    Refusal::Obstacles(vec![Obstacle::other(what)])
}

impl ProgramSaver {
    /// Saves the program as whoever asks from outside wants it, or as `own` says.
    fn save_to(
        &self,
        file: &Path,
        own: &FreezeOptions,
        then: frozen::Then,
        job: &mut Job<'_>,
    ) -> Result<(), Refusal> {
        let options = job.options.as_ref().and_then(|options| options.downcast_ref());
        let options = options.unwrap_or(own);
        let deadline = Instant::now() + PATIENCE;
        while let Err(found) = frozen::check(self.vm, &options.policy) {
            if Instant::now() > deadline {
                return Err(refusal(&found));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let t = sync::attach(self.vm, true).map_err(|e| failed(e.to_string()))?;
        job.by.store(t.id, Ordering::Release);
        let saved = frozen::save(&t, file, options, then, |saved| {
            (job.tell)(&Snapshot::to_text(saved));
        });
        sync::detach(t);
        saved.map(drop).map_err(|error| match error {
            ImageError::InTheWay(found) => refusal(&found),
            ImageError::Save(SaveError::Host(error)) => match error.downcast_ref() {
                Some(CaptureError::InTheWay(found)) => refusal(found),
                _ => failed(error.to_string()),
            },
            error => failed(error.to_string()),
        })
    }

    /// Saves the program to memory, and has a new process go on with that.
    fn clone_program(&self, job: &mut Job<'_>) -> Result<u32, Refusal> {
        let text = |error: &dyn std::fmt::Display| failed(format!("no clone: {error}"));
        let flags = rustix::fs::MemfdFlags::CLOEXEC;
        let memory = rustix::fs::memfd_create("rvm-clone", flags).map_err(|e| text(&e))?;
        // The new process opens it as this one's: nobody else need inherit it.
        let file = format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd());
        let options = FreezeOptions { in_place: true, ..FreezeOptions::default() };
        self.save_to(Path::new(&file), &options, frozen::Then::GoOn, job)?;
        let program = std::env::current_exe().map_err(|e| text(&e))?;
        let mut command = Command::new(program);
        command.args(["resume", "--no-verify", &file]).stdin(Stdio::null());
        let mut clone = command.spawn().map_err(|e| text(&e))?;
        let process = clone.id();
        // It answers when it has begun.
        while control::program_of(process).is_err() {
            match clone.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Ok(Some(status)) if status.success() => return Ok(process),
                Ok(Some(status)) => return Err(text(&status)),
                Err(error) => return Err(text(&error)),
            }
        }
        let wait = move || {
            // So that the system forgets it when it has ended; its exit code is nobody's.
            let _ = clone.wait();
        };
        std::thread::Builder::new().name("clone".into()).spawn(wait).map_err(|e| text(&e))?;
        Ok(process)
    }
}

/// The folder, not those above it.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {
            Ok(())
        }
        made => made,
    }
}
