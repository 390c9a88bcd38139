//! The locale of the environment, as the C library would set it, without setting it for the whole process.

use std::env;
use std::ffi::CStr;

use crate::host::{LocaleInfo, LocaleName};

/// Scripts that glibc names in a locale's modifier.
const SCRIPTS: [(&str, &str); 6] = [
    ("arabic", "Arab"),
    ("cyrillic", "Cyrl"),
    ("devanagari", "Deva"),
    ("ethiopic", "Ethi"),
    ("latin", "Latn"),
    ("tifinagh", "Tfng"),
];

/// Encoding of the C locale in glibc's words, which Java passes on.
const C_ENCODING: &str = "ANSI_X3.4-1968";

pub(super) fn of_environment() -> LocaleInfo {
    // When one of the locales asked for is not installed, the C library stays in the C locale as a whole.
    let Some(encoding) = encoding() else {
        return LocaleInfo {
            messages: parse("C"),
            characters: parse("C"),
            encoding: C_ENCODING.into(),
        };
    };
    let name = |category: &str| {
        let set = ["LC_ALL", category, "LANG"].into_iter().filter_map(|name| env::var(name).ok());
        parse(&set.into_iter().find(|value| !value.is_empty()).unwrap_or_else(|| "C".into()))
    };
    LocaleInfo { messages: name("LC_MESSAGES"), characters: name("LC_CTYPE"), encoding }
}

/// The encoding of the environment's locale, if that is installed.
fn encoding() -> Option<String> {
    // SAFETY: the name is zero-terminated; a null base makes a new locale.
    let locale = unsafe { libc::newlocale(libc::LC_ALL_MASK, c"".as_ptr(), std::ptr::null_mut()) };
    if locale.is_null() {
        return None;
    }
    // SAFETY: the locale is valid until it is freed, and the text as long as the locale; it is copied before.
    unsafe {
        let name = CStr::from_ptr(libc::nl_langinfo_l(libc::CODESET, locale))
            .to_string_lossy()
            .into_owned();
        libc::freelocale(locale);
        Some(match name.as_str() {
            "" => "ISO8859-1".into(),
            "ISO8859-15" => "ISO8859-15".into(),
            "EUC-JP" => "EUC-JP-LINUX".into(),
            _ => name,
        })
    }
}

/// Takes apart `language_COUNTRY.encoding@modifier`.
fn parse(name: &str) -> LocaleName {
    if matches!(name, "C" | "POSIX") {
        return LocaleName { language: "en".into(), country: "US".into(), ..LocaleName::default() };
    }
    let (name, modifier) = name.split_once('@').unwrap_or((name, ""));
    let name = name.split('.').next().unwrap_or_default();
    let (language, country) = name.split_once('_').unwrap_or((name, ""));
    let language = if matches!(language, "C" | "POSIX") { "en" } else { language };
    let script = SCRIPTS
        .iter()
        .find(|(modifiers, _)| *modifiers == modifier)
        .map_or("", |(_, script)| script);
    let variant = if modifier == "nynorsk" { "NY" } else { "" };
    LocaleName {
        language: language.into(),
        script: script.into(),
        country: country.into(),
        variant: variant.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let text = |name| {
            let it = parse(name);
            [it.language, it.script, it.country, it.variant].join("-")
        };
        assert_eq!(text("C"), "en--US-");
        assert_eq!(text("C.UTF-8"), "en---");
        assert_eq!(text("de_DE.UTF-8@euro"), "de--DE-");
        assert_eq!(text("sr_RS@latin"), "sr-Latn-RS-");
        assert_eq!(text("eo"), "eo---");
    }

    #[test]
    fn environment() {
        let locale = of_environment();
        assert!(!locale.encoding.is_empty() && !locale.characters.language.is_empty());
    }
}
