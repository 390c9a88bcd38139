//! Reference maps: which slots of an interpreter frame hold references before a given instruction.
//!
//! Slots are untagged, so the collector asks the bytecode. A forward data flow over basic blocks
//! ([`flow`]) computes, once per method, the state at each block's entry with one bit per slot; a query replays
//! the block up to the instruction. Where paths disagree the slot is no reference: verified
//! code can not use it (JVMS 4.10.2.2). A local that holds a dead reference still counts: the value is
//! kept up to date by every collection, so it is always a valid one.
//!
//! Subroutines (`jsr`, `ret`) are handled as the inferring verifier does: inside one, a local that it has not
//! changed is *inherited* from its caller, and what that is gets decided per frame, by the return
//! address found in it ([`RefMap::at`]). No path is analysed more than once for that.
//!
//! A `long` or `double` takes two slots, neither of which is a reference.

mod bits;
mod cache;
pub mod check;
mod flow;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod view;

pub use bits::Bits;
pub use cache::RefMaps;
pub use view::{CodeView, Handler, PoolView, attributes, u16_at, u32_at};

use crate::meta::{Meta, MethodRecord};
use classfile::opcode::decode;
use state::State;

/// Not in a subroutine.
const NO_SUB: u32 = u32::MAX;

/// The code is not what a verified method can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed bytecode")]
pub struct Malformed;

/// A method as the analysis needs it.
#[derive(Clone, Copy)]
pub struct Method<'a> {
    /// Bytecode and exception table.
    pub code: CodeView<'a>,
    /// Constant pool of its class.
    pub pool: PoolView<'a>,
    /// Its descriptor.
    pub descriptor: &'a [u8],
    /// Whether it has no receiver.
    pub is_static: bool,
    /// Local-variable slots.
    pub max_locals: u16,
    /// Operand-stack slots.
    pub max_stack: u16,
}

impl<'a> Method<'a> {
    /// A linked method; `None` if it has no code.
    pub fn of(meta: &'a Meta, method: &MethodRecord) -> Option<Method<'a>> {
        Some(Method {
            code: CodeView::of(meta, method)?,
            pool: PoolView::of(meta, meta.class(method.class)),
            descriptor: meta.symbol_bytes(method.descriptor),
            is_static: method.access & 0x0008 != 0,
            max_locals: method.max_locals,
            max_stack: method.max_stack,
        })
    }
}

/// The states at the entries of a method's basic blocks.
#[derive(Debug)]
pub struct RefMap {
    /// First bci of each block, ascending.
    starts: Box<[u32]>,
    /// State at each block's entry; `None` if it is not reachable.
    entries: Box<[Option<State>]>,
    /// The `jsr` instructions that can be reached.
    calls: Vec<Call>,
}

/// A reachable `jsr`.
#[derive(Debug)]
struct Call {
    /// Where it is.
    at: u32,
    /// First bci of the subroutine.
    sub: u32,
    /// The return address that it pushes.
    next: u32,
    /// The state before it.
    state: State,
}

/// The slots with references before an instruction: locals first, then the operand stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveSlots {
    /// One bit per slot.
    pub refs: Bits,
    /// Number of locals.
    pub locals: usize,
    /// Operand-stack slots in use.
    pub depth: usize,
}

impl LiveSlots {
    /// The locals that hold references.
    pub fn local_slots(&self) -> impl Iterator<Item = usize> + '_ {
        self.refs.ones().take_while(|&slot| slot < self.locals)
    }

    /// The operand-stack slots that hold references, counted from the bottom.
    pub fn stack_slots(&self) -> impl Iterator<Item = usize> + '_ {
        self.refs.ones().filter(|&slot| slot >= self.locals).map(|slot| slot - self.locals)
    }
}

/// Analyses a method.
///
/// # Errors
/// If the code is not well-formed, does not keep the stack balanced or uses subroutines in ways that the
/// verifier refuses.
pub fn compute(method: &Method<'_>) -> Result<RefMap, Malformed> {
    flow::Flow::new(method)?.run()
}

impl RefMap {
    /// The slots that hold references before the instruction at `bci`; `None` if it can not be reached.
    ///
    /// `frame` reads a slot of the frame asked about, for the return addresses of subroutines in it (a
    /// return address is the bci that follows the `jsr`); other methods do not call it.
    pub fn at(
        &self,
        method: &Method<'_>,
        bci: usize,
        frame: &dyn Fn(usize) -> u64,
    ) -> Option<LiveSlots> {
        let mut state = self.state_at(method, bci)?;
        // Every level leaves one subroutine, and verified ones do not call themselves.
        for _ in 0..=self.calls.len() {
            if state.subs.as_ref().is_none_or(|subs| subs.inherited.is_empty()) {
                break;
            }
            let caller = self.caller_of(&state, frame)?;
            state.inherit(&caller);
        }
        let (locals, top) = (state.locals as usize, state.top as usize);
        Some(LiveSlots { refs: state.refs, locals, depth: top - locals })
    }

    /// The abstract state before an instruction.
    fn state_at(&self, method: &Method<'_>, bci: usize) -> Option<State> {
        let block = self.starts.partition_point(|&start| start as usize <= bci).checked_sub(1)?;
        let mut state = self.entries[block].clone()?;
        let mut pc = self.starts[block] as usize;
        while pc < bci {
            let insn = decode(method.code.code, pc)?;
            state.step(&insn, method.pool).ok()?;
            pc = insn.next_pc() as usize;
        }
        (pc == bci).then_some(state)
    }

    /// The state at the call of the subroutine that a frame is in: the call that the return address in the
    /// frame tells, or, where the subroutine has given that up and so never returns, what all have in common.
    fn caller_of(&self, state: &State, frame: &dyn Fn(usize) -> u64) -> Option<State> {
        let subs = state.subs.as_ref()?;
        let slot = subs.returns.iter().find(|r| r.1 == subs.sub);
        let known = slot.and_then(|&(slot, sub)| {
            let next = frame(slot as usize) as u32;
            self.calls.iter().find(|call| call.sub == sub && call.next == next)
        });
        match known {
            Some(call) => Some(call.state.clone()),
            None => flow::common_caller(&self.calls, subs.sub, &mut flow::Fuel::default()).ok(),
        }
    }
}
