//! Thread dumps in the form in which `java` prints them at `SIGQUIT`.

use super::inspect::{FrameState, ThreadState, Waits, deadlocks};
use super::java_thread::{self, status};
use super::{futex, inspect, safepoint};
use crate::backtrace;
use crate::strings;
use crate::thread::Thread;
use crate::vm::Vm;
use gc::Ref;
use std::fmt::Write;

/// Appends the threads with their frames and locks, deadlocks and the heap's size. `cpu_nanos` tells the processor
/// time of the operating system's thread with a number. Raw references are stale afterwards.
pub fn print_threads(t: &Thread, cpu_nanos: &dyn Fn(u32) -> Option<i64>, out: &mut String) {
    let vm = t.vm();
    safepoint::stop_world(t, || {
        let threads = inspect::observe(vm);
        let printer = Printer { vm, threads: &threads };
        for thread in &threads {
            printer.thread(thread, cpu_nanos, out);
        }
        let _ = writeln!(out, "JNI global refs: {}, weak refs: 0\n", vm.globals.len());
        printer.deadlocks(out);
        print_heap(vm, out);
    });
}

fn print_heap(vm: &Vm, out: &mut String) {
    let stats = vm.heap.stats();
    let kib = |bytes: usize| bytes >> 10;
    let _ = writeln!(
        out,
        "Heap\n rvm heap   total {}K, used {}K\n  old and large   used {}K\n",
        kib(stats.committed_bytes),
        kib(stats.used_bytes),
        kib(stats.tenured_bytes)
    );
}

struct Printer<'a> {
    vm: &'a Vm,
    threads: &'a [ThreadState],
}

