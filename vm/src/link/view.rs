//! Reading linked classes: their constant pool, fields and methods.

use crate::meta::{ClassRecord, FieldRecord, Meta, MethodId, SymbolId, class_flags, method_flags};
use crate::vm::Vm;
use classfile::constant_pool::tag;
use gc::ClassId;
use std::sync::atomic::Ordering;

impl ClassRecord {
    /// Whether this is an interface.
    #[inline(always)]
    pub fn is_interface(&self) -> bool {
        self.access & 0x0200 != 0
    }
    /// Whether this is abstract (interfaces are).
    pub fn is_abstract(&self) -> bool {
        self.access & 0x0400 != 0
    }
    /// Whether one of our own flags is set.
    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }
    /// Whether this is an array class.
    #[inline(always)]
    pub fn is_array(&self) -> bool {
        self.dimensions != 0
    }
    /// Whether this is one of the nine primitive classes.
    pub fn is_primitive(&self) -> bool {
        self.has(class_flags::PRIMITIVE)
    }
    /// Whether this is a hidden class.
    pub fn is_hidden(&self) -> bool {
        self.has(class_flags::HIDDEN)
    }
    /// Ids of the declared methods.
    pub fn method_ids(
        &self,
    ) -> impl DoubleEndedIterator<Item = MethodId> + ExactSizeIterator + use<> {
        (self.first_method..self.first_method + self.method_count).map(MethodId)
    }
}

impl crate::meta::MethodRecord {
    /// `static`
    #[inline(always)]
    pub fn is_static(&self) -> bool {
        self.access & 0x0008 != 0
    }
    /// `private`
    pub fn is_private(&self) -> bool {
        self.access & 0x0002 != 0
    }
    /// `public`
    pub fn is_public(&self) -> bool {
        self.access & 0x0001 != 0
    }
    /// `abstract`
    pub fn is_abstract(&self) -> bool {
        self.access & 0x0400 != 0
    }
    /// `native`
    pub fn is_native(&self) -> bool {
        self.access & 0x0100 != 0
    }
    /// `final`
    pub fn is_final(&self) -> bool {
        self.access & 0x0010 != 0
    }
    /// `synchronized`
    pub fn is_synchronized(&self) -> bool {
        self.access & 0x0020 != 0
    }
    /// Whether one of our own flags is set.
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
    /// `<init>` or `<clinit>`
    pub fn is_initializer(&self) -> bool {
        self.has(method_flags::INITIALIZER | method_flags::CLASS_INITIALIZER)
    }
}

impl FieldRecord {
    /// `static`
    pub fn is_static(&self) -> bool {
        self.access & 0x0008 != 0
    }
    /// `final`
    pub fn is_final(&self) -> bool {
        self.access & 0x0010 != 0
    }
    /// `volatile`
    pub fn is_volatile(&self) -> bool {
        self.access & 0x0040 != 0
    }
}

/// A symbolic reference to a member.
#[derive(Clone, Copy, Debug)]
pub struct MemberRef {
    /// Constant pool index of the class.
    pub class: u16,
    /// Name.
    pub name: SymbolId,
    /// Descriptor.
    pub descriptor: SymbolId,
}

/// The constant pool of a linked class. Indices were checked when the class was parsed.
#[derive(Clone, Copy)]
pub struct ConstantView<'a> {
    vm: &'a Vm,
    /// The class.
    pub class: &'a ClassRecord,
    tags: &'a [u8],
    raw: &'a [u32],
}

