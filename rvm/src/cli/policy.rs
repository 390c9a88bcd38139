//! The options of `rvm freeze` and `rvm resume` that say what becomes of open files and sockets.

use clap::{Arg, ArgAction, ArgMatches};
use rvm::Policy;

/// `--rebind` and `--policy`.
pub fn arguments() -> [Arg; 2] {
    [
        Arg::new("rebind")
            .long("rebind")
            .value_name("OLD=NEW")
            .action(ArgAction::Append)
            .help("Open what was at (or below) the path OLD at NEW, or bind a socket to the address NEW in place of OLD"),
        Arg::new("policy")
            .long("policy")
            .value_name("FILE")
            .action(ArgAction::Append)
            .help("Lines of the kind: files copy; file PATH copy; file OLD rebind NEW; address OLD rebind NEW; connections drop"),
    ]
}

/// What the options say.
///
/// # Errors
/// With a sentence if they make no sense.
pub fn of(matches: &ArgMatches) -> Result<Policy, String> {
    let mut policy = Policy::default();
    for file in matches.get_many::<String>("policy").unwrap_or_default() {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        policy.add_text(&text).map_err(|error| format!("{file}: {error}"))?;
    }
    for pair in matches.get_many::<String>("rebind").unwrap_or_default() {
        policy.add_rebind(pair).map_err(|error| error.to_string())?;
    }
    Ok(policy)
}
