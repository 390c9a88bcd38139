//! Annotations (JVMS 4.7.16), walked in their raw form: which types annotate an item, and which of them
//! the VM knows. Nothing is allocated.

use crate::constant_pool::ConstantPool;

/// Element values nest at most this deep before an annotation counts as malformed.
const MAX_NESTING: u32 = 64;

/// The annotations of a RuntimeVisibleAnnotations or RuntimeInvisibleAnnotations attribute, as type
/// descriptors (`Ljava/lang/Deprecated;`), in order. The walk ends early where the contents are malformed.
#[derive(Clone, Debug)]
pub struct AnnotationTypes<'p, 'a> {
    pool: &'p ConstantPool<'a>,
    rest: &'a [u8],
    left: u16,
}

impl<'p, 'a> AnnotationTypes<'p, 'a> {
    /// Over an attribute's contents.
    pub fn new(data: &'a [u8], pool: &'p ConstantPool<'a>) -> Self {
        let mut rest = data;
        let left = u2(&mut rest).unwrap_or(0);
        AnnotationTypes { pool, rest, left }
    }
}

impl<'a> Iterator for AnnotationTypes<'_, 'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let kind = annotation(&mut self.rest, MAX_NESTING);
        let kind = kind.and_then(|index| self.pool.utf8(index).ok());
        if kind.is_none() {
            self.left = 0;
        }
        kind
    }
}

fn u1(rest: &mut &[u8]) -> Option<u8> {
    let (&first, after) = rest.split_first()?;
    *rest = after;
    Some(first)
}

fn u2(rest: &mut &[u8]) -> Option<u16> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u16::from_be_bytes(*first))
}

/// Passes an annotation and answers its type's index.
fn annotation(rest: &mut &[u8], depth: u32) -> Option<u16> {
    let kind = u2(rest)?;
    for _ in 0..u2(rest)? {
        u2(rest)?;
        element_value(rest, depth)?;
    }
    Some(kind)
}

