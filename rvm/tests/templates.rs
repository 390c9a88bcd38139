//! Templates: an application is brought to its point once, and programs and guests begin there.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime};

use rvm::guest::{GuestError, GuestSettings, Template};
use support::{Outcome, compile, folder, jdk_tool, run, rvm};

const APP: &str = r#"
import java.util.*;

public class App {
    static final List<String> STEPS = new ArrayList<>();
    static final String THEN = String.valueOf(System.getenv("WHERE"));
    static int count;
    static { STEPS.add("initialised"); count = 41; System.err.println("initialising"); }

    public static int add(int by) { return count += by; }

    public static void main(String[] args) throws Exception {
        STEPS.add("main" + ++count);
        System.out.println(STEPS + " " + Arrays.toString(args));
        System.out.println(System.getProperty("user.dir") + " " + System.getProperty("sun.java.command"));
        System.out.println(THEN + " " + System.getenv("WHERE") + " " + System.getProperty("a.b") + " " + System.getProperty("c.d"));
        System.out.println(new Other().text() + " " + App.class.getResource("Other.class"));
        System.out.println(Runtime.getRuntime().maxMemory() >> 20);
        Thread other = new Thread(() -> System.out.println("other thread"));
        other.start();
        other.join();
        System.gc();
        if (args.length > 0) System.exit(Integer.parseInt(args[0]));
    }
}

class Other {
    String text() { return "other"; }
}

class Exits {
    static { System.exit(7); }
    public static void main(String[] args) {}
}

class Throws {
    static { if (true) throw new IllegalStateException("at once"); }
    public static void main(String[] args) {}
}

class Opens {
    static final java.io.InputStream IN = open();
    static java.io.InputStream open() {
        try { return new java.net.ServerSocket(0).accept().getInputStream(); } catch (Exception e) { throw new Error(e); }
    }
    public static void main(String[] args) {}
}
"#;

/// A folder with the application's classes, and a jar of them.
fn app() -> &'static Path {
    static APP_FOLDER: OnceLock<PathBuf> = OnceLock::new();
    APP_FOLDER.get_or_init(|| {
        let to = folder("templates");
        fs::write(to.join("App.java"), APP).expect("a source is written");
        compile(&[to.join("App.java")], &to.join("classes"));
        jar(&to, "app.jar", &["App.class", "Other.class"]);
        to
    })
}

/// Packs classes of the folder `classes` into an executable jar.
fn jar(to: &Path, name: &str, classes: &[&str]) {
    let mut jar = jdk_tool("jar");
    jar.args(["--create", "--main-class", "App", "--file"]).arg(to.join(name)).arg("-C");
    jar.arg(to.join("classes")).arg(classes[0]);
    for class in &classes[1..] {
        jar.arg("-C").arg(to.join("classes")).arg(class);
    }
    let outcome = run(&mut jar, "");
    assert_eq!(outcome.code, Some(0), "jar: {}", outcome.err);
}

/// `rvm image build ARGS -o OUTPUT`
fn building(args: &[&str], output: &Path) -> Command {
    let mut command = rvm();
    command.args(["image", "build"]).args(args).arg("-o").arg(output).current_dir(app());
    command
}

#[track_caller]
fn build(args: &[&str], output: &Path) -> Outcome {
    let built = run(building(args, output).env("WHERE", "there"), "");
    assert_eq!(built.code, Some(0), "{args:?}: {}", built.err);
    built
}

/// `rvm run ARGS`, in another folder than that of building.
fn begun(args: &[&str], template: &Path, rest: &[&str]) -> Outcome {
    let mut command = rvm();
    command.arg("run").args(args).arg(template).args(rest).current_dir("/").env("WHERE", "here");
    run(&mut command, "")
}

