//! `LiveStackFrameInfo`: frames with the values of their locals and operands, and what they have locked.

use super::support::set_ref_field;
use vm::backtrace::{JavaFrame, SlotValue, live_values};
use vm::call::{self, Value};
use vm::sync::inspect;
use vm::{Handle, Ref, Result, Thread, link, object};

const LIVE: &str = "java/lang/LiveStackFrameInfo";
/// `LiveStackFrameInfo.MODE_INTERPRETED`
const INTERPRETED: u32 = 1;

/// Completes an entry of a walk's buffer if it is such a frame.
pub(super) fn fill(t: &Thread, info: Handle, frame: &JavaFrame) -> Result<()> {
    let vm = t.vm();
    let class = vm.class_of(t.get(info));
    if vm.bytes(vm.class(class).name) != LIVE.as_bytes() {
        return Ok(());
    }
    // The first one first.
    let locks: Vec<_> =
        inspect::locked_by(t, frame).into_iter().rev().map(|object| t.handle(object)).collect();
    let Some((locals, operands)) = live_values(t, frame) else { return Ok(()) };
    let locks: Vec<_> = locks.into_iter().map(SlotValue::Object).collect();
    for (name, values) in [("locals", locals), ("operands", operands), ("monitors", locks)] {
        let array = t.scope(|| array(t, &values))?;
        set_ref_field(t, info, name, "[Ljava/lang/Object;", array)?;
    }
    let mode = super::support::field_offset(t, class, "mode", "I")?;
    vm.set_u32(t.get(info), mode, INTERPRETED);
    link::init::init_class(t, class)
}

fn array(t: &Thread, values: &[SlotValue]) -> Result<Ref> {
    let vm = t.vm();
    let array = object::alloc_array(t, vm.known.object_array, values.len() as i32)?;
    let array = t.handle(array);
    for (i, value) in values.iter().enumerate() {
        let value = match value {
            SlotValue::Object(object) => t.get(*object),
            SlotValue::Bits(bits) => {
                let descriptor = "(J)Ljava/lang/LiveStackFrame$PrimitiveSlot;";
                let args = [Value::Long(*bits as i64)];
                let slot = call::call_static(t, LIVE, "asPrimitive", descriptor, &args)?;
                Ref::from_bits(slot as u32)
            }
        };
        vm.set_element(t.get(array), i, value);
    }
    Ok(t.get(array))
}
