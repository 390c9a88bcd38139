//! Class loaders and their dictionaries; loading a class by name (JVMS 5.3).

use super::define::{self, DefineRequest};
use crate::exceptions;
use crate::frame::After;
use crate::meta::{SymbolId, class_flags};
use crate::native::Result;
use crate::thread::Thread;
use crate::vm::Vm;
use crate::{interp, object, strings};
use gc::{ClassId, Handle, Ref};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Number of the boot loader.
pub const BOOT: u32 = 0;

/// One class loader.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Loader {
    /// The `java.lang.ClassLoader`; null for the boot loader. A root.
    pub object: Ref,
    /// Classes for which it is a defining or initiating loader (JVMS 5.3).
    classes: HashMap<SymbolId, ClassId>,
    /// Classes that it defined, in order.
    pub defined: Vec<ClassId>,
    /// Modules by package (internal name). Roots.
    pub packages: HashMap<SymbolId, Ref>,
    /// Its unnamed module. A root.
    pub unnamed_module: Ref,
}

impl Loader {
    /// Classes that it has answered, in no order.
    pub(crate) fn answered(&self) -> impl Iterator<Item = ClassId> + '_ {
        self.classes.values().copied()
    }
}

/// All class loaders of a VM; number 0 is the boot loader.
pub struct Loaders {
    table: RwLock<Vec<Loader>>,
    ordinals: AtomicU32,
    privileged: AtomicU32,
    /// Classes that loaders must answer when they are first asked (loader constraints, JVMS 5.3.4).
    constraints: HashMap<(u32, SymbolId), ClassId>,
}

/// What [`Loaders`] hold, for an image.
#[derive(Serialize, Deserialize)]
pub struct LoadersState {
    pub(crate) table: Vec<Loader>,
    pub(crate) ordinals: u32,
    pub(crate) privileged: u32,
}

impl Default for Loaders {
    fn default() -> Self {
        Loaders::new()
    }
}

impl Loaders {
    /// The boot loader alone.
    pub fn new() -> Loaders {
        Loaders {
            table: RwLock::new(vec![Loader::default()]),
            ordinals: AtomicU32::new(1),
            privileged: AtomicU32::new(BOOT),
            constraints: HashMap::new(),
        }
    }

    /// A copy of everything, for an image.
    pub fn capture(&self) -> LoadersState {
        LoadersState {
            table: self.table.read().unwrap_or_else(|e| e.into_inner()).clone(),
            ordinals: self.ordinals.load(Ordering::Relaxed),
            privileged: self.privileged.load(Ordering::Relaxed),
        }
    }

    /// The loaders that [`Loaders::capture`] copied.
    pub fn restore(state: &LoadersState) -> Loaders {
        Loaders {
            table: RwLock::new(state.table.clone()),
            ordinals: AtomicU32::new(state.ordinals),
            privileged: AtomicU32::new(state.privileged),
            constraints: HashMap::new(),
        }
    }

    /// A new dense number for a class.
    pub fn next_ordinal(&self) -> u32 {
        self.ordinals.fetch_add(1, Ordering::Relaxed)
    }

    /// Has loaders answer these classes for these names, or none.
    pub(crate) fn constrain(&mut self, classes: &HashMap<(u32, SymbolId), ClassId>) {
        self.constraints.clone_from(classes);
    }

    /// The number that the next class gets.
    pub(crate) fn ordinal(&self) -> u32 {
        self.ordinals.load(Ordering::Relaxed)
    }

    /// Makes this the number of the next class, in a VM that is being made.
    pub(crate) fn set_ordinal(&self, ordinal: u32) {
        self.ordinals.store(ordinal, Ordering::Relaxed);
    }

    /// Number of the platform loader.
    pub(crate) fn privileged(&self) -> u32 {
        self.privileged.load(Ordering::Relaxed)
    }

    /// Whether this is the boot or the platform loader, whose classes' VM annotations are believed and natives bound.
    /// Numbers say nothing about that: they follow the order of first use, which differs from run to run.
    pub fn is_privileged(&self, loader: u32) -> bool {
        loader == BOOT || loader == self.privileged.load(Ordering::Relaxed)
    }

    /// Names the platform loader as privileged.
    pub fn set_privileged(&self, loader: u32) {
        self.privileged.store(loader, Ordering::Relaxed);
    }

    /// Reads a loader's entry. Must not reach a safepoint in `f`.
    pub fn with<R>(&self, loader: u32, f: impl FnOnce(&Loader) -> R) -> R {
        f(&self.table.read().unwrap_or_else(|e| e.into_inner())[loader as usize])
    }

    /// Changes a loader's entry. Must not reach a safepoint in `f`.
    pub fn with_mut<R>(&self, loader: u32, f: impl FnOnce(&mut Loader) -> R) -> R {
        f(&mut self.table.write().unwrap_or_else(|e| e.into_inner())[loader as usize])
    }

