//! Files that need no JDK: programs of their own, and templates in a program's memory.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rvm::guest::{GuestSettings, Template};
use support::{Outcome, compile, folder, jdk_tool, run, rvm};

const APP: &str = r#"
import java.net.URI;
import java.nio.file.*;
import java.security.*;
import java.text.*;
import java.time.*;
import java.util.*;
import java.util.stream.*;
import javax.crypto.*;
import javax.crypto.spec.*;

public class Alone {
    static int count = 41;
    public static int add(int by) { return count += by; }

    public static String zone() { return ZonedDateTime.of(2026, 7, 1, 12, 0, 0, 0, ZoneId.of("Europe/Vienna")).toString(); }

    public static String provider() throws Exception { return Signature.getInstance("SHA256withRSA").getProvider().getName(); }

    /** Only for files that are packed: a JDK's own can be written by some. */
    static void write(Path home) throws Exception {
        if (!home.toString().startsWith("/proc/self/exe")) throw new Error(home.toString());
        System.out.println(Files.isWritable(home.resolve("release")) + " " + home.resolve("release").toFile().canWrite());
        for (String name : new String[] { "release", "new" }) {
            try {
                Files.writeString(home.resolve(name), "x");
            } catch (FileSystemException e) {
                System.out.println(e.getReason());
            }
        }
        System.out.println(home.resolve("release").toFile().delete() + " " + home.resolve("folder").toFile().mkdir());
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("write")) {
            write(Path.of(System.getProperty("java.home")));
            return;
        }
        System.out.println(Arrays.toString(args) + " " + System.getProperty("user.dir") + " " + System.getenv("OWN"));
        System.out.println(zone() + " " + TimeZone.getTimeZone("America/New_York").getOffset(0));
        System.out.println(Currency.getInstance(Locale.GERMANY) + " " + NumberFormat.getCurrencyInstance(Locale.US).format(3.5));
        System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("x".getBytes())));
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[16], "AES"), new IvParameterSpec(new byte[16]));
        System.out.println(HexFormat.of().formatHex(cipher.doFinal("hello".getBytes())));
        Path home = Path.of(System.getProperty("java.home"));
        KeyStore store = KeyStore.getInstance(home.resolve("lib/security/cacerts").toFile(), "changeit".toCharArray());
        System.out.println(store.size() > 10);
        try (Stream<Path> all = Files.walk(home.resolve("conf"))) {
            System.out.println(all.map(p -> home.relativize(p).toString()).sorted().toList());
        }
        System.out.println(home.toRealPath().equals(home) + " " + home.resolve("lib").toFile().isDirectory());
        System.out.println(home.resolve("lib/nothing").toFile().exists());
        System.out.println(Object.class.getResourceAsStream("Object.class").readAllBytes().length);
        FileSystem jrt = FileSystems.getFileSystem(URI.create("jrt:/"));
        System.out.println(Files.size(jrt.getPath("modules/java.base/java/lang/String.class")));
        try (Stream<Path> lists = Files.list(jrt.getPath("/modules/java.base/java/util/regex"))) {
            System.out.println(lists.map(Path::toString).sorted().toList());
        }
        System.out.println(new String(Alone.class.getResourceAsStream("/text.txt").readAllBytes()));
        System.out.println(new Helper().help() + " " + java.util.logging.Logger.getLogger("x").getName());
        System.out.println(new SimpleDateFormat("EEEE d MMMM", Locale.US).format(new Date(0)) + " " + provider());
        Path scratch = Files.createTempFile("alone", null);
        Files.delete(scratch);
        System.out.println(IntStream.range(0, 1000).parallel().sum());
    }
}
"#;

const HELPER: &str =
    "public class Helper { public String help() { return \"from the second archive\"; } }";

/// A folder with `app.jar`, whose manifest names `lib/helper.jar`.
fn app() -> &'static Path {
    static APP_FOLDER: OnceLock<PathBuf> = OnceLock::new();
    APP_FOLDER.get_or_init(|| {
        let to = folder("standalone");
        let text = |name: &str, text: &str| fs::write(to.join(name), text).expect("a file");
        text("Alone.java", APP);
        text("Helper.java", HELPER);
        text("text.txt", "a resource");
        text("manifest", "Main-Class: Alone\nClass-Path: lib/helper.jar\n");
        compile(&[to.join("Alone.java"), to.join("Helper.java")], &to.join("classes"));
        fs::create_dir_all(to.join("lib")).expect("a folder");
        let jar = |args: &[&str]| {
            let outcome = run(jdk_tool("jar").args(args).current_dir(&to), "");
            assert_eq!(outcome.code, Some(0), "jar: {}", outcome.err);
        };
        jar(&["cf", "lib/helper.jar", "-C", "classes", "Helper.class"]);
        jar(&["cfm", "app.jar", "manifest", "text.txt", "-C", "classes", "Alone.class"]);
        to
    })
}

fn build(args: &[&str], output: &Path) -> Outcome {
    let mut command = rvm();
    command.args(["image", "build"]).args(args).arg("-o").arg(output).current_dir(app());
    let built = run(command.env("LC_ALL", "C.UTF-8"), "");
    assert_eq!(built.code, Some(0), "{args:?}: {}", built.err);
    built
}

