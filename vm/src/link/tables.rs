//! Virtual method tables and interface tables (JVMS 5.4.5, 5.4.6).

use super::subtype::is_subclass;
use super::view::lookup_method_in_class;
use crate::meta::{
    ItableEntry, MethodId, MethodRecord, NO_VTABLE_INDEX, SymbolId, method_flags, method_kind,
};
use crate::vm::Vm;
use gc::ClassId;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// What the tables of a class are built from, before its record exists.
pub(super) struct TableInput<'a> {
    pub vm: &'a Vm,
    pub super_class: ClassId,
    pub loader: u32,
    pub package: &'a [u8],
    pub is_interface: bool,
    pub is_abstract: bool,
    pub is_final: bool,
    /// Ids and records of the declared methods, records not yet written.
    pub methods: &'a mut [(MethodId, MethodRecord)],
    pub direct_interfaces: &'a [ClassId],
    /// All superinterfaces.
    pub interfaces: &'a [ClassId],
}

/// The tables of a class.
pub(super) struct Tables {
    pub vtable: Vec<MethodId>,
    /// Per superinterface that has instance methods: its implementations, 0 for none.
    pub itable: Vec<(ClassId, Vec<MethodId>)>,
    /// Methods per implementor of this interface.
    pub itable_methods: u32,
    /// Records that stand for conflicts of default methods: name, descriptor of each id.
    pub conflicts: Vec<(MethodId, SymbolId, SymbolId)>,
}

/// Package part of an internal name.
pub(super) fn package_of(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|&b| b == b'/') {
        Some(at) => &name[..at],
        None => b"",
    }
}

