//! Why a class is refused.

/// Why a class is refused. `E` is what the oracle says of a class that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError<E> {
    /// `java.lang.VerifyError` with this message, which is HotSpot 17's.
    #[error("{message}")]
    Verify {
        /// The exception's message; of several lines where HotSpot's is.
        message: String,
    },
    /// `java.lang.ClassFormatError` with this message, which is HotSpot 17's.
    #[error("{message}")]
    Format {
        /// The exception's message.
        message: String,
    },
    /// A class that had to be known could not be loaded.
    #[error("a class could not be loaded")]
    Load(E),
    /// Verification took more work than [`Options::work_limit`](crate::Options::work_limit): the class is
    /// refused with a `java.lang.VerifyError` of this text, which has no counterpart in HotSpot.
    #[error("verifying {class} took more than {limit} steps")]
    TooMuchWork {
        /// The external name of the class.
        class: String,
        /// The limit, in steps.
        limit: u64,
    },
}

/// How verification inside the crate stops early.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// What the caller gets to see.
    Refused(VerifyError<E>),
    /// A format error that HotSpot throws at once, without trying the inferring verifier.
    Malformed(String),
}

/// The result of a step; the error is boxed since it is rare and large.
pub(crate) type Checked<T, E> = Result<T, Box<Stop<E>>>;

impl<E> Stop<E> {
    #[cold]
    pub(crate) fn verify(message: String) -> Box<Self> {
        Box::new(Stop::Refused(VerifyError::Verify { message }))
    }

    #[cold]
    pub(crate) fn format(message: String) -> Box<Self> {
        Box::new(Stop::Refused(VerifyError::Format { message }))
    }

    #[cold]
    pub(crate) fn malformed(message: &str) -> Box<Self> {
        Box::new(Stop::Malformed(format!("StackMapTable format error: {message}")))
    }

    #[cold]
    pub(crate) fn load(error: E) -> Box<Self> {
        Box::new(Stop::Refused(VerifyError::Load(error)))
    }
}

impl<E> Stop<E> {
    /// What is told of a class that both verifiers refuse: the second one's exception, the first one's message.
    pub(crate) fn followed_by(self, second: Self) -> Self {
        use VerifyError::{Format, Verify};
        match (self, second) {
            (
                Stop::Refused(Verify { message } | Format { message }),
                Stop::Refused(Verify { .. }),
            ) => *Stop::verify(message),
            (
                Stop::Refused(Verify { message } | Format { message }),
                Stop::Refused(Format { .. }),
            ) => *Stop::format(message),
            (_, second) => second,
        }
    }
}

impl<E> From<Stop<E>> for VerifyError<E> {
    fn from(stop: Stop<E>) -> Self {
        match stop {
            Stop::Refused(error) => error,
            Stop::Malformed(message) => VerifyError::Format { message },
        }
    }
}
