//! The `#[repr(C)]` records of classes, fields, methods and call sites.

use super::{Span, SymbolId};
use gc::{ClassId, Shape};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

/// The type of a value as a slot holds it (numbers are those of `newarray`, JVMS table 6.5).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum BasicType {
    /// `boolean`
    Boolean = 4,
    /// `char`
    Char = 5,
    /// `float`
    Float = 6,
    /// `double`
    Double = 7,
    /// `byte`
    Byte = 8,
    /// `short`
    Short = 9,
    /// `int`
    Int = 10,
    /// `long`
    Long = 11,
    /// Any reference.
    Object = 12,
    /// No value; only as a return type.
    Void = 14,
}

impl BasicType {
    /// All primitive types and `void`, as `Class` objects exist for them.
    pub const PRIMITIVES: [BasicType; 9] = [
        BasicType::Boolean,
        BasicType::Char,
        BasicType::Float,
        BasicType::Double,
        BasicType::Byte,
        BasicType::Short,
        BasicType::Int,
        BasicType::Long,
        BasicType::Void,
    ];

    /// The type whose descriptor begins with this character (JVMS 4.3.2).
    pub fn from_descriptor(c: u8) -> BasicType {
        match c {
            b'Z' => BasicType::Boolean,
            b'C' => BasicType::Char,
            b'F' => BasicType::Float,
            b'D' => BasicType::Double,
            b'B' => BasicType::Byte,
            b'S' => BasicType::Short,
            b'I' => BasicType::Int,
            b'J' => BasicType::Long,
            b'V' => BasicType::Void,
            _ => BasicType::Object,
        }
    }

    /// From the number stored in a record.
    pub fn from_u8(n: u8) -> BasicType {
        match n {
            4 => BasicType::Boolean,
            5 => BasicType::Char,
            6 => BasicType::Float,
            7 => BasicType::Double,
            8 => BasicType::Byte,
            9 => BasicType::Short,
            10 => BasicType::Int,
            11 => BasicType::Long,
            14 => BasicType::Void,
            _ => BasicType::Object,
        }
    }

    /// The descriptor character; `L` for references.
    pub fn descriptor(self) -> u8 {
        match self {
            BasicType::Boolean => b'Z',
            BasicType::Char => b'C',
            BasicType::Float => b'F',
            BasicType::Double => b'D',
            BasicType::Byte => b'B',
            BasicType::Short => b'S',
            BasicType::Int => b'I',
            BasicType::Long => b'J',
            BasicType::Void => b'V',
            BasicType::Object => b'L',
        }
    }

    /// The keyword of the Java language; `object` for references.
    pub fn name(self) -> &'static str {
        match self {
            BasicType::Boolean => "boolean",
            BasicType::Char => "char",
            BasicType::Float => "float",
            BasicType::Double => "double",
            BasicType::Byte => "byte",
            BasicType::Short => "short",
            BasicType::Int => "int",
            BasicType::Long => "long",
            BasicType::Void => "void",
            BasicType::Object => "object",
        }
    }

    /// log2 of the size in the heap in bytes.
    pub fn size_shift(self) -> u32 {
        match self {
            BasicType::Boolean | BasicType::Byte => 0,
            BasicType::Char | BasicType::Short => 1,
            BasicType::Float | BasicType::Int | BasicType::Object => 2,
            BasicType::Double | BasicType::Long => 3,
            BasicType::Void => 0,
        }
    }

    /// Number of local-variable or operand-stack slots (JVMS 2.6.1).
    pub fn slots(self) -> usize {
        match self {
            BasicType::Double | BasicType::Long => 2,
            BasicType::Void => 0,
            _ => 1,
        }
    }
}

/// How far the initialisation of a class is (JVMS 5.5).
pub mod init_state {
    /// Loaded, not yet linked.
    pub const LOADED: u8 = 0;
    /// Verified and prepared.
    pub const LINKED: u8 = 1;
    /// `<clinit>` is running in `ClassRecord::init_thread`.
    pub const RUNNING: u8 = 2;
    /// Done.
    pub const DONE: u8 = 3;
    /// `<clinit>` failed.
    pub const FAILED: u8 = 4;
}

