//! Classes of our own beside the class library's: the boot loader finds them in packages that no JDK has.
//!
//! They are in the boot loader's unnamed module, as classes of `-Xbootclasspath/a` are: every loader delegates such names
//! to it, so that programs, and libraries that look for them by reflection, see them without any change to the JDK.
//! Only code of a named module can not link to them, for it can not read an unnamed one; it can reflect on them.

/// Their compiled sources (`java/`); a test compiles them again and compares.
macro_rules! classes {
    ($($name:literal),* $(,)?) => {
        /// Internal names and class files.
        pub const OWN_CLASSES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../java/", $name, ".class")))),*];
    };
}

classes! {
    "jdk/crac/CheckpointException",
    "jdk/crac/Context",
    "jdk/crac/Core",
    "jdk/crac/Resource",
    "jdk/crac/RestoreException",
    "jdk/crac/impl/CheckpointOpenFileException",
    "jdk/crac/impl/CheckpointOpenResourceException",
    "jdk/crac/impl/CheckpointOpenSocketException",
    "jdk/crac/impl/Checkpoints",
    "jdk/crac/impl/Checkpoints$Global",
    "jdk/crac/impl/Checkpoints$Listener",
    "jdk/crac/impl/OrderedContext",
    "rvm/guest/Backend",
    "rvm/guest/Backend$Hooked",
    "rvm/guest/Guest",
    "rvm/guest/GuestException",
    "rvm/guest/GuestHooks",
}

/// The class file of one of them.
#[must_use]
pub fn own_class(name: &str) -> Option<&'static [u8]> {
    // Most names are of other packages.
    if !name.starts_with("jdk/crac/") && !name.starts_with("rvm/guest/") {
        return None;
    }
    OWN_CLASSES.iter().find(|(own, _)| *own == name).map(|(_, bytes)| *bytes)
}
