//! Elementary functions with the results of fdlibm 5.3, bit for bit, where the crate `libm` (which follows
//! FreeBSD's later changes) differs.
//!
//! The methods, constants and the order of operations are those of fdlibm, which carries this notice:
//!
//! > Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun
//! > Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is freely
//! > granted, provided that this notice is preserved.

#![allow(
    clippy::excessive_precision,
    reason = "constants as the specification of the algorithms gives them"
)]

use super::{high, low, reduce, with_high};
use libm::{exp, expm1};
use std::f64::consts::PI;

const TWO54: f64 = 1.80143985094819840000e+16;
const LN2_HI: f64 = 6.93147180369123816490e-01;
const LN2_LO: f64 = 1.90821492927058770002e-10;
/// Coefficients of (log(1+s) - log(1-s)) / s - 2 in powers of s squared.
const LG: [f64; 7] = [
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
];

/// sin(x + tail) for |x| up to pi/4.
fn sin_kernel(x: f64, tail: f64, has_tail: bool) -> f64 {
    const S: [f64; 6] = [
        -1.66666666666666324348e-01,
        8.33333333332248946124e-03,
        -1.98412698298579493134e-04,
        2.75573137070700676789e-06,
        -2.50507602534068634195e-08,
        1.58969099521155010221e-10,
    ];
    if high(x) & 0x7fff_ffff < 0x3e40_0000 && x as i32 == 0 {
        return x;
    }
    let z = x * x;
    let v = z * x;
    let r = S[1] + z * (S[2] + z * (S[3] + z * (S[4] + z * S[5])));
    if has_tail {
        x - ((z * (0.5 * tail - v * r) - tail) - v * S[0])
    } else {
        x + v * (S[0] + z * r)
    }
}

/// cos(x + tail) for |x| up to pi/4.
fn cos_kernel(x: f64, tail: f64) -> f64 {
    const C: [f64; 6] = [
        4.16666666666666019037e-02,
        -1.38888888888741095749e-03,
        2.48015872894767294178e-05,
        -2.75573143513906633035e-07,
        2.08757232129817482790e-09,
        -1.13596475577881948265e-11,
    ];
    let ix = high(x) & 0x7fff_ffff;
    if ix < 0x3e40_0000 && x as i32 == 0 {
        return 1.0;
    }
    let z = x * x;
    let r = z * (C[0] + z * (C[1] + z * (C[2] + z * (C[3] + z * (C[4] + z * C[5])))));
    if ix < 0x3fd3_3333 {
        return 1.0 - (0.5 * z - (z * r - x * tail));
    }
    // About x/4, so that 1 - q is exact.
    let q =
        if ix > 0x3fe9_0000 { 0.28125 } else { f64::from_bits(((ix - 0x0020_0000) as u64) << 32) };
    (1.0 - q) - ((0.5 * z - q) - (z * r - x * tail))
}

pub(super) fn sin(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    if high(x) & 0x7fff_ffff <= 0x3fe9_21fb {
        return sin_kernel(x, 0.0, false);
    }
    let (n, y, tail) = reduce::by_half_pi(x);
    match n & 3 {
        0 => sin_kernel(y, tail, true),
        1 => cos_kernel(y, tail),
        2 => -sin_kernel(y, tail, true),
        _ => -cos_kernel(y, tail),
    }
}

pub(super) fn cos(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    if high(x) & 0x7fff_ffff <= 0x3fe9_21fb {
        return cos_kernel(x, 0.0);
    }
    let (n, y, tail) = reduce::by_half_pi(x);
    match n & 3 {
        0 => cos_kernel(y, tail),
        1 => -sin_kernel(y, tail, true),
        2 => -cos_kernel(y, tail),
        _ => sin_kernel(y, tail, true),
    }
}