/// Flags of a class that are ours, not the class file's.
pub mod class_flags {
    /// Instances have a `finalize()` to run.
    pub const HAS_FINALIZER: u32 = 1;
    /// Defined by `Lookup.defineHiddenClass` or `defineAnonymousClass`.
    pub const HIDDEN: u32 = 1 << 1;
    /// The `Record` attribute is there and the superclass is `java.lang.Record`.
    pub const RECORD: u32 = 1 << 2;
    /// An interface with a non-abstract, non-static method (its initialisation matters, JVMS 5.5).
    pub const HAS_DEFAULTS: u32 = 1 << 3;
    /// This class or a superinterface has default methods.
    pub const HAS_NONSTATIC_CONCRETE: u32 = 1 << 4;
    /// An array class.
    pub const ARRAY: u32 = 1 << 5;
    /// One of the nine primitive classes.
    pub const PRIMITIVE: u32 = 1 << 6;
    /// `Cloneable` is among the superinterfaces (arrays too).
    pub const CLONEABLE: u32 = 1 << 7;
    /// Subclass of `jdk.internal.reflect.MagicAccessorImpl`: exempt from access checks.
    pub const MAGIC_ACCESSOR: u32 = 1 << 8;
    /// Subclass of `java.lang.ClassLoader`.
    pub const CLASS_LOADER: u32 = 1 << 9;
    /// Trusted final instance fields (hidden class or record, or java.base's own).
    pub const TRUSTED_FINALS: u32 = 1 << 10;
    /// A hidden class with a strong link to its loader's lifetime.
    pub const STRONG_HIDDEN: u32 = 1 << 11;
    /// `new` must take the slow path: abstract, or an interface, or `Class` itself.
    pub const NOT_INSTANTIABLE: u32 = 1 << 12;
    /// Defined so that annotations with a meaning for the VM are believed, whoever its loader is.
    pub const VM_ANNOTATIONS: u32 = 1 << 14;
    /// A value-based wrapper on which synchronization is warned about.
    pub const VALUE_BASED: u32 = 1 << 13;
}

/// Number of superclasses that [`ClassRecord::display`] holds.
pub const DISPLAY_LEN: usize = 8;

/// A linked class. Its virtual method table follows the record directly, as `u32` method ids.
#[repr(C, align(8))]
pub struct ClassRecord {
    /// What the collector knows; must be first.
    pub shape: Shape,
    /// Superclass; none for `Object`, interfaces have `Object`.
    pub super_class: ClassId,
    /// Number of superclasses (0 for `Object`).
    pub depth: u16,
    /// Entries of the virtual method table.
    pub vtable_len: u16,
    /// Superclasses by depth, this class included if `depth < DISPLAY_LEN` (fast subtype check).
    pub display: [ClassId; DISPLAY_LEN],
    /// An [`init_state`].
    pub init_state: AtomicU8,
    /// Component [`BasicType`] of an array class; own type of a primitive class.
    pub element_type: u8,
    /// Array dimensions, 0 for others.
    pub dimensions: u8,
    /// The class file's major version.
    pub major: u8,
    /// Thread id that runs `<clinit>`.
    pub init_thread: AtomicU32,
    /// [`class_flags`].
    pub flags: AtomicU32,
    /// Access flags of the class file.
    pub access: u16,
    /// Modifiers for `Class.getModifiers` (from `InnerClasses` where it names this class).
    pub modifiers: u16,
    /// Internal name, `java/lang/String`, `[I`; of a hidden class with its `+` suffix.
    pub name: SymbolId,
    /// Defining loader: index into the VM's table, 0 for the boot loader.
    pub loader: u32,
    /// Component class of an array.
    pub component: ClassId,
    /// The innermost element class of an array.
    pub element: ClassId,
    /// The array class with this as component, once it was asked for.
    pub array_class: AtomicU32,
    /// Resolved nest host, once it was asked for (JVMS 5.4.4).
    pub nest_host: AtomicU32,
    /// Last secondary supertype that a check found.
    pub secondary_cache: AtomicU32,
    /// Direct superinterfaces.
    pub interfaces: Span<ClassId>,
    /// All superinterfaces (for arrays: all supertypes beside the display).
    pub secondary_supers: Span<ClassId>,
    /// First declared method; the declared methods have consecutive ids in class file order.
    pub first_method: u32,
    /// Number of declared methods.
    pub method_count: u32,
    /// Declared fields in class file order.
    pub fields: Span<FieldRecord>,
    /// Interface dispatch: one entry per superinterface.
    pub itable: Span<ItableEntry>,
    /// For an interface: number of entries in each implementor's method list.
    pub itable_methods: u32,
    /// Constant pool: tags.
    pub cp_tags: Span<u8>,
    /// Constant pool: raw operands. Utf8: byte offset of the length in `bytes`; Class, String,
    /// MethodType, Module, Package: index; member refs, NameAndType and Dynamic: two u16, the
    /// first in the high half; MethodHandle: kind in the high half; Integer, Float: the bits;
    /// Long and Double: low and high word in the two entries they take.
    pub cp_raw: Span<u32>,
    /// Constant pool: resolution entries, 0 while unresolved; see `docs/architecture.md`.
    pub rcp: Span<AtomicU64>,
    /// The class file.
    pub bytes: Span<u8>,
    /// Byte offsets in `bytes` of the entries of `BootstrapMethods`.
    pub bootstrap_methods: Span<u32>,
    /// Byte offset in `bytes` of the class's attribute table (its u16 count).
    pub attributes_at: u32,
    /// Length of the instance fields in bytes, header included, before alignment to 8.
    pub fields_end: u32,
    /// Byte distance from the base to the next unused slot of the resolved-references chunk.
    pub ref_slot_next: AtomicU64,
    /// End of that chunk.
    pub ref_slot_end: AtomicU64,
    /// Dense number of the class in order of definition.
    pub ordinal: u32,
    /// Next class defined by the same loader.
    pub next_in_loader: ClassId,
}

