//! Reduction of an argument by multiples of pi/2, to twice the precision of a `double`.
//!
//! The scheme is fdlibm's (see `fdlibm.rs` for its notice), as each of its roundings counts for equal results.
//! For arguments up to 2^19 pi/2, pi/2 is used in three parts of 33 bits. Beyond, the argument is multiplied by
//! as many digits of 2/pi, to the base 2^24, as matter (Payne and Hanek).

#![allow(
    clippy::excessive_precision,
    reason = "constants as the specification of the algorithms gives them"
)]

use super::high;

const INV_PIO2: f64 = std::f64::consts::FRAC_2_PI;
/// First 33 bits of pi/2, and what is left.
const PIO2_1: f64 = 1.57079632673412561417e+00;
const PIO2_1T: f64 = 6.07710050650619224932e-11;
/// Second 33 bits.
const PIO2_2: f64 = 6.07710050630396597660e-11;
const PIO2_2T: f64 = 2.02226624879595063154e-21;
/// Third 33 bits.
const PIO2_3: f64 = 2.02226624871116645580e-21;
const PIO2_3T: f64 = 8.47842766036889956997e-32;

/// The first 1280 bits of 2/pi behind the binary point.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
];
/// pi/2 in parts of 24 bits.
const HALF_PI: [f64; 5] = [
    1.57079625129699707031e+00,
    7.54978941586159635335e-08,
    5.39030252995776476554e-15,
    3.28200341580791294123e-22,
    1.27065575308067607349e-29,
];
/// Digits of the product that are computed at first.
const DIGITS: usize = 4;
/// Room for those that cancellation makes necessary.
const MAX_DIGITS: usize = 20;
const TWO24: f64 = 16777216.0;

/// `(n, y, tail)` with `x = n pi/2 + y + tail` and `|y| <= pi/4`; only the last bits of `n` count. `x`
/// is finite.
pub(super) fn by_half_pi(x: f64) -> (i32, f64, f64) {
    let (hx, ix) = (high(x), high(x) & 0x7fff_ffff);
    if ix <= 0x3fe9_21fb {
        return (0, x, 0.0);
    }
    let (n, y, tail) = if ix < 0x4002_d97c {
        near_half_pi(x.abs(), ix)
    } else if ix <= 0x4139_21fb {
        medium(x.abs(), ix)
    } else {
        large(x.abs())
    };
    if hx < 0 { (-n, -y, -tail) } else { (n, y, tail) }
}

/// Below 3 pi/4.
fn near_half_pi(x: f64, ix: i32) -> (i32, f64, f64) {
    let mut z = x - PIO2_1;
    let mut t = PIO2_1T;
    if ix == 0x3ff9_21fb {
        // So near that another 33 bits of pi/2 are needed.
        z -= PIO2_2;
        t = PIO2_2T;
    }
    let y = z - t;
    (1, y, (z - y) - t)
}

