//! `java.lang.reflect.Array`.

use super::make::basic_type;
use crate::java_lang::support::{class_of_mirror, non_null};
use gc::ARRAY_DATA_OFFSET;
use vm::meta::BasicType;
use vm::{
    ClassId, Handle, NativeMethod, Ref, Result, Thread, Thrown, Vm, exceptions, link, object,
};

/// Most dimensions that an array may have (JVMS 4.4.1).
const MAX_DIMENSIONS: usize = 255;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/reflect/Array" {
            "getLength" "(Ljava/lang/Object;)I" => full get_length;
            "get" "(Ljava/lang/Object;I)Ljava/lang/Object;" => full get;
            "set" "(Ljava/lang/Object;ILjava/lang/Object;)V" => full set;
            "newArray" "(Ljava/lang/Class;I)Ljava/lang/Object;" => full new_array;
            "multiNewArray" "(Ljava/lang/Class;[I)Ljava/lang/Object;" => full multi_new_array;
            "getBoolean" "(Ljava/lang/Object;I)Z" => full get_boolean;
            "getByte" "(Ljava/lang/Object;I)B" => full get_byte;
            "getChar" "(Ljava/lang/Object;I)C" => full get_char;
            "getShort" "(Ljava/lang/Object;I)S" => full get_short;
            "getInt" "(Ljava/lang/Object;I)I" => full get_int;
            "getLong" "(Ljava/lang/Object;I)J" => full get_long;
            "getFloat" "(Ljava/lang/Object;I)F" => full get_float;
            "getDouble" "(Ljava/lang/Object;I)D" => full get_double;
            "setBoolean" "(Ljava/lang/Object;IZ)V" => full set_boolean;
            "setByte" "(Ljava/lang/Object;IB)V" => full set_byte;
            "setChar" "(Ljava/lang/Object;IC)V" => full set_char;
            "setShort" "(Ljava/lang/Object;IS)V" => full set_short;
            "setInt" "(Ljava/lang/Object;II)V" => full set_int;
            "setLong" "(Ljava/lang/Object;IJ)V" => full set_long;
            "setFloat" "(Ljava/lang/Object;IF)V" => full set_float;
            "setDouble" "(Ljava/lang/Object;ID)V" => full set_double;
        }
    }
}

#[cold]
pub(super) fn illegal(t: &Thread, message: &str) -> Thrown {
    exceptions::throw(t, "java/lang/IllegalArgumentException", message)
}

#[cold]
pub(super) fn illegal_bare(t: &Thread) -> Thrown {
    exceptions::throw_bare(t, "java/lang/IllegalArgumentException")
}

#[cold]
pub(super) fn mismatch(t: &Thread) -> Thrown {
    illegal(t, "argument type mismatch")
}

/// The array and the type of its elements.
fn array(t: &Thread, array: Handle) -> Result<(Ref, BasicType)> {
    let vm = t.vm();
    let r = non_null(t, array)?;
    let class = vm.class(vm.class_of(r));
    if !class.is_array() {
        return Err(illegal(t, "Argument is not an array"));
    }
    Ok((r, basic_type(vm, class.component)))
}

fn primitive_array(t: &Thread, h: Handle) -> Result<(Ref, BasicType)> {
    let (r, basic) = array(t, h)?;
    if basic == BasicType::Object {
        return Err(illegal(t, "Argument is not an array of primitive type"));
    }
    Ok((r, basic))
}

/// Byte distance from the base to an element.
fn element(t: &Thread, array: Ref, basic: BasicType, index: i32) -> Result<usize> {
    if index < 0 || index as usize >= t.vm().array_len(array) {
        return Err(exceptions::throw_bare(t, "java/lang/ArrayIndexOutOfBoundsException"));
    }
    Ok(array.offset() + ARRAY_DATA_OFFSET + ((index as usize) << basic.size_shift()))
}

fn get_length(t: &Thread, h: Handle) -> Result<i32> {
    let (r, _) = array(t, h)?;
    Ok(t.vm().array_len(r) as i32)
}

fn get(t: &Thread, h: Handle, index: i32) -> Result<Ref> {
    let (r, basic) = array(t, h)?;
    let at = element(t, r, basic, index)?;
    object::box_value(t, basic, object::load(t.vm(), basic, at))
}

