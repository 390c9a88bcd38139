//! Programs that have themselves saved: `jdk.crac`, `rvm.guest`, and the command line that belongs to them.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use stdlib::own_classes::OWN_CLASSES;
use support::{Outcome, folder, jdk_tool, run, rvm};

/// Exit code of a process whose program was saved.
const SAVED: i32 = 75;

fn java_sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/java")
}

/// The test programs, compiled.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let to = folder("crac");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crac");
        let sources = fs::read_dir(from).expect("the sources").flatten().map(|entry| entry.path());
        let sources = sources.filter(|path| path.is_file());
        let mut javac = jdk_tool("javac");
        javac.args(["-nowarn", "-Xlint:-options", "-cp"]).arg(java_sources()).arg("-d").arg(&to);
        let outcome = run(javac.args(sources), "");
        assert_eq!(outcome.code, Some(0), "{}", outcome.err);
        to
    })
}

fn java(options: &[&str]) -> Command {
    let mut command = rvm();
    command.arg("java").args(options).env("LC_ALL", "C.UTF-8");
    command
}

/// Runs a program that saves itself in `place`.
fn start(place: &Path, options: &[&str], program: &[&str]) -> Outcome {
    let mut command = java(options);
    command.arg(format!("-XX:CRaCCheckpointTo={}", place.display()));
    run(command.arg("-cp").arg(classes()).args(program).env("CRAC_TEST", "old"), "")
}

/// Goes on with it.
fn restore(place: &Path, options: &[&str], program: &[&str]) -> Outcome {
    let mut command = java(options);
    command.arg(format!("-XX:CRaCRestoreFrom={}", place.display()));
    run(command.args(program).env("CRAC_TEST", "new"), "")
}

fn assert_out(outcome: &Outcome, code: i32, out: &str) {
    assert_eq!(outcome.out, out, "{}", outcome.err);
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(code), ""));
}

#[test]
fn the_classes_are_those_of_their_sources() {
    let to = folder("own_classes");
    let mut sources = Vec::new();
    let mut folders = vec![java_sources().join("jdk"), java_sources().join("rvm/guest")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            match path.extension() {
                None => folders.push(path),
                Some(extension) if extension == "java" => sources.push(path),
                Some(_) => {}
            }
        }
    }
    let mut javac = jdk_tool("javac");
    javac.args(["--release", "17", "-g:none", "-Xlint:all", "-Werror", "-d"]).arg(&to);
    let compiled = run(javac.args(sources), "");
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    for (name, bytes) in OWN_CLASSES {
        let path = to.join(name).with_extension("class");
        let again = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let advice = "compile stdlib/java/jdk again (javac --release 17 -g:none)";
        assert!(again == *bytes, "{name}: {advice}");
        fs::remove_file(path).expect("the file");
    }
    let elsewhere = java_sources().join("elsewhere/rvm/guest");
    let mut javac = jdk_tool("javac");
    javac.args(["--release", "17", "-g:none", "-cp"]).arg(java_sources()).arg("-d").arg(&to);
    assert_eq!(run(javac.arg(elsewhere.join("Backend.java")), "").code, Some(0));
    let again = fs::read(to.join("rvm/guest/Backend.class")).expect("a class file");
    assert!(again == fs::read(elsewhere.join("Backend.class")).expect("a class file"));
    fs::remove_file(to.join("rvm/guest/Backend.class")).expect("the file");
    let mut more = Command::new("find");
    let more = run(more.arg(&to).args(["-name", "*.class"]), "");
    assert_eq!(more.out, "", "classes that own_classes.rs does not name");
}

const BEFORE: &str = "before last from Global Context\nbefore inner 1 from nested\nbefore inner 2 from nested\n\
                      before first from Global Context\n";

fn after(given: &str) -> String {
    ["first", "inner 1", "inner 2", "last"].map(|name| format!("after {name} {given}\n")).concat()
}

