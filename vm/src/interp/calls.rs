//! Method calls: selection, frames, and the kinds of methods that are not plain bytecode.

use super::regs::Regs;
use super::unwind::unwind;
use super::{native_call, slow};
use crate::frame::{FRAME_SLOTS, Frame, FrameKind};
use crate::link::resolve::InvokeOp;
use crate::meta::{
    BasicType, CallSiteRecord, ItableEntry, MethodRecord, VTABLE_OFFSET, entry, method_kind as k,
};
use classfile::opcode as o;
use gc::{ClassId, Ref};
use std::cell::Cell;
use std::sync::atomic::Ordering;

/// Number of rows of a thread's cache of interface calls, a power of two.
pub const INTERFACE_ROWS: usize = 256;

/// What a class implements an interface method with.
#[derive(Clone, Copy)]
pub struct InterfaceRow {
    /// Class id and method id; 0 while empty.
    key: u64,
    target: *const MethodRecord,
}

impl InterfaceRow {
    /// No call yet.
    pub const EMPTY: InterfaceRow = InterfaceRow { key: 0, target: std::ptr::null() };
}

#[inline(always)]
fn interface_key(class: ClassId, method: u32) -> u64 {
    (class.0 as u64) << 32 | method as u64
}

#[inline(always)]
fn interface_row(class: ClassId, method: u32) -> usize {
    // Class records are more than 32 units apart.
    ((class.0 >> 5) ^ method.wrapping_mul(0x9e5)) as usize % INTERFACE_ROWS
}

/// Selection.
impl Regs {
    /// The method that the receiver's class has at an index of its virtual method table.
    #[inline(always)]
    pub unsafe fn virtual_method(&self, receiver: u64, index: usize) -> *const MethodRecord {
        let table = self.class_of(receiver).cast::<u8>().add(VTABLE_OFFSET).cast::<u32>();
        self.method(*table.add(index))
    }

    /// The list of methods with which the receiver's class implements an interface, or null.
    #[inline(always)]
    pub unsafe fn interface_methods(&self, receiver: u64, interface: ClassId) -> *const u32 {
        let table = (*self.class_of(receiver)).itable;
        let mut at =
            self.base.add((table.at as usize) << gc::UNIT_SHIFT).cast::<ItableEntry>().cast_const();
        let end = at.add(table.len as usize);
        while at != end {
            if (*at).interface == interface {
                return self.base.add(((*at).methods as usize) << gc::UNIT_SHIFT).cast();
            }
            at = at.add(1);
        }
        std::ptr::null()
    }

    /// What a class implements an interface method with, if this thread has looked it up lately; else null.
    #[inline(always)]
    unsafe fn interface_cache(&self, class: ClassId, method: u32) -> *const MethodRecord {
        let row = (*self.t).interface_cache[interface_row(class, method)].get();
        if row.key == interface_key(class, method) { row.target } else { std::ptr::null() }
    }

    unsafe fn cache_interface(&self, class: ClassId, method: u32, target: *const MethodRecord) {
        let row = InterfaceRow { key: interface_key(class, method), target };
        (*self.t).interface_cache[interface_row(class, method)].set(row);
    }

    /// Length in bytes of the call instruction at `pc`; 0 where Rust calls.
    #[inline(always)]
    unsafe fn call_len(&self) -> usize {
        match *self.pc {
            o::JAVA_EXIT => 0,
            o::INVOKEINTERFACE
            | o::INVOKEINTERFACE_Q
            | o::INVOKEINTERFACE_OBJECT
            | o::INVOKEDYNAMIC
            | o::INVOKEDYNAMIC_Q => 5,
            _ => 3,
        }
    }
}

/// Frames.
impl Regs {
    /// Calls a method whose arguments are on the stack, the cached one stored.
    #[inline(always)]
    pub unsafe fn call(mut self, m: *const MethodRecord, len: usize) {
        if (*m).kind.load(Ordering::Acquire) == k::BYTECODE {
            self.enter(m, len)
        } else {
            self.tos = m as u64;
            self.jump(call_other)
        }
    }

