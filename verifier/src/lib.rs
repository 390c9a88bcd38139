//! Verification of class files (JVMS 4.10), with HotSpot 17's verdicts and messages.
//!
//! [`verify_class`] takes a parsed class file and a [`TypeOracle`] that knows other classes. Class files from
//! version 50 on are checked in one pass against their StackMapTable ([`check`]); older ones, and those of
//! version 50 that fail, by data flow ([`infer`]).
//!
//! Deliberately absent: `unsafe`, recursion without a bound, panics on any input, loading of classes, which
//! is the oracle's. Work is linear in the code for all but contrived files, and is metered for those.
#![forbid(unsafe_code)]

mod check;
mod code_map;
mod error;
mod external;
mod frame_types;
mod infer;
mod map_listing;
mod messages;
mod oracle;
mod pool;
mod types;

pub use error::VerifyError;
pub use frame_types::{FrameTypes, SlotType, frame_types};
pub use oracle::{Member, TypeOracle};

use classfile::ClassFile;
use error::Stop;

/// How to verify.
#[derive(Clone, Copy, Debug)]
pub struct Options<'n> {
    /// For a hidden class: its internal name with suffix (`Made+0x0000000800c03000`), which its own Class
    /// entry stands for then.
    pub hidden_name: Option<&'n [u8]>,
    /// The most steps that verification may take: bytes of code, and types that are compared or copied. No
    /// class of the JDK takes 300,000; the default takes about a second.
    pub work_limit: u64,
    /// For a subclass of `jdk.internal.reflect.MagicAccessorImpl`: rules do not apply that reflection's generated accessors
    /// break without harm to types. They use what is protected, call methods of other classes with `invokespecial`, and
    /// have a superclass's constructor initialise an object.
    pub accessor: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { hidden_name: None, work_limit: 50_000_000, accessor: false }
    }
}

/// Verifies all methods of a class that has been parsed with all format checks.
///
/// # Errors
/// If the class is to be refused, or a class that matters could not be loaded.
pub fn verify_class<O: TypeOracle>(
    class: &ClassFile<'_>,
    oracle: &O,
    options: &Options<'_>,
) -> Result<(), VerifyError<O::Error>> {
    let by_types = |class| check::check_class(class, oracle, options).map_err(|stop| *stop);
    let by_inference = || infer::infer_class(class, oracle, options).map_err(|stop| *stop);
    match class.major {
        ..50 => by_inference().map_err(Stop::into),
        50 => match by_types(class) {
            Err(first @ Stop::Refused(VerifyError::Verify { .. } | VerifyError::Format { .. })) => {
                by_inference().map_err(|second| first.followed_by(second).into())
            }
            other => other.map_err(Stop::into),
        },
        _ => by_types(class).map_err(Stop::into),
    }
}
