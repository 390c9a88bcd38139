//! The StackMapTable as error messages list it.

use std::fmt::Write;

use classfile::Code;
use classfile::stack_map::{FrameKind, StackMapFrame, VerificationType, VerificationTypes};

/// Appends the section about the table, if the code has one.
pub(crate) fn write(out: &mut String, code: &Code<'_>) -> std::fmt::Result {
    let Some(data) = code.stack_map_table.filter(|data| !data.is_empty()) else { return Ok(()) };
    writeln!(out, "  Stackmap Table:")?;
    let _ = data;
    let mut before = -1;
    let mut maps = code.stack_maps();
    while maps.frames_left() > 0 {
        match maps.next() {
            Some(Ok(frame)) => before = write_frame(out, &frame, before)?,
            _ => break,
        }
    }
    Ok(())
}

/// One line; answers the frame's pc.
fn write_frame(
    out: &mut String,
    frame: &StackMapFrame<'_>,
    before: i32,
) -> Result<i32, std::fmt::Error> {
    let pc = before + 1 + i32::from(frame.offset_delta);
    match frame.kind {
        FrameKind::Same if frame.frame_type < 64 => writeln!(out, "    same_frame(@{pc})")?,
        FrameKind::Same => writeln!(out, "    same_frame_extended(@{pc})")?,
        FrameKind::SameLocals1(kind) => {
            let name = if frame.frame_type < 128 { "frame" } else { "frame_extended" };
            writeln!(out, "    same_locals_1_stack_item_{name}(@{pc},{})", show(kind))?;
        }
        FrameKind::Chop(count) => writeln!(out, "    chop_frame(@{pc},{count})")?,
        FrameKind::Append(types) => writeln!(out, "    append_frame(@{pc},{})", list(types))?,
        FrameKind::Full { locals, stack } => {
            writeln!(out, "    full_frame(@{pc},{{{}}},{{{}}})", list(locals), list(stack))?;
        }
    }
    Ok(pc)
}

fn list(types: VerificationTypes<'_>) -> String {
    types.map(show).collect::<Vec<_>>().join(",")
}

fn show(kind: VerificationType) -> String {
    match kind {
        VerificationType::Top => "Top".into(),
        VerificationType::Integer => "Integer".into(),
        VerificationType::Float => "Float".into(),
        VerificationType::Double => "Double".into(),
        VerificationType::Long => "Long".into(),
        VerificationType::Null => "Null".into(),
        VerificationType::UninitializedThis => "UninitializedThis".into(),
        VerificationType::Object { class } => format!("Object[#{class}]"),
        VerificationType::Uninitialized { offset } => format!("Uninitialized[#{offset}]"),
    }
}
