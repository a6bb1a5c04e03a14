//! `canvass inspect`: everything about one table.

use std::collections::BTreeSet;

use super::{Outcome, Session};
use crate::app;
use crate::aws::{actions_of, data_read_by};
use crate::catalog::table::{
    Call, Column, KeyUse, Require, Sensitivity, SourceKind, Table, TableScope, Value,
};
use crate::catalog::{Catalog, meaning, price};
use crate::error::{Error, Result};
use crate::model::Json;
use crate::sources::field::pg_type_name;
use crate::term::{Format, Listing, Term, TextTable};

/// show a table: its columns, the calls behind them, and example questions
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  canvass inspect aws_ec2_instance\n  canvass inspect aws_s3_bucket -o json"
)]
pub struct Args {
    /// name of the table, with or without a schema before it
    #[arg(value_name = "TABLE")]
    table: String,
}

pub fn run(args: &Args, session: &Session) -> Result<Outcome> {
    let Session { settings, term, .. } = session;
    let catalog = app::catalog(settings)?;
    let name = args.table.rsplit('.').next().unwrap_or(&args.table).to_lowercase();
    let table = catalog.table(&name).ok_or_else(|| {
        let error = Error::usage(format!("there is no table '{}'", args.table));
        let error = match catalog.closest_table(&name) {
            Some(near) => error.hint(format!("did you mean '{near}'?")),
            None => error,
        };
        error.hint("'canvass tables' lists them all")
    })?;
    match session.format() {
        Format::Json => term.print_json(&as_json(&catalog, &table).to_json())?,
        Format::Table => term.show(&as_text(&catalog, &table, term))?,
        // Rows alone: a table's are its columns.
        format => columns(&catalog, &table).print(format, term)?,
    }
    Ok(Outcome::Complete)
}

