//! What goes into a file that runs without a JDK: the class library's modules, the files of its home, the class path.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stdlib::host::packed::{PackedEntry, ROOT};
use stdlib::jimage;
use stdlib::zip_stream::{Deflater, Flush, Strategy};
use vm::boot::Mode;
use vm::image::Part;

use super::archive::Archive;
use super::{Request, TemplateError, inputs, modules};
use crate::Library;

/// The class library's home and the class path below [`ROOT`].
const HOME: &str = "java";
const CLASS_PATH: &str = "app";
/// Below the home: what is packed in its own way, or serves only tools that are not packed.
const LEFT_OUT: [&str; 6] = [
    "lib/modules",
    "lib/src.zip",
    "lib/classlist",
    "lib/server",
    "lib/security/default.policy.orig",
    "lib/jspawnhelper",
];
/// Signatures of deprecated releases, for the compiler alone.
const OF_THE_COMPILER: &str = "lib/ct.sym";
/// Machine code and what belongs to it.
const MACHINE_CODE: [&str; 3] = ["so", "a", "jsa"];
/// The best that zlib can do.
const LEVEL: i32 = 9;

/// `java.home` of programs with a class library of their own.
pub(super) fn java_home() -> PathBuf {
    Path::new(ROOT).join(HOME)
}

/// What is packed.
pub(super) struct Plan {
    pub modules: Vec<String>,
    /// Whether these are not all modules.
    pub limit: bool,
    pub files: Vec<PackedFile>,
    /// The class path as the program sees it.
    pub class_path: String,
}

/// A file that is packed.
pub(super) struct PackedFile {
    /// Below [`ROOT`].
    path: String,
    from: PathBuf,
}

/// Decides what is packed.
///
/// # Errors
/// If a module is not there, or something can not be read.
pub(super) fn plan(
    library: &Library,
    request: &Request,
    class_path: &str,
) -> Result<Plan, TemplateError> {
    let given = |name: &str| request.settings.properties.iter().any(|(known, _)| known == name);
    if ["jdk.module.path", "jdk.module.upgrade.path", "jdk.module.limitmods"].into_iter().any(given)
    {
        let why = "a module path, or a limit of modules, can not be packed: give archives with -cp \
                   and modules with --add-modules";
        return Err(TemplateError::Usage(why));
    }
    let (main_class, roots) = roots(request);
    let modules = modules::needed(&library.image, &roots, &main_class, class_path)?;
    let mut files = Vec::new();
    home_files(library, &modules, &mut files)?;
    let mut class_path = class_path_files(class_path, &mut files)?;
    if class_path.is_empty() && !matches!(request.launch.mode, Mode::Module(_)) {
        // An empty one would be the working directory.
        class_path = format!("{ROOT}/{CLASS_PATH}");
    }
    let limit = modules.len() < library.image.modules().len();
    Ok(Plan { modules, limit, files, class_path })
}

/// The main class, if that is known, and the modules that are named.
fn roots(request: &Request) -> (String, Vec<String>) {
    let mut roots = request.modules.clone();
    match &request.launch.mode {
        Mode::Class(name) => (name.clone(), roots),
        Mode::Module(module) => {
            roots.extend(module.split('/').next().map(str::to_owned));
            (String::new(), roots)
        }
        Mode::Jar(_) | Mode::Source(_) => (String::new(), roots),
    }
}

/// All files of a JDK that its class library may read.
fn home_files(
    library: &Library,
    modules: &[String],
    files: &mut Vec<PackedFile>,
) -> Result<(), TemplateError> {
    let home = library.home.path();
    for folder in ["conf", "lib"] {
        walk(&home.join(folder), &mut |path| {
            let Ok(below) = path.strip_prefix(home) else { return };
            let name = below.to_string_lossy();
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            let compiles = modules.iter().any(|module| module == "jdk.compiler");
            let left_out = LEFT_OUT.iter().any(|out| name.starts_with(out))
                || MACHINE_CODE.contains(&&*extension)
                || (name == OF_THE_COMPILER && !compiles);
            if !left_out {
                files.push(PackedFile { path: format!("{HOME}/{name}"), from: path.into() });
            }
        })?;
    }
    files.push(PackedFile { path: format!("{HOME}/release"), from: home.join("release") });
    Ok(())
}

