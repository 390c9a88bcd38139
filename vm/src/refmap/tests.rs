//! Hand-assembled methods, and class files from a directory.

use super::testing::OwnedPool;
use super::*;
use classfile::opcode::*;

/// A method from code bytes and handlers, without constants.
struct Made {
    bytes: Vec<u8>,
    len: usize,
    locals: u16,
    stack: u16,
    descriptor: &'static [u8],
}

fn made(
    code: &[u8],
    handlers: &[[u16; 3]],
    descriptor: &'static str,
    locals: u16,
    stack: u16,
) -> Made {
    let mut bytes = code.to_vec();
    bytes.extend((handlers.len() as u16).to_be_bytes());
    for &[start, end, target] in handlers {
        bytes.extend([start, end, target, 0].into_iter().flat_map(u16::to_be_bytes));
    }
    Made { bytes, len: code.len(), locals, stack, descriptor: descriptor.as_bytes() }
}

impl Made {
    fn method(&self) -> Method<'_> {
        Method {
            code: CodeView::at(&self.bytes, 0, self.len).unwrap(),
            pool: PoolView { tags: &[], raw: &[], bytes: &self.bytes },
            descriptor: self.descriptor,
            is_static: true,
            max_locals: self.locals,
            max_stack: self.stack,
        }
    }

    /// Locals and stack slots with references before `bci`, and the depth.
    fn at(&self, bci: usize, frame: &[u64]) -> Option<(Vec<usize>, Vec<usize>, usize)> {
        let map = compute(&self.method()).unwrap();
        let live = map.at(&self.method(), bci, &|slot| frame[slot])?;
        Some((live.local_slots().collect(), live.stack_slots().collect(), live.depth))
    }
}

#[test]
fn straight_code_and_stack_shuffles() {
    let code = [ACONST_NULL, ICONST_0, DUP_X1, LCONST_0, DUP2_X2, POP2, POP2, RETURN];
    let made = made(&code, &[], "(Ljava/lang/Object;J)V", 6, 12);
    let at = |bci| made.at(bci, &[]).unwrap();
    assert_eq!(at(0), (vec![0], vec![], 0));
    // i a i
    assert_eq!(at(3), (vec![0], vec![1], 3));
    // i l l a i l l after dup2_x2
    assert_eq!(at(5), (vec![0], vec![3], 7));
    assert_eq!(at(7), (vec![0], vec![], 3));
}

#[test]
fn paths_that_disagree_leave_no_reference() {
    let code = [
        ILOAD_0,
        IFEQ,
        0,
        8,
        ACONST_NULL,
        ASTORE_1,
        GOTO,
        0,
        5,
        ICONST_0,
        ISTORE_1,
        ALOAD_2,
        POP,
        RETURN,
    ];
    let made = made(&code, &[], "(I)V", 3, 1);
    assert_eq!(made.at(6, &[]).unwrap().0, [1]);
    assert_eq!(made.at(11, &[]).unwrap().0, [] as [usize; 0]);
    assert_eq!(made.at(12, &[]).unwrap().1, [0]);
}

#[test]
fn handlers_see_every_instruction_of_their_range() {
    // Range 0..4: local 1 becomes a reference at 2, a number before 4 again.
    let code =
        [ACONST_NULL, ASTORE_1, ACONST_NULL, ASTORE_2, ICONST_0, ISTORE_1, RETURN, POP, RETURN];
    let whole = made(&code, &[[0, 6, 7]], "()V", 3, 1);
    assert_eq!(whole.at(7, &[]).unwrap(), (vec![], vec![0], 1));
    let late = made(&code, &[[2, 5, 7]], "()V", 3, 1);
    assert_eq!(late.at(7, &[]).unwrap(), (vec![1], vec![0], 1));
    let store_last = made(&code, &[[2, 6, 7]], "()V", 3, 1);
    assert_eq!(store_last.at(7, &[]).unwrap().0, [1], "the store in the range's last instruction");
    let dead = made(&[RETURN, POP, RETURN], &[], "()V", 0, 1);
    assert_eq!(dead.at(1, &[]), None);
}

#[test]
fn loops_reach_a_fixed_point_and_wide_frames_work() {
    // 70 locals; local 69 is a reference on entry of the loop and a number after one turn.
    #[rustfmt::skip]
    let code = [
        /* 0 */ ACONST_NULL, ASTORE, 69,
        /* 3 */ ACONST_NULL, WIDE, ASTORE, 0, 68,
        /* 8 */ ILOAD_0, IFEQ, 0, 12,
        /* 12 */ ICONST_1, ISTORE, 69, IINC, 0, 255,
        /* 18 */ GOTO, 0xff, 0xf6,
        /* 21 */ RETURN,
    ];
    let made = made(&code, &[], "(I)V", 70, 2);
    assert_eq!(made.at(8, &[]).unwrap().0, [68]);
    assert_eq!(made.at(3, &[]).unwrap().0, [69]);
}

/// A subroutine called with a reference in local 0 once and with a number there once.
fn two_callers() -> Made {
    #[rustfmt::skip]
    let code = [
        /* 0 */ ACONST_NULL, ASTORE_0,
        /* 2 */ JSR, 0, 12,
        /* 5 */ ALOAD_0, POP,
        /* 7 */ ICONST_0, ISTORE_0,
        /* 9 */ JSR, 0, 5,
        /* 12 */ ILOAD_0, RETURN,
        /* 14 */ ASTORE_1, ACONST_NULL, ASTORE_2, NOP, RET, 1,
    ];
    made(&code, &[], "()V", 3, 2)
}