    /// Runs a method with bytecode.
    #[inline(always)]
    unsafe fn enter(mut self, m: *const MethodRecord, len: usize) {
        if self.push_frame(m, len) { self.dispatch() } else { self.jump(overflow) }
    }

    /// Pushes a method's frame and goes to its first instruction; false if the stack is too short.
    #[inline(always)]
    unsafe fn push_frame(&mut self, m: *const MethodRecord, len: usize) -> bool {
        let locals = self.sp.add(1).sub((*m).arg_slots as usize);
        let header = locals.add((*m).max_locals as usize);
        let first = header.add(FRAME_SLOTS);
        if first.add((*m).max_stack as usize + super::SLACK_SLOTS) > (*self.t).stack_limit.get() {
            return false;
        }
        let (caller, frame) = (self.frame(), header.cast::<Frame>());
        (*caller).pc.set(self.pc);
        (&raw mut (*frame).prev).write(caller);
        (&raw mut (*frame).ret_pc).write(self.pc.add(len));
        (&raw mut (*frame).locals).write(locals);
        (&raw mut (*frame).method).write(m);
        let rcp = self.base.add(((*m).rcp as usize) << gc::UNIT_SHIFT);
        (&raw mut (*frame).rcp).write(rcp.cast());
        (&raw mut (*frame).lock).write(Cell::new(Ref::NULL));
        (&raw mut (*frame).kind).write(FrameKind::Java);
        (*self.t).fp.set(frame);
        self.pc = slow::code_start(m, self.base);
        self.sp = first.sub(1);
        self.loc = locals;
        true
    }

    /// Puts a result where the arguments of the call at `pc` began and goes on after it.
    #[inline(always)]
    pub(super) unsafe fn give_result(mut self, m: *const MethodRecord, v: u64) {
        let args = self.sp.add(1).sub((*m).arg_slots as usize);
        let len = self.call_len();
        const VOID: u8 = BasicType::Void as u8;
        const LONG: u8 = BasicType::Long as u8;
        const DOUBLE: u8 = BasicType::Double as u8;
        (self.sp, self.tos) = match (*m).return_type {
            VOID => (args.sub(1), *args.sub(1)),
            LONG | DOUBLE => (args.add(1), v),
            _ => (args, v),
        };
        self.next(len)
    }
}

op! {
    invokestatic_q(s) {
        *s.sp = s.tos;
        s.call(s.method(entry::method_id(s.entry()).0), 3)
    }
    /// One known method: `invokespecial`, and `invokevirtual` of a final or private one.
    invokespecial_q(s) {
        let e = s.entry();
        if *s.args(entry::arg_slots(e)) as u32 == 0 {
            return s.jump(throw_npe);
        }
        s.call(s.method(entry::method_id(e).0), 3)
    }
    invokevirtual_v(s) {
        let e = s.entry();
        let receiver = *s.args(entry::arg_slots(e));
        if receiver as u32 == 0 {
            return s.jump(throw_npe);
        }
        s.call(s.virtual_method(receiver, entry::index(e)), 3)
    }
    invokeinterface_object(s) {
        let e = s.entry();
        let receiver = *s.args(entry::arg_slots(e));
        if receiver as u32 == 0 {
            return s.jump(throw_npe);
        }
        // Final methods of Object are in no table.
        let direct = e & entry::DIRECT != 0;
        let m = if direct { s.method(entry::method_id(e).0) } else { s.virtual_method(receiver, entry::index(e)) };
        s.call(m, 5)
    }
    invokeinterface_q(s) {
        let e = s.entry();
        let receiver = *s.args(entry::arg_slots(e));
        if receiver as u32 == 0 {
            return s.jump(throw_npe);
        }
        let cached = s.interface_cache(s.class_id(receiver), entry::method_id(e).0);
        if cached.is_null() {
            return s.jump(interface_search);
        }
        s.call(cached, 5)
    }
    /// The receiver's class was not seen by this thread lately.
    #[inline(never)]
    interface_search(s) {
        let e = s.entry();
        let receiver = *s.args(entry::arg_slots(e));
        // By the record, not the entry: `invokespecial` of the same constant leaves other bits there.
        let m = s.method(entry::method_id(e).0);
        let methods = s.interface_methods(receiver, (*m).class);
        if methods.is_null() || (*m).vtable_index < 0 {
            return s.jump(interface_unusual);
        }
        let id = *methods.add((*m).vtable_index as usize);
        if id == 0 {
            return s.jump(interface_unusual);
        }
        s.cache_interface(s.class_id(receiver), entry::method_id(e).0, s.method(id));
        s.call(s.method(id), 5)
    }
    /// A private interface method, a receiver without the interface, or no implementation.
    #[cold]
    #[inline(never)]
    interface_unusual(s) {
        s.reload();
        s.spill();
        let e = s.entry();
        let receiver = *s.args(entry::arg_slots(e));
        match slow::unusual_interface_call(s.thread(), receiver, entry::method_id(e).0) {
            Ok(()) => s.call(s.method(entry::method_id(e).0), 5),
            Err(_) => s.jump(unwind),
        }
    }

    /// A signature-polymorphic method through the adapter that the library made for the call.
    invokevirtual_handle(s) {
        let e = s.entry();
        s.call_site(e as u32, 3)
    }
    invokedynamic_q(s) {
        let site = s.pc.add(1).cast::<u32>().read_unaligned();
        s.call_site(site, 5)
    }
}

