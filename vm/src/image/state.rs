//! What a VM keeps beside its pages, as an image stores it.

use super::{HEADER_BYTES, MAGIC, OpenError, PAGE_BYTES, SaveError, StartError, VERSION};
use crate::boot::{Launch, Phase, Program};
use crate::exceptions::SpareErrors;
use crate::invoke::Intrinsics;
use crate::known::KnownCell;
use crate::link::Loaders;
use crate::link::loaders::LoadersState;
use crate::link::resolve::Failure;
use crate::meta::{MethodId, SymbolId, SymbolTable, SymbolTableState};
use crate::modules::{Module, Modules};
use crate::native::NativeTable;
use crate::strings::{StringTable, StringsState};
use crate::sync::{self, PendingReferences, ThreadsState};
use crate::thread::Thread;
use crate::vm::{BootSource, Config, Vm};
use gc::{GlobalHandle, GlobalHandles, GlobalHandlesState, Heap, HeapImage, ImageKind, Ref};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Everything beside the pages.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    key: String,
    host: Vec<u8>,
    pub(super) heap: HeapImage,
    meta: (usize, u32),
    symbols: SymbolTableState,
    strings: StringsState,
    launch: Option<(Launch, Phase)>,
    loaders: LoadersState,
    modules: Vec<Module>,
    known: Vec<u32>,
    globals: GlobalHandlesState,
    pending: Ref,
    spare_errors: Vec<u64>,
    failures: Vec<((u32, u32), Failure)>,
    call_sites: HashMap<(u32, u32), u32>,
    intrinsics: HashMap<(u8, SymbolId), MethodId>,
    boot_phase: u32,
    threads: ThreadsState,
}

impl State {
    /// The state of the guest of `t`, which has stopped the world and collected.
    pub(super) fn capture(
        t: &Thread,
        kind: ImageKind,
        key: &str,
        host: &[u8],
    ) -> Result<State, SaveError> {
        let vm = t.vm();
        vm.monitors.deflate(&vm.heap);
        let threads = ThreadsState::capture(vm, t)?;
        let strings = match kind {
            // Into the metadata area, before its end is taken.
            ImageKind::Base => vm.strings.freeze(&vm.meta),
            ImageKind::Whole => vm.strings.capture(),
        };
        let failures = vm.failures.lock().unwrap_or_else(|e| e.into_inner());
        Ok(State {
            key: key.into(),
            host: host.into(),
            heap: vm.heap.capture_image(kind, vm.meta.methods_end(), vm.meta.capture().0)?,
            meta: vm.meta.capture(),
            symbols: vm.symbols.capture(),
            strings,
            launch: vm.program.get(),
            loaders: vm.loaders.capture(),
            modules: vm.modules.capture(),
            known: vm.known.capture(),
            globals: vm.globals.capture(),
            pending: vm.references.head(),
            spare_errors: vm.spare_errors.capture(),
            failures: failures.iter().map(|(k, f)| (*k, copy(f))).collect(),
            call_sites: vm.call_sites.lock().unwrap_or_else(|e| e.into_inner()).clone(),
            intrinsics: vm.intrinsics.capture(),
            boot_phase: vm.boot_phase.load(Ordering::Acquire),
            threads,
        })
    }
}

/// Another record of a failure; both name the same global handles.
fn copy(f: &Failure) -> Failure {
    Failure {
        class: f.class.clone(),
        message: f.message.clone(),
        trace: f.trace.as_ref().map(|g| GlobalHandle::from_raw(g.raw())),
    }
}

/// An open image. Any number of VMs can begin with it; they share the pages that they do not write.
pub struct Image {
    file: File,
    state: State,
    threads: Arc<ThreadsState>,
    modules: Vec<Arc<Module>>,
    pages_at: u64,
}

/// A VM that has begun with an image; its threads are still to be brought back.
pub struct Started {
    vm: Box<Vm>,
    threads: Arc<ThreadsState>,
}

impl Image {
    /// Opens an image that was made with this key.
    ///
    /// # Errors
    /// If it is none, not whole, or another key's.
    pub fn open(path: &Path, key: &str) -> Result<Image, OpenError> {
        let image = Image::open_any(path)?;
        if image.state.key == key { Ok(image) } else { Err(OpenError::Foreign) }
    }

