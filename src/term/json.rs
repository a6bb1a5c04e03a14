//! The JSON document of an answer: a versioned contract, unlike the looks of a table.

use std::collections::BTreeSet;

use super::AnswerSummary;
use crate::error::Error;
use crate::model::Json;

/// Raised when a field changes its meaning or goes; additions do not count.
const SCHEMA_VERSION: i64 = 1;

/// Up to and including the opening bracket of the rows.
pub fn head(columns: &[(String, String)]) -> String {
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
pub fn tail(summary: &AnswerSummary, failure: Option<&Error>) -> String {
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
    let count = |n: u64| Json::Number(n.to_string().into());
    let units = coverage.exceptions().map(unit).collect();
    let sources: BTreeSet<&str> =
        coverage.units.iter().map(|u| &*u.source).filter(|s| !s.is_empty()).collect();
    Json::object([
        (
            "coverage",
            Json::object([
                ("complete", Json::Bool(coverage.is_complete())),
                ("ratio", Json::from(totals.ratio())),
                ("asked", count(totals.asked)),
                ("answered", count(totals.answered)),
                ("calls", count(totals.calls)),
                ("bytes", count(totals.bytes)),
                ("units", Json::Array(units)),
            ]),
        ),
        ("cost", Json::object([("usd", Json::from(summary.cost_usd))])),
        ("plan_id", Json::string(summary.plan_id.clone())),
        ("duration_ms", Json::Number(summary.duration.as_millis().to_string().into())),
        ("sources", Json::Array(sources.into_iter().map(Json::from).collect())),
        ("session_policy", Json::string(summary.session_policy.clone())),
        ("notes", Json::from(summary.notes.clone())),
    ])
}

/// A unit that is not plainly answered, as its ledger line serialises.
fn unit(record: &crate::model::UnitRecord) -> Json {
    serde_json::to_string(record).ok().and_then(|text| Json::parse(&text).ok()).unwrap_or_default()
}

/// SQL may name two columns alike; a JSON object may not: the second `name` becomes `name_2`.
pub fn unique_names(columns: &[(String, String)]) -> Vec<String> {
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
