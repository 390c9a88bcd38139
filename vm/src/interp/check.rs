//! Debug builds: what must hold before each instruction.

use super::regs::Regs;
use super::slow::code_start;
use crate::frame::{FRAME_SLOTS, FrameKind};
use classfile::opcode as o;

/// `pc` is in the code, `sp` within the operand stack.
pub(super) unsafe fn check_registers(s: &Regs) {
    let frame = &*s.frame();
    if frame.kind != FrameKind::Java {
        debug_assert_eq!(*s.pc, o::JAVA_EXIT, "running in a frame without code");
        return;
    }
    let m = &*frame.method;
    let bci = (s.pc as usize).wrapping_sub(code_start(m, s.base) as usize);
    let stack = (s.frame() as *mut u64).add(FRAME_SLOTS);
    let height = s.sp.offset_from(stack) + 1;
    let fits = (0..=m.max_stack as isize).contains(&height);
    debug_assert!(
        bci < m.code_len as usize && fits && s.loc == frame.locals,
        "registers out of step in {}.{} at {bci}, height {height}",
        s.thread().vm().external_name(m.class),
        s.thread().vm().text(m.name),
    );
}
