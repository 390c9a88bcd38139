//! Objects: made from their classes and lengths, then filled slot by slot, each value held against the type of its slot.

use super::super::PortableError;
use super::super::fields::{Field, Role, is_mirror_class};
use super::super::format::{Method, Object, Reader};
use super::{Rebuild, or_refuse, refused};
use crate::backtrace;
use crate::link;
use crate::meta::{BasicType, MethodId};
use gc::{ARRAY_DATA_OFFSET, ClassId, Ref, mark};
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// Longest name that a method can have.
const MAX_NAME_BYTES: u64 = u16::MAX as u64;

/// What `Capture::put_method` has written.
fn read_method(data: &mut Reader<'_>) -> Option<Method> {
    fn name(data: &mut Reader<'_>) -> Option<Vec<u8>> {
        let len = data.number().filter(|&len| len <= MAX_NAME_BYTES)?;
        data.take(len as usize).map(<[u8]>::to_vec)
    }
    Some(match data.number()? {
        0 => Method::None,
        1 => Method::Declared(data.number32()?, u16::try_from(data.number()?).ok()?),
        2 => Method::Intrinsic(u8::try_from(data.number()?).ok()?, name(data)?, name(data)?),
        3 => Method::Conflict(data.number32()?, name(data)?, name(data)?),
        _ => return None,
    })
}

fn early<T>(found: Option<T>) -> Result<T, PortableError> {
    or_refuse(found, || "its objects end early".into())
}

