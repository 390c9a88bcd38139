//! `rvm image`: images that programs start from.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use rvm::{ImageError, Library, Settings};

use super::{FAILURE_CODE, image_file};

/// The command and its options.
pub fn command() -> Command {
    Command::new("image")
        .about("Build the images that programs start from")
        .subcommand_required(true)
        .subcommand(image_file::info_command())
        .subcommand(image_file::verify_command())
        .subcommand(
            Command::new("build")
                .about("Build the boot image: the class library as it is when it has started")
                .long_about(
                    "Build the boot image: the class library as it is when it has started. Programs start from it in \
                     a fraction of the time. 'rvm run' and 'rvm java' build it themselves when it is missing; it is \
                     kept in $XDG_CACHE_HOME/rvm or ~/.cache/rvm, one for each JDK and locale.",
                )
                .arg(
                    Arg::new("java-home")
                        .long("java-home")
                        .value_name("DIR")
                        .help("JDK whose class library is started"),
                )
                .arg(
                    Arg::new("quiet")
                        .long("quiet")
                        .action(ArgAction::SetTrue)
                        .help("Do not print the name of the file"),
                ),
        )
}

/// Carries out the command line; answers the exit code.
pub fn main(matches: &ArgMatches) -> i32 {
    let matches = match matches.subcommand() {
        Some(("build", matches)) => matches,
        Some(("info", matches)) => return image_file::info(matches),
        Some(("verify", matches)) => return image_file::verify(matches),
        _ => return FAILURE_CODE,
    };
    let java_home = matches.get_one::<String>("java-home").map(PathBuf::from);
    let settings = Settings { java_home, ..Settings::default() };
    match build(&settings) {
        Ok(path) => {
            if !matches.get_flag("quiet") {
                println!("{}", path.display());
            }
            0
        }
        Err(error) => {
            eprintln!("rvm: {error}");
            FAILURE_CODE
        }
    }
}

fn build(settings: &Settings) -> Result<PathBuf, ImageError> {
    rvm::make_boot_image(settings, Library::find(settings)?)
}
