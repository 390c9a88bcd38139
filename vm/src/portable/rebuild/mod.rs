//! From a description to a VM. Everything is made anew and checked on the way; the order is that of a boot: classes,
//! then what the VM knows of them, objects, tables, threads.

mod classes;
mod frames;
mod hierarchy;
mod members;
mod objects;
mod refusal;
mod tables;
mod threads;
mod types;

pub(crate) use refusal::Refusals;

use super::file::Portable;
use super::format::{ClassIndex, Guest, Method, Object};
use super::{Guard, PortableError, fields::Plans};
use crate::boot::Program;
use crate::meta::{MethodId, method_kind};
use crate::native::NativeTable;
use crate::sync::{StackMemory, ThreadsState};
use crate::thread::{Thread, ThreadShared};
use crate::vm::{BootSource, Config, Vm};
use gc::{ClassId, Ref};
use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;
pub(super) use types::Types;

/// A VM whose guest has been rebuilt; its threads are still to be brought back.
pub struct Rebuilt {
    vm: Box<Vm>,
    threads: Arc<ThreadsState>,
}

impl Rebuilt {
    /// The VM, for good, and its threads.
    pub fn leak(self) -> (&'static Vm, Arc<ThreadsState>) {
        (Box::leak(self.vm), self.threads)
    }

    /// The VM, until its last owner lets go of it, and its threads.
    pub fn share(self) -> (Arc<Vm>, Arc<ThreadsState>) {
        (self.vm.into_shared(), self.threads)
    }
}

/// A refusal with its reason.
fn refused<T>(why: impl Into<String>) -> Result<T, PortableError> {
    Err(PortableError::Refused(why.into()))
}

/// Reason for an [`Option`] that is none.
fn or_refuse<T>(found: Option<T>, why: impl FnOnce() -> String) -> Result<T, PortableError> {
    found.ok_or_else(|| PortableError::Refused(why()))
}

/// A guest that is being rebuilt.
struct Rebuild<'a> {
    vm: &'a Vm,
    /// Stands for the thread that classes are defined by. Runs no Java.
    t: &'a Thread,
    guest: &'a Guest,
    /// By their place in the image.
    classes: Vec<ClassId>,
    /// By their number; 0 is null.
    objects: Vec<Ref>,
    /// Of the objects, by number.
    kinds: Vec<ClassId>,
    plans: Plans,
    types: RefCell<Types>,
}

impl Portable {
    /// Makes a VM of the description. Nothing of the program has run when this returns.
    ///
    /// Of the configuration, what the program was started with is taken from the image: release, stack size, assertions.
    ///
    /// # Errors
    /// If there is no room for it, or with what is wrong with the image.
    pub fn rebuild(
        &self,
        mut config: Config,
        boot: Box<dyn BootSource>,
        natives: NativeTable,
        host_state: Box<dyn Any + Send + Sync>,
    ) -> Result<Rebuilt, PortableError> {
        let guest = &self.guest;
        configure(&mut config, guest)?;
        let heap = gc::Heap::new(config.heap.clone())?;
        let mut vm = Vm::over(heap, config, boot, natives, host_state);
        vm.loaders = tables::empty_loaders(guest)?;
        vm.heap.begin_refill();
        vm.refusals.begin();
        let types;
        let threads = {
            let memory = StackMemory::new(64 << 10)?;
            // A thread that nobody else knows: it is in no registry, and no collection happens.
            let shared = Arc::new(ThreadShared::new(0, 0, true));
            let thread = Thread::new(&vm, shared, memory);
            let mut r = Rebuild {
                vm: &vm,
                t: &thread,
                guest,
                classes: Vec::with_capacity(guest.classes.len().min(1 << 16)),
                objects: Vec::new(),
                kinds: Vec::new(),
                plans: Plans::default(),
                types: RefCell::default(),
            };
            let finished = r.all().map_err(|error| vm.refusals.explain(error))?;
            types = r.types.take();
            finished
        };
        vm.heap.make_null_readable()?;
        vm.loaders.constrain(&types.assumed);
        vm.guard = Some(Box::new(Guard::new(types)));
        let spare = tables::spare_errors(&vm, &threads.spare_errors);
        vm.spare_errors = spare;
        vm.references = crate::sync::PendingReferences::restore(threads.pending);
        vm.modules = crate::modules::Modules::restore(threads.modules);
        vm.program = Program::restore(guest.launch.clone());
        vm.boot_phase = guest.boot_phase.into();
        vm.refusals.end();
        vm.heap.end_refill();
        if vm.config.heap.check
            && let Err(error) = vm.heap.check()
        {
            return refused(format!("the heap that it describes does not hold together: {error}"));
        }
        Ok(Rebuilt { vm, threads: Arc::new(threads.state) })
    }
}

/// What belongs into the VM's tables once the rebuilding borrow is over.
struct Finished {
    state: ThreadsState,
    spare_errors: Vec<Ref>,
    pending: Ref,
    modules: Vec<Arc<crate::modules::Module>>,
}

