//! Access control (JVMS 5.4.4) and the words in which messages name classes, methods and modules.

use super::subtype::is_subclass;
use super::tables::package_of;
use super::view::ConstantView;
use super::{loaders, view};
use crate::meta::{FieldRecord, MethodId, SymbolId, class_flags};
use crate::native::Result;
use crate::strings;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::ClassId;
use std::sync::atomic::Ordering;

/// Whether two classes are in the same run-time package (JVMS 5.3).
pub fn same_package(vm: &Vm, a: ClassId, b: ClassId) -> bool {
    let (a, b) = (vm.class(a), vm.class(b));
    a.loader == b.loader && package_of(vm.bytes(a.name)) == package_of(vm.bytes(b.name))
}

/// The class whose accessibility decides for an array.
fn element(vm: &Vm, c: ClassId) -> ClassId {
    let record = vm.class(c);
    if record.is_array() { record.element } else { c }
}

/// Whether code of `from` may name `to`: its package, its publicity, its module's exports.
pub fn can_access_class(vm: &Vm, from: ClassId, to: ClassId) -> bool {
    let to = element(vm, to);
    if from == to || vm.class(to).is_primitive() || same_package(vm, from, to) {
        return true;
    }
    if vm.class(from).has(class_flags::MAGIC_ACCESSOR) {
        return true;
    }
    vm.class(to).access & 0x0001 != 0 && module_readable(vm, from, to)
}

/// Whether `from`'s module reads `to`'s and that exports the package; tables are kept by the natives
/// of `java.lang.Module`.
fn module_readable(vm: &Vm, from: ClassId, to: ClassId) -> bool {
    let (mf, mt) = (module(vm, from), module(vm, to));
    if mf == mt || mf.is_null() || mt.is_null() {
        return true;
    }
    let package = vm.symbols.intern(&vm.meta, package_of(vm.bytes(vm.class(to).name)));
    vm.modules.can_access(vm, mf, mt, package)
}

fn module(vm: &Vm, c: ClassId) -> gc::Ref {
    let mirror = vm.mirror(c);
    if mirror.is_null() { gc::Ref::NULL } else { vm.get_ref(mirror, vm.known.class_module) }
}

/// Whether code of `from` may use a member declared in `holder` with these access flags, named through
/// `resolved` (JVMS 5.4.4). May load the nest hosts.
pub fn can_access_member(
    t: &Thread,
    from: ClassId,
    resolved: ClassId,
    holder: ClassId,
    access: u16,
    is_init: bool,
) -> Result<bool> {
    let vm = t.vm();
    if access & 0x0001 != 0 || from == holder || vm.class(from).has(class_flags::MAGIC_ACCESSOR) {
        return Ok(true);
    }
    if access & 0x0004 != 0 {
        if same_package(vm, from, holder) {
            return Ok(true);
        }
        if !is_init && is_subclass(vm, from, holder) {
            let is_static = access & 0x0008 != 0;
            let related =
                is_static || is_subclass(vm, resolved, from) || is_subclass(vm, from, resolved);
            if related {
                return Ok(true);
            }
        }
        return Ok(is_init && is_subclass(vm, from, holder));
    }
    if access & 0x0002 == 0 {
        return Ok(same_package(vm, from, holder));
    }
    Ok(nest_host(t, from)? == nest_host(t, holder)?)
}

/// The nest host of a class (JVMS 5.4.4); the class itself where the attributes do not agree.
pub fn nest_host(t: &Thread, class: ClassId) -> Result<ClassId> {
    let vm = t.vm();
    let record = vm.class(class);
    let known = record.nest_host.load(Ordering::Acquire);
    if known != 0 {
        return Ok(ClassId(known));
    }
    let host = match view::nest_host_index(vm, class) {
        None => class,
        Some(cp) => {
            let name = ConstantView::new(vm, class).class_name(cp);
            match loaders::load_class(t, record.loader, name) {
                Ok(host)
                    if same_package(vm, host, class) && view::is_nest_member(vm, host, class) =>
                {
                    host
                }
                Ok(_) => class,
                Err(thrown) => {
                    // A missing host makes the class its own host; other errors pass.
                    let pending = t.exception.get();
                    let not_found = is_subclass(vm, vm.class_of(pending), vm.known.class_not_found);
                    if !not_found {
                        return Err(thrown);
                    }
                    crate::exceptions::take(t);
                    class
                }
            }
        }
    };
    record.nest_host.store(host.0, Ordering::Release);
    Ok(host)
}

/// How messages name a loader: `'app'`, `'bootstrap'`, `x.Loader @1b2c3d`.
pub fn loader_name(vm: &Vm, loader: u32) -> String {
    if loader == loaders::BOOT {
        return "'bootstrap'".into();
    }
    let object = vm.loaders.object(loader);
    let name_and_id = vm.get_ref(object, vm.known.class_loader_name_and_id);
    if name_and_id.is_null() {
        return vm.external_name(vm.class_of(object));
    }
    strings::to_rust(vm, name_and_id)
}

/// How messages name a loader's parent.
pub fn parent_loader_name(vm: &Vm, loader: u32) -> String {
    if loader == loaders::BOOT {
        return "<null>".into();
    }
    let parent = vm.get_ref(vm.loaders.object(loader), vm.known.class_loader_parent);
    loader_name(vm, vm.loaders.number_of(vm, parent))
}

fn module_text(vm: &Vm, c: ClassId) -> String {
    let e = element(vm, c);
    let m = module(vm, e);
    if !m.is_null() {
        let name = vm.get_ref(m, vm.known.module_name);
        if !name.is_null() {
            return format!("module {}", strings::to_rust(vm, name));
        }
    } else if vm.class(e).loader == loaders::BOOT {
        return "module java.base".into();
    }
    "unnamed module".into()
}

