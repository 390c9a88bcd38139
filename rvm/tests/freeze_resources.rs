//! Programs with open files, sockets and pipes, and threads that wait for input: saved, and gone on with in new processes.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use support::{Outcome, compile, folder, run, rvm};

/// Exit code of a process whose program was saved.
const FROZEN: i32 = 75;

fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("freeze_resources");
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/freeze");
        let names = [
            "Everything",
            "Slowly",
            "Obstacles",
            "Limits",
            "Locked",
            "Identity",
            "Zipped",
            "Linked",
        ];
        let sources: Vec<_> =
            names.iter().map(|name| programs.join(name).with_extension("java")).collect();
        compile(&sources, &to);
        to
    })
}

/// A program in a process of its own, and what it says.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn spawn(command: &mut Command, stdin: Stdio) -> Running {
        let command = command.env("LC_ALL", "C.UTF-8").stdin(stdin).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::inherit()).spawn().expect("a process");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        Running { child, out }
    }

    fn start(name: &str, arguments: &[&str], stdin: Stdio) -> Running {
        let mut command = rvm();
        command.args(["run", "-cp"]).arg(classes()).arg(name).args(arguments);
        Running::spawn(&mut command, stdin)
    }

    fn resume(saved: &Path, options: &[&str], stdin: Stdio) -> Running {
        Running::spawn(rvm().arg("resume").arg(saved).args(options), stdin)
    }

    fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Its next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("text");
        line.trim_end().into()
    }

    /// Saves it to a file; what the command did.
    fn freeze(&self, saved: &Path, options: &[&str]) -> Outcome {
        let mut command = rvm();
        run(command.args(["freeze", &self.id(), "-o"]).arg(saved).args(options), "")
    }

    /// As [`Running::freeze`], which must succeed and end it.
    fn end_frozen(mut self, saved: &Path, options: &[&str]) {
        let frozen = self.freeze(saved, options);
        assert_eq!((frozen.code, frozen.err.as_str()), (Some(0), ""));
        assert_eq!(self.child.wait().expect("a child").code(), Some(FROZEN));
    }

    /// All that it says until its end.
    fn rest(mut self) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("text");
        assert_eq!(self.child.wait().expect("a child").code(), Some(0), "{rest}");
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, but for tests that fail.
        let _ = self.child.kill();
    }
}

#[test]
fn everything_open_at_once() {
    let place = folder("freeze_everything");
    let saved = place.join("saved");
    let dir = place.join("files");
    fs::create_dir(&dir).expect("a folder");
    let (stdin, mut feed) = std::io::pipe().expect("a pipe");
    let input = || Stdio::from(stdin.try_clone().expect("a descriptor"));
    let mut program = Running::start("Everything", &[dir.to_str().expect("text")], input());
    assert_eq!(program.line(), "ready");
    // Twice: what was made anew is saved, too.
    program.end_frozen(&saved, &[]);
    let again = Running::resume(&saved, &[], input());
    feed.write_all(b"over").expect("a reader");
    thread::sleep(Duration::from_millis(300));
    again.end_frozen(&saved, &[]);
    let last = Running::resume(&saved, &[], input());
    feed.write_all(b"heard\ngo\n").expect("a reader");
    let expected = "read overheard\nserved 0\nselected 2\nserved 1\nmessage msg\nunix served\n\
                    pipe in the pipe\nmapped 42 43 7\nposition 20005 20005\nlog one two\n\
                    directory all there\ntwice: 20005 3 3\nwatched ENTRY_CREATE new\n\
                    closed AsynchronousCloseException\nnew process true\n";
    assert_eq!(last.rest(), expected);
}

