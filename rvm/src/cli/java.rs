//! `rvm java`: the command line of `java`, with its words and exit codes.

use std::ffi::OsString;

use rvm::{Inquiry, Library, StartError, boot};

use super::FAILURE_CODE;
use super::target::{self, Target};
use super::version;
use crate::args::{Args, ArgsError, variable_words};
use crate::options::{OptionError, Options, Taken};

/// The launcher's own environment variable, and the one of the VM.
const LAUNCHER_VARIABLE: &str = "JDK_JAVA_OPTIONS";
const VM_VARIABLE: &str = "JAVA_TOOL_OPTIONS";

const USAGE: &str = "\
Usage: java [options] <mainclass> [args...]
           (to execute a class)
   or  java [options] -jar <jarfile> [args...]
           (to execute a jar file)
   or  java [options] -m <module>[/<mainclass>] [args...]
       java [options] --module <module>[/<mainclass>] [args...]
           (to execute the main class in a module)
   or  java [options] <sourcefile> [args]
           (to execute a single source-file program)

This java is rvm. Options that it obeys:
    -cp, -classpath, --class-path <path>     -p, --module-path <path>
    --add-modules, --limit-modules, --add-exports, --add-opens, --add-reads,
    --patch-module, --upgrade-module-path, --enable-native-access, --source <version>
    -D<name>=<value>     -Xmx<size>  -Xms<size>  -Xmn<size>  -Xss<size>
    -ea -da -esa -dsa    -verbose:class  -verbose:gc  -Xlog:gc
    -version  --version  -showversion  --show-version  -help  --help  -XshowSettings[:<what>]
    --list-modules  -d, --describe-module <module>  --validate-modules  --dry-run  --enable-preview
    @<file>              options from a file
    -XX:CRaCCheckpointTo=<dir>  -XX:+CRaCKeepRunning    where the program saves itself; whether it goes on then
    -XX:CRaCRestoreFrom=<dir> [<mainclass> [args...]]   go on with it, with more properties and a new main
Tuning options that mean nothing to it are accepted; 'rvm run --help' tells more.
";

/// Where something is to be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl Stream {
    fn print(self, text: &str) {
        match self {
            Stream::Out => print!("{text}"),
            Stream::Err => eprint!("{text}"),
        }
    }
}

/// What the command line asks for.
enum Request {
    Run(Box<Run>),
    Version(Stream, Options),
    FullVersion(Stream, Options),
    Help(Stream),
}

struct Run {
    options: Options,
    /// Nothing, where only questions are to be answered.
    target: Option<Target>,
    args: Vec<String>,
    show_version: Option<Stream>,
    inquiries: Vec<Inquiry>,
    /// The main class is only looked for.
    dry_run: bool,
}

/// Why nothing is run.
enum Stop {
    /// No program is named.
    Usage,
    /// An option is wrong.
    Option(OptionError),
    /// The launcher's own complaint, which it prints behind `Error: `.
    Launcher(String),
}

impl From<ArgsError> for Stop {
    fn from(error: ArgsError) -> Stop {
        Stop::Launcher(error.to_string())
    }
}

impl From<OptionError> for Stop {
    fn from(error: OptionError) -> Stop {
        Stop::Option(error)
    }
}

/// Carries out `java WORDS`; answers the exit code.
pub fn main(words: Vec<OsString>) -> i32 {
    match request(words) {
        Ok(Request::Run(run)) => run.start(),
        Ok(Request::Help(stream)) => {
            stream.print(USAGE);
            0
        }
        Ok(Request::Version(stream, options)) => with_library(&options, |library| {
            stream.print(&version::lines(library, stream == Stream::Out));
        }),
        Ok(Request::FullVersion(stream, options)) => with_library(&options, |library| {
            let version = library.home.release().runtime_version();
            stream.print(&match stream {
                Stream::Out => format!("openjdk {version}\n"),
                Stream::Err => format!("openjdk full version \"{version}\"\n"),
            });
        }),
        Err(stop) => {
            match stop {
                Stop::Usage => print!("{USAGE}"),
                Stop::Option(OptionError::Needs { ref option, .. }) if option == "-jar" => {
                    eprint!(
                        "Error: {error}\n{USAGE}",
                        error = needs("-jar", "jar file specification")
                    );
                }
                Stop::Launcher(line) => eprintln!("Error: {line}"),
                Stop::Option(error) => complain(&error),
            }
            FAILURE_CODE
        }
    }
}