    /// Visits all loaders.
    pub fn for_each(&self, mut f: impl FnMut(u32, &mut Loader)) {
        let mut t = self.table.write().unwrap_or_else(|e| e.into_inner());
        for (i, l) in t.iter_mut().enumerate() {
            f(i as u32, l);
        }
    }

    /// Number of the loader behind a `ClassLoader` object (null: the boot loader).
    pub fn number_of(&self, vm: &Vm, loader: Ref) -> u32 {
        if loader.is_null() {
            return BOOT;
        }
        let at = vm.known.class_loader_id;
        let id = vm.get_u32(loader, at);
        if id != 0 {
            return id;
        }
        let mut t = self.table.write().unwrap_or_else(|e| e.into_inner());
        let id = vm.get_u32(loader, at);
        if id != 0 {
            return id;
        }
        let id = t.len() as u32;
        t.push(Loader { object: loader, ..Loader::default() });
        vm.set_u32(loader, at, id);
        id
    }

    /// The `ClassLoader` object of a number.
    pub fn object(&self, loader: u32) -> Ref {
        self.with(loader, |l| l.object)
    }

    /// The class that this loader answers for the name, if it has done so before.
    pub fn find(&self, loader: u32, name: SymbolId) -> Option<ClassId> {
        self.with(loader, |l| l.classes.get(&name).copied())
    }

    /// Records a class; answers the class that another thread recorded first.
    pub fn record(&self, loader: u32, name: SymbolId, class: ClassId, defined: bool) -> ClassId {
        if let Some(&c) = self.constraints.get(&(loader, name)).filter(|c| **c != class) {
            return c;
        }
        self.with_mut(loader, |l| {
            if let Some(&c) = l.classes.get(&name) {
                return c;
            }
            l.classes.insert(name, class);
            if defined {
                l.defined.push(class);
            }
            class
        })
    }

    /// Takes a name out of one loader's dictionary.
    pub(crate) fn forget_in(&self, loader: u32, name: SymbolId) {
        self.with_mut(loader, |l| l.classes.remove(&name));
    }

    /// Takes a name out of all loaders' dictionaries; the class itself stays.
    pub fn forget(&self, name: SymbolId) {
        self.for_each(|_, l| {
            l.classes.remove(&name);
        });
    }

    /// Records a class that cannot be found by name (hidden classes).
    pub fn record_hidden(&self, loader: u32, class: ClassId) {
        self.with_mut(loader, |l| l.defined.push(class));
    }

    /// All classes of all loaders in order of loader and definition.
    pub fn all_classes(&self) -> Vec<ClassId> {
        let t = self.table.read().unwrap_or_else(|e| e.into_inner());
        t.iter().flat_map(|l| l.defined.iter().copied()).collect()
    }

    /// Visits the references in the table.
    pub fn visit_roots(&self, mut visit: impl FnMut(&mut Ref)) {
        self.for_each(|_, l| {
            visit(&mut l.object);
            visit(&mut l.unnamed_module);
            l.packages.values_mut().for_each(&mut visit);
        });
    }

    /// Visits the mirrors of all classes; they do not move.
    pub fn visit_mirrors(&self, vm: &Vm, mut visit: impl FnMut(&mut Ref)) {
        let t = self.table.read().unwrap_or_else(|e| e.into_inner());
        for &c in t.iter().flat_map(|l| &l.defined) {
            let record = vm.class(c);
            visit(&mut vm.mirror(c));
            let mut array = ClassId(record.array_class.load(Ordering::Acquire));
            while !array.is_none() {
                visit(&mut vm.mirror(array));
                array = ClassId(vm.class(array).array_class.load(Ordering::Acquire));
            }
        }
        for &c in &vm.known.prim_classes {
            if !c.is_none() {
                visit(&mut vm.mirror(c));
                let mut array = ClassId(vm.class(c).array_class.load(Ordering::Acquire));
                while !array.is_none() {
                    visit(&mut vm.mirror(array));
                    array = ClassId(vm.class(array).array_class.load(Ordering::Acquire));
                }
            }
        }
    }
}

/// A class that a loader has already answered; arrays included.
pub fn find_loaded(vm: &Vm, loader: u32, name: SymbolId) -> Option<ClassId> {
    vm.loaders.find(loader, name)
}

/// Loads a class of the boot loader by its internal name.
pub fn class_by_name(t: &Thread, name: &str) -> Result<ClassId> {
    load_class(t, BOOT, t.symbol(name))
}

/// Loads the class with this internal name (or array descriptor) through a loader. Throws
/// `ClassNotFoundException` or a `LinkageError` as the loader does.
pub fn load_class(t: &Thread, loader: u32, name: SymbolId) -> Result<ClassId> {
    let vm = t.vm();
    if let Some(c) = vm.loaders.find(loader, name) {
        return Ok(c);
    }
    let bytes = vm.bytes(name);
    if bytes.first() == Some(&b'[') {
        return load_array(t, loader, name);
    }
    if vm.refusals.is_active() {
        let text = vm.text(name);
        return Err(exceptions::throw(t, "java/lang/NoClassDefFoundError", &text));
    }
    if loader == BOOT {
        return match load_boot(t, name)? {
            Some(c) => Ok(c),
            None => {
                let text = vm.text(name).replace('/', ".");
                Err(exceptions::throw(t, "java/lang/ClassNotFoundException", &text))
            }
        };
    }
    load_through_java(t, loader, name)
}

