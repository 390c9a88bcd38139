//! Rust values as arguments and results of Java methods.

use gc::ARRAY_DATA_OFFSET;
use vm::{Ref, Result, Thread, Value, boot, object, strings};

/// A Rust value that can be an argument.
pub trait IntoJava {
    /// The parameter's type in a descriptor.
    const DESCRIPTOR: &'static str;
    /// The argument; objects that it needs are made in the guest.
    ///
    /// # Errors
    /// Those of allocation.
    fn into_java(self, t: &Thread) -> Result<Value>;
}

/// A Rust value that can be a result.
pub trait FromJava: Sized {
    /// The result's type in a descriptor.
    const DESCRIPTOR: &'static str;
    /// The value that a method has answered. Does not reach a safepoint.
    fn from_bits(t: &Thread, bits: u64) -> Self;
}

/// The arguments of a call: a tuple of [`IntoJava`] values.
pub trait Args {
    /// Appends the parameters' types.
    fn describe(descriptor: &mut String);
    /// Appends the arguments.
    ///
    /// # Errors
    /// Those of allocation.
    fn values(self, t: &Thread, values: &mut Vec<Value>) -> Result<()>;
}

macro_rules! plain {
    ($($rust:ty, $descriptor:literal, $value:expr, $bits:expr;)*) => {$(
        impl IntoJava for $rust {
            const DESCRIPTOR: &'static str = $descriptor;
            fn into_java(self, _: &Thread) -> Result<Value> {
                let value: fn($rust) -> Value = $value;
                Ok(value(self))
            }
        }
        impl FromJava for $rust {
            const DESCRIPTOR: &'static str = $descriptor;
            fn from_bits(_: &Thread, bits: u64) -> $rust {
                let from: fn(u64) -> $rust = $bits;
                from(bits)
            }
        }
    )*};
}
plain! {
    bool, "Z", |v| Value::Int(v.into()), |bits| bits as u8 & 1 != 0;
    i8, "B", |v| Value::Int(v.into()), |bits| bits as i8;
    i16, "S", |v| Value::Int(v.into()), |bits| bits as i16;
    u16, "C", |v| Value::Int(v.into()), |bits| bits as u16;
    i32, "I", Value::Int, |bits| bits as i32;
    i64, "J", Value::Long, |bits| bits as i64;
    f32, "F", Value::Float, |bits| f32::from_bits(bits as u32);
    f64, "D", Value::Double, f64::from_bits;
}

impl IntoJava for &str {
    const DESCRIPTOR: &'static str = "Ljava/lang/String;";
    fn into_java(self, t: &Thread) -> Result<Value> {
        Ok(Value::Object(t.handle(strings::new_from_utf8(t, self)?)))
    }
}

impl IntoJava for &[u8] {
    const DESCRIPTOR: &'static str = "[B";
    fn into_java(self, t: &Thread) -> Result<Value> {
        Ok(Value::Object(t.handle(object::new_byte_array(t, self)?)))
    }
}

impl IntoJava for &[String] {
    const DESCRIPTOR: &'static str = "[Ljava/lang/String;";
    fn into_java(self, t: &Thread) -> Result<Value> {
        Ok(Value::Object(boot::string_array(t, self)?))
    }
}

impl FromJava for () {
    const DESCRIPTOR: &'static str = "V";
    fn from_bits(_: &Thread, _: u64) {}
}

impl FromJava for Option<String> {
    const DESCRIPTOR: &'static str = "Ljava/lang/String;";
    fn from_bits(t: &Thread, bits: u64) -> Option<String> {
        let text = Ref::from_bits(bits as u32);
        (!text.is_null()).then(|| strings::to_rust(t.vm(), text))
    }
}

/// Null becomes empty; [`Option<String>`] tells the difference.
impl FromJava for String {
    const DESCRIPTOR: &'static str = "Ljava/lang/String;";
    fn from_bits(t: &Thread, bits: u64) -> String {
        Option::from_bits(t, bits).unwrap_or_default()
    }
}

/// Null becomes empty; [`Option<Vec<u8>>`] tells the difference.
impl FromJava for Vec<u8> {
    const DESCRIPTOR: &'static str = "[B";
    fn from_bits(t: &Thread, bits: u64) -> Vec<u8> {
        Option::from_bits(t, bits).unwrap_or_default()
    }
}

impl FromJava for Option<Vec<u8>> {
    const DESCRIPTOR: &'static str = "[B";
    fn from_bits(t: &Thread, bits: u64) -> Option<Vec<u8>> {
        let array = Ref::from_bits(bits as u32);
        (!array.is_null()).then(|| {
            let mut bytes = vec![0; t.vm().array_len(array)];
            t.vm().read_bytes(array, ARRAY_DATA_OFFSET, &mut bytes);
            bytes
        })
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: IntoJava),*> Args for ($($name,)*) {
            fn describe(descriptor: &mut String) {
                $(descriptor.push_str($name::DESCRIPTOR);)*
                let _ = descriptor;
            }
            #[allow(non_snake_case, reason = "the values are named after their types")]
            fn values(self, t: &Thread, values: &mut Vec<Value>) -> Result<()> {
                let ($($name,)*) = self;
                $(values.push($name.into_java(t)?);)*
                let _ = (t, values);
                Ok(())
            }
        }
    )*};
}
tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
