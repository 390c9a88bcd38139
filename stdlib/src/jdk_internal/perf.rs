//! `jdk.internal.perf.Perf`: counters in off-heap memory that nobody else reads.

use crate::java_lang::support::{Leaf, non_null, nop};
use crate::state;
use gc::ARRAY_DATA_OFFSET;
use vm::call::Value;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, link, object};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/perf/Perf" {
            "registerNatives" "()V" => leaf nop;
            "createLong" "(Ljava/lang/String;IIJ)Ljava/nio/ByteBuffer;" => full create_long;
            "createByteArray" "(Ljava/lang/String;II[BI)Ljava/nio/ByteBuffer;" => full create_byte_array;
            "attach" "(Ljava/lang/String;II)Ljava/nio/ByteBuffer;" => full attach;
            "attach0" "(I)Ljava/nio/ByteBuffer;" => full attach_25;
            "detach" "(Ljava/nio/ByteBuffer;)V" => full detach;
            "highResCounter" "()J" => leaf high_res_counter;
            "highResFrequency" "()J" => leaf high_res_frequency;
        }
    }
}

/// A direct buffer over new memory with these contents. Counters live as long as the VM.
fn buffer(t: &Thread, contents: &[u8]) -> Result<Ref> {
    let vm = t.vm();
    let Some(at) = vm.heap.native().malloc(contents.len()) else {
        return Err(exceptions::out_of_memory(t, "Direct buffer memory"));
    };
    for (i, &b) in contents.iter().enumerate() {
        vm.heap.write_u8(at as usize + i, b);
    }
    let class = link::class_by_name(t, "java/nio/DirectByteBuffer")?;
    let len = contents.len();
    let (descriptor, capacity) = match vm.config.release {
        ..21 => ("(JI)V", Value::Int(len as i32)),
        _ => ("(JJ)V", Value::Long(len as i64)),
    };
    object::new_object(t, class, descriptor, &[Value::Long(at as i64), capacity])
}

fn create_long(
    t: &Thread,
    _this: Handle,
    name: Handle,
    _variability: i32,
    _units: i32,
    value: i64,
) -> Result<Ref> {
    non_null(t, name)?;
    buffer(t, &value.to_ne_bytes())
}

fn create_byte_array(
    t: &Thread,
    _this: Handle,
    name: Handle,
    _variability: i32,
    _units: i32,
    value: Handle,
    max_len: i32,
) -> Result<Ref> {
    let vm = t.vm();
    non_null(t, name)?;
    let value = non_null(t, value)?;
    let mut contents = vec![0; max_len.max(0) as usize + 1];
    let len = vm.array_len(value).min(contents.len() - 1);
    vm.read_bytes(value, ARRAY_DATA_OFFSET, &mut contents[..len]);
    buffer(t, &contents)
}

fn attach(t: &Thread, _this: Handle, _user: Handle, id: i32, _mode: i32) -> Result<Ref> {
    attach_25(t, _this, id)
}

fn attach_25(t: &Thread, _this: Handle, id: i32) -> Result<Ref> {
    let msg = format!("Could not attach to {id}: VMs are not visible to each other");
    Err(exceptions::throw(t, "java/io/IOException", &msg))
}

fn detach(_: &Thread, _this: Handle, _buffer: Handle) -> Result<()> {
    Ok(())
}

/// Nanoseconds since the VM was made.
fn high_res_counter(t: &Thread, _this: Ref) -> Leaf<i64> {
    let s = state(t);
    Ok(s.host.monotonic_nanos() - s.started_nanos)
}

fn high_res_frequency(_: &Thread, _this: Ref) -> Leaf<i64> {
    Ok(1_000_000_000)
}
