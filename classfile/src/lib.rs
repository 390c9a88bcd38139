//! Class files: bytes to structure (JVMS chapter 4), and the vocabulary of instructions (chapter 6).
//!
//! [`ClassFile::parse`] borrows everything from its input and makes HotSpot's format checks with HotSpot's
//! messages. The [`opcode`] table is the one declaration of the instruction set. [`arith`] holds Java's
//! arithmetic.
//!
//! Deliberately absent: `unsafe`, recursion without a bound, panics on any input, knowledge of loading and
//! linking. Work is linear in the input's length.
#![forbid(unsafe_code)]

pub mod access;
pub mod annotations;
pub mod arith;
pub mod class;
pub mod constant_pool;
pub mod descriptor;
pub mod error;
mod identifier_table;
pub mod mutf8;
mod names;
pub mod opcode;
mod reader;
pub mod stack_map;

pub use class::{Attribute, ClassFile, Code, FieldInfo, MethodInfo, Options, U16List};
pub use constant_pool::{Constant, ConstantPool};
pub use descriptor::{FieldType, MethodDescriptor};
pub use error::{ClassFileError, ErrorKind};
pub use names::NameRules;
