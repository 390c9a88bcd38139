//! Natives of `java.lang.invoke`: the VM's side of method handles.

use vm::invoke::{self, resolved_method};
use vm::link::resolve::constant_object;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, native::Retry, object};

/// The table.
pub fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/invoke/MethodHandleNatives" {
            "registerNatives" "()V" => leaf nop;
            "init" "(Ljava/lang/invoke/MemberName;Ljava/lang/Object;)V" => full init;
            "expand" "(Ljava/lang/invoke/MemberName;)V" => full expand;
            "resolve" "(Ljava/lang/invoke/MemberName;Ljava/lang/Class;IZ)Ljava/lang/invoke/MemberName;" => full resolve;
            "objectFieldOffset" "(Ljava/lang/invoke/MemberName;)J" => leaf field_offset;
            "staticFieldOffset" "(Ljava/lang/invoke/MemberName;)J" => leaf field_offset;
            "staticFieldBase" "(Ljava/lang/invoke/MemberName;)Ljava/lang/Object;" => leaf static_field_base;
            "getMemberVMInfo" "(Ljava/lang/invoke/MemberName;)Ljava/lang/Object;" => full member_vm_info;
            "setCallSiteTargetNormal" "(Ljava/lang/invoke/CallSite;Ljava/lang/invoke/MethodHandle;)V" => leaf set_target;
            "setCallSiteTargetVolatile" "(Ljava/lang/invoke/CallSite;Ljava/lang/invoke/MethodHandle;)V" => leaf set_target_volatile;
            "copyOutBootstrapArguments" "(Ljava/lang/Class;[III[Ljava/lang/Object;IZLjava/lang/Object;)V" => full copy_out_arguments;
            "clearCallSiteContext" "(Ljava/lang/invoke/MethodHandleNatives$CallSiteContext;)V" => leaf clear_context;
            "getNamedCon" "(I[Ljava/lang/Object;)I" => leaf named_con;
        }
        "java/lang/invoke/MethodHandle" {
            "invoke" "([Ljava/lang/Object;)Ljava/lang/Object;" => full reflective_invoke;
            "invokeExact" "([Ljava/lang/Object;)Ljava/lang/Object;" => full reflective_invoke_exact;
        }
    }
}

fn nop(_: &Thread) -> std::result::Result<(), Retry> {
    Ok(())
}

fn init(t: &Thread, member: Handle, target: Handle) -> Result<()> {
    if t.get(member).is_null() || t.get(target).is_null() {
        return Err(exceptions::throw(t, "java/lang/InternalError", "mname and target must not be null"));
    }
    invoke::init_from_reflection(t, member, target)
}

fn expand(t: &Thread, member: Handle) -> Result<()> {
    if t.get(member).is_null() {
        return Err(exceptions::throw(t, "java/lang/InternalError", "mname must not be null"));
    }
    invoke::expand(t, member)
}

fn resolve(
    t: &Thread,
    member: Handle,
    caller: Handle,
    _lookup_mode: i32,
    speculative: bool,
) -> Result<Handle> {
    let vm = t.vm();
    if t.get(member).is_null() {
        return Err(exceptions::throw(t, "java/lang/InternalError", "mname must not be null"));
    }
    let caller = t.get(caller);
    let caller = (!caller.is_null()).then(|| vm.mirror_class(caller));
    let found = invoke::resolve(t, member, caller, speculative)?;
    Ok(if found { member } else { t.handle(Ref::NULL) })
}

fn field_offset(t: &Thread, member: Ref) -> std::result::Result<i64, Retry> {
    let vm = t.vm();
    Ok(vm.get_u32(member, vm.known.mn_vmindex) as i64)
}

fn static_field_base(t: &Thread, member: Ref) -> std::result::Result<Ref, Retry> {
    let vm = t.vm();
    Ok(vm.get_ref(member, vm.known.mn_clazz))
}

/// `{vmindex, target}`: the target is the class of a field, the `MemberName` of a method.
fn member_vm_info(t: &Thread, member: Handle) -> Result<Handle> {
    let vm = t.vm();
    let index = vm.get_u32(t.get(member), vm.known.mn_vmindex) as i32 as i64;
    let array = t.handle(object::alloc_array(t, vm.known.object_array, 2)?);
    let index = object::box_value(t, vm::meta::BasicType::Long, index as u64)?;
    vm.set_element(t.get(array), 0, index);
    let member = t.get(member);
    let target = match resolved_method(vm, member) {
        Some(_) => member,
        None => vm.get_ref(member, vm.known.mn_clazz),
    };
    vm.set_element(t.get(array), 1, target);
    Ok(array)
}

fn set_target(t: &Thread, site: Ref, target: Ref) -> std::result::Result<(), Retry> {
    let vm = t.vm();
    vm.set_ref(site, vm.known.call_site_target, target);
    Ok(())
}

fn set_target_volatile(t: &Thread, site: Ref, target: Ref) -> std::result::Result<(), Retry> {
    let done = set_target(t, site, target);
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
    done
}

/// Compiled code that depends on a call site's target would be dropped here; the interpreter has none.
fn clear_context(_: &Thread, _context: Ref) -> std::result::Result<(), Retry> {
    Ok(())
}

/// Names for a self-test of the library's constants; this VM has no others than the library.
fn named_con(_: &Thread, _which: i32, _names: Ref) -> std::result::Result<i32, Retry> {
    Ok(0)
}

/// Static arguments `start..end` of a bootstrap specifier, which the library asks for piecewise.
/// `info` is `{argument count, constant pool index}`; indices below 0 ask for the parts of the specifier.
#[allow(clippy::too_many_arguments, reason = "the native's own parameters")]
fn copy_out_arguments(
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
    let class = vm.mirror_class(t.get(caller));
    let at = gc::ARRAY_DATA_OFFSET as u32;
    let cp = vm.get_u32(t.get(info), at + 4) as u16;
    for (i, index) in (start..end).enumerate() {
        let Some(entry) = invoke::bootstrap_argument(vm, class, cp, index) else {
            let msg = format!("bad argument index {index}");
            return Err(exceptions::throw(t, "java/lang/InternalError", &msg));
        };
        let value = match resolve {
            true => constant_object(t, class, entry)?,
            false => t.get(if_not_available),
        };
        vm.set_element(t.get(buffer), position as usize + i, value);
    }
    Ok(())
}

fn not_reflectively(t: &Thread, name: &str) -> vm::Thrown {
    let msg = format!("MethodHandle.{name} cannot be invoked reflectively");
    exceptions::throw(t, "java/lang/UnsupportedOperationException", &msg)
}

fn reflective_invoke(t: &Thread, _handle: Handle, _args: Handle) -> Result<Handle> {
    Err(not_reflectively(t, "invoke"))
}

fn reflective_invoke_exact(t: &Thread, _handle: Handle, _args: Handle) -> Result<Handle> {
    Err(not_reflectively(t, "invokeExact"))
}
