//! The control socket: how one process of a user asks another one about its program, or to save it.
//!
//! It has a name outside of the file system that goes away with its process (unix(7), abstract), and answers its own
//! user only. A request is a line, its words separated by null characters, since names of files have none; the answer is a line
//! that begins with `ok` or `error`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use stdlib::checkpoint;
use stdlib::resources::Policy;
use vm::boot::{Launch, Mode};
use vm::image::Saved;
use vm::{Vm, sync};

use crate::frozen::{self, FreezeOptions, Then};

/// Longest request in bytes: two paths, and a policy of any sensible length.
const MAX_REQUEST_BYTES: u64 = 1 << 20;
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
    // One that ends meanwhile is none.
    Ok(processes.into_iter().filter_map(|process| program_of(process).ok()).collect())
}

/// The program of a process.
///
/// # Errors
/// If it has none that this user may ask for.
pub fn program_of(process: u32) -> io::Result<RunningProgram> {
    Ok(RunningProgram { process, command: ask(process, "info")? })
}

/// What was saved, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Size of the file.
    pub file_bytes: u64,
    /// Bytes of the pages in it.
    pub page_bytes: u64,
    /// How long the program stood still.
    pub pause: Duration,
    /// How much of that the collection took.
    pub collection: Duration,
    /// How much of that the writing took.
    pub writing: Duration,
    /// Processor time that it took.
    pub processor: Duration,
}

impl From<Saved> for Snapshot {
    fn from(saved: Saved) -> Snapshot {
        let Saved { file_bytes, page_bytes, pause, collection, writing, processor, .. } = saved;
        Snapshot { file_bytes, page_bytes, pause, collection, writing, processor }
    }
}

impl Snapshot {
    pub(crate) fn to_text(saved: &Saved) -> String {
        let Saved { pause, collection, writing, processor, .. } = saved;
        let times = [pause, collection, writing, processor].map(|time| time.as_micros());
        let [pause, collection, writing, processor] = times;
        let (file_bytes, page_bytes) = (saved.file_bytes, saved.page_bytes);
        format!("{file_bytes} {page_bytes} {pause} {collection} {writing} {processor}")
    }

