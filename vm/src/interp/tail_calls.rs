//! The machine code of optimised builds: handlers must jump to the next one, never call it.
//!
//! A call in place of a jump would still compute the right thing, until the Rust stack overflows; so this
//! looks at the disassembly of the test program itself. Where there is no `objdump`, nothing is checked.

use std::collections::HashMap;
use std::process::Command;

/// The modules that consist of handlers, and what else is in them that may be called.
const MODULES: [&str; 11] = [
    "arith",
    "arrays",
    "branch",
    "calls",
    "constants",
    "fields",
    "fused",
    "objects",
    "returns",
    "stack_ops",
    "types",
];
const NOT_HANDLERS: [&str; 2] = ["fields::read", "fields::write"];

#[test]
fn handlers_jump_to_each_other() {
    // Or the linker drops the interpreter.
    std::hint::black_box(super::invoke as *const ());
    let exe = std::env::current_exe().unwrap();
    let args = ["-d", "-C", "--no-show-raw-insn"];
    let Ok(out) = Command::new("objdump").args(args).arg(&exe).output() else { return };
    let text = String::from_utf8_lossy(&out.stdout);
    let mut jumps: HashMap<&str, usize> = HashMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some((_, name)) = line.strip_suffix(">:").and_then(|l| l.split_once(" <")) {
            current = handler(name);
        }
        let (Some(name), Some((_, instruction))) = (current, line.split_once('\t')) else {
            continue;
        };
        match Branch::of(instruction, name) {
            Branch::JumpThroughTable => *jumps.entry(name).or_default() += 1,
            Branch::CallThroughTable => panic!("{name} calls: {line}"),
            Branch::Call => {
                let callee =
                    instruction.split_once('<').map(|(_, callee)| callee.trim_end_matches('>'));
                assert!(callee.and_then(handler).is_none(), "{name} calls: {line}");
            }
            Branch::Other => {}
        }
    }
    for name in ["arith::iadd", "stack_ops::load_1", "branch::goto", "calls::invokestatic_q"] {
        assert!(jumps.get(name).is_some_and(|&n| n > 0), "{name} has no jump: {jumps:?}");
    }
}

/// What an instruction does, as far as it matters here.
enum Branch {
    JumpThroughTable,
    CallThroughTable,
    Call,
    Other,
}

impl Branch {
    /// Of an instruction in the handler `name`.
    #[cfg(target_arch = "x86_64")]
    fn of(instruction: &str, _name: &str) -> Branch {
        let target = instruction.split_whitespace().nth(1).unwrap_or("");
        // Natives are called through a register; the table through an index.
        match (instruction.get(..4), target.starts_with('*')) {
            (Some("call"), true) if target.ends_with(",8)") => Branch::CallThroughTable,
            (Some("call"), _) => Branch::Call,
            (Some("jmp "), true) => Branch::JumpThroughTable,
            _ => Branch::Other,
        }
    }

    /// Of an instruction in the handler `name`.
    #[cfg(target_arch = "aarch64")]
    fn of(instruction: &str, name: &str) -> Branch {
        match instruction.split_whitespace().next() {
            Some("br") => Branch::JumpThroughTable,
            // Natives and the table are both called through registers.
            Some("blr") if name != "calls::call_leaf" => Branch::CallThroughTable,
            Some("bl") => Branch::Call,
            _ => Branch::Other,
        }
    }
}

/// `module::name` if a symbol is a handler.
fn handler(symbol: &str) -> Option<&str> {
    let path = symbol.split_once("interp::")?.1;
    let (module, name) = path.split_once("::")?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && MODULES.contains(&module) && !NOT_HANDLERS.contains(&path)).then_some(path)
}
