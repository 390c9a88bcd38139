//! The virtual machine: one guest's heap, metadata, classes and threads.

use crate::known::KnownCell;
use crate::link::Loaders;
use crate::meta::{ClassRecord, Meta, MethodId, MethodRecord, SymbolId, SymbolTable};
use crate::native::NativeTable;
use crate::refmap::RefMaps;
use crate::strings::StringTable;
use crate::sync;
use gc::{ClassId, Heap, HeapConfig, Ref};
use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};

/// Where the boot loader finds classes.
pub trait BootSource: Send + Sync {
    /// The class file with this internal name and the module it is in.
    fn find(&self, name: &str) -> Option<BootClass<'_>>;

    /// The class library's class file of this name, whichever loader defines it.
    fn library_class(&self, name: &str) -> Option<Cow<'_, [u8]>>;

    /// Whether the class library has a class of this name with just these bytes, in any module: then it is not
    /// verified, whoever defines it.
    fn is_library_class(&self, name: &str, bytes: &[u8]) -> bool;
}

impl<T: BootSource + ?Sized> BootSource for Arc<T> {
    fn find(&self, name: &str) -> Option<BootClass<'_>> {
        T::find(self, name)
    }

    fn library_class(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        T::library_class(self, name)
    }

    fn is_library_class(&self, name: &str, bytes: &[u8]) -> bool {
        T::is_library_class(self, name, bytes)
    }
}

/// A class file of the boot loader.
pub struct BootClass<'a> {
    /// The class file.
    pub bytes: Cow<'a, [u8]>,
    /// Name of its module.
    pub module: &'a str,
}

/// Which classes are verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Verify {
    /// All, the class library's too.
    All,
    /// All but the class library's.
    #[default]
    Remote,
    /// None: for tests of the VM itself, with code that is known to be good.
    None,
}

/// What `System.exit` ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ExitMode {
    /// The process, which runs this one program.
    #[default]
    Process,
    /// The guest: its threads end, the process goes on.
    Guest,
}

/// What a VM is made from.
pub struct Config {
    /// Heap sizes and debugging aids.
    pub heap: HeapConfig,
    /// Bytes of Java stack per thread (`-Xss`).
    pub stack_bytes: usize,
    /// Feature release of the class library (17, 25).
    pub release: u32,
    /// Highest class file major version accepted.
    pub max_major: u16,
    /// Whether class files of that version may use preview features (JEP 12).
    pub preview: bool,
    /// Which classes are verified.
    pub verify: Verify,
    /// `-esa`, `-ea` for classes without a more specific setting.
    pub assertions: bool,
    /// Assertions of system classes.
    pub system_assertions: bool,
    /// `-ea:...`/`-da:...` settings in order: (package with trailing `...` or class, enabled).
    pub assertion_rules: Vec<(String, bool)>,
    /// Print a line per collection.
    pub gc_log: bool,
    /// Print a line per class that is loaded.
    pub class_log: bool,
    /// Longest stack trace that exceptions record.
    pub max_trace_depth: usize,
    /// What `System.exit` ends.
    pub exit: ExitMode,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            heap: HeapConfig::default(),
            stack_bytes: 1 << 20,
            release: 17,
            max_major: 61,
            preview: false,
            verify: Verify::Remote,
            assertions: false,
            system_assertions: false,
            assertion_rules: Vec::new(),
            gc_log: false,
            class_log: false,
            max_trace_depth: 1024,
            exit: ExitMode::Process,
        }
    }
}

/// Why a VM could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VmError {
    /// The address range could not be reserved.
    #[error(transparent)]
    Range(#[from] gc::RangeError),
    /// The class library lacks something that every release has.
    #[error("the class library does not fit this VM: {0}")]
    Library(String),
    /// The module system refused the options, and has said why.
    #[error("the module system did not start")]
    Modules,
    /// Java code failed while booting.
    #[error("the class library failed to start: {0}")]
    Boot(String),
    /// Two rows of the tables of natives do not fit.
    #[error("native {0} has another signature than its Rust function")]
    Native(String),
    /// The operating system refused a thread.
    #[error("no thread could be made: {0}")]
    Thread(std::io::Error),
}

/// One guest.
pub struct Vm {
    /// Objects.
    pub heap: Heap,
    /// Linked metadata.
    pub meta: Meta,
    /// Names.
    pub symbols: SymbolTable,
    /// Interned strings.
    pub strings: StringTable,
    /// Class loaders and their dictionaries.
    pub loaders: Loaders,
    /// Inflated locks.
    pub monitors: sync::Monitors,
    /// Threads.
    pub threads: sync::Threads,
    /// References found by the collector, to be enqueued by the reference handler.
    pub references: sync::PendingReferences,
    /// Handles owned by Rust code.
    pub globals: gc::GlobalHandles,
    /// The natives that were registered.
    pub natives: NativeTable,
    /// What the VM knows of the class library.
    pub known: KnownCell,
    /// Settings.
    pub config: Config,
    /// Reference maps of methods.
    pub ref_maps: RefMaps,
    /// Where boot classes come from.
    pub boot: Box<dyn BootSource>,
    /// State of the library of natives.
    pub host_state: Box<dyn Any + Send + Sync>,
    /// Class initialisation: waiting for other threads.
    pub init_lock: crate::link::init::InitLock,
    /// Errors of failed resolutions, which must repeat (JVMS 5.4.3), and of failed initialisations.
    pub failures: Mutex<HashMap<(u32, u32), crate::link::resolve::Failure>>,
    /// `OutOfMemoryError`s made ahead.
    pub spare_errors: crate::exceptions::SpareErrors,
    /// Linked `invokedynamic` instructions by class and place: the unit offset of their record.
    pub call_sites: Mutex<HashMap<(u32, u32), u32>>,
    /// The intrinsic methods of `MethodHandle`.
    pub intrinsics: crate::invoke::Intrinsics,
    /// Modules as the library has described them.
    pub modules: crate::modules::Modules,
    /// In a guest that was rebuilt from an image: holds what its class library says against the types of its classes.
    pub guard: Option<Box<crate::portable::Guard>>,
    /// While a guest is rebuilt from an image: what is wrong with it, instead of Java exceptions.
    pub(crate) refusals: crate::portable::Refusals,
    /// Serialises the linking of call sites and preparation of methods.
    pub link_lock: Mutex<()>,
    /// What the main thread runs.
    pub program: crate::boot::Program,
    /// The base that it began with, if it began with an image.
    pub image_base: Option<Arc<crate::image::Chain>>,
    /// Set in a VM that may end before the process: its threads hold on to it through this.
    pub(crate) shared: OnceLock<Weak<Vm>>,
    /// How far the boot is: 0 before `java.base` is defined, 1 after.
    pub boot_phase: std::sync::atomic::AtomicU32,
}

