//! Exceptions for what the host refuses, with the texts of the C library as HotSpot shows them.

use crate::host::Errno;
use vm::exceptions;
use vm::{Handle, Result, Thread, Thrown, Value, link, object, strings};

/// `IOException` with the error's text.
#[cold]
pub(crate) fn io(t: &Thread, error: Errno) -> Thrown {
    io_text(t, &error.message())
}

/// `IOException` with this message.
#[cold]
pub(crate) fn io_text(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/io/IOException", message)
}

/// `FileNotFoundException: path (reason)`.
#[cold]
pub(crate) fn file_not_found(t: &Thread, path: Handle, error: Errno) -> Thrown {
    let make = || {
        let class = link::class_by_name(t, "java/io/FileNotFoundException")?;
        let reason = t.handle(strings::new_from_utf8(t, &error.message())?);
        let args = [Value::Object(path), Value::Object(reason)];
        object::new_object(t, class, "(Ljava/lang/String;Ljava/lang/String;)V", &args)
    };
    thrown(t, make())
}

/// `sun.nio.fs.UnixException` with the error's number.
#[cold]
pub(crate) fn unix(t: &Thread, error: Errno) -> Thrown {
    let make = || {
        let class = link::class_by_name(t, "sun/nio/fs/UnixException")?;
        object::new_object(t, class, "(I)V", &[Value::Int(error.0)])
    };
    thrown(t, make())
}

/// `IndexOutOfBoundsException` without a message.
#[cold]
pub(crate) fn out_of_bounds(t: &Thread) -> Thrown {
    exceptions::throw_bare(t, "java/lang/IndexOutOfBoundsException")
}

/// `InternalError` with this message.
#[cold]
pub(crate) fn internal(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/lang/InternalError", message)
}

fn thrown(t: &Thread, made: Result<vm::Ref>) -> Thrown {
    match made {
        Ok(exception) => exceptions::throw_ref(t, exception),
        Err(thrown) => thrown,
    }
}
