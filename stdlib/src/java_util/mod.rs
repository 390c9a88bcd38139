//! Natives of `java.util` and the packages below it that have no module of their own.

mod prefs;

use crate::host::TimeZoneSource;
use crate::java_lang::support::{string, yes};
use crate::state;
use vm::{Handle, NativeMethod, Ref, Result, Thread};

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = vm::natives! {
        "java/util/TimeZone" {
            "getSystemTimeZoneID" "(Ljava/lang/String;)Ljava/lang/String;" => full get_system_time_zone;
            "getSystemGMTOffsetID" "()Ljava/lang/String;" => full get_system_gmt_offset;
        }
        "java/util/concurrent/atomic/AtomicLong" {
            "VMSupportsCS8" "()Z" => leaf yes;
        }
    };
    all.extend(prefs::natives());
    all
}

fn get_system_time_zone(t: &Thread, _java_home: Handle) -> Result<Ref> {
    let source = match t.vm().config.release {
        ..25 => TimeZoneSource::TimezoneFile,
        _ => TimeZoneSource::LocaltimeOnly,
    };
    match state(t).host.time_zone_id(source) {
        Some(id) => string(t, &id),
        None => Ok(Ref::NULL),
    }
}

/// Only asked for where the host knows no time zone.
fn get_system_gmt_offset(t: &Thread) -> Result<Ref> {
    let minutes = crate::state(t).host.utc_offset_seconds() / 60;
    if minutes == 0 {
        return string(t, "GMT");
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    string(t, &format!("GMT{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60))
}
