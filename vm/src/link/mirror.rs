//! `java.lang.Class` objects: creation, static fields, and the slots of resolved references.

use crate::exceptions;
use crate::meta::{BasicType, class_flags};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ARRAY_DATA_OFFSET, ClassId, Ref};
use std::sync::atomic::Ordering;

/// Bytes of an instance of `Class` without statics.
fn instance_bytes(vm: &Vm) -> u32 {
    (vm.class(vm.known.class).fields_end + 7) & !7
}

/// Bytes that `Class`'s fields take; offsets of statics are relative to it until the mirror exists.
pub(super) fn statics_start(vm: &Vm) -> u32 {
    instance_bytes(vm)
}

/// Creates the mirror of a class, with its static fields at their zero or constant values.
/// The class's record is complete but not yet visible to other threads.
pub(super) fn create(t: &Thread, class: ClassId, statics: (u32, u32)) -> Result<()> {
    let vm = t.vm();
    let (statics_bytes, static_refs) = statics;
    let start = instance_bytes(vm);
    let size = ((start + statics_bytes) as usize + 7) & !7;
    let mirror = crate::object::alloc_immovable(t, vm.known.class, size)?;
    let k = &vm.known;
    vm.set_u32(mirror, k.class_klass, class.0);
    vm.set_u32(mirror, k.class_mirror_size, size as u32);
    vm.set_u32(mirror, k.class_static_refs, start);
    vm.set_u32(mirror, k.class_static_ref_count, static_refs);
    let record = vm.class(class);
    record.shape.mirror.store(mirror.bits(), Ordering::Release);
    if !record.component.is_none() {
        let component = vm.mirror(record.component);
        vm.set_ref(mirror, k.class_component_type, component);
    }
    let loader = vm.loaders.object(record.loader);
    vm.set_ref(mirror, k.class_class_loader, loader);
    if k.class_modifiers != 0 {
        // ACC_SUPER is not a modifier.
        vm.set_u16(mirror, k.class_modifiers, record.modifiers & !0x0020);
    }
    if k.class_primitive != 0 {
        vm.set_u8(mirror, k.class_primitive, u8::from(record.is_primitive()));
    }
    set_module(vm, class, mirror);
    Ok(())
}

/// Sets `Class.module` once modules exist.
pub(crate) fn set_module(vm: &Vm, class: ClassId, mirror: Ref) {
    let record = vm.class(class);
    let element = if record.is_array() { record.element } else { class };
    let module = module_of(vm, element);
    if !module.is_null() {
        vm.set_ref(mirror, vm.known.class_module, module);
    }
}

/// The `Module` of a class that is not an array, or null while it does not exist.
fn module_of(vm: &Vm, class: ClassId) -> Ref {
    let record = vm.class(class);
    if record.is_primitive() {
        return vm.loaders.with(0, |l| {
            let lang = vm.symbols.lookup(&vm.meta, b"java/lang");
            lang.and_then(|p| l.packages.get(&p).copied()).unwrap_or(Ref::NULL)
        });
    }
    let package = super::tables::package_of(vm.bytes(record.name));
    let package = vm.symbols.intern(&vm.meta, package);
    vm.loaders.with(record.loader, |l| {
        if let Some(&m) = l.packages.get(&package) {
            return m;
        }
        // Before `java.base` is defined, all classes of the boot loader are taken to be its own.
        if record.loader == 0 && l.packages.is_empty() {
            return Ref::NULL;
        }
        if !l.unnamed_module.is_null() || l.object.is_null() {
            return l.unnamed_module;
        }
        vm.get_ref(l.object, vm.known.class_loader_unnamed_module)
    })
}

/// Gives mirrors to the classes that were loaded before `Class` itself was.
pub fn create_pending_mirrors(t: &Thread) -> Result<()> {
    let vm = t.vm();
    for c in vm.loaders.all_classes() {
        if vm.mirror(c).is_null() {
            super::define::create_mirror_late(t, c)?;
        }
    }
    Ok(())
}

/// After a module was defined: its classes that were loaded before get it.
pub fn fix_modules(vm: &Vm, loader: u32) {
    let classes = vm.loaders.with(loader, |l| l.defined.clone());
    let fix = |c: ClassId| {
        let mut c = c;
        while !c.is_none() {
            let mirror = vm.mirror(c);
            if !mirror.is_null() && vm.get_ref(mirror, vm.known.class_module).is_null() {
                set_module(vm, c, mirror);
            }
            c = ClassId(vm.class(c).array_class.load(Ordering::Acquire));
        }
    };
    classes.into_iter().for_each(fix);
    if loader == 0 {
        vm.known.prim_classes.iter().copied().filter(|c| !c.is_none()).for_each(fix);
    }
}