    /// Opens an image; the caller looks at its key.
    ///
    /// # Errors
    /// If it is none, or not whole.
    pub fn open_any(path: &Path) -> Result<Image, OpenError> {
        let mut file = File::open(path)?;
        let mut header = [0; HEADER_BYTES];
        let file_bytes = file.metadata()?.len();
        if file_bytes < HEADER_BYTES as u64 {
            return Err(OpenError::Damaged("it is too short"));
        }
        file.read_exact(&mut header)?;
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
        if header[..8] != MAGIC {
            return Err(OpenError::Damaged("it does not begin as an image"));
        }
        if word(8) as u32 != VERSION {
            return Err(OpenError::Foreign);
        }
        let (state_bytes, hash) = (word(16), word(24));
        if state_bytes > file_bytes - HEADER_BYTES as u64 {
            return Err(OpenError::Damaged("it ends early"));
        }
        let mut bytes = vec![0; state_bytes as usize];
        file.read_exact(&mut bytes)?;
        if xxhash_rust::xxh3::xxh3_64(&bytes) != hash {
            return Err(OpenError::Damaged("its state has changed"));
        }
        let mut state: State = postcard::from_bytes(&bytes)
            .map_err(|_| OpenError::Damaged("its state can not be read"))?;
        let pages_at = (HEADER_BYTES as u64 + state_bytes).next_multiple_of(PAGE_BYTES);
        let pages: u64 = state.heap.runs.iter().map(|run| run.bytes as u64).sum();
        if pages_at.checked_add(pages) != Some(file_bytes) {
            return Err(OpenError::Damaged("it does not have all its pages"));
        }
        let threads = Arc::new(std::mem::take(&mut state.threads));
        let modules = std::mem::take(&mut state.modules).into_iter().map(Arc::new).collect();
        Ok(Image { file, state, threads, modules, pages_at })
    }

    /// What it may be used for.
    pub fn key(&self) -> &str {
        &self.state.key
    }

    /// Whether it is one of a program that goes on.
    pub fn has_program(&self) -> bool {
        self.state.launch.is_some()
    }

    /// What the natives have kept.
    pub fn host(&self) -> &[u8] {
        &self.state.host
    }

    /// A VM that begins with this image.
    ///
    /// # Errors
    /// If there is no room for it, or the image contradicts itself.
    pub fn start(
        &self,
        config: Config,
        boot: Box<dyn BootSource>,
        natives: NativeTable,
        host_state: Box<dyn Any + Send + Sync>,
    ) -> Result<Started, StartError> {
        let Image { file, state, threads, modules, pages_at } = self;
        let heap = Heap::from_image(config.heap.clone(), &state.heap, file.as_fd(), *pages_at)?;
        let mut vm = Vm::over(heap, config, boot, natives, host_state);
        vm.meta.restore(state.meta);
        vm.symbols = SymbolTable::restore(state.symbols);
        vm.strings = StringTable::restore(state.strings.clone());
        vm.loaders = Loaders::restore(&state.loaders);
        vm.modules = Modules::restore(modules.clone());
        vm.known = KnownCell::restore(&state.known)
            .ok_or(StartError::Damaged("it knows another class library"))?;
        vm.globals = GlobalHandles::restore(state.globals.clone());
        vm.references = PendingReferences::restore(state.pending);
        vm.spare_errors = SpareErrors::restore(&state.spare_errors);
        vm.failures =
            std::sync::Mutex::new(state.failures.iter().map(|(k, f)| (*k, copy(f))).collect());
        vm.call_sites = std::sync::Mutex::new(state.call_sites.clone());
        vm.intrinsics = Intrinsics::restore(state.intrinsics.clone());
        vm.boot_phase = state.boot_phase.into();
        vm.program = Program::restore(state.launch.clone());
        Ok(Started { vm, threads: threads.clone() })
    }
}

impl Started {
    /// The VM, for good, and its threads.
    pub fn leak(self) -> (&'static Vm, Arc<ThreadsState>) {
        (Box::leak(self.vm), self.threads)
    }

    /// The VM, until its last owner lets go of it, and the thread that saved the image: no OS thread's yet, see
    /// [`sync::enter`]. The other threads stay dormant until something happens that they wait for.
    ///
    /// # Errors
    /// If the image contradicts itself, or the system has no memory for a thread.
    pub fn share(self) -> Result<(Arc<Vm>, Box<Thread>), StartError> {
        let vm = self.vm.into_shared();
        let thread = self.threads.restore_first(&vm)?;
        Ok((vm, thread))
    }
}

impl ThreadsState {
    /// Brings the threads back: the calling OS thread becomes the one that saved the image, and `prepare` is run in it before
    /// the others go on.
    ///
    /// # Errors
    /// If the image contradicts itself, or the system has no memory for a thread.
    pub fn resume<R>(
        &self,
        vm: &Vm,
        prepare: impl FnOnce(&Thread) -> R,
    ) -> Result<(Box<Thread>, R), StartError> {
        let (first, others) = self.restore(vm)?;
        let prepared = prepare(&first);
        sync::lifecycle::resume_threads(others).map_err(sync::ResumeError::from)?;
        Ok((first, prepared))
    }
}
