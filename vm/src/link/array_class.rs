//! Array classes (JVMS 5.3.3) and the classes of the primitive types: records without a class file.

use super::loaders::BOOT;
use super::mirror;
use crate::meta::{BasicType, ClassRecord, DISPLAY_LEN, Span, SymbolId, class_flags, init_state};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ClassId, Kind, Shape};
use std::sync::atomic::{AtomicU32, Ordering};

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
pub(crate) fn define_primitive(t: &Thread, basic: BasicType) -> Result<ClassId> {
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
