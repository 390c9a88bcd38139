//! Java arithmetic where it differs from the machine's or from Rust's (JVMS 2.8, 6.5), as pure functions.
//!
//! The interpreter, the constant folder and the tests share them. Relies on nothing else.

/// `idiv` (JVMS 6.5): rounds towards zero, `MIN / -1` is `MIN`; `None` for a zero divisor, where the
/// instruction throws ArithmeticException.
#[inline]
pub const fn idiv(a: i32, b: i32) -> Option<i32> {
    if b == 0 { None } else { Some(a.wrapping_div(b)) }
}

/// `irem` (JVMS 6.5): has the dividend's sign, `MIN % -1` is 0; `None` for a zero divisor.
#[inline]
pub const fn irem(a: i32, b: i32) -> Option<i32> {
    if b == 0 { None } else { Some(a.wrapping_rem(b)) }
}

/// `ldiv` (JVMS 6.5), as [`idiv`].
#[inline]
pub const fn ldiv(a: i64, b: i64) -> Option<i64> {
    if b == 0 { None } else { Some(a.wrapping_div(b)) }
}

/// `lrem` (JVMS 6.5), as [`irem`].
#[inline]
pub const fn lrem(a: i64, b: i64) -> Option<i64> {
    if b == 0 { None } else { Some(a.wrapping_rem(b)) }
}

/// `ishl` (JVMS 6.5): the distance's low 5 bits count.
#[inline]
pub const fn ishl(a: i32, by: i32) -> i32 {
    a.wrapping_shl(by as u32)
}

/// `ishr` (JVMS 6.5): keeps the sign; the distance's low 5 bits count.
#[inline]
pub const fn ishr(a: i32, by: i32) -> i32 {
    a.wrapping_shr(by as u32)
}

/// `iushr` (JVMS 6.5): fills with zeros; the distance's low 5 bits count.
#[inline]
pub const fn iushr(a: i32, by: i32) -> i32 {
    (a as u32).wrapping_shr(by as u32) as i32
}

/// `lshl` (JVMS 6.5): the distance is an int whose low 6 bits count.
#[inline]
pub const fn lshl(a: i64, by: i32) -> i64 {
    a.wrapping_shl(by as u32)
}

/// `lshr` (JVMS 6.5): keeps the sign; the distance's low 6 bits count.
#[inline]
pub const fn lshr(a: i64, by: i32) -> i64 {
    a.wrapping_shr(by as u32)
}

/// `lushr` (JVMS 6.5): fills with zeros; the distance's low 6 bits count.
#[inline]
pub const fn lushr(a: i64, by: i32) -> i64 {
    (a as u64).wrapping_shr(by as u32) as i64
}

/// `f2i` (JVMS 6.5): rounds towards zero and saturates; NaN is 0.
#[inline]
pub const fn f2i(a: f32) -> i32 {
    a as i32
}

/// `f2l` (JVMS 6.5), as [`f2i`].
#[inline]
pub const fn f2l(a: f32) -> i64 {
    a as i64
}

/// `d2i` (JVMS 6.5), as [`f2i`].
#[inline]
pub const fn d2i(a: f64) -> i32 {
    a as i32
}

/// `d2l` (JVMS 6.5), as [`f2i`].
#[inline]
pub const fn d2l(a: f64) -> i64 {
    a as i64
}

/// `d2f` (JVMS 6.5): rounds to nearest, ties to even.
#[inline]
pub const fn d2f(a: f64) -> f32 {
    a as f32
}

/// `i2b` (JVMS 6.5): keeps the low 8 bits, sign-extended.
#[inline]
pub const fn i2b(a: i32) -> i32 {
    a as i8 as i32
}

/// `i2c` (JVMS 6.5): keeps the low 16 bits, zero-extended.
#[inline]
pub const fn i2c(a: i32) -> i32 {
    a as u16 as i32
}

/// `i2s` (JVMS 6.5): keeps the low 16 bits, sign-extended.
#[inline]
pub const fn i2s(a: i32) -> i32 {
    a as i16 as i32
}

/// What a store into a boolean field or array keeps of an int (JVMS 6.5 `bastore`, `putfield`): the low bit.
#[inline]
pub const fn i2z(a: i32) -> i32 {
    a & 1
}

/// `l2i` (JVMS 6.5): keeps the low 32 bits.
#[inline]
pub const fn l2i(a: i64) -> i32 {
    a as i32
}

