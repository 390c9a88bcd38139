//! The type-inferring verifier (JVMS 4.10.2), for class files before version 50: data flow to a fixed point,
//! with subroutines. Its messages are those of HotSpot's separate library for old class files.

mod flow;
mod merge;
mod operands;
mod pop;
mod push;
mod state;
mod types;

use std::collections::HashMap;
use std::fmt::Arguments;

use classfile::access;
use classfile::mutf8::to_string_lossy;
use classfile::{ClassFile, Code, FieldType, MethodDescriptor, MethodInfo};

use crate::error::{Checked, Stop, VerifyError};
use crate::frame_types::{FrameTypes, SlotType};
use crate::oracle::TypeOracle;
use crate::{Options, external};
use operands::Instr;
use state::{Handler, Stacks, State};
use types::{Classes, Info};

/// The types that the verifier itself speaks of.
struct Known {
    this: Info,
    superclass: Option<Info>,
    object: Info,
    throwable: Info,
    cloneable: Info,
    serializable: Info,
}

/// The verifier of one class, and its state in the method that is being checked.
pub(crate) struct Inferrer<'c, 'a, O: TypeOracle> {
    class: &'c ClassFile<'a>,
    oracle: &'c O,
    options: &'c Options<'c>,
    classes: Classes<'c, 'a>,
    known: Known,
    meets: HashMap<(Info, Info, bool), Info>,
    work_left: u64,
    method: &'c MethodInfo<'a>,
    code: &'c Code<'a>,
    returns: Info,
    /// By pc: the number of the instruction that covers it.
    numbers: Vec<u16>,
    instrs: Vec<Instr>,
    /// Numbers of instructions that switches go to.
    targets: Vec<u32>,
    states: Vec<State>,
    handlers: Vec<Handler>,
    stacks: Stacks,
}

type Result<T, O> = Checked<T, <O as TypeOracle>::Error>;

/// The longest message that HotSpot keeps, in bytes.
const MESSAGE_MAX_BYTES: usize = 1023;

/// Checks all methods of a class.
pub(crate) fn infer_class<O: TypeOracle>(
    class: &ClassFile<'_>,
    oracle: &O,
    options: &Options<'_>,
) -> Result<(), O> {
    let mut with_code =
        class.methods.iter().filter_map(|method| Some((method, method.code.as_ref()?)));
    let Some(first) = with_code.clone().next() else { return Ok(()) };
    let mut inferrer = Inferrer::new(class, oracle, options, first);
    with_code.try_for_each(|(method, code)| {
        (inferrer.method, inferrer.code) = (method, code);
        inferrer.check_method()
    })
}

/// The frame before an instruction of one method.
pub(crate) fn types_at<O: TypeOracle>(
    class: &ClassFile<'_>,
    oracle: &O,
    options: &Options<'_>,
    method: usize,
    bci: usize,
) -> Result<Option<FrameTypes>, O> {
    let method = class.methods.get(method);
    let Some((method, code)) = method.and_then(|m| Some((m, m.code.as_ref()?))) else {
        return Ok(None);
    };
    let mut inferrer = Inferrer::new(class, oracle, options, (method, code));
    inferrer.check_method()?;
    Ok(inferrer.frame_at(bci))
}

impl<'c, 'a, O: TypeOracle> Inferrer<'c, 'a, O> {
    fn new(
        class: &'c ClassFile<'a>,
        oracle: &'c O,
        options: &'c Options<'c>,
        (method, code): (&'c MethodInfo<'a>, &'c Code<'a>),
    ) -> Self {
        let mut classes = Classes::new(class, options.hidden_name);
        let known = Known {
            this: classes.class_entry(class.this_class),
            superclass: class.super_name.map(|name| classes.object(name)),
            object: classes.object(&b"java/lang/Object"[..]),
            throwable: classes.object(&b"java/lang/Throwable"[..]),
            cloneable: classes.object(&b"java/lang/Cloneable"[..]),
            serializable: classes.object(&b"java/io/Serializable"[..]),
        };
        Inferrer {
            class,
            oracle,
            options,
            classes,
            known,
            meets: HashMap::new(),
            work_left: options.work_limit,
            method,
            code,
            returns: Info::VOID,
            numbers: Vec::new(),
            instrs: Vec::new(),
            targets: Vec::new(),
            states: Vec::new(),
            handlers: Vec::new(),
            stacks: Stacks::default(),
        }
    }