fn load_array(t: &Thread, loader: u32, name: SymbolId) -> Result<ClassId> {
    let vm = t.vm();
    let bytes = vm.bytes(name);
    let not_found = || {
        let text = vm.text(name).replace('/', ".");
        exceptions::throw(t, "java/lang/ClassNotFoundException", &text)
    };
    if classfile::descriptor::FieldType::parse(bytes).is_err() {
        return Err(not_found());
    }
    let dims = bytes.iter().take_while(|&&b| b == b'[').count();
    let mut class = load_descriptor(t, loader, &bytes[dims..])?;
    for _ in 0..dims {
        class = array_class_of(t, class)?;
    }
    Ok(class)
}

/// Loads the class that a field descriptor names; primitive types answer their class.
pub fn load_descriptor(t: &Thread, loader: u32, descriptor: &[u8]) -> Result<ClassId> {
    let vm = t.vm();
    match descriptor.first() {
        Some(b'L') => {
            let name = &descriptor[1..descriptor.len() - 1];
            load_class(t, loader, vm.symbols.intern(&vm.meta, name))
        }
        Some(b'[') => load_class(t, loader, vm.symbols.intern(&vm.meta, descriptor)),
        Some(&c) => {
            let basic = crate::meta::BasicType::from_descriptor(c);
            Ok(vm.known.prim_classes[basic as usize])
        }
        None => Err(exceptions::throw(t, "java/lang/InternalError", "empty descriptor")),
    }
}

/// Loads a class of the boot loader; None if there is none of this name.
pub fn load_boot(t: &Thread, name: SymbolId) -> Result<Option<ClassId>> {
    let vm = t.vm();
    if let Some(c) = vm.loaders.find(BOOT, name) {
        return Ok(Some(c));
    }
    let Ok(text) = std::str::from_utf8(vm.bytes(name)) else { return Ok(None) };
    let Some(found) = vm.boot.find(text) else { return Ok(None) };
    let request = DefineRequest {
        loader: BOOT,
        name: Some(name),
        bytes: &found.bytes,
        trusted: true,
        ..DefineRequest::default()
    };
    define::define_class(t, &request).map(Some)
}

/// `loader.loadClass(name)` of Java, with the checks of JVMS 5.3.2.
fn load_through_java(t: &Thread, loader: u32, name: SymbolId) -> Result<ClassId> {
    let vm = t.vm();
    let object = t.handle(vm.loaders.object(loader));
    let dotted = vm.text(name).replace('/', ".");
    let text = strings::new_from_utf8(t, &dotted)?;
    let receiver = t.get(object);
    let method = interp::select_virtual(vm, receiver, vm.known.class_loader_load_class);
    let args = [receiver.bits() as u64, text.bits() as u64];
    let mirror = interp::invoke_then(t, After::Again, Ref::NULL, method, &args)?;
    let mirror = Ref::from_bits(mirror as u32);
    if mirror.is_null() {
        return Err(exceptions::throw(t, "java/lang/ClassNotFoundException", &dotted));
    }
    let class = vm.mirror_class(mirror);
    if vm.class(class).name != name {
        let msg = format!("{} (wrong name: {})", vm.text(name), vm.text(vm.class(class).name));
        return Err(exceptions::throw(t, "java/lang/NoClassDefFoundError", &msg));
    }
    let recorded = vm.loaders.record(loader, name, class, false);
    if recorded != class {
        let msg = format!(
            "loader constraint violation: loader {} has already answered another class for {}",
            crate::link::access::loader_name(vm, loader),
            dotted
        );
        return Err(exceptions::throw(t, "java/lang/LinkageError", &msg));
    }
    Ok(class)
}

/// The array class with these components.
pub fn array_class_of(t: &Thread, component: ClassId) -> Result<ClassId> {
    let vm = t.vm();
    let record = vm.class(component);
    let known = record.array_class.load(Ordering::Acquire);
    if known != 0 {
        return Ok(ClassId(known));
    }
    let class = super::array_class::define_array(t, component)?;
    let loader = record.loader;
    match record.array_class.compare_exchange(0, class.0, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            if !record.has(class_flags::HIDDEN) {
                vm.loaders.with_mut(loader, |l| {
                    l.classes.insert(vm.class(class).name, class);
                });
            }
            Ok(class)
        }
        Err(other) => Ok(ClassId(other)),
    }
}

/// The mirror of a class that Java code names, through a loader object.
pub fn mirror_through(t: &Thread, loader: Handle, name: SymbolId) -> Result<Ref> {
    let number = t.vm().loaders.number_of(t.vm(), t.get(loader));
    let class = load_class(t, number, name)?;
    Ok(object::mirror(t, class))
}
