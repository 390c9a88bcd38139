//! Natives of `java.net` that need no socket: addresses, names, network interfaces; the few of `sun.net`; and the
//! options of `jdk.net`.

pub(crate) mod addresses;
mod interfaces;
mod linux_options;
mod plain_datagram;
mod plain_socket;
mod resolve;

use crate::State;
use crate::java_io::nop;
use crate::state;
use vm::native::Retry;
use vm::{Handle, NativeMethod, Ref, Result, Thread, strings};

/// Whether Java uses IPv6: the machine has it, and `java.net.preferIPv4Stack` does not say no.
pub(crate) fn uses_ipv6(state: &State) -> bool {
    let setting =
        state.properties.iter().rev().find(|(name, _)| name == "java.net.preferIPv4Stack");
    let only_v4 = setting.is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"));
    !only_v4 && state.host.has_ipv6()
}

fn is_ipv6_supported(t: &Thread) -> Result<bool> {
    Ok(uses_ipv6(state(t)))
}

fn yes(_: &Thread) -> Result<bool, Retry> {
    Ok(true)
}

/// First of the ports that the system gives out; -1 if unknown.
fn lowest_port(t: &Thread) -> Result<i32> {
    Ok(state(t).host.local_ports().map_or(-1, |(low, _)| low.into()))
}

/// Last of the ports that the system gives out; -1 if unknown.
fn highest_port(t: &Thread) -> Result<i32> {
    Ok(state(t).host.local_ports().map_or(-1, |(_, high)| high.into()))
}

/// `DefaultProxySelector.init`: the desktop's settings are not read.
fn no_proxy_settings(_: &Thread) -> Result<bool, Retry> {
    Ok(false)
}

fn no_proxies(_: &Thread, _this: Ref, _protocol: Ref, _host: Ref) -> Result<Ref, Retry> {
    Ok(Ref::NULL)
}

/// `ResolverConfigurationImpl.fallbackDomain0`: what follows the first dot of this machine's name.
fn fallback_domain(t: &Thread) -> Result<Handle> {
    let name = state(t).host.host_name().unwrap_or_default();
    let domain = match name.split_once('.') {
        Some((_, domain)) => strings::new_from_utf8(t, domain)?,
        None => Ref::NULL,
    };
    Ok(t.handle(domain))
}

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = vm::natives! {
        "java/net/InetAddress" {
            "init" "()V" => leaf nop;
            "isIPv4Available" "()Z" => leaf yes;
            "isIPv6Supported" "()Z" => full is_ipv6_supported;
        }
        "java/net/Inet4Address" {
            "init" "()V" => leaf nop;
        }
        "java/net/Inet6Address" {
            "init" "()V" => leaf nop;
        }
        "java/net/DatagramPacket" {
            "init" "()V" => leaf nop;
        }
        "java/net/SocketInputStream" {
            "init" "()V" => leaf nop;
        }
        "java/net/SocketOutputStream" {
            "init" "()V" => leaf nop;
        }
        "java/net/PlainSocketImpl" {
            "initProto" "()V" => leaf nop;
        }
        "java/net/PlainDatagramSocketImpl" {
            "init" "()V" => leaf nop;
        }
        "java/net/AbstractPlainSocketImpl" {
            "isReusePortAvailable0" "()Z" => leaf yes;
        }
        "java/net/AbstractPlainDatagramSocketImpl" {
            "isReusePortAvailable0" "()Z" => leaf yes;
        }
        "java/net/InetAddressImplFactory" {
            "isIPv6Supported" "()Z" => full is_ipv6_supported;
        }
        "sun/net/PortConfig" {
            "getLower0" "()I" => full lowest_port;
            "getUpper0" "()I" => full highest_port;
        }
        "sun/net/spi/DefaultProxySelector" {
            "init" "()Z" => leaf no_proxy_settings;
            "getSystemProxies" "(Ljava/lang/String;Ljava/lang/String;)[Ljava/net/Proxy;" => leaf no_proxies;
        }
        "sun/net/dns/ResolverConfigurationImpl" {
            "fallbackDomain0" "()Ljava/lang/String;" => full fallback_domain;
        }
    };
    all.extend(plain_socket::natives());
    all.extend(plain_datagram::natives());
    all.extend(resolve::natives());
    all.extend(interfaces::natives());
    all.extend(linux_options::natives());
    all
}
