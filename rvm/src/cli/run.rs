//! `rvm run`: a class file, source file, jar file or class.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use rvm::{Library, Progress, template};

use super::target::{self, Target};
use super::{FAILURE_CODE, USAGE_CODE};
use crate::args::Args;
use crate::options::{OptionError, Options, Taken};

const HELP: &str = "rvm run --help";

/// Options of later versions: better refused than half obeyed.
const LATER: [&str; 12] = [
    "--jit-stats",
    "--sandbox",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-listen",
    "--allow-env",
    "--allow-run",
    "--fuel",
    "--deadline",
    "--max-threads",
    "--max-output",
];

/// Java's options, for the help text.
const JAVA_OPTIONS: &str = "\
Class path and modules (as with java):
  -cp, --class-path PATH     Folders and jar files to look for classes in, separated by ':' [default: .]
  -jar FILE                  Run the main class of a jar file
  -m, --module MODULE/CLASS  Run the main class of a module
      --image FILE           Run the program of a template (as naming the file alone does)
  -p, --module-path PATH     Folders of modules
      --add-modules, --limit-modules, --add-opens, --add-exports, --add-reads, --patch-module

Properties and assertions (as with java):
  -DNAME=VALUE               Set a system property
  -ea[:PACKAGE...|:CLASS]    Enable assertions; -da disables, -esa and -dsa: those of system classes

Memory (as with java):
  -XmxSIZE                   Limit of the heap [default: a quarter of the memory]
  -XmsSIZE, -XmnSIZE         Size at the start; limit of the young generation
  -XssSIZE                   Stack of each thread [default: 1m]

Checkpoints (as with JDKs that have jdk.crac):
  -XX:CRaCCheckpointTo=DIR   Where the program saves itself at its own wish
  -XX:+CRaCKeepRunning       The process does not end then
  -XX:CRaCRestoreFrom=DIR    Go on with it; -D options are set, and TARGET is a class whose main is called then

Verification of bytecode:
      --verify=all|remote|none
                             All classes, all but the class library's own, or none [default: remote]

Tuning options of java that mean nothing here (-Xint, -Xshare:off, -XX:+UseSerialGC ...) are accepted.

Environment:
  RVM_JAVA_HOME, JAVA_HOME   Where the JDK is; then /usr/lib/jvm is searched. Java 17 serves.
  CLASSPATH                  The class path, if no option gives it
  RVM_NO_IMAGE=1             Start the class library anew, as --no-image does
  RVM_GC_STRESS=N            Debugging: collect at every N-th allocation and move every object
  RVM_GC_CHECK=1             Debugging: check the heap before and after every collection
  RVM_FREEZE_AFTER=MS:FILE   Debugging: save the program to a file after so many milliseconds and exit with 75;
                             behind MS also ,keep ,compress ,with-base ,since=FILE; several with ';' between

Exit code: the program's own; 1 after an uncaught exception or when it can not be started; 2 for wrong usage.";

/// The command with rvm's own options; java's are only in its help.
pub fn command() -> Command {
    let long = |name: &'static str| Arg::new(name).long(name);
    let switch = |name| long(name).action(ArgAction::SetTrue).overrides_with(name);
    let value = |name, of| long(name).value_name(of).overrides_with(name).action(ArgAction::Set);
    Command::new("run")
        .about("Run a Java program: a class file, source file, jar file or class")
        .override_usage("rvm run [OPTIONS] TARGET [ARGS]...")
        .help_template("{about}\n\n{usage-heading} {usage}\n\n{all-args}{after-help}\n")
        .disable_help_flag(true)
        .next_help_heading("What to run")
        .arg(Arg::new("TARGET").display_order(0).help(
            "app.class, app.jar, Main.java (compiled in memory by the JDK's own compiler), a.b.Main, or a template \
             ('rvm image build')",
        ))
        .arg(Arg::new("ARGS").num_args(0..).display_order(1).help("Arguments of the program"))
        .next_help_heading("Virtual machine")
        .arg(long("help").short('h').action(ArgAction::Help).help("Print this help"))
        .arg(
            value("java-home", "DIR")
                .value_parser(NonEmptyStringValueParser::new())
                .help("JDK whose class library is used"),
        )
        .arg(value("max-heap", "SIZE").help("Limit of the heap: 512m, 2g (the same as -Xmx)"))
        .arg(switch("gc-log").help("Print a line for each garbage collection"))
        .arg(switch("no-image").help("Start the class library anew instead of from its image"))
        .arg(switch("refresh").help("Build a template again if its class path has changed"))
        .arg(switch("int").help("Interpret only (the only way so far)"))
        .after_help(JAVA_OPTIONS)
}

