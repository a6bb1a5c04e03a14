//! Every environment variable that canvass knows.

use std::collections::BTreeMap;

use crate::model::closest;
use crate::settings::keys::{self, Key, Meaning};

/// The user file to read instead of the usual one.
pub const CONFIG: &str = "CANVASS_CONFIG";

/// A variable and what it is for.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    /// The setting it sets.
    pub key: Option<&'static Key>,
    pub about: String,
}

/// Variables that are no setting.
const OTHERS: &[(&str, &str)] = &[
    (CONFIG, "user file to read instead of the usual one"),
    ("XDG_CONFIG_HOME", "where the user file is, if absolute"),
    ("XDG_CACHE_HOME", "where answers of the organization are kept for a day, if absolute"),
    ("XDG_DATA_HOME", "where data is kept, if absolute"),
    ("XDG_STATE_HOME", "where trust in project files is kept, if absolute"),
];

/// All of them, settings first.
pub fn variables() -> Vec<Variable> {
    let ours =
        keys::all().map(|key| Variable { name: key.variable(), key: Some(key), about: key.about.to_owned() });
    let foreign = keys::all().flat_map(|key| {
        key.foreign.iter().map(move |foreign| Variable {
            name: foreign.name.to_owned(),
            key: Some(key),
            about: match foreign.meaning {
                Meaning::Value => format!("like {}", key.variable()),
                Meaning::Present(value) => format!("if set to anything: {}: {value}", key.name),
                Meaning::ReadBelow => "read by the HTTP client itself, as is NO_PROXY".to_owned(),
            },
        })
    });
    let others = OTHERS.iter().map(|(name, about)| Variable {
        name: (*name).to_owned(),
        key: None,
        about: (*about).to_owned(),
    });
    ours.chain(foreign).chain(others).collect()
}

/// The value of a variable; set to nothing is not set.
pub fn get<'a>(env: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

/// What the environment says about a setting.
#[derive(Debug, PartialEq)]
pub struct Said<'a> {
    pub variable: String,
    pub text: &'a str,
    /// Shown only; something below reads the variable itself.
    pub read_below: bool,
    /// The variable is not one of ours, so it was perhaps set for something else.
    pub foreign: bool,
}

pub fn said_about<'a>(key: &Key, env: &'a BTreeMap<String, String>) -> Option<Said<'a>> {
    let ours = key.variable();
    if let Some(text) = get(env, &ours) {
        return Some(Said { variable: ours, text, read_below: false, foreign: false });
    }
    key.foreign.iter().find_map(|foreign| {
        let text = get(env, foreign.name)?;
        let text = match foreign.meaning {
            Meaning::Present(value) => value,
            Meaning::Value | Meaning::ReadBelow => text,
        };
        Some(Said {
            variable: foreign.name.to_owned(),
            text,
            read_below: foreign.meaning == Meaning::ReadBelow,
            foreign: true,
        })
    })
}

/// One line for every `CANVASS_...` that means nothing here: most likely a slip of the pen.
pub fn unknown(env: &BTreeMap<String, String>) -> Vec<String> {
    let known: Vec<String> = variables().into_iter().map(|variable| variable.name).collect();
    env.keys()
        // The tests' own variables never reach what is tested, but they are no mistake either.
        .filter(|name| name.starts_with("CANVASS_") && !name.starts_with("CANVASS_TEST_"))
        .filter(|name| !known.contains(name))
        .map(|name| {
            match closest(name, known.iter().map(String::as_str).filter(|k| k.starts_with("CANVASS_"))) {
                Some(meant) => {
                    format!("the variable {name} is not known and was ignored: did you mean {meant}?")
                }
                None => format!("the variable {name} is not known and was ignored"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn an_unknown_variable_of_ours_is_noted_with_what_was_meant() {
        let notes =
            unknown(&env(&[("CANVASS_MEMBR_ROLE", "x"), ("AWS_PROFIL", "x"), ("CANVASS_TEST_PYTHON", "x")]));
        assert_eq!(
            notes,
            [
                "the variable CANVASS_MEMBR_ROLE is not known and was ignored: did you mean CANVASS_MEMBER_ROLE?"
            ]
        );
    }

    #[test]
    fn our_variable_comes_before_that_of_another_tool() {
        let key = keys::find("profile").unwrap();
        let both = env(&[("CANVASS_PROFILE", "ours"), ("AWS_PROFILE", "theirs")]);
        assert_eq!(said_about(key, &both).unwrap().text, "ours");
        let empty = env(&[("CANVASS_PROFILE", ""), ("AWS_PROFILE", "theirs")]);
        assert_eq!(said_about(key, &empty).unwrap().variable, "AWS_PROFILE");
    }

    #[test]
    fn no_color_means_never_whatever_it_holds() {
        let key = keys::find("color").unwrap();
        assert_eq!(said_about(key, &env(&[("NO_COLOR", "1")])).unwrap().text, "never");
        assert_eq!(said_about(key, &env(&[("NO_COLOR", "")])), None);
    }
}
