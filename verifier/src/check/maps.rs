//! The StackMapTable of a method, expanded into whole frames (JVMS 4.7.4, 4.10.1.4).
//!
//! It is read here and not by [`classfile::stack_map`], since what is wrong with a type and what is wrong
//! with the table must be told in the order in which they come.

use std::ops::Range;

use classfile::constant_pool::tag;

use super::{Checker, FrameView, Result};
use crate::code_map::Mark;
use crate::error::Stop;
use crate::messages::Fault;
use crate::oracle::TypeOracle;
use crate::types::VType;

/// The frames, by number and by pc.
#[derive(Default)]
pub(super) struct Maps {
    frames: Vec<MapFrame>,
    types: Vec<VType>,
    /// By pc: the frame's number plus one, or 0. Empty if there are no frames.
    by_pc: Vec<u16>,
}

#[derive(Clone, Debug)]
struct MapFrame {
    pc: usize,
    this_uninit: bool,
    locals: Range<usize>,
    stack: Range<usize>,
}

impl Maps {
    /// The pc of a frame.
    pub(super) fn pc(&self, number: usize) -> Option<usize> {
        self.frames.get(number).map(|frame| frame.pc)
    }

    /// The number of the frame at a pc.
    pub(super) fn find(&self, pc: i64) -> Option<usize> {
        let number = *self.by_pc.get(usize::try_from(pc).ok()?)?;
        usize::from(number).checked_sub(1)
    }

    pub(super) fn view(&self, number: usize) -> FrameView<'_> {
        let frame = &self.frames[number];
        FrameView {
            pc: frame.pc,
            this_uninit: frame.this_uninit,
            locals: &self.types[frame.locals.clone()],
            stack: &self.types[frame.stack.clone()],
        }
    }
}

/// The table's bytes.
struct Bytes<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn u1<E>(&mut self) -> Result1<u8, E> {
        let value = self.data.get(self.at).copied();
        self.at += 1;
        value.ok_or_else(|| Stop::malformed("access beyond the end of attribute"))
    }

    fn u2<E>(&mut self) -> Result1<u16, E> {
        Ok(u16::from_be_bytes([self.u1()?, self.u1()?]))
    }
}