/// Byte offset of the virtual method table in a class record.
pub const VTABLE_OFFSET: usize = std::mem::size_of::<ClassRecord>();

const _: () = assert!(VTABLE_OFFSET.is_multiple_of(gc::UNIT_BYTES));

/// One superinterface of a class and where its methods are implemented.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ItableEntry {
    /// The interface.
    pub interface: ClassId,
    /// Unit offset of `itable_methods` method ids (u32): 0 none, else [`MethodId`] bits.
    pub methods: u32,
}

/// A declared field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FieldRecord {
    /// Name.
    pub name: SymbolId,
    /// Descriptor.
    pub descriptor: SymbolId,
    /// Byte offset in the object, or in the mirror for a static field.
    pub offset: u32,
    /// Byte offset in the class file of the `field_info`'s attribute table.
    pub attributes_at: u32,
    /// Access flags of the class file.
    pub access: u16,
    /// A [`BasicType`].
    pub basic_type: u8,
    /// [`field_flags`].
    pub flags: u8,
    /// Constant pool index of `ConstantValue`, or 0.
    pub constant_value: u16,
    /// Index in the class's field table.
    pub index: u16,
}

/// Flags of a field that are ours.
pub mod field_flags {
    /// Added by the VM, not in the class file.
    pub const INJECTED: u8 = 1;
    /// `@Stable`
    pub const STABLE: u8 = 2;
}

/// Id of a method: index of its record in the method area.
#[repr(transparent)]
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug, Serialize, Deserialize,
)]
pub struct MethodId(pub u32);

