//! Everything from outside that settings are made of, so that tests need no process.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::settings::resolve;
use crate::settings::{Resolved, Settings};

/// What was typed, by the name of the setting.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The user file to read instead of the usual one (`--config`).
    pub config: Option<PathBuf>,
    given: BTreeMap<&'static str, Vec<String>>,
}

impl Flags {
    /// `flags.with("regions", args.region).with("profile", args.profile)`: what was not given is
    /// an empty list or `None`. `key` is a name of [`crate::settings::keys`].
    #[must_use]
    pub fn with(mut self, key: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.given.insert(key, values);
        }
        self
    }

    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.given.iter().map(|(key, values)| (*key, values.as_slice()))
    }
}

/// The outside world, as far as settings depend on it.
#[derive(Clone, Debug)]
pub struct LoadInputs {
    pub flags: Flags,
    pub env: BTreeMap<String, String>,
    pub cwd: PathBuf,
    pub home: Option<PathBuf>,
}

impl LoadInputs {
    /// The one place that looks at the process.
    pub fn from_process(flags: Flags) -> Result<Self> {
        let cwd = std::env::current_dir()
            .map_err(|error| Error::failed("cannot tell the current folder").because(&error))?;
        let env = std::env::vars_os()
            .filter_map(|(name, value)| {
                // A value that is not UTF-8 stays, mangled: it fails where it is used, by name.
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
            .collect();
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        Ok(Self { flags, env, cwd, home })
    }

    /// Reads the files, merges all layers, checks trust.
    ///
    /// # Errors
    /// Every mistake of a file at once; a bad variable or flag by name; an unknown context; a
    /// project file that sets more than an untrusted one may.
    pub fn load(&self) -> Result<Resolved> {
        resolve::load(self)
    }

    /// What flags and defaults alone would give: no variable, no file, no context.
    pub fn load_flags_alone(&self) -> Result<Settings> {
        resolve::load_flags_alone(self)
    }
}