impl Vm {
    /// A VM without classes; `boot::boot` brings it to life.
    pub fn new(
        mut config: Config,
        boot: Box<dyn BootSource>,
        natives: impl Into<NativeTable>,
        host_state: Box<dyn Any + Send + Sync>,
    ) -> Result<Box<Vm>, VmError> {
        config.max_major = config.max_major.max(61);
        let heap = Heap::new(config.heap.clone())?;
        Ok(Vm::over(heap, config, boot, natives.into(), host_state))
    }

    /// A VM over a heap, with nothing in its tables.
    pub(crate) fn over(
        heap: Heap,
        config: Config,
        boot: Box<dyn BootSource>,
        natives: NativeTable,
        host_state: Box<dyn Any + Send + Sync>,
    ) -> Box<Vm> {
        let areas = *heap.areas();
        // SAFETY: the heap owns the reservation as long as the VM lives, and leaves these two
        // areas to the metadata.
        let meta = unsafe {
            Meta::new(
                heap.base(),
                areas.method.start..areas.method.end,
                areas.metadata.start..areas.metadata.end,
            )
        };
        Box::new(Vm {
            heap,
            meta,
            symbols: SymbolTable::new(),
            strings: StringTable::new(),
            loaders: Loaders::new(),
            monitors: sync::Monitors::new(),
            threads: sync::Threads::new(),
            references: sync::PendingReferences::new(),
            globals: gc::GlobalHandles::new(),
            natives,
            known: KnownCell::new(),
            config,
            ref_maps: RefMaps::new(),
            boot,
            host_state,
            init_lock: Default::default(),
            failures: Mutex::new(HashMap::new()),
            spare_errors: Default::default(),
            call_sites: Default::default(),
            intrinsics: Default::default(),
            modules: Default::default(),
            guard: None,
            refusals: Default::default(),
            link_lock: Mutex::new(()),
            program: Default::default(),
            image_base: None,
            shared: OnceLock::new(),
            boot_phase: Default::default(),
        })
    }

    /// Makes this a VM that goes away with its last owner, of which each of its OS threads is one.
    pub fn into_shared(self: Box<Vm>) -> Arc<Vm> {
        let vm: Arc<Vm> = Arc::from(self);
        // Nobody can have set it: the VM has had no owner to call this.
        let _ = vm.shared.set(Arc::downgrade(&vm));
        vm
    }

    /// The record of a class.
    #[inline(always)]
    pub fn class(&self, id: ClassId) -> &ClassRecord {
        self.meta.class(id)
    }

    /// The record of a method.
    #[inline(always)]
    pub fn method(&self, id: MethodId) -> &MethodRecord {
        self.meta.method(id)
    }

    /// Bytes of a symbol.
    #[inline]
    pub fn bytes(&self, s: SymbolId) -> &[u8] {
        self.meta.symbol_bytes(s)
    }

    /// A symbol as text, for messages.
    pub fn text(&self, s: SymbolId) -> Cow<'_, str> {
        classfile::mutf8::to_string_lossy(self.meta.symbol_bytes(s))
    }

    /// The symbol with this text.
    pub fn symbol(&self, s: &str) -> SymbolId {
        self.symbols.intern(&self.meta, s.as_bytes())
    }

    /// Row of the native with this name, if there is one.
    pub fn find_native(&self, class: &str, name: &str, descriptor: &str) -> Option<u32> {
        self.natives.find(class, name, descriptor)
    }

    /// External name of a class, `java.lang.String`, `int[]` as `[I`.
    pub fn external_name(&self, class: ClassId) -> String {
        let c = self.class(class);
        let name = self.text(c.name);
        if c.is_hidden() {
            // Only the last `+` or `/` of a hidden class's name is a separator to keep.
            if let Some(at) = name.rfind('+') {
                return format!("{}/{}", name[..at].replace('/', "."), &name[at + 1..]);
            }
        }
        name.replace('/', ".")
    }

    /// The class of an object.
    #[inline(always)]
    pub fn class_of(&self, r: Ref) -> ClassId {
        self.heap.class_of(r)
    }

    /// The mirror (`java.lang.Class`) of a class.
    #[inline(always)]
    pub fn mirror(&self, class: ClassId) -> Ref {
        Ref::from_bits(self.class(class).shape.mirror.load(std::sync::atomic::Ordering::Acquire))
    }

    /// The class that a mirror stands for.
    #[inline(always)]
    pub fn mirror_class(&self, mirror: Ref) -> ClassId {
        ClassId(self.get_u32(mirror, self.known.class_klass))
    }
}
