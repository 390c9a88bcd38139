//! `StackWalker`'s natives, and `SecurityManager.getClassContext`.
//!
//! A walk goes on in batches while the frame of `callStackWalk` stays on the stack. Where it goes on is kept
//! in that frame, in the slot of an argument that is not needed any more, as a distance from the stack's
//! base; the anchor that Java code hands back tells the frame itself.

use super::support::{
    Leaf, class_array, field_offset, get_ref_field, non_null, set_ref_field, yes,
};
use vm::backtrace::{self, StackWalk};
use vm::call::{self, Value};
use vm::frame::FrameRef;
use vm::link::resolve::CallKind;
use vm::meta::{MethodId, method_flags};
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, invoke, object};

/// Bits of the walk's mode (`StackStreamFactory`).
mod mode {
    pub(super) const CLASSES_ONLY: i64 = 0x02;
    pub(super) const CALLER_CLASS: i64 = 0x04;
    pub(super) const SHOW_HIDDEN: i64 = 0x20;
}

/// Slot of the argument `skipFrames` of `callStackWalk`: after `this` and the mode, which took two slots.
fn position_argument(descriptor: &[u8]) -> usize {
    if descriptor.starts_with(b"(J") { 3 } else { 2 }
}

/// What the buffer of a walk holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Buffer {
    /// `StackFrameInfo`s with a `MemberName`, or classes (JDK 17).
    Members,
    /// `StackFrameInfo`s with a `ResolvedMethodName`, or `ClassFrameInfo`s with a class.
    Infos,
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/StackStreamFactory" {
            "checkStackWalkModes" "()Z" => leaf yes;
        }
        "java/lang/StackStreamFactory$AbstractStackWalker" {
            "callStackWalk" "(JIII[Ljava/lang/Object;)Ljava/lang/Object;" => full call_stack_walk;
            "callStackWalk"
                "(IILjdk/internal/vm/ContinuationScope;Ljdk/internal/vm/Continuation;II[Ljava/lang/Object;)Ljava/lang/Object;"
                => full call_stack_walk_infos;
            "fetchStackFrames" "(JJII[Ljava/lang/Object;)I" => full fetch_stack_frames;
            "fetchStackFrames" "(IJIII[Ljava/lang/Object;)I" => full fetch_stack_frames_infos;
            "setContinuation" "(J[Ljava/lang/Object;Ljdk/internal/vm/Continuation;)V" => leaf set_continuation;
        }
        "java/lang/StackFrameInfo" {
            "expandStackFrameInfo" "()V" => full expand_info;
        }
        "java/lang/SecurityManager" {
            "getClassContext" "()[Ljava/lang/Class;" => full get_class_context;
        }
    }
}

fn shows_hidden(mode: i64) -> bool {
    mode & mode::SHOW_HIDDEN != 0 && mode & mode::CALLER_CLASS == 0
}

/// Distance of a frame from the base of its stack, in slots; 0 for none.
fn distance(t: &Thread, frame: Option<FrameRef>) -> u64 {
    let base = t.stack_base as usize;
    frame.map_or(0, |f| (f.as_ptr() as usize - base) as u64 / 8)
}

/// The frame at a distance, if there is one.
fn at_distance(t: &Thread, distance: u64) -> Option<FrameRef> {
    let mut frame = t.top_frame();
    while let Some(f) = frame {
        if self::distance(t, frame) == distance {
            return frame;
        }
        frame = f.prev();
    }
    None
}

/// Where a walk keeps its position.
fn position_slot(t: &Thread, frame: FrameRef) -> *mut u64 {
    let descriptor = frame.method().map_or(&b""[..], |m| t.vm().bytes(m.descriptor));
    // SAFETY: `callStackWalk` has seven argument slots.
    unsafe { frame.header().locals.add(position_argument(descriptor)) }
}

fn check_buffer(t: &Thread, frames: Handle, count: i32, start: i32) -> Result<()> {
    let len = t.vm().array_len(non_null(t, frames)?) as i64;
    if count < 0 || start < 0 || i64::from(start) + i64::from(count) > len {
        let msg = "not enough space in buffers";
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", msg));
    }
    Ok(())
}

