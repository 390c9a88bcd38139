//! What instructions do outside their fast paths: plain functions, called with the frame spilled.
//!
//! Results are words or `Result`s of one word, which come back in registers: handlers have no memory of their own.

use super::regs::quicken;
use crate::link::resolve::{self, CallKind, FieldOp, InvokeOp, Loaded};
use crate::link::{self, init};
use crate::meta::{BasicType, MethodId, MethodRecord, entry, method_kind};
use crate::native::{Result, Thrown};
use crate::thread::Thread;
use crate::vm::Vm;
use crate::{exceptions, object, sync};
use classfile::opcode as o;
use gc::{ClassId, Ref};
use std::sync::atomic::Ordering;

/// First byte of a method's code to interpret, which is aligned to 8 bytes.
#[inline(always)]
pub(super) unsafe fn code_start(m: *const MethodRecord, base: *mut u8) -> *const u8 {
    base.add(((*m).code.load(Ordering::Relaxed) as usize) << gc::UNIT_SHIFT)
}

/// Answered by [`guarded_target`] where null stands in the way.
pub(super) const NULL_TARGET: u64 = 1;

/// The record that an intrinsic of `MethodHandle` goes on with; 0 if what its arguments say can not be.
pub(super) unsafe fn guarded_target(
    t: &Thread,
    pc: *const u8,
    m: *const MethodRecord,
    args: *const u64,
) -> u64 {
    let vm = t.vm();
    let args = std::slice::from_raw_parts(args, (*m).arg_slots as usize);
    let Some(guard) = &vm.guard else { return 0 };
    let is_link = (*m).kind.load(Ordering::Relaxed) != method_kind::INVOKE_BASIC;
    let receives = is_link && (*m).kind.load(Ordering::Relaxed) != method_kind::LINK_TO_STATIC;
    let nulls = [(!is_link || receives).then(|| args[0]), is_link.then(|| args[args.len() - 1])];
    if nulls.into_iter().flatten().any(|word| word as u32 == 0) {
        return NULL_TARGET;
    }
    // The library's guards of variable handles drop results so, as the last thing that they do.
    let ends = *pc != o::JAVA_EXIT && Site::new(t, pc).ends_behind_call();
    guard.target(vm, &*m, args, ends).map_or(0, |id| std::ptr::from_ref(vm.method(id)) as u64)
}

/// Whether a call of an intrinsic has an object of some type as its result.
pub(super) unsafe fn has_typed_result(t: &Thread, m: *const MethodRecord) -> bool {
    crate::portable::has_typed_result(t.vm().bytes((*m).descriptor))
}

/// Whether the adapter of the call at `pc` of the top frame takes these arguments.
pub(super) unsafe fn admits_adapter(
    t: &Thread,
    pc: *const u8,
    m: *const MethodRecord,
    args: *const u64,
) -> bool {
    let site = Site::new(t, pc);
    let args = std::slice::from_raw_parts(args, (*m).arg_slots as usize);
    let id = t.vm().meta.method_id(m);
    t.vm().guard.as_ref().is_some_and(|g| g.admits_adapter(t.vm(), site.method, site.bci, id, args))
}

/// Whether the call at `pc` of the top frame may have this result.
pub(super) unsafe fn admits_result(t: &Thread, pc: *const u8, value: u64) -> bool {
    let site = Site::new(t, pc);
    t.vm().guard.as_ref().is_some_and(|g| g.admits_result(t.vm(), site.method, site.bci, value))
}

/// A method handle of an image that is not what it says.
#[cold]
pub(super) fn not_believed(t: &Thread) {
    let msg =
        "a method handle does not fit its call: the image that the program came from was forged";
    exceptions::throw(t, "java/lang/InternalError", msg);
}

fn reference(word: u64) -> Ref {
    Ref::from_bits(word as u32)
}

/// The instruction at `pc` of the top frame as the class file has it.
struct Site<'a> {
    method: &'a MethodRecord,
    bytes: &'a [u8],
    bci: usize,
}

