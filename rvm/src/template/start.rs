//! Beginning with a template.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stdlib::host::packed::PackedFiles;
use stdlib::image_state::HostImage;
use stdlib::jdk_home::{JdkHome, Release};
use stdlib::jimage::JImage;
use stdlib::{ImageSource, State, image_machine};
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

    /// What is different here from the process that made it, see [`image_machine::changes`].
    pub fn changes(&self, state: &State) -> Vec<(String, String)> {
        let Description { release, machine, kept, .. } = &self.description;
        image_machine::changes(state, *release, machine, &kept.settings().properties)
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

/// What a template says of itself: names and values, for people. With `verify`, its image's pages are compared with what was
/// written.
///
/// # Errors
/// If the file is none, or damaged.
pub fn describe(path: &Path, verify: bool) -> Result<Vec<(&'static str, String)>, TemplateError> {
    let bundle = Bundle::open(path)?;
    let image = bundle.image()?;
    if verify {
        let failed = |source| TemplateError::Image { path: path.into(), source };
        image.verify(true).map_err(failed)?;
    }
    let directory = &bundle.directory;
    let description = &directory.description;
    let library = match &directory.library {
        Some(part) => format!("Java {}, {} KiB in the file", description.release, part.bytes >> 10),
        None => format!("Java {}, {}", description.release, description.java_home.display()),
    };
    let class_path = description.kept.settings().properties;
    let class_path = class_path.into_iter().find(|(name, _)| name == "java.class.path");
    let differences: Vec<String> =
        description.inputs.iter().filter_map(|input| input.difference()).collect();
    Ok(vec![
        ("template of", main_of(&description.given).into()),
        ("for", format!("{:?}", description.purpose).to_lowercase()),
        ("brought to", format!("{:?}", description.until).to_lowercase()),
        ("class path", class_path.map(|(_, path)| path).unwrap_or_default()),
        ("class library", library),
        ("image", format!("{} KiB", directory.image.bytes >> 10)),
        ("files inside", directory.files.len().to_string()),
        ("out of date", if differences.is_empty() { "no".into() } else { differences.join("; ") }),
    ])
}

/// What a command line has named.
fn main_of(launch: &Launch) -> &str {
    let (Mode::Class(what) | Mode::Jar(what) | Mode::Module(what) | Mode::Source(what)) =
        &launch.mode;
    what
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
    let words = [main_of(&opened.description.given).to_owned()]
        .into_iter()
        .chain(launch.args.iter().cloned())
        .collect::<Vec<_>>();
    settings.properties.push(("sun.java.command".into(), words.join(" ")));
    let mut state = machine::state(&settings, &opened.library);
    state.other_modules.clone_from(&opened.host.other_modules);
    let config = machine::config(&settings, &opened.library, &state)?;
    let changes = opened.changes(&state);
    let (source, natives) = (Box::new(opened.source()), stdlib::natives().into());
    let started = opened.image.start(config, source, natives, Box::new(state))?;
    let (vm, threads) = started.leak();
    machine::on_main_thread(|| {
        let bind = |t: &vm::Thread| image_machine::rebind(t, &opened.host, &changes);
        let (thread, bound) = threads.resume(vm, bind)?;
        bound.map_err(|_| vm::VmError::Boot(boot::pending_exception(&thread)))?;
        machine::offer_control(&settings, vm);
        Ok(boot::run_main(&thread, &launch))
    })
}
