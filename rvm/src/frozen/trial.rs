//! Forged portable images, tried one by one: each must be refused with a reason, or run without anybody finding the heap
//! damaged. For the campaign of `benches/examples/forged_images.rs`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gc::{GcKind, GcRequest};
use stdlib::host::{Resource, Sink};
use vm::portable::Portable;
use vm::{boot, sync};

use super::portable::Arrived;
use crate::machine;
use crate::{Settings, StartError};

/// What became of a forged image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was refused, with this reason.
    Refused(String),
    /// Its program has run, to its end or for the time that it was given.
    Ran,
}

/// Tries an image: rebuilds its program and runs it for at most `time`. The heap is checked before and after each
/// collection, and at the end; a damaged heap ends the process.
///
/// # Errors
/// If this machine can not try it, whatever is in the image.
pub fn try_forged(
    settings: &Settings,
    bytes: &[u8],
    time: Duration,
) -> Result<Verdict, StartError> {
    let refused = |error: &dyn std::fmt::Display| Ok(Verdict::Refused(error.to_string()));
    let image = match Portable::read(bytes) {
        Ok(image) => image,
        Err(error) => return refused(&error),
    };
    let arrived = match Arrived::of(settings, Path::new("forged"), image) {
        Ok(arrived) => arrived,
        Err(error @ StartError::NotFrozen { .. }) => return refused(&error),
        Err(error) => return Err(error),
    };
    let rebuilt = match arrived.rebuild_as(settings, vm::ExitMode::Guest, |state| {
        state.handles_signals = false;
        for number in [1, 2] {
            // Just opened.
            let _ = state.resources.replace(number, Resource::sink(Sink::new(io::sink())));
        }
    }) {
        Ok((rebuilt, _)) => rebuilt,
        Err(error @ StartError::NotFrozen { .. }) => return refused(&error),
        Err(error) => return Err(error),
    };
    let (vm, threads) = rebuilt.share();
    let tried = machine::on_main_thread(|| {
        let (thread, ()) = threads.resume(&vm, |_| ())?;
        let (done, ended) = std::sync::mpsc::channel::<()>();
        let watched = Arc::clone(&vm);
        let watch = std::thread::spawn(move || {
            let _ = ended.recv_timeout(time);
            sync::end(&watched);
        });
        boot::resume_main(&thread);
        drop(done);
        // Its result is that it has ended.
        let _ = watch.join();
        // What is wrong with the heap ends the process here.
        let _ = sync::collect(&thread, GcRequest { kind: GcKind::Full, ..GcRequest::FULL });
        sync::leave(&thread);
        machine::end(Arc::clone(&vm), thread, machine::END_PATIENCE);
        Ok(Verdict::Ran)
    });
    match tried {
        Err(StartError::FromImage(error)) => refused(&error),
        other => other,
    }
}
