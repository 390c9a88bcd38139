//! Bringing a VM to life, running a program's `main`, and the end.

use crate::call::{self, Value};
use crate::exceptions;
use crate::frame::After;
use crate::interp::{self, Ended};
use crate::known::Known;
use crate::link::{self, init::init_class};
use crate::meta::BasicType;
use crate::native::Result;
use crate::object;
use crate::strings;
use crate::sync;
use crate::thread::Thread;
use crate::vm::{Vm, VmError};
use gc::{Handle, Ref};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// What is to be run, in the words of `sun.launcher.LauncherHelper`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// A class by its name, on the class path.
    Class(String),
    /// The main class of a jar file.
    Jar(String),
    /// A module, or `module/class`.
    Module(String),
    /// A source file, through the compiler's launcher.
    Source(String),
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// What to run.
    pub mode: Mode,
    /// Arguments to `main`.
    pub args: Vec<String>,
}

/// What the launcher can be asked before, or instead of, running a program. `sun.launcher.LauncherHelper` prints the
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// `-XshowSettings`: the option, and the sizes in bytes that were given on the command line, 0 where none was.
    Settings {
        /// As it was written.
        option: String,
        /// `-Xms`
        initial_heap_bytes: i64,
        /// `-Xmx`
        max_heap_bytes: i64,
        /// `-Xss`
        stack_bytes: i64,
    },
    /// `--list-modules`
    ListModules,
    /// `--describe-module`, with the module's name.
    DescribeModule(String),
}

/// How far the main thread is with its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// On the way to `main`, or in it.
    Running,
    /// Behind `main`, where only it can be: the thread can not be saved.
    Ending,
    /// Waits for other threads to end, and will end the process with this exit code.
    Left(i32),
}

/// The program that a VM's main thread runs.
#[derive(Default)]
pub struct Program(Mutex<Option<(Launch, Phase)>>);

impl Program {
    /// What it is and how far it is; nothing before it is given.
    pub fn get(&self) -> Option<(Launch, Phase)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The program of an image.
    pub fn restore(state: Option<(Launch, Phase)>) -> Program {
        Program(Mutex::new(state))
    }

    /// Whether the main thread only waits for others.
    pub fn is_left(&self) -> bool {
        matches!(self.get(), Some((_, Phase::Left(_))))
    }

    fn begin(&self, launch: &Launch) {
        let begun = Some((launch.clone(), Phase::Running));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }

    fn enter(&self, phase: Phase) {
        if let Some((_, now)) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            *now = phase;
        }
    }
}

impl Launch {
    /// A class without arguments.
    pub fn class(name: impl Into<String>) -> Launch {
        Launch { mode: Mode::Class(name.into()), args: Vec::new() }
    }
}

/// Attaches the calling OS thread as the Java main thread and starts the class library.
pub fn boot(vm: &Vm) -> std::result::Result<Box<Thread>, VmError> {
    let t = vm.threads.attach_main(vm).map_err(VmError::Thread)?;
    match start(&t) {
        Ok(()) => Ok(t),
        Err(BootError::Library(what)) => Err(VmError::Library(what)),
        Err(BootError::Modules) => Err(VmError::Modules),
        Err(BootError::Thrown) => Err(VmError::Boot(pending_exception(&t))),
    }
}

/// Takes the thread's pending exception as text, with its stack trace.
pub fn pending_exception(t: &Thread) -> String {
    let e = exceptions::take(t);
    if e.is_null() {
        return "no exception is pending".into();
    }
    let mut text = exceptions::describe(t.vm(), e);
    crate::backtrace::append_trace(t.vm(), e, &mut text);
    text
}

enum BootError {
    Library(String),
    Modules,
    Thrown,
}

impl From<crate::native::Thrown> for BootError {
    fn from(_: crate::native::Thrown) -> BootError {
        BootError::Thrown
    }
}

