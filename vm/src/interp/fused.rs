//! Two instructions in one dispatch. The second one's bytes stay as they are, so jumps to it and
//! exceptions in it need nothing special: where the fused form can't go on, it does the first part only.

use super::object_access::{load_l, load_w};
use super::regs::{opcode_at, quicken_opcode};
use classfile::opcode as o;
use classfile::opcode::ALOAD_0_PLAIN;

op! {
    /// `aload_0` before it is known what follows; decides once that is resolved.
    aload_0(s) {
        let form = match opcode_at(s.pc.add(1)) {
            o::GETFIELD => o::ALOAD_0,
            o::GETFIELD_W => o::ALOAD_0_GETFIELD_W,
            o::GETFIELD_L => o::ALOAD_0_GETFIELD_L,
            _ => ALOAD_0_PLAIN,
        };
        if form != o::ALOAD_0 {
            quicken_opcode(s.pc, form);
        }
        s.push(s.local(0));
        s.next(1)
    }
    aload_0_getfield_w(s) {
        let this = s.local(0);
        if this as u32 == 0 {
            s.push(0);
            return s.next(1);
        }
        s.push(load_w(s.at(this, s.pc.add(2).cast::<u16>().read_unaligned() as usize)));
        s.next(4)
    }
    aload_0_getfield_l(s) {
        let this = s.local(0);
        if this as u32 == 0 {
            s.push(0);
            return s.next(1);
        }
        s.push2(load_l(s.at(this, s.pc.add(2).cast::<u16>().read_unaligned() as usize)));
        s.next(4)
    }
    iload_iload(s) {
        let (first, second) = (s.local(s.byte(1)), s.local(s.byte(3)));
        *s.sp = s.tos;
        *s.sp.add(1) = first;
        s.sp = s.sp.add(2);
        s.tos = second;
        s.next(4)
    }
}
