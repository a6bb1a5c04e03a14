//! What is going on, on a terminal's stderr: after a moment, and gone when done.
//!
//! One line, written over and over. The cursor stays at its end, so that a `^C` the terminal echoes
//! stands on the same line and goes with it.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Term;
use crate::model::Ledger;

/// Quick answers show no progress at all.
const QUIET: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// To the first column, and clear to the end of the line.
const CLEAR: &str = "\r\x1b[K";

/// Shown until dropped.
pub struct Progress {
    task: tokio::task::JoinHandle<()>,
    line: Arc<Mutex<Line>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Untouched,
    Written,
    /// Nothing is written any more, whatever the task was about to.
    Gone,
}

impl Progress {
    /// How far an answer has come.
    pub fn follow(term: &Term, ledger: Arc<Ledger>) -> Option<Self> {
        Self::show(term, move || {
            let (planned, closed, totals) = ledger.progress();
            let failed = totals.asked.saturating_sub(totals.answered);
            let failures = if failed > 0 { format!(" · {failed} failed") } else { String::new() };
            format!("{closed}/{planned} units · {} calls · {} rows{failures}", totals.calls, totals.rows)
        })
    }

    /// What is waited for, where nothing can be counted.
    pub fn waiting(term: &Term, what: &'static str) -> Option<Self> {
        Self::show(term, move || what.to_owned())
    }

    fn show(term: &Term, message: impl Fn() -> String + Send + 'static) -> Option<Self> {
        if !term.stderr_is_terminal {
            return None;
        }
        let line = Arc::new(Mutex::new(Line::Untouched));
        let shown = Arc::clone(&line);
        let task = tokio::spawn(async move {
            let started = Instant::now();
            tokio::time::sleep(QUIET).await;
            for spinner in SPINNER.iter().cycle() {
                let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(w, _)| w.0);
                let text = format!("{spinner} {} [{}s]", message(), started.elapsed().as_secs());
                {
                    let mut line = shown.lock();
                    if *line == Line::Gone {
                        return;
                    }
                    *line = Line::Written;
                    write(&format!("{CLEAR}{}", fitting(&text, usize::from(width))));
                }
                tokio::time::sleep(TICK).await;
            }
        });
        Some(Self { task, line })
    }
}

/// A line that wraps could not be cleared. Room is left for a `^C`.
fn fitting(text: &str, width: usize) -> String {
    text.chars().take(width.saturating_sub(3)).collect()
}

fn write(text: &str) {
    let mut err = io::stderr().lock();
    // Nobody is left to tell when stderr itself is gone.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.task.abort();
        let mut line = self.line.lock();
        if std::mem::replace(&mut *line, Line::Gone) == Line::Written {
            write(CLEAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(fitting("⠋ 25/36 units", 10), "⠋ 25/36");
        assert_eq!(fitting("⠋ 25/36 units", 80), "⠋ 25/36 units");
        assert_eq!(fitting("⠋", 0), "");
    }
}