#[test]
fn a_program_begins_where_its_template_ends() {
    let to = folder("templates_begin");
    for (name, args) in [
        ("jar", &["--jar", "app.jar", "-Da.b=kept", "--until-main"][..]),
        ("main", &["--main", "App", "-cp", "app.jar:classes", "-Da.b=kept", "--preload", "all"]),
        ("folder", &["--main", "App", "--class-path=classes", "-Da.b=kept", "-Xmx96m"]),
    ] {
        let template = to.join(name);
        let built = build(args, &template);
        assert_eq!(built.err, "initialising\n", "{name}");
        assert!(built.out.contains("of image"), "{}", built.out);
        for _ in 0..2 {
            let got = begun(&["-Dc.d=new"], &template, &["3", "x"]);
            assert_eq!((got.code, &*got.err), (Some(3), ""), "{name}: {}", got.out);
            let lines: Vec<&str> = got.out.lines().collect();
            assert_eq!(lines[0], "[initialised, main42] [3, x]");
            let command = if name == "jar" { "app.jar" } else { "App" };
            assert_eq!(lines[1], format!("/ {command} 3 x"));
            assert_eq!(lines[2], "there here kept new", "the environment is the program's own");
            assert!(
                lines[3].starts_with("other ") && lines[3].contains("Other.class"),
                "{}",
                lines[3]
            );
            assert_eq!(lines[5], "other thread");
        }
    }
    let heap =
        |args: &[&str]| begun(args, &to.join("folder"), &[]).out.lines().nth(4).map(str::to_owned);
    assert_eq!(heap(&[]).as_deref(), Some("96"));
    assert_eq!(heap(&["-Xmx64m"]).as_deref(), Some("64"));
    let mut named = rvm();
    let got = run(named.args(["run", "--image"]).arg(to.join("jar")).args(["--", "0"]), "");
    assert!(got.out.starts_with("[initialised, main42] [--, 0]"), "{}", got.out);
}

#[test]
fn until_load_runs_nothing() {
    let template = folder("templates_load").join("app");
    let built = build(&["--jar", "app.jar", "--until-load"], &template);
    assert_eq!(built.err, "");
    let got = begun(&[], &template, &[]);
    assert_eq!(got.err, "initialising\n");
    assert!(got.out.contains("\nhere here null null\n"), "{}", got.out);
}

#[test]
fn under_stress() {
    let template = folder("templates_stress").join("app");
    build(&["--jar", "app.jar", "--preload", "all"], &template);
    let mut command = rvm();
    command.arg("run").arg(&template).env("RVM_GC_STRESS", "300").env("RVM_GC_CHECK", "1");
    let got = run(&mut command, "");
    assert_eq!(got.code, Some(0), "{}", got.err);
    assert!(got.out.contains("other thread"));
}

#[test]
fn modules() {
    let to = folder("templates_javac");
    let list = to.join("list");
    let names = "[class,load] com.sun.tools.javac.comp.Attr\ncom/sun/tools/javac/comp/Flow\nno.such.Thing\n";
    fs::write(&list, names).expect("a list");
    let template = to.join("javac");
    let built = build(
        &[
            "--module",
            "jdk.compiler/com.sun.tools.javac.Main",
            "--preload",
            list.to_str().expect("text"),
        ],
        &template,
    );
    assert!(built.out.contains("1 listed classes could not be loaded"), "{}", built.out);
    let source = app().join("App.java");
    let classes = to.join("classes");
    let (classes, source) = (classes.to_str().expect("text"), source.to_str().expect("text"));
    let got = begun(&[], &template, &["-d", classes, source]);
    assert_eq!(got.code, Some(0), "{}", got.err);
    let own = |folder: &Path| fs::read(folder.join("App.class")).expect("a class");
    assert!(own(Path::new(classes)) == own(&app().join("classes")), "the same class file");
}

#[test]
fn what_is_fixed_is_refused_by_name() {
    let template = folder("templates_options").join("app");
    build(&["--jar", "app.jar"], &template);
    for (args, name) in [
        (&["-cp", "x"][..], "the class path (-cp)"),
        (&["--add-opens", "java.base/java.lang=ALL-UNNAMED"], "--add-opens"),
        (&["-Djava.io.tmpdir=/x"], "-Djava.io.tmpdir"),
        (&["-ea"], "a setting of assertions"),
        (&["--enable-preview"], "--enable-preview"),
        (&["--java-home", "/x"], "--java-home /x"),
        (&["--verify=all"], "--verify"),
        (&["--no-image"], "--no-image"),
    ] {
        let got = begun(args, &template, &[]);
        assert_eq!((got.code, &*got.out), (Some(1), ""), "{args:?}");
        assert!(got.err.starts_with(&format!("rvm: {name}")), "{args:?}: {}", got.err);
        assert_eq!(got.err.lines().count(), 1);
    }
}

