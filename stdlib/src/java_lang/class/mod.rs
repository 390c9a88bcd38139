//! `java.lang.Class`.

pub(super) mod basics;
pub(super) mod loading;
mod members;
mod nesting;

use super::support::nop;
use vm::NativeMethod;

pub(super) fn natives() -> Vec<NativeMethod> {
    let mut all = vm::natives! {
        "java/lang/Class" {
            "registerNatives" "()V" => leaf nop;
        }
    };
    all.extend(basics::natives());
    all.extend(loading::natives());
    all.extend(members::natives());
    all.extend(nesting::natives());
    all
}
