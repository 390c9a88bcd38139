//! What guests are made from.

mod resume;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stdlib::host::{Host, Resource, Sink};
use stdlib::image_state::{self, HostImage};
use stdlib::{ImageSource, State, image_machine};
use vm::image::Image;
use vm::{ExitMode, NativeTable, VmError, boot, sync};

use super::{Guest, GuestError};
use crate::template::{Bundle, Opened, Use};
use crate::{Library, Settings, StartError, boot_image, machine};

const MIB: u64 = 1 << 20;

/// Where what a guest writes to a standard stream goes.
#[derive(Clone, Debug, Default)]
pub enum Output {
    /// To the same stream of the process.
    #[default]
    Process,
    /// To a writer.
    To(Sink),
}

/// What a guest is to be like.
#[derive(Clone, Debug)]
pub struct GuestSettings {
    /// Hard limit of the heap in bytes; what is untouched takes no memory.
    pub max_heap_bytes: u64,
    /// Size of a thread's Java stack in bytes.
    pub stack_bytes: usize,
    /// Folders and archives in which the application class loader finds classes; usually none, since classes can be
    /// given as bytes.
    pub class_path: Vec<PathBuf>,
    /// System properties, in order.
    pub properties: Vec<(String, String)>,
    /// Standard output.
    pub output: Output,
    /// Standard error.
    pub error: Output,
}

impl Default for GuestSettings {
    fn default() -> Self {
        GuestSettings {
            max_heap_bytes: 64 * MIB,
            stack_bytes: 1 << 20,
            class_path: Vec::new(),
            properties: Vec::new(),
            output: Output::Process,
            error: Output::Process,
        }
    }
}

/// The started class library, or an application, from which any number of guests can begin. It may go away before they do.
pub struct Template {
    image: Image,
    host_image: HostImage,
    source: Arc<ImageSource>,
    natives: NativeTable,
    host: Arc<dyn Host>,
    settings: Settings,
    release: u32,
    memory_bytes: u64,
    java_home: PathBuf,
    /// Of an application's template: what is different here from the process that made it.
    changes: Option<Vec<(String, String)>>,
}

impl Template {
    /// Opens the template of an application that `rvm image build --guests` has written.
    ///
    /// # Errors
    /// If the file is none that serves, or is out of date.
    pub fn from_file(path: &Path) -> Result<Template, GuestError> {
        Template::of(Bundle::open(path)?)
    }

    /// Opens a template that is part of the program: `include_bytes!` of what `rvm image build --guests` has written, with
    /// `--library` if there may be no JDK. The image is copied once, however many guests begin with it.
    ///
    /// # Errors
    /// If the bytes are none that serve, or are out of date.
    pub fn from_static(bytes: &'static [u8]) -> Result<Template, GuestError> {
        Template::of(Bundle::of_memory(bytes)?)
    }

    fn of(bundle: Bundle) -> Result<Template, GuestError> {
        let opened = Opened::new(bundle, Use::Guests)?;
        let settings = opened.settings(&Settings::default())?;
        let source = Arc::new(opened.source());
        let state = machine::state(&settings, &opened.library);
        let config = machine::config(&settings, &opened.library, &state)?;
        let changes = Some(opened.changes(&state));
        let Opened { image, host: host_image, library, .. } = opened;
        Ok(Template {
            image,
            host_image,
            source,
            natives: stdlib::natives().into(),
            host: library.host(),
            settings,
            release: config.release,
            memory_bytes: machine::memory_bytes(&state),
            java_home: PathBuf::from(library.home.path()),
            changes,
        })
    }

    /// Opens the image for guests of this program and class library in the user's cache folder. Where there is
    /// none that fits, the class library is started once to make it, which takes a second or so.
    ///
    /// # Errors
    /// If there is no class library, or the image can not be made.
    pub fn open(settings: &Settings) -> Result<Template, GuestError> {
        let library = Library::find(settings)?;
        let state = machine::state(settings, &library);
        let config = machine::config(settings, &library, &state)?;
        let (image, host_image) = boot_image::open_for_guests(settings, &library, &state)?;
        let source = ImageSource::new(library.image.clone(), host_image.other_modules.clone());
        Ok(Template {
            image,
            host_image,
            source: Arc::new(source),
            natives: stdlib::natives().into(),
            host: library.host(),
            settings: settings.clone(),
            release: config.release,
            memory_bytes: machine::memory_bytes(&state),
            java_home: PathBuf::from(library.home.path()),
            changes: None,
        })
    }

    /// A new guest.
    ///
    /// # Errors
    /// If the system has no addresses or memory for it, or its settings can not be.
    pub fn guest(&self, settings: &GuestSettings) -> Result<Guest, GuestError> {
        let config = self.config(settings)?;
        let (source, state) = (Box::new(self.source.clone()), Box::new(self.state(settings)?));
        let started = self.image.start(config, source, self.natives.clone(), state);
        let shared = started.and_then(vm::image::Started::share);
        let (vm, thread) = shared.map_err(StartError::from)?;
        let mut guest = Guest::new(vm, thread);
        guest.prepare(self)?;
        Ok(guest)
    }

    fn config(&self, guest: &GuestSettings) -> Result<vm::Config, StartError> {
        let settings = Settings {
            max_heap_bytes: Some(guest.max_heap_bytes),
            stack_bytes: Some(guest.stack_bytes),
            ..self.settings.clone()
        };
        let mut config = settings.config(self.release, self.memory_bytes)?;
        config.exit = ExitMode::Guest;
        Ok(config)
    }

    fn state(&self, guest: &GuestSettings) -> Result<State, StartError> {
        let mut properties = guest.properties.clone();
        if !guest.class_path.is_empty() {
            let joined = std::env::join_paths(&guest.class_path).map_err(StartError::ClassPath)?;
            let path = joined.to_string_lossy().into_owned();
            properties.push(("java.class.path".into(), path));
        }
        if let Some((name, _)) =
            properties.iter().find(|(name, _)| !image_state::can_be_set_later(name))
        {
            return Err(StartError::EarlyProperty(name.clone()));
        }
        let mut state =
            State::new(self.host.clone(), self.java_home.clone(), properties, Vec::new());
        state.handles_signals = false;
        state.other_modules.clone_from(&self.host_image.other_modules);
        for (number, output) in [(1, &guest.output), (2, &guest.error)] {
            if let Output::To(sink) = output {
                // Just opened.
                let _ = state.resources.replace(number, Resource::sink(sink.clone()));
            }
        }
        Ok(state)
    }
}

impl Guest {
    /// Gives the guest what is its own.
    fn prepare(&mut self, template: &Template) -> Result<(), GuestError> {
        let Some(t) = self.thread.as_deref() else { unreachable!("a guest that is dropped") };
        sync::enter(t);
        let dir = image_state::current_dir(stdlib::state(t));
        let image = &template.host_image;
        let bound = t.scope(|| match &template.changes {
            Some(changes) => image_machine::rebind_guest(t, image, &dir, changes),
            None => image_state::rebind_guest(t, image, &dir),
        });
        let failed = bound.map_err(|_| VmError::Boot(boot::pending_exception(t)));
        sync::leave(t);
        Ok(failed?)
    }
}
