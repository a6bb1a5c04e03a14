//! `canvass trust`: let a project's settings file decide where credentials go.

use std::path::PathBuf;

use clap::Args;

use crate::cli::config::to_json;
use crate::error::Result;
use crate::settings::LoadInputs;
use crate::settings::trust::{self, Granted, Trust, TrustedFolder};
use crate::term::{Format, only};

/// let a project's .canvass.yaml set endpoints, roles and profiles
///
/// Trust is in the file as it is now: when it changes, it has to be trusted again.
#[derive(Args, Debug)]
#[command(before_help = "Examples:\n  \
    canvass trust\n  \
    canvass trust --list\n  \
    canvass trust --revoke ~/work/infra")]
pub struct TrustArgs {
    /// the project's folder or file; without it, the one above the current folder
    #[arg(value_name = "PATH", conflicts_with_all = ["list", "revoke"])]
    path: Option<PathBuf>,
    /// list the trusted folders, and whether their file changed since
    #[arg(long, conflicts_with = "revoke")]
    list: bool,
    /// take trust back
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = ".")]
    revoke: Option<PathBuf>,
}

/// What goes to stdout. `asked`: the format typed on the command line.
pub fn run(args: &TrustArgs, inputs: &LoadInputs, asked: Option<Format>) -> Result<String> {
    let format = only(&[Format::Table, Format::Json], asked.unwrap_or_default(), "'trust'")?;
    let json = format == Format::Json;
    if args.list {
        let folders = trust::list(inputs)?;
        return if json { to_json(&folders) } else { Ok(listed(&folders)) };
    }
    if let Some(path) = &args.revoke {
        let folder = trust::revoke(inputs, path)?;
        return Ok(format!("{folder} is no longer trusted\n"));
    }
    let granted = trust::grant(inputs, args.path.as_deref())?;
    if json { to_json(&granted) } else { Ok(told(&granted)) }
}

fn listed(folders: &[TrustedFolder]) -> String {
    folders
        .iter()
        .map(|folder| match folder.state {
            Trust::Trusted => format!("{}\n", folder.folder),
            Trust::Missing => format!("{} (its settings file is gone)\n", folder.folder),
            Trust::Changed | Trust::Unknown => format!("{} (changed: trust it again)\n", folder.folder),
        })
        .collect()
}

fn told(granted: &Granted) -> String {
    let file = granted.file.display();
    let mut text =
        if granted.already { format!("{file} was trusted already\n") } else { format!("trusted {file}\n") };
    if granted.allows.is_empty() {
        text.push_str("it sets nothing that needs trust\n");
    }
    for (key, value) in &granted.allows {
        text.push_str(&format!("  {key}: {value}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::{fs, path::Path};

    use clap::FromArgMatches as _;

    use super::*;
    use crate::settings::Flags;

    fn said(cwd: &Path, words: &[&str]) -> Result<String> {
        let command = TrustArgs::augment_args(clap::Command::new("trust"));
        let matches = command.try_get_matches_from(words).unwrap();
        let args = TrustArgs::from_arg_matches(&matches).unwrap();
        let inputs = LoadInputs {
            flags: Flags::default(),
            env: BTreeMap::new(),
            cwd: cwd.to_owned(),
            home: Some(cwd.to_owned()),
        };
        run(&args, &inputs, None).map(|text| text.replace(&cwd.display().to_string(), "~"))
    }

    #[test]
    fn trust_is_given_listed_and_taken_back() {
        let temp = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(temp.path()).unwrap();
        assert!(said(&home, &["trust"]).is_err(), "there is nothing to trust");
        fs::write(home.join(".canvass.yaml"), "profile: audit\nregions: [eu-*]\n").unwrap();
        assert_eq!(said(&home, &["trust"]).unwrap(), "trusted ~/.canvass.yaml\n  profile: audit\n");
        assert_eq!(said(&home, &["trust", "--list"]).unwrap(), "~\n");
        fs::write(home.join(".canvass.yaml"), "profile: other\n").unwrap();
        assert_eq!(said(&home, &["trust", "--list"]).unwrap(), "~ (changed: trust it again)\n");
        assert_eq!(said(&home, &["trust", "--revoke"]).unwrap(), "~ is no longer trusted\n");
        assert_eq!(said(&home, &["trust", "--list"]).unwrap(), "");
    }
}
