//! Branches, switches, subroutines; polls on backward branches.

use super::regs::Regs;
use super::slow;
use super::unwind::unwind;

/// Taking branches.
impl Regs {
    /// Continues at a distance from `pc`; polls when going backward.
    #[inline(always)]
    pub unsafe fn branch(mut self, by: isize) {
        self.pc = self.pc.offset(by);
        if by <= 0 && self.poll() { self.jump(poll_here) } else { self.dispatch() }
    }

    /// Continues at an index into the method's code.
    #[inline(always)]
    pub unsafe fn jump_to_bci(self, bci: usize) {
        let by = bci as isize - self.bci() as isize;
        self.branch(by)
    }

    /// First byte of the running method's code.
    #[inline(always)]
    pub unsafe fn code(&self) -> *const u8 {
        slow::code_start((*self.frame()).method, self.base)
    }

    /// Index of `pc` in the code.
    #[inline(always)]
    pub unsafe fn bci(&self) -> usize {
        self.pc.offset_from_unsigned(self.code())
    }

    /// The first operand of a switch, which is aligned in the code; code starts are aligned.
    #[inline(always)]
    unsafe fn switch(&self) -> *const u32 {
        self.pc.add(4 - (self.pc as usize & 3)).cast()
    }
}

op! {
    /// A safepoint before the instruction at `pc`.
    #[cold]
    #[inline(never)]
    poll_here(s) {
        s.spill();
        s.again(slow::poll(s.thread()))
    }
}

/// `name |s| popped words, condition`: the condition sees the operands.
macro_rules! branch_if {
    ($($name:ident |$s:ident| $words:literal $taken:expr;)*) => { op! { $(
        $name($s) {
            let taken = $taken;
            $s.drop($words);
            if taken { $s.branch($s.short(1) as i16 as isize) } else { $s.next(3) }
        }
    )* } };
}
branch_if! {
    ifeq |s| 1 s.tos as i32 == 0;
    ifne |s| 1 s.tos as i32 != 0;
    iflt |s| 1 (s.tos as i32) < 0;
    ifge |s| 1 s.tos as i32 >= 0;
    ifgt |s| 1 s.tos as i32 > 0;
    ifle |s| 1 s.tos as i32 <= 0;
    if_icmpeq |s| 2 s.below(1) as i32 == s.tos as i32;
    if_icmpne |s| 2 s.below(1) as i32 != s.tos as i32;
    if_icmplt |s| 2 (s.below(1) as i32) < s.tos as i32;
    if_icmpge |s| 2 s.below(1) as i32 >= s.tos as i32;
    if_icmpgt |s| 2 s.below(1) as i32 > s.tos as i32;
    if_icmple |s| 2 s.below(1) as i32 <= s.tos as i32;
}

op! {
    goto(s) { s.branch(s.short(1) as i16 as isize) }
    goto_w(s) { s.branch(s.word(1) as i32 as isize) }

    // A return address is an index into the code, which stays right when the code is copied.
    jsr(s) {
        s.push(s.bci() as u64 + 3);
        s.branch(s.short(1) as i16 as isize)
    }
    jsr_w(s) {
        s.push(s.bci() as u64 + 5);
        s.branch(s.word(1) as i32 as isize)
    }
    ret(s) { s.jump_to_bci(s.local(s.byte(1)) as usize) }

    tableswitch(s) {
        let (operands, key) = (s.switch(), s.pop() as i32);
        let low = u32::from_be(*operands.add(1)) as i32;
        let high = u32::from_be(*operands.add(2)) as i32;
        let at = if low <= key && key <= high { 3 + key.wrapping_sub(low) as u32 as usize } else { 0 };
        s.branch(u32::from_be(*operands.add(at)) as i32 as isize)
    }
    lookupswitch(s) {
        let (operands, key) = (s.switch(), s.pop() as i32);
        let pairs = operands.add(2);
        let (mut first, mut end) = (0, u32::from_be(*operands.add(1)) as usize);
        while first < end {
            let middle = (first + end) / 2;
            let found = u32::from_be(*pairs.add(2 * middle)) as i32;
            if found == key {
                return s.branch(u32::from_be(*pairs.add(2 * middle + 1)) as i32 as isize);
            }
            if found < key { first = middle + 1 } else { end = middle }
        }
        s.branch(u32::from_be(*operands) as i32 as isize)
    }

    /// Throws what is on the stack.
    athrow(s) {
        s.spill();
        slow::athrow(s.thread(), s.tos);
        s.jump(unwind)
    }
}
