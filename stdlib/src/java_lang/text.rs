//! `java.lang.String`, `StringUTF16`, `StringCoding`, `Float`, `Double`.

use super::support::{Leaf, no};
use vm::{Handle, NativeMethod, Ref, Result, Thread, strings};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/String" {
            "intern" "()Ljava/lang/String;" => full intern;
        }
        "java/lang/StringUTF16" {
            "isBigEndian" "()Z" => leaf no;
        }
        "java/lang/Float" {
            "floatToRawIntBits" "(F)I" => leaf float_to_raw_int_bits;
            "intBitsToFloat" "(I)F" => leaf int_bits_to_float;
        }
        "java/lang/Double" {
            "doubleToRawLongBits" "(D)J" => leaf double_to_raw_long_bits;
            "longBitsToDouble" "(J)D" => leaf long_bits_to_double;
        }
    }
}

fn intern(t: &Thread, this: Handle) -> Result<Ref> {
    strings::intern(t, this)
}

fn float_to_raw_int_bits(_: &Thread, f: f32) -> Leaf<i32> {
    Ok(f.to_bits() as i32)
}

fn int_bits_to_float(_: &Thread, bits: i32) -> Leaf<f32> {
    Ok(f32::from_bits(bits as u32))
}

fn double_to_raw_long_bits(_: &Thread, d: f64) -> Leaf<i64> {
    Ok(d.to_bits() as i64)
}

fn long_bits_to_double(_: &Thread, bits: i64) -> Leaf<f64> {
    Ok(f64::from_bits(bits as u64))
}
