//! What is missing, forbidden, full, broken, closed or gone: the class library's host side does under `rvm` what it does
//! under `java`, in exceptions and their messages, in descriptors left open, and without hanging. The programs are
//! in `tests/bad_input`; some need a shell to be put in a bad position first.

mod support;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// A user without rights; that no such name exists does not matter.
const NOBODY: &str = "65534";
/// Bytes of the file systems that get full.
const SMALL_BYTES: u32 = 8 << 20;

/// Compiled programs, archives and a copy of `rvm`, in a place that every user may read.
struct Scene {
    root: PathBuf,
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Removes what a former run has left, with folders that can not be entered.
fn remove(root: &Path) {
    if root.exists() {
        let open = run(Command::new("chmod").args(["-R", "u+rwX"]).arg(root), "");
        assert_eq!(open.code, Some(0), "{}", open.err);
        fs::remove_dir_all(root).expect("an old folder can be removed");
    }
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        // In the way from the root to the target folder, another user may not be let through.
        let mut hash = DefaultHasher::new();
        env!("CARGO_TARGET_TMPDIR").hash(&mut hash);
        let root = std::env::temp_dir().join(format!("rvm bad input {}", hash.finish()));
        remove(&root);
        let classes = root.join("classes");
        fs::create_dir_all(&classes).expect("a folder");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bad_input");
        let entries = fs::read_dir(sources).expect("the folder of programs");
        let sources: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        compile(&sources, &classes);
        fs::copy(env!("CARGO_BIN_EXE_rvm"), root.join("rvm")).expect("a copy of rvm");
        let jar = jdk_tool("jar").current_dir(&classes).args(["cf", "../whole.jar", "."]).status();
        assert!(jar.expect("jar runs").success());
        let open = run(Command::new("chmod").args(["-R", "a+rX"]).arg(&root), "");
        assert_eq!(open.code, Some(0), "{}", open.err);
        Scene { root }
    })
}

/// `java` or `rvm`, as words of a shell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vm {
    Java,
    Rvm,
}

impl Vm {
    fn command(self) -> String {
        let program = |command: Command| command.get_program().to_string_lossy().into_owned();
        match self {
            Vm::Java => quote(&program(jdk_tool("java"))),
            Vm::Rvm => format!("{} java", quote(&scene().path("rvm").to_string_lossy())),
        }
    }
}

fn quote(text: &str) -> String {
    format!("'{text}'")
}

/// Runs a script in which `$vm` is the virtual machine with the programs on its class path.
fn shell(vm: Vm, script: &str, name: &str) -> Outcome {
    let scene = scene();
    let classes = quote(&scene.path("classes").to_string_lossy());
    let line = format!("vm() {{ {} \"$@\"; }}\ncp={classes}\n{script}", vm.command());
    let mut command = match vm {
        Vm::Java => jdk_tool("java"),
        Vm::Rvm => rvm(),
    };
    // Its environment only: without the variables that would change what is run.
    let mut bash = Command::new("bash");
    for (key, value) in command.env("LC_ALL", "C.UTF-8").get_envs() {
        match value {
            Some(value) => bash.env(key, value),
            None => bash.env_remove(key),
        };
    }
    let work = scene.path(&format!("work {name} {}", if vm == Vm::Java { "java" } else { "rvm" }));
    fs::create_dir_all(&work).expect("a folder");
    fs::set_permissions(&work, fs::Permissions::from_mode(0o777)).expect("open to all");
    run(bash.current_dir(&work).args(["-c", &line, "bash"]).arg(&work), "")
}

fn compare(got: &Outcome, expected: &Outcome) {
    for (what, got, expected) in
        [("out", &got.out, &expected.out), ("err", &got.err, &expected.err)]
    {
        let mut lines = got.lines().zip(expected.lines()).enumerate();
        if let Some((n, (got, expected))) = lines.find(|(_, (got, expected))| got != expected) {
            panic!("standard {what}, line {}:\n  rvm:  {got:?}\n  java: {expected:?}", n + 1);
        }
        assert_eq!(got.lines().count(), expected.lines().count(), "lines of standard {what}");
    }
    assert_eq!(got.code, expected.code);
}