type Result1<T, E> = crate::error::Checked<T, E>;

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Reads the method's table.
    pub(super) fn read_maps(&mut self) -> Result<(), O> {
        self.maps.frames.clear();
        self.maps.types.clear();
        self.maps.by_pc.clear();
        let data = self.code.stack_map_table.unwrap_or_default();
        if data.is_empty() {
            return Ok(());
        }
        let mut bytes = Bytes { data, at: 0 };
        let count = bytes.u2()?;
        if count > 0 {
            self.maps.by_pc.resize(self.code.bytes.len(), 0);
        }
        let entry = self.frame.view();
        self.maps.types.extend_from_slice(entry.locals);
        let mut before = MapFrame {
            pc: 0,
            this_uninit: entry.this_uninit,
            locals: 0..entry.locals.len(),
            stack: 0..0,
        };
        for number in 0..count {
            before = self.read_frame(&mut bytes, before, number == 0)?;
            self.maps.frames.push(before.clone());
            if !self.map.is_start(before.pc) {
                let view = self.maps.view(usize::from(number));
                let headline = format_args!("StackMapTable error: bad offset");
                return Err(self.fail_with(headline, 0, Fault::BadMap, Some(view), None));
            }
            self.maps.by_pc[before.pc] = number + 1;
        }
        if bytes.at != data.len() {
            return Err(Stop::malformed("wrong attribute size"));
        }
        Ok(())
    }

    fn read_frame(
        &mut self,
        bytes: &mut Bytes<'_>,
        before: MapFrame,
        first: bool,
    ) -> Result<MapFrame, O> {
        let kind = bytes.u1()?;
        let delta = if kind < 128 { u16::from(kind & 63) } else { bytes.u2()? };
        let base = if first { 0 } else { before.pc + 1 };
        let mut frame = MapFrame { pc: base + usize::from(delta), stack: 0..0, ..before };
        match kind {
            0..64 | 251 => {}
            64..128 | 247 => {
                let start = self.maps.types.len();
                let kind = self.read_type(bytes)?;
                self.push_map_type(kind);
                frame.stack = start..self.maps.types.len();
                self.check_size(frame.stack.len(), self.code.max_stack)?;
            }
            128..247 => return Err(Stop::malformed("reserved frame type")),
            248..251 => self.chop(&mut frame, 251 - kind)?,
            252..255 => self.append(bytes, &mut frame, u16::from(kind - 251))?,
            255 => {
                let mut this_uninit = false;
                let count = bytes.u2()?;
                frame.locals = self.read_sized(bytes, count, 0, Some(&mut this_uninit))?;
                let count = bytes.u2()?;
                frame.stack = self.read_sized(bytes, count, 0, None)?;
                frame.this_uninit = this_uninit;
            }
        }
        Ok(frame)
    }

    fn check_size(&self, found: usize, most: u16) -> Result<(), O> {
        if found > usize::from(most) { Err(self.bad_size()) } else { Ok(()) }
    }

    #[cold]
    fn bad_size(&self) -> Box<Stop<O::Error>> {
        self.format_error(format_args!("StackMapTable format error: bad type array size"))
    }

    fn chop(&mut self, frame: &mut MapFrame, count: u8) -> Result<(), O> {
        let locals = &self.maps.types[frame.locals.clone()];
        let mut left = locals.len();
        for _ in 0..count {
            let Some(&last) = left.checked_sub(1).and_then(|last| locals.get(last)) else {
                return Err(self.bad_size());
            };
            let slots = if last.is_upper_half() { 2 } else { 1 };
            left = left.checked_sub(slots).ok_or_else(|| self.bad_size())?;
        }
        frame.this_uninit = locals[..left].contains(&VType::UNINIT_THIS);
        frame.locals.end = frame.locals.start + left;
        self.spend(left)
    }

    fn append(&mut self, bytes: &mut Bytes<'_>, frame: &mut MapFrame, count: u16) -> Result<(), O> {
        let before = frame.locals.len();
        if frame.locals.end != self.maps.types.len() {
            self.spend(before)?;
            let start = self.maps.types.len();
            self.maps.types.extend_from_within(frame.locals.clone());
            frame.locals.start = start;
        }
        let mut this_uninit = frame.this_uninit;
        frame.locals.end = self.read_sized(bytes, count, before, Some(&mut this_uninit))?.end;
        frame.this_uninit = this_uninit;
        Ok(())
    }

    /// Reads types to the end of [`Maps::types`], one per slot, where `before` slots are already: locals if
    /// they can have a flag, else a stack. A wrong `new` is told only after the rest has been read.
    fn read_sized(
        &mut self,
        bytes: &mut Bytes<'_>,
        count: u16,
        before: usize,
        mut this_uninit: Option<&mut bool>,
    ) -> Result<Range<usize>, O> {
        self.spend(usize::from(count))?;
        let start = self.maps.types.len();
        let most = if this_uninit.is_some() { self.code.max_locals } else { self.code.max_stack };
        let mut late = None;
        for _ in 0..count {
            let kind = match self.read_type(bytes) {
                Err(stop) if matches!(*stop, Stop::Refused(_)) => {
                    late = Some(stop);
                    VType::TOP
                }
                other => other?,
            };
            self.push_map_type(kind);
            if let Some(flag) = this_uninit.as_deref_mut() {
                *flag |= kind == VType::UNINIT_THIS;
            }
        }
        self.check_size(before + self.maps.types.len() - start, most)?;
        late.map_or(Ok(start..self.maps.types.len()), Err)
    }

    fn push_map_type(&mut self, kind: VType) {
        self.maps.types.push(kind);
        if kind.is_wide() {
            self.maps.types.push(kind.upper_half());
        }
    }

    fn read_type(&mut self, bytes: &mut Bytes<'_>) -> Result<VType, O> {
        Ok(match bytes.u1()? {
            0 => VType::TOP,
            1 => VType::INT,
            2 => VType::FLOAT,
            3 => VType::DOUBLE,
            4 => VType::LONG,
            5 => VType::NULL,
            6 => VType::UNINIT_THIS,
            7 => {
                let class = bytes.u2()?;
                if self.class.constant_pool.tag(class) != tag::CLASS {
                    return Err(Stop::malformed("bad class index"));
                }
                self.pool.class(class)
            }
            8 => {
                let pc = bytes.u2()?;
                if self.map.at(usize::from(pc)) != Mark::New {
                    return Err(self.format_error(format_args!(
                        "StackMapTable format error: bad offset for Uninitialized"
                    )));
                }
                VType::new_object(pc)
            }
            _ => return Err(Stop::malformed("bad verification type")),
        })
    }
}
