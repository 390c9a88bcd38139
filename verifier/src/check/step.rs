//! The walk over the code, instruction by instruction (JVMS 4.10.1.6, 4.10.1.9).
//!
//! What an instruction pops and pushes comes from the opcode table, where its types do not depend on operands.

use classfile::opcode::{self, Instruction, Operands, decode};
use classfile::opcode::{ALOAD, ALOAD_0, ASTORE, ASTORE_0, ASTORE_3};
use classfile::opcode::{DLOAD_0, DSTORE_0, FLOAD_0, FSTORE_0, IINC, ILOAD, ILOAD_0, ISTORE};
use classfile::opcode::{ISTORE_0, JSR, JSR_W, LLOAD_0, LSTORE_0, RET};

use super::{Checker, Result};
use crate::code_map;
use crate::error::Stop;
use crate::frame_types::FrameTypes;
use crate::messages::Fault;
use crate::oracle::TypeOracle;
use crate::types::VType;

/// The value types of loads and stores, in the opcodes' order.
const VALUES: [VType; 5] =
    [VType::INT, VType::LONG, VType::FLOAT, VType::DOUBLE, VType::ANY_REFERENCE];

impl<O: TypeOracle> Checker<'_, '_, O> {
    pub(super) fn check_code(&mut self) -> Result<(), O> {
        let code = self.code.bytes;
        let (mut pc, mut next_map, mut falls_in) = (0, 0, true);
        while pc < code.len() {
            self.frame.pc = pc;
            self.frame.mark();
            self.meet_map(&mut next_map, falls_in)?;
            self.frame.mark();
            if let Some((wanted, found)) = &mut self.probe
                && *wanted == pc
            {
                *found = Some(FrameTypes::of(self.frame.view(), &self.pool.names));
            }
            let Some(instruction) = decode(code, pc).filter(|_| is_allowed(code[pc])) else {
                return Err(self.bad_instruction(code[pc]));
            };
            if instruction.wide && instruction.op == RET {
                return Err(self.bad_code("Bad wide instruction"));
            }
            falls_in = self.check_instruction(&instruction)?;
            pc += instruction.length as usize;
        }
        if falls_in {
            let headline = format_args!("Control flow falls through code end");
            return Err(self.fail(headline, code.len(), Fault::Code));
        }
        Ok(())
    }

    #[cold]
    fn bad_instruction(&self, op: u8) -> Box<Stop<O::Error>> {
        self.fail(format_args!("Bad instruction: {op:02x}"), self.frame.pc, Fault::Code)
    }

    /// Checks an instruction with its handlers; answers whether the next one follows it.
    fn check_instruction(&mut self, instruction: &Instruction<'_>) -> Result<bool, O> {
        let op = instruction.op;
        // A store's handlers see the locals from before it.
        if matches!(op, ISTORE..=ASTORE_3) {
            self.check_handlers(false)?;
            self.store(op, instruction)?;
            return Ok(true);
        }
        let constructs = self.effect(op, instruction)?;
        self.check_handlers(constructs)?;
        Ok(!matches!(
            op,
            opcode::GOTO
                | opcode::GOTO_W
                | opcode::TABLESWITCH
                | opcode::LOOKUPSWITCH
                | opcode::IRETURN..=opcode::RETURN | opcode::ATHROW
        ))
    }

    /// What an instruction other than a store does to the frame. Answers whether it called a constructor on
    /// `this`.
    fn effect(&mut self, op: u8, instruction: &Instruction<'_>) -> Result<bool, O> {
        match (op, instruction.operands) {
            (ILOAD..=opcode::ALOAD_3, _) => self.load(op, instruction)?,
            (IINC, Operands::Increment { local, .. }) => {
                self.read_local(usize::from(local), VType::INT)?;
                self.write_local(usize::from(local), VType::INT)?;
            }
            (opcode::IALOAD..=opcode::SALOAD, _) => self.array_load(op)?,
            (opcode::IASTORE..=opcode::SASTORE, _) => self.array_store(op)?,
            (opcode::POP..=opcode::SWAP, _) => self.shuffle(op)?,
            (opcode::ACONST_NULL, _) => self.push(VType::NULL)?,
            (opcode::TABLESWITCH | opcode::LOOKUPSWITCH, _) => self.switch(instruction)?,
            (opcode::IRETURN..=opcode::ARETURN, _) => {
                let wanted = VALUES[usize::from(op - opcode::IRETURN)];
                if wanted.is_wide() {
                    self.pop(wanted.upper_half())?;
                }
                let value = self.pop(wanted)?;
                self.check_return(value)?;
            }
            (opcode::RETURN, _) => self.check_plain_return()?,
            (opcode::ATHROW, _) => {
                self.pop(self.known.throwable)?;
            }
            (opcode::ARRAYLENGTH, _) => self.array_length()?,
            (opcode::NEWARRAY, Operands::NewArray(kind)) => self.new_array(kind)?,
            (opcode::MULTIANEWARRAY, Operands::MultiANewArray { index, dimensions }) => {
                self.new_arrays(index, dimensions)?;
            }
            (opcode::INVOKEINTERFACE, Operands::InvokeInterface { index, count, zero }) => {
                return self.invoke(op, index, [count, zero]);
            }
            (opcode::INVOKEDYNAMIC, Operands::InvokeDynamic { index, zero }) => {
                return self.invoke(op, index, zero.to_be_bytes());
            }
            (_, Operands::Constant(index)) => return self.constant_operand(op, index),
            _ => self.table_effect(op, instruction)?,
        }
        Ok(false)
    }

