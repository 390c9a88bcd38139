//! Class initialisation (JVMS 5.5).

use super::subtype::is_subclass;
use super::{mirror, view};
use crate::call;
use crate::exceptions;
use crate::frame::After;
use crate::interp;
use crate::meta::{class_flags, init_state, method_flags};
use crate::native::{Result, Thrown};
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ClassId, Ref};
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard};

/// Waiting for classes that other threads initialise.
#[derive(Default)]
pub struct InitLock {
    lock: Mutex<()>,
    changed: Condvar,
}

impl InitLock {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Whether a class is initialised, or being initialised by this very thread.
pub fn is_initialized(t: &Thread, class: ClassId) -> bool {
    let c = t.vm().class(class);
    match c.init_state.load(Ordering::Acquire) {
        init_state::DONE => true,
        init_state::RUNNING => c.init_thread.load(Ordering::Relaxed) == t.id,
        _ => false,
    }
}

/// Whether a class is fully initialised: instructions that need it may be quickened.
pub fn is_done(vm: &Vm, class: ClassId) -> bool {
    vm.class(class).init_state.load(Ordering::Acquire) == init_state::DONE
}

/// Initialises a class if that is still to be done.
#[inline]
pub fn init_class(t: &Thread, class: ClassId) -> Result<()> {
    if is_done(t.vm(), class) { Ok(()) } else { init_slow(t, class) }
}

enum Turn {
    Ours,
    Done,
    Failed,
}

#[cold]
fn init_slow(t: &Thread, class: ClassId) -> Result<()> {
    super::verify::link_class(t, class)?;
    match take_turn(t, class) {
        Turn::Done => return Ok(()),
        Turn::Failed => return Err(failed_before(t, class)),
        Turn::Ours => {}
    }
    t.initializing.borrow_mut().push((class, t.call_depth.get()));
    let result = t.scope(|| initialize(t, class));
    end(t, class, result)
}

/// The end of an initialisation: the class is done, or has failed.
fn end(t: &Thread, class: ClassId, result: Result<()>) -> Result<()> {
    let last = t.initializing.borrow_mut().pop();
    debug_assert!(last.is_some_and(|(last, _)| last == class));
    match result {
        Ok(()) => {
            set_state(t.vm(), class, init_state::DONE);
            Ok(())
        }
        Err(_) => Err(fail(t, class)),
    }
}

/// In a thread that an image has brought back: what follows the class initialiser of `class`, which has ended like
/// this. The classes for whose sake it ran are initialised, too.
///
/// # Errors
/// What the initialisation throws.
pub fn finish(t: &Thread, class: ClassId, result: Result<()>) -> Result<()> {
    let depth = t.initializing.borrow().last().map(|&(_, depth)| depth);
    let mut result = end(t, class, result);
    loop {
        let outer = t.initializing.borrow().last().copied();
        let Some((outer, _)) = outer.filter(|&(_, at)| Some(at) == depth) else { return result };
        result = match result {
            Ok(()) => t.scope(|| initialize(t, outer)),
            thrown => thrown,
        };
        result = end(t, outer, result);
    }
}

/// Steps 1 to 6: waits for another thread that initialises the class, or begins to.
fn take_turn(t: &Thread, class: ClassId) -> Turn {
    let vm = t.vm();
    let c = vm.class(class);
    let mut guard = vm.init_lock.lock();
    loop {
        match c.init_state.load(Ordering::Acquire) {
            init_state::DONE => return Turn::Done,
            init_state::FAILED => return Turn::Failed,
            init_state::RUNNING if c.init_thread.load(Ordering::Relaxed) == t.id => {
                return Turn::Done;
            }
            init_state::RUNNING => {
                drop(guard);
                let wait = || {
                    let mut g = vm.init_lock.lock();
                    while c.init_state.load(Ordering::Acquire) == init_state::RUNNING {
                        g = vm.init_lock.changed.wait(g).unwrap_or_else(|e| e.into_inner());
                    }
                };
                t.redoing(|| t.blocked(wait));
                guard = vm.init_lock.lock();
            }
            _ => {
                c.init_thread.store(t.id, Ordering::Relaxed);
                c.init_state.store(init_state::RUNNING, Ordering::Release);
                return Turn::Ours;
            }
        }
    }
}

fn set_state(vm: &Vm, class: ClassId, state: u8) {
    let _guard = vm.init_lock.lock();
    let c = vm.class(class);
    c.init_state.store(state, Ordering::Release);
    c.init_thread.store(0, Ordering::Relaxed);
    vm.init_lock.changed.notify_all();
}

/// Steps 7 to 9.
fn initialize(t: &Thread, class: ClassId) -> Result<()> {
    let vm = t.vm();
    let c = vm.class(class);
    if !c.is_interface() {
        if !c.super_class.is_none() {
            init_class(t, c.super_class)?;
        }
        for &i in vm.meta.slice(c.secondary_supers) {
            if vm.class(i).has(class_flags::HAS_DEFAULTS) {
                init_class(t, i)?;
            }
        }
    }
    mirror::set_string_constants(t, class)?;
    let clinit = c.method_ids().find(|&m| vm.method(m).has(method_flags::CLASS_INITIALIZER));
    if let Some(m) = clinit {
        interp::invoke_then(t, After::Init(class), Ref::NULL, m, &[])?;
    }
    Ok(())
}

/// Steps 10 and 11: wraps what is no `Error`, remembers it, wakes the waiting threads.
fn fail(t: &Thread, class: ClassId) -> Thrown {
    let vm = t.vm();
    let e = exceptions::take(t);
    let thrown = t.scope(|| {
        let cause = t.handle(e);
        remember(t, class, t.get(cause));
        if is_subclass(vm, vm.class_of(t.get(cause)), vm.known.error) {
            return exceptions::throw_ref(t, t.get(cause));
        }
        let wrapper = crate::object::new_object(
            t,
            vm.known.exception_in_initializer,
            "(Ljava/lang/Throwable;)V",
            &[call::Value::Object(cause)],
        );
        match wrapper {
            Ok(w) => exceptions::throw_ref(t, w),
            Err(thrown) => thrown,
        }
    });
    set_state(vm, class, init_state::FAILED);
    thrown
}

/// Keeps what later uses of the class name as their cause.
fn remember(t: &Thread, class: ClassId, e: Ref) {
    let vm = t.vm();
    let thread_name = {
        let name = vm.get_ref(t.java_thread.get(), vm.known.thread_name);
        if name.is_null() { String::new() } else { crate::strings::to_rust(vm, name) }
    };
    let text = exceptions::describe(vm, e);
    let (class_name, rest) = match text.split_once(": ") {
        Some((c, m)) => (c.to_string(), format!(": {m}")),
        None => (text, String::new()),
    };
    let msg = format!("Exception {class_name}{rest} [in thread \"{thread_name}\"]");
    let failure = super::resolve::Failure {
        class: "java/lang/ExceptionInInitializerError".into(),
        message: Some(msg),
        trace: None,
    };
    let key = (class.0, u32::MAX);
    let e = vm.globals.add(e);
    let failure = super::resolve::Failure { trace: Some(e), ..failure };
    vm.failures.lock().unwrap_or_else(|e| e.into_inner()).insert(key, failure);
}

/// Step 5: `NoClassDefFoundError`, caused by what made the initialisation fail.
fn failed_before(t: &Thread, class: ClassId) -> Thrown {
    let vm = t.vm();
    let text = format!("Could not initialize class {}", vm.external_name(class));
    let (message, original) = {
        let failures = vm.failures.lock().unwrap_or_else(|e| e.into_inner());
        match failures.get(&(class.0, u32::MAX)) {
            Some(f) => (f.message.clone(), f.trace.as_ref().map(|g| vm.globals.get(g))),
            None => (None, None),
        }
    };
    let cause = t.scope(|| {
        let original = original.map(|o| t.handle(o));
        let m = t.handle(crate::strings::new_from_utf8(t, message.as_deref()?).ok()?);
        let class = vm.known.exception_in_initializer;
        let e = exceptions::new_throwable(t, class, Some(m), None).ok()?;
        // It shows where the initialisation failed, not where the class was used again.
        if let Some(o) = original {
            let k = &vm.known;
            let o = t.get(o);
            vm.set_ref(e, k.throwable_backtrace, vm.get_ref(o, k.throwable_backtrace));
            vm.set_u32(e, k.throwable_depth, vm.get_u32(o, k.throwable_depth));
        }
        Some(e)
    });
    match cause {
        Some(c) => exceptions::throw_with_cause(t, "java/lang/NoClassDefFoundError", &text, c),
        None => exceptions::throw(t, "java/lang/NoClassDefFoundError", &text),
    }
}

/// The `<clinit>` of a class, for tools.
pub fn class_initializer(vm: &Vm, class: ClassId) -> Option<crate::meta::MethodId> {
    let (name, d) = (vm.symbol("<clinit>"), vm.symbol("()V"));
    view::lookup_method_in_class(vm, class, name, d)
}
