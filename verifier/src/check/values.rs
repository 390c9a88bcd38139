//! Arrays, constants, new values, casts, and moving values about the stack (JVMS 4.10.1.9).

use classfile::constant_pool::tag;
use classfile::descriptor::FieldType;
use classfile::opcode;

use super::{Checker, Result};
use crate::external;
use crate::messages::{Fault, Origin};
use crate::oracle::TypeOracle;
use crate::types::VType;

/// What the elements are on the stack and the array types that fit, in the order of `iaload` to `saload`.
const ARRAYS: [(VType, &[u8]); 8] = [
    (VType::INT, b"I"),
    (VType::LONG, b"J"),
    (VType::FLOAT, b"F"),
    (VType::DOUBLE, b"D"),
    (VType::ANY_REFERENCE, b"L["),
    (VType::INT, b"BZ"),
    (VType::INT, b"C"),
    (VType::INT, b"S"),
];

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Pops an array that the instruction can work with; null is one.
    fn pop_array(&mut self, op: u8, letters: &[u8]) -> Result<VType, O> {
        let array = self.pop(VType::ANY_REFERENCE)?;
        let fits =
            self.pool.names.component_letter(array).is_some_and(|letter| letters.contains(&letter));
        if fits || array == VType::NULL {
            return Ok(array);
        }
        let wanted = match letters {
            b"BZ" => None,
            b"L[" => Some(Origin::Implicit(VType::ANY_REFERENCE)),
            _ => Some(Origin::Implicit(self.pool.names.named([b"[", letters].concat()))),
        };
        let mnemonic = opcode::info(op).mnemonic;
        let headline = format!("Bad type on operand stack in {mnemonic}");
        Err(self.bad_type(&headline, self.popped(), wanted))
    }

    pub(super) fn array_load(&mut self, op: u8) -> Result<(), O> {
        let (element, letters) = ARRAYS[usize::from(op - opcode::IALOAD)];
        self.pop(VType::INT)?;
        let array = self.pop_array(op, letters)?;
        if op != opcode::AALOAD {
            return self.push_value(element);
        }
        let element = if array == VType::NULL { array } else { self.pool.names.component(array) };
        self.push(element)
    }

    pub(super) fn array_store(&mut self, op: u8) -> Result<(), O> {
        let (element, letters) = ARRAYS[usize::from(op - opcode::IASTORE)];
        let element = if op == opcode::AASTORE { self.known.object } else { element };
        self.pop_value(element)?;
        self.pop(VType::INT)?;
        self.pop_array(op, letters)?;
        Ok(())
    }

    pub(super) fn array_length(&mut self) -> Result<(), O> {
        let array = self.pop(VType::ANY_REFERENCE)?;
        if array != VType::NULL && !array.is_array() {
            let headline = "Bad type on operand stack in arraylength";
            return Err(self.bad_type(headline, self.popped(), None));
        }
        self.push(VType::INT)
    }

    /// Pops either one wide value or two single ones; upper slot first.
    fn pop_pair(&mut self, op: u8) -> Result<(VType, VType), O> {
        let upper = self.pop_any()?;
        if upper.is_single() {
            return Ok((upper, self.pop(VType::ANY_SINGLE)?));
        }
        if upper.is_upper_half() {
            return Ok((upper, self.pop(VType::ANY_WIDE)?));
        }
        let mnemonic = opcode::info(op).mnemonic;
        let headline = format!("Bad type on operand stack in {mnemonic}");
        Err(self.bad_type(&headline, self.popped(), None))
    }

    /// `pop` to `swap`.
    pub(super) fn shuffle(&mut self, op: u8) -> Result<(), O> {
        const SINGLE: VType = VType::ANY_SINGLE;
        match op {
            opcode::POP => self.pop(SINGLE).map(drop),
            opcode::POP2 => self.pop_pair(op).map(drop),
            opcode::DUP => {
                let a = self.pop(SINGLE)?;
                self.push_all(&[a, a])
            }
            opcode::DUP_X1 => {
                let (a, b) = (self.pop(SINGLE)?, self.pop(SINGLE)?);
                self.push_all(&[a, b, a])
            }
            opcode::DUP_X2 => {
                let (a, (b, c)) = (self.pop(SINGLE)?, self.pop_pair(op)?);
                self.push_all(&[a, c, b, a])
            }
            opcode::DUP2 => {
                let (a, b) = self.pop_pair(op)?;
                self.push_all(&[b, a, b, a])
            }
            opcode::DUP2_X1 => {
                let ((a, b), c) = (self.pop_pair(op)?, self.pop(SINGLE)?);
                self.push_all(&[b, a, c, b, a])
            }
            opcode::DUP2_X2 => {
                let ((a, b), (c, d)) = (self.pop_pair(op)?, self.pop_pair(op)?);
                self.push_all(&[b, a, d, c, b, a])
            }
            _ => {
                let (a, b) = (self.pop(SINGLE)?, self.pop(SINGLE)?);
                self.push_all(&[a, b])
            }
        }
    }

    fn push_all(&mut self, values: &[VType]) -> Result<(), O> {
        values.iter().try_for_each(|&value| self.push(value))
    }

    /// The tag of an entry that must be one of `tags`.
    pub(super) fn pool_tag(&self, index: u16, tags: &[u8]) -> Result<u8, O> {
        let found = self.class.constant_pool.tag(index);
        if tags.contains(&found) {
            return Ok(found);
        }
        let outside = index == 0 || usize::from(index) >= self.class.constant_pool.len();
        let what = if outside { "constant pool index" } else { "type at constant pool entry" };
        let class = external::class_name(self.class_name());
        let headline = format_args!("Illegal {what} {index} in class {class}");
        Err(self.fail(headline, self.frame.pc, Fault::PoolIndex(index)))
    }

    /// The type of a Class entry.
    pub(super) fn class_at(&mut self, index: u16) -> Result<VType, O> {
        self.pool_tag(index, &[tag::CLASS])?;
        Ok(self.pool.class(index))
    }

    /// `ldc`, `ldc_w`, `ldc2_w`.
    pub(super) fn load_constant(&mut self, op: u8, index: u16) -> Result<(), O> {
        const SINGLE: [u8; 7] = [
            tag::INTEGER,
            tag::FLOAT,
            tag::STRING,
            tag::METHOD_HANDLE,
            tag::METHOD_TYPE,
            tag::CLASS,
            tag::DYNAMIC,
        ];
        const WIDE: [u8; 3] = [tag::DOUBLE, tag::LONG, tag::DYNAMIC];
        let tags = if op == opcode::LDC2_W { &WIDE[..] } else { &SINGLE };
        let value = match self.pool_tag(index, tags)? {
            tag::INTEGER => VType::INT,
            tag::FLOAT => VType::FLOAT,
            tag::LONG => VType::LONG,
            tag::DOUBLE => VType::DOUBLE,
            tag::STRING => self.known.string,
            tag::CLASS => self.known.class,
            tag::METHOD_HANDLE => self.known.method_handle,
            tag::METHOD_TYPE => self.known.method_type,
            _ => {
                let (_, _, kind) = self.class.constant_pool.dynamic(index).unwrap_or_default();
                let value =
                    FieldType::parse(kind).map_or(VType::TOP, |kind| self.pool.names.value(kind));
                if value.is_wide() != (op == opcode::LDC2_W) {
                    self.pool_tag(index, &tags[..tags.len() - 1])?;
                }
                value
            }
        };
        self.push_value(value)
    }

    pub(super) fn new_object(&mut self, index: u16) -> Result<(), O> {
        let class = self.class_at(index)?;
        if !class.is_class() {
            let found = Origin::Pool(index, class);
            return Err(self.bad_type("Illegal new instruction", found, None));
        }
        self.push(VType::new_object(self.frame.pc as u16))
    }

    /// `newarray`.
    pub(super) fn new_array(&mut self, kind: u8) -> Result<(), O> {
        let name: &[u8] = match kind {
            4 => b"[Z",
            5 => b"[C",
            6 => b"[F",
            7 => b"[D",
            8 => b"[B",
            9 => b"[S",
            10 => b"[I",
            11 => b"[J",
            _ => return Err(self.bad_code("Illegal newarray instruction")),
        };
        let array = self.pool.names.named(name);
        self.pop(VType::INT)?;
        self.push(array)
    }

    /// `anewarray`.
    pub(super) fn new_reference_array(&mut self, index: u16) -> Result<(), O> {
        let component = self.class_at(index)?;
        self.pop(VType::INT)?;
        if self.pool.names.name(component).starts_with(&[b'['; 255]) {
            return Err(
                self.bad_code("Illegal anewarray instruction, array has more than 255 dimensions")
            );
        }
        let array = self.pool.names.array_of(component);
        self.push(array)
    }

    /// `multianewarray`.
    pub(super) fn new_arrays(&mut self, index: u16, dimensions: u8) -> Result<(), O> {
        let array = self.class_at(index)?;
        if !array.is_array() {
            let headline = "Illegal constant pool index in multianewarray instruction";
            return Err(self.bad_type(headline, Origin::Pool(index, array), None));
        }
        let most = self.pool.names.name(array).iter().take_while(|&&byte| byte == b'[').count();
        if dimensions < 1 || most < usize::from(dimensions) {
            let headline =
                format_args!("Illegal dimension in multianewarray instruction: {dimensions}");
            return Err(self.fail(headline, self.frame.pc, Fault::Code));
        }
        for _ in 0..dimensions {
            self.pop(VType::INT)?;
        }
        self.push(array)
    }

    /// `checkcast` and `instanceof`.
    pub(super) fn check_cast(&mut self, op: u8, index: u16) -> Result<(), O> {
        let class = self.class_at(index)?;
        self.pop(self.known.object)?;
        self.push(if op == opcode::CHECKCAST { class } else { VType::INT })
    }
}