pub(super) fn log(mut x: f64) -> f64 {
    let mut k = 0;
    if high(x) < 0x0010_0000 {
        if x == 0.0 {
            return f64::NEG_INFINITY;
        }
        if high(x) < 0 {
            return f64::NAN;
        }
        k -= 54;
        x *= TWO54;
    }
    if high(x) >= 0x7ff0_0000 {
        return x + x;
    }
    k += (high(x) >> 20) - 1023;
    let hx = high(x) & 0x000f_ffff;
    let i = (hx + 0x95f64) & 0x10_0000;
    // x or x/2, between sqrt(2)/2 and sqrt(2).
    x = with_high(x, hx | (i ^ 0x3ff0_0000));
    k += i >> 20;
    let dk = f64::from(k);
    let f = x - 1.0;
    if 0x000f_ffff & (2 + hx) < 3 {
        // |f| below 2^-20.
        if f == 0.0 {
            return if k == 0 { 0.0 } else { dk * LN2_HI + dk * LN2_LO };
        }
        let r = f * f * (0.5 - 0.33333333333333333 * f);
        return if k == 0 { f - r } else { dk * LN2_HI - ((r - dk * LN2_LO) - f) };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let t2 = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    let r = t2 + t1;
    if (hx - 0x6147a) | (0x6b851 - hx) > 0 {
        let half = 0.5 * f * f;
        if k == 0 {
            f - (half - s * (half + r))
        } else {
            dk * LN2_HI - ((half - (s * (half + r) + dk * LN2_LO)) - f)
        }
    } else if k == 0 {
        f - s * (f - r)
    } else {
        dk * LN2_HI - ((s * (f - r) - dk * LN2_LO) - f)
    }
}

pub(super) fn log10(mut x: f64) -> f64 {
    const IVLN10: f64 = std::f64::consts::LOG10_E;
    const LOG10_2_HI: f64 = 3.01029995663611771306e-01;
    const LOG10_2_LO: f64 = 3.69423907715893078616e-13;
    let mut k = 0;
    if high(x) < 0x0010_0000 {
        if x == 0.0 {
            return f64::NEG_INFINITY;
        }
        if high(x) < 0 {
            return f64::NAN;
        }
        k -= 54;
        x *= TWO54;
    }
    if high(x) >= 0x7ff0_0000 {
        return x + x;
    }
    k += (high(x) >> 20) - 1023;
    let i = i32::from(k < 0);
    let y = f64::from(k + i);
    x = with_high(x, high(x) & 0x000f_ffff | (0x3ff - i) << 20);
    let z = y * LOG10_2_LO + IVLN10 * log(x);
    z + y * LOG10_2_HI
}

pub(super) fn log1p(x: f64) -> f64 {
    let (hx, ax) = (high(x), high(x) & 0x7fff_ffff);
    let (mut k, mut f, mut hu, mut c) = (1, 0.0, 1, 0.0);
    if hx < 0x3fda_827a {
        if ax >= 0x3ff0_0000 {
            return if x == -1.0 { f64::NEG_INFINITY } else { f64::NAN };
        }
        if ax < 0x3e20_0000 {
            return if ax < 0x3c90_0000 { x } else { x - x * x * 0.5 };
        }
        if hx > 0 || hx <= 0xbfd2_bec3_u32 as i32 {
            (k, f) = (0, x);
        }
    }
    if hx >= 0x7ff0_0000 {
        return x + x;
    }
    if k != 0 {
        let mut u = x;
        if hx < 0x4340_0000 {
            u = 1.0 + x;
            k = (high(u) >> 20) - 1023;
            // What 1 + x lost.
            c = if k > 0 { 1.0 - (u - x) } else { x - (u - 1.0) } / u;
        } else {
            k = (high(u) >> 20) - 1023;
        }
        hu = high(u) & 0x000f_ffff;
        if hu < 0x6a09e {
            u = with_high(u, hu | 0x3ff0_0000);
        } else {
            k += 1;
            u = with_high(u, hu | 0x3fe0_0000);
            hu = (0x0010_0000 - hu) >> 2;
        }
        f = u - 1.0;
    }
    let dk = f64::from(k);
    let half = 0.5 * f * f;
    if hu == 0 {
        if f == 0.0 {
            return if k == 0 { 0.0 } else { dk * LN2_HI + (c + dk * LN2_LO) };
        }
        let r = half * (1.0 - 0.66666666666666666 * f);
        return if k == 0 { f - r } else { dk * LN2_HI - ((r - (dk * LN2_LO + c)) - f) };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z
        * (LG[0] + z * (LG[1] + z * (LG[2] + z * (LG[3] + z * (LG[4] + z * (LG[5] + z * LG[6]))))));
    if k == 0 {
        f - (half - s * (half + r))
    } else {
        dk * LN2_HI - ((half - (s * (half + r) + (dk * LN2_LO + c))) - f)
    }
}

/// Whether exp(|x|) overflows but exp(|x|)/2 does not.
fn is_last_octave(x: f64) -> bool {
    let ix = high(x) & 0x7fff_ffff;
    ix < 0x4086_33ce || ix == 0x4086_33ce && low(x) <= 0x8fb9_f87d
}

pub(super) fn sinh(x: f64) -> f64 {
    let ix = high(x) & 0x7fff_ffff;
    if ix >= 0x7ff0_0000 {
        return x + x;
    }
    let h = if high(x) < 0 { -0.5 } else { 0.5 };
    if ix < 0x4036_0000 {
        if ix < 0x3e30_0000 {
            return x;
        }
        let t = expm1(x.abs());
        if ix < 0x3ff0_0000 {
            return h * (2.0 * t - t * t / (t + 1.0));
        }
        return h * (t + t / (t + 1.0));
    }
    if ix < 0x4086_2e42 {
        return h * exp(x.abs());
    }
    if is_last_octave(x) {
        let w = exp(0.5 * x.abs());
        return h * w * w;
    }
    x * 1.0e307
}

pub(super) fn cosh(x: f64) -> f64 {
    let ix = high(x) & 0x7fff_ffff;
    if ix >= 0x7ff0_0000 {
        return x * x;
    }
    if ix < 0x3fd6_2e43 {
        let t = expm1(x.abs());
        let w = 1.0 + t;
        return if ix < 0x3c80_0000 { w } else { 1.0 + (t * t) / (w + w) };
    }
    if ix < 0x4036_0000 {
        let t = exp(x.abs());
        return 0.5 * t + 0.5 / t;
    }
    if ix < 0x4086_2e42 {
        return 0.5 * exp(x.abs());
    }
    if is_last_octave(x) {
        let w = exp(0.5 * x.abs());
        return 0.5 * w * w;
    }
    f64::INFINITY
}

pub(super) fn tanh(x: f64) -> f64 {
    let ix = high(x) & 0x7fff_ffff;
    if ix >= 0x7ff0_0000 {
        return if x.is_nan() { f64::NAN } else { 1.0_f64.copysign(x) };
    }
    let z = if ix >= 0x4036_0000 {
        1.0
    } else if ix < 0x3c80_0000 {
        return x * (1.0 + x);
    } else if ix >= 0x3ff0_0000 {
        1.0 - 2.0 / (expm1(2.0 * x.abs()) + 2.0)
    } else {
        let t = expm1(-2.0 * x.abs());
        -t / (t + 2.0)
    };
    if high(x) >= 0 { z } else { -z }
}

pub(super) fn atan2(y: f64, x: f64) -> f64 {
    const PI_LO: f64 = 1.2246467991473531772e-16;
    const HALF_PI: f64 = std::f64::consts::FRAC_PI_2;
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 1.0 {
        return libm::atan(y);
    }
    let left = x.is_sign_negative();
    if y == 0.0 {
        return if left { PI.copysign(y) } else { y };
    }
    if x == 0.0 {
        return HALF_PI.copysign(y);
    }
    if x.is_infinite() {
        let angle = match (y.is_infinite(), left) {
            (true, false) => std::f64::consts::FRAC_PI_4,
            (true, true) => 3.0 * std::f64::consts::FRAC_PI_4,
            (false, false) => 0.0,
            (false, true) => PI,
        };
        return angle.copysign(y);
    }
    if y.is_infinite() {
        return HALF_PI.copysign(y);
    }
    let k = ((high(y) & 0x7fff_ffff) - (high(x) & 0x7fff_ffff)) >> 20;
    let z = if k > 60 {
        HALF_PI + 0.5 * PI_LO
    } else if left && k < -60 {
        0.0
    } else {
        libm::atan((y / x).abs())
    };
    match (y.is_sign_negative(), left) {
        (false, false) => z,
        (true, false) => -z,
        (false, true) => PI - (z - PI_LO),
        (true, true) => (z - PI_LO) - PI,
    }
}
