//! Bump allocation of records in the metadata and method areas, and access to them by id.

use super::{ClassRecord, MethodId, MethodRecord, SymbolId};
use gc::{ClassId, UNIT_BYTES, UNIT_SHIFT};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// A slice of records in the metadata area: unit offset from the base and number of elements.
#[repr(C)]
pub struct Span<T> {
    /// Unit offset from the base.
    pub at: u32,
    /// Number of elements.
    pub len: u32,
    _of: PhantomData<fn() -> T>,
}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Span<T> {}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Span::EMPTY
    }
}

impl<T> Span<T> {
    /// No elements.
    pub const EMPTY: Span<T> = Span { at: 0, len: 0, _of: PhantomData };

    /// The span at a unit offset.
    pub const fn new(at: u32, len: u32) -> Span<T> {
        Span { at, len, _of: PhantomData }
    }
}

/// The metadata and method areas of one guest.
pub struct Meta {
    base: usize,
    methods: usize,
    /// Next free byte of the metadata area, as distance from the base.
    next: AtomicUsize,
    end: usize,
    next_method: AtomicU32,
    max_method: u32,
}

/// The areas are exhausted: reported to the guest as `OutOfMemoryError: Metaspace`.
#[derive(Debug, Clone, Copy)]
pub struct MetaExhausted;

impl Meta {
    /// Over areas given as byte distances from `base`, which must stay mapped, zeroed at the
    /// start, as long as this lives.
    ///
    /// # Safety
    /// `base + area` must be valid for reads and writes for both areas, and used by nobody else.
    pub unsafe fn new(
        base: *mut u8,
        method_area: std::ops::Range<usize>,
        meta_area: std::ops::Range<usize>,
    ) -> Meta {
        Meta {
            base: base as usize,
            methods: base as usize + method_area.start,
            next: AtomicUsize::new(meta_area.start),
            end: meta_area.end,
            // Method id 0 means none.
            next_method: AtomicU32::new(1),
            max_method: ((method_area.end - method_area.start) / size_of::<MethodRecord>()) as u32,
        }
    }

    /// How far the areas are filled, for an image: bytes from the base, and the next method id.
    pub fn capture(&self) -> (usize, u32) {
        (self.next.load(Ordering::Relaxed), self.next_method.load(Ordering::Relaxed))
    }

    /// End of the method records in use, as distance from the base.
    pub fn methods_end(&self) -> usize {
        let used = self.next_method.load(Ordering::Relaxed) as usize;
        self.methods - self.base + used * size_of::<MethodRecord>()
    }

    /// Goes on where [`Meta::capture`] left off; the areas hold what they held then.
    pub fn restore(&self, (next, next_method): (usize, u32)) {
        self.next.store(next, Ordering::Relaxed);
        self.next_method.store(next_method, Ordering::Relaxed);
    }

    /// The range's base.
    #[inline(always)]
    pub fn base(&self) -> *mut u8 {
        self.base as *mut u8
    }

    /// Start of the method area.
    #[inline(always)]
    pub fn method_base(&self) -> *const MethodRecord {
        self.methods as *const MethodRecord
    }

    /// Bytes handed out so far (methods included).
    pub fn used_bytes(&self) -> usize {
        let methods = self.next_method.load(Ordering::Relaxed) as usize * size_of::<MethodRecord>();
        self.next.load(Ordering::Relaxed) + methods
    }

    /// Allocates zeroed bytes, 8-aligned; returns the unit offset.
    ///
    /// # Panics
    /// When the metadata area is exhausted; callers reserve with [`Meta::check_room`] first.
    pub fn alloc_bytes(&self, len: usize) -> u32 {
        let size = (len + UNIT_BYTES - 1) & !(UNIT_BYTES - 1);
        let at = self.next.fetch_add(size, Ordering::Relaxed);
        assert!(at + size <= self.end, "metadata area exhausted");
        (at >> UNIT_SHIFT) as u32
    }

    /// Whether `bytes` more and `methods` more records fit.
    pub fn check_room(&self, bytes: usize, methods: usize) -> Result<(), MetaExhausted> {
        let slack = 1 << 20;
        let room = self.end.saturating_sub(self.next.load(Ordering::Relaxed));
        let used = self.next_method.load(Ordering::Relaxed) as usize;
        if bytes + slack > room || used + methods + 4096 > self.max_method as usize {
            return Err(MetaExhausted);
        }
        Ok(())
    }

    /// Copies a slice into the area.
    pub fn alloc_slice<T: Copy>(&self, items: &[T]) -> Span<T> {
        const { assert!(align_of::<T>() <= UNIT_BYTES) };
        if items.is_empty() {
            return Span::EMPTY;
        }
        let at = self.alloc_bytes(size_of_val(items));
        // SAFETY: freshly allocated, large enough, 8-aligned, not yet published.
        unsafe {
            std::ptr::copy_nonoverlapping(items.as_ptr(), self.ptr::<T>(at), items.len());
        }
        Span::new(at, items.len() as u32)
    }

