//! What the VM keeps beside the heap: loaders, modules, interned strings, linked call sites, errors that must repeat.

use super::super::PortableError;
use super::super::format::{Guest, Site};
use super::{Rebuild, or_refuse, refused};
use crate::exceptions::SpareErrors;
use crate::link::loaders::{Loader, Loaders, LoadersState};
use crate::link::{self, mirror, resolve::Failure};
use crate::meta::{BasicType, CallSiteRecord};
use crate::modules::Module;
use crate::strings;
use crate::vm::{Config, Vm};
use classfile::constant_pool::tag;
use classfile::descriptor::MethodDescriptor;
use gc::{ClassId, Ref};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The most loaders and modules that an image may have.
const MAX_LOADERS: usize = 1 << 20;
/// Set in the place of an `invokedynamic` instruction.
const IN_CODE: u32 = 1 << 31;

/// As many loaders as there were, that know nothing yet.
pub(super) fn empty_loaders(guest: &Guest) -> Result<Loaders, PortableError> {
    let count = guest.loaders.len();
    let privileged = (guest.privileged as usize) < count;
    if !(1..=MAX_LOADERS).contains(&count) || !privileged || guest.loaders[0].object != 0 {
        return refused("it has no boot loader");
    }
    let table = vec![Loader::default(); count];
    Ok(Loaders::restore(&LoadersState { table, ordinals: 1, privileged: guest.privileged }))
}

/// Has the native area begin where it did: the program keeps distances from the base in numbers.
pub(super) fn place_native(config: &mut Config, guest: &Guest) -> Result<(), PortableError> {
    if guest.native.contents.is_empty() {
        return Ok(());
    }
    let (start, bytes) = guest.native.area;
    let plan = gc::Areas::plan(&gc::RangeConfig { image_bytes: 0, ..config.heap.range() })?;
    let room = usize::try_from(start).ok().and_then(|start| start.checked_sub(plan.metadata.end));
    let room = room.filter(|&n| n > 0 && n < gc::range::REACH_BYTES);
    config.heap.image_bytes =
        or_refuse(room, || "its off-heap memory lies where none can be".into())?;
    let bytes = usize::try_from(bytes).ok().filter(|&n| n < gc::range::REACH_BYTES);
    config.heap.native_bytes =
        Some(or_refuse(bytes, || "its off-heap memory is too large".into())?);
    let placed = gc::Areas::plan(&config.heap.range())?;
    match placed.native.start as u64 == start {
        true => Ok(()),
        false => refused("its off-heap memory lies where this VM can not have it"),
    }
}

/// The errors that are kept for when memory is short.
pub(super) fn spare_errors(vm: &Vm, objects: &[Ref]) -> SpareErrors {
    SpareErrors::of_objects(vm, objects)
}

