//! `rvm image`: images that programs start from.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};
use rvm::template::{self, Made, Preload, Request, Until, Use};
use rvm::{ImageError, Library, Progress, Settings};

use super::target::Target;
use super::{FAILURE_CODE, USAGE_CODE, image_file, until_checkpoint};
use crate::args::Args;
use crate::options::{Options, Taken};

const HELP: &str = "rvm image build --help";

const LONG_ABOUT: &str = "\
Build an image that programs start from.

Without --main, --jar or --module: the boot image, the class library as it is when it has started. 'rvm run' and
'rvm java' build it themselves when it is missing; it is kept in $XDG_CACHE_HOME/rvm or ~/.cache/rvm, one for each
JDK and locale.

With one of them: a template, an application brought to a point from which it is begun in milliseconds, any number of
times. Its classes are loaded and linked, and whatever runs before its main method has run, once, here: what that has read
(time, files, environment) or drawn at random is the same in every program that begins with the template.
'rvm run FILE ARGS' begins with it. The class path is made absolute, and must stay as it is.";

const AFTER_HELP: &str = "\
Options of java that are fixed with the template: -cp, -D, -ea, --add-modules, --add-opens, --add-exports, -p,
--enable-preview ... Sizes (-Xmx, -Xss ...) become defaults, which 'rvm run' can change.

