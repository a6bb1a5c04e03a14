//! Where each value came from.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::settings::file::SettingsFile;
use crate::settings::keys::Key;
use crate::settings::kind::{Kind, Value};

/// The layers, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Flag,
    Environment,
    Project,
    User,
    Default,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::Flag => "flag",
            Layer::Environment => "environment",
            Layer::Project => "project file",
            Layer::User => "user file",
            Layer::Default => "default",
        })
    }
}

/// Where one value stands.
#[derive(Clone, Debug)]
pub enum Origin {
    /// `--region`
    Flag(String),
    Variable(String),
    File {
        layer: Layer,
        file: Arc<SettingsFile>,
        entry: Vec<usize>,
        context: Option<String>,
    },
    Default,
}

impl Origin {
    pub fn layer(&self) -> Layer {
        match self {
            Origin::Flag(_) => Layer::Flag,
            Origin::Variable(_) => Layer::Environment,
            Origin::File { layer, .. } => *layer,
            Origin::Default => Layer::Default,
        }
    }

    /// Whether it came out of the chosen context rather than from beside it.
    pub fn context(&self) -> Option<&str> {
        match self {
            Origin::File { context, .. } => context.as_deref(),
            _ => None,
        }
    }
}

/// `--region`, `CANVASS_REGIONS`, `/home/ana/.config/canvass/config.yaml:12`, `default`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) | Origin::Variable(name) => f.write_str(name),
            Origin::File { file, entry, .. } => match file.place_of(entry) {
                Some(place) => write!(f, "{}:{}", file.path.display(), place.line),
                None => write!(f, "{}", file.path.display()),
            },
            Origin::Default => f.write_str("default"),
        }
    }
}

/// One setting as resolved.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub key: &'static Key,
    pub value: Option<Value>,
    pub origin: Origin,
    /// Something below canvass reads the variable itself.
    pub read_below: bool,
}

impl Chosen {
    /// The value for a reader's eyes: secrets and passwords only if `reveal`.
    pub fn text(&self, reveal: bool) -> Option<String> {
        let text = self.value.as_ref()?.to_string();
        if reveal {
            return Some(text);
        }
        if self.key.secret {
            return Some("****".to_owned());
        }
        Some(if self.key.kind == Kind::Url { without_password(&text) } else { text })
    }
}

/// `http://ana:****@proxy:3128`
fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("****")) {
            Ok(()) => url.to_string(),
            Err(()) => "****".to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// Every setting with its value and origin, in the order of [`crate::settings::keys`].
#[derive(Clone, Debug)]
pub struct Origins {
    pub(super) chosen: Vec<Chosen>,
}

impl Origins {
    pub fn iter(&self) -> impl Iterator<Item = &Chosen> {
        self.chosen.iter()
    }

    pub fn get(&self, name: &str) -> Option<&Chosen> {
        self.chosen.iter().find(|chosen| chosen.key.name == name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|chosen| !chosen.read_below)?.value.as_ref()
    }

    /// The layer that decided; the default's where the name is none of ours.
    pub fn layer(&self, name: &str) -> Layer {
        self.get(name).map_or(Layer::Default, |chosen| chosen.origin.layer())
    }
}
