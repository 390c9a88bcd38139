//! Where a guest's references are: what the collector asks of the VM while the world is stopped.
//!
//! The invariant behind the unsafe blocks here: every thread of the VM is stopped where its stack can be
//! walked. Then `t.fp` heads a list of whole frames, each frame's `pc` stands at the instruction that
//! has not been completed, and its operand stack is in memory up to `t.sp` or up to the
//! frame above. Nobody else touches what is visited.

use crate::frame::{Frame, FrameKind, FrameRef};
use crate::meta::MethodRecord;
use crate::refmap::Method;
use crate::thread::Thread;
use crate::vm::Vm;
use classfile::descriptor::MethodDescriptor;
use gc::{Ref, RootSource, RootVisitor, Tlab, UNIT_SHIFT, WeakVisitor};
use std::cell::Cell;
use std::sync::atomic::Ordering;

/// The roots of a VM whose threads are all stopped.
pub struct VmRoots<'a> {
    vm: &'a Vm,
}

impl<'a> VmRoots<'a> {
    /// For use inside a stop of the world only ([`crate::sync::stop_world`]), by whoever stopped it, which is itself
    /// in VM code; the registry of threads asserts that in debug builds.
    pub(crate) fn new(vm: &'a Vm) -> VmRoots<'a> {
        VmRoots { vm }
    }
}

impl RootSource for VmRoots<'_> {
    fn visit_tlabs(&mut self, retire: &mut dyn FnMut(&mut Tlab)) {
        self.vm.threads.for_each_stopped(|t| {
            // SAFETY: the thread is stopped; only the collector uses its buffer.
            retire(unsafe { &mut *t.tlab.get() });
        });
    }

    fn visit_strong(&mut self, visitor: &mut dyn RootVisitor) {
        let vm = self.vm;
        vm.threads.for_each_stopped(|t| visit_thread(vm, t, visitor));
        vm.globals.visit_strong(visitor);
        vm.loaders.visit_roots(|slot| visit_slot(slot, visitor));
        // All classes live as long as their VM. Unloading would show here those of the boot loader only, and
        // the others in `visit_weak`, where their mirrors tell whether they are still in use.
        vm.loaders.visit_mirrors(vm, |slot| visit_slot(slot, visitor));
        vm.references.visit_strong(visitor);
    }

    fn visit_weak(&mut self, visitor: &mut dyn WeakVisitor) {
        self.vm.globals.visit_weak(visitor);
        self.vm.strings.visit_weak(visitor);
        self.vm.monitors.visit_weak(visitor);
    }
}

fn visit_slot(slot: &mut Ref, visitor: &mut dyn RootVisitor) {
    if !slot.is_null() {
        visitor.visit(slot);
    }
}

fn visit_cell(cell: &Cell<Ref>, visitor: &mut dyn RootVisitor) {
    let mut slot = cell.get();
    visit_slot(&mut slot, visitor);
    cell.set(slot);
}

fn visit_thread(vm: &Vm, t: &Thread, visitor: &mut dyn RootVisitor) {
    visit_cell(&t.exception, visitor);
    visit_cell(&t.java_thread, visitor);
    visit_cell(&t.scoped_value_cache, visitor);
    let mut scratch = t.scratch.get();
    scratch.iter_mut().for_each(|slot| visit_slot(slot, visitor));
    t.scratch.set(scratch);
    // SAFETY: the thread is stopped.
    unsafe { &mut *t.handles.get() }.visit(visitor);
    // Slots from here on belong to a frame above, or to nobody.
    let mut limit = t.sp.get();
    let mut next = t.top_frame();
    while let Some(frame) = next {
        visit_cell(&frame.header().lock, visitor);
        match frame.kind() {
            FrameKind::Java => visit_java(vm, frame, limit, visitor),
            FrameKind::Native => visit_native(vm, frame, visitor),
            FrameKind::Entry => {}
        }
        limit = lower_end(frame);
        next = frame.prev();
    }
}

/// The first slot that belongs to a frame: what its caller passed is its own already.
pub(crate) fn lower_end(frame: FrameRef) -> *mut u64 {
    match frame.kind() {
        FrameKind::Entry => frame.as_ptr() as *mut u64,
        FrameKind::Java | FrameKind::Native => frame.header().locals,
    }
}

/// Shows the references in a frame of bytecode whose operand stack ends below `limit`.
fn visit_java(vm: &Vm, frame: FrameRef, limit: *mut u64, visitor: &mut dyn RootVisitor) {
    let Some(record) = frame.method() else { return };
    let Some(method) = Method::of(&vm.meta, record) else { return };
    let (locals, stack) = (frame.header().locals, frame.stack_base());
    let max_locals = usize::from(record.max_locals);
    let slot = |n: usize| {
        // SAFETY: the map asks for locals of the method, then for slots of its operand stack.
        unsafe { if n < max_locals { *locals.add(n) } else { *stack.add(n - max_locals) } }
    };
    let id = vm.meta.method_id(record);
    let bci = bci_of(vm, frame);
    let map = vm.ref_maps.get(&vm.meta, id, &method);
    let Some(live) = map.at(&method, bci, &slot) else { bad_frame(vm, record, bci) };
    for n in live.local_slots() {
        // SAFETY: a local of the frame, which nobody else uses now.
        visitor.visit_word(unsafe { &mut *locals.add(n) });
    }
    for n in live.stack_slots() {
        let slot = stack.wrapping_add(n);
        if slot >= limit {
            break;
        }
        // SAFETY: an operand of the frame, below what belongs to the next one.
        visitor.visit_word(unsafe { &mut *slot });
    }
}

#[cold]
fn bad_frame(vm: &Vm, method: &MethodRecord, bci: usize) -> ! {
    let (name, class) = (vm.text(method.name), vm.external_name(method.class));
    panic!("a frame of {class}.{name} stands at bci {bci}, which can not be reached");
}

/// Shows the reference arguments of a native, or of a method that is being prepared for its first call.
fn visit_native(vm: &Vm, frame: FrameRef, visitor: &mut dyn RootVisitor) {
    let Some(record) = frame.method() else { return };
    let locals = frame.header().locals;
    let mut visit = |n: usize| {
        // SAFETY: an argument slot of the frame, which nobody else uses now.
        visitor.visit_word(unsafe { &mut *locals.add(n) });
    };
    let mut at = 0;
    if !record.is_static() {
        visit(0);
        at = 1;
    }
    let descriptor = MethodDescriptor::parse(vm.bytes(record.descriptor));
    for param in descriptor.iter().flat_map(MethodDescriptor::params) {
        if param.is_reference() {
            visit(at);
        }
        at += usize::from(param.slots());
    }
}

/// The index in its method's bytecode of the instruction at which a Java frame stands; 0 for other frames.
pub fn bci_of(vm: &Vm, frame: FrameRef) -> usize {
    let header: &Frame = frame.header();
    match frame.method() {
        Some(method) if header.kind == FrameKind::Java => {
            let start = (method.code.load(Ordering::Acquire) as usize) << UNIT_SHIFT;
            header.pc.get() as usize - (vm.meta.base() as usize + start)
        }
        _ => 0,
    }
}
