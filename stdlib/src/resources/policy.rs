//! What a user allows beyond the rules, when a program is saved and when it goes on.
//!
//! A policy is a text of lines; `#` begins a comment, names with spaces stand in double quotes:
//!
//! ```text
//! files copy                          all files are saved with their content
//! file /var/data/a copy               this one is, or those in this folder
//! file /var/data rebind /srv/data     this path, and those below it, are elsewhere
//! address 0.0.0.0:80 rebind [::]:8080 a socket is bound to another address
//! connections drop                    connections come back as broken off
//! ```

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether all files are saved with their content.
    pub copy_files: bool,
    /// Files and folders that are.
    pub copied: Vec<PathBuf>,
    /// Paths that are elsewhere; the longest one that fits counts.
    pub paths: Vec<(PathBuf, PathBuf)>,
    /// Addresses that are others.
    pub addresses: Vec<(SocketAddr, SocketAddr)>,
    /// Whether connections come back as broken off.
    pub drop_connections: bool,
}

/// A text that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A line says nothing that is known.
    #[error(
        "line {0} is none of: files copy; file PATH copy; file PATH rebind PATH; address A rebind A; connections drop"
    )]
    Line(usize),
    /// Something is no address.
    #[error("{0} is no address such as 127.0.0.1:80")]
    Address(String),
    /// What is to be bound elsewhere has no second half.
    #[error("{0} is not OLD=NEW")]
    NoPair(String),
    /// Both halves must be of one kind.
    #[error("{0} is neither a pair of absolute paths nor a pair of addresses")]
    Mixed(String),
}

impl Policy {
    /// Adds what a text says.
    ///
    /// # Errors
    /// With the first line that is none.
    pub fn add_text(&mut self, text: &str) -> Result<(), PolicyError> {
        for (i, line) in text.lines().enumerate() {
            let words = words(line).ok_or(PolicyError::Line(i + 1))?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                [] => {}
                ["files", "copy"] => self.copy_files = true,
                ["connections", "drop"] => self.drop_connections = true,
                ["file", path, "copy"] => self.copied.push(path.into()),
                ["file", old, "rebind", new] => self.paths.push((old.into(), new.into())),
                ["address", old, "rebind", new] => {
                    self.addresses.push((address(old)?, address(new)?));
                }
                _ => return Err(PolicyError::Line(i + 1)),
            }
        }
        Ok(())
    }

    /// Adds `OLD=NEW`: two absolute paths or two addresses.
    ///
    /// # Errors
    /// If it is neither.
    pub fn add_rebind(&mut self, pair: &str) -> Result<(), PolicyError> {
        let (old, new) = pair.split_once('=').ok_or_else(|| PolicyError::NoPair(pair.into()))?;
        match (old.starts_with('/'), new.starts_with('/')) {
            (true, true) => self.paths.push((old.into(), new.into())),
            (false, false) => self.addresses.push((address(old)?, address(new)?)),
            _ => return Err(PolicyError::Mixed(pair.into())),
        }
        Ok(())
    }

    /// As a text that [`Policy::add_text`] reads. Names that are no text are left out.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if self.copy_files {
            text.push_str("files copy\n");
        }
        if self.drop_connections {
            text.push_str("connections drop\n");
        }
        let quoted = |path: &Path| {
            let name = path.to_str().filter(|name| !name.contains(['"', '\n']))?;
            Some(format!("\"{name}\""))
        };
        for path in self.copied.iter().filter_map(|path| quoted(path)) {
            let _ = writeln!(text, "file {path} copy");
        }
        for (old, new) in &self.paths {
            if let (Some(old), Some(new)) = (quoted(old), quoted(new)) {
                let _ = writeln!(text, "file {old} rebind {new}");
            }
        }
        for (old, new) in &self.addresses {
            let _ = writeln!(text, "address {old} rebind {new}");
        }
        text
    }

    /// Whether a file is saved with its content.
    #[must_use]
    pub fn copies(&self, path: &Path) -> bool {
        self.copy_files || self.copied.iter().any(|copied| path.starts_with(copied))
    }

    /// Where a path is, if it is elsewhere.
    #[must_use]
    pub fn rebound(&self, path: &Path) -> Option<PathBuf> {
        let fits = self.paths.iter().filter_map(|(old, new)| {
            let rest = path.strip_prefix(old).ok()?;
            Some((old.as_os_str().len(), new, rest))
        });
        let (_, new, rest) = fits.max_by_key(|(length, _, _)| *length)?;
        Some(if rest.as_os_str().is_empty() { new.clone() } else { new.join(rest) })
    }

    /// The address that a socket is bound to in place of another.
    #[must_use]
    pub fn rebound_address(&self, address: SocketAddr) -> SocketAddr {
        let fits = self.addresses.iter().find(|(old, _)| *old == address);
        fits.map_or(address, |(_, new)| *new)
    }
}

fn address(text: &str) -> Result<SocketAddr, PolicyError> {
    text.parse().map_err(|_| PolicyError::Address(text.into()))
}

/// The words of a line; nothing if a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let word = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (word, behind) = quoted.split_once('"')?;
                rest = behind;
                word
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                rest = behind;
                word
            }
        };
        words.push(word.to_owned());
        rest = rest.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "# a policy\nfiles copy\n\nfile \"/a b\" copy # one\nfile /x rebind /y\n\
                    address 127.0.0.1:1 rebind [::1]:2\nconnections drop";
        let mut policy = Policy::default();
        policy.add_text(text).expect("a policy");
        assert!(policy.copy_files && policy.drop_connections);
        assert_eq!(policy.copied, [PathBuf::from("/a b")]);
        assert_eq!(policy.paths, [("/x".into(), "/y".into())]);
        let mut again = Policy::default();
        again.add_text(&policy.to_text()).expect("a policy");
        assert_eq!(again, policy);
    }

    #[test]
    fn what_is_none() {
        let add = |text| Policy::default().add_text(text).expect_err("no policy");
        assert_eq!(add("files copy\nfile x"), PolicyError::Line(2));
        assert_eq!(add("file \"x copy"), PolicyError::Line(1));
        assert_eq!(add("address a rebind 127.0.0.1:1"), PolicyError::Address("a".into()));
        let rebind = |pair| Policy::default().add_rebind(pair).expect_err("no pair");
        assert_eq!(rebind("/a"), PolicyError::NoPair("/a".into()));
        assert_eq!(rebind("/a=b"), PolicyError::Mixed("/a=b".into()));
    }

    #[test]
    fn paths_below_a_path() {
        let mut policy = Policy::default();
        policy.add_rebind("/a=/b").expect("a pair");
        policy.add_rebind("/a/c=/d").expect("a pair");
        policy.add_rebind("127.0.0.1:1=127.0.0.1:2").expect("a pair");
        let rebound = |path: &str| policy.rebound(Path::new(path));
        assert_eq!(rebound("/a"), Some("/b".into()));
        assert_eq!(rebound("/a/x/y"), Some("/b/x/y".into()));
        assert_eq!(rebound("/a/c/x"), Some("/d/x".into()));
        assert_eq!(rebound("/ab"), None);
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        assert_eq!(policy.rebound_address(address("127.0.0.1:1")), address("127.0.0.1:2"));
        assert_eq!(policy.rebound_address(address("127.0.0.1:3")), address("127.0.0.1:3"));
    }
}
