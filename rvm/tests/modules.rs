//! Modules, class paths and the launcher's questions: `rvm java` says what `java` says, and exits as it does.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use support::{Outcome, compile, folder, jdk_tool, run, rvm};

/// A service, one that provides it, one that uses it; one that becomes an automatic module; programs of the class path.
const SOURCES: &[(&str, &str)] = &[
    ("m.api/module-info.java", "module m.api { exports api; uses api.Service; }"),
    (
        "m.api/api/Service.java",
        "package api; public interface Service { String name(); static void all() {
            for (Service s : java.util.ServiceLoader.load(Service.class))
                System.out.println(s.name() + \" of \" + s.getClass().getModule()); } }",
    ),
    (
        "m.impl/module-info.java",
        "module m.impl { requires m.api; provides api.Service with impl.Impl; }",
    ),
    (
        "m.impl/impl/Impl.java",
        "package impl; public class Impl implements api.Service {
            public String name() { return \"impl\"; } }",
    ),
    ("m.app/module-info.java", "module m.app { requires m.api; }"),
    (
        "m.app/app/Main.java",
        "package app; public class Main { public static void main(String[] args) {
            System.out.println(Main.class.getModule() + \" \" + String.join(\",\", args));
            api.Service.all();
            for (String key : new String[] {\"main\", \"main.class\", \"path\"})
                System.out.println(System.getProperty(\"jdk.module.\" + key));
            try { System.out.println(Class.forName(\"app.Patch\").getModule()); }
            catch (ReflectiveOperationException e) { System.out.println(e); } } }",
    ),
];

const LOOSE: &[(&str, &str)] = &[
    (
        "Auto.java",
        "package auto; public class Auto { public static void main(String[] args) {
            Module m = Auto.class.getModule();
            System.out.println(m + \" \" + m.getDescriptor().isAutomatic()); } }",
    ),
    ("Patch.java", "package app; public class Patch { }"),
    (
        "Reach.java",
        "public class Reach { public static void main(String[] args) throws Exception {
            try { String.class.getDeclaredField(\"value\").setAccessible(true);
                System.out.println(\"open\"); }
            catch (RuntimeException e) { System.out.println(e.getClass()); }
            Module own = Reach.class.getModule();
            System.out.println(Object.class.getModule().isExported(\"sun.security.x509\", own));
            for (String name : new String[] {\"java.sql\", \"jdk.httpserver\", \"m.impl\"})
                System.out.println(ModuleLayer.boot().findModule(name).isPresent()); } }",
    ),
    (
        "Found.java",
        "public class Found { public static void main(String[] args) throws Exception {
            System.out.println(System.getProperty(\"java.class.path\"));
            System.out.println(new String(Found.class.getResourceAsStream(\"text\").readAllBytes()));
            System.out.println(Class.forName(\"Reach\").getSimpleName()); } }",
    ),
    (
        "Single.java",
        "public class Single { public static void main(String[] args) {
            System.out.println(String.join(\"|\", args));
            if (args.length > 0) throw new IllegalStateException(args[0]); } }",
    ),
];

/// A folder with modules and jars.
fn scene() -> &'static Path {
    static SCENE: OnceLock<PathBuf> = OnceLock::new();
    SCENE.get_or_init(|| {
        let scene = folder("modules");
        for (name, text) in SOURCES {
            let path = scene.join("src").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a source");
        }
        for (name, text) in LOOSE {
            fs::write(scene.join(name), text).expect("a source");
        }
        let tool = |name: &str, words: &str| {
            let mut command = jdk_tool(name);
            let outcome = run(command.current_dir(&scene).args(words.split(' ')), "");
            assert_eq!(outcome.code, Some(0), "{name} {words}: {}", outcome.err);
        };
        tool("javac", "-d mods --module-source-path src -m m.api,m.impl,m.app");
        let loose = |name: &str, to: &str| compile(&[scene.join(name)], &scene.join(to));
        loose("Auto.java", "auto");
        loose("Patch.java", "patch");
        loose("Reach.java", ".");
        loose("Found.java", "found");
        for folder in ["lib", "jars", "one", "versions"] {
            fs::create_dir(scene.join(folder)).expect("a folder");
        }
        fs::write(scene.join("found/text"), "root").expect("a file");
        fs::write(scene.join("versions/text"), "version").expect("a file");
        let manifest =
            "Main-Class: Found\nClass-Path: one/reach.jar gone.jar\nMulti-Release: true\n";
        fs::write(scene.join("found.mf"), manifest).expect("a file");
        let manifest = "Main-Class: Reach\nAdd-Opens: java.base/java.lang\n\
                        Add-Exports: java.base/sun.security.x509\n";
        fs::write(scene.join("reach.mf"), manifest).expect("a file");
        fs::write(scene.join("arguments"), "-cp 'one/*'\nReach").expect("a file");
        tool("jar", "--create --file lib/auto-lib-1.2.jar -C auto .");
        tool("jar", "--create --file jars/m.api.jar -C mods/m.api .");
        tool("jar", "--create --file jars/m.impl.jar --module-version 1.0 -C mods/m.impl .");
        tool("jar", "--create --file jars/m.app.jar --main-class app.Main -C mods/m.app .");
        tool("jar", "--create --file one/reach.jar Reach.class");
        tool("jar", "--create --file reach.jar --manifest reach.mf Reach.class");
        let release = "--release 11 -C versions .";
        tool("jar", &format!("--create --file found.jar --manifest found.mf -C found . {release}"));
        scene
    })
}

const LIKE_JAVA: &[&str] = &[
    // Modules.
    "-p mods -m m.app/app.Main x y",
    "-p jars -m m.app x",
    "--module-path=mods --module=m.app/app.Main",
    "-p jars/m.app.jar:jars/m.api.jar -m m.app",
    "-p mods --add-modules m.impl -m m.app/app.Main",
    "-p mods:lib -m auto.lib/auto.Auto",
    "-p jars --limit-modules m.app -m m.app",
    "-p mods --patch-module m.app=patch -m m.app/app.Main",
    "-p jars --add-modules m.impl -cp . Reach",
    "--add-modules ALL-MODULE-PATH -p jars -cp . Reach",
    "--limit-modules java.base -cp . Reach",
    "--add-opens java.base/java.lang=ALL-UNNAMED -cp . Reach",
    "--add-opens=java.base/java.lang=ALL-UNNAMED -cp . Reach",
    "--add-exports java.base/sun.security.x509=ALL-UNNAMED -cp . Reach",
    "--add-reads java.base=ALL-UNNAMED -cp . Reach",
    "--illegal-access -cp . Reach",
    // What is wrong with them.
    "-p mods -m m.app",
    "-p jars -m m.app/app.Nope",
    "-p jars -m m.nope",
    "-p nowhere -m m.app",
    "-p Reach.java -m m.app",
    "--limit-modules java.nope -cp . Reach",
    "--add-modules nope -cp . Reach",
    "--add-modules= -cp . Reach",
    "--add-modules",
    "--add-opens wrong -cp . Reach",
    "--add-opens java.base/java.lang -cp . Reach",
    "--add-opens java.nope/x=ALL-UNNAMED -cp . Reach",
    "--add-exports java.base/sun.nope=ALL-UNNAMED -cp . Reach",
    "--add-reads java.nope=ALL-UNNAMED -cp . Reach",
    "--patch-module wrong -cp . Reach",
    "--patch-module m.app=patch -cp . Reach",
    "--module-path=",
    "--module=",
    // Questions.
    "--list-modules",
    "-p jars --list-modules",
    "--describe-module java.sql",
    "-p jars -d m.impl",
    "-p mods:lib --describe-module=auto.lib",
    "-d nope",
    "-d",
    "--validate-modules",
    "-p jars:mods --validate-modules",
    "--dry-run -cp . Reach",
    "--dry-run -cp . Nope",
    "--dry-run -p jars -m m.app",
    "-fullversion",
    "--full-version",
    "-Xdiag -cp . Nope",
    // Class paths.
    "-cp one/*:nowhere/* Reach",
    "-cp lib/*:one/* Reach",
    "@arguments",
    "-jar found.jar",
    "-jar reach.jar",
    "Single.java a b",
    "Single.java",
    "--source 17 Single.java x",
    "--enable-preview --source 17 Single.java",
    "--enable-preview -cp . Reach",
    // What the VM refuses.
    "-Djava.ext.dirs=x -cp . Reach",
    "-Djava.endorsed.dirs=x -cp . Reach",
    "-Xbootclasspath:x -cp . Reach",
    "-XX:MaxHeapSize=x -cp . Reach",
    "-XX:+UseNothing -cp . Reach",
    "-XX:NoSize=3 -cp . Reach",
    "-XX:+MaxHeapSize -cp . Reach",
    "-XX:UseG1GC=1 -cp . Reach",
    "-XX:NewRatio -cp . Reach",
    "-XX:+PrintInlining -cp . Reach",
    "-XX:GuaranteedSafepointInterval=3 -cp . Reach",
    "-XX:+UseJVMCICompiler -cp . Reach",
    "-XX:+UnlockDiagnosticVMOptions -XX:GuaranteedSafepointInterval=3 -cp . Reach",
    "-Xcheck:jni:x -cp . Reach",
];

#[test]
fn like_java() {
    for words in LIKE_JAVA {
        let mut java = jdk_tool("java");
        let expected = run(java.current_dir(scene()).args(words.split(' ')), "");
        let mut command = rvm();
        let got = run(command.arg("java").current_dir(scene()).args(words.split(' ')), "");
        assert_eq!(in_order(got), in_order(expected), "java {words}");
    }
}

/// The answers about a module list sets, in no certain order.
fn in_order(mut outcome: Outcome) -> Outcome {
    if outcome.out.contains("\nrequires ") {
        let mut lines: Vec<_> = outcome.out.lines().collect();
        lines.sort_unstable();
        outcome.out = lines.join("\n");
    }
    outcome
}

#[test]
fn options_from_the_environment() {
    let cases = [
        ("JDK_JAVA_OPTIONS", "--add-opens 'java.base/java.lang=ALL-UNNAMED'"),
        ("JDK_JAVA_OPTIONS", "@arguments"),
        ("JDK_JAVA_OPTIONS", "Reach"),
        ("JDK_JAVA_OPTIONS", "-jar reach.jar"),
        ("JDK_JAVA_OPTIONS", "'open"),
        ("JAVA_TOOL_OPTIONS", "--add-opens=java.base/java.lang=ALL-UNNAMED"),
        ("JAVA_TOOL_OPTIONS", "-cp nowhere"),
        ("JAVA_TOOL_OPTIONS", "-Dnope -XX:+Nope"),
        ("CLASSPATH", "one/*"),
    ];
    for (variable, value) in cases {
        let complete = |mut command: std::process::Command| {
            let words: &[&str] = if variable == "CLASSPATH" { &[] } else { &["-cp", "."] };
            run(command.current_dir(scene()).env(variable, value).args(words).arg("Reach"), "")
        };
        let mut command = rvm();
        command.arg("java");
        let got = complete(command);
        assert_eq!(got, complete(jdk_tool("java")), "{variable}={value}");
    }
}

#[test]
fn agents_are_refused_by_name() {
    for option in ["-javaagent:a.jar=x", "-agentlib:jdwp=transport=dt_socket", "-agentpath:/x"] {
        let outcome = run(rvm().current_dir(scene()).args(["java", option, "Reach"]), "");
        assert_eq!(outcome.code, Some(1), "{option}");
        let name = option.split('=').next().unwrap_or_default();
        let line = format!("rvm runs no agents ({name}): leave the option out");
        assert!(outcome.err.starts_with(&line), "{option}: {}", outcome.err);
    }
}

#[test]
fn settings_are_shown() {
    let words = ["java", "-XshowSettings:vm", "-Xmx64m", "-Xss2m", "-cp", ".", "Reach"];
    let outcome = run(rvm().current_dir(scene()).args(words), "");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(
        outcome.err.contains("    Stack Size: 2.00M\n    Max. Heap Size: 64.00M\n"),
        "{}",
        outcome.err
    );
    assert!(!outcome.out.is_empty());
}
