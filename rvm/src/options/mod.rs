//! Java's VM options, which `rvm run` and `rvm java` share: one reader, with HotSpot's meanings and words.

mod modules;
mod size;
mod xx;

use rvm::Settings;

/// Least `-Xss` that HotSpot on 64-bit Linux takes, in bytes.
const MIN_STACK_BYTES: u64 = 136 << 10;
/// Most `-Xss` that HotSpot takes, in bytes.
const MAX_STACK_BYTES: u64 = 1 << 30;

/// Options that are accepted because they change nothing here: rvm is an interpreter that shares no archive and
/// has no native libraries to check.
const HARMLESS: [&str; 14] = [
    "-Xint",
    "-Xcomp",
    "-Xmixed",
    "-Xbatch",
    "-Xrs",
    "-Xnoclassgc",
    "-Xfuture",
    "-Xdebug",
    "-Xcheck:jni",
    "-Xshare:auto",
    "-Xshare:off",
    "-Xshare:dump",
    "-server",
    "-client",
];

/// Beginnings of options of `java` that this version does not have.
const UNAVAILABLE: [&str; 3] = ["-Xbootclasspath/a:", "-Xloggc:", "-Xshare:on"];

/// Beginnings of options that ask for an agent, which is native code or rewrites classes through it.
const AGENTS: [&str; 4] = ["-javaagent:", "-agentlib:", "-agentpath:", "-Xrun"];

/// Options without effect for releases; HotSpot's warning names the release that dropped them.
const DROPPED: [(&str, &str); 3] =
    [("--illegal-access=", "17.0"), ("-Xprof", "10.0"), ("-Xincgc", "10.0")];

/// Properties that the VM refuses, and why: HotSpot's sentences.
const REFUSED_PROPERTIES: [(&str, &str); 2] = [
    ("java.ext.dirs", "is not supported.  Use -classpath instead."),
    (
        "java.endorsed.dirs",
        "is not supported. Endorsed standards and standalone APIs\nin modular form will be supported \
         via the concept of upgradeable modules.",
    ),
];

/// What is wrong with an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionError {
    /// Nobody knows it.
    Unrecognized(String),
    /// Nobody knows it; the part behind `-XX:`.
    UnknownVmOption(String),
    /// Its value is missing: `what` says of which kind it is.
    Needs {
        /// The option.
        option: String,
        /// Kind of value.
        what: &'static str,
    },
    /// Its value is wrong; HotSpot's sentence.
    Refused(String),
    /// The same, where HotSpot says it on standard output.
    RefusedOnOutput(String),
    /// It exists, but not in this version of rvm.
    Unavailable(String),
}

impl std::fmt::Display for OptionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OptionError::Unrecognized(option) => write!(f, "Unrecognized option: {option}"),
            OptionError::UnknownVmOption(name) => write!(f, "Unrecognized VM option '{name}'"),
            OptionError::Needs { option, what } => write!(f, "{option} requires {what}"),
            OptionError::Refused(text) | OptionError::RefusedOnOutput(text) => f.write_str(text),
            OptionError::Unavailable(option) => {
                write!(f, "{option} is not available in this version of rvm")
            }
        }
    }
}

/// The VM options of a command line.
#[derive(Debug, Default)]
pub struct Options {
    /// What they say about the VM.
    pub settings: Settings,
    /// The class path, if one was given.
    pub class_path: Option<String>,
    /// Remarks for standard error that do not stop anything.
    pub warnings: Vec<String>,
    /// Start the class library anew instead of from its image.
    pub no_image: bool,
    ignore_unknown_vm_options: bool,
    unlocked: xx::Unlocked,
}

/// What became of an argument that was offered.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was an option, and so was what was drawn from `rest`.
    Yes,
    /// It is no VM option.
    No,
}

impl Options {
    /// Takes `argument` if it is a VM option, with its value from `rest` if it is written apart.
    ///
    /// # Errors
    /// If the value is missing or wrong, or an option that only the VM could know is unknown.
    pub fn accept(
        &mut self,
        argument: &str,
        rest: &mut dyn FnMut() -> Option<String>,
    ) -> Result<Taken, OptionError> {
        let shown = match self.accept_path(argument, rest)? {
            // The class path is no VM argument in Java's eyes.
            Some(_) => return Ok(Taken::Yes),
            None => match self.accept_module_option(argument, rest)? {
                Some(normalised) => normalised,
                None if self.accept_single(argument)? => argument.into(),
                None => return Ok(Taken::No),
            },
        };
        self.settings.vm_arguments.push(shown);
        Ok(Taken::Yes)
    }

