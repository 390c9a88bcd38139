//! The cases of `format_errors`, by part of the class file.

mod attributes;
mod members;
mod pool;

use super::Case;

pub fn all() -> impl Iterator<Item = Case> {
    [HEADER, pool::CASES, members::CASES, attributes::CASES].into_iter().flatten().copied()
}

const HEADER: &[Case] = &[
    ("good", "ok", |_| {}),
    ("magic", "ClassFormatError: Incompatible magic value 3735928559 in class file T", |c| {
        c.magic = 0xdead_beef;
    }),
    ("empty", "ClassFormatError: Truncated class file", |c| c.cut = c.bytes().len()),
    ("magic_only", "ClassFormatError: Truncated class file", |c| c.cut = c.bytes().len() - 4),
    ("no_pool", "ClassFormatError: Truncated class file", |c| c.cut = c.bytes().len() - 8),
    ("last_byte_cut", "ClassFormatError: Truncated class file", |c| c.cut = 1),
    ("extra_byte", "ClassFormatError: Extra bytes at the end of class file T", |c| {
        c.tail = vec![0];
    }),
    (
        "version_90",
        "UnsupportedClassVersionError: T has been compiled by a more recent version of the Java Runtime \
         (class file version 90.0), this version of the Java Runtime only recognizes class file versions \
         up to 61.0",
        |c| c.major = 90,
    ),
    (
        "version_44",
        "UnsupportedClassVersionError: T (class file version 44.0) was compiled with an invalid major \
         version",
        |c| c.major = 44,
    ),
    (
        "minor_3",
        "UnsupportedClassVersionError: T (class file version 61.3) was compiled with an invalid non-zero \
         minor version",
        |c| c.minor = 3,
    ),
    (
        "preview_off",
        "UnsupportedClassVersionError: Preview features are not enabled for T (class file version \
         61.65535). Try running with '--enable-preview'",
        |c| c.minor = 65535,
    ),
    (
        "preview_old",
        "UnsupportedClassVersionError: T (class file version 60.65535) was compiled with preview features \
         that are unsupported. This version of the Java Runtime only recognizes preview features for \
         class file version 61.65535",
        |c| (c.major, c.minor) = (60, 65535),
    ),
    ("minor_in_55", "ok", |c| (c.major, c.minor) = (55, 7)),
    ("wrong_name", "NoClassDefFoundError: T (wrong name: a/U)", |c| c.this = c.class("a/U")),
    (
        "module_flag",
        "NoClassDefFoundError: T is not a class because access_flag ACC_MODULE is set",
        |c| {
            c.flags = 0x8000;
        },
    ),
    ("module_flag_52", "ok", |c| (c.major, c.flags) = (52, 0x8021)),
    ("abstract_final", "ClassFormatError: Illegal class modifiers in class T: 0x431", |c| {
        c.flags = 0x0431;
    }),
    ("plain_interface", "ClassFormatError: Illegal class modifiers in class T: 0x201", |c| {
        c.flags = 0x0201;
    }),
    ("plain_interface_48", "ok", |c| (c.major, c.flags) = (48, 0x0201)),
    ("super_interface", "ClassFormatError: Illegal class modifiers in class T: 0x621", |c| {
        c.flags = 0x0621;
    }),
    ("annotation_class", "ClassFormatError: Illegal class modifiers in class T: 0x2021", |c| {
        c.flags = 0x2021;
    }),
    (
        "this_is_utf8",
        "ClassFormatError: Invalid this class index 1 in constant pool in class file T",
        |c| c.this = 1,
    ),
    (
        "this_out_of_pool",
        "ClassFormatError: Invalid this class index 999 in constant pool in class file T",
        |c| c.this = 999,
    ),
    ("this_is_array", "ClassFormatError: Bad class name in class file T", |c| {
        c.this = c.class("[LT;")
    }),
    ("no_super", "ClassFormatError: Invalid superclass index 0 in class file T", |c| {
        c.super_class = 0
    }),
    ("super_is_utf8", "ClassFormatError: Invalid superclass index 3 in class file T", |c| {
        c.super_class = 3;
    }),
    ("super_is_array", "ClassFormatError: Bad superclass name in class file T", |c| {
        c.super_class = c.class("[I");
    }),
    (
        "interface_is_utf8",
        "ClassFormatError: Interface name has bad constant pool index 1 in class file T",
        |c| c.interfaces = vec![1],
    ),
    ("interface_is_array", "ClassFormatError: Bad interface name in class file T", |c| {
        c.interfaces = vec![c.class("[I")];
    }),
    (
        "interface_twice",
        "ClassFormatError: Duplicate interface name \"java/lang/Runnable\" in class file T",
        |c| c.interfaces = vec![c.class("java/lang/Runnable"), c.class("java/lang/Runnable")],
    ),
    (
        "interface_extends_class",
        "ClassFormatError: Interfaces must have java.lang.Object as superclass in class file T",
        |c| {
            c.flags = 0x0601;
            c.super_class = c.class("java/lang/Number");
        },
    ),
];
