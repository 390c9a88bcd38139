//! The command line: what it accepts, and that whatever is wrong gives a clear line and an exit code, never a panic.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// A folder with things to run, good and bad.
fn scene() -> &'static Path {
    static SCENE: OnceLock<PathBuf> = OnceLock::new();
    SCENE.get_or_init(|| {
        let scene = folder("command_line");
        let main = |body: &str| {
            format!("public static void main(String[] args) throws Exception {{ {body} }}")
        };
        let show = main("System.out.println(\"shown \" + String.join(\",\", args));");
        let sources = [
            ("Show.java", format!("public class Show {{ {show} }}")),
            ("Packaged.java", format!("package a.b; public class Packaged {{ {show} }}")),
            ("NoMain.java", "public class NoMain { }".into()),
            (
                "NotStatic.java",
                "public class NotStatic { public void main(String[] args) { } }".into(),
            ),
            ("Exits.java", format!("public class Exits {{ {} }}", main("System.exit(7);"))),
            (
                "Throws.java",
                format!(
                    "public class Throws {{ {} }}",
                    main("throw new java.io.IOException(\"x\");")
                ),
            ),
            ("Properties.java", format!("public class Properties {{ {} }}", main(PROPERTIES))),
            ("Broken.java", "public class Broken { int x = ; }".into()),
        ];
        let mut compiled = Vec::new();
        for (name, text) in &sources {
            fs::write(scene.join(name), text).expect("a source is written");
            if *name != "Broken.java" {
                compiled.push(scene.join(name));
            }
        }
        compile(&compiled, &scene);
        let copy = |from: &str, to: &str| {
            fs::copy(scene.join(from), scene.join(to)).expect("a copy");
        };
        copy("Show.class", "Renamed.class");
        copy("a/b/Packaged.class", "Packaged.class");
        fs::write(scene.join("text.class"), "no class").expect("a file");
        fs::write(scene.join("empty.class"), "").expect("a file");
        let whole = fs::read(scene.join("Show.class")).expect("a class file");
        fs::write(scene.join("cut.class"), &whole[..whole.len() / 2]).expect("a file");
        fs::write(scene.join("corrupt.jar"), "no zip").expect("a file");
        fs::write(scene.join("notes.txt"), "no program").expect("a file");
        fs::write(scene.join("arguments"), "-cp '.' # remark\nShow").expect("a file");
        let jar = |file: &str, entry: &str| {
            let mut jar = jdk_tool("jar");
            let jar = jar.current_dir(&scene).args(["--create", "--file", file]);
            let jar = if entry.is_empty() { jar } else { jar.args(["--main-class", entry]) };
            assert_eq!(run(jar.arg("Show.class"), "").code, Some(0));
        };
        jar("good.jar", "Show");
        jar("nomain.jar", "");
        jar("lost.jar", "NotThere");
        fs::create_dir(scene.join("nojdk")).expect("a folder");
        fs::create_dir_all(scene.join("oldjdk/lib")).expect("a folder");
        fs::write(scene.join("oldjdk/release"), "JAVA_VERSION=\"11.0.2\"\n").expect("a file");
        fs::create_dir_all(scene.join("badjdk/lib")).expect("a folder");
        fs::write(scene.join("badjdk/release"), "JAVA_VERSION=\"17.0.2\"\n").expect("a file");
        fs::write(scene.join("badjdk/lib/modules"), "no image").expect("a file");
        scene
    })
}

/// Prints properties that follow from the command line.
const PROPERTIES: &str = "\
    for (String key : new String[] {\"java.class.path\", \"sun.java.command\", \"sun.java.launcher\", \"a\", \
        \"jdk.module.main\", \"jdk.module.path\"}) \
        System.out.println(key + \"=\" + System.getProperty(key)); \
    boolean on = false; assert on = true; System.out.println(on); \
    System.out.println(Object.class.getModule().isOpen(\"java.lang\", Properties.class.getModule()));";

/// Runs `rvm` with these words in the scene.
fn rvm_with(words: &str) -> Outcome {
    run(rvm().current_dir(scene()).args(words.split_whitespace()), "")
}

