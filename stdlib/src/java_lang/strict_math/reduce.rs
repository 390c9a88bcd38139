//! Reduction of an argument by multiples of pi/2, to twice the precision of a `double`.
//!
//! For arguments up to 2^19 pi/2 this is fdlibm's scheme (Sun Microsystems, 1993), whose every rounding
//! counts for bit-equal results: pi/2 in three parts of 33 bits. Beyond, where fdlibm multiplies by as
//! many digits of 2/pi as matter, the same is done here with 320-bit integers.

use super::high;

const INV_PIO2: f64 = 6.36619772367581382433e-01;
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
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
];
/// pi/2 times 2^255.
const HALF_PI: [u64; 4] =
    [0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, 0x29024e088a67cc74, 0x020bbea63b139b22];

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

/// 64 bits of 2/pi from the bit of weight `2^-first` on.
fn bits_from(first: i32) -> u64 {
    let word = |i: i32| usize::try_from(i).ok().and_then(|i| TWO_OVER_PI.get(i)).copied().unwrap_or(0);
    let at = first - 1;
    let (index, shift) = (at.div_euclid(64), at.rem_euclid(64) as u32);
    match shift {
        0 => word(index),
        s => word(index) << s | word(index + 1) >> (64 - s),
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

fn large(x: f64) -> (i32, f64, f64) {
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    // Bits of 2/pi of more weight give multiples of 4. The product's two first bits are its whole part.
    let mut f = [0u64; 5];
    let mut carry = 0;
    for i in (0..5).rev() {
        let part = u128::from(bits_from(exponent - 1 + 64 * i as i32)) * u128::from(mantissa) + carry;
        f[i] = part as u64;
        carry = part >> 64;
    }
    let mut n = (f[0] >> 62) as i32;
    shift_left(&mut f, 2);
    let negative = f[0] >> 63 != 0;
    if negative {
        n += 1;
        negate(&mut f);
    }
    let zeros = f.iter().position(|&w| w != 0).map_or(0, |i| i as u32 * 64 + f[i].leading_zeros());
    shift_left(&mut f, zeros);
    let (y, tail) = times_half_pi(&f, zeros as i32);
    if negative { (n, -y, -tail) } else { (n, y, tail) }
}

fn shift_left(f: &mut [u64], by: u32) {
    let (words, bits) = ((by / 64) as usize, by % 64);
    for i in 0..f.len() {
        let word = |i: usize| f.get(i).copied().unwrap_or(0);
        let (a, b) = (word(i + words), word(i + words + 1));
        f[i] = if bits == 0 { a } else { a << bits | b >> (64 - bits) };
    }
}

fn negate(f: &mut [u64]) {
    let mut carry = true;
    for w in f.iter_mut().rev() {
        let (value, overflow) = (!*w).overflowing_add(u64::from(carry));
        *w = value;
        carry = overflow;
    }
}

/// `f * 2^-(zeros)` of a quarter turn in radians; the first bit of `f` has the weight 1/2.
fn times_half_pi(f: &[u64; 5], zeros: i32) -> (f64, f64) {
    let mut product = [0u64; 8];
    for i in (0..4).rev() {
        let mut carry = 0;
        for j in (0..4).rev() {
            let part = u128::from(f[i]) * u128::from(HALF_PI[j])
                + u128::from(product[i + j + 1])
                + carry;
            product[i + j + 1] = part as u64;
            carry = part >> 64;
        }
        product[i] = carry as u64;
    }
    let lead = product[0].leading_zeros();
    shift_left(&mut product, lead);
    // The first bit of the product now has the weight 2^(-zeros - lead).
    let mut y = (product[0] >> 11) as f64;
    let mut rest = [product[0] << 53, product[1], product[2], product[3]];
    rest[0] |= product[1] >> 11;
    rest[1] = product[1] << 53 | product[2] >> 11;
    rest[2] = product[2] << 53 | product[3] >> 11;
    let rounds_up = rest[0] >> 63 != 0;
    if rounds_up {
        y += 1.0;
        negate(&mut rest[..3]);
    }
    let tail = rest[0] as f64 * power_of_two(-64) + rest[1] as f64 * power_of_two(-128);
    let unit = power_of_two(-zeros - lead as i32 - 52);
    (y * unit, if rounds_up { -tail } else { tail } * unit)
}
