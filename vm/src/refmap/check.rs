//! Compares reference maps with the `StackMapTable` attributes that the compiler wrote (JVMS 4.7.4): an
//! independent statement about the same slots, there for every method of a modern class.

use super::view::attributes;
use super::{LiveSlots, Method, compute};
use classfile::descriptor::MethodDescriptor;
use classfile::stack_map::{FrameKind, StackMapFrame, StackMapTable, VerificationType};

/// Where map and table disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The instruction.
    pub bci: usize,
    /// What is wrong.
    pub what: String,
}

/// A slot as the table describes it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Expect {
    Reference,
    Number,
    /// The table says "unusable"; the map may still know a reference.
    Anything,
}

/// Checks the map of a method at every frame of its `StackMapTable`. Answers the number of frames compared.
///
/// # Errors
/// The first disagreement, or that there is no map.
pub fn check_against_stackmaps(method: &Method<'_>) -> Result<usize, Mismatch> {
    let fail = |bci: usize, what: String| Mismatch { bci, what };
    let map = compute(method).map_err(|e| fail(0, e.to_string()))?;
    let table = attributes(method.pool, method.code.attributes_at, b"StackMapTable").next();
    let mut locals = initial_locals(method);
    let mut compared = 0;
    let mut bci = None;
    for frame in StackMapTable::new(table.unwrap_or(&[0, 0])) {
        let frame = frame.map_err(|e| fail(bci.unwrap_or(0), e.to_string()))?;
        let at = bci.map_or(0, |before: usize| before + 1) + usize::from(frame.offset_delta);
        bci = Some(at);
        let stack = apply(&frame, &mut locals);
        // Unreachable code may have frames; it has no map.
        let Some(live) = map.at(method, at, &|_| 0) else { continue };
        compare(&live, &locals, &stack).map_err(|what| fail(at, what))?;
        compared += 1;
    }
    Ok(compared)
}

/// Checks every method with code of a class file; answers the number of methods and of frames compared.
///
/// `pool` must be the constant pool of the class in the encoding of [`super::PoolView`].
///
/// # Errors
/// The first disagreement, with the method's name in front.
pub fn check_class(
    class: &classfile::ClassFile<'_>,
    pool: super::PoolView<'_>,
) -> Result<(usize, usize), String> {
    let mut counts = (0, 0);
    for method in &class.methods {
        let Some(code) = &method.code else { continue };
        let name =
            || String::from_utf8_lossy(&[method.name, method.descriptor].concat()).into_owned();
        let view = super::CodeView::at(pool.bytes, code.offset, code.bytes.len());
        let view = Method {
            code: view.ok_or_else(|| format!("{}: bad code", name()))?,
            pool,
            descriptor: method.descriptor,
            is_static: method.access_flags & classfile::access::STATIC != 0,
            max_locals: code.max_locals,
            max_stack: code.max_stack,
        };
        let frames = check_against_stackmaps(&view)
            .map_err(|e| format!("{} at {}: {}", name(), e.bci, e.what))?;
        counts = (counts.0 + 1, counts.1 + frames);
    }
    Ok(counts)
}

fn initial_locals(method: &Method<'_>) -> Vec<VerificationType> {
    let mut locals = Vec::new();
    if !method.is_static {
        locals.push(VerificationType::UninitializedThis);
    }
    let parsed = MethodDescriptor::parse(method.descriptor);
    for param in parsed.iter().flat_map(MethodDescriptor::params) {
        locals.push(match param.letter() {
            b'L' | b'[' => VerificationType::Null,
            b'J' => VerificationType::Long,
            b'D' => VerificationType::Double,
            _ => VerificationType::Integer,
        });
    }
    locals
}

/// Applies a frame to the locals of the one before; answers the operand stack.
fn apply(frame: &StackMapFrame<'_>, locals: &mut Vec<VerificationType>) -> Vec<VerificationType> {
    match &frame.kind {
        FrameKind::Same => Vec::new(),
        FrameKind::SameLocals1(stack) => vec![*stack],
        FrameKind::Chop(count) => {
            locals.truncate(locals.len().saturating_sub(usize::from(*count)));
            Vec::new()
        }
        FrameKind::Append(more) => {
            locals.extend(*more);
            Vec::new()
        }
        FrameKind::Full { locals: all, stack } => {
            *locals = all.collect();
            stack.collect()
        }
    }
}

fn slots(types: &[VerificationType]) -> Vec<Expect> {
    let mut out = Vec::new();
    for kind in types {
        match kind {
            VerificationType::Top => out.push(Expect::Anything),
            VerificationType::Integer | VerificationType::Float => out.push(Expect::Number),
            VerificationType::Long | VerificationType::Double => out.extend([Expect::Number; 2]),
            _ => out.push(Expect::Reference),
        }
    }
    out
}

fn compare(
    live: &LiveSlots,
    locals: &[VerificationType],
    stack: &[VerificationType],
) -> Result<(), String> {
    let stack = slots(stack);
    if stack.len() != live.depth {
        return Err(format!("stack depth {} instead of {}", live.depth, stack.len()));
    }
    let check = |what: &str, first: usize, expected: &[Expect]| {
        for (i, &want) in expected.iter().enumerate() {
            let got = live.refs.get(first + i);
            if want != Expect::Anything && got != (want == Expect::Reference) {
                return Err(format!("{what} slot {i}: reference is {got}, expected {want:?}"));
            }
        }
        Ok(())
    };
    check("local", 0, &slots(locals))?;
    check("stack", live.locals, &stack)
}