    /// Instructions with a constant pool index and nothing else.
    fn constant_operand(&mut self, op: u8, index: u16) -> Result<bool, O> {
        match op {
            opcode::LDC | opcode::LDC_W | opcode::LDC2_W => self.load_constant(op, index)?,
            opcode::GETSTATIC..=opcode::PUTFIELD => self.access_field(op, index)?,
            opcode::NEW => self.new_object(index)?,
            opcode::ANEWARRAY => self.new_reference_array(index)?,
            opcode::CHECKCAST | opcode::INSTANCEOF => self.check_cast(op, index)?,
            _ => return self.invoke(op, index, [0, 0]),
        }
        Ok(false)
    }

    /// Pops, jumps and pushes as the opcode table says.
    fn table_effect(&mut self, op: u8, instruction: &Instruction<'_>) -> Result<(), O> {
        let row = opcode::info(op);
        for &letter in row.pops.as_bytes().iter().rev() {
            match letter {
                b'i' => drop(self.pop(VType::INT)?),
                b'f' => drop(self.pop(VType::FLOAT)?),
                b'l' => self.pop_wide(VType::LONG)?,
                b'd' => self.pop_wide(VType::DOUBLE)?,
                _ => drop(self.pop(VType::ANY_REFERENCE)?),
            }
        }
        if let Operands::Branch(offset) = instruction.operands {
            self.jump(offset)?;
        }
        for &letter in row.pushes.as_bytes() {
            match letter {
                b'i' => self.push(VType::INT)?,
                b'f' => self.push(VType::FLOAT)?,
                b'l' => self.push_wide(VType::LONG)?,
                _ => self.push_wide(VType::DOUBLE)?,
            }
        }
        Ok(())
    }

    fn load(&mut self, op: u8, instruction: &Instruction<'_>) -> Result<(), O> {
        let (wanted, index) = match (op, instruction.operands) {
            (ILOAD..=ALOAD, Operands::Local(index)) => (VALUES[usize::from(op - ILOAD)], index),
            _ => short_form(op, [ILOAD_0, LLOAD_0, FLOAD_0, DLOAD_0, ALOAD_0]),
        };
        let index = usize::from(index);
        if wanted.is_wide() {
            self.read_wide_local(index, wanted)?;
            return self.push_wide(wanted);
        }
        let value = self.read_local(index, wanted)?;
        self.push(value)
    }

    fn store(&mut self, op: u8, instruction: &Instruction<'_>) -> Result<(), O> {
        let (wanted, index) = match (op, instruction.operands) {
            (ISTORE..=ASTORE, Operands::Local(index)) => (VALUES[usize::from(op - ISTORE)], index),
            _ => short_form(op, [ISTORE_0, LSTORE_0, FSTORE_0, DSTORE_0, ASTORE_0]),
        };
        let index = usize::from(index);
        if wanted.is_wide() {
            self.pop_wide(wanted)?;
            return self.write_wide_local(index, wanted);
        }
        let value = self.pop(wanted)?;
        self.write_local(index, value)
    }
}

/// Type and local of an instruction such as `iload_2`, from the first opcode of each type.
fn short_form(op: u8, firsts: [u8; 5]) -> (VType, u16) {
    let nth = usize::from(op - firsts[0]);
    (VALUES[nth / 4 % 5], (nth % 4) as u16)
}

/// Whether code that is verified by types may contain the opcode (JVMS 4.9.1).
fn is_allowed(op: u8) -> bool {
    op <= 201 && !matches!(op, JSR | JSR_W | RET) && code_map::mnemonic(op) != "<illegal>"
}
