//! Native methods: Rust functions with typed arguments behind one calling convention.
//!
//! A native is written as a plain function, `fn(&Thread, args...) -> Result<R, Thrown>`, its
//! receiver (for an instance method) being the first argument; the class of a static native is
//! not passed. References arrive as [`Handle`]s, valid until the native returns. A *leaf* native gets
//! raw [`Ref`]s instead and must neither allocate, block, call Java nor reach a safepoint; where
//! it cannot go on under these terms it answers [`Retry`], and the full native of the same row is called.

use crate::thread::Thread;
use gc::{Handle, Ref};
use std::collections::HashMap;
use std::sync::Arc;

/// A Java exception is pending in the thread (`Thread::exception`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thrown;

/// Result of anything that may throw a Java exception.
pub type Result<T, E = Thrown> = std::result::Result<T, E>;

/// A leaf native cannot answer; call the full one.
#[derive(Debug, Clone, Copy)]
pub struct Retry;

/// A full native behind the calling convention: thread, argument slots.
pub type FullFn = unsafe fn(&Thread, *const u64) -> Result<u64>;
/// A leaf native behind the calling convention.
pub type LeafFn = unsafe fn(&Thread, *const u64) -> Result<u64, Retry>;

/// One row of a table of natives.
#[derive(Clone, Copy)]
pub struct NativeMethod {
    /// Internal name of the class.
    pub class: &'static str,
    /// Method name.
    pub name: &'static str,
    /// Descriptor.
    pub descriptor: &'static str,
    /// Types of the Rust function's parameters and result, as descriptor characters.
    pub signature: fn(&mut Vec<u8>) -> u8,
    /// The function with handles.
    pub full: Option<FullFn>,
    /// The function with raw references.
    pub leaf: Option<LeafFn>,
}

/// The natives of a VM, and where to find them by name. Clones share it.
#[derive(Clone)]
pub struct NativeTable(Arc<Rows>);

