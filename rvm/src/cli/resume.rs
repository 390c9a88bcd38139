//! `rvm resume`: goes on with a program that was saved.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};
use rvm::Settings;

use super::FAILURE_CODE;

/// The command and its options.
pub fn command() -> Command {
    Command::new("resume")
        .about("Go on with a program that was saved to a file")
        .arg(Arg::new("FILE").required(true).help("What 'freeze' has written"))
        .arg(
            Arg::new("no-verify")
                .long("no-verify")
                .action(ArgAction::SetTrue)
                .help("Do not read all of a large file first to check it"),
        )
        .arg(Arg::new("java-home").long("java-home").value_name("DIR").help(
            "JDK whose class library is used, for portable files: the same as where they come from",
        ))
        .args(super::policy::arguments())
}

/// Carries out the command line; answers the program's exit code.
pub fn main(matches: &ArgMatches) -> i32 {
    let resources = match super::policy::of(matches) {
        Ok(policy) => policy,
        Err(line) => {
            eprintln!("rvm: {line}");
            return super::USAGE_CODE;
        }
    };
    let trust_pages = matches.get_flag("no-verify");
    let java_home = matches.get_one::<String>("java-home").map(PathBuf::from);
    let mut settings = Settings { java_home, trust_pages, resources, ..Settings::default() };
    let file = matches.get_one::<String>("FILE").map(String::as_str).unwrap_or_default();
    let result = super::prepare(&mut settings, false)
        .and_then(|()| rvm::resume(&settings, Path::new(file)).map_err(|e| e.to_string()));
    result.unwrap_or_else(|line| {
        eprintln!("rvm: {line}");
        FAILURE_CODE
    })
}
