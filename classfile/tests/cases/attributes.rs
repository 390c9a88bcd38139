//! Wrong attributes of the class (JVMS 4.7).

use super::Case;
use crate::support::{Spec, words};

/// A method handle of `Object.hashCode`.
fn handle(c: &mut Spec) -> u16 {
    let method = c.member(10, "h", "()I");
    c.method_handle(5, method)
}

/// Adds an attribute twice.
fn twice(c: &mut Spec, name: &str, data: &[u8]) {
    c.class_attribute(name, data);
    c.class_attribute(name, data);
}

pub const CASES: &[Case] = &[
    (
        "attribute_name",
        "ClassFormatError: Attribute name has bad constant pool index 2 in class file T",
        |c| {
            c.attributes.push((2, Vec::new()));
        },
    ),
    ("unknown_attribute", "ok", |c| c.class_attribute("Whatever", &[1, 2, 3])),
    ("source_length", "ClassFormatError: Wrong SourceFile attribute length in class file T", |c| {
        c.class_attribute("SourceFile", &[0, 1, 0]);
    }),
    ("source_twice", "ClassFormatError: Multiple SourceFile attributes in class file T", |c| {
        twice(c, "SourceFile", &words(&[1]));
    }),
    (
        "source_class",
        "ClassFormatError: Invalid SourceFile attribute at constant pool index 2 in class file T",
        |c| {
            c.class_attribute("SourceFile", &words(&[2]));
        },
    ),
    (
        "debug_twice",
        "ClassFormatError: Multiple SourceDebugExtension attributes in class file T",
        |c| {
            twice(c, "SourceDebugExtension", b"x");
        },
    ),
    (
        "synthetic_length",
        "ClassFormatError: Invalid Synthetic classfile attribute length 1 in class file T",
        |c| {
            c.class_attribute("Synthetic", &[0]);
        },
    ),
    (
        "deprecated_length",
        "ClassFormatError: Invalid Deprecated classfile attribute length 1 in class file T",
        |c| {
            c.class_attribute("Deprecated", &[0]);
        },
    ),
    (
        "signature_length",
        "ClassFormatError: Wrong Signature attribute length 3 in class file T",
        |c| {
            c.class_attribute("Signature", &[0, 1, 0]);
        },
    ),
    (
        "signature_class",
        "ClassFormatError: Invalid constant pool index 2 in Signature attribute in class file T",
        |c| {
            c.class_attribute("Signature", &words(&[2]));
        },
    ),
    ("signature_twice", "ClassFormatError: Multiple Signature attributes in class file T", |c| {
        twice(c, "Signature", &words(&[1]));
    }),
    (
        "annotations_twice",
        "ClassFormatError: Multiple RuntimeVisibleAnnotations attributes in class file T",
        |c| {
            twice(c, "RuntimeVisibleAnnotations", &[0, 0]);
        },
    ),
    ("inner_twice", "ClassFormatError: Multiple InnerClasses attributes in class file T", |c| {
        twice(c, "InnerClasses", &[0, 0]);
    }),
    (
        "inner_length",
        "ClassFormatError: Wrong InnerClasses attribute length in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[0, 0]));
        },
    ),
    (
        "inner_utf8",
        "ClassFormatError: inner_class_info_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 1, 0, 0, 0]));
        },
    ),
    (
        "inner_0",
        "ClassFormatError: inner_class_info_index 0 has bad constant type in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 0, 0, 0, 0]));
        },
    ),
    (
        "inner_outer",
        "ClassFormatError: outer_class_info_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 2, 1, 0, 0]));
        },
    ),
    ("inner_array", "ClassFormatError: Outer class is an array class in class file T", |c| {
        let array = c.class("[I");
        c.class_attribute("InnerClasses", &words(&[1, 2, array, 0, 0]));
    }),
    (
        "inner_name",
        "ClassFormatError: inner_name_index 2 has bad constant type in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 2, 4, 2, 0]));
        },
    ),
    (
        "inner_itself",
        "ClassFormatError: Class is both outer and inner class in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 2, 2, 1, 0]));
        },
    ),
    ("inner_flags", "ClassFormatError: Illegal class modifiers in class T: 0x410", |c| {
        c.class_attribute("InnerClasses", &words(&[1, 2, 4, 1, 0x410]));
    }),
    (
        "inner_module",
        "NoClassDefFoundError: T is not a class because access_flag ACC_MODULE is set",
        |c| {
            c.class_attribute("InnerClasses", &words(&[1, 2, 4, 1, 0x8001]));
        },
    ),
    (
        "inner_same_row",
        "ClassFormatError: Duplicate entry in InnerClasses attribute in class file T",
        |c| {
            c.class_attribute("InnerClasses", &words(&[2, 2, 4, 1, 0, 2, 4, 1, 0]));
        },
    ),
    ("inner_same_class", "ok", |c| {
        c.class_attribute("InnerClasses", &words(&[2, 2, 4, 1, 0, 2, 4, 1, 1]));
    }),
    ("enclosing", "ok", |c| c.class_attribute("EnclosingMethod", &words(&[4, 0]))),
    (
        "enclosing_length",
        "ClassFormatError: Wrong EnclosingMethod attribute length 2 in class file T",
        |c| {
            c.class_attribute("EnclosingMethod", &words(&[4]));
        },
    ),
    (
        "enclosing_0",
        "ClassFormatError: Invalid class index in EnclosingMethod attribute in class file T",
        |c| {
            c.class_attribute("EnclosingMethod", &words(&[0, 0]));
        },
    ),
    (
        "enclosing_class",
        "ClassFormatError: Invalid or out-of-bounds class index in EnclosingMethod attribute in class file T",
        |c| c.class_attribute("EnclosingMethod", &words(&[1, 0])),
    ),
    (
        "enclosing_method",
        "ClassFormatError: Invalid or out-of-bounds method index in EnclosingMethod attribute in class file T",
        |c| c.class_attribute("EnclosingMethod", &words(&[2, 1])),
    ),
    (
        "enclosing_twice",
        "ClassFormatError: Multiple EnclosingMethod attributes in class file T",
        |c| {
            twice(c, "EnclosingMethod", &words(&[4, 0]));
        },
    ),
    ("bootstrap", "ok", |c| {
        let handle = handle(c);
        let name_and_type = c.name_and_type("a", "()V");
        c.refer(18, &[0, name_and_type]);
        c.class_attribute("BootstrapMethods", &words(&[1, handle, 1, 2]));
    }),
    (
        "bootstrap_short",
        "ClassFormatError: Short length on BootstrapMethods in class file T",
        |c| {
            let handle = handle(c);
            let name_and_type = c.name_and_type("a", "()V");
            c.refer(18, &[1, name_and_type]);
            c.class_attribute("BootstrapMethods", &words(&[1, handle, 0]));
        },
    ),
    (
        "bootstrap_type",
        "ClassFormatError: bootstrap_method_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("BootstrapMethods", &words(&[1, 1, 0]));
        },
    ),
    (
        "bootstrap_argument",
        "ClassFormatError: argument_index 1 has bad constant type in class file T",
        |c| {
            let handle = handle(c);
            c.class_attribute("BootstrapMethods", &words(&[1, handle, 1, 1]));
        },
    ),
    ("bootstrap_long", "ClassFormatError: Bad length on BootstrapMethods in class file T", |c| {
        let handle = handle(c);
        c.class_attribute("BootstrapMethods", &words(&[1, handle, 0, 0]));
    }),
    (
        "bootstrap_many",
        "ClassFormatError: Invalid BootstrapMethods num_bootstrap_methods or num_bootstrap_arguments value \
         in class file T",
        |c| {
            let handle = handle(c);
            c.class_attribute("BootstrapMethods", &words(&[1, handle, 9]));
        },
    ),
    ("bootstrap_many_rows", "ClassFormatError: Truncated class file", |c| {
        let handle = handle(c);
        c.class_attribute("BootstrapMethods", &words(&[900, handle, 0]));
    }),
    (
        "bootstrap_empty",
        "ClassFormatError: Invalid BootstrapMethods attribute length 1 in class file T",
        |c| {
            c.class_attribute("BootstrapMethods", &[0]);
        },
    ),
    (
        "bootstrap_twice",
        "ClassFormatError: Multiple BootstrapMethods attributes in class file T",
        |c| {
            twice(c, "BootstrapMethods", &[0, 0]);
        },
    ),
    (
        "nest_host_length",
        "ClassFormatError: Wrong NestHost attribute length in class file T",
        |c| {
            c.class_attribute("NestHost", &[0, 4, 0]);
        },
    ),
    (
        "nest_host_type",
        "ClassFormatError: Nest-host class_info_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("NestHost", &words(&[1]));
        },
    ),
    ("nest_host_twice", "ClassFormatError: Multiple NestHost attributes in class file T", |c| {
        twice(c, "NestHost", &words(&[4]));
    }),
    (
        "nest_members_length",
        "ClassFormatError: Wrong NestMembers attribute length in class file T",
        |c| {
            c.class_attribute("NestMembers", &words(&[0, 0]));
        },
    ),
    (
        "nest_members_type",
        "ClassFormatError: Nest member class_info_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("NestMembers", &words(&[1, 1]));
        },
    ),
    (
        "nest_both",
        "ClassFormatError: Conflicting NestHost and NestMembers attributes in class file T",
        |c| {
            c.class_attribute("NestHost", &words(&[4]));
            c.class_attribute("NestMembers", &words(&[0]));
        },
    ),
    (
        "nest_both_turned",
        "ClassFormatError: Conflicting NestMembers and NestHost attributes in class file T",
        |c| {
            c.class_attribute("NestMembers", &words(&[0]));
            c.class_attribute("NestHost", &words(&[4]));
        },
    ),
    ("nest_host_54", "ok", |c| {
        c.major = 54;
        c.class_attribute("NestHost", &[1, 2, 3]);
    }),
    ("permitted", "ok", |c| c.class_attribute("PermittedSubclasses", &words(&[1, 4]))),
    (
        "permitted_final",
        "ClassFormatError: PermittedSubclasses attribute in final class file T",
        |c| {
            c.flags = 0x31;
            c.class_attribute("PermittedSubclasses", &words(&[1, 4]));
        },
    ),
    (
        "permitted_type",
        "ClassFormatError: Permitted subclass class_info_index 1 has bad constant type in class file T",
        |c| {
            c.class_attribute("PermittedSubclasses", &words(&[1, 1]));
        },
    ),
    (
        "permitted_length",
        "ClassFormatError: Wrong PermittedSubclasses attribute length in class file T",
        |c| {
            c.class_attribute("PermittedSubclasses", &words(&[1, 4, 0]));
        },
    ),
    (
        "permitted_twice",
        "ClassFormatError: Multiple PermittedSubclasses attributes in class file T",
        |c| {
            twice(c, "PermittedSubclasses", &words(&[1, 4]));
        },
    ),
    ("record_twice", "ClassFormatError: Multiple Record attributes in class file T", |c| {
        twice(c, "Record", &words(&[0]));
    }),
    ("record_length", "ClassFormatError: Record attribute has wrong length in class file T", |c| {
        c.class_attribute("Record", &words(&[0, 0]));
    }),
    (
        "record_name",
        "ClassFormatError: Invalid constant pool index 2 for name in Record attribute in class file T",
        |c| {
            c.class_attribute("Record", &words(&[1, 2, 1, 0]));
        },
    ),
    (
        "record_type",
        "ClassFormatError: Invalid constant pool index 2 for descriptor in Record attribute in class file T",
        |c| c.class_attribute("Record", &words(&[1, 1, 2, 0])),
    ),
    (
        "record_descriptor",
        "ClassFormatError: Field \"T\" in class T has illegal signature \"T\"",
        |c| {
            c.class_attribute("Record", &words(&[1, 1, 1, 0]));
        },
    ),
    (
        "record_attribute",
        "ClassFormatError: Invalid Record attribute name index 2 in class file T",
        |c| {
            let int = c.utf8("I");
            c.class_attribute("Record", &words(&[1, 1, int, 1, 2, 0, 0]));
        },
    ),
    (
        "record_signature",
        "ClassFormatError: Invalid Signature attribute length 3 in Record component in class file T",
        |c| {
            let (int, signature) = (c.utf8("I"), c.utf8("Signature"));
            c.class_attribute("Record", &words(&[1, 1, int, 1, signature, 0, 3, 0, 0]));
        },
    ),
];
