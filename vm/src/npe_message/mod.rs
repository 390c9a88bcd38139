//! Helpful messages of NullPointerExceptions (JEP 358), in HotSpot's words.
//!
//! A message says what could not be done and, where the code tells, which expression was null. It is made
//! from the class file alone, when `getMessage` is called: [`describe`] needs only the method and
//! the instruction that threw. There is none for exceptions that a program made with `new`, since the
//! instruction of those is a constructor's call.

mod sim;
#[cfg(test)]
mod tests;
mod words;

use crate::meta::MethodRecord;
use crate::refmap::Method;
use crate::vm::Vm;
use classfile::descriptor::MethodDescriptor;
use classfile::opcode::{self as op, Instruction, decode};
use sim::Stacks;
use words::Words;

/// The message for an NPE thrown by the instruction at `bci`; `None` if there is none.
///
/// The caller takes care that the exception's top frame is not hidden.
pub fn describe(vm: &Vm, method: &MethodRecord, bci: usize) -> Option<String> {
    describe_code(&Method::of(&vm.meta, method)?, bci)
}

/// As [`describe`], for a method given by its class file.
pub fn describe_code(method: &Method<'_>, bci: usize) -> Option<String> {
    let insn = decode(method.code.code, bci)?;
    let null_slot = null_slot(method, &insn)?;
    let mut words = Words::new(method, Stacks::until(method, bci)?);
    words.action(&insn)?;
    words.cause(bci, null_slot);
    Some(words.finish())
}

/// How far below the top the reference lies that the instruction needs; `None` for instructions
/// that never throw an NPE by themselves.
fn null_slot(method: &Method<'_>, insn: &Instruction<'_>) -> Option<usize> {
    let descriptor = || insn.constant_index().and_then(|index| method.pool.descriptor(index));
    Some(match insn.op {
        op::GETFIELD | op::ARRAYLENGTH | op::ATHROW | op::MONITORENTER | op::MONITOREXIT => 0,
        op::IALOAD..=op::SALOAD => 1,
        op::LASTORE | op::DASTORE => 3,
        op::IASTORE..=op::SASTORE => 2,
        op::PUTFIELD => sim::type_slots(*descriptor()?.first()?),
        op::INVOKEVIRTUAL | op::INVOKESPECIAL | op::INVOKEINTERFACE => {
            let (name, descriptor) = method.pool.name_and_type(insn.constant_index()?)?;
            // A constructor's receiver is never null.
            if name == b"<init>" {
                return None;
            }
            MethodDescriptor::parse(descriptor).ok()?.param_slots() as usize
        }
        _ => return None,
    })
}
