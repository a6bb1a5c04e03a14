//! The JSON document of an answer: a versioned contract, unlike the looks of a table.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Batch, Columns, End, Form};
use crate::error::{Error, Result};
use crate::model::Json;
use crate::term::out::Out;
use crate::term::{AnswerSummary, Term, sanitize_json};

/// Raised when a field changes its meaning or goes; additions do not count.
const SCHEMA_VERSION: i64 = 1;

pub struct JsonForm<'a> {
    term: &'a Term,
    columns: &'a Columns,
    names: RowNames,
    is_first: bool,
}

impl<'a> JsonForm<'a> {
    pub fn new(term: &'a Term, columns: &'a Columns) -> Self {
        Self { term, columns, names: RowNames::new(columns), is_first: true }
    }
}

impl Form for JsonForm<'_> {
    fn begin(&mut self, out: &mut Out<'_>) -> Result<()> {
        push(self.term, out, |text| text.push_str(&head(self.columns)))
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        for row in 0..batch.rows {
            push(self.term, out, |text| {
                text.push_str(if std::mem::take(&mut self.is_first) { "\n  " } else { ",\n  " });
                self.names.write_row(batch, row, text);
            })?;
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        push(self.term, out, |text| text.push_str(&tail(end.summary, end.failure)))
    }
}

/// Appends JSON. On a terminal what JSON leaves as it is (C1 controls, bidirectional marks) is escaped
/// too: the value is the same.
pub fn push(term: &Term, out: &mut Out<'_>, write: impl FnOnce(&mut String)) -> Result<()> {
    if term.width.is_none() {
        return out.with(write);
    }
    let mut text = String::new();
    write(&mut text);
    out.push(&match sanitize_json(&text) {
        Cow::Borrowed(_) => Cow::Owned(text),
        safe => safe,
    })
}

/// The names of a row's members, escaped once for all rows.
pub struct RowNames(Vec<String>);

impl RowNames {
    pub fn new(columns: &Columns) -> Self {
        Self(unique_names(columns).into_iter().map(|name| Json::string(name).to_json()).collect())
    }

    pub fn write_row(&self, batch: &Batch<'_>, row: usize, text: &mut String) {
        text.push('{');
        for (i, (name, cell)) in self.0.iter().zip(&batch.cells).enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(name);
            text.push_str(": ");
            cell.write_json(row, text);
        }
        text.push('}');
    }
}

/// Up to and including the opening bracket of the rows.
fn head(columns: &Columns) -> String {
    let described: Vec<Json> = unique_names(columns)
        .into_iter()
        .zip(columns)
        .map(|(name, (_, pg_type))| {
            Json::object([("name", Json::string(name)), ("type", Json::string(pg_type.clone()))])
        })
        .collect();
    format!(
        "{{\"schema_version\": {SCHEMA_VERSION},\n\"columns\": {},\n\"rows\": [",
        Json::Array(described).to_jsonb()
    )
}

/// From the closing bracket of the rows to the end. A failed answer says so here as well.
fn tail(summary: &AnswerSummary, failure: Option<&Error>) -> String {
    let mut text = format!("\n],\n\"metadata\": {}", metadata(summary).to_json());
    if let Some(error) = failure {
        text.push_str(&format!(",\n\"error\": {}", Json::string(error.to_string()).to_json()));
    }
    text.push_str("}\n");
    text
}

fn metadata(summary: &AnswerSummary) -> Json {
    let coverage = &summary.coverage;
    let totals = coverage.totals();
    let units = coverage.exceptions().map(serialised).collect();
    let mut sources: BTreeSet<&str> =
        coverage.units.iter().map(|u| &*u.source).filter(|s| !s.is_empty()).collect();
    let oldest = coverage.oldest().map(|as_of| as_of.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    sources.extend(oldest.is_some().then_some("cache"));
    let mut members = vec![
        (
            "coverage",
            Json::object([
                ("complete", Json::Bool(coverage.is_complete())),
                ("ratio", Json::from(totals.ratio())),
                ("asked", Json::from(totals.asked)),
                ("answered", Json::from(totals.answered)),
                ("known_gaps", Json::from(totals.known_gaps)),
                ("calls", Json::from(totals.calls)),
                ("bytes", Json::from(totals.bytes)),
                ("cached", Json::from(totals.cached)),
                ("oldest_as_of", oldest.into()),
                ("units", Json::Array(units)),
            ]),
        ),
        ("cost", serialised(&summary.bill)),
        ("plan_id", Json::string(summary.plan_id.clone())),
        ("duration_ms", Json::Number(summary.duration.as_millis().to_string().into())),
        ("sources", Json::Array(sources.into_iter().map(Json::from).collect())),
        ("routes", Json::Array(coverage.routes().into_iter().map(route).collect())),
        ("session_policy", Json::string(summary.session_policy.clone())),
        ("notes", Json::from(summary.notes.clone())),
    ];
    members.extend(summary.timing.as_ref().map(|timing| ("timing", timing.json())));
    Json::object(members)
}

/// As it serialises: a unit that is not plainly answered, the bill.
fn serialised(what: &impl serde::Serialize) -> Json {
    serde_json::to_string(what).ok().and_then(|text| Json::parse(&text).ok()).unwrap_or_default()
}

/// How many units a source was asked for, and why not another.
fn route(((source, because), units): ((&str, Option<&str>), u64)) -> Json {
    let mut members = vec![("source", Json::from(source)), ("units", Json::from(units))];
    members.extend(because.map(|because| ("because", Json::from(because))));
    Json::object(members)
}

/// SQL may name two columns alike; a JSON object may not: the second `name` becomes `name_2`.
pub fn unique_names(columns: &Columns) -> Vec<String> {
    let mut taken = BTreeSet::new();
    columns
        .iter()
        .map(|(name, _)| {
            let mut unique = name.clone();
            let mut n = 1;
            while !taken.insert(unique.clone()) {
                n += 1;
                unique = format!("{name}_{n}");
            }
            unique
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_share_a_name_stay_apart() {
        let columns = ["name", "name", "name_2"].map(|n| (n.to_owned(), "text".to_owned()));
        assert_eq!(unique_names(&columns), ["name", "name_2", "name_2_2"]);
    }
}
