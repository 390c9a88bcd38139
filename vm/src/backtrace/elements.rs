//! From recorded frames to `StackTraceElement`s and to text.

use super::{Recorded, walk};
use crate::exceptions;
use crate::meta::{MethodId, MethodRecord, Span};
use crate::native::Result;
use crate::refmap::{CodeView, PoolView, attributes, u16_at};
use crate::strings;
use crate::thread::Thread;
use crate::vm::Vm;
use classfile::mutf8::to_string_lossy;
use gc::{ClassId, Handle, Ref};
use std::fmt::Write;

/// Line number of a native method, as `StackTraceElement` knows it.
const NATIVE_LINE: i32 = -2;
/// Line number where none is known.
const UNKNOWN_LINE: i32 = -1;

/// The source line of an instruction: -2 in a native method, -1 if it is not known.
pub fn line_number(vm: &Vm, method: &MethodRecord, bci: usize) -> i32 {
    if method.is_native() {
        return NATIVE_LINE;
    }
    let Some(code) = CodeView::of(&vm.meta, method) else { return UNKNOWN_LINE };
    line_in(PoolView::of(&vm.meta, vm.class(method.class)), code, bci)
}

/// The line of the last entry of `LineNumberTable` (JVMS 4.7.12) at or before `bci`; with several tables or
/// unordered ones, of the one that is nearest.
fn line_in(pool: PoolView<'_>, code: CodeView<'_>, bci: usize) -> i32 {
    let mut best: Option<(u16, u16)> = None;
    for table in attributes(pool, code.attributes_at, b"LineNumberTable") {
        for &[a, b, c, d] in table.get(2..).unwrap_or(&[]).as_chunks::<4>().0 {
            let (start, line) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            if usize::from(start) == bci {
                return i32::from(line);
            }
            if usize::from(start) < bci && best.is_none_or(|known| start >= known.0) {
                best = Some((start, line));
            }
        }
    }
    best.map_or(UNKNOWN_LINE, |(_, line)| i32::from(line))
}

/// The `SourceFile` attribute of a class (JVMS 4.7.10), in modified UTF-8.
pub fn source_file(vm: &Vm, class: ClassId) -> Option<&[u8]> {
    let record = vm.class(class);
    if record.bytes.len == Span::<u8>::EMPTY.len {
        return None;
    }
    let pool = PoolView::of(&vm.meta, record);
    let index = attributes(pool, record.attributes_at as usize, b"SourceFile").next()?;
    pool.utf8(u16_at(index, 0)?)
}

/// Fills the elements of an array from a throwable's backtrace (`StackTraceElement.initStackTraceElements`).
///
/// # Errors
/// `NullPointerException` for a null argument or element, `IndexOutOfBoundsException` if the array is
/// not as long as the trace is deep.
pub fn elements(t: &Thread, throwable: Handle, array: Handle) -> Result<()> {
    let vm = t.vm();
    if t.get(throwable).is_null() || t.get(array).is_null() {
        return Err(exceptions::npe(t));
    }
    let depth = vm.get_u32(t.get(throwable), vm.known.throwable_depth) as i32;
    let backtrace = t.handle(vm.get_ref(t.get(throwable), vm.known.throwable_backtrace));
    elements_of(t, backtrace, depth, array)
}

/// As [`elements`], from the backtrace itself (its form in releases after 17).
///
/// # Errors
/// As [`elements`].
pub fn elements_of(t: &Thread, backtrace: Handle, depth: i32, array: Handle) -> Result<()> {
    let vm = t.vm();
    if t.get(array).is_null() {
        return Err(exceptions::npe(t));
    }
    let recorded = Recorded::read(vm, t.get(backtrace));
    let len = vm.array_len(t.get(array));
    if depth < 0
        || len != depth as usize
        || (!recorded.frames.is_empty() && recorded.frames.len() != len)
    {
        return Err(exceptions::throw_bare(t, "java/lang/IndexOutOfBoundsException"));
    }
    for (i, &(method, bci)) in recorded.frames.iter().enumerate() {
        let element = vm.element(t.get(array), i);
        if element.is_null() {
            return Err(exceptions::npe(t));
        }
        t.scope(|| fill_element(t, t.handle(element), method, bci as usize))?;
    }
    Ok(())
}

