//! Verification of what was defined: all classes but the class library's own that only it can name. Questions are answered
//! from the classes that are there, and of the class library from its files; nothing is loaded.

use super::super::PortableError;
use super::super::format::ClassKind;
use super::{Rebuild, Types, refused};
use crate::link::{access, find_field, find_method, is_subclass, loaders::BOOT};
use crate::meta::{class_flags, init_state};
use crate::vm::Vm;
use classfile::{ClassFile, Options};
use gc::ClassId;
use std::cell::RefCell;
use verifier::{Member, TypeOracle, VerifyError};

impl Rebuild<'_> {
    /// Verifies all classes that are linked; the others will be when they are.
    pub(super) fn verify_classes(&self) -> Result<(), PortableError> {
        for (class, from) in self.classes.iter().zip(&self.guest.classes) {
            let trusted = match from.kind {
                ClassKind::Library { loader, .. } => loader == BOOT,
                ClassKind::File { .. } => false,
                ClassKind::Primitive(_) | ClassKind::Array(_) => true,
            };
            if !trusted && from.state.0 != init_state::LOADED {
                self.verify(*class)?;
            }
        }
        Ok(())
    }

    fn verify(&self, class: ClassId) -> Result<(), PortableError> {
        let vm = self.vm;
        let result = with_file(vm, &self.types, class, |file, oracle, options| {
            verifier::verify_class(file, oracle, options)
        });
        let name = || vm.external_name(class);
        match result {
            None => refused(format!("the class {} can not be read", name())),
            Some(Ok(())) => Ok(()),
            Some(Err(VerifyError::Load(missing))) => {
                let missing = String::from_utf8_lossy(&missing).replace('/', ".");
                refused(format!("it lacks the class {missing}, which {} needs", name()))
            }
            Some(Err(error)) => refused(format!("the class {} is not valid: {error}", name())),
        }
    }
}

/// Parses a class's file for verification.
pub(super) fn with_file<R>(
    vm: &Vm,
    types: &RefCell<Types>,
    class: ClassId,
    f: impl FnOnce(&ClassFile<'_>, &Hierarchy<'_>, &verifier::Options<'_>) -> R,
) -> Option<R> {
    let record = vm.class(class);
    let bytes = vm.meta.slice(record.bytes);
    let name = vm.bytes(record.name);
    let of_library =
        std::str::from_utf8(name).is_ok_and(|name| vm.boot.is_library_class(name, bytes));
    let options = Options {
        relax: of_library,
        max_major: vm.config.max_major,
        preview: vm.config.preview,
        ..Options::default()
    };
    let file = ClassFile::parse_with(bytes, &options).ok()?;
    let hidden_name = record.is_hidden().then_some(name);
    let accessor = record.has(class_flags::MAGIC_ACCESSOR);
    let options = verifier::Options { hidden_name, accessor, ..verifier::Options::default() };
    let oracle = Hierarchy { vm, types, class, own: file.name, of_library };
    Some(f(&file, &oracle, &options))
}

/// Answers the verifier's questions as the loader of the class would, without loading.
pub(super) struct Hierarchy<'a> {
    vm: &'a Vm,
    types: &'a RefCell<Types>,
    class: ClassId,
    /// The name of the class in its file.
    own: &'a [u8],
    of_library: bool,
}

/// A class as far as it is known.
enum Seen {
    Loaded(ClassId),
    /// The class library's, not loaded: superclass and whether it is an interface.
    Library {
        super_name: Option<Vec<u8>>,
        interface: bool,
    },
}

