//! `jdk.internal.util.SystemProps.Raw`: the properties that the VM and the platform contribute.

use crate::host::LocaleName;
use crate::java_lang::support::string;
use crate::{State, state};
use vm::link::{class_by_name, find_field};
use vm::{NativeMethod, Ref, Result, Thread, object};

const CLASS: &str = "jdk/internal/util/SystemProps$Raw";

/// Where native libraries are looked for after `LD_LIBRARY_PATH`, as the builds of each release say (0: all others) for
/// each processor (`os.arch`).
const LIBRARY_PATHS: &[(u32, &str, &str)] = &[
    (
        17,
        "amd64",
        "/usr/java/packages/lib:/usr/lib/x86_64-linux-gnu/jni:/lib/x86_64-linux-gnu:\
         /usr/lib/x86_64-linux-gnu:/usr/lib/jni:/lib:/usr/lib",
    ),
    (
        17,
        "aarch64",
        "/usr/java/packages/lib:/usr/lib/aarch64-linux-gnu/jni:/lib/aarch64-linux-gnu:\
         /usr/lib/aarch64-linux-gnu:/usr/lib/jni:/lib:/usr/lib",
    ),
    (0, "amd64", "/usr/java/packages/lib:/usr/lib64:/lib64:/lib:/usr/lib"),
    (0, "aarch64", "/usr/java/packages/lib:/lib:/usr/lib"),
];

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/util/SystemProps$Raw" {
            "vmProperties" "()[Ljava/lang/String;" => full vm_properties;
            "platformProperties" "()[Ljava/lang/String;" => full platform_properties;
        }
    }
}

fn library_path(state: &State, release: u32) -> String {
    let arch = state.host.system_info().map(|system| system.arch).unwrap_or_default();
    let fits = |(r, a, _): &&(u32, &str, &str)| (*r == release || *r == 0) && *a == arch;
    let default = LIBRARY_PATHS.iter().find(fits).map_or("", |(_, _, path)| path);
    let environment = state.host.environment().unwrap_or_default();
    let given = environment.iter().find(|(name, _)| name == "LD_LIBRARY_PATH");
    match given.and_then(|(_, v)| v.to_str()).filter(|v| !v.is_empty()) {
        Some(first) => format!("{first}:{default}"),
        None => default.into(),
    }
}

/// Keys and values in turn, those of the command line last; a null key ends them.
fn vm_properties(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let s = state(t);
    let home = s.java_home.display().to_string();
    let release = vm.config.release.to_string();
    let version = env!("CARGO_PKG_VERSION");
    let boot_library_path = format!("{home}/lib");
    let library_path = library_path(s, vm.config.release);
    let own = [
        ("java.vm.specification.name", "Java Virtual Machine Specification"),
        ("java.vm.specification.vendor", "Oracle Corporation"),
        ("java.vm.specification.version", &release),
        ("java.vm.name", "rvm"),
        ("java.vm.version", version),
        ("java.vm.vendor", "rvm"),
        ("java.vm.info", "interpreted mode"),
        ("jdk.debug", "release"),
        ("sun.boot.library.path", &boot_library_path),
        ("java.library.path", &library_path),
        ("java.home", &home),
        ("java.class.path", ""),
    ];
    let given = s.properties.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let all: Vec<&str> = own.into_iter().chain(given).flat_map(|(k, v)| [k, v]).collect();
    let array = object::alloc_array(t, vm.known.string_array, all.len() as i32 + 2)?;
    let array = t.handle(array);
    for (i, text) in all.into_iter().enumerate() {
        let text = t.scope(|| string(t, text))?;
        vm.set_element(t.get(array), i, text);
    }
    Ok(t.get(array))
}

/// The parts of a locale under the names of the class's index constants.
fn locale(kind: &str, name: LocaleName) -> [(String, Option<String>); 4] {
    let part = |what: &str, value: String| {
        (format!("{kind}_{what}"), (!value.is_empty()).then_some(value))
    };
    [
        part("language", name.language),
        part("script", name.script),
        part("country", name.country),
        part("variant", name.variant),
    ]
}

