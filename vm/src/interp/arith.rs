//! Arithmetic, conversions and comparisons (JVMS 6.5; the corners are in [`classfile::arith`]).

use super::objects::throw_arithmetic;
use classfile::arith as a;

const fn f(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}
const fn d(bits: u64) -> f64 {
    f64::from_bits(bits)
}
const fn of_f(v: f32) -> u64 {
    v.to_bits() as u64
}
const fn of_i(v: i32) -> u64 {
    v as u32 as u64
}

/// `name words |a, b| value`: two operands, the lower one `words` below the top; the result replaces both.
macro_rules! binary {
    ($($name:ident $words:literal |$x:ident: $xt:ident, $y:ident: $yt:ident| $e:expr;)*) => { op! { $(
        $name(s) {
            let ($x, $y) = ($xt(s.below($words)), $yt(s.tos));
            s.put(-$words, $e);
            s.next(1)
        }
    )* } };
}
const fn i(bits: u64) -> i32 {
    bits as i32
}
const fn l(bits: u64) -> i64 {
    bits as i64
}
binary! {
    iadd 1 |x: i, y: i| of_i(x.wrapping_add(y));
    isub 1 |x: i, y: i| of_i(x.wrapping_sub(y));
    imul 1 |x: i, y: i| of_i(x.wrapping_mul(y));
    iand 1 |x: i, y: i| of_i(x & y);
    ior 1 |x: i, y: i| of_i(x | y);
    ixor 1 |x: i, y: i| of_i(x ^ y);
    ishl 1 |x: i, y: i| of_i(a::ishl(x, y));
    ishr 1 |x: i, y: i| of_i(a::ishr(x, y));
    iushr 1 |x: i, y: i| of_i(a::iushr(x, y));
    ladd 2 |x: l, y: l| x.wrapping_add(y) as u64;
    lsub 2 |x: l, y: l| x.wrapping_sub(y) as u64;
    lmul 2 |x: l, y: l| x.wrapping_mul(y) as u64;
    land 2 |x: l, y: l| (x & y) as u64;
    lor 2 |x: l, y: l| (x | y) as u64;
    lxor 2 |x: l, y: l| (x ^ y) as u64;
    lshl 1 |x: l, y: i| a::lshl(x, y) as u64;
    lshr 1 |x: l, y: i| a::lshr(x, y) as u64;
    lushr 1 |x: l, y: i| a::lushr(x, y) as u64;
    fadd 1 |x: f, y: f| of_f(x + y);
    fsub 1 |x: f, y: f| of_f(x - y);
    fmul 1 |x: f, y: f| of_f(x * y);
    fdiv 1 |x: f, y: f| of_f(x / y);
    frem 1 |x: f, y: f| of_f(a::frem(x, y));
    dadd 2 |x: d, y: d| (x + y).to_bits();
    dsub 2 |x: d, y: d| (x - y).to_bits();
    dmul 2 |x: d, y: d| (x * y).to_bits();
    ddiv 2 |x: d, y: d| (x / y).to_bits();
    drem 2 |x: d, y: d| a::drem(x, y).to_bits();
    fcmpl 1 |x: f, y: f| of_i(a::fcmpl(x, y));
    fcmpg 1 |x: f, y: f| of_i(a::fcmpg(x, y));
}

/// Two operands of two slots, an int result.
macro_rules! compare {
    ($($name:ident $t:ident $e:path;)*) => { op! { $(
        $name(s) {
            let (x, y) = ($t(s.below(2)), $t(s.tos));
            s.put(-3, of_i($e(x, y)));
            s.next(1)
        }
    )* } };
}
compare! { lcmp l a::lcmp; dcmpl d a::dcmpl; dcmpg d a::dcmpg; }

/// Divisions, which throw on zero.
macro_rules! divide {
    ($($name:ident $words:literal $t:ident $f:path, $of:expr;)*) => { op! { $(
        $name(s) {
            match $f($t(s.below($words)), $t(s.tos)) {
                Some(v) => { s.put(-$words, $of(v)); s.next(1) }
                None => s.jump(throw_arithmetic),
            }
        }
    )* } };
}
const fn of_l(v: i64) -> u64 {
    v as u64
}
divide! {
    idiv 1 i a::idiv, of_i;
    irem 1 i a::irem, of_i;
    ldiv 2 l a::ldiv, of_l;
    lrem 2 l a::lrem, of_l;
}

/// One operand; the stack's height changes by `words`.
macro_rules! unary {
    ($($name:ident $words:literal |$x:ident: $t:ident| $e:expr;)*) => { op! { $(
        $name(s) {
            let $x = $t(s.tos);
            s.put($words, $e);
            s.next(1)
        }
    )* } };
}
unary! {
    ineg 0 |x: i| of_i(x.wrapping_neg());
    lneg 0 |x: l| x.wrapping_neg() as u64;
    fneg 0 |x: f| of_f(-x);
    dneg 0 |x: d| (-x).to_bits();
    i2l 1 |x: i| x as i64 as u64;
    i2f 0 |x: i| of_f(x as f32);
    i2d 1 |x: i| (x as f64).to_bits();
    l2i -1 |x: l| of_i(a::l2i(x));
    l2f -1 |x: l| of_f(x as f32);
    l2d 0 |x: l| (x as f64).to_bits();
    f2i 0 |x: f| of_i(a::f2i(x));
    f2l 1 |x: f| a::f2l(x) as u64;
    f2d 1 |x: f| (x as f64).to_bits();
    d2i -1 |x: d| of_i(a::d2i(x));
    d2l 0 |x: d| a::d2l(x) as u64;
    d2f -1 |x: d| of_f(a::d2f(x));
    i2b 0 |x: i| of_i(a::i2b(x));
    i2c 0 |x: i| of_i(a::i2c(x));
    i2s 0 |x: i| of_i(a::i2s(x));
}
