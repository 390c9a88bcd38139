//! `rvm clone`: a second process that goes on from where a program is now.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Arg, ArgMatches, value_parser};
use rustix::fs::{MemfdFlags, memfd_create};
use rvm::FreezeOptions;

use super::FAILURE_CODE;

/// How long the new process may take until it can be asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// The command and its options.
pub fn command() -> clap::Command {
    clap::Command::new("clone")
        .about("Start a second process that goes on from where a program is now; print its number")
        .long_about(
            "Start a second process that goes on from where a running program is now, and print its number. The program \
             itself stands still only as long as it takes to copy it, in memory. The new process is nobody's child: it stays when the \
             terminal goes. It has random seeds and a process number of its own; its input is empty.",
        )
        .arg(
            Arg::new("PROCESS")
                .required(true)
                .value_parser(value_parser!(u32))
                .help("The program's, as 'rvm ps' shows it"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .help("Where the new process writes its output and errors [default: where this command does]"),
        )
}

/// Carries out the command line; answers the exit code.
pub fn main(matches: &ArgMatches) -> i32 {
    let process = matches.get_one::<u32>("PROCESS").copied().unwrap_or_default();
    let output = matches.get_one::<String>("output").map(Path::new);
    match clone(process, output) {
        Ok(new) => {
            println!("{new}");
            0
        }
        Err(error) => {
            eprintln!("rvm: {error}");
            FAILURE_CODE
        }
    }
}

fn clone(process: u32, output: Option<&Path>) -> io::Result<u32> {
    // First what can go wrong without a copy.
    let to = |file: &Path| File::options().create(true).append(true).open(file);
    let output = match output {
        Some(file) => {
            let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", file.display()));
            Some(to(file).map_err(named)?)
        }
        None => None,
    };
    let memory = File::from(memfd_create("program", MemfdFlags::CLOEXEC)?);
    let file = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()));
    let options = FreezeOptions { keep: true, in_place: true, ..FreezeOptions::default() };
    rvm::freeze(process, &file, &options)?;
    let child = start(&file, output)?;
    // It opens the file by this process's name for it.
    wait_until_it_runs(child)
}

fn start(file: &Path, output: Option<File>) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["resume", "--no-verify"]).arg(file).stdin(Stdio::null());
    if let Some(output) = output {
        command.stdout(output.try_clone()?).stderr(output);
    }
    // SAFETY: setsid may be called between fork and exec, and nothing else is done there.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            Ok(())
        });
    }
    command.spawn()
}

fn wait_until_it_runs(mut child: Child) -> io::Result<u32> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if rvm::program_of(child.id()).is_ok() {
            return Ok(child.id());
        }
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the new process ended at once: {status}")));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    Err(io::Error::other("the new process does not answer"))
}
