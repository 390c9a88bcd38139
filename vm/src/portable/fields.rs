//! Which slots an object has, and what stands in them: how objects are read and written field by field.

use crate::meta::{BasicType, ClassRecord, SymbolId, field_flags};
use crate::vm::Vm;
use gc::{ClassId, Kind};
use std::collections::HashMap;
use std::sync::Arc;

/// A field of an object, or a static field in a mirror.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Byte offset in the object.
    pub offset: u32,
    pub basic: BasicType,
    pub role: Role,
    /// The class that declares it, as seen from whose loader the type is meant.
    pub holder: ClassId,
    pub descriptor: SymbolId,
}

/// What a field is to the VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A value as any other.
    Plain,
    /// The VM's own, which it sets anew.
    Own,
    /// The method behind a `ResolvedMethodName`.
    MethodTarget,
    /// Where a `MemberName`'s method stands in its table, or its field in the object.
    MemberIndex,
}

/// The fields of classes, worked out once each; in the order of their offsets.
#[derive(Default)]
pub(super) struct Plans {
    instance: HashMap<ClassId, Arc<[Field]>>,
    statics: HashMap<ClassId, Arc<[Field]>>,
}

impl Plans {
    /// The fields of instances, inherited ones included.
    pub fn instance(&mut self, vm: &Vm, class: ClassId) -> Arc<[Field]> {
        let make = || {
            let mut all = Vec::new();
            let mut next = class;
            while !next.is_none() {
                let record = vm.class(next);
                all.extend(declared(vm, next, record).filter(|(is_static, _)| !is_static));
                next = record.super_class;
            }
            sorted(all)
        };
        self.instance.entry(class).or_insert_with(make).clone()
    }

    /// The static fields, which lie in the class's mirror.
    pub fn statics(&mut self, vm: &Vm, class: ClassId) -> Arc<[Field]> {
        let make = || {
            let record = vm.class(class);
            sorted(declared(vm, class, record).filter(|(is_static, _)| *is_static).collect())
        };
        self.statics.entry(class).or_insert_with(make).clone()
    }
}

fn sorted(fields: Vec<(bool, Field)>) -> Arc<[Field]> {
    let mut fields: Vec<Field> = fields.into_iter().map(|(_, field)| field).collect();
    fields.sort_by_key(|field| field.offset);
    fields.into()
}

fn declared<'a>(
    vm: &'a Vm,
    class: ClassId,
    record: &'a ClassRecord,
) -> impl Iterator<Item = (bool, Field)> + 'a {
    vm.meta.slice(record.fields).iter().map(move |f| {
        let injected = f.flags & field_flags::INJECTED != 0;
        let field = Field {
            offset: f.offset,
            basic: BasicType::from_u8(f.basic_type),
            role: if f.is_static() { Role::Plain } else { role(vm, class, f.offset, injected) },
            holder: class,
            descriptor: f.descriptor,
        };
        (f.is_static(), field)
    })
}

/// By where the field is: the VM knows these by their offsets.
fn role(vm: &Vm, class: ClassId, offset: u32, injected: bool) -> Role {
    let k = &vm.known;
    let own: &[u32] = if class == k.class {
        &[
            k.class_klass,
            k.class_mirror_size,
            k.class_static_refs,
            k.class_static_ref_count,
            k.class_resolved_refs,
            k.class_component_type,
            k.class_class_loader,
            k.class_module,
            k.class_modifiers,
            k.class_primitive,
        ]
    } else if class == k.resolved_method_name {
        &[k.rmn_vmholder]
    } else if class == k.class_loader {
        &[k.class_loader_id]
    } else if class == k.module {
        &[k.module_index]
    } else if class == k.thread {
        &[k.thread_eetop]
    } else {
        &[]
    };
    if own.iter().any(|&at| at != 0 && at == offset) {
        return Role::Own;
    }
    match () {
        () if injected && class == k.resolved_method_name => Role::MethodTarget,
        () if injected && class == k.member_name => Role::MemberIndex,
        () => Role::Plain,
    }
}

/// Whether the class's instances are mirrors.
pub(super) fn is_mirror_class(record: &ClassRecord) -> bool {
    record.shape.kind == Kind::Mirror as u8
}