impl Site<'_> {
    /// Whether the method returns nothing right behind the call of three bytes that it stands at.
    fn ends_behind_call(&self) -> bool {
        match *self.bytes.get(3..6).unwrap_or_default() {
            [o::RETURN, ..] => true,
            [o::GOTO, high, low] => {
                let target = 3 + isize::from(i16::from_be_bytes([high, low]));
                usize::try_from(target).is_ok_and(|at| self.bytes.get(at) == Some(&o::RETURN))
            }
            _ => false,
        }
    }

    unsafe fn new(t: &Thread, pc: *const u8) -> Site<'_> {
        let method = &*(*t.fp.get()).method;
        let bci = pc.offset_from_unsigned(code_start(method, t.base));
        let file = t.vm().meta.slice(t.vm().class(method.class).bytes);
        Site { method, bytes: &file[method.code_at as usize + bci..], bci }
    }

    fn index(&self) -> u16 {
        u16::from_be_bytes([self.bytes[1], self.bytes[2]])
    }

    /// Whether a constant is computed by a bootstrap method: its entry is a slot whatever its type.
    fn is_dynamic(&self, t: &Thread, cp: u16) -> bool {
        const DYNAMIC: u8 = 17;
        t.vm().meta.slice(t.vm().class(self.method.class).cp_tags)[cp as usize] == DYNAMIC
    }

    fn set_entry(&self, t: &Thread, cp: u16, value: u64) {
        let rcp = t.vm().meta.slice(t.vm().class(self.method.class).rcp);
        rcp[cp as usize].store(value, Ordering::Release);
    }
}

/// A poll's slow path.
pub(super) fn poll(t: &Thread) -> Result<()> {
    t.redoing(|| sync::poll(t))
}

/// What a return does besides returning: the poll, and the release of a synchronized method's lock.
pub(super) unsafe fn before_return(t: &Thread) -> Result<()> {
    if t.should_poll() {
        poll(t)?;
    }
    if (*t.fp.get()).lock.get().is_null() { Ok(()) } else { release_lock(t) }
}

/// Locks what a synchronized method locks; its frame is on top.
pub(super) unsafe fn lock_frame(t: &Thread) -> Result<()> {
    let frame = &*t.fp.get();
    let method = &*frame.method;
    let object = || {
        let is_static = method.access & super::ACC_STATIC != 0;
        if is_static { t.vm().mirror(method.class) } else { reference(*frame.locals) }
    };
    sync::monitor_enter(t, object())?;
    // It may have moved while this thread waited.
    frame.lock.set(object());
    Ok(())
}

/// Releases the lock of the top frame's method.
pub(super) unsafe fn release_lock(t: &Thread) -> Result<()> {
    let lock = (*t.fp.get()).lock.replace(Ref::NULL);
    sync::monitor_exit(t, lock)
}

pub(super) fn monitor_enter(t: &Thread, object: u64) -> Result<()> {
    sync::monitor_enter(t, reference(object))
}

pub(super) fn monitor_exit(t: &Thread, object: u64) -> Result<()> {
    sync::monitor_exit(t, reference(object))
}

pub(super) fn register_finalizer(t: &Thread, object: u64) -> Result<()> {
    super::invoke(t, t.vm().known.finalizer_register, &[object]).map(drop)
}

/// Fields.
///
/// Answers 0 if the instruction was rewritten, else the entry for this one access.
pub(super) unsafe fn resolve_field(t: &Thread, pc: *const u8, op: FieldOp) -> Result<u64> {
    let site = Site::new(t, pc);
    let cp = site.index();
    let field = resolve::resolve_field(t, site.method, cp, op)?;
    let Some((opcode, operand)) = quick_field(field.entry, op, cp).filter(|_| field.quicken) else {
        return Ok(field.entry);
    };
    site.set_entry(t, cp, field.entry);
    quicken(pc, opcode, operand.to_ne_bytes());
    Ok(0)
}

