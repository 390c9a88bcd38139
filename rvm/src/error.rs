//! Why a program could not be started.

use std::path::PathBuf;
use stdlib::jdk_home::JdkHomeError;
use stdlib::jimage::JImageError;
use stdlib::module_loaders::ModuleLoadersError;
use stdlib::resources::InTheWay;

/// Why a program could not be started; each displays as text for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no JDK that serves.
    #[error(transparent)]
    NoJdk(#[from] JdkHomeError),
    /// The class library's image can not be read.
    #[error("{} can not be read: {source}", path.display())]
    Image {
        /// The image.
        path: PathBuf,
        /// Why.
        source: JImageError,
    },
    /// The class library's image lacks something.
    #[error("{} is no class library that rvm knows: {source}", path.display())]
    Modules {
        /// The image.
        path: PathBuf,
        /// Why.
        source: ModuleLoadersError,
    },
    /// The class library is of a release that can be read but not run.
    #[error("{} is Java {release}, which this version of rvm does not run: name a JDK 17 or 25 with --java-home", home.display())]
    Release {
        /// The JDK.
        home: PathBuf,
        /// Its feature release.
        release: u32,
    },
    /// The sizes of the heap contradict each other.
    #[error("{0}")]
    HeapSizes(&'static str),
    /// The machine can not give the heap.
    #[error("the heap can not be had: {0} (-Xmx sets its size)")]
    Heap(#[from] gc::RangeError),
    /// The VM could not be made, or the class library did not start.
    #[error(transparent)]
    Vm(vm::VmError),
    /// The module system refused the options; it has said so itself.
    #[error("the module system did not start")]
    Modular,
    /// The file holds no program that can go on here.
    #[error("{}: {reason}", path.display())]
    NotFrozen {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What the program had open can not be had again.
    #[error("what the program had open can not be had again:\n{0}")]
    InTheWay(#[from] InTheWay),
    /// The image could not be started from.
    #[error("the image can not be used: {0} (--no-image starts without)")]
    FromImage(#[from] vm::image::StartError),
    /// A folder's name can not be on a class path.
    #[error("the class path can not be: {0}")]
    ClassPath(std::env::JoinPathsError),
    /// A property is read while the class library starts.
    #[error("{0} takes effect while the class library starts: a guest can not have its own")]
    EarlyProperty(String),
    /// The operating system gave no thread.
    #[error("no thread could be made for the program: {0}")]
    Thread(std::io::Error),
}

impl From<vm::VmError> for StartError {
    fn from(error: vm::VmError) -> StartError {
        match error {
            vm::VmError::Range(range) => StartError::Heap(range),
            vm::VmError::Modules => StartError::Modular,
            error => StartError::Vm(error),
        }
    }
}
