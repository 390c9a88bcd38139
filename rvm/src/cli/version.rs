//! What `java -version` and its like say.

use rvm::Library;

/// The three lines; `double_dash` is the form of `--version`.
pub fn lines(library: &Library, double_dash: bool) -> String {
    let release = library.home.release();
    let version = release.java_version();
    let date = release.get("JAVA_VERSION_DATE").unwrap_or_default();
    let version = if double_dash { version.to_owned() } else { format!("version \"{version}\"") };
    format!(
        "openjdk {version} {date}\n\
         OpenJDK Runtime Environment (build {})\n\
         rvm (build {}, interpreted mode)\n",
        release.runtime_version(),
        env!("CARGO_PKG_VERSION"),
    )
}
