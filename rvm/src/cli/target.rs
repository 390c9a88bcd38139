//! What is to be run, and the properties that follow from it.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use classfile::{ClassFile, mutf8};
use rvm::{Launch, Mode, Settings};

/// Signature of the record that ends every zip file.
const ZIP_END: &[u8; 4] = b"PK\x05\x06";
/// Length of that record without its comment, in bytes.
const ZIP_END_SIZE: u64 = 22;
/// Signature of an entry of a zip file's directory.
const ZIP_ENTRY: &[u8] = b"PK\x01\x02";
/// Signature before an entry's content.
const ZIP_CONTENT: &[u8] = b"PK\x03\x04";
/// Length of such an entry of the directory without its name, in bytes.
const ZIP_ENTRY_SIZE: usize = 46;
/// What every executable jar file has.
const MANIFEST: &[u8] = b"META-INF/MANIFEST.MF";

/// What a command line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A class by its name.
    Class(String),
    /// A jar file.
    Jar(String),
    /// `module` or `module/class`.
    Module(String),
    /// A source file.
    Source(String),
}

/// The compiler's launcher of a release, which compiles a source file in memory and runs it.
fn source_launcher(release: u32) -> &'static str {
    match release {
        ..22 => "jdk.compiler/com.sun.tools.javac.launcher.Main",
        _ => "jdk.compiler/com.sun.tools.javac.launcher.SourceLauncher",
    }
}

impl Target {
    /// Whether `java` takes this name for a source file.
    pub fn is_source_file(name: &str) -> bool {
        name.ends_with(".java") && Path::new(name).exists()
    }

    /// The program, and the launcher's properties in the settings.
    pub fn launch(
        self,
        settings: &mut Settings,
        class_path: Option<String>,
        mut args: Vec<String>,
        release: u32,
    ) -> Launch {
        let mut properties = std::mem::take(&mut settings.properties);
        let mut define = |key: &str, value: &str| {
            properties.retain(|(other, _)| other != key);
            properties.push((key.into(), value.into()));
        };
        let class_path = given_class_path(class_path);
        let (what, class_path, mode) = match self {
            Target::Jar(jar) => (jar.clone(), Some(jar.clone()), Mode::Jar(jar)),
            Target::Class(name) => (name.clone(), class_path, Mode::Class(name)),
            Target::Module(name) => {
                let class_path = Some(class_path.unwrap_or_default());
                (name.clone(), class_path, Mode::Module(name))
            }
            Target::Source(file) => {
                args.insert(0, file);
                let launcher = source_launcher(release).to_owned();
                (launcher.clone(), class_path, Mode::Module(launcher))
            }
        };
        define("java.class.path", class_path.as_deref().unwrap_or("."));
        if let Mode::Module(name) = &mode {
            let module = name.split('/').next().unwrap_or_default();
            define("jdk.module.main", module);
        }
        let words = [what].into_iter().chain(args.iter().cloned()).collect::<Vec<_>>();
        define("sun.java.command", &words.join(" "));
        define("sun.java.launcher", "SUN_STANDARD");
        settings.properties = properties;
        Launch { mode, args }
    }

    /// What `java -jar` says of a file that it can not use.
    pub fn check_jar(jar: &str) -> Result<(), String> {
        let Ok(file) = fs::File::open(jar) else {
            return Err(format!("Error: Unable to access jarfile {jar}"));
        };
        match has_manifest(file) {
            Ok(true) => Ok(()),
            _ => Err(format!("Error: Invalid or corrupt jarfile {jar}")),
        }
    }
}

/// The class path of an option or else the environment, with its wildcards replaced.
fn given_class_path(option: Option<String>) -> Option<String> {
    option.or_else(|| std::env::var("CLASSPATH").ok()).map(|path| expand_wildcards(&path))
}

/// Sets the property of the class path where nothing is run.
pub fn define_class_path(settings: &mut Settings, option: Option<String>) {
    let path = given_class_path(option).unwrap_or_else(|| ".".into());
    settings.properties.push(("java.class.path".into(), path));
}

/// A class path in which each element `folder/*` stands for the jar files in the folder, in the order in which the
/// system lists them. Where there is none the element stays as it is.
fn expand_wildcards(path: &str) -> String {
    let expanded = path.split(':').map(|element| {
        let folder = match element {
            "*" => Some(""),
            _ => element.strip_suffix('*').filter(|folder| folder.ends_with('/')),
        };
        let jars = folder.map(jars_in).unwrap_or_default();
        if jars.is_empty() { element.to_owned() } else { jars.join(":") }
    });
    expanded.collect::<Vec<_>>().join(":")
}

/// The jar files directly in a folder, whose name ends with `/` or is empty for the working directory.
fn jars_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(if folder.is_empty() { "." } else { folder });
    let names = entries.into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let jars = names.filter(|name| name.ends_with(".jar") || name.ends_with(".JAR"));
    jars.map(|name| format!("{folder}{name}")).collect()
}

/// Whether a zip file has a manifest as its directory says; directories in the format for huge files are left
/// to Java.
fn has_manifest(mut file: fs::File) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail =
        read_at(&mut file, length.saturating_sub(ZIP_END_SIZE + u64::from(u16::MAX)), length)?;
    let Some(end) = tail.windows(ZIP_END.len()).rposition(|window| window == ZIP_END) else {
        return Ok(false);
    };
    let end_at = length - (tail.len() - end) as u64;
    let (Some(size), Some(offset)) = (u32_at(&tail, end + 12), u32_at(&tail, end + 16)) else {
        return Ok(false);
    };
    if size == u32::MAX || offset == u32::MAX {
        return Ok(true);
    }
    // What may be before the archive does not count in its offsets.
    let Some(start) = end_at.checked_sub(u64::from(size)) else { return Ok(false) };
    let before = start.wrapping_sub(u64::from(offset));
    let Some(place) = find_manifest(&read_at(&mut file, start, end_at)?) else { return Ok(false) };
    let place = before.wrapping_add(u64::from(place));
    // Lost if the beginning of the archive is.
    Ok(place < start && read_at(&mut file, place, start)?.starts_with(ZIP_CONTENT))
}