fn medium(x: f64, ix: i32) -> (i32, f64, f64) {
    let n = (x * INV_PIO2 + 0.5) as i32;
    let f = f64::from(n);
    let mut r = x - f * PIO2_1;
    let mut w = f * PIO2_1T;
    let mut y = r - w;
    if n >= 32 || ix == high(f * std::f64::consts::FRAC_PI_2) {
        let exponent = ix >> 20;
        let lost = |y: f64| exponent - (high(y) >> 20 & 0x7ff);
        if lost(y) > 16 {
            let t = r;
            w = f * PIO2_2;
            r = t - w;
            w = f * PIO2_2T - ((t - r) - w);
            y = r - w;
            if lost(y) > 49 {
                let t = r;
                w = f * PIO2_3;
                r = t - w;
                w = f * PIO2_3T - ((t - r) - w);
                y = r - w;
            }
        }
    }
    (n, y, (r - y) - w)
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// A digit of 2/pi to the base 2^24, the first one having the number 0.
fn digit(number: usize) -> f64 {
    let (word, bit) = (number * 24 / 64, number * 24 % 64);
    let at = |i: usize| TWO_OVER_PI.get(i).copied().unwrap_or(0);
    let bits = (u128::from(at(word)) << 64 | u128::from(at(word + 1))) << bit;
    (bits >> 104) as f64
}

/// The argument as three digits to the base 2^24, of which the last may be 0, and the exponent of the first.
fn digits_of(x: f64) -> ([f64; 3], i32) {
    let exponent = (high(x) >> 20) - 1046;
    let mut z = f64::from_bits(x.to_bits() - ((exponent as u64) << 52));
    let mut digits = [0.0; 3];
    for d in &mut digits[..2] {
        *d = z.trunc();
        z = (z - *d) * TWO24;
    }
    digits[2] = z;
    (digits, exponent)
}

/// The product of the argument and 2/pi modulo 8, as far as it was computed.
struct Product {
    /// Digits before carries, from the first that matters.
    q: [f64; MAX_DIGITS],
    /// Digits behind the point, the last first.
    iq: [i32; MAX_DIGITS],
    /// Number of the last digit.
    last: usize,
    /// Exponent of the last digit of `q[0]`.
    q0: i32,
}

impl Product {
    /// Carries: leaves the whole part modulo 8 in the result, with the fraction of the first digit.
    fn carry(&mut self) -> f64 {
        let mut z = self.q[self.last];
        for (i, j) in (1..=self.last).rev().enumerate() {
            let f = f64::from((z / TWO24) as i32);
            self.iq[i] = (z - TWO24 * f) as i32;
            z = self.q[j - 1] + f;
        }
        let z = libm::scalbn(z, self.q0);
        z - 8.0 * (z * 0.125).floor()
    }

    /// Splits the whole part off and rounds to the nearest: `(n, z, half)`, where `half` tells that the fraction
    /// was replaced by what it lacks to 1.
    fn round(&mut self, mut z: f64) -> (i32, f64, bool) {
        let mut n = z as i32;
        z -= f64::from(n);
        let first = self.last - 1;
        let mut half = 0;
        if self.q0 > 0 {
            let i = self.iq[first] >> (24 - self.q0);
            n += i;
            self.iq[first] -= i << (24 - self.q0);
            half = self.iq[first] >> (23 - self.q0);
        } else if self.q0 == 0 {
            half = self.iq[first] >> 23;
        } else if z >= 0.5 {
            half = 2;
        }
        if half <= 0 {
            return (n, z, false);
        }
        let mut borrowed = false;
        for d in &mut self.iq[..self.last] {
            if borrowed {
                *d = 0xff_ffff - *d;
            } else if *d != 0 {
                borrowed = true;
                *d = 0x100_0000 - *d;
            }
        }
        if self.q0 == 1 || self.q0 == 2 {
            self.iq[first] &= 0xff_ffff >> self.q0;
        }
        if half == 2 {
            z = 1.0 - z;
            if borrowed {
                z -= power_of_two(self.q0);
            }
        }
        (n + 1, z, true)
    }

    /// Drops leading zeros, or puts the fraction of the first digit in front.
    fn trim(&mut self, z: f64) {
        if z == 0.0 {
            self.last -= 1;
            self.q0 -= 24;
            while self.iq[self.last] == 0 {
                self.last -= 1;
                self.q0 -= 24;
            }
            return;
        }
        let z = libm::scalbn(z, -self.q0);
        if z >= TWO24 {
            let f = f64::from((z / TWO24) as i32);
            self.iq[self.last] = (z - TWO24 * f) as i32;
            self.last += 1;
            self.q0 += 24;
            self.iq[self.last] = f as i32;
        } else {
            self.iq[self.last] = z as i32;
        }
    }

    /// The fraction times pi/2.
    fn times_half_pi(&mut self) -> (f64, f64) {
        let mut unit = libm::scalbn(1.0, self.q0);
        for i in (0..=self.last).rev() {
            self.q[i] = unit * f64::from(self.iq[i]);
            unit /= TWO24;
        }
        let mut parts = [0.0; MAX_DIGITS];
        for i in (0..=self.last).rev() {
            let terms = HALF_PI.iter().zip(&self.q[i..=self.last]);
            parts[self.last - i] = terms.fold(0.0, |sum, (p, q)| sum + p * q);
        }
        let y = parts[..=self.last].iter().rev().fold(0.0, |sum, p| sum + p);
        let tail = parts[1..=self.last].iter().fold(parts[0] - y, |sum, p| sum + p);
        (y, tail)
    }
}

fn large(x: f64) -> (i32, f64, f64) {
    let (digits, exponent) = digits_of(x);
    let count = digits.iter().rposition(|&d| d != 0.0).map_or(1, |i| i + 1);
    // Digits of 2/pi before this one give multiples of 8.
    let first = ((exponent - 3) / 24).max(0) as usize;
    // Digit `i` of the product, without carries.
    let product = |i: usize| {
        (0..count).fold(0.0, |sum, j| match (first + i).checked_sub(j) {
            Some(k) => sum + digits[j] * digit(k),
            None => sum,
        })
    };
    let mut p = Product {
        q: [0.0; MAX_DIGITS],
        iq: [0; MAX_DIGITS],
        last: DIGITS,
        q0: exponent - 24 * (first as i32 + 1),
    };
    for i in 0..=DIGITS {
        p.q[i] = product(i);
    }
    loop {
        let z = p.carry();
        let (n, z, complement) = p.round(z);
        let cancelled = z == 0.0 && p.iq[DIGITS..p.last].iter().all(|&d| d == 0);
        if cancelled {
            let zeros = p.iq[..DIGITS].iter().rev().take_while(|&&d| d == 0).count() + 1;
            for i in p.last + 1..=p.last + zeros {
                p.q[i] = product(i);
            }
            p.last += zeros;
            continue;
        }
        p.trim(z);
        let (y, tail) = p.times_half_pi();
        return if complement { (n, -y, -tail) } else { (n, y, tail) };
    }
}
