//! Host operations on signals, which belong to the process and not to a guest.

use super::Errno;

/// What happens at a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalAction {
    /// What the system does.
    Default,
    /// Nothing.
    Ignore,
    /// [`Signals::next_signal`] tells of it.
    Deliver,
}

/// Signals. Policy: processes.
pub trait Signals {
    /// The number of a signal by its name without `SIG`.
    fn signal_number(&self, name: &str) -> Option<i32>;
    /// Asks for the right to change what signals do. The first guest of a process gets it for good: `guest` is any
    /// number that no other guest of the process uses.
    fn claim_signals(&self, guest: usize) -> bool;
    /// What happens at a signal.
    fn signal_action(&self, signal: i32) -> Result<SignalAction, Errno>;
    /// Changes what happens at a signal; what happened so far. [`Errno::PERM`] without the right to, or for a signal
    /// that the process itself needs.
    fn set_signal_action(
        &self,
        guest: usize,
        signal: i32,
        action: SignalAction,
    ) -> Result<SignalAction, Errno>;
    /// Sends this process a signal.
    fn raise_signal(&self, signal: i32) -> Result<(), Errno>;
    /// Waits for the next signal that is to be delivered; its number. Nothing if none ever will.
    fn next_signal(&self) -> Option<i32>;
}
