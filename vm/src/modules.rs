//! What the natives of `java.lang.Module` tell the VM: who reads whom, what is exported to whom.

use crate::meta::SymbolId;
use crate::vm::Vm;
use gc::Ref;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};

/// A named module.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Module {
    reads: HashSet<u32>,
    exports: HashMap<SymbolId, Export>,
}

/// To whom a package is exported.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Export {
    to_all: bool,
    to_unnamed: bool,
    to: HashSet<u32>,
}

/// An exported package: name, whether to all, whether to unnamed modules, to which others.
pub(crate) type ExportedPackage = (Vec<u8>, bool, bool, Vec<u32>);

impl Module {
    /// What it reads and exports, in an order that depends on nothing else.
    pub(crate) fn describe(&self, vm: &Vm) -> (Vec<u32>, Vec<ExportedPackage>) {
        let sorted = |set: &HashSet<u32>| {
            let mut all: Vec<u32> = set.iter().copied().collect();
            all.sort_unstable();
            all
        };
        let export = |(&package, e): (&SymbolId, &Export)| {
            (vm.bytes(package).to_vec(), e.to_all, e.to_unnamed, sorted(&e.to))
        };
        let mut exports: Vec<ExportedPackage> = self.exports.iter().map(export).collect();
        exports.sort();
        (sorted(&self.reads), exports)
    }

    /// The module that is described.
    pub(crate) fn described(vm: &Vm, reads: &[u32], exports: Vec<ExportedPackage>) -> Module {
        let export = |(package, to_all, to_unnamed, to): ExportedPackage| {
            let package = vm.symbols.intern(&vm.meta, &package);
            (package, Export { to_all, to_unnamed, to: to.into_iter().collect() })
        };
        Module {
            reads: reads.iter().copied().collect(),
            exports: exports.into_iter().map(export).collect(),
        }
    }
}

/// The modules of a VM; number 0 stands for all unnamed modules.
#[derive(Default)]
pub struct Modules {
    /// Those of an image are shared with other VMs until they change.
    table: RwLock<Vec<Arc<Module>>>,
}

impl Modules {
    /// A copy of everything, for an image.
    pub fn capture(&self) -> Vec<Module> {
        let table = self.table.read().unwrap_or_else(|e| e.into_inner());
        table.iter().map(|module| Module::clone(module)).collect()
    }

    /// The modules that [`Modules::capture`] copied.
    pub fn restore(table: Vec<Arc<Module>>) -> Modules {
        Modules { table: RwLock::new(table) }
    }

    /// Number of a module object; 0 for an unnamed one.
    pub fn number(&self, vm: &Vm, module: Ref) -> u32 {
        if module.is_null() { 0 } else { vm.get_u32(module, vm.known.module_index) }
    }

    fn edit<R>(&self, number: u32, f: impl FnOnce(&mut Module) -> R) -> Option<R> {
        let mut t = self.table.write().unwrap_or_else(|e| e.into_inner());
        t.get_mut(number as usize).map(|module| f(Arc::make_mut(module)))
    }

    /// Gives a module object its number.
    pub fn define(&self, vm: &Vm, module: Ref) -> u32 {
        let mut t = self.table.write().unwrap_or_else(|e| e.into_inner());
        if t.is_empty() {
            t.push(Arc::default());
        }
        let number = t.len() as u32;
        t.push(Arc::default());
        vm.set_u32(module, vm.known.module_index, number);
        number
    }

    /// `from` reads `to`.
    pub fn add_reads(&self, from: u32, to: u32) {
        self.edit(from, |m| m.reads.insert(to));
    }

    /// Exports a package to one module, to everybody (`None`).
    pub fn add_export(&self, of: u32, package: SymbolId, to: Option<u32>) {
        self.edit(of, |m| {
            let e = m.exports.entry(package).or_default();
            match to {
                None => e.to_all = true,
                Some(0) => e.to_unnamed = true,
                Some(n) => {
                    e.to.insert(n);
                }
            }
        });
    }

    /// Whether code of module `from` may use public types of a package of module `to`.
    pub fn can_access(&self, vm: &Vm, from: Ref, to: Ref, package: SymbolId) -> bool {
        let (from, to) = (self.number(vm, from), self.number(vm, to));
        if from == to || to == 0 {
            return from == 0 || to != 0 || self.reads(from, 0);
        }
        let t = self.table.read().unwrap_or_else(|e| e.into_inner());
        let Some(m) = t.get(to as usize) else { return true };
        // The unnamed module reads every module.
        let reads = from == 0 || t.get(from as usize).is_none_or(|f| f.reads.contains(&to));
        let exported = m.exports.get(&package).is_some_and(|e| {
            e.to_all || if from == 0 { e.to_unnamed } else { e.to.contains(&from) }
        });
        reads && exported
    }

    fn reads(&self, from: u32, to: u32) -> bool {
        let t = self.table.read().unwrap_or_else(|e| e.into_inner());
        t.get(from as usize).is_none_or(|f| f.reads.contains(&to))
    }
}