fn start(t: &Thread) -> std::result::Result<(), BootError> {
    load_known_classes(t)?;
    let vm = t.vm();
    resolve_known_members(vm);
    set_layouts(vm);
    let k = &vm.known;
    for class in [k.string, k.system, k.class, k.thread_group, k.thread] {
        init_class(t, class)?;
    }
    t.scope(|| create_main_thread(t))?;
    set_unsafe_constants(t)?;
    for class in [k.module, k.reflect_method, k.finalizer] {
        init_class(t, class)?;
    }
    call::call_static(t, "java/lang/System", "initPhase1", "()V", &[])?;
    for class in [k.method_handle, k.resolved_method_name, k.member_name, k.method_handle_natives] {
        init_class(t, class)?;
    }
    // It reports what is wrong with the modules itself, as `java` does: on standard output, without a trace.
    let flags = [Value::Int(0), Value::Int(0)];
    let code = call::call_static(t, "java/lang/System", "initPhase2", "(ZZ)I", &flags)?;
    if code as i32 != 0 {
        return Err(BootError::Modules);
    }
    vm.boot_phase.store(2, Ordering::Release);
    call::call_static(t, "java/lang/System", "initPhase3", "()V", &[])?;
    let get = |name: &str| {
        let d = "()Ljava/lang/ClassLoader;";
        call::call_static(t, "java/lang/ClassLoader", name, d, &[])
            .map(|b| Ref::from_bits(b as u32))
    };
    let platform = get("getPlatformClassLoader")?;
    vm.loaders.set_privileged(vm.loaders.number_of(vm, platform));
    get("getSystemClassLoader")?;
    vm.spare_errors.fill(t)?;
    vm.boot_phase.store(3, Ordering::Release);
    Ok(())
}

fn load_known_classes(t: &Thread) -> std::result::Result<(), BootError> {
    let vm = t.vm();
    for (name, get) in Known::CLASSES {
        let symbol = vm.symbol(name);
        let Some(class) = link::loaders::load_boot(t, symbol)? else { continue };
        // SAFETY: this is the only thread, and no other reference to the table lives.
        *get(unsafe { vm.known.get_mut() }) = class;
        if *name == "java/lang/Class" {
            link::create_pending_mirrors(t)?;
        }
    }
    for (class, what) in [(vm.known.object, "Object"), (vm.known.class, "Class")] {
        if class.is_none() {
            return Err(BootError::Library(format!("no class java.lang.{what}")));
        }
    }
    link::create_primitive_classes(t)?;
    let object = link::array_class_of(t, vm.known.object)?;
    let string = link::array_class_of(t, vm.known.string)?;
    let class = link::array_class_of(t, vm.known.class)?;
    // SAFETY: as above.
    let k = unsafe { vm.known.get_mut() };
    (k.object_array, k.string_array, k.class_array) = (object, string, class);
    Ok(())
}

/// Tells the heap what it has to know of the classes that were loaded.
pub(crate) fn set_layouts(vm: &Vm) {
    let k = &vm.known;
    vm.heap.set_reference_layout(gc::ReferenceLayout {
        referent: k.reference_referent,
        queue: k.reference_queue,
        next: k.reference_next,
        discovered: k.reference_discovered,
        timestamp: k.soft_reference_timestamp,
    });
}

/// Looks the known fields and methods up in the known classes; by the only thread.
pub(crate) fn resolve_known_members(vm: &Vm) {
    for (class, name, descriptor, get) in Known::FIELDS {
        let class = class(&vm.known);
        if class.is_none() {
            continue;
        }
        let (n, d) = (vm.symbol(name), vm.symbol(descriptor));
        if let Some((_, f)) = link::find_field(vm, class, n, d) {
            // SAFETY: as above.
            *get(unsafe { vm.known.get_mut() }) = f.offset;
        }
    }
    for (class, name, descriptor, get) in Known::METHODS {
        let class = class(&vm.known);
        if class.is_none() {
            continue;
        }
        let (n, d) = (vm.symbol(name), vm.symbol(descriptor));
        if let Some(m) = link::lookup_method_in_class(vm, class, n, d) {
            // SAFETY: as above.
            *get(unsafe { vm.known.get_mut() }) = m;
        }
    }
}

