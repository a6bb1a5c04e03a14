//! The only place that prints: tables, JSON, progress, prompts, errors; and what makes AWS data
//! safe to show on a terminal.
//!
//! Data goes to stdout, everything else to stderr. A reader that went away is quiet.

mod age;
mod answer;
mod cell;
mod footer;
mod forms;
mod grid;
mod listing;
mod markdown;
mod observe;
mod out;
mod pager;
mod progress;
mod prompt;
mod sanitize;
mod table;
mod watch;

use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthStr;

use crate::error::{Error, ErrorKind, Result};
use crate::settings::ColorChoice;
pub use crate::settings::OutputFormat as Format;
use cell::NULL;

pub use age::in_words;
pub use answer::{AnswerSummary, write_answer};
pub use listing::Listing;
pub use observe::{Observers, Phase, Totals};
pub use pager::is_paging;
pub use progress::{Progress, clear_progress};
pub use prompt::TerminalPrompt;
pub use sanitize::{sanitize, sanitize_json};
pub use table::{Align, TextTable};
pub use watch::Look;

/// Where we print, found out once.
#[derive(Clone, Debug, Default)]
pub struct Term {
    /// Columns of the terminal that stdout is; `None` when stdout is no terminal: nothing wraps.
    pub width: Option<usize>,
    /// Its lines.
    pub height: Option<usize>,
    pub stderr_is_terminal: bool,
    pub color_out: bool,
    pub color_err: bool,
    /// Command line of the program that shows what is taller than the screen.
    pager: Option<String>,
}

impl Term {
    /// `pager` as the settings say.
    pub fn detect(color: ColorChoice, pager: Option<&str>) -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| stdout_is_terminal);
        Self {
            width: size.map(|(width, _)| usize::from(width.0)),
            height: size.map(|(_, height)| usize::from(height.0)),
            stderr_is_terminal,
            color_out: is_colored(color, stdout_is_terminal),
            color_err: is_colored(color, stderr_is_terminal),
            pager: pager::chosen(pager),
        }
    }

    #[cfg(test)]
    fn piped() -> Self {
        Self::default()
    }

    /// The same, with nothing shown in a pager: what comes will not end.
    pub fn without_pager(&self) -> Self {
        Self { pager: None, height: None, ..self.clone() }
    }

    /// Writes data for a program. The text ends with a newline or gets one.
    pub fn print(&self, text: &str) -> Result<()> {
        self.write(text, false)
    }

    /// Writes a JSON document, or several.
    pub fn print_json(&self, text: &str) -> Result<()> {
        match self.width {
            Some(_) => self.print(&sanitize_json(text)),
            None => self.print(text),
        }
    }

    /// Writes data in one of the formats.
    pub fn print_as(&self, format: Format, text: &str) -> Result<()> {
        match format {
            Format::Json | Format::Ndjson => self.print_json(text),
            Format::Csv => self.print(text),
            Format::Table | Format::Markdown | Format::Line => self.show(text),
        }
    }

    /// Writes data for a person: in the pager, where it is taller than the screen.
    pub fn show(&self, text: &str) -> Result<()> {
        self.write(text, true)
    }

    fn write(&self, text: &str, paged: bool) -> Result<()> {
        let mut out = out::Out::open(self, paged, None);
        out.push(text)?;
        if !text.is_empty() && !text.ends_with('\n') {
            out.push("\n")?;
        }
        out.finish()
    }

    /// The last line of the screen is the prompt's.
    fn is_taller_than_screen(&self, text: &str) -> bool {
        let (Some(width), Some(height)) = (self.width, self.height) else { return false };
        let lines = text.lines().map(|line| line.width().div_ceil(width.max(1)).max(1));
        lines
            .scan(0, |sum, lines| {
                Some({
                    *sum += lines;
                    *sum
                })
            })
            .any(|sum| sum >= height)
    }

    /// Lines on stderr that are safe already.
    fn say(&self, text: &str) {
        let _ = write!(io::stderr().lock(), "{text}");
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

/// The format asked for, if the command has it: nobody gets another one in its place.
pub fn only(has: &[Format], asked: Format, what: &str) -> Result<Format> {
    if has.contains(&asked) {
        return Ok(asked);
    }
    let names: Vec<String> = has.iter().map(|format| format!("-o {}", format.as_str())).collect();
    let hint = match names.as_slice() {
        [] => "leave -o out".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    Err(Error::usage(format!("{what} has no {} form", asked.as_str())).hint(hint))
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
