//! `SocketDispatcher`, and `UnixDispatcher` (JDK 25): reading and writing connections.

use super::file_dispatcher::{close0, pre_close0, was_read, written};
use super::memory::{buffer, gather, scatter};
use crate::host::Errno;
use crate::java_io::descriptor::{number, once};
use crate::java_io::nop;
use vm::{Handle, NativeMethod, Result, Thread, exceptions};

/// What a read has done; a connection that the other end has broken off is told apart.
fn received(t: &Thread, result: Result<usize, Errno>) -> Result<i64> {
    match result {
        Err(Errno(libc::ECONNRESET)) => {
            Err(exceptions::throw(t, "sun/net/ConnectionResetException", "Connection reset"))
        }
        result => was_read(t, result),
    }
}

fn read0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let to = buffer(t, address, length.into())?;
    received(t, once(t, n, |host, fd| host.read(fd, to))).map(|count| count as i32)
}

fn readv0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let mut to = scatter(t, address, count)?;
    received(t, once(t, n, |host, fd| host.readv(fd, &mut to)))
}

fn write0(t: &Thread, fd: Handle, address: i64, length: i32) -> Result<i32> {
    let n = number(t, fd)?;
    let from = buffer(t, address, length.into())?;
    written(t, once(t, n, |host, fd| host.write(fd, from))).map(|count| count as i32)
}

fn writev0(t: &Thread, fd: Handle, address: i64, count: i32) -> Result<i64> {
    let n = number(t, fd)?;
    let from = gather(t, address, count)?;
    written(t, once(t, n, |host, fd| host.writev(fd, &from)))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/SocketDispatcher" {
            "read0" "(Ljava/io/FileDescriptor;JI)I" => full read0;
            "readv0" "(Ljava/io/FileDescriptor;JI)J" => full readv0;
            "write0" "(Ljava/io/FileDescriptor;JI)I" => full write0;
            "writev0" "(Ljava/io/FileDescriptor;JI)J" => full writev0;
        }
        "sun/nio/ch/UnixDispatcher" {
            "init" "()V" => leaf nop;
            "close0" "(Ljava/io/FileDescriptor;)V" => full close0;
            "preClose0" "(Ljava/io/FileDescriptor;)V" => full pre_close0;
        }
    }
}
