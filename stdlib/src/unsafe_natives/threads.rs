//! Parking, throwing, and the load of the machine.

use crate::state;
use gc::ARRAY_DATA_OFFSET;
use vm::native::Retry;
use vm::sync::java_thread;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions};

fn park(t: &Thread, _this: Handle, absolute: bool, time: i64) -> Result<()> {
    java_thread::park(t, absolute, time);
    Ok(())
}

fn unpark(t: &Thread, _this: Ref, thread: Ref) -> Result<(), Retry> {
    java_thread::unpark(t, thread);
    Ok(())
}

fn throw_exception(t: &Thread, _this: Handle, exception: Handle) -> Result<()> {
    let exception = t.get(exception);
    if exception.is_null() {
        return Err(exceptions::npe(t));
    }
    Err(exceptions::throw_ref(t, exception))
}

/// `getLoadAverage0`: how many averages it has stored, -1 if there are none.
fn load_average(t: &Thread, _this: Handle, array: Handle, wanted: i32) -> Result<i32> {
    let Some(loads) = state(t).host.load_average() else { return Ok(-1) };
    let array = t.get(array);
    if array.is_null() {
        return Err(exceptions::npe(t));
    }
    let count = (wanted.clamp(0, 3) as usize).min(t.vm().array_len(array));
    for (i, load) in loads.iter().take(count).enumerate() {
        t.vm().set_u64(array, (ARRAY_DATA_OFFSET + i * 8) as u32, load.to_bits());
    }
    Ok(count as i32)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/Unsafe" {
            "park" "(ZJ)V" => full park;
            "unpark" "(Ljava/lang/Object;)V" => leaf unpark;
            "throwException" "(Ljava/lang/Throwable;)V" => full throw_exception;
            "getLoadAverage0" "([DI)I" => full load_average;
        }
    }
}
