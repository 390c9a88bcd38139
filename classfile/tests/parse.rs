//! A real class, read and compared with what its source says.

use classfile::annotations::Known;
use classfile::class::LineEntry;
use classfile::{ClassFile, Constant, MethodDescriptor, access, opcode};

const SAMPLE: &[u8] = include_bytes!("data/Sample.class");
const POINT: &[u8] = include_bytes!("data/Sample$Point.class");
const LARGE: &[u8] = include_bytes!("data/Large.class");

#[test]
fn class_level_parts() {
    let class = ClassFile::parse(SAMPLE).unwrap();
    let pool = &class.constant_pool;
    assert_eq!((class.major, class.minor, class.name), (61, 0, &b"Sample"[..]));
    assert_eq!(class.super_name, Some(&b"java/lang/Object"[..]));
    assert_eq!(class.interface_names().collect::<Vec<_>>(), [b"java/util/function/Supplier"]);
    assert_eq!(pool.utf8(class.source_file.unwrap()), Ok(&b"Sample.java"[..]));
    assert!(pool.utf8(class.signature.unwrap()).unwrap().starts_with(b"<T::Ljava/lang/Comparable"));
    assert_eq!(class.nest_members.unwrap().len(), 4);
    assert!(class.inner_classes.len() >= 4 && class.bootstrap_methods.len() >= 2);
    for bootstrap in &class.bootstrap_methods {
        let Ok(Constant::MethodHandle { reference, .. }) = pool.get(bootstrap.method_handle) else {
            panic!("no method handle");
        };
        assert!(pool.member(*reference).is_ok());
    }
}

#[test]
fn fields_and_constants() {
    let class = ClassFile::parse(SAMPLE).unwrap();
    let pool = &class.constant_pool;
    let field = |name: &[u8]| class.fields.iter().find(|field| field.name == name).unwrap();
    let long = field(b"LONG");
    assert_eq!(pool.get(long.constant_value.unwrap()), Ok(&Constant::Long(5)));
    assert_eq!(pool.string(field(b"TEXT").constant_value.unwrap()), Ok(&b"text"[..]));
    assert_eq!(field(b"real").access_flags, access::VOLATILE);
    let old = field(b"old");
    assert!(
        old.deprecated && Known::scan(old.annotations.visible, pool).contains(Known::DEPRECATED)
    );
    assert_eq!(pool.utf8(field(b"value").signature.unwrap()), Ok(&b"TT;"[..]));
}

#[test]
fn code_and_its_tables() {
    let class = ClassFile::parse(SAMPLE).unwrap();
    let pool = &class.constant_pool;
    let choose = class.methods.iter().find(|method| method.name == b"choose").unwrap();
    let code = choose.code.as_ref().unwrap();
    assert_eq!(&SAMPLE[code.offset..][..code.bytes.len()], code.bytes);
    assert_eq!(pool.class_name(choose.exceptions.get(0).unwrap()), Ok(&b"java/io/IOException"[..]));
    let names: Vec<_> = choose.parameters.unwrap().iter().map(|row| pool.utf8(row.name)).collect();
    assert_eq!(names, [Ok(&b"x"[..]), Ok(b"s")]);
    assert_eq!(choose.argument_slots, 2);
    let first = code.line_numbers.iter().next().unwrap();
    assert!(matches!(first, LineEntry { start_pc: 0, .. }));
    assert_eq!(code.line_for(1), Some(first.line));
    assert_eq!(pool.utf8(code.local_variables.find(1, 1).unwrap().name), Ok(&b"s"[..]));
    assert!(code.stack_maps().count() > 10 && code.stack_maps().all(|frame| frame.is_ok()));
    assert!(code.exception_table.iter().any(|row| row.catch_type == 0));
    let ops: Vec<_> = code.instructions().map(|(_, instruction)| instruction.op).collect();
    for wanted in [opcode::LOOKUPSWITCH, opcode::TABLESWITCH, opcode::MULTIANEWARRAY] {
        assert!(ops.contains(&wanted));
    }
    let wide = code.instructions().find(|(_, instruction)| instruction.wide);
    assert!(wide.is_some_and(|(_, instruction)| instruction.op == opcode::IINC));
}

#[test]
fn records() {
    let class = ClassFile::parse(POINT).unwrap();
    let pool = &class.constant_pool;
    let components = class.record.as_ref().unwrap();
    let names: Vec<_> = components.iter().map(|part| pool.utf8(part.name_index)).collect();
    assert_eq!(names, [Ok(&b"x"[..]), Ok(b"name")]);
    assert!(class.fields[0].deprecated && class.fields[0].annotations.visible.is_some());
    assert_eq!(class.nest_host.map(|host| pool.class_name(host)), Some(Ok(&b"Sample"[..])));
}

#[test]
fn every_instruction_decodes() {
    for bytes in [SAMPLE, POINT, LARGE] {
        let class = ClassFile::parse(bytes).unwrap();
        for method in &class.methods {
            assert!(MethodDescriptor::parse(method.descriptor).is_ok());
            let Some(code) = &method.code else { continue };
            let mut walk = code.instructions();
            for (pc, instruction) in walk.by_ref() {
                assert_eq!(opcode::length_at(code.bytes, pc), Some(instruction.length as usize));
                assert!(instruction.info().is_standard());
            }
            assert_eq!((walk.pc(), walk.failed_at()), (code.bytes.len(), None));
        }
    }
}
