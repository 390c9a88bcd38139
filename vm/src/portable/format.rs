//! What a portable image consists of, as plain data. Classes are named by their place in a list, objects by numbers:
//! 0 is null, 1 up to the number of classes their mirrors, the others follow in the order in which they are found.
//! Methods are named by class and place in the class file. Nothing depends on where things lay.

use crate::boot::{Launch, Phase};
use crate::sync::PortableWaiting;
use serde::{Deserialize, Serialize};

/// Number of an object.
pub(super) type Object = u32;
/// Place of a class in [`Guest::classes`].
pub(super) type ClassIndex = u32;
/// A name in modified UTF-8.
pub(super) type Name = Vec<u8>;

/// A whole guest.
#[derive(Serialize, Deserialize)]
pub(super) struct Guest {
    pub settings: Settings,
    pub launch: Option<(Launch, Phase)>,
    pub boot_phase: u32,
    /// What the natives keep of themselves.
    pub host: Vec<u8>,
    /// In the order of their definition.
    pub classes: Vec<Class>,
    /// The number that the next class gets.
    pub next_ordinal: u32,
    pub loaders: Vec<Loader>,
    /// Number of the platform loader.
    pub privileged: u32,
    pub modules: Vec<Module>,
    pub heap: Heap,
    pub native: Native,
    /// Interned strings, ascending.
    pub interned: Vec<Object>,
    pub spare_errors: Vec<Object>,
    /// References that are to be enqueued.
    pub pending: Object,
    pub threads: Vec<Thread>,
    pub monitors: Vec<Monitor>,
}

/// Settings of the VM that Java code has seen or depends on.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Settings {
    pub release: u32,
    pub max_heap_bytes: u64,
    pub stack_bytes: u64,
    pub preview: bool,
    pub assertions: bool,
    pub system_assertions: bool,
    pub assertion_rules: Vec<(String, bool)>,
    pub max_trace_depth: u64,
}

/// A class, and what was linked in it that can not be linked again with the same result.
#[derive(Serialize, Deserialize)]
pub(super) struct Class {
    pub ordinal: u32,
    pub kind: ClassKind,
    /// A `meta::init_state`, and the thread that initialises it.
    pub state: (u8, u32),
    /// Resolved method handles, method types and dynamic constants: place in the constant pool, value.
    pub constants: Vec<(u16, Object)>,
    /// Linked calls through method handles: place in the constant pool, or of an `invokedynamic` in the class
    /// file with the highest bit set.
    pub sites: Vec<(u32, Site)>,
    /// Errors that must repeat (JVMS 5.4.3), by the same places.
    pub failures: Vec<(u32, Failure)>,
}

#[derive(Serialize, Deserialize)]
pub(super) enum ClassKind {
    /// A `BasicType`.
    Primitive(u8),
    Array(ClassIndex),
    /// One of the class library: loader, name, hash of the class file.
    Library {
        loader: u32,
        name: Name,
        hash: [u8; 32],
    },
    File {
        loader: u32,
        name: Name,
        bytes: Vec<u8>,
        hidden: Option<Hidden>,
    },
}

/// What a hidden class was defined with.
#[derive(Serialize, Deserialize)]
pub(super) struct Hidden {
    pub nest_host: Option<ClassIndex>,
    /// Annotations with a meaning for the VM were believed.
    pub vm_annotations: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Site {
    pub method: Method,
    pub appendix: Object,
}

/// A method.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub(super) enum Method {
    None,
    /// Of a class, by its place in the class file.
    Declared(ClassIndex, u16),
    /// Of `MethodHandle`, made for a descriptor: a `method_kind`, name, descriptor.
    Intrinsic(u8, Name, Name),
    /// Made by the VM where default methods are in conflict: class, name, descriptor.
    Conflict(ClassIndex, Name, Name),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Failure {
    pub class: String,
    pub message: Option<String>,
    pub trace: Object,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Loader {
    pub object: Object,
    pub unnamed_module: Object,
    /// Modules by package, by name.
    pub packages: Vec<(Name, Object)>,
    /// Classes that it has answered (JVMS 5.3), in the order of the list.
    pub classes: Vec<ClassIndex>,
}

/// A named module; number 0 stands for all unnamed ones.
#[derive(Serialize, Deserialize)]
pub(super) struct Module {
    pub object: Object,
    pub reads: Vec<u32>,
    pub exports: Vec<Export>,
}

/// A package that others may use.
#[derive(Serialize, Deserialize)]
pub(super) struct Export {
    pub package: Name,
    pub to_all: bool,
    pub to_unnamed: bool,
    pub to: Vec<u32>,
}

/// The objects.
#[derive(Serialize, Deserialize)]
pub(super) struct Heap {
    /// Of all objects that are no mirrors.
    pub count: u32,
    /// Their classes (varints), and behind an array's class its length.
    pub kinds: Vec<u8>,
    /// Of all objects, mirrors first: mark, then fields or elements.
    pub data: Vec<u8>,
}

/// Off-heap memory.
#[derive(Serialize, Deserialize)]
pub(super) struct Native {
    /// Distance of the area from the base: addresses in the heap count from there.
    pub area: (u64, u64),
    pub state: gc::NativeState,
    /// Start and contents of what is in use.
    pub contents: Vec<(u64, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Thread {
    pub id: u32,
    pub serial: u64,
    pub daemon: bool,
    pub java_thread: Object,
    pub scoped_value_cache: Object,
    pub has_permit: bool,
    pub hash_state: u64,
    pub waits_for: Option<PortableWaiting>,
    pub initializing: Vec<(ClassIndex, u32)>,
    /// From the bottom to the top.
    pub frames: Vec<Frame>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Frame {
    pub kind: FrameKind,
    /// What a `synchronized` method has locked, or what an entry frame keeps.
    pub lock: Object,
    /// Arguments and other locals.
    pub locals: Vec<Slot>,
    /// Operands, without what the frame above has taken as its arguments.
    pub stack: Vec<Slot>,
}

#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) enum FrameKind {
    Java { method: Method, bci: u32 },
    Native(Method),
    Entry(After),
}

/// What follows a call from Rust, see [`crate::frame::After`].
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) enum After {
    End,
    Init(ClassIndex),
    Again,
    Invoke(Method),
    Construct,
}

/// A slot of a frame.
#[derive(Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
pub(super) enum Slot {
    /// Bits of a number, or of nothing.
    Word(u64),
    Reference(Object),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Monitor {
    pub index: u32,
    pub object: Object,
    pub owner: u32,
    pub recursions: u32,
    pub hash: u32,
    pub waiting: Vec<u32>,
    pub notified: Vec<u32>,
}

/// Appends a number in as many bytes as it needs: seven bits each, the lowest first.
pub(super) fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Reads what [`put`] and plain copying have written.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(count)?;
        self.bytes = tail;
        Some(head)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    pub fn number32(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