#[test]
fn resources_are_told_in_order() {
    let place = folder("crac_order").join("saved");
    let saved = start(&place, &[], &["Order", "plain"]);
    assert_out(&saved, SAVED, &format!("true\nnull\n{BEFORE}"));
    let end = "restored\ngoes on with [plain]\n";
    assert_out(&restore(&place, &[], &[]), 0, &format!("{}{end}", after("null new")));
    // As often as one likes; with properties, and another main method that is called first.
    let restored = restore(&place, &["-Dgiven=x=y"], &["Order$New", "a b", "c"]);
    let told = after("x=y new");
    assert_out(&restored, 0, &format!("{told}new main [a b, c]\n{end}"));
    let failed = restore(&place, &["-Dgiven"], &["Order$New"]);
    let told = after(" new");
    let exception = "jdk.crac.RestoreException [java.lang.reflect.InvocationTargetException]";
    assert_out(&failed, 0, &format!("{told}new main []\n{exception}\ngoes on with [plain]\n"));
    let missing = restore(&place, &[], &["Missing"]);
    assert!(missing.out.contains("RestoreException [java.lang.ClassNotFoundException: Missing]"));
    // The file itself can be named.
    let file = place.join("program.rvm");
    assert_eq!(restore(&file, &[], &[]).code, Some(0));
    let resumed = run(rvm().arg("resume").arg(&file).env("CRAC_TEST", "new"), "");
    assert_out(&resumed, 0, &format!("{}{end}", after("null new")));
}

#[test]
fn exceptions_are_collected() {
    let place = folder("crac_exceptions").join("saved");
    let failed = start(&place, &[], &["Order", "before"]);
    let all = "jdk.crac.CheckpointException [java.lang.Exception: bad can not be closed, \
               java.lang.Exception: bad inner can not be closed, \
               java.lang.IllegalStateException: bad can not be opened]";
    assert_eq!(failed.code, Some(0), "{}", failed.err);
    assert!(failed.out.contains(all), "{}", failed.out);
    assert!(
        failed.out.contains("after inner 2") && failed.out.ends_with("goes on with [before]\n")
    );
    assert!(!place.exists(), "nothing is saved after a failure");
    assert_eq!(start(&place, &[], &["Order", "after"]).code, Some(SAVED));
    let late = restore(&place, &[], &[]);
    let all =
        "jdk.crac.RestoreException [java.lang.IllegalStateException: inner 2 can not be opened]";
    assert!(late.out.contains(all) && late.out.contains("after last"), "{}", late.out);
    let recursive = start(&place, &[], &["Order", "recursive"]);
    let text = "[java.lang.IllegalStateException: a resource asks for a checkpoint while one is under way]";
    assert!(recursive.out.contains(text), "{}", recursive.out);
    assert_eq!(recursive.code, Some(SAVED));
}

#[test]
fn without_a_place_nothing_is_saved() {
    let outcome = run(java(&["-cp"]).arg(classes()).args(["Order", "plain"]), "");
    let why = "jdk.crac.CheckpointException [java.lang.RuntimeException: nobody has said where to save the program";
    assert!(outcome.out.contains(why), "{}", outcome.out);
    assert!(outcome.out.contains("after first") && outcome.out.ends_with("goes on with [plain]\n"));
    // Folders above it are not made.
    let outcome = start(Path::new("/nowhere/at all"), &[], &["Order", "plain"]);
    assert!(outcome.out.contains("/nowhere/at all: No such file"), "{}", outcome.out);
}

#[test]
fn the_process_can_go_on() {
    let place = folder("crac_goes_on").join("saved");
    let both = start(&place, &["-XX:+CRaCKeepRunning"], &["Order", "plain"]);
    let end = "restored\ngoes on with [plain]\n";
    assert_out(&both, 0, &format!("true\nnull\n{BEFORE}{}{end}", after("null old")));
    assert_out(&restore(&place, &[], &[]), 0, &format!("{}{end}", after("null new")));
}

/// Runs a program through all its checkpoints; answers what its processes said together and how many there were.
fn through_checkpoints(name: &str, stress: bool) -> (String, usize) {
    let place =
        folder(&format!("crac_{name}{}", if stress { "_stress" } else { "" })).join("saved");
    let mut all = String::new();
    for checkpoints in 0..100 {
        let mut command = java(&[]);
        match checkpoints {
            0 => {
                command.arg(format!("-XX:CRaCCheckpointTo={}", place.display()));
                command.arg("-cp").arg(classes()).arg(name);
            }
            _ => {
                command.arg(format!("-XX:CRaCRestoreFrom={}", place.display()));
            }
        }
        if stress {
            command.env("RVM_GC_STRESS", "500").env("RVM_GC_CHECK", "1");
        }
        let outcome = run(&mut command, "");
        all += &outcome.out;
        assert_eq!(outcome.err, "");
        if outcome.code != Some(SAVED) {
            assert_eq!(outcome.code, Some(0));
            return (all, checkpoints);
        }
    }
    panic!("checkpoints do not end: {all}");
}

#[test]
fn checkpoints_at_odd_places() {
    let expected = run(jdk_tool("java").arg("-cp").arg(classes()).arg("Places"), "");
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    for stress in [false, true] {
        let (out, checkpoints) = through_checkpoints("Places", stress);
        assert_eq!(out, expected.out);
        assert_eq!(checkpoints, 14);
    }
}