/// The quick form of a field access and its operand.
fn quick_field(e: u64, op: FieldOp, cp: u16) -> Option<(u8, u16)> {
    use BasicType::*;
    let offset = u16::try_from(e & entry::OFFSET_MASK);
    let pick = |[z, b, c, s, w, l, a]: [u8; 7]| match BasicType::from_u8((e >> 40) as u8) {
        Boolean => z,
        Byte => b,
        Char => c,
        Short => s,
        Int | Float => w,
        Long | Double => l,
        Object | Void => a,
    };
    let volatile = e & entry::VOLATILE != 0;
    Some(match op {
        FieldOp::GetField if volatile => (o::GETFIELD_VOLATILE, cp),
        FieldOp::PutField if volatile => (o::PUTFIELD_VOLATILE, cp),
        FieldOp::GetStatic if volatile => (o::GETSTATIC_VOLATILE, cp),
        FieldOp::PutStatic if volatile => (o::PUTSTATIC_VOLATILE, cp),
        FieldOp::GetField => (
            pick([
                o::GETFIELD_B,
                o::GETFIELD_B,
                o::GETFIELD_C,
                o::GETFIELD_S,
                o::GETFIELD_W,
                o::GETFIELD_L,
                o::GETFIELD_W,
            ]),
            offset.ok()?,
        ),
        FieldOp::PutField => (
            pick([
                o::PUTFIELD_Z,
                o::PUTFIELD_B,
                o::PUTFIELD_C,
                o::PUTFIELD_C,
                o::PUTFIELD_W,
                o::PUTFIELD_L,
                o::PUTFIELD_A,
            ]),
            offset.ok()?,
        ),
        FieldOp::GetStatic => (
            pick([
                o::GETSTATIC_B,
                o::GETSTATIC_B,
                o::GETSTATIC_C,
                o::GETSTATIC_S,
                o::GETSTATIC_W,
                o::GETSTATIC_L,
                o::GETSTATIC_W,
            ]),
            cp,
        ),
        FieldOp::PutStatic => (
            pick([
                o::PUTSTATIC_Z,
                o::PUTSTATIC_B,
                o::PUTSTATIC_C,
                o::PUTSTATIC_C,
                o::PUTSTATIC_W,
                o::PUTSTATIC_L,
                o::PUTSTATIC_A,
            ]),
            cp,
        ),
    })
}

/// Calls.
///
/// Answers 0 if the instruction was rewritten, else the address of the method for this one call.
pub(super) unsafe fn resolve_invoke(
    t: &Thread,
    pc: *const u8,
    sp: *mut u64,
    op: InvokeOp,
) -> Result<u64> {
    let site = Site::new(t, pc);
    let cp = site.index();
    let call = resolve::resolve_invoke(t, site.method, cp, op)?;
    if call.quicken {
        let opcode = match (op, call.kind) {
            (InvokeOp::Virtual, CallKind::Handle) => o::INVOKEVIRTUAL_HANDLE,
            (InvokeOp::Virtual, CallKind::Direct) => o::INVOKEVIRTUAL_F,
            (InvokeOp::Virtual, _) => o::INVOKEVIRTUAL_V,
            (InvokeOp::Special, _) => o::INVOKESPECIAL_Q,
            (InvokeOp::Static, _) => o::INVOKESTATIC_Q,
            (InvokeOp::Interface, CallKind::Interface | CallKind::Direct) => o::INVOKEINTERFACE_Q,
            (InvokeOp::Interface, _) => o::INVOKEINTERFACE_OBJECT,
        };
        site.set_entry(t, cp, call.entry);
        quicken(pc, opcode, cp.to_ne_bytes());
        return Ok(0);
    }
    let method = entry::method_id(call.entry);
    let vm = t.vm();
    if matches!(op, InvokeOp::Static) {
        return Ok(vm.method(method) as *const MethodRecord as u64);
    }
    let receiver = reference(*sp.add(1).sub(entry::arg_slots(call.entry)));
    if receiver.is_null() {
        return Err(exceptions::npe(t));
    }
    let selected = match (op, call.kind) {
        (InvokeOp::Special, _) => method,
        (InvokeOp::Interface, CallKind::Interface | CallKind::Direct) => {
            let interface = vm.method(method).class;
            if !link::is_subclass(vm, vm.class_of(receiver), interface) {
                return Err(exceptions::no_such_interface(t, receiver, interface));
            }
            if matches!(call.kind, CallKind::Direct) {
                method
            } else {
                select_virtual(vm, receiver, method)
            }
        }
        (_, CallKind::Direct) => method,
        _ => select_virtual(vm, receiver, method),
    };
    Ok(vm.method(selected) as *const MethodRecord as u64)
}

/// The method that a virtual or interface call of `method` on `receiver` runs (JVMS 5.4.6); `method` itself if it is in
/// no table or the receiver's class has nothing for it.
pub fn select_virtual(vm: &Vm, receiver: Ref, method: MethodId) -> MethodId {
    let class = vm.class_of(receiver);
    let m = vm.method(method);
    let Ok(index) = usize::try_from(m.vtable_index) else { return method };
    if !vm.class(m.class).is_interface() {
        return MethodId(vm.meta.vtable(class)[index].load(Ordering::Relaxed));
    }
    let found = vm.meta.slice(vm.class(class).itable).iter().find(|e| e.interface == m.class);
    let Some(found) = found else { return method };
    // SAFETY: each entry's list has as many ids as the interface has methods in its own.
    match unsafe { *vm.meta.ptr::<u32>(found.methods).add(index) } {
        0 => method,
        id => MethodId(id),
    }
}