impl Hierarchy<'_> {
    fn see(&self, name: &[u8]) -> Result<Seen, Vec<u8>> {
        let vm = self.vm;
        let record = vm.class(self.class);
        if name == self.own || name == vm.bytes(record.name) {
            return Ok(Seen::Loaded(self.class));
        }
        let known = vm.symbols.lookup(&vm.meta, name);
        if let Some(class) = known.and_then(|symbol| vm.loaders.find(record.loader, symbol)) {
            return Ok(Seen::Loaded(class));
        }
        if let Some(class) = self.answered_by_parents(name)? {
            return Ok(Seen::Loaded(class));
        }
        let text = std::str::from_utf8(name).ok();
        let bytes = text.and_then(|text| match self.of_library && record.loader != BOOT {
            true => vm.boot.library_class(text),
            false => vm.boot.find(text).map(|found| found.bytes),
        });
        let options = Options { relax: true, max_major: vm.config.max_major, ..Options::default() };
        let bytes = bytes.ok_or(name)?;
        let file = ClassFile::parse_with(&bytes, &options).map_err(|_| name)?;
        let interface = file.access_flags & classfile::access::INTERFACE != 0;
        Ok(Seen::Library { super_name: file.super_name.map(<[u8]>::to_vec), interface })
    }

    /// What the loader's parents have answered. Then it will answer the same, or nothing.
    fn answered_by_parents(&self, name: &[u8]) -> Result<Option<ClassId>, Vec<u8>> {
        let vm = self.vm;
        let own = vm.class(self.class).loader;
        let Some(symbol) = vm.symbols.lookup(&vm.meta, name) else { return Ok(None) };
        let mut loader = own;
        // A chain of parents may be a circle in an image.
        for _ in 0..64 {
            if loader == BOOT {
                return Ok(None);
            }
            let parent = vm.get_ref(vm.loaders.object(loader), vm.known.class_loader_parent);
            loader = match parent.is_null() {
                true => BOOT,
                false => vm.get_u32(parent, vm.known.class_loader_id),
            };
            if let Some(class) = vm.loaders.find(loader, symbol) {
                let mut types = self.types.borrow_mut();
                let assumed = *types.assumed.entry((own, symbol)).or_insert(class);
                return if assumed == class { Ok(Some(class)) } else { Err(name.to_vec()) };
            }
            if !parent.is_null() && loader == BOOT {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn supers(&self) -> impl Iterator<Item = ClassId> + '_ {
        let vm = self.vm;
        let some = |c: ClassId| (!c.is_none()).then_some(c);
        let first = some(vm.class(self.class).super_class);
        std::iter::successors(first, move |&c| some(vm.class(c).super_class))
    }

    /// A class and its superclasses, by name.
    fn chain(&self, name: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        let vm = self.vm;
        let mut chain = vec![name.to_vec()];
        loop {
            let last = chain.last().map_or(&[][..], |name| &name[..]);
            match self.see(last)? {
                Seen::Loaded(class) => {
                    let mut next = vm.class(class).super_class;
                    while !next.is_none() {
                        chain.push(vm.bytes(vm.class(next).name).to_vec());
                        next = vm.class(next).super_class;
                    }
                    return Ok(chain);
                }
                Seen::Library { super_name: Some(name), .. } if chain.len() < 256 => {
                    chain.push(name);
                }
                Seen::Library { .. } => return Ok(chain),
            }
        }
    }
}

impl TypeOracle for Hierarchy<'_> {
    /// The name of a class that is not there.
    type Error = Vec<u8>;

    fn is_interface(&self, name: &[u8]) -> Result<bool, Vec<u8>> {
        Ok(match self.see(name)? {
            Seen::Loaded(class) => self.vm.class(class).is_interface(),
            Seen::Library { interface, .. } => interface,
        })
    }

    fn is_subclass(&self, sub: &[u8], sup: &[u8]) -> Result<bool, Vec<u8>> {
        match (self.see(sub)?, self.see(sup)?) {
            (Seen::Loaded(sub), Seen::Loaded(sup)) => Ok(is_subclass(self.vm, sub, sup)),
            _ => Ok(self.chain(sub)?.iter().any(|name| name == sup)),
        }
    }

    fn is_superclass(&self, name: &[u8]) -> bool {
        self.supers().any(|c| self.vm.bytes(self.vm.class(c).name) == name)
    }

    fn is_protected_elsewhere(
        &self,
        holder: &[u8],
        name: &[u8],
        descriptor: &[u8],
        member: Member,
    ) -> Result<bool, Vec<u8>> {
        let vm = self.vm;
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
        Ok(found.is_some_and(|(declaring, flags)| {
            flags & classfile::access::PROTECTED != 0
                && !access::same_package(vm, declaring, self.class)
        }))
    }

    fn common_superclass(&self, a: &[u8], b: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let (a, b) = (self.chain(a)?, self.chain(b)?);
        let common = a.into_iter().find(|name| b.contains(name));
        Ok(common.unwrap_or_else(|| b"java/lang/Object".to_vec()))
    }
}
