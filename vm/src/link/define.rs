//! Deriving a class from its bytes: what is checked and loaded before, what follows after its
//! records exist (JVMS 5.3.5).

use super::builder::Builder;
use super::loaders::{self, BOOT};
use super::tables::package_of;
use super::{access, mirror};
use crate::exceptions;
use crate::meta::{SymbolId, class_flags};
use crate::native::Result;
use crate::thread::Thread;
use classfile::{ClassFile, Options};
use gc::{ClassId, Handle};

/// What `define_class` is asked to do.
#[derive(Clone, Copy, Default)]
pub struct DefineRequest<'a> {
    /// Defining loader.
    pub loader: u32,
    /// Name that the class must have, if the caller knows it.
    pub name: Option<SymbolId>,
    /// The class file.
    pub bytes: &'a [u8],
    /// From the class library's own image: format checks are skipped.
    pub trusted: bool,
    /// `ProtectionDomain` to set in the mirror.
    pub protection_domain: Option<Handle>,
    /// A hidden class (JEP 371).
    pub hidden: bool,
    /// The whole name of a hidden class that was defined before, elsewhere.
    pub hidden_name: Option<SymbolId>,
    /// Annotations with a meaning for the VM are believed, whatever the loader
    /// (`Lookup.defineHiddenClass` of the library's own code).
    pub vm_annotations: bool,
    /// Nest host of a hidden class that joins its lookup class's nest.
    pub nest_host: Option<ClassId>,
    /// `classData` for the mirror.
    pub class_data: Option<Handle>,
}

/// Derives a class, records it with its loader and answers it. Throws what JVMS 5.3.5 says.
pub fn define_class(t: &Thread, request: &DefineRequest) -> Result<ClassId> {
    let vm = t.vm();
    let name_bytes = request.name.map(|n| vm.bytes(n));
    let options = Options {
        relax: request.trusted,
        max_major: vm.config.max_major,
        preview: vm.config.preview,
        modules: false,
        name: if request.hidden { None } else { name_bytes },
    };
    let file = match ClassFile::parse_with(request.bytes, &options) {
        Ok(file) => file,
        Err(e) => return Err(exceptions::class_file(t, &e)),
    };
    let name = vm.symbols.intern(&vm.meta, file.name);
    if !request.hidden
        && let Some(existing) = vm.loaders.find(request.loader, name)
    {
        if request.loader == BOOT {
            return Ok(existing);
        }
        return Err(duplicate(t, request.loader, name));
    }
    let room = request.bytes.len() * 4 + file.constant_pool.len() * 16 + (1 << 16);
    if vm.meta.check_room(room, file.methods.len() + 1024).is_err() {
        return Err(exceptions::out_of_memory(t, "Metaspace"));
    }
    let super_class = match file.super_name {
        Some(s) => super_class(t, request, &file, s)?,
        None => ClassId::NONE,
    };
    let interfaces = super_interfaces(t, request, &file)?;
    let mut builder = Builder { t, vm, request, file: &file, name, super_class, interfaces };
    builder.name = match request.hidden_name {
        Some(name) => name,
        None if request.hidden => builder.hidden_name(),
        None => name,
    };
    let (class, statics) = builder.build()?;
    finish(t, request, class, statics)
}

fn duplicate(t: &Thread, loader: u32, name: SymbolId) -> crate::native::Thrown {
    let vm = t.vm();
    let msg = format!(
        "loader {} attempted duplicate class definition for {}. ({} is in unnamed module of \
         loader {}, parent loader {})",
        access::loader_name(vm, loader),
        vm.text(name).replace('/', "."),
        vm.text(name).replace('/', "."),
        access::loader_name(vm, loader),
        access::parent_loader_name(vm, loader),
    );
    exceptions::throw(t, "java/lang/LinkageError", &msg)
}

/// Resolves the superclass and checks it (JVMS 5.3.5 step 3).
fn super_class(
    t: &Thread,
    request: &DefineRequest,
    file: &ClassFile,
    name: &[u8],
) -> Result<ClassId> {
    let vm = t.vm();
    let own = classfile::mutf8::to_string_lossy(file.name);
    if name == file.name {
        return Err(exceptions::throw(t, "java/lang/ClassCircularityError", &own));
    }
    let symbol = vm.symbols.intern(&vm.meta, name);
    let class = load_super(t, request, file.name, symbol)?;
    let record = vm.class(class);
    let (own, sup) = (own.replace('/', "."), vm.external_name(class));
    if record.is_interface() {
        let msg = format!("class {own} has interface {sup} as super class");
        return Err(exceptions::incompatible(t, &msg));
    }
    if record.access & 0x0010 != 0 {
        let msg = format!("class {own} cannot inherit from final class {sup}");
        return Err(exceptions::incompatible(t, &msg));
    }
    check_super_access(t, request, file, class, "superclass")?;
    check_sealed(t, request, file, class)?;
    Ok(class)
}

