//! The control socket: how one process of a user asks another one about its program, or to save it.
//!
//! It has a name outside of the file system that goes away with its process (unix(7), abstract), and answers its own
//! user only. A request is a line; the answer is a line that begins with `ok` or `error`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use vm::boot::{Launch, Mode};
use vm::{Vm, sync};

use crate::frozen;

/// Longest request in bytes: a path and the word before it.
const MAX_REQUEST_BYTES: u64 = 8192;
/// How long an answer may take: longer than a guest is given to come to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process with a program, and what it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningProgram {
    /// The process.
    pub process: u32,
    /// What it runs, as it was started.
    pub command: String,
}

fn prefix() -> String {
    format!("rvm-{}-", rustix::process::geteuid().as_raw())
}

fn address(process: u32) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(format!("{}{process}", prefix()))
}

/// The programs of this user, in the order of their processes.
///
/// # Errors
/// If the system does not tell which sockets there are.
pub fn running_programs() -> io::Result<Vec<RunningProgram>> {
    let sockets = std::fs::read_to_string("/proc/net/unix")?;
    let prefix = format!("@{}", prefix());
    let names = sockets.lines().filter_map(|line| line.split(' ').next_back());
    let processes = names.filter_map(|name| name.strip_prefix(&prefix)?.parse().ok());
    let mut processes: Vec<u32> = processes.collect();
    processes.sort_unstable();
    processes.dedup();
    let program = |process| {
        // One that ends meanwhile is none.
        let command = ask(process, "info").ok()?;
        Some(RunningProgram { process, command })
    };
    Ok(processes.into_iter().filter_map(program).collect())
}

/// Has a process save its program to a file and end.
///
/// # Errors
/// If there is no such process of this user, or with what stands in the way; the program goes on then.
pub fn freeze(process: u32, file: &Path) -> io::Result<()> {
    let file = std::path::absolute(file)?;
    let name = file.to_str().filter(|name| !name.contains('\n'));
    let name = name.ok_or_else(|| io::Error::other("the name of the file is no line of text"))?;
    ask(process, &format!("freeze {name}")).map(drop)
}

/// Sends a request; answers what is behind `ok`.
fn ask(process: u32, request: &str) -> io::Result<String> {
    let mut stream =
        UnixStream::connect_addr(&address(process)?).map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => io::Error::new(
                error.kind(),
                format!("process {process} runs no program of yours with rvm"),
            ),
            _ => error,
        })?;
    stream.set_read_timeout(Some(PATIENCE))?;
    writeln!(stream, "{request}")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    let answer = answer.trim_end();
    match answer.split_once(' ') {
        Some(("ok", rest)) => Ok(rest.into()),
        Some(("error", rest)) => Err(io::Error::other(rest.to_owned())),
        _ if answer == "ok" => Ok(String::new()),
        _ => Err(io::Error::other(format!("process {process} ended before it answered"))),
    }
}

/// Answers requests for this process's program from now on. Without a socket the program simply can not be asked.
pub(crate) fn serve(vm: &'static Vm) {
    let listener =
        address(std::process::id()).and_then(|address| UnixListener::bind_addr(&address));
    let Ok(listener) = listener else { return };
    let serve = move || {
        for stream in listener.incoming().flatten() {
            if is_own_user(&stream) {
                // Who asked may have gone.
                let _ = answer(vm, stream);
            }
        }
    };
    // As above.
    let _ = std::thread::Builder::new().name("control".into()).spawn(serve);
}

fn is_own_user(stream: &UnixStream) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

fn answer(vm: &'static Vm, mut stream: UnixStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = String::new();
    BufReader::new(stream.try_clone()?.take(MAX_REQUEST_BYTES)).read_line(&mut request)?;
    let answer = match request.trim_end_matches('\n').split_once(' ') {
        Some(("freeze", file)) => freeze_own(vm, PathBuf::from(file), &mut stream),
        None if request == "info\n" => Ok(describe(vm)),
        _ => Err("no such request".into()),
    };
    match answer {
        Ok(text) => writeln!(stream, "ok {text}"),
        Err(text) => writeln!(stream, "error {}", text.replace('\n', " ")),
    }
}

fn describe(vm: &Vm) -> String {
    let Some((Launch { mode, args }, _)) = vm.program.get() else { return "(starting)".into() };
    let what = match mode {
        Mode::Class(class) => class,
        Mode::Jar(jar) => format!("-jar {jar}"),
        Mode::Module(module) => format!("-m {module}"),
        Mode::Source(file) => file,
    };
    std::iter::once(what).chain(args).collect::<Vec<_>>().join(" ").replace('\n', " ")
}

/// Comes back only if the program could not be saved.
fn freeze_own(vm: &'static Vm, file: PathBuf, stream: &mut UnixStream) -> Result<String, String> {
    let t = sync::attach(vm, true).map_err(|error| error.to_string())?;
    let saved = frozen::save_and_end(&t, &file, || {
        // The program is saved, whether or not anybody hears of it.
        let _ = writeln!(stream, "ok");
    });
    sync::detach(t);
    saved.map(|()| String::new()).map_err(|error| error.to_string())
}
