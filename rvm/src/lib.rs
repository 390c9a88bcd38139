//! Running Java programs: a VM put together from a JDK's class library, the natives and the host.
//!
//! [`Settings`] say what the VM is like, [`run`] starts it and runs a program's `main` to the end. The command
//! `rvm` is made of the same two; what it adds is the reading of command lines.
//!
//! Programs that run Java inside of themselves, in many small machines at once, use [`guest`].

mod boot_image;
mod checkpoint;
mod control;
mod error;
mod frozen;
pub mod guest;
mod guest_api;
mod image_file;
mod machine;
mod progress;
mod settings;
pub mod template;

pub use boot_image::{ImageError, make as make_boot_image};
pub use checkpoint::saved_in;
pub use control::{RunningProgram, Snapshot, check_freeze, freeze, program_of, running_programs};
pub use error::StartError;
pub use frozen::FreezeOptions;
pub use frozen::trial;
pub use frozen::{PortableInfo, Verified, is_portable, portable_info, verify_portable};
pub use guest_api::guest_api_jar;
pub use image_file::{ImageInfo, SavedProgram, image_info, is_saved_program, verify_image};
pub use machine::{Library, resume, run, with_vm};
pub use progress::Progress;
pub use settings::{ImageUse, Settings};
pub use stdlib::resources::{Policy, PolicyError};
pub use vm::boot::{self, Inquiry, Launch, Mode};
