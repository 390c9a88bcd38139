//! A Java thread as the VM sees it: its stack, allocation buffer, handles and pending exception.

use crate::frame::{Frame, FrameRef};
use crate::interp::{INTERFACE_ROWS, InterfaceRow};
use crate::meta::{MethodRecord, SymbolId};
use crate::native::NativeMethod;
use crate::sync::requests::Requests;
use crate::sync::{CallState, Parker, StackMemory, Waiting};
use crate::vm::Vm;
use gc::{Handle, HandleStack, Ref, Tlab};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// The Java thread that runs on the current OS thread. All VM code gets it as `&Thread`.
///
/// The first fields are read by the interpreter at fixed places and by machine code later.
#[repr(C)]
pub struct Thread {
    /// Allocation buffer.
    pub tlab: UnsafeCell<Tlab>,
    /// Not 0: leave the fast path at the next poll (safepoint, or an asynchronous request).
    pub poll: AtomicU32,
    /// Number of nested sections in which a collection would be a bug (debug builds).
    pub no_gc: Cell<u32>,
    /// Highest address that the end of a frame may reach.
    pub stack_limit: Cell<*mut u64>,
    /// Current frame.
    pub fp: Cell<*mut Frame>,
    /// First free slot of the VM stack, valid while in VM code.
    pub sp: Cell<*mut u64>,
    /// Card table, biased: the card of byte offset `o` is `cards[o >> CARD_SHIFT]`.
    pub cards: *mut u8,
    /// The method area.
    pub methods: *const MethodRecord,
    /// The table of bound natives.
    pub natives: *const NativeMethod,
    /// The pending exception.
    pub exception: Cell<Ref>,
    /// Result of the Java method that returned to Rust last.
    pub result: Cell<u64>,
    /// Registers of the interpreter (pc, sp, tos, locals) where they have to go through memory:
    /// after unwinding, and in debug builds between all instructions.
    pub regs: Cell<[u64; 4]>,
    /// The range's base.
    pub base: *mut u8,
    vm: *const Vm,
    /// Thread id: 1 is the first; fits a thin lock's owner field.
    pub id: u32,
    /// Lowest address that the Rust stack may reach.
    pub native_stack_limit: Cell<usize>,
    /// Lowest slot of the VM stack.
    pub stack_base: *mut u64,
    /// Slots of the VM stack, the reserve for the VM's own frames included.
    pub stack_slots: usize,
    /// Handles of running natives.
    pub handles: UnsafeCell<HandleStack>,
    /// The `java.lang.Thread`; a root.
    pub java_thread: Cell<Ref>,
    /// `Object[]` in which `ScopedValue` (JDK 25) keeps what this thread has looked up, or null.
    pub scoped_value_cache: Cell<Ref>,
    /// What other threads may touch: state, parking, interruption.
    pub shared: Arc<ThreadShared>,
    /// Set while a StackOverflowError is made: the reserve of the stack is open.
    pub in_overflow: Cell<bool>,
    /// Depth of Rust-to-Java calls.
    pub call_depth: Cell<u32>,
    /// Classes whose supertypes this thread is loading: loader and name (JVMS 5.3.5).
    pub defining: RefCell<Vec<(u32, SymbolId)>>,
    /// What a native that blocks waits for, so that an image can make it wait again.
    pub waits_for: RefCell<Option<Waiting>>,
    /// Whether what the top frame does (its native, its instruction) can be done again from its beginning.
    pub can_redo: Cell<bool>,
    /// Classes that this thread initialises, the last begun last, each with the value of `call_depth` outside of it.
    pub initializing: RefCell<Vec<(gc::ClassId, u32)>>,
    /// Set in a thread that an image has brought back: what the native that is called next was waiting for.
    pub resumed: RefCell<Option<Waiting>>,
    /// Roots that VM code keeps here while an upcall runs.
    pub scratch: Cell<[Ref; 4]>,
    /// Interface calls that this thread made lately.
    pub(crate) interface_cache: [Cell<InterfaceRow>; INTERFACE_ROWS],
    /// State of the generator of identity hashes.
    pub hash_state: Cell<u64>,
    /// Memory of the VM stack.
    _stack: StackMemory,
}

/// The part of a thread that other threads read and write.
pub struct ThreadShared {
    /// Thread id.
    pub id: u32,
    /// A `sync::state` value, for the safepoint protocol.
    pub state: AtomicU32,
    /// Number of the thread in order of start; unlike the id never used again.
    pub serial: u64,
    /// Whether the VM may end while it lives.
    pub daemon: AtomicBool,
    /// The permit of `park` and `unpark`.
    pub parker: Parker,
    /// Where the thread waits in `sleep`, for a monitor's entry and in `Object.wait`.
    pub event: Parker,
    /// What other threads ask of it.
    pub requests: Requests,
    /// What its native asks of the system.
    pub call: CallState,
    /// The kernel's number of its OS thread; 0 before that runs.
    pub(crate) os_id: AtomicU32,
    /// When it was made, on the monotonic clock.
    pub started_nanos: i64,
    /// How often and long it has waited to enter monitors.
    pub blocked: Waited,
    /// How often and long it has slept, waited to be notified and been parked.
    pub waited: Waited,
    /// Index of the monitor that it waits to enter, or 0.
    pub blocked_on: AtomicU32,
    /// The thread, for the collector and stack dumps while it is stopped; null after its end.
    pub thread: std::sync::atomic::AtomicPtr<Thread>,
}

