//! Natives of `jdk.internal.misc.Unsafe` and `ScopedMemoryAccess`.
//!
//! An address is a distance in bytes from the guest's base, so that it stays valid in an image: an
//! object's place plus an offset, or for a null object the offset alone, which must lie in the area of
//! off-heap memory. Nothing outside the guest's heap and off-heap areas can be reached: such an
//! access is an `InternalError`, as HotSpot reports faults where it can. So are accesses to pages of mapped files
//! that are not there ([`guarded`]).
//!
//! Accesses are leaf natives. What they can not do (an exception is to be thrown) is left to the
//! full native of the same row.

mod access;
mod block;
mod classes;
mod compare;
pub(crate) mod guarded;
pub(crate) mod memory;
mod scoped;
mod threads;

use vm::NativeMethod;

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    let mut all = access::natives();
    all.extend(block::natives());
    all.extend(classes::natives());
    all.extend(compare::natives());
    all.extend(scoped::natives());
    all.extend(threads::natives());
    all
}
