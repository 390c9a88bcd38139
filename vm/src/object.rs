//! Allocating objects and accessing their fields.

use crate::call::{self, Value};
use crate::exceptions;
use crate::link::{self, array_class_of};
use crate::meta::BasicType;
use crate::native::Result;
use crate::sync;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::{ARRAY_DATA_OFFSET, AllocFailure, ClassId, Ref, Tlab};

/// Longest array, as HotSpot allows (`Integer.MAX_VALUE`, less a header for bytes).
const MAX_LENGTH: i32 = i32::MAX - 2;

impl Vm {
    /// Reads a byte field or element.
    #[inline(always)]
    pub fn get_u8(&self, r: Ref, offset: u32) -> u8 {
        self.heap.read_u8(r.offset() + offset as usize)
    }
    /// Reads a 16-bit field or element.
    #[inline(always)]
    pub fn get_u16(&self, r: Ref, offset: u32) -> u16 {
        self.heap.read_u16(r.offset() + offset as usize)
    }
    /// Reads a 32-bit field or element.
    #[inline(always)]
    pub fn get_u32(&self, r: Ref, offset: u32) -> u32 {
        self.heap.read_u32(r.offset() + offset as usize)
    }
    /// Reads a 64-bit field or element.
    #[inline(always)]
    pub fn get_u64(&self, r: Ref, offset: u32) -> u64 {
        self.heap.read_u64(r.offset() + offset as usize)
    }
    /// Reads a reference field or element.
    #[inline(always)]
    pub fn get_ref(&self, r: Ref, offset: u32) -> Ref {
        self.heap.read_ref(r, offset as usize)
    }
    /// Writes a byte field or element.
    #[inline(always)]
    pub fn set_u8(&self, r: Ref, offset: u32, v: u8) {
        self.heap.write_u8(r.offset() + offset as usize, v)
    }
    /// Writes a 16-bit field or element.
    #[inline(always)]
    pub fn set_u16(&self, r: Ref, offset: u32, v: u16) {
        self.heap.write_u16(r.offset() + offset as usize, v)
    }
    /// Writes a 32-bit field or element.
    #[inline(always)]
    pub fn set_u32(&self, r: Ref, offset: u32, v: u32) {
        self.heap.write_u32(r.offset() + offset as usize, v)
    }
    /// Writes a 64-bit field or element.
    #[inline(always)]
    pub fn set_u64(&self, r: Ref, offset: u32, v: u64) {
        self.heap.write_u64(r.offset() + offset as usize, v)
    }
    /// Writes a reference field or element, with the barrier.
    #[inline(always)]
    pub fn set_ref(&self, r: Ref, offset: u32, v: Ref) {
        self.heap.write_ref(r, offset as usize, v)
    }
    /// Length of an array.
    #[inline(always)]
    pub fn array_len(&self, r: Ref) -> usize {
        self.heap.array_length(r) as usize
    }
    /// Element of a reference array.
    #[inline(always)]
    pub fn element(&self, array: Ref, index: usize) -> Ref {
        debug_assert!(index < self.array_len(array));
        self.get_ref(array, (ARRAY_DATA_OFFSET + index * 4) as u32)
    }
    /// Sets an element of a reference array.
    #[inline(always)]
    pub fn set_element(&self, array: Ref, index: usize, v: Ref) {
        debug_assert!(index < self.array_len(array));
        self.set_ref(array, (ARRAY_DATA_OFFSET + index * 4) as u32, v)
    }
    /// Copies bytes out of a primitive array or any other object.
    pub fn read_bytes(&self, r: Ref, offset: usize, out: &mut [u8]) {
        // SAFETY: bounds are checked by `bytes`; no safepoint while the slice lives.
        out.copy_from_slice(unsafe { self.heap.bytes(r.offset() + offset, out.len()) });
    }
    /// Copies bytes into a primitive array.
    pub fn write_bytes(&self, r: Ref, offset: usize, from: &[u8]) {
        let at = r.offset() + offset;
        assert!(offset + from.len() <= ARRAY_DATA_OFFSET + (self.array_len(r) << 3));
        // SAFETY: within the object, by the assertion and the callers' checks of the length.
        unsafe {
            std::ptr::copy_nonoverlapping(from.as_ptr(), self.heap.base().add(at), from.len());
        }
    }
    /// The bytes of a `byte[]`.
    pub fn byte_array(&self, r: Ref) -> Vec<u8> {
        let mut out = vec![0; self.array_len(r)];
        self.read_bytes(r, ARRAY_DATA_OFFSET, &mut out);
        out
    }
}

fn with_tlab<R>(t: &Thread, f: impl FnOnce(&mut Tlab) -> R) -> R {
    // SAFETY: only the own thread uses its buffer outside of safepoints, and `f` (the heap's
    // allocation functions) does not come back here.
    f(unsafe { &mut *t.tlab.get() })
}

