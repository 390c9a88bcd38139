//! Making a template: the class library is started, the application brought to its point, and all of it saved.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gc::{GcKind, GcRequest, HeapConfig};
use stdlib::host::packed::{PackedEntry, PackedFiles};
use stdlib::image_state::HostImage;
use stdlib::jdk_home::JdkHome;
use stdlib::{Bytes, image_machine, training};
use vm::boot::{self, Launch, Mode};
use vm::image::{ImageKind, Part, What};
use vm::link::{self, loaders};
use vm::{ExitMode, Thread, sync};

use super::bundle::{self, BUILD, Bundle, Directory, KEY, PAGE_BYTES};
use super::description::{Description, Kept, Preload, Until, Use};
use super::inputs::{self, Input};
use super::{TemplateError, classes, elf, pack};
use crate::frozen::target::Target;
use crate::{Library, Settings, boot_image, machine};

/// Collections before saving: what cleaners let go of is found by the next one.
const ROUNDS: usize = 4;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many exceptions that have caused each other are told of.
const MOST_CAUSES: usize = 8;

/// What template is to be made.
#[derive(Clone, Debug)]
pub struct Request {
    /// The VM's settings, the class path (`java.class.path`) and the options of the module system among them.
    pub settings: Settings,
    /// The application; its arguments come when it is run.
    pub launch: Launch,
    /// How far it is brought.
    pub until: Until,
    /// Which other classes are loaded.
    pub preload: Preload,
    /// Who will begin with it.
    pub purpose: Use,
    /// Whether the class library and the class path go into the file.
    pub own_library: bool,
    /// Modules that the class library in the file has beside those that the application names.
    pub modules: Vec<String>,
    /// The program that stands in front, so that the file can be run.
    pub program: Option<PathBuf>,
}

/// What was made; lengths are in bytes.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The whole file.
    pub bytes: u64,
    /// The program in front.
    pub program_bytes: u64,
    /// The image.
    pub image_bytes: u64,
    /// The class library and the files.
    pub library_bytes: u64,
    /// Modules in the file.
    pub modules: Vec<String>,
    /// Classes of the application in the image.
    pub classes: usize,
    /// Names of the list of classes to which nothing has answered.
    pub absent: Vec<String>,
}

/// Makes a template and puts it at `output`, which is replaced as a whole or not at all. `step` is told what is done next.
///
/// # Errors
/// If the application does not come to its point or can not be saved there, or the file can not be written.
pub fn make(
    library: Library,
    request: &Request,
    output: &Path,
    step: &mut dyn FnMut(&str),
) -> Result<Made, TemplateError> {
    if request.program.is_some() && request.purpose == Use::Guests {
        return Err(TemplateError::Usage("a file that is run is for one program, not for guests"));
    }
    let failed = |source| TemplateError::Write { path: output.into(), source };
    let maker = Maker::new(output, request).map_err(failed)?;
    let (made, mut target) = maker.make(library, step)?;
    target.put(true).map_err(failed)?;
    Ok(made)
}

/// Makes a template again as it was made, of the class path as it is now.
///
/// # Errors
/// As [`make`]; or if it has its class path inside.
pub fn refresh(path: &Path, step: &mut dyn FnMut(&str)) -> Result<Made, TemplateError> {
    let described = Bundle::open(path)?.directory;
    let Description { purpose, until, preload, given, kept, java_home, .. } = described.description;
    if described.library.is_some() {
        return Err(TemplateError::NotRefreshable(path.into()));
    }
    let settings = Settings { java_home: Some(java_home), ..kept.settings() };
    let request = Request {
        settings: settings.clone(),
        launch: given,
        until,
        preload,
        purpose,
        own_library: false,
        modules: Vec::new(),
        program: None,
    };
    make(Library::find(&settings)?, &request, path, step)
}

struct Maker<'a> {
    request: &'a Request,
    output: &'a Path,
    out: Target,
    /// The image alone, which never gets a name.
    image: Target,
    /// Where the bundle begins in the file.
    start: u64,
    made: Made,
}

/// What of the class library and the class path goes into the file.
#[derive(Default)]
struct Own {
    library: Option<Part>,
    files: Vec<PackedEntry>,
    /// The class path as the program sees it.
    class_path: Option<String>,
    /// The modules to which the module graph is limited.
    limit: Option<String>,
}