impl Rebuild<'_> {
    /// Makes all objects, empty.
    pub(super) fn make_objects(&mut self) -> Result<(), PortableError> {
        let (vm, guest) = (self.vm, self.guest);
        self.objects.push(Ref::NULL);
        self.kinds.push(ClassId::NONE);
        for &class in &self.classes {
            self.objects.push(vm.mirror(class));
            self.kinds.push(vm.known.class);
        }
        let mut kinds = Reader::new(&guest.heap.kinds);
        for _ in 0..guest.heap.count {
            let class = self.class(early(kinds.number32())?)?;
            let record = vm.class(class);
            let made = if record.is_array() {
                let length = early(kinds.number32())?;
                // Every element takes a byte of the description at least.
                if length as usize > guest.heap.data.len() || length > i32::MAX as u32 {
                    return refused("an array is longer than its contents");
                }
                vm.heap.refill_array(class, length, record.shape.element_shift)
            } else {
                if record.is_abstract() || record.is_primitive() || is_mirror_class(record) {
                    let name = vm.external_name(class);
                    return refused(format!("there is an instance of {name}, which has none"));
                }
                vm.heap.refill_instance(class, record.shape.size_bytes as usize)
            };
            let limit = vm.heap.stats().max_bytes >> 20;
            let why = || format!("its objects do not fit into a heap of {limit} MiB");
            self.objects.push(or_refuse(made, why)?);
            self.kinds.push(class);
        }
        match kinds.is_empty() {
            true => Ok(()),
            false => refused("it has more classes of objects than objects"),
        }
    }

    /// Fills all objects.
    pub(super) fn fill_objects(&mut self) -> Result<(), PortableError> {
        let (vm, guest) = (self.vm, self.guest);
        let mut data = Reader::new(&guest.heap.data);
        let of_mirrors = self.plans.instance(vm, vm.known.class);
        for at in 0..self.classes.len() {
            let (class, mirror) = (self.classes[at], self.objects[at + 1]);
            self.fill_mark(mirror, at as Object + 1, &mut data)?;
            self.fill_fields(mirror, &of_mirrors, &mut data)?;
            let statics = self.plans.statics(vm, class);
            self.fill_fields(mirror, &statics, &mut data)?;
        }
        for number in self.classes.len() + 1..self.objects.len() {
            let (object, class) = (self.objects[number], self.kinds[number]);
            self.fill_mark(object, number as Object, &mut data)?;
            if vm.class(class).is_array() {
                self.fill_array(object, class, &mut data)?;
            } else {
                let fields = self.plans.instance(vm, class);
                self.fill_fields(object, &fields, &mut data)?;
            }
        }
        if !data.is_empty() {
            return refused("its objects have more contents than fields");
        }
        self.check_strings()?;
        self.fill_backtraces()
    }

    /// Lock and identity hash.
    fn fill_mark(
        &self,
        object: Ref,
        number: Object,
        data: &mut Reader<'_>,
    ) -> Result<(), PortableError> {
        let word = early(data.number())?;
        if word == 0 {
            return Ok(());
        }
        let (tag, payload) = (word as u32 & mark::TAG_MASK, word >> 2);
        let why = || format!("the lock or hash of object {number} is none");
        let payload = u32::try_from(payload).ok().filter(|&p| p >> mark::PAYLOAD_BITS == 0);
        let payload = or_refuse(payload, why)?;
        let fits = match tag {
            mark::UNLOCKED => true,
            mark::THIN => {
                let owner = payload & (mark::OWNER_MASK >> mark::PAYLOAD_SHIFT);
                self.guest.threads.iter().any(|t| t.id == owner)
            }
            mark::INFLATED => {
                self.guest.monitors.iter().any(|m| m.index == payload && m.object == number)
            }
            _ => false,
        };
        or_refuse(fits.then_some(()), why)?;
        self.vm.heap.mark(object).store(payload << mark::PAYLOAD_SHIFT | tag, Ordering::Relaxed);
        Ok(())
    }

    fn fill_fields(
        &mut self,
        object: Ref,
        fields: &[Field],
        data: &mut Reader<'_>,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        for field in fields {
            match field.role {
                Role::Own => {}
                Role::MethodTarget => self.fill_target(object, field.offset, data)?,
                Role::Plain if field.basic == BasicType::Object => {
                    let number = early(data.number32())?;
                    let value = self.value_of(number, field)?;
                    vm.heap.write_ref(object, field.offset as usize, value);
                }
                Role::Plain | Role::MemberIndex => {
                    let bytes = early(data.take(1 << field.basic.size_shift()))?;
                    self.fill_number(object, field, bytes);
                }
            }
        }
        Ok(())
    }

    fn fill_number(&self, object: Ref, field: &Field, bytes: &[u8]) {
        let vm = self.vm;
        match *bytes {
            // Booleans are 0 or 1 wherever they come from.
            [b] if field.basic == BasicType::Boolean => vm.set_u8(object, field.offset, b & 1),
            [b] => vm.set_u8(object, field.offset, b),
            [a, b] => vm.set_u16(object, field.offset, u16::from_le_bytes([a, b])),
            [a, b, c, d] => vm.set_u32(object, field.offset, u32::from_le_bytes([a, b, c, d])),
            _ => {
                let wide = std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0));
                vm.set_u64(object, field.offset, u64::from_le_bytes(wide));
            }
        }
    }

    /// The object with this number, if the field may hold it.
    fn value_of(&mut self, number: Object, field: &Field) -> Result<Ref, PortableError> {
        let value = self.object(number)?;
        if value.is_null() {
            return Ok(value);
        }
        let (vm, class) = (self.vm, self.kinds[number as usize]);
        let loader = vm.class(field.holder).loader;
        if !self.types.borrow_mut().admits(vm, loader, field.descriptor, class) {
            let (is, holder) = (vm.external_name(class), vm.external_name(field.holder));
            let wanted = vm.text(field.descriptor);
            return refused(format!("a field of {holder} of type {wanted} holds a {is}"));
        }
        Ok(value)
    }

    fn fill_array(
        &mut self,
        array: Ref,
        class: ClassId,
        data: &mut Reader<'_>,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let record = vm.class(class);
        let basic = BasicType::from_u8(record.element_type);
        let length = vm.array_len(array);
        if basic != BasicType::Object {
            let bytes = early(data.take(length << basic.size_shift()))?;
            vm.write_bytes(array, ARRAY_DATA_OFFSET, bytes);
            if basic == BasicType::Boolean && bytes.iter().any(|&b| b > 1) {
                return refused("a boolean is neither true nor false");
            }
            return Ok(());
        }
        for i in 0..length {
            let number = early(data.number32())?;
            let value = self.object(number)?;
            if value.is_null() {
                continue;
            }
            let is = self.kinds[number as usize];
            if !link::is_subclass(vm, is, record.component) {
                let (is, of) = (vm.external_name(is), vm.external_name(class));
                return refused(format!("an array of class {of} holds a {is}"));
            }
            vm.set_element(array, i, value);
        }
        Ok(())
    }

    fn fill_target(
        &self,
        object: Ref,
        offset: u32,
        data: &mut Reader<'_>,
    ) -> Result<(), PortableError> {
        let vm = self.vm;
        let method = early(read_method(data))?;
        let id = self.method(&method)?;
        vm.set_u32(object, offset, id.0);
        if !id.is_none() {
            let holder = vm.mirror(vm.method(id).class);
            vm.heap.write_ref(object, vm.known.rmn_vmholder as usize, holder);
        }
        Ok(())
    }

    /// The VM takes for granted what the constructors of `String` see to.
    fn check_strings(&self) -> Result<(), PortableError> {
        let vm = self.vm;
        let k = &vm.known;
        for (&object, &class) in self.objects.iter().zip(&self.kinds).skip(1) {
            if class != k.string {
                continue;
            }
            let value = vm.get_ref(object, k.string_value);
            let coder = vm.get_u8(object, k.string_coder);
            // One whose constructor has not run to its end has no contents yet.
            let is_even = value.is_null() || vm.array_len(value).is_multiple_of(2);
            if !(coder == 0 || coder == 1 && is_even) {
                return refused("a string has a part of a character");
            }
        }
        Ok(())
    }

    /// Places in class files become method ids again, see [`backtrace`].
    fn fill_backtraces(&self) -> Result<(), PortableError> {
        let vm = self.vm;
        let mut done = HashSet::new();
        for (&object, &class) in self.objects.iter().zip(&self.kinds).skip(1) {
            if !link::is_subclass(vm, class, vm.known.throwable) {
                continue;
            }
            let trace = vm.get_ref(object, vm.known.throwable_backtrace);
            if trace.is_null() {
                continue;
            }
            let arrays = backtrace::arrays(vm, trace);
            let (methods, mirrors) = or_refuse(arrays, || "a stack trace is none".into())?;
            if done.insert(methods) {
                self.fill_method_ids(methods, mirrors)?;
            }
        }
        Ok(())
    }

    fn fill_method_ids(&self, methods: Ref, mirrors: Ref) -> Result<(), PortableError> {
        let vm = self.vm;
        for i in 0..vm.array_len(methods) {
            let at = (ARRAY_DATA_OFFSET + 4 * i) as u32;
            let (index, mirror) = (vm.get_u32(methods, at), vm.element(mirrors, i));
            let id = match mirror.is_null() || vm.class_of(mirror) != vm.known.class {
                true => MethodId::NONE,
                false => {
                    let record = vm.class(vm.mirror_class(mirror));
                    let known = index < record.method_count;
                    if known { MethodId(record.first_method + index) } else { MethodId::NONE }
                }
            };
            if id.is_none() {
                return refused("a stack trace names a method that there is not");
            }
            vm.set_u32(methods, at, id.0);
        }
        Ok(())
    }
}
