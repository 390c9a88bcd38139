//! The words of a command line, with `@file`s put in their place and options from the environment in front.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;

/// Why the words could not be had; displays in the words of `java`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgsError {
    /// An argument file can not be read.
    CannotOpen(String),
    /// A quote is not closed in the variable of this name.
    UnmatchedQuote(&'static str),
}

impl std::fmt::Display for ArgsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ArgsError::CannotOpen(path) => write!(f, "could not open `{path}'"),
            ArgsError::UnmatchedQuote(name) => {
                write!(f, "Unmatched quote in environment variable {name}")
            }
        }
    }
}

/// The words of a command line, drawn one by one.
pub struct Args {
    words: VecDeque<Word>,
    expand: bool,
}

struct Word {
    text: String,
    /// From the command line itself or the environment: `@file` means a file.
    expandable: bool,
}

impl Args {
    /// The words of a command line in which `@file` has its meaning.
    pub fn new(words: impl IntoIterator<Item = OsString>) -> Args {
        Args {
            words: words.into_iter().map(|word| Word::plain(word, true)).collect(),
            expand: true,
        }
    }

    /// Words in which `@` is like any other character.
    pub fn literal(words: impl IntoIterator<Item = OsString>) -> Args {
        let words = words.into_iter().map(|word| Word::plain(word, false)).collect();
        Args { words, expand: false }
    }

    /// The next word that may be an option, the value of one or the thing to run.
    ///
    /// # Errors
    /// If it is an argument file that can not be read.
    pub fn next(&mut self) -> Result<Option<String>, ArgsError> {
        while let Some(word) = self.words.pop_front() {
            if word.expandable && self.expand {
                if word.text == "--disable-@files" {
                    self.expand = false;
                    continue;
                }
                if let Some(path) = word.text.strip_prefix('@') {
                    // `@@x` is the word `@x`.
                    if path.starts_with('@') {
                        return Ok(Some(path.to_owned()));
                    }
                    let text = fs::read(path).map_err(|_| ArgsError::CannotOpen(path.into()))?;
                    for text in file_words(&String::from_utf8_lossy(&text)).into_iter().rev() {
                        self.words.push_front(Word { text, expandable: false });
                    }
                    continue;
                }
            }
            return Ok(Some(word.text));
        }
        Ok(None)
    }

    /// All that is left, as it stands: the arguments of the program.
    pub fn rest(self) -> Vec<String> {
        self.words.into_iter().map(|word| word.text).collect()
    }
}

impl Word {
    fn plain(text: OsString, expandable: bool) -> Word {
        Word { text: text.to_string_lossy().into_owned(), expandable }
    }
}

/// The words of an environment variable, separated by white space; quotes hold words together.
///
/// # Errors
/// If a quote is not closed.
pub fn variable_words(name: &'static str, text: &str) -> Result<Vec<OsString>, ArgsError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_ascii_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(ArgsError::UnmatchedQuote(name));
    }
    words.extend(word);
    Ok(words.into_iter().map(OsString::from).collect())
}

/// The words of an argument file: as in a variable, and `#` begins a remark, and within quotes a backslash stands
/// before a special character or joins lines. A quote ends with its line at the latest.
fn file_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', Some(_)) => match chars.next() {
                Some('n') => word.get_or_insert_default().push('\n'),
                Some('r') => word.get_or_insert_default().push('\r'),
                Some('t') => word.get_or_insert_default().push('\t'),
                Some('f') => word.get_or_insert_default().push('\x0c'),
                Some('\n' | '\r') => while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {},
                Some(other) => word.get_or_insert_default().push(other),
                None => {}
            },
            ('\n' | '\r', Some(_)) => {
                quote = None;
                words.extend(word.take());
            }
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) => {
                words.extend(word.take());
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            (c, None) if c.is_ascii_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_file() {
        let words = file_words("-Da=b  'c d' # remark\n-De=\"x\\ty\\\n   z\"\n\n'open\nlast");
        assert_eq!(words, ["-Da=b", "c d", "-De=x\tyz", "open", "last"]);
        assert!(file_words("\n# nothing\n").is_empty());
        assert_eq!(file_words("''"), [""]);
    }

    #[test]
    fn words_of_a_variable() {
        let words = variable_words("V", "-Da='x y'  \"\" b\\n").expect("words");
        assert_eq!(words, ["-Da=x y", "", "b\\n"]);
        assert_eq!(variable_words("V", "'x"), Err(ArgsError::UnmatchedQuote("V")));
    }

    #[test]
    fn at_signs() {
        let mut args = Args::new(["@@x", "--disable-@files", "@y", "z"].map(OsString::from));
        assert_eq!(args.next(), Ok(Some("@x".into())));
        assert_eq!(args.next(), Ok(Some("@y".into())));
        assert_eq!(args.rest(), ["z"]);
        let mut args = Args::new([OsString::from("@/nowhere/at all")]);
        assert_eq!(args.next(), Err(ArgsError::CannotOpen("/nowhere/at all".into())));
        assert_eq!(Args::literal([OsString::from("@y")]).next(), Ok(Some("@y".into())));
    }
}