struct Rows {
    /// Row 0 is unused.
    rows: Vec<NativeMethod>,
    index: HashMap<(&'static str, &'static str, &'static str), u32>,
}

impl From<Vec<NativeMethod>> for NativeTable {
    fn from(natives: Vec<NativeMethod>) -> NativeTable {
        let mut rows = Vec::with_capacity(natives.len() + 1);
        let mut index = HashMap::with_capacity(natives.len());
        rows.push(NativeMethod::full("", "", "()V", |_: &Thread| Ok(())));
        for n in natives {
            index.insert((n.class, n.name, n.descriptor), rows.len() as u32);
            rows.push(n);
        }
        NativeTable(Arc::new(Rows { rows, index }))
    }
}

impl NativeTable {
    /// Row of the native with this name, if there is one.
    pub fn find(&self, class: &str, name: &str, descriptor: &str) -> Option<u32> {
        self.0.index.get(&(class, name, descriptor)).copied()
    }
}

impl std::ops::Deref for NativeTable {
    type Target = [NativeMethod];
    #[inline(always)]
    fn deref(&self) -> &[NativeMethod] {
        &self.0.rows
    }
}

/// A Rust type that a native can take.
///
/// # Safety
/// `read` must interpret the slot as `TYPE` says.
pub unsafe trait Arg: Sized {
    /// Descriptor character: one of `ZBCSIJFDL`.
    const TYPE: u8;
    /// Slots taken.
    const SLOTS: usize = 1;
    /// Reads the argument from its *last* slot.
    ///
    /// # Safety
    /// `slot` points at a slot that holds a value of this type.
    unsafe fn read(t: &Thread, slot: *const u64) -> Self;
}

/// A Rust type that a native can answer.
pub trait Ret {
    /// Descriptor character: one of `VZBCSIJFDL`.
    const TYPE: u8;
    /// As a slot's bits.
    fn into_slot(self, t: &Thread) -> u64;
}

macro_rules! arg {
    ($($t:ty, $c:literal, $slots:literal, |$th:ident, $s:ident| $e:expr;)*) => {$(
        // SAFETY: reads the slot as the type that TYPE names.
        unsafe impl Arg for $t {
            const TYPE: u8 = $c;
            const SLOTS: usize = $slots;
            #[inline(always)]
            unsafe fn read($th: &Thread, slot: *const u64) -> $t {
                // SAFETY: the slot is valid by the contract of `read`.
                let $s = unsafe { *slot };
                $e
            }
        }
    )*};
}
arg! {
    bool, b'Z', 1, |_t, s| s as u8 & 1 != 0;
    i8, b'B', 1, |_t, s| s as i8;
    u16, b'C', 1, |_t, s| s as u16;
    i16, b'S', 1, |_t, s| s as i16;
    i32, b'I', 1, |_t, s| s as i32;
    i64, b'J', 2, |_t, s| s as i64;
    f32, b'F', 1, |_t, s| f32::from_bits(s as u32);
    f64, b'D', 2, |_t, s| f64::from_bits(s);
    Ref, b'L', 1, |_t, s| Ref::from_bits(s as u32);
    Handle, b'L', 1, |t, s| t.handle(Ref::from_bits(s as u32));
}

macro_rules! ret {
    ($($t:ty, $c:literal, |$v:ident, $th:ident| $e:expr;)*) => {$(
        impl Ret for $t {
            const TYPE: u8 = $c;
            #[inline(always)]
            fn into_slot(self, $th: &Thread) -> u64 { let $v = self; $e }
        }
    )*};
}
ret! {
    (), b'V', |_v, _t| 0;
    bool, b'Z', |v, _t| v as u64;
    i8, b'B', |v, _t| v as i32 as u32 as u64;
    u16, b'C', |v, _t| v as u64;
    i16, b'S', |v, _t| v as i32 as u32 as u64;
    i32, b'I', |v, _t| v as u32 as u64;
    i64, b'J', |v, _t| v as u64;
    f32, b'F', |v, _t| v.to_bits() as u64;
    f64, b'D', |v, _t| v.to_bits();
    Ref, b'L', |v, _t| v.bits() as u64;
    Handle, b'L', |v, t| t.get(v).bits() as u64;
}

/// A function item that can stand behind [`FullFn`]; `A` is its argument tuple.
pub trait FullNative<A>: Copy + 'static {
    /// Pushes the parameters' type characters, answers the result's.
    fn signature(out: &mut Vec<u8>) -> u8;
    /// The shim.
    ///
    /// # Safety
    /// `args` points at the argument slots of a call with the signature.
    unsafe fn call(t: &Thread, args: *const u64) -> Result<u64>;
}

/// A function item that can stand behind [`LeafFn`]; `A` is its argument tuple.
pub trait LeafNative<A>: Copy + 'static {
    /// The shim.
    ///
    /// # Safety
    /// `args` points at the argument slots of a call with the signature.
    unsafe fn call(t: &Thread, args: *const u64) -> Result<u64, Retry>;
    /// Pushes the parameters' type characters, answers the result's.
    fn signature(out: &mut Vec<u8>) -> u8;
}

/// Conjures a function item, which has no bytes.
///
/// # Safety
/// `F` must be a function item type: zero-sized, and inhabited because a value of it was given
/// where the shim was instantiated.
#[inline(always)]
unsafe fn conjure<F: Copy>() -> F {
    const { assert!(size_of::<F>() == 0) };
    // SAFETY: a zero-sized Copy type is read from no bytes, at any aligned address.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

macro_rules! shims {
    ($(($($a:ident),*))*) => {$(
        impl<F, R, $($a),*> FullNative<(R, $($a,)*)> for F
        where
            F: Fn(&Thread, $($a),*) -> Result<R> + Copy + 'static,
            R: Ret,
            $($a: Arg),*
        {
            fn signature(_out: &mut Vec<u8>) -> u8 {
                $(_out.push($a::TYPE);)*
                R::TYPE
            }
            #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables,
                    reason = "generated for every arity, zero included")]
            unsafe fn call(t: &Thread, args: *const u64) -> Result<u64> {
                let mut at = 0;
                $(
                    at += $a::SLOTS;
                    // SAFETY: the slots hold the arguments, of these types, in this order.
                    let $a = unsafe { $a::read(t, args.add(at).sub(1)) };
                )*
                // SAFETY: `F` is the item that the table row was made from.
                let f = unsafe { conjure::<F>() };
                let result = f(t, $($a),*)?;
                Ok(result.into_slot(t))
            }
        }
        impl<F, R, $($a),*> LeafNative<(R, $($a,)*)> for F
        where
            F: Fn(&Thread, $($a),*) -> Result<R, Retry> + Copy + 'static,
            R: Ret,
            $($a: Arg),*
        {
            fn signature(_out: &mut Vec<u8>) -> u8 {
                $(_out.push($a::TYPE);)*
                R::TYPE
            }
            #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables,
                    reason = "generated for every arity, zero included")]
            #[inline(always)]
            unsafe fn call(t: &Thread, args: *const u64) -> Result<u64, Retry> {
                let mut at = 0;
                $(
                    at += $a::SLOTS;
                    // SAFETY: the slots hold the arguments, of these types, in this order.
                    let $a = unsafe { $a::read(t, args.add(at).sub(1)) };
                )*
                // SAFETY: `F` is the item that the table row was made from.
                let f = unsafe { conjure::<F>() };
                let result = f(t, $($a),*)?;
                Ok(result.into_slot(t))
            }
        }
    )*};
}
shims! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, G) (A, B, C, D, E, G, H)
    (A, B, C, D, E, G, H, I) (A, B, C, D, E, G, H, I, J) (A, B, C, D, E, G, H, I, J, K)
    (A, B, C, D, E, G, H, I, J, K, L) (A, B, C, D, E, G, H, I, J, K, L, M)
}

