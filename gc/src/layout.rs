//! What a guest's range looks like: references, object headers, shapes.
//!
//! Everything in a guest is named by its distance from the range's base, in
//! [`UNIT_BYTES`] units, never by an address. See `docs/architecture.md`.

use serde::{Deserialize, Serialize};

/// Granularity of references and of object sizes, in bytes.
pub const UNIT_BYTES: usize = 8;
/// log2 of [`UNIT_BYTES`].
pub const UNIT_SHIFT: u32 = 3;

/// A heap reference: distance from the range's base in units of 8 bytes; 0 is null.
///
/// Held across a safepoint, a `Ref` may be stale: natives hold handles instead.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Ref(u32);

impl Ref {
    /// The null reference.
    pub const NULL: Ref = Ref(0);

    /// From the 32 bits stored in a slot.
    #[inline(always)]
    pub const fn from_bits(bits: u32) -> Ref {
        Ref(bits)
    }

    /// The 32 bits that a slot holds.
    #[inline(always)]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// From a distance to the base in bytes; must be a multiple of 8.
    #[inline(always)]
    pub const fn from_offset(offset_bytes: usize) -> Ref {
        debug_assert!(offset_bytes.is_multiple_of(UNIT_BYTES));
        Ref((offset_bytes >> UNIT_SHIFT) as u32)
    }

    /// Distance to the base in bytes.
    #[inline(always)]
    pub const fn offset(self) -> usize {
        (self.0 as usize) << UNIT_SHIFT
    }

    /// Whether this is the null reference.
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
}

impl std::fmt::Debug for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "@{:x}", self.0)
    }
}

/// Id of a class: distance of its record (which begins with its [`Shape`]) from the base, in units.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct ClassId(pub u32);

impl ClassId {
    /// No class.
    pub const NONE: ClassId = ClassId(0);

    /// Distance of the class record from the base in bytes.
    #[inline(always)]
    pub const fn offset(self) -> usize {
        (self.0 as usize) << UNIT_SHIFT
    }

    /// Whether this names no class.
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl std::fmt::Debug for ClassId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "class@{:x}", self.0)
    }
}

/// Bytes of an object's header: class id (u32) at 0, mark word (u32) at 4.
pub const HEADER_BYTES: usize = 8;
/// Offset of the mark word.
pub const MARK_OFFSET: usize = 4;
/// Offset of an array's length (u32).
pub const ARRAY_LENGTH_OFFSET: usize = 8;
/// Offset of an array's first element, for every element type.
pub const ARRAY_DATA_OFFSET: usize = 16;

/// Mark word (u32): bits 0-1 the tag, bits 2-5 the age, bits 6-31 the payload.
///
/// | tag | state | payload |
/// | --- | --- | --- |
/// | 0 | unlocked | identity hash, 0 when none was asked for yet |
/// | 1 | thin lock | owner's thread id (18 bits, from bit 6), recursions (8 bits, from bit 24) |
/// | 2 | inflated | index into the side table of monitors, which keeps the identity hash |
/// | 3 | forwarded (only while collecting) | the class word holds the new reference |
pub mod mark {
    /// Mask of the tag.
    pub const TAG_MASK: u32 = 0b11;
    /// Not locked; the payload is the identity hash or 0.
    pub const UNLOCKED: u32 = 0;
    /// Thin-locked by one thread.
    pub const THIN: u32 = 1;
    /// The lock is a monitor in the side table.
    pub const INFLATED: u32 = 2;
    /// The object has been moved by the running collection.
    pub const FORWARDED: u32 = 3;
    /// First bit of the age.
    pub const AGE_SHIFT: u32 = 2;
    /// Mask of the age, in place.
    pub const AGE_MASK: u32 = 0b1111 << AGE_SHIFT;
    /// First bit of the payload.
    pub const PAYLOAD_SHIFT: u32 = 6;
    /// Number of payload bits; also the number of bits of an identity hash.
    pub const PAYLOAD_BITS: u32 = 26;
    /// First bit of the recursion count of a thin lock.
    pub const RECURSION_SHIFT: u32 = 24;
    /// Mask of the owner's thread id of a thin lock, in place.
    pub const OWNER_MASK: u32 = 0x3ffff << PAYLOAD_SHIFT;
}

/// What kind of object a class's instances are, as far as tracing needs to know.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Plain object: `size_bytes` and the reference runs say everything.
    Instance = 0,
    /// Array without references; `element_shift` gives log2 of the element size.
    PrimArray = 1,
    /// Array of references.
    RefArray = 2,
    /// `java.lang.Class` instance: its size and its static reference fields are in
    /// the object itself, at the offsets that [`MirrorLayout`] gives.
    Mirror = 3,
    /// `java.lang.ref.SoftReference` or subclass: `referent` is not in the runs.
    SoftRef = 4,
    /// `java.lang.ref.WeakReference` or subclass.
    WeakRef = 5,
    /// `java.lang.ref.FinalReference` or subclass.
    FinalRef = 6,
    /// `java.lang.ref.PhantomReference` or subclass.
    PhantomRef = 7,
}

/// All that the collector knows of a class; the first bytes of a class record.
///
/// The reference runs are `run_count` pairs of u16 at byte offset `runs_offset` from the
/// shape: first the run's offset in the object in 4-byte units, then its number of
/// consecutive 4-byte references.
#[repr(C)]
pub struct Shape {
    /// Size of an instance in bytes, header included, a multiple of 8; 0 for arrays and mirrors.
    pub size_bytes: u32,
    /// A [`Kind`].
    pub kind: u8,
    /// log2 of an array element's size in bytes.
    pub element_shift: u8,
    /// Number of reference runs.
    pub run_count: u16,
    /// Byte distance from this shape to its runs.
    pub runs_offset: u32,
    /// The class's mirror (an immovable object), or null while there is none.
    pub mirror: std::sync::atomic::AtomicU32,
}

/// Where a `Class` mirror keeps what the collector needs; all fields are u32 in the object.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct MirrorLayout {
    /// Byte offset of the field with the mirror's own size in bytes.
    pub size_bytes_at: u32,
    /// Byte offset of the field with the byte offset of the first static reference.
    pub static_refs_at: u32,
    /// Byte offset of the field with the number of static references (consecutive, 4 bytes each).
    pub static_ref_count_at: u32,
}

/// Where `java.lang.ref.Reference` keeps the fields that the collector handles itself.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct ReferenceLayout {
    /// Byte offset of `referent`.
    pub referent: u32,
    /// Byte offset of `queue`.
    pub queue: u32,
    /// Byte offset of `next`.
    pub next: u32,
    /// Byte offset of `discovered`.
    pub discovered: u32,
    /// Byte offset of `SoftReference.timestamp` (i64).
    pub timestamp: u32,
}

/// log2 of the bytes that one card covers.
pub const CARD_SHIFT: u32 = 9;
/// Value of a dirty card.
pub const CARD_DIRTY: u8 = 1;
/// Value of a clean card.
pub const CARD_CLEAN: u8 = 0;
