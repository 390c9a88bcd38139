//! The tables beside the code: exception handlers and local variables (JVMS 4.9.1, 4.10.1.6).

use super::{Checker, Result};
use crate::messages::{Fault, Origin};
use crate::oracle::TypeOracle;

impl<O: TypeOracle> Checker<'_, '_, O> {
    /// Rows lie on instructions and catch Throwables.
    pub(super) fn check_exception_table(&mut self) -> Result<(), O> {
        let code = self.code;
        for row in &code.exception_table {
            let (start, end, handler) = (row.start, row.end, row.handler);
            let ends_well = usize::from(end) == code.bytes.len();
            if !self.map.is_start(usize::from(start)) {
                let what = format_args!("Illegal exception table start_pc {start}");
                return Err(self.format_error(what));
            }
            if !ends_well && !self.map.is_start(usize::from(end)) {
                return Err(self.format_error(format_args!("Illegal exception table end_pc {end}")));
            }
            if !self.map.is_start(usize::from(handler)) {
                let what = format_args!("Illegal exception table handler_pc {handler}");
                return Err(self.format_error(what));
            }
            if row.catch_type != 0 {
                self.check_catch_type(row.catch_type, handler)?;
            }
        }
        self.handlers.start();
        Ok(())
    }

    fn check_catch_type(&mut self, index: u16, handler: u16) -> Result<(), O> {
        let (caught, throwable) = (self.pool.class(index), self.known.throwable);
        if self.is_assignable(caught, throwable)? {
            return Ok(());
        }
        let headline = format_args!(
            "Catch type is not a subclass of Throwable in exception handler {handler}"
        );
        let wanted = Some(Origin::Implicit(throwable));
        let fault = Fault::Type { found: Origin::Pool(index, caught), wanted };
        Err(self.fail(headline, usize::from(handler), fault))
    }

    /// Debugging information lies on instructions, too.
    pub(super) fn check_local_variables(&mut self) -> Result<(), O> {
        let length = self.code.bytes.len();
        for row in self.code.local_variables.iter() {
            let start = usize::from(row.start_pc);
            let end = start + usize::from(row.length);
            if !self.map.is_start(start) {
                let what = format_args!("Illegal local variable table start_pc {start}");
                return Err(self.format_error(what));
            }
            if end != length && !self.map.is_start(end) {
                let length = row.length;
                let what = format_args!("Illegal local variable table length {length}");
                return Err(self.format_error(what));
            }
        }
        Ok(())
    }
}