    /// The frame before the instruction at `bci`, once the method has been checked.
    fn frame_at(&self, bci: usize) -> Option<FrameTypes> {
        let number = usize::from(*self.numbers.get(bci)?);
        let starts_here = bci == 0 || usize::from(self.numbers[bci - 1]) != number;
        let reached = self.states.get(number)?.reached.as_ref().filter(|_| starts_here)?;
        let bci_of = |info: Info| {
            let found = self.numbers.iter().position(|&n| u32::from(n) == info.detail());
            found.unwrap_or(usize::MAX)
        };
        let slot = |info: Info| match info {
            Info::NULL => SlotType::Null,
            Info::INIT_THIS => SlotType::UninitializedThis,
            info if info.is_reference() => SlotType::Object(self.classes.internal_name(info)),
            info if info.is(types::Item::New) => SlotType::Uninitialized(bci_of(info)),
            info if info.is(types::Item::Return) => SlotType::ReturnAddress(bci_of(info)),
            _ => SlotType::Other,
        };
        let locals = reached.locals.types.iter().map(|&info| slot(info)).collect();
        let mut stack = Vec::new();
        for info in self.stacks.values(reached.stack.top).into_iter().rev() {
            stack.push(slot(info));
            if info.is_wide() {
                stack.push(SlotType::Other);
            }
        }
        Some(FrameTypes { locals, stack })
    }

    fn check_method(&mut self) -> Result<(), O> {
        self.spend(self.code.bytes.len())?;
        self.number_instructions()?;
        self.read_operands()?;
        self.read_handlers()?;
        self.enter();
        self.run()
    }

    /// The state before the first instruction, and the return type.
    fn enter(&mut self) {
        let mut locals = Vec::new();
        let mut flags = state::Flags::default();
        if self.method.access_flags & access::STATIC == 0 {
            let constructs = self.method.name == b"<init>" && self.known.this != self.known.object;
            flags.needs_constructor = constructs;
            locals.push(if constructs { Info::INIT_THIS } else { self.known.this });
        }
        self.returns = Info::VOID;
        if let Ok(descriptor) = MethodDescriptor::parse(self.method.descriptor) {
            for kind in descriptor.params() {
                self.push_slots(&mut locals, kind);
            }
            if let Some(kind) = descriptor.return_type() {
                self.returns = self.classes.value(kind);
            }
        }
        self.states.clear();
        self.states.resize(self.instrs.len(), State::default());
        self.states[0] = State::entry(locals, flags);
    }

    fn push_slots(&mut self, locals: &mut Vec<Info>, kind: FieldType<'a>) {
        let value = self.classes.value(kind);
        locals.push(value);
        if value.is_wide() {
            locals.push(value.upper_half());
        }
    }

    /// Counts work.
    fn spend(&mut self, steps: usize) -> Result<(), O> {
        match self.work_left.checked_sub(steps as u64) {
            Some(left) if !self.classes.is_full() => {
                self.work_left = left;
                Ok(())
            }
            _ => Err(self.too_much_work()),
        }
    }

    #[cold]
    fn too_much_work(&self) -> Box<Stop<O::Error>> {
        let class = external::class_name(self.class_name());
        let limit = self.options.work_limit;
        Box::new(Stop::Refused(VerifyError::TooMuchWork { class, limit }))
    }

    fn class_name(&self) -> &[u8] {
        self.options.hidden_name.unwrap_or(self.class.name)
    }

    fn message(&self, what: Arguments<'_>) -> String {
        let (class, name) = (to_string_lossy(self.class_name()), to_string_lossy(self.method.name));
        let descriptor = to_string_lossy(self.method.descriptor);
        let mut message =
            format!("(class: {class}, method: {name} signature: {descriptor}) {what}");
        message.truncate(message.floor_char_boundary(MESSAGE_MAX_BYTES));
        message
    }

    /// A VerifyError about the method.
    #[cold]
    fn fail(&self, what: Arguments<'_>) -> Box<Stop<O::Error>> {
        Stop::verify(self.message(what))
    }

    /// A VerifyError with a fixed text.
    #[cold]
    fn refuse<T>(&self, what: &str) -> Result<T, O> {
        Err(self.fail(format_args!("{what}")))
    }

    /// A ClassFormatError about the method.
    #[cold]
    fn malformed<T>(&self, what: &str) -> Result<T, O> {
        Err(Stop::format(self.message(format_args!("{what}"))))
    }
}
