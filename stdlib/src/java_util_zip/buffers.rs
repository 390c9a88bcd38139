//! What compression streams read and write: pieces of a `byte[]`, or of off-heap memory.
//!
//! Short pieces are worked on in place: the thread does not reach a safepoint meanwhile, so nothing
//! moves. Long ones are worked on as blocked, so that a collection need not wait: off-heap memory
//! and large arrays do not move, what does move is short enough to be copied.

use crate::java_io::errors;
use crate::unsafe_natives::memory;
use gc::{ARRAY_DATA_OFFSET, LARGE_BYTES};
use vm::{Handle, Result, Thread, exceptions};

/// Work on at most this many bytes, input and output together, is done without giving way.
const IN_PLACE_BYTES: usize = 2 * LARGE_BYTES;

/// A piece of memory of the guest.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    /// Of a `byte[]`, from a byte distance from the array's place on.
    Array(Handle, usize, usize),
    /// Off the heap.
    Native(*mut u8, usize),
}

impl Piece {
    /// A piece of a `byte[]`.
    ///
    /// # Errors
    /// `NullPointerException`, `ArrayIndexOutOfBoundsException`.
    pub(super) fn array(t: &Thread, array: Handle, offset: i32, length: i32) -> Result<Piece> {
        let r = t.get(array);
        if r.is_null() {
            return Err(exceptions::npe(t));
        }
        let (at, count) = (offset as u32 as usize, length as u32 as usize);
        if offset < 0 || length < 0 || at + count > t.vm().array_len(r) {
            return Err(exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
        }
        Ok(Piece::Array(array, ARRAY_DATA_OFFSET + at, count))
    }

    /// A piece of off-heap memory.
    ///
    /// # Errors
    /// `InternalError`.
    pub(super) fn native(t: &Thread, address: i64, length: i32) -> Result<Piece> {
        let Ok(length) = usize::try_from(length) else {
            return Err(errors::out_of_bounds(t));
        };
        if length == 0 {
            return Ok(Piece::Native(std::ptr::NonNull::dangling().as_ptr(), 0));
        }
        Ok(Piece::Native(memory::native(t, address, length)?, length))
    }

    pub(super) fn len(self) -> usize {
        match self {
            Piece::Array(_, _, length) | Piece::Native(_, length) => length,
        }
    }

    /// Where the piece is now.
    fn pointer(self, t: &Thread) -> *mut u8 {
        match self {
            Piece::Array(array, at, _) => memory::pointer(t, t.get(array).offset() + at),
            Piece::Native(pointer, _) => pointer,
        }
    }

    fn moves(self, t: &Thread) -> bool {
        match self {
            Piece::Array(array, ..) => !t.vm().heap.is_immovable(t.get(array)),
            Piece::Native(..) => false,
        }
    }

    /// The bytes, copied.
    pub(super) fn to_vec(self, t: &Thread) -> Vec<u8> {
        let mut bytes = vec![0; self.len()];
        // SAFETY: the piece was checked; nothing moves during the copy.
        unsafe {
            std::ptr::copy_nonoverlapping(self.pointer(t), bytes.as_mut_ptr(), bytes.len());
        }
        bytes
    }

    fn write_back(self, t: &Thread, bytes: &[u8]) {
        debug_assert!(bytes.len() <= self.len());
        // SAFETY: as in `to_vec`.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer(t), bytes.len()) }
    }
}

/// Runs `f` on address and length of the input and the output; `produced` tells from its result
/// how much of the output was written. Raw references are stale afterwards.
pub(super) fn work<R>(
    t: &Thread,
    input: Piece,
    output: Piece,
    f: impl FnOnce((*const u8, usize), (*mut u8, usize)) -> R,
    produced: impl FnOnce(&R) -> usize,
) -> R {
    let place = |piece: Piece| (piece.pointer(t), piece.len());
    if input.len() + output.len() <= IN_PLACE_BYTES {
        let (from, count) = place(input);
        return f((from, count), place(output));
    }
    let input_copy = input.moves(t).then(|| input.to_vec(t));
    let mut output_copy = output.moves(t).then(|| vec![0; output.len()]);
    let (from, from_len) = match &input_copy {
        Some(copy) => (copy.as_ptr(), copy.len()),
        None => (input.pointer(t).cast_const(), input.len()),
    };
    let to = match &mut output_copy {
        Some(copy) => (copy.as_mut_ptr(), copy.len()),
        None => place(output),
    };
    let result = t.blocked(|| f((from, from_len), to));
    if let Some(copy) = output_copy {
        output.write_back(t, &copy[..produced(&result)]);
    }
    result
}
