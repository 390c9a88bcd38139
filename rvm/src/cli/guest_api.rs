//! `rvm guest-api`: what programs are compiled with.

use clap::{Arg, ArgMatches, Command};

use super::FAILURE_CODE;

/// The command and its options.
pub fn command() -> Command {
    Command::new("guest-api")
        .about("Write the jar file that programs are compiled with to save and clone themselves")
        .long_about(
            "Write the jar file that programs are compiled with to save and clone themselves: the package rvm.guest. rvm has \
             its classes without it; on another VM they are found in it, and say that they need rvm.",
        )
        .arg(
            Arg::new("FILE")
                .short('o')
                .long("output")
                .default_value("rvm-guest.jar")
                .help("Where to write it"),
        )
}

/// Carries out the command line; answers the exit code.
pub fn main(matches: &ArgMatches) -> i32 {
    let file = matches.get_one::<String>("FILE").map(String::as_str).unwrap_or_default();
    match std::fs::write(file, rvm::guest_api_jar()) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("rvm: {file}: {error}");
            FAILURE_CODE
        }
    }
}