/// Checks the call of an interface method that is in no table, or explains why there is nothing to call.
pub(super) fn unusual_interface_call(t: &Thread, receiver: u64, method: u32) -> Result<()> {
    let method = MethodId(method);
    let (vm, receiver) = (t.vm(), reference(receiver));
    let (class, interface) = (vm.class_of(receiver), vm.method(method).class);
    if !link::is_subclass(vm, class, interface) {
        return Err(exceptions::no_such_interface(t, receiver, interface));
    }
    let m = vm.method(method);
    if m.vtable_index < 0 || !vm.class(m.class).is_interface() {
        return Ok(());
    }
    Err(exceptions::abstract_method(t, class, method))
}

/// As above for `linkToInterface`.
pub(super) fn interface_call_failed(t: &Thread, receiver: u64, method: u32) {
    let _ = unusual_interface_call(t, receiver, method);
}

/// Calls of methods without code.
pub(super) unsafe fn no_implementation(t: &Thread, m: *const MethodRecord, sp: *mut u64) {
    let vm = t.vm();
    if (*m).kind.load(Ordering::Relaxed) == method_kind::DEFAULT_CONFLICT {
        let names = link::conflicting_defaults(vm, &*m).join(" ");
        exceptions::incompatible(t, &format!("Conflicting default methods: {names}"));
        return;
    }
    let receiver = reference(*sp.add(1).sub((*m).arg_slots as usize));
    exceptions::abstract_method(t, vm.class_of(receiver), vm.meta.method_id(m));
}

pub(super) unsafe fn resolve_call_site(t: &Thread, pc: *const u8) -> Result<()> {
    let site = Site::new(t, pc);
    let record = resolve::resolve_call_site(t, site.method, site.bci)?;
    quicken(pc, o::INVOKEDYNAMIC_Q, record.to_ne_bytes());
    Ok(())
}

/// Constants. Answers whether the instruction was rewritten; if not, the value is the thread's result.
pub(super) unsafe fn resolve_constant(t: &Thread, pc: *const u8) -> Result<bool> {
    let site = Site::new(t, pc);
    let op = site.bytes[0];
    let cp = if op == o::LDC { site.bytes[1] as u16 } else { site.index() };
    let loaded = resolve::resolve_constant(t, site.method.class, cp)?;
    let [short, long] = match loaded {
        Loaded::Word(v) if site.is_dynamic(t, cp) => {
            t.result.set(v as u64);
            return Ok(false);
        }
        Loaded::Wide(v) if site.is_dynamic(t, cp) => {
            t.result.set(v);
            return Ok(false);
        }
        Loaded::Word(v) => {
            site.set_entry(t, cp, v as u64);
            [o::LDC_WORD_Q, o::LDC_W_WORD_Q]
        }
        Loaded::Wide(v) => {
            site.set_entry(t, cp, v);
            [o::LDC2_W_Q; 2]
        }
        Loaded::Slot(_) => [o::LDC_REF_Q, o::LDC_W_REF_Q],
        Loaded::Class(_) => [o::LDC_CLASS_Q, o::LDC_W_CLASS_Q],
    };
    if op == o::LDC {
        quicken(pc, short, [cp as u8]);
    } else {
        quicken(pc, long, cp.to_ne_bytes());
    }
    Ok(true)
}

/// Resolves the class that an instruction names and rewrites the instruction to `quick`.
pub(super) unsafe fn resolve_for(t: &Thread, pc: *const u8, quick: u8) -> Result<()> {
    let site = Site::new(t, pc);
    let cp = site.index();
    resolve::resolve_class(t, site.method.class, cp)?;
    quicken(pc, quick, cp.to_ne_bytes());
    Ok(())
}

/// Answers whether a class is a subtype, and remembers that it is.
pub(super) fn is_instance(t: &Thread, sub: ClassId, sup: ClassId) -> bool {
    let yes = link::is_subclass(t.vm(), sub, sup);
    if yes {
        t.vm().class(sub).secondary_cache.store(sup.0, Ordering::Relaxed);
    }
    yes
}

