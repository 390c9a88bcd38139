//! The command `rvm`.

mod args;
mod cli;
mod options;

/// Exit code after a failure of rvm itself (`EX_SOFTWARE` of sysexits.h).
const INTERNAL_ERROR_CODE: i32 = 70;

fn main() {
    std::panic::set_hook(Box::new(report_panic));
    std::process::exit(cli::main(std::env::args_os().collect()));
}

/// A panic in any thread is a mistake in rvm: nothing that the program did. It ends the process with one line, and
/// with a backtrace if `RUST_BACKTRACE` asks for one.
fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no reason given",
    };
    let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
    eprintln!(
        "rvm: internal error: {}{}; please report this as a bug of rvm {}",
        text.replace('\n', " "),
        place.unwrap_or_default(),
        env!("CARGO_PKG_VERSION")
    );
    let backtrace = std::backtrace::Backtrace::capture();
    if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
        eprintln!("{backtrace}");
    }
    std::process::exit(INTERNAL_ERROR_CODE);
}