/// Never: a panic, a backtrace, a death by signal.
fn assert_no_crash(words: &str, outcome: &Outcome) {
    for sign in ["panicked", "internal error", "RUST_BACKTRACE"] {
        assert!(!outcome.err.contains(sign), "rvm {words}:\n{}", outcome.err);
    }
    assert!(outcome.code.is_some(), "rvm {words} died of a signal:\n{}", outcome.err);
}

/// Words, exit code, what the line on standard error says.
const BAD_INPUT: &[(&str, i32, &str)] = &[
    ("", 2, "no command given"),
    ("walk Show", 2, "unrecognized subcommand 'walk' (see 'rvm --help')"),
    ("natives --all", 2, "unexpected argument '--all'"),
    ("natives --java-home nojdk", 1, "nojdk (from --java-home) is not a JDK"),
    ("run", 2, "nothing to run is given (see 'rvm run --help')"),
    ("run --frobnicate Show", 2, "unrecognized option --frobnicate"),
    ("run -Xfrobnicate Show", 2, "unrecognized option -Xfrobnicate"),
    ("run -XX:+Frobnicate Show", 2, "Unrecognized VM option 'Frobnicate'"),
    ("run --sandbox Show", 2, "--sandbox is not available in this version"),
    ("run --fuel 1000 Show", 2, "--fuel is not available in this version"),
    ("run --allow-net=localhost:80 Show", 2, "--allow-net is not available in this version"),
    ("run -cp", 2, "-cp requires class path specification"),
    ("run --max-heap much Show", 2, "--max-heap much is no size"),
    ("run -Xmxmuch Show", 2, "Invalid maximum heap size: -Xmxmuch"),
    ("run -Xss1k Show", 2, "too small. Specify at least 136k"),
    ("run -Xmx900g Show", 1, "choose a smaller heap (-Xmx sets its size)"),
    ("run -Xmx99999999t Show", 2, "Invalid maximum heap size"),
    ("run -Xms2g -Xmx1g Show", 1, "larger value than the maximum heap size"),
    ("run -Xmx1k Show", 1, "Too small maximum heap"),
    ("run --java-home nowhere Show", 1, "nowhere (from --java-home) is not a JDK"),
    ("run --java-home oldjdk Show", 1, "is Java 11.0.2, but rvm supports only Java 17 and 25"),
    ("run --java-home badjdk Show", 1, "badjdk/lib/modules can not be read: not a jimage file"),
    ("run lost.class", 1, "lost.class can not be read: No such file"),
    ("run text.class", 1, "text.class is no class file: it does not begin with CAFEBABE"),
    ("run empty.class", 1, "empty.class is no class file"),
    ("run cut.class", 1, "cut.class is no valid class file: Truncated class file"),
    ("run Renamed.class", 1, "holds the class Show, so the file must be called Show.class"),
    ("run Packaged.class", 1, "holds the class a.b.Packaged, so the file must lie in a folder a/b"),
    ("run lost.java", 1, "lost.java: there is no such file"),
    ("run notes.txt", 1, "notes.txt is a file, but of none of the kinds that can be run"),
    ("run nowhere.jar", 1, "Error: Unable to access jarfile nowhere.jar"),
    ("run corrupt.jar", 1, "Error: Invalid or corrupt jarfile corrupt.jar"),
    ("java -Xms2g -Xmx1g Show", 1, "larger value than the maximum heap size"),
];

#[test]
fn bad_input() {
    for (words, code, text) in BAD_INPUT {
        let outcome = rvm_with(words);
        assert_no_crash(words, &outcome);
        assert_eq!(outcome.code, Some(*code), "rvm {words}:\n{}", outcome.err);
        assert!(outcome.err.contains(text), "rvm {words}:\n{}", outcome.err);
        let lines = if words.starts_with("java") { 2 } else { 1 };
        assert_eq!(outcome.err.lines().count(), lines, "rvm {words}:\n{}", outcome.err);
        assert_eq!(outcome.out, "", "rvm {words}");
    }
}

