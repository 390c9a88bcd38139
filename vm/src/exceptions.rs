//! Making and throwing exceptions, with HotSpot's messages.

use crate::call::{self, Value};
use crate::link::{self, access};
use crate::meta::{MethodId, SymbolId};
use crate::native::{Result, Thrown};
use crate::object;
use crate::strings;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ClassId, Handle, Ref};

/// Makes an existing exception the pending one.
pub fn throw_ref(t: &Thread, exception: Ref) -> Thrown {
    debug_assert!(!exception.is_null());
    t.exception.set(exception);
    Thrown
}

/// Takes the pending exception away.
pub fn take(t: &Thread) -> Ref {
    t.exception.replace(Ref::NULL)
}

/// Makes the thread leave all its frames, since it is to end ([`crate::sync::end`]). Which exception stands for that does not
/// matter: no handler sees it.
#[cold]
pub fn ended(t: &Thread) -> Thrown {
    let any = t.vm().spare_errors.any(t.vm()).unwrap_or(t.java_thread.get());
    throw_ref(t, any)
}

/// Throws a new exception with a message.
#[cold]
pub fn throw(t: &Thread, class: &str, message: &str) -> Thrown {
    throw_with(t, class, Some(message), None)
}

/// Throws a new exception without a message.
#[cold]
pub fn throw_bare(t: &Thread, class: &str) -> Thrown {
    throw_with(t, class, None, None)
}

/// Throws a new exception whose message is UTF-16 text.
#[cold]
pub fn throw_with_cause(t: &Thread, class: &str, message: &str, cause: Ref) -> Thrown {
    throw_with(t, class, Some(message), Some(cause))
}

fn throw_with(t: &Thread, class: &str, message: Option<&str>, cause: Option<Ref>) -> Thrown {
    if t.vm().refusals.note(class, message) {
        return Thrown;
    }
    if t.is_ending() {
        return ended(t);
    }
    let made = t.scope(|| {
        let cause = cause.map(|c| t.handle(c));
        let class = link::class_by_name(t, class)?;
        let message = match message {
            Some(m) => Some(t.handle(strings::new_from_utf8(t, m)?)),
            None => None,
        };
        new_throwable(t, class, message, cause)
    });
    match made {
        Ok(e) => throw_ref(t, e),
        Err(thrown) => thrown,
    }
}

/// A new exception through its constructor; with `initCause` if there is a cause.
pub fn new_throwable(
    t: &Thread,
    class: ClassId,
    message: Option<Handle>,
    cause: Option<Handle>,
) -> Result<Ref> {
    let e = match message {
        Some(m) => object::new_object(t, class, "(Ljava/lang/String;)V", &[Value::Object(m)])?,
        None => object::new_object(t, class, "()V", &[])?,
    };
    let Some(cause) = cause else { return Ok(e) };
    let e = t.handle(e);
    let args = [Value::Object(e), Value::Object(cause)];
    call::call_virtual(t, t.vm().known.throwable_init_cause, &args)?;
    Ok(t.get(e))
}

/// `NullPointerException`; its message is worked out when it is asked for (JEP 358).
#[cold]
pub fn npe(t: &Thread) -> Thrown {
    throw_bare(t, "java/lang/NullPointerException")
}

/// `ArrayIndexOutOfBoundsException`
#[cold]
pub fn array_index(t: &Thread, index: i32, len: i32) -> Thrown {
    let msg = format!("Index {index} out of bounds for length {len}");
    throw(t, "java/lang/ArrayIndexOutOfBoundsException", &msg)
}

/// `ArithmeticException: / by zero`
#[cold]
pub fn arithmetic(t: &Thread) -> Thrown {
    throw(t, "java/lang/ArithmeticException", "/ by zero")
}

/// `NegativeArraySizeException`
#[cold]
pub fn negative_size(t: &Thread, n: i32) -> Thrown {
    throw(t, "java/lang/NegativeArraySizeException", &n.to_string())
}

/// `ClassCastException`
#[cold]
pub fn class_cast(t: &Thread, obj: Ref, to: ClassId) -> Thrown {
    let vm = t.vm();
    let from = vm.class_of(obj);
    let msg = format!(
        "class {} cannot be cast to class {} ({})",
        vm.external_name(from),
        vm.external_name(to),
        access::in_modules(vm, from, to)
    );
    throw(t, "java/lang/ClassCastException", &msg)
}

/// `ArrayStoreException`
#[cold]
pub fn array_store(t: &Thread, value: Ref) -> Thrown {
    let name = t.vm().external_name(t.vm().class_of(value));
    throw(t, "java/lang/ArrayStoreException", &name)
}