/// `lcmp` (JVMS 6.5): -1, 0 or 1.
#[inline]
pub const fn lcmp(a: i64, b: i64) -> i32 {
    (a > b) as i32 - (a < b) as i32
}

/// `fcmpl` (JVMS 6.5): -1, 0 or 1; -1 if either is NaN; the zeros are equal.
#[inline]
pub const fn fcmpl(a: f32, b: f32) -> i32 {
    (a > b) as i32 + (a >= b) as i32 - 1
}

/// `fcmpg` (JVMS 6.5): as [`fcmpl`], but 1 if either is NaN.
#[inline]
pub const fn fcmpg(a: f32, b: f32) -> i32 {
    1 - (a < b) as i32 - (a <= b) as i32
}

/// `dcmpl` (JVMS 6.5), as [`fcmpl`].
#[inline]
pub const fn dcmpl(a: f64, b: f64) -> i32 {
    (a > b) as i32 + (a >= b) as i32 - 1
}

/// `dcmpg` (JVMS 6.5), as [`fcmpg`].
#[inline]
pub const fn dcmpg(a: f64, b: f64) -> i32 {
    1 - (a < b) as i32 - (a <= b) as i32
}

/// `frem` (JVMS 6.5): the remainder of a truncating division, as C's `fmodf`; it has the dividend's sign.
#[inline]
pub fn frem(a: f32, b: f32) -> f32 {
    a % b
}

/// `drem` (JVMS 6.5): the remainder of a truncating division, as C's `fmod`; it has the dividend's sign.
#[inline]
pub fn drem(a: f64, b: f64) -> f64 {
    a % b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_wraps_and_refuses_zero() {
        assert_eq!((idiv(i32::MIN, -1), irem(i32::MIN, -1)), (Some(i32::MIN), Some(0)));
        assert_eq!((ldiv(i64::MIN, -1), lrem(i64::MIN, -1)), (Some(i64::MIN), Some(0)));
        assert_eq!((idiv(-7, 2), irem(-7, 2), irem(7, -2)), (Some(-3), Some(-1), Some(1)));
        assert_eq!((idiv(1, 0), irem(1, 0), ldiv(1, 0), lrem(1, 0)), (None, None, None, None));
    }

    #[test]
    fn shifts_mask_their_distance() {
        assert_eq!((ishl(1, 33), ishl(1, -1), ishr(-8, 33), iushr(-1, 28)), (2, i32::MIN, -4, 15));
        assert_eq!((lshl(1, 65), lshl(1, -1), lshr(-8, 65), lushr(-1, 60)), (2, i64::MIN, -4, 15));
    }

    #[test]
    fn conversions_saturate() {
        assert_eq!((f2i(f32::NAN), f2i(f32::INFINITY), f2i(-3.99)), (0, i32::MAX, -3));
        assert_eq!((f2l(f32::NEG_INFINITY), d2l(1e300), d2l(f64::NAN)), (i64::MIN, i64::MAX, 0));
        assert_eq!((d2i(2147483648.0), d2i(-2147483649.0)), (i32::MAX, i32::MIN));
        assert_eq!((i2b(0x1ff), i2c(-1), i2s(0x18000), i2z(2)), (-1, 0xffff, -0x8000, 0));
        assert_eq!(l2i(0x1_8000_0000), i32::MIN);
        assert_eq!(d2f(1e300), f32::INFINITY);
    }

    #[test]
    fn comparisons_order_nan_as_asked() {
        assert_eq!((fcmpl(f32::NAN, 0.0), fcmpg(f32::NAN, 0.0)), (-1, 1));
        assert_eq!((dcmpl(0.0, f64::NAN), dcmpg(0.0, f64::NAN)), (-1, 1));
        for (a, b, order) in [(1.0, 2.0, -1), (2.0, 1.0, 1), (0.0, -0.0, 0)] {
            assert_eq!((dcmpl(a, b), dcmpg(a, b)), (order, order));
            let (a, b) = (a as f32, b as f32);
            assert_eq!((fcmpl(a, b), fcmpg(a, b)), (order, order));
        }
        assert_eq!((lcmp(1, 2), lcmp(2, 2), lcmp(3, 2)), (-1, 0, 1));
    }

    #[test]
    fn remainders_follow_fmod() {
        assert_eq!((drem(-5.5, 2.0), frem(5.5, -2.0)), (-1.5, 1.5));
        assert_eq!(drem(-4.0, 2.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(drem(3.0, f64::INFINITY), 3.0);
        assert!(drem(1.0, 0.0).is_nan() && frem(f32::INFINITY, 1.0).is_nan());
    }
}