/// Allocates, collecting as often as [`gc::Retry`] says that it may help.
#[inline]
fn alloc(
    t: &Thread,
    mut attempt: impl FnMut(&mut Tlab) -> std::result::Result<Ref, AllocFailure>,
) -> Result<Ref> {
    let epoch = t.vm().heap.collection_epoch();
    match with_tlab(t, &mut attempt) {
        Ok(r) => Ok(r),
        Err(failure) => alloc_slow(t, failure, epoch, attempt),
    }
}

#[cold]
#[inline(never)]
fn alloc_slow(
    t: &Thread,
    mut failure: AllocFailure,
    mut epoch: u64,
    mut attempt: impl FnMut(&mut Tlab) -> std::result::Result<Ref, AllocFailure>,
) -> Result<Ref> {
    let mut retry = gc::Retry::new();
    loop {
        match retry.next(failure) {
            Some(request) => sync::collect_if(t, request, epoch)?,
            None => {
                // Soft references give way before any OutOfMemoryError.
                if failure == AllocFailure::OutOfMemory {
                    sync::collect(t, gc::GcRequest::LAST)?;
                }
                return Err(exceptions::out_of_memory(t, "Java heap space"));
            }
        }
        epoch = t.vm().heap.collection_epoch();
        match with_tlab(t, &mut attempt) {
            Ok(r) => return Ok(r),
            Err(f) => failure = f,
        }
    }
}

/// A new instance with all fields zero; the class is not checked.
#[inline]
pub fn alloc_instance(t: &Thread, class: ClassId) -> Result<Ref> {
    let vm = t.vm();
    let size = vm.class(class).shape.size_bytes as usize;
    debug_assert!(size != 0);
    alloc(t, |tlab| vm.heap.alloc(tlab, class, size))
}

/// A new array of the given class; `len` must not be negative.
#[inline]
pub fn alloc_array(t: &Thread, class: ClassId, len: i32) -> Result<Ref> {
    let vm = t.vm();
    let shift = vm.class(class).shape.element_shift;
    debug_assert!(len >= 0 && vm.class(class).is_array());
    if len > MAX_LENGTH {
        return Err(exceptions::out_of_memory(t, "Requested array size exceeds VM limit"));
    }
    alloc(t, |tlab| vm.heap.alloc_array(tlab, class, len as u32, shift))
}

/// A new object that never moves, all fields zero.
pub fn alloc_immovable(t: &Thread, class: ClassId, size_bytes: usize) -> Result<Ref> {
    let vm = t.vm();
    alloc(t, |_| vm.heap.alloc_immovable(class, size_bytes))
}

/// A new multidimensional array (JVMS `multianewarray`); no dimension may be negative.
pub fn alloc_multi(t: &Thread, class: ClassId, dims: &[i32]) -> Result<Ref> {
    let vm = t.vm();
    let array = alloc_array(t, class, dims[0])?;
    if dims.len() == 1 || dims[0] == 0 {
        return Ok(array);
    }
    t.scope(|| {
        let outer = t.handle(array);
        let component = vm.class(class).component;
        for i in 0..dims[0] as usize {
            let inner = alloc_multi(t, component, &dims[1..])?;
            vm.set_element(t.get(outer), i, inner);
        }
        Ok(t.get(outer))
    })
}

/// A new array of a primitive type.
pub fn alloc_prim_array(t: &Thread, basic: BasicType, len: usize) -> Result<Ref> {
    alloc_array(t, t.vm().known.prim_arrays[basic as usize], len as i32)
}

/// A new `byte[]` with these contents.
pub fn new_byte_array(t: &Thread, bytes: &[u8]) -> Result<Ref> {
    let r = alloc_prim_array(t, BasicType::Byte, bytes.len())?;
    t.vm().write_bytes(r, ARRAY_DATA_OFFSET, bytes);
    Ok(r)
}

/// A new array of references with this component class.
pub fn alloc_ref_array(t: &Thread, component: ClassId, len: usize) -> Result<Ref> {
    let class = array_class_of(t, component)?;
    alloc_array(t, class, len as i32)
}

/// The mirror of a class.
#[inline]
pub fn mirror(t: &Thread, class: ClassId) -> Ref {
    t.vm().mirror(class)
}

/// `new X(args)` from Rust: initialises the class and runs the constructor.
pub fn new_object(t: &Thread, class: ClassId, descriptor: &str, args: &[Value]) -> Result<Ref> {
    let vm = t.vm();
    link::init::init_class(t, class)?;
    let (name, descriptor) = (t.symbol("<init>"), t.symbol(descriptor));
    let Some(ctor) = link::lookup_method_in_class(vm, class, name, descriptor) else {
        let msg = format!("{}.<init>{}", vm.external_name(class), vm.text(descriptor));
        return Err(exceptions::throw(t, "java/lang/NoSuchMethodError", &msg));
    };
    t.scope(|| {
        let object = t.handle(alloc_instance(t, class)?);
        let mut all = vec![Value::Object(object)];
        all.extend_from_slice(args);
        call::call(t, ctor, &all)?;
        Ok(t.get(object))
    })
}

