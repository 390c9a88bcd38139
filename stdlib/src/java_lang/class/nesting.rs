//! Where a class was declared, its nest, its permitted subclasses, and raw attributes.

use crate::java_lang::support::{bytes_or_null, class_array, class_of_mirror, mirror_or_null};
use vm::link::view::{self, ConstantView, class_attribute};
use vm::link::{access, is_subclass, load_class, resolve};
use vm::{
    ClassId, Handle, NativeMethod, Ref, Result, Thread, Thrown, Vm, exceptions, link, object,
    strings,
};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Class" {
            "getDeclaringClass0" "()Ljava/lang/Class;" => full get_declaring_class;
            "getSimpleBinaryName0" "()Ljava/lang/String;" => full get_simple_binary_name;
            "getEnclosingMethod0" "()[Ljava/lang/Object;" => full get_enclosing_method;
            "getDeclaredClasses0" "()[Ljava/lang/Class;" => full get_declared_classes;
            "getNestHost0" "()Ljava/lang/Class;" => full get_nest_host;
            "getNestMembers0" "()[Ljava/lang/Class;" => full get_nest_members;
            "getPermittedSubclasses0" "()[Ljava/lang/Class;" => full get_permitted_subclasses;
            "getGenericSignature0" "()Ljava/lang/String;" => full get_generic_signature;
            "getRawAnnotations" "()[B" => full get_raw_annotations;
            "getRawTypeAnnotations" "()[B" => full get_raw_type_annotations;
            "getConstantPool" "()Ljdk/internal/reflect/ConstantPool;" => full get_constant_pool;
        }
    }
}

fn u2(b: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([b[at], b[at + 1]])
}

/// Whether the class has a class file of its own.
fn has_file(vm: &Vm, class: ClassId) -> bool {
    !ConstantView::new(vm, class).is_empty()
}

/// The row of `InnerClasses` that is about the class itself (JVMS 4.7.6).
fn own_row(vm: &Vm, class: ClassId) -> Option<(u16, u16, u16, u16)> {
    if !has_file(vm, class) {
        return None;
    }
    let view = ConstantView::new(vm, class);
    let name = declared_name(vm, class);
    view::inner_classes(vm, class)
        .into_iter()
        .find(|r| r.0 != 0 && view.class_name_bytes(r.0) == name)
}

/// The name that the class has in its own constant pool (a hidden class's without suffix).
fn declared_name(vm: &Vm, class: ClassId) -> &[u8] {
    let record = vm.class(class);
    let name = vm.bytes(record.name);
    match name.iter().rposition(|&b| b == b'+') {
        Some(at) if record.is_hidden() => &name[..at],
        _ => name,
    }
}

fn get_declaring_class(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    Ok(mirror_or_null(vm, declaring_class(t, class)?))
}

/// The class of which this one is a member; none for a top-level, local or anonymous class.
fn declaring_class(t: &Thread, class: ClassId) -> Result<ClassId> {
    let vm = t.vm();
    let Some((inner, outer, ..)) = own_row(vm, class).filter(|r| r.1 != 0) else {
        return Ok(ClassId::NONE);
    };
    let outer_class = resolve::resolve_class(t, class, outer)?;
    check_agrees(t, outer_class, class, inner)?;
    Ok(outer_class)
}

/// Both classes must say that one is a member of the other.
fn check_agrees(t: &Thread, outer: ClassId, inner: ClassId, _cp: u16) -> Result<()> {
    let vm = t.vm();
    let view = ConstantView::new(vm, outer);
    let (name, outer_name) = (declared_name(vm, inner), declared_name(vm, outer));
    let listed = has_file(vm, outer)
        && view::inner_classes(vm, outer).into_iter().any(|r| {
            r.0 != 0
                && r.1 != 0
                && view.class_name_bytes(r.0) == name
                && view.class_name_bytes(r.1) == outer_name
        });
    if listed {
        return Ok(());
    }
    let msg = format!(
        "{} and {} disagree on InnerClasses attribute",
        vm.external_name(outer),
        vm.external_name(inner)
    );
    Err(exceptions::throw(t, "java/lang/IncompatibleClassChangeError", &msg))
}

fn get_simple_binary_name(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    match own_row(vm, class).filter(|r| r.2 != 0) {
        Some((_, _, name, _)) => {
            let symbol = ConstantView::new(vm, class).symbol(name);
            strings::intern_symbol(t, symbol)
        }
        None => Ok(Ref::NULL),
    }
}