impl TableInput<'_> {
    fn record(&self, id: MethodId) -> (SymbolId, SymbolId, u16, ClassId) {
        match self.methods.iter().find(|(m, _)| *m == id) {
            Some((_, r)) => (r.name, r.descriptor, r.access, ClassId::NONE),
            None => {
                let r = self.vm.method(id);
                (r.name, r.descriptor, r.access, r.class)
            }
        }
    }

    /// Whether a declared method may override this method of a superclass (JVMS 5.4.5).
    fn overrides(&self, inherited: &MethodRecord) -> bool {
        if inherited.access & 0x0005 != 0 {
            return true;
        }
        if inherited.is_private() {
            return false;
        }
        let c = self.vm.class(inherited.class);
        c.loader == self.loader && package_of(self.vm.bytes(c.name)) == self.package
    }

    pub fn build(mut self) -> Tables {
        if self.is_interface {
            return self.interface_tables();
        }
        let mut vtable: Vec<MethodId> = if self.super_class.is_none() {
            Vec::new()
        } else {
            let t = self.vm.meta.vtable(self.super_class);
            t.iter().map(|m| MethodId(m.load(Ordering::Relaxed))).collect()
        };
        // First entry per name and descriptor; package-private methods can make several.
        let mut by_name: HashMap<(SymbolId, SymbolId), Vec<usize>> = HashMap::new();
        for (i, &m) in vtable.iter().enumerate() {
            let r = self.vm.method(m);
            by_name.entry((r.name, r.descriptor)).or_default().push(i);
        }
        for n in 0..self.methods.len() {
            self.place_declared(n, &mut vtable, &mut by_name);
        }
        let mut conflicts = Vec::new();
        if !self.direct_interfaces.is_empty() {
            self.place_defaults(&mut vtable, &mut by_name, &mut conflicts);
        }
        let itable = if self.is_abstract { Vec::new() } else { self.itable(&vtable, &by_name) };
        Tables { vtable, itable, itable_methods: 0, conflicts }
    }

    fn interface_tables(&mut self) -> Tables {
        let mut n = 0;
        for (_, m) in self.methods.iter_mut() {
            if m.access & 0x000a == 0 && !m.is_initializer() {
                m.vtable_index = n;
                n += 1;
            }
        }
        let vtable = if self.super_class.is_none() {
            Vec::new()
        } else {
            let t = self.vm.meta.vtable(self.super_class);
            t.iter().map(|m| MethodId(m.load(Ordering::Relaxed))).collect()
        };
        Tables { vtable, itable: Vec::new(), itable_methods: n as u32, conflicts: Vec::new() }
    }

    fn place_declared(
        &mut self,
        n: usize,
        vtable: &mut Vec<MethodId>,
        by_name: &mut HashMap<(SymbolId, SymbolId), Vec<usize>>,
    ) {
        let (id, m) = &self.methods[n];
        let id = *id;
        if m.access & 0x000a != 0 || m.is_initializer() {
            return;
        }
        let key = (m.name, m.descriptor);
        let is_final = m.is_final() || self.is_final;
        let mut index = NO_VTABLE_INDEX;
        if let Some(slots) = by_name.get(&key) {
            for &slot in slots {
                if self.overrides(self.vm.method(vtable[slot])) {
                    vtable[slot] = id;
                    index = slot as i32;
                }
            }
        }
        // A final method that overrides nothing is always called directly.
        if index == NO_VTABLE_INDEX && !is_final {
            index = vtable.len() as i32;
            vtable.push(id);
            by_name.entry(key).or_default().push(index as usize);
        }
        self.methods[n].1.vtable_index = index;
    }

    /// Gives entries to the methods of superinterfaces that no class implements.
    fn place_defaults(
        &mut self,
        vtable: &mut Vec<MethodId>,
        by_name: &mut HashMap<(SymbolId, SymbolId), Vec<usize>>,
        conflicts: &mut Vec<(MethodId, SymbolId, SymbolId)>,
    ) {
        let vm = self.vm;
        let mut done: std::collections::HashSet<(SymbolId, SymbolId)> = Default::default();
        for &i in self.interfaces {
            for im in vm.class(i).method_ids() {
                let r = vm.method(im);
                if r.vtable_index < 0 || !done.insert((r.name, r.descriptor)) {
                    continue;
                }
                let key = (r.name, r.descriptor);
                let slot = by_name.get(&key).map(|s| s[0]);
                if let Some(s) = slot {
                    let class = self.record(vtable[s]).3;
                    if class.is_none()
                        || !vm.class(class).is_interface() && !is_conflict(vm, vtable[s])
                    {
                        continue;
                    }
                } else if self.has_final_implementation(key) {
                    continue;
                }
                let chosen = self.select_default(key, conflicts);
                match slot {
                    Some(s) => vtable[s] = chosen,
                    None => {
                        by_name.entry(key).or_default().push(vtable.len());
                        vtable.push(chosen);
                    }
                }
            }
        }
    }

    /// Final methods without a table entry also implement interface methods.
    fn has_final_implementation(&self, key: (SymbolId, SymbolId)) -> bool {
        self.final_implementation(key).is_some()
    }

    fn final_implementation(&self, (name, desc): (SymbolId, SymbolId)) -> Option<MethodId> {
        let own = self
            .methods
            .iter()
            .find(|(_, m)| m.name == name && m.descriptor == desc && m.access & 0x000a == 0);
        if let Some((id, _)) = own {
            return Some(*id);
        }
        let mut c = self.super_class;
        while !c.is_none() {
            if let Some(m) = lookup_method_in_class(self.vm, c, name, desc)
                && self.vm.method(m).access & 0x000a == 0
            {
                return Some(m);
            }
            c = self.vm.class(c).super_class;
        }
        None
    }

    fn select_default(
        &self,
        (name, desc): (SymbolId, SymbolId),
        conflicts: &mut Vec<(MethodId, SymbolId, SymbolId)>,
    ) -> MethodId {
        let vm = self.vm;
        let candidates: Vec<MethodId> = self
            .interfaces
            .iter()
            .filter_map(|&i| lookup_method_in_class(vm, i, name, desc))
            .filter(|&m| vm.method(m).vtable_index >= 0)
            .collect();
        let specific = maximally_specific(vm, &candidates);
        let concrete: Vec<MethodId> =
            specific.iter().copied().filter(|&m| !vm.method(m).is_abstract()).collect();
        match concrete.as_slice() {
            [one] => *one,
            [] => specific[0],
            _ => {
                let id = vm.meta.alloc_methods(1);
                conflicts.push((id, name, desc));
                id
            }
        }
    }

    fn itable(
        &self,
        vtable: &[MethodId],
        by_name: &HashMap<(SymbolId, SymbolId), Vec<usize>>,
    ) -> Vec<(ClassId, Vec<MethodId>)> {
        let vm = self.vm;
        let mut out = Vec::new();
        for &i in self.interfaces {
            let record = vm.class(i);
            if record.itable_methods == 0 {
                continue;
            }
            let mut list = vec![MethodId::NONE; record.itable_methods as usize];
            for im in record.method_ids() {
                let r = vm.method(im);
                if r.vtable_index < 0 {
                    continue;
                }
                let key = (r.name, r.descriptor);
                let found = match by_name.get(&key) {
                    Some(slots) => slots
                        .iter()
                        .map(|&s| vtable[s])
                        .find(|&m| self.record(m).2 & 0x0001 != 0)
                        .or_else(|| slots.first().map(|&s| vtable[s])),
                    None => self.final_implementation(key),
                };
                list[r.vtable_index as usize] = found.unwrap_or(MethodId::NONE);
            }
            out.push((i, list));
        }
        out
    }
}

