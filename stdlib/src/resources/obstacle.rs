//! What stands in the way of saving a program, or of going on with it.

use super::rules::Kind;
use std::fmt;

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The guest's number of the descriptor.
    pub number: Option<i32>,
    /// Its path or address.
    pub subject: String,
    /// What is wrong with it.
    pub reason: String,
    /// The options that would let it pass.
    pub options: Vec<String>,
}

impl Obstacle {
    pub(super) fn new(kind: Kind, number: Option<i32>, subject: String, reason: &str) -> Obstacle {
        Obstacle { kind, number, subject, reason: reason.into(), options: Vec::new() }
    }

    /// With an option that lets it pass.
    pub(super) fn unless(mut self, option: impl Into<String>) -> Obstacle {
        self.options.push(option.into());
        self
    }
}

impl fmt::Display for Obstacle {
    /// `file 5 /tmp/a: it was removed (rule: ...; --rebind /tmp/a=NEW lets it pass)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.kind.rule();
        f.write_str(rule.name)?;
        if let Some(number) = self.number {
            write!(f, " {number}")?;
        }
        if !self.subject.is_empty() {
            write!(f, " {}", self.subject)?;
        }
        write!(f, ": {} (rule: {}", self.reason, rule.rule)?;
        match self.options.len() {
            0 => f.write_str("; no option lets it pass)"),
            1 => write!(f, "; {} lets it pass)", self.options[0]),
            _ => write!(f, "; {} let it pass)", self.options.join(" or ")),
        }
    }
}

/// All that stands in the way; displays as one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InTheWay(pub Vec<Obstacle>);

impl fmt::Display for InTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, obstacle) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", obstacle.to_string().replace('\n', " "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_each() {
        let obstacle = |number, options: &[&str]| Obstacle {
            kind: Kind::Connection,
            number,
            subject: "127.0.0.1:5".into(),
            reason: "it is\nconnected".into(),
            options: options.iter().map(|o| (*o).to_owned()).collect(),
        };
        let all = InTheWay(vec![obstacle(Some(4), &["--x"]), obstacle(None, &[])]);
        assert_eq!(
            all.to_string(),
            "connection 4 127.0.0.1:5: it is connected (rule: refused; --x lets it pass)\n\
             connection 127.0.0.1:5: it is connected (rule: refused; no option lets it pass)"
        );
    }
}