impl<'a> Maker<'a> {
    fn new(output: &'a Path, request: &'a Request) -> io::Result<Maker<'a>> {
        let mode = if request.program.is_some() { 0o755 } else { 0o600 };
        let [out, image] = [mode, 0o600].map(|mode| Target::with_mode(output, mode));
        Ok(Maker { request, output, out: out?, image: image?, start: 0, made: Made::default() })
    }

    fn write_error(&self, source: io::Error) -> TemplateError {
        TemplateError::Write { path: self.output.into(), source }
    }

    fn make(
        mut self,
        library: Library,
        step: &mut dyn FnMut(&str),
    ) -> Result<(Made, Target), TemplateError> {
        if let Some(program) = &self.request.program {
            let bytes = elf::program(program)?;
            self.out.file.write_all(&bytes).map_err(|error| self.write_error(error))?;
            self.start = self.pad().map_err(|error| self.write_error(error))?;
            self.made.program_bytes = self.start;
        }
        let mut own = Own::default();
        let mut settings = self.request.settings.clone();
        let class_path = self.class_path(&settings);
        set_property(&mut settings, "java.class.path", &class_path);
        let release = library.home.release().clone();
        let mut library = library;
        if self.request.own_library {
            step("packing the class library");
            own = self.pack(&library, &class_path)?;
            library = self.packed_library(&library, &own)?;
            let seen = own.class_path.as_deref().unwrap_or_default();
            set_property(&mut settings, "java.class.path", seen);
            if let Some(limit) = &own.limit {
                set_property(&mut settings, "jdk.module.limitmods", limit);
            }
        }
        step("starting the application");
        let mut description = self.start(&settings, &library, &class_path)?;
        description.release_text = release.text();
        if !self.request.own_library {
            let modules = library.home.modules_path();
            let identity = boot_image::identity(&modules);
            let read = |source| TemplateError::Read { path: modules.clone(), source };
            description.library = Some(identity.map_err(read)?);
        }
        step("writing the template");
        self.finish(description, own)
    }

    /// The class path, absolute. An empty one is empty where that does not mean the working directory.
    fn class_path(&self, settings: &Settings) -> String {
        let given = class_path_of(settings);
        let is_module = matches!(self.request.launch.mode, Mode::Module(_));
        if given.is_empty() && (is_module || self.request.own_library) {
            return given;
        }
        inputs::absolute(&given)
    }

    /// Puts the class library and the class path into the file.
    fn pack(&mut self, library: &Library, class_path: &str) -> Result<Own, TemplateError> {
        let plan = pack::plan(library, self.request, class_path)?;
        let library_at = self.place().map_err(|error| self.write_error(error))?;
        let image = plan.library(library)?;
        self.out.file.write_all(&image).map_err(|error| self.write_error(error))?;
        let part = Part { start: library_at, bytes: image.len() as u64 };
        drop(image);
        let mut files = vec![plan.modules_entry(library, part)];
        for file in &plan.files {
            let start = self.out.file.stream_position().map_err(|error| self.write_error(error))?;
            let (entry, bytes) = file.pack(start - self.start)?;
            self.out.file.write_all(&bytes).map_err(|error| self.write_error(error))?;
            files.push(entry);
        }
        let end = self.out.file.stream_position().map_err(|error| self.write_error(error))?;
        self.made.library_bytes = end - self.start - library_at;
        self.made.modules.clone_from(&plan.modules);
        Ok(Own {
            library: Some(part),
            files,
            class_path: Some(plan.class_path),
            limit: plan.limit.then(|| plan.modules.join(",")),
        })
    }

    /// The class library that is in the file so far: the application is started with what it will run with.
    fn packed_library(&self, library: &Library, own: &Own) -> Result<Library, TemplateError> {
        let map = || {
            let end = self.out.file.metadata()?.len();
            Bytes::map(&self.out.file, self.start, end - self.start)
        };
        let map = map().map_err(|error| self.write_error(error))?;
        let files = PackedFiles::new(map, own.files.clone());
        let part = own.library.unwrap_or(Part { start: 0, bytes: 0 });
        let image = Bytes::map(&self.out.file, self.start + part.start, part.bytes);
        let image = image.map_err(|error| self.write_error(error))?;
        Ok(Library {
            home: JdkHome::elsewhere(pack::java_home(), library.home.release().clone()),
            image: Arc::new(stdlib::jimage::JImage::over(image)?),
            packed: Some(Arc::new(files)),
        })
    }

    /// Starts the application and saves it in the file for the image.
    fn start(
        &mut self,
        settings: &Settings,
        library: &Library,
        class_path: &str,
    ) -> Result<Description, TemplateError> {
        let request = self.request;
        let mut state = machine::state(settings, library);
        state.handles_signals = request.purpose == Use::Program;
        let release = library.home.release().feature();
        let facts = image_machine::machine(&state, release);
        let mut config = machine::config(settings, library, &state)?;
        // The distances of an image follow from these sizes, not from the machine.
        let max_heap_bytes = machine::IMAGE_HEAP_BYTES;
        config.heap = HeapConfig { max_heap_bytes, ..HeapConfig::default() };
        config.exit = ExitMode::Guest;
        let vm = machine::fresh(config, library, state)?.into_shared();
        let names = self.preload_names(class_path)?;
        let image = &self.image.file;
        let started = machine::on_main_thread(|| {
            let thread = boot::boot(&vm)?;
            let point = bring(&thread, request, &names);
            let saved = point.and_then(|point| {
                settle(&thread);
                save(&thread, image)?;
                Ok(point)
            });
            match request.purpose {
                // Whoever waits for signals has the VM until the process ends.
                Use::Program => std::mem::forget((vm.clone(), thread)),
                Use::Guests => {
                    sync::leave(&thread);
                    machine::end(vm.clone(), thread, machine::END_PATIENCE);
                }
            }
            Ok(saved)
        })?;
        let point = started?;
        self.made.classes = point.classes.len();
        self.made.absent = point.absent;
        Ok(Description {
            purpose: request.purpose,
            until: request.until,
            preload: request.preload.clone(),
            given: request.launch.clone(),
            launch: point.launch,
            kept: Kept::of(settings),
            release,
            java_home: library.home.path().into(),
            library: None,
            release_text: String::new(),
            inputs: self.inputs(class_path, &point.classes)?,
            machine: facts,
        })
    }

    fn preload_names(&self, class_path: &str) -> Result<Vec<String>, TemplateError> {
        match &self.request.preload {
            Preload::Nothing => Ok(Vec::new()),
            Preload::All => classes::names(class_path),
            Preload::Names(names) => Ok(names.clone()),
        }
    }

    fn inputs(&self, class_path: &str, classes: &[String]) -> Result<Vec<Input>, TemplateError> {
        if self.request.own_library {
            return Ok(Vec::new());
        }
        let archives = inputs::archives(class_path);
        let both = archives.and_then(|mut archives| {
            archives.extend(inputs::class_files(class_path, classes)?);
            Ok(archives)
        });
        both.map_err(|source| TemplateError::Read { path: class_path.into(), source })
    }

    fn finish(
        mut self,
        description: Description,
        own: Own,
    ) -> Result<(Made, Target), TemplateError> {
        let start = self.start;
        let write = || {
            let at = self.place()?;
            self.image.file.seek(SeekFrom::Start(0))?;
            let bytes = io::copy(&mut self.image.file, &mut self.out.file)?;
            self.made.image_bytes = bytes;
            let directory = Directory {
                build: BUILD.into(),
                description,
                image: Part { start: at, bytes },
                library: own.library,
                files: own.files,
            };
            let parts_bytes = self.out.file.stream_position()? - start;
            bundle::finish(&mut self.out.file, parts_bytes, &directory)?;
            self.made.bytes = self.out.file.stream_position()?;
            Ok(())
        };
        match write() {
            Ok(()) => Ok((self.made, self.out)),
            Err(error) => Err(self.write_error(error)),
        }
    }

    /// Goes on to a page; answers where that is in the file.
    fn pad(&mut self) -> io::Result<u64> {
        let at = self.out.file.stream_position()?;
        let next = at.next_multiple_of(PAGE_BYTES);
        self.out.file.write_all(&vec![0; (next - at) as usize])?;
        Ok(next)
    }

    /// As [`Maker::pad`], from the start of the bundle.
    fn place(&mut self) -> io::Result<u64> {
        Ok(self.pad()? - self.start)
    }
}