/// A script does the same with both; answers what.
fn same(name: &str, script: &str) -> Outcome {
    let expected = shell(Vm::Java, script, name);
    let got = shell(Vm::Rvm, script, name);
    compare(&got, &expected);
    got
}

/// As [`same`] where a collection in `java`, which comes when it likes, may give back a descriptor: then it is asked again.
fn same_as_once(name: &str, script: &str) -> Outcome {
    let got = shell(Vm::Rvm, script, name);
    for _ in 0..3 {
        if shell(Vm::Java, script, name) == got {
            return got;
        }
    }
    compare(&got, &shell(Vm::Java, script, name));
    got
}

fn is_root() -> bool {
    let id = run(Command::new("id").arg("-u"), "");
    id.out.trim() == "0"
}

/// How a script comes into a mount namespace of its own, where it may mount file systems; says so if it can not.
fn mounting() -> Option<&'static str> {
    let ways = ["unshare --mount", "unshare --user --map-root-user --mount"];
    let works = |way: &&str| {
        let line = format!("{way} sh -c 'mount -t tmpfs tmpfs /mnt'");
        run(Command::new("sh").args(["-c", &line]), "").code == Some(0)
    };
    let way = ways.into_iter().find(works);
    if way.is_none() {
        eprintln!("no file system can be mounted here: tried without one");
    }
    way
}

/// A script in a small file system at `$1/disk`, mounted with `options`.
fn on_disk(way: &str, options: &str, script: &str) -> String {
    let mount = format!("mkdir -p \"$1/disk\" && mount -t tmpfs -o {options} tmpfs \"$1/disk\"");
    let body = format!("{mount} || exit 99\n{script}");
    format!(
        "export -f vm; export cp\n{way} bash -c {} bash \"$1\"",
        quote(&body.replace('\'', "'\\''"))
    )
}

fn program(name: &str) {
    let outcome = same(name, &format!("vm -cp \"$cp\" {name} </dev/null"));
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(!outcome.out.contains("hangs"), "{}", outcome.out);
}

#[test]
fn missing_files() {
    program("MissingFiles");
}

#[test]
fn broken_archives() {
    program("BrokenArchives");
}

#[test]
fn broken_channels() {
    program("BrokenChannels");
}

#[test]
fn broken_processes() {
    program("BrokenProcesses");
}

#[test]
fn mapped_files_that_were_cut() {
    // Compiled code of HotSpot throws late, anywhere.
    let outcome = same("MappedFiles", "vm -Xint -cp \"$cp\" MappedFiles </dev/null");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let more = shell(Vm::Rvm, "vm -cp \"$cp\" MappedFiles more", "MappedFiles");
    assert_eq!(more.code, Some(0), "{}", more.err);
    for line in
        ["stack: -> true", "many: 20000", "threads: [2000, 2000, 2000, 2000]", "grown again: -> 7"]
    {
        assert!(more.out.lines().any(|it| it == line), "{line} in {}", more.out);
    }
    for what in ["compareAndSet", "getAndAdd", "put to reading"] {
        let start = format!("{what}: java.lang.InternalError: a fault occurred");
        assert!(more.out.lines().any(|it| it.starts_with(&start)), "{start} in {}", more.out);
    }
}