/// Says what is wrong with an option as the launcher or the VM does.
fn complain(error: &OptionError) {
    match error {
        OptionError::Needs { .. } => eprintln!("Error: {error}"),
        _ => {
            match error {
                OptionError::RefusedOnOutput(_) => println!("{error}"),
                _ => eprintln!("{error}"),
            }
            eprintln!("Error: Could not create the Java Virtual Machine.");
            eprintln!("Error: A fatal exception has occurred. Program will exit.");
        }
    }
}

fn with_library(options: &Options, print: impl FnOnce(&Library)) -> i32 {
    match Library::find(&options.settings) {
        Ok(library) => {
            print(&library);
            0
        }
        Err(error) => {
            eprintln!("Error: {error}");
            FAILURE_CODE
        }
    }
}

impl Run {
    fn start(mut self) -> i32 {
        for warning in &self.options.warnings {
            eprintln!("rvm warning: {warning}");
        }
        let settings = &self.options.settings;
        match super::restore::try_to(settings, self.target.as_ref(), &self.args) {
            Ok(Some(code)) => return code,
            Ok(None) => {}
            Err(line) => return not_started(&line),
        }
        if let Some(Target::Jar(jar)) = &self.target
            && let Err(line) = Target::check_jar(jar)
        {
            eprintln!("{line}");
            return FAILURE_CODE;
        }
        let use_image = !self.options.no_image;
        let settings = &mut self.options.settings;
        let library = match Library::find(settings) {
            Ok(library) => library,
            Err(error) => return not_started(&error.to_string()),
        };
        let release = library.home.release().feature();
        let version = self
            .show_version
            .map(|stream| (stream, version::lines(&library, stream == Stream::Out)));
        let mut launch = None;
        match self.target {
            Some(target) => {
                let class_path = self.options.class_path;
                launch = Some(target.launch(settings, class_path, self.args, release));
            }
            None => target::define_class_path(settings, self.options.class_path),
        }
        if let Err(line) = super::prepare(settings, use_image) {
            return not_started(&line);
        }
        let result = rvm::with_vm(settings, library, |t| {
            if self.inquiries.iter().any(|inquiry| boot::inquire(t, inquiry).is_err()) {
                return boot::end(t, FAILURE_CODE);
            }
            if let Some((stream, text)) = &version {
                stream.print(text);
            }
            match &launch {
                Some(launch) if self.dry_run => boot::check_main(t, launch),
                Some(launch) => boot::run_main(t, launch),
                None => boot::end(t, 0),
            }
        });
        match result {
            Ok(code) => code,
            // It has been said already.
            Err(StartError::Modular) => FAILURE_CODE,
            Err(error) => not_started(&error.to_string()),
        }
    }
}

/// Says why there is no VM; answers the exit code.
fn not_started(why: &str) -> i32 {
    eprintln!("Error occurred during initialization of VM\n{why}");
    FAILURE_CODE
}

/// What is known of the command line before the program's name.
#[derive(Default)]
struct Reader {
    options: Options,
    jar: bool,
    source: bool,
    show_version: Option<Stream>,
    show_settings: Option<String>,
    list_modules: bool,
    describe_module: Option<String>,
    validate_modules: bool,
    dry_run: bool,
}