/// An application at its point.
struct Point {
    launch: Launch,
    /// Internal names of the classes that the application's loader has defined.
    classes: Vec<String>,
    absent: Vec<String>,
}

fn bring(t: &Thread, request: &Request, names: &[String]) -> Result<Point, TemplateError> {
    let brought = bring_to_point(t, request, names);
    brought.map_err(|_| {
        let ended = |code| format!("it has called System.exit({code})");
        let exited = t.vm().threads.exit_code().map(ended);
        let thrown = thrown(t);
        TemplateError::Application(exited.unwrap_or(thrown))
    })
}

/// Takes the pending exception: it and what has caused it, and the trace of that.
fn thrown(t: &Thread) -> String {
    let mut texts = vec![one_thrown(t)];
    while texts.len() < MOST_CAUSES && !t.exception.get().is_null() {
        texts.push(one_thrown(t));
    }
    texts.join("\ncaused by ")
}

/// Takes the pending exception and puts its cause in its place.
fn one_thrown(t: &Thread) -> String {
    let exception = t.exception.get();
    let vm = t.vm();
    let cause = (!exception.is_null()).then(|| {
        let (name, descriptor) = (vm.symbol("cause"), vm.symbol("Ljava/lang/Throwable;"));
        let found = link::find_field(vm, vm.class_of(exception), name, descriptor);
        let cause = found.map(|(_, field)| vm.get_ref(exception, field.offset));
        // One without a cause names itself.
        cause.filter(|cause| *cause != exception && !cause.is_null())
    });
    let text = boot::pending_exception(t);
    if let Some(cause) = cause.flatten() {
        t.exception.set(cause);
    }
    text
}

