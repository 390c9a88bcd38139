//! Where types meet: assignment, and the nearest type that covers two (JVMS 4.10.2.2).

use super::types::{Info, Item};
use super::{Inferrer, Result};
use crate::error::Stop;
use crate::oracle::TypeOracle;

impl<O: TypeOracle> Inferrer<'_, '_, O> {
    /// Whether a value of type `from` may stand where `to` is expected.
    pub(super) fn is_assignable(&mut self, from: Info, to: Info) -> Result<bool, O> {
        Ok(from == to || self.meet(from, to, true)? == to)
    }

    /// The nearest type that covers both; [`Info::BOGUS`] if there is none. For assignment, `target` if it
    /// covers `value`, and interfaces are covered by everything and cover everything.
    pub(super) fn meet(&mut self, value: Info, target: Info, assigns: bool) -> Result<Info, O> {
        if value == target {
            return Ok(value);
        }
        if !value.is_reference() || !target.is_reference() {
            return Ok(Info::BOGUS);
        }
        let object = self.known.object;
        if value == Info::NULL || target == object {
            return Ok(target);
        }
        if target == Info::NULL {
            return Ok(value);
        }
        if value == object {
            let hack = assigns && target.dimensions() == 0 && self.is_interface(target)?;
            return Ok(if hack { target } else { value });
        }
        if value.dimensions() > 0 || target.dimensions() > 0 {
            return self.meet_arrays(value, target, assigns);
        }
        self.meet_classes(value, target, assigns)
    }

    fn is_array_interface(&self, kind: Info) -> bool {
        kind == self.known.cloneable || kind == self.known.serializable
    }

    /// At least one is an array; they differ, and none is null or Object.
    fn meet_arrays(&mut self, value: Info, target: Info, assigns: bool) -> Result<Info, O> {
        if self.is_array_interface(target) {
            return Ok(target);
        }
        if self.is_array_interface(value) {
            return Ok(value);
        }
        let object = self.known.object;
        // An array of primitives is an array of objects with a dimension less.
        let as_objects = |kind: Info| match kind.is(Item::Object) {
            true => kind,
            false => object.with_dimensions(kind.dimensions() - 1),
        };
        let (value, target) = (as_objects(value), as_objects(target));
        let (deep, shallow) = match value.dimensions().cmp(&target.dimensions()) {
            std::cmp::Ordering::Equal => {
                let element = self.meet(value.element(), target.element(), assigns)?;
                let dimensions = value.dimensions();
                return Ok(match element {
                    Info::BOGUS => element,
                    _ => element.with_dimensions(dimensions),
                });
            }
            std::cmp::Ordering::Less => (target, value),
            std::cmp::Ordering::Greater => (value, target),
        };
        debug_assert!(deep.dimensions() > shallow.dimensions());
        if self.is_array_interface(shallow.element()) {
            return Ok(shallow);
        }
        Ok(object.with_dimensions(shallow.dimensions()))
    }

    /// Two different classes, neither null nor Object.
    fn meet_classes(&mut self, value: Info, target: Info, assigns: bool) -> Result<Info, O> {
        let object = self.known.object;
        if let Some(&known) = self.meets.get(&(value, target, assigns)) {
            return Ok(known);
        }
        let met = if self.is_interface(target)? {
            if assigns { target } else { object }
        } else if self.is_interface(value)? {
            object
        } else if assigns {
            let (sub, sup) = (self.classes.name(value), self.classes.name(target));
            match self.oracle.is_subclass(sub, sup).map_err(Stop::load)? {
                true => target,
                false => object,
            }
        } else {
            let (a, b) = (self.classes.name(value), self.classes.name(target));
            let common = self.oracle.common_superclass(a, b).map_err(Stop::load)?;
            self.classes.object(common)
        };
        self.meets.insert((value, target, assigns), met);
        Ok(met)
    }

    fn is_interface(&self, class: Info) -> Result<bool, O> {
        self.oracle.is_interface(self.classes.name(class)).map_err(Stop::load)
    }
}
