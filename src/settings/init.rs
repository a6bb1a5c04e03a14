//! `config init`: a file with every setting, commented out, written from the table of keys.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::settings::atomic_file::{self, Existing};
use crate::settings::env;
use crate::settings::keys::{self, Key};
use crate::settings::kind::Kind;
use crate::settings::paths::PROJECT_FILE;
use crate::settings::{LoadInputs, Paths, resolve};

/// Writes the commented file; `path` is where, else the user file. The path written.
///
/// # Errors
/// The file exists and `force` is off.
pub fn write(inputs: &LoadInputs, path: Option<&Path>, force: bool) -> Result<PathBuf> {
    let target = match path {
        Some(path) => inputs.cwd.join(path),
        None => resolve::user_file_path(inputs, &Paths::resolve(&inputs.env, inputs.home.as_deref())?),
    };
    let existing = if force { Existing::Replace } else { Existing::Keep };
    if atomic_file::write(&target, &text(), existing)? {
        return Ok(target);
    }
    Err(Error::usage(format!("{} exists", target.display())).hint("replace it with --force"))
}

/// The file's text: valid as it stands, and after any line is uncommented.
pub fn text() -> String {
    let mut out = format!(
        "# Settings of canvass. Every line is optional.\n\
         #\n\
         # What is given later wins: defaults, this file, a project's {PROJECT_FILE}, variables, flags.\n\
         # 'canvass config show --origin' tells which value is in force and why.\n\
         # [trust]: a project's {PROJECT_FILE} may set it only after 'canvass trust'.\n"
    );
    for section in keys::SECTIONS {
        let _ = write!(out, "\n# --- {} ---\n", section.title);
        let mut group = None;
        for key in section.keys.iter().filter(|key| !key.not_in_files) {
            let nested = key.name.split_once('.');
            if nested.map(|(group, _)| group) != group {
                group = nested.map(|(group, _)| group);
                if let Some(group) = group {
                    let _ = write!(out, "\n#{group}:\n");
                }
            }
            describe(&mut out, key, nested.map(|(_, last)| last));
        }
    }
    let _ = write!(
        out,
        "\n# --- Contexts ---\n\n\
         # Several organizations, profiles or partitions, each with any of the settings above.\n\
         # Choose one by 'context:' above, by CANVASS_CONTEXT or by --context.\n\
         #{}:\n#  prod:\n#    profile: audit-prod\n#    regions: [\"eu-*\"]\n#  govcloud:\n#    partition: aws-us-gov\n#    profile: audit-gov\n",
        keys::CONTEXTS
    );
    let _ = write!(out, "\n# Variables that no file can stand in for:\n");
    for variable in env::variables().iter().filter(|variable| variable.key.is_none_or(|key| key.not_in_files))
    {
        let _ = writeln!(out, "# - {}: {}", variable.name, variable.about);
    }
    out
}

fn describe(out: &mut String, key: &Key, nested: Option<&str>) {
    let (name, indent) = match nested {
        Some(last) => (last, "#  "),
        None => (key.name, "#"),
    };
    let mut also: Vec<String> = vec![key.variable()];
    also.extend(key.foreign.iter().map(|foreign| foreign.name.to_owned()));
    also.extend(key.flag.map(|flag| format!("--{flag}")));
    let trust = if key.needs_trust { " [trust]" } else { "" };
    let default = key.default.map(|text| format!("; default {text}")).unwrap_or_default();
    let _ =
        write!(out, "\n# {}{trust}\n# ({}{default}; {})\n", key.about, key.kind.describe(), also.join(", "));
    let _ = match key.kind {
        Kind::Patterns | Kind::Tags | Kind::Places => {
            let items: Vec<String> = key.example.split(',').map(|item| format!("\"{item}\"")).collect();
            writeln!(out, "{indent}{name}: [{}]", items.join(", "))
        }
        Kind::Profiles => {
            let pair = key.example.replacen('=', "\": ", 1);
            writeln!(out, "{indent}{name}: {{\"{pair}}}")
        }
        Kind::Accounts => {
            let (id, account) = key.example.split_once('=').unwrap_or((key.example, "example"));
            writeln!(
                out,
                "{indent}{name}: [{{id: \"{id}\", name: {account}, ou_path: Root/Workloads/Prod, tags: {{env: prod}}, profile: payments}}]"
            )
        }
        Kind::Count { .. } | Kind::Share { .. } | Kind::Switch | Kind::KnownGaps | Kind::Ratio => {
            writeln!(out, "{indent}{name}: {}", key.example)
        }
        _ => writeln!(out, "{indent}{name}: \"{}\"", key.example),
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::settings::Flags;
    use crate::settings::file::SettingsFile;

    fn uncommented() -> String {
        // One blank after the '#' is prose; none, or two below a mapping, is a setting.
        text()
            .lines()
            .filter(|line| line.starts_with("#  ") || !line.starts_with("# ") && *line != "#")
            .map(|line| line.strip_prefix('#').unwrap_or(line))
            .map(|line| format!("{line}\n"))
            .collect()
    }

    #[test]
    fn as_written_it_sets_nothing() {
        let file = SettingsFile::parse(Path::new("/c.yaml"), text(), None).unwrap();
        assert!(file.top.is_empty() && file.contexts.is_empty());
    }

    #[test]
    fn with_every_line_uncommented_it_sets_every_key() {
        let file = SettingsFile::parse(Path::new("/c.yaml"), uncommented(), None).unwrap();
        let set: Vec<_> = file.top.keys().copied().collect();
        let mut all: Vec<_> = keys::all().filter(|key| !key.not_in_files).map(|key| key.name).collect();
        all.sort_unstable();
        assert_eq!(set, all);
        assert_eq!(file.contexts.keys().map(String::as_str).collect::<Vec<_>>(), ["govcloud", "prod"]);
    }

    #[test]
    fn it_names_every_variable() {
        let text = text();
        for variable in env::variables() {
            assert!(text.contains(&variable.name), "{}", variable.name);
        }
    }

    #[test]
    fn a_file_that_exists_is_not_overwritten_unless_forced() {
        let temp = tempfile::tempdir().unwrap();
        let inputs = LoadInputs {
            flags: Flags::default(),
            env: BTreeMap::new(),
            cwd: temp.path().to_owned(),
            home: Some(temp.path().to_owned()),
        };
        let path = write(&inputs, None, false).unwrap();
        assert_eq!(path, temp.path().join(".config/canvass/config.yaml"));
        fs::write(&path, "profile: mine\n").unwrap();
        let error = write(&inputs, None, false).unwrap_err();
        assert_eq!(error.hints(), ["replace it with --force"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "profile: mine\n");
        write(&inputs, None, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text());
        assert_eq!(
            write(&inputs, Some(Path::new("other.yaml")), false).unwrap(),
            temp.path().join("other.yaml")
        );
    }
}