#[test]
fn what_stands_in_the_way() {
    let place = folder("crac_obstacles").join("saved");
    let saved = start(&place, &[], &["Obstacles"]);
    let told =
        "before\nafter\njdk.crac.CheckpointException jdk.crac.impl.CheckpointOpenSocketException\n";
    assert!(saved.out.starts_with(told), "{}{}", saved.out, saved.err);
    assert!(!saved.out.contains("false"), "{}", saved.out);
    assert!(saved.out.ends_with("true\n5\nbefore\n"), "{}{}", saved.out, saved.err);
    assert_eq!(saved.code, Some(SAVED));
    assert_out(&restore(&place, &[], &[]), 0, "after\nthe end false\n");
}

#[test]
fn restoring_what_is_not_there() {
    let place = folder("crac_missing");
    let missing = restore(&place.join("none"), &[], &[]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("can not be read"), "{}", missing.err);
    let jar = restore(&place.join("none"), &[], &["-jar", "x.jar"]);
    assert!(jar.err.contains("only a class on the class path"), "{}", jar.err);
    // Or the program is started.
    let options = ["-XX:+CRaCIgnoreRestoreIfUnavailable", "-cp"];
    let classes = classes().to_str().expect("a path of text");
    let mut command = java(&[]);
    command.arg(format!("-XX:CRaCRestoreFrom={}", place.join("none").display()));
    let instead = run(command.args(options).args([classes, "Order$New", "x"]), "");
    assert_eq!((instead.code, instead.out.as_str()), (Some(0), "new main [x]\n"));
    assert!(instead.err.contains("starting the program anew"), "{}", instead.err);
    for option in ["-XX:CRaCCheckpointTo=", "-XX:CRaCRestoreFrom", "-XX:+CRaCRestoreFrom"] {
        let refused = run(java(&[option]).args(["-cp", classes, "Order$New", "x"]), "");
        assert_eq!(refused.code, Some(1), "{option}: {}", refused.out);
    }
}

/// The jar file that 'rvm guest-api' writes.
fn guest_api() -> &'static Path {
    static JAR: OnceLock<PathBuf> = OnceLock::new();
    JAR.get_or_init(|| {
        let jar = folder("guest_api").join("guest.jar");
        let written = run(rvm().args(["guest-api", "-o"]).arg(&jar), "");
        assert_eq!((written.code, written.err.as_str()), (Some(0), ""));
        jar
    })
}

/// `Guests`, compiled with nothing but that file.
fn guests() -> Vec<&'static str> {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let to = folder("guests_program");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crac/guests");
        let sources = ["Guests.java", "Warm.java"].map(|name| from.join(name));
        let mut javac = jdk_tool("javac");
        let compiled = run(javac.arg("-cp").arg(guest_api()).arg("-d").arg(&to).args(sources), "");
        assert_eq!(compiled.code, Some(0), "{}", compiled.err);
        to
    });
    vec!["-cp", classes.to_str().expect("a path of text"), "Guests"]
}

#[test]
fn guests_save_themselves() {
    let place = folder("guests_saved");
    let file = place.join("snap");
    let name = file.to_str().expect("a path of text");
    let first = run(java(&guests()).args(["checkpoint", name]), "");
    let told = "true false\nbefore\nafter false\n1 false false\nbefore\n";
    assert_out(&first, SAVED, told);
    let suspended = place.join("snap suspended");
    for _ in 0..2 {
        let rest = run(rvm().arg("resume").arg(&suspended), "");
        assert_out(&rest, 0, "after true\nsuspended and resumed true\n");
    }
    // The snapshot goes on to the next one, which it takes at the same place, in this process and then in the next.
    let second = run(rvm().arg("resume").arg(&file), "");
    let told = "after true\n1 true true\nbefore\nafter false\n2 false true\nbefore\n";
    assert_out(&second, SAVED, told);
    let third = run(rvm().arg("resume").arg(&file), "");
    let told = "after true\n2 true true\nbefore\nafter false\n3 false true\nbefore\n";
    assert_out(&third, SAVED, told);
    let last = run(rvm().arg("resume").arg(&file), "");
    assert_out(&last, 0, "after true\n3 true true\n");
    let failing = run(java(&guests()).args(["fail", name]), "");
    let told = "true false\nbefore\nafter false\nthe program was not saved: not now false \
                java.lang.IllegalStateException: not now\nnull\n";
    assert_out(&failing, 0, told);
}

