//! What a VM is to be like, as plain values.

use gc::{Areas, HeapConfig};
use std::path::PathBuf;
use stdlib::resources::Policy;

use crate::{FreezeOptions, StartError};

const MIB: u64 = 1 << 20;
/// Less than this starts no class library; HotSpot draws the line here too.
const MIN_HEAP_BYTES: u64 = 2 * MIB;
/// HotSpot's default for threads on 64-bit Linux.
const DEFAULT_STACK_BYTES: usize = 1 << 20;

/// Where the state of the started class library comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ImageUse {
    /// The class library is started anew.
    #[default]
    Never,
    /// From the boot image in the user's cache folder, if there is one that fits.
    IfThere,
    /// As before; where there is none, this program (`rvm`) is run to make it.
    OrMadeBy(PathBuf),
}

/// What a VM is to be like. Sizes that are absent follow from the machine, as with `java`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The JDK whose class library is used; searched for if absent.
    pub java_home: Option<PathBuf>,
    /// System properties, in order; `java.class.path` among them.
    pub properties: Vec<(String, String)>,
    /// The VM's arguments as `RuntimeMXBean.getInputArguments` shows them.
    pub vm_arguments: Vec<String>,
    /// Hard limit of the heap in bytes; a quarter of the memory if absent.
    pub max_heap_bytes: Option<u64>,
    /// The default of `max_heap_bytes` as a percentage of the memory, if not a quarter.
    pub max_heap_percent: Option<f64>,
    /// Size of the heap at the start in bytes; a sixty-fourth of the memory if absent.
    pub initial_heap_bytes: Option<u64>,
    /// Largest size of the young generation in bytes.
    pub young_bytes: Option<u64>,
    /// Size of a thread's Java stack in bytes.
    pub stack_bytes: Option<usize>,
    /// Whether and how the class library's start is taken from an image.
    pub image: ImageUse,
    /// Whether the user's other processes can ask about the program, or have it saved.
    pub control_socket: bool,
    /// Whether a saved program goes on without a check of its pages, which takes about a millisecond for ten mebibytes.
    pub trust_pages: bool,
    /// Debugging: after so many milliseconds each, save the program to a file.
    pub freeze_after: Vec<(u64, PathBuf, FreezeOptions)>,
    /// The folder in which the program saves itself at its own wish (`-XX:CRaCCheckpointTo`).
    pub checkpoint_to: Option<PathBuf>,
    /// Whether the process goes on then (`-XX:+CRaCKeepRunning`).
    pub runs_on_after_checkpoint: bool,
    /// The saved program to go on with, instead of starting one (`-XX:CRaCRestoreFrom`).
    pub restore_from: Option<PathBuf>,
    /// Whether a program is started if that one can not be had.
    pub starts_without_restore: bool,
    /// Of a saved program: a class whose `main` is called where it goes on, and its arguments.
    pub new_main: Vec<String>,
    /// Of a saved program: what it can ask for as its new arguments.
    pub new_arguments: Vec<String>,
    /// What a program that goes on may have in place of what it had open.
    pub resources: Policy,
    /// Where images are kept, if not in the user's cache folder.
    pub image_folder: Option<PathBuf>,
    /// Which classes are verified.
    pub verify: vm::Verify,
    /// Whether class files may use preview features.
    pub preview: bool,
    /// Whether assertions of classes without a rule of their own are on.
    pub assertions: bool,
    /// Whether assertions of system classes are on.
    pub system_assertions: bool,
    /// Rules for classes, and for packages with `...` behind them; later ones count.
    pub assertion_rules: Vec<(String, bool)>,
    /// Longest stack trace that an exception records.
    pub max_trace_depth: Option<usize>,
    /// Whether the command leaves the process's limit of open descriptors as it is, instead of raising it as far as it
    /// may (`-XX:-MaxFDLimit`).
    pub keep_descriptor_limit: bool,
    /// A line per collection.
    pub gc_log: bool,
    /// A line per class that is loaded.
    pub class_log: bool,
    /// Debugging: collect at every n-th allocation and move everything.
    pub gc_stress: Option<u64>,
    /// Debugging: check the heap before and after every collection.
    pub gc_check: bool,
}