/// Carries out `rvm run WORDS`; answers the exit code.
pub fn main(words: Vec<OsString>) -> i32 {
    match read(Args::literal(words)) {
        Ok(run) => run.start(),
        Err(Stop::Clap(error)) => super::usage_error(&error, HELP),
        Err(Stop::Usage(line)) => {
            eprintln!("rvm: {line} (see '{HELP}')");
            USAGE_CODE
        }
        Err(Stop::Failure(line)) => {
            eprintln!("{line}");
            FAILURE_CODE
        }
    }
}

/// Why nothing is run.
enum Stop {
    /// Help was asked for, or an option of rvm is wrong.
    Clap(clap::Error),
    /// The usage is wrong.
    Usage(String),
    /// The thing to run does not serve.
    Failure(String),
}

impl From<OptionError> for Stop {
    fn from(error: OptionError) -> Stop {
        let line = error.to_string().replace('\n', " ");
        Stop::Usage(match error {
            OptionError::Unrecognized(option) => format!("unrecognized option {option}"),
            _ => line,
        })
    }
}

/// A command line as understood.
struct Run {
    options: Options,
    /// Nothing, where a saved program is gone on with.
    what: Option<What>,
    refresh: bool,
    args: Vec<String>,
}

/// What a command line names.
#[derive(Debug, PartialEq, Eq)]
enum What {
    Target(Target),
    Template(PathBuf),
    Saved(PathBuf),
}

impl Run {
    fn start(mut self) -> i32 {
        for warning in &self.options.warnings {
            eprintln!("rvm: warning: {warning}");
        }
        let target = match self.what {
            Some(What::Template(path)) => {
                return from_template(&path, self.options, self.args, self.refresh);
            }
            Some(What::Saved(path)) => {
                return super::restore::begin(&path, self.options.settings, self.args);
            }
            Some(What::Target(target)) => Some(target),
            None => None,
        };
        match super::restore::try_to(&self.options.settings, target.as_ref(), &self.args) {
            Ok(Some(code)) => return code,
            Ok(None) => {}
            Err(line) => {
                eprintln!("rvm: {line}");
                return FAILURE_CODE;
            }
        }
        let Some(target) = target else { return USAGE_CODE };
        let use_image = !self.options.no_image;
        let settings = &mut self.options.settings;
        let library = Library::find(settings);
        let release = library.as_ref().map_or(17, |library| library.home.release().feature());
        let launch = target.launch(settings, self.options.class_path, self.args, release);
        super::start(settings, library, &launch, use_image).unwrap_or_else(|line| {
            eprintln!("rvm: {line}");
            FAILURE_CODE
        })
    }
}

fn read(mut args: Args) -> Result<Run, Stop> {
    let own = command();
    let mut own_words = vec![OsString::from("rvm run")];
    let mut options = Options::default();
    let mut explicit = None;
    let first = loop {
        let Some(word) = next(&mut args) else { break None };
        if !word.starts_with('-') || word == "-" {
            break Some(word);
        }
        if is_later(&word) {
            let name = word.split('=').next().unwrap_or(&word);
            return Err(OptionError::Unavailable(name.into()).into());
        }
        if let Some(takes_value) = is_own(&own, &word) {
            let apart = takes_value && !word.contains('=');
            own_words.push(word.into());
            own_words.extend(apart.then(|| next(&mut args)).flatten().map(OsString::from));
            continue;
        }
        match explicit_target(&word, &mut args)? {
            Some(Explicit::Jar) => explicit = Some(()),
            Some(Explicit::Image(path)) => {
                return finish(options, own, own_words, What::Template(path.into()), args);
            }
            Some(Explicit::Module(module)) => {
                return finish(options, own, own_words, What::Target(Target::Module(module)), args);
            }
            None => {
                if options.accept(&word, &mut || next(&mut args))? == Taken::No {
                    return Err(OptionError::Unrecognized(word).into());
                }
            }
        }
    };
    // Help and mistakes in rvm's own options come before a missing target.
    let Some(first) = first else {
        let matches = own.try_get_matches_from(own_words).map_err(Stop::Clap)?;
        if options.settings.restore_from.is_some() {
            apply_own(&mut options, &matches)?;
            return Ok(Run { options, what: None, refresh: false, args: Vec::new() });
        }
        return Err(Stop::Usage("nothing to run is given".into()));
    };
    let target = match explicit {
        Some(()) => What::Target(Target::Jar(first)),
        None if is_template(&first) => What::Template(first.into()),
        None if is_saved_program(&first) => What::Saved(first.into()),
        None => What::Target(find_target(first, &mut options)?),
    };
    finish(options, own, own_words, target, args)
}