/// Once files are mapped there is a handler for these signals, which must not keep them from ending the process.
#[test]
fn signals_that_are_sent_are_fatal() {
    for signal in ["BUS", "SEGV"] {
        let script = format!(
            "cat > Self.java <<'END'\n{}\nEND\nvm Self.java {signal}",
            "import java.nio.channels.FileChannel;
import java.nio.file.*;
public class Self {
    public static void main(String[] args) throws Exception {
        Path p = Files.createTempFile(\"self\", null);
        Files.write(p, new byte[10]);
        try (var c = FileChannel.open(p)) { c.map(FileChannel.MapMode.READ_ONLY, 0, 10).get(0); }
        Files.delete(p);
        String kill = \"kill -\" + args[0] + \" \" + ProcessHandle.current().pid();
        new ProcessBuilder(\"sh\", \"-c\", kill).start().waitFor();
        Thread.sleep(60_000);
    }
}"
        );
        let script = script.replace("vm Self.java", "ulimit -c 0; vm_exec Self.java");
        let script = format!("vm_exec() {{ exec {} \"$@\"; }}\n{script}", Vm::Rvm.command());
        assert_eq!(shell(Vm::Rvm, &script, signal).code, None);
    }
}

#[test]
fn all_descriptors_taken() {
    let jar = quote(&scene().path("whole.jar").to_string_lossy());
    let script = format!("ulimit -n 256; vm -cp \"$cp\" Limits {jar} 10000 x");
    let outcome = same_as_once("limits", &script);
    assert!(outcome.out.contains("Too many open files"), "{}", outcome.out);
    let script = format!("ulimit -Sn 256; ulimit -Hn 2000; vm -cp \"$cp\" Limits {jar} 10000");
    assert_eq!(same("raised", &script).out.lines().next_back(), Some("19 hundred open"));
    let script = script.replace("vm -cp", "vm -XX:-MaxFDLimit -cp");
    assert_eq!(same("kept", &script).out.lines().next_back(), Some("2 hundred open"));
}

#[test]
fn full_file_system() {
    let Some(way) = mounting() else {
        // The limit of file sizes has a test of its own.
        same("full", "vm -cp \"$cp\" Printer 3 >/dev/full; echo $?");
        return;
    };
    let script = "mkdir \"$1/disk/s\"; vm -cp \"$cp\" FullDisk \"$1/disk/s\" 2>/dev/null";
    let script = on_disk(way, &format!("size={SMALL_BYTES},nr_inodes=300"), script);
    let outcome = same("full", &script);
    assert!(outcome.out.contains("No space left on device"), "{}", outcome.out);
    assert!(outcome.out.contains("map without room: java.lang.InternalError"), "{}", outcome.out);
}

#[test]
fn files_beyond_the_limit() {
    let script = "ulimit -f 4000; mkdir s; vm -cp \"$cp\" FullDisk \"$1/s\" x 2>/dev/null";
    let outcome = same("size", script);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(outcome.out.contains("File too large"), "{}", outcome.out);
}

/// Files and folders with all kinds of rights, in `$1/disk/s`.
const RIGHTS: &str = "\
mkdir -p \"$1/disk/s\" && cd \"$1/disk/s\" || exit 98
echo secret > unreadable; chmod 000 unreadable; echo text > readonly; chmod 444 readonly
mkdir closed searchonly listonly fixed sticky tree tree/a tree/b tree/c
for d in closed searchonly listonly fixed sticky; do echo in > $d/inside; done
echo x > tree/c/x; echo '#!/bin/sh' > program; ln -s closed/inside link; cp \"$jar\" jar.jar; chmod 600 jar.jar
chmod 000 closed tree/b; chmod 711 searchonly; chmod 744 listonly; chmod 755 fixed; chmod 1777 sticky
cd \"$1\"
";

#[test]
fn forbidden_to_a_user() {
    let jar = quote(&scene().path("whole.jar").to_string_lossy());
    let drop = if is_root() {
        format!("setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups")
    } else {
        eprintln!("not root: tried as this user, to whom some of the files belong");
        String::new()
    };
    let script = format!(
        "umask 022; export jar={jar}\n{RIGHTS}export -f vm; {drop} bash -c 'vm -cp \"$0\" Forbidden \"$1\" x' \"$cp\" \"$1/disk/s\""
    );
    let outcome = same("forbidden", &script);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(outcome.out.contains("Permission denied"), "{}", outcome.out);
}

#[test]
fn read_only_file_system() {
    let Some(way) = mounting() else {
        // Rights are another way to forbid writing.
        return forbidden_to_a_user();
    };
    let jar = quote(&scene().path("whole.jar").to_string_lossy());
    let script = format!(
        "{RIGHTS}mount -o remount,ro \"$1/disk\" && vm -cp \"$cp\" Forbidden \"$1/disk/s\""
    );
    let script = format!("export jar={jar}; {}", on_disk(way, "size=8m", &script));
    let outcome = same("read-only", &script);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(outcome.out.contains("Read-only file system"), "{}", outcome.out);
}

#[test]
fn standard_streams_gone() {
    let runs = [
        "vm -cp \"$cp\" Printer 100000 2>err | head -1; echo ${PIPESTATUS[0]}; cat err",
        "vm -cp \"$cp\" Printer 100000 x x </dev/null 2>err | head -1; echo ${PIPESTATUS[0]}; cat err",
        "vm -cp \"$cp\" Printer 3 x </dev/null >/dev/full 2>err; echo $?; cat err",
        "vm -cp \"$cp\" Printer 3 x y </dev/null 2>/dev/full; echo $?",
        "vm -cp \"$cp\" Printer 3 x y </dev/null 2>&-; echo $?",
        "vm -cp \"$cp\" Printer 3 <&- 2>err; echo $?; cat err",
        "vm -cp \"$cp\" Printer 3 </dev/null >&- 2>/dev/null; echo $?",
        "vm -cp \"$cp\" Printer 3 x </tmp 2>err; echo $?; cat err",
        "vm -cp \"$cp\" Printer 3 x </dev/null 1</dev/null 2>err; echo $?; cat err",
        "vm -cp \"$cp\" Printer 3 x 0>/dev/null 2>err; echo $?; cat err",
    ];
    for script in runs {
        same("streams", script);
    }
}

/// Archives and class files that are broken: with bytes cut, changed, or not there.
fn broken(whole: &[u8], class: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut changed = class.to_vec();
    changed[3] ^= 1;
    vec![
        ("empty.jar", Vec::new()),
        ("short.jar", whole[..3].to_vec()),
        ("text.jar", b"no archive ".repeat(50)),
        ("cut.jar", whole[..whole.len() / 2].to_vec()),
        ("tail.jar", whole[whole.len() / 2..].to_vec()),
        ("cutclass/Printer.class", class[..class.len() / 3].to_vec()),
        ("badclass/Printer.class", changed),
        ("emptyclass/Printer.class", Vec::new()),
        ("noclass/Printer.class", b"hello ".repeat(100)),
    ]
}

#[test]
fn broken_class_path() {
    let place = folder("broken class path");
    let whole = fs::read(scene().path("whole.jar")).expect("the archive");
    let class = fs::read(scene().path("classes").join("Printer.class")).expect("a class file");
    let mut entries = vec!["/no/such".to_owned(), "missing.jar".to_owned()];
    for (name, bytes) in broken(&whole, &class) {
        let file = place.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("written");
        entries.push(name.trim_end_matches("/Printer.class").to_owned());
    }
    fs::create_dir_all(place.join("folder/Printer.class")).expect("made");
    fs::create_dir(place.join("folder.jar")).expect("made");
    std::os::unix::fs::symlink("loop.jar", place.join("loop.jar")).expect("made");
    entries.extend(["folder", "folder.jar", "loop.jar"].map(str::to_owned));
    let mut script = format!("cd {}\n", quote(&place.to_string_lossy()));
    for entry in &entries {
        for line in [
            format!("vm -cp {entry} Printer 1"),
            format!("vm -cp {entry}:\"$cp\" Printer 1"),
            format!("vm -jar {entry}"),
        ] {
            script.push_str(&format!("echo {}; {line} 2>&1; echo $?\n", quote(&line)));
        }
    }
    let outcome = same("class path", &script);
    assert!(outcome.out.contains("Invalid or corrupt jarfile"), "{}", outcome.out);
    assert!(outcome.out.contains("ClassFormatError"), "{}", outcome.out);
}
