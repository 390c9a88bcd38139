//! `rvm image build --until-checkpoint`: a program that has run up to its own checkpoint, as what others begin with.
//!
//! The program is run by a process of its own, which ends when it asks for the checkpoint; what it has saved is the file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::target::Target;
use crate::options::Options;

/// Exit code of a program that was saved.
const SAVED: i32 = 75;

/// Runs the program up to its checkpoint and puts it at `output`, which is replaced as a whole or not at all; answers its
/// size in bytes.
///
/// # Errors
/// With a sentence, if it ends before or the file can not be written.
pub fn build(
    options: &Options,
    class_path: Option<&str>,
    target: &Target,
    output: &Path,
) -> Result<u64, String> {
    let folder = beside(output);
    let failed =
        |error: std::io::Error| format!("{} can not be written: {error}", output.display());
    fs::DirBuilder::new().mode(0o700).create(&folder).map_err(failed)?;
    let built = run(options, class_path, target, &folder).and_then(|()| {
        let file = rvm::saved_in(&folder);
        let bytes = fs::metadata(&file).map_err(failed)?.len();
        fs::rename(&file, output).map_err(failed)?;
        Ok(bytes)
    });
    // Whether or not that succeeds, the reason to tell is the other one.
    let _ = fs::remove_dir_all(&folder);
    built
}

/// A hidden folder beside a file, which no other maker has.
fn beside(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn run(
    options: &Options,
    class_path: Option<&str>,
    target: &Target,
    folder: &Path,
) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.arg("java").args(words(options, class_path));
    let mut place = OsString::from("-XX:CRaCCheckpointTo=");
    place.push(folder);
    command.arg(place).stdin(Stdio::null());
    if let Some(home) = &options.settings.java_home {
        command.env("RVM_JAVA_HOME", home);
    }
    match target {
        Target::Class(class) => command.arg(class),
        Target::Jar(jar) => command.arg("-jar").arg(jar),
        Target::Module(module) => command.arg("-m").arg(module),
        Target::Source(file) => command.arg(file),
    };
    let status = command.status().map_err(|error| error.to_string())?;
    match status.code() {
        Some(SAVED) if rvm::saved_in(folder).is_file() => Ok(()),
        _ => Err(format!("the program has ended without a checkpoint ({status})")),
    }
}

/// The options of java that the command line has.
fn words(options: &Options, class_path: Option<&str>) -> Vec<String> {
    let mut words = options.settings.vm_arguments.clone();
    let module_path =
        options.settings.properties.iter().find(|(name, _)| name == "jdk.module.path");
    words.extend(module_path.map(|(_, path)| format!("--module-path={path}")));
    words.extend(class_path.map(|path| format!("--class-path={path}")));
    words
}