#[test]
fn a_subroutine_preserves_what_it_does_not_change() {
    let sub = two_callers();
    // In the subroutine, the return address in local 1 tells what local 0 is.
    assert_eq!(sub.at(17, &[0, 5, 0, 0, 0]).unwrap().0, [0, 2]);
    assert_eq!(sub.at(17, &[0, 12, 0, 0, 0]).unwrap().0, [2]);
    // Before it is stored, it is on the stack.
    assert_eq!(sub.at(14, &[0, 0, 0, 5, 0]).unwrap(), (vec![0], vec![], 1));
    assert_eq!(sub.at(14, &[0, 0, 0, 12, 0]).unwrap(), (vec![2], vec![], 1));
    // After the calls.
    assert_eq!(sub.at(5, &[]).unwrap().0, [0, 2]);
    assert_eq!(sub.at(12, &[]).unwrap().0, [2]);
}

#[test]
fn nested_subroutines_resolve_through_all_levels() {
    #[rustfmt::skip]
    let code = [
        /* 0 */ ACONST_NULL, ASTORE_0, JSR, 0, 14,          // to 16
        /* 5 */ ICONST_0, ISTORE_0, JSR, 0, 9,              // to 16
        /* 10 */ RETURN, NOP, NOP, NOP, NOP, NOP,
        /* 16 */ ASTORE_1, ACONST_NULL, ASTORE_3, JSR, 0, 12, // to 31
        /* 22 */ ICONST_0, ISTORE_3, JSR, 0, 7,             // to 31
        /* 27 */ NOP, NOP, RET, 1,
        /* 31 */ ASTORE_2, NOP, RET, 2,
    ];
    let sub = made(&code, &[], "()V", 4, 1);
    for (outer, inner, expected) in
        [(5, 22, vec![0, 3]), (5, 27, vec![0]), (10, 22, vec![3]), (10, 27, vec![])]
    {
        assert_eq!(sub.at(32, &[0, outer, inner, 0, 0]).unwrap().0, expected, "{outer} {inner}");
    }
    assert_eq!(sub.at(28, &[0, 5, 27, 0, 0]).unwrap().0, [0]);
    assert_eq!(sub.at(10, &[]).unwrap().0, [] as [usize; 0]);
}

#[test]
fn leaving_a_subroutine_without_ret_keeps_what_callers_share() {
    #[rustfmt::skip]
    let code = [
        /* 0 */ ACONST_NULL, ASTORE_0, ACONST_NULL, ASTORE_2,
        /* 4 */ ILOAD_3, IFEQ, 0, 6,
        /* 8 */ JSR, 0, 13,                                  // to 21
        /* 11 */ ICONST_0, ISTORE_0, JSR, 0, 8,             // to 21
        /* 16 */ RETURN, NOP, NOP, NOP, NOP,
        /* 21 */ ASTORE_1, ILOAD_3, IFEQ, 0, 5,             // to 28
        /* 26 */ RET, 1,
        /* 28 */ ICONST_0, ISTORE_1, NOP, RETURN,
    ];
    let sub = made(&code, &[], "()V", 4, 1);
    // The return address is gone, so local 0 is what all callers agree on.
    assert_eq!(sub.at(30, &[0; 5]).unwrap().0, [2]);
    assert_eq!(sub.at(28, &[0, 11, 0, 0, 0]).unwrap().0, [0, 2]);
    assert_eq!(sub.at(28, &[0, 16, 0, 0, 0]).unwrap().0, [2]);
}

#[test]
fn malformed_code_is_refused() {
    for (code, descriptor) in [
        (&[POP, RETURN][..], "()V"),
        (&[ICONST_0, ICONST_0, ICONST_0, RETURN], "()V"),
        (&[GOTO, 0, 1], "()V"),
        (&[NOP], "()V"),
        (&[ASTORE, 200], "()V"),
        (&[RET, 0], "()V"),
        (&[RETURN], "(JJJJ)V"),
        (&[GETSTATIC, 0, 9, RETURN], "()V"),
    ] {
        let made = made(code, &[], descriptor, 3, 2);
        assert!(compute(&made.method()).is_err(), "{code:?}");
    }
}

/// `RVM_CHECK_CLASSES=DIR cargo test ... stackmaps_of_a_directory`: all `.class` files below `DIR`.
#[test]
fn stackmaps_of_a_directory() {
    let Some(root) = std::env::var_os("RVM_CHECK_CLASSES") else { return };
    let (mut todo, mut classes, mut methods, mut frames) = (vec![root.into()], 0, 0, 0);
    while let Some(path) = todo.pop() {
        let path: std::path::PathBuf = path;
        if path.is_dir() {
            todo.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "class") {
            let bytes = std::fs::read(&path).unwrap();
            let class = classfile::ClassFile::parse(&bytes);
            let Ok(class) = class else { continue };
            let pool = OwnedPool::parse(&bytes);
            let checked = check::check_class(&class, pool.view(&bytes));
            let (m, f) = checked.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (classes, methods, frames) = (classes + 1, methods + m, frames + f);
        }
    }
    eprintln!("{classes} classes, {methods} methods, {frames} frames");
}
