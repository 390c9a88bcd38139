//! The types of a frame at one instruction, as verification works them out: what an image's frames are held against.

use crate::Options;
use crate::check::{self, FrameView};
use crate::error::{Stop, VerifyError};
use crate::infer;
use crate::oracle::TypeOracle;
use crate::types::{Names, VType};
use classfile::ClassFile;

/// What a slot holds (JVMS 4.10.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotType {
    /// A number, a part of one, or nothing that code can use.
    Other,
    /// Null and nothing else.
    Null,
    /// An instance of the class, or an array of this descriptor (`[I`); any object if it names an interface.
    Object(Vec<u8>),
    /// An object of the class that is verified whose constructor has not called another one yet.
    UninitializedThis,
    /// What the `new` instruction at this bci has made, before its constructor has been called.
    Uninitialized(usize),
    /// A return address of the subroutine that begins at this bci (class files before version 50).
    ReturnAddress(usize),
}

impl SlotType {
    /// Whether the slot holds a reference or null.
    pub fn is_reference(&self) -> bool {
        !matches!(self, SlotType::Other | SlotType::ReturnAddress(_))
    }
}

/// A frame before an instruction; values of two slots are two [`SlotType::Other`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameTypes {
    /// Locals from 0; those beyond the end are [`SlotType::Other`].
    pub locals: Vec<SlotType>,
    /// Operands from the bottom.
    pub stack: Vec<SlotType>,
}

/// The frame before the instruction at `bci` of the class's method number `method`; `None` if verification finds no
/// way there, or there is no such instruction.
///
/// # Errors
/// As [`crate::verify_class`], of this one method.
pub fn frame_types<O: TypeOracle>(
    class: &ClassFile<'_>,
    oracle: &O,
    options: &Options<'_>,
    method: usize,
    bci: usize,
) -> Result<Option<FrameTypes>, VerifyError<O::Error>> {
    let by_types = || check::types_at(class, oracle, options, method, bci).map_err(|stop| *stop);
    let by_inference = || infer::types_at(class, oracle, options, method, bci);
    let result = match class.major {
        ..50 => by_inference().map_err(|stop| *stop),
        50 => match by_types() {
            Err(Stop::Refused(VerifyError::Verify { .. } | VerifyError::Format { .. })) => {
                by_inference().map_err(|stop| *stop)
            }
            other => other,
        },
        _ => by_types(),
    };
    result.map_err(Stop::into)
}

impl FrameTypes {
    /// Of the type checker's frame.
    pub(crate) fn of(view: FrameView<'_>, names: &Names<'_>) -> FrameTypes {
        let slot = |kind: &VType| match *kind {
            VType::NULL => SlotType::Null,
            VType::UNINIT_THIS => SlotType::UninitializedThis,
            kind if kind.is_named() => SlotType::Object(names.name(kind).to_vec()),
            kind => match kind.new_pc() {
                Some(pc) => SlotType::Uninitialized(usize::from(pc)),
                None => SlotType::Other,
            },
        };
        FrameTypes {
            locals: view.locals.iter().map(slot).collect(),
            stack: view.stack.iter().map(slot).collect(),
        }
    }
}