fn place(vm: &Vm, c: ClassId) -> String {
    format!("{} of loader {}", module_text(vm, c), loader_name(vm, vm.class(element(vm, c)).loader))
}

/// `A is in module java.base of loader 'bootstrap'`
pub fn in_module(vm: &Vm, c: ClassId) -> String {
    format!("{} is in {}", vm.external_name(c), place(vm, c))
}

/// `A and B are in unnamed module of loader 'app'`, or each with its own.
pub fn in_modules(vm: &Vm, a: ClassId, b: ClassId) -> String {
    let (na, nb) = (vm.external_name(a), vm.external_name(b));
    let (pa, pb) = (place(vm, a), place(vm, b));
    if pa == pb {
        format!("{na} and {nb} are in {pa}")
    } else {
        format!("{na} is in {pa}; {nb} is in {pb}")
    }
}

/// [`in_modules`] for a class that is still being defined.
pub fn in_modules_by_name(vm: &Vm, own: &str, loader: u32, b: ClassId) -> String {
    let module = if loader == loaders::BOOT { "module java.base" } else { "unnamed module" };
    let pa = format!("{module} of loader {}", loader_name(vm, loader));
    let (nb, pb) = (vm.external_name(b), place(vm, b));
    if pa == pb {
        format!("{own} and {nb} are in {pa}")
    } else {
        format!("{own} is in {pa}; {nb} is in {pb}")
    }
}

/// A type descriptor as source text.
pub fn type_text(descriptor: &[u8]) -> String {
    let dims = descriptor.iter().take_while(|&&b| b == b'[').count();
    let base = match &descriptor[dims..] {
        [b'L', name @ .., b';'] => classfile::mutf8::to_string_lossy(name).replace('/', "."),
        [c, ..] => crate::meta::BasicType::from_descriptor(*c).name().into(),
        [] => String::new(),
    };
    base + &"[]".repeat(dims)
}

/// What a `NoSuchFieldError` says: only the name in JDK 17, since then also the class and the type.
pub fn no_such_field(vm: &Vm, class: ClassId, name: SymbolId, descriptor: SymbolId) -> String {
    let name = vm.text(name);
    if vm.config.release <= 17 {
        return name.into_owned();
    }
    let (class, ty) = (vm.external_name(class), type_text(vm.bytes(descriptor)));
    format!("Class {class} does not have member field '{ty} {name}'")
}

/// A method with its types: `int a.B.m(java.lang.String, long)`; without the class if `bare`.
pub fn method_text(vm: &Vm, m: MethodId, bare: bool) -> String {
    let r = vm.method(m);
    let class = vm.external_name(r.class);
    signature_text(&class, &vm.text(r.name), vm.bytes(r.descriptor), bare)
}

/// [`method_text`] from its parts.
pub fn signature_text(class: &str, name: &str, descriptor: &[u8], bare: bool) -> String {
    let mut args = Vec::new();
    let mut i = 1;
    while i < descriptor.len() && descriptor[i] != b')' {
        let start = i;
        while descriptor[i] == b'[' {
            i += 1;
        }
        if descriptor[i] == b'L' {
            while descriptor[i] != b';' {
                i += 1;
            }
        }
        i += 1;
        args.push(type_text(&descriptor[start..i]));
    }
    let ret = type_text(descriptor.get(i + 1..).unwrap_or(b""));
    let args = args.join(", ");
    if bare { format!("{ret} {name}({args})") } else { format!("{ret} {class}.{name}({args})") }
}

/// Word for an access level.
fn level(access: u16) -> &'static str {
    match access & 7 {
        2 => "private ",
        4 => "protected ",
        1 => "public ",
        _ => "",
    }
}

/// Text of the `IllegalAccessError` for a class.
pub fn class_denied(vm: &Vm, from: ClassId, to: ClassId) -> String {
    let target = element(vm, to);
    let (mf, mt) = (module(vm, from), module(vm, target));
    let (nf, nt) = (vm.external_name(from), vm.external_name(target));
    if vm.class(target).access & 1 != 0 && mf != mt {
        let (tf, tt) = (module_text(vm, from), module_text(vm, target));
        let unnamed = |m: gc::Ref| format!("unnamed module @0x{:x}", m.bits());
        let from_module = if tf == "unnamed module" { unnamed(mf) } else { tf.clone() };
        let package = vm.text(vm.class(target).name).into_owned();
        let package = package_of(package.as_bytes());
        let package = String::from_utf8_lossy(package).replace('/', ".");
        let short = tt.strip_prefix("module ").unwrap_or(&tt);
        return format!(
            "class {nf} (in {from_module}) cannot access class {nt} (in {tt}) because module {short} \
             does not export {package} to {from_module}"
        );
    }
    format!("failed to access class {nt} from class {nf} ({})", in_modules(vm, to, from))
}

/// Text of the `IllegalAccessError` for a method.
pub fn method_denied(vm: &Vm, from: ClassId, m: MethodId) -> String {
    let r = vm.method(m);
    format!(
        "class {} tried to access {}method '{}' ({})",
        vm.external_name(from),
        level(r.access),
        method_text(vm, m, false),
        in_modules(vm, from, r.class)
    )
}

/// Text of the `IllegalAccessError` for a field.
pub fn field_denied(vm: &Vm, from: ClassId, holder: ClassId, f: &FieldRecord) -> String {
    format!(
        "class {} tried to access {}field {}.{} ({})",
        vm.external_name(from),
        level(f.access),
        vm.external_name(holder),
        vm.text(f.name),
        in_modules(vm, from, holder)
    )
}
