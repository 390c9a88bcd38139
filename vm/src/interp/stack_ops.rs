//! Constants in the instruction, loads and stores of locals, moves on the operand stack, `wide`.

use classfile::opcode as o;

op! {
    nop(s) { s.next(1) }
    lconst_0(s) { s.push2(0); s.next(1) }
    lconst_1(s) { s.push2(1); s.next(1) }
    dconst_1(s) { s.push2(1f64.to_bits()); s.next(1) }
    bipush(s) { s.push(s.byte(1) as i8 as i32 as u32 as u64); s.next(2) }
    sipush(s) { s.push(s.short(1) as i16 as i32 as u32 as u64); s.next(3) }
}

macro_rules! constants {
    ($($name:ident $v:expr;)*) => { op! { $($name(s) { s.push(($v) as u64); s.next(1) })* } };
}
constants! {
    iconst_m1 -1i32 as u32; iconst_0 0; iconst_1 1; iconst_2 2; iconst_3 3; iconst_4 4; iconst_5 5;
    fconst_1 1f32.to_bits(); fconst_2 2f32.to_bits();
}

op! {
    load(s) { s.push(s.local(s.byte(1))); s.next(2) }
    load_wide(s) { s.push2(s.local(s.byte(1) + 1)); s.next(2) }
    store(s) { s.set_local(s.byte(1), s.tos); s.drop(1); s.next(2) }
    store_wide(s) { s.set_local(s.byte(1) + 1, s.tos); s.drop(2); s.next(2) }
}

macro_rules! locals {
    ($($load:ident $load_wide:ident $store:ident $store_wide:ident $n:literal;)*) => { op! { $(
        $load(s) { s.push(s.local($n)); s.next(1) }
        $load_wide(s) { s.push2(s.local($n + 1)); s.next(1) }
        $store(s) { s.set_local($n, s.tos); s.drop(1); s.next(1) }
        $store_wide(s) { s.set_local($n + 1, s.tos); s.drop(2); s.next(1) }
    )* } };
}
locals! {
    load_0 load_wide_0 store_0 store_wide_0 0;
    load_1 load_wide_1 store_1 store_wide_1 1;
    load_2 load_wide_2 store_2 store_wide_2 2;
    load_3 load_wide_3 store_3 store_wide_3 3;
}

op! {
    pop(s) { s.drop(1); s.next(1) }
    pop2(s) { s.drop(2); s.next(1) }
    dup(s) { s.push(s.tos); s.next(1) }
    dup_x1(s) {
        let b = s.below(1);
        *s.sp.sub(1) = s.tos;
        *s.sp = b;
        s.sp = s.sp.add(1);
        s.next(1)
    }
    dup_x2(s) {
        let (b, c) = (s.below(1), s.below(2));
        *s.sp.sub(2) = s.tos;
        *s.sp.sub(1) = c;
        *s.sp = b;
        s.sp = s.sp.add(1);
        s.next(1)
    }
    dup2(s) {
        let b = s.below(1);
        *s.sp = s.tos;
        *s.sp.add(1) = b;
        s.sp = s.sp.add(2);
        s.next(1)
    }
    dup2_x1(s) {
        let (b, c) = (s.below(1), s.below(2));
        *s.sp.sub(2) = b;
        *s.sp.sub(1) = s.tos;
        *s.sp = c;
        *s.sp.add(1) = b;
        s.sp = s.sp.add(2);
        s.next(1)
    }
    dup2_x2(s) {
        let (b, c, d) = (s.below(1), s.below(2), s.below(3));
        *s.sp.sub(3) = b;
        *s.sp.sub(2) = s.tos;
        *s.sp.sub(1) = d;
        *s.sp = c;
        *s.sp.add(1) = b;
        s.sp = s.sp.add(2);
        s.next(1)
    }
    swap(s) {
        let b = s.below(1);
        *s.sp.sub(1) = s.tos;
        s.tos = b;
        s.next(1)
    }
    iinc(s) {
        let slot = s.loc.add(s.byte(1));
        let by = s.byte(2) as i8 as i32;
        *slot = (*slot as i32).wrapping_add(by) as u32 as u64;
        s.next(3)
    }
    wide(s) {
        let n = s.short(2) as usize;
        match s.byte(1) as u8 {
            o::ILOAD | o::FLOAD | o::ALOAD => s.push(s.local(n)),
            o::LLOAD | o::DLOAD => s.push2(s.local(n + 1)),
            o::ISTORE | o::FSTORE | o::ASTORE => { s.set_local(n, s.tos); s.drop(1) }
            o::LSTORE | o::DSTORE => { s.set_local(n + 1, s.tos); s.drop(2) }
            o::IINC => {
                let by = s.short(4) as i16 as i32;
                s.set_local(n, (s.local(n) as i32).wrapping_add(by) as u32 as u64);
                return s.next(6);
            }
            _ => return s.jump_to_bci(s.local(n) as usize),
        }
        s.next(4)
    }
}
