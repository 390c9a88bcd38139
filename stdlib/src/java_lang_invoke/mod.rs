//! Natives of `java.lang.invoke`; the work is in `vm::invoke`.

use crate::java_lang::support::{Leaf, class_of_mirror, non_null, nop};
use vm::invoke::{self, mn_flags};
use vm::meta::BasicType;
use vm::{Handle, NativeMethod, Ref, Result, Thread, Thrown, exceptions, object};

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = vm::natives! {
        "java/lang/invoke/MethodHandleNatives" {
            "registerNatives" "()V" => leaf nop;
            "init" "(Ljava/lang/invoke/MemberName;Ljava/lang/Object;)V" => full init;
            "expand" "(Ljava/lang/invoke/MemberName;)V" => full expand;
            "resolve" "(Ljava/lang/invoke/MemberName;Ljava/lang/Class;IZ)Ljava/lang/invoke/MemberName;" =>
                full resolve;
            "objectFieldOffset" "(Ljava/lang/invoke/MemberName;)J" => full object_field_offset;
            "staticFieldOffset" "(Ljava/lang/invoke/MemberName;)J" => full static_field_offset;
            "staticFieldBase" "(Ljava/lang/invoke/MemberName;)Ljava/lang/Object;" => full static_field_base;
            "getMemberVMInfo" "(Ljava/lang/invoke/MemberName;)Ljava/lang/Object;" => full get_member_vm_info;
            "copyOutBootstrapArguments" "(Ljava/lang/Class;[III[Ljava/lang/Object;IZLjava/lang/Object;)V" =>
                full copy_out_bootstrap_arguments;
            "getNamedCon" "(I[Ljava/lang/Object;)I" => leaf get_named_con;
            "setCallSiteTargetNormal" "(Ljava/lang/invoke/CallSite;Ljava/lang/invoke/MethodHandle;)V" =>
                leaf set_call_site_target;
            "setCallSiteTargetVolatile" "(Ljava/lang/invoke/CallSite;Ljava/lang/invoke/MethodHandle;)V" =>
                leaf set_call_site_target_volatile;
            "clearCallSiteContext" "(Ljava/lang/invoke/MethodHandleNatives$CallSiteContext;)V" =>
                leaf clear_call_site_context;
        }
        "java/lang/invoke/LambdaProxyClassArchive" {
            "addToArchive" "(Ljava/lang/Class;Ljava/lang/String;Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MemberName;Ljava/lang/invoke/MethodType;Ljava/lang/Class;)V" =>
                leaf add_to_archive;
            "findFromArchive" "(Ljava/lang/Class;Ljava/lang/String;Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MemberName;Ljava/lang/invoke/MethodType;)Ljava/lang/Class;" =>
                leaf find_from_archive;
        }
        "java/lang/invoke/MethodHandle" {
            "invoke" "([Ljava/lang/Object;)Ljava/lang/Object;" => full invoke_reflectively;
            "invokeExact" "([Ljava/lang/Object;)Ljava/lang/Object;" => full invoke_exact_reflectively;
        }
    };
    for &name in ACCESS_MODES {
        let class = "java/lang/invoke/VarHandle";
        all.push(match name {
            "set" | "setVolatile" | "setRelease" | "setOpaque" => {
                NativeMethod::full(class, name, "([Ljava/lang/Object;)V", access_void)
            }
            n if n.ends_with("AndSet") && n != "getAndSet" || n.starts_with("weak") => {
                NativeMethod::full(class, name, "([Ljava/lang/Object;)Z", access_boolean)
            }
            _ => NativeMethod::full(
                class,
                name,
                "([Ljava/lang/Object;)Ljava/lang/Object;",
                access_object,
            ),
        });
    }
    all
}