fn is_conflict(vm: &Vm, m: MethodId) -> bool {
    vm.method(m).kind.load(Ordering::Relaxed) == method_kind::DEFAULT_CONFLICT
}

/// Those of the methods that no other one's interface extends (JVMS 5.4.3.3).
pub(super) fn maximally_specific(vm: &Vm, candidates: &[MethodId]) -> Vec<MethodId> {
    let class = |m: MethodId| vm.method(m).class;
    candidates
        .iter()
        .copied()
        .filter(|&m| {
            !candidates.iter().any(|&o| class(o) != class(m) && is_subclass(vm, class(o), class(m)))
        })
        .collect()
}

/// Writes interface tables into the metadata area.
pub(super) fn write_itable(
    vm: &Vm,
    itable: &[(ClassId, Vec<MethodId>)],
) -> crate::meta::Span<ItableEntry> {
    let entries: Vec<ItableEntry> = itable
        .iter()
        .map(|(interface, methods)| ItableEntry {
            interface: *interface,
            methods: vm.meta.alloc_slice(methods).at,
        })
        .collect();
    vm.meta.alloc_slice(&entries)
}

/// The record that stands for a conflict of default methods.
pub(super) fn conflict_record(
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
    arg_slots: u8,
) -> MethodRecord {
    MethodRecord {
        code: Default::default(),
        kind: method_kind::DEFAULT_CONFLICT.into(),
        arg_slots,
        max_locals: arg_slots as u16,
        max_stack: 0,
        access: 0x0001,
        class,
        rcp: 0,
        vtable_index: NO_VTABLE_INDEX,
        name,
        descriptor,
        native: Default::default(),
        code_len: 0,
        code_at: 0,
        attributes_at: 0,
        flags: method_flags::SYNTHESIZED,
        return_type: 0,
        reserved: 0,
        index: u16::MAX,
    }
}

/// All superinterfaces of a class to be, each once: the superclass's first.
pub(super) fn all_interfaces(vm: &Vm, super_class: ClassId, direct: &[ClassId]) -> Vec<ClassId> {
    let mut all: Vec<ClassId> = Vec::new();
    let mut add = |c: ClassId| {
        if !all.contains(&c) {
            all.push(c);
        }
    };
    if !super_class.is_none() {
        vm.meta.slice(vm.class(super_class).secondary_supers).iter().for_each(|&c| add(c));
    }
    for &i in direct {
        vm.meta.slice(vm.class(i).secondary_supers).iter().for_each(|&c| add(c));
        add(i);
    }
    all
}

/// Whether the class has a virtual method table entry budget left (u16).
pub(super) fn fits(t: &Tables) -> bool {
    t.vtable.len() <= u16::MAX as usize
}

/// The methods that a conflict of default methods is about, as `a.B.m`.
pub fn conflicting_defaults(vm: &Vm, conflict: &MethodRecord) -> Vec<String> {
    let interfaces = vm.meta.slice(vm.class(conflict.class).secondary_supers);
    let candidates: Vec<MethodId> = interfaces
        .iter()
        .filter_map(|&i| lookup_method_in_class(vm, i, conflict.name, conflict.descriptor))
        .collect();
    maximally_specific(vm, &candidates)
        .into_iter()
        .filter(|&m| !vm.method(m).is_abstract())
        .map(|m| format!("{}.{}", vm.external_name(vm.method(m).class), vm.text(conflict.name)))
        .collect()
}
