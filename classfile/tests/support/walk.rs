//! Touches everything that a parsed class offers, so that any panic shows.

use classfile::annotations::{AnnotationTypes, Known, has};
use classfile::class::Annotations;
use classfile::opcode::{Operands, length_at};
use classfile::stack_map::FrameKind;
use classfile::{ClassFile, Code, ConstantPool, FieldType, MethodDescriptor, mutf8};

fn annotations(annotations: &Annotations<'_>, pool: &ConstantPool<'_>) {
    for data in [annotations.visible, annotations.invisible].into_iter().flatten() {
        AnnotationTypes::new(data, pool).for_each(drop);
        Known::scan(Some(data), pool);
        has(Some(data), pool, b"Ljava/lang/Deprecated;");
    }
}

fn code(code: &Code<'_>) {
    for (_, instruction) in code.instructions() {
        let _ = (instruction.branch_target(), instruction.constant_index(), instruction.next_pc());
        match instruction.operands {
            Operands::TableSwitch { offsets, .. } => {
                offsets.iter().for_each(|offset| _ = instruction.absolute(offset));
            }
            Operands::LookupSwitch { pairs, .. } => {
                pairs.iter().for_each(|(key, _)| _ = pairs.find(key));
            }
            _ => {}
        }
    }
    for pc in 0..code.bytes.len() {
        length_at(code.bytes, pc);
    }
    code.line_for(code.bytes.len());
    code.local_variables.find(0, 0);
    for frame in code.stack_maps().flatten() {
        match frame.kind {
            FrameKind::Append(types) => assert_eq!(types.len(), types.count()),
            FrameKind::Full { locals, stack } => {
                assert_eq!((locals.len(), stack.len()), (locals.count(), stack.count()));
            }
            _ => {}
        }
    }
}

pub fn everything(class: &ClassFile<'_>) {
    let pool = &class.constant_pool;
    for index in 0..=pool.len().min(65535) as u16 {
        let _ = (pool.member(index), pool.dynamic(index), pool.class_name(index));
        let _ = (pool.string(index), pool.method_type(index), pool.name_and_type(index));
        if let Ok(text) = pool.utf8(index) {
            let _ = (mutf8::decode(text), mutf8::to_string_lossy(text));
        }
    }
    annotations(&class.annotations, pool);
    class.interface_names().for_each(drop);
    for field in &class.fields {
        annotations(&field.annotations, pool);
        if let Ok(kind) = FieldType::parse(field.descriptor) {
            let _ = (kind.element(), kind.component(), kind.dimensions(), kind.slots());
        }
    }
    for method in &class.methods {
        annotations(&method.annotations, pool);
        if let Ok(descriptor) = MethodDescriptor::parse(method.descriptor) {
            assert_eq!(descriptor.params().count(), descriptor.param_count() as usize);
            descriptor.return_type();
        }
        method.code.iter().for_each(code);
    }
}