/// The access modes of `VarHandle`, each a signature-polymorphic method.
const ACCESS_MODES: &[&str] = &[
    "get",
    "set",
    "getVolatile",
    "setVolatile",
    "getOpaque",
    "setOpaque",
    "getAcquire",
    "setRelease",
    "compareAndSet",
    "compareAndExchange",
    "compareAndExchangeAcquire",
    "compareAndExchangeRelease",
    "weakCompareAndSetPlain",
    "weakCompareAndSet",
    "weakCompareAndSetAcquire",
    "weakCompareAndSetRelease",
    "getAndSet",
    "getAndSetAcquire",
    "getAndSetRelease",
    "getAndAdd",
    "getAndAddAcquire",
    "getAndAddRelease",
    "getAndBitwiseOr",
    "getAndBitwiseOrAcquire",
    "getAndBitwiseOrRelease",
    "getAndBitwiseAnd",
    "getAndBitwiseAndAcquire",
    "getAndBitwiseAndRelease",
    "getAndBitwiseXor",
    "getAndBitwiseXorAcquire",
    "getAndBitwiseXorRelease",
];

#[cold]
fn unsupported(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/lang/UnsupportedOperationException", message)
}

fn invoke_reflectively(t: &Thread, _: Handle, _: Handle) -> Result<Ref> {
    Err(unsupported(t, "MethodHandle.invoke cannot be invoked reflectively"))
}

fn invoke_exact_reflectively(t: &Thread, _: Handle, _: Handle) -> Result<Ref> {
    Err(unsupported(t, "MethodHandle.invokeExact cannot be invoked reflectively"))
}

const VAR_HANDLE: &str = "VarHandle access mode methods cannot be invoked reflectively";

fn access_object(t: &Thread, _: Handle, _: Handle) -> Result<Ref> {
    Err(unsupported(t, VAR_HANDLE))
}

fn access_void(t: &Thread, _: Handle, _: Handle) -> Result<()> {
    Err(unsupported(t, VAR_HANDLE))
}

fn access_boolean(t: &Thread, _: Handle, _: Handle) -> Result<bool> {
    Err(unsupported(t, VAR_HANDLE))
}

#[cold]
fn internal(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/lang/InternalError", message)
}

fn init(t: &Thread, member: Handle, target: Handle) -> Result<()> {
    if t.get(member).is_null() {
        return Err(internal(t, "mname not resolved"));
    }
    if t.get(target).is_null() {
        return Err(internal(t, "no target"));
    }
    invoke::init_from_reflection(t, member, target)
}

fn expand(t: &Thread, member: Handle) -> Result<()> {
    if t.get(member).is_null() {
        return Err(internal(t, "mname not resolved"));
    }
    invoke::expand(t, member)
}

fn resolve(
    t: &Thread,
    member: Handle,
    caller: Handle,
    _lookup_mode: i32,
    speculative: bool,
) -> Result<Ref> {
    if t.get(member).is_null() {
        return Err(internal(t, "mname not resolved"));
    }
    let caller = match t.get(caller).is_null() {
        true => None,
        false => Some(class_of_mirror(t, caller)?),
    };
    let resolved = invoke::resolve(t, member, caller, speculative)?;
    Ok(if resolved { t.get(member) } else { Ref::NULL })
}

/// Offset and holder's mirror of a resolved field.
fn field(t: &Thread, member: Handle, is_static: bool) -> Result<(i64, Ref)> {
    let vm = t.vm();
    let k = &vm.known;
    let r = non_null(t, member)?;
    let flags = vm.get_u32(r, k.mn_flags);
    let clazz = vm.get_ref(r, k.mn_clazz);
    let fits = flags & mn_flags::FIELD != 0 && (flags & 0x0008 != 0) == is_static;
    if !fits || clazz.is_null() {
        let msg = if is_static { "static field required" } else { "non-static field required" };
        return Err(internal(t, msg));
    }
    Ok((i64::from(vm.get_u32(r, k.mn_vmindex)), clazz))
}