/// A value in its wrapper object, as the library's own caches would not have it (`new Integer`).
pub fn box_value(t: &Thread, basic: BasicType, slot: u64) -> Result<Ref> {
    if basic == BasicType::Object {
        return Ok(Ref::from_bits(slot as u32));
    }
    if basic == BasicType::Void {
        return Ok(Ref::NULL);
    }
    let vm = t.vm();
    let (class, offset) = vm.known.boxed(basic);
    link::init::init_class(t, class)?;
    let r = alloc_instance(t, class)?;
    match basic.size_shift() {
        0 => vm.set_u8(r, offset, slot as u8),
        1 => vm.set_u16(r, offset, slot as u16),
        2 => vm.set_u32(r, offset, slot as u32),
        _ => vm.set_u64(r, offset, slot),
    }
    Ok(r)
}

/// The primitive in a wrapper object, as a slot, with its type.
pub fn unbox(vm: &Vm, r: Ref) -> Option<(BasicType, u64)> {
    if r.is_null() {
        return None;
    }
    let class = vm.class_of(r);
    let basic = BasicType::PRIMITIVES
        .into_iter()
        .find(|&b| b != BasicType::Void && vm.known.boxed(b).0 == class)?;
    Some((basic, load(vm, basic, r.offset() + vm.known.boxed(basic).1 as usize)))
}

/// Reads a value of a type at a byte distance from the base, as a slot.
pub fn load(vm: &Vm, basic: BasicType, at: usize) -> u64 {
    match basic {
        BasicType::Boolean => vm.heap.read_u8(at) as u64,
        BasicType::Byte => vm.heap.read_u8(at) as i8 as i32 as u32 as u64,
        BasicType::Char => vm.heap.read_u16(at) as u64,
        BasicType::Short => vm.heap.read_u16(at) as i16 as i32 as u32 as u64,
        BasicType::Int | BasicType::Float | BasicType::Object => vm.heap.read_u32(at) as u64,
        BasicType::Long | BasicType::Double => vm.heap.read_u64(at),
        BasicType::Void => 0,
    }
}

/// Writes a slot's value of a type at a byte distance from the base, with the barrier.
pub fn store(vm: &Vm, basic: BasicType, at: usize, slot: u64) {
    match basic {
        BasicType::Boolean => vm.heap.write_u8(at, slot as u8 & 1),
        BasicType::Byte => vm.heap.write_u8(at, slot as u8),
        BasicType::Char | BasicType::Short => vm.heap.write_u16(at, slot as u16),
        BasicType::Int | BasicType::Float => vm.heap.write_u32(at, slot as u32),
        BasicType::Object => {
            vm.heap.write_u32(at, slot as u32);
            vm.heap.write_barrier(at);
        }
        BasicType::Long | BasicType::Double => vm.heap.write_u64(at, slot),
        BasicType::Void => {}
    }
}

/// Widening of a primitive slot (JLS 5.1.2) for reflection; None if it is no widening.
pub fn widen(from: BasicType, to: BasicType, slot: u64) -> Option<u64> {
    use BasicType::*;
    if from == to {
        return Some(slot);
    }
    let int = slot as u32 as i32;
    Some(match (from, to) {
        (Byte, Short | Int) | (Short, Int) | (Char, Int) => slot,
        (Byte | Short | Char | Int, Long) => int as i64 as u64,
        (Byte | Short | Char | Int, Float) => (int as f32).to_bits() as u64,
        (Byte | Short | Char | Int, Double) => (int as f64).to_bits(),
        (Long, Float) => (slot as i64 as f32).to_bits() as u64,
        (Long, Double) => (slot as i64 as f64).to_bits(),
        (Float, Double) => (f32::from_bits(slot as u32) as f64).to_bits(),
        _ => return None,
    })
}

/// A shallow copy (`Object.clone`); the caller has checked `Cloneable`.
pub fn clone_object(t: &Thread, original: gc::Handle) -> Result<Ref> {
    let vm = t.vm();
    let r = t.get(original);
    let class = vm.class_of(r);
    let record = vm.class(class);
    if record.is_array() {
        let len = vm.array_len(r);
        let copy = alloc_array(t, class, len as i32)?;
        let r = t.get(original);
        let bytes = len << record.shape.element_shift;
        vm.heap.copy_bytes(
            r.offset() + ARRAY_DATA_OFFSET,
            copy.offset() + ARRAY_DATA_OFFSET,
            bytes,
        );
        if record.shape.kind == gc::Kind::RefArray as u8 {
            vm.heap.write_barrier_range(copy.offset() + ARRAY_DATA_OFFSET, bytes);
        }
        return Ok(copy);
    }
    let size = record.shape.size_bytes as usize;
    let copy = alloc_instance(t, class)?;
    let r = t.get(original);
    vm.heap.copy_bytes(r.offset() + 8, copy.offset() + 8, size - 8);
    vm.heap.write_barrier_range(copy.offset() + 8, size - 8);
    if record.has(crate::meta::class_flags::HAS_FINALIZER) {
        let copy = t.handle(copy);
        let arg = [t.get(copy).bits() as u64];
        crate::interp::invoke(t, vm.known.finalizer_register, &arg)?;
        return Ok(t.get(copy));
    }
    Ok(copy)
}
