//! Natives of `java.io`: files, standard streams and directories.
//!
//! A `FileDescriptor` holds a number of the guest's [`crate::host::ResourceTable`]. What blocks runs as
//! blocked, on host memory; a signal in between is followed by another attempt. The helpers for
//! descriptors, texts and errors are also those of `sun.nio`.

mod console;
pub(crate) mod descriptor;
pub(crate) mod errors;
mod file_system;
pub(crate) mod offsets;
mod random_access;
mod streams;
pub(crate) mod text;

use offsets::Offsets;
use std::sync::OnceLock;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

/// What the natives of a guest remember; all of it can be found again.
#[derive(Default)]
pub struct IoState {
    pub(crate) offsets: Offsets,
    encoding: OnceLock<text::Encoding>,
}

/// A class initialiser's request to look up field ids, which these natives do by themselves.
pub(crate) fn nop(_: &Thread) -> Result<(), Retry> {
    Ok(())
}

/// `ObjectStreamClass.hasStaticInitializer`: part of a class's default `serialVersionUID`.
fn has_static_initializer(t: &Thread, class: Handle) -> Result<bool> {
    let mirror = t.get(class);
    if mirror == Ref::NULL {
        return Err(vm::exceptions::npe(t));
    }
    let class = t.vm().mirror_class(mirror);
    Ok(vm::link::init::class_initializer(t.vm(), class).is_some())
}

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = vm::natives! {
        "java/io/FileDescriptor" {
            "initIDs" "()V" => leaf nop;
            "getHandle" "(I)J" => leaf descriptor::get_handle;
            "getAppend" "(I)Z" => full descriptor::get_append;
            "close0" "()V" => full descriptor::close0;
            "sync" "()V" => full descriptor::sync;
            "sync0" "()V" => full descriptor::sync;
        }
        "java/io/FileCleanable" {
            "cleanupClose0" "(IJ)V" => full descriptor::cleanup_close0;
        }
        "java/io/FileInputStream" {
            "initIDs" "()V" => leaf nop;
            "open0" "(Ljava/lang/String;)V" => full streams::open_input;
            "read0" "()I" => full streams::read0;
            "readBytes" "([BII)I" => full streams::read_bytes;
            "length0" "()J" => full streams::length0;
            "position0" "()J" => full streams::position0;
            "skip0" "(J)J" => full streams::skip0;
            "available0" "()I" => full streams::available0;
            "isRegularFile0" "(Ljava/io/FileDescriptor;)Z" => full streams::is_regular_file;
        }
        "java/io/FileOutputStream" {
            "initIDs" "()V" => leaf nop;
            "open0" "(Ljava/lang/String;Z)V" => full streams::open_output;
            "write" "(IZ)V" => full streams::write_byte;
            "writeBytes" "([BIIZ)V" => full streams::write_bytes;
        }
        "java/io/RandomAccessFile" {
            "initIDs" "()V" => leaf nop;
            "open0" "(Ljava/lang/String;I)V" => full random_access::open0;
            "read0" "()I" => full random_access::read0;
            "readBytes" "([BII)I" => full random_access::read_bytes;
            "write0" "(I)V" => full random_access::write0;
            "writeBytes" "([BII)V" => full random_access::write_bytes;
            "getFilePointer" "()J" => full random_access::get_file_pointer;
            "seek0" "(J)V" => full random_access::seek0;
            "length" "()J" => full random_access::length;
            "length0" "()J" => full random_access::length;
            "setLength" "(J)V" => full random_access::set_length;
            "setLength0" "(J)V" => full random_access::set_length;
            "readBytes0" "([BII)I" => full random_access::read_bytes;
            "writeBytes0" "([BII)V" => full random_access::write_bytes;
        }
        "jdk/internal/io/JdkConsoleImpl" {
            "echo" "(Z)Z" => full console::echo;
        }
        "java/io/Console" {
            "encoding" "()Ljava/lang/String;" => leaf console::encoding;
            "echo" "(Z)Z" => full console::echo;
            "istty" "()Z" => full console::istty;
            "ttyStatus" "()I" => full console::tty_status;
        }
        "java/io/ObjectStreamClass" {
            "initNative" "()V" => leaf nop;
            "hasStaticInitializer" "(Ljava/lang/Class;)Z" => full has_static_initializer;
        }
    };
    all.extend(file_system::natives());
    all
}
