//! `rvm ps` and `rvm freeze`: programs in other processes.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rvm::{FreezeOptions, Snapshot};

use super::FAILURE_CODE;

/// `rvm ps`
pub fn ps_command() -> Command {
    Command::new("ps").about("List your running programs: process and what it runs")
}

/// `rvm freeze`
pub fn freeze_command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("freeze")
        .about("Save a running program to a file and end its process; 'rvm resume' goes on with it")
        .long_about(
            "Save a running program to a file and end its process, which exits with 75. 'rvm resume FILE' goes on with it \
             in a new process, as often as you like. Files, pipes and sockets that take connections come along by declared \
             rules; what does not is listed, with the options that would let it pass, and the program goes on.\n\n\
             The file holds what differs from the boot image that the program began with, and needs that image; \
             'rvm image info FILE' shows which one.",
        )
        .arg(
            Arg::new("PROCESS")
                .required(true)
                .value_parser(value_parser!(u32))
                .help("Its number, as 'rvm ps' shows it"),
        )
        .arg(
            Arg::new("FILE")
                .short('o')
                .long("output")
                .required_unless_present("check")
                .help("Where to save it"),
        )
        .arg(switch("check", "Only list what stands in the way, a line each; exit with 1 if anything does"))
        .arg(
            switch("copy-files", "Save the content of files, too: they need not be there when the program goes on"),
        )
        .arg(switch("drop-connections", "Let connections come back as if the other end had broken them off"))
        .args(super::policy::arguments())
        .arg(switch("keep", "Let the program go on, too: from then on there are two"))
        .arg(
            Arg::new("since")
                .long("since")
                .value_name("EARLIER")
                .help("Store only what differs from this snapshot, which is needed to resume, too"),
        )
        .arg(switch("compress", "Pack the file: smaller, but slower to save and to resume"))
        .arg(switch("with-base", "Store the boot image's pages, too: the file needs no other"))
        .arg(switch(
            "portable",
            "Make a file that other machines can go on with; it is smaller and slower, and checked in full on arrival",
        ))
        .arg(switch("sync", "Wait until the file is on the device, so that it survives a loss of power"))
        .arg(switch("no-hooks", "Do not tell the program's resources before and after it (jdk.crac)"))
        .arg(switch("verbose", "Say how large the file is and how long it took").short('v'))
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
    let mut options = FreezeOptions::default();
    for name in ["keep", "compress", "with-base", "portable", "sync", "no-hooks"] {
        if matches.get_flag(name) {
            options.switch(name);
        }
    }
    let policy = super::policy::of(matches).map(|mut policy| {
        policy.copy_files |= matches.get_flag("copy-files");
        policy.drop_connections |= matches.get_flag("drop-connections");
        policy
    });
    options.policy = match policy {
        Ok(policy) => policy,
        Err(line) => {
            eprintln!("rvm: {line}");
            return super::USAGE_CODE;
        }
    };
    if matches.get_flag("check") {
        return check(process, &options.policy);
    }
    options.since = matches.get_one::<String>("since").map(PathBuf::from);
    match rvm::freeze(process, Path::new(file), &options) {
        Ok(saved) => {
            if matches.get_flag("verbose") {
                show(&saved);
            }
            0
        }
        Err(error) => fail(&error),
    }
}

fn check(process: u32, policy: &rvm::Policy) -> i32 {
    match rvm::check_freeze(process, policy) {
        Ok(obstacles) => {
            obstacles.iter().for_each(|line| println!("{line}"));
            i32::from(!obstacles.is_empty())
        }
        Err(error) => fail(&error),
    }
}

fn show(saved: &Snapshot) {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    println!(
        "{} KiB, of which pages {} KiB; stood still for {:.1} ms: collection {:.1} ms, writing {:.1} ms; \
         {:.1} ms of processor time",
        saved.file_bytes >> 10,
        saved.page_bytes >> 10,
        ms(saved.pause),
        ms(saved.collection),
        ms(saved.writing),
        ms(saved.processor)
    );
}

fn fail(error: &std::io::Error) -> i32 {
    eprintln!("rvm: {error}");
    FAILURE_CODE
}
