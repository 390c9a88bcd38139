//! Classes: each is defined anew from its bytes, in the order in which the program had them, and put into the
//! dictionaries of the loaders that had answered it.

use super::super::PortableError;
use super::super::format::{Class, ClassIndex, ClassKind, Hidden, Name};
use super::{Rebuild, or_refuse, refused};
use crate::known::Known;
use crate::link::{self, array_class, define, loaders::BOOT};
use crate::meta::{BasicType, init_state};
use gc::ClassId;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// The most classes and bytes of metadata that an image may want, so that sums do not overflow.
const MAX_CLASSES: usize = 1 << 20;

impl Rebuild<'_> {
    /// Defines all classes and makes their mirrors.
    pub(super) fn define_classes(&mut self) -> Result<(), PortableError> {
        let guest = self.guest;
        if guest.classes.len() > MAX_CLASSES {
            return refused("it has more classes than a VM can have");
        }
        let answered = self.answered()?;
        let known: HashMap<&[u8], _> =
            Known::CLASSES.iter().map(|(name, get)| (name.as_bytes(), get)).collect();
        let mut last_ordinal = 0;
        for (at, class) in guest.classes.iter().enumerate() {
            if class.ordinal <= last_ordinal || class.ordinal >= guest.next_ordinal {
                return refused("its classes are not in the order of their numbers");
            }
            last_ordinal = class.ordinal;
            self.vm.loaders.set_ordinal(class.ordinal);
            let id = self.define(class)?;
            if self.vm.loaders.ordinal() != class.ordinal + 1 {
                return refused("a class is there twice");
            }
            if let Some(get) = known.get(self.vm.bytes(self.vm.class(id).name))
                && matches!(class.kind, ClassKind::Library { loader: BOOT, .. })
            {
                // SAFETY: nobody else knows the VM yet.
                *get(unsafe { self.vm.known.get_mut() }) = id;
                if id == self.vm.known.class {
                    let made = link::create_pending_mirrors(self.t);
                    made.or_else(|_| refused("there is no room for its classes"))?;
                }
            }
            self.answer(id, &class.kind, &answered[at])?;
            self.classes.push(id);
            let threads = &guest.threads;
            self.set_state(id, class, |thread| threads.iter().any(|t| t.id == thread))?;
        }
        self.vm.loaders.set_ordinal(guest.next_ordinal);
        Ok(())
    }

    /// By class: the loaders that have answered it.
    fn answered(&self) -> Result<Vec<Vec<u32>>, PortableError> {
        let mut answered = vec![Vec::new(); self.guest.classes.len()];
        for (number, loader) in (0..).zip(&self.guest.loaders) {
            for &class in &loader.classes {
                let place = answered.get_mut(class as usize);
                or_refuse(place, || format!("there is no class {class}"))?.push(number);
            }
        }
        Ok(answered)
    }

    fn define(&mut self, class: &Class) -> Result<ClassId, PortableError> {
        match &class.kind {
            ClassKind::Primitive(basic) => self.define_primitive(*basic),
            ClassKind::Array(component) => self.define_array(*component),
            ClassKind::Library { loader, name, hash } => self.define_library(*loader, name, hash),
            ClassKind::File { loader, name, bytes, hidden } => {
                self.define_file(*loader, name, bytes, hidden.as_ref())
            }
        }
    }

    fn define_primitive(&mut self, basic: u8) -> Result<ClassId, PortableError> {
        let known = BasicType::PRIMITIVES.into_iter().find(|&b| b as u8 == basic);
        let basic = or_refuse(known, || format!("there is no primitive type {basic}"))?;
        let k = &self.vm.known;
        if k.class.is_none() || !k.prim_classes[basic as usize].is_none() {
            return refused("its primitive types are not in their places");
        }
        let class = self.made(array_class::define_primitive(self.t, basic))?;
        // SAFETY: nobody else knows the VM yet.
        let k = unsafe { self.vm.known.get_mut() };
        k.prim_classes[basic as usize] = class;
        k.prim_mirrors[basic as usize] = self.vm.mirror(class);
        Ok(class)
    }

    fn define_array(&mut self, component: ClassIndex) -> Result<ClassId, PortableError> {
        let component = self.class(component)?;
        let (vm, record) = (self.vm, self.vm.class(component));
        let k = &vm.known;
        let early = [k.class, k.object, k.cloneable, k.serializable].iter().any(|c| c.is_none());
        let is_void = record.is_primitive() && record.element_type == BasicType::Void as u8;
        if early || is_void || record.dimensions == u8::MAX {
            return refused("it has an array of what can not be in one");
        }
        if vm.meta.check_room(1 << 16, 0).is_err() {
            return refused("there is no room for its classes");
        }
        self.made(link::array_class_of(self.t, component))
    }

    fn define_library(
        &mut self,
        loader: u32,
        name: &Name,
        hash: &[u8; 32],
    ) -> Result<ClassId, PortableError> {
        let vm = self.vm;
        let shown = String::from_utf8_lossy(name).replace('/', ".");
        let text = std::str::from_utf8(name).ok();
        let boot = loader == BOOT;
        let found = text.filter(|text| boot == vm.boot.find(text).is_some());
        let bytes = found.and_then(|text| vm.boot.library_class(text));
        let bytes = or_refuse(bytes, || format!("this class library has no class {shown} there"))?;
        if blake3::hash(&bytes).as_bytes() != hash {
            return refused(format!("the class {shown} of this class library is another one"));
        }
        let request = define::DefineRequest {
            loader: self.loader(loader)?,
            name: Some(vm.symbols.intern(&vm.meta, name)),
            bytes: &bytes,
            trusted: true,
            ..Default::default()
        };
        self.made(define::define_class(self.t, &request))
    }

    fn define_file(
        &mut self,
        loader: u32,
        name: &Name,
        bytes: &[u8],
        hidden: Option<&Hidden>,
    ) -> Result<ClassId, PortableError> {
        let vm = self.vm;
        let loader = self.loader(loader)?;
        let symbol = vm.symbols.intern(&vm.meta, name);
        let shown = vm.text(symbol).replace('/', ".");
        let in_library =
            std::str::from_utf8(name).is_ok_and(|n| vm.boot.library_class(n).is_some());
        if hidden.is_none() && in_library && vm.loaders.is_privileged(loader) {
            return refused(format!("the class {shown} of its class library is another one"));
        }
        let mut request =
            define::DefineRequest { loader, name: Some(symbol), bytes, ..Default::default() };
        if let Some(hidden) = hidden {
            request.hidden = true;
            request.name = None;
            request.hidden_name = Some(symbol);
            request.vm_annotations = hidden.vm_annotations;
            request.nest_host = hidden.nest_host.map(|host| self.class(host)).transpose()?;
            self.check_hidden(&request, name)?;
        }
        self.made(define::define_class(self.t, &request))
    }

    /// A hidden class is called as its file says, with a suffix; its nest host is of its own package.
    fn check_hidden(
        &self,
        request: &define::DefineRequest<'_>,
        name: &[u8],
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let plus = name.iter().rposition(|&b| b == b'+').unwrap_or(0);
        let suffix_is_plain =
            name[plus..].len() > 1 && name[plus + 1..].iter().all(u8::is_ascii_alphanumeric);
        let options = classfile::Options {
            max_major: vm.config.max_major,
            preview: vm.config.preview,
            ..classfile::Options::default()
        };
        let fits = classfile::ClassFile::parse_with(request.bytes, &options)
            .is_ok_and(|file| file.name == &name[..plus]);
        let package = |name: &[u8]| name.iter().rposition(|&b| b == b'/').unwrap_or(0);
        let host_fits = request.nest_host.is_none_or(|host| {
            let host = vm.class(host);
            let host_name = vm.bytes(host.name);
            host.loader == request.loader
                && !host.is_array()
                && !host.is_primitive()
                && host_name[..package(host_name)] == name[..package(name)]
        });
        if !suffix_is_plain || !fits || !host_fits {
            return refused("a hidden class has the name or the host of another one");
        }
        Ok(())
    }

    /// Puts a class into the dictionaries that had it, and only those.
    fn answer(
        &self,
        class: ClassId,
        kind: &ClassKind,
        answered: &[u32],
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let record = vm.class(class);
        let nobody = record.is_primitive()
            || record.is_hidden()
            || record.is_array() && vm.class(record.element).is_hidden();
        if nobody && !answered.is_empty() {
            return refused("a loader answers a class that has no name");
        }
        let own = answered.contains(&record.loader);
        // The boot loader knows what it has defined itself, and nothing else.
        let is_boot = matches!(kind, ClassKind::Library { loader: BOOT, .. });
        if answered.contains(&BOOT) && record.loader != BOOT || is_boot && !own {
            return refused("the boot loader's classes are not its own");
        }
        if !own && !nobody {
            vm.loaders.forget_in(record.loader, record.name);
        }
        for &loader in answered.iter().filter(|&&loader| loader != record.loader) {
            if vm.loaders.record(loader, record.name, class, false) != class {
                return refused("a loader answers two classes of one name");
            }
        }
        Ok(())
    }

    fn set_state(
        &self,
        class: ClassId,
        from: &Class,
        is_thread: impl Fn(u32) -> bool,
    ) -> Result<(), PortableError> {
        let record = self.vm.class(class);
        let (state, thread) = from.state;
        if record.is_array() || record.is_primitive() {
            let done = state == init_state::DONE;
            return if done { Ok(()) } else { refused("an array class is not initialised") };
        }
        let running = state == init_state::RUNNING;
        if state > init_state::FAILED || running != (thread != 0) || running && !is_thread(thread) {
            return refused("a class is in a state that there is not");
        }
        record.init_state.store(state, Ordering::Release);
        record.init_thread.store(thread, Ordering::Relaxed);
        Ok(())
    }

    /// What the VM knows of the class library, once its classes are there.
    pub(super) fn learn_known(&mut self) -> Result<(), PortableError> {
        let vm = self.vm;
        for (name, get) in Known::CLASSES {
            // SAFETY: nobody else knows the VM yet.
            let missing = get(unsafe { vm.known.get_mut() }).is_none();
            if missing && vm.boot.find(name).is_some() {
                return refused(format!("it lacks the class {}", name.replace('/', ".")));
            }
        }
        for basic in BasicType::PRIMITIVES {
            let class = vm.known.prim_classes[basic as usize];
            let array = if class.is_none() {
                0
            } else {
                vm.class(class).array_class.load(Ordering::Acquire)
            };
            if class.is_none() || array == 0 && basic != BasicType::Void {
                return refused("it lacks a primitive type");
            }
            // SAFETY: as above.
            unsafe { vm.known.get_mut() }.prim_arrays[basic as usize] = ClassId(array);
        }
        let array_of = |class: ClassId| {
            let array = vm.class(class).array_class.load(Ordering::Acquire);
            let array = (array != 0).then_some(ClassId(array));
            or_refuse(array, || "it lacks an array class".into())
        };
        let k = &vm.known;
        let (object, string, class) =
            (array_of(k.object)?, array_of(k.string)?, array_of(k.class)?);
        // SAFETY: as above.
        let k = unsafe { vm.known.get_mut() };
        (k.object_array, k.string_array, k.class_array) = (object, string, class);
        crate::boot::resolve_known_members(vm);
        crate::boot::set_layouts(vm);
        Ok(())
    }

    fn loader(&self, number: u32) -> Result<u32, PortableError> {
        let known = (number as usize) < self.guest.loaders.len();
        or_refuse(known.then_some(number), || format!("there is no class loader {number}"))
    }

    fn made(&self, class: crate::native::Result<ClassId>) -> Result<ClassId, PortableError> {
        class.or_else(|_| refused("a class of it can not be"))
    }
}
