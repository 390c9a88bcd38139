//! `jdk.internal.reflect`: callers, access flags, calls by reflection.

use crate::java_lang::support::{class_of_mirror, mirror_or_null};
use crate::java_lang_reflect::invoke;
use vm::link::access;
use vm::{Handle, NativeMethod, Ref, Result, Thread, backtrace};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/reflect/Reflection" {
            "getCallerClass" "()Ljava/lang/Class;" => full get_caller_class;
            "getClassAccessFlags" "(Ljava/lang/Class;)I" => full get_class_access_flags;
            "areNestMates" "(Ljava/lang/Class;Ljava/lang/Class;)Z" => full are_nest_mates;
        }
        "jdk/internal/reflect/NativeMethodAccessorImpl" {
            "invoke0" "(Ljava/lang/reflect/Method;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;" =>
                full invoke::invoke;
        }
        "jdk/internal/reflect/NativeConstructorAccessorImpl" {
            "newInstance0" "(Ljava/lang/reflect/Constructor;[Ljava/lang/Object;)Ljava/lang/Object;" =>
                full invoke::new_instance;
        }
        "jdk/internal/reflect/DirectMethodHandleAccessor$NativeAccessor" {
            "invoke0" "(Ljava/lang/reflect/Method;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;" =>
                full invoke::invoke;
        }
        "jdk/internal/reflect/DirectConstructorHandleAccessor$NativeAccessor" {
            "newInstance0" "(Ljava/lang/reflect/Constructor;[Ljava/lang/Object;)Ljava/lang/Object;" =>
                full invoke::new_instance;
        }
    }
}

fn get_caller_class(t: &Thread) -> Result<Ref> {
    let class = backtrace::caller_class(t)?;
    Ok(mirror_or_null(t.vm(), class))
}

fn get_class_access_flags(t: &Thread, class: Handle) -> Result<i32> {
    let class = class_of_mirror(t, class)?;
    // As the class file has them, `ACC_SUPER` aside.
    Ok(i32::from(t.vm().class(class).access & !0x0020))
}

fn are_nest_mates(t: &Thread, a: Handle, b: Handle) -> Result<bool> {
    let (a, b) = (class_of_mirror(t, a)?, class_of_mirror(t, b)?);
    Ok(access::nest_host(t, a)? == access::nest_host(t, b)?)
}