    /// A zeroed slice (for records of atomics, which are valid when zero).
    pub fn alloc_zeroed<T>(&self, len: usize) -> Span<T> {
        const { assert!(align_of::<T>() <= UNIT_BYTES) };
        if len == 0 {
            return Span::EMPTY;
        }
        Span::new(self.alloc_bytes(len * size_of::<T>()), len as u32)
    }

    /// Address of a unit offset.
    #[inline(always)]
    pub fn ptr<T>(&self, at: u32) -> *mut T {
        (self.base + ((at as usize) << UNIT_SHIFT)) as *mut T
    }

    /// The elements of a span.
    #[inline(always)]
    pub fn slice<T>(&self, s: Span<T>) -> &[T] {
        if s.len == 0 {
            return &[];
        }
        // SAFETY: spans are only made by the allocating functions above, for initialised
        // records that are never freed or moved while the guest lives.
        unsafe { std::slice::from_raw_parts(self.ptr::<T>(s.at), s.len as usize) }
    }

    /// The record of a class.
    #[inline(always)]
    pub fn class(&self, id: ClassId) -> &ClassRecord {
        debug_assert!(!id.is_none());
        // SAFETY: class ids are offsets of initialised records, never moved.
        unsafe { &*self.ptr::<ClassRecord>(id.0) }
    }

    /// The record of a method.
    #[inline(always)]
    pub fn method(&self, id: MethodId) -> &MethodRecord {
        debug_assert!(id.0 != 0 && id.0 < self.next_method.load(Ordering::Relaxed));
        // SAFETY: method ids are indices of initialised records, never moved.
        unsafe { &*self.method_base().add(id.0 as usize) }
    }

    /// Whether this is the id of a method.
    pub fn has_method(&self, id: MethodId) -> bool {
        id.0 != 0 && id.0 < self.next_method.load(Ordering::Acquire)
    }

    /// The id of a record in the method area.
    #[inline(always)]
    pub fn method_id(&self, m: *const MethodRecord) -> MethodId {
        MethodId(((m as usize - self.methods) / size_of::<MethodRecord>()) as u32)
    }

    /// The id of a class record.
    #[inline(always)]
    pub fn class_id(&self, c: *const ClassRecord) -> ClassId {
        ClassId(((c as usize - self.base) >> UNIT_SHIFT) as u32)
    }

    /// The virtual method table of a class.
    #[inline(always)]
    pub fn vtable(&self, id: ClassId) -> &[AtomicU32] {
        let c = self.class(id);
        // SAFETY: `vtable_len` entries follow each class record.
        unsafe {
            let first = (c as *const ClassRecord).add(1) as *const AtomicU32;
            std::slice::from_raw_parts(first, c.vtable_len as usize)
        }
    }

    /// Reserves `count` consecutive method ids; returns the first.
    pub fn alloc_methods(&self, count: usize) -> MethodId {
        let first = self.next_method.fetch_add(count as u32, Ordering::Relaxed);
        assert!(first + (count as u32) <= self.max_method, "method area exhausted");
        MethodId(first)
    }

    /// Writes the record of a method id that is not yet published.
    pub fn init_method(&self, id: MethodId, record: MethodRecord) {
        // SAFETY: the id was reserved by `alloc_methods`, and nobody else knows it yet.
        unsafe { (self.method_base() as *mut MethodRecord).add(id.0 as usize).write(record) }
    }

    pub(super) fn new_symbol(&self, hash: u32, bytes: &[u8]) -> SymbolId {
        let at = self.alloc_bytes(8 + bytes.len());
        // SAFETY: freshly allocated, not yet published.
        unsafe {
            self.ptr::<u32>(at).write(hash);
            self.ptr::<u32>(at).add(1).write(bytes.len() as u32);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.ptr::<u8>(at).add(8), bytes.len());
        }
        SymbolId(at)
    }

    pub(super) fn symbol_hash(&self, id: SymbolId) -> u32 {
        // SAFETY: symbol ids are offsets of initialised symbol records.
        unsafe { self.ptr::<u32>(id.0).read() }
    }

    /// The bytes (modified UTF-8) of a symbol.
    #[inline]
    pub fn symbol_bytes(&self, id: SymbolId) -> &[u8] {
        if id == SymbolId::NONE {
            return b"";
        }
        // SAFETY: symbol ids are offsets of initialised, immutable symbol records.
        unsafe {
            let p = self.ptr::<u8>(id.0);
            std::slice::from_raw_parts(p.add(8), (p as *const u32).add(1).read() as usize)
        }
    }
}
