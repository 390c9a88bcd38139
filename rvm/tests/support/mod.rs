//! Running the built `rvm` and the JDK's own tools, for the tests that compare them.

#![allow(dead_code, reason = "each test uses its part of this")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use stdlib::jdk_home::Search;

/// A process that takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(240);

/// What a process did.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The command under test, without the variables that would change what it does. The variable `RVM_UNDER_TEST` names
/// another one than this build's.
pub fn rvm() -> Command {
    let other = std::env::var_os("RVM_UNDER_TEST");
    let program = other.unwrap_or_else(|| env!("CARGO_BIN_EXE_rvm").into());
    let mut command = clean(Command::new(program));
    // Boot images of builds under test do not belong in the user's folder.
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

/// A tool of the JDK whose class library `rvm` runs: the two can only be compared on the same library.
pub fn jdk_tool(name: &str) -> Command {
    clean(Command::new(jdk_home().join("bin").join(name)))
}

fn clean(mut command: Command) -> Command {
    let variables = [
        "CLASSPATH",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "_JAVA_OPTIONS",
        "RVM_GC_STRESS",
        "RVM_GC_CHECK",
        "RVM_NO_IMAGE",
    ];
    for variable in variables {
        command.env_remove(variable);
    }
    command
}

fn jdk_home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Search::from_environment(None).find().unwrap_or_else(|error| panic!("{error}"));
        let path = home.path().to_owned();
        let missing = format!("{} has no javac: install openjdk-17-jdk-headless", path.display());
        assert!(path.join("bin/javac").exists(), "{missing}");
        path
    })
}

/// Runs a command to its end; kills it when it takes too long.
pub fn run(command: &mut Command, input: &str) -> Outcome {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    // A program need not read its input.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let out = drain(child.stdout.take().expect("piped"));
    let err = drain(child.stderr.take().expect("piped"));
    let code = wait(&mut child);
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().expect("a reader of a pipe")).into_owned()
    };
    Outcome { code, out: text(out), err: text(err) }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code();
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill().expect("a child can be killed");
            child.wait().expect("a child can be waited for");
            panic!("still running after {TIME_LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A new empty folder of this test.
pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("an old folder can be removed");
    }
    std::fs::create_dir_all(&path).expect("a folder can be made");
    path
}

/// Compiles sources to class files in `to`.
pub fn compile(sources: &[PathBuf], to: &Path) {
    let mut javac = jdk_tool("javac");
    let outcome =
        run(javac.args(["-nowarn", "-encoding", "UTF-8", "-d"]).arg(to).args(sources), "");
    assert_eq!(outcome.code, Some(0), "javac: {}", outcome.err);
}