fn as_text(catalog: &Catalog, table: &Table, term: &Term) -> String {
    let mut text = format!("{}: {}\n\n", table.name, table.description);
    let mut fact = |label: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("{label:<13}{value}\n"));
        }
    };
    let unavailable = table.unavailable.as_ref();
    fact("not asked", unavailable.cloned().unwrap_or_default());
    fact("scope", table.scope.as_str().to_owned());
    fact("also called", table.synonyms.join(", "));
    fact("lists with", chains(&table.list));
    fact("reads one by", keys(table, KeyUse::Get).join(", "));
    fact("narrowed by", keys(table, KeyUse::List).join(", "));
    if table.scope != TableScope::Local && table.source != SourceKind::Cur {
        fact("rows kept", crate::term::in_words(table.freshness.lifetime()));
    }
    fact(
        "price",
        prices(table)
            .into_iter()
            .map(|(operation, words)| format!("{operation} {words}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    fact("IAM actions", actions(table).join(", "));
    let data = data_read(table).into_iter().map(|(operation, what)| format!("{what} ({operation})"));
    fact("reads data", data.collect::<Vec<_>>().join("; "));
    fact("Config type", table.config_type.clone().unwrap_or_default());
    text.push('\n');
    text.push_str(&columns(catalog, table).table.render(term.width, term.color_out));
    for example in &table.examples {
        text.push_str(&format!("\n-- {}\n{}\n", example.question, example.sql.trim_end()));
    }
    text
}

fn calls_of(table: &Table) -> impl Iterator<Item = &Call> {
    table.list.iter().chain(&table.get).chain(table.details.iter().flat_map(|detail| &detail.calls))
}

/// What a role must allow for every column of the table.
pub(super) fn actions(table: &Table) -> Vec<&'static str> {
    let operations = calls_of(table).map(|call| call.operation.as_str());
    let operations = operations.chain(table.source.by_hand().iter().copied());
    let actions: BTreeSet<&str> = operations.flat_map(actions_of).copied().collect();
    actions.into_iter().collect()
}

/// Operations that read what people keep, and what that is.
pub(super) fn data_read(table: &Table) -> Vec<(&str, &'static str)> {
    let operations = calls_of(table).map(|call| call.operation.as_str());
    let operations = operations.chain(table.source.by_hand().iter().copied());
    let mut found: Vec<(&str, &str)> = operations.filter_map(|id| Some((id, data_read_by(id)?))).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What AWS charges for asking, by operation.
fn prices(table: &Table) -> Vec<(&str, String)> {
    let mut operations: Vec<&str> = calls_of(table).map(|call| call.operation.as_str()).collect();
    operations.sort_unstable();
    operations.dedup();
    let words = |operation: &&str| {
        let (usd, per, what) = price::of_operation(operation)?;
        Some(match per {
            1 => format!("{usd} a call"),
            _ if what == "bytes scanned" => format!("{usd} for a GB scanned"),
            _ => format!("{usd} for {per} {what}"),
        })
    };
    operations.into_iter().filter_map(|operation| Some((operation, words(&operation)?))).collect()
}

fn columns(catalog: &Catalog, table: &Table) -> Listing<'static> {
    let mut shown = TextTable::left(&["column", "type", "description"]);
    for column in &table.columns {
        let mut description = column.description.clone();
        if description.is_empty() {
            description = meaning::place(table, column).unwrap_or_default();
        }
        let values = meaning::values(catalog, table, column);
        if !values.is_empty() && !values.iter().any(|value| description.contains(value)) {
            description.push_str(&format!(": {}", values.join(", ")));
        }
        if let Some(detail) = column.value.detail().and_then(|id| table.detail(id)) {
            let rows = match detail.rows_per_call() {
                Some(rows) => format!("{rows} rows"),
                None => "row".to_owned(),
            };
            description.push_str(&format!(" (one {} call per {rows})", chains(&detail.calls)));
        }
        if column.sensitivity == Sensitivity::Sensitive {
            description.push_str(" (sensitive: only when named)");
        }
        if let Value::Unavailable { reason } = &column.value {
            description.push_str(&format!(" (always null: {reason})"));
        }
        shown.row([
            column.name.clone(),
            pg_type_name(column.kind).to_owned(),
            description.trim_start().to_owned(),
        ]);
    }
    Listing {
        fields: &["name", "type", "description", "sensitive", "detail", "source", "values", "unavailable"],
        records: table.columns.iter().map(|column| column_json(catalog, table, column)).collect(),
        table: shown,
    }
}

/// One call leads to the next; what begins a chain of its own adds rows.
fn chains(calls: &[Call]) -> String {
    let mut text = String::new();
    for call in calls {
        if !text.is_empty() {
            text.push_str(if call.also { ", and " } else { ", then " });
        }
        text.push_str(&call.operation);
    }
    text
}

pub(super) fn keys(table: &Table, used_in: KeyUse) -> Vec<String> {
    let keys = table.key_columns.iter().filter(|k| k.used_in == used_in);
    keys.map(|k| match k.require {
        Require::Optional | Require::AnyOf => k.column.clone(),
        Require::Required if used_in == KeyUse::List => {
            format!("{} (required: a constant, or what a join supplies)", k.column)
        }
        Require::Required => k.column.clone(),
    })
    .collect()
}

fn column_json(catalog: &Catalog, table: &Table, column: &Column) -> Json {
    let mut members = vec![
        ("name", Json::string(&column.name)),
        ("type", Json::string(pg_type_name(column.kind))),
        ("description", Json::string(&column.description)),
        ("sensitive", Json::Bool(column.sensitivity == Sensitivity::Sensitive)),
    ];
    if let Some(detail) = column.value.detail() {
        members.push(("detail", Json::string(detail)));
    }
    if let Some(place) = meaning::place(table, column) {
        members.push(("source", Json::string(place)));
    }
    let values = meaning::values(catalog, table, column);
    if !values.is_empty() {
        members.push(("values", Json::from(values)));
    }
    if let Value::Unavailable { reason } = &column.value {
        members.push(("unavailable", Json::string(reason)));
    }
    Json::object(members)
}

fn as_json(catalog: &Catalog, table: &Table) -> Json {
    let texts = |texts: &[String]| Json::from(texts.to_vec());
    let calls = |calls: &[Call]| Json::from(calls.iter().map(|c| c.operation.clone()).collect::<Vec<_>>());
    Json::object([
        ("name", Json::string(&table.name)),
        ("description", Json::string(&table.description)),
        ("synonyms", texts(&table.synonyms)),
        ("service", Json::string(&table.service)),
        ("scope", Json::string(table.scope.as_str())),
        ("list", calls(&table.list)),
        ("get", calls(&table.get)),
        ("details", Json::object(table.details.iter().map(|d| (d.id.as_str(), calls(&d.calls))))),
        ("iam_actions", Json::from(actions(table))),
        (
            "reads_data",
            Json::object(
                data_read(table).into_iter().map(|(operation, what)| (operation, Json::string(what))),
            ),
        ),
        ("rows_kept_seconds", Json::from(table.freshness.lifetime().as_secs() as i64)),
        (
            "prices",
            Json::object(
                prices(table).into_iter().map(|(operation, words)| (operation, Json::string(words))),
            ),
        ),
        ("get_keys", texts(&keys(table, KeyUse::Get))),
        ("list_keys", texts(&keys(table, KeyUse::List))),
        (
            "columns",
            Json::Array(table.columns.iter().map(|column| column_json(catalog, table, column)).collect()),
        ),
        (
            "examples",
            Json::Array(
                table
                    .examples
                    .iter()
                    .map(|e| {
                        Json::object([("question", Json::string(&e.question)), ("sql", Json::string(&e.sql))])
                    })
                    .collect(),
            ),
        ),
    ])
}