/// What an option of the launcher leads to.
#[allow(clippy::large_enum_variant, reason = "one value of it lives at a time")]
enum Step {
    /// The next word.
    Next,
    /// The end of the options: nothing is run, or a module.
    Done(Request),
    /// A module is run.
    Module(String),
    /// No option of the launcher.
    NotMine,
}

fn request(words: Vec<OsString>) -> Result<Request, Stop> {
    let mut reader = Reader::default();
    reader.vm_variable()?;
    if let Some(request) = reader.launcher_variable()? {
        return Ok(request);
    }
    let mut args = Args::new(words);
    loop {
        let Some(word) = args.next()? else {
            return match reader.jar {
                true => Err(needs("-jar", "jar file specification").into()),
                // The saved program needs no name.
                false if reader.options.settings.restore_from.is_some() => {
                    Ok(reader.run(None, Vec::new()))
                }
                // Questions about modules need no program.
                false if reader.only_asks() => Ok(reader.run(None, Vec::new())),
                false => Err(Stop::Usage),
            };
        };
        if !word.starts_with('-') {
            let target = reader.target(word);
            return Ok(reader.run(Some(target), args.rest()));
        }
        match reader.option(&word, &mut args)? {
            Step::Next => {}
            Step::Done(request) => return Ok(request),
            Step::Module(module) => {
                return Ok(reader.run(Some(Target::Module(module)), args.rest()));
            }
            Step::NotMine => return Err(OptionError::Unrecognized(word).into()),
        }
    }
}

fn needs(option: &str, what: &'static str) -> OptionError {
    OptionError::Needs { option: option.into(), what }
}

