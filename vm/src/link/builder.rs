//! From a parsed class file to the records of a class, before anybody else knows it.

use super::define::DefineRequest;
use super::layout::{self, Placed};
use super::loaders::BOOT;
use super::mirror;
use super::tables::{self, TableInput, package_of};
use crate::exceptions;
use crate::meta::{
    BasicType, ClassRecord, DISPLAY_LEN, FieldRecord, MethodId, MethodRecord, NO_VTABLE_INDEX,
    Span, SymbolId, class_flags, field_flags, init_state, method_flags, method_kind,
};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use classfile::annotations::Known as Annotation;
use classfile::{Attribute, ClassFile, Constant};
use gc::{ClassId, Kind, Shape};
use std::sync::atomic::{AtomicU32, Ordering};

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

/// What a class is built from.
pub(super) struct Builder<'a> {
    pub t: &'a Thread,
    pub vm: &'a Vm,
    pub request: &'a DefineRequest<'a>,
    pub file: &'a ClassFile<'a>,
    pub name: SymbolId,
    pub super_class: ClassId,
    pub interfaces: Vec<ClassId>,
}

/// Byte offset of the table that an attribute list stands in; 0 if the list is empty.
fn attributes_at(attributes: &[Attribute]) -> u32 {
    // The first attribute's contents follow the table's count and its own name and length.
    attributes.first().map_or(0, |a| a.offset as u32 - 8)
}

impl Builder<'_> {
    /// The name of a hidden class: the file's with a suffix that no other class has.
    pub fn hidden_name(&self) -> SymbolId {
        let n = self.vm.loaders.next_ordinal();
        let base = classfile::mutf8::to_string_lossy(self.file.name);
        self.vm.symbol(&format!("{base}+0x{:016x}", 0x8_0000_0000u64 + u64::from(n) * 0x400))
    }

    /// The class, and size and number of references of its statics.
    pub fn build(&self) -> Result<(ClassId, (u32, u32))> {
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
        let depth =
            if self.super_class.is_none() { 0 } else { vm.class(self.super_class).depth + 1 };
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
                Constant::Class { name }
                | Constant::Module { name }
                | Constant::Package { name } => name as u32,
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
        if self.request.vm_annotations {
            flags |= class_flags::VM_ANNOTATIONS;
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
                let p = (s as *const ClassRecord as *const u8)
                    .offset(s.shape.runs_offset as i32 as isize);
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
            let slots = m
                .argument_slots
                .max(arg_slots(m.descriptor) as u16 + u16::from(m.access_flags & 8 == 0));
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
                // Fields of their own since JDK 25.
                let either = |name: &str, injected: &str| match field(name) {
                    0 => field(injected),
                    at => at,
                };
                k.class_protection_domain = either("protectionDomain", "<protectionDomain>");
                k.class_signers = either("signers", "<signers>");
                k.class_modifiers = field("modifiers");
                k.class_primitive = field("primitive");
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
                k.rmn_vmholder = match field("vmholder") {
                    0 => field("<vmholder>"),
                    at => at,
                };
            }
            b"java/lang/invoke/MemberName" => k.mn_vmindex = field("<vmindex>"),
            b"java/lang/ClassLoader" => k.class_loader_id = field("<loader>"),
            b"java/lang/Module" => k.module_index = field("<index>"),
            _ => {}
        }
    }
}