/// The files of a class path; answers the class path as the program will see it.
fn class_path_files(
    class_path: &str,
    files: &mut Vec<PackedFile>,
) -> Result<String, TemplateError> {
    let mut seen = Vec::new();
    for (number, element) in class_path.split(':').map(Path::new).enumerate() {
        let place = format!("{CLASS_PATH}/{number}");
        if element.is_dir() {
            walk(element, &mut |path| {
                let Ok(below) = path.strip_prefix(element) else { return };
                let path = format!("{place}/{}", below.display());
                files.push(PackedFile { path, from: element.join(below) });
            })?;
            seen.push(format!("{ROOT}/{place}/"));
        } else if element.is_file() {
            let name = element.file_name().unwrap_or_default().to_string_lossy();
            pack_archive(element, &format!("{place}/{name}"), &mut BTreeSet::new(), files)?;
            seen.push(format!("{ROOT}/{place}/{name}"));
        }
    }
    Ok(seen.join(":"))
}

/// An archive, and those that its manifest's `Class-Path` names, which lie beside it then, too.
fn pack_archive(
    from: &Path,
    path: &str,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<PackedFile>,
) -> Result<(), TemplateError> {
    if !seen.insert(from.into()) {
        return Ok(());
    }
    files.push(PackedFile { path: path.into(), from: from.into() });
    let manifest = Archive::open(from)?.read("META-INF/MANIFEST.MF")?.unwrap_or_default();
    for name in manifest_class_path(&String::from_utf8_lossy(&manifest)) {
        let beside = from.with_file_name("").join(&name);
        if beside.is_file() {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let clean: PathBuf = Path::new(folder).join(&name).components().collect();
            pack_archive(&beside, &clean.to_string_lossy(), seen, files)?;
        }
    }
    Ok(())
}

/// The relative names in the attribute `Class-Path`.
fn manifest_class_path(manifest: &str) -> Vec<String> {
    let lines = manifest.replace("\r\n", "\n").replace("\n ", "");
    let attribute = lines.lines().find_map(|line| line.strip_prefix("Class-Path:"));
    let names = attribute.unwrap_or_default().split_whitespace();
    names.filter(|name| !name.contains(':') && !name.starts_with('/')).map(str::to_owned).collect()
}

/// Shows all files below a folder; links are what they name.
fn walk(folder: &Path, show: &mut dyn FnMut(&Path)) -> Result<(), TemplateError> {
    let read = |source| TemplateError::Read { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        paths.push(entry.map_err(read)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, show)?;
        } else if path.is_file() {
            show(&path);
        }
    }
    Ok(())
}

impl Plan {
    /// The class library with these modules only.
    ///
    /// # Errors
    /// If it can not be read.
    pub fn library(&self, library: &Library) -> Result<Vec<u8>, TemplateError> {
        let has = |module: &str| self.modules.iter().any(|name| name == module);
        Ok(jimage::subset(&library.image, &has, &compress)?)
    }

    /// The file under whose name the class library itself reads its image.
    pub fn modules_entry(&self, library: &Library, part: Part) -> PackedEntry {
        PackedEntry {
            path: format!("{HOME}/lib/modules"),
            start: part.start,
            bytes: part.bytes,
            size_bytes: part.bytes,
            compressed: false,
            modified_seconds: inputs::modified_seconds(&library.home.modules_path()),
        }
    }
}

impl PackedFile {
    /// The file's content as it is stored at `start`, and what is noted of it. It is compressed if that makes it much smaller.
    ///
    /// # Errors
    /// If it can not be read.
    pub fn pack(&self, start: u64) -> Result<(PackedEntry, Vec<u8>), TemplateError> {
        let read = |source| TemplateError::Read { path: self.from.clone(), source };
        let content = fs::read(&self.from).map_err(read)?;
        let size_bytes = content.len() as u64;
        let smaller = compress(&content).filter(|small| small.len() < content.len() / 10 * 9);
        let compressed = smaller.is_some();
        let stored = smaller.unwrap_or(content);
        let entry = PackedEntry {
            path: self.path.clone(),
            start,
            bytes: stored.len() as u64,
            size_bytes,
            compressed,
            modified_seconds: inputs::modified_seconds(&self.from),
        };
        Ok((entry, stored))
    }
}

/// As zlib writes it; nothing if it does not become smaller.
fn compress(content: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; content.len()];
    let mut deflater = Deflater::new(LEVEL, Strategy::Default, false).ok()?;
    let step = deflater.deflate(content, &mut out, Flush::Finish, None).ok()?;
    out.truncate(step.produced);
    step.finished.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_paths_in_manifests() {
        let manifest = "Manifest-Version: 1.0\r\nClass-Path: a.jar lib/b.j\r\n ar file:/c.jar /d.jar\r\nX: y\r\n";
        assert_eq!(manifest_class_path(manifest), ["a.jar", "lib/b.jar"]);
        assert!(manifest_class_path("Manifest-Version: 1.0\n").is_empty());
    }
}
