//! `rvm ps` and `rvm freeze`: programs in other processes.

use std::path::Path;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::FAILURE_CODE;

/// `rvm ps`
pub fn ps_command() -> Command {
    Command::new("ps").about("List your running programs: process and what it runs")
}

/// `rvm freeze`
pub fn freeze_command() -> Command {
    Command::new("freeze")
        .about("Save a running program to a file and end its process; 'rvm resume' goes on with it")
        .long_about(
            "Save a running program to a file and end its process, which exits with 75. 'rvm resume FILE' goes on with it \
             in a new process, as often as you like. What stands in the way (open files, sockets, threads in input or \
             output) is reported, and the program goes on.",
        )
        .arg(
            Arg::new("PROCESS")
                .required(true)
                .value_parser(value_parser!(u32))
                .help("Its number, as 'rvm ps' shows it"),
        )
        .arg(Arg::new("FILE").short('o').long("output").required(true).help("Where to save it"))
}

/// Carries out `rvm ps`; answers the exit code.
pub fn ps() -> i32 {
    match rvm::running_programs() {
        Ok(programs) => {
            for program in programs {
                println!("{:>7}  {}", program.process, program.command);
            }
            0
        }
        Err(error) => fail(&error),
    }
}

/// Carries out `rvm freeze`; answers the exit code.
pub fn freeze(matches: &ArgMatches) -> i32 {
    let process = matches.get_one::<u32>("PROCESS").copied().unwrap_or_default();
    let file = matches.get_one::<String>("FILE").map(String::as_str).unwrap_or_default();
    match rvm::freeze(process, Path::new(file)) {
        Ok(()) => 0,
        Err(error) => fail(&error),
    }
}

fn fail(error: &std::io::Error) -> i32 {
    eprintln!("rvm: {error}");
    FAILURE_CODE
}
