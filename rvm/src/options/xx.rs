//! `-XX:` options. A few mean something here; the others that HotSpot has only tune or report its own machinery: they are
//! accepted and do nothing. A name that HotSpot does not know is refused in its words.

use super::{OptionError, Options, modules, size};

/// HotSpot's options, by what they are.
const FLAGS: &str = include_str!("hotspot_flags.txt");

/// What HotSpot knows of one of its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flag {
    /// `-XX:+Name`, not `-XX:Name=value`.
    is_switch: bool,
    lock: Lock,
}

/// What must be given before an option is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Open,
    Diagnostic,
    Experimental,
}

fn flag(name: &str) -> Option<Flag> {
    let mut heading = "";
    let line = FLAGS.lines().find(|line| {
        if line.starts_with('[') {
            heading = line;
        }
        !line.starts_with('#') && line.split_ascii_whitespace().any(|word| word == name)
    });
    line.filter(|line| !line.starts_with('['))?;
    Some(Flag {
        is_switch: heading.starts_with("[switch"),
        lock: match heading {
            _ if heading.ends_with("diagnostic]") => Lock::Diagnostic,
            _ if heading.ends_with("experimental]") => Lock::Experimental,
            _ => Lock::Open,
        },
    })
}

/// Which locked options may be given.
#[derive(Debug, Default)]
pub struct Unlocked {
    diagnostic: bool,
    experimental: bool,
}

impl Unlocked {
    fn check(&self, name: &str, lock: Lock) -> Result<(), OptionError> {
        let (kind, switch) = match lock {
            Lock::Diagnostic if !self.diagnostic => ("diagnostic", "UnlockDiagnosticVMOptions"),
            Lock::Experimental if !self.experimental => {
                ("experimental", "UnlockExperimentalVMOptions")
            }
            _ => return Ok(()),
        };
        refuse(format!(
            "Error: VM option '{name}' is {kind} and must be enabled via -XX:+{switch}.\n\
             Error: The unlock option must precede '{name}'."
        ))
    }
}

/// Options that HotSpot has no flag for.
const WITHOUT_FLAG: [&str; 2] = ["Flags", "VMOptionsFile"];

/// What HotSpot does when the heap is exhausted, and this VM does not: where a program would run on after HotSpot had
/// ended it, silence would be wrong.
const AT_EXHAUSTION: [&str; 4] = [
    "ExitOnOutOfMemoryError",
    "CrashOnOutOfMemoryError",
    "HeapDumpOnOutOfMemoryError",
    "OnOutOfMemoryError",
];

/// Options of JDKs with checkpoints that say how these do it; it is done in another way here.
const OF_CHECKPOINTS: [&str; 4] =
    ["CRaCEngine", "CRaCEngineOptions", "CRaCMinPid", "CRaCIgnoredFileDescriptors"];

/// Takes the part of an option behind `-XX:`.
pub fn accept(options: &mut Options, text: &str) -> Result<(), OptionError> {
    let result = match text.strip_prefix(['+', '-']) {
        Some(name) => switch(options, name, text.starts_with('+')),
        None => match text.split_once('=') {
            Some((name, value)) => setting(options, name, value),
            None => match flag(text) {
                Some(Flag { is_switch: true, .. }) => {
                    refuse(format!("Missing +/- setting for VM option '{text}'"))
                }
                Some(_) => refuse(format!("Improperly specified VM option '{text}'")),
                None => unknown(text),
            },
        },
    };
    match result {
        Err(OptionError::UnknownVmOption(_)) if options.ignore_unknown_vm_options => Ok(()),
        result => result,
    }
}

fn refuse(text: String) -> Result<(), OptionError> {
    Err(OptionError::Refused(text))
}

fn unknown(text: &str) -> Result<(), OptionError> {
    Err(OptionError::UnknownVmOption(text.into()))
}

