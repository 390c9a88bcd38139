//! Templates: applications that are started once, up to a chosen point, and begun from there in milliseconds.
//!
//! A template is a file with an image of a VM in which the class library has started and an application's classes are
//! loaded ([`make`]). Programs begin with it ([`run`]), or guests in one process ([`crate::guest::Template::from_file`]). With the
//! class library in it, it needs no JDK; behind a copy of the `rvm` program, it is a program of its own. See `docs/templates.md`.

mod archive;
mod bundle;
mod classes;
mod description;
mod elf;
mod inputs;
mod make;
mod modules;
mod pack;
mod start;

use std::io;
use std::path::PathBuf;

use stdlib::jimage::JImageError;
use vm::image::{OpenError, SaveError};

use crate::StartError;

pub(crate) use bundle::Bundle;
pub use description::{Preload, Until, Use};
pub use make::{Made, Request, make, refresh};
pub(crate) use start::Opened;
pub use start::{describe, is_template, run};

/// Why a template was not made, or not begun with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A file could not be read.
    #[error("{} can not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("{} can not be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is no template: 'rvm image build --main CLASS -o FILE' makes one", .0.display())]
    NoTemplate(PathBuf),
    /// The file is not as it was written.
    #[error("{} is damaged: {what}; build it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The image in the file is not as it was written.
    #[error("{}: {source}; build it again", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: OpenError,
    },
    /// It was made by another version of rvm.
    #[error("{} was made by another build of rvm: build it again with this one", .0.display())]
    Foreign(PathBuf),
    /// The JDK that it was made with is gone or another one.
    #[error("{} was made with the class library of {}, which is gone or has changed: build it again", path.display(), home.display())]
    Library {
        /// The template.
        path: PathBuf,
        /// The JDK.
        home: PathBuf,
    },
    /// The class path is no longer what it was.
    #[error("{} is out of date: {} ('--refresh' builds it again)", path.display(), differences.join("; "))]
    Changed {
        /// The template.
        path: PathBuf,
        /// What has become different.
        differences: Vec<String>,
    },
    /// A template can not be made again, since it was made of files that it alone has.
    #[error("{} has its class path inside and can not be refreshed: build it again", .0.display())]
    NotRefreshable(PathBuf),
    /// An option that can not be another one than it was.
    #[error("{option} is fixed when a template is built: {} has its own", path.display())]
    Option {
        /// The template.
        path: PathBuf,
        /// The option.
        option: String,
    },
    /// It was made for the other use.
    #[error("{} was built {}", path.display(), match made_for {
        Use::Program => "for a program, not for guests in one process: build it with --guests",
        Use::Guests => "for guests in one process (--guests): a program needs one without that",
    })]
    Purpose {
        /// The template.
        path: PathBuf,
        /// What it is for.
        made_for: Use,
    },
    /// The class library did not start, or not go on.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The application did not come to its point.
    #[error("the application did not come so far that a template could be made: {0}")]
    Application(String),
    /// The application could not be saved at its point.
    #[error("the application can not be saved at this point: {source}{}", advice(source))]
    Save {
        /// What is in the way.
        #[from]
        source: SaveError,
    },
    /// An archive of the class path can not be read.
    #[error("{} is no archive that can be read: {what}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The class library can not be read.
    #[error("the class library can not be read: {0}")]
    Modules(#[from] JImageError),
    /// A module that was asked for is not there.
    #[error("the class library has no module {0}")]
    NoModule(String),
    /// The program that is to stand in front is none.
    #[error("{} is no ELF program of 64 bits", .0.display())]
    NoProgram(PathBuf),
    /// Options that do not go together.
    #[error("{0}")]
    Usage(&'static str),
}

/// What helps when an application has done too much by then.
fn advice(error: &SaveError) -> &'static str {
    match error {
        SaveError::Thread(_) | SaveError::Host(_) => {
            " (its initialisers have left something open or running: --until-load does not run them)"
        }
        _ => "",
    }
}
