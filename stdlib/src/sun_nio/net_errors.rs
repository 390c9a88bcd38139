//! Exceptions of sockets for what the host refuses.

use crate::host::Errno;
use vm::{Result, Thread, Thrown, exceptions};

/// The exception that `sun.nio.ch.Net` throws for an error, with its text.
#[cold]
pub(crate) fn thrown(t: &Thread, error: Errno) -> Thrown {
    let class = match error.0 {
        libc::EPROTO => "java/net/ProtocolException",
        libc::ECONNREFUSED | libc::ETIMEDOUT | libc::ENOTCONN => "java/net/ConnectException",
        libc::EHOSTUNREACH => "java/net/NoRouteToHostException",
        libc::EADDRINUSE | libc::EADDRNOTAVAIL | libc::EACCES => "java/net/BindException",
        _ => "java/net/SocketException",
    };
    exceptions::throw(t, class, &error.message())
}

/// `SocketException` with the error's text.
#[cold]
pub(crate) fn socket(t: &Thread, error: Errno) -> Thrown {
    exceptions::throw(t, "java/net/SocketException", &error.message())
}

/// The result, or the exception of [`thrown`].
pub(crate) fn check<R>(t: &Thread, result: Result<R, Errno>) -> Result<R> {
    result.map_err(|error| thrown(t, error))
}