fn set(t: &Thread, h: Handle, index: i32, value: Handle) -> Result<()> {
    let vm = t.vm();
    let (r, basic) = array(t, h)?;
    if basic != BasicType::Object {
        let (from, slot) = unbox(t, t.get(value))?;
        let at = element(t, r, basic, index)?;
        let slot = object::widen(from, basic, slot).ok_or_else(|| mismatch(t))?;
        object::store(vm, basic, at, slot);
        return Ok(());
    }
    let at = element(t, r, basic, index)?;
    let v = t.get(value);
    let component = vm.class(vm.class_of(r)).component;
    if !v.is_null() && !link::is_subclass(vm, vm.class_of(v), component) {
        return Err(illegal(t, "array element type mismatch"));
    }
    object::store(vm, basic, at, u64::from(v.bits()));
    Ok(())
}

/// The primitive value in a wrapper; other objects and null are illegal.
pub(super) fn unbox(t: &Thread, r: Ref) -> Result<(BasicType, u64)> {
    if r.is_null() {
        return Err(illegal_bare(t));
    }
    object::unbox(t.vm(), r).ok_or_else(|| mismatch(t))
}

fn get_primitive(t: &Thread, h: Handle, index: i32, wanted: BasicType) -> Result<u64> {
    let (r, basic) = primitive_array(t, h)?;
    let at = element(t, r, basic, index)?;
    object::widen(basic, wanted, object::load(t.vm(), basic, at)).ok_or_else(|| mismatch(t))
}

fn set_primitive(t: &Thread, h: Handle, index: i32, given: BasicType, slot: u64) -> Result<()> {
    let (r, basic) = primitive_array(t, h)?;
    let at = element(t, r, basic, index)?;
    let slot = object::widen(given, basic, slot).ok_or_else(|| mismatch(t))?;
    object::store(t.vm(), basic, at, slot);
    Ok(())
}

macro_rules! accessors {
    ($($get:ident $set:ident $ty:ty, $basic:ident, |$s:ident| $from:expr, |$v:ident| $to:expr;)*) => {$(
        fn $get(t: &Thread, h: Handle, index: i32) -> Result<$ty> {
            get_primitive(t, h, index, BasicType::$basic).map(|$s| $from)
        }
        fn $set(t: &Thread, h: Handle, index: i32, $v: $ty) -> Result<()> {
            set_primitive(t, h, index, BasicType::$basic, $to)
        }
    )*};
}

accessors! {
    get_boolean set_boolean bool, Boolean, |s| s & 1 != 0, |v| u64::from(v);
    get_byte set_byte i8, Byte, |s| s as i8, |v| v as i32 as u32 as u64;
    get_char set_char u16, Char, |s| s as u16, |v| u64::from(v);
    get_short set_short i16, Short, |s| s as i16, |v| v as i32 as u32 as u64;
    get_int set_int i32, Int, |s| s as i32, |v| u64::from(v as u32);
    get_long set_long i64, Long, |s| s as i64, |v| v as u64;
    get_float set_float f32, Float, |s| f32::from_bits(s as u32), |v| u64::from(v.to_bits());
    get_double set_double f64, Double, |s| f64::from_bits(s), |v| v.to_bits();
}

/// Whether arrays with these components can exist with so many more dimensions.
fn check_component(t: &Thread, component: ClassId, dimensions: usize) -> Result<()> {
    let vm = t.vm();
    let c = vm.class(component);
    let total = c.dimensions as usize + dimensions;
    if is_void(vm, component) || dimensions == 0 || total > MAX_DIMENSIONS {
        return Err(illegal_bare(t));
    }
    Ok(())
}

fn is_void(vm: &Vm, class: ClassId) -> bool {
    class == vm.known.prim_classes[BasicType::Void as usize]
}

fn new_array(t: &Thread, component: Handle, len: i32) -> Result<Ref> {
    let component = class_of_mirror(t, component)?;
    if len < 0 {
        return Err(exceptions::negative_size(t, len));
    }
    check_component(t, component, 1)?;
    object::alloc_array(t, link::array_class_of(t, component)?, len)
}

fn multi_new_array(t: &Thread, component: Handle, dimensions: Handle) -> Result<Ref> {
    let vm = t.vm();
    let component = class_of_mirror(t, component)?;
    let lengths = non_null(t, dimensions)?;
    let lengths: Vec<i32> = (0..vm.array_len(lengths))
        .map(|i| vm.get_u32(lengths, (ARRAY_DATA_OFFSET + 4 * i) as u32) as i32)
        .collect();
    check_component(t, component, lengths.len())?;
    if let Some(&n) = lengths.iter().find(|&&n| n < 0) {
        return Err(exceptions::negative_size(t, n));
    }
    let mut class = component;
    for _ in &lengths {
        class = link::array_class_of(t, class)?;
    }
    object::alloc_multi(t, class, &lengths)
}