/// Sets all fields of one `StackTraceElement`.
///
/// # Errors
/// If a string can not be allocated.
pub fn fill_element(t: &Thread, element: Handle, method: MethodId, bci: usize) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let record = vm.method(method);
    let class = record.class;
    let set = |at: u32, value: Ref| vm.set_ref(t.get(element), at, value);
    set(k.ste_declaring_class_object, vm.mirror(class));
    set(k.ste_declaring_class, class_name(t, class)?);
    set(k.ste_method_name, strings::intern_symbol(t, record.name)?);
    let loader = vm.loaders.object(vm.class(class).loader);
    if !loader.is_null() {
        set(k.ste_class_loader_name, vm.get_ref(loader, k.class_loader_name));
    }
    set(k.ste_module_name, module_name(vm, class));
    set(k.ste_module_version, module_version(vm, class));
    if let Some(file) = source_file(vm, class) {
        let file = strings::intern_symbol(t, vm.symbols.intern(&vm.meta, file))?;
        set(k.ste_file_name, file);
    }
    vm.set_u32(t.get(element), k.ste_line_number, line_number(vm, record, bci) as u32);
    Ok(())
}

/// The external name of a class, kept in `Class.name` as `Class.getName` keeps it.
fn class_name(t: &Thread, class: ClassId) -> Result<Ref> {
    let vm = t.vm();
    let known = vm.get_ref(vm.mirror(class), vm.known.class_name);
    if !known.is_null() {
        return Ok(known);
    }
    let name = strings::intern_utf8(t, &vm.external_name(class))?;
    vm.set_ref(vm.mirror(class), vm.known.class_name, name);
    Ok(name)
}

fn module(vm: &Vm, class: ClassId) -> Ref {
    vm.get_ref(vm.mirror(class), vm.known.class_module)
}

/// The name of the class's module as a String; null for an unnamed one.
fn module_name(vm: &Vm, class: ClassId) -> Ref {
    let module = module(vm, class);
    if module.is_null() { Ref::NULL } else { vm.get_ref(module, vm.known.module_name) }
}

/// The version in the descriptor of the class's module as a String, or null.
fn module_version(vm: &Vm, class: ClassId) -> Ref {
    let module = module(vm, class);
    if module.is_null() {
        return Ref::NULL;
    }
    let descriptor = field(vm, module, "descriptor", "Ljava/lang/module/ModuleDescriptor;");
    if descriptor.is_null() {
        return Ref::NULL;
    }
    let raw = field(vm, descriptor, "rawVersionString", "Ljava/lang/String;");
    if !raw.is_null() {
        return raw;
    }
    // Descriptors made when the image was linked have the parsed form only.
    let parsed = field(vm, descriptor, "version", "Ljava/lang/module/ModuleDescriptor$Version;");
    if parsed.is_null() {
        return Ref::NULL;
    }
    field(vm, parsed, "version", "Ljava/lang/String;")
}

/// A reference field by name; null if there is none of that name.
fn field(vm: &Vm, object: Ref, name: &str, descriptor: &str) -> Ref {
    let symbol = |text: &str| vm.symbols.lookup(&vm.meta, text.as_bytes());
    let (Some(name), Some(descriptor)) = (symbol(name), symbol(descriptor)) else {
        return Ref::NULL;
    };
    match crate::link::find_field(vm, vm.class_of(object), name, descriptor) {
        Some((_, f)) => vm.get_ref(object, f.offset),
        None => Ref::NULL,
    }
}

/// Appends a thread's frames as a thread dump shows them, a line each. The thread is the
/// current one or stopped.
pub fn print_stack(t: &Thread, out: &mut String) {
    let vm = t.vm();
    for f in walk::frames(t) {
        if !walk::is_hidden(vm.method(f.method)) {
            print_frame(vm, f.method, f.bci, out);
        }
    }
}

/// Appends the frames of a throwable's backtrace, each line in [`print_frame`]'s form.
pub fn append_trace(vm: &Vm, throwable: Ref, out: &mut String) {
    let backtrace = vm.get_ref(throwable, vm.known.throwable_backtrace);
    for (method, bci) in Recorded::read(vm, backtrace).frames {
        out.push('\n');
        print_frame(vm, method, bci as usize, out);
        out.truncate(out.trim_end().len());
    }
}

/// Appends one line: `\tat a.B.m(B.java:12)` or `\tat a.B.m(module@version/B.java:12)`.
pub fn print_frame(vm: &Vm, method: MethodId, bci: usize, out: &mut String) {
    let record = vm.method(method);
    let _ = write!(out, "\tat {}.{}(", vm.external_name(record.class), vm.text(record.name));
    let text = |r: Ref| (!r.is_null()).then(|| strings::to_rust(vm, r));
    if let Some(module) = text(module_name(vm, record.class)) {
        out.push_str(&module);
        if let Some(version) = text(module_version(vm, record.class)) {
            let _ = write!(out, "@{version}");
        }
        out.push('/');
    }
    let line = line_number(vm, record, bci);
    let _ = match source_file(vm, record.class).map(to_string_lossy) {
        _ if line == NATIVE_LINE => writeln!(out, "Native Method)"),
        Some(file) if line != UNKNOWN_LINE => writeln!(out, "{file}:{line})"),
        Some(file) => writeln!(out, "{file})"),
        None => writeln!(out, "Unknown Source)"),
    };
}
