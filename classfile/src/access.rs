//! Access and property flags (JVMS 4.1, 4.5, 4.6, 4.7.6) and which of them go together.

/// Visible everywhere.
pub const PUBLIC: u16 = 0x0001;
/// Visible in its nest only.
pub const PRIVATE: u16 = 0x0002;
/// Visible in its package and to subclasses.
pub const PROTECTED: u16 = 0x0004;
/// Of the class, not of an instance.
pub const STATIC: u16 = 0x0008;
/// Never subclassed, overridden or assigned again.
pub const FINAL: u16 = 0x0010;
/// Classes: modern meaning of `invokespecial`; ignored.
pub const SUPER: u16 = 0x0020;
/// Methods: holds the monitor.
pub const SYNCHRONIZED: u16 = 0x0020;
/// Fields: never cached.
pub const VOLATILE: u16 = 0x0040;
/// Methods: made by the compiler to override with another descriptor.
pub const BRIDGE: u16 = 0x0040;
/// Fields: not serialised.
pub const TRANSIENT: u16 = 0x0080;
/// Methods: the last parameter takes any number of arguments.
pub const VARARGS: u16 = 0x0080;
/// Methods: not written in Java.
pub const NATIVE: u16 = 0x0100;
/// Classes: an interface.
pub const INTERFACE: u16 = 0x0200;
/// Not instantiable; without code.
pub const ABSTRACT: u16 = 0x0400;
/// Methods: strict floating point, which is the only kind from version 61.
pub const STRICT: u16 = 0x0800;
/// Not in the source.
pub const SYNTHETIC: u16 = 0x1000;
/// Classes: an annotation interface.
pub const ANNOTATION: u16 = 0x2000;
/// An enum class or constant.
pub const ENUM: u16 = 0x4000;
/// Classes: a module descriptor.
pub const MODULE: u16 = 0x8000;
/// Parameters: declared by the language, not in the source.
pub const MANDATED: u16 = 0x8000;

/// The class flags that HotSpot looks at, [`MODULE`] aside.
pub const CLASS_FLAGS: u16 =
    PUBLIC | FINAL | SUPER | INTERFACE | ABSTRACT | SYNTHETIC | ANNOTATION | ENUM;
/// The flags of an inner class that HotSpot looks at, [`MODULE`] aside (JVMS 4.7.6).
pub const INNER_CLASS_FLAGS: u16 = CLASS_FLAGS | PRIVATE | PROTECTED | STATIC;
/// The field flags that HotSpot looks at.
pub const FIELD_FLAGS: u16 =
    PUBLIC | PRIVATE | PROTECTED | STATIC | FINAL | VOLATILE | TRANSIENT | SYNTHETIC | ENUM;
/// The method flags that HotSpot looks at.
pub const METHOD_FLAGS: u16 = PUBLIC
    | PRIVATE
    | PROTECTED
    | STATIC
    | FINAL
    | SYNCHRONIZED
    | BRIDGE
    | VARARGS
    | NATIVE
    | ABSTRACT
    | STRICT
    | SYNTHETIC;

fn has(flags: u16, any: u16) -> bool {
    flags & any != 0
}

fn lacks(flags: u16, all: u16) -> bool {
    flags & all != all
}

/// More than one of public, private and protected.
fn visibility_clashes(flags: u16) -> bool {
    (flags & (PUBLIC | PRIVATE | PROTECTED)).count_ones() > 1
}

/// Whether a class may have these flags together (JVMS 4.1).
pub fn class_flags_legal(flags: u16, major: u16) -> bool {
    let interface = has(flags, INTERFACE);
    let clash = !lacks(flags, ABSTRACT | FINAL)
        || (interface && !has(flags, ABSTRACT))
        || (interface && major >= 49 && has(flags, SUPER | ENUM))
        || (!interface && major >= 49 && has(flags, ANNOTATION));
    !clash
}

/// Whether a field may have these flags together (JVMS 4.5).
pub fn field_flags_legal(flags: u16, in_interface: bool, major: u16) -> bool {
    let clash = if in_interface {
        lacks(flags, PUBLIC | STATIC | FINAL)
            || has(flags, PRIVATE | PROTECTED | VOLATILE | TRANSIENT)
            || (major >= 49 && has(flags, ENUM))
    } else {
        visibility_clashes(flags) || !lacks(flags, FINAL | VOLATILE)
    };
    !clash
}

/// Whether a method other than `<clinit>` may have these flags together (JVMS 4.6).
pub fn method_flags_legal(flags: u16, in_interface: bool, constructor: bool, major: u16) -> bool {
    let abstracted = has(flags, ABSTRACT);
    let strict = if major < 61 { STRICT } else { 0 };
    let clash = match (in_interface, major) {
        (true, 52..) => {
            has(flags, PUBLIC) == has(flags, PRIVATE)
                || has(flags, NATIVE | PROTECTED | FINAL | SYNCHRONIZED)
                || (abstracted && has(flags, PRIVATE | STATIC | strict))
        }
        (true, 49..) => {
            const BANNED: u16 =
                PRIVATE | PROTECTED | STATIC | FINAL | SYNCHRONIZED | NATIVE | STRICT;
            lacks(flags, PUBLIC | ABSTRACT) || has(flags, BANNED)
        }
        (true, _) => lacks(flags, PUBLIC | ABSTRACT) || has(flags, STATIC | FINAL | NATIVE),
        (false, _) if visibility_clashes(flags) => true,
        (false, _) if constructor => {
            has(flags, STATIC | FINAL | SYNCHRONIZED | NATIVE | ABSTRACT)
                || (major >= 49 && has(flags, BRIDGE))
        }
        (false, _) => {
            let modern = if major >= 49 { SYNCHRONIZED | strict } else { 0 };
            abstracted && has(flags, FINAL | NATIVE | PRIVATE | STATIC | modern)
        }
    };
    !clash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations() {
        assert!(class_flags_legal(PUBLIC | FINAL | SUPER, 61));
        assert!(!class_flags_legal(ABSTRACT | FINAL, 61));
        assert!(!class_flags_legal(INTERFACE, 61) && !class_flags_legal(ANNOTATION, 61));
        assert!(!class_flags_legal(INTERFACE | ABSTRACT | SUPER, 49));
        assert!(class_flags_legal(INTERFACE | ABSTRACT | SUPER, 48));
        assert!(!field_flags_legal(FINAL | VOLATILE, false, 61));
        assert!(!field_flags_legal(PUBLIC | STATIC, true, 61));
        assert!(method_flags_legal(ABSTRACT | STRICT, false, false, 61));
        assert!(!method_flags_legal(ABSTRACT | STRICT, false, false, 60));
        assert!(!method_flags_legal(PUBLIC | PRIVATE, true, false, 61));
        assert!(method_flags_legal(PRIVATE | STATIC, true, false, 52));
        assert!(!method_flags_legal(PUBLIC | STATIC, true, false, 51));
        assert!(!method_flags_legal(STATIC, false, true, 52));
    }
}