impl Printer<'_> {
    fn name(&self, thread: Ref) -> String {
        let name = self.vm.get_ref(thread, self.vm.known.thread_name);
        if name.is_null() { String::new() } else { strings::to_rust(self.vm, name) }
    }

    fn thread(
        &self,
        thread: &ThreadState,
        cpu_nanos: &dyn Fn(u32) -> Option<i64>,
        out: &mut String,
    ) {
        let (vm, object) = (self.vm, thread.java_thread);
        let os_id = thread.shared.os_id();
        let fields = java_thread::fields_of(vm, object);
        let priority = match fields.is_null() {
            true => 0,
            false => vm.get_u32(fields, vm.known.thread_priority),
        };
        let state = java_thread::status_of(vm, object);
        let is_new = vm.config.release > 17;
        let _ = write!(out, "\"{}\" #{}", self.name(object), self.number(object));
        if is_new {
            let _ = write!(out, " [{os_id}]");
        }
        if java_thread::is_daemon(vm, object) {
            out.push_str(" daemon");
        }
        let millis = cpu_nanos(os_id).unwrap_or(0) as f64 / 1e6;
        let seconds = (futex::monotonic_nanos() - thread.shared.started_nanos) as f64 / 1e9;
        let _ = write!(
            out,
            " prio={priority} os_prio=0 cpu={millis:.2}ms elapsed={seconds:.2}s tid={:#018x} ",
            thread.shared.serial
        );
        let _ = match is_new {
            true => write!(out, "nid={os_id}"),
            false => write!(out, "nid={os_id:#x}"),
        };
        let doing = match state {
            status::SLEEPING | status::PARKED | status::TIMED_PARKED => "waiting on condition",
            status::WAITING | status::TIMED_WAITING => "in Object.wait()",
            status::BLOCKED => "waiting for monitor entry",
            _ => "runnable",
        };
        let depth = thread.frames.len();
        let _ = writeln!(out, " {doing}  [{depth:#018x}]");
        let _ = writeln!(out, "   java.lang.Thread.State: {}", state_name(state));
        self.frames(thread, out);
        out.push('\n');
    }

    /// `Thread.getId`
    fn number(&self, thread: Ref) -> u64 {
        self.vm.get_u64(thread, self.vm.known.thread_tid)
    }

    fn frames(&self, thread: &ThreadState, out: &mut String) {
        for (i, frame) in thread.frames.iter().enumerate() {
            backtrace::print_frame(self.vm, frame.method, frame.bci, out);
            if i == 0 {
                self.wait(thread.waits, out);
            }
            self.locked(frame, out);
        }
    }

    fn wait(&self, waits: Waits, out: &mut String) {
        let (what, object) = match waits {
            Waits::Enter(object, _) => ("waiting to lock", object),
            Waits::Notify(object) => ("waiting on", object),
            // Two blanks, as ever.
            Waits::Parked(object, _) => ("parking to wait for ", object),
            Waits::No => return,
        };
        let _ = writeln!(out, "\t- {what} {}", self.object(object));
    }

    fn locked(&self, frame: &FrameState, out: &mut String) {
        for &object in &frame.locked {
            let _ = writeln!(out, "\t- locked {}", self.object(object));
        }
    }

    /// `<0x...> (a some.Class)`
    fn object(&self, object: Ref) -> String {
        format!("<{}> (a {})", address(object), self.class(object))
    }

    fn class(&self, object: Ref) -> String {
        let vm = self.vm;
        if vm.class_of(object) == vm.known.class {
            let of = vm.mirror_class(object);
            if !of.is_none() {
                return format!("java.lang.Class for {}", vm.external_name(of));
            }
        }
        vm.external_name(vm.class_of(object))
    }

    fn deadlocks(&self, out: &mut String) {
        let rings = deadlocks(self.threads, true);
        for ring in &rings {
            let title = "Found one Java-level deadlock:";
            let _ = writeln!(out, "\n{title}\n{}", "=".repeat(title.len() - 1));
            for &at in ring {
                self.edge(&self.threads[at], out);
            }
            let title = "Java stack information for the threads listed above:";
            let _ = writeln!(out, "{title}\n{}", "=".repeat(title.len() - 1));
            for &at in ring {
                let _ = writeln!(out, "\"{}\":", self.name(self.threads[at].java_thread));
                self.frames(&self.threads[at], out);
            }
        }
        let _ = match rings.len() {
            0 => Ok(()),
            1 => writeln!(out, "\nFound 1 deadlock.\n"),
            n => writeln!(out, "\nFound {n} deadlocks.\n"),
        };
    }

    fn edge(&self, thread: &ThreadState, out: &mut String) {
        let _ = writeln!(out, "\"{}\":", self.name(thread.java_thread));
        let owner = match thread.waits {
            Waits::Enter(object, owner) => {
                let monitor = thread.shared.blocked_on.load(std::sync::atomic::Ordering::Relaxed);
                let _ = writeln!(
                    out,
                    "  waiting to lock monitor {monitor:#018x} (object {}, a {}),",
                    address(object),
                    self.class(object)
                );
                owner
            }
            Waits::Parked(object, owner) => {
                let _ = writeln!(
                    out,
                    "  waiting for ownable synchronizer {}, (a {}),",
                    address(object),
                    self.class(object)
                );
                owner
            }
            Waits::Notify(_) | Waits::No => return,
        };
        if let Some(owner) = self.threads.iter().find(|other| other.shared.id == owner) {
            let _ = writeln!(out, "  which is held by \"{}\"\n", self.name(owner.java_thread));
        }
    }
}

fn address(object: Ref) -> String {
    format!("{:#018x}", object.offset())
}

fn state_name(state: u32) -> &'static str {
    match state {
        status::NEW => "NEW",
        status::SLEEPING => "TIMED_WAITING (sleeping)",
        status::WAITING => "WAITING (on object monitor)",
        status::TIMED_WAITING => "TIMED_WAITING (on object monitor)",
        status::PARKED => "WAITING (parking)",
        status::TIMED_PARKED => "TIMED_WAITING (parking)",
        status::BLOCKED => "BLOCKED (on object monitor)",
        status::TERMINATED => "TERMINATED",
        _ => "RUNNABLE",
    }
}
