//! Wrong fields, methods and code (JVMS 4.5, 4.6, 4.7.3).

use super::Case;
use crate::support::{CodeSpec, Spec, words};

/// Adds a static field with one attribute.
fn static_field(c: &mut Spec, descriptor: &str, name: &str, data: &[u8]) {
    let attribute = c.attribute(name, data);
    c.field(9, "f", descriptor).attributes.push(attribute);
}

/// Adds a native method with one attribute.
fn native(c: &mut Spec, name: &str, data: &[u8]) {
    let attribute = c.attribute(name, data);
    c.method(0x101, "n", "()V").attributes.push(attribute);
}

/// Adds a method whose Code has one attribute.
fn code_attribute(c: &mut Spec, name: &str, data: &[u8]) {
    let mut code = CodeSpec::new();
    code.attributes.push(c.attribute(name, data));
    c.static_method(&code);
}

pub const CASES: &[Case] = &[
    ("field", "ok", |c| _ = c.field(1, "f", "I")),
    ("field_public_private", "ClassFormatError: Illegal field modifiers in class T: 0x3", |c| {
        c.field(3, "f", "I");
    }),
    ("field_final_volatile", "ClassFormatError: Illegal field modifiers in class T: 0x50", |c| {
        c.field(0x50, "f", "I");
    }),
    ("field_odd_flags", "ok", |c| _ = c.field(0x2f21, "f", "I")),
    ("field_of_interface", "ClassFormatError: Illegal field modifiers in class T: 0x9", |c| {
        c.flags = 0x601;
        c.field(9, "f", "I");
    }),
    (
        "field_name_class",
        "ClassFormatError: Invalid constant pool index 2 for field name in class file T",
        |c| {
            c.field(1, "f", "I").name = 2;
        },
    ),
    (
        "field_type_class",
        "ClassFormatError: Invalid constant pool index 2 for field signature in class file T",
        |c| c.field(1, "f", "I").descriptor = 2,
    ),
    ("field_name_slash", "ClassFormatError: Illegal field name \"a/b\" in class T", |c| {
        c.field(1, "a/b", "I");
    }),
    (
        "field_type_void",
        "ClassFormatError: Field \"f\" in class T has illegal signature \"V\"",
        |c| {
            c.field(1, "f", "V");
        },
    ),
    (
        "field_twice",
        "ClassFormatError: Duplicate field name \"f\" with signature \"I\" in class file T",
        |c| {
            c.field(1, "f", "I");
            c.field(2, "f", "I");
        },
    ),
    ("field_two_types", "ok", |c| {
        c.field(1, "f", "I");
        c.field(1, "f", "J");
    }),
    (
        "field_attribute_name",
        "ClassFormatError: Invalid field attribute index 2 in class file T",
        |c| {
            c.field(1, "f", "I").attributes.push((2, Vec::new()));
        },
    ),
    (
        "constant_length",
        "ClassFormatError: Invalid ConstantValue field attribute length 3 in class file T",
        |c| static_field(c, "I", "ConstantValue", &[0, 1, 0]),
    ),
    (
        "constant_index",
        "ClassFormatError: Bad initial value index 999 in ConstantValue attribute in class file T",
        |c| static_field(c, "I", "ConstantValue", &words(&[999])),
    ),
    ("constant_type", "ClassFormatError: Inconsistent constant value type in class file T", |c| {
        static_field(c, "I", "ConstantValue", &words(&[1]));
    }),
    ("constant_not_string", "ClassFormatError: Bad string initial value in class file T", |c| {
        static_field(c, "Ljava/lang/String;", "ConstantValue", &words(&[1]));
    }),
    ("constant_object", "ClassFormatError: Bad string initial value in class file T", |c| {
        let string = c.refer(8, &[1]);
        static_field(c, "LT;", "ConstantValue", &words(&[string]));
    }),
    ("constant_array", "ClassFormatError: Unable to set initial value 1 in class file T", |c| {
        static_field(c, "[I", "ConstantValue", &words(&[1]));
    }),
    ("constant_not_static", "ok", |c| {
        let attribute = c.attribute("ConstantValue", &[1, 2, 3]);
        c.field(1, "f", "I").attributes.push(attribute);
    }),
    (
        "constant_twice",
        "ClassFormatError: Duplicate ConstantValue attribute in class file T",
        |c| {
            let one = c.entry(3, &[0, 0, 0, 1]);
            static_field(c, "I", "ConstantValue", &words(&[one]));
            let again = c.fields[0].attributes[0].clone();
            c.fields[0].attributes.push(again);
        },
    ),
    (
        "field_synthetic_length",
        "ClassFormatError: Invalid Synthetic field attribute length 1 in class file T",
        |c| static_field(c, "I", "Synthetic", &[0]),
    ),
    (
        "field_deprecated_length",
        "ClassFormatError: Invalid Deprecated field attribute length 1 in class file T",
        |c| static_field(c, "I", "Deprecated", &[0]),
    ),
    (
        "field_signature_length",
        "ClassFormatError: Wrong size 3 for field's Signature attribute in class file T",
        |c| static_field(c, "I", "Signature", &[0, 1, 0]),
    ),
    (
        "field_signature_class",
        "ClassFormatError: Invalid Signature attribute at constant pool index 2 in class file T",
        |c| static_field(c, "I", "Signature", &words(&[2])),
    ),
    (
        "field_annotations_twice",
        "ClassFormatError: Multiple RuntimeVisibleAnnotations attributes for field in class file T",
        |c| {
            static_field(c, "I", "RuntimeVisibleAnnotations", &[0, 0]);
            let again = c.fields[0].attributes[0].clone();
            c.fields[0].attributes.push(again);
        },
    ),
    ("method", "ok", |c| c.static_method(&CodeSpec::new())),
    (
        "method_name_class",
        "ClassFormatError: Illegal constant pool index 2 for method name in class file T",
        |c| c.method(0x101, "n", "()V").name = 2,
    ),
    (
        "method_type_class",
        "ClassFormatError: Illegal constant pool index 2 for method signature in class file T",
        |c| c.method(0x101, "n", "()V").descriptor = 2,
    ),
    ("method_name_less_than", "ClassFormatError: Illegal method name \"a<b\" in class T", |c| {
        c.method(0x101, "a<b", "()V");
    }),
    (
        "method_type_field",
        "ClassFormatError: Method \"n\" in class T has illegal signature \"I\"",
        |c| {
            c.method(0x101, "n", "I");
        },
    ),
    (
        "method_class_in_type",
        "ClassFormatError: Class name is empty or contains illegal character in descriptor in class file T",
        |c| _ = c.method(0x101, "n", "(La//b;)V"),
    ),
    (
        "method_abstract_final",
        "ClassFormatError: Method n in class T has illegal modifiers: 0x411",
        |c| {
            c.method(0x411, "n", "()V");
        },
    ),
    (
        "method_high_flags",
        "ClassFormatError: Method n in class T has illegal modifiers: 0x8411",
        |c| {
            c.method(0x8411, "n", "()V");
        },
    ),
    (
        "method_abstract_strict_60",
        "ClassFormatError: Method n in class T has illegal modifiers: 0xC01",
        |c| {
            c.major = 60;
            c.method(0xc01, "n", "()V");
        },
    ),
    ("method_abstract_strict_61", "ok", |c| _ = c.method(0xc01, "n", "()V")),
    (
        "constructor_static",
        "ClassFormatError: Method <init> in class T has illegal modifiers: 0x9",
        |c| {
            c.method(9, "<init>", "()V");
        },
    ),
    (
        "interface_protected",
        "ClassFormatError: Method n in class T has illegal modifiers: 0x404",
        |c| {
            c.flags = 0x601;
            c.method(0x404, "n", "()V");
        },
    ),
    (
        "interface_static_51",
        "ClassFormatError: Method n in class T has illegal modifiers: 0x9",
        |c| {
            (c.major, c.flags) = (51, 0x601);
            c.method(9, "n", "()V");
        },
    ),
    (
        "interface_constructor",
        "ClassFormatError: Interface cannot have a method named <init>, class file T",
        |c| {
            c.flags = 0x601;
            c.method(1, "<init>", "()V");
        },
    ),
    ("clinit_not_static", "ClassFormatError: Method <clinit> is not static in class file T", |c| {
        c.method(1, "<clinit>", "()V");
    }),
    (
        "clinit_arguments",
        "ClassFormatError: Method \"<clinit>\" in class T has illegal signature \"(I)V\"",
        |c| _ = c.method(8, "<clinit>", "(I)V"),
    ),
    (
        "method_twice",
        "ClassFormatError: Duplicate method name \"n\" with signature \"()V\" in class file T",
        |c| {
            c.method(0x101, "n", "()V");
            c.method(0x101, "n", "()V");
        },
    ),
    ("args_255", "ok", |c| _ = c.method(0x109, "n", &format!("({})V", "I".repeat(255)))),
    ("args_256", "ClassFormatError: Too many arguments in method signature in class file T", |c| {
        c.method(0x101, "n", &format!("({})V", "I".repeat(255)));
    }),
    (
        "args_long",
        "ClassFormatError: Too many arguments in method signature in class file T",
        |c| {
            c.method(0x109, "n", &format!("({})V", "J".repeat(128)));
        },
    ),
    (
        "no_code",
        "ClassFormatError: Absent Code attribute in method that is not native or abstract in class file T",
        |c| _ = c.method(1, "n", "()V"),
    ),
    (
        "native_code",
        "ClassFormatError: Code attribute in native or abstract methods in class file T",
        |c| native(c, "Code", &CodeSpec::new().bytes()),
    ),
    ("code_twice", "ClassFormatError: Multiple Code attributes in class file T", |c| {
        c.static_method(&CodeSpec::new());
        let again = c.methods[0].attributes[0].clone();
        c.methods[0].attributes.push(again);
    }),
    (
        "method_attribute_name",
        "ClassFormatError: Invalid method attribute name index 2 in class file T",
        |c| {
            c.method(0x101, "n", "()V").attributes.push((2, Vec::new()));
        },
    ),
    (
        "arguments_too_long",
        "ClassFormatError: Arguments can't fit into locals in class file T",
        |c| {
            let attribute = c.attribute("Code", &CodeSpec::new().bytes());
            c.method(9, "m", "(III)V").attributes.push(attribute);
        },
    ),
    ("code_empty", "ClassFormatError: Invalid method Code length 0 in class file T", |c| {
        c.static_method(&CodeSpec { code: Vec::new(), ..CodeSpec::new() });
    }),
    ("code_65535", "ok", |c| {
        c.static_method(&CodeSpec { code: vec![0; 65535], ..CodeSpec::new() })
    }),
    ("code_65536", "ClassFormatError: Invalid method Code length 65536 in class file T", |c| {
        c.static_method(&CodeSpec { code: vec![0; 65536], ..CodeSpec::new() });
    }),
    ("code_longer", "ClassFormatError: Code segment has wrong length in class file T", |c| {
        c.static_method(&CodeSpec { tail: vec![0], ..CodeSpec::new() });
    }),
    ("handler_range", "ClassFormatError: Illegal exception table range in class file T", |c| {
        c.static_method(&CodeSpec { handlers: vec![[1, 1, 0, 0]], ..CodeSpec::new() });
    }),
    ("handler_end", "ClassFormatError: Illegal exception table range in class file T", |c| {
        c.static_method(&CodeSpec { handlers: vec![[0, 3, 0, 0]], ..CodeSpec::new() });
    }),
    ("handler_pc", "ClassFormatError: Illegal exception table handler in class file T", |c| {
        c.static_method(&CodeSpec { handlers: vec![[0, 2, 2, 0]], ..CodeSpec::new() });
    }),
    (
        "handler_type",
        "ClassFormatError: Catch type in exception table has bad constant type in class file T",
        |c| c.static_method(&CodeSpec { handlers: vec![[0, 2, 1, 1]], ..CodeSpec::new() }),
    ),
    (
        "code_attribute_name",
        "ClassFormatError: Invalid code attribute name index 2 in class file T",
        |c| {
            c.static_method(&CodeSpec { attributes: vec![(2, Vec::new())], ..CodeSpec::new() });
        },
    ),
    (
        "lines_length",
        "ClassFormatError: LineNumberTable attribute has wrong length in class file T",
        |c| {
            code_attribute(c, "LineNumberTable", &words(&[1, 0, 5, 0]));
        },
    ),
    ("lines_pc", "ClassFormatError: Invalid pc in LineNumberTable in class file T", |c| {
        code_attribute(c, "LineNumberTable", &words(&[1, 2, 5]));
    }),
    ("lines", "ok", |c| code_attribute(c, "LineNumberTable", &words(&[1, 1, 5]))),
    (
        "variables_length",
        "ClassFormatError: LocalVariableTable has wrong length in class file T",
        |c| {
            code_attribute(c, "LocalVariableTable", &words(&[1]));
        },
    ),
    (
        "variables_start",
        "ClassFormatError: Invalid start_pc 2 in LocalVariableTable in class file T",
        |c| {
            code_attribute(c, "LocalVariableTable", &words(&[1, 2, 0, 1, 1, 0]));
        },
    ),
    (
        "variables_range",
        "ClassFormatError: Invalid length 2 in LocalVariableTable in class file T",
        |c| {
            code_attribute(c, "LocalVariableTable", &words(&[1, 1, 2, 1, 1, 0]));
        },
    ),
    (
        "variables_name",
        "ClassFormatError: Name index 2 in LocalVariableTable has bad constant type in class file T",
        |c| code_attribute(c, "LocalVariableTable", &words(&[1, 0, 2, 2, 1, 0])),
    ),
    (
        "variables_type",
        "ClassFormatError: Signature index 2 in LocalVariableTable has bad constant type in class file T",
        |c| code_attribute(c, "LocalVariableTable", &words(&[1, 0, 2, 1, 2, 0])),
    ),
    (
        "variables_descriptor",
        "ClassFormatError: Field \"T\" in class T has illegal signature \"T\"",
        |c| {
            code_attribute(c, "LocalVariableTable", &words(&[1, 0, 2, 1, 1, 0]));
        },
    ),
    (
        "variables_index",
        "ClassFormatError: Invalid index 1 in LocalVariableTable in class file T",
        |c| {
            let long = c.utf8("J");
            code_attribute(c, "LocalVariableTable", &words(&[1, 0, 2, 1, long, 1]));
        },
    ),
    (
        "variables_twice",
        "ClassFormatError: Duplicated LocalVariableTable attribute entry for 'T' in class file T",
        |c| {
            let int = c.utf8("I");
            code_attribute(c, "LocalVariableTable", &words(&[2, 0, 2, 1, int, 1, 0, 2, 1, int, 1]));
        },
    ),
    (
        "variable_types_alone",
        "ClassFormatError: LVTT entry for 'T' in class file T does not match any LVT entry",
        |c| {
            let int = c.utf8("I");
            let mut code = CodeSpec::new();
            code.attributes.push(c.attribute("LocalVariableTable", &words(&[1, 0, 2, 1, int, 1])));
            code.attributes
                .push(c.attribute("LocalVariableTypeTable", &words(&[1, 0, 2, 1, int, 0])));
            c.static_method(&code);
        },
    ),
    ("variable_types_only", "ok", |c| {
        let int = c.utf8("I");
        code_attribute(c, "LocalVariableTypeTable", &words(&[1, 0, 2, 1, int, 0]));
    }),
    (
        "variable_types_twice",
        "ClassFormatError: Duplicated LocalVariableTypeTable attribute entry for 'T' in class file T",
        |c| {
            let int = c.utf8("I");
            let mut code = CodeSpec::new();
            code.attributes.push(c.attribute("LocalVariableTable", &words(&[1, 0, 2, 1, int, 1])));
            let twice = words(&[2, 0, 2, 1, int, 1, 0, 2, 1, int, 1]);
            code.attributes.push(c.attribute("LocalVariableTypeTable", &twice));
            c.static_method(&code);
        },
    ),
    (
        "synthetic_length_method",
        "ClassFormatError: Invalid Synthetic method attribute length 1 in class file T",
        |c| {
            native(c, "Synthetic", &[0]);
        },
    ),
    ("code_length_lies", "ClassFormatError: Code segment has wrong length in class file T", |c| {
        let mut data = CodeSpec::new().bytes();
        data[9] = 0;
        data.extend([0; 4]);
        native(c, "X", &[]);
        c.methods.clear();
        let attribute = c.attribute("Code", &data);
        c.method(9, "m", "()V").attributes.push(attribute);
    }),
    ("clinit_flags_50", "ok", |c| {
        c.major = 50;
        let attribute = c.attribute("Code", &CodeSpec::new().bytes());
        c.method(0x501, "<clinit>", "()V").attributes.push(attribute);
    }),
    ("clinit_arguments_50", "ok", |c| {
        c.major = 50;
        let attribute = c.attribute("Code", &CodeSpec::new().bytes());
        c.method(8, "<clinit>", "(I)V").attributes.push(attribute);
    }),
    (
        "constructor_bridge",
        "ClassFormatError: Method <init> in class T has illegal modifiers: 0x41",
        |c| {
            c.method(0x41, "<init>", "()V");
        },
    ),
    (
        "interface_two_visibilities",
        "ClassFormatError: Method n in class T has illegal modifiers: 0x403",
        |c| {
            c.flags = 0x601;
            c.method(0x403, "n", "()V");
        },
    ),
    (
        "stack_map_twice",
        "ClassFormatError: Multiple StackMapTable attributes in class file T",
        |c| {
            let mut code = CodeSpec::new();
            code.attributes.push(c.attribute("StackMapTable", &[0, 0]));
            code.attributes.push(c.attribute("StackMapTable", &[0, 0]));
            c.static_method(&code);
        },
    ),
    ("exceptions_twice", "ClassFormatError: Multiple Exceptions attributes in class file T", |c| {
        native(c, "Exceptions", &words(&[0]));
        let again = c.methods[0].attributes[0].clone();
        c.methods[0].attributes.push(again);
    }),
    (
        "exceptions_length",
        "ClassFormatError: Exceptions attribute has wrong length in class file T",
        |c| {
            native(c, "Exceptions", &words(&[0, 1]));
        },
    ),
    (
        "exceptions_type",
        "ClassFormatError: Exception name has bad type at constant pool 1 in class file T",
        |c| native(c, "Exceptions", &words(&[1, 1])),
    ),
    (
        "parameters_length",
        "ClassFormatError: Invalid MethodParameters method attribute length 2 in class file",
        |c| native(c, "MethodParameters", &[0, 0]),
    ),
    (
        "method_signature_length",
        "ClassFormatError: Invalid Signature attribute length 3 in class file T",
        |c| native(c, "Signature", &[0, 1, 0]),
    ),
    (
        "method_default_twice",
        "ClassFormatError: Multiple AnnotationDefault attributes for method in class file T",
        |c| {
            native(c, "AnnotationDefault", &[b's', 0, 1]);
            let again = c.methods[0].attributes[0].clone();
            c.methods[0].attributes.push(again);
        },
    ),
    (
        "method_invisible_types_twice",
        "ClassFormatError: Multiple RuntimeInvisibleTypeAnnotations attributes for method in class file T",
        |c| {
            native(c, "RuntimeInvisibleTypeAnnotations", &[0, 0]);
            let again = c.methods[0].attributes[0].clone();
            c.methods[0].attributes.push(again);
        },
    ),
    (
        "ancient_code",
        "ClassFormatError: Invalid method Code length 2969567232 in class file T",
        |c| {
            (c.major, c.minor) = (45, 0);
            let attribute = c.attribute("Code", &[1, 1, 0, 1, 177, 0, 0, 0, 0]);
            c.method(9, "m", "()V").attributes.push(attribute);
        },
    ),
];