pub(super) fn check_cast(t: &Thread, object: u64, sub: ClassId, to: ClassId) -> Result<()> {
    if is_instance(t, sub, to) {
        Ok(())
    } else {
        Err(exceptions::class_cast(t, reference(object), to))
    }
}

pub(super) fn check_store(t: &Thread, value: u64, sub: ClassId, component: ClassId) -> Result<()> {
    if is_instance(t, sub, component) {
        Ok(())
    } else {
        Err(exceptions::array_store(t, reference(value)))
    }
}

/// Allocation.
fn bits(r: Result<Ref>) -> Result<u64> {
    r.map(|r| r.bits() as u64)
}

/// Answers 0 if the instruction was rewritten, else a new instance.
pub(super) unsafe fn resolve_new(t: &Thread, pc: *const u8) -> Result<u64> {
    let site = Site::new(t, pc);
    let cp = site.index();
    let class = resolve::resolve_class(t, site.method.class, cp)?;
    resolve::check_new(t, class)?;
    init::init_class(t, class)?;
    if !init::is_done(t.vm(), class) {
        return new_instance(t, class);
    }
    quicken(pc, o::NEW_Q, cp.to_ne_bytes());
    Ok(0)
}

pub(super) fn new_instance(t: &Thread, class: ClassId) -> Result<u64> {
    bits(object::alloc_instance(t, class))
}

fn new_array(t: &Thread, class: ClassId, len: i32) -> Result<u64> {
    if len < 0 {
        return Err(exceptions::negative_size(t, len));
    }
    bits(object::alloc_array(t, class, len))
}

pub(super) fn new_prim_array(t: &Thread, ty: usize, len: i32) -> Result<u64> {
    new_array(t, t.vm().known.prim_arrays[ty & 15], len)
}

pub(super) fn new_array_of(t: &Thread, component: ClassId, len: i32) -> Result<u64> {
    if len < 0 {
        return Err(exceptions::negative_size(t, len));
    }
    new_array(t, link::array_class_of(t, component)?, len)
}

pub(super) unsafe fn resolve_anewarray(t: &Thread, pc: *const u8) -> Result<()> {
    let site = Site::new(t, pc);
    let cp = site.index();
    let component = resolve::resolve_class(t, site.method.class, cp)?;
    link::array_class_of(t, component)?;
    quicken(pc, o::ANEWARRAY_Q, cp.to_ne_bytes());
    Ok(())
}

/// Not inlined: a handler must not own memory, and this has an array.
#[inline(never)]
pub(super) unsafe fn new_multi(
    t: &Thread,
    pc: *const u8,
    sp: *mut u64,
    count: usize,
) -> Result<u64> {
    let site = Site::new(t, pc);
    let class = resolve::resolve_class(t, site.method.class, site.index())?;
    let first = sp.add(1).sub(count);
    let mut lengths = [0; 255];
    for (i, length) in lengths[..count].iter_mut().enumerate() {
        *length = *first.add(i) as i32;
    }
    match lengths[..count].iter().find(|&&n| n < 0) {
        Some(&n) => Err(exceptions::negative_size(t, n)),
        None => bits(object::alloc_multi(t, class, &lengths[..count])),
    }
}

/// Exceptions; the caller unwinds.
pub(super) fn athrow(t: &Thread, exception: u64) {
    match reference(exception) {
        Ref::NULL => npe(t),
        r => drop_thrown(exceptions::throw_ref(t, r)),
    }
}

fn drop_thrown(_: Thrown) {}

pub(super) fn npe(t: &Thread) {
    exceptions::npe(t);
}

pub(super) fn arithmetic(t: &Thread) {
    exceptions::arithmetic(t);
}

pub(super) fn stack_overflow(t: &Thread) {
    exceptions::stack_overflow(t);
}

/// NullPointerException for `length < 0`.
pub(super) fn bad_index(t: &Thread, index: i32, length: i32) {
    if length < 0 {
        exceptions::npe(t);
    } else {
        exceptions::array_index(t, index, length);
    }
}

pub(super) unsafe fn undefined_instruction(t: &Thread, pc: *const u8) {
    let msg = format!("undefined instruction {}", *pc);
    exceptions::throw(t, "java/lang/InternalError", &msg);
}
