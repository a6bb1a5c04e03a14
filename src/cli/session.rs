//! What every command that reads the settings starts with.

use std::sync::Arc;

use super::GlobalArgs;
use crate::app::{self, App};
use crate::error::Result;
use crate::settings::{LoadInputs, Settings};
use crate::sources::cached::Reuse;
use crate::term::{Format, Observers, Phase, Term, TerminalPrompt};

pub struct Session {
    pub settings: Settings,
    pub term: Term,
    /// What of earlier runs may be used.
    pub reuse: Reuse,
    /// A part of the scope was typed, not only configured.
    pub scope_typed: bool,
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
        Ok(Self {
            settings: app::settings(inputs, resolved.settings)?,
            term,
            reuse: global.reuse(),
            scope_typed: global.scope_typed(),
            observers: observers.clone(),
        })
    }

    pub fn format(&self) -> Format {
        self.settings.output.format
    }

    /// The app these settings ask for, and the terminal it speaks through.
    pub fn open(self) -> Result<(App, Term)> {
        let _span = Phase::Settings.span().entered();
        Ok((App::new(self.settings, Arc::new(TerminalPrompt), self.reuse)?, self.term))
    }
}
