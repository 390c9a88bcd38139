//! From a guest that stands still to its description: all that can be reached, object by object.

use super::fields::{Field, Plans, Role, is_mirror_class};
use super::format::*;
use super::{PortableError, frames};
use crate::link;
use crate::meta::{BasicType, CallSiteRecord, MethodId, entry, method_flags, method_kind};
use crate::sync::ThreadsState;
use crate::thread::Thread as VmThread;
use crate::vm::Vm;
use classfile::constant_pool::tag;
use gc::{ARRAY_DATA_OFFSET, ClassId, Ref, mark};
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// A graph that is being written.
pub(super) struct Capture<'a> {
    pub vm: &'a Vm,
    list: Vec<ClassId>,
    indices: HashMap<ClassId, ClassIndex>,
    numbers: HashMap<Ref, Object>,
    /// Found, in the order of their numbers; mirrors are not among them.
    found: Vec<Ref>,
    plans: Plans,
    /// The method ids of backtraces: the array of the ids, the array of the mirrors.
    backtraces: HashMap<Ref, Ref>,
    kinds: Vec<u8>,
    data: Vec<u8>,
}

/// Describes the guest of `t`, which has stopped the world and collected all garbage.
pub(super) fn capture(t: &VmThread, host: &[u8]) -> Result<Guest, PortableError> {
    let vm = t.vm();
    vm.monitors.deflate(&vm.heap);
    let state = ThreadsState::capture(vm, t)?;
    let mut c = Capture::new(vm);
    let mut classes = Vec::with_capacity(c.list.len());
    for at in 0..c.list.len() {
        classes.push(c.class(c.list[at])?);
    }
    let loaders = c.loaders();
    let modules = c.modules();
    let spare_errors = vm.spare_errors.objects(vm).into_iter().map(|r| c.object(r)).collect();
    let pending = c.object(vm.references.head());
    let threads = frames::capture(&mut c, &state)?;
    let heap = c.objects()?;
    let mut interned: Vec<Object> = Vec::new();
    vm.strings.for_each(vm, |r| interned.extend(c.numbers.get(&r)));
    interned.sort_unstable();
    // A lock whose object nobody can reach any more is nobody's.
    let reached = state.monitors.iter().filter_map(|m| {
        let object = *c.numbers.get(&Ref::from_bits(m.object))?;
        Some(Monitor {
            index: m.index,
            object,
            owner: m.owner,
            recursions: m.recursions,
            hash: m.hash,
            waiting: m.waiting.clone(),
            notified: m.notified.clone(),
        })
    });
    Ok(Guest {
        settings: settings(vm),
        launch: vm.program.get(),
        boot_phase: vm.boot_phase.load(Ordering::Acquire),
        host: host.into(),
        classes,
        next_ordinal: vm.loaders.ordinal(),
        loaders,
        privileged: vm.loaders.privileged(),
        modules,
        heap,
        native: native(vm),
        interned,
        spare_errors,
        pending,
        threads,
        monitors: reached.collect(),
    })
}

fn settings(vm: &Vm) -> Settings {
    let c = &vm.config;
    Settings {
        release: c.release,
        max_heap_bytes: vm.heap.stats().max_bytes as u64,
        stack_bytes: c.stack_bytes as u64,
        preview: c.preview,
        assertions: c.assertions,
        system_assertions: c.system_assertions,
        assertion_rules: c.assertion_rules.clone(),
        max_trace_depth: c.max_trace_depth as u64,
    }
}

fn native(vm: &Vm) -> Native {
    let area = vm.heap.areas().native;
    let (state, spans) = vm.heap.capture_native();
    let contents = spans.into_iter().map(|span| {
        let bytes = vm.heap.native_bytes(span);
        // What follows the last byte that is not 0 is 0 in a new area, too.
        let used = bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
        (span.start as u64, bytes[..used].to_vec())
    });
    Native { area: (area.start as u64, area.len() as u64), state, contents: contents.collect() }
}

