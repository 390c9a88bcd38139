//! Names as Java source and HotSpot's messages spell them.

use classfile::mutf8::to_string_lossy;
use classfile::{FieldType, MethodDescriptor, MethodInfo};

/// `java.lang.String` for `java/lang/String`; a hidden class's suffix follows a slash.
pub(crate) fn class_name(internal: &[u8]) -> String {
    let dotted = to_string_lossy(internal).replace('/', ".");
    match dotted.rsplit_once('+') {
        Some((name, suffix)) if suffix.starts_with("0x") => format!("{name}/{suffix}"),
        _ => dotted,
    }
}

/// `int Some.method(java.lang.String, int[])`.
pub(crate) fn method(class: &[u8], method: &MethodInfo<'_>) -> String {
    let class = class_name(class);
    let name = to_string_lossy(method.name);
    let Ok(descriptor) = MethodDescriptor::parse(method.descriptor) else {
        return format!("{class}.{name}");
    };
    let returns = descriptor.return_type().map_or_else(|| "void".to_owned(), type_name);
    let params: Vec<_> = descriptor.params().map(type_name).collect();
    format!("{returns} {class}.{name}({})", params.join(", "))
}

fn type_name(kind: FieldType<'_>) -> String {
    let name = match kind.element() {
        FieldType::Byte => "byte".to_owned(),
        FieldType::Char => "char".to_owned(),
        FieldType::Double => "double".to_owned(),
        FieldType::Float => "float".to_owned(),
        FieldType::Int => "int".to_owned(),
        FieldType::Long => "long".to_owned(),
        FieldType::Short => "short".to_owned(),
        FieldType::Boolean => "boolean".to_owned(),
        FieldType::Object(name) | FieldType::Array(name) => class_name(name),
    };
    name + &"[]".repeat(kind.dimensions())
}