    fn accept_path(
        &mut self,
        argument: &str,
        rest: &mut dyn FnMut() -> Option<String>,
    ) -> Result<Option<()>, OptionError> {
        let needs = |what| OptionError::Needs { option: argument.into(), what };
        match argument {
            "-cp" | "-classpath" | "--class-path" => {
                self.class_path = Some(rest().ok_or_else(|| needs("class path specification"))?);
            }
            "-p" | "--module-path" => {
                let path = rest().ok_or_else(|| needs("module path specification"))?;
                modules::set(&mut self.settings.properties, "jdk.module.path", &path);
            }
            _ => match argument.split_once('=') {
                Some(("--class-path", path)) => self.class_path = Some(path.into()),
                Some(("--module-path", "")) => return Err(needs("modules to be specified")),
                Some(("--module-path", path)) => {
                    modules::set(&mut self.settings.properties, "jdk.module.path", path);
                }
                _ => return Ok(None),
            },
        }
        Ok(Some(()))
    }

    /// Answers the option in the form with `=`.
    fn accept_module_option(
        &mut self,
        argument: &str,
        rest: &mut dyn FnMut() -> Option<String>,
    ) -> Result<Option<String>, OptionError> {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument, None),
        };
        if !modules::is_option(name) {
            return Ok(None);
        }
        let value = value.or_else(rest).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| OptionError::Needs {
            option: argument.into(),
            what: "modules to be specified",
        })?;
        modules::add(&mut self.settings.properties, name, &value)?;
        Ok(Some(format!("{name}={value}")))
    }

    /// Options that are one argument.
    fn accept_single(&mut self, argument: &str) -> Result<bool, OptionError> {
        if HARMLESS.contains(&argument) {
            return Ok(true);
        }
        if AGENTS.iter().any(|option| argument.starts_with(option)) {
            return Err(OptionError::Refused(format!(
                "rvm runs no agents ({}): leave the option out, or use a JDK's own java for that",
                argument.split(['=', ',']).next().unwrap_or(argument)
            )));
        }
        if let Some((_, release)) = DROPPED.iter().find(|row| argument.starts_with(row.0)) {
            let text = format!("Ignoring option {argument}; support was removed in {release}");
            self.warnings.push(text);
            return Ok(true);
        }
        if UNAVAILABLE.iter().any(|option| argument.starts_with(option)) {
            let option = argument.split(':').next().unwrap_or(argument);
            return Err(OptionError::Unavailable(option.into()));
        }
        if let Some(property) = argument.strip_prefix("-D") {
            self.define(property)?;
        } else if let Some(text) = argument.strip_prefix("-XX:") {
            xx::accept(self, text)?;
        } else if let Some(text) = argument.strip_prefix("-Xmx") {
            self.settings.max_heap_bytes = Some(heap_size(argument, text, "maximum heap", 1)?);
        } else if let Some(text) = argument.strip_prefix("-Xms") {
            self.settings.initial_heap_bytes = Some(heap_size(argument, text, "initial heap", 0)?);
        } else if let Some(text) = argument.strip_prefix("-Xmn") {
            let bytes = heap_size(argument, text, "initial young generation", 1)?;
            self.settings.young_bytes = Some(bytes);
        } else if let Some(text) = argument.strip_prefix("-Xss") {
            let invalid = || OptionError::Refused(format!("Invalid thread stack size: {argument}"));
            let bytes = size::parse(text).ok_or_else(invalid)?;
            self.set_stack(bytes, argument)?;
        } else if argument.starts_with("-Xlog") {
            self.log(argument.trim_start_matches("-Xlog").trim_start_matches(':'));
        } else if let Some(text) = argument.strip_prefix("-Xverify:") {
            self.set_verify(argument, text)?;
        } else if let Some(text) = argument.strip_prefix("--verify=") {
            self.set_verify(argument, text)?;
        } else if argument == "--no-image" {
            self.no_image = true;
        } else if argument == "-noverify" {
            self.settings.verify = vm::Verify::None;
        } else if argument.starts_with("-Xcheck:") {
            return Err(OptionError::Refused(format!("Unrecognized check option: {argument}")));
        } else if argument == "-Xdiag" {
            modules::set(&mut self.settings.properties, "sun.java.launcher.diag", "true");
        } else if argument == "--enable-preview" {
            self.settings.preview = true;
        } else if argument.starts_with("-Xbootclasspath:")
            || argument.starts_with("-Xbootclasspath/p:")
        {
            let option = argument.split(':').next().unwrap_or(argument);
            return Err(OptionError::RefusedOnOutput(format!(
                "{option} is no longer a supported option."
            )));
        } else if argument == "--show-module-resolution" {
            modules::set(&mut self.settings.properties, "jdk.module.showModuleResolution", "true");
        } else {
            return Ok(self.accept_verbose(argument) || self.accept_assertions(argument));
        }
        Ok(true)
    }

    fn set_verify(&mut self, argument: &str, text: &str) -> Result<(), OptionError> {
        self.settings.verify = match text {
            "all" => vm::Verify::All,
            "remote" => vm::Verify::Remote,
            "none" => vm::Verify::None,
            _ => {
                let what = format!("{argument}: only all, remote and none can be chosen");
                return Err(OptionError::Refused(what));
            }
        };
        Ok(())
    }

    fn define(&mut self, property: &str) -> Result<(), OptionError> {
        let (key, value) = property.split_once('=').unwrap_or((property, ""));
        if let Some((_, why)) = REFUSED_PROPERTIES.iter().find(|row| row.0 == key) {
            return Err(OptionError::RefusedOnOutput(format!("-D{property} {why}")));
        }
        if key == "java.class.path" {
            self.class_path = Some(value.into());
        } else if key.starts_with("jdk.module.") {
            self.warnings.push(
                "Ignoring system property options whose names match the '-Djdk.module.*'. \
                 These are reserved for internal use."
                    .into(),
            );
        } else {
            modules::set(&mut self.settings.properties, key, value);
        }
        Ok(())
    }

    /// Sets the size of Java stacks; `shown` is for the message.
    fn set_stack(&mut self, bytes: u64, shown: &str) -> Result<(), OptionError> {
        if bytes < MIN_STACK_BYTES {
            let least = MIN_STACK_BYTES >> 10;
            return Err(OptionError::Refused(format!(
                "The Java thread stack size specified is too small. Specify at least {least}k"
            )));
        }
        if bytes > MAX_STACK_BYTES {
            return Err(OptionError::Refused(format!(
                "Invalid thread stack size: {shown}\nThe specified size exceeds the maximum \
                 representable size."
            )));
        }
        self.settings.stack_bytes = Some(bytes as usize);
        Ok(())
    }

    /// `-Xlog:WHAT`: collections and class loading can be had, the rest of HotSpot's log can not.
    fn log(&mut self, what: &str) {
        let selected = |tag: &str| what.split([',', '+', '*', '=', ':']).any(|it| it == tag);
        self.settings.gc_log |= selected("gc") && !what.contains("=off");
        self.settings.class_log |= selected("class") && !what.contains("=off");
    }

    fn accept_verbose(&mut self, argument: &str) -> bool {
        match argument {
            "-verbose" | "-verbose:class" => self.settings.class_log = true,
            "-verbose:gc" => self.settings.gc_log = true,
            _ => return argument.starts_with("-verbose:"),
        }
        true
    }

    fn accept_assertions(&mut self, argument: &str) -> bool {
        let (name, rule) = match argument.split_once(':') {
            Some((name, rule)) => (name, Some(rule)),
            None => (argument, None),
        };
        let on = match name {
            "-ea" | "-enableassertions" => true,
            "-da" | "-disableassertions" => false,
            "-esa" | "-enablesystemassertions" if rule.is_none() => {
                self.settings.system_assertions = true;
                return true;
            }
            "-dsa" | "-disablesystemassertions" if rule.is_none() => {
                self.settings.system_assertions = false;
                return true;
            }
            _ => return false,
        };
        match rule {
            Some("") => {}
            Some(rule) => self.settings.assertion_rules.push((rule.into(), on)),
            None => self.settings.assertions = on,
        }
        true
    }
}

/// The size in `-Xmx` and its like, which must be at least `least` bytes.
fn heap_size(option: &str, text: &str, what: &str, least: u64) -> Result<u64, OptionError> {
    size::parse(text)
        .filter(|bytes| *bytes >= least)
        .ok_or_else(|| OptionError::Refused(format!("Invalid {what} size: {option}")))
}

#[cfg(test)]
mod tests;