Examples:
  rvm image build --jar app.jar -o app.rvm --preload all && rvm run app.rvm ARGS
  rvm image build --standalone --main a.b.Main -cp lib.jar:classes -o app && ./app ARGS
  rvm image build --guests --library --main Plugin -cp plugins.jar -o plugins.rvm
      and in Rust: Template::from_static(include_bytes!(\"plugins.rvm\"))";

/// The command and its options.
pub fn command() -> Command {
    Command::new("image")
        .about("Build the images that programs start from")
        .subcommand_required(true)
        .subcommand(image_file::info_command())
        .subcommand(image_file::verify_command())
        .subcommand(build_command())
}

fn build_command() -> Command {
    let value = |name: &'static str, of, help| {
        Arg::new(name).long(name).value_name(of).action(ArgAction::Set).help(help)
    };
    let switch =
        |name: &'static str, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("build")
        .about("Build the boot image, or a template of an application")
        .long_about(LONG_ABOUT)
        .override_usage(
            "rvm image build [--java-home DIR]\n       \
             rvm image build --main CLASS|--jar FILE [-cp PATH] [OPTIONS] -o FILE\n       \
             rvm image build --refresh FILE",
        )
        .next_help_heading("The application")
        .arg(value("main", "CLASS", "Its main class, on the class path or in a module"))
        .arg(value("jar", "FILE", "Its executable jar file"))
        .arg(value("module", "MODULE/CLASS", "Its module and main class"))
        .arg(value("class-path", "PATH", "Where its classes are (also -cp) [default: . , and nothing with --library or --standalone]"))
        .next_help_heading("How far it is brought")
        .arg(switch("until-main", "Up to main: its main class is initialised [default]"))
        .arg(switch("until-load", "Its main class is loaded; no code of the application runs"))
        .arg(switch(
            "until-checkpoint",
            "It runs until it asks for a checkpoint (jdk.crac, org.crac); others begin there, with all its threads",
        ))
        .arg(value(
            "preload",
            "all|FILE",
            "Load these classes, too: all on the class path, or those listed in a file (one name a line, or the \
             output of 'rvm run -verbose:class')",
        ))
        .next_help_heading("What is written")
        .arg(value("output", "FILE", "The file, replaced as a whole").short('o'))
        .arg(switch("standalone", "A program: one file that runs without a JDK, and without rvm"))
        .arg(switch("library", "With the class library and the class path inside (part of --standalone)"))
        .arg(switch("guests", "For guests in one process (rvm::guest::Template)"))
        .arg(value("refresh", "FILE", "Build a template again as it was built"))
        .next_help_heading("Virtual machine")
        .arg(value("java-home", "DIR", "JDK whose class library is started"))
        .arg(switch("quiet", "Print nothing if all goes well"))
        .after_help(AFTER_HELP)
}

/// What a command line says beside clap's options.
struct Line {
    matches: ArgMatches,
    options: Options,
}

/// Carries out `rvm image WORDS`; answers the exit code.
pub fn main(words: Vec<OsString>) -> i32 {
    if words.first().is_none_or(|word| word != "build") {
        return other(words);
    }
    let line = match read(words.into_iter().skip(1).collect()) {
        Ok(line) => line,
        Err(code) => return code,
    };
    let quiet = line.matches.get_flag("quiet");
    match build(line) {
        Ok(text) => {
            if !quiet {
                println!("{text}");
            }
            0
        }
        Err(Failure::Usage(text)) => usage(&text),
        Err(Failure::Other(text)) => {
            eprintln!("rvm: {text}");
            FAILURE_CODE
        }
    }
}

/// What is no `build`, whose options are read by clap alone.
fn other(words: Vec<OsString>) -> i32 {
    if let [command, file] = &words[..]
        && (command == "info" || command == "verify")
        && template::is_template(Path::new(file))
    {
        return describe(Path::new(file), command == "verify");
    }
    let words = [OsString::from("rvm image")].into_iter().chain(words);
    match command().try_get_matches_from(words) {
        Ok(matches) => match matches.subcommand() {
            Some(("info", matches)) => image_file::info(matches),
            Some(("verify", matches)) => image_file::verify(matches),
            _ => FAILURE_CODE,
        },
        Err(error) => super::usage_error(&error, "rvm image --help"),
    }
}

/// Shows what a template says of itself.
fn describe(path: &Path, verify: bool) -> i32 {
    match template::describe(path, verify) {
        Ok(_) if verify => println!("{}: good", path.display()),
        Ok(lines) => lines.iter().for_each(|(name, value)| println!("{name:14} {value}")),
        Err(error) => {
            eprintln!("rvm: {error}");
            return FAILURE_CODE;
        }
    }
    0
}

fn usage(text: &str) -> i32 {
    eprintln!("rvm: {text} (see '{HELP}')");
    USAGE_CODE
}

/// Tells clap's options from java's.
fn read(words: Vec<OsString>) -> Result<Line, i32> {
    let command = build_command();
    let mut own = vec![OsString::from("rvm image build")];
    let mut options = Options::default();
    let mut args = Args::literal(words);
    // Without argument files nothing can fail.
    let mut next = || args.next().unwrap_or_default();
    while let Some(word) = next() {
        let word = if word == "-cp" || word == "-classpath" { "--class-path".into() } else { word };
        let name = word.strip_prefix("--").and_then(|name| name.split('=').next());
        let known = command.get_arguments().find(|arg| name.is_some() && arg.get_long() == name);
        if known.is_none() && word != "-o" && word != "-h" && word != "--help" {
            match options.accept(&word, &mut next) {
                Ok(Taken::Yes) => continue,
                Ok(Taken::No) => {}
                Err(error) => return Err(usage(&error.to_string().replace('\n', " "))),
            }
        }
        let takes_value = word == "-o" || known.is_some_and(|arg| arg.get_action().takes_values());
        let apart = takes_value && !word.contains('=');
        own.push(word.into());
        own.extend(apart.then(&mut next).flatten().map(OsString::from));
    }
    match command.try_get_matches_from(own) {
        Ok(matches) => Ok(Line { matches, options }),
        Err(error) => Err(super::usage_error(&error, HELP)),
    }
}

enum Failure {
    Usage(String),
    Other(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Other(error.to_string())
    }
}

/// Builds what is wanted; answers what is printed.
fn build(line: Line) -> Result<String, Failure> {
    let text = |name: &str| line.matches.get_one::<String>(name).cloned();
    if let Some(file) = text("refresh") {
        let progress = Progress::new("reading the template");
        template::refresh(Path::new(&file), &mut |what| progress.step(what))?;
        return Ok(file);
    }
    let mut options = line.options;
    options.settings.java_home = text("java-home").map(PathBuf::from);
    let given = [
        text("main").map(Target::Class),
        text("jar").map(Target::Jar),
        text("module").map(Target::Module),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (None, _) if has_template_options(&line.matches) => {
            Err(Failure::Usage("a template needs --main, --jar or --module".into()))
        }
        (None, _) => Ok(boot_image(&options.settings)?.display().to_string()),
        (Some(_), Some(_)) => {
            Err(Failure::Usage("only one of --main, --jar and --module can be given".into()))
        }
        (Some(target), None) => application(&line.matches, options, target),
    }
}

fn has_template_options(matches: &ArgMatches) -> bool {
    let switches =
        ["until-main", "until-load", "until-checkpoint", "standalone", "library", "guests"];
    let values = ["class-path", "preload", "output"];
    switches.into_iter().any(|name| matches.get_flag(name))
        || values.into_iter().any(|name| matches.contains_id(name))
}

fn boot_image(settings: &Settings) -> Result<PathBuf, ImageError> {
    rvm::make_boot_image(settings, Library::find(settings)?)
}

fn application(matches: &ArgMatches, options: Options, target: Target) -> Result<String, Failure> {
    let flag = |name: &str| matches.get_flag(name);
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let usage = |text: &str| Err(Failure::Usage(text.into()));
    let Some(output) = text("output").map(PathBuf::from) else {
        return usage("-o FILE is missing: where the template goes");
    };
    if flag("until-main") && flag("until-load") {
        return usage("only one of --until-main and --until-load can be given");
    }
    if flag("until-main") && flag("until-checkpoint")
        || flag("until-load") && flag("until-checkpoint")
    {
        return usage("--until-checkpoint can not be given with another point");
    }
    if let Target::Jar(jar) = &target {
        Target::check_jar(jar).map_err(|text| Failure::Other(text.replacen("Error: ", "", 1)))?;
    }
    if flag("until-checkpoint") {
        let others = ["standalone", "library", "guests"].into_iter().any(flag);
        if others || text("preload").is_some() {
            return usage(
                "a template up to a checkpoint is a saved program: only java's options go with it",
            );
        }
        let class_path = text("class-path").or_else(|| options.class_path.clone());
        let progress = Progress::new("running the application up to its checkpoint");
        let built = until_checkpoint::build(&options, class_path.as_deref(), &target, &output);
        drop(progress);
        let bytes = built.map_err(Failure::Other)?;
        return Ok(format!("{}: {:.1} MiB", output.display(), bytes as f64 / f64::from(1 << 20)));
    }
    let mut settings = options.settings;
    super::debugging_aids(&mut settings).map_err(Failure::Other)?;
    let library = Library::find(&settings)?;
    let release = library.home.release().feature();
    let own_library = flag("library") || flag("standalone");
    let mut class_path = text("class-path").or(options.class_path);
    if own_library && class_path.is_none() && std::env::var_os("CLASSPATH").is_none() {
        // The working directory goes into no file that has not asked for it.
        class_path = Some(String::new());
    }
    let launch = target.launch(&mut settings, class_path, Vec::new(), release);
    let request = Request {
        modules: added_modules(&settings),
        settings,
        launch,
        until: if flag("until-load") { Until::Load } else { Until::Main },
        preload: preload(text("preload"))?,
        purpose: if flag("guests") { Use::Guests } else { Use::Program },
        own_library,
        program: if flag("standalone") { Some(std::env::current_exe()?) } else { None },
    };
    let progress = Progress::new("opening the class library");
    let made = template::make(library, &request, &output, &mut |what| progress.step(what));
    drop(progress);
    Ok(summary(&output, &made?))
}

/// The modules of `--add-modules`, which a class library inside needs, too.
fn added_modules(settings: &Settings) -> Vec<String> {
    let added =
        settings.properties.iter().filter(|(name, _)| name.starts_with("jdk.module.addmods"));
    let names = added.flat_map(|(_, value)| value.split(',')).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn preload(given: Option<String>) -> Result<Preload, Failure> {
    let Some(given) = given else { return Ok(Preload::Nothing) };
    if given == "all" {
        return Ok(Preload::All);
    }
    let read = |error| Failure::Other(format!("{given} can not be read: {error}"));
    let text = std::fs::read_to_string(&given).map_err(read)?;
    // A name, or what a log of loaded classes has around it.
    let name = |line: &str| {
        let line = line.rsplit_once("] ").map_or(line, |(_, rest)| rest);
        line.split_whitespace().next().map(|name| name.replace('/', "."))
    };
    let is_named = |name: &String| !name.contains("$$") && !name.contains('[');
    Ok(Preload::Names(text.lines().filter_map(name).filter(is_named).collect()))
}

/// What is told of a template that was made.
fn summary(output: &Path, made: &Made) -> String {
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let mut parts = vec![format!("{} of image, {} classes", mib(made.image_bytes), made.classes)];
    if made.program_bytes > 0 {
        parts.push(format!("{} of program", mib(made.program_bytes)));
    }
    if made.library_bytes > 0 {
        let names = made.modules.join(",");
        parts.push(format!("{} of class library: {names}", mib(made.library_bytes)));
    }
    if !made.absent.is_empty() {
        parts.push(format!("{} listed classes could not be loaded", made.absent.len()));
    }
    format!("{}: {} ({})", output.display(), mib(made.bytes), parts.join("; "))
}
