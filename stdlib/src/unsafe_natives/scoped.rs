//! `ScopedMemoryAccess`: closing a memory segment that no other thread may be using.

use crate::java_io::nop;
use vm::frame::{FrameKind, FrameRef};
use vm::{Handle, NativeMethod, Result, Thread};

/// `closeScope0`: false if another thread is inside an access that began under the scope.
///
/// An access checks the scope and then touches memory, both in one method of `ScopedMemoryAccess`
/// that has the scope as its first or second argument. So with the world stopped, it is enough to
/// look for such frames.
fn close_scope(t: &Thread, this: Handle, scope: Handle, _exception: Handle) -> Result<bool> {
    let vm = t.vm();
    let in_use = vm::sync::stop_world(t, || {
        let holder = vm.class_of(t.get(this));
        let scope = u64::from(t.get(scope).bits());
        let mut in_use = false;
        vm.threads.for_each_stopped(|other| {
            if other.id != t.id {
                let mut frame = other.top_frame();
                while let Some(f) = frame {
                    in_use |= uses(f, holder, scope);
                    frame = f.prev();
                }
            }
        });
        in_use
    });
    Ok(!in_use)
}

/// `closeScope0` of releases that throw the error in the thread that uses the scope, which here only closing sees.
fn close_scope_or_throw(t: &Thread, this: Handle, scope: Handle, error: Handle) -> Result<()> {
    if close_scope(t, this, scope, error)? {
        return Ok(());
    }
    let message = "Session is acquired by 1 clients";
    Err(vm::exceptions::throw(t, "java/lang/IllegalStateException", message))
}

fn uses(frame: FrameRef, holder: vm::ClassId, scope: u64) -> bool {
    match frame.method() {
        Some(m) if frame.kind() == FrameKind::Java && m.class == holder => {
            (1..=2).any(|n| n < usize::from(m.arg_slots) && frame.local(n) as u32 as u64 == scope)
        }
        _ => false,
    }
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/misc/ScopedMemoryAccess" {
            "registerNatives" "()V" => leaf nop;
            "closeScope0" "(Ljdk/internal/misc/ScopedMemoryAccess$Scope;Ljdk/internal/misc/ScopedMemoryAccess$Scope$ScopedAccessError;)Z"
                => full close_scope;
            "closeScope0" "(Ljdk/internal/foreign/MemorySessionImpl;Ljdk/internal/misc/ScopedMemoryAccess$ScopedAccessError;)V"
                => full close_scope_or_throw;
        }
    }
}