/// Where the manifest's own header is, from the start of the archive.
fn find_manifest(mut directory: &[u8]) -> Option<u32> {
    while directory.starts_with(ZIP_ENTRY) {
        let lengths = [28, 30, 32].map(|at| u16_at(directory, at));
        let [Some(name), Some(extra), Some(comment)] = lengths else { return None };
        let found = directory.get(ZIP_ENTRY_SIZE..ZIP_ENTRY_SIZE + name)?;
        if found.eq_ignore_ascii_case(MANIFEST) {
            return u32_at(directory, 42);
        }
        let rest = directory.get(ZIP_ENTRY_SIZE + name + extra + comment..);
        directory = rest.unwrap_or_default();
    }
    None
}

fn read_at(file: &mut fs::File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end.saturating_sub(start)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 2)?;
    Some(usize::from(bytes[0]) | usize::from(bytes[1]) << 8)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A class file that was named: the class in it, and the root folder of its package.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedClassFile {
    /// The class's external name.
    pub class: String,
    /// Where the class path begins.
    pub root: PathBuf,
}

/// Reads which class is in a file and where the file's class path begins.
///
/// # Errors
/// With a sentence that says what is wrong and what to do.
pub fn class_file(path: &str) -> Result<NamedClassFile, String> {
    let bytes = fs::read(path).map_err(|error| format!("{path} can not be read: {error}"))?;
    if !bytes.starts_with(&[0xCA, 0xFE, 0xBA, 0xBE]) {
        return Err(format!("{path} is no class file: it does not begin with CAFEBABE"));
    }
    let class = ClassFile::parse(&bytes)
        .map_err(|error| format!("{path} is no valid class file: {error}"))?;
    let name = mutf8::to_string_lossy(class.name).into_owned();
    let simple = name.rsplit('/').next().unwrap_or_default();
    let file = Path::new(path);
    if file.file_stem().is_none_or(|stem| stem != simple) {
        return Err(format!(
            "{path} holds the class {}, so the file must be called {simple}.class",
            name.replace('/', ".")
        ));
    }
    let class = name.replace('/', ".");
    match root(file, &name) {
        Some(root) => Ok(NamedClassFile { class, root }),
        None => {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            Err(format!(
                "{path} holds the class {class}, so the file must lie in a folder {folder}"
            ))
        }
    }
}

/// The folder under which `file` lies where a class of this internal name must.
fn root(file: &Path, name: &str) -> Option<PathBuf> {
    let packages = name.split('/').rev().skip(1);
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut packages = packages.peekable();
    if packages.peek().is_none() {
        return Some(folder.into());
    }
    // As written if that goes up far enough, which keeps a relative path relative.
    let plain = folder.components().all(|part| !matches!(part, Component::ParentDir));
    let depth = folder.components().filter(|part| matches!(part, Component::Normal(_))).count();
    let mut at = if plain && depth >= name.matches('/').count() {
        folder.to_path_buf()
    } else {
        fs::canonicalize(folder).ok()?
    };
    for package in packages {
        if at.file_name()? != package {
            return None;
        }
        at.pop();
    }
    Some(if at == Path::new("") { PathBuf::from(".") } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots() {
        let root = |file: &str, name: &str| root(Path::new(file), name);
        assert_eq!(root("A.class", "A"), Some(".".into()));
        assert_eq!(root("x/A.class", "A"), Some("x".into()));
        assert_eq!(root("x/p/q/A.class", "p/q/A"), Some("x".into()));
        assert_eq!(root("p/q/A.class", "p/q/A"), Some(".".into()));
        assert_eq!(root("/x/p/A.class", "p/A"), Some("/x".into()));
        assert_eq!(root("x/q/A.class", "p/A"), None);
    }

    #[test]
    fn directories_of_archives() {
        let entry = |name: &str, extra: u8| {
            let mut entry = [ZIP_ENTRY, &[0; ZIP_ENTRY_SIZE - 4]].concat();
            (entry[28], entry[30]) = (name.len() as u8, extra);
            [entry, name.into(), vec![7; extra.into()]].concat()
        };
        let named = [entry("a/b", 3), entry("META-INF/Manifest.mf", 0)].concat();
        assert_eq!(find_manifest(&named), Some(0));
        assert_eq!(find_manifest(&named[1..]), None);
        assert_eq!(find_manifest(&named[..named.len() - 1]), None);
        assert_eq!(find_manifest(&entry("a/b", 3)), None);
        assert_eq!(find_manifest(&[]), None);
    }

    #[test]
    fn launcher_properties() {
        let mut settings = Settings::default();
        let args = vec!["x".to_owned(), "y".to_owned()];
        let launch =
            Target::Source("M.java".into()).launch(&mut settings, Some("cp".into()), args, 17);
        let get = |key: &str| {
            let found = settings.properties.iter().find(|(k, _)| k == key);
            found.map_or("", |(_, value)| value)
        };
        assert_eq!(launch.args, ["M.java", "x", "y"]);
        assert_eq!(get("jdk.module.main"), "jdk.compiler");
        assert_eq!(
            get("sun.java.command"),
            "jdk.compiler/com.sun.tools.javac.launcher.Main M.java x y"
        );
        assert_eq!(get("java.class.path"), "cp");
        assert!(source_launcher(25).ends_with("SourceLauncher"));
    }
}