/// What is read slowly, by three readers: standard input, a pipe of the program, a connection of the program to itself is none
/// that could be saved.
#[test]
fn no_byte_is_lost_or_doubled() {
    let place = folder("freeze_slowly");
    let (stdin, mut feed) = std::io::pipe().expect("a pipe");
    let input = || Stdio::from(stdin.try_clone().expect("a descriptor"));
    let feeder = thread::spawn(move || {
        let mut sum = 0_u64;
        for n in 0..1500_u64 {
            let bytes: Vec<u8> = (0..n % 97 + 1).map(|i| (n * 31 + i * 7) as u8).collect();
            sum = bytes.iter().fold(sum, |sum, b| sum.wrapping_mul(31).wrapping_add((*b).into()));
            feed.write_all(&bytes).expect("a reader");
            if n % 3 == 0 {
                thread::sleep(Duration::from_millis(n % 5));
            }
        }
        sum
    });
    let saved = place.join("saved");
    let mut freezes = 0;
    let mut program = Running::start("Slowly", &[], input());
    let mut out = String::new();
    while program.child.try_wait().expect("a child").is_none() {
        thread::sleep(Duration::from_millis(30 + freezes * 7 % 23));
        // Some go on, too: what was saved is then not used.
        let keep = freezes % 3 == 2;
        let frozen = program.freeze(&saved, if keep { &["--keep"] } else { &[] });
        if frozen.code != Some(0) {
            // It is at its end.
            break;
        }
        freezes += 1;
        if !keep {
            out += &{
                let mut said = String::new();
                program.out.read_to_string(&mut said).expect("text");
                said
            };
            program = Running::resume(&saved, &[], input());
        }
    }
    out += &program.rest();
    let sum = feeder.join().expect("no panic") as i64;
    assert_eq!(out, format!("stdin 72330 {sum}\npipe 200000 true\n"), "after {freezes} freezes");
    assert!(freezes >= 10, "{freezes} freezes");
    println!("{freezes} freezes");
}

/// Each obstacle is one line, with its kind and the option that lets it pass.
#[test]
fn what_stands_in_the_way_is_listed() {
    let place = folder("freeze_obstacles");
    let saved = place.join("saved");
    let (stdin, mut feed) = std::io::pipe().expect("a pipe");
    let mut program = Running::start("Obstacles", &[place.to_str().expect("text")], stdin.into());
    assert_eq!(program.line(), "ready");
    let id = program.id();
    let check = |options: &[&str]| {
        let mut command = rvm();
        run(command.args(["freeze", &id, "--check"]).args(options), "")
    };
    let found = check(&[]);
    let lines: Vec<&str> = found.out.lines().collect();
    assert_eq!((found.code, lines.len()), (Some(1), 5), "{}", found.out);
    let has = |beginning: &str, middle: &str, end: &str| {
        let fits = |line: &&&str| {
            line.starts_with(beginning) && line.contains(middle) && line.ends_with(end)
        };
        assert_eq!(lines.iter().filter(fits).count(), 1, "{beginning} in\n{}", found.out);
    };
    let gone = place.join("gone").display().to_string();
    has("process ", "sleep: it has not been waited for", "; no option lets it pass)");
    has("file ", &format!("{gone}: it was removed"), " or --copy-files let it pass)");
    has("listening socket ", ": somebody waits", "; --drop-connections lets it pass)");
    let connections = lines.iter().filter(|line| line.starts_with("connection "));
    let open = " it is open (rule: refused; --drop-connections lets it pass)";
    assert_eq!(connections.filter(|line| line.ends_with(open)).count(), 2, "{}", found.out);
    // Nothing is saved, and the program has not noticed.
    let refused = program.freeze(&saved, &[]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.starts_with("rvm: ") && refused.err.lines().count() == 5,
        "{}",
        refused.err
    );
    assert!(!saved.exists());
    feed.write_all(b"end the child\n").expect("a reader");
    assert_eq!(program.line(), "ended");
    let some = check(&["--drop-connections"]);
    assert_eq!(some.out.lines().count(), 1, "{}", some.out);
    let policy = place.join("policy");
    let text = format!("# all of it\nconnections drop\nfile \"{gone}\" copy\n");
    fs::write(&policy, text).expect("a file");
    let options = ["--policy", policy.to_str().expect("text")];
    assert_eq!(check(&options), Outcome { code: Some(0), out: "".into(), err: "".into() });
    program.end_frozen(&saved, &options);
    let (stdin, mut feed) = std::io::pipe().expect("a pipe");
    let resumed = Running::resume(&saved, &[], stdin.into());
    feed.write_all(b"go\n").expect("a reader");
    let expected = "connection: java.net.SocketException\nblocked reader: java.net.SocketException\n\
                    file: content that is gone\naccepted again\n";
    assert_eq!(resumed.rest(), expected);
}