/// Everything here that the class library takes over for good while it starts, as text: an image serves where this is
/// the same. The working directory is not among it, since a guest that begins with an image gets its own.
pub(crate) fn fingerprint(state: &State, release: u32) -> String {
    use std::fmt::Write;
    let mut text = format!("library_path={}\n", library_path(state, release));
    for (name, value) in platform(state).iter().filter(|(name, _)| name != "user_dir") {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}={value:?}");
    }
    text
}

/// What is known of the platform and this process, by name.
pub(crate) fn facts(state: &State, release: u32) -> Vec<(String, Option<String>)> {
    let mut facts = platform(state);
    facts.push(("library_path".into(), Some(library_path(state, release))));
    facts
}

/// What is known of the platform, by the names of the class's index constants.
fn platform(state: &State) -> Vec<(String, Option<String>)> {
    let host = &state.host;
    let mut all: Vec<(String, Option<String>)> = Vec::new();
    let mut set = |name: &str, value: Option<String>| all.push((name.into(), value));
    let system = host.system_info().ok();
    set("os_name", system.as_ref().map(|s| s.name.clone()));
    set("os_version", system.as_ref().map(|s| s.version.clone()));
    set("os_arch", system.map(|s| s.arch));
    set("file_separator", Some("/".into()));
    set("path_separator", Some(":".into()));
    set("line_separator", Some("\n".into()));
    set("java_io_tmpdir", Some(host.temp_dir().display().to_string()));
    let user = host.user().ok();
    let name = user.as_ref().map(|u| u.name.to_string_lossy().into_owned());
    set("user_name", Some(name.unwrap_or_else(|| "?".into())));
    let home = user.map(|u| u.home.display().to_string());
    set("user_home", Some(home.unwrap_or_else(|| "?".into())));
    let dir = host.current_dir().map_or_else(|_| "/".into(), |d| d.display().to_string());
    set("user_dir", Some(dir));
    set("sun_arch_data_model", Some("64".into()));
    set("sun_cpu_endian", Some("little".into()));
    set("sun_io_unicode_encoding", Some("UnicodeLittle".into()));
    let locales = host.locale();
    set("sun_jnu_encoding", Some(locales.encoding.clone()));
    set("native_encoding", Some(locales.encoding.clone()));
    for (number, names) in [
        (0, &["stdin_encoding"][..]),
        (1, &["sun_stdout_encoding", "stdout_encoding"]),
        (2, &["sun_stderr_encoding", "stderr_encoding"]),
    ] {
        let stream = state.resources.get(number);
        let terminal = stream.is_ok_and(|r| r.fd().is_ok_and(|fd| host.is_terminal(fd)));
        for name in names {
            set(name, terminal.then(|| locales.encoding.clone()));
        }
    }
    all.extend(locale("display", locales.messages));
    all.extend(locale("format", locales.characters));
    all
}

/// A static `int` of the class; nothing if this release has none of the name.
fn constant(t: &Thread, class: vm::ClassId, name: &str) -> Option<usize> {
    let vm = t.vm();
    let (_, f) = find_field(vm, class, t.symbol(name), t.symbol("I"))?;
    Some(vm.get_u32(vm.mirror(class), f.offset) as usize)
}

/// The values at the indices that the class's constants give to them.
fn platform_properties(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let class = class_by_name(t, CLASS)?;
    let len = constant(t, class, "FIXED_LENGTH").unwrap_or_default();
    let array = object::alloc_array(t, vm.known.string_array, len as i32)?;
    let array = t.handle(array);
    for (name, value) in platform(state(t)) {
        let index = constant(t, class, &format!("_{name}_NDX")).filter(|&i| i < len);
        let (Some(index), Some(value)) = (index, value) else { continue };
        let value = t.scope(|| string(t, &value))?;
        vm.set_element(t.get(array), index, value);
    }
    Ok(t.get(array))
}
