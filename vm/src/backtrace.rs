//! Stack traces: recorded cheaply when a throwable is made, decoded when somebody looks.
//!
//! `Throwable.backtrace` is an object graph without addresses, so that images and moves carry it:
//! `Object[]{ int[] method ids, int[] bcis, Object[] mirrors }`, top frame first. The mirrors keep the methods'
//! classes alive. A fourth element that is not null tells that frames above the first one
//! are hidden, so that the first one is not where the exception came from.

mod elements;
mod live;
mod walk;

pub use elements::{
    append_trace, elements, elements_of, fill_element, line_number, print_frame, print_stack,
    source_file,
};
pub use live::{SlotValue, live_values};
pub use walk::{
    Frames, JavaFrame, StackWalk, caller_class, frames, is_hidden, is_reflective, visible_caller,
};

use crate::exceptions;
use crate::link;
use crate::meta::{BasicType, MethodId, method_flags};
use crate::native::Result;
use crate::object;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ARRAY_DATA_OFFSET, Handle, Ref};

/// Index of the ids of the methods.
const METHODS: usize = 0;
/// Index of the bcis.
const BCIS: usize = 1;
/// Index of the mirrors of the methods' classes.
const MIRRORS: usize = 2;
/// Index of the mark for hidden frames at the top.
const HIDDEN_TOP: usize = 3;
/// Length of a backtrace array.
const LEN: usize = 4;

/// A trace as plain data.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Method and bci, top frame first.
    pub frames: Vec<(MethodId, u32)>,
    /// Whether hidden frames lie above the first of them.
    pub hidden_top: bool,
}

/// Records the stack of the current thread in a throwable (`Throwable.fillInStackTrace`): not the frames of
/// `fillInStackTrace` and of the throwable's own constructors, not hidden ones, and not more
/// than `-XX:MaxJavaStackTraceDepth`. Where memory is short, the throwable stays without a trace.
pub fn fill_in(t: &Thread, throwable: Handle) {
    let vm = t.vm();
    let k = &vm.known;
    let object = t.get(throwable);
    vm.set_u32(object, k.throwable_depth, 0);
    vm.set_ref(object, k.throwable_backtrace, Ref::NULL);
    vm.set_ref(object, k.throwable_stack_trace, Ref::NULL);
    let recorded = Recorded::take(t, object);
    let depth = recorded.frames.len() as u32;
    match t.scope(|| recorded.store(t)) {
        Ok(backtrace) => {
            let object = t.get(throwable);
            vm.set_ref(object, k.throwable_backtrace, backtrace);
            vm.set_u32(object, k.throwable_depth, depth);
            if k.throwable_unassigned_stack != 0 {
                let none = vm.get_ref(vm.mirror(k.throwable), k.throwable_unassigned_stack);
                vm.set_ref(object, k.throwable_stack_trace, none);
            }
        }
        Err(_) => {
            exceptions::take(t);
        }
    }
}

impl Recorded {
    /// The stack of the current thread as the trace of a throwable that is being made.
    fn take(t: &Thread, throwable: Ref) -> Recorded {
        let vm = t.vm();
        let class = vm.class_of(throwable);
        let limit = match vm.config.max_trace_depth {
            0 => usize::MAX,
            limit => limit,
        };
        let fill = vm.symbols.lookup(&vm.meta, b"fillInStackTrace");
        let own = |f: &JavaFrame| link::is_subclass(vm, class, vm.method(f.method).class);
        let mut walk = frames(t).peekable();
        while walk.next_if(|f| Some(vm.method(f.method).name) == fill && own(f)).is_some() {}
        let is_init = |f: &JavaFrame| vm.method(f.method).has(method_flags::INITIALIZER);
        while walk.next_if(|f| is_init(f) && own(f)).is_some() {}
        let mut recorded = Recorded::default();
        for f in walk {
            if recorded.frames.len() >= limit {
                break;
            }
            if is_hidden(vm.method(f.method)) {
                recorded.hidden_top |= recorded.frames.is_empty();
            } else {
                recorded.frames.push((f.method, f.bci as u32));
            }
        }
        recorded
    }

