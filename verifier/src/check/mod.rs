//! The type-checking verifier (JVMS 4.10.1): one pass over the code, with the StackMapTable at the targets of
//! jumps. Checks come in HotSpot's order, so that the first fault is the same one.

mod assign;
mod construct;
mod flow;
mod frame;
mod handlers;
mod maps;
mod members;
mod stack;
mod step;
mod tables;
mod values;

pub(crate) use frame::FrameView;

use std::collections::HashMap;
use std::fmt::Arguments;

use classfile::access;
use classfile::{ClassFile, Code, MethodDescriptor, MethodInfo};

use crate::code_map::CodeMap;
use crate::error::{Checked, Stop, VerifyError};
use crate::frame_types::FrameTypes;
use crate::messages::{Details, Fault, Origin};
use crate::oracle::TypeOracle;
use crate::pool::Pool;
use crate::types::VType;
use crate::{Options, external};
use frame::Frame;
use handlers::Handlers;
use maps::Maps;

/// Which frame arrives at a place that has a frame in the StackMapTable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incoming {
    /// The current one.
    Current,
    /// The current one as an exception handler sees it.
    Handler { exception: [VType; 1], this_uninit: bool },
}

/// The types that the verifier itself speaks of.
struct Known {
    this: VType,
    superclass: Option<VType>,
    object: VType,
    throwable: VType,
    string: VType,
    class: VType,
    method_handle: VType,
    method_type: VType,
}

/// The verifier of one class, and its state in the method that is being checked.
pub(crate) struct Checker<'c, 'a, O: TypeOracle> {
    class: &'c ClassFile<'a>,
    oracle: &'c O,
    options: &'c Options<'c>,
    pool: Pool<'c, 'a>,
    known: Known,
    /// Whether the first type can be assigned to the second, where that was asked before.
    assignable: HashMap<(VType, VType), bool>,
    work_left: u64,
    method: &'c MethodInfo<'a>,
    code: &'c Code<'a>,
    /// The return type; top for void.
    returns: VType,
    map: CodeMap,
    frame: Frame,
    maps: Maps,
    handlers: Handlers,
    /// Where the frame is asked for, and the frame.
    probe: Option<(usize, Option<FrameTypes>)>,
}

type Result<T, O> = Checked<T, <O as TypeOracle>::Error>;