#[test]
fn what_can_not_be_had_again_is_listed() {
    let place = folder("freeze_missing");
    let [saved, data, log] = ["saved", "data", "log"].map(|name| place.join(name));
    fs::write(&data, "0123456789").expect("a file");
    fs::write(&log, "begun\n").expect("a file");
    let text = |path: &Path| path.display().to_string();
    let (stdin, mut feed) = std::io::pipe().expect("a pipe");
    let input = || Stdio::from(stdin.try_clone().expect("a descriptor"));
    let mut program = Running::start("Limits", &["files", &text(&data), &text(&log)], input());
    let port: u16 = program.line().parse().expect("a port");
    program.end_frozen(&saved, &[]);
    fs::remove_file(&data).expect("a file");
    fs::rename(&log, place.join("old")).expect("a file");
    fs::write(&log, "another one, and long enough\n").expect("a file");
    let taken = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let refused = run(rvm().arg("resume").arg(&saved), "go\n");
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    let lines: Vec<&str> = refused.err.lines().collect();
    assert_eq!(lines.len(), 4, "{}", refused.err);
    assert_eq!(lines[0], "rvm: what the program had open can not be had again:");
    let has = |middle: &str| {
        let found = lines.iter().filter(|line| line.contains(middle)).count();
        assert_eq!(found, 1, "{middle} in\n{}", refused.err);
    };
    has(&format!("{}: No such file or directory", data.display()));
    has(&format!("{}: another file has its path now", log.display()));
    has(&format!("127.0.0.1:{port}: it can not be bound: Address already in use"));
    // Elsewhere.
    fs::write(place.join("elsewhere"), "abcdefghij").expect("a file");
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let other = free.local_addr().expect("an address").port();
    drop(free);
    let pairs = [
        format!("{}={}", data.display(), place.join("elsewhere").display()),
        format!("{}={}", log.display(), place.join("old").display()),
        format!("127.0.0.1:{port}=127.0.0.1:{other}"),
    ];
    let options: Vec<&str> = pairs.iter().flat_map(|pair| ["--rebind", pair]).collect();
    let mut resumed = Running::resume(&saved, &options, input());
    feed.write_all(b"go\n").expect("a reader");
    assert_eq!(resumed.line(), "efghij");
    let mut client = TcpStream::connect(("127.0.0.1", other)).expect("the program listens");
    let mut said = String::new();
    client.read_to_string(&mut said).expect("text");
    assert_eq!(said, "hello");
    assert_eq!(resumed.rest(), "served\n");
    assert_eq!(fs::read_to_string(place.join("old")).expect("the log"), "begun\nmore\n");
    drop(taken);
}

/// Time limits have left what they had; the time in between does not count.
#[test]
fn time_limits_go_on() {
    let place = folder("freeze_limits");
    let saved = place.join("saved");
    for what in ["accept", "select", "receive", "oldaccept"] {
        let mut program = Running::start("Limits", &[what], Stdio::null());
        assert_eq!(program.line(), "waits");
        thread::sleep(Duration::from_millis(500));
        program.end_frozen(&saved, &[]);
        thread::sleep(Duration::from_millis(1200));
        let said = Running::resume(&saved, &[], Stdio::null()).rest();
        let millis = said.trim().parse::<u64>().unwrap_or_else(|_| panic!("{what}: {said}"));
        // A limit that began anew would make it two seconds.
        assert!((1000..1950).contains(&millis), "{what}: {millis} ms in all");
    }
}

#[test]
fn copies_come_back_without_their_files() {
    let place = folder("freeze_copies");
    let [saved, data, log] = ["saved", "data", "log"].map(|name| place.join(name));
    fs::write(&data, "0123456789").expect("a file");
    fs::write(&log, "begun\n").expect("a file");
    let text = |path: &Path| path.display().to_string();
    let mut program =
        Running::start("Limits", &["files", &text(&data), &text(&log)], Stdio::piped());
    let port: u16 = program.line().parse().expect("a port");
    program.end_frozen(&saved, &["--copy-files"]);
    fs::remove_file(&data).expect("a file");
    fs::remove_file(&log).expect("a file");
    let mut resumed = Running::resume(&saved, &[], Stdio::piped());
    resumed.child.stdin.take().expect("piped").write_all(b"go\n").expect("a reader");
    assert_eq!(resumed.line(), "456789");
    drop(TcpStream::connect(("127.0.0.1", port)).expect("the program listens"));
    assert_eq!(resumed.rest(), "served\n");
    assert_eq!(fs::read_to_string(&log).expect("made again"), "begun\nmore\n");
    assert!(!data.exists(), "what is only read has no name");
}