impl Regs {
    /// Calls a site's adapter, with its appendix as the last argument if it has one.
    #[inline(always)]
    unsafe fn call_site(mut self, site: u32, len: usize) {
        let site = self.base.add((site as usize) << gc::UNIT_SHIFT).cast::<CallSiteRecord>();
        if (*site).appendix_slot != 0 {
            self.push(*self.base.add((*site).appendix_slot as usize).cast::<u32>() as u64);
        }
        *self.sp = self.tos;
        let m = self.method((*site).method.0);
        if (*self.t).vm().guard.is_some() {
            self.tos = m as u64;
            return self.jump(guarded_adapter);
        }
        self.call(m, len)
    }
}

/// Calls that are not rewritten yet: resolve, then run the rewritten instruction, or (where it has to stay as
/// it is) make this one call.
macro_rules! unresolved {
    ($($name:ident $op:ident;)*) => { op! { $(
        #[cold]
        #[inline(never)]
        $name(s) {
            s.spill();
            match slow::resolve_invoke(s.thread(), s.pc, s.sp, InvokeOp::$op) {
                Ok(0) => s.again(Ok(())),
                Ok(m) => { s.tos = m; s.jump(call_any) }
                Err(_) => s.jump(unwind),
            }
        }
    )* } };
}
unresolved! { invokevirtual Virtual; invokespecial Special; invokestatic Static; invokeinterface Interface; }

