//! `-XX:` options. A few mean something here; those that only tune or report HotSpot's own machinery are accepted and
//! do nothing; the rest is unknown.

use super::{OptionError, Options, modules, size};

/// Switches (`-XX:+Name`) that change nothing that a program can see. `*` stands for any text at the end.
const IGNORED_SWITCHES: [&str; 37] = [
    "AggressiveHeap",
    "AlwaysActAsServerClassMachine",
    "AlwaysPreTouch",
    "AutoCreateSharedArchive",
    "BackgroundCompilation",
    "CICompilerCountPerCPU",
    "ClassUnloading*",
    "CompactStrings",
    "CreateCoredumpOnCrash",
    "DisableExplicitGC",
    "DoEscapeAnalysis",
    "EliminateAllocations",
    "EliminateLocks",
    "EnableDynamicAgentLoading",
    "EnableJVMCI*",
    "ExplicitGCInvokesConcurrent",
    "FlightRecorder",
    "G1*",
    "Inline",
    "OmitStackTraceInFastThrow",
    "OptimizeStringConcat",
    "Parallel*",
    "PerfDataSaveToFile",
    "PerfDisableSharedMem",
    "PreserveFramePointer",
    "Print*",
    "ReduceSignalUsage",
    "RewriteBytecodes",
    "RewriteFrequentPairs",
    "SegmentedCodeCache",
    "StackTraceInThrowable",
    "TieredCompilation",
    "UnlockDiagnosticVMOptions",
    "UnlockExperimentalVMOptions",
    "Use*",
    "ZGenerational",
    "ZUncommit",
];

/// Settings (`-XX:Name=value`) that change nothing that a program can see.
const IGNORED_VALUES: [&str; 31] = [
    "AdaptiveSizePolicyWeight",
    "CICompilerCount",
    "CompileCommand",
    "CompileThreshold",
    "CompressedClassSpaceSize",
    "ConcGCThreads",
    "FreqInlineSize",
    "G1*",
    "GCHeapFreeLimit",
    "GCTimeLimit",
    "GCTimeRatio",
    "InitialCodeCacheSize",
    "InitiatingHeapOccupancyPercent",
    "MaxGCPauseMillis",
    "MaxHeapFreeRatio",
    "MaxInline*",
    "MaxMetaspaceSize",
    "MaxTenuringThreshold",
    "MetaspaceSize",
    "MinHeapFreeRatio",
    "NativeMemoryTracking",
    "NewRatio",
    "ParallelGCThreads",
    "ReservedCodeCacheSize",
    "SharedArchiveFile",
    "SoftRefLRUPolicyMSPerMB",
    "SurvivorRatio",
    "Tier*",
    "TieredStopAtLevel",
    "VMThreadStackSize",
    "ZCollectionInterval",
];

fn is_listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|entry| match entry.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => *entry == name,
    })
}

/// Takes the part of an option behind `-XX:`.
pub fn accept(options: &mut Options, text: &str) -> Result<(), OptionError> {
    let result = match text.strip_prefix(['+', '-']) {
        Some(name) => switch(options, name, text.starts_with('+')),
        None => match text.split_once('=') {
            Some((name, value)) => setting(options, name, value),
            None if text == "MaxFDLimit" || is_listed(&IGNORED_SWITCHES, text) => {
                refuse(format!("Missing +/- setting for VM option '{text}'"))
            }
            None if is_setting(text) => refuse(format!("Improperly specified VM option '{text}'")),
            None => unknown(text),
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
        "IgnoreUnrecognizedVMOptions" => options.ignore_unknown_vm_options = on,
        "MaxFDLimit" => options.settings.keep_descriptor_limit = !on,
        "PrintGC" | "PrintGCDetails" => options.settings.gc_log = on,
        // Where a program would run on after HotSpot had ended it, silence would be wrong.
        "ExitOnOutOfMemoryError" | "CrashOnOutOfMemoryError" | "HeapDumpOnOutOfMemoryError"
            if on =>
        {
            return Err(OptionError::Unavailable(format!("-XX:+{name}")));
        }
        "ExitOnOutOfMemoryError" | "CrashOnOutOfMemoryError" | "HeapDumpOnOutOfMemoryError" => {}
        name if is_listed(&IGNORED_SWITCHES, name) => {}
        name => return unknown(name),
    }
    Ok(())
}

/// Names of settings that mean something here.
const SETTINGS: [&str; 10] = [
    "MaxHeapSize",
    "InitialHeapSize",
    "MinHeapSize",
    "NewSize",
    "MaxNewSize",
    "ThreadStackSize",
    "MaxDirectMemorySize",
    "MaxJavaStackTraceDepth",
    "MaxRAMPercentage",
    "InitialRAMPercentage",
];

fn is_setting(name: &str) -> bool {
    SETTINGS.contains(&name) || is_listed(&IGNORED_VALUES, name)
}

fn setting(options: &mut Options, name: &str, value: &str) -> Result<(), OptionError> {
    if !is_setting(name) {
        return unknown(&format!("{name}={value}"));
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