fn switch(options: &mut Options, name: &str, on: bool) -> Result<(), OptionError> {
    match name {
        "UnlockDiagnosticVMOptions" => options.unlocked.diagnostic = on,
        "UnlockExperimentalVMOptions" => options.unlocked.experimental = on,
        "IgnoreUnrecognizedVMOptions" => options.ignore_unknown_vm_options = on,
        "MaxFDLimit" => options.settings.keep_descriptor_limit = !on,
        "CRaCKeepRunning" => options.settings.runs_on_after_checkpoint = on,
        "CRaCIgnoreRestoreIfUnavailable" => options.settings.starts_without_restore = on,
        "PrintGC" | "PrintGCDetails" => options.settings.gc_log = on,
        name if AT_EXHAUSTION.contains(&name) && on => {
            return Err(OptionError::Unavailable(format!("-XX:+{name}")));
        }
        name => match flag(name) {
            Some(Flag { is_switch: true, lock }) => options.unlocked.check(name, lock)?,
            Some(_) => return refuse(format!("Unexpected +/- setting in VM option '{name}'")),
            None => return unknown(name),
        },
    }
    Ok(())
}

fn setting(options: &mut Options, name: &str, value: &str) -> Result<(), OptionError> {
    if AT_EXHAUSTION.contains(&name) || WITHOUT_FLAG.contains(&name) {
        return Err(OptionError::Unavailable(format!("-XX:{name}")));
    }
    if OF_CHECKPOINTS.contains(&name) {
        return Ok(());
    }
    let place = match name {
        "CRaCCheckpointTo" => Some(&mut options.settings.checkpoint_to),
        "CRaCRestoreFrom" => Some(&mut options.settings.restore_from),
        _ => None,
    };
    if let Some(place) = place {
        if value.is_empty() {
            return refuse(format!("Improperly specified VM option '{name}='"));
        }
        *place = Some(value.into());
        return Ok(());
    }
    match flag(name) {
        Some(Flag { is_switch: true, .. }) => {
            return refuse(format!("Missing +/- setting for VM option '{name}={value}'"));
        }
        Some(Flag { lock, .. }) => options.unlocked.check(name, lock)?,
        None => return unknown(&format!("{name}={value}")),
    }
    let improper =
        || OptionError::Refused(format!("Improperly specified VM option '{name}={value}'"));
    let bytes = || size::parse(value).ok_or_else(improper);
    let heap_bytes = |what| {
        let text = format!("Invalid {what} heap size: -XX:{name}={value}");
        size::parse(value).ok_or(OptionError::Refused(text))
    };
    let settings = &mut options.settings;
    match name {
        "MaxHeapSize" => settings.max_heap_bytes = Some(heap_bytes("maximum")?),
        "InitialHeapSize" => settings.initial_heap_bytes = Some(heap_bytes("initial")?),
        "MaxNewSize" => settings.young_bytes = Some(bytes()?),
        // In units of 1024 bytes; 0 is the default.
        "ThreadStackSize" => match bytes()? {
            0 => settings.stack_bytes = None,
            units => options.set_stack(units.checked_mul(1024).ok_or_else(improper)?, value)?,
        },
        "MaxDirectMemorySize" => {
            let bytes = bytes()?.to_string();
            modules::set(&mut settings.properties, "sun.nio.MaxDirectMemorySize", &bytes);
        }
        "MaxJavaStackTraceDepth" => {
            let depth: i32 = value.parse().map_err(|_| improper())?;
            settings.max_trace_depth = Some(match depth {
                // HotSpot: no limit.
                0 => i32::MAX as usize,
                depth => usize::try_from(depth).map_err(|_| improper())?,
            });
        }
        "MaxRAMPercentage" => {
            let percent: f64 = value.parse().map_err(|_| improper())?;
            if !(0.0..=100.0).contains(&percent) {
                return Err(improper());
            }
            settings.max_heap_percent = Some(percent);
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        let known = |name, is_switch, lock| assert_eq!(flag(name), Some(Flag { is_switch, lock }));
        known("UseG1GC", true, Lock::Open);
        known("MaxHeapSize", false, Lock::Open);
        known("PrintInlining", true, Lock::Diagnostic);
        known("GuaranteedSafepointInterval", false, Lock::Diagnostic);
        known("UseJVMCICompiler", true, Lock::Experimental);
        for name in ["", "Use", "[switch", "product]", "HotSpot's", "UseNothing"] {
            assert_eq!(flag(name), None, "{name}");
        }
    }
}