impl<'a> ConstantView<'a> {
    /// The constant pool of a class.
    pub fn new(vm: &'a Vm, class: ClassId) -> ConstantView<'a> {
        let c = vm.class(class);
        ConstantView { vm, class: c, tags: vm.meta.slice(c.cp_tags), raw: vm.meta.slice(c.cp_raw) }
    }
    /// Number of entries, the unused one at 0 included.
    pub fn len(&self) -> usize {
        self.tags.len()
    }
    /// Whether there is no constant pool (array and primitive classes).
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
    /// Tag of an entry (JVMS table 4.4-A).
    pub fn tag(&self, cp: u16) -> u8 {
        self.tags[cp as usize]
    }
    /// The raw operand, see [`ClassRecord::cp_raw`].
    pub fn raw(&self, cp: u16) -> u32 {
        self.raw[cp as usize]
    }
    /// First index of a pair.
    pub fn high(&self, cp: u16) -> u16 {
        (self.raw[cp as usize] >> 16) as u16
    }
    /// Second index of a pair.
    pub fn low(&self, cp: u16) -> u16 {
        self.raw[cp as usize] as u16
    }
    /// Bytes of a Utf8 entry.
    pub fn utf8(&self, cp: u16) -> &'a [u8] {
        debug_assert_eq!(self.tag(cp), tag::UTF8);
        let bytes = self.vm.meta.slice(self.class.bytes);
        let at = self.raw[cp as usize] as usize;
        let len = u16::from_be_bytes([bytes[at], bytes[at + 1]]) as usize;
        &bytes[at + 2..at + 2 + len]
    }
    /// A Utf8 entry as a symbol; interned once.
    pub fn symbol(&self, cp: u16) -> SymbolId {
        let entry = &self.vm.meta.slice(self.class.rcp)[cp as usize];
        let known = entry.load(Ordering::Relaxed);
        if known != 0 {
            return SymbolId(known as u32);
        }
        let s = self.vm.symbols.intern(&self.vm.meta, self.utf8(cp));
        entry.store(s.0 as u64, Ordering::Release);
        s
    }
    /// Name of a Class entry.
    pub fn class_name(&self, cp: u16) -> SymbolId {
        self.symbol(self.raw(cp) as u16)
    }
    /// Bytes of the name of a Class entry.
    pub fn class_name_bytes(&self, cp: u16) -> &'a [u8] {
        self.utf8(self.raw(cp) as u16)
    }
    /// A field, method or interface method reference.
    pub fn member(&self, cp: u16) -> MemberRef {
        let nt = self.low(cp);
        MemberRef {
            class: self.high(cp),
            name: self.symbol(self.high(nt)),
            descriptor: self.symbol(self.low(nt)),
        }
    }
    /// Name and descriptor of a Dynamic or InvokeDynamic entry, and its bootstrap method's index.
    pub fn dynamic(&self, cp: u16) -> (u16, SymbolId, SymbolId) {
        let nt = self.low(cp);
        (self.high(cp), self.symbol(self.high(nt)), self.symbol(self.low(nt)))
    }
    /// Bits of a Long or Double entry.
    pub fn wide(&self, cp: u16) -> u64 {
        self.raw[cp as usize] as u64 | (self.raw[cp as usize + 1] as u64) << 32
    }
}

/// A method declared by this very class.
pub fn lookup_method_in_class(
    vm: &Vm,
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
) -> Option<MethodId> {
    vm.class(class).method_ids().find(|&m| {
        let m = vm.method(m);
        m.name == name && m.descriptor == descriptor
    })
}

/// Method lookup for resolution (JVMS 5.4.3.3 and 5.4.3.4): the class and its superclasses, then the
/// maximally-specific superinterface methods, then any superinterface method.
pub fn find_method(
    vm: &Vm,
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
) -> Option<MethodId> {
    let mut c = class;
    while !c.is_none() {
        if let Some(m) = lookup_method_in_class(vm, c, name, descriptor) {
            return Some(m);
        }
        if vm.class(c).is_interface() {
            // Of `Object`, an interface sees the public instance methods only.
            if let Some(m) = lookup_method_in_class(vm, vm.known.object, name, descriptor) {
                let r = vm.method(m);
                if r.is_public() && !r.is_static() {
                    return Some(m);
                }
            }
            break;
        }
        c = vm.class(c).super_class;
    }
    find_interface_method(vm, class, name, descriptor)
}

fn find_interface_method(
    vm: &Vm,
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
) -> Option<MethodId> {
    let mut candidates: Vec<MethodId> = Vec::new();
    for &i in vm.meta.slice(vm.class(class).secondary_supers) {
        if let Some(m) = lookup_method_in_class(vm, i, name, descriptor) {
            let r = vm.method(m);
            if !r.is_static() && !r.is_private() {
                candidates.push(m);
            }
        }
    }
    let specific: Vec<MethodId> = super::tables::maximally_specific(vm, &candidates);
    let mut concrete = specific.iter().filter(|&&m| !vm.method(m).is_abstract());
    if let (Some(&m), None) = (concrete.next(), concrete.next()) {
        return Some(m);
    }
    specific.first().or(candidates.first()).copied()
}

/// Field lookup for resolution (JVMS 5.4.3.2): the declaring class and the field.
pub fn find_field(
    vm: &Vm,
    class: ClassId,
    name: SymbolId,
    descriptor: SymbolId,
) -> Option<(ClassId, &FieldRecord)> {
    let mut c = class;
    while !c.is_none() {
        let record = vm.class(c);
        let own = vm.meta.slice(record.fields).iter();
        if let Some(f) = own.clone().find(|f| f.name == name && f.descriptor == descriptor) {
            return Some((c, f));
        }
        for &i in vm.meta.slice(record.interfaces) {
            if let Some(found) = find_field(vm, i, name, descriptor) {
                return Some(found);
            }
        }
        c = record.super_class;
    }
    None
}

/// A method of a class by its names as text; for the VM's own upcalls.
pub fn static_method(vm: &Vm, class: ClassId, name: &str, descriptor: &str) -> Option<MethodId> {
    let name = vm.symbols.lookup(&vm.meta, name.as_bytes())?;
    let descriptor = vm.symbols.lookup(&vm.meta, descriptor.as_bytes())?;
    lookup_method_in_class(vm, class, name, descriptor)
}