impl<'a> Capture<'a> {
    fn new(vm: &'a Vm) -> Capture<'a> {
        let list = all_classes(vm);
        let indices = (0..).zip(&list).map(|(at, &class)| (class, at)).collect();
        let mirrors = (1..).zip(&list).map(|(number, &class)| (vm.mirror(class), number));
        Capture {
            vm,
            numbers: mirrors.collect(),
            list,
            indices,
            found: Vec::new(),
            plans: Plans::default(),
            backtraces: HashMap::new(),
            kinds: Vec::new(),
            data: Vec::new(),
        }
    }

    /// The number of an object; a new one if it has not been found before.
    pub fn object(&mut self, r: Ref) -> Object {
        if r.is_null() {
            return 0;
        }
        let next = (self.list.len() + self.found.len() + 1) as Object;
        *self.numbers.entry(r).or_insert_with(|| {
            self.found.push(r);
            next
        })
    }

    pub fn class_index(&self, class: ClassId) -> ClassIndex {
        self.indices[&class]
    }

    /// The name of a method.
    pub fn method(&self, id: MethodId) -> Method {
        if id.is_none() {
            return Method::None;
        }
        let vm = self.vm;
        let m = vm.method(id);
        if !m.has(method_flags::SYNTHESIZED) {
            return Method::Declared(self.class_index(m.class), m.index);
        }
        let (name, descriptor) = (vm.bytes(m.name).to_vec(), vm.bytes(m.descriptor).to_vec());
        match m.kind.load(Ordering::Acquire) {
            method_kind::DEFAULT_CONFLICT => {
                Method::Conflict(self.class_index(m.class), name, descriptor)
            }
            kind => Method::Intrinsic(kind, name, descriptor),
        }
    }

    fn class(&mut self, class: ClassId) -> Result<Class, PortableError> {
        let vm = self.vm;
        let record = vm.class(class);
        let kind = if record.is_primitive() {
            ClassKind::Primitive(record.element_type)
        } else if record.is_array() {
            ClassKind::Array(self.class_index(record.component))
        } else {
            self.class_of_file(class)
        };
        let state = record.init_state.load(Ordering::Acquire);
        let thread = record.init_thread.load(Ordering::Relaxed);
        let running = state == crate::meta::init_state::RUNNING;
        Ok(Class {
            ordinal: record.ordinal,
            kind,
            state: (state, if running { thread } else { 0 }),
            constants: self.constants(class),
            sites: self.sites(class),
            failures: self.failures(class),
        })
    }

    fn class_of_file(&self, class: ClassId) -> ClassKind {
        let vm = self.vm;
        let record = vm.class(class);
        let (loader, name) = (record.loader, vm.bytes(record.name).to_vec());
        let bytes = vm.meta.slice(record.bytes);
        let text = std::str::from_utf8(&name).ok();
        if !record.is_hidden() && text.is_some_and(|text| vm.boot.is_library_class(text, bytes)) {
            return ClassKind::Library { loader, name, hash: *blake3::hash(bytes).as_bytes() };
        }
        let hidden = record.is_hidden().then(|| {
            let host = ClassId(record.nest_host.load(Ordering::Acquire));
            Hidden {
                nest_host: (!host.is_none() && host != class).then(|| self.class_index(host)),
                vm_annotations: record.has(crate::meta::class_flags::VM_ANNOTATIONS),
            }
        });
        ClassKind::File { loader, name, bytes: bytes.to_vec(), hidden }
    }

    /// What resolution has made of entries whose values have an identity.
    fn constants(&mut self, class: ClassId) -> Vec<(u16, Object)> {
        let record = self.vm.class(class);
        let tags = self.vm.meta.slice(record.cp_tags);
        let resolved = self.vm.meta.slice(record.rcp);
        let mut all = Vec::new();
        for (cp, &kind) in (0u16..).zip(tags) {
            let slot = resolved[usize::from(cp)].load(Ordering::Acquire);
            if slot != 0 && matches!(kind, tag::METHOD_HANDLE | tag::METHOD_TYPE | tag::DYNAMIC) {
                let value = self.vm.heap.read_ref_at(slot as usize);
                all.push((cp, self.object(value)));
            }
        }
        all
    }

    fn sites(&mut self, class: ClassId) -> Vec<(u32, Site)> {
        let vm = self.vm;
        let record = vm.class(class);
        let tags = vm.meta.slice(record.cp_tags);
        let resolved = vm.meta.slice(record.rcp);
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (cp, &kind) in (0u16..).zip(tags) {
            let entry = resolved[usize::from(cp)].load(Ordering::Acquire);
            if kind == tag::METHODREF && entry != 0 && entry & entry::RESOLVED == 0 {
                found.push((u32::from(cp), entry as u32));
            }
        }
        let dynamic = vm.call_sites.lock().unwrap_or_else(|e| e.into_inner());
        let own = dynamic.iter().filter(|((c, _), _)| *c == class.0);
        found.extend(own.map(|(&(_, place), &site)| (place, site)));
        drop(dynamic);
        found.sort_unstable();
        let site = |(place, at): (u32, u32)| {
            // SAFETY: call sites are never freed, nor changed after they are published.
            let site = unsafe { &*vm.meta.ptr::<CallSiteRecord>(at) };
            let appendix = match site.appendix_slot {
                0 => Ref::NULL,
                slot => vm.heap.read_ref_at(slot as usize),
            };
            let site = Site { method: self.method(site.method), appendix: self.object(appendix) };
            (place, site)
        };
        found.into_iter().map(site).collect()
    }

    fn failures(&mut self, class: ClassId) -> Vec<(u32, Failure)> {
        let vm = self.vm;
        let all = vm.failures.lock().unwrap_or_else(|e| e.into_inner());
        let mut own: Vec<_> = all.iter().filter(|((c, _), _)| *c == class.0).collect();
        own.sort_by_key(|((_, place), _)| *place);
        let failure = |(&(_, place), f): (&(u32, u32), &link::resolve::Failure)| {
            let trace = f.trace.as_ref().map_or(Ref::NULL, |g| vm.globals.get(g));
            let (class, message) = (f.class.clone(), f.message.clone());
            (place, Failure { class, message, trace: self.object(trace) })
        };
        own.into_iter().map(failure).collect()
    }

    fn loaders(&mut self) -> Vec<Loader> {
        let vm = self.vm;
        let state = vm.loaders.capture();
        let loader = |l: &link::loaders::Loader| {
            let name = |s| vm.bytes(s).to_vec();
            let mut packages: Vec<_> = l.packages.iter().map(|(&p, &m)| (name(p), m)).collect();
            packages.sort();
            let mut classes: Vec<_> = l.answered().map(|c| self.class_index(c)).collect();
            classes.sort_unstable();
            Loader {
                object: self.object(l.object),
                unnamed_module: self.object(l.unnamed_module),
                packages: packages.into_iter().map(|(p, m)| (p, self.object(m))).collect(),
                classes,
            }
        };
        state.table.iter().map(loader).collect()
    }

    fn modules(&mut self) -> Vec<Module> {
        let vm = self.vm;
        let modules = vm.modules.capture();
        let mut objects = vec![Ref::NULL; modules.len()];
        vm.loaders.for_each(|_, loader| {
            for &module in loader.packages.values() {
                let number = vm.modules.number(vm, module) as usize;
                if let Some(place) = objects.get_mut(number).filter(|_| number != 0) {
                    *place = module;
                }
            }
        });
        let module = |(module, object): (crate::modules::Module, Ref)| {
            let (reads, exports) = module.describe(vm);
            let export =
                |(package, to_all, to_unnamed, to)| Export { package, to_all, to_unnamed, to };
            let exports = exports.into_iter().map(export).collect();
            Module { object: self.object(object), reads, exports }
        };
        modules.into_iter().zip(objects).map(module).collect()
    }

    /// Writes all objects that have a number, and those that they lead to.
    fn objects(&mut self) -> Result<Heap, PortableError> {
        for at in 0..self.list.len() {
            let class = self.list[at];
            let mirror = self.vm.mirror(class);
            self.put_mark(mirror);
            let fields = self.plans.instance(self.vm, self.vm.known.class);
            self.put_fields(mirror, &fields);
            let statics = self.plans.statics(self.vm, class);
            self.put_fields(mirror, &statics);
        }
        let mut at = 0;
        while at < self.found.len() {
            self.put_object(self.found[at])?;
            at += 1;
        }
        let count = u32::try_from(self.found.len()).map_err(|_| PortableError::TooLarge)?;
        let (kinds, data) = (std::mem::take(&mut self.kinds), std::mem::take(&mut self.data));
        Ok(Heap { count, kinds, data })
    }

    fn put_object(&mut self, r: Ref) -> Result<(), PortableError> {
        let vm = self.vm;
        let class = vm.class_of(r);
        let record = vm.class(class);
        if is_mirror_class(record) {
            // Of a class that is no loader's: nobody can know it.
            return Err(PortableError::Refused("a class is in nobody's table".into()));
        }
        let index = self.class_index(class);
        put(&mut self.kinds, u64::from(index));
        self.put_mark(r);
        if !record.is_array() {
            let fields = self.plans.instance(vm, class);
            self.put_fields(r, &fields);
            if link::is_subclass(vm, class, vm.known.throwable) {
                self.note_backtrace(r);
            }
            return Ok(());
        }
        let len = vm.array_len(r);
        put(&mut self.kinds, len as u64);
        let basic = BasicType::from_u8(record.element_type);
        if basic == BasicType::Object {
            for i in 0..len {
                let number = self.object(vm.element(r, i));
                put(&mut self.data, u64::from(number));
            }
        } else if let Some(&mirrors) = self.backtraces.get(&r) {
            self.put_method_ids(r, mirrors, len);
        } else {
            let start = self.data.len();
            self.data.resize(start + (len << basic.size_shift()), 0);
            vm.read_bytes(r, ARRAY_DATA_OFFSET, &mut self.data[start..]);
        }
        Ok(())
    }

    /// Lock and identity hash; the age is the collector's affair.
    fn put_mark(&mut self, r: Ref) {
        let word = self.vm.heap.mark(r).load(Ordering::Relaxed);
        let payload = u64::from(word >> mark::PAYLOAD_SHIFT);
        put(&mut self.data, payload << 2 | u64::from(word & mark::TAG_MASK));
    }

    fn put_fields(&mut self, r: Ref, fields: &[Field]) {
        let vm = self.vm;
        for field in fields {
            match field.role {
                Role::Own => {}
                Role::MethodTarget => {
                    let method = self.method(MethodId(vm.get_u32(r, field.offset)));
                    self.put_method(&method);
                }
                Role::Plain if field.basic == BasicType::Object => {
                    let number = self.object(vm.get_ref(r, field.offset));
                    put(&mut self.data, u64::from(number));
                }
                Role::Plain | Role::MemberIndex => {
                    let start = self.data.len();
                    self.data.resize(start + (1 << field.basic.size_shift()), 0);
                    vm.read_bytes(r, field.offset as usize, &mut self.data[start..]);
                }
            }
        }
    }

    fn put_method(&mut self, method: &Method) {
        let out = &mut self.data;
        let put_names = |out: &mut Vec<u8>, names: [&Name; 2]| {
            for name in names {
                put(out, name.len() as u64);
                out.extend_from_slice(name);
            }
        };
        match method {
            Method::None => put(out, 0),
            Method::Declared(class, index) => {
                [1, u64::from(*class), u64::from(*index)].into_iter().for_each(|n| put(out, n));
            }
            Method::Intrinsic(kind, name, descriptor) => {
                [2, u64::from(*kind)].into_iter().for_each(|n| put(out, n));
                put_names(out, [name, descriptor]);
            }
            Method::Conflict(class, name, descriptor) => {
                [3, u64::from(*class)].into_iter().for_each(|n| put(out, n));
                put_names(out, [name, descriptor]);
            }
        }
    }

    /// `Throwable.backtrace` has method ids in an array of numbers, see [`crate::backtrace`].
    fn note_backtrace(&mut self, throwable: Ref) {
        let trace = self.vm.get_ref(throwable, self.vm.known.throwable_backtrace);
        if !trace.is_null()
            && let Some((methods, mirrors)) = crate::backtrace::arrays(self.vm, trace)
        {
            self.backtraces.insert(methods, mirrors);
        }
    }

    /// Method ids as places in the class file of their classes, which the mirrors tell.
    fn put_method_ids(&mut self, ids: Ref, mirrors: Ref, len: usize) {
        let vm = self.vm;
        for i in 0..len {
            let id = MethodId(vm.get_u32(ids, (ARRAY_DATA_OFFSET + 4 * i) as u32));
            let mirror = vm.element(mirrors, i);
            let known = !id.is_none() && !mirror.is_null();
            let index = if known { vm.method(id).index } else { u16::MAX };
            self.data.extend_from_slice(&u32::from(index).to_le_bytes());
        }
    }
}

/// All classes in the order of their definition.
fn all_classes(vm: &Vm) -> Vec<ClassId> {
    let known = vm.known.prim_classes.iter().copied().filter(|c| !c.is_none());
    let mut all: Vec<ClassId> = vm.loaders.all_classes().into_iter().chain(known).collect();
    let mut at = 0;
    while at < all.len() {
        let array = ClassId(vm.class(all[at]).array_class.load(Ordering::Acquire));
        if !array.is_none() {
            all.push(array);
        }
        at += 1;
    }
    all.sort_by_key(|&class| vm.class(class).ordinal);
    all
}