/// Whether a word names a template rather than a class.
fn is_template(word: &str) -> bool {
    let path = std::path::Path::new(word);
    let other = ["class", "java", "jar"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_none_or(|extension| !other.contains(&extension))
        && path.is_file()
        && template::is_template(path)
}

/// Whether a word names a program that was saved, as a template of one that has run up to its checkpoint is.
fn is_saved_program(word: &str) -> bool {
    let path = std::path::Path::new(word);
    path.is_file() && rvm::is_saved_program(path)
}

/// Begins with a template.
fn from_template(
    path: &std::path::Path,
    options: Options,
    args: Vec<String>,
    refresh: bool,
) -> i32 {
    let run = || {
        let mut settings = with_class_path(options)?;
        super::prepare(&mut settings, false)?;
        let progress = refresh.then(|| Progress::new("building the template again"));
        let result = match progress {
            Some(progress) => {
                // The line goes away before the program begins.
                let mut steps = Some(progress);
                template::run(path, &settings, args, Some(&mut |_| drop(steps.take())))
            }
            None => template::run(path, &settings, args, None),
        };
        result.map_err(|error| error.to_string())
    };
    run().unwrap_or_else(|line: String| {
        eprintln!("rvm: {line}");
        FAILURE_CODE
    })
}

/// The settings, with the class path among the properties if one was given.
fn with_class_path(options: Options) -> Result<rvm::Settings, String> {
    if options.no_image {
        return Err("--no-image: a template is an image".into());
    }
    let mut settings = options.settings;
    if settings.restore_from.is_some() {
        return Err(
            "a saved program goes on where it was (-XX:CRaCRestoreFrom), not with a template"
                .into(),
        );
    }
    settings.properties.extend(options.class_path.map(|path| ("java.class.path".into(), path)));
    Ok(settings)
}

/// Runs the program that stands behind this executable in its file; nothing if there is none. All words are its arguments.
pub fn own_program(words: &[OsString]) -> Option<i32> {
    let own = std::path::Path::new("/proc/self/exe");
    if !template::is_template(own) {
        return None;
    }
    let args = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut settings = rvm::Settings::default();
    let run = super::prepare(&mut settings, false).and_then(|()| {
        // 'rvm resume', which would go on with it, is another program.
        settings.control_socket = false;
        template::run(own, &settings, args, None).map_err(|error| error.to_string())
    });
    Some(run.unwrap_or_else(|line| {
        eprintln!("rvm: {line}");
        FAILURE_CODE
    }))
}

/// The next word; without argument files nothing can fail.
fn next(args: &mut Args) -> Option<String> {
    args.next().unwrap_or_default()
}

enum Explicit {
    Jar,
    Image(String),
    Module(String),
}

fn explicit_target(word: &str, args: &mut Args) -> Result<Option<Explicit>, Stop> {
    if let Some(path) = word.strip_prefix("--image=") {
        return Ok(Some(Explicit::Image(path.into())));
    }
    let module = match word {
        "-jar" => return Ok(Some(Explicit::Jar)),
        "--image" => {
            let path =
                next(args).ok_or(OptionError::Needs { option: word.into(), what: "a template" })?;
            return Ok(Some(Explicit::Image(path)));
        }
        "-m" | "--module" => next(args),
        _ => match word.strip_prefix("--module=") {
            Some(module) => Some(module.into()).filter(|module: &String| !module.is_empty()),
            None => return Ok(None),
        },
    };
    let what = "module name";
    let module = module.ok_or(OptionError::Needs { option: word.into(), what })?;
    Ok(Some(Explicit::Module(module)))
}

fn is_later(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or(word);
    LATER.contains(&name)
}

/// Whether this is an option that clap reads, and whether that option takes a value.
fn is_own(command: &Command, word: &str) -> Option<bool> {
    if word == "-h" || word == "--help" {
        return Some(false);
    }
    let name = word.strip_prefix("--")?.split('=').next()?;
    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name))?;
    Some(arg.get_action().takes_values())
}

