//! What every command that reads the settings starts with.

use std::sync::Arc;

use super::GlobalArgs;
use crate::app::{self, App};
use crate::error::Result;
use crate::settings::{LoadInputs, Settings};
use crate::term::{Format, Observers, Phase, Term, TerminalPrompt};

pub struct Session {
    pub settings: Settings,
    pub term: Term,
    /// Nothing remembered is used.
    pub fresh: bool,
    pub observers: Observers,
}

impl Session {
    /// Reads the settings, says what the operator should hear about them.
    pub fn load(
        inputs: &LoadInputs,
        global: &GlobalArgs,
        early: &Term,
        observers: &Observers,
    ) -> Result<Self> {
        let _span = Phase::Settings.span().entered();
        let resolved = inputs.load()?;
        let output = &resolved.settings.output;
        let term = Term::detect(output.color, output.pager.as_deref());
        for note in &resolved.notes {
            early.warn(note);
        }
        let settings = app::settings(inputs, resolved.settings)?;
        Ok(Self { settings, term, fresh: global.fresh, observers: observers.clone() })
    }

    pub fn format(&self) -> Format {
        self.settings.output.format
    }

    /// The app these settings ask for, and the terminal it speaks through.
    pub fn open(self) -> Result<(App, Term)> {
        let _span = Phase::Settings.span().entered();
        Ok((App::new(self.settings, Arc::new(TerminalPrompt), self.fresh)?, self.term))
    }
}
