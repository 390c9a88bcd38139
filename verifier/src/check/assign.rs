//! Which types may stand for which (JVMS 4.10.1.2).

use super::{Checker, Result};
use crate::error::Stop;
use crate::oracle::TypeOracle;
use crate::types::VType;

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Whether a value of type `from` may stand where `to` is expected.
    #[inline]
    pub(super) fn is_assignable(&mut self, from: VType, to: VType) -> Result<bool, O> {
        if from == to || to == VType::TOP {
            return Ok(true);
        }
        match to {
            VType::ANY_SINGLE => Ok(from.is_single()),
            VType::ANY_WIDE => Ok(from.is_wide()),
            VType::ANY_REFERENCE => Ok(from.is_reference() || from.is_uninitialized()),
            VType::BOOLEAN | VType::BYTE | VType::SHORT | VType::CHAR => Ok(from == VType::INT),
            _ if to.is_named() && from.is_reference() => self.is_reference_assignable(from, to),
            _ => Ok(false),
        }
    }

    fn is_reference_assignable(&mut self, from: VType, to: VType) -> Result<bool, O> {
        if from == VType::NULL || to == self.known.object {
            return Ok(true);
        }
        if let Some(&known) = self.assignable.get(&(from, to)) {
            return Ok(known);
        }
        let answer = self.work_out(from, to)?;
        self.assignable.insert((from, to), answer);
        Ok(answer)
    }

    /// For two different classes or arrays. Arrays lose a dimension per turn.
    fn work_out(&mut self, mut from: VType, mut to: VType) -> Result<bool, O> {
        while to.is_array() {
            if !from.is_array() {
                return Ok(false);
            }
            from = self.pool.names.component(from);
            to = self.pool.names.component(to);
            if from == to || to == self.known.object && from.is_named() {
                return Ok(true);
            }
            if !from.is_named() || !to.is_named() {
                return Ok(false);
            }
        }
        let name = self.pool.names.name(to);
        if self.oracle.is_interface(name).map_err(Stop::load)? {
            let of_arrays = matches!(name, b"java/lang/Cloneable" | b"java/io/Serializable");
            return Ok(!from.is_array() || of_arrays);
        }
        if from.is_array() {
            return Ok(false);
        }
        self.oracle.is_subclass(self.pool.names.name(from), name).map_err(Stop::load)
    }

    /// Whether an object may be treated as one of the class that is verified, for access to a protected
    /// member (JVMS 4.10.1.8): `java.lang.Object` is none, even if that class is an interface.
    pub(super) fn is_own_kind(&mut self, from: VType) -> Result<bool, O> {
        let this = self.known.this;
        if from != self.known.object || this == from {
            return self.is_assignable(from, this);
        }
        let (from, this) = (self.pool.names.name(from), self.pool.names.name(this));
        if self.oracle.is_interface(this).map_err(Stop::load)? {
            return Ok(false);
        }
        self.oracle.is_subclass(from, this).map_err(Stop::load)
    }
}
