//! `jdk.internal.reflect.ConstantPool`: a class's constants for annotations' sake.

use crate::java_lang::support::{Leaf, class_of_mirror};
use crate::java_lang_reflect::{invoke::string_array, make};
use classfile::constant_pool::tag;
use vm::link::resolve::resolve_class;
use vm::link::{self, ConstantView};
use vm::native::Retry;
use vm::{ClassId, Handle, NativeMethod, Ref, Result, Thread, exceptions, strings};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/reflect/ConstantPool" {
            "getSize0" "(Ljava/lang/Object;)I" => leaf get_size;
            "getClassAt0" "(Ljava/lang/Object;I)Ljava/lang/Class;" => full get_class_at;
            "getClassAtIfLoaded0" "(Ljava/lang/Object;I)Ljava/lang/Class;" => full get_class_if_loaded;
            "getClassRefIndexAt0" "(Ljava/lang/Object;I)I" => full get_class_ref_index;
            "getMethodAt0" "(Ljava/lang/Object;I)Ljava/lang/reflect/Member;" => full get_method_at;
            "getMethodAtIfLoaded0" "(Ljava/lang/Object;I)Ljava/lang/reflect/Member;" =>
                full get_method_if_loaded;
            "getFieldAt0" "(Ljava/lang/Object;I)Ljava/lang/reflect/Field;" => full get_field_at;
            "getFieldAtIfLoaded0" "(Ljava/lang/Object;I)Ljava/lang/reflect/Field;" =>
                full get_field_if_loaded;
            "getMemberRefInfoAt0" "(Ljava/lang/Object;I)[Ljava/lang/String;" => full get_member_ref_info;
            "getNameAndTypeRefIndexAt0" "(Ljava/lang/Object;I)I" => full get_name_and_type_ref_index;
            "getNameAndTypeRefInfoAt0" "(Ljava/lang/Object;I)[Ljava/lang/String;" =>
                full get_name_and_type_ref_info;
            "getIntAt0" "(Ljava/lang/Object;I)I" => full get_int;
            "getLongAt0" "(Ljava/lang/Object;I)J" => full get_long;
            "getFloatAt0" "(Ljava/lang/Object;I)F" => full get_float;
            "getDoubleAt0" "(Ljava/lang/Object;I)D" => full get_double;
            "getStringAt0" "(Ljava/lang/Object;I)Ljava/lang/String;" => full get_string;
            "getUTF8At0" "(Ljava/lang/Object;I)Ljava/lang/String;" => full get_utf8;
            "getTagAt0" "(Ljava/lang/Object;I)B" => full get_tag;
        }
    }
}

const MEMBERS: &[u8] = &[tag::FIELDREF, tag::METHODREF, tag::INTERFACE_METHODREF];
const METHODS: &[u8] = &[tag::METHODREF, tag::INTERFACE_METHODREF];

fn get_size(t: &Thread, _this: Ref, pool: Ref) -> Leaf<i32> {
    if pool.is_null() {
        return Err(Retry);
    }
    Ok(ConstantView::new(t.vm(), t.vm().mirror_class(pool)).len() as i32)
}

/// The class and the checked index of an entry with one of these tags (any, if none are given).
fn entry<'t>(
    t: &'t Thread,
    pool: Handle,
    index: i32,
    tags: &[u8],
) -> Result<(ClassId, ConstantView<'t>, u16)> {
    let class = class_of_mirror(t, pool)?;
    let view = ConstantView::new(t.vm(), class);
    let illegal = |msg: &str| exceptions::throw(t, "java/lang/IllegalArgumentException", msg);
    if index < 0 || index as usize >= view.len() {
        return Err(illegal("Constant pool index out of bounds"));
    }
    if !tags.is_empty() && !tags.contains(&view.tag(index as u16)) {
        return Err(illegal("Wrong type at constant pool index"));
    }
    Ok((class, view, index as u16))
}

fn get_class_at(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (class, _, cp) = entry(t, pool, index, &[tag::CLASS])?;
    Ok(t.vm().mirror(resolve_class(t, class, cp)?))
}

/// The class that an entry names, if its loader has it already.
fn loaded(t: &Thread, class: ClassId, view: &ConstantView, cp: u16) -> Option<ClassId> {
    let vm = t.vm();
    link::find_loaded(vm, vm.class(class).loader, view.class_name(cp))
}