/// Words for which `rvm java` says what `java` says, and exits as it does.
const LIKE_JAVA: &[&str] = &[
    "-cp",
    "-jar nowhere.jar",
    "-jar corrupt.jar",
    "-m",
    "--add-opens",
    "-Xfrobnicate Show",
    "--frobnicate Show",
    "-XX:+Frobnicate Show",
    "-XX:UseSerialGC Show",
    "-Xmxmuch Show",
    "-Xms1q Show",
    "@nowhere Show",
    // From here on the class library runs.
    "Nowhere",
    "a.b.Nowhere",
    "NoMain",
    "NotStatic",
    "Renamed",
    "-jar nomain.jar",
    "-jar lost.jar",
    "-jar good.jar a b",
    "-m nowhere/x.Y",
    "Throws",
    "Exits",
    "@arguments x @y",
    "a.b.Packaged -x",
    "-Da=b --add-opens java.base/java.lang=ALL-UNNAMED -ea -p . Properties x y",
    "-cp .:x -da Properties",
];

#[test]
fn like_java() {
    for words in LIKE_JAVA {
        let mut java = jdk_tool("java");
        let expected = run(java.current_dir(scene()).args(words.split_whitespace()), "");
        let got = rvm_with(&format!("java {words}"));
        assert_no_crash(words, &got);
        assert_eq!(got, expected, "java {words}");
    }
}

/// Words, standard output.
const GOOD: &[(&str, &str)] = &[
    ("run Show.class a b", "shown a,b\n"),
    ("run a/b/Packaged.class", "shown \n"),
    ("run -cp . Show -cp x", "shown -cp,x\n"),
    ("run good.jar -x", "shown -x\n"),
    ("run --int --max-heap 64m Show y", "shown y\n"),
    ("run Show.java z", "shown z\n"),
];

#[test]
fn good_input() {
    for (words, out) in GOOD {
        let outcome = rvm_with(words);
        assert_eq!(
            (outcome.code, outcome.out.as_str()),
            (Some(0), *out),
            "rvm {words}: {}",
            outcome.err
        );
        assert_eq!(outcome.err, "", "rvm {words}");
    }
}

#[test]
fn a_source_file_with_a_mistake() {
    let outcome = rvm_with("run Broken.java");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("Broken.java:1: error: illegal start of expression"),
        "{}",
        outcome.err
    );
    assert!(outcome.err.ends_with("error: compilation failed\n"), "{}", outcome.err);
}

#[test]
fn without_a_jdk() {
    let mut command = rvm();
    command.current_dir(scene()).env("RVM_JAVA_HOME", scene().join("nojdk"));
    let outcome = run(command.args(["run", "Show"]), "");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("nojdk (from RVM_JAVA_HOME) is not a JDK"), "{}", outcome.err);
}

#[test]
fn natives_are_counted() {
    let outcome = rvm_with("natives");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let total = outcome.out.lines().last().expect("a total");
    assert!(total.contains(" native methods of java.base "), "{total}");
    let missing =
        rvm_with("natives --missing").out.lines().filter(|line| line.contains('(')).count();
    let numbers: Vec<usize> = total.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers[1] - numbers[0], missing, "{total}");
}

#[test]
fn help_and_version() {
    for words in ["--help", "run --help", "natives --help", "--version", "java --help"] {
        let outcome = rvm_with(words);
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "rvm {words}");
        assert!(!outcome.out.is_empty());
    }
    let mut java = jdk_tool("java");
    let expected = run(java.arg("-version"), "").err;
    let got = rvm_with("java -version").err;
    let runtime = |text: &str| text.lines().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(runtime(&got), runtime(&expected));
}

#[test]
fn called_by_the_name_java() {
    let link = scene().join("java");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rvm"), &link).expect("a link");
    let outcome = run(std::process::Command::new(link).arg("--version"), "");
    assert!(outcome.out.starts_with("openjdk ") && outcome.out.contains("rvm"), "{}", outcome.out);
}