/// Locks of files are taken again, and waited for again.
#[test]
fn locks_of_files() {
    let place = folder("freeze_locks");
    let [saved, file] = ["saved", "file"].map(|name| place.join(name));
    fs::write(&file, "0123456789").expect("a file");
    let path = file.to_str().expect("text");
    let mut owner = Running::start("Locked", &["owner", path], Stdio::piped());
    assert_eq!(owner.line(), "locked");
    owner.end_frozen(&saved, &[]);
    let mut owner = Running::resume(&saved, &[], Stdio::piped());
    let waits = place.join("waits");
    let mut waiter = Running::start("Locked", &["waiter", path], Stdio::null());
    assert_eq!(waiter.line(), "waits");
    thread::sleep(Duration::from_millis(100));
    waiter.end_frozen(&waits, &[]);
    let refused = run(rvm().arg("resume").arg(&saved), "");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("somebody else has locked it"), "{}", refused.err);
    let waiter = Running::resume(&waits, &[], Stdio::null());
    thread::sleep(Duration::from_millis(200));
    owner.child.stdin.take().expect("piped").write_all(b"x").expect("a reader");
    assert_eq!(owner.rest(), "released\n");
    assert_eq!(waiter.rest(), "got it\n");
}

/// Two processes that go on with one image draw different numbers, and know who they are.
#[test]
fn identity_and_time() {
    let place = folder("freeze_identity");
    let saved = place.join("saved");
    let mut program = Running::start("Identity", &[], Stdio::piped());
    assert_eq!(program.line(), "ready");
    program.end_frozen(&saved, &[]);
    thread::sleep(Duration::from_millis(2000));
    let mut drawn = Vec::new();
    for _ in 0..2 {
        let mut resumed = Running::resume(&saved, &[], Stdio::piped());
        resumed.child.stdin.take().expect("piped").write_all(b"x").expect("a reader");
        let id = resumed.id();
        let said = resumed.rest();
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        assert_eq!(lines[1..], [&id, "true", &id, "true", "true"], "{said}");
        drawn.push(lines[0].replace(['[', ']', ','], ""));
    }
    let words: Vec<Vec<&str>> = drawn.iter().map(|line| line.split(' ').collect()).collect();
    assert_eq!((words[0].len(), words[0][0]), (7, words[1][0]), "an own generator goes on");
    for (first, second) in words[0].iter().zip(&words[1]).skip(1) {
        assert_ne!(first, second);
    }
}

/// What is packed and unpacked in pieces, each in another process, is what `java` makes of it.
#[test]
fn compression_streams() {
    let place = folder("freeze_zipped");
    let saved = place.join("saved");
    let expected = run(support::jdk_tool("java").arg("-cp").arg(classes()).arg("Zipped"), "");
    let mut program = Running::start("Zipped", &[], Stdio::null());
    let mut all = String::new();
    let mut freezes = 0;
    loop {
        thread::sleep(Duration::from_millis(60));
        let frozen = program.freeze(&saved, &[]);
        if frozen.code != Some(0) {
            assert!(
                frozen.err.contains("runs no program") || frozen.err.contains("ended"),
                "{}",
                frozen.err
            );
            break;
        }
        freezes += 1;
        program.out.read_to_string(&mut all).expect("text");
        program = Running::resume(&saved, &[], Stdio::null());
    }
    all += &program.rest();
    assert_eq!(all, expected.out, "after {freezes} freezes");
    assert!(freezes >= 5, "{freezes} freezes");
}

/// At the very beginning, while the class of `main` is linked, the library reads its own files.
#[test]
fn before_main_runs() {
    let saved = folder("freeze_linked").join("saved");
    let mut freezes = 0;
    for tenths in 0..40 {
        let mut command = rvm();
        command.env("RVM_FREEZE_AFTER", format!("{}:{}", tenths / 10, saved.display()));
        let begun = run(command.args(["run", "-cp"]).arg(classes()).arg("Linked"), "");
        let mut said = begun.out;
        if begun.code == Some(FROZEN) {
            freezes += 1;
            let rest = run(rvm().arg("resume").arg(&saved), "");
            assert_eq!((rest.code, rest.err.as_str()), (Some(0), ""));
            said += &rest.out;
        }
        assert_eq!(said, "realm true filter\n");
    }
    assert!(freezes >= 10, "{freezes} freezes");
}