#[test]
fn guests_clone_themselves() {
    let family = run(java(&guests()).arg("clone"), "");
    assert_eq!((family.code, family.err.as_str()), (Some(0), ""));
    let mut said: Vec<&str> =
        family.out.lines().filter_map(|line| line.strip_prefix("family ")).collect();
    said.sort_unstable();
    assert_eq!(said, ["cc", "co", "oc", "oo"], "{}", family.out);
    assert_eq!(family.out.matches("before").count(), 3);
    assert_eq!(family.out.matches("after false").count(), 3);
    assert_eq!(family.out.matches("after true").count(), 3);
}

#[test]
fn elsewhere_the_interface_refuses() {
    let mut hotspot = jdk_tool("java");
    let class_path = format!("{}:{}", guests()[1], guest_api().display());
    let refused = run(hotspot.args(["-cp", &class_path, "Guests"]), "");
    assert_out(&refused, 0, "false false\ntrue\nno clone\n");
    // As a module, too.
    let described = run(jdk_tool("java").arg("-p").arg(guest_api()).args(["-d", "rvm.guest"]), "");
    assert!(
        described.out.contains("contains rvm.guest") || described.out.contains("exports rvm.guest")
    );
}

/// Has `rvm freeze` save a running `Asked`; answers what the command and the program said.
fn freeze_asked(place: &Path, args: &[&str], options: &[&[&str]]) -> (Vec<Outcome>, Outcome) {
    let mut command = java(&["-cp"]);
    command.arg(classes()).arg("Asked").args(args);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut ready = String::new();
    out.read_line(&mut ready).expect("a line");
    let freeze = |options: &&[&str]| {
        let id = child.id().to_string();
        run(rvm().args(["freeze", &id, "-o"]).arg(place).args(*options), "")
    };
    let said = options.iter().map(freeze).collect();
    let (mut rest, mut err) = (String::new(), String::new());
    out.read_to_string(&mut rest).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
    let code = child.wait().expect("a child").code();
    (said, Outcome { code, out: ready + &rest, err })
}

#[test]
fn freezing_from_outside_tells_the_resources() {
    let place = folder("crac_asked").join("saved");
    let before = "before in Checkpoint Listener\n";
    let (said, asked) = freeze_asked(&place, &[], &[&[]]);
    assert_out(&said[0], 0, "");
    assert_out(&asked, SAVED, &format!("ready\n{before}"));
    assert_out(&run(rvm().arg("resume").arg(&place), ""), 0, "after\nend 0\n");
    // It goes on after a refusal, and with a snapshot beside it.
    let (said, asked) = freeze_asked(&place, &["fails"], &[&[], &[]]);
    assert_eq!((said[0].code, said[0].err.as_str()), (Some(1), "rvm: busy\n"));
    assert_out(&said[1], 0, "");
    assert_out(&asked, SAVED, &format!("ready\n{before}after\n{before}"));
    let (said, asked) = freeze_asked(&place, &[], &[&["--keep", "--verbose"]]);
    assert_eq!(said[0].code, Some(0), "{}", said[0].err);
    assert_out(&asked, 0, &format!("ready\n{before}after\nend 0\n"));
    assert_out(&run(rvm().arg("resume").arg(&place), ""), 0, "after\nend 0\n");
    // Or nobody is told.
    let (said, asked) = freeze_asked(&place, &[], &[&["--no-hooks"]]);
    assert_out(&said[0], 0, "");
    assert_out(&asked, SAVED, "ready\n");
    let mut resume = rvm();
    assert_out(&run(resume.arg("resume").arg(&place).env("CRAC_END", "1"), ""), 0, "end 0\n");
}

#[test]
fn random_state_is_new_each_time() {
    let place = folder("crac_randoms").join("saved");
    let saved = start(&place, &[], &["Randoms"]);
    assert_eq!(saved.code, Some(SAVED), "{}{}", saved.out, saved.err);
    let [first, second] = [(); 2].map(|()| restore(&place, &[], &[]).out);
    let pairs: Vec<_> = first.lines().zip(second.lines()).collect();
    assert_eq!(pairs.len(), 6, "{first}");
    let (own, shared) = pairs.split_last().expect("six");
    assert!(shared.iter().all(|(a, b)| a != b), "{pairs:?}");
    assert_eq!(own.0, own.1, "a generator of the program's own goes on");
}

/// A web service in a process of its own.
struct Service {
    child: Child,
    out: BufReader<ChildStdout>,
    port: u16,
}