/// What the first word that is no option names.
fn find_target(word: String, options: &mut Options) -> Result<Target, Stop> {
    let failure = |line: String| Stop::Failure(format!("rvm: {line}"));
    let path = std::path::Path::new(&word);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("class") => {
            let found = target::class_file(&word).map_err(failure)?;
            let root = found.root.to_string_lossy().into_owned();
            options.class_path = Some(match options.class_path.take() {
                Some(more) => format!("{root}:{more}"),
                None => root,
            });
            Ok(Target::Class(found.class))
        }
        Some("java") if path.is_file() => Ok(Target::Source(word)),
        Some("java") => Err(failure(format!("{word}: there is no such file"))),
        Some("jar") => Ok(Target::Jar(word)),
        _ if path.is_file() => Err(failure(format!(
            "{word} is a file, but of none of the kinds that can be run: .class, .java, .jar"
        ))),
        _ => Ok(Target::Class(word)),
    }
}

fn finish(
    mut options: Options,
    own: Command,
    own_words: Vec<OsString>,
    what: What,
    args: Args,
) -> Result<Run, Stop> {
    let matches = own.try_get_matches_from(own_words).map_err(Stop::Clap)?;
    apply_own(&mut options, &matches)?;
    let refresh = matches.get_flag("refresh");
    if let What::Target(Target::Jar(jar)) = &what {
        Target::check_jar(jar).map_err(Stop::Failure)?;
    }
    Ok(Run { options, what: Some(what), refresh, args: args.rest() })
}

fn apply_own(options: &mut Options, matches: &ArgMatches) -> Result<(), Stop> {
    if let Some(home) = matches.get_one::<String>("java-home") {
        options.settings.java_home = Some(PathBuf::from(home));
    }
    if let Some(size) = matches.get_one::<String>("max-heap") {
        options.accept(&format!("-Xmx{size}"), &mut || None).map_err(|_| {
            Stop::Usage(format!("--max-heap {size} is no size: write it as in 512m or 2g"))
        })?;
    }
    options.settings.gc_log |= matches.get_flag("gc-log");
    options.no_image |= matches.get_flag("no-image");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Run, String> {
        let words = line.split_whitespace().map(OsString::from);
        read(Args::literal(words)).map_err(|stop| match stop {
            Stop::Clap(error) => error.to_string(),
            Stop::Usage(line) | Stop::Failure(line) => line,
        })
    }

    #[test]
    fn options_then_target_then_arguments() {
        let r = run("--gc-log -Xss2m --max-heap 1g -cp x --java-home=/jdk a.b.C --gc-log -cp y")
            .expect("run");
        assert_eq!(r.what, Some(What::Target(Target::Class("a.b.C".into()))));
        assert_eq!(r.args, ["--gc-log", "-cp", "y"]);
        assert!(r.options.settings.gc_log);
        assert_eq!(r.options.settings.max_heap_bytes, Some(1 << 30));
        assert_eq!(r.options.settings.java_home, Some("/jdk".into()));
        assert_eq!(r.options.class_path.as_deref(), Some("x"));
        let r = run("-m a/b.C -x").expect("run");
        assert_eq!(
            (r.what, r.args),
            (Some(What::Target(Target::Module("a/b.C".into()))), vec!["-x".to_owned()])
        );
    }

    #[test]
    fn mistakes() {
        let error = |line: &str| run(line).err().unwrap_or_else(|| panic!("{line} was accepted"));
        assert_eq!(error("--frobnicate A"), "unrecognized option --frobnicate");
        assert_eq!(error("--fuel 3 A"), "--fuel is not available in this version of rvm");
        assert_eq!(error("--allow-net=x A"), "--allow-net is not available in this version of rvm");
        assert_eq!(error(""), "nothing to run is given");
        assert_eq!(error("-cp"), "-cp requires class path specification");
        assert!(error("--max-heap x A").contains("--max-heap x is no size"));
        assert!(error("--gc-log=3 A").contains("--gc-log"));
        assert!(error("/nowhere/A.class").contains("/nowhere/A.class can not be read"));
        assert!(error("/nowhere/A.java").contains("no such file"));
        assert_eq!(error("/nowhere/a.jar"), "Error: Unable to access jarfile /nowhere/a.jar");
    }

    #[test]
    fn the_commands_are_well_formed() {
        super::super::command().debug_assert();
    }
}
