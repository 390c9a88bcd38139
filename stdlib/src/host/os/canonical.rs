//! `java.io.File.getCanonicalPath`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::host::Errno;

/// Resolves the longest prefix that exists and normalises the rest by name only.
///
/// A prefix that fails for another reason than not being there or not being allowed is an error; but not the whole
/// path, which may end in a link to nowhere.
pub(super) fn canonicalize(path: &Path) -> Result<PathBuf, Errno> {
    if let Ok(resolved) = fs::canonicalize(path) {
        return Ok(resolved);
    }
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() >= libc::PATH_MAX as usize {
        return Err(Errno::NAMETOOLONG);
    }
    let mut end = bytes.len();
    while let Some(slash) =
        bytes[..end].iter().rposition(|byte| *byte == b'/').filter(|slash| *slash > 0)
    {
        match fs::canonicalize(OsStr::from_bytes(&bytes[..slash])).map_err(Errno::from) {
            Ok(prefix) => {
                return Ok(normalise(&[prefix.as_os_str().as_bytes(), &bytes[slash..]].concat()));
            }
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCES) => end = slash,
            Err(error) => return Err(error),
        }
    }
    Ok(normalise(bytes))
}

/// Removes `.`, and `..` together with the name before it; the root's parent is the root.
fn normalise(path: &[u8]) -> PathBuf {
    let mut names: Vec<&[u8]> = Vec::new();
    for name in path.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let root: &[u8] = if path.first() == Some(&b'/') { b"/" } else { b"" };
    OsString::from_vec([root, &names.join(&b'/')].concat()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::host::scratch::ScratchDir;

    #[track_caller]
    fn check(path: impl AsRef<Path>, expected: impl AsRef<Path>) {
        assert_eq!(canonicalize(path.as_ref()).as_deref(), Ok(expected.as_ref()));
    }

    /// The answers are those of JDK 25.0.3, with the scratch directory in place of another.
    #[test]
    fn as_java_does() {
        let scratch = ScratchDir::new();
        fs::create_dir(scratch.join("real")).expect("mkdir");
        fs::write(scratch.join("real/file"), "").expect("write");
        symlink("real", scratch.join("link")).expect("symlink");
        symlink("/nowhere/at/all", scratch.join("dangling")).expect("symlink");
        symlink("loop", scratch.join("loop")).expect("symlink");
        check("/../nonexistent/../a", "/a");
        check("/nonexistent/..", "/");
        check("/nonexistent/../../x", "/x");
        check("/none/x/../../../..", "/");
        check("/a-b/c/.", "/a-b/c");
        check("/nonexistent/...", "/nonexistent/...");
        check("/", "/");
        check(scratch.join("./zz/../yy"), scratch.join("yy"));
        check(scratch.join("real/file/x/../y"), scratch.join("real/file/y"));
        check(scratch.join("link"), scratch.join("real"));
        check(scratch.join("link/q/.."), scratch.join("real"));
        check(scratch.join("link/none/../z"), scratch.join("real/z"));
        check(scratch.join("link/../nn"), scratch.join("nn"));
        check(scratch.join("dangling"), scratch.join("dangling"));
        check(scratch.join("dangling/x"), scratch.join("dangling/x"));
        check(scratch.join("loop"), scratch.join("loop"));
        assert_eq!(canonicalize(&scratch.join("loop/x")), Err(Errno::LOOP));
        let long = scratch.join(&"k".repeat(300));
        check(&long, &long);
        assert_eq!(canonicalize(&scratch.join(&"k/".repeat(3000))), Err(Errno::NAMETOOLONG));
    }
}
