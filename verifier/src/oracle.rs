//! What the verifier asks about other classes. Names are internal names, seen from the loader of the class
//! that is verified.

/// The kind of a member that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A field, looked up as in JVMS 5.4.3.2.
    Field,
    /// A method, looked up in the class and its superclasses.
    Method,
}

/// Answers questions about classes, loading them if it must. The class that is verified may be among them; a
/// hidden one goes by [`Options::hidden_name`](crate::Options::hidden_name).
///
/// Questions are asked only where the answer counts, in HotSpot's order, so that the same classes are loaded.
/// A class that can not be loaded is an [`Error`](TypeOracle::Error), which the verifier hands through
/// untouched.
pub trait TypeOracle {
    /// Why a class could not be loaded; typically that an exception is pending.
    type Error;

    /// Loads `name` (never an array) and tells whether it is an interface.
    ///
    /// # Errors
    /// If the class can not be loaded.
    fn is_interface(&self, name: &[u8]) -> Result<bool, Self::Error>;

    /// Loads both classes, `sub` first if it has to, and tells whether `sub` is `sup` or has it among its
    /// superclasses. `sup` has been found to be no interface.
    ///
    /// # Errors
    /// If a class can not be loaded.
    fn is_subclass(&self, sub: &[u8], sup: &[u8]) -> Result<bool, Self::Error>;

    /// Whether a proper superclass of the class that is verified has this name. Loads nothing.
    fn is_superclass(&self, name: &[u8]) -> bool;

    /// Looks the member up from `holder`, a proper superclass of the class that is verified, and tells
    /// whether it is protected and declared in another run-time package than that class. `false` if there
    /// is no such member.
    ///
    /// # Errors
    /// If a class can not be loaded.
    fn is_protected_elsewhere(
        &self,
        holder: &[u8],
        name: &[u8],
        descriptor: &[u8],
        member: Member,
    ) -> Result<bool, Self::Error>;

    /// Loads both classes and names the nearest class that is both's superclass or one of them. Neither is
    /// an interface. Asked for class files before version 50 only.
    ///
    /// # Errors
    /// If a class can not be loaded.
    fn common_superclass(&self, a: &[u8], b: &[u8]) -> Result<Vec<u8>, Self::Error>;
}
