//! `Inet4AddressImpl` and `Inet6AddressImpl`: names and addresses of hosts.

use super::addresses;
use crate::host::{AddressFamily, ResolvedAddress};
use crate::java_io::descriptor::look;
use crate::state;
use std::time::Duration;
use vm::{Handle, NativeMethod, Result, Thread, exceptions, link, object, strings};

/// Values of `InetAddress.preferIPv6Address`.
mod prefer {
    pub(super) const V4: u32 = 0;
    pub(super) const V6: u32 = 1;
}

/// Bits of `InetAddressResolver.LookupPolicy`, in JDK 25.
mod policy {
    pub(super) const V4: i32 = 1 << 0;
    pub(super) const V6: i32 = 1 << 1;
    pub(super) const V4_FIRST: i32 = 1 << 2;
    pub(super) const V6_FIRST: i32 = 1 << 3;
}

const UNKNOWN_HOST: &str = "java/net/UnknownHostException";

/// The addresses of a host, as an `InetAddress[]`.
fn lookup(
    t: &Thread,
    host: Handle,
    family: AddressFamily,
    arrange: impl FnOnce(&mut Vec<ResolvedAddress>),
) -> Result<Handle> {
    if t.get(host).is_null() {
        let class = "java/lang/NullPointerException";
        return Err(exceptions::throw(t, class, "host argument is null"));
    }
    let name = strings::to_rust(t.vm(), t.get(host));
    let resolver = &*state(t).host;
    let mut found = match look(t, || resolver.resolve(&name, family)) {
        Ok(found) => found,
        Err(error) => {
            return Err(exceptions::throw(t, UNKNOWN_HOST, &format!("{name}: {error}")));
        }
    };
    arrange(&mut found);
    let class = link::class_by_name(t, "java/net/InetAddress")?;
    let array = t.handle(object::alloc_ref_array(t, class, found.len())?);
    for (i, it) in found.iter().enumerate() {
        let made = t.scope(|| addresses::new(t, Some(host), it.address, it.scope_id))?;
        t.vm().set_element(t.get(array), i, made);
    }
    Ok(array)
}

fn lookup_v4(t: &Thread, _this: Handle, host: Handle) -> Result<Handle> {
    lookup(t, host, AddressFamily::V4, |_| {})
}

fn lookup_all(t: &Thread, _this: Handle, host: Handle) -> Result<Handle> {
    let at = state(t).io.offsets.prefer_ipv6(t)?;
    let class = link::class_by_name(t, "java/net/InetAddress")?;
    let preferred = t.vm().get_u32(t.vm().mirror(class), at);
    lookup(t, host, AddressFamily::Any, |found| match preferred {
        prefer::V4 => found.sort_by_key(|it| it.address.is_ipv6()),
        prefer::V6 => found.sort_by_key(|it| it.address.is_ipv4()),
        _ => {}
    })
}

/// `lookupAllHostAddr` of JDK 25, which says itself what it wants.
fn lookup_by_policy(t: &Thread, _this: Handle, host: Handle, wanted: i32) -> Result<Handle> {
    let family = match wanted & (policy::V4 | policy::V6) {
        policy::V4 => AddressFamily::V4,
        policy::V6 => AddressFamily::V6,
        _ => AddressFamily::Any,
    };
    lookup(t, host, family, |found| match wanted & (policy::V4_FIRST | policy::V6_FIRST) {
        policy::V4_FIRST => found.sort_by_key(|it| it.address.is_ipv6()),
        policy::V6_FIRST => found.sort_by_key(|it| it.address.is_ipv4()),
        _ => {}
    })
}

fn local_host_name(t: &Thread, _this: Handle) -> Result<Handle> {
    let name = state(t).host.host_name().unwrap_or_else(|_| "localhost".into());
    Ok(t.handle(strings::new_from_utf8(t, &name)?))
}

fn host_by_address(t: &Thread, _this: Handle, address: Handle) -> Result<Handle> {
    let address = addresses::from_array(t, address)?;
    let resolver = &*state(t).host;
    match look(t, || resolver.reverse_lookup(address)) {
        Ok(name) => Ok(t.handle(strings::new_from_utf8(t, &name)?)),
        Err(_) => Err(exceptions::throw_bare(t, UNKNOWN_HOST)),
    }
}

fn is_reachable(t: &Thread, address: Handle, scope: u32, millis: i32) -> Result<bool> {
    let address = addresses::from_array(t, address)?;
    let timeout = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    let host = &*state(t).host;
    Ok(look(t, || host.is_reachable(address, scope, timeout)))
}

fn is_reachable_v4(
    t: &Thread,
    _this: Handle,
    address: Handle,
    millis: i32,
    _from: Handle,
    _hops: i32,
) -> Result<bool> {
    is_reachable(t, address, 0, millis)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn is_reachable_v6(
    t: &Thread,
    _this: Handle,
    address: Handle,
    scope: i32,
    millis: i32,
    _from: Handle,
    _hops: i32,
    _from_scope: i32,
) -> Result<bool> {
    is_reachable(t, address, u32::try_from(scope).unwrap_or(0), millis)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/net/Inet4AddressImpl" {
            "getLocalHostName" "()Ljava/lang/String;" => full local_host_name;
            "lookupAllHostAddr" "(Ljava/lang/String;)[Ljava/net/InetAddress;" => full lookup_v4;
            "getHostByAddr" "([B)Ljava/lang/String;" => full host_by_address;
            "isReachable0" "([BI[BI)Z" => full is_reachable_v4;
        }
        "java/net/Inet6AddressImpl" {
            "getLocalHostName" "()Ljava/lang/String;" => full local_host_name;
            "lookupAllHostAddr" "(Ljava/lang/String;)[Ljava/net/InetAddress;" => full lookup_all;
            "lookupAllHostAddr" "(Ljava/lang/String;I)[Ljava/net/InetAddress;" => full lookup_by_policy;
            "getHostByAddr" "([B)Ljava/lang/String;" => full host_by_address;
            "isReachable0" "([BII[BII)Z" => full is_reachable_v6;
        }
    }
}
