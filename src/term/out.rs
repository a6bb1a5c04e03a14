//! Standard output, in large pieces: one write per answer's batch at most, or per tenth of a second.
//!
//! On a terminal, what a person reads goes to the pager once it is taller than the screen.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use super::pager::Pager;
use super::{Progress, Term, write_error};
use crate::error::{Error, ErrorKind, Result};

/// More is not kept back.
const FULL: usize = 64 * 1024;

/// Linux's pipes hold half of this.
const PIPE: usize = 128 * 1024;

/// Nor for longer, where rows come one by one.
pub const LATELY: Duration = Duration::from_millis(100);

pub struct Out<'t> {
    term: &'t Term,
    to: To,
    buffer: String,
    /// When the oldest text in the buffer was written.
    since: Option<Instant>,
    /// Drawn on the same terminal; gone before the first line is.
    progress: Option<Progress>,
}

enum To {
    Stdout,
    /// Kept back until it is known whether it fits.
    Screen(String),
    Pager {
        pager: Pager,
        /// What it was given, while that may all lie in the pipe of a pager that never starts.
        given: Option<String>,
    },
    /// The pager was left before everything was shown.
    Nowhere,
}

impl<'t> Out<'t> {
    /// `paged`: for a person to read, not for a program.
    pub fn open(term: &'t Term, paged: bool, progress: Option<Progress>) -> Self {
        let to = match (&term.pager, term.height) {
            (Some(_), Some(_)) if paged => To::Screen(String::new()),
            _ => To::Stdout,
        };
        Self { term, to, buffer: String::new(), since: None, progress }
    }

    pub fn push(&mut self, text: &str) -> Result<()> {
        self.with(|buffer| buffer.push_str(text))
    }

    /// Lets `write` append to the text that goes out next.
    pub fn with(&mut self, write: impl FnOnce(&mut String)) -> Result<()> {
        write(&mut self.buffer);
        if !self.buffer.is_empty() {
            self.since.get_or_insert_with(Instant::now);
        }
        if self.buffer.len() >= FULL { self.flush() } else { Ok(()) }
    }

    /// When the text kept back has been so long enough.
    pub fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + LATELY)
    }

    pub fn flush(&mut self) -> Result<()> {
        self.since = None;
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.term.height.is_some() && !matches!(self.to, To::Screen(_)) {
            self.progress = None;
        }
        match &mut self.to {
            To::Stdout => write_out(&self.buffer)?,
            To::Screen(held) => {
                held.push_str(&self.buffer);
                if self.term.is_taller_than_screen(held) {
                    let text = std::mem::take(held);
                    self.progress = None;
                    self.to = self.page(text)?;
                }
            }
            To::Pager { pager, given } => {
                if let Some(given) = given {
                    given.push_str(&self.buffer);
                }
                given.take_if(|given| given.len() > PIPE);
                if !pager.write(self.buffer.as_bytes()).map_err(write_error)? {
                    self.to = self.left()?;
                }
            }
            To::Nowhere => {}
        }
        self.buffer.clear();
        Ok(())
    }

    /// Whether rows that still come would be seen by nobody.
    pub fn check_reader(&self) -> Result<()> {
        match self.to {
            To::Nowhere => Err(Error::new(ErrorKind::BrokenPipe, "the pager was left")),
            _ => Ok(()),
        }
    }

    pub fn hide_progress(&mut self) {
        self.progress = None;
    }

    /// Everything is out when this returns; a pager has been left.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        if let To::Screen(held) = &self.to {
            self.progress = None;
            write_out(held)?;
        }
        self.left().map(drop)
    }

    fn page(&self, text: String) -> Result<To> {
        match Pager::start(self.command()) {
            Ok(mut pager) => {
                pager.write(text.as_bytes()).map_err(write_error)?;
                Ok(To::Pager { pager, given: Some(text) })
            }
            Err(_) => self.do_without(&text),
        }
    }

    /// Waits for the pager; what one that never started was given is shown all the same.
    fn left(&mut self) -> Result<To> {
        let To::Pager { pager, given } = &mut self.to else { return Ok(To::Nowhere) };
        match (pager.end().map_err(write_error)?, given.take()) {
            (false, Some(given)) => self.do_without(&given),
            _ => Ok(To::Nowhere),
        }
    }

    fn do_without(&self, text: &str) -> Result<To> {
        let command = self.command();
        self.term.note(&format!("note: the pager '{command}' cannot be started; --no-pager does without"));
        write_out(text)?;
        Ok(To::Stdout)
    }

    fn command(&self) -> &str {
        self.term.pager.as_deref().unwrap_or_default()
    }
}

pub fn write_out(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(write_error)
}
