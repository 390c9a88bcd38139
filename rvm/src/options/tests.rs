//! Tests of the reader of VM options.

use super::*;

/// Reads a whole line of options.
fn read(line: &str) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = line.split_whitespace().map(str::to_owned);
    while let Some(word) = words.next() {
        match options.accept(&word, &mut || words.next()) {
            Ok(Taken::Yes) => {}
            Ok(Taken::No) => return Err(format!("no option: {word}")),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(options)
}

fn error(line: &str) -> String {
    read(line).err().unwrap_or_else(|| panic!("{line} was accepted"))
}

fn property(options: &Options, key: &str) -> Option<String> {
    let found = options.settings.properties.iter().find(|(k, _)| k == key);
    found.map(|(_, value)| value.clone())
}

#[test]
fn sizes_and_paths() {
    let o = read("-Xmx1g -Xms16m -Xmn8m -Xss512k -Xmx2g -cp a:b").expect("options");
    assert_eq!(o.settings.max_heap_bytes, Some(2 << 30));
    assert_eq!(o.settings.initial_heap_bytes, Some(16 << 20));
    assert_eq!((o.settings.young_bytes, o.settings.stack_bytes), (Some(8 << 20), Some(512 << 10)));
    assert_eq!(o.class_path.as_deref(), Some("a:b"));
    assert_eq!(o.settings.vm_arguments.len(), 5);
    assert_eq!(
        read("--class-path=x -classpath y").expect("options").class_path.as_deref(),
        Some("y")
    );
    assert_eq!(
        read("-XX:MaxHeapSize=64m").expect("options").settings.max_heap_bytes,
        Some(64 << 20)
    );
    assert_eq!(
        read("-XX:ThreadStackSize=512").expect("options").settings.stack_bytes,
        Some(512 << 10)
    );
}

#[test]
fn wrong_sizes_in_hotspots_words() {
    assert_eq!(error("-Xmx0"), "Invalid maximum heap size: -Xmx0");
    assert_eq!(error("-Xmxfoo"), "Invalid maximum heap size: -Xmxfoo");
    assert_eq!(error("-Xms1q"), "Invalid initial heap size: -Xms1q");
    assert_eq!(error("-Xmn0"), "Invalid initial young generation size: -Xmn0");
    assert_eq!(error("-Xss"), "Invalid thread stack size: -Xss");
    assert!(error("-Xss1k").contains("too small. Specify at least 136k"));
    assert!(error("-Xss8g").starts_with("Invalid thread stack size: -Xss8g"));
}

#[test]
fn module_options_become_numbered_properties() {
    let o = read(
        "--add-opens java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=m \
         --add-modules a,b --limit-modules x --limit-modules y --patch-module m=d -p mods",
    )
    .expect("options");
    let get = |key: &str| property(&o, key).unwrap_or_default();
    assert_eq!(get("jdk.module.addopens.0"), "java.base/java.lang=ALL-UNNAMED");
    assert_eq!(get("jdk.module.addopens.1"), "java.base/java.util=m");
    assert_eq!(get("jdk.module.addmods.0"), "a,b");
    assert_eq!((get("jdk.module.limitmods"), get("jdk.module.path")), ("y".into(), "mods".into()));
    assert_eq!(get("jdk.module.patch.0"), "m=d");
    assert!(o.settings.vm_arguments.contains(&"--add-modules=a,b".to_owned()));
    assert_eq!(error("--add-opens"), "--add-opens requires modules to be specified");
    assert_eq!(error("--add-modules="), "--add-modules= requires modules to be specified");
    assert_eq!(error("--patch-module foo"), "Missing '=' in --patch-module specification");
    assert_eq!(error("-p"), "-p requires module path specification");
}

#[test]
fn properties_and_assertions() {
    let o = read("-Da=b=c -Dempty -Da=d -ea -da:x.y... -ea:x.y.Z -esa -Djdk.module.main=z")
        .expect("options");
    assert_eq!(property(&o, "a").as_deref(), Some("d"));
    assert_eq!(property(&o, "empty").as_deref(), Some(""));
    assert_eq!(property(&o, "jdk.module.main"), None);
    assert_eq!(o.warnings.len(), 1);
    assert!(o.settings.assertions && o.settings.system_assertions);
    let rules = [("x.y...".to_owned(), false), ("x.y.Z".to_owned(), true)];
    assert_eq!(o.settings.assertion_rules, rules);
    assert_eq!(error("-esa:x"), "no option: -esa:x");
}

#[test]
fn vm_options() {
    assert!(read("-Xint -Xcomp -Xshare:off -XX:+UseSerialGC -XX:-UseCompressedOops").is_ok());
    assert!(read("-XX:MaxMetaspaceSize=64m -XX:ParallelGCThreads=2 -Xlog:gc*:file=x").is_ok());
    assert_eq!(error("-XX:+Foo"), "Unrecognized VM option 'Foo'");
    assert_eq!(error("-XX:Foo=3"), "Unrecognized VM option 'Foo=3'");
    assert_eq!(error("-XX:UseSerialGC"), "Missing +/- setting for VM option 'UseSerialGC'");
    assert_eq!(error("-XX:MaxHeapSize"), "Improperly specified VM option 'MaxHeapSize'");
    assert!(read("-XX:+IgnoreUnrecognizedVMOptions -XX:+Foo").is_ok());
    assert!(error("-javaagent:x.jar").contains("rvm runs no agents (-javaagent:x.jar)"));
    assert!(error("-XX:+ExitOnOutOfMemoryError").contains("not available"));
    assert_eq!(read("-XX:MaxJavaStackTraceDepth=7").expect("o").settings.max_trace_depth, Some(7));
    assert!(error("-Xfoo").starts_with("no option"));
}

#[test]
fn logging() {
    let logs =
        |line| read(line).map(|o| (o.settings.gc_log, o.settings.class_log)).expect("options");
    assert_eq!(logs("-Xlog:gc"), (true, false));
    assert_eq!(logs("-Xlog:gc*,class+load=info"), (true, true));
    assert_eq!(logs("-Xlog:gc=off"), (false, false));
    assert_eq!(logs("-verbose:gc"), (true, false));
    assert_eq!(logs("-verbose"), (false, true));
}
