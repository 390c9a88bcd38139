//! `jdk.net.LinuxSocketOptions`: options of sockets that only Linux has.

use crate::host::Errno;
use crate::java_io::descriptor::with;
use crate::sun_nio::net_errors;
use vm::native::Retry;
use vm::{NativeMethod, Result, Thread, Thrown, exceptions};

/// Identifier of the queue that a connection's packets come through; `libc` does not name it.
const SO_INCOMING_NAPI_ID: i32 = 56;

#[cold]
fn thrown(t: &Thread, error: Errno) -> Thrown {
    match error.0 {
        libc::ENOPROTOOPT | libc::EOPNOTSUPP => {
            let class = "java/lang/UnsupportedOperationException";
            exceptions::throw(t, class, "unsupported socket option")
        }
        _ => net_errors::socket(t, error),
    }
}

fn get(t: &Thread, n: i32, level: i32, name: i32) -> Result<i32> {
    let mut value = [0; 4];
    let got = with(t, n, |host, fd| host.socket_option(fd, level, name, &mut value));
    got.map_err(|error| thrown(t, error))?;
    Ok(i32::from_ne_bytes(value))
}

fn set(t: &Thread, n: i32, level: i32, name: i32, value: i32) -> Result<()> {
    let bytes = value.to_ne_bytes();
    let done = with(t, n, |host, fd| host.set_socket_option(fd, level, name, &bytes));
    done.map_err(|error| thrown(t, error))
}

macro_rules! tcp_options {
    ($($get:ident $set:ident = $name:ident;)*) => {$(
        fn $get(t: &Thread, n: i32) -> Result<i32> {
            get(t, n, libc::IPPROTO_TCP, libc::$name)
        }

        fn $set(t: &Thread, n: i32, value: i32) -> Result<()> {
            set(t, n, libc::IPPROTO_TCP, libc::$name, value)
        }
    )*};
}
tcp_options! {
    probes set_probes = TCP_KEEPCNT;
    idle set_idle = TCP_KEEPIDLE;
    interval set_interval = TCP_KEEPINTVL;
}

fn quick_ack(t: &Thread, n: i32) -> Result<bool> {
    Ok(get(t, n, libc::IPPROTO_TCP, libc::TCP_QUICKACK)? != 0)
}

fn set_quick_ack(t: &Thread, n: i32, on: bool) -> Result<()> {
    set(t, n, libc::IPPROTO_TCP, libc::TCP_QUICKACK, on.into())
}

fn napi_id(t: &Thread, n: i32) -> Result<i32> {
    get(t, n, libc::SOL_SOCKET, SO_INCOMING_NAPI_ID)
}

/// `getSoPeerCred0`: the user in the high half, the group in the low one.
fn peer_credentials(t: &Thread, n: i32) -> Result<i64> {
    let mut value = [0; size_of::<libc::ucred>()];
    let (level, name) = (libc::SOL_SOCKET, libc::SO_PEERCRED);
    let got = with(t, n, |host, fd| host.socket_option(fd, level, name, &mut value));
    got.map_err(|error| thrown(t, error))?;
    let word = |at: usize| {
        let bytes = [value[at], value[at + 1], value[at + 2], value[at + 3]];
        u32::from_ne_bytes(bytes)
    };
    let uid = word(std::mem::offset_of!(libc::ucred, uid));
    let gid = word(std::mem::offset_of!(libc::ucred, gid));
    Ok((u64::from(uid) << 32 | u64::from(gid)) as i64)
}

/// Keeps packets from being cut up on their way.
fn set_dont_fragment(t: &Thread, n: i32, on: bool, v6: bool) -> Result<()> {
    let v4 = if on { libc::IP_PMTUDISC_DO } else { libc::IP_PMTUDISC_DONT };
    set(t, n, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, v4)?;
    if v6 {
        let v6 = if on { libc::IPV6_PMTUDISC_DO } else { libc::IPV6_PMTUDISC_DONT };
        set(t, n, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, v6)?;
    }
    Ok(())
}

fn dont_fragment(t: &Thread, n: i32, _v6: bool) -> Result<bool> {
    Ok(get(t, n, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER)? == libc::IP_PMTUDISC_DO)
}

fn supported(_: &Thread) -> Result<bool, Retry> {
    Ok(true)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/net/LinuxSocketOptions" {
            "keepAliveOptionsSupported0" "()Z" => leaf supported;
            "quickAckSupported0" "()Z" => leaf supported;
            "incomingNapiIdSupported0" "()Z" => leaf supported;
            "getTcpKeepAliveProbes0" "(I)I" => full probes;
            "setTcpKeepAliveProbes0" "(II)V" => full set_probes;
            "getTcpKeepAliveTime0" "(I)I" => full idle;
            "setTcpKeepAliveTime0" "(II)V" => full set_idle;
            "getTcpKeepAliveIntvl0" "(I)I" => full interval;
            "setTcpKeepAliveIntvl0" "(II)V" => full set_interval;
            "getQuickAck0" "(I)Z" => full quick_ack;
            "setQuickAck0" "(IZ)V" => full set_quick_ack;
            "getIncomingNapiId0" "(I)I" => full napi_id;
            "getSoPeerCred0" "(I)J" => full peer_credentials;
            "setIpDontFragment0" "(IZZ)V" => full set_dont_fragment;
            "getIpDontFragment0" "(IZ)Z" => full dont_fragment;
        }
    }
}
