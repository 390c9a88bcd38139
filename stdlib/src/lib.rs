//! The native half of the class library: its native methods in Rust, the reader of its image, and
//! the host that they reach the operating system through.
//!
//! Modules are named after the Java packages whose natives they hold.

mod boot_source;
pub mod checkpoint;
mod fresh;
pub mod host;
pub mod image_machine;
pub mod image_state;
pub mod java_awt;
pub mod java_io;
pub mod java_lang;
pub mod java_lang_invoke;
pub mod java_lang_reflect;
pub mod java_net;
pub mod java_util;
pub mod java_util_zip;
pub mod jdk_crac;
pub mod jdk_home;
pub mod jdk_internal;
pub mod jimage;
pub mod module_loaders;
pub mod own_classes;
pub mod resources;
mod state;
pub mod sun_management;
pub mod sun_nio;
pub mod training;
pub mod unsafe_natives;
pub mod zip_stream;

pub use boot_source::ImageSource;
pub use jimage::Bytes;
pub use state::{State, state, state_of};

use vm::NativeMethod;

/// All natives that this VM provides.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = Vec::new();
    all.extend(java_lang::natives());
    all.extend(java_lang_reflect::natives());
    all.extend(java_lang_invoke::natives());
    all.extend(java_awt::natives());
    all.extend(java_io::natives());
    all.extend(java_net::natives());
    all.extend(java_util::natives());
    all.extend(java_util_zip::natives());
    all.extend(jdk_crac::natives());
    all.extend(jdk_internal::natives());
    all.extend(sun_management::natives());
    all.extend(sun_nio::natives());
    all.extend(unsafe_natives::natives());
    all
}
