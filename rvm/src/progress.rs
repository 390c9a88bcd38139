//! A line that shows what long work is at: on a terminal only, on standard error, and gone when the work is done.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the line is drawn again.
const TICK: Duration = Duration::from_millis(80);
/// Columns of the bar, and of the piece in it that runs to and fro.
const BAR: usize = 20;
const PIECE: usize = 5;

/// Draws the line until it is dropped.
pub struct Progress {
    drawer: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins with what is done first.
    #[must_use]
    pub fn new(what: &str) -> Progress {
        let mut progress = Progress { drawer: None };
        if std::io::stderr().is_terminal() {
            let (sender, receiver) = channel::<String>();
            let mut what = what.to_owned();
            let draw = move || {
                let start = Instant::now();
                loop {
                    show(&line(&what, start.elapsed()));
                    match receiver.recv_timeout(TICK) {
                        Ok(next) => what = next,
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
                show("");
            };
            let thread = std::thread::Builder::new().name("progress".into()).spawn(draw);
            // Without a thread there is no line, which is no loss.
            progress.drawer = thread.ok().map(|thread| (sender, thread));
        }
        progress
    }

    /// Says what is done next.
    pub fn step(&self, what: &str) {
        if let Some((sender, _)) = &self.drawer {
            // It ends only when this does.
            let _ = sender.send(what.into());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.drawer.take() {
            drop(sender);
            // What it draws is nobody's result.
            let _ = thread.join();
        }
    }
}

/// Replaces the line that the cursor is in.
fn show(line: &str) {
    let mut out = std::io::stderr().lock();
    // A terminal that is gone shows nothing.
    let _ = write!(out, "\r\x1b[K{line}");
    let _ = out.flush();
}

fn line(what: &str, elapsed: Duration) -> String {
    let ticks = (elapsed.as_millis() / TICK.as_millis()) as usize;
    let (room, turn) = (BAR - PIECE, ticks % (2 * (BAR - PIECE)));
    let at = if turn < room { turn } else { 2 * room - turn };
    let bar = format!("{}{}{}", " ".repeat(at), "=".repeat(PIECE), " ".repeat(room - at));
    format!("rvm: {what} [{bar}] {:.1} s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_runs_to_and_fro() {
        let at = |ticks: u32| line("x", TICK * ticks).find('=').expect("a piece");
        assert_eq!([at(0), at(1), at(15), at(16), at(30)], [8, 9, 23, 22, 8]);
        assert_eq!(line("x", Duration::ZERO).len(), "rvm: x [] 0.0 s".len() + BAR);
    }
}
