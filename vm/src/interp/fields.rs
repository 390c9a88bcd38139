//! Fields (JVMS 6.5 `getfield` ...): quick forms by type, and one general form driven by the resolution entry.

use super::object_access::*;
use super::objects::throw_npe;
use super::regs::Regs;
use super::slow;
use super::unwind::unwind;
use crate::meta::{BasicType, entry};

/// Instance field reads: `words` is what the result takes more than the reference.
macro_rules! getfield {
    ($($name:ident $load:ident $words:literal;)*) => { op! { $(
        $name(s) {
            if s.tos as u32 == 0 {
                return s.jump(throw_npe);
            }
            let v = $load(s.at(s.tos, s.quick()));
            s.put($words, v);
            s.next(3)
        }
    )* } };
}
getfield! {
    getfield_b load_b 0; getfield_c load_c 0; getfield_s load_s 0; getfield_w load_w 0; getfield_l load_l 1;
}

/// Instance field writes: `words` is what the value takes.
macro_rules! putfield {
    ($($name:ident $store:ident $words:literal;)*) => { op! { $(
        $name(s) {
            let object = s.below($words);
            if object as u32 == 0 {
                return s.jump(throw_npe);
            }
            $store(&s, s.at(object, s.quick()), s.tos);
            s.drop($words + 1);
            s.next(3)
        }
    )* } };
}
putfield! {
    putfield_z store_z 1; putfield_b store_b 1; putfield_c store_c 1; putfield_w store_w 1;
    putfield_l store_l 2; putfield_a store_a 1;
}

/// Static fields.
macro_rules! statics {
    ($($get:ident $load:ident $push:ident;)* / $($put:ident $store:ident $words:literal;)*) => { op! {
        $($get(s) {
            let v = $load(s.base.add((s.entry() & entry::OFFSET_MASK) as usize));
            s.$push(v);
            s.next(3)
        })*
        $($put(s) {
            $store(&s, s.base.add((s.entry() & entry::OFFSET_MASK) as usize), s.tos);
            s.drop($words);
            s.next(3)
        })*
    } };
}
statics! {
    getstatic_b load_b push; getstatic_c load_c push; getstatic_s load_s push; getstatic_w load_w push;
    getstatic_l load_l push2;
    /
    putstatic_z store_z 1; putstatic_b store_b 1; putstatic_c store_c 1; putstatic_w store_w 1;
    putstatic_l store_l 2; putstatic_a store_a 1;
}

op! {
    getfield_volatile(s) { let e = s.entry(); s.get_instance(e) }
    putfield_volatile(s) { let e = s.entry(); s.put_instance(e) }
    getstatic_volatile(s) { let e = s.entry(); s.get_static(e) }
    putstatic_volatile(s) { let e = s.entry(); s.put_static(e) }
}

/// The instructions before they are rewritten: resolve, then run the rewritten one, or (where it has to
/// stay as it is) do this one access by the entry.
macro_rules! unresolved {
    ($($name:ident $op:ident $access:ident;)*) => { op! { $(
        #[cold]
        #[inline(never)]
        $name(s) {
            s.spill();
            match slow::resolve_field(s.thread(), s.pc, crate::link::resolve::FieldOp::$op) {
                Ok(0) => s.again(Ok(())),
                Ok(e) => { s.reload(); s.$access(e) }
                Err(_) => s.jump(unwind),
            }
        }
    )* } };
}
unresolved! {
    getfield GetField get_instance; putfield PutField put_instance;
    getstatic GetStatic get_static; putstatic PutStatic put_static;
}

#[inline(always)]
fn basic_type(e: u64) -> BasicType {
    BasicType::from_u8((e >> 40) as u8)
}

/// Reads the field at `p` that `e` describes.
#[inline(never)]
unsafe fn read(p: *mut u8, e: u64) -> u64 {
    let ty = basic_type(e);
    let v = if e & entry::VOLATILE != 0 {
        load_volatile(p, ty.size_shift())
    } else {
        match ty.size_shift() {
            0 => load_b(p),
            1 => load_c(p),
            2 => load_w(p),
            _ => load_l(p),
        }
    };
    match ty {
        BasicType::Boolean | BasicType::Byte => v as i8 as i32 as u32 as u64,
        BasicType::Short => v as i16 as i32 as u32 as u64,
        _ => v,
    }
}

/// Writes the field at `p` that `e` describes.
#[inline(never)]
unsafe fn write(p: *mut u8, e: u64, v: u64) {
    let ty = basic_type(e);
    let v = if ty == BasicType::Boolean { v & 1 } else { v };
    if e & entry::VOLATILE != 0 {
        return store_volatile(p, ty.size_shift(), v);
    }
    match ty.size_shift() {
        0 => *p = v as u8,
        1 => p.cast::<u16>().write(v as u16),
        2 => p.cast::<u32>().write(v as u32),
        _ => p.cast::<u64>().write(v),
    }
}

/// Accesses of any type, by entry.
impl Regs {
    #[inline(always)]
    unsafe fn get_instance(mut self, e: u64) {
        if self.tos as u32 == 0 {
            return self.jump(throw_npe);
        }
        let v = read(self.at(self.tos, (e & entry::OFFSET_MASK) as usize), e);
        self.put(basic_type(e).slots() as isize - 1, v);
        self.next(3)
    }

    #[inline(always)]
    unsafe fn put_instance(mut self, e: u64) {
        let words = basic_type(e).slots();
        let object = self.below(words);
        if object as u32 == 0 {
            return self.jump(throw_npe);
        }
        self.write_field(self.at(object, (e & entry::OFFSET_MASK) as usize), e);
        self.drop(words + 1);
        self.next(3)
    }

    #[inline(always)]
    unsafe fn get_static(mut self, e: u64) {
        let v = read(self.base.add((e & entry::OFFSET_MASK) as usize), e);
        if basic_type(e).slots() == 2 {
            self.push2(v)
        } else {
            self.push(v)
        }
        self.next(3)
    }

    #[inline(always)]
    unsafe fn put_static(mut self, e: u64) {
        self.write_field(self.base.add((e & entry::OFFSET_MASK) as usize), e);
        self.drop(basic_type(e).slots());
        self.next(3)
    }

    #[inline(always)]
    unsafe fn write_field(&self, p: *mut u8, e: u64) {
        write(p, e, self.tos);
        if basic_type(e) == BasicType::Object {
            dirty_card(self, p);
        }
    }
}
