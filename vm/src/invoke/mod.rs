//! What the library's method handles need from the VM (JVMS 2.9.3, 5.4.3.5, 5.4.3.6; JSR 292).
//!
//! The library does the work: lambda forms, adapters, call sites. The VM resolves `MemberName`s,
//! calls `MethodHandleNatives` to link instructions and constants, and runs the intrinsics
//! `invokeBasic` and `linkTo*` (in the interpreter).

mod link;
mod member_name;
mod types;

pub use link::{
    bootstrap_argument, link_call_site, link_dynamic_constant, method_handle_constant,
    resolve_polymorphic,
};
pub use member_name::{
    expand, init_from_reflection, mn_flags, resolve, resolved_method, set_method,
};
pub use types::{class_of_descriptor, descriptor_of_type, method_type};

use crate::meta::{
    BasicType, MethodId, MethodRecord, NO_VTABLE_INDEX, SymbolId, method_flags, method_kind,
};
use crate::vm::Vm;
use std::collections::HashMap;
use std::sync::Mutex;

/// The intrinsic methods of `MethodHandle`, one record per kind and descriptor.
#[derive(Default)]
pub struct Intrinsics {
    by_descriptor: Mutex<HashMap<(u8, SymbolId), MethodId>>,
}

impl Intrinsics {
    /// A copy of everything, for an image.
    pub fn capture(&self) -> HashMap<(u8, SymbolId), MethodId> {
        self.by_descriptor.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// The records that [`Intrinsics::capture`] copied.
    pub fn restore(table: HashMap<(u8, SymbolId), MethodId>) -> Intrinsics {
        Intrinsics { by_descriptor: Mutex::new(table) }
    }
}

/// The kind of an intrinsic of `MethodHandle` by its name.
pub fn intrinsic_kind(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"invokeBasic" => method_kind::INVOKE_BASIC,
        b"linkToStatic" => method_kind::LINK_TO_STATIC,
        b"linkToSpecial" => method_kind::LINK_TO_SPECIAL,
        b"linkToVirtual" => method_kind::LINK_TO_VIRTUAL,
        b"linkToInterface" => method_kind::LINK_TO_INTERFACE,
        _ => return None,
    })
}

/// The method that stands for an intrinsic with a descriptor.
pub fn intrinsic(vm: &Vm, kind: u8, name: SymbolId, descriptor: SymbolId) -> MethodId {
    let mut known = vm.intrinsics.by_descriptor.lock().unwrap_or_else(|e| e.into_inner());
    *known.entry((kind, descriptor)).or_insert_with(|| {
        let id = vm.meta.alloc_methods(1);
        let bytes = vm.bytes(descriptor);
        let is_static = kind != method_kind::INVOKE_BASIC;
        let slots = crate::link::arg_slots(bytes) + u8::from(!is_static);
        let close = bytes.iter().rposition(|&b| b == b')').unwrap_or(0);
        vm.meta.init_method(
            id,
            MethodRecord {
                code: 0.into(),
                kind: kind.into(),
                arg_slots: slots,
                max_locals: slots as u16,
                max_stack: 0,
                // native final, static for the linkers
                access: if is_static { 0x0118 } else { 0x0110 },
                class: vm.known.method_handle,
                rcp: 0,
                vtable_index: NO_VTABLE_INDEX,
                name,
                descriptor,
                native: 0.into(),
                code_len: 0,
                code_at: 0,
                attributes_at: 0,
                flags: method_flags::SIGNATURE_POLYMORPHIC
                    | method_flags::HIDDEN
                    | method_flags::SYNTHESIZED,
                return_type: BasicType::from_descriptor(bytes[close + 1]) as u8,
                reserved: 0,
                index: u16::MAX,
            },
        );
        id
    })
}