fn object_field_offset(t: &Thread, member: Handle) -> Result<i64> {
    field(t, member, false).map(|f| f.0)
}

fn static_field_offset(t: &Thread, member: Handle) -> Result<i64> {
    field(t, member, true).map(|f| f.0)
}

fn static_field_base(t: &Thread, member: Handle) -> Result<Ref> {
    field(t, member, true).map(|f| f.1)
}

/// `{vmindex, target}`: the holder's class for a field, the name itself for a method.
fn get_member_vm_info(t: &Thread, member: Handle) -> Result<Ref> {
    let vm = t.vm();
    let k = &vm.known;
    let r = non_null(t, member)?;
    let is_field = vm.get_u32(r, k.mn_flags) & mn_flags::FIELD != 0;
    let index = i64::from(vm.get_u32(r, k.mn_vmindex) as i32);
    let array = t.handle(object::alloc_array(t, k.object_array, 2)?);
    let index = object::box_value(t, BasicType::Long, index as u64)?;
    vm.set_element(t.get(array), 0, index);
    let r = t.get(member);
    let target = if is_field { vm.get_ref(r, k.mn_clazz) } else { r };
    vm.set_element(t.get(array), 1, target);
    Ok(t.get(array))
}

/// Static arguments `start..end` of a bootstrap specifier, which the library asks for piecewise.
/// `info` is `{argument count, constant pool index}`.
#[allow(clippy::too_many_arguments, reason = "the native's own parameters")]
fn copy_out_bootstrap_arguments(
    t: &Thread,
    caller: Handle,
    info: Handle,
    start: i32,
    end: i32,
    buffer: Handle,
    position: i32,
    resolve: bool,
    if_not_available: Handle,
) -> Result<()> {
    let vm = t.vm();
    let class = class_of_mirror(t, caller)?;
    non_null(t, info)?;
    non_null(t, buffer)?;
    let cp = vm.get_u32(t.get(info), gc::ARRAY_DATA_OFFSET as u32 + 4) as u16;
    for (i, index) in (start..end).enumerate() {
        let Some(entry) = vm::invoke::bootstrap_argument(vm, class, cp, index) else {
            let msg = format!("bad argument index {index}");
            return Err(vm::exceptions::throw(t, "java/lang/InternalError", &msg));
        };
        let value = match resolve {
            true => vm::link::resolve::constant_object(t, class, entry)?,
            false => t.get(if_not_available),
        };
        let to = position as usize + i;
        if to >= vm.array_len(t.get(buffer)) {
            return Err(vm::exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
        }
        vm.set_element(t.get(buffer), to, value);
    }
    Ok(())
}

/// Constants to compare with Java's: HotSpot has them in builds for debugging only.
fn get_named_con(_: &Thread, _which: i32, _name: Ref) -> Leaf<i32> {
    Ok(0)
}

fn set_call_site_target(t: &Thread, site: Ref, target: Ref) -> Leaf<()> {
    let vm = t.vm();
    vm.set_ref(site, vm.known.call_site_target, target);
    Ok(())
}

fn set_call_site_target_volatile(t: &Thread, site: Ref, target: Ref) -> Leaf<()> {
    use std::sync::atomic::{Ordering, fence};
    fence(Ordering::SeqCst);
    set_call_site_target(t, site, target)?;
    fence(Ordering::SeqCst);
    Ok(())
}

/// No compiled code depends on a call site's target yet.
fn clear_call_site_context(_: &Thread, _context: Ref) -> Leaf<()> {
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "the native's own signature")]
fn add_to_archive(_: &Thread, _: Ref, _: Ref, _: Ref, _: Ref, _: Ref, _: Ref, _: Ref) -> Leaf<()> {
    Ok(())
}

fn find_from_archive(_: &Thread, _: Ref, _: Ref, _: Ref, _: Ref, _: Ref, _: Ref) -> Leaf<Ref> {
    Ok(Ref::NULL)
}