/// Loads a supertype; a class that is still being defined by this thread is circular.
fn load_super(t: &Thread, request: &DefineRequest, own: &[u8], name: SymbolId) -> Result<ClassId> {
    let vm = t.vm();
    let own = vm.symbols.intern(&vm.meta, own);
    let mut defining = t.defining.borrow_mut();
    if defining.contains(&(request.loader, name)) {
        drop(defining);
        let text = vm.text(name).into_owned();
        return Err(exceptions::throw(t, "java/lang/ClassCircularityError", &text));
    }
    defining.push((request.loader, own));
    drop(defining);
    let result = loaders::load_class(t, request.loader, name);
    t.defining.borrow_mut().pop();
    result.map_err(|_| exceptions::class_not_found_to_error(t, name))
}

fn super_interfaces(t: &Thread, request: &DefineRequest, file: &ClassFile) -> Result<Vec<ClassId>> {
    let vm = t.vm();
    let mut out = Vec::with_capacity(file.interfaces.len());
    for name in file.interface_names() {
        let symbol = vm.symbols.intern(&vm.meta, name);
        if name == file.name {
            let text = vm.text(symbol).into_owned();
            return Err(exceptions::throw(t, "java/lang/ClassCircularityError", &text));
        }
        let class = load_super(t, request, file.name, symbol)?;
        if !vm.class(class).is_interface() {
            let own = classfile::mutf8::to_string_lossy(file.name).replace('/', ".");
            let msg = format!(
                "class {own} can not implement {}, because it is not an interface ({})",
                vm.external_name(class),
                access::in_module(vm, class),
            );
            return Err(exceptions::incompatible(t, &msg));
        }
        check_super_access(t, request, file, class, "superinterface")?;
        check_sealed(t, request, file, class)?;
        out.push(class);
    }
    Ok(out)
}

fn check_super_access(
    t: &Thread,
    request: &DefineRequest,
    file: &ClassFile,
    class: ClassId,
    what: &str,
) -> Result<()> {
    let vm = t.vm();
    let record = vm.class(class);
    let same_package = record.loader == request.loader
        && package_of(vm.bytes(record.name)) == package_of(file.name);
    let public = record.access & 0x0001 != 0;
    // Generated accessors extend classes that are not theirs to see (JDK 17's reflection).
    let magic = record.has(class_flags::MAGIC_ACCESSOR);
    if request.trusted || same_package || public || magic {
        return Ok(());
    }
    let own = classfile::mutf8::to_string_lossy(file.name).replace('/', ".");
    let kind = if file.access_flags & 0x0200 != 0 { "interface" } else { "class" };
    let msg = format!(
        "{kind} {own} cannot access its {what} {} ({})",
        vm.external_name(class),
        access::in_modules_by_name(vm, &own, request.loader, class),
    );
    Err(exceptions::throw(t, "java/lang/IllegalAccessError", &msg))
}

/// A sealed class admits the subclasses that it names (JVMS 5.3.5 step 3, 4.7.31).
fn check_sealed(
    t: &Thread,
    request: &DefineRequest,
    file: &ClassFile,
    class: ClassId,
) -> Result<()> {
    let vm = t.vm();
    let Some(permitted) = super::view::permitted_subclasses(vm, class) else { return Ok(()) };
    let record = vm.class(class);
    let same_package = record.loader == request.loader
        && package_of(vm.bytes(record.name)) == package_of(file.name);
    let listed = permitted.contains(&file.name);
    let public = record.access & 0x0001 != 0;
    if !request.hidden && listed && (same_package || public || file.access_flags & 1 != 0) {
        return Ok(());
    }
    let own = classfile::mutf8::to_string_lossy(file.name).replace('/', ".");
    let verb = match record.is_interface() {
        true => "implement sealed interface",
        false => "inherit from sealed class",
    };
    let msg = format!("class {own} cannot {verb} {}", vm.external_name(class));
    Err(exceptions::incompatible(t, &msg))
}

/// Mirror, protection domain, dictionary.
fn finish(
    t: &Thread,
    request: &DefineRequest,
    class: ClassId,
    statics: (u32, u32),
) -> Result<ClassId> {
    let vm = t.vm();
    if !vm.known.class.is_none() {
        mirror::create(t, class, statics)?;
        mirror::set_numeric_constants(vm, class);
        let m = vm.mirror(class);
        if let Some(pd) = request.protection_domain {
            vm.set_ref(m, vm.known.class_protection_domain, t.get(pd));
        }
        if let Some(data) = request.class_data {
            vm.set_ref(m, vm.known.class_class_data, t.get(data));
        }
    }
    if vm.config.class_log {
        eprintln!("[class,load] {}", vm.external_name(class));
    }
    let name = vm.class(class).name;
    if request.hidden {
        vm.loaders.record_hidden(request.loader, class);
        return Ok(class);
    }
    let recorded = vm.loaders.record(request.loader, name, class, true);
    if recorded != class && request.loader != BOOT {
        return Err(duplicate(t, request.loader, name));
    }
    Ok(recorded)
}

/// The mirror of a class that was defined before `java.lang.Class`; it has no static fields.
pub(super) fn create_mirror_late(t: &Thread, class: ClassId) -> Result<()> {
    mirror::create(t, class, (0, 0))
}
