//! Linked metadata: records in the guest's range that refer to each other by id and offset only.
//!
//! An image maps these records as they are, so none holds an address of the process.
//! What changes while running (quickened code, resolution entries, initialisation state)
//! is in atomics; everything else is written once, before the record is published.

mod arena;
mod records;
mod symbols;

pub use arena::{Meta, Span};
pub use records::*;
pub use symbols::{SymbolId, SymbolTable, SymbolTableState};