/// Iterates over the fields of a class and its superclasses, for lookups by name only.
pub fn find_field_by_name(meta: &Meta, class: ClassId, name: SymbolId) -> Option<&FieldRecord> {
    let mut c = class;
    while !c.is_none() {
        let record = meta.class(c);
        if let Some(f) = meta.slice(record.fields).iter().find(|f| f.name == name) {
            return Some(f);
        }
        c = record.super_class;
    }
    None
}

/// Attributes of a class, field or method in its class file.
pub struct Attributes<'a> {
    bytes: &'a [u8],
    at: usize,
    left: u16,
}

fn u2(b: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([b[at], b[at + 1]])
}

impl<'a> Attributes<'a> {
    /// The attribute table whose count stands at `at`; none if `at` is 0.
    pub fn new(vm: &'a Vm, class: ClassId, at: u32) -> Attributes<'a> {
        let bytes = vm.meta.slice(vm.class(class).bytes);
        let left = if at == 0 { 0 } else { u2(bytes, at as usize) };
        Attributes { bytes, at: at as usize + 2, left }
    }

    /// Contents of the first attribute with this name.
    pub fn named(mut self, view: &ConstantView<'a>, name: &[u8]) -> Option<&'a [u8]> {
        self.find(|(n, _)| view.utf8(*n) == name).map(|(_, data)| data)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);
    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let name = u2(self.bytes, self.at);
        let len =
            (u2(self.bytes, self.at + 2) as usize) << 16 | u2(self.bytes, self.at + 4) as usize;
        let data = &self.bytes[self.at + 6..self.at + 6 + len];
        self.at += 6 + len;
        Some((name, data))
    }
}

/// Contents of an attribute of a class.
pub fn class_attribute<'a>(vm: &'a Vm, class: ClassId, name: &str) -> Option<&'a [u8]> {
    let record = vm.class(class);
    if record.bytes.len == 0 {
        return None;
    }
    let view = ConstantView::new(vm, class);
    Attributes::new(vm, class, record.attributes_at).named(&view, name.as_bytes())
}

/// Contents of an attribute of a method (not of its code).
pub fn method_attribute<'a>(vm: &'a Vm, m: MethodId, name: &str) -> Option<&'a [u8]> {
    let r = vm.method(m);
    let view = ConstantView::new(vm, r.class);
    Attributes::new(vm, r.class, r.attributes_at).named(&view, name.as_bytes())
}

/// Contents of an attribute of a field.
pub fn field_attribute<'a>(
    vm: &'a Vm,
    class: ClassId,
    f: &FieldRecord,
    name: &str,
) -> Option<&'a [u8]> {
    let view = ConstantView::new(vm, class);
    Attributes::new(vm, class, f.attributes_at).named(&view, name.as_bytes())
}

/// Names in an attribute that is a list of class entries (`PermittedSubclasses`, `NestMembers`).
fn class_list<'a>(vm: &'a Vm, class: ClassId, attribute: &str) -> Option<Vec<&'a [u8]>> {
    let data = class_attribute(vm, class, attribute)?;
    let view = ConstantView::new(vm, class);
    Some((0..u2(data, 0) as usize).map(|i| view.class_name_bytes(u2(data, 2 + 2 * i))).collect())
}

/// Names of the permitted subclasses of a sealed class.
pub fn permitted_subclasses(vm: &Vm, class: ClassId) -> Option<Vec<&[u8]>> {
    class_list(vm, class, "PermittedSubclasses")
}

/// Names of the nest members that a host lists.
pub fn nest_members(vm: &Vm, class: ClassId) -> Option<Vec<&[u8]>> {
    class_list(vm, class, "NestMembers")
}

/// Class entry of the `NestHost` attribute.
pub fn nest_host_index(vm: &Vm, class: ClassId) -> Option<u16> {
    class_attribute(vm, class, "NestHost").map(|d| u2(d, 0))
}

/// Whether the host lists the class.
pub fn is_nest_member(vm: &Vm, host: ClassId, class: ClassId) -> bool {
    let name = vm.bytes(vm.class(class).name);
    nest_members(vm, host).is_some_and(|m| m.contains(&name))
}

/// A row of `InnerClasses`: class, outer class, name, flags (0 where there is none).
pub fn inner_classes(vm: &Vm, class: ClassId) -> Vec<(u16, u16, u16, u16)> {
    let Some(data) = class_attribute(vm, class, "InnerClasses") else { return Vec::new() };
    (0..u2(data, 0) as usize)
        .map(|i| {
            let at = 2 + 8 * i;
            (u2(data, at), u2(data, at + 2), u2(data, at + 4), u2(data, at + 6))
        })
        .collect()
}
