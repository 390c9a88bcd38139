//! Frames: what stands in them is held against what verification finds at their instruction, and each against the frame
//! that it will return to.

use super::super::PortableError;
use super::super::format::{After, Frame, FrameKind, Slot};
use super::super::frames::code_of;
use super::super::guard::{kind, returns};
use super::hierarchy::with_file;
use super::{Rebuild, or_refuse, refused};
use crate::link::{self, ConstantView};
use crate::meta::{BasicType, MethodId, MethodRecord, method_flags, method_kind};
use crate::vm::Vm;
use classfile::descriptor::{FieldType, MethodDescriptor};
use classfile::opcode;
use gc::{ClassId, mark};
use std::sync::atomic::Ordering;
use verifier::{FrameTypes, SlotType};

/// A call instruction: what it passes and expects.
struct Call<'v> {
    name: &'v [u8],
    descriptor: MethodDescriptor<'v>,
    raw_descriptor: &'v [u8],
    receiver: bool,
    /// Through a method handle: the method that runs has another name and may have a wider type.
    adapted: bool,
}

/// Whether an instruction of the method begins at this index of its bytecode.
pub(super) fn starts_instruction(vm: &Vm, m: &MethodRecord, at: usize) -> bool {
    let code = code_of(vm, m);
    let mut pc = 0;
    while pc < at {
        match opcode::length_at(code, pc) {
            Some(len) => pc += len,
            None => return false,
        }
    }
    pc == at && pc < code.len()
}

/// Whether a method's parameters are of the same kinds as what a call passes (JVMS 2.11.1), appendix included; the
/// method is static.
pub(super) fn takes(
    vm: &Vm,
    m: &MethodRecord,
    passes: &MethodDescriptor<'_>,
    receiver: bool,
    appendix: bool,
) -> bool {
    let Ok(own) = MethodDescriptor::parse(vm.bytes(m.descriptor)) else { return false };
    let reference = |n: bool| std::iter::repeat_n(BasicType::Object, usize::from(n));
    let passed = reference(receiver).chain(passes.params().map(kind)).chain(reference(appendix));
    passed.eq(own.params().map(kind)) && returns(&own) == returns(passes)
}

