//! `Console`.

use super::{descriptor, errors};
use crate::state;
use vm::native::Retry;
use vm::{Ref, Result, Thread};

/// `encoding`: the default one.
pub(super) fn encoding(_: &Thread) -> Result<Ref, Retry> {
    Ok(Ref::NULL)
}

/// `istty`: whether both ends of a conversation are terminals.
pub(super) fn istty(t: &Thread) -> Result<bool> {
    let is_terminal = |number| {
        let resource = state(t).resources.get(number);
        resource.is_ok_and(|it| it.fd().is_ok_and(|fd| state(t).host.is_terminal(fd)))
    };
    Ok(is_terminal(0) && is_terminal(1))
}

/// `ttyStatus`: which of the standard streams are terminals, a bit each.
pub(super) fn tty_status(t: &Thread) -> Result<i32> {
    let is_terminal = |number| {
        let resource = state(t).resources.get(number);
        resource.is_ok_and(|it| it.fd().is_ok_and(|fd| state(t).host.is_terminal(fd)))
    };
    Ok((0..3).map(|number| i32::from(is_terminal(number)) << number).sum())
}

/// `echo`
pub(super) fn echo(t: &Thread, on: bool) -> Result<bool> {
    descriptor::with(t, 0, |host, fd| host.set_echo(fd, on)).map_err(|error| errors::io(t, error))
}
