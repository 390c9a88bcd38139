//! The options of the module system, which reach the class library as system properties.
//!
//! `jdk.internal.module.ModuleBootstrap` reads and removes them. Options that may be given several times are
//! numbered: `jdk.module.addopens.0=java.base/java.lang=ALL-UNNAMED`.

use super::OptionError;

/// How an option's value becomes a property.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The last one counts.
    Single,
    /// One property for each, numbered.
    Numbered,
    /// Numbered, and the value must be `name=...`.
    NumberedAssignment,
}

/// Options and their properties.
const OPTIONS: [(&str, &str, Form); 8] = [
    ("--add-exports", "jdk.module.addexports", Form::Numbered),
    ("--add-modules", "jdk.module.addmods", Form::Numbered),
    ("--add-opens", "jdk.module.addopens", Form::Numbered),
    ("--add-reads", "jdk.module.addreads", Form::Numbered),
    ("--enable-native-access", "jdk.module.enable.native.access", Form::Numbered),
    ("--limit-modules", "jdk.module.limitmods", Form::Single),
    ("--patch-module", "jdk.module.patch", Form::NumberedAssignment),
    ("--upgrade-module-path", "jdk.module.upgrade.path", Form::Single),
];

/// Whether this is one of the options, without value.
pub fn is_option(name: &str) -> bool {
    OPTIONS.iter().any(|(option, ..)| *option == name)
}

/// Adds the property for `name value`; `name` is one of the options.
pub fn add(
    properties: &mut Vec<(String, String)>,
    name: &str,
    value: &str,
) -> Result<(), OptionError> {
    let Some((_, property, form)) = OPTIONS.iter().find(|(option, ..)| *option == name) else {
        return Err(OptionError::Unrecognized(name.into()));
    };
    if *form == Form::NumberedAssignment && !value.contains('=') {
        return Err(OptionError::RefusedOnOutput(format!("Missing '=' in {name} specification")));
    }
    match form {
        Form::Single => set(properties, property, value),
        Form::Numbered | Form::NumberedAssignment => {
            let number = properties.iter().filter(|(key, _)| is_numbered(key, property)).count();
            properties.push((format!("{property}.{number}"), value.into()));
        }
    }
    Ok(())
}

/// Sets a property, replacing an earlier value.
pub fn set(properties: &mut Vec<(String, String)>, key: &str, value: &str) {
    properties.retain(|(other, _)| other != key);
    properties.push((key.into(), value.into()));
}

fn is_numbered(key: &str, property: &str) -> bool {
    let number = key.strip_prefix(property).and_then(|rest| rest.strip_prefix('.'));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