impl Rebuild<'_> {
    /// Checks a thread's frames from the bottom to the top.
    pub(super) fn check_frames(
        &mut self,
        thread: u32,
        frames: &[Frame],
    ) -> Result<(), PortableError> {
        let Some((last, first)) = frames.last().zip(frames.first()) else { return Ok(()) };
        let FrameKind::Entry(bottom) = &first.kind else {
            return refused("a thread's first frame is no entry");
        };
        if !matches!(bottom, After::End | After::Init(_) | After::Again)
            || matches!(last.kind, FrameKind::Entry(_))
        {
            return refused("a thread has no frame to go on with");
        }
        for (at, frame) in frames.iter().enumerate() {
            let (below, above) = (at.checked_sub(1).map(|n| &frames[n]), frames.get(at + 1));
            match &frame.kind {
                FrameKind::Entry(after) => self.check_entry(after, frame, below, above)?,
                FrameKind::Native(method) => {
                    let id = self.method(method)?;
                    self.check_native(thread, id, frame, below, above)?;
                }
                FrameKind::Java { method, bci } => {
                    let id = self.method(method)?;
                    self.check_java(thread, id, *bci as usize, frame, (below, above))?;
                }
            }
        }
        Ok(())
    }

    fn check_entry(
        &self,
        after: &After,
        frame: &Frame,
        below: Option<&Frame>,
        above: Option<&Frame>,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let called = match above.map(|f| &f.kind) {
            Some(FrameKind::Java { method, .. } | FrameKind::Native(method)) => {
                self.method(method)?
            }
            _ => return refused("an entry frame has called nothing"),
        };
        if called.is_none() {
            return refused("an entry frame has called nothing");
        }
        let waits = match below.map(|f| &f.kind) {
            Some(FrameKind::Native(method)) => self.method(method)?,
            _ => MethodId::NONE,
        };
        // The answer goes to a native that answers an object.
        let answers_object = || {
            !waits.is_none()
                && vm.bytes(vm.method(waits).descriptor).ends_with(b")Ljava/lang/Object;")
        };
        let fits = match after {
            After::End => below.is_none() && frame.lock == 0,
            After::Again => frame.lock == 0,
            After::Init(class) => {
                let class = self.class(*class)?;
                let state = vm.class(class).init_state.load(Ordering::Relaxed);
                frame.lock == 0 && state == crate::meta::init_state::RUNNING
            }
            After::Invoke(method) => {
                let method = self.method(method)?;
                !method.is_none()
                    && frame.lock == 0
                    && answers_object()
                    && vm.method(method).descriptor == vm.method(called).descriptor
            }
            After::Construct => frame.lock != 0 && answers_object(),
        };
        or_refuse(fits.then_some(()), || "an entry frame does not fit what it called".into())
    }

    fn check_native(
        &mut self,
        thread: u32,
        id: MethodId,
        frame: &Frame,
        below: Option<&Frame>,
        above: Option<&Frame>,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let calls_back = above.is_none_or(|f| matches!(f.kind, FrameKind::Entry(_)));
        if id.is_none() || !calls_back || !frame.stack.is_empty() {
            return refused("a native's frame is none");
        }
        let m = vm.method(id);
        if m.has(method_flags::SYNTHESIZED) || frame.locals.len() != usize::from(m.arg_slots) {
            return refused("a native's frame has other arguments than the native");
        }
        self.check_lock(thread, m, frame, true)?;
        self.check_arguments(m, &frame.locals)?;
        self.check_caller(id, below)
    }

    /// The values in argument slots.
    fn check_arguments(&mut self, m: &MethodRecord, slots: &[Slot]) -> Result<(), PortableError> {
        let vm = self.vm;
        let why = || "a native's frame holds other arguments than the native takes".to_owned();
        let descriptor = MethodDescriptor::parse(vm.bytes(m.descriptor));
        let descriptor = or_refuse(descriptor.ok(), why)?;
        let loader = vm.class(m.class).loader;
        let mut at = 0;
        if !m.is_static() {
            let class = self.slot_class(slots[0], why)?;
            let class = or_refuse(class, why)?;
            or_refuse(link::is_subclass(vm, class, m.class).then_some(()), why)?;
            at = 1;
        }
        for param in descriptor.params() {
            let fits = match param {
                FieldType::Object(name) | FieldType::Array(name) => {
                    let class = self.slot_class(slots[at], why)?;
                    class.is_none_or(|class| {
                        self.types.borrow_mut().admits_named(vm, loader, name, class)
                    })
                }
                _ => {
                    let values = &slots[at..at + usize::from(param.slots())];
                    values.iter().all(|slot| matches!(slot, Slot::Word(_)))
                }
            };
            or_refuse(fits.then_some(()), why)?;
            at += usize::from(param.slots());
        }
        Ok(())
    }

    /// The class of what a slot refers to; none if it is null.
    fn slot_class(
        &self,
        slot: Slot,
        why: impl FnOnce() -> String,
    ) -> Result<Option<ClassId>, PortableError> {
        let Slot::Reference(number) = slot else { return refused(why()) };
        self.object(number)?;
        Ok((number != 0).then(|| self.kinds[number as usize]))
    }

    fn check_java(
        &mut self,
        thread: u32,
        id: MethodId,
        bci: usize,
        frame: &Frame,
        (below, above): (Option<&Frame>, Option<&Frame>),
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let has_code = !id.is_none() && vm.method(id).code_len != 0;
        let m =
            or_refuse(has_code.then(|| vm.method(id)), || "a frame's method has no code".into())?;
        let name = || format!("{}.{}", vm.external_name(m.class), vm.text(m.name));
        let types = with_file(vm, &self.types, m.class, |file, oracle, options| {
            verifier::frame_types(file, oracle, options, usize::from(m.index), bci)
        });
        let types = types.and_then(Result::ok).flatten();
        let types = or_refuse(types, || format!("no frame of {} can stand at {bci}", name()))?;
        let called = match above.map(|f| &f.kind) {
            None | Some(FrameKind::Entry(_)) => None,
            Some(_) => {
                let call = call_at(vm, m, bci);
                Some(or_refuse(call, || format!("{} calls nothing at {bci}", name()))?)
            }
        };
        let passed = called
            .as_ref()
            .map_or(0, |call| call.descriptor.param_slots() as usize + usize::from(call.receiver));
        let depth = types.stack.len().checked_sub(passed);
        let sizes =
            frame.locals.len() == usize::from(m.max_locals) && depth == Some(frame.stack.len());
        or_refuse(sizes.then_some(()), || format!("a frame of {} has another size", name()))?;
        self.check_slots(m, &types, frame).map_err(|_| {
            PortableError::Refused(format!("a frame of {} at {bci} holds other types", name()))
        })?;
        let may_be_unlocked = bci == 0 && above.is_none();
        self.check_lock(thread, m, frame, may_be_unlocked)?;
        self.check_caller(id, below)
    }

    fn check_slots(
        &mut self,
        m: &MethodRecord,
        types: &FrameTypes,
        frame: &Frame,
    ) -> Result<(), PortableError> {
        let none = SlotType::Other;
        for (at, &slot) in frame.locals.iter().enumerate() {
            self.check_slot(m, types.locals.get(at).unwrap_or(&none), slot)?;
        }
        for (at, &slot) in frame.stack.iter().enumerate() {
            self.check_slot(m, &types.stack[at], slot)?;
        }
        Ok(())
    }

    fn check_slot(
        &mut self,
        m: &MethodRecord,
        expected: &SlotType,
        slot: Slot,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let other = || "another type".to_owned();
        let fits = match (expected, slot) {
            // A reference where none can be used is kept up to date all the same, and must be one.
            (SlotType::Other, Slot::Reference(number)) => self.object(number).is_ok(),
            (SlotType::Other, Slot::Word(_)) => true,
            (SlotType::ReturnAddress(entry), Slot::Word(next)) => {
                returns_from(vm, m, *entry, next as u32 as usize)
            }
            (_, Slot::Word(_)) => false,
            (SlotType::Null, Slot::Reference(number)) => number == 0,
            (SlotType::Object(name), slot) => {
                let class = self.slot_class(slot, other)?;
                let loader = vm.class(m.class).loader;
                class.is_none_or(|class| {
                    let own = vm.class(m.class).is_hidden()
                        && vm.bytes(vm.class(m.class).name) == &name[..];
                    match own {
                        true => link::is_subclass(vm, class, m.class),
                        false => self.types.borrow_mut().admits_named(vm, loader, name, class),
                    }
                })
            }
            (SlotType::UninitializedThis, slot) => {
                let class = self.slot_class(slot, other)?;
                class.is_some_and(|class| link::is_subclass(vm, class, m.class))
            }
            (SlotType::Uninitialized(at), slot) => {
                let class = self.slot_class(slot, other)?;
                class.is_some_and(|class| is_made_at(vm, m, *at, class))
            }
            (SlotType::ReturnAddress(_), Slot::Reference(_)) => false,
        };
        or_refuse(fits.then_some(()), other)
    }

    /// A synchronized method holds its lock, others hold none.
    fn check_lock(
        &self,
        thread: u32,
        m: &MethodRecord,
        frame: &Frame,
        may_be_unlocked: bool,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let why = || "a frame holds a lock that is not its thread's".to_owned();
        if frame.lock == 0 {
            let fits = !m.is_synchronized() || may_be_unlocked;
            return or_refuse(fits.then_some(()), why);
        }
        let (object, class) = self.some_object(frame.lock)?;
        let is_right = match m.is_static() {
            true => object == vm.mirror(m.class),
            false => link::is_subclass(vm, class, m.class),
        };
        let word = vm.heap.mark(object).load(Ordering::Relaxed);
        let owner = match word & mark::TAG_MASK {
            mark::THIN => (word & mark::OWNER_MASK) >> mark::PAYLOAD_SHIFT,
            mark::INFLATED => {
                let index = word >> mark::PAYLOAD_SHIFT;
                let monitor = self.guest.monitors.iter().find(|monitor| monitor.index == index);
                monitor.map_or(0, |monitor| monitor.owner)
            }
            _ => 0,
        };
        // Who waits in `Object.wait` has given the lock up, and takes it again.
        let waits = self.guest.monitors.iter().any(|monitor| {
            monitor.object == frame.lock
                && monitor.waiting.iter().chain(&monitor.notified).any(|&id| id == thread)
        });
        let fits = m.is_synchronized() && is_right && (owner == thread || waits);
        or_refuse(fits.then_some(()), why)
    }

    /// Whether a frame's result is what its caller expects.
    fn check_caller(&mut self, id: MethodId, below: Option<&Frame>) -> Result<(), PortableError> {
        let vm = self.vm;
        let m = vm.method(id);
        let why = || {
            format!(
                "{}.{} was called by something else",
                vm.external_name(m.class),
                vm.text(m.name)
            )
        };
        let (caller, bci) = match below.map(|f| &f.kind) {
            Some(FrameKind::Entry(_)) => return Ok(()),
            Some(FrameKind::Java { method, bci }) => (self.method(method)?, *bci as usize),
            _ => return refused(why()),
        };
        let call = (!caller.is_none()).then(|| call_at(vm, vm.method(caller), bci)).flatten();
        let call = or_refuse(call, why)?;
        let same = vm.bytes(m.name) == call.name && vm.bytes(m.descriptor) == call.raw_descriptor;
        if same && !call.adapted {
            return Ok(());
        }
        let own = MethodDescriptor::parse(vm.bytes(m.descriptor));
        let own = or_refuse(own.ok(), why)?;
        let fits = call.adapted && returns(&own) == returns(&call.descriptor);
        or_refuse(fits.then_some(()), why)
    }
}