/// Runs a file where there is no JDK: in a mount namespace in which an empty folder covers them, if this user may make
/// one, and without any variable of the environment.
fn alone(program: &Path, args: &[&str]) -> Outcome {
    let hide = "mount -t tmpfs none /usr/lib/jvm && cd / && exec \"$@\"";
    let namespace = ["-rm", "sh", "-c"];
    let may = Command::new("unshare").args(namespace).args([hide, "sh", "true"]).output();
    let mut command = if may.is_ok_and(|done| done.status.success()) {
        let mut command = Command::new("unshare");
        command.args(namespace).args([hide, "sh"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let lib_paths = std::env::var_os("PATH").unwrap_or_default();
    command.args(args).current_dir("/").env_clear().env("PATH", lib_paths).env("OWN", "mine");
    run(&mut command, "")
}

#[test]
fn a_program_of_its_own() {
    let to = folder("standalone_program");
    let program = to.join("alone");
    let built = build(&["--standalone", "--jar", "app.jar"], &program);
    assert!(built.out.contains("java.base,java.logging)"), "{}", built.out);
    let mode = fs::metadata(&program).expect("a file").permissions().mode();
    assert_eq!(mode & 0o111, 0o111 & mode | 0o100, "it can be run");
    let mut java = jdk_tool("java");
    java.arg("-jar").arg(app().join("app.jar")).args(["--help", "-x"]).current_dir("/");
    let expected = run(java.env("OWN", "mine").env("LC_ALL", "C.UTF-8"), "");
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    // All words are the program's, and it may lie anywhere.
    let elsewhere = to.join("moved");
    fs::rename(&program, &elsewhere).expect("moved");
    let got = alone(&elsewhere, &["--help", "-x"]);
    assert_eq!((got.code, &*got.err), (Some(0), ""));
    assert!(got.out == expected.out, "{}\n{}", got.out, expected.out);
    let got = alone(&elsewhere, &["write"]);
    assert_eq!(got.out, "false false\nRead-only file system\nRead-only file system\nfalse false\n");
}

#[test]
fn a_module_of_the_library_as_a_program() {
    let to = folder("standalone_javac");
    let program = to.join("javac");
    let main = ["--main", "com.sun.tools.javac.Main"];
    build(&[&main[..], &["--standalone", "--add-modules", "java.logging"]].concat(), &program);
    let classes = to.join("classes");
    let (out, source) = (classes.to_string_lossy(), app().join("Alone.java"));
    let got = alone(
        &program,
        &[
            "-cp",
            "/",
            "-encoding",
            "UTF-8",
            "-d",
            &out,
            &source.to_string_lossy(),
            &app().join("Helper.java").to_string_lossy(),
        ],
    );
    assert_eq!(got.code, Some(0), "{} {}", got.out, got.err);
    let class = |folder: &Path| fs::read(folder.join("Helper.class")).expect("a class");
    assert!(class(&classes) == class(&app().join("classes")), "the same class file");
}

#[test]
fn what_can_not_be_packed() {
    let output = folder("standalone_not").join("x");
    for (args, text) in [
        (&["--jar", "app.jar", "--standalone", "--guests"][..], "not for guests"),
        (&["--jar", "app.jar", "--library", "-p", "lib"], "a module path"),
        (&["--jar", "app.jar", "--library", "--add-modules", "no.such"], "no module no.such"),
        (&["--main", "Alone", "-cp", "manifest", "--library"], "manifest is no archive"),
    ] {
        let mut command = rvm();
        command.args(["image", "build"]).args(args).arg("-o").arg(&output).current_dir(app());
        let got = run(&mut command, "");
        assert_eq!(got.code, Some(1), "{args:?}: {}", got.out);
        assert!(got.err.contains(text), "{args:?}: {}", got.err);
        assert_eq!(fs::read_dir(output.parent().expect("a folder")).expect("a folder").count(), 0);
    }
}

#[test]
fn a_template_in_memory() {
    let template = folder("standalone_memory").join("alone.rvm");
    build(&["--guests", "--library", "--main", "Alone", "-cp", "app.jar"], &template);
    let bytes: &'static [u8] = Box::leak(fs::read(&template).expect("the template").into());
    let opened = Template::from_static(bytes).expect("a template");
    // Nothing of the file is needed.
    fs::remove_file(&template).expect("removed");
    let mut guests: Vec<_> =
        (0..10).map(|_| opened.guest(&GuestSettings::default()).expect("a guest")).collect();
    for (n, guest) in guests.iter_mut().enumerate() {
        let sum: i32 = guest.call("Alone", "add", (n as i32,)).expect("a call");
        assert_eq!(sum, 41 + n as i32);
        let zone: String = guest.call("Alone", "zone", ()).expect("a call");
        assert_eq!(zone, "2026-07-01T12:00+02:00[Europe/Vienna]");
        let provider: String = guest.call("Alone", "provider", ()).expect("a call");
        assert_eq!(provider, "SunRsaSign");
    }
    let cut = &bytes[..bytes.len() - 1];
    let error = Template::from_static(cut).err().expect("no template").to_string();
    assert!(error.contains("is no template"), "{error}");
}
