//! `MemberName`s, whose indices the VM uses without looking again.

use super::super::PortableError;
use super::{Rebuild, or_refuse};
use crate::invoke::{mn_flags, resolved_method};
use crate::meta::{MethodId, NO_VTABLE_INDEX};
use classfile::constant_pool::ref_kind;
use gc::Ref;
use std::sync::atomic::Ordering;

impl Rebuild<'_> {
    /// Checks that every resolved `MemberName` says of its member what resolution would have said.
    pub(super) fn check_members(&self) -> Result<(), PortableError> {
        let k = &self.vm.known;
        let all = self.objects.iter().zip(&self.kinds).skip(1);
        for (&member, _) in all.filter(|(_, class)| **class == k.member_name) {
            let fits = self.is_consistent(member).then_some(());
            or_refuse(fits, || "a MemberName is not what resolution makes".into())?;
        }
        Ok(())
    }

    fn is_consistent(&self, member: Ref) -> bool {
        let vm = self.vm;
        let k = &vm.known;
        let flags = vm.get_u32(member, k.mn_flags);
        let index = vm.get_u32(member, k.mn_vmindex);
        let clazz = vm.get_ref(member, k.mn_clazz);
        let target = resolved_method(vm, member).filter(|id| !id.is_none());
        if flags & mn_flags::FIELD != 0 {
            if index == 0 {
                return target.is_none();
            }
            let is_static = flags & 0x0008 != 0;
            return target.is_none() && !clazz.is_null() && {
                let fields = vm.meta.slice(vm.class(vm.mirror_class(clazz)).fields);
                fields.iter().any(|f| f.offset == index && f.is_static() == is_static)
            };
        }
        let Some(id) = target else { return index == 0 };
        let (m, index) = (vm.method(id), index as i32);
        if clazz.is_null() || index < 0 {
            return !clazz.is_null();
        }
        match (flags >> mn_flags::KIND_SHIFT & 0xf) as u8 {
            ref_kind::INVOKE_VIRTUAL => {
                let table = vm.meta.vtable(vm.mirror_class(clazz));
                table.get(index as usize).is_some_and(|entry| {
                    let found = vm.method(MethodId(entry.load(Ordering::Relaxed)));
                    found.name == m.name && found.descriptor == m.descriptor
                })
            }
            ref_kind::INVOKE_INTERFACE => {
                vm.class(m.class).is_interface()
                    && m.vtable_index != NO_VTABLE_INDEX
                    && m.vtable_index == index
            }
            _ => false,
        }
    }
}