/// `StackOverflowError`; opens the stack's reserve while it is made.
#[cold]
pub fn stack_overflow(t: &Thread) -> Thrown {
    if t.in_overflow.replace(true) {
        // The reserve is used up as well: only an instance without a stack trace can be made.
        return out_of_reserve(t);
    }
    let limit = t.stack_limit.get();
    let native = t.native_stack_limit.get();
    // SAFETY: the reserve is part of the stack's mapping.
    t.stack_limit.set(unsafe { limit.add(crate::sync::STACK_RESERVE_SLOTS) });
    t.native_stack_limit.set(native.saturating_sub(crate::sync::NATIVE_RESERVE_BYTES));
    let thrown = throw_bare(t, "java/lang/StackOverflowError");
    t.stack_limit.set(limit);
    t.native_stack_limit.set(native);
    t.in_overflow.set(false);
    thrown
}

fn out_of_reserve(t: &Thread) -> Thrown {
    match object::alloc_instance(t, t.vm().known.stack_overflow_error) {
        Ok(e) => throw_ref(t, e),
        Err(thrown) => thrown,
    }
}

/// `OutOfMemoryError`, made ahead: there may be no memory left to make one.
#[cold]
pub fn out_of_memory(t: &Thread, message: &str) -> Thrown {
    let vm = t.vm();
    if vm.refusals.note("java/lang/OutOfMemoryError", Some(message)) {
        return Thrown;
    }
    let spare = vm.spare_errors.take(t, message);
    throw_ref(t, spare)
}

/// `AbstractMethodError`
#[cold]
pub fn abstract_method(t: &Thread, receiver: ClassId, m: MethodId) -> Thrown {
    let vm = t.vm();
    let method = vm.method(m);
    let signature = access::method_text(vm, m, true);
    let holder = vm.class(method.class);
    let receiver_name = vm.external_name(receiver);
    let msg = if holder.is_interface() || receiver != method.class {
        let abstract_class = if holder.is_interface() { "interface" } else { "abstract class" };
        format!(
            "Receiver class {receiver_name} does not define or inherit an implementation of the \
             resolved method 'abstract {signature}' of {abstract_class} {}.",
            vm.external_name(method.class)
        )
    } else {
        format!(
            "Missing implementation of resolved method 'abstract {signature}' of abstract class \
             {receiver_name}."
        )
    };
    throw(t, "java/lang/AbstractMethodError", &msg)
}

/// `IncompatibleClassChangeError`
#[cold]
pub fn incompatible(t: &Thread, message: &str) -> Thrown {
    throw(t, "java/lang/IncompatibleClassChangeError", message)
}

/// The receiver of an interface call does not implement the interface.
#[cold]
pub fn no_such_interface(t: &Thread, obj: Ref, interface: ClassId) -> Thrown {
    let vm = t.vm();
    let msg = format!(
        "Class {} does not implement the requested interface {}",
        vm.external_name(vm.class_of(obj)),
        vm.external_name(interface)
    );
    incompatible(t, &msg)
}

/// `IllegalMonitorStateException`
#[cold]
pub fn illegal_monitor(t: &Thread) -> Thrown {
    throw(t, "java/lang/IllegalMonitorStateException", "current thread is not owner")
}

/// Throws the exception of a class file that was refused.
#[cold]
pub fn class_file(t: &Thread, e: &classfile::ClassFileError) -> Thrown {
    throw(t, e.kind.exception_class(), &e.message)
}

/// Turns a pending `ClassNotFoundException` into `NoClassDefFoundError` (JVMS 5.3.1).
#[cold]
pub fn class_not_found_to_error(t: &Thread, name: SymbolId) -> Thrown {
    let vm = t.vm();
    let pending = t.exception.get();
    if pending.is_null() || !link::is_subclass(vm, vm.class_of(pending), vm.known.class_not_found) {
        return Thrown;
    }
    let cause = take(t);
    throw_with_cause(t, "java/lang/NoClassDefFoundError", &vm.text(name), cause)
}

/// Class and message of an exception, for the VM's own last words.
pub fn describe(vm: &Vm, exception: Ref) -> String {
    let name = vm.external_name(vm.class_of(exception));
    let message = vm.get_ref(exception, vm.known.throwable_message);
    if message.is_null() { name } else { format!("{name}: {}", strings::to_rust(vm, message)) }
}