op! {
    #[cold]
    #[inline(never)]
    invokedynamic(s) {
        s.spill();
        s.again(slow::resolve_call_site(s.thread(), s.pc))
    }

    /// Calls the method in `tos`, of any kind; the arguments are all in memory.
    #[inline(never)]
    call_any(s) {
        let m = s.tos as *const MethodRecord;
        if (*m).kind.load(Ordering::Acquire) == k::BYTECODE {
            let len = s.call_len();
            s.enter(m, len)
        } else {
            s.jump(call_other)
        }
    }
    /// The kinds beside plain bytecode, as `call_any`.
    #[inline(never)]
    call_other(s) {
        let m = s.tos as *const MethodRecord;
        match (*m).kind.load(Ordering::Acquire) {
            k::NATIVE_LEAF => s.jump(call_leaf),
            k::NATIVE => s.jump(call_native),
            k::BYTECODE_SYNC => s.jump(call_synchronized),
            k::BYTECODE => s.jump(call_any),
            k::INVOKE_BASIC => s.jump(invoke_basic),
            k::LINK_TO_STATIC | k::LINK_TO_SPECIAL | k::LINK_TO_VIRTUAL | k::LINK_TO_INTERFACE => {
                s.jump(link_to)
            }
            k::UNPREPARED => s.jump(call_unprepared),
            _ => s.jump(call_impossible),
        }
    }

    /// A native that needs no frame.
    #[inline(never)]
    call_leaf(s) {
        let m = s.tos as *const MethodRecord;
        let row = (*s.t).natives.add((*m).native.load(Ordering::Relaxed) as usize);
        let args = s.sp.add(1).sub((*m).arg_slots as usize);
        match (*row).leaf {
            Some(leaf) => match leaf(&*s.t, args) {
                Ok(v) => s.give_result(m, v),
                Err(_) => s.jump(call_native),
            },
            None => s.jump(call_native),
        }
    }
    #[inline(never)]
    call_native(s) {
        let m = s.tos as *const MethodRecord;
        (*s.frame()).pc.set(s.pc);
        match native_call::call_native(s.thread(), m, s.sp) {
            Ok(v) => s.give_result(m, v),
            Err(_) => s.jump(unwind),
        }
    }
    /// Bytecode with a lock around it.
    #[inline(never)]
    call_synchronized(s) {
        let m = s.tos as *const MethodRecord;
        let len = s.call_len();
        if !s.push_frame(m, len) {
            return s.jump(overflow);
        }
        s.spill();
        match slow::lock_frame(s.thread()) {
            Ok(()) => s.dispatch(),
            Err(_) => s.jump(unwind),
        }
    }

    /// `MethodHandle.invokeBasic`: the code behind the handle's form, with the same arguments.
    #[inline(never)]
    invoke_basic(s) {
        let m = s.tos as *const MethodRecord;
        if (*s.t).vm().guard.is_some() {
            return s.jump(guarded_link);
        }
        let known = &(*s.t).vm().known;
        let handle = *s.sp.add(1).sub((*m).arg_slots as usize);
        if handle as u32 == 0 {
            return s.jump(throw_npe);
        }
        let form = s.reference_at(handle, known.mh_form);
        let entry = s.reference_at(form, known.lf_vmentry);
        let target = s.target_of(entry);
        if target == 0 {
            return s.jump(throw_npe);
        }
        s.tos = s.method(target) as u64;
        s.jump(call_any)
    }
    /// `MethodHandle.linkTo*`: the method named by the last argument, with the others.
    #[inline(never)]
    link_to(s) {
        let m = s.tos as *const MethodRecord;
        if (*s.t).vm().guard.is_some() {
            return s.jump(guarded_link);
        }
        let kind = (*m).kind.load(Ordering::Relaxed);
        let member = *s.sp;
        let receiver = *s.sp.add(1).sub((*m).arg_slots as usize);
        let id = s.target_of(member);
        if id == 0 || (kind != k::LINK_TO_STATIC && receiver as u32 == 0) {
            return s.jump(throw_npe);
        }
        let mut target = s.method(id);
        let index = s.at(member, (*s.t).vm().known.mn_vmindex as usize).cast::<i32>().read();
        if kind == k::LINK_TO_VIRTUAL && index >= 0 {
            target = s.virtual_method(receiver, index as usize);
        } else if kind == k::LINK_TO_INTERFACE && index >= 0 {
            let methods = s.interface_methods(receiver, (*target).class);
            if methods.is_null() || *methods.add(index as usize) == 0 {
                return s.jump(link_to_failed);
            }
            target = s.method(*methods.add(index as usize));
        }
        s.sp = s.sp.sub(1);
        s.tos = target as u64;
        s.jump(call_any)
    }
    /// `invokeBasic` and `linkTo*` where what handles and member names say is not believed.
    #[inline(never)]
    guarded_link(s) {
        let m = s.tos as *const MethodRecord;
        let args = s.sp.add(1).sub((*m).arg_slots as usize);
        let target = slow::guarded_target(s.thread(), s.pc, m, args);
        if target == slow::NULL_TARGET {
            return s.jump(throw_npe);
        }
        if target == 0 {
            return s.jump(not_believed);
        }
        let is_typed = slow::has_typed_result(s.thread(), m);
        if (*m).kind.load(Ordering::Relaxed) != k::INVOKE_BASIC {
            s.sp = s.sp.sub(1);
        }
        s.tos = target;
        if is_typed { s.jump(call_checked) } else { s.jump(call_any) }
    }
    /// The adapter in `tos` of a call through a method handle; its result is checked on return.
    #[inline(never)]
    guarded_adapter(s) {
        let m = s.tos as *const MethodRecord;
        let args = s.sp.add(1).sub((*m).arg_slots as usize);
        if !slow::admits_adapter(s.thread(), s.pc, m, args) {
            return s.jump(not_believed);
        }
        s.jump(call_checked)
    }
    /// The method in `tos`, which has bytecode; its result is checked on return.
    #[inline(never)]
    call_checked(s) {
        let m = s.tos as *const MethodRecord;
        if (*m).kind.load(Ordering::Acquire) == k::UNPREPARED {
            (*s.frame()).pc.set(s.pc);
            if native_call::prepare(s.thread(), m, s.sp).is_err() {
                return s.jump(unwind);
            }
        }
        let kind = (*m).kind.load(Ordering::Acquire);
        if kind != k::BYTECODE && kind != k::BYTECODE_SYNC {
            return s.jump(not_believed);
        }
        let len = s.call_len();
        if !s.push_frame(m, len) {
            return s.jump(overflow);
        }
        (&raw mut (*s.frame()).ret_pc).write(super::check_code());
        if kind == k::BYTECODE_SYNC {
            s.spill();
            if slow::lock_frame(s.thread()).is_err() {
                return s.jump(unwind);
            }
        }
        s.dispatch()
    }
    /// The result of an adapter, in `tos`; its caller's frame stands at the call.
    #[inline(never)]
    check_result(s) {
        s.pc = (*s.frame()).pc.get();
        if !slow::admits_result(s.thread(), s.pc, s.tos) {
            s.spill();
            slow::not_believed(s.thread());
            return s.jump(unwind);
        }
        let len = s.call_len();
        s.next(len)
    }
    #[cold]
    #[inline(never)]
    not_believed(s) {
        s.reload();
        s.spill();
        slow::not_believed(s.thread());
        s.jump(unwind)
    }
    #[cold]
    #[inline(never)]
    link_to_failed(s) {
        let m = s.tos as *const MethodRecord;
        let receiver = *s.sp.add(1).sub((*m).arg_slots as usize);
        let target = s.target_of(*s.sp);
        s.reload();
        s.spill();
        slow::interface_call_failed(s.thread(), receiver, target);
        s.jump(unwind)
    }

    /// First call: makes the code, or binds the native.
    #[cold]
    #[inline(never)]
    call_unprepared(s) {
        let m = s.tos as *const MethodRecord;
        (*s.frame()).pc.set(s.pc);
        match native_call::prepare(s.thread(), m, s.sp) {
            Ok(()) => s.jump(call_any),
            Err(_) => s.jump(unwind),
        }
    }
    /// An abstract method, or defaults in conflict.
    #[cold]
    #[inline(never)]
    call_impossible(s) {
        let m = s.tos as *const MethodRecord;
        s.reload();
        s.spill();
        slow::no_implementation(s.thread(), m, s.sp);
        s.jump(unwind)
    }
    /// StackOverflowError at the call at `pc`, whose arguments are in memory.
    #[cold]
    #[inline(never)]
    overflow(s) {
        s.reload();
        s.spill();
        slow::stack_overflow(s.thread());
        s.jump(unwind)
    }
    /// A null receiver; the arguments are in memory.
    #[cold]
    #[inline(never)]
    throw_npe(s) {
        s.reload();
        s.jump(super::objects::throw_npe)
    }
}

impl Regs {
    /// A reference field of a non-null object.
    #[inline(always)]
    unsafe fn reference_at(&self, object: u64, offset: u32) -> u64 {
        self.at(object, offset as usize).cast::<u32>().read() as u64
    }

    /// Method id behind a `MemberName`; 0 if it is null or unresolved.
    #[inline(always)]
    unsafe fn target_of(&self, member: u64) -> u32 {
        let known = &(*self.t).vm().known;
        if member == 0 {
            return 0;
        }
        let resolved = self.reference_at(member, known.mn_method);
        if resolved == 0 {
            return 0;
        }
        self.at(resolved, known.rmn_vmtarget as usize).cast::<u32>().read()
    }
}