/// The call at an index of a method's bytecode.
fn call_at<'v>(vm: &'v Vm, m: &MethodRecord, bci: usize) -> Option<Call<'v>> {
    let code = code_of(vm, m);
    let op = *code.get(bci)?;
    let cp = u16::from_be_bytes([*code.get(bci + 1)?, *code.get(bci + 2)?]);
    let view = ConstantView::new(vm, m.class);
    let (name, descriptor, adapted) = match op {
        opcode::INVOKEDYNAMIC => {
            let (_, name, descriptor) = view.dynamic(cp);
            (name, descriptor, true)
        }
        opcode::INVOKEVIRTUAL
        | opcode::INVOKESPECIAL
        | opcode::INVOKESTATIC
        | opcode::INVOKEINTERFACE => {
            let member = view.member(cp);
            let holder = view.class_name_bytes(member.class);
            let by_handle = holder == b"java/lang/invoke/VarHandle"
                || holder == b"java/lang/invoke/MethodHandle"
                    && is_polymorphic(vm.bytes(member.name));
            (member.name, member.descriptor, by_handle)
        }
        _ => return None,
    };
    let raw_descriptor = vm.bytes(descriptor);
    Some(Call {
        name: vm.bytes(name),
        descriptor: MethodDescriptor::parse(raw_descriptor).ok()?,
        raw_descriptor,
        receiver: !matches!(op, opcode::INVOKESTATIC | opcode::INVOKEDYNAMIC),
        adapted,
    })
}

