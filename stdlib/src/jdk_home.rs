//! Finding the JDK whose class library the VM runs.
//!
//! The order is: the `--java-home` option, `RVM_JAVA_HOME`, `JAVA_HOME`, then `/usr/lib/jvm/*`. The first two are a
//! decision of the user, so a directory there that does not serve is an error. `JAVA_HOME` is often left over from
//! something else: when it does not serve, the search goes on, and its error is only reported if nothing is found.
//! Relies on a JDK's `release` file (lines `KEY="value"`) and on `lib/modules`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Feature releases whose class library is supported, best first.
pub const SUPPORTED_RELEASES: [u32; 2] = [17, 25];

/// Where Linux distributions install JDKs.
const JVM_DIRECTORY: &str = "/usr/lib/jvm";

/// A JDK that can serve: its release is supported and its `lib/modules` exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JdkHome {
    path: PathBuf,
    release: Release,
}

/// The content of a JDK's `release` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    entries: Vec<(String, String)>,
    feature: u32,
}

/// Why no JDK was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JdkHomeError {
    /// Nothing names a JDK and none is installed.
    #[error(
        "no JDK found: install one (Debian/Ubuntu: apt install openjdk-17-jre-headless) or name one with \
         --java-home or JAVA_HOME"
    )]
    NotFound,
    /// The directory has no readable `release` file with a version.
    #[error("{} (from {origin}) is not a JDK: no version in its file 'release'", path.display())]
    NoRelease {
        /// The directory.
        path: PathBuf,
        /// What named it.
        origin: Origin,
    },
    /// The JDK's release is not a supported one.
    #[error("{} (from {origin}) is Java {found}, but rvm supports only Java 17 and 25", path.display())]
    WrongRelease {
        /// The directory.
        path: PathBuf,
        /// What named it.
        origin: Origin,
        /// `JAVA_VERSION` as found.
        found: String,
    },
    /// The JDK has no class library image, as a build tree or an exploded JDK.
    #[error("{} (from {origin}) has no class library: its lib/modules is missing", path.display())]
    NoModules {
        /// The directory.
        path: PathBuf,
        /// What named it.
        origin: Origin,
    },
}

/// What named a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Option,
    /// The variable `RVM_JAVA_HOME`.
    RvmJavaHome,
    /// The variable `JAVA_HOME`.
    JavaHome,
    /// The search in the directory of installed JDKs.
    Installed,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Origin::Option => "--java-home",
            Origin::RvmJavaHome => "RVM_JAVA_HOME",
            Origin::JavaHome => "JAVA_HOME",
            Origin::Installed => "the installed JDKs",
        })
    }
}

/// Where to look, as plain values: an embedding program or a test fills it in itself.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The `--java-home` option.
    pub option: Option<PathBuf>,
    /// `RVM_JAVA_HOME`.
    pub rvm_java_home: Option<PathBuf>,
    /// `JAVA_HOME`.
    pub java_home: Option<PathBuf>,
    /// Directory of installed JDKs.
    pub jvm_directory: Option<PathBuf>,
}

impl Search {
    /// The search that the command line does: this option, this process's environment, `/usr/lib/jvm`.
    #[must_use]
    pub fn from_environment(option: Option<&Path>) -> Search {
        let variable =
            |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Search {
            option: option.map(Path::to_owned),
            rvm_java_home: variable("RVM_JAVA_HOME"),
            java_home: variable("JAVA_HOME"),
            jvm_directory: Some(PathBuf::from(JVM_DIRECTORY)),
        }
    }

    /// Finds the JDK.
    ///
    /// # Errors
    /// See [`JdkHomeError`]; each displays as one line for the user.
    pub fn find(&self) -> Result<JdkHome, JdkHomeError> {
        if let Some(path) = &self.option {
            return JdkHome::open_from(path, Origin::Option);
        }
        if let Some(path) = &self.rvm_java_home {
            return JdkHome::open_from(path, Origin::RvmJavaHome);
        }
        let from_java_home =
            self.java_home.as_ref().map(|path| JdkHome::open_from(path, Origin::JavaHome));
        let unfit = match from_java_home {
            Some(Ok(home)) => return Ok(home),
            Some(Err(error)) => Some(error),
            None => None,
        };
        match self.jvm_directory.as_deref().map(installed) {
            Some(Ok(home)) => Ok(home),
            Some(Err(error)) => Err(unfit.unwrap_or(error)),
            None => Err(unfit.unwrap_or(JdkHomeError::NotFound)),
        }
    }
}

