//! Deriving a class from its bytes (JVMS 5.3.5), and making array and primitive classes (5.3.3).

use super::layout::{self, Placed};
use super::loaders::{self, BOOT};
use super::tables::{self, TableInput, package_of};
use super::{access, mirror};
use crate::exceptions;
use crate::meta::{
    BasicType, ClassRecord, DISPLAY_LEN, FieldRecord, MethodId, MethodRecord, NO_VTABLE_INDEX,
    Span, SymbolId, class_flags, field_flags, init_state, method_flags, method_kind,
};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use classfile::annotations::Known as Annotation;
use classfile::{Attribute, ClassFile, Constant, Options};
use gc::{ClassId, Handle, Kind, Shape};
use std::sync::atomic::{AtomicU32, Ordering};

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
    /// Annotations with a meaning for the VM are believed, whatever the loader
    /// (`Lookup.defineHiddenClass` of the library's own code).
    pub vm_annotations: bool,
    /// Nest host of a hidden class that joins its lookup class's nest.
    pub nest_host: Option<ClassId>,
    /// `classData` for the mirror.
    pub class_data: Option<Handle>,
}

/// Fields that the VM adds to classes of the library: class, name, descriptor.
const INJECTED: &[(&str, &[(&str, &str)])] = &[
    (
        "java/lang/Class",
        &[
            ("<klass>", "I"),
            ("<size>", "I"),
            ("<staticRefs>", "I"),
            ("<staticRefCount>", "I"),
            ("<resolvedRefs>", "Ljava/lang/Object;"),
            ("<protectionDomain>", "Ljava/lang/Object;"),
            ("<signers>", "Ljava/lang/Object;"),
        ],
    ),
    (
        "java/lang/invoke/ResolvedMethodName",
        &[("<vmtarget>", "I"), ("<vmholder>", "Ljava/lang/Class;")],
    ),
    ("java/lang/invoke/MemberName", &[("<vmindex>", "I")]),
    ("java/lang/ClassLoader", &[("<loader>", "I")]),
    ("java/lang/Module", &[("<index>", "I")]),
];

