//! Guests: small Java machines inside a host program, many in one process.
//!
//! A [`Template`] is the started class library as an image. A [`Guest`] begins with it in a few
//! dozen microseconds and shares with the others all pages that it does not write. Guests share nothing else: each has
//! its own classes, statics, heap limit and threads. `System.exit` ends the guest; dropping a guest ends its
//! threads wherever they are and frees all that it had. [`Guest::snapshot`] saves one to a file, from which
//! [`Template::resume`] makes others.
//!
//! ```no_run
//! use rvm::guest::{GuestSettings, Template};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let template = Template::open(&rvm::Settings::default())?;
//! let mut guest = template.guest(&GuestSettings::default())?;
//! guest.define(&std::fs::read("Greeter.class")?)?;
//! let text: String = guest.call("Greeter", "greet", ("world", 3))?;
//! # Ok(()) }
//! ```

mod error;
mod snapshot;
mod template;
mod values;

pub use error::GuestError;
pub use stdlib::host::Sink;
pub use template::{GuestSettings, Output, Template};
pub use values::{Args, FromJava, IntoJava};

use std::sync::Arc;
use std::time::Duration;
use vm::link::{self, loaders};
use vm::{Ref, Thread, Value, Vm, boot, call, exceptions, object, sync};

use crate::machine::{self, END_PATIENCE};

/// A Java machine of its own. One call at a time comes in through it; what the guest's own threads do goes on meanwhile.
pub struct Guest {
    /// `None` only while it is dropped.
    thread: Option<Box<Thread>>,
    vm: Arc<Vm>,
    /// Number of the application class loader, once it is known.
    loader: Option<u32>,
}

// SAFETY: a `Thread` is used by one OS thread at a time: by that which has the `Guest` mutably borrowed, between
// `sync::enter`, which tells it whose stack it is on now, and `sync::leave`.
unsafe impl Send for Guest {}
// SAFETY: what is reachable through a shared `Guest` is the `Vm`, which is made for many threads; the `Thread` is not.
unsafe impl Sync for Guest {}

impl Guest {
    pub(crate) fn new(vm: Arc<Vm>, thread: Box<Thread>) -> Guest {
        Guest { thread: Some(thread), vm, loader: None }
    }

    /// Defines a class in the guest's application class loader, as `ClassLoader.defineClass` does; answers its name.
    ///
    /// # Errors
    /// What the class loader throws, such as `ClassFormatError`.
    pub fn define(&mut self, class_file: &[u8]) -> Result<String, GuestError> {
        self.enter(|t, loader| {
            let vm = t.vm();
            let receiver = t.handle(vm.loaders.object(loader));
            let bytes = t.handle(object::new_byte_array(t, class_file)?);
            let d = "(Ljava/lang/String;[BII)Ljava/lang/Class;";
            let define = call::method(t, vm.known.class_loader, "defineClass", d)?;
            let length = Value::Int(class_file.len() as i32);
            let args =
                [Value::Object(receiver), Value::Null, Value::Object(bytes), Value::Int(0), length];
            let mirror = call::call_ref(t, define, &args)?;
            Ok(vm.external_name(vm.mirror_class(mirror)))
        })
    }

    /// Calls a static method of a class that the application class loader finds; its descriptor follows from the
    /// Rust types. The class's name is `a.b.C` or `a/b/C`.
    ///
    /// # Errors
    /// [`GuestError::Exception`] with what it throws, `NoSuchMethodError` among it; [`GuestError::Exited`] once the
    /// guest has called `System.exit`.
    pub fn call<A: Args, R: FromJava>(
        &mut self,
        class: &str,
        method: &str,
        args: A,
    ) -> Result<R, GuestError> {
        self.enter(|t, loader| {
            let name = t.symbol(&class.replace('.', "/"));
            let class = loaders::load_class(t, loader, name)?;
            link::init::init_class(t, class)?;
            let mut descriptor = String::from("(");
            A::describe(&mut descriptor);
            descriptor.push(')');
            descriptor.push_str(R::DESCRIPTOR);
            let found = call::method(t, class, method, &descriptor)?;
            if !t.vm().method(found).is_static() {
                let text = format!(
                    "{class_name}.{method}{descriptor}",
                    class_name = t.vm().external_name(class)
                );
                return Err(exceptions::throw(t, "java/lang/NoSuchMethodError", &text));
            }
            let mut values = Vec::new();
            args.values(t, &mut values)?;
            let bits = call::call(t, found, &values)?;
            Ok(R::from_bits(t, bits))
        })
    }

    /// Runs `public static void main(String[])` of a class.
    ///
    /// # Errors
    /// As [`Guest::call`].
    pub fn call_main(&mut self, class: &str, args: &[String]) -> Result<(), GuestError> {
        self.call(class, "main", (args,))
    }

    /// The code with which the guest has ended itself, if it has.
    pub fn exit_code(&self) -> Option<i32> {
        self.vm.threads.exit_code()
    }

    /// Ends the guest, as dropping it does, and waits for its threads; whether they have all ended within `patience`. One that
    /// is in a system call which can not be broken off ends when that returns, and only then is the guest's memory freed.
    pub fn end(mut self, patience: Duration) -> bool {
        self.dispose(patience)
    }

    fn dispose(&mut self, patience: Duration) -> bool {
        let thread = self.thread.take();
        thread.is_none_or(|thread| machine::end(self.vm.clone(), thread, patience))
    }

    /// The virtual machine, for its statistics.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Runs `f` as the guest's main thread, with the number of the application class loader.
    fn enter<R>(&mut self, f: impl FnOnce(&Thread, u32) -> vm::Result<R>) -> Result<R, GuestError> {
        struct Inside<'a>(&'a Thread);
        impl Drop for Inside<'_> {
            fn drop(&mut self) {
                sync::leave(self.0);
            }
        }
        if let Some(code) = self.exit_code() {
            return Err(GuestError::Exited(code));
        }
        let Some(t) = self.thread.as_deref() else { unreachable!("a guest that is dropped") };
        sync::enter(t);
        let _inside = Inside(t);
        let known = &mut self.loader;
        let done = t.scope(|| {
            let loader = match *known {
                Some(loader) => loader,
                None => *known.insert(application_loader(t)?),
            };
            f(t, loader)
        });
        done.map_err(|_| match t.vm().threads.exit_code() {
            Some(code) => {
                exceptions::take(t);
                GuestError::Exited(code)
            }
            None => GuestError::of_pending(t),
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.dispose(END_PATIENCE);
    }
}

pub(crate) fn application_loader(t: &Thread) -> vm::Result<u32> {
    let d = "()Ljava/lang/ClassLoader;";
    let loader = call::call_static(t, "java/lang/ClassLoader", "getSystemClassLoader", d, &[])?;
    Ok(t.vm().loaders.number_of(t.vm(), Ref::from_bits(loader as u32)))
}

/// The pending exception as text, with its trace.
fn pending_text(t: &Thread) -> String {
    boot::pending_exception(t)
}
