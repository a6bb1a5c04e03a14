//! What every command that reads the settings starts with.

use std::sync::Arc;

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, FilterFn};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::GlobalArgs;
use crate::app::{self, App};
use crate::error::Result;
use crate::settings::{LoadInputs, Settings};
use crate::term::{Format, Term, TerminalPrompt};

pub struct Session {
    pub settings: Settings,
    pub term: Term,
    /// Nothing remembered is used.
    pub fresh: bool,
}

impl Session {
    /// Reads the settings, says what the operator should hear about them, starts the log of `-v`.
    pub fn load(inputs: &LoadInputs, global: &GlobalArgs, early: &Term) -> Result<Self> {
        let resolved = inputs.load()?;
        let output = &resolved.settings.output;
        let term = Term::detect(output.color, output.pager.as_deref());
        for note in &resolved.notes {
            early.warn(note);
        }
        if global.verbose > 0 {
            start_log(global.verbose, term.color_err);
        }
        Ok(Self { settings: app::settings(inputs, resolved.settings)?, term, fresh: global.fresh })
    }

    pub fn format(&self) -> Format {
        self.settings.output.format
    }

    /// The app these settings ask for, and the terminal it speaks through.
    pub fn open(self) -> Result<(App, Term)> {
        Ok((App::new(self.settings, Arc::new(TerminalPrompt), self.fresh)?, self.term))
    }
}

/// `-v` tells of units and sessions, `-vv` of every call. Secrets are in no span and no event.
fn start_log(verbose: u8, color: bool) {
    let filter = EnvFilter::new(if verbose == 1 { "canvass=debug" } else { "canvass=trace" });
    // The events say it all: the spans around them would only say it again on every line.
    let events = filter.and(FilterFn::new(|of| of.is_event()));
    let log = fmt::layer().with_writer(std::io::stderr).with_ansi(color).without_time();
    // A second subscriber cannot be set; there is only ever this one.
    let _ = tracing_subscriber::registry().with(log.with_filter(events)).try_init();
}
