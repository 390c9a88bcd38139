//! Wrong constant pools (JVMS 4.4).

use super::Case;

pub const CASES: &[Case] = &[
    ("pool_size_0", "ClassFormatError: Illegal constant pool size 0 in class file T", |c| {
        c.pool_count = Some(0);
    }),
    ("tag_99", "ClassFormatError: Unknown constant tag 99 in class file T", |c| {
        c.entry(99, &[0, 0]);
    }),
    ("tag_2", "ClassFormatError: Unknown constant tag 2 in class file T", |c| {
        c.entry(2, &[0, 0]);
    }),
    ("tag_module", "ClassFormatError: Unknown constant tag 19 in class file T", |c| {
        c.refer(19, &[1]);
    }),
    ("tag_module_52", "ClassFormatError: Unknown constant tag 19 in class file T", |c| {
        c.major = 52;
        c.refer(19, &[1]);
    }),
    (
        "handle_in_50",
        "ClassFormatError: Class file version does not support constant tag 15 in class file T",
        |c| {
            c.major = 50;
            let field = c.member(9, "f", "I");
            c.method_handle(1, field);
        },
    ),
    (
        "dynamic_in_54",
        "ClassFormatError: Class file version does not support constant tag 17 in class file T",
        |c| {
            c.major = 54;
            let name_and_type = c.name_and_type("d", "I");
            c.refer(17, &[0, name_and_type]);
        },
    ),
    ("long_at_end", "ClassFormatError: Invalid constant pool entry 5 in class file T", |c| {
        c.entry(5, &[0; 8]);
    }),
    ("long", "ok", |c| {
        c.entry(5, &[0; 8]);
        c.pool.push(Vec::new());
    }),
    (
        "nul_in_utf8",
        "ClassFormatError: Illegal UTF8 string in constant pool in class file T",
        |c| {
            c.utf8("a\0");
        },
    ),
    (
        "four_byte_utf8",
        "ClassFormatError: Illegal UTF8 string in constant pool in class file T",
        |c| {
            c.utf8("😀");
        },
    ),
    ("cut_utf8", "ClassFormatError: Illegal UTF8 string in constant pool in class file T", |c| {
        c.utf8(b"ab\xe2\x82");
    }),
    (
        "overlong_utf8",
        "ClassFormatError: Illegal UTF8 string in constant pool in class file T",
        |c| {
            c.utf8(b"\xc1\x81");
        },
    ),
    ("overlong_utf8_47", "ok", |c| {
        c.major = 47;
        c.utf8(b"\xc1\x81\xe0\x81\x81");
    }),
    ("coded_nul", "ok", |c| {
        c.utf8(b"\xc0\x80");
    }),
    ("class_of_class", "ClassFormatError: Invalid constant pool index 2 in class file T", |c| {
        c.refer(7, &[2]);
    }),
    (
        "class_out_of_pool",
        "ClassFormatError: Invalid constant pool index 777 in class file T",
        |c| {
            c.refer(7, &[777]);
        },
    ),
    ("string_of_class", "ClassFormatError: Invalid constant pool index 2 in class file T", |c| {
        c.refer(8, &[2]);
    }),
    ("string_of_0", "ClassFormatError: Invalid constant pool index 0 in class file T", |c| {
        c.refer(8, &[0]);
    }),
    ("field_of_utf8", "ClassFormatError: Invalid constant pool index 1 in class file T", |c| {
        let name_and_type = c.name_and_type("f", "I");
        c.refer(9, &[1, name_and_type]);
    }),
    (
        "field_without_type",
        "ClassFormatError: Invalid constant pool index 1 in class file T",
        |c| {
            c.refer(9, &[2, 1]);
        },
    ),
    ("name_of_class", "ClassFormatError: Invalid constant pool index 2 in class file T", |c| {
        c.refer(12, &[2, 1]);
    }),
    ("type_of_class", "ClassFormatError: Invalid constant pool index 2 in class file T", |c| {
        c.refer(12, &[1, 2]);
    }),
    (
        "method_type_of_class",
        "ClassFormatError: Invalid constant pool index 2 in class file T",
        |c| {
            c.refer(16, &[2]);
        },
    ),
    (
        "dynamic_without_type",
        "ClassFormatError: Invalid constant pool index 1 in class file T",
        |c| {
            c.refer(18, &[0, 1]);
        },
    ),
    (
        "handle_kind_0",
        "ClassFormatError: Bad method handle kind at constant pool index 9 in class file T",
        |c| {
            let field = c.member(9, "f", "I");
            c.method_handle(0, field);
        },
    ),
    (
        "handle_not_field",
        "ClassFormatError: Invalid constant pool index 8 in class file T (not a field)",
        |c| {
            let method = c.member(10, "f", "()V");
            c.method_handle(1, method);
        },
    ),
    (
        "handle_not_method",
        "ClassFormatError: Invalid constant pool index 8 in class file T (not a method)",
        |c| {
            let field = c.member(9, "f", "I");
            c.method_handle(5, field);
        },
    ),
    (
        "handle_not_interface_method",
        "ClassFormatError: Invalid constant pool index 8 in class file T (not an interface method)",
        |c| {
            let method = c.member(10, "f", "()V");
            c.method_handle(9, method);
        },
    ),
    (
        "handle_interface_static_51",
        "ClassFormatError: Invalid constant pool index 8 in class file T (not a method)",
        |c| {
            c.major = 51;
            let method = c.member(11, "f", "()V");
            c.method_handle(6, method);
        },
    ),
    ("handle_interface_static_52", "ok", |c| {
        let method = c.member(11, "f", "()V");
        c.method_handle(6, method);
    }),
    (
        "handle_of_utf8",
        "ClassFormatError: Invalid constant pool index 1 in class file T (not a field)",
        |c| {
            c.method_handle(1, 1);
        },
    ),
    ("handle_of_0", "ClassFormatError: Invalid constant pool index 0 in class file T", |c| {
        c.method_handle(1, 0);
    }),
    (
        "handle_out_of_pool",
        "ClassFormatError: Invalid constant pool index 999 in class file T",
        |c| {
            c.method_handle(1, 999);
        },
    ),
    (
        "handle_not_constructor",
        "ClassFormatError: Bad constructor name at constant pool index 5 in class file T",
        |c| {
            let method = c.member(10, "f", "()V");
            c.method_handle(8, method);
        },
    ),
    (
        "handle_constructor",
        "ClassFormatError: Bad method name at constant pool index 5 in class file T",
        |c| {
            let method = c.member(10, "<init>", "()V");
            c.method_handle(7, method);
        },
    ),
    (
        "class_name_empty_part",
        "ClassFormatError: Illegal class name \"a/b//c\" in class file T",
        |c| {
            c.class("a/b//c");
        },
    ),
    ("class_name_dot", "ClassFormatError: Illegal class name \"a.b\" in class file T", |c| {
        c.class("a.b");
    }),
    ("class_name_empty", "ClassFormatError: Illegal class name \"\" in class file T", |c| {
        c.class("");
    }),
    (
        "class_name_slash_first",
        "ClassFormatError: Illegal class name \"/a\" in class file T",
        |c| {
            c.class("/a");
        },
    ),
    ("class_name_slash_last", "ClassFormatError: Illegal class name \"a/\" in class file T", |c| {
        c.class("a/");
    }),
    ("class_name_dash", "ok", |c| {
        c.class("a-b <c>");
    }),
    ("class_name_dash_48", "ClassFormatError: Illegal class name \"a-b\" in class file T", |c| {
        c.major = 48;
        c.class("a-b");
    }),
    ("class_name_slash_first_48", "ok", |c| {
        c.major = 48;
        c.class("/a");
    }),
    ("class_name_slash_last_48", "ok", |c| {
        c.major = 48;
        c.class("a/");
    }),
    ("class_name_unicode_48", "ok", |c| {
        c.major = 48;
        c.class("Größe/ñ_$1");
    }),
    ("class_name_less_48", "ClassFormatError: Illegal class name \"<a>\" in class file T", |c| {
        c.major = 48;
        c.class("<a>");
    }),
    (
        "class_name_two_slashes_48",
        "ClassFormatError: Illegal class name \"a//b\" in class file T",
        |c| {
            c.major = 48;
            c.class("a//b");
        },
    ),
    ("class_name_slash_48", "ok", |c| {
        c.major = 48;
        c.class("/");
    }),
    ("field_type_slash_48", "ok", |c| {
        c.major = 48;
        c.name_and_type("a", "La/;");
    }),
    (
        "field_type_dash_48",
        "ClassFormatError: Field \"a\" in class T has illegal signature \"La-b;\"",
        |c| {
            c.major = 48;
            c.name_and_type("a", "La-b;");
        },
    ),
    (
        "field_type_empty_48",
        "ClassFormatError: Field \"a\" in class T has illegal signature \"L;\"",
        |c| {
            c.major = 48;
            c.name_and_type("a", "L;");
        },
    ),
    ("field_name_digit_48", "ClassFormatError: Illegal field name \"1a\" in class T", |c| {
        c.major = 48;
        c.name_and_type("1a", "I");
    }),
    ("field_name_half_48", "ClassFormatError: Illegal field name \"a½\" in class T", |c| {
        c.major = 48;
        c.name_and_type("a½", "I");
    }),
    ("field_name_euro_48", "ok", |c| {
        c.major = 48;
        c.name_and_type("€a‿", "I");
    }),
    (
        "name_and_type_empty",
        "ClassFormatError: Illegal zero length constant pool entry at 6 in class T",
        |c| {
            c.name_and_type("", "");
        },
    ),
    ("array_of_bad_class", "ClassFormatError: Illegal class name \"[LT\" in class file T", |c| {
        c.class("[LT");
    }),
    ("array_with_rest", "ClassFormatError: Illegal class name \"[II\" in class file T", |c| {
        c.class("[II");
    }),
    (
        "field_type_256",
        "ClassFormatError: Array type descriptor has more than 255 dimensions in class file T",
        |c| _ = c.name_and_type("a", &format!("{}I", "[".repeat(256))),
    ),
    ("array_name_bad", "ClassFormatError: Illegal class name \"[V\" in class file T", |c| {
        c.class("[V");
    }),
    ("array_name_open", "ClassFormatError: Illegal class name \"[La\" in class file T", |c| {
        c.class("[La");
    }),
    (
        "array_name_empty_class",
        "ClassFormatError: Class name is empty or contains illegal character in descriptor in class file T",
        |c| {
            c.class("[L;");
        },
    ),
    (
        "array_256",
        "ClassFormatError: Array type descriptor has more than 255 dimensions in class file T",
        |c| {
            c.class([&[b'['; 256][..], b"I"].concat());
        },
    ),
    ("array_255", "ok", |c| {
        c.class([&[b'['; 255][..], b"I"].concat());
    }),
    ("field_name_dot", "ClassFormatError: Illegal field name \"a.b\" in class T", |c| {
        c.name_and_type("a.b", "I");
    }),
    ("method_name_less", "ClassFormatError: Illegal method name \"<a>\" in class T", |c| {
        c.name_and_type("<a>", "()V");
    }),
    (
        "name_empty",
        "ClassFormatError: Illegal zero length constant pool entry at 5 in class T",
        |c| {
            c.name_and_type("", "I");
        },
    ),
    (
        "type_empty",
        "ClassFormatError: Illegal zero length constant pool entry at 6 in class T",
        |c| {
            c.name_and_type("a", "");
        },
    ),
    ("type_bad", "ClassFormatError: Field \"a\" in class T has illegal signature \"V\"", |c| {
        c.name_and_type("a", "V");
    }),
    (
        "method_type_open",
        "ClassFormatError: Method \"a\" in class T has illegal signature \"(I\"",
        |c| {
            c.name_and_type("a", "(I");
        },
    ),
    (
        "constructor_returns",
        "ClassFormatError: Method \"<init>\" in class T has illegal signature \"()I\"",
        |c| {
            c.name_and_type("<init>", "()I");
        },
    ),
    (
        "field_with_method_type",
        "ClassFormatError: Field \"a\" in class T has illegal signature \"()V\"",
        |c| {
            c.member(9, "a", "()V");
        },
    ),
    (
        "method_with_field_type",
        "ClassFormatError: Method \"a\" in class T has illegal signature \"I\"",
        |c| {
            c.member(10, "a", "I");
        },
    ),
    (
        "interface_method_with_field_type",
        "ClassFormatError: Method \"a\" in class T has illegal signature \"I\"",
        |c| {
            c.member(11, "a", "I");
        },
    ),
    (
        "call_of_clinit",
        "ClassFormatError: Bad method name at constant pool index 5 in class file T",
        |c| {
            c.member(10, "<clinit>", "()V");
        },
    ),
    (
        "dynamic_with_method_type",
        "ClassFormatError: CONSTANT_Dynamic \"a\" in class T has illegal signature \"()V\"",
        |c| {
            let name_and_type = c.name_and_type("a", "()V");
            c.refer(17, &[0, name_and_type]);
        },
    ),
    (
        "invoke_dynamic_with_field_type",
        "ClassFormatError: Method \"a\" in class T has illegal signature \"I\"",
        |c| {
            let name_and_type = c.name_and_type("a", "I");
            c.refer(18, &[0, name_and_type]);
        },
    ),
    (
        "method_type_of_field",
        "ClassFormatError: Method \"type\" in class T has illegal signature \"I\"",
        |c| {
            let text = c.utf8("I");
            c.refer(16, &[text]);
        },
    ),
    (
        "no_bootstrap_methods",
        "ClassFormatError: Missing BootstrapMethods attribute in class file T",
        |c| {
            let name_and_type = c.name_and_type("a", "()V");
            c.refer(18, &[0, name_and_type]);
        },
    ),
    ("pool_too_short", "ClassFormatError: Unknown constant tag 0 in class file T", |c| {
        c.pool_count = Some(500)
    }),
    (
        "pool_count_low",
        "ClassFormatError: Invalid this class index 768 in constant pool in class file T",
        |c| {
            c.pool_count = Some(4);
        },
    ),
];