impl Rebuild<'_> {
    /// Fills all tables that are not the threads'; answers the modules.
    pub(super) fn fill_tables(&mut self) -> Result<Vec<Arc<Module>>, PortableError> {
        let modules = self.modules()?;
        self.loaders()?;
        self.fill_mirrors();
        for &string in &self.guest.interned {
            let string = self.instance(string, self.vm.known.string)?;
            let is_made = !self.vm.get_ref(string, self.vm.known.string_value).is_null();
            if !is_made || !strings::intern_this(self.vm, string) {
                return refused("its interned strings are not one for each text");
            }
        }
        for at in 0..self.classes.len() {
            self.linked(at)?;
        }
        self.native()?;
        Ok(modules)
    }

    fn modules(&mut self) -> Result<Vec<Arc<Module>>, PortableError> {
        let vm = self.vm;
        let count = self.guest.modules.len();
        let known = |number: &u32| (*number as usize) < count;
        let mut modules = Vec::with_capacity(count);
        for (number, module) in (0u32..).zip(&self.guest.modules) {
            let exported = module.exports.iter().flat_map(|e| &e.to);
            if !module.reads.iter().chain(exported).all(known) {
                return refused("a module reads one that there is not");
            }
            if module.object != 0 {
                let object = self.instance(module.object, vm.known.module)?;
                if number == 0 || vm.get_u32(object, vm.known.module_index) != 0 {
                    return refused("a module has two numbers");
                }
                vm.set_u32(object, vm.known.module_index, number);
            }
            let export = |e: &super::super::format::Export| {
                (e.package.clone(), e.to_all, e.to_unnamed, e.to.clone())
            };
            let exports = module.exports.iter().map(export).collect();
            modules.push(Arc::new(Module::described(vm, &module.reads, exports)));
        }
        Ok(modules)
    }

    fn loaders(&mut self) -> Result<(), PortableError> {
        let vm = self.vm;
        for (number, loader) in (0u32..).zip(&self.guest.loaders) {
            let object = match number {
                0 => Ref::NULL,
                _ => self.instance(loader.object, vm.known.class_loader)?,
            };
            if number != 0 {
                if vm.get_u32(object, vm.known.class_loader_id) != 0 {
                    return refused("a class loader has two numbers");
                }
                vm.set_u32(object, vm.known.class_loader_id, number);
            }
            let mut packages = Vec::with_capacity(loader.packages.len());
            for (package, module) in &loader.packages {
                let module = self.instance(*module, vm.known.module)?;
                packages.push((vm.symbols.intern(&vm.meta, package), module));
            }
            let unnamed = match loader.unnamed_module {
                0 => Ref::NULL,
                module => self.instance(module, vm.known.module)?,
            };
            vm.loaders.with_mut(number, |l| {
                l.object = object;
                l.unnamed_module = unnamed;
                l.packages = packages.into_iter().collect();
            });
        }
        Ok(())
    }

    /// What a mirror says of its class's loader and module.
    fn fill_mirrors(&self) {
        let vm = self.vm;
        for &class in &self.classes {
            let mirror = vm.mirror(class);
            let loader = vm.loaders.object(vm.class(class).loader);
            vm.set_ref(mirror, vm.known.class_class_loader, loader);
            mirror::set_module(vm, class, mirror);
        }
    }

    /// What resolution has found in a class.
    fn linked(&mut self, at: usize) -> Result<(), PortableError> {
        let (vm, guest) = (self.vm, self.guest);
        let (class, from) = (self.classes[at], &guest.classes[at]);
        let record = vm.class(class);
        let tags = vm.meta.slice(record.cp_tags);
        for &(cp, value) in &from.constants {
            let kind = tags.get(usize::from(cp)).copied().unwrap_or(0);
            let value = self.constant(class, cp, kind, value)?;
            let slot = self.slot(class, value)?;
            vm.meta.slice(record.rcp)[usize::from(cp)].store(slot, Ordering::Release);
        }
        for (place, site) in &from.sites {
            let (descriptor, receiver) = self.site_descriptor(class, *place)?;
            let at = self.site(class, site, descriptor, receiver)?;
            if place & IN_CODE == 0 {
                vm.meta.slice(record.rcp)[*place as usize].store(u64::from(at), Ordering::Release);
            } else {
                let mut sites = vm.call_sites.lock().unwrap_or_else(|e| e.into_inner());
                sites.insert((class.0, *place), at);
            }
        }
        for (place, failure) in &from.failures {
            let trace = match failure.trace {
                0 => None,
                trace => Some(vm.globals.add(self.throwable(trace)?)),
            };
            let class_name = failure.class.clone();
            let failure = Failure { class: class_name, message: failure.message.clone(), trace };
            let mut failures = vm.failures.lock().unwrap_or_else(|e| e.into_inner());
            failures.insert((class.0, *place), failure);
        }
        Ok(())
    }

    /// The value of a resolved constant, which must be of the constant's type.
    fn constant(
        &mut self,
        class: ClassId,
        cp: u16,
        kind: u8,
        value: u32,
    ) -> Result<Ref, PortableError> {
        let vm = self.vm;
        let k = &vm.known;
        match kind {
            tag::METHOD_HANDLE => self.instance(value, k.method_handle),
            tag::METHOD_TYPE => self.instance(value, k.method_type),
            tag::DYNAMIC => {
                let (_, _, descriptor) = link::ConstantView::new(vm, class).dynamic(cp);
                let basic = BasicType::from_descriptor(vm.bytes(descriptor)[0]);
                if basic != BasicType::Object {
                    return self.instance(value, k.boxed(basic).0);
                }
                if value == 0 {
                    return Ok(Ref::NULL);
                }
                let (object, of) = self.some_object(value)?;
                match self.types.borrow_mut().admits(vm, vm.class(class).loader, descriptor, of) {
                    true => Ok(object),
                    false => refused("a dynamic constant has another type"),
                }
            }
            _ => refused("a constant has a value that it can not have"),
        }
    }

    /// The descriptor of a call through a method handle, and whether it has a receiver.
    fn site_descriptor(
        &self,
        class: ClassId,
        place: u32,
    ) -> Result<(Vec<u8>, bool), PortableError> {
        let vm = self.vm;
        let record = vm.class(class);
        let view = link::ConstantView::new(vm, class);
        let why = || "a call is linked where there is none".to_owned();
        if place & IN_CODE == 0 {
            let tags = vm.meta.slice(record.cp_tags);
            let is_method = tags.get(place as usize) == Some(&tag::METHODREF);
            let cp = or_refuse(u16::try_from(place).ok().filter(|_| is_method), why)?;
            let member = view.member(cp);
            let holder = view.class_name_bytes(member.class);
            let by_handle =
                matches!(holder, b"java/lang/invoke/MethodHandle" | b"java/lang/invoke/VarHandle");
            or_refuse(by_handle.then_some(()), why)?;
            return Ok((vm.bytes(member.descriptor).to_vec(), true));
        }
        let at = (place & !IN_CODE) as usize;
        let bytes = vm.meta.slice(record.bytes);
        let in_method = record.method_ids().any(|m| {
            let m = vm.method(m);
            let code = m.code_at as usize..(m.code_at + m.code_len) as usize;
            code.contains(&at) && super::frames::starts_instruction(vm, m, at - code.start)
        });
        let is_dynamic = in_method && bytes[at] == classfile::opcode::INVOKEDYNAMIC;
        or_refuse(is_dynamic.then_some(()), why)?;
        let cp = u16::from_be_bytes([bytes[at + 1], bytes[at + 2]]);
        let (_, _, descriptor) = view.dynamic(cp);
        Ok((vm.bytes(descriptor).to_vec(), false))
    }

    /// A call site's record; the adapter takes what the call passes, and the appendix.
    fn site(
        &mut self,
        class: ClassId,
        site: &Site,
        descriptor: Vec<u8>,
        receiver: bool,
    ) -> Result<u32, PortableError> {
        let vm = self.vm;
        let method = self.method(&site.method)?;
        let passes = MethodDescriptor::parse(&descriptor)
            .map_err(|_| PortableError::Refused("a call has no descriptor".into()))?;
        let m = (!method.is_none()).then(|| vm.method(method));
        let slots = passes.param_slots() + u32::from(receiver) + u32::from(site.appendix != 0);
        let fits = m.is_some_and(|m| {
            m.is_static()
                && u32::from(m.arg_slots) == slots
                && super::frames::takes(vm, m, &passes, receiver, site.appendix != 0)
        });
        if !fits {
            return refused("a call is linked to a method that takes other arguments");
        }
        let appendix_slot = match site.appendix {
            0 => 0,
            appendix => {
                let appendix = self.object(appendix)?;
                self.slot(class, appendix)?
            }
        };
        let keep = vm.mirror(vm.method(method).class);
        self.slot(class, keep)?;
        let record = CallSiteRecord { method, arg_slots: slots, appendix_slot };
        let at = vm.meta.alloc_bytes(size_of::<CallSiteRecord>());
        // SAFETY: freshly allocated for this record, not yet published.
        unsafe { vm.meta.ptr::<CallSiteRecord>(at).write(record) };
        Ok(at)
    }

    /// A slot of the class's that keeps an object.
    fn slot(&self, class: ClassId, value: Ref) -> Result<u64, PortableError> {
        let t = self.t;
        let slot = t.scope(|| link::ref_slot(t, class, t.handle(value)));
        slot.or_else(|_| refused("there is no room for its objects"))
    }

    /// Off-heap memory.
    fn native(&self) -> Result<(), PortableError> {
        let (vm, native) = (self.vm, &self.guest.native);
        if native.contents.is_empty() {
            return Ok(());
        }
        if !vm.heap.restore_native(&native.state) {
            return refused("its off-heap memory does not hold together");
        }
        for (start, bytes) in &native.contents {
            let start = usize::try_from(*start).ok();
            if !start.is_some_and(|start| vm.heap.fill_native(start, bytes)) {
                return refused("its off-heap memory lies outside of its area");
            }
        }
        Ok(())
    }
}
