//! The only place that prints: tables, JSON, progress, prompts, errors; and what makes AWS data
//! safe to show on a terminal.
//!
//! Data goes to stdout, everything else to stderr. A reader that went away is quiet.

mod answer;
mod cell;
mod footer;
mod json;
mod progress;
mod prompt;
mod sanitize;
mod table;

use std::io::{self, IsTerminal, Write};

use crate::error::{Error, ErrorKind, Result};
use crate::settings::ColorChoice;
pub use crate::settings::OutputFormat as Format;

pub use answer::{AnswerSummary, write_answer};
pub use progress::{Progress, clear_progress};
pub use prompt::TerminalPrompt;
pub use sanitize::sanitize;
pub use table::{Align, TextTable};

/// Where we print, found out once.
#[derive(Clone, Debug)]
pub struct Term {
    /// Columns of the terminal that stdout is; `None` when stdout is no terminal: nothing wraps.
    pub width: Option<usize>,
    pub stderr_is_terminal: bool,
    pub color_out: bool,
    pub color_err: bool,
}

impl Term {
    pub fn detect(color: ColorChoice) -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        let size = terminal_size::terminal_size_of(io::stdout());
        Self {
            width: size.filter(|_| stdout_is_terminal).map(|(width, _)| usize::from(width.0)),
            stderr_is_terminal,
            color_out: is_colored(color, stdout_is_terminal),
            color_err: is_colored(color, stderr_is_terminal),
        }
    }

    /// Writes data. The text ends with a newline or gets one.
    pub fn print(&self, text: &str) -> Result<()> {
        self.print_part(text)?;
        if text.ends_with('\n') || text.is_empty() { Ok(()) } else { self.print_part("\n") }
    }

    /// Writes a piece of a document as it is.
    fn print_part(&self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(write_error)
    }

    /// Says something about the run, on stderr.
    pub fn note(&self, text: &str) {
        // Nobody is left to tell when stderr itself is gone.
        let _ = writeln!(io::stderr().lock(), "{}", sanitize(text));
    }

    pub fn warn(&self, text: &str) {
        let label = paint("warning:", YELLOW, self.color_err);
        let _ = writeln!(io::stderr().lock(), "{label} {}", sanitize(text));
    }

    /// `error: what: why`, then a `hint:` line for each thing to do.
    pub fn error(&self, error: &Error) {
        let mut text = format!("{} {}", paint("error:", RED, self.color_err), sanitize(error.message()));
        // One cause ends the sentence; several are a list; a caret under SQL keeps its lines.
        let separator = match error.causes() {
            [only] if !only.contains('\n') => ": ",
            [_] => "\n",
            _ => "\n  ",
        };
        for cause in error.causes() {
            text.push_str(separator);
            text.push_str(&sanitize(cause));
        }
        for hint in error.hints() {
            text.push_str(&format!("\n{} {}", paint("hint:", CYAN, self.color_err), sanitize(hint)));
        }
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

fn is_colored(color: ColorChoice, is_terminal: bool) -> bool {
    match color {
        ColorChoice::Auto => is_terminal,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    }
}

const RED: &str = "31;1";
const YELLOW: &str = "33;1";
const CYAN: &str = "36;1";
const DIM: &str = "2";

fn paint(text: &str, code: &str, color: bool) -> String {
    if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(ErrorKind::BrokenPipe, "the reader of our output went away"),
        _ => Error::failed("cannot write to standard output").because(&error),
    }
}