impl Service {
    fn start(command: &mut Command) -> Service {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a process");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut service = Service { child, out, port: 0 };
        let line = service.line();
        let port = line.strip_prefix("serving on ").and_then(|port| port.parse().ok());
        service.port = port.unwrap_or_else(|| panic!("not serving: {line}"));
        service
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("text");
        line.trim_end().into()
    }

    /// What it answers: the path, and how many requests there were.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(" 200 "), "{answer}");
        body.trim_end().into()
    }

    /// Waits for its end; answers its exit code and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("text");
        (self.child.wait().expect("a child").code(), rest)
    }
}

/// With a stand-in for the library `org.crac`, which finds the implementation as that does.
#[test]
fn a_web_service_that_knows_of_checkpoints() {
    let place = folder("crac_service").join("saved");
    let classes = folder("crac_service_classes");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crac/service");
    let mut javac = jdk_tool("javac");
    javac.arg("-d").arg(&classes).arg("-sourcepath").arg(&from).arg(from.join("Service.java"));
    let compiled = run(&mut javac, "");
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    let mut command = java(&[&format!("-XX:CRaCCheckpointTo={}", place.display()), "-cp"]);
    let service = Service::start(command.arg(classes).arg("Service"));
    assert_eq!(service.get("/first"), "/first 1");
    assert_eq!(service.get("/save"), "/save 2");
    assert_eq!(service.end(), (Some(SAVED), "closed after 2\n".into()));
    for stage in ["one", "two"] {
        let mut command = java(&[&format!("-Dstage={stage}")]);
        command.arg(format!("-XX:CRaCRestoreFrom={}", place.display())).env("STAGE", stage);
        let mut service = Service::start(&mut command);
        assert_eq!(service.line(), format!("restored {stage} {stage}"));
        assert_eq!(service.get("/next"), "/next 3");
        assert_eq!(service.get("/end"), "/end 4");
        assert_eq!(service.end(), (Some(0), String::new()));
    }
}

/// `rvm image build --until-checkpoint` of `Warm`.
fn build_warm(output: &Path, options: &[&str]) -> Outcome {
    let mut build = rvm();
    build.args(["image", "build", "--main", "Warm", "--until-checkpoint", "-cp", guests()[1]]);
    run(build.args(options).arg("-o").arg(output), "")
}

#[test]
fn templates_up_to_a_checkpoint() {
    let place = folder("crac_template");
    let file = place.join("warm.rvm");
    let built = build_warm(&file, &["-Dcolour=red"]);
    assert_eq!((built.code, built.err.as_str()), (Some(0), ""), "{}", built.out);
    let (said, told) = built.out.split_once('\n').expect("two lines");
    assert_eq!(said, "warm red []");
    assert!(told.starts_with(&format!("{}: ", file.display())), "{told}");
    for (n, square) in [("7", 49), ("30", 900)] {
        let mut command = rvm();
        let begun = run(command.arg("run").arg(&file).args([n, "2"]).env("CRAC_TEST", n), "");
        let out = format!("{n} squared is {square}\n2 squared is 4\nred {n}\n");
        assert_out(&begun, 0, &out);
    }
    let mut command = rvm();
    let begun = run(command.args(["run", "-Dcolour=blue"]).arg(&file).env("CRAC_TEST", "x"), "");
    assert_out(&begun, 0, "blue x\n");
    // What was there before stays if nothing comes of it.
    let ended = build_warm(&file, &["-Dends"]);
    assert_eq!(ended.code, Some(1));
    let why = "rvm: the program has ended without a checkpoint (exit status: 4)\n";
    assert_eq!(ended.err, why);
    assert_eq!(run(rvm().arg("run").arg(&file), "").code, Some(0));
    let left: Vec<_> = fs::read_dir(&place).expect("the folder").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let usage = build_warm(&file, &["--standalone"]);
    assert_eq!(usage.code, Some(2));
    assert_eq!(build_warm(&file, &["--until-main"]).code, Some(2));
}

#[test]
fn the_example_counts_its_lives() {
    let place = folder("crac_example");
    let file = place.join("counter.rvm");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/Counter.java");
    let mut javac = jdk_tool("javac");
    let compiled = run(javac.arg("-cp").arg(guest_api()).arg("-d").arg(&place).arg(source), "");
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    let first = run(rvm().args(["run", "-cp"]).arg(&place).arg("Counter").arg(&file), "");
    assert_out(&first, SAVED, "life 1\n");
    for (code, said) in
        [(SAVED, "life 2, after a rest\n"), (SAVED, "life 3, after a rest\n"), (0, "the end\n")]
    {
        assert_out(&run(rvm().arg("resume").arg(&file), ""), code, said);
    }
}