/// A count of waits.
#[derive(Default)]
pub struct Waited {
    /// How many.
    pub count: AtomicU64,
    /// Time in nanoseconds, of those during which the VM measured it.
    pub nanos: AtomicU64,
}

impl ThreadShared {
    /// The kernel's number of its OS thread; 0 before that runs.
    pub fn os_id(&self) -> u32 {
        self.os_id.load(Ordering::Relaxed)
    }
}

impl Thread {
    /// A thread at the start of its life: empty stack, no `java.lang.Thread`.
    pub(crate) fn new(vm: &Vm, shared: Arc<ThreadShared>, stack: StackMemory) -> Box<Thread> {
        // An odd multiplier spreads the serial numbers; the state of a xorshift is never 0.
        let hash_state = shared.serial.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Box::new(Thread {
            tlab: UnsafeCell::new(Tlab::empty()),
            poll: AtomicU32::new(0),
            no_gc: Cell::new(0),
            stack_limit: Cell::new(stack.limit()),
            fp: Cell::new(std::ptr::null_mut()),
            sp: Cell::new(stack.base()),
            cards: vm.heap.card_table_base(),
            methods: vm.meta.method_base(),
            natives: vm.natives.as_ptr(),
            exception: Cell::new(Ref::NULL),
            result: Cell::new(0),
            base: vm.heap.base(),
            vm,
            id: shared.id,
            native_stack_limit: Cell::new(0),
            stack_base: stack.base(),
            stack_slots: stack.slots(),
            handles: UnsafeCell::new(HandleStack::new()),
            java_thread: Cell::new(Ref::NULL),
            scoped_value_cache: Cell::new(Ref::NULL),
            shared,
            in_overflow: Cell::new(false),
            call_depth: Cell::new(0),
            defining: RefCell::default(),
            waits_for: RefCell::new(None),
            can_redo: Cell::new(false),
            initializing: RefCell::default(),
            resumed: RefCell::new(None),
            scratch: Cell::new([Ref::NULL; 4]),
            regs: Cell::new([0; 4]),
            interface_cache: [const { Cell::new(InterfaceRow::EMPTY) }; INTERFACE_ROWS],
            hash_state: Cell::new(hash_state),
            _stack: stack,
        })
    }

    /// The VM that this thread belongs to.
    #[inline(always)]
    pub fn vm(&self) -> &Vm {
        // SAFETY: a thread does not outlive its VM.
        unsafe { &*self.vm }
    }

    /// A new handle to a reference, valid until the running native returns.
    #[inline(always)]
    pub fn handle(&self, r: Ref) -> Handle {
        // SAFETY: only this thread touches its handle stack while it is not stopped.
        unsafe { (*self.handles.get()).push(r) }
    }

    /// The reference behind a handle; stale after the next safepoint.
    #[inline(always)]
    pub fn get(&self, h: Handle) -> Ref {
        // SAFETY: as above.
        unsafe { (*self.handles.get()).get(h) }
    }

    /// Points a handle at something else.
    #[inline(always)]
    pub fn set(&self, h: Handle, r: Ref) {
        // SAFETY: as above.
        unsafe { (*self.handles.get()).set(h, r) }
    }

    /// Runs `f` and releases the handles that it made; a `Ref` may be carried out.
    #[inline(always)]
    pub fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        // SAFETY: as above; the mark is released in the order of nesting.
        let mark = unsafe { (*self.handles.get()).mark() };
        let result = f();
        // SAFETY: as above.
        unsafe { (*self.handles.get()).release(mark) };
        result
    }

    /// Runs `f`, in which the thread may block: nothing has been done yet of what the top frame does.
    #[inline]
    pub fn redoing<R>(&self, f: impl FnOnce() -> R) -> R {
        let outer = self.can_redo.replace(true);
        let result = f();
        self.can_redo.set(outer);
        result
    }

    /// The frame on top of the stack.
    pub fn top_frame(&self) -> Option<FrameRef> {
        // SAFETY: own stack.
        unsafe { FrameRef::new(self.fp.get()) }
    }

    /// Whether a poll must take its slow path.
    #[inline(always)]
    pub fn should_poll(&self) -> bool {
        self.poll.load(Ordering::Relaxed) != 0
    }

    /// The symbol with this text.
    pub fn symbol(&self, s: &str) -> SymbolId {
        self.vm().symbols.intern(&self.vm().meta, s.as_bytes())
    }
}
