//! The vocabulary of policies: which right an operation needs, on what.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use super::OpenFlags;

/// A kind of right that can be granted; what it covers is given by the subject of the [`Operation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Learning content, names or attributes of files.
    Read,
    /// Making, changing or removing files or their attributes.
    Write,
    /// Learning variables of the environment.
    Environment,
    /// Learning addresses and names from the network.
    Network,
    /// Starting programs, and ending processes.
    Run,
    /// Learning about the machine and its users.
    System,
}

/// What an operation is about to do: for a policy's decision and for its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation<'a> {
    /// The right that is needed.
    pub right: Right,
    /// What is done, as a verb: `open`, `rename`.
    pub verb: &'static str,
    /// To what: a path as given (not yet resolved), a variable, a host name; empty for the machine.
    pub subject: &'a OsStr,
}

impl<'a> Operation<'a> {
    /// An operation that only looks at `path`.
    #[must_use]
    pub fn read(verb: &'static str, path: &'a Path) -> Operation<'a> {
        Operation { right: Right::Read, verb, subject: path.as_os_str() }
    }

    /// An operation that changes `path`.
    #[must_use]
    pub fn write(verb: &'static str, path: &'a Path) -> Operation<'a> {
        Operation { right: Right::Write, verb, subject: path.as_os_str() }
    }

    /// What opening `path` with `flags` needs: to read, to write, or both.
    pub fn open(path: &'a Path, flags: OpenFlags) -> impl Iterator<Item = Operation<'a>> {
        let read = flags.reads().then_some(Operation::read("open", path));
        let write = flags.writes().then_some(Operation::write("open", path));
        read.into_iter().chain(write)
    }
}

impl fmt::Display for Operation<'_> {
    /// `rename /tmp/a (write)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = match self.right {
            Right::Read => "read",
            Right::Write => "write",
            Right::Environment => "env",
            Right::Network => "net",
            Right::Run => "run",
            Right::System => "system",
        };
        match self.subject.is_empty() {
            true => write!(f, "{} ({right})", self.verb),
            false => write!(f, "{} {} ({right})", self.verb, self.subject.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_needs_what_the_flags_do() {
        let path = Path::new("/tmp/a");
        let rights = |flags| Operation::open(path, flags).map(|it| it.right).collect::<Vec<_>>();
        assert_eq!(rights(OpenFlags::READ), [Right::Read]);
        assert_eq!(rights(OpenFlags::WRITE), [Right::Write]);
        assert_eq!(rights(OpenFlags::READ_WRITE), [Right::Read, Right::Write]);
        assert_eq!(rights(OpenFlags::READ | OpenFlags::CREATE), [Right::Read, Right::Write]);
        assert_eq!(rights(OpenFlags::READ | OpenFlags::TRUNCATE), [Right::Read, Right::Write]);
        assert_eq!(Operation::write("rename", path).to_string(), "rename /tmp/a (write)");
    }
}
