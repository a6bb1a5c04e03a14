//! `config show` and `config path`: what is in force, and why.

use serde::Serialize;

use crate::error::Result;
use crate::settings::trust::Trust;
use crate::settings::{Layer, LoadInputs, Paths, Resolved, project_file_above, resolve};

/// One setting for a reader.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub key: &'static str,
    /// `null`: not set.
    pub value: Option<String>,
    pub layer: Layer,
    /// `--region`, a variable, `file:line`, or `default`.
    pub origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// Everything `config show -o json` says.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub schema_version: u32,
    pub settings: Vec<Shown>,
    pub user_file: FileShown,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_file: Option<FileShown>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FileShown {
    pub path: String,
    pub exists: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
}

/// `reveal` shows secrets.
pub fn report(resolved: &Resolved, reveal: bool) -> Report {
    Report {
        schema_version: 1,
        settings: resolved
            .origins
            .iter()
            .map(|chosen| Shown {
                key: chosen.key.name,
                value: chosen.text(reveal),
                layer: chosen.origin.layer(),
                origin: chosen.origin.to_string(),
                context: chosen.origin.context().map(str::to_owned),
            })
            .collect(),
        user_file: FileShown {
            path: resolved.user_file.display().to_string(),
            exists: resolved.user_file_exists,
            trust: None,
        },
        project_file: resolved.project_file.as_ref().map(|file| FileShown {
            path: file.path.display().to_string(),
            exists: true,
            trust: Some(file.trust),
        }),
        notes: resolved.notes.clone(),
    }
}

impl Report {
    /// `key: value` lines; with `origins`, a column that says where from.
    pub fn text(&self, origins: bool) -> String {
        let lines: Vec<(String, String)> = self
            .settings
            .iter()
            .map(|shown| {
                let line = format!("{}: {}", shown.key, shown.value.as_deref().unwrap_or("(not set)"));
                let origin = match &shown.context {
                    Some(context) => format!("{}, context {context}", shown.origin),
                    None => shown.origin.clone(),
                };
                (line, origin)
            })
            .collect();
        // A list of accounts may be long; it does not push the column off the screen.
        let width =
            lines.iter().map(|(line, _)| line.chars().count()).filter(|w| *w <= 60).max().unwrap_or(0);
        lines
            .into_iter()
            .map(
                |(line, origin)| {
                    if origins { format!("{line:width$}  # {origin}\n") } else { format!("{line}\n") }
                },
            )
            .collect()
    }
}

/// The files that would be read, whether they exist or hold mistakes or not.
#[derive(Clone, Debug, Serialize)]
pub struct Files {
    pub user_file: FileShown,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_file: Option<FileShown>,
}

pub fn files(inputs: &LoadInputs) -> Result<Files> {
    let home = inputs.home.as_deref();
    let user = resolve::user_file_path(inputs, &Paths::resolve(&inputs.env, home)?);
    let shown = |path: std::path::PathBuf| FileShown {
        exists: path.exists(),
        path: path.display().to_string(),
        trust: None,
    };
    Ok(Files { user_file: shown(user), project_file: project_file_above(&inputs.cwd, home).map(shown) })
}

impl Files {
    pub fn text(&self) -> String {
        let line = |name: &str, file: &FileShown| {
            let state = if file.exists { "" } else { " (not there)" };
            format!("{name}: {}{state}\n", file.path)
        };
        let mut text = line("user", &self.user_file);
        if let Some(file) = &self.project_file {
            text.push_str(&line("project", file));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::settings::Flags;

    fn resolved(config: &str, env: &[(&str, &str)], flags: Flags) -> (tempfile::TempDir, Resolved) {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join(".config/canvass/config.yaml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, config).unwrap();
        let inputs = LoadInputs {
            flags,
            env: env.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<BTreeMap<_, _>>(),
            cwd: temp.path().to_owned(),
            home: Some(temp.path().to_owned()),
        };
        let resolved = inputs.load().unwrap();
        (temp, resolved)
    }

    #[test]
    fn each_line_says_where_its_value_is_from() {
        let (temp, resolved) = resolved(
            "context: prod\nsession_name: ana\ncontexts:\n  prod:\n    profile: audit\n    concurrency: 8\n",
            &[("CANVASS_OUTPUT", "json")],
            Flags::default().with("regions", ["eu-*".to_owned()]),
        );
        let text = report(&resolved, false).text(true).replace(&temp.path().display().to_string(), "~");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn secrets_are_shown_only_when_asked_for() {
        let (_temp, resolved) = resolved(
            "external_id: hush-hush\nproxy: http://ana:hush-hush@proxy:3128\n",
            &[],
            Flags::default(),
        );
        for text in
            [report(&resolved, false).text(true), serde_json::to_string(&report(&resolved, false)).unwrap()]
        {
            assert!(!text.contains("hush"), "{text}");
            assert!(text.contains("****"));
        }
        assert!(report(&resolved, true).text(false).contains("external_id: hush-hush"));
    }
}
