//! Walking the Java frames of a thread, and what callers are to be seen (`Reflection.getCallerClass`,
//! `StackWalker`).

use crate::exceptions;
use crate::frame::{FrameKind, FrameRef};
use crate::meta::{MethodId, MethodRecord, method_flags};
use crate::native::Result;
use crate::roots::bci_of;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::ClassId;

/// A frame of bytecode or of a native method.
#[derive(Clone, Copy)]
pub struct JavaFrame {
    /// The frame.
    pub frame: FrameRef,
    /// Its method.
    pub method: MethodId,
    /// The instruction at which it stands; 0 for a native.
    pub bci: usize,
}

/// The frames of a thread from the top down, those of the VM's own bookkeeping left out.
#[derive(Clone)]
pub struct Frames<'a> {
    vm: &'a Vm,
    next: Option<FrameRef>,
}

/// The frames of the current thread, or of one that is stopped.
pub fn frames(t: &Thread) -> Frames<'_> {
    Frames { vm: t.vm(), next: t.top_frame() }
}

impl<'a> Frames<'a> {
    /// Beginning with a given frame of a thread as for [`frames`].
    pub fn from(vm: &'a Vm, first: Option<FrameRef>) -> Frames<'a> {
        Frames { vm, next: first }
    }

    /// The frame that would be looked at next; to go on later with [`Frames::from`].
    pub fn position(&self) -> Option<FrameRef> {
        self.next
    }
}

impl Iterator for Frames<'_> {
    type Item = JavaFrame;

    fn next(&mut self) -> Option<JavaFrame> {
        loop {
            let frame = self.next?;
            self.next = frame.prev();
            let Some(method) = frame.method() else { continue };
            // A method that is only being prepared for its first call also has a frame of this kind.
            if frame.kind() == FrameKind::Native && !method.is_native() {
                continue;
            }
            let (method, bci) = (self.vm.meta.method_id(method), bci_of(self.vm, frame));
            return Some(JavaFrame { frame, method, bci });
        }
    }
}

/// Whether a method's frames are left out of stack traces.
pub fn is_hidden(method: &MethodRecord) -> bool {
    method.has(method_flags::HIDDEN)
}

/// Whether frames of this method are passed over when a caller is looked for: `Method.invoke` and what
/// implements it, and the adapters of method handles.
pub fn is_reflective(vm: &Vm, method: &MethodRecord) -> bool {
    let class = vm.bytes(vm.class(method.class).name);
    if class == b"java/lang/reflect/Method" && vm.bytes(method.name) == b"invoke" {
        return true;
    }
    if method.has(method_flags::SIGNATURE_POLYMORPHIC) {
        return true;
    }
    // Code made from lambda forms: in hidden classes and in the `Holder` classes made ahead.
    if is_hidden(method) && class.starts_with(b"java/lang/invoke/") {
        return true;
    }
    let mut at = method.class;
    while !at.is_none() {
        let record = vm.class(at);
        if vm.bytes(record.name) == b"jdk/internal/reflect/MethodAccessorImpl" {
            return true;
        }
        at = record.super_class;
    }
    false
}

/// The class that called the caller of `Reflection.getCallerClass`, or none if Rust did.
///
/// # Errors
/// `InternalError` if the method that asks is not marked `@CallerSensitive`.
pub fn caller_class(t: &Thread) -> Result<ClassId> {
    let vm = t.vm();
    let mut walk = frames(t).peekable();
    // The native's own frame, if it was called through one.
    walk.next_if(|f| {
        let method = vm.method(f.method);
        method.is_native() && vm.bytes(method.name) == b"getCallerClass"
    });
    if let Some(asking) = walk.next()
        && !vm.method(asking.method).has(method_flags::CALLER_SENSITIVE)
    {
        let msg = "CallerSensitive annotation expected at frame 1";
        return Err(exceptions::throw(t, "java/lang/InternalError", msg));
    }
    let caller = walk.find(|f| !is_reflective(vm, vm.method(f.method)));
    Ok(caller.map_or(ClassId::NONE, |f| vm.method(f.method).class))
}

/// The class of the `depth`th caller (0: the method that called the running native) that is not passed over.
pub fn visible_caller(t: &Thread, depth: usize) -> Option<ClassId> {
    let vm = t.vm();
    let mut walk = frames(t).skip_while(|f| vm.method(f.method).is_native());
    let own = walk.next()?;
    std::iter::once(own)
        .chain(walk.filter(|f| !is_reflective(vm, vm.method(f.method))))
        .nth(depth)
        .map(|f| vm.method(f.method).class)
}

/// The walk of one `StackWalker`, which goes on in batches while the frames that began it stay on the stack.
pub struct StackWalk<'a> {
    frames: Frames<'a>,
    show_hidden: bool,
}

impl<'a> StackWalk<'a> {
    /// Begins below the frames of the walker itself.
    pub fn begin(t: &'a Thread, show_hidden: bool) -> StackWalk<'a> {
        let vm = t.vm();
        let mut walk = frames(t);
        loop {
            let position = walk.position();
            match walk.next() {
                Some(f) if is_walker(vm, vm.method(f.method).class) => {}
                _ => return StackWalk { frames: Frames::from(vm, position), show_hidden },
            }
        }
    }

    /// Goes on at a [`StackWalk::position`] of before.
    pub fn resume(vm: &'a Vm, position: Option<FrameRef>, show_hidden: bool) -> StackWalk<'a> {
        StackWalk { frames: Frames::from(vm, position), show_hidden }
    }

    /// Where the walk goes on; valid as long as that frame is on the stack.
    pub fn position(&self) -> Option<FrameRef> {
        self.frames.position()
    }
}

impl Iterator for StackWalk<'_> {
    type Item = JavaFrame;

    fn next(&mut self) -> Option<JavaFrame> {
        let (vm, show_hidden) = (self.frames.vm, self.show_hidden);
        self.frames.find(|f| show_hidden || !is_hidden(vm.method(f.method)))
    }
}

/// Whether a class is part of `StackWalker`'s implementation.
fn is_walker(vm: &Vm, class: ClassId) -> bool {
    const ABSTRACT: &[u8] = b"java/lang/StackStreamFactory$AbstractStackWalker";
    let record = vm.class(class);
    let name = vm.bytes(record.name);
    name == b"java/lang/StackWalker"
        || name == ABSTRACT
        || (!record.super_class.is_none()
            && vm.bytes(vm.class(record.super_class).name) == ABSTRACT)
}
