//! What the socket classes ask when they are initialised.

use crate::java_io::nop;
use crate::state;
use vm::native::Retry;
use vm::{NativeMethod, Thread};

macro_rules! constants {
    ($($name:ident: $t:ty = $value:expr;)*) => {$(
        fn $name(_: &Thread) -> Result<$t, Retry> {
            Ok($value)
        }
    )*};
}
constants! {
    no: bool = false;
    yes: bool = true;
    not_applicable: i32 = -1;
    poll_in: i16 = libc::POLLIN;
    poll_out: i16 = libc::POLLOUT;
    poll_err: i16 = libc::POLLERR;
    poll_hup: i16 = libc::POLLHUP;
    poll_nval: i16 = libc::POLLNVAL;
    af_inet: i32 = libc::AF_INET;
    af_inet6: i32 = libc::AF_INET6;
    size_of_v4: i32 = size_of::<libc::sockaddr_in>() as i32;
    size_of_v6: i32 = size_of::<libc::sockaddr_in6>() as i32;
    size_of_family: i32 = size_of::<libc::sa_family_t>() as i32;
    offset_family: i32 = std::mem::offset_of!(libc::sockaddr, sa_family) as i32;
    offset_v4_port: i32 = std::mem::offset_of!(libc::sockaddr_in, sin_port) as i32;
    offset_v4_address: i32 = std::mem::offset_of!(libc::sockaddr_in, sin_addr) as i32;
    offset_v6_port: i32 = std::mem::offset_of!(libc::sockaddr_in6, sin6_port) as i32;
    offset_v6_address: i32 = std::mem::offset_of!(libc::sockaddr_in6, sin6_addr) as i32;
    offset_v6_scope: i32 = std::mem::offset_of!(libc::sockaddr_in6, sin6_scope_id) as i32;
    offset_v6_flow: i32 = std::mem::offset_of!(libc::sockaddr_in6, sin6_flowinfo) as i32;
}

fn has_ipv6(t: &Thread) -> vm::Result<bool> {
    Ok(crate::java_net::uses_ipv6(state(t)))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/ch/Net" {
            "initIDs" "()V" => leaf nop;
            "isIPv6Available0" "()Z" => full has_ipv6;
            "isReusePortAvailable0" "()Z" => leaf yes;
            "isExclusiveBindAvailable" "()I" => leaf not_applicable;
            "shouldShutdownWriteBeforeClose0" "()Z" => leaf no;
            "shouldSetBothIPv4AndIPv6Options0" "()Z" => leaf yes;
            "canIPv6SocketJoinIPv4Group0" "()Z" => leaf yes;
            "canJoin6WithIPv4Group0" "()Z" => leaf no;
            "canUseIPv6OptionsWithIPv4LocalAddress0" "()Z" => leaf yes;
            "pollinValue" "()S" => leaf poll_in;
            "polloutValue" "()S" => leaf poll_out;
            "pollerrValue" "()S" => leaf poll_err;
            "pollhupValue" "()S" => leaf poll_hup;
            "pollnvalValue" "()S" => leaf poll_nval;
            "pollconnValue" "()S" => leaf poll_out;
        }
        "sun/nio/ch/NativeSocketAddress" {
            "AFINET" "()I" => leaf af_inet;
            "AFINET6" "()I" => leaf af_inet6;
            "sizeofSockAddr4" "()I" => leaf size_of_v4;
            "sizeofSockAddr6" "()I" => leaf size_of_v6;
            "sizeofFamily" "()I" => leaf size_of_family;
            "offsetFamily" "()I" => leaf offset_family;
            "offsetSin4Port" "()I" => leaf offset_v4_port;
            "offsetSin4Addr" "()I" => leaf offset_v4_address;
            "offsetSin6Port" "()I" => leaf offset_v6_port;
            "offsetSin6Addr" "()I" => leaf offset_v6_address;
            "offsetSin6ScopeId" "()I" => leaf offset_v6_scope;
            "offsetSin6FlowInfo" "()I" => leaf offset_v6_flow;
        }
    }
}