/// `{class, name, descriptor}` of the immediately enclosing method (JVMS 4.7.7).
fn get_enclosing_method(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let Some(data) = class_attribute(vm, class, "EnclosingMethod") else { return Ok(Ref::NULL) };
    let (outer, method) = (u2(data, 0), u2(data, 2));
    if outer == 0 {
        return Ok(Ref::NULL);
    }
    let outer = resolve::resolve_class(t, class, outer)?;
    let array = t.handle(object::alloc_array(t, vm.known.object_array, 3)?);
    vm.set_element(t.get(array), 0, vm.mirror(outer));
    if method != 0 {
        let view = ConstantView::new(vm, class);
        for (i, cp) in [view.high(method), view.low(method)].into_iter().enumerate() {
            let s = strings::intern_symbol(t, view.symbol(cp))?;
            vm.set_element(t.get(array), i + 1, s);
        }
    }
    Ok(t.get(array))
}

fn get_declared_classes(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let mut members = Vec::new();
    if has_file(vm, class) {
        let view = ConstantView::new(vm, class);
        let own = declared_name(vm, class);
        for (inner, outer, ..) in view::inner_classes(vm, class) {
            if inner == 0 || outer == 0 || view.class_name_bytes(outer) != own {
                continue;
            }
            let member = resolve::resolve_class(t, class, inner)?;
            check_agrees(t, class, member, inner)?;
            members.push(member);
        }
    }
    class_array(t, &members)
}

fn get_nest_host(t: &Thread, this: Handle) -> Result<Ref> {
    let class = class_of_mirror(t, this)?;
    Ok(t.vm().mirror(access::nest_host(t, class)?))
}

/// The host first, then its members; those that cannot be loaded or disagree are left out.
fn get_nest_members(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    let host = access::nest_host(t, class)?;
    let mut members = vec![host];
    let names: Vec<_> = view::nest_members(vm, host)
        .unwrap_or_default()
        .into_iter()
        .map(|n| vm.symbols.intern(&vm.meta, n))
        .collect();
    for name in names {
        match load_class(t, vm.class(host).loader, name) {
            Ok(c) if c != host && access::nest_host(t, c)? == host => members.push(c),
            Ok(_) => {}
            Err(thrown) => ignore_linkage_error(t, thrown)?,
        }
    }
    if vm.class(class).is_hidden() && !members.contains(&class) {
        members.push(class);
    }
    class_array(t, &members)
}

/// Drops a pending `LinkageError` or `ClassNotFoundException`; others go on.
fn ignore_linkage_error(t: &Thread, thrown: Thrown) -> Result<()> {
    let vm = t.vm();
    let class = vm.class_of(t.exception.get());
    let linkage = vm.symbols.lookup(&vm.meta, b"java/lang/LinkageError");
    let linkage = linkage.and_then(|n| vm.loaders.find(link::loaders::BOOT, n));
    let ignored = is_subclass(vm, class, vm.known.class_not_found)
        || linkage.is_some_and(|l| is_subclass(vm, class, l));
    if !ignored {
        return Err(thrown);
    }
    exceptions::take(t);
    Ok(())
}

fn get_permitted_subclasses(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    if !has_file(vm, class) {
        return Ok(Ref::NULL);
    }
    let Some(names) = view::permitted_subclasses(vm, class) else { return Ok(Ref::NULL) };
    let names: Vec<_> = names.into_iter().map(|n| vm.symbols.intern(&vm.meta, n)).collect();
    let mut classes = Vec::new();
    for name in names {
        match load_class(t, vm.class(class).loader, name) {
            Ok(c) => classes.push(c),
            Err(thrown) => ignore_linkage_error(t, thrown)?,
        }
    }
    class_array(t, &classes)
}

fn get_generic_signature(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let class = class_of_mirror(t, this)?;
    match class_attribute(vm, class, "Signature") {
        Some(data) => strings::intern_symbol(t, ConstantView::new(vm, class).symbol(u2(data, 0))),
        None => Ok(Ref::NULL),
    }
}

fn get_raw_annotations(t: &Thread, this: Handle) -> Result<Ref> {
    let class = class_of_mirror(t, this)?;
    bytes_or_null(t, class_attribute(t.vm(), class, "RuntimeVisibleAnnotations"))
}

fn get_raw_type_annotations(t: &Thread, this: Handle) -> Result<Ref> {
    let class = class_of_mirror(t, this)?;
    bytes_or_null(t, class_attribute(t.vm(), class, "RuntimeVisibleTypeAnnotations"))
}

/// A `ConstantPool` whose opaque part is the class itself.
fn get_constant_pool(t: &Thread, this: Handle) -> Result<Ref> {
    let vm = t.vm();
    if !has_file(vm, class_of_mirror(t, this)?) {
        return Ok(Ref::NULL);
    }
    let class = link::class_by_name(t, "jdk/internal/reflect/ConstantPool")?;
    let pool = object::new_object(t, class, "()V", &[])?;
    let pool = t.handle(pool);
    let opaque = t.get(this);
    crate::java_lang::support::set_ref_field(
        t,
        pool,
        "constantPoolOop",
        "Ljava/lang/Object;",
        opaque,
    )?;
    Ok(t.get(pool))
}
