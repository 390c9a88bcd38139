//! What a VM keeps beside its pages, as an image stores it.

use super::file::Part;
use super::layers::Chain;
use super::{About, HostError, OpenError, SaveError, StartError};
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
use gc::{GlobalHandle, GlobalHandles, GlobalHandlesState, Heap, HeapImage, ImageKind, Piece, Ref};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::HashMap;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Everything beside the pages.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
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

/// Whether a stopped guest can be saved, as far as can be said before it is collected.
pub(super) fn can_be_saved(
    t: &Thread,
    kind: ImageKind,
    host: &mut impl FnMut() -> Result<Vec<u8>, HostError>,
) -> Result<(), SaveError> {
    if kind == ImageKind::Base && t.vm().references.has_pending() {
        return Err(SaveError::References);
    }
    host().map_err(SaveError::Host)?;
    ThreadsState::capture(t.vm(), t)?;
    Ok(())
}

impl State {
    /// The state of the guest of `t`, which has stopped the world and collected.
    pub(super) fn capture(t: &Thread, kind: ImageKind, host: &[u8]) -> Result<State, SaveError> {
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
    chain: Chain,
    /// What a VM that began with this image is saved as the difference to.
    base: Option<Arc<Chain>>,
    pieces: Vec<Piece>,
    state: State,
    threads: Arc<ThreadsState>,
    modules: Vec<Arc<Module>>,
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
    /// If it is none, not whole, or another key's; also if an image that it is based on is.
    pub fn open(path: &Path, key: &str) -> Result<Image, OpenError> {
        Image::open_if(path, |found| found == key)
    }

    /// Opens an image whose key is one that `fits`.
    ///
    /// # Errors
    /// As [`Image::open`].
    pub fn open_if(path: &Path, fits: impl FnOnce(&str) -> bool) -> Result<Image, OpenError> {
        Image::of(Chain::open(path)?, fits)
    }

    /// Opens an image that is a part of a file, whose key is one that `fits`; `path` names the file for later.
    ///
    /// # Errors
    /// As [`Image::open`].
    pub fn open_part(
        file: File,
        path: PathBuf,
        part: Part,
        fits: impl FnOnce(&str) -> bool,
    ) -> Result<Image, OpenError> {
        Image::of(Chain::open_part(file, path, part)?, fits)
    }

    fn of(
        (chain, bytes): (Chain, Vec<u8>),
        fits: impl FnOnce(&str) -> bool,
    ) -> Result<Image, OpenError> {
        // Another build's state is another type.
        if !fits(&chain.top().contents.key) {
            return Err(OpenError::Foreign);
        }
        let mut state: State = postcard::from_bytes(&bytes)
            .map_err(|_| OpenError::Damaged("its state can not be read"))?;
        let threads = Arc::new(std::mem::take(&mut state.threads));
        let modules = std::mem::take(&mut state.modules).into_iter().map(Arc::new).collect();
        let pieces = chain.pieces(&state.heap.pages);
        let base = chain.base().map(Arc::new);
        Ok(Image { chain, base, pieces, state, threads, modules })
    }

    /// What it may be used for.
    pub fn key(&self) -> &str {
        &self.chain.top().contents.key
    }

    /// The program that goes on, if it is the image of one.
    pub fn program(&self) -> Option<&Launch> {
        self.state.launch.as_ref().map(|(launch, _)| launch)
    }

    /// The number of its threads, the library's own among them.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Bytes of the pages that a VM that begins with it has, its base's among them.
    pub fn guest_bytes(&self) -> usize {
        self.state.heap.pages.iter().map(|run| run.bytes).sum()
    }

    /// What the natives have kept.
    pub fn host(&self) -> &[u8] {
        &self.state.host
    }

    /// What the files say of themselves: this image's first, its base's last.
    pub fn about(&self) -> Vec<About> {
        self.chain.about()
    }

    /// Whether its pages are those that were written; with `base`, also those of the images that others begin with.
    ///
    /// # Errors
    /// If one has changed since, or can not be read.
    pub fn verify(&self, base: bool) -> Result<(), OpenError> {
        self.chain.verify(base)
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
        let Image { chain, base, pieces, state, threads, modules } = self;
        let files: Vec<BorrowedFd<'_>> =
            chain.layers().iter().map(|layer| layer.pages.as_fd()).collect();
        let heap = Heap::from_image(config.heap.clone(), &state.heap, &files, pieces)?;
        let mut vm = Vm::over(heap, config, boot, natives, host_state);
        vm.image_base.clone_from(base);
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
    /// The VM, in which nothing runs yet.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// As [`Started::share`], of an image of which all threads go on at once, after `prepare` has run in the first one.
    ///
    /// # Errors
    /// If the image contradicts itself, or the system has no memory for a thread.
    pub fn share_all<R>(
        self,
        prepare: impl FnOnce(&Thread) -> R,
    ) -> Result<(Arc<Vm>, Box<Thread>, R), StartError> {
        let vm = self.vm.into_shared();
        let (first, others) = self.threads.restore(&vm)?;
        let prepared = prepare(&first);
        let resumed = sync::lifecycle::resume_threads(others);
        sync::leave(&first);
        if let Err(error) = resumed {
            sync::end(&vm);
            // Those that run already may look at it until they have ended.
            std::mem::forget(first);
            return Err(sync::ResumeError::from(error).into());
        }
        Ok((vm, first, prepared))
    }

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
