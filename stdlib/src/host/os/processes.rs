//! Starting processes with `posix_spawn`, which does not copy this process's address space.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags};

use super::OsHost;
use crate::host::{Command, Errno, Processes};

/// What `exec` means when there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";
/// Runs what has no header of its own.
const SHELL: &CStr = c"/bin/sh";

impl Processes for OsHost {
    fn spawn(&self, command: &Command<'_>) -> Result<u32, Errno> {
        let mut arguments = vec![c_string(&command.program)?];
        for argument in &command.arguments {
            arguments.push(c_string(argument)?);
        }
        let environment = match &command.environment {
            Some(variables) => variables.iter().map(|v| c_string(v)).collect::<Result<_, _>>()?,
            None => own_environment()?,
        };
        let (actions, _high) = Actions::new(command)?;
        let attributes = Attributes::new()?;
        let start = |path: &CStr, arguments: &[&CStr]| {
            start(path, arguments, &environment, &actions, &attributes)
        };
        let arguments: Vec<&CStr> = arguments.iter().map(CString::as_c_str).collect();
        let searched = !command.program.as_bytes().contains(&b'/');
        let mut refused = Errno::NOENT;
        for path in candidates(&command.program)? {
            // What can not be run is not worth a process. (Nor does QEMU tell a parent what its child came to.)
            let seen = Path::new(OsStr::from_bytes(path.to_bytes()));
            // As the child sees it, from its working directory.
            let seen =
                command.directory.as_ref().map_or(PathBuf::from(seen), |folder| folder.join(seen));
            let runs = rustix::fs::access(&seen, rustix::fs::Access::EXEC_OK);
            let started = runs.map_err(Errno::from).and_then(|()| start(&path, &arguments));
            let result = match started {
                Err(Errno(libc::ENOEXEC)) => {
                    let script = [&[SHELL, path.as_c_str()], &arguments[1..]].concat();
                    start(SHELL, &script)
                }
                result => result,
            };
            match result {
                // As `execvp`: the next directory may have it, but a file that must not be run is worth telling.
                Err(Errno::ACCES) if searched => refused = Errno::ACCES,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if searched => {}
                result => return result,
            }
        }
        Err(refused)
    }

    fn wait_process(&self, pid: u32, reap: bool) -> Result<i32, Errno> {
        let options = libc::WEXITED | if reap { 0 } else { libc::WNOWAIT };
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: the structure is writable.
        if unsafe { libc::waitid(libc::P_PID, pid, info.as_mut_ptr(), options) } != 0 {
            return Err(last_error());
        }
        // SAFETY: zeroed, then filled in by a successful call for the end of a child.
        let (code, status) = unsafe {
            let info = info.assume_init();
            (info.si_code, info.si_status())
        };
        Ok(if code == libc::CLD_EXITED { status } else { 0x80 + status })
    }

    fn end_process(&self, pid: u32, force: bool) -> Result<(), Errno> {
        let pid = libc::pid_t::try_from(pid).ok().filter(|pid| *pid > 0).ok_or(Errno::INVAL)?;
        let signal = if force { libc::SIGKILL } else { libc::SIGTERM };
        // SAFETY: takes two numbers.
        match unsafe { libc::kill(pid, signal) } {
            0 => Ok(()),
            _ => Err(last_error()),
        }
    }
}

fn last_error() -> Errno {
    io::Error::last_os_error().into()
}

/// A text without a zero byte.
fn c_string(text: &OsStr) -> Result<CString, Errno> {
    CString::new(text.as_bytes()).map_err(|_| Errno::INVAL)
}

fn own_environment() -> Result<Vec<CString>, Errno> {
    let entry = |(name, value): (OsString, OsString)| {
        c_string(&[name.as_os_str(), value.as_os_str()].join(OsStr::new("=")))
    };
    std::env::vars_os().map(entry).collect()
}

