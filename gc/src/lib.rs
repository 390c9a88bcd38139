//! The guest's address range: object layout, allocation, barriers, roots and collectors.
//!
//! A [`Heap`] owns one reservation ([`range`]) in which everything is named by its distance from
//! the base. Mutators allocate from their [`Tlab`] and mark cards; when an allocation fails, the
//! VM stops the world and calls [`Heap::collect`] with its roots ([`RootSource`]).
//!
//! What is deliberately absent: any knowledge of classes beyond [`Shape`], any thread, any clock
//! but the one for statistics and soft references, any lock that a mutator takes for a small object.

mod access;
mod alloc;
mod budget;
mod bump;
pub mod check;
mod collect;
pub mod handles;
mod heap;
pub mod image;
pub mod layout;
mod mem;
mod native;
pub mod range;
mod refill;
mod report;
mod roots;
mod runs;
mod spaces;
mod stress;
mod tables;
mod tlab;
mod walk;

pub use alloc::{AllocFailure, LARGE_BYTES, Retry, publish};
pub use bump::BumpArea;
pub use check::CheckError;
pub use handles::{
    GlobalHandle, GlobalHandles, GlobalHandlesState, Handle, HandleMark, HandleStack, NoGc,
};
pub use heap::{Heap, HeapConfig};
pub use image::{HeapImage, ImageError, ImageKind, PageRun, Piece, Place};
pub use layout::*;
pub use native::{NativeArea, NativeState};
pub use range::{Areas, Range, RangeConfig, RangeError, Span};
pub use report::{GcCause, GcKind, GcReport, GcRequest, HeapStats, PendingList, SoftPolicy};
pub use roots::{RootSource, RootVisitor, WeakVisitor};
pub use tlab::Tlab;