fn call_stack_walk(
    t: &Thread,
    this: Handle,
    mode: i64,
    skip: i32,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<Ref> {
    walk(t, this, Buffer::Members, mode, skip, count, start, frames)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn call_stack_walk_infos(
    t: &Thread,
    this: Handle,
    mode: i32,
    skip: i32,
    _scope: Handle,
    _continuation: Handle,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<Ref> {
    // What precedes the first index counts.
    walk(t, this, Buffer::Infos, mode.into(), skip, count.saturating_sub(start), start, frames)
}

/// There are no continuations to go on in.
fn set_continuation(_: &Thread, _this: Ref, _anchor: i64, _frames: Ref, _next: Ref) -> Leaf<()> {
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "the natives' arguments")]
fn walk(
    t: &Thread,
    this: Handle,
    buffer: Buffer,
    mode: i64,
    skip: i32,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<Ref> {
    check_buffer(t, frames, count, start)?;
    let Some(own) = t.top_frame() else {
        return Err(exceptions::throw(t, "java/lang/InternalError", "stack walk without a frame"));
    };
    let mut walk = StackWalk::begin(t, true);
    for _ in 0..skip {
        walk.next();
    }
    let position = walk.position();
    let (end, position) = fill(t, buffer, mode, position, count, start, frames)?;
    if count > 0 && end == start {
        return Err(exceptions::throw(t, "java/lang/InternalError", "stack walk: decode failed"));
    }
    // SAFETY: the slot belongs to this native's own frame.
    unsafe { position_slot(t, own).write(distance(t, position)) };
    let class = vm::link::class_by_name(t, "java/lang/StackStreamFactory$AbstractStackWalker")?;
    let method = call::method(t, class, "doStackWalk", "(JIIII)Ljava/lang/Object;")?;
    let args = [
        Value::Object(this),
        Value::Long(distance(t, Some(own)) as i64),
        Value::Int(skip),
        Value::Int(if buffer == Buffer::Infos { end - start } else { count }),
        Value::Int(start),
        Value::Int(end),
    ];
    call::call_ref(t, method, &args)
}

fn fetch_stack_frames(
    t: &Thread,
    _this: Handle,
    mode: i64,
    anchor: i64,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<i32> {
    fetch(t, Buffer::Members, mode, anchor, count, start, frames)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn fetch_stack_frames_infos(
    t: &Thread,
    _this: Handle,
    mode: i32,
    anchor: i64,
    _last_count: i32,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<i32> {
    // Here it is the number of frames that counts.
    fetch(t, Buffer::Infos, mode.into(), anchor, count.saturating_sub(start), start, frames)
        .map(|end| end - start)
}

fn fetch(
    t: &Thread,
    buffer: Buffer,
    mode: i64,
    anchor: i64,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<i32> {
    check_buffer(t, frames, count, start)?;
    let vm = t.vm();
    let walker = at_distance(t, anchor as u64).filter(|f| {
        f.method().is_some_and(|m| m.is_native() && vm.bytes(m.name) == b"callStackWalk")
    });
    let Some(walker) = walker else {
        let msg = "doStackWalk: corrupted buffers";
        return Err(exceptions::throw(t, "java/lang/InternalError", msg));
    };
    // SAFETY: the frame is one of `callStackWalk` on this thread's stack.
    let position = unsafe { position_slot(t, walker).read() };
    let position = if position == 0 { None } else { at_distance(t, position) };
    let (end, position) = fill(t, buffer, mode, position, count, start, frames)?;
    // SAFETY: as above.
    unsafe { position_slot(t, walker).write(distance(t, position)) };
    Ok(end)
}

/// Puts up to `count` frames into the buffer; answers the end of what was filled, and where to go on.
fn fill(
    t: &Thread,
    buffer: Buffer,
    mode: i64,
    position: Option<FrameRef>,
    count: i32,
    start: i32,
    frames: Handle,
) -> Result<(i32, Option<FrameRef>)> {
    let vm = t.vm();
    let mut walk = StackWalk::resume(vm, position, shows_hidden(mode));
    let mut end = start;
    while end < start + count {
        let Some(f) = walk.next() else { break };
        let method = vm.method(f.method);
        if buffer == Buffer::Members
            && mode & mode::CALLER_CLASS != 0
            && end == start
            && method.has(method_flags::CALLER_SENSITIVE)
        {
            let text = vm::link::access::method_text(vm, f.method, false);
            let msg =
                format!("StackWalker::getCallerClass called from @CallerSensitive '{text}' method");
            return Err(exceptions::throw(t, "java/lang/UnsupportedOperationException", &msg));
        }
        let classes_only = mode & mode::CLASSES_ONLY != 0;
        if buffer == Buffer::Members && classes_only {
            vm.set_element(t.get(frames), end as usize, vm.mirror(method.class));
        } else {
            t.scope(|| {
                match buffer {
                    Buffer::Infos => {
                        fill_frame(t, frames, end as usize, f.method, f.bci, classes_only)?;
                    }
                    Buffer::Members => fill_info(t, frames, end as usize, f.method, f.bci)?,
                }
                let info = t.handle(vm.element(t.get(frames), end as usize));
                super::live_frames::fill(t, info, &f)
            })?;
        }
        end += 1;
    }
    Ok((end, walk.position()))
}

/// Fills in the `StackFrameInfo` that the buffer holds at an index.
fn fill_info(t: &Thread, frames: Handle, index: usize, method: MethodId, bci: usize) -> Result<()> {
    let vm = t.vm();
    let info = t.handle(vm.element(t.get(frames), index));
    let member = t.handle(get_ref_field(t, info, "memberName", "Ljava/lang/Object;")?);
    let class = vm.method(method).class;
    invoke::set_method(t, member, class, method, CallKind::Direct, -2)?;
    let at = field_offset(t, vm.class_of(t.get(info)), "bci", "I")?;
    vm.set_u32(t.get(info), at, bci as u32);
    Ok(())
}

/// Fills in the `ClassFrameInfo` or, unless only classes are asked for, `StackFrameInfo` at an index.
fn fill_frame(
    t: &Thread,
    frames: Handle,
    index: usize,
    method: MethodId,
    bci: usize,
    classes_only: bool,
) -> Result<()> {
    let vm = t.vm();
    let record = vm.method(method);
    let info = t.handle(vm.element(t.get(frames), index));
    let class = vm.class_of(non_null(t, info)?);
    let what = match classes_only {
        true => vm.mirror(record.class),
        false => {
            let name = object::alloc_instance(t, vm.known.resolved_method_name)?;
            vm.set_u32(name, vm.known.rmn_vmtarget, method.0);
            vm.set_ref(name, vm.known.rmn_vmholder, vm.mirror(record.class));
            name
        }
    };
    set_ref_field(t, info, "classOrMemberName", "Ljava/lang/Object;", what)?;
    let at = field_offset(t, class, "flags", "I")?;
    let own = vm.get_u32(t.get(info), at) & !MEMBER_FLAGS;
    vm.set_u32(t.get(info), at, own | member_flags(record));
    if !classes_only {
        let at = field_offset(t, class, "bci", "I")?;
        vm.set_u32(t.get(info), at, bci as u32);
    }
    Ok(())
}

/// Bits of `ClassFrameInfo.flags` that tell about the method.
const MEMBER_FLAGS: u32 = 0x00ff_ffff;
/// Flags of `MethodHandleNatives.Constants`.
mod mn_flags {
    pub(super) const METHOD: u32 = 0x0001_0000;
    pub(super) const CONSTRUCTOR: u32 = 0x0002_0000;
    pub(super) const CALLER_SENSITIVE: u32 = 0x0010_0000;
    pub(super) const HIDDEN: u32 = 0x0040_0000;
}

/// What `MemberName.flags` would be for a method, without the kind of reference.
fn member_flags(method: &vm::meta::MethodRecord) -> u32 {
    let mut flags = u32::from(method.access);
    flags |= if method.is_initializer() { mn_flags::CONSTRUCTOR } else { mn_flags::METHOD };
    if method.has(method_flags::CALLER_SENSITIVE) {
        flags |= mn_flags::CALLER_SENSITIVE;
    }
    if backtrace::is_hidden(method) {
        flags |= mn_flags::HIDDEN;
    }
    flags
}

/// The method of a `StackFrameInfo`.
pub(super) fn method_of_info(t: &Thread, info: Handle) -> Result<Option<MethodId>> {
    let vm = t.vm();
    let class = vm.class_of(non_null(t, info)?);
    let name = t.symbol("memberName");
    if vm::link::find_field(vm, class, name, t.symbol("Ljava/lang/Object;")).is_some() {
        let member = get_ref_field(t, info, "memberName", "Ljava/lang/Object;")?;
        return Ok(invoke::resolved_method(vm, member));
    }
    let name = get_ref_field(t, info, "classOrMemberName", "Ljava/lang/Object;")?;
    let is_method = !name.is_null() && vm.class_of(name) == vm.known.resolved_method_name;
    Ok(is_method.then(|| MethodId(vm.get_u32(name, vm.known.rmn_vmtarget))))
}

/// `StackFrameInfo.expandStackFrameInfo`: name and descriptor of the method.
fn expand_info(t: &Thread, this: Handle) -> Result<()> {
    let vm = t.vm();
    let Some(method) = method_of_info(t, this)? else { return Ok(()) };
    let record = vm.method(method);
    let name = vm::strings::intern_symbol(t, record.name)?;
    set_ref_field(t, this, "name", "Ljava/lang/String;", name)?;
    let descriptor = vm::strings::intern_symbol(t, record.descriptor)?;
    set_ref_field(t, this, "type", "Ljava/lang/Object;", descriptor)
}

/// The classes of the frames of bytecode, reflection's own left out.
fn get_class_context(t: &Thread, _this: Handle) -> Result<Ref> {
    let vm = t.vm();
    let classes: Vec<_> = backtrace::frames(t)
        .map(|f| vm.method(f.method))
        .filter(|m| !m.is_native() && !backtrace::is_reflective(vm, m))
        .map(|m| m.class)
        .collect();
    class_array(t, &classes)
}