impl Rebuild<'_> {
    fn all(&mut self) -> Result<Finished, PortableError> {
        self.define_classes()?;
        self.learn_known()?;
        self.make_objects()?;
        self.fill_objects()?;
        self.check_members()?;
        let modules = self.fill_tables()?;
        self.verify_classes()?;
        let state = self.threads()?;
        let spare_errors: Result<_, _> =
            self.guest.spare_errors.iter().map(|&o| self.throwable(o)).collect();
        let pending = self.object(self.guest.pending)?;
        if !pending.is_null()
            && !crate::link::is_subclass(
                self.vm,
                self.vm.class_of(pending),
                self.vm.known.reference,
            )
        {
            return refused("the list of pending references begins with something else");
        }
        Ok(Finished { state, spare_errors: spare_errors?, pending, modules })
    }

    fn class(&self, index: ClassIndex) -> Result<ClassId, PortableError> {
        let class = self.classes.get(index as usize).copied();
        or_refuse(class, || format!("there is no class {index}"))
    }

    fn object(&self, number: Object) -> Result<Ref, PortableError> {
        let object = self.objects.get(number as usize).copied();
        or_refuse(object, || format!("there is no object {number}"))
    }

    /// An object that is not null, and its class.
    fn some_object(&self, number: Object) -> Result<(Ref, ClassId), PortableError> {
        let object = self.object(number)?;
        if object.is_null() {
            return refused("there is null where an object must be");
        }
        Ok((object, self.kinds[number as usize]))
    }

    /// An instance of a class of the library.
    fn instance(&self, number: Object, of: ClassId) -> Result<Ref, PortableError> {
        let (object, class) = self.some_object(number)?;
        if !crate::link::is_subclass(self.vm, class, of) {
            let (is, wanted) = (self.vm.external_name(class), self.vm.external_name(of));
            return refused(format!("there is a {is} where a {wanted} must be"));
        }
        Ok(object)
    }

    fn throwable(&self, number: Object) -> Result<Ref, PortableError> {
        self.instance(number, self.vm.known.throwable)
    }

    /// The method of a name.
    fn method(&self, method: &Method) -> Result<MethodId, PortableError> {
        let vm = self.vm;
        match method {
            Method::None => Ok(MethodId::NONE),
            Method::Declared(class, index) => {
                let record = vm.class(self.class(*class)?);
                let id = (u32::from(*index) < record.method_count)
                    .then(|| MethodId(record.first_method + u32::from(*index)));
                or_refuse(id, || format!("a class has no method {index}"))
            }
            Method::Intrinsic(kind, name, descriptor) => {
                let known = crate::invoke::intrinsic_kind(name) == Some(*kind);
                let parsed = classfile::descriptor::MethodDescriptor::parse(descriptor);
                if !known || parsed.is_err() {
                    return refused("there is no such method of MethodHandle");
                }
                let intern = |bytes| vm.symbols.intern(&vm.meta, bytes);
                Ok(crate::invoke::intrinsic(vm, *kind, intern(name), intern(descriptor)))
            }
            Method::Conflict(class, name, descriptor) => {
                let class = self.class(*class)?;
                let found = vm
                    .meta
                    .vtable(class)
                    .iter()
                    .map(|m| MethodId(m.load(std::sync::atomic::Ordering::Relaxed)));
                let mut found = found.filter(|&m| {
                    let m = vm.method(m);
                    let kind = m.kind.load(std::sync::atomic::Ordering::Relaxed);
                    kind == method_kind::DEFAULT_CONFLICT
                        && vm.bytes(m.name) == &name[..]
                        && vm.bytes(m.descriptor) == &descriptor[..]
                });
                or_refuse(found.next(), || "a class has no such conflict of methods".into())
            }
        }
    }
}

/// Takes from the image what the program was started with.
fn configure(config: &mut Config, guest: &Guest) -> Result<(), PortableError> {
    let settings = &guest.settings;
    if settings.release != config.release {
        let (was, is) = (settings.release, config.release);
        return refused(format!(
            "its program ran on the class library of JDK {was}, this is JDK {is}"
        ));
    }
    let stack =
        usize::try_from(settings.stack_bytes).ok().filter(|n| (1 << 16..=1 << 30).contains(n));
    config.stack_bytes = or_refuse(stack, || "its threads' stacks have an absurd size".into())?;
    config.preview = settings.preview;
    config.assertions = settings.assertions;
    config.system_assertions = settings.system_assertions;
    config.assertion_rules.clone_from(&settings.assertion_rules);
    config.max_trace_depth = settings.max_trace_depth.min(1 << 20) as usize;
    config.max_major = config.max_major.max(61);
    tables::place_native(config, guest)
}

impl Rebuilt {
    /// Describes the rebuilt guest again, of which nothing has run: what the image must have said.
    ///
    /// # Errors
    /// If its threads can not be brought back.
    pub fn describe(self) -> Result<Portable, PortableError> {
        let vm = self.vm.into_shared();
        let damaged = |error: crate::sync::ResumeError| PortableError::Refused(error.to_string());
        let threads = self.threads.restore_at_rest(&vm).map_err(damaged)?;
        let me = crate::sync::attach(&vm, true)?;
        let described = crate::sync::stop_world(&me, || super::capture::capture(&me, &[]));
        crate::sync::detach(me);
        threads.iter().for_each(|thread| vm.threads.unregister(&thread.shared));
        described.map(Portable::new)
    }
}
