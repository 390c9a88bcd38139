//! From class file bytes to linked classes: loading, layout, method tables, resolution,
//! initialisation (JVMS chapter 5).

pub mod access;
pub(crate) mod array_class;
mod builder;
pub(crate) mod define;
pub mod init;
mod layout;
pub mod loaders;
pub mod mirror;
pub mod prepare;
pub mod resolve;
mod subtype;
mod tables;
pub mod verify;
pub mod view;

pub(crate) use builder::arg_slots;
pub use define::{DefineRequest, define_class};
pub use loaders::{
    Loaders, array_class_of, class_by_name, find_loaded, load_class, load_descriptor,
};
pub use mirror::{create_pending_mirrors, create_primitive_classes, ref_slot};
pub use subtype::{is_subclass, is_subclass_raw};
pub(crate) use tables::conflicting_defaults;
pub use view::{
    ConstantView, MemberRef, find_field, find_method, lookup_method_in_class, static_method,
};