/// Derives a class, records it with its loader and answers it. Throws what JVMS 5.3.5 says.
pub fn define_class(t: &Thread, request: &DefineRequest) -> Result<ClassId> {
    let vm = t.vm();
    let name_bytes = request.name.map(|n| vm.bytes(n));
    let options = Options {
        relax: request.trusted,
        max_major: vm.config.max_major,
        preview: false,
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
    builder.name = if request.hidden { builder.hidden_name() } else { name };
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
fn load_super(
    t: &Thread,
    request: &DefineRequest,
    own: &[u8],
    name: SymbolId,
) -> Result<ClassId> {
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

fn super_interfaces(
    t: &Thread,
    request: &DefineRequest,
    file: &ClassFile,
) -> Result<Vec<ClassId>> {
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
    let listed = permitted.iter().any(|n| *n == file.name);
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

struct Builder<'a> {
    t: &'a Thread,
    vm: &'a Vm,
    request: &'a DefineRequest<'a>,
    file: &'a ClassFile<'a>,
    name: SymbolId,
    super_class: ClassId,
    interfaces: Vec<ClassId>,
}

/// Byte offset of the table that an attribute list stands in; 0 if the list is empty.
fn attributes_at(attributes: &[Attribute]) -> u32 {
    // The first attribute's contents follow the table's count and its own name and length.
    attributes.first().map_or(0, |a| a.offset as u32 - 8)
}

impl Builder<'_> {
    fn hidden_name(&self) -> SymbolId {
        let n = self.vm.loaders.next_ordinal();
        let base = classfile::mutf8::to_string_lossy(self.file.name);
        self.vm.symbol(&format!("{base}+0x{:016x}", 0x8_0000_0000u64 + u64::from(n) * 0x400))
    }

    fn build(&self) -> Result<(ClassId, (u32, u32))> {
        let (vm, file) = (self.vm, self.file);
        let bytes = vm.meta.alloc_slice(self.request.bytes);
        let (tags, raw) = self.constants();
        let rcp = vm.meta.alloc_zeroed(tags.len());
        let all_interfaces = tables::all_interfaces(vm, self.super_class, &self.interfaces);
        let (fields, layout) = self.fields();
        let mut methods = self.methods(rcp.at);
        let tables = TableInput {
            vm,
            super_class: self.super_class,
            loader: self.request.loader,
            package: package_of(file.name),
            is_interface: file.access_flags & 0x0200 != 0,
            is_abstract: file.access_flags & 0x0400 != 0,
            is_final: file.access_flags & 0x0010 != 0,
            methods: &mut methods,
            direct_interfaces: &self.interfaces,
            interfaces: &all_interfaces,
        }
        .build();
        if !tables::fits(&tables) {
            let msg = "too many virtual methods";
            return Err(exceptions::throw(self.t, "java/lang/ClassFormatError", msg));
        }
        let size = size_of::<ClassRecord>() + tables.vtable.len() * 4;
        let at = vm.meta.alloc_bytes(size);
        let class = ClassId(at);
        let runs = self.reference_runs(&fields);
        let runs_span = vm.meta.alloc_slice(&runs);
        let depth = if self.super_class.is_none() {
            0
        } else {
            vm.class(self.super_class).depth + 1
        };
        let kind = self.kind();
        let size_bytes = match kind {
            Kind::Mirror => 0,
            _ => (layout.fields_end + 7) & !7,
        };
        let flags = self.flags(&all_interfaces);
        let annotations = self.trusted_annotations(file.annotations.visible);
        let mut record = ClassRecord {
            shape: Shape {
                size_bytes,
                kind: kind as u8,
                element_shift: 0,
                run_count: runs.len() as u16,
                runs_offset: ((runs_span.at as usize * 8).wrapping_sub(class.offset())) as u32,
                mirror: AtomicU32::new(0),
            },
            super_class: self.super_class,
            depth,
            vtable_len: tables.vtable.len() as u16,
            display: self.display(class, depth),
            init_state: init_state::LOADED.into(),
            element_type: BasicType::Object as u8,
            dimensions: 0,
            major: file.major as u8,
            init_thread: 0.into(),
            flags: flags.into(),
            access: file.access_flags,
            modifiers: self.modifiers(),
            name: self.name,
            loader: self.request.loader,
            component: ClassId::NONE,
            element: ClassId::NONE,
            array_class: 0.into(),
            nest_host: self.request.nest_host.map_or(0, |c| c.0).into(),
            secondary_cache: 0.into(),
            interfaces: vm.meta.alloc_slice(&self.interfaces),
            secondary_supers: self.secondary_supers(&all_interfaces),
            first_method: methods.first().map_or(0, |m| m.0.0),
            method_count: methods.len() as u32,
            fields: vm.meta.alloc_slice(&fields),
            itable: tables::write_itable(vm, &tables.itable),
            itable_methods: tables.itable_methods,
            cp_tags: vm.meta.alloc_slice(&tags),
            cp_raw: vm.meta.alloc_slice(&raw),
            rcp,
            bytes,
            bootstrap_methods: self.bootstrap_methods(),
            attributes_at: attributes_at(&file.attributes),
            fields_end: layout.fields_end,
            ref_slot_next: 0.into(),
            ref_slot_end: 0.into(),
            ordinal: vm.loaders.next_ordinal(),
            next_in_loader: ClassId::NONE,
        };
        if annotations.contains(Annotation::VALUE_BASED) {
            *record.flags.get_mut() |= class_flags::VALUE_BASED;
        }
        for (id, mut m) in methods {
            m.class = class;
            vm.meta.init_method(id, m);
        }
        for &(id, name, desc) in &tables.conflicts {
            let slots = arg_slots(vm.bytes(desc)) + 1;
            vm.meta.init_method(id, tables::conflict_record(class, name, desc, slots));
        }
        // SAFETY: freshly allocated with room for the record and its table, not yet published.
        unsafe {
            let p = vm.meta.ptr::<ClassRecord>(at);
            p.write(record);
            let vtable = p.add(1) as *mut u32;
            for (i, m) in tables.vtable.iter().enumerate() {
                vtable.add(i).write(m.0);
            }
        }
        self.note_special_class(class);
        Ok((class, (layout.statics_bytes, layout.static_refs)))
    }

    fn secondary_supers(&self, all: &[ClassId]) -> Span<ClassId> {
        // Same set as the superclass's: share its span.
        if self.interfaces.is_empty() && !self.super_class.is_none() {
            return self.vm.class(self.super_class).secondary_supers;
        }
        self.vm.meta.alloc_slice(all)
    }

    fn display(&self, class: ClassId, depth: u16) -> [ClassId; DISPLAY_LEN] {
        let mut display = match self.super_class {
            ClassId::NONE => [ClassId::NONE; DISPLAY_LEN],
            s => self.vm.class(s).display,
        };
        if (depth as usize) < DISPLAY_LEN {
            display[depth as usize] = class;
        }
        display
    }

    fn constants(&self) -> (Vec<u8>, Vec<u32>) {
        let entries = self.file.constant_pool.entries();
        let start = self.request.bytes.as_ptr() as usize;
        let pair = |a: u16, b: u16| (a as u32) << 16 | b as u32;
        let mut tags: Vec<u8> = entries.iter().map(|c| c.tag()).collect();
        let mut raw = vec![0u32; entries.len()];
        for (i, c) in entries.iter().enumerate() {
            raw[i] = match *c {
                // The length stands in the two bytes before the text.
                Constant::Utf8(s) => (s.as_ptr() as usize - start - 2) as u32,
                Constant::Integer(v) => v as u32,
                Constant::Float(v) => v.to_bits(),
                Constant::Long(v) => {
                    raw[i + 1] = (v as u64 >> 32) as u32;
                    v as u32
                }
                Constant::Double(v) => {
                    raw[i + 1] = (v.to_bits() >> 32) as u32;
                    v.to_bits() as u32
                }
                Constant::Class { name } | Constant::Module { name } | Constant::Package { name } => {
                    name as u32
                }
                Constant::String { utf8 } => utf8 as u32,
                Constant::MethodType { descriptor } => descriptor as u32,
                Constant::Fieldref { class, name_and_type }
                | Constant::Methodref { class, name_and_type }
                | Constant::InterfaceMethodref { class, name_and_type } => {
                    pair(class, name_and_type)
                }
                Constant::NameAndType { name, descriptor } => pair(name, descriptor),
                Constant::MethodHandle { kind, reference } => pair(kind as u16, reference),
                Constant::Dynamic { bootstrap, name_and_type }
                | Constant::InvokeDynamic { bootstrap, name_and_type } => {
                    pair(bootstrap, name_and_type)
                }
                Constant::Unusable => raw[i],
            };
        }
        if let Some(t) = tags.first_mut() {
            *t = 0;
        }
        (tags, raw)
    }

    fn kind(&self) -> Kind {
        match self.file.name {
            b"java/lang/Class" => Kind::Mirror,
            b"java/lang/ref/SoftReference" => Kind::SoftRef,
            b"java/lang/ref/WeakReference" => Kind::WeakRef,
            b"java/lang/ref/FinalReference" => Kind::FinalRef,
            b"java/lang/ref/PhantomReference" => Kind::PhantomRef,
            _ if self.super_class.is_none() => Kind::Instance,
            _ => match self.vm.class(self.super_class).shape.kind {
                k if k == Kind::SoftRef as u8 => Kind::SoftRef,
                k if k == Kind::WeakRef as u8 => Kind::WeakRef,
                k if k == Kind::FinalRef as u8 => Kind::FinalRef,
                k if k == Kind::PhantomRef as u8 => Kind::PhantomRef,
                _ => Kind::Instance,
            },
        }
    }

    fn flags(&self, all_interfaces: &[ClassId]) -> u32 {
        let (vm, file) = (self.vm, self.file);
        let mut flags = 0;
        if !self.super_class.is_none() {
            let inherited = class_flags::HAS_FINALIZER
                | class_flags::CLONEABLE
                | class_flags::MAGIC_ACCESSOR
                | class_flags::CLASS_LOADER;
            flags |= vm.class(self.super_class).flags.load(Ordering::Relaxed) & inherited;
        }
        let is = |b: &[u8]| file.name == b;
        let finalizer = file.methods.iter().any(|m| {
            m.name == b"finalize"
                && m.descriptor == b"()V"
                && m.code.as_ref().is_some_and(|c| c.bytes.len() > 1)
        });
        if finalizer && !is(b"java/lang/Object") && file.access_flags & 0x0200 == 0 {
            flags |= class_flags::HAS_FINALIZER;
        }
        if is(b"java/lang/Cloneable")
            || all_interfaces.iter().any(|&i| vm.class(i).has(class_flags::CLONEABLE))
        {
            flags |= class_flags::CLONEABLE;
        }
        if is(b"jdk/internal/reflect/MagicAccessorImpl") {
            flags |= class_flags::MAGIC_ACCESSOR;
        }
        if is(b"java/lang/ClassLoader") {
            flags |= class_flags::CLASS_LOADER;
        }
        if self.request.hidden {
            flags |= class_flags::HIDDEN;
        }
        let is_record = file.record.is_some() && file.super_name == Some(b"java/lang/Record");
        if is_record {
            flags |= class_flags::RECORD;
        }
        if self.request.hidden || is_record {
            flags |= class_flags::TRUSTED_FINALS;
        }
        let interface = file.access_flags & 0x0200 != 0;
        let concrete = file.methods.iter().any(|m| m.access_flags & 0x0408 == 0);
        if interface && concrete {
            flags |= class_flags::HAS_DEFAULTS;
        }
        if file.access_flags & 0x0600 != 0 || is(b"java/lang/Class") {
            flags |= class_flags::NOT_INSTANTIABLE;
        }
        flags
    }

    /// Flags that `Class.getModifiers` shows (JVMS 4.7.6: those of the source).
    fn modifiers(&self) -> u16 {
        let own = self.file.inner_classes.iter().find(|c| {
            self.file.constant_pool.class_name(c.inner_class).is_ok_and(|n| n == self.file.name)
        });
        let flags = own.map_or(self.file.raw_access_flags, |c| c.access_flags);
        flags & 0x7fdf
    }

    fn trusted_annotations(&self, data: Option<&[u8]>) -> Annotation {
        let privileged = self.vm.loaders.is_privileged(self.request.loader);
        if !privileged && !self.request.vm_annotations {
            return Annotation::NONE;
        }
        Annotation::scan(data, &self.file.constant_pool)
    }

    fn injected(&self) -> &'static [(&'static str, &'static str)] {
        if self.request.loader != BOOT {
            return &[];
        }
        let found = INJECTED.iter().find(|(class, _)| class.as_bytes() == self.file.name);
        found.map_or(&[], |(_, fields)| fields)
    }

    fn fields(&self) -> (Vec<FieldRecord>, layout::Layout) {
        let vm = self.vm;
        let mut records = Vec::with_capacity(self.file.fields.len());
        for (index, f) in self.file.fields.iter().enumerate() {
            let annotations = self.trusted_annotations(f.annotations.visible);
            let stable = annotations.contains(Annotation::STABLE);
            records.push(FieldRecord {
                name: vm.symbols.intern(&vm.meta, f.name),
                descriptor: vm.symbols.intern(&vm.meta, f.descriptor),
                offset: 0,
                attributes_at: attributes_at(&f.attributes),
                access: f.raw_access_flags,
                basic_type: BasicType::from_descriptor(f.descriptor[0]) as u8,
                flags: if stable { field_flags::STABLE } else { 0 },
                constant_value: f.constant_value.unwrap_or(0),
                index: index as u16,
            });
        }
        for (name, descriptor) in self.injected() {
            records.push(FieldRecord {
                name: vm.symbol(name),
                descriptor: vm.symbol(descriptor),
                offset: 0,
                attributes_at: 0,
                access: 0x1000,
                basic_type: BasicType::from_descriptor(descriptor.as_bytes()[0]) as u8,
                flags: field_flags::INJECTED,
                constant_value: 0,
                index: records.len() as u16,
            });
        }
        let mut placed: Vec<Placed> = records
            .iter()
            .map(|f| Placed {
                basic: BasicType::from_u8(f.basic_type),
                is_static: f.is_static(),
                offset: 0,
            })
            .collect();
        let start = match self.super_class {
            ClassId::NONE => gc::HEADER_BYTES as u32,
            s => vm.class(s).fields_end,
        };
        let layout = layout::place(&mut placed, start);
        let statics = match self.file.name {
            b"java/lang/Class" => (layout.fields_end + 7) & !7,
            _ if vm.known.class.is_none() => 0,
            _ => mirror::statics_start(vm),
        };
        for (f, p) in records.iter_mut().zip(&placed) {
            f.offset = if p.is_static { statics + p.offset } else { p.offset };
        }
        (records, layout)
    }

    /// Reference runs of the whole object, superclasses first, as (offset / 4, count).
    fn reference_runs(&self, fields: &[FieldRecord]) -> Vec<[u16; 2]> {
        let vm = self.vm;
        let mut runs: Vec<[u16; 2]> = Vec::new();
        if !self.super_class.is_none() {
            let s = vm.class(self.super_class);
            // SAFETY: each shape's runs were written by this function's caller.
            let inherited = unsafe {
                let p = (s as *const ClassRecord as *const u8).offset(s.shape.runs_offset as i32 as isize);
                std::slice::from_raw_parts(p as *const [u16; 2], s.shape.run_count as usize)
            };
            runs.extend_from_slice(inherited);
        }
        let is_reference = self.file.name == b"java/lang/ref/Reference";
        let mut own: Vec<u32> = fields
            .iter()
            .filter(|f| !f.is_static() && f.basic_type == BasicType::Object as u8)
            .filter(|f| !(is_reference && vm.bytes(f.name) == b"referent"))
            .map(|f| f.offset / 4)
            .collect();
        own.sort_unstable();
        for at in own {
            match runs.last_mut() {
                Some([start, len]) if *start as u32 + *len as u32 == at => *len += 1,
                _ => runs.push([at as u16, 1]),
            }
        }
        runs
    }

    fn methods(&self, rcp: u32) -> Vec<(MethodId, MethodRecord)> {
        let vm = self.vm;
        let count = self.file.methods.len();
        let first = if count == 0 { MethodId::NONE } else { vm.meta.alloc_methods(count) };
        let polymorphic_class = self.request.loader == BOOT
            && matches!(
                self.file.name,
                b"java/lang/invoke/MethodHandle" | b"java/lang/invoke/VarHandle"
            );
        let each = self.file.methods.iter().enumerate();
        each.map(|(i, m)| {
            let annotations = self.trusted_annotations(m.annotations.visible);
            let mut flags = 0;
            let mut set = |on: bool, flag: u32| flags |= if on { flag } else { 0 };
            set(annotations.contains(Annotation::CALLER_SENSITIVE), method_flags::CALLER_SENSITIVE);
            let hidden = annotations.contains(Annotation::HIDDEN) || self.request.hidden;
            set(hidden, method_flags::HIDDEN);
            set(annotations.contains(Annotation::LAMBDA_FORM_COMPILED), method_flags::HIDDEN);
            set(annotations.contains(Annotation::FORCE_INLINE), method_flags::FORCE_INLINE);
            let native_varargs = m.access_flags & 0x0180 == 0x0180;
            set(
                polymorphic_class
                    && native_varargs
                    && m.descriptor.starts_with(b"([Ljava/lang/Object;)"),
                method_flags::SIGNATURE_POLYMORPHIC,
            );
            set(m.name == b"<init>", method_flags::INITIALIZER);
            set(
                m.name == b"<clinit>" && (self.file.major < 51 || m.access_flags & 8 != 0),
                method_flags::CLASS_INITIALIZER,
            );
            set(
                m.name == b"<init>" && self.file.name == b"java/lang/Object",
                method_flags::OBJECT_INIT,
            );
            let code = m.code.as_ref();
            set(code.is_some_and(|c| !c.exception_table.is_empty()), method_flags::HAS_HANDLERS);
            let close = m.descriptor.iter().rposition(|&b| b == b')').unwrap_or(0);
            let kind = if m.access_flags & 0x0400 != 0 {
                method_kind::ABSTRACT
            } else {
                method_kind::UNPREPARED
            };
            let slots = m.argument_slots.max(arg_slots(m.descriptor) as u16 + u16::from(m.access_flags & 8 == 0));
            let record = MethodRecord {
                code: 0.into(),
                kind: kind.into(),
                arg_slots: slots as u8,
                max_locals: code.map_or(slots, |c| c.max_locals),
                max_stack: code.map_or(0, |c| c.max_stack),
                access: m.access_flags,
                class: ClassId::NONE,
                rcp,
                vtable_index: NO_VTABLE_INDEX,
                name: vm.symbols.intern(&vm.meta, m.name),
                descriptor: vm.symbols.intern(&vm.meta, m.descriptor),
                native: 0.into(),
                code_len: code.map_or(0, |c| c.bytes.len() as u32),
                code_at: code.map_or(0, |c| c.offset as u32),
                attributes_at: attributes_at(&m.attributes),
                flags,
                return_type: BasicType::from_descriptor(m.descriptor[close + 1]) as u8,
                reserved: 0,
                index: i as u16,
            };
            (MethodId(first.0 + i as u32), record)
        })
        .collect()
    }

    fn bootstrap_methods(&self) -> Span<u32> {
        let start = self.request.bytes.as_ptr() as usize;
        let Some(a) = self.file.attributes.iter().find(|a| a.name == b"BootstrapMethods") else {
            return Span::EMPTY;
        };
        // Each entry: method handle, argument count, arguments; two bytes each.
        let data = a.data;
        let base = (data.as_ptr() as usize - start) as u32;
        let mut at = 2usize;
        let mut offsets = Vec::new();
        for _ in 0..u16::from_be_bytes([data[0], data[1]]) {
            offsets.push(base + at as u32);
            let args = u16::from_be_bytes([data[at + 2], data[at + 3]]) as usize;
            at += 4 + 2 * args;
        }
        self.vm.meta.alloc_slice(&offsets)
    }

    /// Classes whose layout the VM must know as soon as they exist.
    fn note_special_class(&self, class: ClassId) {
        if self.request.loader != BOOT || self.injected().is_empty() {
            return;
        }
        let vm = self.vm;
        let field = |name: &str| {
            let name = vm.symbol(name);
            super::view::find_field_by_name(&vm.meta, class, name).map_or(0, |f| f.offset)
        };
        // SAFETY: these classes are defined while booting, by the only thread; those of
        // `java.lang.invoke` by whoever comes first, before any use of the values.
        let k = unsafe { vm.known.get_mut() };
        match self.file.name {
            b"java/lang/Class" => {
                k.class = class;
                k.class_klass = field("<klass>");
                k.class_mirror_size = field("<size>");
                k.class_static_refs = field("<staticRefs>");
                k.class_static_ref_count = field("<staticRefCount>");
                k.class_resolved_refs = field("<resolvedRefs>");
                k.class_protection_domain = field("<protectionDomain>");
                k.class_signers = field("<signers>");
                k.class_component_type = field("componentType");
                k.class_class_loader = field("classLoader");
                k.class_module = field("module");
                vm.heap.set_mirror_layout(gc::MirrorLayout {
                    size_bytes_at: k.class_mirror_size,
                    static_refs_at: k.class_static_refs,
                    static_ref_count_at: k.class_static_ref_count,
                });
            }
            b"java/lang/invoke/ResolvedMethodName" => {
                k.rmn_vmtarget = field("<vmtarget>");
                k.rmn_vmholder = field("<vmholder>");
            }
            b"java/lang/invoke/MemberName" => k.mn_vmindex = field("<vmindex>"),
            b"java/lang/ClassLoader" => k.class_loader_id = field("<loader>"),
            b"java/lang/Module" => k.module_index = field("<index>"),
            _ => {}
        }
    }
}

/// Slots of a method's parameters, without the receiver.
pub(crate) fn arg_slots(descriptor: &[u8]) -> u8 {
    let mut slots = 0u32;
    let mut i = 1;
    while i < descriptor.len() && descriptor[i] != b')' {
        let wide = matches!(descriptor[i], b'J' | b'D');
        while descriptor[i] == b'[' {
            i += 1;
        }
        if descriptor[i] == b'L' {
            while descriptor[i] != b';' {
                i += 1;
            }
        }
        slots += if wide { 2 } else { 1 };
        i += 1;
    }
    slots.min(255) as u8
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

/// A record without constant pool, fields and methods, as arrays and primitive types have.
fn bare_record(vm: &Vm, name: SymbolId, access: u16) -> ClassRecord {
    ClassRecord {
        shape: Shape {
            size_bytes: 0,
            kind: Kind::Instance as u8,
            element_shift: 0,
            run_count: 0,
            runs_offset: 0,
            mirror: AtomicU32::new(0),
        },
        super_class: ClassId::NONE,
        depth: 0,
        vtable_len: 0,
        display: [ClassId::NONE; DISPLAY_LEN],
        init_state: init_state::DONE.into(),
        element_type: BasicType::Object as u8,
        dimensions: 0,
        major: 0,
        init_thread: 0.into(),
        flags: 0.into(),
        access,
        modifiers: access,
        name,
        loader: BOOT,
        component: ClassId::NONE,
        element: ClassId::NONE,
        array_class: 0.into(),
        nest_host: 0.into(),
        secondary_cache: 0.into(),
        interfaces: Span::EMPTY,
        secondary_supers: Span::EMPTY,
        first_method: 0,
        method_count: 0,
        fields: Span::EMPTY,
        itable: Span::EMPTY,
        itable_methods: 0,
        cp_tags: Span::EMPTY,
        cp_raw: Span::EMPTY,
        rcp: Span::EMPTY,
        bytes: Span::EMPTY,
        bootstrap_methods: Span::EMPTY,
        attributes_at: 0,
        fields_end: gc::HEADER_BYTES as u32,
        ref_slot_next: 0.into(),
        ref_slot_end: 0.into(),
        ordinal: vm.loaders.next_ordinal(),
        next_in_loader: ClassId::NONE,
    }
}

/// The class of a primitive type or `void`.
pub(super) fn define_primitive(t: &Thread, basic: BasicType) -> Result<ClassId> {
    let vm = t.vm();
    let mut record = bare_record(vm, vm.symbol(basic.name()), 0x0411);
    record.element_type = basic as u8;
    record.flags = (class_flags::PRIMITIVE | class_flags::NOT_INSTANTIABLE).into();
    let class = write_record(vm, record, ClassId::NONE);
    mirror::create(t, class, (0, 0))?;
    Ok(class)
}

/// An array class (JVMS 5.3.3); not yet known to anybody.
pub(super) fn define_array(t: &Thread, component: ClassId) -> Result<ClassId> {
    let vm = t.vm();
    let c = vm.class(component);
    let mut name = vec![b'['];
    if c.is_array() {
        name.extend_from_slice(vm.bytes(c.name));
    } else if c.is_primitive() {
        name.push(BasicType::from_u8(c.element_type).descriptor());
    } else {
        name.push(b'L');
        name.extend_from_slice(vm.bytes(c.name));
        name.push(b';');
    }
    let name = vm.symbols.intern(&vm.meta, &name);
    let element = if c.is_array() { c.element } else { component };
    let e = vm.class(element);
    // JLS 10.8: as accessible as its element type, final and abstract.
    let access = (e.modifiers & 0x0007) | 0x0410;
    let mut record = bare_record(vm, name, access);
    let prim = c.is_primitive();
    record.shape.kind = if prim { Kind::PrimArray } else { Kind::RefArray } as u8;
    let basic = if prim { BasicType::from_u8(c.element_type) } else { BasicType::Object };
    record.shape.element_shift = basic.size_shift() as u8;
    record.element_type = basic as u8;
    record.super_class = vm.known.object;
    record.depth = 1;
    record.display[0] = vm.known.object;
    record.dimensions = if c.is_array() { c.dimensions + 1 } else { 1 };
    record.loader = e.loader;
    record.component = component;
    record.element = element;
    record.flags =
        (class_flags::ARRAY | class_flags::CLONEABLE | class_flags::NOT_INSTANTIABLE).into();
    let interfaces = [vm.known.cloneable, vm.known.serializable];
    record.interfaces = vm.meta.alloc_slice(&interfaces);
    record.secondary_supers = record.interfaces;
    let class = write_record(vm, record, vm.known.object);
    mirror::create(t, class, (0, 0))?;
    Ok(class)
}

/// Writes a record with a copy of a class's virtual method table.
fn write_record(vm: &Vm, mut record: ClassRecord, vtable_of: ClassId) -> ClassId {
    let vtable: Vec<u32> = match vtable_of {
        ClassId::NONE => Vec::new(),
        c => vm.meta.vtable(c).iter().map(|m| m.load(Ordering::Relaxed)).collect(),
    };
    record.vtable_len = vtable.len() as u16;
    let at = vm.meta.alloc_bytes(size_of::<ClassRecord>() + vtable.len() * 4);
    // SAFETY: freshly allocated with room for both.
    unsafe {
        let p = vm.meta.ptr::<ClassRecord>(at);
        p.write(record);
        std::ptr::copy_nonoverlapping(vtable.as_ptr(), p.add(1) as *mut u32, vtable.len());
    }
    ClassId(at)
}
