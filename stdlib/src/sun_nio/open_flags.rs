//! What the class library means by the bits with which it opens files. They are compiled into it
//! (`sun.nio.fs.UnixConstants`), and a few of them depend on the processor that it was made for, which need not be this one.

use crate::host::OpenFlags;
use crate::java_io::offsets::field_offset;
use crate::state;
use std::sync::OnceLock;
use vm::{Result, Thread, exceptions, link};

const CONSTANTS: &str = "sun/nio/fs/UnixConstants";

/// Whether the class library has the bits of AArch64, once that is known.
pub(super) type ForAArch64 = OnceLock<bool>;

/// Java's flags as the host takes them.
pub(super) fn from_java(t: &Thread, flags: i32) -> Result<OpenFlags> {
    let flags = OpenFlags(flags);
    if flags.0 & OpenFlags::VARYING == 0 {
        return Ok(flags);
    }
    let cell = &state(t).nio.open_flags;
    let for_aarch64 = match cell.get() {
        Some(known) => *known,
        None => {
            let found = is_for_aarch64(t)?;
            *cell.get_or_init(|| found)
        }
    };
    Ok(if for_aarch64 { flags.swapped() } else { flags })
}

fn is_for_aarch64(t: &Thread) -> Result<bool> {
    let class = link::class_by_name(t, CONSTANTS)?;
    link::init::init_class(t, class)?;
    let offset = field_offset(t, class, "O_NOFOLLOW", "I")?;
    let no_follow = OpenFlags(t.vm().get_u32(t.vm().mirror(class), offset) as i32);
    match no_follow {
        OpenFlags::NO_FOLLOW => Ok(false),
        flag if flag == OpenFlags::NO_FOLLOW.swapped() => Ok(true),
        OpenFlags(other) => {
            let message = format!(
                "the class library is for an unknown processor: its O_NOFOLLOW is {other:#x}"
            );
            Err(exceptions::throw(t, "java/lang/InternalError", &message))
        }
    }
}
