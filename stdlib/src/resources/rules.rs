//! The declared rules: what becomes of each kind of resource when a program is saved and goes on.

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Standard input, output or error.
    StandardStream,
    /// A regular file.
    File,
    /// A directory: opened, or being read.
    Directory,
    /// A device: `/dev/null`, `/dev/urandom`, a terminal.
    Device,
    /// A named pipe.
    NamedPipe,
    /// An end of a pipe.
    Pipe,
    /// A socket that takes connections.
    Listener,
    /// A stream socket that is connected to nobody.
    Socket,
    /// A socket for messages.
    Datagrams,
    /// A connection.
    Connection,
    /// One of two sockets that were made together.
    SocketPair,
    /// What a selector waits with.
    Selector,
    /// A counter that wakes a selector.
    Counter,
    /// A watch service.
    Watch,
    /// A lock of a part of a file.
    Lock,
    /// A mapped file.
    Mapping,
    /// A compression stream.
    Compression,
    /// A process that the program has started.
    Process,
}

/// What holds for a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// For which.
    pub kind: Kind,
    /// How reports name it.
    pub name: &'static str,
    /// What happens to it.
    pub rule: &'static str,
    /// Which options let more pass.
    pub options: &'static str,
}

const fn rule(kind: Kind, name: &'static str, rule: &'static str, options: &'static str) -> Rule {
    Rule { kind, name, rule, options }
}

/// All rules; `docs/freezing.md` shows this table.
pub const RULES: [Rule; 18] = [
    rule(Kind::StandardStream, "standard stream", "becomes the new process's", ""),
    rule(
        Kind::File,
        "file",
        "opened again by its path, at the same position, never made or cut; must be the same file and reach to the position",
        "--rebind, --copy-files",
    ),
    rule(
        Kind::Directory,
        "directory",
        "opened again by its path; names that are still to be read are kept",
        "--rebind",
    ),
    rule(Kind::Device, "device", "opened again by its path", "--rebind"),
    rule(Kind::NamedPipe, "named pipe", "refused", ""),
    rule(
        Kind::Pipe,
        "pipe",
        "made anew with what is in it; both ends must be the program's own, or the other one closed",
        "",
    ),
    rule(
        Kind::Listener,
        "listening socket",
        "bound again to the same address, with its options; nobody may be waiting to be accepted",
        "--rebind, --drop-connections",
    ),
    rule(
        Kind::Socket,
        "socket",
        "made anew with its options and address; a connection that a thread is waiting for is tried again",
        "--rebind",
    ),
    rule(
        Kind::Datagrams,
        "datagram socket",
        "made anew with its options, addresses and groups; waited for while messages are unread",
        "--rebind",
    ),
    rule(
        Kind::Connection,
        "connection",
        "refused",
        "--drop-connections (as if the other end had broken it off)",
    ),
    rule(Kind::SocketPair, "socket pair", "made anew with what is in it", ""),
    rule(Kind::Selector, "selector", "made anew, watching the same", ""),
    rule(Kind::Counter, "event counter", "made anew with its value", ""),
    rule(
        Kind::Watch,
        "watch service",
        "made anew, watching the same paths; events that were not read are waited for, changes in between are missed",
        "--rebind",
    ),
    rule(Kind::Lock, "file lock", "taken again; refused if somebody else has it", ""),
    rule(
        Kind::Mapping,
        "mapped file",
        "mapped again at the same place by its path; must be the same file; private mappings keep their content",
        "--rebind",
    ),
    rule(Kind::Compression, "compression stream", "its state is kept", ""),
    rule(Kind::Process, "process", "refused while it runs", ""),
];

impl Kind {
    /// What holds for it.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_their_kind() {
        for rule in &RULES {
            assert_eq!(rule.kind.rule(), rule);
        }
    }

    #[test]
    fn the_documentation_shows_the_table() {
        let docs = include_str!("../../../docs/freezing.md");
        for rule in &RULES {
            let options = if rule.options.is_empty() { "-" } else { rule.options };
            let row = format!("| {} | {} | {} |", rule.name, rule.rule, options);
            assert!(docs.contains(&row), "docs/freezing.md lacks:\n{row}");
        }
    }
}
