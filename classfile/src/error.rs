//! What is said about a class file that is refused, in HotSpot's words.

/// Which Java exception stands for the error (JVMS 5.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `java.lang.ClassFormatError`.
    ClassFormat,
    /// `java.lang.UnsupportedClassVersionError`.
    UnsupportedVersion,
    /// `java.lang.NoClassDefFoundError`: another name than asked for, or a module descriptor.
    NoClassDef,
}

impl ErrorKind {
    /// The internal name of the exception's class.
    pub const fn exception_class(self) -> &'static str {
        match self {
            ErrorKind::ClassFormat => "java/lang/ClassFormatError",
            ErrorKind::UnsupportedVersion => "java/lang/UnsupportedClassVersionError",
            ErrorKind::NoClassDef => "java/lang/NoClassDefFoundError",
        }
    }
}

/// Why a class file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ClassFileError {
    /// The exception to throw.
    pub kind: ErrorKind,
    /// How far the file had been read, in bytes.
    pub offset: usize,
    /// The exception's message, as HotSpot 17 words it.
    pub message: String,
}

/// The result of reading class files.
pub type Result<T, E = ClassFileError> = std::result::Result<T, E>;

impl ClassFileError {
    #[cold]
    pub(crate) fn format(offset: usize, message: impl Into<String>) -> Self {
        ClassFileError { kind: ErrorKind::ClassFormat, offset, message: message.into() }
    }

    #[cold]
    pub(crate) fn of(kind: ErrorKind, offset: usize, message: impl Into<String>) -> Self {
        ClassFileError { kind, offset, message: message.into() }
    }
}