impl Settings {
    /// The heap for these settings on a machine with this much memory.
    ///
    /// # Errors
    /// If sizes contradict each other, or references could not reach all of the heap.
    pub fn heap(&self, memory_bytes: u64) -> Result<HeapConfig, StartError> {
        let mut heap = HeapConfig {
            young_bytes: self.young_bytes.map(size),
            stress: self.gc_stress,
            check: self.gc_check,
            ..HeapConfig::default()
        };
        match self.max_heap_bytes {
            Some(bytes) if bytes < MIN_HEAP_BYTES => {
                return Err(StartError::HeapSizes("Too small maximum heap"));
            }
            Some(bytes) => heap.max_heap_bytes = size(bytes),
            None => match self.max_heap_percent {
                Some(percent) => fit(&mut heap, (memory_bytes as f64 * percent / 100.0) as u64),
                None => fit(&mut heap, memory_bytes / 4),
            },
        }
        Areas::plan(&heap.range())?;
        let max_bytes = heap.max_heap_bytes as u64;
        heap.initial_heap_bytes = match self.initial_heap_bytes {
            Some(bytes) if bytes > max_bytes && self.max_heap_bytes.is_some() => {
                return Err(StartError::HeapSizes(
                    "Initial heap size set to a larger value than the maximum heap size",
                ));
            }
            // As HotSpot: without -Xmx, -Xms raises the limit.
            Some(bytes) if bytes > max_bytes => {
                heap.max_heap_bytes = size(bytes);
                Areas::plan(&heap.range())?;
                size(bytes)
            }
            // HotSpot takes 0 for "as you like".
            Some(bytes) if bytes > 0 => size(bytes),
            _ => size((memory_bytes / 64).max(32 * MIB).min(max_bytes)),
        };
        Ok(heap)
    }

    /// The VM's configuration for a release of the class library.
    ///
    /// # Errors
    /// As [`Settings::heap`].
    pub fn config(&self, release: u32, memory_bytes: u64) -> Result<vm::Config, StartError> {
        let defaults = vm::Config::default();
        Ok(vm::Config {
            heap: self.heap(memory_bytes)?,
            stack_bytes: self.stack_bytes.unwrap_or(DEFAULT_STACK_BYTES),
            release,
            max_major: class_file_version(release),
            preview: self.preview,
            verify: self.verify,
            assertions: self.assertions,
            system_assertions: self.system_assertions,
            assertion_rules: self.assertion_rules.clone(),
            gc_log: self.gc_log,
            class_log: self.class_log,
            exit: vm::ExitMode::Process,
            max_trace_depth: self.max_trace_depth.unwrap_or(defaults.max_trace_depth),
        })
    }
}

/// The class file version that came with a release: 61 with 17.
fn class_file_version(release: u32) -> u16 {
    u16::try_from(release + 44).unwrap_or(u16::MAX)
}

/// No machine has more; sums of such sizes do not overflow.
const MAX_SIZE_BYTES: u64 = 1 << 50;

/// A size as this machine counts.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes.min(MAX_SIZE_BYTES)).unwrap_or(usize::MAX / 64)
}

/// Sets the default limit: `wanted_bytes`, or what references reach on a machine with more memory than that.
fn fit(heap: &mut HeapConfig, wanted_bytes: u64) {
    let mut bytes = wanted_bytes.max(16 * MIB);
    loop {
        heap.max_heap_bytes = size(bytes);
        if bytes <= 16 * MIB || Areas::plan(&heap.range()).is_ok() {
            return;
        }
        bytes -= bytes / 16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn defaults_follow_the_machine() {
        let heap = Settings::default().heap(8 * GIB).expect("heap");
        assert_eq!(heap.max_heap_bytes as u64, 2 * GIB);
        assert_eq!(heap.initial_heap_bytes as u64, GIB / 8);
        for memory_bytes in [GIB / 64, GIB, 64 * GIB, 1 << 50] {
            for gc_stress in [None, Some(7)] {
                let settings = Settings { gc_stress, ..Settings::default() };
                let heap = settings.heap(memory_bytes).expect("a default that fits");
                assert!(heap.initial_heap_bytes <= heap.max_heap_bytes);
            }
        }
    }

    #[test]
    fn sizes_that_can_not_be() {
        let with = |max: u64, initial: Option<u64>| {
            let max_heap_bytes = (max > 0).then_some(max);
            Settings { max_heap_bytes, initial_heap_bytes: initial, ..Settings::default() }
                .heap(8 * GIB)
        };
        assert!(matches!(with(GIB, Some(2 * GIB)), Err(StartError::HeapSizes(_))));
        assert!(matches!(with(1000, None), Err(StartError::HeapSizes(_))));
        assert!(matches!(with(900 * GIB, None), Err(StartError::Heap(_))));
        assert!(matches!(with(u64::MAX, None), Err(StartError::Heap(_))));
        assert_eq!(with(0, Some(3 * GIB)).expect("heap").max_heap_bytes as u64, 3 * GIB);
        assert!(with(GIB, Some(0)).is_ok());
    }

    #[test]
    fn versions() {
        assert_eq!((class_file_version(17), class_file_version(25)), (61, 69));
    }
}