fn get_class_if_loaded(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (class, view, cp) = entry(t, pool, index, &[tag::CLASS])?;
    Ok(loaded(t, class, &view, cp).map_or(Ref::NULL, |c| t.vm().mirror(c)))
}

fn get_class_ref_index(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<i32> {
    let (_, view, cp) = entry(t, pool, index, MEMBERS)?;
    Ok(i32::from(view.high(cp)))
}

fn method_at(t: &Thread, pool: Handle, index: i32, only_loaded: bool) -> Result<Ref> {
    let vm = t.vm();
    let (class, view, cp) = entry(t, pool, index, METHODS)?;
    let r = view.member(cp);
    let holder = match only_loaded {
        true => loaded(t, class, &view, r.class),
        false => Some(resolve_class(t, class, r.class)?),
    };
    let Some(holder) = holder else { return Ok(Ref::NULL) };
    let Some(m) = link::lookup_method_in_class(vm, holder, r.name, r.descriptor) else {
        let msg = "Unable to look up method in target class";
        return Err(exceptions::throw(t, "java/lang/RuntimeException", msg));
    };
    match vm.bytes(r.name) {
        b"<init>" => make::constructor(t, m),
        _ => make::method(t, m),
    }
}

fn get_method_at(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    method_at(t, pool, index, false)
}

fn get_method_if_loaded(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    method_at(t, pool, index, true)
}

fn field_at(t: &Thread, pool: Handle, index: i32, only_loaded: bool) -> Result<Ref> {
    let (class, view, cp) = entry(t, pool, index, &[tag::FIELDREF])?;
    let r = view.member(cp);
    let holder = match only_loaded {
        true => loaded(t, class, &view, r.class),
        false => Some(resolve_class(t, class, r.class)?),
    };
    let Some(holder) = holder else { return Ok(Ref::NULL) };
    match link::find_field(t.vm(), holder, r.name, r.descriptor) {
        Some((c, f)) => make::field(t, c, f.index),
        None => {
            let msg = "Unable to look up field in target class";
            Err(exceptions::throw(t, "java/lang/RuntimeException", msg))
        }
    }
}

fn get_field_at(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    field_at(t, pool, index, false)
}

fn get_field_if_loaded(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    field_at(t, pool, index, true)
}

/// Class, name and descriptor of a member.
fn get_member_ref_info(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (_, view, cp) = entry(t, pool, index, MEMBERS)?;
    let r = view.member(cp);
    string_array(t, &[view.class_name(r.class), r.name, r.descriptor])
}

fn get_name_and_type_ref_index(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<i32> {
    let mut tags = MEMBERS.to_vec();
    tags.push(tag::INVOKE_DYNAMIC);
    let (_, view, cp) = entry(t, pool, index, &tags)?;
    Ok(i32::from(view.low(cp)))
}

fn get_name_and_type_ref_info(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (_, view, cp) = entry(t, pool, index, &[tag::NAME_AND_TYPE])?;
    string_array(t, &[view.symbol(view.high(cp)), view.symbol(view.low(cp))])
}

fn get_int(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<i32> {
    let (_, view, cp) = entry(t, pool, index, &[tag::INTEGER])?;
    Ok(view.raw(cp) as i32)
}

fn get_long(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<i64> {
    let (_, view, cp) = entry(t, pool, index, &[tag::LONG])?;
    Ok(view.wide(cp) as i64)
}

fn get_float(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<f32> {
    let (_, view, cp) = entry(t, pool, index, &[tag::FLOAT])?;
    Ok(f32::from_bits(view.raw(cp)))
}

fn get_double(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<f64> {
    let (_, view, cp) = entry(t, pool, index, &[tag::DOUBLE])?;
    Ok(f64::from_bits(view.wide(cp)))
}

fn get_string(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (_, view, cp) = entry(t, pool, index, &[tag::STRING])?;
    strings::intern_symbol(t, view.symbol(view.raw(cp) as u16))
}

fn get_utf8(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<Ref> {
    let (_, view, cp) = entry(t, pool, index, &[tag::UTF8])?;
    strings::intern_symbol(t, view.symbol(cp))
}

fn get_tag(t: &Thread, _this: Handle, pool: Handle, index: i32) -> Result<i8> {
    let (_, view, cp) = entry(t, pool, index, &[])?;
    Ok(view.tag(cp) as i8)
}