/// The paths that a program's name may mean.
fn candidates(program: &OsStr) -> Result<Vec<CString>, Errno> {
    if program.as_bytes().contains(&b'/') {
        return Ok(vec![c_string(program)?]);
    }
    if program.is_empty() {
        return Ok(Vec::new());
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    let directories = path.as_bytes().split(|b| *b == b':');
    directories
        .map(|directory| {
            // An empty entry is the working directory.
            let directory = if directory.is_empty() { b"." } else { directory };
            c_string(OsStr::from_bytes(&[directory, program.as_bytes()].join(&b'/')))
        })
        .collect()
}

fn start(
    path: &CStr,
    arguments: &[&CStr],
    environment: &[CString],
    actions: &Actions,
    attributes: &Attributes,
) -> Result<u32, Errno> {
    let list = |texts: &mut dyn Iterator<Item = *const c_char>| {
        texts.map(<*const c_char>::cast_mut).chain([ptr::null_mut()]).collect::<Vec<_>>()
    };
    let argv = list(&mut arguments.iter().map(|a| a.as_ptr()));
    let envp = list(&mut environment.iter().map(|v| v.as_ptr()));
    let mut pid = 0;
    // SAFETY: actions and attributes are initialised; the lists end with null and their texts, which nobody writes to,
    // live until after the call.
    let error = unsafe {
        libc::posix_spawn(
            &raw mut pid,
            path.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            argv.as_ptr(),
            envp.as_ptr(),
        )
    };
    if error == 0 { u32::try_from(pid).map_err(|_| Errno::INVAL) } else { Err(Errno(error)) }
}

fn check(error: i32) -> Result<(), Errno> {
    if error == 0 { Ok(()) } else { Err(Errno(error)) }
}

/// What happens in the child before the program is executed.
struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    /// With the descriptors that must stay open until the child runs.
    fn new(command: &Command<'_>) -> Result<(Actions, Vec<OwnedFd>), Errno> {
        let mut actions = MaybeUninit::uninit();
        // SAFETY: initialises the structure.
        check(unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) })?;
        // SAFETY: initialised by the successful call.
        let mut actions = Actions(unsafe { actions.assume_init() });
        let mut high = Vec::new();
        for (fd, target) in command.streams.into_iter().zip(0..) {
            // One of 0, 1 and 2 could be overwritten before it is used.
            let copy = rustix::io::fcntl_dupfd_cloexec(fd.as_fd(), 3)?;
            actions.add_dup(copy.as_raw_fd(), target)?;
            high.push(copy);
        }
        if let Some(directory) = &command.directory {
            // Opened here: what is wrong with it must not be taken for what is wrong with the program.
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let directory = rustix::fs::open(directory.as_path(), flags, Mode::empty())?;
            // SAFETY: initialised.
            check(unsafe {
                libc::posix_spawn_file_actions_addfchdir_np(
                    &raw mut actions.0,
                    directory.as_raw_fd(),
                )
            })?;
            high.push(directory);
        }
        // Ours are closed by `exec`; those that this process was started with need not be.
        #[cfg(target_env = "gnu")]
        // SAFETY: initialised.
        check(unsafe { libc::posix_spawn_file_actions_addclosefrom_np(&raw mut actions.0, 3) })?;
        Ok((actions, high))
    }

    fn add_dup(&mut self, from: RawFd, to: RawFd) -> Result<(), Errno> {
        // SAFETY: initialised.
        check(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut self.0, from, to) })
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: initialised, and not used again.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// Signals of the child: none blocked, and those that Rust, rvm or a shell may have set to be ignored have their default.
struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    fn new() -> Result<Attributes, Errno> {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: initialises the structure.
        check(unsafe { libc::posix_spawnattr_init(attributes.as_mut_ptr()) })?;
        // SAFETY: initialised by the successful call.
        let mut attributes = Attributes(unsafe { attributes.assume_init() });
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        let flags = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        // SAFETY: all structures are initialised before they are read; the set is copied.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            check(libc::posix_spawnattr_setsigmask(&raw mut attributes.0, set.as_ptr()))?;
            libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
            check(libc::posix_spawnattr_setsigdefault(&raw mut attributes.0, set.as_ptr()))?;
            check(libc::posix_spawnattr_setflags(&raw mut attributes.0, flags as libc::c_short))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised, and not used again.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Descriptors, Fd, FileSystem, OpenFlags};
    use std::path::Path;

    fn run(
        program: &str,
        arguments: &[&str],
        directory: Option<&str>,
    ) -> Result<(String, i32), Errno> {
        let null = OsHost.open(Path::new("/dev/null"), OpenFlags::READ, 0).expect("null");
        let (read, write) = OsHost.pipe().expect("pipe");
        let [_, _, error] = Fd::standard_streams();
        let pid = OsHost.spawn(&Command {
            program: program.into(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: Some(vec!["A=b".into()]),
            directory: directory.map(Into::into),
            streams: [&null, &write, &error],
        })?;
        drop(write);
        let mut text = Vec::new();
        let mut buffer = [0; 100];
        while let Ok(n @ 1..) = OsHost.read(&read, &mut buffer) {
            text.extend_from_slice(&buffer[..n]);
        }
        let code = OsHost.wait_process(pid, false).expect("wait");
        assert_eq!(OsHost.wait_process(pid, true), Ok(code));
        assert_eq!(OsHost.wait_process(pid, true), Err(Errno::CHILD));
        Ok((String::from_utf8(text).expect("text"), code))
    }

    #[test]
    fn programs_run() {
        let line = "echo $A $1; pwd; ls /proc/self/fd | wc -l; exit 7";
        // The directory that `ls` reads is the fourth.
        assert_eq!(run("sh", &["-c", line, "sh", "c"], Some("/")), Ok(("b c\n/\n4\n".into(), 7)));
        assert_eq!(run("sh", &["-c", "kill -9 $$"], None), Ok((String::new(), 0x80 + 9)));
        assert_eq!(run("no-such-program", &[], None), Err(Errno::NOENT));
        assert_eq!(run("/etc/passwd", &[], None), Err(Errno::ACCES));
        assert_eq!(run("/etc/passwd/program", &[], None), Err(Errno::NOTDIR));
        assert_eq!(run("true", &[], Some("/no/such/directory")), Err(Errno::NOENT));
        assert_eq!(run("true", &[], Some("/etc/passwd")), Err(Errno::NOTDIR));
    }
}