/// Wraps the pending exception in an `InvocationTargetException`.
#[cold]
pub fn invocation_target(t: &Thread) -> Thrown {
    let cause = take(t);
    t.scope(|| {
        let cause = Value::Object(t.handle(cause));
        let class = link::class_by_name(t, "java/lang/reflect/InvocationTargetException");
        let made =
            class.and_then(|c| object::new_object(t, c, "(Ljava/lang/Throwable;)V", &[cause]));
        match made {
            Ok(e) => throw_ref(t, e),
            Err(thrown) => thrown,
        }
    })
}

/// `OutOfMemoryError`s made while there was memory.
#[derive(Default)]
pub struct SpareErrors {
    /// One for each of [`SPARE_MESSAGES`], once they are made.
    by_message: std::sync::Mutex<Vec<gc::GlobalHandle>>,
}

/// The messages for which a spare error is made.
const SPARE_MESSAGES: [&str; 6] = [
    "Java heap space",
    "Metaspace",
    "Requested array size exceeds VM limit",
    "GC overhead limit exceeded",
    "Direct buffer memory",
    "unable to create native thread: possibly out of memory or process/resource limits reached",
];

impl SpareErrors {
    /// The handles of the errors, for an image.
    pub fn capture(&self) -> Vec<u64> {
        let list = self.by_message.lock().unwrap_or_else(|e| e.into_inner());
        list.iter().map(gc::GlobalHandle::raw).collect()
    }

    /// The errors themselves, raw.
    pub(crate) fn objects(&self, vm: &Vm) -> Vec<Ref> {
        let list = self.by_message.lock().unwrap_or_else(|e| e.into_inner());
        list.iter().map(|g| vm.globals.get(g)).collect()
    }

    /// These errors, in the order of [`SpareErrors::objects`].
    pub(crate) fn of_objects(vm: &Vm, objects: &[Ref]) -> SpareErrors {
        let list = objects.iter().map(|&r| vm.globals.add(r)).collect();
        SpareErrors { by_message: std::sync::Mutex::new(list) }
    }

    /// The errors behind the handles that [`SpareErrors::capture`] named.
    pub fn restore(raw: &[u64]) -> SpareErrors {
        let list = raw.iter().map(|&raw| gc::GlobalHandle::from_raw(raw)).collect();
        SpareErrors { by_message: std::sync::Mutex::new(list) }
    }

    /// One of the errors, if they are made.
    fn any(&self, vm: &Vm) -> Option<Ref> {
        let list = self.by_message.lock().unwrap_or_else(|e| e.into_inner());
        list.first().map(|g| vm.globals.get(g)).filter(|r| !r.is_null())
    }

    /// Makes the errors; at the end of the boot.
    pub fn fill(&self, t: &Thread) -> Result<()> {
        let vm = t.vm();
        for message in SPARE_MESSAGES {
            let made = t.scope(|| {
                let m = t.handle(strings::new_from_utf8(t, message)?);
                let class = vm.known.out_of_memory_error;
                let e = new_throwable(t, class, Some(m), None)?;
                vm.set_ref(e, vm.known.throwable_backtrace, Ref::NULL);
                vm.set_u32(e, vm.known.throwable_depth, 0);
                Ok(e)
            })?;
            let global = vm.globals.add(made);
            self.by_message.lock().unwrap_or_else(|e| e.into_inner()).push(global);
        }
        Ok(())
    }

    /// An error with this message: a copy with a stack trace if memory allows, else the spare
    /// itself.
    fn take(&self, t: &Thread, message: &str) -> Ref {
        let vm = t.vm();
        let spare = {
            let list = self.by_message.lock().unwrap_or_else(|e| e.into_inner());
            let at = SPARE_MESSAGES.iter().position(|m| *m == message).unwrap_or(0);
            list.get(at).or(list.first()).map(|g| vm.globals.get(g))
        };
        let Some(spare) = spare else {
            eprintln!("rvm: out of memory while starting: {message}; give more with -Xmx");
            std::process::exit(1);
        };
        t.scope(|| {
            let original = t.handle(spare);
            // No collection here: the heap is full, and the caller has collected already.
            let size = vm.class(vm.known.out_of_memory_error).shape.size_bytes as usize;
            // SAFETY: own thread's buffer; `alloc` does not come back here.
            let tlab = unsafe { &mut *t.tlab.get() };
            let Ok(copy) = vm.heap.alloc(tlab, vm.known.out_of_memory_error, size) else {
                return t.get(original);
            };
            let original = t.get(original);
            let k = &vm.known;
            for at in [k.throwable_message, k.throwable_stack_trace] {
                vm.set_ref(copy, at, vm.get_ref(original, at));
            }
            vm.set_ref(copy, k.throwable_cause, copy);
            copy
        })
    }
}
