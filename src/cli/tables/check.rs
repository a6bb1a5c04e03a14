//! `canvass tables check`: what is wrong with table files, and what they would be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Outcome, Session};
use crate::app;
use crate::catalog::Catalog;
use crate::catalog::check::{self, Checked, Finding};
use crate::catalog::folder::{self, WithNames};
use crate::catalog::table::{Call, KeyUse, Table, Value};
use crate::cli::inspect::{actions, data_read, keys};
use crate::error::{Error, Result};
use crate::model::Json;
use crate::settings::{LoadInputs, Settings};
use crate::sources::field::pg_type_name;
use crate::term::{Format, Listing, TextTable};

/// check files of tables: every mistake with its place and what was probably meant
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass tables check team_subnet.yaml\n  \
    canvass tables check ~/.config/canvass/tables\n  \
    canvass tables check team_subnet.yaml -o json")]
pub struct Args {
    /// table files, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// A file and what was found in it.
struct Looked {
    path: PathBuf,
    checked: Checked,
}

impl Looked {
    fn place(&self, finding: &Finding) -> String {
        format!("{}:{}:{}", self.path.display(), finding.place.line, finding.place.column)
    }
}

pub async fn run(args: &Args, inputs: &LoadInputs, session: &Session) -> Result<Outcome> {
    let Session { settings, term, .. } = session;
    let catalog = Catalog::builtin()?;
    let files = files_of(&args.files)?;
    let own = settings.paths.config.join("tables");
    // What stands in the folder already is known by name, whether or not it is right.
    let installed = if own.is_dir() { folder::files(&own)? } else { Vec::new() };
    let names: BTreeSet<String> = files.iter().chain(&installed).filter_map(|path| stem(path)).collect();
    let known = WithNames { catalog: &catalog, names };
    let mut looked = Vec::new();
    for path in files {
        let checked = look(&path, &catalog, &known)?;
        looked.push(Looked { path, checked });
    }
    name_twins(&mut looked, &installed, &catalog, &known);
    let others = neighbours(&installed, &looked, &catalog, &known);
    plan_examples(&mut looked, others, &catalog, inputs, settings).await?;
    match session.format() {
        Format::Json => term.print_json(&as_json(&looked).to_json())?,
        Format::Table => term.show(&as_text(&looked, &own))?,
        format => findings(&looked).print(format, term)?,
    }
    let wrong = looked.iter().filter(|one| !one.checked.mistakes.is_empty()).count();
    if wrong == 0 {
        return Ok(Outcome::Complete);
    }
    let mistakes: usize = looked.iter().map(|one| one.checked.mistakes.len()).sum();
    let what = if mistakes == 1 { "a mistake".to_owned() } else { format!("{mistakes} mistakes") };
    let whose = match looked.as_slice() {
        [one] => one.path.display().to_string(),
        all => format!("{wrong} of {} files", all.len()),
    };
    Err(Error::usage(format!("{what} in {whose}")))
}

fn files_of(given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in given {
        if path.is_dir() {
            let inside = folder::files(path)?;
            if inside.is_empty() {
                let error = Error::usage(format!("there is no table file in {}", path.display()));
                return Err(error.hint("a table file ends in .yaml or .yml"));
            }
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

fn look(path: &Path, catalog: &Catalog, known: &WithNames<'_>) -> Result<Checked> {
    let cannot =
        |error: &std::io::Error| Error::usage(format!("cannot read {}", path.display())).because(error);
    let metadata = fs::metadata(path).map_err(|e| cannot(&e))?;
    if metadata.len() > check::MOST_BYTES {
        return Err(Error::usage(format!("cannot read {}: it is larger than a megabyte", path.display())));
    }
    let bytes = fs::read(path).map_err(|e| cannot(&e))?;
    Ok(match std::str::from_utf8(&bytes) {
        Ok(text) => check::check(text, catalog, known),
        Err(error) => check::not_text(&bytes[..error.valid_up_to()]),
    })
}

/// Two files cannot be one table, nor can one that is in the folder already.
fn name_twins(looked: &mut [Looked], installed: &[PathBuf], catalog: &Catalog, known: &WithNames<'_>) {
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    let given: BTreeSet<PathBuf> = looked.iter().filter_map(|one| one.path.canonicalize().ok()).collect();
    for path in installed.iter().filter(|path| path.canonicalize().is_ok_and(|path| !given.contains(&path))) {
        if let Ok(Checked { table: Some(table), .. }) = look(path, catalog, known) {
            owners.insert(table.name, path.clone());
        }
    }
    for one in looked {
        let Some(name) = one.checked.table.as_ref().map(|table| table.name.clone()) else { continue };
        match owners.get(&name) {
            Some(owner) => {
                let message = format!("{} is the table '{name}' already", owner.display());
                let finding = Finding::at(one.checked.name, message);
                one.checked.mistakes.push(finding.hint("give one of the two another name"));
                one.checked.table = None;
            }
            None => {
                owners.insert(name, one.path.clone());
            }
        }
    }
}

/// The user's other tables, for statements that join them.
fn neighbours(
    installed: &[PathBuf],
    looked: &[Looked],
    catalog: &Catalog,
    known: &WithNames<'_>,
) -> Vec<Table> {
    let given: Vec<&Table> = looked.iter().filter_map(|one| one.checked.table.as_ref()).collect();
    let others = installed.iter().filter_map(|path| look(path, catalog, known).ok()?.table);
    others.filter(|other| given.iter().all(|table| table.name != other.name)).collect()
}

/// Example statements that do not plan are mistakes of their file.
async fn plan_examples(
    looked: &mut [Looked],
    others: Vec<Table>,
    catalog: &Catalog,
    inputs: &LoadInputs,
    settings: &Settings,
) -> Result<()> {
    let tables: Vec<Table> = looked.iter().filter_map(|one| one.checked.table.clone()).collect();
    if tables.iter().all(|table| table.examples.is_empty()) {
        return Ok(());
    }
    let all = catalog.clone().with_tables(tables.into_iter().chain(others));
    let app = app::rehearsal(inputs, settings.clone(), all)?;
    for one in looked {
        let Some(table) = &one.checked.table else { continue };
        for (at, example) in table.examples.iter().enumerate() {
            let Err(error) = app.engine.check(&example.sql).await else { continue };
            let place = one.checked.examples.get(at).copied();
            let causes = error.causes().iter().filter(|cause| !cause.contains('\n'));
            let message =
                causes.fold(error.message().to_owned(), |message, cause| format!("{message}: {cause}"));
            let mut finding = Finding::at(place, format!("the example cannot be planned: {message}"));
            finding.hints.extend_from_slice(error.hints());
            one.checked.mistakes.push(finding);
        }
        if !one.checked.mistakes.is_empty() {
            one.checked.table = None;
        }
    }
    Ok(())
}

fn as_text(looked: &[Looked], folder: &Path) -> String {
    let mut text = String::new();
    let said = |kind: &str, one: &Looked, finding: &Finding, text: &mut String| {
        let message = finding.message.replace('\n', "\n    ");
        text.push_str(&format!("{}: {kind}{message}\n", one.place(finding)));
        for hint in &finding.hints {
            text.push_str(&format!("    {hint}\n"));
        }
    };
    for one in looked {
        for finding in &one.checked.mistakes {
            said("", one, finding, &mut text);
        }
        for finding in &one.checked.notes {
            said("perhaps: ", one, finding, &mut text);
        }
        if let Some(table) = &one.checked.table {
            text.push_str(&format!("{}: nothing is wrong\n", one.path.display()));
            for (label, value) in facts(table) {
                text.push_str(&format!("  {label:<12} {value}\n"));
            }
            if !one.path.starts_with(folder) {
                text.push_str(&format!("  {:<12} once it is in {}\n", "can be asked", folder.display()));
            }
        }
    }
    text
}

/// What the table would be.
fn facts(table: &Table) -> Vec<(&'static str, String)> {
    let (own, common): (Vec<_>, Vec<_>) =
        table.columns.iter().partition(|column| !matches!(column.value, Value::Common(_)));
    let columns: Vec<String> =
        own.iter().map(|column| format!("{} {}", column.name, pg_type_name(column.kind))).collect();
    let operations =
        |calls: &[Call]| calls.iter().map(|c| c.operation.clone()).collect::<Vec<_>>().join(", then ");
    let where_asked = match table.scope.as_str() {
        "regional" => "in every region of every account",
        "global" => "once in every account",
        _ => "once, where the organization is managed",
    };
    let mut facts = vec![
        ("table", format!("{}: {}", table.name, table.description)),
        ("columns", format!("{}; and the {} of every table", columns.join(", "), common.len())),
        ("lists with", format!("{}, {where_asked}", operations(&table.list))),
    ];
    if !table.get.is_empty() {
        facts.push((
            "reads one by",
            format!("{} ({})", keys(table, KeyUse::Get).join(", "), operations(&table.get)),
        ));
    }
    for detail in &table.details {
        let whose =
            table.columns.iter().filter(|c| c.value.detail() == Some(&detail.id)).map(|c| c.name.as_str());
        let whose: Vec<&str> = whose.collect();
        let whose = if whose.is_empty() { "other calls".to_owned() } else { whose.join(", ") };
        facts.push(("per row", format!("{} for {whose}", operations(&detail.calls))));
    }
    let narrowed = keys(table, KeyUse::List);
    if !narrowed.is_empty() {
        facts.push(("narrowed by", narrowed.join(", ")));
    }
    facts.push(("IAM actions", actions(table).join(", ")));
    for (operation, what) in data_read(table) {
        facts.push(("reads data", format!("{what} ({operation})")));
    }
    if !table.examples.is_empty() {
        facts.push(("examples", format!("{} planned", table.examples.len())));
    }
    facts
}

fn finding_json(finding: &Finding) -> Json {
    Json::object([
        ("line", Json::from(finding.place.line as u64)),
        ("column", Json::from(finding.place.column as u64)),
        ("message", Json::string(&finding.message)),
        ("hints", Json::from(finding.hints.clone())),
    ])
}

fn as_json(looked: &[Looked]) -> Json {
    let names = |calls: &[Call]| Json::from(calls.iter().map(|c| c.operation.clone()).collect::<Vec<_>>());
    let table = |table: &Table| {
        let columns = table.columns.iter().map(|column| {
            Json::object([
                ("name", Json::string(&column.name)),
                ("type", Json::string(pg_type_name(column.kind))),
            ])
        });
        Json::object([
            ("name", Json::string(&table.name)),
            ("description", Json::string(&table.description)),
            ("scope", Json::string(table.scope.as_str())),
            ("columns", Json::Array(columns.collect())),
            ("list", names(&table.list)),
            ("get", names(&table.get)),
            ("details", Json::object(table.details.iter().map(|d| (d.id.as_str(), names(&d.calls))))),
            ("iam_actions", Json::from(actions(table))),
        ])
    };
    let file = |one: &Looked| {
        let list = |findings: &[Finding]| Json::Array(findings.iter().map(finding_json).collect());
        Json::object([
            ("file", Json::string(one.path.display().to_string())),
            ("mistakes", list(&one.checked.mistakes)),
            ("notes", list(&one.checked.notes)),
            ("table", one.checked.table.as_ref().map_or(Json::Null, table)),
        ])
    };
    Json::object([
        ("schema_version", Json::from(1u64)),
        ("files", Json::Array(looked.iter().map(file).collect())),
    ])
}

/// Rows for programs that want rows.
fn findings(looked: &[Looked]) -> Listing<'static> {
    const FIELDS: [&str; 6] = ["file", "line", "column", "kind", "message", "hint"];
    let mut table = TextTable::left(&FIELDS);
    let mut records = Vec::new();
    for one in looked {
        let kinds = [("mistake", &one.checked.mistakes), ("note", &one.checked.notes)];
        for (kind, finding) in kinds.into_iter().flat_map(|(kind, all)| all.iter().map(move |f| (kind, f))) {
            let values = [
                one.path.display().to_string(),
                finding.place.line.to_string(),
                finding.place.column.to_string(),
                kind.to_owned(),
                finding.message.clone(),
                finding.hints.join("; "),
            ];
            let number = |at: usize| matches!(at, 1 | 2);
            let json = values.iter().enumerate().map(|(at, value)| match value.parse::<u64>() {
                Ok(whole) if number(at) => Json::from(whole),
                _ => Json::string(value),
            });
            records.push(Json::object(FIELDS.into_iter().zip(json)));
            table.row(values);
        }
    }
    Listing { fields: &FIELDS, records, table }
}
