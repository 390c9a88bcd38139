//! The virtual machine: class loading and linking, interpreter, threads, exceptions.
//!
//! See `docs/architecture.md` for the map.

pub mod backtrace;
pub mod boot;
pub mod call;
pub mod exceptions;
pub mod frame;
pub mod image;
pub mod interp;
pub mod invoke;
pub mod known;
pub mod link;
pub mod meta;
pub mod modules;
pub mod native;
pub mod npe_message;
pub mod object;
pub mod portable;
pub mod refmap;
pub mod roots;
pub mod strings;
pub mod sync;
pub mod thread;
mod vm;

pub use call::Value;
pub use gc::{ClassId, Handle, Ref};
pub use native::{NativeMethod, NativeTable, Result, Thrown};
pub use thread::Thread;
pub use vm::{BootClass, BootSource, Config, ExitMode, Verify, Vm, VmError};