/// Makes the classes of the primitive types and `void`, and their arrays.
pub fn create_primitive_classes(t: &Thread) -> Result<()> {
    let vm = t.vm();
    for basic in BasicType::PRIMITIVES {
        let class = super::array_class::define_primitive(t, basic)?;
        // SAFETY: called while booting, by the only thread.
        let known = unsafe { vm.known.get_mut() };
        known.prim_classes[basic as usize] = class;
        known.prim_mirrors[basic as usize] = vm.mirror(class);
    }
    for basic in BasicType::PRIMITIVES.into_iter().filter(|&b| b != BasicType::Void) {
        let class = super::array_class_of(t, vm.known.prim_classes[basic as usize])?;
        // SAFETY: as above.
        unsafe { vm.known.get_mut() }.prim_arrays[basic as usize] = class;
    }
    Ok(())
}

/// Elements of a chunk of resolved references; element 0 links to the chunk before.
const REF_CHUNK: u32 = 16;

/// A slot that belongs to the class and holds `value`, which resolution has found: a string
/// constant, a call site's appendix. Answers its byte distance from the base.
pub fn ref_slot(t: &Thread, class: ClassId, value: gc::Handle) -> Result<u64> {
    let vm = t.vm();
    let record = vm.class(class);
    loop {
        let next = record.ref_slot_next.load(Ordering::Acquire);
        if next < record.ref_slot_end.load(Ordering::Acquire) {
            if record
                .ref_slot_next
                .compare_exchange(next, next + 4, Ordering::AcqRel, Ordering::Relaxed)
                .is_err()
            {
                continue;
            }
            let array = Ref::from_offset((next as usize) & !7);
            vm.set_ref(array, (next & 7) as u32, t.get(value));
            return Ok(next);
        }
        let size = ARRAY_DATA_OFFSET + REF_CHUNK as usize * 4;
        let chunk = crate::object::alloc_immovable(t, vm.known.object_array, size)?;
        vm.set_u32(chunk, gc::ARRAY_LENGTH_OFFSET as u32, REF_CHUNK);
        let _guard = vm.link_lock.lock().unwrap_or_else(|e| e.into_inner());
        if record.ref_slot_next.load(Ordering::Acquire)
            < record.ref_slot_end.load(Ordering::Acquire)
        {
            continue;
        }
        let mirror = vm.mirror(class);
        let at = vm.known.class_resolved_refs;
        let before = vm.get_ref(mirror, at);
        vm.set_ref(chunk, ARRAY_DATA_OFFSET as u32, before);
        vm.set_ref(mirror, at, chunk);
        let start = (chunk.offset() + ARRAY_DATA_OFFSET) as u64;
        // `next` is beyond the old end until both are set: readers see an empty chunk at worst.
        record.ref_slot_end.store(0, Ordering::Release);
        record.ref_slot_next.store(start + 4, Ordering::Release);
        record.ref_slot_end.store(start + 4 * REF_CHUNK as u64, Ordering::Release);
    }
}

/// Applies `ConstantValue` attributes of type String (JVMS 5.5 step 6; the others are set when
/// the mirror is made).
pub(super) fn set_string_constants(t: &Thread, class: ClassId) -> Result<()> {
    let vm = t.vm();
    let record = vm.class(class);
    let view = super::ConstantView::new(vm, class);
    for f in vm.meta.slice(record.fields) {
        if f.is_static() && f.constant_value != 0 && f.basic_type == BasicType::Object as u8 {
            let text = view.symbol(view.raw(f.constant_value) as u16);
            let s = crate::strings::intern_symbol(t, text)?;
            vm.set_ref(vm.mirror(class), f.offset, s);
        }
    }
    Ok(())
}

/// Sets the static fields that have numeric `ConstantValue`s.
pub(super) fn set_numeric_constants(vm: &Vm, class: ClassId) {
    let record = vm.class(class);
    let mirror = vm.mirror(class);
    let view = super::ConstantView::new(vm, class);
    for f in vm.meta.slice(record.fields) {
        if !f.is_static() || f.constant_value == 0 {
            continue;
        }
        match BasicType::from_u8(f.basic_type) {
            BasicType::Object | BasicType::Void => {}
            BasicType::Long | BasicType::Double => {
                vm.set_u64(mirror, f.offset, view.wide(f.constant_value));
            }
            BasicType::Int | BasicType::Float => {
                vm.set_u32(mirror, f.offset, view.raw(f.constant_value));
            }
            BasicType::Char | BasicType::Short => {
                vm.set_u16(mirror, f.offset, view.raw(f.constant_value) as u16);
            }
            BasicType::Boolean | BasicType::Byte => {
                vm.set_u8(mirror, f.offset, view.raw(f.constant_value) as u8);
            }
        }
    }
}

/// Whether instances of this class may be made by `new`; the exception otherwise.
pub(super) fn check_instantiable(t: &Thread, class: ClassId) -> Result<()> {
    let record = t.vm().class(class);
    if record.is_abstract() || record.has(class_flags::NOT_INSTANTIABLE) {
        let name = t.vm().external_name(class);
        return Err(exceptions::throw(t, "java/lang/InstantiationError", &name));
    }
    Ok(())
}
