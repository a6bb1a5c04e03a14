//! `canvass config import`: contexts from what other tools were configured with.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;

use crate::error::{Error, Result};
use crate::model::Json;
use crate::settings::LoadInputs;
use crate::settings::import::{self, Imported, Merged, NewContext, Origin, Setting};
use crate::term::{Format, Term, only};

#[derive(clap::Args, Debug)]
pub struct ImportArgs {
    /// the tool; without it, every one whose files are found
    #[arg(long, value_name = "TOOL", value_parser = PossibleValuesParser::new(Origin::ALL.map(Origin::as_str)))]
    from: Option<String>,
    /// its file or folder, where that is not the usual one
    #[arg(value_name = "PATH", requires = "from")]
    path: Option<PathBuf>,
    /// add the contexts to the settings file, and keep a copy of it as it was
    #[arg(long)]
    write: bool,
}

/// What goes to stdout.
pub fn run(args: &ImportArgs, inputs: &LoadInputs, asked: Option<Format>, term: &Term) -> Result<String> {
    let format = only(&[Format::Table, Format::Json], asked.unwrap_or_default(), "'config import'")?;
    let origins = match args.from.as_deref().and_then(Origin::named) {
        Some(origin) => vec![origin],
        None => import::found(inputs),
    };
    if origins.is_empty() {
        let error = Error::usage("nothing was found to import");
        return Err(error
            .hint("looked for ~/.steampipe/config/*.spc, accounts.yml in this folder, and ~/.aws/config")
            .hint("name a file: canvass config import --from steampipe path/to/aws.spc"));
    }
    let mut imported = Vec::new();
    for origin in &origins {
        imported.push(import::read(inputs, *origin, args.path.as_deref())?);
    }
    let merged = import::merge(inputs, &mut imported)?;
    let backup = if args.write && !merged.added.is_empty() { import::write(&merged)? } else { None };
    if format == Format::Json {
        return Ok(as_json(&origins, &imported, &merged, args.write, backup.as_deref()).to_json() + "\n");
    }
    for left in imported.iter().flat_map(|one| &one.left_out) {
        let line = left.line.map(|line| format!(":{line}")).unwrap_or_default();
        term.warn(&format!("{}{line}: {}: {}", left.file.display(), left.what, left.why));
    }
    Ok(if args.write { written(&merged, backup.as_deref()) } else { printed(&imported, &merged) })
}

fn printed(imported: &[Imported], merged: &Merged) -> String {
    let files: Vec<String> =
        imported.iter().flat_map(|one| &one.files).map(|file| file.display().to_string()).collect();
    let mut text = format!("# From {}\n", files.join(", "));
    for name in &merged.same {
        text.push_str(&format!("# {name} is in {} already, just so\n", merged.path.display()));
    }
    if !merged.added.is_empty() {
        text.push_str("contexts:\n");
        text.push_str(&import::to_yaml(&merged.added, 2));
    }
    text
}

fn written(merged: &Merged, backup: Option<&Path>) -> String {
    if merged.added.is_empty() {
        return format!("nothing to add: {} has every context already\n", merged.path.display());
    }
    let names: Vec<&str> = merged.added.iter().map(|context| context.name.as_str()).collect();
    let mut text = format!("added to {}: {}\n", merged.path.display(), names.join(", "));
    if let Some(backup) = backup {
        text.push_str(&format!("as it was: {}\n", backup.display()));
    }
    text.push_str(&format!("try one: canvass --context {} accounts\n", names[0]));
    text
}

fn as_json(
    origins: &[Origin],
    imported: &[Imported],
    merged: &Merged,
    write: bool,
    backup: Option<&Path>,
) -> Json {
    let path = |path: &Path| Json::string(path.display().to_string());
    let sources = origins.iter().zip(imported).map(|(origin, one)| {
        Json::object([
            ("from", Json::string(origin.as_str())),
            ("files", Json::Array(one.files.iter().map(|file| path(file)).collect())),
        ])
    });
    let contexts = imported.iter().flat_map(|one| &one.contexts).map(|context| {
        let is_there = merged.same.contains(&context.name);
        Json::object([
            ("name", Json::string(&context.name)),
            ("about", Json::string(&context.about)),
            ("already_there", Json::Bool(is_there)),
            ("settings", settings(context)),
        ])
    });
    let left_out = imported.iter().flat_map(|one| &one.left_out).map(|left| {
        Json::object([
            ("file", path(&left.file)),
            ("line", left.line.map_or(Json::Null, |line| Json::from(line as u64))),
            ("what", Json::string(&left.what)),
            ("why", Json::string(&left.why)),
        ])
    });
    let added = !merged.added.is_empty();
    Json::object([
        ("schema_version", Json::from(1_u64)),
        ("sources", Json::Array(sources.collect())),
        ("contexts", Json::Array(contexts.collect())),
        ("left_out", Json::Array(left_out.collect())),
        ("written", if write && added { path(&merged.path) } else { Json::Null }),
        ("backup", backup.map_or(Json::Null, path)),
    ])
}

fn settings(context: &NewContext) -> Json {
    let account = |account: &import::NewAccount| {
        let mut members = vec![("id", Json::string(account.id.as_str()))];
        members.extend(account.name.as_ref().map(|name| ("name", Json::string(name))));
        let tags = account.tags.iter().map(|(key, value)| (key.as_str(), Json::string(value)));
        if !account.tags.is_empty() {
            members.push(("tags", Json::object(tags)));
        }
        members.extend(account.profile.as_ref().map(|profile| ("profile", Json::string(profile))));
        Json::object(members)
    };
    let value = |setting: &Setting| match setting {
        Setting::Text(text) => Json::string(text),
        Setting::Count(count) => Json::from(*count),
        Setting::List(items) => Json::from(items.clone()),
        Setting::Accounts(accounts) => Json::Array(accounts.iter().map(account).collect()),
    };
    Json::object(context.settings.iter().map(|(key, setting)| (*key, value(setting))))
}
