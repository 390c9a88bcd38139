//! Host operations on processes.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Errno, Fd};

/// A program to start.
#[derive(Debug)]
pub struct Command<'a> {
    /// The program: a path, or a name that is looked for in the directories of this process's `PATH`.
    pub program: OsString,
    /// Its arguments, without the program's name.
    pub arguments: Vec<OsString>,
    /// Its environment as `name=value`; nothing for this process's own.
    pub environment: Option<Vec<OsString>>,
    /// Its working directory, from which relative paths of programs count; nothing for this process's own.
    pub directory: Option<PathBuf>,
    /// What becomes its standard input, output and error. No other descriptor is passed on.
    pub streams: [&'a Fd; 3],
}

/// Starting, ending and waiting for processes.
pub trait Processes {
    /// Starts a program and gives its number. It must be waited for with [`Self::wait_process`]. Errors are also those
    /// of entering the directory and of executing the program. Policy: runs `program`.
    fn spawn(&self, command: &Command<'_>) -> Result<u32, Errno>;
    /// Waits for the end of a process that this one has started: its exit code, or 128 and the number of the signal
    /// that ended it. With `reap` its number becomes free. [`Errno::CHILD`] if it is not a child of this process.
    fn wait_process(&self, pid: u32, reap: bool) -> Result<i32, Errno>;
    /// Asks a process to end, or with `force` ends it. Policy: runs, as `kill`, unless it is a child of this process.
    fn end_process(&self, pid: u32, force: bool) -> Result<(), Errno>;
}
