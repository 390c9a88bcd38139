//! Options of sockets whose value is a number (`sun.nio.ch.Net`).

use super::net_errors;
use crate::java_io::descriptor::{number, with};
use vm::{Handle, Result, Thread};

/// The kernel keeps its own books in the receive buffer; below this, small messages would be lost.
const LEAST_RECEIVE_BUFFER: i32 = 1024;

/// Bits of `IP_TOS` that programs may set.
const TYPE_OF_SERVICE: i32 = 0xfe;

/// Whether the kernel takes and gives the value as one byte.
fn is_byte(level: i32, name: i32) -> bool {
    level == libc::IPPROTO_IP && matches!(name, libc::IP_MULTICAST_TTL | libc::IP_MULTICAST_LOOP)
}

fn is_linger(level: i32, name: i32) -> bool {
    level == libc::SOL_SOCKET && name == libc::SO_LINGER
}

/// `getIntOption0`: with `convert` as Java defines the option, where Linux differs.
pub(crate) fn int_option(
    t: &Thread,
    fd: Handle,
    convert: bool,
    level: i32,
    name: i32,
) -> Result<i32> {
    let n = number(t, fd)?;
    let mut bytes = [0; 8];
    let length = if is_linger(level, name) {
        8
    } else if is_byte(level, name) {
        1
    } else {
        4
    };
    let got = with(t, n, |host, fd| host.socket_option(fd, level, name, &mut bytes[..length]));
    got.map_err(|error| net_errors::socket(t, error))?;
    let word =
        |at: usize| i32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    Ok(match (level, name) {
        _ if is_linger(level, name) => {
            if word(0) != 0 {
                word(4)
            } else {
                -1
            }
        }
        _ if is_byte(level, name) => bytes[0].into(),
        // The kernel doubles what is set.
        (libc::SOL_SOCKET, libc::SO_SNDBUF | libc::SO_RCVBUF) if convert => word(0) / 2,
        _ => word(0),
    })
}

/// `setIntOption0`
#[allow(clippy::too_many_arguments, reason = "the native's signature")]
pub(crate) fn set_int_option(
    t: &Thread,
    fd: Handle,
    convert: bool,
    level: i32,
    name: i32,
    value: i32,
    is_v6: bool,
) -> Result<()> {
    let n = number(t, fd)?;
    let value = match (level, name) {
        (libc::SOL_SOCKET, libc::SO_RCVBUF) if convert => value.max(LEAST_RECEIVE_BUFFER),
        (libc::IPPROTO_IP, libc::IP_TOS) if convert => value & TYPE_OF_SERVICE,
        _ => value,
    };
    let mut bytes = [0; 8];
    let length = if is_linger(level, name) {
        bytes[..4].copy_from_slice(&i32::from(value >= 0).to_ne_bytes());
        bytes[4..].copy_from_slice(&value.max(0).to_ne_bytes());
        8
    } else if is_byte(level, name) {
        bytes[0] = value as u8;
        1
    } else {
        bytes[..4].copy_from_slice(&value.to_ne_bytes());
        4
    };
    let set = |level, name, bytes: &[u8]| {
        with(t, n, |host, fd| host.set_socket_option(fd, level, name, bytes))
    };
    set(level, name, &bytes[..length]).map_err(|error| net_errors::socket(t, error))?;
    if is_v6 && (level, name) == (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) {
        // Also for IPv4 over this socket, where the kernel takes it.
        let _ = set(libc::IPPROTO_IP, libc::IP_TOS, &bytes[..4]);
    }
    Ok(())
}