#[test]
fn a_class_path_that_has_changed() {
    let to = folder("templates_changed");
    fs::create_dir_all(to.join("classes")).expect("a folder");
    for class in ["App.class", "Other.class"] {
        fs::copy(app().join("classes").join(class), to.join("classes").join(class))
            .expect("a copy");
    }
    jar(&to, "app.jar", &["App.class", "Other.class"]);
    let path = format!("{0}/app.jar:{0}/classes", to.display());
    let (in_jar, in_folder) = (to.join("template"), to.join("other"));
    build(&["--main", "App", "-cp", &path], &in_jar);
    build(&["--main", "App", "-cp", &format!("{}/classes", to.display())], &in_folder);
    let touch = |name: &str| {
        let file = fs::File::options().append(true).open(to.join(name)).expect("the file");
        file.set_modified(SystemTime::now() - Duration::from_secs(1000)).expect("a time");
    };
    touch("app.jar");
    touch("classes/App.class");
    assert_eq!(begun(&[], &in_jar, &[]).code, Some(0), "the same content at another time");
    assert_eq!(begun(&[], &in_folder, &[]).code, Some(0), "the same content at another time");

    let class = fs::read(to.join("classes/App.class")).expect("a class");
    let mut other = class.clone();
    let at = class.windows(4).position(|w| w == b"main").expect("a text");
    other[at..at + 4].copy_from_slice(b"niam");
    fs::write(to.join("classes/App.class"), &other).expect("a class");
    let got = begun(&[], &in_folder, &[]);
    assert_eq!((got.code, &*got.out), (Some(1), ""));
    assert!(got.err.contains("classes/App.class has another content"), "{}", got.err);
    fs::write(to.join("classes/App.class"), &class).expect("a class");
    assert_eq!(begun(&[], &in_folder, &[]).code, Some(0), "as it was again");

    jar(&to, "app.jar", &["App.class"]);
    let got = begun(&[], &in_jar, &[]);
    assert!(got.err.contains("app.jar has ") && got.err.contains("--refresh"), "{}", got.err);
    let got = begun(&["--refresh"], &in_jar, &[]);
    assert_eq!(got.code, Some(0), "{}", got.err);
    assert!(got.err.contains("initialising"), "it was built again");
    assert_eq!(begun(&[], &in_jar, &[]).err, "");
    fs::remove_file(to.join("app.jar")).expect("removed");
    assert!(begun(&[], &in_jar, &[]).err.contains("app.jar is gone"));
}

#[test]
fn applications_that_can_not_be_saved() {
    let template = folder("templates_unfit").join("app");
    let failing = |args: &[&str]| {
        let mut command = building(args, &template);
        let got = run(&mut command, "");
        assert_eq!(got.code, Some(1), "{args:?}: {}", got.out);
        assert_eq!(
            fs::read_dir(template.parent().expect("a folder")).expect("a folder").count(),
            0
        );
        got.err
    };
    let classes = ["-cp", "classes", "--main"];
    assert!(failing(&[&classes[..], &["Exits"]].concat()).contains("System.exit(7)"));
    assert!(failing(&[&classes[..], &["Throws"]].concat()).contains("at once"));
    let error = failing(&[&classes[..], &["None"]].concat());
    assert!(error.contains("Could not find or load main class None"), "{error}");
    assert!(failing(&["--jar", "none.jar"]).contains("Unable to access jarfile none.jar"));
    let nowhere = run(&mut building(&["--jar", "app.jar"], Path::new("/nowhere/app")), "");
    assert!(nowhere.err.contains("/nowhere/app can not be written"), "{}", nowhere.err);
}

#[test]
fn wrong_usage() {
    for (args, text) in [
        (&["--main", "App"][..], "-o FILE is missing"),
        (&["--main", "App", "--jar", "x.jar", "-o", "x"], "only one of"),
        (&["-o", "x"], "a template needs --main"),
        (&["--main", "App", "-o", "x", "--until-load", "--until-main"], "only one of"),
        (&["--frobnicate"], "--frobnicate"),
        (&["--main"], "--main"),
    ] {
        let mut command = rvm();
        let got = run(command.args(["image", "build"]).args(args).current_dir(app()), "");
        assert_eq!(got.code, Some(2), "{args:?}: {}", got.err);
        assert!(got.err.contains(text), "{args:?}: {}", got.err);
    }
    let mut command = rvm();
    let help = run(command.args(["image", "build", "--help"]), "");
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("--standalone") && help.out.contains("--preload"), "{}", help.out);
}

