//! Fields and calls (JVMS 4.10.1.8, 4.10.1.9).

use std::ops::Range;

use classfile::constant_pool::tag;
use classfile::opcode;

use super::{Checker, Result};
use crate::error::Stop;
use crate::external;
use crate::messages::Origin;
use crate::oracle::{Member, TypeOracle};
use crate::types::VType;

/// A member reference, copied out of the pool.
pub(super) struct Called<'a> {
    pub(super) index: u16,
    pub(super) class: VType,
    name: &'a [u8],
    pub(super) descriptor: &'a [u8],
    arguments: Range<u32>,
    result: Range<u32>,
}

impl<'a, O: TypeOracle> Checker<'_, 'a, O> {
    fn member(&mut self, index: u16) -> Called<'a> {
        let found = self.pool.member(index);
        Called {
            index,
            class: found.class,
            name: found.name,
            descriptor: found.descriptor,
            arguments: found.arguments.clone(),
            result: found.result.clone(),
        }
    }

    fn push_slots(&mut self, range: &Range<u32>) -> Result<(), O> {
        for at in range.clone() {
            let kind = self.pool.slots(&(at..at + 1))[0];
            self.push(kind)?;
        }
        Ok(())
    }

    fn pop_slots(&mut self, range: &Range<u32>) -> Result<(), O> {
        for at in range.clone().rev() {
            let kind = self.pool.slots(&(at..at + 1))[0];
            self.pop(kind)?;
        }
        Ok(())
    }

    /// `getstatic` to `putfield`.
    pub(super) fn access_field(&mut self, op: u8, index: u16) -> Result<(), O> {
        self.pool_tag(index, &[tag::FIELDREF])?;
        let field = self.member(index);
        let of_instance = matches!(op, opcode::GETFIELD | opcode::PUTFIELD);
        if of_instance && !field.class.is_class() {
            let class = external::class_name(self.class_name());
            let headline = format!(
                "Expecting reference to class in class {class} at constant pool index {index}"
            );
            return Err(self.bad_type(&headline, Origin::Pool(index, field.class), None));
        }
        match op {
            opcode::GETSTATIC => self.push_slots(&field.arguments),
            opcode::PUTSTATIC => self.pop_slots(&field.arguments),
            opcode::GETFIELD => {
                let object = self.pop(field.class)?;
                self.check_protected_field(&field, object)?;
                self.push_slots(&field.arguments)
            }
            _ => {
                self.pop_slots(&field.arguments)?;
                let object = self.pop_field_owner(&field)?;
                self.check_protected_field(&field, object)
            }
        }
    }

    /// Pops the object whose field is set. A constructor may set fields that its own class declares before it
    /// calls another constructor.
    fn pop_field_owner(&mut self, field: &Called<'_>) -> Result<VType, O> {
        let mut object = self.pop_any()?;
        if object == VType::UNINIT_THIS && field.class == self.known.this {
            let mut own = self.class.fields.iter();
            if own.any(|own| own.name == field.name && own.descriptor == field.descriptor) {
                object = self.known.this;
            }
        }
        if !self.is_assignable(object, field.class)? {
            let wanted = Some(Origin::Pool(field.index, field.class));
            let headline = "Bad type on operand stack in putfield";
            return Err(self.bad_type(headline, self.popped(), wanted));
        }
        Ok(object)
    }

    fn check_protected_field(&mut self, field: &Called<'_>, object: VType) -> Result<(), O> {
        if object == self.known.this || !self.is_protected(field, Member::Field)? {
            return Ok(());
        }
        self.check_own_kind(object, "Bad access to protected data in getfield")
    }

    /// Whether the member belongs to a superclass, is protected there and out of this package.
    fn is_protected(&self, member: &Called<'_>, kind: Member) -> Result<bool, O> {
        let holder = self.pool.names.name(member.class);
        if !self.oracle.is_superclass(holder) {
            return Ok(false);
        }
        self.oracle
            .is_protected_elsewhere(holder, member.name, member.descriptor, kind)
            .map_err(Stop::load)
    }

    fn check_own_kind(&mut self, object: VType, headline: &str) -> Result<(), O> {
        if self.is_own_kind(object)? {
            return Ok(());
        }
        let wanted = Some(Origin::Implicit(self.known.this));
        Err(self.bad_type(headline, self.popped(), wanted))
    }

    /// `invokevirtual` to `invokedynamic`, with the last two operand bytes of those that have them. Answers
    /// whether it called a constructor on `this`.
    pub(super) fn invoke(&mut self, op: u8, index: u16, rest: [u8; 2]) -> Result<bool, O> {
        let tags: &[u8] = match op {
            opcode::INVOKEINTERFACE => &[tag::INTERFACE_METHODREF],
            opcode::INVOKEDYNAMIC => &[tag::INVOKE_DYNAMIC],
            opcode::INVOKESPECIAL | opcode::INVOKESTATIC if self.class.major >= 52 => {
                &[tag::METHODREF, tag::INTERFACE_METHODREF]
            }
            _ => &[tag::METHODREF],
        };
        let found = self.pool_tag(index, tags)?;
        let method = self.member(index);
        self.check_operand_bytes(op, rest, method.arguments.len())?;
        let constructor = method.name == b"<init>";
        if method.name.first() == Some(&b'<') {
            if op != opcode::INVOKESPECIAL || !constructor {
                return Err(self.bad_code("Illegal call to internal method"));
            }
        } else if op == opcode::INVOKESPECIAL {
            self.check_special_class(&method, found)?;
        }
        self.pop_slots(&method.arguments)?;
        let mut constructs = false;
        match op {
            opcode::INVOKESTATIC | opcode::INVOKEDYNAMIC => {}
            opcode::INVOKESPECIAL if constructor => constructs = self.construct(&method)?,
            opcode::INVOKESPECIAL => drop(self.pop(self.known.this)?),
            opcode::INVOKEVIRTUAL => self.pop_receiver(&method)?,
            _ => drop(self.pop(method.class)?),
        }
        if constructor && !method.result.is_empty() {
            return Err(self.bad_code("Return type must be void in <init> method"));
        }
        self.push_slots(&method.result)?;
        Ok(constructs)
    }

    fn check_operand_bytes(&self, op: u8, rest: [u8; 2], argument_slots: usize) -> Result<(), O> {
        let wrong = match op {
            opcode::INVOKEINTERFACE if usize::from(rest[0]) != argument_slots + 1 => {
                "Inconsistent args count operand in invokeinterface"
            }
            opcode::INVOKEINTERFACE if rest[1] != 0 => {
                "Fourth operand byte of invokeinterface must be zero"
            }
            opcode::INVOKEDYNAMIC if rest != [0, 0] => {
                "Third and fourth operand bytes of invokedynamic must be zero"
            }
            _ => return Ok(()),
        };
        Err(self.bad_code(wrong))
    }

    /// `invokespecial` calls a method of this class, a superclass or a direct superinterface (JVMS 4.9.2).
    fn check_special_class(&mut self, method: &Called<'_>, found: u8) -> Result<(), O> {
        let (class, this) = (method.class, self.known.this);
        let name = self.pool.names.name(class);
        if class == this
            || Some(class) == self.known.superclass
            || self.class.interface_names().any(|interface| interface == name)
        {
            return Ok(());
        }
        if !self.is_assignable(this, class)? {
            return Err(self.bad_code(
                "Bad invokespecial instruction: current class isn't assignable to reference class.",
            ));
        }
        if found == tag::INTERFACE_METHODREF {
            return Err(self.bad_code(
                "Bad invokespecial instruction: interface method reference is in an indirect superinterface.",
            ));
        }
        Ok(())
    }

    /// Pops what `invokevirtual` calls a method on.
    fn pop_receiver(&mut self, method: &Called<'_>) -> Result<(), O> {
        let object = self.pop(method.class)?;
        if object == self.known.this || !self.is_protected(method, Member::Method)? {
            return Ok(());
        }
        // Arrays have a public clone().
        if method.class == self.known.object && object.is_array() && method.name == b"clone" {
            return Ok(());
        }
        self.check_own_kind(object, "Bad access to protected data in invokevirtual")
    }

    /// Whether the constructor is a protected one of a superclass in another package.
    pub(super) fn is_protected_constructor(&self, method: &Called<'_>) -> Result<bool, O> {
        self.is_protected(method, Member::Method)
    }
}