fn bring_to_point(t: &Thread, request: &Request, names: &[String]) -> vm::Result<Point> {
    let vm = t.vm();
    training::train(t)?;
    let main = t.scope(|| boot::main_class(t, &request.launch))?;
    t.scope(|| link::verify::link_class(t, main))?;
    if request.until == Until::Main {
        t.scope(|| link::init::init_class(t, main))?;
    }
    let loader = crate::guest::application_loader(t)?;
    let absent = t.scope(|| preload(t, loader, names));
    let defined = vm.loaders.with(loader, |loader| loader.defined.clone());
    let classes = defined.into_iter().map(|class| vm.text(vm.class(class).name).to_string());
    let classes = classes.collect();
    image_machine::close_archives(t)?;
    let mode = match &request.launch.mode {
        // The archive need not be read again to find it.
        Mode::Jar(_) => Mode::Class(vm.external_name(main)),
        mode => mode.clone(),
    };
    Ok(Point { launch: Launch { mode, args: Vec::new() }, classes, absent })
}

/// Loads and links classes; answers the names of those that can not be.
fn preload(t: &Thread, loader: u32, names: &[String]) -> Vec<String> {
    let one = |name: &&String| {
        let loaded = t.scope(|| {
            let class = loaders::load_class(t, loader, t.symbol(&name.replace('.', "/")))?;
            link::verify::link_class(t, class)
        });
        if loaded.is_err() {
            vm::exceptions::take(t);
        }
        loaded.is_err()
    };
    names.iter().filter(one).cloned().collect()
}

/// Collects, and waits until the library's threads have dealt with what was found, until nothing more is: what an image has
/// pending makes each of its guests start these threads.
fn settle(t: &Thread) {
    let full = GcRequest { kind: GcKind::Full, ..GcRequest::FULL };
    let pause = || t.blocked(|| std::thread::sleep(Duration::from_millis(1)));
    let deadline = Instant::now() + PATIENCE;
    for _ in 0..ROUNDS {
        // Without memory for it there is nothing to wait for.
        let _ = sync::collect(t, full);
        while t.vm().references.has_pending() && Instant::now() < deadline {
            pause();
        }
        pause();
    }
}

fn save(t: &Thread, file: &File) -> Result<(), TemplateError> {
    let host = || Ok(HostImage::capture_base(t)?.to_bytes());
    let what = What { kind: ImageKind::Base, key: KEY, parent: None, pack: false };
    vm::image::save(t, &what, host, file, |_| Ok(()))?;
    Ok(())
}

fn class_path_of(settings: &Settings) -> String {
    let given = settings.properties.iter().find(|(name, _)| name == "java.class.path");
    given.map_or_else(String::new, |(_, path)| path.clone())
}

fn set_property(settings: &mut Settings, name: &str, value: &str) {
    settings.properties.retain(|(other, _)| other != name);
    settings.properties.push((name.into(), value.into()));
}
