//! `-XX:CRaCRestoreFrom`: going on with a saved program instead of starting one.

use std::path::Path;

use rvm::Settings;

use super::FAILURE_CODE;
use super::target::Target;

/// Goes on with the program that the settings name; answers its exit code. `None`: a program is to be started.
///
/// # Errors
/// With a sentence if that program can not be had.
pub fn try_to(
    settings: &Settings,
    target: Option<&Target>,
    args: &[String],
) -> Result<Option<i32>, String> {
    let Some(place) = &settings.restore_from else { return Ok(None) };
    // Otherwise what is named is the program to start instead.
    let starts_instead = settings.starts_without_restore && target.is_some();
    let new_main = match target {
        _ if starts_instead => Vec::new(),
        None => Vec::new(),
        Some(Target::Class(class)) => {
            std::iter::once(class).chain(args).cloned().collect::<Vec<_>>()
        }
        Some(_) => {
            return Err("with -XX:CRaCRestoreFrom only a class on the class path of the saved \
                        program can be named"
                .into());
        }
    };
    let mut settings = Settings { new_main, ..settings.clone() };
    super::prepare(&mut settings, false)?;
    match rvm::resume(&settings, &rvm::saved_in(place)) {
        Ok(code) => Ok(Some(code)),
        Err(error) if starts_instead => {
            eprintln!("rvm: warning: {error}; starting the program anew");
            Ok(None)
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Begins with a program that has run up to its checkpoint, as one of many; answers its exit code.
pub fn begin(file: &Path, settings: Settings, args: Vec<String>) -> i32 {
    // As with other templates, a start does not read all of the file.
    let mut settings = Settings { new_arguments: args, trust_pages: true, ..settings };
    let code = super::prepare(&mut settings, false)
        .and_then(|()| rvm::resume(&settings, file).map_err(|error| error.to_string()));
    code.unwrap_or_else(|line| {
        eprintln!("rvm: {line}");
        FAILURE_CODE
    })
}