fn is_polymorphic(name: &[u8]) -> bool {
    matches!(name, b"invoke" | b"invokeExact") || crate::invoke::intrinsic_kind(name).is_some()
}

/// Whether the `new` at an index of a method's bytecode makes instances of `class`.
fn is_made_at(vm: &Vm, m: &MethodRecord, at: usize, class: ClassId) -> bool {
    let code = code_of(vm, m);
    let Some(&[opcode::NEW, high, low]) = code.get(at..).and_then(|code| code.first_chunk()) else {
        return false;
    };
    let view = ConstantView::new(vm, m.class);
    let name = view.class_name_bytes(u16::from_be_bytes([high, low]));
    let own = vm.bytes(vm.class(class).name);
    let hidden_self = class == m.class && vm.class(class).is_hidden();
    own == name || hidden_self && own.starts_with(name) && own.get(name.len()) == Some(&b'+')
}

/// Whether `next` follows a `jsr` to the subroutine that begins at `entry`.
fn returns_from(vm: &Vm, m: &MethodRecord, entry: usize, next: usize) -> bool {
    let code = code_of(vm, m);
    let mut pc = 0;
    while pc < code.len() {
        let Some(len) = opcode::length_at(code, pc) else { return false };
        if pc + len == next {
            let target = match *code.get(pc..next).unwrap_or_default() {
                [opcode::JSR, a, b] => i64::from(i16::from_be_bytes([a, b])),
                [opcode::JSR_W, a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
                _ => return false,
            };
            return pc as i64 + target == entry as i64;
        }
        pc += len;
    }
    false
}

/// Whether a method can be run as bytecode or called again as it is.
pub(super) fn is_callable(m: &MethodRecord) -> bool {
    !matches!(m.kind.load(Ordering::Relaxed), method_kind::ABSTRACT | method_kind::DEFAULT_CONFLICT)
}
