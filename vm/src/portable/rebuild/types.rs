//! Whether a field, slot or parameter admits an object: what assignments of verified code guarantee (JVMS 4.10.1.2).

use crate::link;
use crate::meta::SymbolId;
use crate::vm::Vm;
use classfile::descriptor::FieldType;
use gc::ClassId;
use std::collections::HashMap;

/// Answers, and what they rest on.
#[derive(Default)]
pub(in crate::portable) struct Types {
    known: HashMap<(u32, SymbolId, ClassId), bool>,
    /// Classes that loaders have not answered so far and must answer like this when they are asked: an object of
    /// theirs is where the loader's code takes it for one (loader constraints, JVMS 5.3.4).
    pub assumed: HashMap<(u32, SymbolId), ClassId>,
}

impl Types {
    /// Whether what a class of `loader` declares with this descriptor may hold an instance of `value`.
    pub fn admits(&mut self, vm: &Vm, loader: u32, descriptor: SymbolId, value: ClassId) -> bool {
        let key = (loader, descriptor, value);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let kind = FieldType::parse(vm.bytes(descriptor));
        let admits = kind.is_ok_and(|kind| self.admits_type(vm, loader, kind, value));
        self.known.insert(key, admits);
        admits
    }

    /// As [`Types::admits`], by a class name or the descriptor of an array, as class files name types of values.
    pub fn admits_named(&mut self, vm: &Vm, loader: u32, name: &[u8], value: ClassId) -> bool {
        match name.first() {
            Some(b'[') => {
                FieldType::parse(name).is_ok_and(|kind| self.admits_type(vm, loader, kind, value))
            }
            _ => self.admits_class(vm, loader, name, value),
        }
    }

    fn admits_type(&mut self, vm: &Vm, loader: u32, kind: FieldType<'_>, value: ClassId) -> bool {
        let mut value = value;
        for _ in 0..kind.dimensions() {
            let record = vm.class(value);
            if !record.is_array() {
                return false;
            }
            value = record.component;
        }
        let record = vm.class(value);
        match kind.element() {
            FieldType::Object(name) => {
                !record.is_primitive() && self.admits_class(vm, loader, name, value)
            }
            element => record.is_primitive() && record.element_type == basic(element),
        }
    }

    /// Interfaces admit any object: calls through them look at what is there.
    fn admits_class(&mut self, vm: &Vm, loader: u32, name: &[u8], value: ClassId) -> bool {
        if name == b"java/lang/Object" {
            return true;
        }
        let symbol = vm.symbols.intern(&vm.meta, name);
        let answered = vm.loaders.find(loader, symbol);
        let class = answered.or_else(|| self.assumed.get(&(loader, symbol)).copied());
        if let Some(class) = class {
            return vm.class(class).is_interface() || link::is_subclass(vm, value, class);
        }
        // Nobody has asked the loader for the class so far: then it is the one that the object has.
        let mut next = value;
        while !next.is_none() {
            let record = vm.class(next);
            if record.name == symbol {
                self.assumed.insert((loader, symbol), next);
                return true;
            }
            next = record.super_class;
        }
        let supers = vm.meta.slice(vm.class(value).secondary_supers);
        if supers.iter().any(|&i| vm.class(i).name == symbol) {
            return true;
        }
        is_library_interface(vm, name)
    }
}

fn is_library_interface(vm: &Vm, name: &[u8]) -> bool {
    let bytes = std::str::from_utf8(name).ok().and_then(|name| vm.boot.library_class(name));
    let options = classfile::Options { relax: true, ..classfile::Options::default() };
    bytes.is_some_and(|bytes| {
        classfile::ClassFile::parse_with(&bytes, &options)
            .is_ok_and(|file| file.access_flags & classfile::access::INTERFACE != 0)
    })
}

fn basic(kind: FieldType<'_>) -> u8 {
    use crate::meta::BasicType as B;
    let basic = match kind {
        FieldType::Byte => B::Byte,
        FieldType::Char => B::Char,
        FieldType::Double => B::Double,
        FieldType::Float => B::Float,
        FieldType::Int => B::Int,
        FieldType::Long => B::Long,
        FieldType::Short => B::Short,
        FieldType::Boolean => B::Boolean,
        FieldType::Object(_) | FieldType::Array(_) => B::Object,
    };
    basic as u8
}
