//! `canvass config`: what is in force and why, and a file to start from.

mod import;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::no_format;
use crate::error::{Error, Result};
use crate::model::Json;
use crate::settings::{LoadInputs, init, show};
use crate::term::{Format, Listing, Term, TextTable, only};

/// show the settings in force, or write a file to start from
#[derive(Args, Debug)]
#[command(before_help = "Examples:\n  \
    canvass config show --origin\n  \
    canvass config init\n  \
    canvass config import\n  \
    canvass config path")]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// show every setting's value
    #[command(before_help = "Examples:\n  canvass config show --origin\n  canvass config show -o json")]
    Show(ShowArgs),
    /// write a settings file with every setting in it, commented out
    #[command(before_help = "Examples:\n  \
        canvass config init\n  \
        canvass config init --path .canvass.yaml\n  \
        canvass config init --path -")]
    Init(InitArgs),
    /// make contexts of Steampipe's connections, c7n-org's accounts and AWS profiles
    #[command(before_help = "Examples:\n  \
        canvass config import\n  \
        canvass config import --from steampipe\n  \
        canvass config import --from c7n-org accounts.yml\n  \
        canvass config import --from aws --write")]
    Import(import::ImportArgs),
    /// show which settings files are read
    #[command(before_help = "Examples:\n  canvass config path\n  canvass config path -o json")]
    Path,
}

#[derive(Args, Debug)]
struct ShowArgs {
    /// say where each value comes from
    #[arg(long)]
    origin: bool,
    /// show secrets instead of ****
    #[arg(long)]
    reveal: bool,
}

#[derive(Args, Debug)]
struct InitArgs {
    /// write here instead of the user's settings file; - is stdout
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// replace a file that exists
    #[arg(long)]
    force: bool,
}

/// What goes to stdout. `asked`: the format typed on the command line.
pub fn run(args: &ConfigArgs, inputs: &LoadInputs, asked: Option<Format>, term: &Term) -> Result<String> {
    match &args.command {
        ConfigCommand::Show(show_args) => {
            let resolved = inputs.load()?;
            let report = show::report(&resolved, show_args.reveal);
            match asked.unwrap_or(resolved.settings.output.format) {
                Format::Json => to_json(&report),
                Format::Table => Ok(report.text(show_args.origin)),
                format => Ok(listing(&report, show_args.origin).render(format, term)),
            }
        }
        ConfigCommand::Init(init_args) => {
            no_format(asked, "'config init'")?;
            if init_args.path.as_deref() == Some(Path::new("-")) {
                return Ok(init::text());
            }
            let path = init::write(inputs, init_args.path.as_deref(), init_args.force)?;
            Ok(format!("wrote {}\n", path.display()))
        }
        ConfigCommand::Import(import_args) => import::run(import_args, inputs, asked, term),
        ConfigCommand::Path => {
            let files = show::files(inputs)?;
            let format = asked.unwrap_or_default();
            match only(&[Format::Table, Format::Json], format, "'config path'")? {
                Format::Json => to_json(&files),
                _ => Ok(files.text()),
            }
        }
    }
}

fn listing(report: &show::Report, origin: bool) -> Listing<'static> {
    let fields: &[&str] = if origin { &["key", "value", "origin"] } else { &["key", "value"] };
    let mut table = TextTable::left(fields);
    let mut records = Vec::new();
    for shown in &report.settings {
        let value = shown.value.clone().unwrap_or_else(|| "(not set)".to_owned());
        let cells = [shown.key.to_owned(), value, shown.origin.clone()];
        table.row(cells.into_iter().take(fields.len()));
        records.push(Json::object([
            ("key", Json::from(shown.key)),
            ("value", Json::from(shown.value.clone())),
            ("origin", Json::from(shown.origin.clone())),
        ]));
    }
    Listing { fields, records, table }
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed("cannot write JSON").because(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::FromArgMatches as _;

    use super::*;
    use crate::settings::Flags;

    fn said(home: &Path, words: &[&str], json: bool) -> Result<String> {
        let command = ConfigArgs::augment_args(clap::Command::new("config"));
        let matches = command.try_get_matches_from(words).unwrap();
        let args = ConfigArgs::from_arg_matches(&matches).unwrap();
        let inputs = LoadInputs {
            flags: Flags::default(),
            env: BTreeMap::new(),
            cwd: home.to_owned(),
            home: Some(home.to_owned()),
        };
        run(&args, &inputs, json.then_some(Format::Json), &Term::default())
    }

    #[test]
    fn a_file_made_by_init_is_found_by_path_and_changes_nothing_in_show() {
        let temp = tempfile::tempdir().unwrap();
        let before = said(temp.path(), &["config", "show", "--origin"], false).unwrap();
        assert!(said(temp.path(), &["config", "path"], false).unwrap().ends_with("(not there)\n"));
        let wrote = said(temp.path(), &["config", "init"], false).unwrap();
        let path = said(temp.path(), &["config", "path"], false).unwrap();
        assert_eq!(wrote.replacen("wrote", "user:", 1), path);
        assert_eq!(said(temp.path(), &["config", "show", "--origin"], false).unwrap(), before);
    }

    #[test]
    fn json_has_every_setting_once() {
        let temp = tempfile::tempdir().unwrap();
        let text = said(temp.path(), &["config", "show"], true).unwrap();
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["settings"].as_array().unwrap().len(), crate::settings::keys::all().count());
    }
}