impl NativeMethod {
    /// A row with a full native.
    pub fn full<A, F: FullNative<A>>(
        class: &'static str,
        name: &'static str,
        descriptor: &'static str,
        _f: F,
    ) -> NativeMethod {
        NativeMethod {
            class,
            name,
            descriptor,
            signature: F::signature,
            full: Some(F::call),
            leaf: None,
        }
    }

    /// A row with a leaf native that always answers.
    pub fn leaf<A, F: LeafNative<A>>(
        class: &'static str,
        name: &'static str,
        descriptor: &'static str,
        _f: F,
    ) -> NativeMethod {
        NativeMethod {
            class,
            name,
            descriptor,
            signature: F::signature,
            full: None,
            leaf: Some(F::call),
        }
    }

    /// The same row with a leaf native that is tried first.
    pub fn or_leaf<A, F: LeafNative<A>>(mut self, _f: F) -> NativeMethod {
        self.leaf = Some(F::call);
        self
    }

    /// Whether the Rust function's parameters and result are those of the descriptor,
    /// with a receiver in front unless the method is static.
    pub fn matches(&self, is_static: bool) -> bool {
        let mut got = Vec::new();
        let ret = (self.signature)(&mut got);
        let mut want = Vec::new();
        if !is_static {
            want.push(b'L');
        }
        let d = self.descriptor.as_bytes();
        let mut i = 1;
        while i < d.len() && d[i] != b')' {
            let array = d[i] == b'[';
            while d[i] == b'[' {
                i += 1;
            }
            want.push(if array || d[i] == b'L' { b'L' } else { d[i] });
            if d[i] == b'L' {
                while d[i] != b';' {
                    i += 1;
                }
            }
            i += 1;
        }
        let r = d.get(i + 1).copied().unwrap_or(b'?');
        let r = if r == b'[' { b'L' } else { r };
        got == want && ret == r
    }
}

/// A table of natives: `natives! { "java/lang/Object" { "hashCode" "()I" => hash_code; ... } }`.
///
/// Each row names a full native; `leaf f` instead names a leaf native, and `f, leaf g` both.
#[macro_export]
macro_rules! natives {
    (@row $class:literal $name:literal $desc:literal leaf $leaf:path) => {
        $crate::native::NativeMethod::leaf($class, $name, $desc, $leaf)
    };
    (@row $class:literal $name:literal $desc:literal full $full:path) => {
        $crate::native::NativeMethod::full($class, $name, $desc, $full)
    };
    (@row $class:literal $name:literal $desc:literal full $full:path, leaf $leaf:path) => {
        $crate::native::NativeMethod::full($class, $name, $desc, $full).or_leaf($leaf)
    };
    ($($class:literal { $($name:literal $desc:literal => $($kind:ident $f:path),+;)* })*) => {
        vec![$($($crate::natives!(@row $class $name $desc $($kind $f),+),)*)*]
    };
}