#[test]
fn files_that_are_none() {
    let to = folder("templates_damaged");
    let template = to.join("app");
    build(&["--jar", "app.jar"], &template);
    let whole = fs::read(&template).expect("the template");
    let end = whole.len();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for (command, text) in [("info", "template of    app.jar"), ("verify", "app: good")] {
        let got = run(rvm().args(["image", command]).arg(&template), "");
        assert_eq!(got.code, Some(0), "{}", got.err);
        assert!(got.out.contains(text), "{}", got.out);
    }
    let mut page = whole.clone();
    page[whole.len() / 2] ^= 1;
    fs::write(to.join("bad"), page).expect("a file");
    let got = run(rvm().args(["image", "verify"]).arg(to.join("bad")), "");
    assert_eq!((got.code, &*got.out), (Some(1), ""), "{}", got.err);
    for (bytes, text) in [
        (whole[4096..].to_vec(), "it begins too early"),
        (flipped(end - 60), "its directory has changed"),
        (flipped(end - 40), "another build"),
        (flipped(end - 20), "it has no room"),
        (flipped(200), "damaged"),
    ] {
        fs::write(to.join("bad"), bytes).expect("a file");
        let got = begun(&[], &to.join("bad"), &[]);
        assert_eq!((got.code, &*got.out), (Some(1), ""), "{text}");
        assert!(got.err.contains(text) && got.err.lines().count() == 1, "{text}: {}", got.err);
    }
    fs::write(to.join("bad"), &whole[..end - 1]).expect("a file");
    assert!(begun(&[], &to.join("bad"), &[]).err.contains("of none of the kinds"));
    let mut command = rvm();
    let got = run(command.args(["run", "--image"]).arg(to.join("bad")), "");
    assert!(got.err.contains("is no template"), "{}", got.err);
}

#[test]
fn several_builders_and_one_that_is_killed() {
    let to = folder("templates_race");
    let template = to.join("app");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| build(&["--jar", "app.jar"], &template));
        }
    });
    assert_eq!(fs::read_dir(&to).expect("a folder").count(), 1, "nothing half made is left");
    for millis in [1, 20, 60] {
        let mut child = building(&["--jar", "app.jar"], &template);
        let mut child = child.stdout(std::process::Stdio::null()).spawn().expect("a builder");
        thread::sleep(Duration::from_millis(millis));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert_eq!(begun(&[], &template, &[]).code, Some(0), "the old one is still good");
    }
    build(&["--jar", "app.jar"], &template);
    assert_eq!(fs::read_dir(&to).expect("a folder").count(), 1, "nothing half made is left");
}

#[test]
fn guests() {
    let to = folder("templates_guests");
    let template = to.join("app");
    build(&["--main", "App", "-cp", "app.jar", "--guests"], &template);
    let opened = Template::from_file(&template).expect("a template");
    let mut guests: Vec<_> =
        (0..20).map(|_| opened.guest(&GuestSettings::default()).expect("a guest")).collect();
    for (n, guest) in guests.iter_mut().enumerate() {
        let sum: i32 = guest.call("App", "add", (n as i32,)).expect("a call");
        assert_eq!(sum, 41 + n as i32, "initialised before, and each has its own statics");
        let text: String =
            guest.call("Other", "toString", ()).unwrap_or_else(|e: GuestError| e.to_string());
        assert!(text.contains("NoSuchMethodError"), "the class comes from the archive: {text}");
    }
    drop(guests);
    let error = |template: &Path| match Template::from_file(template) {
        Err(GuestError::Template(error)) => error.to_string(),
        other => panic!("{:?}", other.map(|_| ())),
    };
    let program = to.join("program");
    build(&["--main", "App", "-cp", "app.jar"], &program);
    assert!(error(&program).contains("build it with --guests"));
    assert!(begun(&[], &template, &[]).err.contains("for guests in one process"));
    fs::write(to.join("none"), "text").expect("a file");
    assert!(error(&to.join("none")).contains("is no template"));
}
