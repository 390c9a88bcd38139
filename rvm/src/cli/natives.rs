//! `rvm natives`: how many of the class library's native methods are there.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use classfile::{ClassFile, Options, access, mutf8};
use rvm::{Library, Settings, StartError};
use stdlib::jimage::JImage;

use super::FAILURE_CODE;

/// The module whose natives are counted.
const MODULE: &str = "java.base";

/// The command and its options.
pub fn command() -> Command {
    Command::new("natives")
        .about("Show how many of java.base's native methods rvm provides, by class")
        .arg(
            Arg::new("java-home")
                .long("java-home")
                .value_name("DIR")
                .help("JDK whose class library is looked at"),
        )
        .arg(
            Arg::new("missing")
                .long("missing")
                .action(ArgAction::SetTrue)
                .help("Name the methods that are missing"),
        )
}

/// Carries out `rvm natives`; answers the exit code.
pub fn main(matches: &ArgMatches) -> i32 {
    let java_home = matches.get_one::<String>("java-home").map(PathBuf::from);
    let settings = Settings { java_home, ..Settings::default() };
    match list(&settings, matches.get_flag("missing")) {
        // A reader that went away (`| head`) is no failure.
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Err(error) => {
            eprintln!("rvm: {error}");
            FAILURE_CODE
        }
    }
}

fn list(settings: &Settings, show_missing: bool) -> Result<String, StartError> {
    let library = Library::find(settings)?;
    let (required, polymorphic) = natives_of(&library.image);
    let rows = stdlib::natives();
    let provided: HashSet<_> =
        rows.iter().map(|row| (row.class, row.name, row.descriptor)).collect();
    let mut text = String::new();
    let (mut total, mut total_provided) = (0, 0);
    let mut reasons = BTreeMap::<&str, usize>::new();
    for (class, methods) in &required {
        let is_there = |(name, descriptor): &&(String, String)| {
            provided.contains(&(class.as_str(), name.as_str(), descriptor.as_str()))
        };
        let count = methods.iter().filter(is_there).count();
        total += methods.len();
        total_provided += count;
        text += &format!("{count:>4} of {:>3}  {}\n", methods.len(), class.replace('/', "."));
        for (name, descriptor) in methods.iter().filter(|method| !is_there(method)) {
            *reasons.entry(reason(class, name)).or_default() += 1;
            if show_missing {
                text += &format!("              {name}{descriptor}\n");
            }
        }
    }
    let version = library.home.release().java_version();
    for (reason, count) in reasons {
        text += &format!("{count:>4} missing: {reason}\n");
    }
    text +=
        &format!("{total_provided} of {total} native methods of {MODULE} {version} are provided");
    text += &format!(", and {polymorphic} are linked at each call\n");
    Ok(text)
}

/// Why a native method is missing: the beginning of its class's name, its own name or any for `*`, and the reason.
const REASONS: &[(&str, &str, &str)] = &[
    ("jdk/internal/foreign/", "*", "foreign functions: no foreign machine code is loaded"),
    (
        "jdk/internal/invoke/NativeEntryPoint",
        "*",
        "foreign functions: no foreign machine code is loaded",
    ),
    ("jdk/internal/loader/", "*", "foreign functions: no foreign machine code is loaded"),
    (
        "jdk/internal/vm/Continuation",
        "*",
        "continuations: virtual threads have threads of their own",
    ),
    (
        "java/lang/Thread",
        "setCurrentThread",
        "continuations: virtual threads have threads of their own",
    ),
    ("java/lang/VirtualThread", "*", "continuations: virtual threads have threads of their own"),
    ("java/lang/invoke/MethodHandleNatives", "getMembers", "the library itself never calls it"),
];

fn reason(class: &str, method: &str) -> &'static str {
    let row = REASONS
        .iter()
        .find(|(prefix, name, _)| class.starts_with(prefix) && (*name == "*" || *name == method));
    row.map_or("no reason is known", |row| row.2)
}

/// Native methods by class: name and descriptor.
type Natives = BTreeMap<String, Vec<(String, String)>>;

/// The natives to provide, and the number of those behind which no native stands.
fn natives_of(image: &JImage) -> (Natives, usize) {
    let mut natives = Natives::new();
    let mut polymorphic = 0;
    let resources = image.resources().filter(|resource| resource.module() == MODULE);
    for resource in resources.filter(|resource| resource.path().ends_with(".class")) {
        // A class that can not be read has no methods that could be missed.
        let Ok(bytes) = resource.bytes() else { continue };
        let options = Options { relax: true, ..Options::default() };
        let Ok(class) = ClassFile::parse_with(&bytes, &options) else { continue };
        let text = |bytes| mutf8::to_string_lossy(bytes).into_owned();
        let is_linked = |flags, descriptor| is_signature_polymorphic(class.name, flags, descriptor);
        let all = class.methods.iter().filter(|m| m.access_flags & access::NATIVE != 0);
        polymorphic += all.clone().filter(|m| is_linked(m.access_flags, m.descriptor)).count();
        let methods: Vec<_> = all
            .filter(|m| !is_linked(m.access_flags, m.descriptor))
            .map(|m| (text(m.name), text(m.descriptor)))
            .collect();
        if !methods.is_empty() {
            natives.insert(text(class.name), methods);
        }
    }
    (natives, polymorphic)
}

/// Methods that are linked anew for each call (JVMS 2.9.3): no native stands behind them.
fn is_signature_polymorphic(class: &[u8], flags: u16, descriptor: &[u8]) -> bool {
    const FLAGS: u16 = access::VARARGS | access::NATIVE;
    matches!(class, b"java/lang/invoke/MethodHandle" | b"java/lang/invoke/VarHandle")
        && flags & FLAGS == FLAGS
        && descriptor.starts_with(b"([Ljava/lang/Object;)")
}
