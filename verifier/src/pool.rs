//! The constant pool in verification types: each entry is parsed when first asked for, then looked up.

use std::ops::Range;

use classfile::constant_pool::Constant;
use classfile::{ClassFile, FieldType, MethodDescriptor};

use crate::types::{Names, VType};

/// A field, method or call site that an instruction names.
#[derive(Clone, Debug)]
pub(crate) struct MemberRef<'a> {
    /// The class or array that it is looked up in; [`VType::TOP`] for call sites.
    pub(crate) class: VType,
    pub(crate) name: &'a [u8],
    pub(crate) descriptor: &'a [u8],
    /// One type per slot of the arguments (of a field: its value), in [`Pool::slots`].
    pub(crate) arguments: Range<u32>,
    /// One type per slot of the result, in [`Pool::slots`].
    pub(crate) result: Range<u32>,
}

/// Per constant pool entry what has been found out about it.
pub(crate) struct Pool<'c, 'a> {
    class: &'c ClassFile<'a>,
    hidden_name: Option<&'c [u8]>,
    pub(crate) names: Names<'a>,
    classes: Vec<Option<VType>>,
    members: Vec<u32>,
    refs: Vec<MemberRef<'a>>,
    slots: Vec<VType>,
}

impl<'c, 'a> Pool<'c, 'a> {
    pub(crate) fn new(class: &'c ClassFile<'a>, hidden_name: Option<&'c [u8]>) -> Self {
        Pool {
            class,
            hidden_name,
            names: Names::default(),
            classes: vec![None; class.constant_pool.len()],
            members: vec![0; class.constant_pool.len()],
            refs: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// The type that a Class entry names. The entry must be one.
    pub(crate) fn class(&mut self, index: u16) -> VType {
        if let Some(Some(known)) = self.classes.get(usize::from(index)) {
            return *known;
        }
        let name = self.class.constant_pool.class_name(index).unwrap_or_default();
        let kind = match self.hidden_name {
            Some(hidden) if index == self.class.this_class => self.names.named(hidden.to_vec()),
            _ => self.names.named(name),
        };
        if let Some(place) = self.classes.get_mut(usize::from(index)) {
            *place = Some(kind);
        }
        kind
    }

    /// A field, method or InvokeDynamic entry. The entry must be one.
    pub(crate) fn member(&mut self, index: u16) -> &MemberRef<'a> {
        let known = self.members[usize::from(index)];
        if known == 0 {
            let found = self.read_member(index);
            self.refs.push(found);
            self.members[usize::from(index)] = self.refs.len() as u32;
        }
        &self.refs[self.members[usize::from(index)] as usize - 1]
    }

    /// The types of some slots of a [`MemberRef`].
    pub(crate) fn slots(&self, range: &Range<u32>) -> &[VType] {
        &self.slots[range.start as usize..range.end as usize]
    }

    fn read_member(&mut self, index: u16) -> MemberRef<'a> {
        let pool = &self.class.constant_pool;
        let (class, name, descriptor) = match pool.get(index) {
            Ok(
                Constant::Fieldref { class, .. }
                | Constant::Methodref { class, .. }
                | Constant::InterfaceMethodref { class, .. },
            ) => {
                let class = self.class(*class);
                let (_, name, descriptor) = pool.member(index).unwrap_or_default();
                (class, name, descriptor)
            }
            _ => {
                let (_, name, descriptor) = pool.dynamic(index).unwrap_or_default();
                (VType::TOP, name, descriptor)
            }
        };
        let start = self.slots.len() as u32;
        let (mut middle, mut end) = (start, start);
        if let Ok(method) = MethodDescriptor::parse(descriptor) {
            for kind in method.params() {
                self.push_slots(kind);
            }
            middle = self.slots.len() as u32;
            if let Some(kind) = method.return_type() {
                self.push_slots(kind);
            }
            end = self.slots.len() as u32;
        } else if let Ok(kind) = FieldType::parse(descriptor) {
            self.push_slots(kind);
            middle = self.slots.len() as u32;
            end = middle;
        }
        MemberRef { class, name, descriptor, arguments: start..middle, result: middle..end }
    }

    fn push_slots(&mut self, kind: FieldType<'a>) {
        let value = self.names.value(kind);
        self.slots.push(value);
        if value.is_wide() {
            self.slots.push(value.upper_half());
        }
    }
}