/// `jdk.internal.misc.UnsafeConstants`, whose initialiser leaves its fields to the VM.
fn set_unsafe_constants(t: &Thread) -> Result<()> {
    let vm = t.vm();
    let class = link::class_by_name(t, "jdk/internal/misc/UnsafeConstants")?;
    init_class(t, class)?;
    for (name, value) in [
        ("ADDRESS_SIZE0", 8u32),
        ("PAGE_SIZE", 4096),
        ("BIG_ENDIAN", u32::from(cfg!(target_endian = "big"))),
        ("UNALIGNED_ACCESS", 1),
        ("DATA_CACHE_LINE_FLUSH_SIZE", 0),
    ] {
        let name = vm.symbol(name);
        let Some(f) = link::view::find_field_by_name(&vm.meta, class, name) else { continue };
        let at = vm.mirror(class).offset() + f.offset as usize;
        object::store(vm, BasicType::from_u8(f.basic_type), at, u64::from(value));
    }
    Ok(())
}

/// The thread groups `system` and `main`, and the `Thread` of the calling thread, which must be
/// what `currentThread` answers before its constructor runs.
fn create_main_thread(t: &Thread) -> Result<()> {
    let vm = t.vm();
    let k = &vm.known;
    let system = t.handle(object::new_object(t, k.thread_group, "()V", &[])?);
    let main = t.handle(strings::new_from_utf8(t, "main")?);
    let args = [Value::Object(system), Value::Object(main)];
    let d = "(Ljava/lang/ThreadGroup;Ljava/lang/String;)V";
    // The group's constructor asks for the current thread's access rights.
    let thread = sync::java_thread::adopt_new(t, None)?;
    let group = t.handle(object::new_object(t, k.thread_group, d, &args)?);
    sync::java_thread::construct(t, thread, Some(group), "main")
}

/// Runs a program to its end, shutdown included; answers the exit code.
pub fn run_main(t: &Thread, launch: &Launch) -> i32 {
    t.vm().program.begin(launch);
    // A pending exception goes to the thread's handler when the thread ends.
    let code = i32::from(t.scope(|| call_main(t, launch)).is_err());
    leave(t, code)
}

/// Has the launcher print an answer.
///
/// # Errors
/// What the launcher throws; it stays pending.
pub fn inquire(t: &Thread, inquiry: &Inquiry) -> Result<()> {
    let helper = "sun/launcher/LauncherHelper";
    let text = |text: &str| Ok(Value::Object(t.handle(strings::new_from_utf8(t, text)?)));
    t.scope(|| {
        let (name, descriptor, args) = match inquiry {
            Inquiry::Settings { option, initial_heap_bytes, max_heap_bytes, stack_bytes } => {
                let sizes = [initial_heap_bytes, max_heap_bytes, stack_bytes];
                let mut args = vec![Value::Int(1), text(option)?];
                args.extend(sizes.map(|bytes| Value::Long(*bytes)));
                ("showSettings", "(ZLjava/lang/String;JJJ)V", args)
            }
            Inquiry::ListModules => ("listModules", "()V", Vec::new()),
            Inquiry::DescribeModule(name) => {
                ("describeModule", "(Ljava/lang/String;)V", vec![text(name)?])
            }
        };
        call::call_static(t, helper, name, descriptor, &args).map(|_| ())
    })
}

/// Goes on with the program of a whole image to its end, shutdown included; answers the exit code.
///
/// # Panics
/// If the image was one of no program.
pub fn resume_main(t: &Thread) -> i32 {
    let (launch, phase) = t.vm().program.get().expect("a whole image has a program");
    if let Phase::Left(code) = phase {
        return wait_and_shut_down(t, code);
    }
    let result = t.scope(|| match interp::resume(t) {
        Ended::Returned(result) => result.map(drop),
        Ended::NotCalled(result) => result.and_then(|()| call_main(t, &launch)),
    });
    leave(t, i32::from(result.is_err()))
}

/// Ends the VM without having run a program; answers the exit code.
pub fn end(t: &Thread, code: i32) -> i32 {
    leave(t, code)
}

/// Loads the program's main class without running it; answers the exit code.
pub fn check_main(t: &Thread, launch: &Launch) -> i32 {
    let code = i32::from(t.scope(|| main_class(t, launch)).is_err());
    leave(t, code)
}

