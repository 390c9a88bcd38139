//! The commands.

mod clone;
mod control;
mod guest_api;
mod image;
mod image_file;
mod java;
mod natives;
mod policy;
mod restore;
mod resume;
mod run;
mod target;
mod until_checkpoint;
mod version;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;
use rvm::{FreezeOptions, ImageUse, Launch, Library, Settings, StartError};
use stdlib::host::OsHost;

/// Exit code of wrong usage.
const USAGE_CODE: i32 = 2;
/// Exit code when a program could not be started, as `java`'s.
const FAILURE_CODE: i32 = 1;

/// Carries out the command line; answers the exit code.
pub fn main(words: Vec<OsString>) -> i32 {
    let mut words = words.into_iter();
    let name = words.next().unwrap_or_default();
    if let Some(code) = run::own_program(words.as_slice()) {
        return code;
    }
    if Path::new(&name).file_stem().is_some_and(|name| name == "java") {
        return java::main(words.collect());
    }
    let mut words = words.peekable();
    match words.peek().and_then(|word| word.to_str()) {
        Some("run") => run::main(words.skip(1).collect()),
        Some("java") => java::main(words.skip(1).collect()),
        Some("image") => image::main(words.skip(1).collect()),
        _ => other(words.collect()),
    }
}

/// The commands whose options are read by clap, and help.
fn other(words: Vec<OsString>) -> i32 {
    let program = [OsString::from("rvm")];
    match command().try_get_matches_from(program.into_iter().chain(words)) {
        Ok(matches) => match matches.subcommand() {
            Some(("ps", _)) => control::ps(),
            Some(("freeze", matches)) => control::freeze(matches),
            Some(("clone", matches)) => clone::main(matches),
            Some(("resume", matches)) => resume::main(matches),
            Some(("guest-api", matches)) => guest_api::main(matches),
            Some(("natives", matches)) => natives::main(matches),
            _ => FAILURE_CODE,
        },
        Err(error) => usage_error(&error, "rvm --help"),
    }
}

fn command() -> Command {
    Command::new("rvm")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A Java virtual machine that runs OpenJDK's class library")
        .subcommand_required(true)
        .subcommand(run::command())
        .subcommand(
            Command::new("java").about(
                "Run a program with the command line of java (also when called by that name)",
            ),
        )
        .subcommand(image::command())
        .subcommand(control::ps_command())
        .subcommand(control::freeze_command())
        .subcommand(clone::command())
        .subcommand(resume::command())
        .subcommand(guest_api::command())
        .subcommand(natives::command())
        .after_help("'rvm COMMAND --help' tells more about a command.")
}

/// Prints help where clap was asked for it, and otherwise what is wrong, on one line.
fn usage_error(error: &clap::Error, help: &str) -> i32 {
    if !error.use_stderr() {
        print!("{error}");
        return 0;
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    if error.kind() == clap::error::ErrorKind::MissingSubcommand {
        eprintln!("rvm: no command given: try 'rvm run FILE' or '{help}'");
    } else {
        eprintln!("rvm: {line} (see '{help}')");
    }
    USAGE_CODE
}

/// Takes the debugging aids from the environment.
///
/// # Errors
/// With a sentence if a variable has no sensible value.
fn debugging_aids(settings: &mut Settings) -> Result<(), String> {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    if let Some(value) = set("RVM_GC_STRESS") {
        settings.gc_stress = match value.parse() {
            Ok(0) => None,
            Ok(n) => Some(n),
            Err(_) => return Err(format!("RVM_GC_STRESS={value} is no number of allocations")),
        };
    }
    let after = set("RVM_FREEZE_AFTER").unwrap_or_default();
    for one in after.split(';').filter(|one| !one.is_empty()) {
        let Some(one) = freeze_after(one) else {
            let form = "MILLISECONDS[,keep][,compress][,with-base][,since=FILE]:FILE";
            return Err(format!("RVM_FREEZE_AFTER={one} is not {form}"));
        };
        settings.freeze_after.push(one);
    }
    settings.gc_check = match set("RVM_GC_CHECK").as_deref() {
        None | Some("0") => false,
        Some("1") => true,
        Some(value) => return Err(format!("RVM_GC_CHECK={value} is neither 0 nor 1")),
    };
    Ok(())
}

/// One of the parts of `RVM_FREEZE_AFTER`.
fn freeze_after(value: &str) -> Option<(u64, PathBuf, FreezeOptions)> {
    let (how, file) = value.split_once(':')?;
    let mut words = how.split(',');
    let millis = words.next()?.parse().ok()?;
    let mut options = FreezeOptions::default();
    for word in words {
        match word.strip_prefix("since=") {
            Some(earlier) => options.since = Some(earlier.into()),
            None if !options.switch(word) => return None,
            None => {}
        }
    }
    Some((millis, file.into(), options))
}

/// The boot image, made by this program where it is missing, unless `RVM_NO_IMAGE` excludes it.
fn boot_image() -> ImageUse {
    let unwanted = std::env::var_os("RVM_NO_IMAGE").is_some_and(|value| value != "0");
    match std::env::current_exe() {
        Ok(program) if !unwanted => ImageUse::OrMadeBy(program),
        _ => ImageUse::Never,
    }
}

/// What the command does to its process and settings before a program is run.
///
/// # Errors
/// With a sentence if a variable has no sensible value.
fn prepare(settings: &mut Settings, use_image: bool) -> Result<(), String> {
    debugging_aids(settings)?;
    OsHost::survive_file_size_limit();
    if !settings.keep_descriptor_limit {
        OsHost::raise_descriptor_limit();
    }
    settings.control_socket = true;
    if use_image {
        settings.image = boot_image();
    }
    Ok(())
}

/// Runs a program; answers its exit code.
///
/// # Errors
/// With a sentence if it could not be started.
fn start(
    settings: &mut Settings,
    library: Result<Library, StartError>,
    launch: &Launch,
    use_image: bool,
) -> Result<i32, String> {
    prepare(settings, use_image)?;
    match library.and_then(|library| rvm::run(settings, library, launch)) {
        // It has been said already.
        Err(StartError::Modular) => Ok(FAILURE_CODE),
        result => result.map_err(|error| error.to_string()),
    }
}