/// The best JDK under `directory`: the release that comes first in the list, then the newest update, then by name.
fn installed(directory: &Path) -> Result<JdkHome, JdkHomeError> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    // Symbolic links (Debian's java-1.17.0-openjdk-amd64) name directories that are found anyway.
    paths.retain(|path| !path.is_symlink() && path.join("release").exists());
    let mut unfit = None;
    let mut best: Option<JdkHome> = None;
    for path in paths {
        match JdkHome::open_from(&path, Origin::Installed) {
            Ok(home) if best.as_ref().is_none_or(|best| home.rank() > best.rank()) => {
                best = Some(home)
            }
            Ok(_) => {}
            Err(error) => unfit = unfit.or(Some(error)),
        }
    }
    best.ok_or(unfit.unwrap_or(JdkHomeError::NotFound))
}

impl JdkHome {
    /// Checks that `path` is a JDK that serves.
    ///
    /// # Errors
    /// All of [`JdkHomeError`] but `NotFound`.
    pub fn open(path: &Path) -> Result<JdkHome, JdkHomeError> {
        JdkHome::open_from(path, Origin::Option)
    }

    fn open_from(path: &Path, origin: Origin) -> Result<JdkHome, JdkHomeError> {
        let text = fs::read_to_string(path.join("release")).ok();
        let release = text.and_then(|text| Release::parse(&text));
        let path = path.to_owned();
        let Some(release) = release else { return Err(JdkHomeError::NoRelease { path, origin }) };
        if !SUPPORTED_RELEASES.contains(&release.feature) {
            let found = release.java_version().to_owned();
            return Err(JdkHomeError::WrongRelease { path, origin, found });
        }
        if !path.join("lib/modules").is_file() {
            return Err(JdkHomeError::NoModules { path, origin });
        }
        // Java's `java.home` is absolute and free of links.
        let path = fs::canonicalize(&path).unwrap_or(path);
        Ok(JdkHome { path, release })
    }

    /// A class library that lies in no directory of the system, under the name that its programs see.
    #[must_use]
    pub fn elsewhere(path: PathBuf, release: Release) -> JdkHome {
        JdkHome { path, release }
    }

    /// The JDK's directory (the system property `java.home`): absolute, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The class library's image.
    #[must_use]
    pub fn modules_path(&self) -> PathBuf {
        self.path.join("lib/modules")
    }

    /// The `release` file.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// What makes one installed JDK better than another.
    fn rank(&self) -> (usize, Vec<u32>) {
        let place =
            SUPPORTED_RELEASES.iter().rev().position(|release| *release == self.release.feature);
        (place.unwrap_or_default(), numbers(self.release.java_version()).collect())
    }
}

impl Release {
    /// Parses the text of a `release` file. Nothing when it has no `JAVA_VERSION` that starts with a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Release> {
        let entries: Vec<(String, String)> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
            .collect();
        let mut release = Release { entries, feature: 0 };
        let mut version = numbers(release.java_version());
        // Up to Java 8 the feature release was the second number: 1.8.0_452.
        let feature = match version.next()? {
            1 => version.next()?,
            first => first,
        };
        drop(version);
        release.feature = feature;
        Some(release)
    }

    /// The file's text, as [`Release::parse`] reads it.
    #[must_use]
    pub fn text(&self) -> String {
        self.entries.iter().map(|(key, value)| format!("{key}=\"{value}\"\n")).collect()
    }

    /// The value of `key`, without quotes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// `JAVA_VERSION`, for example `17.0.15`.
    #[must_use]
    pub fn java_version(&self) -> &str {
        self.get("JAVA_VERSION").unwrap_or_default()
    }

    /// The feature release: 17 for `17.0.15`.
    #[must_use]
    pub fn feature(&self) -> u32 {
        self.feature
    }

    /// `JAVA_RUNTIME_VERSION` (for example `17.0.15+6-Debian-1deb12u1`), or the plain version where it is missing.
    #[must_use]
    pub fn runtime_version(&self) -> &str {
        self.get("JAVA_RUNTIME_VERSION").unwrap_or_else(|| self.java_version())
    }

    /// The modules of the JDK, in the file's order (dependencies first).
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.get("MODULES").unwrap_or_default().split_whitespace()
    }
}