fn element_value(rest: &mut &[u8], depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match u1(rest)? {
        b'B' | b'C' | b'D' | b'F' | b'I' | b'J' | b'S' | b'Z' | b's' | b'c' => {
            u2(rest)?;
        }
        b'e' => {
            u2(rest)?;
            u2(rest)?;
        }
        b'@' => {
            annotation(rest, depth)?;
        }
        b'[' => {
            for _ in 0..u2(rest)? {
                element_value(rest, depth)?;
            }
        }
        _ => return None,
    }
    Some(())
}

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident = $bit:literal: $($descriptor:literal)|+;)*) => {
        impl Known {
            $($(#[$doc])* pub const $name: Known = Known(1 << $bit);)*

            /// The bit of an annotation type's descriptor; none if the VM does not know it.
            pub fn of(descriptor: &[u8]) -> Known {
                $(const $name: &[&str] = &[$($descriptor),+];)*
                $(if $name.iter().any(|known| known.as_bytes() == descriptor) {
                    return Known::$name;
                })*
                Known::NONE
            }
        }
    };
}

/// The set of annotations with a meaning for the VM. Whether their author may be believed (boot and platform
/// classes) is the caller's question; HotSpot takes all but [`Known::DEPRECATED`] from privileged loaders only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known(u32);

known! {
    /// `@Hidden`, or `LambdaForm.Hidden` before JDK 15: not shown in stack traces.
    HIDDEN = 0: "Ljdk/internal/vm/annotation/Hidden;" | "Ljava/lang/invoke/LambdaForm$Hidden;";
    /// `@ForceInline`.
    FORCE_INLINE = 1: "Ljdk/internal/vm/annotation/ForceInline;";
    /// `@DontInline`.
    DONT_INLINE = 2: "Ljdk/internal/vm/annotation/DontInline;";
    /// `@Stable`: the field, and its array's elements, change at most once.
    STABLE = 3: "Ljdk/internal/vm/annotation/Stable;";
    /// `@ReservedStackAccess`: may use the stack's reserved zone.
    RESERVED_STACK_ACCESS = 4: "Ljdk/internal/vm/annotation/ReservedStackAccess;";
    /// `@Contended`: the field or class gets cache lines of its own.
    CONTENDED = 5: "Ljdk/internal/vm/annotation/Contended;";
    /// `@CallerSensitive`: asks who called it.
    CALLER_SENSITIVE = 6: "Ljdk/internal/reflect/CallerSensitive;";
    /// `@IntrinsicCandidate`: the VM may have its own version.
    INTRINSIC_CANDIDATE = 7: "Ljdk/internal/vm/annotation/IntrinsicCandidate;";
    /// `LambdaForm.Compiled`: bytecode made from a lambda form.
    LAMBDA_FORM_COMPILED = 8: "Ljava/lang/invoke/LambdaForm$Compiled;";
    /// `InjectedProfile`: the method handle carries its own profile.
    INJECTED_PROFILE = 9: "Ljava/lang/invoke/InjectedProfile;";
    /// `@Scoped`: touches memory of a scope that may be closed.
    SCOPED = 10: "Ljdk/internal/misc/ScopedMemoryAccess$Scoped;";
    /// `@ValueBased`: must not be locked.
    VALUE_BASED = 11: "Ljdk/internal/ValueBased;";
    /// `@ChangesCurrentThread`: alters what `currentThread` answers (JDK 19 on).
    CHANGES_CURRENT_THREAD = 12: "Ljdk/internal/vm/annotation/ChangesCurrentThread;";
    /// `@JvmtiMountTransition` (JDK 19 on).
    MOUNT_TRANSITION = 13: "Ljdk/internal/vm/annotation/JvmtiMountTransition;";
    /// `@JvmtiHideEvents` (JDK 25).
    HIDE_EVENTS = 14: "Ljdk/internal/vm/annotation/JvmtiHideEvents;";
    /// `@TrustFinalFields`: final instance fields never change (a later JDK).
    TRUST_FINAL_FIELDS = 15: "Ljdk/internal/vm/annotation/TrustFinalFields;";
    /// `@AOTSafeClassInitializer` (JDK 25).
    AOT_SAFE_INITIALIZER = 16: "Ljdk/internal/vm/annotation/AOTSafeClassInitializer;";
    /// `@Deprecated`.
    DEPRECATED = 17: "Ljava/lang/Deprecated;";
}

impl Known {
    /// No annotation.
    pub const NONE: Known = Known(0);

    /// Those that a RuntimeVisibleAnnotations attribute holds; none for `None`.
    pub fn scan(data: Option<&[u8]>, pool: &ConstantPool<'_>) -> Known {
        let Some(data) = data else { return Known::NONE };
        let mut found = Known::NONE;
        let mut rest = data;
        for _ in 0..u2(&mut rest).unwrap_or(0) {
            let Some(index) = annotation(&mut rest, MAX_NESTING) else { break };
            found = found.with(pool.utf8(index).map_or(Known::NONE, Known::of));
        }
        found
    }

    /// Both sets together.
    pub const fn with(self, other: Known) -> Known {
        Known(self.0 | other.0)
    }

    /// Whether all of `other` are in the set.
    pub const fn contains(self, other: Known) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Whether a RuntimeVisibleAnnotations attribute holds an annotation of this type descriptor.
pub fn has(data: Option<&[u8]>, pool: &ConstantPool<'_>, descriptor: &[u8]) -> bool {
    data.is_some_and(|data| {
        let mut rest = data;
        (0..u2(&mut rest).unwrap_or(0))
            .map_while(|_| annotation(&mut rest, MAX_NESTING))
            .any(|index| pool.utf8(index) == Ok(descriptor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constant_pool::Constant;

    #[test]
    fn finds_types_behind_nested_values() {
        let pool = ConstantPool::from_entries(vec![
            Constant::Unusable,
            Constant::Utf8(b"Lx;"),
            Constant::Utf8(b"Ljdk/internal/vm/annotation/Hidden;"),
        ]);
        let data = [
            0, 2, // two annotations
            0, 1, 0, 2, // Lx; with two pairs
            0, 9, b'[', 0, 2, b'I', 0, 5, b's', 0, 6, // an array
            0, 9, b'@', 0, 1, 0, 1, 0, 3, b'e', 0, 1, 0, 2, // an annotation with an enum
            0, 2, 0, 0, // Hidden
        ];
        let types: Vec<_> = AnnotationTypes::new(&data, &pool).collect();
        assert_eq!(types, [&b"Lx;"[..], b"Ljdk/internal/vm/annotation/Hidden;"]);
        let known = Known::scan(Some(&data), &pool);
        assert!(known.contains(Known::HIDDEN) && !known.contains(Known::STABLE));
        assert!(has(Some(&data), &pool, b"Lx;") && !has(Some(&data), &pool, b"Ly;"));
        for end in 0..data.len() {
            Known::scan(Some(&data[..end]), &pool);
            AnnotationTypes::new(&data[..end], &pool).for_each(drop);
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let pool = ConstantPool::from_entries(vec![Constant::Unusable, Constant::Utf8(b"Lx;")]);
        let mut data = vec![0, 1, 0, 1, 0, 1, 0, 1];
        data.extend([b'[', 0, 1].repeat(100_000));
        assert!(!has(Some(&data), &pool, b"Lx;"));
    }
}