/// Loads a program's main class, which `sun.launcher.LauncherHelper` finds and checks.
///
/// # Errors
/// What loading throws; that the helper does not like what it finds it says itself, and exits.
pub fn main_class(t: &Thread, launch: &Launch) -> Result<gc::ClassId> {
    let (mode, what) = match &launch.mode {
        Mode::Class(c) => (1, c),
        Mode::Jar(j) => (2, j),
        Mode::Module(m) => (3, m),
        Mode::Source(s) => (4, s),
    };
    let what = t.handle(strings::new_from_utf8(t, what)?);
    let args = [Value::Int(1), Value::Int(mode), Value::Object(what)];
    let d = "(ZILjava/lang/String;)Ljava/lang/Class;";
    let class = call::call_static(t, "sun/launcher/LauncherHelper", "checkAndLoadMain", d, &args)?;
    Ok(t.vm().mirror_class(Ref::from_bits(class as u32)))
}

/// Runs a program's `main`, without what comes after it.
///
/// # Errors
/// What it throws.
pub fn call_main(t: &Thread, launch: &Launch) -> Result<()> {
    let class = main_class(t, launch)?;
    let array = string_array(t, &launch.args)?;
    init_class(t, class)?;
    let form = main_form(t)?;
    let d = if form.takes_arguments { "([Ljava/lang/String;)V" } else { "()V" };
    let mut args = Vec::new();
    if !form.is_static {
        args.push(Value::Object(t.handle(object::new_object(t, class, "()V", &[])?)));
    }
    if form.takes_arguments {
        args.push(Value::Object(array));
    }
    let main = call::method(t, class, "main", d)?;
    let called = match form.is_static {
        true => call::call_then(t, After::End, main, &args),
        false => call::call_virtual_then(t, After::End, main, &args),
    };
    called.map(|_| ())
}

/// What kind of `main` a program has.
struct MainForm {
    is_static: bool,
    takes_arguments: bool,
}

/// As `LauncherHelper` has found it; releases that know only one kind (17) have no fields for it.
fn main_form(t: &Thread) -> Result<MainForm> {
    let vm = t.vm();
    let helper = link::class_by_name(t, "sun/launcher/LauncherHelper")?;
    let flag = |name: &str| {
        let field = link::view::find_field_by_name(&vm.meta, helper, vm.symbol(name))?;
        Some(vm.get_u8(vm.mirror(helper), field.offset) != 0)
    };
    Ok(MainForm {
        is_static: flag("isStaticMain").unwrap_or(true),
        takes_arguments: !flag("noArgMain").unwrap_or(false),
    })
}

/// A `String[]` with these texts.
pub fn string_array(t: &Thread, texts: &[String]) -> Result<Handle> {
    let vm = t.vm();
    let array = t.handle(object::alloc_array(t, vm.known.string_array, texts.len() as i32)?);
    for (i, text) in texts.iter().enumerate() {
        let s = strings::new_from_utf8(t, text)?;
        vm.set_element(t.get(array), i, s);
    }
    Ok(array)
}

/// What the launcher does after `main`: ends the main thread, waits for the others, shuts down.
fn leave(t: &Thread, code: i32) -> i32 {
    t.vm().program.enter(Phase::Ending);
    let vm = t.vm();
    let group = vm.globals.add(sync::java_thread::group_of(vm, t.java_thread.get()));
    sync::finish_java_thread(t);
    if t.scope(|| become_destroyer(t, t.handle(vm.globals.get(&group)))).is_err() {
        exceptions::take(t);
    }
    t.vm().program.enter(Phase::Left(code));
    wait_and_shut_down(t, code)
}

fn wait_and_shut_down(t: &Thread, code: i32) -> i32 {
    t.vm().threads.wait_until_only_daemons(t);
    t.vm().program.enter(Phase::Ending);
    shutdown(t);
    code
}

/// The thread that destroys the VM has a `Thread` of its own.
fn become_destroyer(t: &Thread, group: Handle) -> Result<()> {
    let thread = sync::java_thread::adopt_new(t, None)?;
    sync::java_thread::construct(t, thread, Some(group), "DestroyJavaVM")
}

/// `java.lang.Shutdown.shutdown()`: runs the hooks.
fn shutdown(t: &Thread) {
    if call::call_static(t, "java/lang/Shutdown", "shutdown", "()V", &[]).is_err() {
        exceptions::take(t);
    }
}
