//! `StackWalker`'s natives, and `SecurityManager.getClassContext`.
//!
//! A walk goes on in batches while the frame of `callStackWalk` stays on the stack. Where it goes on is kept
//! in that frame, in the slot of an argument that is not needed any more, as a distance from the stack's
//! base; the anchor that Java code hands back tells the frame itself.

use super::support::{class_array, field_offset, get_ref_field, non_null, yes};
use vm::backtrace::{self, StackWalk};
use vm::call::{self, Value};
use vm::frame::FrameRef;
use vm::link::resolve::CallKind;
use vm::meta::{MethodId, method_flags};
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, invoke};

/// Bits of the walk's mode (`StackStreamFactory`).
mod mode {
    pub(super) const CLASSES_ONLY: i64 = 0x02;
    pub(super) const CALLER_CLASS: i64 = 0x04;
    pub(super) const SHOW_HIDDEN: i64 = 0x20;
}

/// Slot of the argument `skipFrames` of `callStackWalk`: after `this` and the two slots of the mode.
const POSITION_SLOT: usize = 3;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/StackStreamFactory" {
            "checkStackWalkModes" "()Z" => leaf yes;
        }
        "java/lang/StackStreamFactory$AbstractStackWalker" {
            "callStackWalk" "(JIII[Ljava/lang/Object;)Ljava/lang/Object;" => full call_stack_walk;
            "fetchStackFrames" "(JJII[Ljava/lang/Object;)I" => full fetch_stack_frames;
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
fn position_slot(frame: FrameRef) -> *mut u64 {
    // SAFETY: `callStackWalk` has seven argument slots.
    unsafe { frame.header().locals.add(POSITION_SLOT) }
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
    check_buffer(t, frames, count, start)?;
    let Some(own) = t.top_frame() else {
        return Err(exceptions::throw(t, "java/lang/InternalError", "stack walk without a frame"));
    };
    let mut walk = StackWalk::begin(t, true);
    for _ in 0..skip {
        walk.next();
    }
    let position = walk.position();
    let (end, position) = fill(t, mode, position, count, start, frames)?;
    if count > 0 && end == start {
        return Err(exceptions::throw(t, "java/lang/InternalError", "stack walk: decode failed"));
    }
    // SAFETY: the slot belongs to this native's own frame.
    unsafe { position_slot(own).write(distance(t, position)) };
    let class = vm::link::class_by_name(t, "java/lang/StackStreamFactory$AbstractStackWalker")?;
    let method = call::method(t, class, "doStackWalk", "(JIIII)Ljava/lang/Object;")?;
    let args = [
        Value::Object(this),
        Value::Long(distance(t, Some(own)) as i64),
        Value::Int(skip),
        Value::Int(count),
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
    let position = unsafe { position_slot(walker).read() };
    let position = if position == 0 { None } else { at_distance(t, position) };
    let (end, position) = fill(t, mode, position, count, start, frames)?;
    // SAFETY: as above.
    unsafe { position_slot(walker).write(distance(t, position)) };
    Ok(end)
}

/// Puts up to `count` frames into the buffer; answers the end of what was filled, and where to go on.
fn fill(
    t: &Thread,
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
        if mode & mode::CALLER_CLASS != 0
            && end == start
            && method.has(method_flags::CALLER_SENSITIVE)
        {
            let text = vm::link::access::method_text(vm, f.method, false);
            let msg =
                format!("StackWalker::getCallerClass called from @CallerSensitive '{text}' method");
            return Err(exceptions::throw(t, "java/lang/UnsupportedOperationException", &msg));
        }
        if mode & mode::CLASSES_ONLY != 0 {
            vm.set_element(t.get(frames), end as usize, vm.mirror(method.class));
        } else {
            t.scope(|| fill_info(t, frames, end as usize, f.method, f.bci))?;
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
