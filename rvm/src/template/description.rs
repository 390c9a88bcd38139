//! What a template says of itself: how it was made, and what it is for.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use vm::boot::Launch;

use super::inputs::Input;
use crate::Settings;

/// How far an application has come in its template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// Its main class is loaded and linked; no code of the application has run.
    Load,
    /// Its main class is initialised: all that happens before `main` has happened.
    #[default]
    Main,
}

/// Which classes of an application are in its template, beside those that bringing it to its point has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preload {
    /// No others.
    #[default]
    Nothing,
    /// All on the class path.
    All,
    /// These, by their external names. Names that nothing answers to are passed over.
    Names(Vec<String>),
}

/// Who begins with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// The one program of a process.
    Program,
    /// Guests beside others in one process, see [`crate::guest::Template`].
    Guests,
}

/// How a template was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    pub purpose: Use,
    pub until: Until,
    pub preload: Preload,
    /// The program as it was given.
    pub given: Launch,
    /// The program as it is begun from here on.
    pub launch: Launch,
    pub kept: Kept,
    /// The feature release of the class library.
    pub release: u32,
    /// The class library's home; of its own, as its program sees it.
    pub java_home: PathBuf,
    /// What tells the JDK's class library from others, unless the template has its own.
    pub library: Option<String>,
    /// The `release` file.
    pub release_text: String,
    /// What the class path consisted of.
    pub inputs: Vec<Input>,
    /// Facts about the machine and the user as the class library has taken them over.
    pub machine: Vec<(String, String)>,
}

/// The settings that are fixed with a template, and defaults for the others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    properties: Vec<(String, String)>,
    vm_arguments: Vec<String>,
    max_heap_bytes: Option<u64>,
    initial_heap_bytes: Option<u64>,
    young_bytes: Option<u64>,
    stack_bytes: Option<usize>,
    verify: u8,
    preview: bool,
    assertions: bool,
    system_assertions: bool,
    assertion_rules: Vec<(String, bool)>,
    max_trace_depth: Option<usize>,
}

const VERIFY: [vm::Verify; 3] = [vm::Verify::Remote, vm::Verify::All, vm::Verify::None];

impl Kept {
    pub fn of(settings: &Settings) -> Kept {
        let verify = VERIFY.iter().position(|verify| *verify == settings.verify);
        Kept {
            properties: settings.properties.clone(),
            vm_arguments: settings.vm_arguments.clone(),
            max_heap_bytes: settings.max_heap_bytes,
            initial_heap_bytes: settings.initial_heap_bytes,
            young_bytes: settings.young_bytes,
            stack_bytes: settings.stack_bytes,
            verify: verify.unwrap_or_default() as u8,
            preview: settings.preview,
            assertions: settings.assertions,
            system_assertions: settings.system_assertions,
            assertion_rules: settings.assertion_rules.clone(),
            max_trace_depth: settings.max_trace_depth,
        }
    }

    /// The settings that made the template.
    pub fn settings(&self) -> Settings {
        Settings {
            properties: self.properties.clone(),
            vm_arguments: self.vm_arguments.clone(),
            max_heap_bytes: self.max_heap_bytes,
            initial_heap_bytes: self.initial_heap_bytes,
            young_bytes: self.young_bytes,
            stack_bytes: self.stack_bytes,
            verify: VERIFY.get(usize::from(self.verify)).copied().unwrap_or_default(),
            preview: self.preview,
            assertions: self.assertions,
            system_assertions: self.system_assertions,
            assertion_rules: self.assertion_rules.clone(),
            max_trace_depth: self.max_trace_depth,
            ..Settings::default()
        }
    }

    /// The settings of a program that begins with the template: what is fixed is the template's, sizes are
    /// `given`'s where there are some, and properties are only those that are new.
    ///
    /// # Errors
    /// With the option's name if `given` has one that can not differ.
    pub fn under(&self, given: &Settings) -> Result<Settings, String> {
        let refused = given.refused_by_template();
        if let Some(option) = refused {
            return Err(option);
        }
        let own = self.settings();
        Ok(Settings {
            verify: own.verify,
            preview: own.preview,
            assertions: own.assertions,
            system_assertions: own.system_assertions,
            assertion_rules: own.assertion_rules,
            max_trace_depth: given.max_trace_depth.or(own.max_trace_depth),
            max_heap_bytes: given.max_heap_bytes.or(own.max_heap_bytes),
            initial_heap_bytes: given.initial_heap_bytes.or(own.initial_heap_bytes),
            young_bytes: given.young_bytes.or(own.young_bytes),
            stack_bytes: given.stack_bytes.or(own.stack_bytes),
            vm_arguments: [own.vm_arguments, given.vm_arguments.clone()].concat(),
            ..given.clone()
        })
    }
}

impl Settings {
    /// The first of these settings, as an option, that a program which begins with a template can not have.
    fn refused_by_template(&self) -> Option<String> {
        if let Some(home) = &self.java_home {
            return Some(format!("--java-home {}", home.display()));
        }
        let class_path = |name: &str| name == "java.class.path";
        let early = self
            .properties
            .iter()
            .find(|(name, _)| class_path(name) || !stdlib::image_state::can_be_set_later(name));
        if let Some((name, _)) = early {
            return Some(option_of(name));
        }
        if self.assertions || self.system_assertions || !self.assertion_rules.is_empty() {
            return Some("a setting of assertions".into());
        }
        if self.verify != vm::Verify::default() {
            return Some("--verify".into());
        }
        self.preview.then(|| "--enable-preview".into())
    }
}

/// What a user has written for a property to be set.
fn option_of(property: &str) -> String {
    const OPTIONS: [(&str, &str); 9] = [
        ("java.class.path", "the class path (-cp)"),
        ("jdk.module.path", "--module-path"),
        ("jdk.module.addexports", "--add-exports"),
        ("jdk.module.addmods", "--add-modules"),
        ("jdk.module.addopens", "--add-opens"),
        ("jdk.module.addreads", "--add-reads"),
        ("jdk.module.limitmods", "--limit-modules"),
        ("jdk.module.patch", "--patch-module"),
        ("jdk.module.enable.native.access", "--enable-native-access"),
    ];
    let found = OPTIONS.iter().find(|(name, _)| property.starts_with(name));
    found.map_or_else(|| format!("-D{property}"), |(_, option)| (*option).into())
}