impl Reader {
    /// Takes an option, of the VM or the launcher.
    fn option(&mut self, word: &str, args: &mut Args) -> Result<Step, Stop> {
        let mut failure = None;
        let mut rest = || {
            args.next().unwrap_or_else(|error| {
                failure = Some(error);
                None
            })
        };
        let taken = self.options.accept(word, &mut rest);
        let step = match taken? {
            Taken::Yes => Step::Next,
            Taken::No => self.launcher_option(word, &mut rest)?,
        };
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(step),
        }
    }

    fn launcher_option(
        &mut self,
        word: &str,
        rest: &mut dyn FnMut() -> Option<String>,
    ) -> Result<Step, Stop> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        match (name, value) {
            ("-jar", None) => self.jar = true,
            ("-m", None) | ("--module", _) => {
                let module = value.map(str::to_owned).or_else(rest).filter(|m| !m.is_empty());
                return Ok(Step::Module(module.ok_or_else(|| needs(word, "module name"))?));
            }
            ("--source", _) => {
                let version = value.map(str::to_owned).or_else(rest).filter(|v| !v.is_empty());
                let version = version.ok_or_else(|| needs(word, "source version"))?;
                let property = format!("-Djdk.internal.javac.source={version}");
                self.options.accept(&property, &mut || None)?;
                self.source = true;
            }
            ("-version", None) => return Ok(self.version(Stream::Err)),
            ("--version", None) => return Ok(self.version(Stream::Out)),
            ("-fullversion" | "--full-version", None) => {
                let stream = if word.starts_with("--") { Stream::Out } else { Stream::Err };
                let options = std::mem::take(&mut self.options);
                return Ok(Step::Done(Request::FullVersion(stream, options)));
            }
            ("-showversion", None) => self.show_version = Some(Stream::Err),
            ("--show-version", None) => self.show_version = Some(Stream::Out),
            ("-help" | "-h" | "-?" | "-X", None) => {
                return Ok(Step::Done(Request::Help(Stream::Err)));
            }
            ("--help" | "--help-extra", None) => {
                return Ok(Step::Done(Request::Help(Stream::Out)));
            }
            ("-d", None) | ("--describe-module", _) => {
                let module = value.map(str::to_owned).or_else(rest).filter(|m| !m.is_empty());
                self.describe_module = Some(module.ok_or_else(|| needs(word, "module name"))?);
            }
            ("--list-modules", None) => self.list_modules = true,
            ("--validate-modules", None) => {
                self.options
                    .settings
                    .properties
                    .push(("jdk.module.validation".into(), "true".into()));
                self.validate_modules = true;
            }
            ("--dry-run", None) => self.dry_run = true,
            _ if word.starts_with("-XshowSettings") => self.show_settings = Some(word.into()),
            // Shown by AWT only.
            _ if word.starts_with("-splash:") => {}
            _ => return Ok(Step::NotMine),
        }
        Ok(Step::Next)
    }

    /// `-version` and its like, which end the options.
    fn version(&mut self, stream: Stream) -> Step {
        let reader = std::mem::take(self);
        Step::Done(match reader.show_settings {
            None => Request::Version(stream, reader.options),
            Some(_) => Reader { show_version: Some(stream), ..reader }.run(None, Vec::new()),
        })
    }

    /// Whether there is something to do without a program.
    fn only_asks(&self) -> bool {
        self.list_modules || self.describe_module.is_some() || self.validate_modules
    }

    fn target(&self, word: String) -> Target {
        match () {
            () if self.jar => Target::Jar(word),
            () if self.source || Target::is_source_file(&word) => Target::Source(word),
            () => Target::Class(word),
        }
    }

    fn run(self, target: Option<Target>, args: Vec<String>) -> Request {
        // The launcher stops after the first answer about modules.
        let target = target.filter(|_| !self.only_asks());
        let size =
            |bytes: Option<u64>| bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(0);
        let settings = &self.options.settings;
        let shown = self.show_settings.map(|option| Inquiry::Settings {
            option,
            initial_heap_bytes: size(settings.initial_heap_bytes),
            max_heap_bytes: size(settings.max_heap_bytes),
            stack_bytes: size(settings.stack_bytes.map(|bytes| bytes as u64)),
        });
        let asked = match self.describe_module {
            _ if self.list_modules => Some(Inquiry::ListModules),
            module => module.map(Inquiry::DescribeModule),
        };
        Request::Run(Box::new(Run {
            inquiries: shown.into_iter().chain(asked).collect(),
            options: self.options,
            target,
            args,
            show_version: self.show_version,
            dry_run: self.dry_run,
        }))
    }

    /// VM options from the environment.
    fn vm_variable(&mut self) -> Result<(), Stop> {
        let Some(text) = variable(VM_VARIABLE) else { return Ok(()) };
        eprintln!("Picked up {VM_VARIABLE}: {text}");
        for word in variable_words(VM_VARIABLE, &text)? {
            let word = word.to_string_lossy();
            // The VM knows no class path option and no option with its value apart.
            let known = !matches!(&*word, "-cp" | "-classpath" | "-p");
            if !known || self.options.accept(&word, &mut || None)? == Taken::No {
                return Err(OptionError::Unrecognized(word.into_owned()).into());
            }
        }
        Ok(())
    }

    /// Options from the environment that stand in front of those on the command line.
    fn launcher_variable(&mut self) -> Result<Option<Request>, Stop> {
        let Some(text) = variable(LAUNCHER_VARIABLE) else { return Ok(None) };
        eprintln!("NOTE: Picked up {LAUNCHER_VARIABLE}: {text}");
        let mut args = Args::new(variable_words(LAUNCHER_VARIABLE, &text)?);
        while let Some(word) = args.next()? {
            if !word.starts_with('-') {
                let line = format!(
                    "Cannot specify main class in environment variable {LAUNCHER_VARIABLE}"
                );
                return Err(Stop::Launcher(line));
            }
            let was_jar = self.jar;
            match self.option(&word, &mut args)? {
                Step::Next if self.jar == was_jar => {}
                Step::NotMine => return Err(OptionError::Unrecognized(word).into()),
                _ => {
                    return Err(Stop::Launcher(format!(
                        "Option {word} is not allowed in environment variable {LAUNCHER_VARIABLE}"
                    )));
                }
            }
        }
        Ok(None)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}
