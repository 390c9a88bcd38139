//! `java.security.AccessController`: protection domains on the stack.

use super::support::{Leaf, class_of_mirror, field_offset};
use vm::meta::BasicType;
use vm::native::Retry;
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, Vm, backtrace, link, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/security/AccessController" {
            "getStackAccessControlContext" "()Ljava/security/AccessControlContext;" => full stack_context;
            "getInheritedAccessControlContext" "()Ljava/security/AccessControlContext;" =>
                leaf inherited_context;
            "getProtectionDomain" "(Ljava/lang/Class;)Ljava/security/ProtectionDomain;" =>
                full get_protection_domain;
            "ensureMaterializedForStackWalk" "(Ljava/lang/Object;)V" => leaf ensure_materialized;
        }
    }
}

/// What a walk of the stack has found.
#[derive(Default)]
struct Found {
    /// Neighbours differ; null is left out.
    domains: Vec<Handle>,
    privileged: bool,
    /// The context of the privileged call, if any.
    context: Option<Handle>,
}

fn domain(vm: &Vm, class: ClassId) -> Ref {
    vm.get_ref(vm.mirror(class), vm.known.class_protection_domain)
}

/// The domains of the frames down to the nearest privileged call. Of `executePrivileged`, whose
/// arguments are the action, the context and the calling class, the caller's domain counts.
fn walk(t: &Thread) -> Found {
    let vm = t.vm();
    let mut found = Found::default();
    let mut previous = Ref::NULL;
    for f in backtrace::frames(t) {
        let m = vm.method(f.method);
        let class = vm.class(m.class);
        let marks = vm.bytes(m.name) == b"executePrivileged"
            && vm.bytes(class.name) == b"java/security/AccessController";
        let mut of = m.class;
        if marks {
            found.privileged = true;
            let context = Ref::from_bits(f.frame.local(1) as u32);
            if !context.is_null() {
                found.context = Some(t.handle(context));
            }
            let caller = Ref::from_bits(f.frame.local(2) as u32);
            if !caller.is_null() {
                of = vm.mirror_class(caller);
            }
        }
        let d = domain(vm, of);
        if !d.is_null() && d != previous {
            found.domains.push(t.handle(d));
            previous = d;
        }
        if marks {
            break;
        }
    }
    found
}

/// Null if all code on the stack is the system's and the call that bounds it gave no context.
fn stack_context(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let found = walk(t);
    if found.domains.is_empty() && found.privileged && found.context.is_none() {
        return Ok(Ref::NULL);
    }
    let mut array = None;
    if !found.domains.is_empty() {
        let component = link::class_by_name(t, "java/security/ProtectionDomain")?;
        let a = t.handle(object::alloc_ref_array(t, component, found.domains.len())?);
        for (i, &d) in found.domains.iter().enumerate() {
            vm.set_element(t.get(a), i, t.get(d));
        }
        array = Some(a);
    }
    let class = link::class_by_name(t, "java/security/AccessControlContext")?;
    link::init::init_class(t, class)?;
    let made = t.handle(object::alloc_instance(t, class)?);
    let set = |name: &str, descriptor: &str, value: Option<Handle>| -> Result<()> {
        let at = field_offset(t, class, name, descriptor)?;
        vm.set_ref(t.get(made), at, value.map_or(Ref::NULL, |v| t.get(v)));
        Ok(())
    };
    set("context", "[Ljava/security/ProtectionDomain;", array)?;
    set("privilegedContext", "Ljava/security/AccessControlContext;", found.context)?;
    for (name, on) in [("isPrivileged", found.privileged), ("isAuthorized", true)] {
        let at = field_offset(t, class, name, "Z")?;
        object::store(vm, BasicType::Boolean, t.get(made).offset() + at as usize, u64::from(on));
    }
    Ok(t.get(made))
}

fn inherited_context(t: &Thread) -> Leaf<Ref> {
    let vm = t.vm();
    let thread = t.java_thread.get();
    if thread.is_null() || vm.known.thread_inherited_acc == 0 {
        return Ok(Ref::NULL);
    }
    Ok(vm.get_ref(thread, vm.known.thread_inherited_acc))
}

fn get_protection_domain(t: &Thread, class: Handle) -> Result<Ref> {
    if t.get(class).is_null() {
        return Ok(Ref::NULL);
    }
    Ok(domain(t.vm(), class_of_mirror(t, class)?))
}

/// Locals of interpreter frames are always there.
fn ensure_materialized(_: &Thread, _object: Ref) -> std::result::Result<(), Retry> {
    Ok(())
}