impl MethodId {
    /// No method.
    pub const NONE: MethodId = MethodId(0);
    /// Whether this names no method.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// How a call of a method is carried out.
pub mod method_kind {
    /// Not yet called: code to be prepared or native to be bound.
    pub const UNPREPARED: u8 = 0;
    /// Bytecode.
    pub const BYTECODE: u8 = 1;
    /// Bytecode, `synchronized`.
    pub const BYTECODE_SYNC: u8 = 2;
    /// A native bound in the side table (`MethodRecord::native`).
    pub const NATIVE: u8 = 3;
    /// A native that neither allocates nor blocks nor calls Java: called without a frame.
    pub const NATIVE_LEAF: u8 = 4;
    /// `AbstractMethodError`.
    pub const ABSTRACT: u8 = 5;
    /// `MethodHandle.invokeBasic`.
    pub const INVOKE_BASIC: u8 = 6;
    /// `MethodHandle.linkToStatic`.
    pub const LINK_TO_STATIC: u8 = 7;
    /// `MethodHandle.linkToSpecial`.
    pub const LINK_TO_SPECIAL: u8 = 8;
    /// `MethodHandle.linkToVirtual`.
    pub const LINK_TO_VIRTUAL: u8 = 9;
    /// `MethodHandle.linkToInterface`.
    pub const LINK_TO_INTERFACE: u8 = 10;
    /// A conflict of default methods: `IncompatibleClassChangeError`.
    pub const DEFAULT_CONFLICT: u8 = 11;
}

/// Flags of a method that are ours, not the class file's.
pub mod method_flags {
    /// `@CallerSensitive`
    pub const CALLER_SENSITIVE: u32 = 1;
    /// Not shown in stack traces (`@Hidden`, `@LambdaForm.Hidden`).
    pub const HIDDEN: u32 = 1 << 1;
    /// `@ForceInline`
    pub const FORCE_INLINE: u32 = 1 << 2;
    /// Signature polymorphic (JVMS 2.9.3).
    pub const SIGNATURE_POLYMORPHIC: u32 = 1 << 3;
    /// `<init>`
    pub const INITIALIZER: u32 = 1 << 4;
    /// `<clinit>`
    pub const CLASS_INITIALIZER: u32 = 1 << 5;
    /// Contains `jsr` or `ret`.
    pub const HAS_JSR: u32 = 1 << 6;
    /// `Object.<init>`: the return registers finalizable objects.
    pub const OBJECT_INIT: u32 = 1 << 7;
    /// Has exception handlers.
    pub const HAS_HANDLERS: u32 = 1 << 8;
    /// Generated by the VM: overpass for a default conflict, or a signature-polymorphic instance.
    pub const SYNTHESIZED: u32 = 1 << 9;
    /// Has a line number table.
    pub const HAS_LINES: u32 = 1 << 10;
    /// `@ReservedStackAccess`
    pub const RESERVED_STACK: u32 = 1 << 11;
}

/// A method not in any virtual method table.
pub const NO_VTABLE_INDEX: i32 = -1;

/// A declared method. Its record's index in the method area is its [`MethodId`].
#[repr(C, align(64))]
pub struct MethodRecord {
    /// Byte distance from the base to the code to interpret, in units; 0 while unprepared.
    pub code: AtomicU32,
    /// A [`method_kind`].
    pub kind: AtomicU8,
    /// Argument slots, receiver included.
    pub arg_slots: u8,
    /// Local-variable slots.
    pub max_locals: u16,
    /// Operand-stack slots.
    pub max_stack: u16,
    /// Access flags of the class file.
    pub access: u16,
    /// Declaring class.
    pub class: ClassId,
    /// Unit offset of the class's resolution entries.
    pub rcp: u32,
    /// Index in the virtual method table, or in the interface's method list; [`NO_VTABLE_INDEX`].
    pub vtable_index: i32,
    /// Name.
    pub name: SymbolId,
    /// Descriptor.
    pub descriptor: SymbolId,
    /// Index into the VM's side table of bound natives, 0 while unbound.
    pub native: AtomicU32,
    /// Length of the bytecode in bytes.
    pub code_len: u32,
    /// Byte distance in the class file to the pristine bytecode; its exception table follows.
    pub code_at: u32,
    /// Byte offset in the class file of the `method_info`'s attribute table.
    pub attributes_at: u32,
    /// [`method_flags`].
    pub flags: u32,
    /// [`BasicType`] of the result.
    pub return_type: u8,
    /// Reserved.
    pub reserved: u8,
    /// Index in the class's method table (`slot` of reflection).
    pub index: u16,
}

const _: () = assert!(std::mem::size_of::<MethodRecord>() == 64);

/// A linked `invokedynamic` instruction or `MethodHandle.invoke*` constant.
#[repr(C)]
pub struct CallSiteRecord {
    /// The adapter to call.
    pub method: MethodId,
    /// Its argument slots, the appendix included.
    pub arg_slots: u32,
    /// Byte distance from the base to the slot that holds the appendix; 0: none.
    pub appendix_slot: u64,
}

/// Entries of [`ClassRecord::rcp`] for members.
///
/// Methods: bits 0-31 the resolved [`MethodId`], 32-39 argument slots, 40-55 index into the virtual
/// method table or interface method list, 62 set if the target is that very method, 63 always set.
/// Fields: bits 0-39 byte offset (in the object; from the base for a static field), 40-47 the
/// [`BasicType`], 48 volatile, 49 final, 50 static, 63 always set. Classes: the class id.
/// Loadable references: byte distance from the base to the slot that holds it. Call sites: unit
/// offset of a [`CallSiteRecord`].
pub mod entry {
    use super::MethodId;

    /// Set in every resolved member entry.
    pub const RESOLVED: u64 = 1 << 63;
    /// The method is called directly, without dispatch on the receiver.
    pub const DIRECT: u64 = 1 << 62;
    /// The field is volatile.
    pub const VOLATILE: u64 = 1 << 48;
    /// The field is final.
    pub const FINAL: u64 = 1 << 49;
    /// The field is static.
    pub const STATIC: u64 = 1 << 50;
    /// Mask of a field's byte offset.
    pub const OFFSET_MASK: u64 = (1 << 40) - 1;

    /// Entry of a resolved method.
    pub fn method(id: MethodId, arg_slots: u8, index: u16, direct: bool) -> u64 {
        RESOLVED
            | if direct { DIRECT } else { 0 }
            | (index as u64) << 40
            | (arg_slots as u64) << 32
            | id.0 as u64
    }
    /// The method of an entry.
    #[inline(always)]
    pub fn method_id(entry: u64) -> MethodId {
        MethodId(entry as u32)
    }
    /// Argument slots of an entry, receiver included.
    #[inline(always)]
    pub fn arg_slots(entry: u64) -> usize {
        (entry >> 32) as u8 as usize
    }
    /// Index into the virtual method table or the interface's method list.
    #[inline(always)]
    pub fn index(entry: u64) -> usize {
        (entry >> 40) as u16 as usize
    }
}
