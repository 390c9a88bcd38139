//! Linking a class: its supertypes first, then verification (JVMS 5.4.1). Which classes are verified is decided
//! here, what about them in the crate `verifier`.

use super::access;
use super::loaders::{self, BOOT};
use super::subtype::is_subclass;
use super::view::{find_field, find_method};
use crate::exceptions;
use crate::meta::{class_flags, init_state};
use crate::native::{Result, Thrown};
use crate::thread::Thread;
use crate::vm::{Verify, Vm};
use classfile::{ClassFile, Options};
use gc::ClassId;
use std::sync::atomic::Ordering;
use verifier::{Member, TypeOracle, VerifyError};

/// Links a class if that is still to be done.
///
/// # Errors
/// `VerifyError`, `ClassFormatError`, or what loading a class threw that verification had to know.
#[inline]
pub fn link_class(t: &Thread, class: ClassId) -> Result<()> {
    let state = t.vm().class(class).init_state.load(Ordering::Acquire);
    if state != init_state::LOADED { Ok(()) } else { link_slow(t, class) }
}

#[cold]
fn link_slow(t: &Thread, class: ClassId) -> Result<()> {
    let vm = t.vm();
    let record = vm.class(class);
    if !record.super_class.is_none() {
        link_class(t, record.super_class)?;
    }
    for &i in vm.meta.slice(record.interfaces) {
        link_class(t, i)?;
    }
    if must_verify(vm, class) {
        t.scope(|| verify(t, class))?;
    }
    // Another thread may have gone on to initialise it.
    let (from, to) = (init_state::LOADED, init_state::LINKED);
    let _ = record.init_state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    Ok(())
}

/// The class library's own classes are trusted, whichever loader defines them, and so are the accessors that its
/// reflection generates, which break rules on purpose.
fn must_verify(vm: &Vm, class: ClassId) -> bool {
    let record = vm.class(class);
    if record.bytes.len == 0 {
        return false;
    }
    if vm.guard.is_some() && vm.config.verify == Verify::Remote {
        // The boot loader's classes may have been made by who forged the image.
        return !is_library_class(vm, class);
    }
    if record.has(class_flags::MAGIC_ACCESSOR) {
        return false;
    }
    match vm.config.verify {
        Verify::None => false,
        Verify::All => true,
        Verify::Remote => record.loader != BOOT && !is_library_class(vm, class),
    }
}

fn is_library_class(vm: &Vm, class: ClassId) -> bool {
    let record = vm.class(class);
    let name = std::str::from_utf8(vm.bytes(record.name));
    name.is_ok_and(|name| vm.boot.is_library_class(name, vm.meta.slice(record.bytes)))
}

fn verify(t: &Thread, class: ClassId) -> Result<()> {
    let vm = t.vm();
    let record = vm.class(class);
    let bytes = vm.meta.slice(record.bytes);
    let options = Options {
        max_major: vm.config.max_major,
        preview: vm.config.preview,
        ..Options::default()
    };
    let file = match ClassFile::parse_with(bytes, &options) {
        Ok(file) => file,
        Err(e) => return Err(exceptions::class_file(t, &e)),
    };
    let hidden_name = record.is_hidden().then(|| vm.bytes(record.name));
    let accessor = record.has(class_flags::MAGIC_ACCESSOR);
    let options = verifier::Options { hidden_name, accessor, ..verifier::Options::default() };
    match verifier::verify_class(&file, &Oracle { t, class, own: file.name }, &options) {
        Ok(()) => Ok(()),
        Err(VerifyError::Load(thrown)) => Err(thrown),
        Err(VerifyError::Format { message }) => {
            Err(exceptions::throw(t, "java/lang/ClassFormatError", &message))
        }
        Err(e) => Err(exceptions::throw(t, "java/lang/VerifyError", &e.to_string())),
    }
}

/// Answers the verifier's questions as the loader of the class sees them.
struct Oracle<'a> {
    t: &'a Thread,
    class: ClassId,
    /// The name of the class in its file.
    own: &'a [u8],
}

impl Oracle<'_> {
    fn load(&self, name: &[u8]) -> Result<ClassId> {
        let vm = self.t.vm();
        let record = vm.class(self.class);
        if name == self.own || name == vm.bytes(record.name) {
            return Ok(self.class);
        }
        let symbol = vm.symbols.intern(&vm.meta, name);
        loaders::load_class(self.t, record.loader, symbol)
            .map_err(|_| exceptions::class_not_found_to_error(self.t, symbol))
    }

    fn supers(&self) -> impl Iterator<Item = ClassId> + '_ {
        supers_of(self.t.vm(), self.t.vm().class(self.class).super_class)
    }
}

/// A class and its superclasses.
fn supers_of(vm: &Vm, class: ClassId) -> impl Iterator<Item = ClassId> + '_ {
    let some = |c: ClassId| (!c.is_none()).then_some(c);
    std::iter::successors(some(class), move |&c| some(vm.class(c).super_class))
}

impl TypeOracle for Oracle<'_> {
    type Error = Thrown;

    fn is_interface(&self, name: &[u8]) -> Result<bool> {
        let class = self.load(name)?;
        Ok(self.t.vm().class(class).is_interface())
    }

    fn is_subclass(&self, sub: &[u8], sup: &[u8]) -> Result<bool> {
        let sub = self.load(sub)?;
        let sup = self.load(sup)?;
        Ok(is_subclass(self.t.vm(), sub, sup))
    }

    fn is_superclass(&self, name: &[u8]) -> bool {
        let vm = self.t.vm();
        self.supers().any(|c| vm.bytes(vm.class(c).name) == name)
    }

    fn is_protected_elsewhere(
        &self,
        holder: &[u8],
        name: &[u8],
        descriptor: &[u8],
        member: Member,
    ) -> Result<bool> {
        let vm = self.t.vm();
        let Some(holder) = self.supers().find(|&c| vm.bytes(vm.class(c).name) == holder) else {
            return Ok(false);
        };
        let name = vm.symbols.intern(&vm.meta, name);
        let descriptor = vm.symbols.intern(&vm.meta, descriptor);
        let found = match member {
            Member::Field => find_field(vm, holder, name, descriptor).map(|(c, f)| (c, f.access)),
            Member::Method => find_method(vm, holder, name, descriptor)
                .map(|m| (vm.method(m).class, vm.method(m).access)),
        };
        const PROTECTED: u16 = 0x0004;
        Ok(found.is_some_and(|(declaring, flags)| {
            flags & PROTECTED != 0 && !access::same_package(vm, declaring, self.class)
        }))
    }

    fn common_superclass(&self, a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
        let (a, b) = (self.load(a)?, self.load(b)?);
        let vm = self.t.vm();
        let common = supers_of(vm, a).find(|&c| is_subclass(vm, b, c)).unwrap_or(vm.known.object);
        Ok(vm.bytes(vm.class(common).name).to_vec())
    }
}