    fn from_text(text: &str) -> Option<Snapshot> {
        let mut numbers = text.split(' ').map(|word| word.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        let (file_bytes, page_bytes) = (next()?, next()?);
        let mut time = || next().map(Duration::from_micros);
        let (pause, collection, writing, processor) = (time()?, time()?, time()?, time()?);
        Some(Snapshot { file_bytes, page_bytes, pause, collection, writing, processor })
    }
}

/// Has a process save its program to a file, and end unless it is to be kept.
///
/// # Errors
/// If there is no such process of this user, or with what stands in the way; the program goes on then.
pub fn freeze(process: u32, file: &Path, options: &FreezeOptions) -> io::Result<Snapshot> {
    let since = options.since.as_deref().map(text_of).transpose()?.unwrap_or_default();
    let switches = options.switched_on().join(",");
    let policy = one_line(&options.policy.to_text());
    let words = ["freeze", &switches, &since, &policy, &text_of(file)?].join("\0");
    let answer = ask(process, &words)?;
    Snapshot::from_text(&answer).ok_or_else(|| io::Error::other("an answer of another rvm"))
}

/// Asks a process what would stand in the way of saving its program: nothing, or a line for each thing.
///
/// # Errors
/// If there is no such process of this user.
pub fn check_freeze(process: u32, policy: &Policy) -> io::Result<Vec<String>> {
    let answer = ask(process, &["check", &one_line(&policy.to_text())].join("\0"))?;
    Ok(answer.lines().map(str::to_owned).collect())
}

/// Requests and answers are lines: what has several is sent with another character between them.
const LINE_BREAK: &str = "\u{1e}";

fn one_line(text: &str) -> String {
    text.trim_end().replace('\n', LINE_BREAK)
}

/// The file, wherever it is asked for.
fn text_of(file: &Path) -> io::Result<String> {
    let file = std::path::absolute(file)?;
    let name = file.to_str().filter(|name| !name.contains(['\n', '\0']));
    let name = name.ok_or_else(|| io::Error::other("the name of the file is no line of text"))?;
    Ok(name.into())
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
    let answer = answer.trim_end().replace(LINE_BREAK, "\n");
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
    let words: Vec<&str> = request.trim_end_matches('\n').split('\0').collect();
    let answer = match words[..] {
        ["check", policy] => policy_of(policy).map(|policy| {
            let found = frozen::check(vm, &policy);
            found.err().map_or_else(String::new, |found| found.to_string())
        }),
        ["freeze", switches, since, policy, file] => {
            let mut options = FreezeOptions::default();
            let known = switches.split(',').all(|name| name.is_empty() || options.switch(name));
            options.since = Some(PathBuf::from(since)).filter(|_| !since.is_empty());
            match policy_of(policy).map(|policy| options.policy = policy) {
                Err(error) => Err(error),
                Ok(()) if known => freeze_own(vm, Path::new(file), &options, &mut stream),
                Ok(()) => Err(format!("this rvm does not know all of {switches}")),
            }
        }
        ["info"] => Ok(describe(vm)),
        _ => Err("no such request".into()),
    };
    match answer {
        Ok(text) => writeln!(stream, "ok {}", one_line(&text)),
        Err(text) => writeln!(stream, "error {}", one_line(&text)),
    }
}

fn policy_of(line: &str) -> Result<Policy, String> {
    let mut policy = Policy::default();
    policy.add_text(&line.replace(LINE_BREAK, "\n")).map_err(|error| error.to_string())?;
    Ok(policy)
}

fn describe(vm: &Vm) -> String {
    match vm.program.get() {
        Some((launch, _)) => command_text(&launch),
        None => "(starting)".into(),
    }
}

/// What was started, on one line.
pub(crate) fn command_text(Launch { mode, args }: &Launch) -> String {
    let what = match mode {
        Mode::Class(class) => class.clone(),
        Mode::Jar(jar) => format!("-jar {jar}"),
        Mode::Module(module) => format!("-m {module}"),
        Mode::Source(file) => file.clone(),
    };
    std::iter::once(what)
        .chain(args.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\n', " ")
}

/// Comes back if the program goes on.
fn freeze_own(
    vm: &'static Vm,
    file: &Path,
    options: &FreezeOptions,
    stream: &mut UnixStream,
) -> Result<String, String> {
    let t = sync::attach(vm, true).map_err(|error| error.to_string())?;
    if !options.no_hooks && checkpoint::wants_to_be_told(&t) {
        sync::detach(t);
        return ask_program(vm, file, options, stream);
    }
    let then = if options.keep { Then::GoOn } else { Then::End };
    let saved = frozen::save(&t, file, options, then, |saved| {
        if then == Then::End {
            // The program is saved, whether or not anybody hears of it.
            let _ = writeln!(stream, "ok {}", Snapshot::to_text(saved));
        }
    });
    sync::detach(t);
    saved.map(|saved| Snapshot::to_text(&saved)).map_err(|error| error.to_string())
}

/// Has the program save itself, after it has told its resources (`jdk.crac`). Comes back if it goes on.
fn ask_program(
    vm: &'static Vm,
    file: &Path,
    options: &FreezeOptions,
    stream: &UnixStream,
) -> Result<String, String> {
    let mut to = stream.try_clone().map_err(|error| error.to_string())?;
    let (tell, told) = mpsc::channel();
    let ends = !options.keep;
    let answer = move |result: Result<String, String>| {
        if let (true, Ok(text)) = (ends, &result) {
            // As in `freeze_own`.
            let _ = writeln!(to, "ok {text}");
        }
        // Who waits for it is still there.
        let _ = tell.send(result);
    };
    let then = if ends { checkpoint::Then::End } else { checkpoint::Then::GoOn };
    let options = Box::new(options.clone());
    if !checkpoint::of(vm).ask(file.into(), then, options, Box::new(answer)) {
        return Err("the program is being saved already".into());
    }
    told.recv().unwrap_or_else(|_| Err("the program does not answer".into()))
}