    /// As an object of the Java heap.
    fn store(&self, t: &Thread) -> Result<Ref> {
        let vm = t.vm();
        let ints = |values: &mut dyn Iterator<Item = u32>| -> Result<Handle> {
            let array = object::alloc_prim_array(t, BasicType::Int, self.frames.len())?;
            for (i, value) in values.enumerate() {
                vm.set_u32(array, (ARRAY_DATA_OFFSET + 4 * i) as u32, value);
            }
            Ok(t.handle(array))
        };
        let methods = ints(&mut self.frames.iter().map(|f| f.0.0))?;
        let bcis = ints(&mut self.frames.iter().map(|f| f.1))?;
        let objects = vm.known.object_array;
        let mirrors = t.handle(object::alloc_array(t, objects, self.frames.len() as i32)?);
        for (i, f) in self.frames.iter().enumerate() {
            vm.set_element(t.get(mirrors), i, vm.mirror(vm.method(f.0).class));
        }
        let all = object::alloc_array(t, objects, LEN as i32)?;
        vm.set_element(all, METHODS, t.get(methods));
        vm.set_element(all, BCIS, t.get(bcis));
        vm.set_element(all, MIRRORS, t.get(mirrors));
        if self.hidden_top {
            vm.set_element(all, HIDDEN_TOP, t.get(mirrors));
        }
        Ok(all)
    }

    /// What a backtrace object says; nothing if it is null.
    pub fn read(vm: &Vm, backtrace: Ref) -> Recorded {
        if backtrace.is_null() {
            return Recorded::default();
        }
        // Java code has no way to it, but what an image says of it may have been forged.
        let Some((methods, _)) = arrays(vm, backtrace) else { return Recorded::default() };
        let bcis = vm.element(backtrace, BCIS);
        let at = |array: Ref, i: usize| vm.get_u32(array, (ARRAY_DATA_OFFSET + 4 * i) as u32);
        let frames = (0..vm.array_len(methods)).map(|i| (MethodId(at(methods, i)), at(bcis, i)));
        let frames = frames.filter(|&(method, bci)| {
            vm.meta.has_method(method) && bci <= vm.method(method).code_len
        });
        Recorded {
            frames: frames.collect(),
            hidden_top: !vm.element(backtrace, HIDDEN_TOP).is_null(),
        }
    }
}

/// The arrays of method ids and of mirrors in a backtrace object, if it is one.
pub(crate) fn arrays(vm: &Vm, backtrace: Ref) -> Option<(Ref, Ref)> {
    let k = &vm.known;
    let ints = k.prim_arrays[BasicType::Int as usize];
    if vm.class_of(backtrace) != k.object_array || vm.array_len(backtrace) != LEN {
        return None;
    }
    let of = |at: usize, class| {
        let array = vm.element(backtrace, at);
        (!array.is_null() && vm.class_of(array) == class).then_some(array)
    };
    let (methods, bcis) = (of(METHODS, ints)?, of(BCIS, ints)?);
    let mirrors = of(MIRRORS, k.object_array)?;
    let len = vm.array_len(methods);
    (vm.array_len(bcis) == len && vm.array_len(mirrors) == len).then_some((methods, mirrors))
}

/// Where a throwable came from: the first recorded frame, unless hidden frames lie above it. For
/// `NullPointerException.getExtendedNPEMessage`, together with [`crate::npe_message::describe`].
pub fn origin(vm: &Vm, throwable: Ref) -> Option<(MethodId, usize)> {
    let backtrace = vm.get_ref(throwable, vm.known.throwable_backtrace);
    let recorded = Recorded::read(vm, backtrace);
    let &(method, bci) = recorded.frames.first().filter(|_| !recorded.hidden_top)?;
    Some((method, bci as usize))
}

/// The helpful message of a NullPointerException (JEP 358), if its trace tells one.
pub fn npe_message(vm: &Vm, throwable: Ref) -> Option<String> {
    let (method, bci) = origin(vm, throwable)?;
    crate::npe_message::describe(vm, vm.method(method), bci)
}
