//! `java.lang.StrictMath`: fdlibm's results (17; later releases have them in Java).

mod fdlibm;
mod reduce;

use super::support::Leaf;
use vm::{NativeMethod, Thread};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/StrictMath" {
            "sin" "(D)D" => leaf sin;
            "cos" "(D)D" => leaf cos;
            "tan" "(D)D" => leaf tan;
            "asin" "(D)D" => leaf asin;
            "acos" "(D)D" => leaf acos;
            "atan" "(D)D" => leaf atan;
            "log" "(D)D" => leaf log;
            "log10" "(D)D" => leaf log10;
            "sqrt" "(D)D" => leaf sqrt;
            "IEEEremainder" "(DD)D" => leaf ieee_remainder;
            "atan2" "(DD)D" => leaf atan2;
            "sinh" "(D)D" => leaf sinh;
            "cosh" "(D)D" => leaf cosh;
            "tanh" "(D)D" => leaf tanh;
            "expm1" "(D)D" => leaf expm1;
            "log1p" "(D)D" => leaf log1p;
        }
    }
}

macro_rules! unary {
    ($($name:ident => $f:path;)*) => {$(
        fn $name(_: &Thread, x: f64) -> Leaf<f64> {
            Ok($f(x))
        }
    )*};
}

unary! {
    sin => fdlibm::sin;
    cos => fdlibm::cos;
    tan => libm::tan;
    asin => libm::asin;
    acos => libm::acos;
    atan => libm::atan;
    log => fdlibm::log;
    log10 => fdlibm::log10;
    sqrt => f64::sqrt;
    sinh => fdlibm::sinh;
    cosh => fdlibm::cosh;
    tanh => fdlibm::tanh;
    expm1 => libm::expm1;
    log1p => fdlibm::log1p;
}

fn atan2(_: &Thread, y: f64, x: f64) -> Leaf<f64> {
    Ok(fdlibm::atan2(y, x))
}

fn ieee_remainder(_: &Thread, x: f64, y: f64) -> Leaf<f64> {
    Ok(libm::remainder(x, y))
}

/// The high word: sign, exponent, first bits of the mantissa.
fn high(x: f64) -> i32 {
    (x.to_bits() >> 32) as i32
}

/// The low word.
fn low(x: f64) -> u32 {
    x.to_bits() as u32
}

fn with_high(x: f64, high: i32) -> f64 {
    f64::from_bits((high as u32 as u64) << 32 | low(x) as u64)
}

#[cfg(test)]
mod tests;
