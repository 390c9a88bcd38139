//! Beginning with a template.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stdlib::host::packed::PackedFiles;
use stdlib::image_state::HostImage;
use stdlib::jdk_home::{JdkHome, Release};
use stdlib::jimage::JImage;
use stdlib::{ImageSource, image_machine};
use vm::boot::{self, Launch, Mode};
use vm::image::Image;

use super::bundle::Bundle;
use super::description::{Description, Use};
use super::{TemplateError, refresh};
use crate::{Library, Settings, StartError, boot_image, machine};

/// A template whose image and class library are open.
pub(crate) struct Opened {
    pub image: Image,
    pub host: HostImage,
    pub library: Library,
    pub path: PathBuf,
    description: Description,
}

/// What a template has taken over of the process that made it, see [`image_machine::rebind`].
pub(crate) struct Facts {
    /// What its machine was.
    pub machine: Vec<(String, String)>,
    /// Properties that its maker has set.
    pub fixed: Vec<(String, String)>,
}

impl Opened {
    /// Opens what is in a bundle.
    ///
    /// # Errors
    /// If it is for another use, damaged, or no longer what it was made of.
    pub fn new(bundle: Bundle, purpose: Use) -> Result<Opened, TemplateError> {
        let path = bundle.path();
        let made_for = bundle.directory.description.purpose;
        if made_for != purpose {
            return Err(TemplateError::Purpose { path, made_for });
        }
        let inputs = &bundle.directory.description.inputs;
        let differences: Vec<String> =
            inputs.iter().filter_map(|input| input.difference()).collect();
        if !differences.is_empty() {
            return Err(TemplateError::Changed { path, differences });
        }
        let image = bundle.image()?;
        let library = library(&bundle)?;
        let damaged = || TemplateError::Damaged { path: path.clone(), what: "its image" };
        let host = HostImage::from_bytes(image.host()).ok_or_else(damaged)?;
        Ok(Opened { image, host, library, path, description: bundle.directory.description })
    }

    /// Settings for whoever begins with it: its own where they are fixed.
    ///
    /// # Errors
    /// If `given` has one that is fixed.
    pub fn settings(&self, given: &Settings) -> Result<Settings, TemplateError> {
        let under = self.description.kept.under(given);
        under.map_err(|option| TemplateError::Option { path: self.path.clone(), option })
    }

    /// The source of classes for the boot loader.
    pub fn source(&self) -> ImageSource {
        ImageSource::new(self.library.image.clone(), self.host.other_modules.clone())
    }

    /// What it has taken over of the process that made it.
    pub fn facts(&self) -> Facts {
        let fixed = self.description.kept.settings().properties;
        Facts { machine: self.description.machine.clone(), fixed }
    }
}

/// The class library of a template.
fn library(bundle: &Bundle) -> Result<Library, TemplateError> {
    let Description { java_home, library, release_text, .. } = &bundle.directory.description;
    let path = bundle.path();
    let gone = || TemplateError::Library { path: path.clone(), home: java_home.clone() };
    if let Some(part) = bundle.directory.library {
        let release = Release::parse(release_text).ok_or_else(gone)?;
        let files = PackedFiles::new(bundle.map()?, bundle.directory.files.clone());
        return Ok(Library {
            home: JdkHome::elsewhere(java_home.clone(), release),
            image: Arc::new(JImage::over(bundle.part(part)?)?),
            packed: Some(Arc::new(files)),
        });
    }
    let identity = boot_image::identity(&java_home.join("lib/modules")).ok();
    if identity != *library {
        return Err(gone());
    }
    let settings = Settings { java_home: Some(java_home.clone()), ..Settings::default() };
    Library::find(&settings).map_err(|_| gone())
}

/// Whether a file is a template, of whatever build.
#[must_use]
pub fn is_template(path: &Path) -> bool {
    !matches!(Bundle::open(path), Err(TemplateError::NoTemplate(_) | TemplateError::Read { .. }))
}

/// Runs the program in a template to its end; answers its exit code. Sizes in the settings count, and properties are set before
/// it goes on; a template that is out of date is made again first if `refreshed` is told what is done.
///
/// # Errors
/// If the file is none that serves, or the settings have what is fixed in it.
pub fn run(
    path: &Path,
    given: &Settings,
    args: Vec<String>,
    refreshed: Option<&mut dyn FnMut(&str)>,
) -> Result<i32, TemplateError> {
    let opened = match (Opened::new(Bundle::open(path)?, Use::Program), refreshed) {
        (Err(TemplateError::Changed { .. }), Some(step)) => {
            refresh(path, step)?;
            Opened::new(Bundle::open(path)?, Use::Program)?
        }
        (opened, _) => opened?,
    };
    Ok(go(&opened, opened.settings(given)?, args)?)
}

fn go(opened: &Opened, mut settings: Settings, args: Vec<String>) -> Result<i32, StartError> {
    let launch = Launch { args, ..opened.description.launch.clone() };
    let (Mode::Class(what) | Mode::Jar(what) | Mode::Module(what) | Mode::Source(what)) =
        &opened.description.given.mode;
    let words = [what.clone()].into_iter().chain(launch.args.iter().cloned()).collect::<Vec<_>>();
    settings.properties.push(("sun.java.command".into(), words.join(" ")));
    let mut state = machine::state(&settings, &opened.library);
    state.other_modules.clone_from(&opened.host.other_modules);
    let config = machine::config(&settings, &opened.library, &state)?;
    let (source, natives) = (Box::new(opened.source()), stdlib::natives().into());
    let started = opened.image.start(config, source, natives, Box::new(state))?;
    let (vm, threads) = started.leak();
    let Facts { machine, fixed } = opened.facts();
    machine::on_main_thread(|| {
        let bind = |t: &vm::Thread| image_machine::rebind(t, &opened.host, &machine, &fixed);
        let (thread, bound) = threads.resume(vm, bind)?;
        bound.map_err(|_| vm::VmError::Boot(boot::pending_exception(&thread)))?;
        machine::offer_control(&settings, vm);
        Ok(boot::run_main(&thread, &launch))
    })
}