/// The leading numbers of a version: `17.0.15-beta` gives 17, 0, 15.
fn numbers(version: &str) -> impl Iterator<Item = u32> {
    version.split(['.', '_']).map_while(|part| {
        part.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;

    fn jdk(directory: &Path, name: &str, version: &str, modules: bool) -> PathBuf {
        let path = directory.join(name);
        fs::create_dir_all(path.join("lib")).expect("create");
        fs::write(path.join("release"), format!("IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"{version}\"\n"))
            .expect("write");
        if modules {
            fs::write(path.join("lib/modules"), b"").expect("write");
        }
        path
    }

    fn found(search: &Search) -> String {
        match search.find() {
            Ok(home) => home.path().file_name().expect("name").to_string_lossy().into_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn order_of_the_search() {
        let scratch = ScratchDir::new();
        let directory = fs::canonicalize(scratch.path()).expect("scratch");
        let a = jdk(&directory, "a", "17.0.1", true);
        let b = jdk(&directory, "b", "25.0.3", true);
        let c = jdk(&directory, "c", "17.0.2", true);
        jdk(&directory, "d", "17.0.10", true);
        jdk(&directory, "e", "21", true);
        let mut search = Search {
            option: Some(a),
            rvm_java_home: Some(b),
            java_home: Some(c),
            jvm_directory: None,
        };
        assert_eq!(found(&search), "a");
        search.option = None;
        assert_eq!(found(&search), "b");
        search.rvm_java_home = None;
        assert_eq!(found(&search), "c");
        search.java_home = None;
        assert!(found(&search).contains("openjdk-17-jre-headless"));
        search.jvm_directory = Some(directory.clone());
        assert_eq!(found(&search), "d", "the newest 17 comes before 25");
        search.java_home = Some(directory.join("e"));
        assert_eq!(found(&search), "d", "an unfit JAVA_HOME is passed over");
    }

    #[test]
    fn errors_are_one_clear_line() {
        let scratch = ScratchDir::new();
        let directory = scratch.path();
        let wrong = jdk(directory, "eight", "1.8.0_452", true);
        let bare = jdk(directory, "bare", "17", false);
        let search = |path: PathBuf| Search { option: Some(path), ..Search::default() };
        let text = found(&search(wrong.clone()));
        assert_eq!(
            text,
            format!(
                "{} (from --java-home) is Java 1.8.0_452, but rvm supports only Java 17 and 25",
                wrong.display()
            )
        );
        assert!(found(&search(bare)).ends_with("lib/modules is missing"));
        assert!(found(&search(directory.join("nothing"))).contains("is not a JDK"));
        let empty = Search { jvm_directory: Some(directory.join("nothing")), ..Search::default() };
        assert_eq!(empty.find(), Err(JdkHomeError::NotFound));
        let only_wrong = Search { java_home: Some(wrong), ..Search::default() };
        assert!(found(&only_wrong).contains("(from JAVA_HOME)"));
    }

    #[test]
    fn release_files() {
        let release = Release::parse("JAVA_VERSION=\"17.0.15\"\nMODULES=\"java.base java.xml\"\n")
            .expect("release");
        assert_eq!((release.feature(), release.java_version()), (17, "17.0.15"));
        assert_eq!(release.runtime_version(), "17.0.15");
        assert_eq!(release.modules().collect::<Vec<_>>(), ["java.base", "java.xml"]);
        assert_eq!(Release::parse("JAVA_VERSION=\"25-ea\"").map(|it| it.feature()), Some(25));
        assert_eq!(Release::parse("JAVA_VERSION=\"1.8.0_452\"").map(|it| it.feature()), Some(8));
        assert_eq!(Release::parse("JAVA_VERSION=\"\""), None);
        assert_eq!(Release::parse("nonsense"), None);
    }

    #[test]
    fn the_installed_jdk_is_found() {
        if Path::new(JVM_DIRECTORY).exists() {
            let search = Search { jvm_directory: Some(JVM_DIRECTORY.into()), ..Search::default() };
            let home = search.find().expect("a JDK is installed");
            assert!(SUPPORTED_RELEASES.contains(&home.release().feature()));
            assert!(home.modules_path().is_file());
        }
    }
}