/// Checks all methods of a class.
pub(crate) fn check_class<O: TypeOracle>(
    class: &ClassFile<'_>,
    oracle: &O,
    options: &Options<'_>,
) -> Result<(), O> {
    let mut with_code =
        class.methods.iter().filter_map(|method| Some((method, method.code.as_ref()?)));
    let Some(first) = with_code.clone().next() else { return Ok(()) };
    let mut checker = Checker::new(class, oracle, options, first);
    with_code.try_for_each(|(method, code)| {
        (checker.method, checker.code) = (method, code);
        checker.check_method()
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
    let mut checker = Checker::new(class, oracle, options, (method, code));
    checker.probe = Some((bci, None));
    checker.check_method()?;
    Ok(checker.probe.and_then(|(_, found)| found))
}

impl<'c, 'a, O: TypeOracle> Checker<'c, 'a, O> {
    fn new(
        class: &'c ClassFile<'a>,
        oracle: &'c O,
        options: &'c Options<'c>,
        (method, code): (&'c MethodInfo<'a>, &'c Code<'a>),
    ) -> Self {
        let mut pool = Pool::new(class, options.hidden_name);
        let known = Known {
            this: pool.class(class.this_class),
            superclass: class.super_name.map(|name| pool.names.named(name)),
            object: pool.names.named(&b"java/lang/Object"[..]),
            throwable: pool.names.named(&b"java/lang/Throwable"[..]),
            string: pool.names.named(&b"java/lang/String"[..]),
            class: pool.names.named(&b"java/lang/Class"[..]),
            method_handle: pool.names.named(&b"java/lang/invoke/MethodHandle"[..]),
            method_type: pool.names.named(&b"java/lang/invoke/MethodType"[..]),
        };
        Checker {
            class,
            oracle,
            options,
            pool,
            known,
            assignable: HashMap::new(),
            work_left: options.work_limit,
            method,
            code,
            returns: VType::TOP,
            map: CodeMap::default(),
            frame: Frame::default(),
            maps: Maps::default(),
            handlers: Handlers::default(),
            probe: None,
        }
    }

    fn check_method(&mut self) -> Result<(), O> {
        let code = self.code;
        self.spend(code.bytes.len() + usize::from(code.max_locals) + usize::from(code.max_stack))?;
        self.frame.reset(code.max_locals, code.max_stack);
        self.enter();
        if let Err(pc) = self.map.scan(code.bytes) {
            return Err(self.fail(format_args!("Bad instruction"), pc, Fault::Code));
        }
        self.check_exception_table()?;
        self.check_local_variables()?;
        self.read_maps()?;
        self.check_code()
    }

    /// The frame before the first instruction and the return type, from the descriptor (JVMS 4.10.1.6).
    fn enter(&mut self) {
        let is_static = self.method.access_flags & access::STATIC != 0;
        let mut at = 0;
        if !is_static {
            let constructs = self.method.name == b"<init>" && self.known.this != self.known.object;
            self.frame.this_uninit = constructs;
            self.frame.locals[0] = if constructs { VType::UNINIT_THIS } else { self.known.this };
            at = 1;
        }
        let Ok(descriptor) = MethodDescriptor::parse(self.method.descriptor) else { return };
        for kind in descriptor.params() {
            let value = self.pool.names.value(kind);
            self.frame.locals[at] = value;
            if value.is_wide() {
                self.frame.locals[at + 1] = value.upper_half();
            }
            at += usize::from(kind.slots());
        }
        self.frame.locals_size = at;
        self.returns = match descriptor.return_descriptor() {
            b"V" => VType::TOP,
            b"Z" => VType::BOOLEAN,
            b"B" => VType::BYTE,
            b"S" => VType::SHORT,
            b"C" => VType::CHAR,
            _ => descriptor.return_type().map_or(VType::TOP, |kind| self.pool.names.value(kind)),
        };
    }

    /// Counts work.
    fn spend(&mut self, steps: usize) -> Result<(), O> {
        match self.work_left.checked_sub(steps as u64) {
            Some(left) => {
                self.work_left = left;
                Ok(())
            }
            None => Err(self.too_much_work()),
        }
    }

    #[cold]
    fn too_much_work(&self) -> Box<Stop<O::Error>> {
        let class = external::class_name(self.class_name());
        let limit = self.options.work_limit;
        Box::new(Stop::Refused(VerifyError::TooMuchWork { class, limit }))
    }

    /// The name of the class, also in messages.
    fn class_name(&self) -> &[u8] {
        self.options.hidden_name.unwrap_or(self.class.name)
    }

    /// A VerifyError about the current frame.
    #[cold]
    fn fail(&self, headline: Arguments<'_>, pc: usize, fault: Fault) -> Box<Stop<O::Error>> {
        self.fail_with(headline, pc, fault, Some(self.frame.view()), None)
    }

    /// A VerifyError about the code at the current pc.
    #[cold]
    fn bad_code(&self, headline: &str) -> Box<Stop<O::Error>> {
        self.fail(format_args!("{headline}"), self.frame.pc, Fault::Code)
    }

    /// A VerifyError about a type that an instruction finds.
    #[cold]
    fn bad_type(
        &self,
        headline: &str,
        found: Origin,
        wanted: Option<Origin>,
    ) -> Box<Stop<O::Error>> {
        self.fail(format_args!("{headline}"), self.frame.pc, Fault::Type { found, wanted })
    }

    #[cold]
    fn fail_with(
        &self,
        headline: Arguments<'_>,
        pc: usize,
        fault: Fault,
        current: Option<FrameView<'_>>,
        map: Option<FrameView<'_>>,
    ) -> Box<Stop<O::Error>> {
        let details = Details {
            names: &self.pool.names,
            class_name: self.class_name(),
            method: self.method,
            code: self.code,
            pc,
            fault,
            current,
            map,
        };
        Stop::verify(details.message(headline))
    }

    /// A ClassFormatError about the method.
    #[cold]
    fn format_error(&self, what: Arguments<'_>) -> Box<Stop<O::Error>> {
        let method = external::method(self.class_name(), self.method);
        Stop::format(format!("{what} in method '{method}'"))
    }
}
